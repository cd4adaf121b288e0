// SPDX-License-Identifier: GPL-2.0-or-later
/* cgroup_guest - what a guest is configured for, and its group */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vctx.h>

#include "cgroup.h"
#include "cleanup.h"
#include "config.h"
#include "msg.h"
#include "parse.h"
#include "path.h"
#include "bucket.h"
#include "util.h"
#include "xalloc.h"

/* The analyzer of gcc 12 loses what is stored behind a pointer, and takes it for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#define MOUNTED_ON	"/sys/fs/cgroup"
#define BASE		"vservers"

/* ---- configuration ---- */

/* Settings of the first version of cgroups: there is none on a host of today. */
static bool is_old_file(const char *name)
{
	static const char *const controllers[] = { "blkio.",   "cpuacct.", "devices.",
						   "freezer.", "net_cls.", "net_prio." };
	static const char *const files[] = {
		"cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.rt_runtime_us", "cpu.rt_period_us",
		"cpuset.cpu_exclusive", "cpuset.mem_exclusive", "cpuset.mem_hardwall", "cpuset.memory_migrate",
		"cpuset.memory_pressure_enabled", "cpuset.memory_spread_page", "cpuset.memory_spread_slab",
		"cpuset.sched_load_balance", "cpuset.sched_relax_domain_level", "memory.limit_in_bytes",
		"memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.kmem.limit_in_bytes",
		"memory.kmem.tcp.limit_in_bytes", "memory.swappiness", "memory.oom_control", "memory.use_hierarchy",
		"memory.move_charge_at_immigrate",
	};

	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
		if (strncmp(name, controllers[i], strlen(controllers[i])) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (strcmp(name, files[i]) == 0)
			return true;
	return false;
}

static int add_file(struct cgroup_config *c, const char *key, const char *path, const char *text, struct fail *f)
{
	if (cgroup_add(&c->settings, key, text, f) < 0)
		return fail_prefix(f, "bad value in '%s': '%s'", path, text);
	return 0;
}

/* Files of cgroup/ whose name has a dot. */
static int read_files(int dir, struct cgroup_config *c, struct fail *f)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	r = config_names(dir, "cgroup", &names, f);
	for (char **n = names; r > 0 && *n; n++) {
		_cleanup_free_ char *path = xasprintf("cgroup/%s", *n);
		_cleanup_strv_ char **lines = NULL;

		if (!strchr(*n, '.'))
			continue;
		if (is_old_file(*n)) {
			strv_add(&c->unsupported, path);
			continue;
		}
		if (config_list(dir, path, CONFIG_COMMENTS, &lines, f) < 0)
			return f->error;
		/* one value, or one for each device */
		for (char **l = lines; *l; l++) {
			if (add_file(c, *n, path, *l, f) < 0)
				return f->error;
			if (!cgroup_has_lines(*n))
				break;
		}
	}
	return r < 0 ? r : 0;
}

