// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-enter - a process of the host that goes into a guest brings nothing along and is not taken over
 * bed: um qemu
 * timeout: 60
 */
#include <pthread.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include "../prog/esc.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#define ALL V_GUESTS
/* not below the directory above the guest, which is closed to members */
#define TOOL "/esc-tool"
#define HOST_FILE ESC_DIR "/host-file"
#define HOST_TEXT "a file of the host\n"

enum { W_LINGERER };

/*
 * Attacks on a process that has entered and does nothing yet. The host starts it on request: 'e' before it executes a
 * program, 'h' after it has executed one of the host with the root directory of the host. Its number in the guest is
 * that of the only other member.
 */

static pid_t prey;

/* the files of the host are closed to members of a guest that is held below a directory */
#define NOT_POSSIBLE -2

static pid_t newcomer(int how)
{
	long pid = esc_ask(how, 0, -1, NULL);

	if (pid < 0 && how == 'h' && errno == EACCES) {
		esc_say("programs of the host cannot be run in a guest that is held below a directory");
		return NOT_POSSIBLE;
	}
	if (pid < 0)
		return -1;
	if (esc_kind == V_PID) {
		/* the guest has other numbers; this is neither the first one nor this one */
		DIR *d = opendir("/proc");
		struct dirent *e;

		pid = -1;
		while (d && (e = readdir(d)))
			if (atoi(e->d_name) > 1 && atoi(e->d_name) != getpid())
				pid = atoi(e->d_name);
		if (d)
			(void)closedir(d);
	}
	prey = (pid_t)pid;
	return prey;
}

static long on_prey(const char *name, int flags)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%d/%s", gp("/proc"), prey, name);
	return esc_open_close(path, flags);
}

static long seen(int how)
{
	/* it is there, so that what is refused is not refused for lack of it */
	pid_t pid = newcomer(how);

	if (pid == NOT_POSSIBLE)
		return ESC_SKIP;
	return pid < 0 ? esc_fail(EBADMSG) : kill(prey, 0);
}

#define ATTACK(id, expr)								\
	static long id##_(int how)							\
	{										\
		pid_t pid = newcomer(how);						\
											\
		if (pid == NOT_POSSIBLE)						\
			return ESC_SKIP;						\
		if (pid < 0 || kill(prey, 0))						\
			return esc_fail(EBADMSG);					\
		return (expr);								\
	}										\
	static long e_##id(void) { return id##_('e'); }					\
	static long h_##id(void) { return id##_('h'); }

static long remote_vm(int nr)
{
	char buf[16];
	struct iovec l = { buf, sizeof(buf) }, r = { (void *)&prey, sizeof(buf) };

	return syscall(nr, prey, &l, 1UL, &r, 1UL, 0UL);
}

static long getfd(void)
{
	long fd = syscall(SYS_pidfd_open, prey, 0);

	for (int i = 0; i < 16; i++)
		if (syscall(SYS_pidfd_getfd, fd, i, 0) >= 0)
			return 1;
	return -1;
}

static long all_fds(void)
{
	char name[32];

	for (int i = 0; i < 16; i++) {
		(void)snprintf(name, sizeof(name), "fd/%d", i);
		if (on_prey(name, O_PATH) >= 0)
			return 1;
		(void)snprintf(name, sizeof(name), "fdinfo/%d", i);
		if (on_prey(name, O_RDONLY) >= 0)
			return 2;
	}
	return -1;
}

static long read_of(const char *name)
{
	char path[128], b[16];
	int fd;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%d/%s", gp("/proc"), prey, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, b, sizeof(b));
	close(fd);
	return n < 0 ? -1 : n == 0 ? esc_fail(EACCES) : n;
}

static long join_ns(void)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%d/ns/mnt", gp("/proc"), prey);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : setns(fd, 0);
}

