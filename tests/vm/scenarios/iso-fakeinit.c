// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-fakeinit - a guest's first process is 1 inside and nowhere else
 * bed: um qemu
 * timeout: 40
 */
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

static struct vxt_guest guest;
static struct vxt_agent kid;
static long kid_nr;

FN(f_gettid) { return gettid(); }
FN(f_getppid) { return getppid(); }
FN(f_getpgrp) { return getpgrp(); }
FN(f_getsid) { return getsid((pid_t)a); }
FN(f_setsid) { return setsid(); }
FN(f_kill) { return kill((pid_t)a, (int)b); }
FN(f_tgkill) { return syscall(SYS_tgkill, a, b, c); }
FN(f_tkill) { return syscall(SYS_tkill, a, b); }
FN(f_sigqueue)
{
	siginfo_t si = { .si_signo = (int)b, .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, a, b, &si);
}
FN(f_pidfd_kill)
{
	int fd = (int)syscall(SYS_pidfd_open, a, 0);
	long ret;
	int e;

	if (fd < 0)
		return -1;
	ret = syscall(SYS_pidfd_send_signal, fd, b, NULL, 0);
	e = errno;
	close(fd);
	errno = e;
	return ret;
}
FN(f_subreaper) { return prctl(PR_SET_CHILD_SUBREAPER, a); }

/* the first line of a file that begins with the word */
static void line_of(const char *path, const char *word)
{
	char line[1024];
	FILE *f = fopen(path, "re");

	if (!f) {
		vxt_say("(%s)", strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, word, strlen(word)))
			continue;
		line[strcspn(line, "\n")] = '\0';
		vxt_say("%s", line + strlen(word));
		break;
	}
	(void)fclose(f);
}

/* a: number of the process, b: which line of status */
static const char *const status_word[] = { "Pid:\t", "Tgid:\t", "PPid:\t", "TracerPid:\t", "NStgid:\t", "NSpid:\t",
					   "NSpgid:\t", "NSsid:\t", "Ngid:\t" };

FN(f_status)
{
	char path[64];

	(void)snprintf(path, sizeof(path), c ? "/proc/%ld/task/%ld/status" : "/proc/%ld/status", a, c);
	line_of(path, status_word[b]);
	return 0;
}

/* pid, ppid, pgrp, session of /proc/a/stat */
FN(f_stat)
{
	char path[64], line[1024] = "";
	long v[3] = { -1, -1, -1 }, nr = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), b ? "/proc/%ld/task/%ld/stat" : "/proc/%ld/stat", a, b);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (fgets(line, sizeof(line), f)) {
		nr = strtol(line, NULL, 10);
		(void)sscanf(strrchr(line, ')') + 3, "%*c %ld %ld %ld", &v[0], &v[1], &v[2]);
		(void)sscanf(strrchr(line, ')') + 2, "%*c %ld %ld %ld", &v[0], &v[1], &v[2]);
	}
	(void)fclose(f);
	vxt_say("%ld %ld %ld %ld", nr, v[0], v[1], v[2]);
	return 0;
}

static const char *const links[] = { "/proc/self", "/proc/thread-self" };

FN(f_link)
{
	ssize_t n = readlink(links[a], vxt_text, sizeof(vxt_text) - 1);

	vxt_text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -1 : 0;
}

/* entries of a directory that are numbers */
static void numbers_in(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)) && n++ < 2000)
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			vxt_say("%s ", e->d_name);
	if (n >= 2000)
		vxt_say("...");
	if (d)
		(void)closedir(d);
}

FN(f_list)
{
	char path[64];

	(void)snprintf(path, sizeof(path), a ? "/proc/%ld/task" : "/proc", a);
	numbers_in(path);
	return 0;
}

FN(f_children)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", a, a);
	f = fopen(path, "re");
	if (!f)
		return -1;
	vxt_text[fread(vxt_text, 1, sizeof(vxt_text) - 1, f)] = '\0';
	(void)fclose(f);
	return 0;
}

FN(f_access)
{
	char path[64];

	(void)snprintf(path, sizeof(path), b ? "/proc/%ld/task/%ld" : "/proc/%ld", a, b);
	return access(path, F_OK);
}