/* cpuset/: the names of old for two files. What cgroup/ has itself counts more. */
static int read_cpuset(int dir, struct cgroup_config *c, struct fail *f)
{
	static const char *const files[] = { "cpus", "mems" }, *const others[] = {
		"cpuset/cpu_exclusive", "cpuset/mem_exclusive", "cpuset/mems_exclusive", "cpuset/cpus_exclusive",
		"cpuset/virtualized", "cpuset/nocreate",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = xasprintf("cpuset/%s", files[i]), *key = xasprintf("cpuset.%s", files[i]),
				    *text = NULL;
		int r = config_text(dir, path, &text, f);

		if (r < 0 || (r && *text && !cgroup_find(&c->settings, key) && add_file(c, key, path, text, f) < 0))
			return f->error;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (config_exists(dir, others[i]))
			strv_add(&c->unsupported, others[i]);
	return 0;
}

/* sched/: the bucket of old. */
static int read_sched(int dir, struct cgroup_config *c, struct fail *f)
{
	const struct cgroup_setting *cpus = cgroup_find(&c->settings, "cpuset.cpus");
	struct cgroup_settings translated = { 0 };
	struct bucket b = { 0 };
	int r;

	r = bucket_read_lines(dir, "schedule", &b, f);
	if (r >= 0 && bucket_read(dir, "sched", &b, f) < 0)
		r = f->error;
	if (r >= 0)
		r = bucket_translate(&b, bucket_count_cpus(cpus ? cpus->value : NULL), &translated, &c->notes, f);
	for (size_t i = 0; r >= 0 && i < translated.count; i++) {
		const struct cgroup_setting *s = &translated.list[i];

		/* quota and burst belong together */
		if (!cgroup_find(&c->settings, s->key) &&
		    !(strcmp(s->key, "cpu.max.burst") == 0 && cgroup_find(&c->settings, "cpu.max") &&
		      strcmp(cgroup_find(&c->settings, "cpu.max")->value,
			     cgroup_find(&translated, "cpu.max")->value) != 0))
			r = cgroup_add(&c->settings, s->key, s->text, f);
	}
	cgroup_settings_free(&translated);
	return r < 0 ? fail_prefix(f, "in 'sched'") : 0;
}

/* A name below the mount point: without empty parts, "." and "..". */
static int check_place(const char *file, const char *text, struct fail *f)
{
	_cleanup_free_ char *path = xasprintf("/%s", text), *clean = path_clean(path);

	if (!clean || strcmp(clean, path) != 0 || strstr(text, "..") || strchr(text, '\n'))
		return fail(f, 0, "bad value in 'cgroup/%s': '%s' is no name of a group", file, text);
	return 0;
}

static int read_place(int dir, int defaults, const char *file, char **ret, struct fail *f)
{
	_cleanup_free_ char *path = xasprintf("cgroup/%s", file), *text = NULL;
	int r = config_text(dir, path, &text, f);

	if (r == 0 && defaults >= 0)
		r = config_text(defaults, path, &text, f);
	if (r < 0)
		return r;
	if (r && *text) {
		free(*ret);
		*ret = take_ptr(text);
	}
	return 0;
}

int cgroup_config_read(int dir, int defaults, const char *guest, struct cgroup_config *ret, struct fail *f)
{
	struct cgroup_config c = { .mnt = xstrdup(MOUNTED_ON), .base = xstrdup(BASE), .name = xstrdup(guest) };
	int from = dir, r;

	if (dir >= 0 && !config_exists(dir, "cgroup") && !config_exists(dir, "nocgroup") && defaults >= 0 &&
	    config_exists(defaults, "cgroup")) {
		from = defaults;
		c.inherited = true;
	}
	r = dir < 0 ? 0 : read_place(dir, defaults, "mnt", &c.mnt, f);
	if (dir >= 0 && r == 0)
		r = read_place(dir, defaults, "base", &c.base, f);
	/* one of .defaults would put all guests into one group, and the limit would be that of all together */
	if (dir >= 0 && r == 0)
		r = read_place(dir, -1, "name", &c.name, f);
	if (dir >= 0 && defaults >= 0 && config_exists(defaults, "cgroup/name"))
		strv_add(&c.unsupported, ".defaults/cgroup/name");
	if (r == 0)
		r = check_place("base", c.base, f);
	if (r == 0)
		r = check_place("name", c.name, f);
	if (dir >= 0 && r == 0) {
		c.mount = config_exists(dir, "cgroup/mount") || (c.inherited && config_exists(from, "cgroup/mount"));
		r = read_files(from, &c, f);
	}
	if (dir >= 0 && r == 0)
		r = read_cpuset(dir, &c, f);
	if (dir >= 0 && r == 0)
		r = read_sched(dir, &c, f);
	if (r < 0) {
		cgroup_config_free(&c);
		return r;
	}
	*ret = c;
	return 0;
}

void cgroup_config_free(struct cgroup_config *c)
{
	free(c->mnt);
	free(c->base);
	free(c->name);
	cgroup_settings_free(&c->settings);
	strv_free(c->unsupported);
	strv_free(c->notes);
	*c = (struct cgroup_config){ 0 };
}

char *cgroup_path(const struct cgroup_config *c)
{
	return *c->base ? xasprintf("%s/%s", c->base, c->name) : xstrdup(c->name);
}

/* ---- saving ---- */

static int write_file(int dir, const char *key, const char *text, struct fail *f)
{
	_cleanup_free_ char *path = xasprintf("cgroup/%s", key), *line = xasprintf("%s\n", text);
	int r = path_write_in(dir, path, line, 0644);

	return r < 0 ? fail(f, r, "cannot write '%s' of the configuration", path) : 0;
}

/* Lines of other devices stay. */
static int join_lines(int dir, const char *key, const char *text, char **ret, struct fail *f)
{
	_cleanup_free_ char *path = xasprintf("cgroup/%s", key);
	_cleanup_strv_ char **lines = NULL;
	struct cgroup_settings all = { 0 };
	int r = config_list(dir, path, CONFIG_COMMENTS, &lines, f);

	for (char **l = lines; r > 0 && *l; l++) {
		struct fail gone = { 0 };

		/* a device that is not there now may come again */
		if (cgroup_add(&all, key, *l, &gone) < 0) {
			all.list = xrealloc(all.list, all.count + 1, sizeof(*all.list));
			all.list[all.count++] = (struct cgroup_setting){ xstrdup(key), xstrdup(*l), xstrdup(*l) };
		}
	}
	if (r >= 0)
		r = cgroup_add(&all, key, text, f);
	*ret = NULL;
	for (size_t i = 0; r >= 0 && i < all.count; i++) {
		char *longer = xasprintf("%s%s%s", *ret ? *ret : "", *ret ? "\n" : "", all.list[i].text);

		free(*ret);
		*ret = longer;
	}
	cgroup_settings_free(&all);
	return r < 0 ? r : 0;
}

int cgroup_save(int dir, int defaults, const char *key, const char *text, struct fail *f)
{
	_cleanup_free_ char *lines = NULL;
	int r;

	if (!config_exists(dir, "cgroup")) {
		_cleanup_strv_ char **names = NULL;

		r = path_mkdir_in(dir, "cgroup", 0755);
		if (r < 0)
			return fail(f, r, "cannot make the directory 'cgroup' of the configuration");
		r = defaults >= 0 && !config_exists(dir, "nocgroup") ? config_names(defaults, "cgroup", &names, f) : 0;
		for (char **n = names; r > 0 && *n; n++) {
			_cleanup_free_ char *path = xasprintf("cgroup/%s", *n), *old = NULL;

			if (!strchr(*n, '.') && strcmp(*n, "mount") != 0)
				continue;
			r = read_file_at(defaults, path, CONFIG_MAX_BYTES, &old, NULL);
			if (r == 0)
				r = path_write_in(dir, path, old, 0644);
			if (r < 0)
				return fail(f, r, "cannot copy '%s' of .defaults", path);
			r = 1;
		}
		if (r < 0)
			return r;
	}
	if (cgroup_has_lines(key)) {
		r = join_lines(dir, key, text, &lines, f);
		if (r < 0)
			return r;
	}
	return write_file(dir, key, lines ? lines : text, f);
}

/* ---- tools ---- */

/* The configuration of a context by its name, which is that directory. */
static void find_config(struct cgroup_guest *g, const char *path)
{
	_cleanup_free_ char *up = xasprintf("%.*s/.defaults", (int)(strrchr(path, '/') - path), path), *name = NULL;
	struct fail ignored = { 0 };

	g->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->dir < 0)
		return;
	g->defaults = open(up, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (config_text(g->dir, "name", &name, &ignored) > 0 && *name && *name != '.' && !strchr(name, '/')) {
		free(g->name);
		g->name = take_ptr(name);
	}
}

bool cgroup_freezes(uint32_t xid)
{
	uint64_t flags;

	return vctx_cflags_get(xid, &flags, NULL) == 0 && flags & VCTX_CF_OOM_FREEZE;
}

int cgroup_guest_open(const char *text, const char *hint, struct cgroup_guest *g, struct fail *f)
{
	_cleanup_free_ char *path = NULL;
	char context[VCTX_NAME_SIZE] = "";
	const char *name = text + (text[0] == ':');
	uint32_t number;
	int r = 0;

	*g = (struct cgroup_guest){ .dir = -1, .defaults = -1, .root = -1, .group = -1 };
	if (text[0] != ':' && (strcmp(text, "self") == 0 || parse_u32(text, &number) == 0)) {
		if (parse_context(text, &g->xid) < 0)
			return -EINVAL;
	} else {
		bool running = false;

		r = context_of_guest(name, &g->xid, &running);
		/* one without a number of its own that does not run */
		if (r == -ENODATA)
			g->xid = VCTX_XID_NONE;
		else if (r < 0 && parse_context(text, &g->xid) < 0)
			return -EINVAL;
		if (!running)
			path = xasprintf("%s/%s", parse_confdir(), name);
	}
	if (g->xid < VCTX_XID_MIN)
		return fail(f, 0, "context %u is the host's: it has no limits", g->xid);
	if (!path) {
		r = vctx_name_get(g->xid, VCTX_NAME_CONTEXT, context);
		if (r == -ESRCH)
			return fail(f, 0, "context %u is not running", g->xid);
		if (r < 0)
			return fail(f, 0, "cannot ask about context %u: %s", g->xid, vctx_strerror(VCTX_CALL_NAME, r));
		g->running = true;
		if (context[0] == '/')
			path = xstrdup(context);
		else if (!context[0] && hint)
			path = realpath(hint, NULL);
	}
	g->name = path ? xstrdup(guest_of_context(path)) : xasprintf("xid-%u", g->xid);
	if (path)
		find_config(g, path);
	if (cgroup_config_read(g->dir, g->defaults, g->name, &g->config, f) < 0)
		return f->error;
	g->path = cgroup_path(&g->config);
	if (!g->running)
		return 0;
	g->root = cgroup_open_root(g->config.mnt, f);
	if (g->root < 0)
		return g->root;
	g->group = cgroup_open(g->root, g->path, f);
	g->freezes = cgroup_freezes(g->xid);
	return g->group < 0 && f->error ? f->error : 0;
}

void cgroup_guest_close(struct cgroup_guest *g)
{
	const int fds[] = { g->dir, g->defaults, g->root, g->group };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	free(g->name);
	free(g->path);
	cgroup_config_free(&g->config);
	*g = (struct cgroup_guest){ .dir = -1, .defaults = -1, .root = -1, .group = -1 };
}

/* Who was frozen for want of memory may try again when there is another limit. */
static int thaw(const struct cgroup_guest *g, const struct cgroup_settings *s, struct fail *f)
{
	if (!g->freezes || !cgroup_find(s, "memory.high"))
		return 0;
	return cgroup_write(g->group, "cgroup.freeze", "0", f);
}

int cgroup_guest_check(const struct cgroup_guest *g, bool save, struct fail *f)
{
	if (!g->running && !save)
		return fail(f, 0, "'%s' is not running: --save writes its configuration", g->name);
	if (save && g->dir < 0)
		return fail(f, 0, "context %u has no configuration to save to", g->xid);
	return 0;
}

int cgroup_guest_set(struct cgroup_guest *g, const struct cgroup_settings *s, bool save, struct fail *f)
{
	int r = cgroup_guest_check(g, save, f);

	if (r < 0)
		return r;
	if (g->running && g->group >= 0) {
		r = cgroup_apply(g->root, g->path, g->group, s, f);
		if (r == 0)
			r = thaw(g, s, f);
		if (r < 0)
			return r;
	} else if (g->running) {
		g->group = cgroup_make(g->root, g->path, s, false, f);
		if (g->group < 0)
			return g->group;
		r = cgroup_adopt(g->root, g->group, g->xid, f);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; save && i < s->count; i++)
		if (cgroup_save(g->dir, g->defaults, s->list[i].key, s->list[i].text, f) < 0)
			return g->running ? fail_prefix(f, "in force, but not saved") : f->error;
	return 0;
}