static long core_of_prey(void)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
	long dumped;

	(void)esc_ask('c', 0, -1, NULL);
	(void)prlimit(prey, RLIMIT_CORE, &r, NULL);
	(void)kill(prey, SIGSEGV);
	esc_sleep_ms(50);
	/* the host knows where it would be */
	dumped = esc_ask('d', 0, -1, NULL);
	return dumped > 0 ? 1 : esc_fail(EPERM);
}

static long io_limit(void)
{
	return ptrace(PTRACE_SEIZE, prey, NULL, NULL);
}

ATTACK(attach, ptrace(PTRACE_ATTACH, prey, NULL, NULL))
ATTACK(seize, io_limit())
ATTACK(readv, remote_vm(SYS_process_vm_readv))
ATTACK(writev, remote_vm(SYS_process_vm_writev))
ATTACK(mem, on_prey("mem", O_RDWR))
ATTACK(root, on_prey("root/.", O_PATH))
ATTACK(cwd, on_prey("cwd/.", O_PATH))
ATTACK(exe, on_prey("exe", O_RDONLY))
ATTACK(fds, all_fds())
ATTACK(environ, read_of("environ"))
ATTACK(maps, read_of("maps"))
ATTACK(auxv, read_of("auxv"))
ATTACK(stack, read_of("syscall"))
ATTACK(ns, join_ns())
ATTACK(getfd, getfd())
ATTACK(kcmp, syscall(SYS_kcmp, getpid(), prey, 2, 0UL, 0UL))
ATTACK(core, core_of_prey())
ATTACK(sigkill, kill(prey, SIGKILL))

static long e_seen(void) { return seen('e'); }
static long h_seen(void) { return seen('h'); }

/* A trusted program that stays behind when the setup is over, with the host's root directory. */
static long lingerer(long (*fn)(void))
{
	prey = (pid_t)sh->word[W_LINGERER];
	if (!prey || kill(prey, 0))
		return esc_fail(EBADMSG);
	return fn();
}

static long l_attach_(void) { return ptrace(PTRACE_ATTACH, prey, NULL, NULL); }
static long l_root_(void) { return on_prey("root/esc/secret", O_RDONLY); }
static long l_mem_(void) { return on_prey("mem", O_RDWR); }
static long l_attach(void) { return lingerer(l_attach_); }
static long l_root(void) { return lingerer(l_root_); }
static long l_mem(void) { return lingerer(l_mem_); }

/* The host's side. */

static pid_t enter(int how)
{
	char num[16];
	char *argv[] = { (char *)"lingering-tool", num, NULL };
	int p[2];
	pid_t pid;
	char c;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)setenv("PASSWORD", "secret of the host", 1);
		if (sh->kind == V_PID) {
			char path[64];
			int fd;

			/* what tools do to go into a guest */
			(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", sh->guest);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd < 0 || setns(fd, CLONE_NEWPID))
				_exit(1);
			pid = fork();
			if (pid) {
				(void)waitpid(pid, NULL, 0);
				_exit(0);
			}
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		}
		(void)open(HOST_FILE, O_RDONLY);
		if (vx_migrate(sh->xid)) {
			(void)!write(p[1], "m", 1);
			_exit(1);
		}
		if (how == 'h') {
			(void)snprintf(num, sizeof(num), "%d", dup(p[1]));
			(void)execv(TOOL, argv);
			(void)!write(p[1], errno == EACCES ? "a" : "x", 1);
			_exit(1);
		}
		(void)!write(p[1], "+", 1);
		for (;;)
			(void)pause();
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		c = 0;
	close(p[0]);
	if (c == '+')
		return pid;
	errno = c == 'a' ? EACCES : EBADMSG;
	return -1;
}

#define CORE "/core-of-tool"

static long answer(int what, long arg, int *ret_fd)
{
	static pid_t last;
	long r;

	(void)arg;
	(void)ret_fd;
	if (what == 'e' || what == 'h') {
		if (last > 0)
			(void)kill(last, SIGKILL);
		last = enter(what);
		return last;
	}
	if (what == 'c') {
		(void)unlink(CORE);
		(void)unlink(ESC_ROOT CORE);
		return esc_write("/proc/sys/kernel/core_pattern", CORE);
	}
	r = access(CORE, F_OK) == 0 || access(ESC_ROOT CORE, F_OK) == 0;
	(void)unlink(CORE);
	(void)unlink(ESC_ROOT CORE);
	(void)esc_write("/proc/sys/kernel/core_pattern", "core");
	return r;
}

