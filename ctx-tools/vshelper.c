// SPDX-License-Identifier: GPL-2.0-or-later
/* vshelper - act when a guest reboots, halts or ends; called by the kernel */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "config.h"
#include "exec.h"
#include "msg.h"
#include "opt.h"
#include "parse.h"
#include "util.h"
#include "xalloc.h"

static const struct opt options[] = {
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vshelper",
	.synopsis = "EVENT XID",
	.purpose = "Act on what happened to a guest: the program of sysctl kernel.vshelper.",
	.options = options,
	.extra = "Events: startup, shutdown, restart, halt, poweroff, swsusp, netup, netdown, oom",
	.manual = "vshelper(8)",
	.stop = true,
};

struct event {
	const char *name;
	uint32_t xid;
	char *xid_text;
	int defaults;		/* of .defaults, or -1 */
	char *defaults_dir;
	int log;		/* descriptor, or -1 */
	char *guest_dir;	/* from the state file */
	int guest;
};

static void note(const struct event *e, const char *text)
{
	_cleanup_free_ char *line = NULL;
	time_t now = time(NULL);
	struct tm tm;
	char when[32];

	if (e->log < 0)
		return;
	(void)localtime_r(&now, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	line = xasprintf("%s vshelper: %s of context %s: %s\n", when, e->name, e->xid_text, text);
	(void)write_all(e->log, line, strlen(line));
}

static void open_log(struct event *e)
{
	_cleanup_free_ char *path = NULL;
	struct fail f = { 0 };

	if (e->defaults >= 0 && config_link(e->defaults, e->defaults_dir, "apps/vshelper/logfile", &path, &f) > 0)
		e->log = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0600);
}

static char *program_at(int dir, const char *dir_name, const char *path)
{
	struct stat st;

	if (dir < 0 || fstatat(dir, path, &st, 0) < 0 || !S_ISREG(st.st_mode) || faccessat(dir, path, X_OK, 0) < 0)
		return NULL;
	return xasprintf("%s/%s", dir_name, path);
}

/* Without waiting: the kernel, and with it the guest's end, waits for us. */
static int in_background(const struct event *e, char *const *argv)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid > 0)
		return exec_wait(pid);
	(void)setsid();
	pid = fork();
	if (pid != 0)
		_exit(pid < 0 ? 1 : 0);
	{
		int null = open("/dev/null", O_RDWR | O_CLOEXEC), out = e->log >= 0 ? e->log : null;

		if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir("/") < 0)
			_exit(EXIT_OWN_FAILURE);
		exec_close_from(3);
		exec_reset_signals();
		_exit(exec_command(argv));
	}
}

static int run_program(const struct event *e, char *path)
{
	char *argv[] = { path, e->xid_text, (char *)e->name, NULL };

	note(e, path);
	return in_background(e, argv);
}

/* The one that was installed with this program. */
static char *vserver_path(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 16);
	char *slash;

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		(void)strcpy(slash + 1, "vserver");
		if (access(self, X_OK) == 0)
			return xstrdup(self);
	}
	return xstrdup("vserver");
}

/* Is a process what it says in its arguments? Those of a guest may say anything, about any guest. */
static bool is_one_of_us(int proc, const char *name, pid_t pid)
{
	_cleanup_free_ char *exe = xasprintf("%s/exe", name);
	struct stat dir, theirs, ours;
	uint32_t xid;

	return vctx_task_xid(pid, &xid) == 0 && xid == VCTX_XID_HOST &&
	       fstatat(proc, name, &dir, 0) == 0 && dir.st_uid == 0 &&
	       fstatat(proc, exe, &theirs, 0) == 0 && stat("/proc/self/exe", &ours) == 0 &&
	       theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/*
 * Is another one of us, not finished yet, there for a reboot of this context? The kernel starts that one first, but does not
 * wait for it: the end of the context may be told to us before it has done anything.
 */
static bool reboot_under_way(const struct event *e)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	struct dirent *d;
	uint32_t pid;

	while (proc && (d = readdir(proc))) {
		_cleanup_free_ char *path = NULL, *args = NULL;
		const char *event, *xid;
		size_t len;

		if (parse_decimal(d->d_name, INT32_MAX, &pid) < 0 || (pid_t)pid == getpid() ||
		    !is_one_of_us(dirfd(proc), d->d_name, (pid_t)pid))
			continue;
		path = xasprintf("%s/cmdline", d->d_name);
		/* PROGRAM EVENT XID, each ended by a NUL */
		if (read_file_at(dirfd(proc), path, 4096, &args, &len) < 0 || !len)
			continue;
		event = args + strlen(args) + 1;
		xid = event < args + len ? event + strlen(event) + 1 : args + len;
		if (xid >= args + len || strcmp(xid, e->xid_text) != 0 || !strstr(args, "vshelper"))
			continue;
		if (strcmp(event, "restart") == 0 || strcmp(event, "halt") == 0 || strcmp(event, "poweroff") == 0)
			return true;
	}
	return false;
}

