// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-users - a user of the host and a user of a guest with the same uid are two; so are their keys for System V IPC
 * bed: um qemu
 * timeout: 40
 */
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/uio.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define UID 33
#define KEY 0x76637478

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* as a login: this uid, and visible for others with it */
FN(f_user)
{
	if (setresgid((gid_t)a, (gid_t)a, (gid_t)a) || setresuid((uid_t)a, (uid_t)a, (uid_t)a))
		return -1;
	return prctl(PR_SET_DUMPABLE, 1);
}

static long open_of(long pid, const char *what, int flags)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, what);
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

FN(f_kill) { return kill((pid_t)a, (int)b); }
FN(f_cwd) { return open_of(a, "cwd", O_PATH); }
FN(f_root) { return open_of(a, "root", O_PATH); }
FN(f_exe) { return open_of(a, "exe", O_PATH); }
FN(f_environ) { return open_of(a, "environ", O_RDONLY); }
FN(f_mem) { return open_of(a, "mem", O_RDWR); }
FN(f_ns) { return open_of(a, "ns/mnt", O_RDONLY); }

FN(f_attach)
{
	long r = ptrace(PTRACE_SEIZE, (pid_t)a, NULL, NULL);

	if (r == 0) {
		(void)ptrace(PTRACE_INTERRUPT, (pid_t)a, NULL, NULL);
		(void)waitpid((pid_t)a, NULL, __WALL);
		(void)ptrace(PTRACE_DETACH, (pid_t)a, NULL, NULL);
	}
	return r;
}

FN(f_read_memory)
{
	long word;
	struct iovec here = { &word, sizeof(word) }, there = { (void *)b, sizeof(word) };

	return process_vm_readv((pid_t)a, &here, 1, &there, 1, 0) < 0 ? -1 : 0;
}

FN(f_getfd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)a, 0), fd;

	if (pidfd < 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	b = errno;
	close(pidfd);
	if (fd >= 0)
		close(fd);
	errno = (int)b;
	/* there may be none: it was looked for */
	return fd < 0 && errno != EBADF ? -1 : 0;
}

FN(f_nice) { return setpriority(PRIO_PROCESS, (id_t)a, 1); }

FN(f_affinity)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity((pid_t)a, sizeof(set), &set);
}

FN(f_batch)
{
	struct sched_param p = {};

	return sched_setscheduler((pid_t)a, (int)b, &p);
}

FN(f_limit)
{
	struct rlimit r;

	return prlimit((pid_t)a, RLIMIT_CORE, NULL, &r) || prlimit((pid_t)a, RLIMIT_CORE, &r, NULL) ? -1 : 0;
}

FN(f_see) { return open_of(a, "stat", O_RDONLY); }
FN(f_marker) { return (long)&vxt_marker; }

static const struct {
	const char *what;
	vxt_fn *fn;
	long arg;
	int error;
} acts[] = {
	{ "probe it by a signal", f_kill, 0, EPERM },
	{ "send it a signal", f_kill, SIGUSR1, EPERM },
	{ "its working directory", f_cwd, 0, EACCES },
	{ "its root directory", f_root, 0, EACCES },
	{ "its program", f_exe, 0, EACCES },
	{ "its environment", f_environ, 0, EACCES },
	{ "its memory", f_mem, 0, EACCES },
	{ "its namespaces", f_ns, 0, EACCES },
	{ "trace it", f_attach, 0, EPERM },
	{ "read its memory", f_read_memory, -1, EPERM },
	{ "take a descriptor", f_getfd, 0, EPERM },
	{ "its nice level", f_nice, 0, EPERM },
	{ "its processors", f_affinity, 0, EPERM },
	{ "its scheduler", f_batch, SCHED_BATCH, EPERM },
	{ "its limits", f_limit, 0, EPERM },
};

static void test_users(enum vxt_mode mode)
{
	struct vxt_agent in, user, same, root;
	const char *m = vxt_mode_name[mode];
	struct vxt_guest g;
	long at;

	if (!tap_ok(vxt_start(&g, mode, 0) && vxt_child(&g.init, &in) && vxt_host(&user) && vxt_host(&same) &&
		    vxt_host(&root), "%s: processes of guest and host", m))
		return;
	if (vxt_call(&in, f_user, UID) || vxt_call(&user, f_user, UID) || vxt_call(&same, f_user, UID)) {
		tap_ok(false, "%s: become a user", m);
		return;
	}
	at = vxt_call(&in, f_marker);
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		long arg = acts[i].arg < 0 ? at : acts[i].arg, r;
		char what[128];

		r = vxt_call(&user, acts[i].fn, in.pid, arg);
		(void)snprintf(what, sizeof(what), "%s: user of the host, process of the guest: %s", m, acts[i].what);
		tap_errno(r, acts[i].error, what);
		arg = acts[i].arg < 0 ? vxt_call(&same, f_marker) : acts[i].arg;
		r = vxt_call(&user, acts[i].fn, same.pid, arg);
		if (!tap_ok(r == 0, "%s: process of the same user on the host: %s", m, acts[i].what))
			printf("# %s\n", strerror(errno));
		arg = acts[i].arg < 0 ? at : acts[i].arg;
		r = vxt_call(&root, acts[i].fn, in.pid, arg);
		if (!tap_ok(r == 0, "%s: root of the host, process of the guest: %s", m, acts[i].what))
			printf("# %s\n", strerror(errno));
	}
	tap_is(vxt_call(&user, f_see, in.pid), 0, "the user of the host sees it, though");
	vxt_end(&user);
	vxt_end(&same);
	vxt_end(&root);
	tap_ok(vxt_stop(&g), "%s: the guest ends", m);
}