static void prepare(void)
{
	(void)unlink(TOOL);
	esc_copy("/proc/self/exe", TOOL);
	if (!esc_file(HOST_FILE, HOST_TEXT, 0600))
		esc_die("host file");
	(void)esc_write("/proc/sys/kernel/core_pattern", "core");
}

/*
 * What must not come along: everything here is tried by a process of the host on its way in, twice: at the end of the
 * setup and at a migration later.
 */

static long in_setup(uint32_t xid)
{
	if (vx_create(xid, VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_ADMIN) != (long)xid)
		return -1;
	return chdir(ESC_ROOT) || chroot(".") ? -1 : 0;
}

static long end_setup(void)
{
	return vx_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP);
}

static void *idle(void *arg)
{
	(void)arg;
	for (;;)
		(void)pause();
	return NULL;
}

enum bring {
	NOTHING, DIRECTORY, O_PATH_DIR, O_PATH_FILE, CWD, SYSCTL, DISK, CGROUP, THREAD, FILES, FS, SOCKET_OF_DIR, OTHER_ROOT_DIR,
	NR_BRING
};

static const char *const bring_name[] = {
	"nothing", "a directory of the host", "a directory as O_PATH", "a file as O_PATH", "a working directory outside",
	"a sysctl for writing", "a disk", "cgroup.procs for writing", "a thread", "a table of files shared with the host",
	"directories shared with the host", "a socket with a directory in its queue", "the directory above its root",
};

static void bring(enum bring what)
{
	static pthread_t thread;
	int p[2], fd;

	switch (what) {
	case DIRECTORY:
		(void)open("/", O_RDONLY | O_DIRECTORY);
		break;
	case OTHER_ROOT_DIR:
		(void)open(ESC_DIR, O_RDONLY | O_DIRECTORY);
		break;
	case O_PATH_DIR:
		(void)open("/", O_PATH);
		break;
	case O_PATH_FILE:
		(void)open(HOST_FILE, O_PATH);
		break;
	case SYSCTL:
		(void)open("/proc/sys/kernel/core_pattern", O_WRONLY);
		break;
	case DISK:
		(void)open(ESC_ROOT "/dev/rootdisk", O_RDONLY);
		break;
	case CGROUP:
		(void)open("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
		break;
	case THREAD:
		(void)pthread_create(&thread, NULL, idle, NULL);
		break;
	case SOCKET_OF_DIR:
		(void)!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p);
		fd = open("/", O_RDONLY | O_DIRECTORY);
		(void)esc_send(p[0], "x", 1, fd);
		close(fd);
		break;
	default:
		break;
	}
}