/* files of /proc/a in which the number b stands as a word; vinfo tells it by design */
FN(f_search)
{
	char path[300], word[24];
	DIR *dir;
	struct dirent *e;
	long found = 0;

	(void)snprintf(path, sizeof(path), "/proc/%ld", a);
	(void)snprintf(word, sizeof(word), "%ld", b);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		static char buf[65536];
		ssize_t n;
		int fd;

		if (e->d_type != DT_REG || !strcmp(e->d_name, "vinfo") || !strcmp(e->d_name, "mem") ||
		    !strcmp(e->d_name, "pagemap") || strstr(e->d_name, "maps"))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%ld/%s", a, e->d_name);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, buf, sizeof(buf) - 1);
		close(fd);
		buf[n < 0 ? 0 : n] = '\0';
		for (char *p = buf; (p = strstr(p, word)); p++) {
			char before = p == buf ? ' ' : p[-1], after = p[strlen(word)];

			if (strchr("0123456789.", before) || (after >= '0' && after <= '9') || after == '.')
				continue;
			vxt_say("%s ", e->d_name);
			found++;
			break;
		}
	}
	if (dir)
		(void)closedir(dir);
	return found;
}

/* who sent the last SIGCHLD (a 0) or SIGUSR2 */
static volatile sig_atomic_t chld_pid, chld_code, usr2_pid;

static void on_info(int sig, siginfo_t *si, void *u VXT_UNUSED)
{
	if (sig == SIGUSR2) {
		usr2_pid = si->si_pid;
	} else {
		chld_pid = si->si_pid;
		chld_code = si->si_code;
	}
}

FN(f_listen)
{
	struct sigaction sa = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO | SA_RESTART };

	chld_pid = usr2_pid = -1;
	return sigaction(SIGCHLD, &sa, NULL) || sigaction(SIGUSR2, &sa, NULL) ? -1 : 0;
}

FN(f_chld_pid) { return chld_pid; }
FN(f_usr2_pid) { return usr2_pid; }

/* a child that exits with a; tells number, number by wait, by siginfo of wait, by SIGCHLD */
FN(f_child_exits)
{
	siginfo_t si = {};
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit((int)a);
	(void)waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT);
	vxt_say("%d", pid == si.si_pid && waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == a &&
		chld_pid == pid);
	return pid;
}

/* a grandchild whose parent ends; gives its number when it has a new parent, and that parent */
FN(f_orphan)
{
	int p[2];
	pid_t pid, parent = -1, orphan = -1;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		pid_t old = getpid(), now[2];

		pid = fork();
		if (!pid) {
			while (getppid() == old)
				vxt_sleep_ms(1);
			now[0] = getpid();
			now[1] = getppid();
			(void)!write(p[1], now, sizeof(now));
			if (a)
				(void)pause();
			_exit(5);
		}
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	{
		pid_t now[2];

		if (read(p[0], now, sizeof(now)) == sizeof(now)) {
			orphan = now[0];
			parent = now[1];
		}
	}
	close(p[0]);
	close(p[1]);
	vxt_say("%d", parent);
	return orphan;
}

static void *exec_thread(void *arg VXT_UNUSED)
{
	vxt_exec_agent(vxt_fd);
	return NULL;
}

/* execute again from a thread that is not the first one; an agent comes up at the socket given */
FN(f_exec_from_thread)
{
	pthread_t t;

	if (pthread_create(&t, NULL, exec_thread, NULL))
		return -1;
	for (;;)
		(void)pause();
	return 0;
}

static void *tid_thread(void *arg)
{
	*(long *)arg = getpid() == 1 && gettid() != 1 ? gettid() : -1;
	return NULL;
}

FN(f_thread_numbers)
{
	pthread_t t;
	long tid = 0;

	if (pthread_create(&t, NULL, tid_thread, &tid))
		return -1;
	(void)pthread_join(t, NULL);
	return tid;
}

FN(f_shm)
{
	struct shmid_ds ds;
	int id = (int)a;

	if (!id)
		return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (b)
		return shmctl(id, IPC_RMID, NULL);
	return shmctl(id, IPC_STAT, &ds) ? -1 : ds.shm_cpid;
}

