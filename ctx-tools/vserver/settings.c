// SPDX-License-Identifier: GPL-2.0-or-later
/* settings - how a guest is configured */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "path.h"
#include "util.h"
#include "vserver.h"
#include "xalloc.h"

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* "%" stands for the run level. */
static const struct init_style styles[] = {
	{ "sysv", false, false, { ARGS("/etc/init.d/rc", "%"), ARGS("/etc/rc.d/rc", "%") },
	  { ARGS("/etc/init.d/rc", "%"), ARGS("/etc/rc.d/rc", "%") }, 0 },
	{ "plain", true, true, { ARGS("/sbin/init") }, { NULL }, SIGINT },
	{ "systemd", true, true, { ARGS("/sbin/init") }, { NULL }, SIGINT },
	{ "command", true, false, { NULL }, { NULL }, 0 },
	{ "minit", true, true, { ARGS("/sbin/minit-start") }, { ARGS("/sbin/minit-stop") }, 0 },
	{ "gentoo", false, false,
	  { ARGS("/lib/rcscripts/sh/init-vserver.sh", "default"), ARGS("/lib/rc/sh/init-vserver.sh", "default") },
	  { ARGS("/sbin/rc", "shutdown") }, 0 },
	{ "openrc", false, false,
	  { ARGS("/lib/rc/sh/init-vserver.sh", "default"), ARGS("/lib/rcscripts/sh/init-vserver.sh", "default") },
	  { ARGS("/sbin/rc", "shutdown") }, 0 },
	{ "arch", false, false, { ARGS("/etc/rc.multi") }, { ARGS("/etc/rc.shutdown") }, 0 },
};

const struct init_style *init_style_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
		if (strcmp(styles[i].name, name) == 0)
			return &styles[i];
	return NULL;
}

static char **expand(const char *const *argv, const char *runlevel)
{
	char **v = NULL;

	for (; argv && *argv; argv++)
		if (strcmp(*argv, "%") != 0)
			strv_add(&v, *argv);
		else if (runlevel)
			strv_add(&v, runlevel);
	return v;
}

/* A command given by a file, one argument per line: 1, 0, negative. */
static int read_command(const struct guest *g, const char *path, char ***ret, struct fail *f)
{
	_cleanup_strv_ char **v = NULL;
	int r;

	r = config_list(g->fd, path, 0, &v, f);
	if (r <= 0)
		return r;
	if (!*v)
		return fail(f, 0, "bad value in '%s': no command", path);
	*ret = take_ptr(v);
	return 1;
}

