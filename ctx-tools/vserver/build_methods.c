// SPDX-License-Identifier: GPL-2.0-or-later
/* build_methods - fill the root directory of a new guest */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sched.h>
#include <unistd.h>

#include "build.h"
#include "cleanup.h"
#include "copy.h"
#include "exec.h"
#include "msg.h"
#include "opt.h"
#include "path.h"
#include "util.h"
#include "xalloc.h"

#ifndef VCTX_LIBEXECDIR
#define VCTX_LIBEXECDIR "/usr/lib/vctx"
#endif

enum { O_DIST = 1, O_MIRROR, O_SCRIPT, O_TEMPLATE, O_NODEV, O_SOURCE, O_EXCLUDE, O_PKGMGMT };

#define DIST { "dist", 'd', "DIST", O_DIST, "distribution" }
#define PKGMGMT { "pkgmgmt", 0, NULL, O_PKGMGMT, NULL }

static const struct opt debootstrap_options[] = {
	DIST, { "mirror", 'm', "URL", O_MIRROR, "package source" }, { "script", 's', "FILE", O_SCRIPT, NULL },
	PKGMGMT, OPT_COMMON, OPT_END,
};

static const struct opt template_options[] = {
	DIST, { "template", 't', "TARBALL", O_TEMPLATE, "archive to unpack" },
	{ "nodevsanity", 0, NULL, O_NODEV, "leave /dev as it is in the archive" }, PKGMGMT, OPT_COMMON, OPT_END,
};

static const struct opt clone_options[] = {
	DIST, { "source", 's', "GUEST", O_SOURCE, "guest or directory to copy" },
	{ "exclude-from", 'X', "FILE", O_EXCLUDE, "file with patterns of paths to leave out" },
	PKGMGMT, OPT_COMMON, OPT_END,
};

static const struct opt skeleton_options[] = { DIST, PKGMGMT, OPT_COMMON, OPT_END };

/* ---- other programs ---- */

/* What a program prints, NULL when it fails. */
static char *output_of(char *const *argv)
{
	struct exec_spawn s = EXEC_SPAWN_INIT;
	char buf[65536];
	char *text = xstrdup("");
	int fds[2];
	size_t len = 0;
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		free(text);
		return NULL;
	}
	s.argv = argv;
	s.stdio[0] = -2;
	s.stdio[1] = fds[1];
	s.stdio[2] = -2;
	pid = exec_spawn(&s);
	(void)close(fds[1]);
	while (pid > 0 && (n = read(fds[0], buf, sizeof(buf))) > 0) {
		text = xrealloc(text, len + (size_t)n + 1, 1);
		memcpy(text + len, buf, (size_t)n);
		len += (size_t)n;
		text[len] = '\0';
	}
	(void)close(fds[0]);
	if (pid < 0 || exec_wait(pid) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* In a mount namespace of its own: what it mounts is gone with it, also when it dies half-way. */
static int private_mounts(void *data _unused_)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return -errno;
	return 0;
}

/* Run a program whose failure fails the build; its messages go to standard error. */
static int run_program(char *const *argv, struct fail *f)
{
	struct exec_spawn s = EXEC_SPAWN_INIT;
	int r;

	s.argv = argv;
	s.stdio[0] = -2;
	s.stdio[1] = STDERR_FILENO;
	s.prepare = private_mounts;
	r = exec_spawn(&s);
	if (r < 0)
		return fail(f, r, "cannot execute '%s'", argv[0]);
	r = wait_for_program(r);
	if (r < 0)
		return fail(f, r, "cannot wait for '%s'", argv[0]);
	if (r > 128)
		return fail(f, 0, "'%s' was killed by signal %d", argv[0], r - 128);
	return r ? fail(f, 0, "'%s' failed with status %d", argv[0], r) : 0;
}

/* ---- debootstrap ---- */