FN(f_own_tty)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), nr, zero = 0, pgrp = 1, slave;
	char name[64];

	if (fd < 0 || ioctl(fd, TIOCSPTLCK, &zero) || ioctl(fd, TIOCGPTN, &nr))
		return -3;
	(void)snprintf(name, sizeof(name), "/dev/pts/%d", nr);
	slave = open(name, O_RDWR | O_CLOEXEC);
	if (slave < 0 || (ioctl(slave, TIOCSCTTY, 0) && errno != EPERM))
		return -4;
	(void)signal(SIGTTOU, SIG_IGN);
	if (ioctl(slave, TIOCSPGRP, &pgrp))
		return -5;
	pgrp = -1;
	if (ioctl(slave, TIOCGPGRP, &pgrp))
		return -6;
	(void)ioctl(slave, TIOCNOTTY, 0);
	(void)signal(SIGHUP, SIG_DFL);
	close(slave);
	close(fd);
	return pgrp;
}

static bool text_is(const struct vxt_agent *a, const char *wanted, const char *what)
{
	bool good = tap_ok(!strcmp(a->text, wanted), "%s", what);

	if (!good)
		printf("# got '%s', wanted '%s'\n", a->text, wanted);
	return good;
}

static const char *num(long n)
{
	static char buf[8][24];
	static int i;

	i = (i + 1) % 8;
	(void)snprintf(buf[i], sizeof(buf[i]), "%ld", n);
	return buf[i];
}

/* does the line begin with these two numbers? */
static bool begins(const char *text, long a, long b)
{
	const char *start = tap_text("%ld %ld ", a, b);

	return !strncmp(text, start, strlen(start));
}

static void test_numbers(void)
{
	tap_is(vxt_call(&guest.init, f_getpid), 1, "getpid() of init is 1");
	tap_is(vxt_call(&guest.init, f_gettid), 1, "gettid() of init is 1");
	tap_ok(vxt_call(&guest.init, f_thread_numbers) > 1, "a second thread of init has a number of its own, in process 1");
	tap_is(vxt_call(&kid, f_getppid), 1, "getppid() of a child of init is 1");
	tap_is(vxt_call(&guest.init, f_getppid), 0, "getppid() of init is 0");
	tap_is(kid_nr, kid.pid, "other processes have their real numbers");
	tap_is(vx_initpid(guest.xid), guest.init.pid, "vx_info tells the host the real number");
	tap_is(vx_task_xid(guest.init.pid), guest.xid, "task_xid works with the real number on the host");
	tap_is(vxt_call(&guest.init, f_getpgrp), 0, "a process group of the host is 0");
	tap_is(vxt_call(&guest.init, f_getsid, 0), 0, "a session of the host is 0");
	tap_ok(getpgid(guest.init.pid) == getpgrp() && getsid(guest.init.pid) == getsid(0),
	       "the host sees its real group and session");
	(void)vxt_call(&guest.init, f_stat, 1);
	text_is(&guest.init, "1 0 0 0", "/proc/1/stat before setsid(): parent, group, session are 0");
	tap_is(vxt_call(&guest.init, f_setsid), 1, "setsid() by init gives 1");
	tap_is(vxt_call(&guest.init, f_getpgrp), 1, "the group of init is 1");
	tap_is(vxt_call(&guest.init, f_getsid, 0), 1, "the session of init is 1");
	tap_is(vxt_call(&kid, f_getsid, 1), 1, "getsid(1) is 1");
	tap_is(getsid(guest.init.pid), guest.init.pid, "to the host that session has the real number");
	tap_is(vxt_call(&guest.init, f_own_tty), 1, "group 1 can be in the foreground of a terminal");
}