static bool root_has_systemd(const struct guest *g)
{
	_cleanup_close_ int root = path_open_root(g->vdir);
	_cleanup_close_ int sbin = root < 0 ? -1 : path_open_in(root, "sbin", O_PATH | O_DIRECTORY, 0);
	char target[256];
	ssize_t n = sbin < 0 ? -1 : readlinkat(sbin, "init", target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	return n > 7 && strcmp(target + n - 8, "/systemd") == 0;
}

const char *init_style_default(const struct guest *g)
{
	return root_has_systemd(g) ? "systemd" : "sysv";
}

/* Is its init systemd? That one needs groups of its own, and more. */
static bool is_systemd(const struct guest *g, const struct settings *s)
{
	if (strcmp(s->style.name, "systemd") == 0)
		return true;
	if (!s->style.own_init || !s->start[0])
		return false;
	for (const char *name = s->start[0][0]; *name; name++)
		if (strncmp(name, "/systemd", 9) == 0)
			return true;
	return strcmp(s->start[0][0], "/sbin/init") == 0 && root_has_systemd(g);
}

static int read_init(const struct guest *g, struct settings *s, struct fail *f)
{
	_cleanup_free_ char *style = NULL, *pid = NULL;
	_cleanup_strv_ char **killseq = NULL;
	const struct init_style *found;
	uint64_t n = 0;
	bool sysv;
	size_t count;
	int r;

	r = config_text(g->fd, "apps/init/style", &style, f);
	if (r < 0)
		return r;
	found = init_style_find(r && *style ? style : init_style_default(g));
	if (!found)
		return fail(f, 0, "bad value in 'apps/init/style': no init style '%s'", style);
	s->style = *found;
	sysv = strcmp(s->style.name, "sysv") == 0;

	r = config_text(g->fd, "apps/init/runlevel.start", &s->runlevel_start, f);
	if (r == 0)
		r = config_text(g->fd, "apps/init/runlevel", &s->runlevel_start, f);
	if (r == 0 && sysv)
		s->runlevel_start = xstrdup("3");
	if (r >= 0)
		r = config_text(g->fd, "apps/init/runlevel.stop", &s->runlevel_stop, f);
	if (r == 0 && sysv)
		s->runlevel_stop = xstrdup("6");
	if (r < 0)
		return r;

	r = read_command(g, "apps/init/cmd.start", &s->start[0], f);
	if (r < 0)
		return r;
	if (r == 0) {
		s->start[0] = expand(s->style.start[0], s->runlevel_start);
		s->start[1] = expand(s->style.start[1], s->runlevel_start);
		if (s->start[0] && strcmp(s->style.name, "plain") == 0 && s->runlevel_start)
			strv_add(&s->start[0], s->runlevel_start);
	}
	if (!s->start[0])
		return fail(f, 0, "init style '%s' needs a command in 'apps/init/cmd.start'", s->style.name);
	r = read_command(g, "apps/init/cmd.stop", &s->stop[0], f);
	if (r < 0)
		return r;
	if (r == 0) {
		s->stop[0] = expand(s->style.stop[0], s->runlevel_stop);
		s->stop[1] = expand(s->style.stop[1], s->runlevel_stop);
	}
	if (read_command(g, "apps/init/cmd.start-sync", &s->start_sync, f) < 0 ||
	    read_command(g, "apps/init/cmd.stop-sync", &s->stop_sync, f) < 0 ||
	    read_command(g, "apps/init/cmd.prepare", &s->prepare, f) < 0)
		return f->error;

	/* a pid space of its own, unless told otherwise */
	r = config_text(g->fd, "spaces/pid", &pid, f);
	if (r < 0)
		return r;
	if (r && *pid && strcmp(pid, "0") != 0)
		return fail(f, 0, "bad value in 'spaces/pid': sharing the one of '%s' is not supported", pid);
	s->pidspace = r ? !*pid : s->style.pidspace;
	if (s->pidspace && !s->style.own_init)
		return fail(f, 0, "'spaces/pid' needs an init style with an own init, not '%s'", s->style.name);

	r = config_environment(g->fd, "apps/init/environment", &s->environment, f);
	if (r == 0 && g->defaults >= 0)
		r = config_environment(g->defaults, "apps/init/environment", &s->environment, f);
	if (r < 0)
		return r;
	if (!s->environment)
		strv_add(&s->environment, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

	r = config_list(g->fd, "apps/init/killseq", CONFIG_COMMENTS, &killseq, f);
	if (r < 0)
		return r;
	if (!r)
		strv_add(&killseq, "15 5 9");
	s->killseq = xcalloc(1, sizeof(int));
	s->killseq[0] = -1;
	count = 0;
	for (char **line = killseq; *line; line++) {
		char *save = NULL;

		for (char *w = strtok_r(*line, " \t,", &save); w; w = strtok_r(NULL, " \t,", &save)) {
			uint32_t v;

			/* signals at even places, seconds between */
			if (parse_decimal(w, count % 2 ? 86400 : (uint32_t)SIGRTMAX, &v) < 0 || (!(count % 2) && !v))
				return fail(f, 0, "bad value in 'apps/init/killseq': '%s' is not a %s", w,
					    count % 2 ? "number of seconds" : "signal number");
			s->killseq = xrealloc(s->killseq, count + 2, sizeof(int));
			s->killseq[count++] = (int)v;
			s->killseq[count] = -1;
		}
	}

	r = config_number(g->fd, "apps/vshelper/sync-timeout", 0, 86400, &n, f);
	if (r == 0 && g->defaults >= 0)
		r = config_number(g->defaults, "apps/vshelper/sync-timeout", 0, 86400, &n, f);
	if (r < 0)
		return r;
	s->sync_timeout = r ? (unsigned int)n : 30;

	r = config_link(g->fd, g->dir, "apps/init/tty", &s->tty, f);
	if (r == 0 && g->defaults >= 0)
		r = config_link(g->defaults, g->defaults_dir, "apps/init/tty", &s->tty, f);
	return r < 0 ? r : 0;
}

static int read_words(const struct guest *g, enum vctx_words words, const char *path, uint64_t *value,
		      struct fail *f)
{
	_cleanup_strv_ char **list = NULL;
	struct vctx_change change = { 0, 0 };
	int r;

	r = config_list(g->fd, path, CONFIG_COMMENTS, &list, f);
	if (r <= 0)
		return r;
	for (char **w = list; *w; w++) {
		_cleanup_free_ char *bad = NULL;

		r = vctx_words_parse(words, *w, &change, &bad);
		if (r < 0)
			return fail(f, 0, "bad value in '%s': '%s'", path, bad ? bad : *w);
	}
	*value = (*value & ~change.mask) | (change.value & change.mask);
	return 1;
}

static int read_rights(const struct guest *g, struct settings *s, struct fail *f)
{
	int r;

	s->systemd = is_systemd(g, s);
	if (s->systemd && !strv_has_variable(s->environment, "container"))
		strv_add(&s->environment, "container=vserver");
	/* bounded by the context as ever; systemd starts no service that shall have less without it */
	s->bcaps = VCTX_BC_SECURE | (s->systemd ? 1ULL << CAP_SETPCAP : 0);
	s->ccaps = VCTX_CC_SECURE;
	s->cflags = VCTX_CF_DEFAULT | VCTX_CF_SECURE;
	if (read_words(g, VCTX_WORDS_BCAPS, "bcapabilities", &s->bcaps, f) < 0 ||
	    read_words(g, VCTX_WORDS_CCAPS, "ccapabilities", &s->ccaps, f) < 0)
		return f->error;
	r = read_words(g, VCTX_WORDS_CFLAGS, "cflags", &s->cflags, f);
	if (r == 0)
		r = read_words(g, VCTX_WORDS_CFLAGS, "flags", &s->cflags, f);
	if (r < 0)
		return r;
	if (read_words(g, VCTX_WORDS_UMASK, "umask", &s->umask, f) < 0)
		return f->error;
	r = config_signed(g->fd, "badness", INT64_MIN, INT64_MAX, &s->badness, f);
	if (r < 0)
		return r;
	s->has_badness = r;

	/* the state bits are ours, the mount namespace is no matter of flags */
	s->cflags &= ~(VCTX_CF_ONE_TIME | VCTX_CF_INFO_NSPACE | VCTX_CF_PERSISTENT);
	if (s->cflags & VCTX_CF_INFO_INIT)
		s->style.own_init = true;
	if (s->style.own_init)
		s->cflags |= VCTX_CF_INFO_INIT;
	return 0;
}

static int read_network(const struct guest *g, struct settings *s, struct fail *f)
{
	uint64_t nid;
	int r, vlan;

	s->network = !config_exists(g->fd, "noncontext");
	r = config_number(g->fd, "ncontext", VCTX_XID_MIN, VCTX_XID_MAX, &nid, f);
	if (r < 0)
		return r;
	s->nid = r ? (uint32_t)nid : g->xid;
	s->nflags = VCTX_NF_INITIAL | VCTX_NF_SECURE;
	s->ncaps = VCTX_NC_SECURE;
	if (read_words(g, VCTX_WORDS_NFLAGS, "nflags", &s->nflags, f) < 0 ||
	    read_words(g, VCTX_WORDS_NCAPS, "ncapabilities", &s->ncaps, f) < 0)
		return f->error;
	s->nflags &= ~(VCTX_NF_STATE_SETUP | VCTX_NF_PERSISTENT);
	s->nflags |= VCTX_NF_STATE_ADMIN;

	r = config_read_interfaces(g->fd, "interfaces", &s->interfaces, f);
	if (r < 0)
		return r;
	vlan = g->defaults < 0 ? -1 : config_vlan(g->defaults, "interfaces");
	for (size_t i = 0; i < s->interfaces.count; i++)
		if (s->interfaces.list[i].vlan < 0)
			s->interfaces.list[i].vlan = vlan;
	return 0;
}

static int read_names(const struct guest *g, struct settings *s, struct fail *f)
{
	int r;

	for (int i = VCTX_NAME_SYSNAME; i < VCTX_NAME_MAX_; i++) {
		const char *word = vctx_name_word((enum vctx_name)i);
		_cleanup_free_ char *path = xasprintf("uts/%s", word);

		r = config_text(g->fd, path, &s->names[i], f);
		/* obsolete places */
		if (r == 0 && i == VCTX_NAME_NODENAME)
			r = config_text(g->fd, "hostname", &s->names[i], f);
		if (r == 0 && i == VCTX_NAME_DOMAINNAME)
			r = config_text(g->fd, "domainname", &s->names[i], f);
		if (r < 0)
			return r;
		if (r && strlen(s->names[i]) >= VCTX_NAME_SIZE)
			return fail(f, 0, "bad value in '%s': longer than 64 characters", path);
	}
	if (strlen(g->dir) >= VCTX_NAME_SIZE)
		return fail(f, 0, "the name of the configuration directory '%s' is longer than 64 characters", g->dir);
	s->names[VCTX_NAME_CONTEXT] = xstrdup(g->dir);
	return 0;
}

static int read_limit(const struct guest *g, const char *path, uint64_t *ret, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	int r = config_text(g->fd, path, &text, f);

	if (r <= 0)
		return r;
	if (limit_parse_number(text, ret) < 0)
		return fail(f, 0, "bad value in '%s': '%s' is not a limit", path, text);
	return 1;
}

static int read_ulimits(const struct guest *g, struct settings *s, struct fail *f)
{
	static const struct {
		const char *name;
		int resource;
	} known[] = {
		{ "cpu", RLIMIT_CPU }, { "core", RLIMIT_CORE }, { "data", RLIMIT_DATA }, { "fsize", RLIMIT_FSIZE },
		{ "locks", RLIMIT_LOCKS }, { "memlock", RLIMIT_MEMLOCK }, { "nofile", RLIMIT_NOFILE },
		{ "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS }, { "stack", RLIMIT_STACK },
	};

	_Static_assert(ARRAY_SIZE(known) <= ARRAY_SIZE(s->ulimits), "room for all");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		_cleanup_free_ char *both = xasprintf("ulimits/%s", known[i].name);
		_cleanup_free_ char *soft = xasprintf("ulimits/%s.soft", known[i].name);
		_cleanup_free_ char *hard = xasprintf("ulimits/%s.hard", known[i].name);
		struct rlimit now;
		uint64_t sv, hv;
		int r, any = 0;

		(void)getrlimit((__rlimit_resource_t)known[i].resource, &now);
		sv = now.rlim_cur;
		hv = now.rlim_max;
		r = read_limit(g, both, &sv, f);
		if (r > 0)
			hv = sv;
		any |= r;
		if (r >= 0)
			any |= r = read_limit(g, soft, &sv, f);
		if (r >= 0)
			any |= r = read_limit(g, hard, &hv, f);
		if (r < 0)
			return r;
		if (!any)
			continue;
		if (sv > hv)
			sv = hv;
		s->ulimits[s->nulimits].resource = known[i].resource;
		s->ulimits[s->nulimits].soft = sv;
		s->ulimits[s->nulimits++].hard = hv;
	}
	return 0;
}

static int read_process(const struct guest *g, struct settings *s, struct fail *f)
{
	_cleanup_strv_ char **pers = NULL;
	_cleanup_free_ char *class = NULL;
	int64_t nice = 0;
	uint64_t prio = 0;
	int r, have_prio;

	r = config_signed(g->fd, "nice", -20, 19, &nice, f);
	if (r < 0)
		return r;
	s->has_nice = r;
	s->nice = (int)nice;

	s->ioprio = -1;
	have_prio = config_number(g->fd, "ionice/priority", 0, 7, &prio, f);
	r = have_prio < 0 ? have_prio : config_text(g->fd, "ionice/class", &class, f);
	if (r < 0)
		return r;
	if (r || have_prio) {
		uint32_t c = IOPRIO_CLASS_BE;

		if (r && (parse_decimal(class, 3, &c) < 0 || c < 1))
			return fail(f, 0, "bad value in 'ionice/class': '%s' is not 1, 2 or 3", class);
		s->ioprio = (int)IOPRIO_PRIO_VALUE(c, have_prio ? prio : 4);
	}

	s->personality = ~0UL;
	r = config_list(g->fd, "personality", CONFIG_COMMENTS, &pers, f);
	if (r < 0)
		return r;
	if (r && *pers) {
		struct vctx_change change = { 0, 0 };
		unsigned long type;

		if (strcmp(*pers, "linux") == 0 || strcmp(*pers, "linux_64bit") == 0)
			type = PER_LINUX;
		else if (strcmp(*pers, "linux32") == 0 || strcmp(*pers, "linux_32bit") == 0)
			type = PER_LINUX32;
		else
			return fail(f, 0, "bad value in 'personality': '%s' is neither linux nor linux32", *pers);
		for (char **w = pers + 1; *w; w++)
			if (vctx_words_parse(VCTX_WORDS_PERSONALITY, *w, &change, NULL) < 0)
				return fail(f, 0, "bad value in 'personality': '%s'", *w);
		s->personality = type | (unsigned long)change.value;
	}
	r = limits_config_read(g->fd, "rlimits", &s->rlimits, f);
	return r < 0 ? r : read_ulimits(g, s, f);
}

static void add_setting(struct setting **list, size_t *n, char *key, char *value)
{
	*list = xrealloc(*list, *n + 1, sizeof(**list));
	(*list)[*n].key = key;
	(*list)[(*n)++].value = value;
}

static int read_sysctls(const struct guest *g, struct settings *s, struct fail *f)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = config_names(g->fd, "sysctl", &names, f);
	for (char **n = names; r > 0 && *n; n++) {
		_cleanup_free_ char *kp = xasprintf("sysctl/%s/setting", *n);
		_cleanup_free_ char *vp = xasprintf("sysctl/%s/value", *n);
		_cleanup_free_ char *key = NULL, *value = NULL;

		if (config_text(g->fd, kp, &key, f) < 0 || config_text(g->fd, vp, &value, f) < 0)
			return f->error;
		if (!key || !value)
			return fail(f, 0, "'sysctl/%s' needs both 'setting' and 'value'", *n);
		for (char *c = key; *c; c++)
			if (*c == '.')
				*c = '/';
		if (*key == '/' || strstr(key, "//"))
			return fail(f, 0, "bad value in '%s': '%s' is not the name of a sysctl", kp, key);
		add_setting(&s->sysctls, &s->nsysctls, take_ptr(key), take_ptr(value));
	}
	return r < 0 ? r : 0;
}

/* What of rlimits/ is memory is for the group; the smaller one counts. */
static int move_memory_limits(struct settings *s, struct fail *f)
{
	struct limits_config *c = &s->rlimits;
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++) {
		int r = cgroup_add_pages(&s->cgroup.settings, vctx_limit_name(c->list[i].id), 0, c->list[i].soft,
					 c->list[i].hard, f);

		if (r < 0)
			return r;
		if (r == 0)
			c->list[n++] = c->list[i];
	}
	c->count = n;
	return 0;
}