static pid_t clone_of(enum bring what)
{
	long flags = SIGCHLD | (what == FILES ? CLONE_FILES : 0) | (what == FS ? CLONE_FS : 0);

	return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

/* result of the step that should refuse: 0 passed, 1 refused with EBUSY, 2 something else */
static int try_bring(enum bring what, bool setup, uint32_t xid)
{
	/* what shares with this process must not be the test itself */
	int status;
	pid_t outer = fork(), pid;

	if (!outer) {
		pid = clone_of(what);
		if (!pid) {
			long r;

			if (what != THREAD)
				bring(what);
			if (setup) {
				if (in_setup(xid))
					_exit(3);
				if (what == THREAD)
					bring(what);
				if (what == CWD)
					(void)!fchdir(open("/proc", O_PATH | O_CLOEXEC));
				if (what == CWD) {
					/* leave the root first, as only the host can */
					(void)!mkdir("/tmp/inner", 0755);
					(void)!chroot("/tmp/inner");
				}
				r = end_setup();
			} else {
				if (what != CWD ? chdir(ESC_ROOT) : chdir("/"))
					_exit(3);
				if (chroot(ESC_ROOT))
					_exit(3);
				if (what == THREAD)
					bring(what);
				r = vx_migrate(xid);
			}
			if (r == 0 && what == SOCKET_OF_DIR) {
				/* it comes along, but cannot be taken out */
				for (int fd = 3; fd < 20; fd++) {
					int got;
					char c;

					if (fcntl(fd, F_GETFD) >= 0 && recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 1 &&
					    esc_recv(fd, &c, 1, &got) == 1 && got >= 0)
						_exit(0);
				}
				_exit(1);
			}
			_exit(r == 0 ? 0 : errno == EBUSY ? 1 : 2);
		}
		(void)waitpid(pid, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
	}
	(void)waitpid(outer, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

static void bring_tests(void)
{
	uint32_t xid = 40500;
	int p[2];
	pid_t holder;
	char c;

	/* a guest that is there, for migrations */
	if (pipe2(p, O_CLOEXEC))
		esc_die("pipe");
	holder = fork();
	if (!holder) {
		if (in_setup(xid) || end_setup())
			_exit(1);
		(void)!write(p[1], "+", 1);
		for (;;)
			(void)pause();
	}
	if (read(p[0], &c, 1) != 1)
		esc_die("guest for migrations");
	for (enum bring what = NOTHING; what < NR_BRING; what++) {
		/* the table was made its own when it entered */
		int want = what != NOTHING && what != FILES, got = try_bring(what, true, xid + 1 + what);

		if (!tap_ok(got == want, "end of setup with %s: %s", bring_name[what], want ? "refused" : "works"))
			printf("# result %d\n", got);
		want = what != NOTHING;
		got = try_bring(what, false, xid);
		if (!tap_ok(got == want, "migration with %s: %s", bring_name[what], want ? "refused" : "works"))
			printf("# result %d\n", got);
	}
	(void)vx_kill_all(xid);
	(void)kill(holder, SIGKILL);
	(void)waitpid(holder, NULL, 0);
	close(p[0]);
	close(p[1]);
}

/*
 * The way of CVE-2019-5736: the program that the host starts in the guest is a script that names /proc/self/exe as its
 * interpreter, so that the tool of the host runs again, as a program of the guest. It then writes to the tool.
 */

enum { START_FLAT, START_NS, START_MIGRATE };

static const char *const start_name[] = { "start in a flat guest", "start in a namespace", "entering" };

static int tool_main(int how, uint32_t xid)
{
	char *argv[] = { (char *)"/init", NULL };

	switch (how) {
	case START_NS:
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || vx_create(xid, VSERVER_FLAG_STATE_SETUP |
			VSERVER_FLAG_STATE_ADMIN) < 0 || mount(ESC_ROOT, ESC_ROOT, NULL, MS_BIND | MS_REC, NULL) || chdir(ESC_ROOT) ||
		    syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/") ||
		    vx_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, ESC_SECURE_BCAPS) || end_setup())
			return 10;
		break;
	case START_FLAT:
		if (in_setup(xid) || vx_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, ESC_SECURE_BCAPS) || end_setup())
			return 10;
		break;
	default:
		if (chdir(ESC_ROOT) || chroot(".") || vx_migrate(xid))
			return 10;
	}
	(void)execv("/init", argv);
	return 20;	/* the script could not be run: good, too */
}

/* run by the script, still the file of the host */
static int second_life(void)
{
	char num[16], *argv[] = { (char *)"overwrite", num, NULL };
	int fd = open("/proc/self/exe", O_RDONLY);

	if (fd < 0)
		fd = open("/proc/self/exe", O_PATH);
	if (fd < 0)
		return 21;
	(void)snprintf(num, sizeof(num), "%d", fd);
	(void)execv("/esc-test", argv);
	return 22;
}

static int overwrite(const char *num)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%s", num);
	fd = open(path, O_WRONLY | O_APPEND);
	if (fd < 0)
		return 23;
	return write(fd, "overwritten by a guest", 22) == 22 ? 30 : 24;
}