static void test_proc(void)
{
	long real = guest.init.pid;

	(void)vxt_call(&guest.init, f_link, 0);
	text_is(&guest.init, "1", "/proc/self of init");
	(void)vxt_call(&guest.init, f_link, 1);
	text_is(&guest.init, "1/task/1", "/proc/thread-self of init");
	(void)vxt_call(&kid, f_link, 0);
	text_is(&kid, num(kid_nr), "/proc/self of a child");
	(void)vxt_call(&kid, f_stat, 1);
	text_is(&kid, "1 0 1 1", "/proc/1/stat");
	(void)vxt_call(&kid, f_stat, 1, 1);
	text_is(&kid, "1 0 1 1", "/proc/1/task/1/stat");
	(void)vxt_call(&kid, f_stat, kid_nr);
	tap_ok(begins(kid.text, kid_nr, 1), "/proc/PID/stat of a child: parent 1");
	(void)vxt_call(&kid, f_status, 1, 0);
	text_is(&kid, "1", "/proc/1/status: Pid");
	(void)vxt_call(&kid, f_status, 1, 1);
	text_is(&kid, "1", "/proc/1/status: Tgid");
	(void)vxt_call(&kid, f_status, 1, 2);
	text_is(&kid, "0", "/proc/1/status: PPid");
	(void)vxt_call(&kid, f_status, 1, 4);
	text_is(&kid, "1", "/proc/1/status: NStgid");
	(void)vxt_call(&kid, f_status, 1, 5);
	text_is(&kid, "1", "/proc/1/status: NSpid");
	(void)vxt_call(&kid, f_status, 1, 7);
	text_is(&kid, "1", "/proc/1/status: NSsid");
	(void)vxt_call(&kid, f_status, 1, 0, 1);
	text_is(&kid, "1", "/proc/1/task/1/status: Pid");
	(void)vxt_call(&kid, f_status, kid_nr, 2);
	text_is(&kid, "1", "/proc/PID/status of a child: PPid");
	(void)vxt_call(&kid, f_list, 1);
	text_is(&kid, "1 ", "/proc/1/task lists 1");
	(void)vxt_call(&kid, f_list, 0);
	text_is(&kid, tap_text("1 %ld ", kid_nr), "/proc lists init as 1, and once");
	if (vxt_call(&kid, f_children, 1) == 0)
		text_is(&kid, tap_text("%ld ", kid_nr), "/proc/1/task/1/children");
	else
		tap_skip("/proc/1/task/1/children", "not in this kernel");
	tap_errno(vxt_call(&kid, f_access, real), ENOENT, "the real number is not in /proc");
	tap_errno(vxt_call(&guest.init, f_access, real), ENOENT, "not for init itself either");
	tap_errno(vxt_call(&kid, f_access, 1, real), ENOENT, "nor in /proc/1/task");
	tap_errno(vxt_call(&kid, f_kill, real, 0), ESRCH, "kill() does not know it");
	tap_is(vxt_call(&guest.init, f_search, 1, real), 0, "no file of /proc/1 tells it");
	if (guest.init.text[0])
		printf("# %s\n", guest.init.text);
	tap_is(vxt_call(&kid, f_search, kid_nr, real), 0, "no file of the child tells it");
	if (kid.text[0])
		printf("# %s\n", kid.text);

	/* the host, with entries that both have looked up by the same name */
	(void)f_stat(1, 0, 0, 0);
	tap_ok(!strncmp(vxt_text, "1 0 ", 4), "/proc/1 of the host is the host's");
	vxt_text[0] = '\0';
	(void)f_stat(real, 0, 0, 0);
	tap_ok(begins(vxt_text, real, getpid()), "the host sees the real numbers of init and of its parent");
	vxt_text[0] = '\0';
	(void)f_stat(kid.pid, 0, 0, 0);
	tap_ok(begins(vxt_text, kid.pid, real), "and that of the parent of its child");
	vxt_text[0] = '\0';
}

static void test_signals(void)
{
	const int deadly[] = { SIGTERM, SIGHUP, SIGINT, SIGKILL, SIGSTOP, SIGSEGV, SIGRTMIN + 3 };

	(void)vxt_call(&guest.init, f_signals);
	tap_is(vxt_call(&kid, f_kill, 1, 0), 0, "kill(1, 0)");
	tap_is(vxt_call(&kid, f_kill, 1, SIGUSR1), 0, "a signal that init handles");
	tap_is(vxt_call(&guest.init, f_signals), 1, "arrives");
	tap_is(vxt_call(&kid, f_kill, 1, SIGCHLD), 0, "a signal that does nothing is let through");
	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
		char what[100];

		(void)snprintf(what, sizeof(what), "kill(1, %d), which would end or stop init, is refused", deadly[i]);
		tap_errno(vxt_call(&kid, f_kill, 1, deadly[i]), EPERM, what);
	}
	tap_errno(vxt_call(&kid, f_tgkill, 1, 1, SIGKILL), EPERM, "tgkill of init is refused");
	tap_errno(vxt_call(&kid, f_tkill, 1, SIGKILL), EPERM, "tkill of init is refused");
	tap_errno(vxt_call(&kid, f_sigqueue, 1, SIGKILL), EPERM, "rt_sigqueueinfo to init is refused");
	tap_errno(vxt_call(&kid, f_pidfd_kill, 1, SIGKILL), EPERM, "a pidfd of init is no way either");
	tap_errno(vxt_call(&guest.init, f_kill, 1, SIGKILL), EPERM, "not even by itself");
	tap_is(vxt_call(&guest.init, f_getpid), 1, "init is still there");

	(void)vxt_call(&guest.init, f_listen);
	(void)vxt_call(&kid, f_listen);
	(void)vxt_call(&guest.init, f_kill, kid_nr, SIGUSR2);
	tap_is(vxt_call(&kid, f_usr2_pid), 1, "si_pid of a signal from init is 1");
	(void)vxt_call(&kid, f_kill, 1, SIGUSR2);
	tap_is(vxt_call(&guest.init, f_usr2_pid), kid_nr, "si_pid of a signal to init");
	(void)kill(kid.pid, SIGUSR2);
	tap_is(vxt_call(&kid, f_usr2_pid), 0, "si_pid of a signal from the host is 0");
}