static int read_cgroup(const struct guest *g, struct settings *s, struct fail *f)
{
	if (cgroup_config_read(g->fd, g->defaults, g->name, &s->cgroup, f) < 0 || move_memory_limits(s, f) < 0)
		return f->error;
	if (s->systemd)
		s->cgroup.mount = true;
	s->cgroup_path = cgroup_path(&s->cgroup);
	for (char **u = s->cgroup.unsupported; u && *u; u++)
		strv_add(&s->unsupported, *u);
	return 0;
}

static int read_files(const struct guest *g, struct settings *s, struct fail *f)
{
	static const char *const fstabs[] = { "fstab", "fstab.local", "fstab.remote" };
	_cleanup_strv_ char **mtab = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(fstabs); i++) {
		r = config_fstab(g->fd, fstabs[i], &s->fstab[i], f);
		if (r < 0)
			return r;
	}
	r = config_list(g->fd, "apps/init/mtab", 0, &mtab, f);
	if (r == 0 && g->defaults >= 0)
		r = config_list(g->defaults, "init/mtab", 0, &mtab, f);
	if (r < 0)
		return r;
	if (r) {
		s->mtab = xstrdup("");
		for (char **l = mtab; *l; l++)
			append_line(&s->mtab, *l);
	}
	s->keep_dev = config_exists(g->fd, "keepdev");
	return 0;
}