static void exe_tests(void)
{
	uint32_t xid = 40600;
	int p[2];
	pid_t holder;
	char c;

	if (pipe2(p, O_CLOEXEC))
		esc_die("pipe");
	holder = fork();
	if (!holder) {
		if (in_setup(xid) || end_setup())
			_exit(1);
		(void)!write(p[1], "+", 1);
		for (;;)
			(void)pause();
	}
	if (read(p[0], &c, 1) != 1)
		esc_die("guest to enter");
	(void)unlink(ESC_ROOT "/init");
	if (!esc_file(ESC_ROOT "/init", "#!/proc/self/exe\n", 0755))
		esc_die("/init");
	for (int how = START_FLAT; how <= START_MIGRATE; how++) {
		char a[16], b[16], *argv[] = { (char *)"tool", a, b, NULL };
		struct stat before, after;
		int status;
		pid_t pid;

		(void)snprintf(a, sizeof(a), "%d", how);
		(void)snprintf(b, sizeof(b), "%u", how == START_MIGRATE ? xid : xid + 1 + (uint32_t)how);
		(void)unlink(TOOL);
		esc_copy("/proc/self/exe", TOOL);
		(void)stat(TOOL, &before);
		pid = fork();
		if (!pid) {
			(void)setenv("PASSWORD", "secret", 1);
			(void)execv(TOOL, argv);
			_exit(1);
		}
		(void)waitpid(pid, &status, 0);
		(void)stat(TOOL, &after);
		status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (!tap_ok(before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
			    before.st_mtim.tv_nsec == after.st_mtim.tv_nsec && status >= 20 && status < 30,
			    "%s: a script for /proc/self/exe does not get hold of the host's program", start_name[how]))
			printf("# result %d, size %lld before, %lld after\n", status, (long long)before.st_size,
			       (long long)after.st_size);
	}
	(void)vx_kill_all(xid);
	(void)kill(holder, SIGKILL);
	(void)waitpid(holder, NULL, 0);
}

/* A terminal that comes along, with a session of the host on it. */

static long tty_try(int which, pid_t group)
{
	int tty;

	switch (which) {
	case 0:
		return ioctl(0, TIOCSTI, "x");
	case 1:
		tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
		return tty < 0 ? -1 : ioctl(tty, TIOCSTI, "x");
	case 2:
		return vhangup();
	case 3:
		return ioctl(0, TIOCVHANGUP);
	case 4:
		return ioctl(0, TIOCSCTTY, 1) == 0 ? esc_fail(EPERM) : -1;
	case 5:
		return tcsetpgrp(0, group);
	case 6:
		return kill(-group, SIGTERM);
	case 7:
		if (fcntl(0, F_SETSIG, SIGKILL))
			return -1;
		return fcntl(0, F_SETOWN, -group);
	case 8:
		return getsid(0) > 0 && kill(getsid(0), SIGHUP) == 0 ? 0 : esc_fail(EPERM);
	default:
		return write(0, "still works\n", 12);
	}
}