static void test_children(void)
{
	long nr, orphan;

	nr = vxt_call(&guest.init, f_child_exits, 7);
	tap_ok(nr > 1 && !strcmp(guest.init.text, "1"), "wait results and SIGCHLD of init's child");
	(void)vxt_call(&kid, f_listen);
	nr = vxt_call(&kid, f_child_exits, 8);
	tap_ok(nr > 1 && !strcmp(kid.text, "1"), "wait results and SIGCHLD of a child's child");

	orphan = vxt_call(&kid, f_orphan, 0);
	text_is(&kid, "1", "the parent of an orphan is 1");
	tap_ok(vxt_until(5000, vxt_call(&guest.init, f_wait, orphan, WNOHANG) == orphan), "and it is init that waits for it");
	text_is(&guest.init, num(5 << 8), "with its exit code");

	/* although the host has a process that would take orphans */
	(void)f_subreaper(1, 0, 0, 0);
	{
		static struct vxt_agent joined;

		if (tap_ok(vxt_join(&guest, &joined), "a process of the host enters")) {
			tap_is(vxt_call(&joined, f_getppid), 0, "its parent, on the host, is 0");
			orphan = vxt_call(&joined, f_orphan, 1);
			text_is(&joined, "1", "an orphan of one that entered goes to init");
			vxt_text[0] = '\0';
			(void)f_stat(orphan, 0, 0, 0);
			tap_ok(begins(vxt_text, orphan, guest.init.pid), "the host sees so, too");
			vxt_text[0] = '\0';
			(void)kill((pid_t)orphan, SIGKILL);
			tap_ok(vxt_until(5000, vxt_call(&guest.init, f_wait, orphan, WNOHANG) == orphan),
			       "and init waits for it");
			vxt_end(&joined);
		}
	}
	(void)f_subreaper(0, 0, 0, 0);
	tap_is(waitpid(-1, NULL, WNOHANG), 0, "no orphan of the guest came to the host");

	(void)vxt_call(&kid, f_subreaper, 1);
	orphan = vxt_call(&kid, f_orphan, 0);
	text_is(&kid, num(kid_nr), "a reaper inside of the guest gets its own orphans");
	tap_ok(vxt_until(5000, vxt_call(&kid, f_wait, orphan, WNOHANG) == orphan), "and waits for them");
	(void)vxt_call(&kid, f_subreaper, 0);
}

FN(f_fork_exit)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return waitpid(pid, NULL, 0);
}

static void test_trace_events(void)
{
	unsigned long msg = 0;
	bool forked = false;
	long long end = vxt_ms() + 5000;
	long new = -1;

	if (ptrace(PTRACE_SEIZE, guest.init.pid, NULL, PTRACE_O_TRACEFORK)) {
		tap_ok(false, "the host traces init for forks");
		return;
	}
	(void)vxt_begin(&guest.init, -1, f_fork_exit, 0, 0, 0, 0);
	while (vxt_ms() < end) {
		struct pollfd p = { .fd = guest.init.sock, .events = POLLIN };
		int status;
		pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);

		if (pid > 0 && WIFSTOPPED(status)) {
			int sig = WSTOPSIG(status);

			if (pid == guest.init.pid && status >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8)) {
				forked = true;
				(void)ptrace(PTRACE_GETEVENTMSG, pid, NULL, &msg);
			} else if (pid != guest.init.pid) {
				new = pid;
			}
			(void)ptrace(PTRACE_CONT, pid, NULL, status >> 16 || sig == SIGSTOP ? 0 : sig);
		}
		if (poll(&p, 1, 5) == 1)
			break;
	}
	(void)vxt_finish(&guest.init);
	(void)ptrace(PTRACE_INTERRUPT, guest.init.pid, NULL, NULL);
	(void)waitpid(guest.init.pid, NULL, __WALL);
	(void)ptrace(PTRACE_DETACH, guest.init.pid, NULL, NULL);
	tap_ok(forked && new > 1, "the host follows a fork of init");
	tap_is((long long)msg, new, "the event tells the real number of the child");
}

