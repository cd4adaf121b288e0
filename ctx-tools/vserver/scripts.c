// SPDX-License-Identifier: GPL-2.0-or-later
/* scripts - run the scripts of a guest, and programs of the host in general */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "exec.h"
#include "msg.h"
#include "plan.h"
#include "vserver.h"
#include "xalloc.h"

/* <sys/mount.h> of this libc and <linux/mount.h> do not go together */
extern int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);

/* Show what is mounted in another namespace at a directory of ours, to this process only. */
static int show_mounts(int mntns, const char *at)
{
	_cleanup_close_ int ours = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), tree = -1;

	if (ours < 0 || setns(mntns, CLONE_NEWNS) < 0)
		return -errno;
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 || setns(ours, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    syscall(SYS_move_mount, tree, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH) < 0 || chdir(at) < 0)
		return -errno;
	return 0;
}

static int go_to(const struct place *where)
{
	if (where->at)
		return show_mounts(where->mntns, where->at);
	if (where->mntns >= 0 && setns(where->mntns, CLONE_NEWNS) < 0)
		return -errno;
	return where->cwd >= 0 && fchdir(where->cwd) < 0 ? -errno : 0;
}

int wait_for_program(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
		/* not the signal itself: shells that wait for a program sit an interrupt out */
		if (plan_interrupted())
			(void)kill(pid, SIGTERM);
	}
	return exec_code(status);
}

int run_host(char *const *argv, const struct place *where, struct fail *f)
{
	int error[2], e = 0, r;
	ssize_t n;
	pid_t pid;

	if (pipe2(error, O_CLOEXEC) < 0)
		return fail(f, -errno, "cannot make a pipe");
	pid = fork();
	if (pid < 0) {
		e = -errno;
		(void)close(error[0]);
		(void)close(error[1]);
		return fail(f, e, "cannot fork");
	}
	if (pid == 0) {
		sigset_t none;

		(void)signal(SIGPIPE, SIG_DFL);
		sigemptyset(&none);
		(void)sigprocmask(SIG_SETMASK, &none, NULL);
		e = -go_to(where);
		if (!e) {
			(void)execvp(argv[0], argv);
			e = errno;
		}
		(void)!write(error[1], &e, sizeof(e));
		_exit(e == ENOENT ? 127 : 126);
	}
	(void)close(error[1]);
	do
		n = read(error[0], &e, sizeof(e));
	while (n < 0 && errno == EINTR);
	(void)close(error[0]);
	r = wait_for_program(pid);
	if (r < 0)
		return fail(f, r, "cannot wait for '%s'", argv[0]);
	return n > 0 ? fail(f, -e, "cannot execute '%s'", argv[0]) : r;
}

/* NAME and NAME.d/ in a scripts directory, in the order they run. */
static int collect(int dir, const char *dir_name, const char *name, char ***list, struct fail *f)
{
	_cleanup_free_ char *file = xasprintf("scripts/%s", name);
	_cleanup_free_ char *sub = xasprintf("scripts/%s.d", name);
	_cleanup_strv_ char **names = NULL;
	int r;

	if (dir < 0)
		return 0;
	if (config_exists(dir, file))
		strv_take(list, xasprintf("%s/%s", dir_name, file));
	r = config_names(dir, sub, &names, f);
	if (r < 0)
		return r;
	for (char **n = names; n && *n; n++)
		strv_take(list, xasprintf("%s/%s/%s", dir_name, sub, *n));
	return 0;
}

static int find(const struct guest *g, const char *name, char ***ret, struct fail *f)
{
	int r;

	*ret = strv_new();
	r = collect(g->fd, g->dir, name, ret, f);
	/* the guest's own hide the default ones */
	if (r == 0 && !**ret)
		r = collect(g->defaults, g->defaults_dir, name, ret, f);
	return r;
}

bool scripts_exist(const struct guest *g, const char *name)
{
	_cleanup_strv_ char **list = NULL;
	struct fail f = { 0 };

	return find(g, name, &list, &f) < 0 || *list;
}

int scripts_run(const struct guest *g, const char *name, const struct place *where, struct fail *f)
{
	_cleanup_strv_ char **list = NULL;
	int r;

	r = find(g, name, &list, f);
	if (r < 0)
		return r;
	for (char **s = list; *s; s++) {
		char *argv[] = { (char *)"/bin/bash", *s, (char *)name, g->name, NULL };
		bool program = access(*s, X_OK) == 0;

		/* once these were parts of the shell that started the guest */
		if (!program)
			msg_warning("script '%s' is not executable: run by a shell of its own, it changes nothing of the %s",
				    *s, strstr(name, "stop") ? "stop" : "start");
		if (!program && access(argv[0], X_OK) < 0)
			argv[0] = (char *)"/bin/sh";
		msg_verbose("running '%s'", *s);
		r = run_host(argv + program, where, f);
		if (r > 0)
			return r > 128 ? fail(f, 0, "script '%s' was killed by signal %d", *s, r - 128) :
					 fail(f, 0, "script '%s' failed with status %d", *s, r);
		if (r < 0)
			return r;
	}
	return 0;
}