static void tty_tests(void)
{
	static const char *const names[] = {
		"TIOCSTI", "TIOCSTI through /dev/tty", "vhangup", "TIOCVHANGUP", "TIOCSCTTY", "TIOCSPGRP to a group of the host",
		"kill of a group of the host", "F_SETSIG and F_SETOWN to a group of the host", "kill of the session",
		"writing",
	};

	for (int which = 0; which < 10; which++) {
		int m = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), zero = 0, p[2], status = 0;
		struct { long r; int err; } res = { -1, EBADMSG };
		bool alive;
		pid_t shell;

		if (m < 0 || ioctl(m, TIOCSPTLCK, &zero) || pipe2(p, O_CLOEXEC))
			esc_die("pty");
		shell = fork();
		if (!shell) {
			/* the login shell of the administrator, who has typed a command */
			int s;
			pid_t child, other;

			(void)setsid();
			s = ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY);
			(void)dup2(s, 0);
			close(s);
			if (ioctl(0, TIOCSCTTY, 0))
				_exit(1);
			other = fork();
			if (!other) {
				(void)setpgid(0, 0);
				for (;;)
					(void)pause();
			}
			(void)setpgid(other, other);
			child = fork();
			if (!child) {
				uint32_t xid = 40700 + (uint32_t)which;

				if (vx_create(xid, VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_ADMIN) < 0 ||
				    vx_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, ESC_SECURE_BCAPS) ||
				    vx_caps(VSERVER_SET_CCAPS, VSERVER_ID_SELF, ESC_SECURE_CCAPS) || end_setup())
					_exit(1);
				errno = 0;
				res.r = tty_try(which, other);
				res.err = errno;
				(void)!write(p[1], &res, sizeof(res));
				_exit(0);
			}
			(void)waitpid(child, &status, 0);
			esc_sleep_ms(20);
			_exit(kill(other, SIGKILL) == 0 ? 7 : 8);
		}
		(void)waitpid(shell, &status, 0);
		alive = WIFEXITED(status) && WEXITSTATUS(status) == 7;
		if (read(p[0], &res, sizeof(res)) != sizeof(res))
			res.err = EPIPE;
		close(p[0]);
		close(p[1]);
		close(m);
		if (which == 9)
			tap_ok(res.r == 12, "an inherited terminal: writing works");
		else
			tap_ok(res.r < 0 && res.err != EPIPE && res.err != EBADMSG && alive, "an inherited terminal: %s is refused",
			       names[which]);
		if ((which == 9) != (res.r >= 0) || !alive)
			printf("# result %ld, %s, the shell ended with 0x%x\n", res.r, strerrorname_np(res.err), (unsigned int)status);
	}
}

/* A trusted program in the context while it is set up; the setup ends without it. */

static void lingerer_tests(void)
{
	static const char *const names[] = { "ptrace", "/proc/<pid>/root", "/proc/<pid>/mem", "process_vm_readv" };

	for (int which = 0; which < 4; which++) {
		uint32_t xid = 40800 + (uint32_t)which;
		int p[2], status = 0;
		struct { long r; int err; } res = { -1, EBADMSG };
		pid_t init;

		if (pipe2(p, O_CLOEXEC))
			esc_die("pipe");
		init = fork();
		if (!init) {
			char num[16], *argv[] = { (char *)"lingering-tool", num, NULL };
			char *next[] = { (char *)"attack-lingerer", num, (char *)"0", (char *)"0", NULL };
			char a[16], b[16];
			int q[2];
			char c;

			if (vx_create(xid, VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_ADMIN) < 0 || pipe(q))
				_exit(1);
			prey = fork();
			if (!prey) {
				(void)snprintf(num, sizeof(num), "%d", q[1]);
				(void)execv(TOOL, argv);
				_exit(1);
			}
			if (read(q[0], &c, 1) != 1)
				_exit(1);
			close(q[0]);
			close(q[1]);
			if (chdir(ESC_ROOT) || chroot(".") || vx_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, ESC_SECURE_BCAPS) ||
			    end_setup())
				_exit(1);
			(void)snprintf(num, sizeof(num), "%d", dup(p[1]));
			(void)snprintf(a, sizeof(a), "%d", prey);
			(void)snprintf(b, sizeof(b), "%d", which);
			next[2] = a;
			next[3] = b;
			(void)execv("/esc-test", next);
			_exit(1);
		}
		close(p[1]);
		if (read(p[0], &res, sizeof(res)) != sizeof(res))
			res.err = EPIPE;
		close(p[0]);
		(void)vx_kill_all(xid);
		(void)waitpid(init, &status, 0);
		if (!tap_ok(res.r < 0 && (res.err == EPERM || res.err == EACCES || res.err == ENOENT),
			    "a program of the setup that stays in the context: %s is refused", names[which]))
			printf("# result %ld, %s\n", res.r, strerrorname_np(res.err));
	}
}