static void test_others(void)
{
	int id, status, sv[2];
	long tracer;

	id = (int)vxt_call(&guest.init, f_shm, 0);
	if (id > 0) {
		tap_is(vxt_call(&guest.init, f_shm, id), 1, "creator of shared memory is 1 inside");
		tap_is(f_shm(id, 0, 0, 0), guest.init.pid, "and has the real number on the host");
		(void)f_shm(id, 1, 0, 0);
	}

	/* the host traces init */
	tap_is(ptrace(PTRACE_SEIZE, guest.init.pid, NULL, NULL), 0, "the host traces init");
	(void)vxt_call(&kid, f_status, 1, 3);
	text_is(&kid, "0", "/proc/1/status: a tracer on the host is 0");
	tracer = ptrace(PTRACE_INTERRUPT, guest.init.pid, NULL, NULL);
	tap_ok(tracer == 0 && waitpid(guest.init.pid, &status, __WALL) == guest.init.pid && WIFSTOPPED(status),
	       "and stops it");
	(void)ptrace(PTRACE_DETACH, guest.init.pid, NULL, NULL);
	tap_is(vxt_call(&guest.init, f_getpid), 1, "init goes on");

	/* events tell the tracer the numbers of the tracer */
	test_trace_events();

	/* another thread of init executes a program */
	if (vxt_sockets(sv)) {
		struct vxt_request req = {
			.fn = (long)f_exec_from_thread - (long)&vxt_agent_loop,
		};
		struct vxt_agent again;

		(void)vxt_send(guest.init.sock, &req, sizeof(req), sv[1]);
		close(sv[1]);
		if (tap_ok(vxt_hello(&again, sv[0]), "a thread of init executes a program")) {
			close(guest.init.sock);
			guest.init.sock = again.sock;
			tap_is(again.pid, guest.init.pid, "the real number is as before");
			tap_is(vxt_call(&guest.init, f_getpid), 1, "and it is still 1 inside");
			tap_is(vxt_call(&guest.init, f_gettid), 1, "its thread, too");
			tap_is(vxt_call(&kid, f_getppid), 1, "and to its child");
		}
	}
}

static void test_end(void)
{
	siginfo_t si = {};
	pid_t real = guest.init.pid;

	/* stopped and continued: another path to the parent */
	(void)f_listen(0, 0, 0, 0);
	(void)kill(real, SIGSTOP);
	tap_ok(waitid(P_PID, (id_t)real, &si, WSTOPPED) == 0 && si.si_pid == real, "wait on the host: stopped, real number");
	tap_ok(chld_pid == real && chld_code == CLD_STOPPED, "SIGCHLD on the host: stopped, real number");
	(void)kill(real, SIGCONT);

	chld_pid = -1;
	tap_is(kill(real, SIGKILL), 0, "SIGKILL from the host to init");
	si.si_pid = 0;
	tap_ok(waitid(P_PID, (id_t)real, &si, WEXITED) == 0 && si.si_pid == real && si.si_code == CLD_KILLED,
	       "wait on the host: killed, real number");
	tap_ok(chld_pid == real && chld_code == CLD_KILLED, "SIGCHLD on the host: killed, real number");
	(void)signal(SIGCHLD, SIG_DFL);

	tap_is(vx_initpid(guest.xid), 0, "the guest has no init any more");
	tap_is(vxt_call(&kid, f_getpid), kid_nr, "but the rest goes on");
	tap_errno(vxt_call(&kid, f_kill, 1, 0), ESRCH, "there is no 1");
	tap_errno(vxt_call(&kid, f_access, 1), ENOENT, "not in /proc either");
	tap_is(vxt_call(&kid, f_getppid), 0, "the parent of its orphans is on the host: 0");
	(void)vxt_call(&kid, f_list, 0);
	text_is(&kid, tap_text("%ld ", kid_nr), "/proc lists the rest");
	(void)vxt_call(&kid, f_orphan, 0);
	text_is(&kid, "0", "that of new orphans, too");
	tap_is(kill(1, 0), 0, "the host's init is well");
	tap_ok(vxt_stop(&guest), "the guest ends with its last process");
}

