// SPDX-License-Identifier: GPL-2.0-or-later
/* vprocunhide - decide which entries of /proc guests see */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include <vctx.h>

#include "cleanup.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "parse.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_LIST = 256,
	OPT_DRY_RUN,
	OPT_VERBOSE,
	OPT_QUIET,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "list", 'l', NULL, OPT_LIST, "print the built-in list and exit" },
	{ "dry-run", 'n', NULL, OPT_DRY_RUN, "print what would be done" },
	{ "verbose", 'v', NULL, OPT_VERBOSE, "name every entry" },
	{ "quiet", 'q', NULL, OPT_QUIET, "errors only" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vprocunhide",
	.synopsis = "[OPTION...] [FILE]",
	.purpose = "Decide which entries of /proc guests see, by a list.",
	.options = options,
	.extra = "A line of the list is a path, with wildcards; a '/' at its end means all below.\n"
		 "Before it: nothing or '+' visible, '-' for the host only, '~' for host and\n"
		 "spectator, ':' for the spectator only, '!' for nobody, '>' writable.\n"
		 "Without FILE the list of the configuration is taken, else the built-in one.\n"
		 "Exit codes: 0 done, 1 no list, 2 some entries failed, 3 all failed.",
	.examples = "vprocunhide\n"
		    "vprocunhide --dry-run my-list",
	.manual = "vprocunhide(8)",
};

/*
 * What a guest may read without learning about the machine more than it could find out anyway, or about other guests.
 * Not here: kcore, kmsg, iomem, ioports, keys, sched_debug, timer_list, vmallocinfo, slabinfo, sysrq-trigger, and
 * what is in the lists of old that shows other guests.
 */
static const char builtin[] =
	"/proc/cpuinfo\n"
	"/proc/crypto\n"
	"/proc/devices\n"
	"/proc/execdomains\n"
	"/proc/filesystems\n"
	"/proc/loadavg\n"
	"/proc/meminfo\n"
	"/proc/misc\n"
	"/proc/stat\n"
	"/proc/swaps\n"
	"/proc/uptime\n"
	"/proc/version\n"
	"/proc/mounts\n"
	"/proc/net\n"
	"/proc/self\n"
	"/proc/thread-self\n"
	"/proc/sysvipc/\n"
	"~/proc/virtual\n"
	"~/proc/virtual/info\n"
	"~/proc/virtual/status\n";

enum { EXIT_NO_LIST = 1, EXIT_SOME = 2, EXIT_ALL = 3 };

#define GROUP (VCTX_IATTR_ADMIN | VCTX_IATTR_WATCH | VCTX_IATTR_HIDE)

static bool arg_dry_run;
static unsigned int done, failed;

static void set_one(const char *path, uint32_t flags)
{
	struct vctx_iattr a = { .flags = flags, .mask = GROUP };
	int r;

	if (flags & VCTX_IATTR_WRITE)
		a.mask = VCTX_IATTR_WRITE;
	if (arg_dry_run) {
		(void)printf("%c%c%c %s\n", flags & VCTX_IATTR_ADMIN ? 'A' : 'a', flags & VCTX_IATTR_WATCH ? 'W' : 'w',
			     flags & VCTX_IATTR_HIDE ? 'H' : 'h', path);
		done++;
		return;
	}
	r = vctx_iattr_set(path, &a);
	if (r < 0) {
		msg_error("cannot change '%s': %s", path, vctx_strerror(VCTX_CALL_IATTR, r));
		failed++;
		return;
	}
	msg_verbose("%s", path);
	done++;
}

/* Everything below a directory, without following links; depth first is as good as any order. */
static void set_below(int parent, const char *name, const char *path, uint32_t flags, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((e = readdir(dir))) {
		_cleanup_free_ char *child = NULL;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		child = xasprintf("%s/%s", path, e->d_name);
		set_one(child, flags);
		if (e->d_type == DT_DIR && depth < 32)
			set_below(dirfd(dir), e->d_name, child, flags, depth + 1);
	}
}