/* a shell on the terminal continues what it has started, be it in a guest by now */
static void test_continue(void)
{
	struct vxt_agent in, user;
	struct vxt_guest g;

	if (!tap_ok(vxt_start(&g, VXT_FLAT, 0) && vxt_child(&g.init, &in) && vxt_host(&user), "a guest in the same session"))
		return;
	(void)vxt_call(&in, f_user, UID);
	(void)vxt_call(&user, f_user, UID);
	tap_is(vxt_call(&user, f_kill, in.pid, SIGCONT), 0, "SIGCONT within a session is not refused");
	tap_errno(vxt_call(&user, f_kill, in.pid, SIGSTOP), EPERM, "SIGSTOP is");
	vxt_end(&user);
	tap_ok(vxt_stop(&g), "the guest ends");
}

/* Keys that many programs know. */

FN(f_shm) { return shmget((key_t)a, 4096, (int)b); }
FN(f_sem) { return semget((key_t)a, 1, (int)b); }
FN(f_msg) { return msgget((key_t)a, (int)b); }
FN(f_shm_remove) { return shmctl((int)a, IPC_RMID, NULL); }
FN(f_sem_remove) { return semctl((int)a, 0, IPC_RMID); }
FN(f_msg_remove) { return msgctl((int)a, IPC_RMID, NULL); }

static void test_keys(void)
{
	static const struct {
		const char *what;
		vxt_fn *get, *remove;
	} kinds[] = {
		{ "shared memory", f_shm, f_shm_remove },
		{ "semaphores", f_sem, f_sem_remove },
		{ "message queue", f_msg, f_msg_remove },
	};
	struct vxt_guest g, h;
	struct vxt_agent host;
	char what[128];

	if (!tap_ok(vxt_start(&g, VXT_FLAT, 0) && vxt_start(&h, VXT_FLAT, 0) && vxt_host(&host), "two guests with the host's IPC"))
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		long id = vxt_call(&g.init, kinds[i].get, KEY, IPC_CREAT | 0666);

		if (id < 0 && errno == ENOSYS) {
			tap_skip(kinds[i].what, "not in this kernel");
			continue;
		}
		tap_ok(id >= 0, "%s: a guest takes a key", kinds[i].what);
		(void)snprintf(what, sizeof(what), "%s: it finds it again", kinds[i].what);
		tap_is(vxt_call(&g.init, kinds[i].get, KEY, 0), id, what);
		(void)snprintf(what, sizeof(what), "%s: the host does not get it for its own", kinds[i].what);
		tap_errno(vxt_call(&host, kinds[i].get, KEY, IPC_CREAT | 0666), EACCES, what);
		tap_errno(vxt_call(&host, kinds[i].get, KEY, 0), EACCES, what);
		(void)snprintf(what, sizeof(what), "%s: nor does another guest", kinds[i].what);
		tap_errno(vxt_call(&h.init, kinds[i].get, KEY, IPC_CREAT | 0666), EACCES, what);
		(void)snprintf(what, sizeof(what), "%s: the host removes it by its number", kinds[i].what);
		tap_is(vxt_call(&host, kinds[i].remove, id), 0, what);
		id = vxt_call(&host, kinds[i].get, KEY, IPC_CREAT | 0666);
		tap_ok(id >= 0, "%s: and takes the key", kinds[i].what);
		(void)snprintf(what, sizeof(what), "%s: the host finds its own", kinds[i].what);
		tap_is(vxt_call(&host, kinds[i].get, KEY, IPC_CREAT | 0666), id, what);
		(void)snprintf(what, sizeof(what), "%s: the guest does not", kinds[i].what);
		tap_errno(vxt_call(&g.init, kinds[i].get, KEY, 0), EACCES, what);
		(void)vxt_call(&host, kinds[i].remove, id);
	}
	vxt_end(&host);
	tap_ok(vxt_stop(&g) && vxt_stop(&h), "the guests end");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	test_users(VXT_FLAT);
	test_users(VXT_PIDNS);
	test_continue();
	test_keys();
	return vxt_done();
}