static int attack_lingerer(char **argv)
{
	struct { long r; int err; } res;

	esc_kind = V_FLAT;
	prey = atoi(argv[2]);
	errno = 0;
	switch (atoi(argv[3])) {
	case 0: res.r = l_attach_(); break;
	case 1: res.r = l_root_(); break;
	case 2: res.r = l_mem_(); break;
	default: res.r = remote_vm(SYS_process_vm_readv);
	}
	res.err = errno;
	return write(atoi(argv[1]), &res, sizeof(res)) != sizeof(res);
}

#define GONE { ENOENT, ESRCH }
#define BOTH(name, id)											\
	{ "newcomer: " name, e_##id, V_FLAT | V_NS | V_PID | V_BARE, 0, GONE },					\
	{ "newcomer, host's program: " name, h_##id, V_FLAT | V_NS | V_PID, 0, GONE }

static const struct esc_attack attacks[] = {
	{ "newcomer: it is there", e_seen, 0, V_FLAT | V_NS | V_PID | V_BARE, {} },
	{ "newcomer, host's program: it is there", h_seen, 0, V_FLAT | V_NS | V_PID, {} },
	BOTH("PTRACE_ATTACH", attach),
	BOTH("PTRACE_SEIZE", seize),
	BOTH("process_vm_readv", readv),
	BOTH("process_vm_writev", writev),
	BOTH("/proc/<pid>/mem", mem),
	BOTH("/proc/<pid>/root", root),
	BOTH("/proc/<pid>/cwd", cwd),
	BOTH("/proc/<pid>/exe", exe),
	BOTH("/proc/<pid>/fd/*", fds),
	BOTH("/proc/<pid>/environ", environ),
	BOTH("/proc/<pid>/maps", maps),
	BOTH("/proc/<pid>/auxv", auxv),
	BOTH("/proc/<pid>/syscall", stack),
	BOTH("setns through it", ns),
	BOTH("pidfd_getfd", getfd),
	BOTH("kcmp", kcmp),
	BOTH("make it dump core", core),
	{ "newcomer: can be killed", e_sigkill, 0, V_FLAT | V_NS | V_PID, {} },
	{ "newcomer, host's program: can be killed", h_sigkill, 0, V_FLAT | V_NS | V_PID, {} },
};

int main(int argc, char **argv)
{
	static const struct esc_test test = {
		.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), .prepare = prepare, .answer = answer,
	};
	pid_t pid;
	int p[2], tally[2];

	if (!strcmp(argv[0], "tool"))
		return tool_main(atoi(argv[1]), (uint32_t)atoi(argv[2]));
	if (!strcmp(argv[0], "/proc/self/exe"))
		return second_life();
	if (!strcmp(argv[0], "overwrite"))
		return overwrite(argv[1]);
	if (!strcmp(argv[0], "attack-lingerer"))
		return attack_lingerer(argv);
	if (!strcmp(argv[0], "lingering-tool")) {
		(void)!write(atoi(argv[1]), "+", 1);
		for (;;)
			(void)pause();
	}
	if (argc == 1) {
		if (vserver(VSERVER_GET_VERSION, 0, NULL) < 0)
			tap_skip_all("a kernel without contexts");
		setvbuf(stdout, NULL, _IOLBF, 0);
		(void)l_attach;
		(void)l_root;
		(void)l_mem;
		if (pipe2(p, O_CLOEXEC))
			return 3;
		pid = fork();
		if (!pid) {
			esc_make_root();
			esc_host_mounts();
			prepare();
			bring_tests();
			exe_tests();
			lingerer_tests();
			tty_tests();
			tally[0] = tap_count_;
			tally[1] = tap_failed_;
			_exit(write(p[1], tally, sizeof(tally)) != sizeof(tally));
		}
		close(p[1]);
		if (read(p[0], tally, sizeof(tally)) != sizeof(tally)) {
			printf("Bail out! the first part ended early\n");
			return 3;
		}
		tap_count_ = tally[0];
		tap_failed_ = tally[1];
		(void)waitpid(pid, NULL, 0);
	}
	return esc_main(argc, argv, &test);
}