/* A file of the distribution, else of .defaults: first line. */
static char *setting(const struct build *b, const char *in_dist, const char *in_defaults)
{
	_cleanup_free_ char *path = xasprintf("%s/.distributions/%s/%s", guest_confdir(), b->dist, in_dist);
	struct fail f = { 0 };
	char *text = NULL;

	if (config_text(AT_FDCWD, path, &text, &f) > 0)
		return text;
	if (b->defaults >= 0 && config_text(b->defaults, in_defaults, &text, &f) > 0)
		return text;
	return NULL;
}

/* The host's own sources for this suite, as lines of a sources.list. */
static char **host_sources(const char *suite)
{
	char *const argv[] = {
		(char *)"apt-get", (char *)"indextargets", (char *)"--format",
		(char *)"$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)", (char *)"Created-By: Packages", NULL,
	};
	_cleanup_free_ char *text = output_of(argv);
	_cleanup_strv_ char **lines = text ? config_split(text, 0) : NULL;
	char **found = strv_new();
	size_t len = strlen(suite);

	for (char **l = lines; l && *l; l++) {
		char *bar = strchr(*l, '|');
		bool twice = false;

		if (!bar || (size_t)(bar - *l) < len || strncmp(*l, suite, len) != 0 ||
		    ((*l)[len] != '|' && (*l)[len] != '-'))
			continue;
		for (char **o = found; *o; o++)
			twice |= strcmp(*o, bar + 1) == 0;
		if (!twice)
			strv_add(&found, bar + 1);
	}
	return found;
}

/* Proxies and checks of downloads, as the host has them. */
static void add_apt_options(char ***argv)
{
	char *const dump[] = { (char *)"apt-config", (char *)"dump", NULL };
	_cleanup_free_ char *text = output_of(dump);
	_cleanup_strv_ char **lines = text ? config_split(text, 0) : NULL;

	for (char **l = lines; l && *l; l++) {
		size_t len = strlen(*l);

		if ((strncmp(*l, "Acquire::http", 13) == 0 || strncmp(*l, "Acquire::Check", 14) == 0 ||
		     strncmp(*l, "Acquire::Retries", 16) == 0) && len && (*l)[len - 1] == ';' && strchr(*l, '"')) {
			(*l)[len - 1] = '\0';
			strv_take(argv, xasprintf("--aptopt=%s", *l));
		}
	}
}

static int fill_debootstrap(struct build *b, struct fail *f)
{
	_cleanup_free_ char *mirror = b->mirror ? xstrdup(b->mirror) :
						  setting(b, "debootstrap.mirror", "apps/debootstrap/mirror");
	_cleanup_free_ char *extra = setting(b, "debootstrap.options", "apps/debootstrap/options");
	_cleanup_strv_ char **argv = NULL;

	strv_add(&argv, "mmdebstrap");
	strv_add(&argv, msg_get_level() >= MSG_VERBOSE ? "--verbose" : "--quiet");
	strv_add(&argv, "--mode=root");
	strv_add(&argv, "--variant=minbase");
	/* without a wish an init that works without /sys and cgroups */
	strv_add(&argv, b->initstyle && strcmp(b->initstyle, "systemd") == 0 ?
				"--include=systemd-sysv,dbus,procps,netbase,iproute2" :
				"--include=sysvinit-core,insserv,startpar,procps,netbase,iproute2");
	strv_add(&argv, "--customize-hook='" VCTX_LIBEXECDIR "/initpost/debian' \"$1\"");
	add_apt_options(&argv);
	if (extra) {
		char *save = NULL;

		for (char *w = strtok_r(extra, " \t", &save); w; w = strtok_r(NULL, " \t", &save))
			strv_add(&argv, w);
	}
	for (char **o = b->rest; o && *o; o++)
		strv_add(&argv, *o);
	strv_add(&argv, b->dist);
	strv_add(&argv, b->rootdir);
	if (mirror) {
		strv_add(&argv, mirror);
	} else {
		_cleanup_strv_ char **sources = host_sources(b->dist);

		if (!*sources)
			return fail(f, 0, "apt has no package source for '%s': give one with -m", b->dist);
		for (char **s = sources; *s; s++)
			strv_add(&argv, *s);
	}
	return run_program(argv, f);
}