/* the fake init need not be the one that made the context; its parent inside sees 1 */
FN(f_start_inner)
{
	siginfo_t si = {};
	int p[2];
	pid_t pid, wanted = 1;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		if (vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_INIT | VSERVER_FLAG_STATE_SETUP))
			_exit(50);
		pid = getpid();
		(void)!write(p[1], &pid, sizeof(pid));
		vxt_sleep_ms(20);
		_exit(3);
	}
	close(p[1]);
	if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
		return -2;
	close(p[0]);
	if (waitid(P_ALL, 0, &si, WEXITED))
		return -3;
	/* pid: what it was told inside */
	return pid == wanted && si.si_status == 3 ? si.si_pid : -1000 - si.si_pid;
}


static long late_init(void)
{
	int sv[2];
	pid_t pid;
	struct vxt_agent a;
	long ret, chld = -1;
	uint32_t xid = vxt_free_xid();

	if (!vxt_sockets(sv))
		return -1;
	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		if (vx_create(xid, VXT_SETUP | VSERVER_FLAG_INFO_INIT) != (long)xid)
			_exit(1);
		vxt_exec_agent(sv[1]);
	}
	close(sv[1]);
	if (!vxt_hello(&a, sv[0]))
		return -1;
	(void)vxt_call(&a, f_listen);
	ret = vxt_call(&a, f_start_inner);
	chld = vxt_call(&a, f_chld_pid);
	vxt_end(&a);
	/* when the child has ended it has no translated number any more: its real one is right as well */
	printf("# wait says %ld, SIGCHLD says %ld\n", ret, chld);
	return ret > 0 && chld == ret ? 1 : 0;
}

/* fake init asked for, none there: the real one shines through, and no more than ps needs */
static const char *const secrets[] = { "root", "cwd", "exe", "fd", "environ", "mem", "maps", "ns", "mounts", "net",
				       "task", "auxv", "cmdline", "map_files", "fdinfo", "attr" };

FN(f_secret)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/1/%s%s", secrets[a], !strcmp(secrets[a], "root") ? "/etc" : "");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES || errno == EPERM || errno == ENOENT || errno == ESRCH ? 0 : errno;
	/* opened, but does it say something? */
	a = read(fd, path, 1);
	close(fd);
	return a > 0 ? -1 : 0;
}

static void test_blend_through(void)
{
	struct vxt_guest g = {};

	if (!tap_ok(vxt_start(&g, VXT_FLAT, VSERVER_FLAG_INFO_INIT), "a guest that asked for a fake init and has none"))
		return;
	(void)vxt_call(&g.init, f_list, 0);
	text_is(&g.init, tap_text("1 %ld ", (long)g.init.pid), "/proc lists the real 1");
	tap_is(vxt_call(&g.init, f_stat, 1), 0, "/proc/1/stat can be read");
	(void)vxt_call(&g.init, f_status, 1, 0);
	text_is(&g.init, "1", "/proc/1/status can be read");
	tap_errno(vxt_call(&g.init, f_kill, 1, 0), EPERM, "it cannot be signalled");
	tap_errno(vxt_call(&g.init, f_kill, 1, SIGKILL), EPERM, "nor killed");
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		if (!tap_ok(vxt_call(&g.init, f_secret, i) == 0, "/proc/1/%s says nothing", secrets[i]))
			printf("# %s\n", strerror(errno));
	tap_is(vxt_call(&g.init, f_getpid), g.init.pid, "the own number is the real one");
	(void)vxt_stop(&g);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	if (!tap_ok(vxt_start(&guest, VXT_FAKE, 0) && vxt_child(&guest.init, &kid), "a guest with fake init starts"))
		return vxt_done();
	kid_nr = vxt_call(&kid, f_getpid);
	test_numbers();
	test_proc();
	test_signals();
	test_children();
	test_others();
	test_end();
	tap_is(late_init(), 1, "an init that a process of the guest has started: wait and SIGCHLD agree");
	test_blend_through();
	return vxt_done();
}