static void handle_path(char *path, uint32_t flags)
{
	size_t len = strlen(path);
	bool recurse = len > 1 && path[len - 1] == '/';
	struct stat st;

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	set_one(path, flags);
	if (recurse && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		set_below(AT_FDCWD, path, path, flags, 0);
}

/* One line of a list: 0, or -1 after a message. */
static int handle_line(char *line, unsigned int number)
{
	uint32_t flags = VCTX_IATTR_ADMIN | VCTX_IATTR_WATCH;
	glob_t g = { 0 };
	size_t len;

	line += strspn(line, " \t");
	len = strlen(line);
	while (len && strchr(" \t\r\n", line[len - 1]))
		line[--len] = '\0';
	if (!len || *line == '#')
		return 0;
	switch (*line) {
	case '+':
		line++;
		break;
	case '-':
		flags = VCTX_IATTR_ADMIN | VCTX_IATTR_HIDE;
		line++;
		break;
	case '~':
		flags = VCTX_IATTR_ADMIN | VCTX_IATTR_WATCH | VCTX_IATTR_HIDE;
		line++;
		break;
	case ':':
		flags = VCTX_IATTR_WATCH | VCTX_IATTR_HIDE;
		line++;
		break;
	case '!':
		flags = VCTX_IATTR_HIDE;
		line++;
		break;
	case '>':
		flags = VCTX_IATTR_WRITE;
		line++;
		break;
	}
	if (strncmp(line, "/proc/", 6) != 0) {
		msg_error("wrong list, line %u: '%s' is not below /proc", number, line);
		return -1;
	}
	/* What this kernel does not have is no mistake of the list. */
	if (glob(line, GLOB_NOSORT, NULL, &g) == 0)
		for (size_t i = 0; i < g.gl_pathc; i++)
			handle_path(g.gl_pathv[i], flags);
	globfree(&g);
	return 0;
}

static int read_list(const char *path, char **ret_text)
{
	static const char *const places[] = { ".defaults/apps/vprocunhide/files" };
	int r;

	if (path) {
		r = read_file_at(AT_FDCWD, path, 1U << 20, ret_text, NULL);
		if (r < 0)
			msg_errno(r, "cannot read '%s'", path);
		return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *file = xasprintf("%s/%s", parse_confdir(), places[i]);

		r = read_file_at(AT_FDCWD, file, 1U << 20, ret_text, NULL);
		if (r == 0)
			return 0;
		if (r != -ENOENT && r != -ENOTDIR) {
			msg_errno(r, "cannot read '%s'", file);
			return r;
		}
	}
	*ret_text = xstrdup(builtin);
	return 0;
}

int main(int argc, char **argv)
{
	_cleanup_free_ char *text = NULL;
	unsigned int number = 0;
	struct opt_state s;
	struct statfs fs;
	int c, r;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_LIST:
			(void)fputs(builtin, stdout);
			return msg_close_stdout();
		case OPT_DRY_RUN:
			arg_dry_run = true;
			break;
		case OPT_VERBOSE:
			msg_set_level(msg_get_level() + 1);
			break;
		case OPT_QUIET:
			msg_set_level(MSG_QUIET);
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	if (argc - s.index > 1)
		return msg_usage("unexpected word '%s'", argv[s.index + 1]);
	if (read_list(argv[s.index], &text) < 0)
		return EXIT_NO_LIST;
	if (statfs("/proc", &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC) {
		msg_error("cannot change entries: nothing is mounted on /proc");
		return EXIT_NO_LIST;
	}
	if (!arg_dry_run) {
		r = vctx_version(NULL);
		if (r < 0) {
			msg_error("cannot change entries: %s", vctx_strerror(VCTX_CALL_ANY, r));
			return EXIT_ALL;
		}
	}
	for (char *line = text; line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		if (handle_line(line, ++number) < 0)
			return EXIT_NO_LIST;
		line = end ? end + 1 : NULL;
	}
	if (msg_close_stdout())
		return EXIT_SOME;
	if (!failed)
		return 0;
	return done ? EXIT_SOME : EXIT_ALL;
}