/* What happens when nobody configured anything else. */
static int builtin(const struct event *e)
{
	_cleanup_free_ char *state = guest_run_path("vshelper/%u", e->xid), *vserver = vserver_path();
	_cleanup_free_ char *dir = xstrndup(e->guest_dir, (size_t)(strrchr(e->guest_dir, '/') - e->guest_dir));
	const char *how, *verb;

	if (strcmp(e->name, "restart") == 0) {
		how = "----rebooted";
		verb = "restart";
	} else if (strcmp(e->name, "halt") == 0 || strcmp(e->name, "poweroff") == 0) {
		how = "----rebooted";
		verb = "stop";
	} else if (strcmp(e->name, "shutdown") == 0) {
		/* its last process has ended: clean up, unless somebody has started it again meanwhile */
		how = "----cleanup";
		verb = "stop";
	} else {
		note(e, "nothing to do");
		return 0;
	}
	/* one event, one reaction: the end that follows a reboot is not another one */
	(void)unlink(state);
	note(e, verb);
	{
		char *const argv[] = {
			vserver, (char *)"--silent", (char *)"--defaulttty", (char *)how, (char *)"--confdir",
			*dir ? dir : (char *)"/", (char *)"--", strrchr(e->guest_dir, '/') + 1, (char *)verb, NULL,
		};

		return in_background(e, argv);
	}
}

/* Which guest is it? 1, 0 none of ours, or negative. */
static int find_guest(struct event *e, struct fail *f)
{
	_cleanup_free_ char *path = guest_run_path("vshelper/%u", e->xid);
	_cleanup_strv_ char **lines = NULL;
	char context[VCTX_NAME_SIZE];
	int r;

	r = config_list(AT_FDCWD, path, 0, &lines, f);
	if (r <= 0)
		return r;
	if (!lines[0] || lines[0][0] != '/')
		return fail(f, 0, "bad state file '%s'", path);
	/* the number may belong to somebody else by now */
	if (vctx_name_get(e->xid, VCTX_NAME_CONTEXT, context) == 0 && strcmp(context, lines[0]) != 0)
		return 0;
	free(e->guest_dir);
	if (e->guest >= 0)
		(void)close(e->guest);
	e->guest_dir = xstrdup(lines[0]);
	e->guest = open(e->guest_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return e->guest < 0 ? fail(f, -errno, "cannot open '%s'", e->guest_dir) : 1;
}

static int act(struct event *e, struct fail *f)
{
	_cleanup_free_ char *own = xasprintf("apps/vshelper/%s", e->name);
	_cleanup_free_ char *delegate_name = xasprintf("apps/vshelper-delegate/%s", e->name);
	_cleanup_free_ char *delegate = program_at(e->defaults, e->defaults_dir, delegate_name);
	_cleanup_free_ char *handler = NULL, *action = NULL, *method = NULL, *found = NULL;
	int r;

	if (e->defaults >= 0 && config_exists(e->defaults, "apps/vshelper/disabled"))
		return 0;
	if (delegate)
		return run_program(e, delegate);
	/* a context is about to be made, or addresses come and go: no objection */
	if (strcmp(e->name, "startup") == 0 || strcmp(e->name, "netup") == 0 || strcmp(e->name, "netdown") == 0)
		return 0;
	r = find_guest(e, f);
	if (r > 0 && strcmp(e->name, "shutdown") == 0) {
		if (reboot_under_way(e))
			return 0;
		/* or is it through already? Then its guest's state is gone */
		r = find_guest(e, f);
	}
	if (r <= 0)
		return r;
	if (config_exists(e->guest, "apps/vshelper/disabled"))
		return 0;

	handler = program_at(e->guest, e->guest_dir, own);
	if (handler)
		return run_program(e, handler);
	r = config_text(e->guest, "apps/vshelper/action", &action, f);
	if (r == 0) {
		handler = program_at(e->defaults, e->defaults_dir, own);
		if (handler)
			return run_program(e, handler);
		if (e->defaults >= 0)
			r = config_text(e->defaults, "apps/vshelper/action", &action, f);
	}
	if (r < 0)
		return r;
	if (!action || !*action || strcmp(action, "restart") == 0)
		return builtin(e);
	if (strchr(action, '/'))
		return fail(f, 0, "bad value in 'apps/vshelper/action': '%s'", action);
	method = xasprintf("apps/vshelper-methods/%s", action);
	found = program_at(e->guest, e->guest_dir, method);
	if (!found)
		found = program_at(e->defaults, e->defaults_dir, method);
	return found ? run_program(e, found) : fail(f, 0, "no method '%s' for '%s'", action, e->name);
}

int main(int argc, char **argv)
{
	struct event e = { .defaults = -1, .log = -1, .guest = -1 };
	struct opt_state s;
	struct fail f = { 0 };
	uint32_t xid;
	int id, r;

	opt_start(&s, &program, argc, argv);
	while ((id = opt_next(&s)) > 0)
		;
	if (id < 0)
		return s.exit_code;
	if (argc - s.index != 2)
		return msg_usage("needs an event and a context");
	e.name = argv[s.index];
	e.xid_text = argv[s.index + 1];
	if (parse_decimal(e.xid_text, VCTX_XID_MAX, &xid) < 0 || xid < VCTX_XID_MIN)
		return msg_usage("bad context '%s'", e.xid_text);
	if (!*e.name || strpbrk(e.name, "/."))
		return msg_usage("bad event '%s'", e.name);
	e.xid = xid;
	e.defaults_dir = xasprintf("%s/.defaults", parse_confdir());
	e.defaults = open(e.defaults_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_log(&e);
	r = act(&e, &f);
	if (r < 0 && f.error) {
		note(&e, f.text);
		msg_error("%s of context %u: %s", e.name, e.xid, f.text);
	}
	free(e.defaults_dir);
	free(e.guest_dir);
	return r == 0 ? 0 : 1;
}