/* ---- template ---- */

static int fill_template(struct build *b, struct fail *f)
{
	for (char **t = b->templates; *t; t++) {
		/*
		 * tar itself finds out the compression, strips a leading '/', refuses ".." and makes links that
		 * lead outside only when everything else is there.
		 */
		char *const argv[] = {
			(char *)"tar", (char *)"--extract", (char *)"--file", *t, (char *)"--directory", b->rootdir,
			(char *)"--numeric-owner", (char *)"--same-owner", (char *)"--preserve-permissions",
			(char *)"--xattrs", (char *)"--xattrs-include=*", (char *)"--force-local", NULL,
		};
		int r = run_program(argv, f);

		if (r < 0)
			return fail_prefix(f, "template '%s'", *t);
	}
	return 0;
}

/* ---- clone ---- */

static char *source_dir(const struct build *b, struct fail *f)
{
	_cleanup_guest_ struct guest *g = NULL;
	struct stat st;

	if (strchr(b->source, '/')) {
		int r = stat(b->source, &st) < 0 ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;

		if (r < 0) {
			(void)fail(f, r, "no directory '%s'", b->source);
			return NULL;
		}
		return xstrdup(b->source);
	}
	return guest_open(b->source, &g, f) < 0 ? NULL : xstrdup(g->vdir);
}

/* Two machines have two: an empty file has a new one made at the next start. */
static int forget_identity(int root, struct fail *f)
{
	_cleanup_close_ int id = path_open_in(root, "etc/machine-id", O_PATH | O_NOFOLLOW, 0);
	int r = id < 0 ? 0 : path_write_in(root, "etc/machine-id", "", 0444);

	return r < 0 ? fail(f, r, "cannot empty '/etc/machine-id' in the guest") : 0;
}

static int fill_clone(struct build *b, struct fail *f)
{
	_cleanup_free_ char *dir = source_dir(b, f);
	_cleanup_close_ int from = -1;
	struct copy_result res;
	int r;

	if (!dir)
		return f->error;
	from = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0)
		return fail(f, -errno, "cannot open '%s'", dir);
	r = copy_tree(from, b->root, b->excludes, &res, f);
	if (r < 0)
		return fail_prefix(f, "cannot copy '%s'", dir);
	msg_verbose("%llu files (%llu bytes), of these %llu share their blocks; %llu links, %llu directories, %llu left out",
		    (unsigned long long)res.files, (unsigned long long)res.bytes, (unsigned long long)res.cloned,
		    (unsigned long long)res.links, (unsigned long long)res.directories,
		    (unsigned long long)res.skipped);
	return forget_identity(b->root, f);
}

/* ---- skeleton ---- */

static int fill_skeleton(struct build *b, struct fail *f)
{
	int r;

	if (!b->rest || !b->rest[0])
		return 0;
	r = run_host(b->rest, &PLACE_DIR(b->root), f);
	return r > 0 ? fail(f, 0, "'%s' failed with status %d", b->rest[0], r) : r;
}

/* ---- table ---- */

static const struct method {
	const char *name;
	const struct opt *options;
	int (*fill)(struct build *b, struct fail *f);
	bool takes_words;
} methods[] = {
	{ "debootstrap", debootstrap_options, fill_debootstrap, true },
	{ "template", template_options, fill_template, false },
	{ "clone", clone_options, fill_clone, false },
	{ "skeleton", skeleton_options, fill_skeleton, true },
};