/* Options of mounts for file tags. */
static bool has_tag_option(const struct config_mounts *m)
{
	static const char *const names[] = { "tag", "notag", "tagid", "tagxid", "tagctx" };

	for (size_t i = 0; i < m->count; i++) {
		_cleanup_free_ char *copy = xstrdup(m->list[i].options);
		char *save = NULL;

		for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
			for (size_t k = 0; k < ARRAY_SIZE(names); k++)
				if (strncmp(w, names[k], strlen(names[k])) == 0 && strchr("=", w[strlen(names[k])]))
					return true;
	}
	return false;
}

/* What the tree can say but we do not do (yet): told once at start, never ignored in silence. */
static void find_unsupported(const struct guest *g, struct settings *s)
{
	static const char *const areas[] = {
		"dlimits", "tag", "netns", "spaces/net", "spaces/mask", "apps/vdevmap", "nonamespace",
		"capabilities",
	};
	static const char *const devices[] = { "tun", "tap", "indirect", "mac", "extip" };

	for (size_t i = 0; i < ARRAY_SIZE(areas); i++) {
		_cleanup_free_ char *text = NULL;
		struct fail f = { 0 };

		/* "0" is off */
		if (config_exists(g->fd, areas[i]) &&
		    !(strcmp(areas[i], "spaces/net") == 0 && config_text(g->fd, areas[i], &text, &f) > 0 &&
		      strcmp(text, "0") == 0))
			strv_add(&s->unsupported, areas[i]);
	}
	for (char **n = s->rlimits.unknown; n && *n; n++)
		strv_add(&s->unsupported, *n);
	for (size_t i = 0; i < ARRAY_SIZE(s->fstab); i++)
		if (has_tag_option(&s->fstab[i])) {
			strv_add(&s->unsupported, "mount option tag");
			break;
		}
	for (size_t i = 0; i < s->interfaces.count; i++)
		for (size_t k = 0; k < ARRAY_SIZE(devices); k++) {
			char *path = xasprintf("interfaces/%s/%s", s->interfaces.list[i].name, devices[k]);

			if (config_exists(g->fd, path))
				strv_take(&s->unsupported, path);
			else
				free(path);
		}
}

int settings_apply_limits(const struct settings *s, struct fail *f)
{
	for (size_t i = 0; i < s->nulimits; i++) {
		struct rlimit l = { .rlim_cur = s->ulimits[i].soft, .rlim_max = s->ulimits[i].hard };

		if (setrlimit((__rlimit_resource_t)s->ulimits[i].resource, &l) < 0)
			return fail(f, -errno, "cannot set limit %d", s->ulimits[i].resource);
	}
	if (s->has_nice && setpriority(PRIO_PROCESS, 0, s->nice) < 0)
		return fail(f, -errno, "cannot set nice level %d", s->nice);
	if (s->ioprio >= 0 && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, s->ioprio) < 0)
		return fail(f, -errno, "cannot set the I/O priority");
	if (s->personality != ~0UL && personality(s->personality) < 0)
		return fail(f, -errno, "cannot set the personality");
	return 0;
}

int settings_read(const struct guest *g, struct settings **ret, struct fail *f)
{
	_cleanup_settings_ struct settings *s = xcalloc(1, sizeof(*s));

	if (read_init(g, s, f) < 0 || read_rights(g, s, f) < 0 || read_names(g, s, f) < 0 ||
	    read_process(g, s, f) < 0 || read_sysctls(g, s, f) < 0 || read_cgroup(g, s, f) < 0 ||
	    read_files(g, s, f) < 0 || read_network(g, s, f) < 0)
		return f->error;
	find_unsupported(g, s);
	s->root = xstrdup(g->vdir);
	s->guests = guest_vdirbase(g->defaults);
	s->spaces = VCTX_SPACE_FS | VCTX_SPACE_MOUNT | VCTX_SPACE_UTS | VCTX_SPACE_IPC |
		    (s->pidspace ? VCTX_SPACE_PID : 0);
	*ret = take_ptr(s);
	return 0;
}

static void free_list(struct setting *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].key);
		free(list[i].value);
	}
	free(list);
}

struct settings *settings_free(struct settings *s)
{
	if (!s)
		return NULL;
	free(s->runlevel_start);
	free(s->runlevel_stop);
	for (int i = 0; i < 2; i++) {
		strv_free(s->start[i]);
		strv_free(s->stop[i]);
	}
	strv_free(s->start_sync);
	strv_free(s->stop_sync);
	strv_free(s->prepare);
	strv_free(s->environment);
	free(s->killseq);
	free(s->tty);
	for (int i = 0; i < VCTX_NAME_MAX_; i++)
		free(s->names[i]);
	limits_config_free(&s->rlimits);
	free_list(s->sysctls, s->nsysctls);
	cgroup_config_free(&s->cgroup);
	free(s->cgroup_path);
	free(s->root);
	free(s->guests);
	for (size_t i = 0; i < ARRAY_SIZE(s->fstab); i++)
		config_mounts_free(&s->fstab[i]);
	free(s->mtab);
	config_interfaces_free(&s->interfaces);
	strv_free(s->unsupported);
	free(s);
	return NULL;
}