static const struct method *find_method(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

static int read_excludes(struct build *b, const char *path)
{
	struct fail f = { 0 };
	int r = config_list(AT_FDCWD, path, CONFIG_COMMENTS, &b->excludes, &f);

	if (r <= 0)
		return guest_usage("cannot read '%s': %s", path, r ? f.text : strerror(ENOENT));
	return EXIT_OK;
}

int build_method_options(struct build *b, int argc, char **argv)
{
	const struct method *m = find_method(b->method);
	struct opt_program p = {
		.name = "vserver",
		.synopsis = "NAME build -m METHOD [OPTION...] -- [METHOD-OPTION...]",
		.purpose = "Options of a method.",
		.manual = "vserver-build(8)",
		.stop = true,
	};
	struct opt_state s;
	int id, r;

	if (!m)
		return guest_usage("unknown method '%s': debootstrap, template, clone or skeleton", b->method);
	p.options = m->options;
	if (argc > 0) {
		opt_start(&s, &p, argc, argv);
		while ((id = opt_next(&s)) > 0)
			switch (id) {
			case O_DIST:
				b->dist = s.arg;
				break;
			case O_MIRROR:
				b->mirror = s.arg;
				break;
			case O_SCRIPT:
				return guest_usage("mmdebstrap has no scripts: use its hooks, '-- --customize-hook=...'");
			case O_TEMPLATE:
				strv_add(&b->templates, s.arg);
				break;
			case O_NODEV:
				b->keep_devices = true;
				break;
			case O_SOURCE:
				b->source = s.arg;
				break;
			case O_EXCLUDE:
				r = read_excludes(b, s.arg);
				if (r != EXIT_OK)
					return r;
				break;
			default:
				break;
			}
		if (id < 0)
			return s.exit_code;
		if (s.index < argc && !m->takes_words)
			return guest_usage("method '%s' takes no argument '%s'", m->name, argv[s.index]);
		for (int i = s.index; i < argc; i++)
			strv_add(&b->rest, argv[i]);
	}
	if (b->dist && (strchr(b->dist, '/') || *b->dist == '.' || *b->dist == '-' || !*b->dist))
		return guest_usage("bad distribution '%s'", b->dist);
	if (m->fill == fill_debootstrap && !b->dist)
		return guest_usage("method 'debootstrap' needs a distribution, -d DIST");
	if (m->fill == fill_clone && !b->source)
		return guest_usage("method 'clone' needs a source, -s GUEST");
	if (m->fill == fill_template && !b->templates && !b->dist)
		return guest_usage("method 'template' needs an archive, -t TARBALL");
	return EXIT_OK;
}

int build_method_check(struct build *b, struct fail *f)
{
	_cleanup_free_ char *dir = NULL;

	if (b->source) {
		dir = source_dir(b, f);
		if (!dir || access(dir, R_OK) < 0)
			return fail(f, dir ? -errno : -ENOENT, "no source '%s'", b->source);
	}
	if (strcmp(b->method, "template") == 0 && !b->templates) {
		char *link = xasprintf("%s/.distributions/%s/template", guest_confdir(), b->dist);

		if (access(link, R_OK) < 0) {
			int r = fail(f, -errno, "no template '%s'", link);

			free(link);
			return r;
		}
		strv_take(&b->templates, link);
	}
	for (char **t = b->templates; t && *t; t++) {
		struct stat st;

		if (stat(*t, &st) < 0)
			return fail(f, -errno, "no template '%s'", *t);
		if (!S_ISREG(st.st_mode) || access(*t, R_OK) < 0)
			return fail(f, 0, "template '%s' is not a readable file", *t);
	}
	return 0;
}

char *build_method_describe(const struct build *b)
{
	if (strcmp(b->method, "debootstrap") == 0)
		return xasprintf("install %s with mmdebstrap", b->dist);
	if (strcmp(b->method, "template") == 0)
		return xasprintf("unpack '%s'", b->templates[0]);
	if (strcmp(b->method, "clone") == 0)
		return xasprintf("copy '%s'", b->source);
	return b->rest && b->rest[0] ? xasprintf("run '%s' to fill it", b->rest[0]) : NULL;
}

int build_method_fill(struct build *b, struct fail *f)
{
	const struct method *m = find_method(b->method);

	return m ? m->fill(b, f) : fail(f, -ENOSYS, "method '%s'", b->method);
}
