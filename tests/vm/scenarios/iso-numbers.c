// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-numbers - numbers of processes that objects, signals and records carry are those that the reader knows
 * bed: um qemu
 * timeout: 40
 *
 * A member reads its own numbers (init is 1 where it is shown as 1) and 0 for everybody else; the host reads the
 * real ones.
 */
#include <linux/netlink.h>
#include <mqueue.h>
#include <sys/acct.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

static const char *m;
static struct vxt_guest guest;
static struct vxt_agent victim, kid;
static long init_nr, kid_nr;

static const char *with_mode(const char *what)
{
	static char name[256];

	(void)snprintf(name, sizeof(name), "%s: %s", m, what);
	return name;
}

#define tap_is(got, wanted, what) tap_is(got, wanted, with_mode(what))
#define tap_errno(got, wanted, what) tap_errno(got, wanted, with_mode(what))

/* System V IPC: who was the last */
static int ipc_id(int kind)
{
	switch (kind) {
	case 0:
		return msgget(IPC_PRIVATE, 0600);
	case 1:
		return semget(IPC_PRIVATE, 1, 0600);
	default:
		return shmget(IPC_PRIVATE, 4096, 0600);
	}
}

FN(f_ipc_make) { return ipc_id((int)a); }
FN(f_ipc_end) { return a == 0 ? msgctl((int)b, IPC_RMID, NULL) : a == 1 ? semctl((int)b, 0, IPC_RMID) :
	shmctl((int)b, IPC_RMID, NULL); }
FN(f_ipc_use)
{
	struct sembuf op = { .sem_num = 0, .sem_op = 1, .sem_flg = 0 };
	struct {
		long type;
		char text[1];
	} msg = { 1, "x" };
	void *p;

	switch (a) {
	case 0:
		return c ? msgrcv((int)b, &msg, 1, 0, IPC_NOWAIT) : msgsnd((int)b, &msg, 1, IPC_NOWAIT);
	case 1:
		return semop((int)b, &op, 1);
	default:
		p = shmat((int)b, NULL, 0);
		return p == (void *)-1 ? -1 : shmdt(p);
	}
}
FN(f_ipc_who)
{
	struct msqid_ds msg;
	struct shmid_ds shm;

	switch (a) {
	case 0:
		if (msgctl((int)b, IPC_STAT, &msg))
			return -1;
		return c ? msg.msg_lrpid : msg.msg_lspid;
	case 1:
		return semctl((int)b, 0, GETPID);
	default:
		if (shmctl((int)b, IPC_STAT, &shm))
			return -1;
		return c ? shm.shm_cpid : shm.shm_lpid;
	}
}

static void test_ipc(void)
{
	static const char *const name[] = { "message queue", "semaphore", "shared memory" };

	for (long kind = 0; kind < 3; kind++) {
		long id = vxt_call(&guest.init, f_ipc_make, kind);
		char what[100];

		(void)snprintf(what, sizeof(what), "%s: a member uses one", name[kind]);
		tap_ok(id >= 0, "%s: %s", m, what);
		tap_is(vxt_call(&guest.init, f_ipc_use, kind, id), 0, what);
		(void)snprintf(what, sizeof(what), "%s: another member knows that it was init", name[kind]);
		tap_is(vxt_call(&kid, f_ipc_who, kind, id), init_nr, what);
		(void)vxt_call(&kid, f_ipc_use, kind, id, 1);
		(void)snprintf(what, sizeof(what), "%s: then it was the other", name[kind]);
		tap_is(vxt_call(&guest.init, f_ipc_who, kind, id, kind == 0), kid_nr, what);
		if (guest.mode != VXT_PIDNS) {
			(void)snprintf(what, sizeof(what), "%s: the host sees the real number", name[kind]);
			tap_is(f_ipc_who(kind, id, kind == 0, 0), kid.pid, what);
			(void)vxt_call(&victim, f_ipc_use, kind, id);
			(void)snprintf(what, sizeof(what), "%s: a process of the host has no number", name[kind]);
			tap_is(vxt_call(&kid, f_ipc_who, kind, id), 0, what);
			if (kind == 2)
				tap_is(f_ipc_who(kind, id, 1, 0), guest.init.pid, "shared memory: the host sees who made it");
		}
		tap_is(vxt_call(&guest.init, f_ipc_end, kind, id), 0, "it is removed");
	}
}

/* siginfo of the last SIGUSR2 */
static volatile sig_atomic_t info_pid, info_code;

static void on_info(int sig VXT_UNUSED, siginfo_t *si, void *u VXT_UNUSED)
{
	info_pid = si->si_pid;
	info_code = si->si_code;
}
FN(f_listen)
{
	struct sigaction sa = { .sa_sigaction = on_info, .sa_flags = SA_SIGINFO | SA_RESTART };

	info_pid = info_code = -99;
	return sigaction(SIGUSR2, &sa, NULL);
}
FN(f_heard)
{
	vxt_say("%d", info_code);
	return info_pid;
}
FN(f_sigqueue) { return sigqueue((pid_t)a, SIGUSR2, (union sigval){ .sival_int = 7 }); }
FN(f_pidfd_queue)
{
	siginfo_t si = { .si_signo = SIGUSR2, .si_code = SI_QUEUE, .si_pid = getpid() };

	return syscall(SYS_pidfd_send_signal, vxt_fd, SIGUSR2, &si, 0);
}

static void test_queue(void)
{
	int fd = (int)syscall(SYS_pidfd_open, kid.pid, 0);

	(void)vxt_call(&kid, f_listen);
	tap_is(vxt_call(&guest.init, f_sigqueue, kid_nr), 0, "sigqueue to another member");
	tap_is(vxt_call(&kid, f_heard), init_nr, "tells who it was");
	tap_ok(atoi(kid.text) == SI_QUEUE, "%s: as SI_QUEUE", m);
	(void)vxt_call(&kid, f_listen);
	tap_is(f_sigqueue(kid.pid, 0, 0, 0), 0, "sigqueue by the host");
	tap_is(vxt_call(&kid, f_heard), 0, "tells no number");
	(void)vxt_call(&kid, f_listen);
	tap_is(vxt_call_fd(&victim, fd, f_pidfd_queue, 0, 0, 0, 0), 0, "the same with a pidfd");
	tap_is(vxt_call(&kid, f_heard), 0, "tells no number");
	(void)vxt_call(&victim, f_listen);
	tap_is(f_sigqueue(victim.pid, 0, 0, 0), 0, "sigqueue on the host");
	tap_is(vxt_call(&victim, f_heard), getpid(), "tells who it was");
	close(fd);
}

/* message queues of POSIX, in an IPC namespace of the guest */
static mqd_t mq = -1;
static const char mq_name[] = "/iso-numbers";

FN(f_mq_start)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };

	if (unshare(CLONE_NEWIPC))
		return -2;
	mq = mq_open(mq_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600, NULL);
	if (mq < 0)
		return -3;
	(void)f_listen(0, 0, 0, 0);
	return mq_notify(mq, &ev);
}
FN(f_mq_send)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(mq_send(mq, "x", 1, 0) ? 1 : 0);
	(void)waitpid(pid, &status, 0);
	return status ? -1 : pid;
}

static void test_mq(void)
{
	static struct vxt_agent own;
	long sender;

	if (!vxt_child(&guest.init, &own) || vxt_call(&own, f_mq_start)) {
		tap_skip("notification of a message queue", "not in this kernel");
		return;
	}
	sender = vxt_call(&own, f_mq_send);
	tap_ok(sender > 1, "%s: a message is sent", m);
	tap_is(vxt_call(&own, f_heard), sender, "the notification tells who it was");
	tap_ok(atoi(own.text) == SI_MESGQ, "%s: as SI_MESGQ", m);
	(void)kill(own.pid, SIGKILL);
	close(own.sock);
}

/* timers that signal a thread */
FN(f_thread_timer)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2 };
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	timer_t t;

	ev._sigev_un._tid = (int)a;
	(void)f_listen(0, 0, 0, 0);
	if (timer_create(CLOCK_MONOTONIC, &ev, &t))
		return -1;
	(void)timer_settime(t, 0, &soon, NULL);
	for (int i = 0; i < 200 && info_code == -99; i++)
		vxt_sleep_ms(2);
	/* what /proc says of it */
	{
		char line[200];
		FILE *f = fopen("/proc/self/timers", "re");

		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, "notify:", 7))
				vxt_say("%s", strrchr(line, '.') ? strrchr(line, '.') + 1 : line);
		if (f)
			(void)fclose(f);
	}
	(void)timer_delete(t);
	return info_code;
}

static void test_timer(void)
{
	tap_is(vxt_call(&guest.init, f_thread_timer, init_nr), SI_TIMER, "a timer for a thread of init");
	if (guest.init.text[0])
		tap_ok(atol(guest.init.text) == init_nr, "%s: its number in /proc/self/timers", m);
	else
		tap_skip("its number in /proc/self/timers", "not in this kernel");
	tap_is(vxt_call(&kid, f_thread_timer, kid_nr), SI_TIMER, "a timer for a thread of another member");
	tap_errno(vxt_call(&kid, f_thread_timer, victim.pid), EINVAL, "not for one of the host");
	tap_errno(vxt_call(&kid, f_thread_timer, init_nr), EINVAL, "nor for one of init");
}

/* who has used a file */
static int fan = -1;
static const char fan_path[] = "/tmp/iso-numbers.fan";

FN(f_fan_start)
{
	int fd = open(fan_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	close(fd);
	fan = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC);
	return fan < 0 ? -1 : fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, fan_path);
}
FN(f_fan_open)
{
	int fd = open(fan_path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : close(fd);
}
FN(f_fan_read)
{
	struct fanotify_event_metadata ev;

	if (read(fan, &ev, sizeof(ev)) != sizeof(ev))
		return -1;
	if (ev.fd >= 0)
		close(ev.fd);
	return ev.pid;
}

static void test_fanotify(void)
{
	if (vxt_call(&guest.init, f_fan_start)) {
		tap_skip("fanotify", "not in this kernel");
		return;
	}
	(void)vxt_call(&kid, f_fan_open);
	tap_is(vxt_call(&guest.init, f_fan_read), kid_nr, "fanotify tells of a member");
	(void)vxt_call(&guest.init, f_fan_open);
	tap_is(vxt_call(&guest.init, f_fan_read), init_nr, "and of init");
	(void)vxt_call(&victim, f_fan_open);
	/* in another mount namespace: the event has a descriptor with it, which a guest does not get */
	if (guest.mode == VXT_PIDNS)
		tap_errno(vxt_call(&guest.init, f_fan_read), EACCES, "no event of a mount of the host");
	else
		tap_is(vxt_call(&guest.init, f_fan_read), 0, "a process of the host has no number");
	(void)unlink(fan_path);

	tap_is(f_fan_start(0, 0, 0, 0), 0, "the host listens");
	(void)vxt_call(&guest.init, f_fan_open);
	tap_is(f_fan_read(0, 0, 0, 0), guest.init.pid, "and is told the real number");
	close(fan);
	(void)unlink(fan_path);
}

/* /proc/locks, when the host shows it */
static const char lock_path[] = "/tmp/iso-numbers.lock";

FN(f_lock)
{
	static int fd = -1;
	struct flock l = { .l_type = (short)a, .l_whence = SEEK_SET, .l_start = b, .l_len = 1 };

	if (fd < 0)
		fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fcntl(fd, F_SETLK, &l);
}
FN(f_locks)
{
	char line[200];
	FILE *f = fopen("/proc/locks", "re");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		long pid = -99;

		(void)sscanf(line, "%*s POSIX ADVISORY %*s %ld", &pid);
		if (pid != -99)
			vxt_say("%ld ", pid);
	}
	(void)fclose(f);
	return 0;
}

static bool tells(const struct vxt_agent *a, long nr)
{
	char word[24], text[1024];

	(void)snprintf(word, sizeof(word), " %ld ", nr);
	(void)snprintf(text, sizeof(text), " %.1000s", a->text);
	return strstr(text, word) != NULL;
}

static void test_locks(void)
{
	struct vserver_iattr attr = { .name = "/proc/locks", .flags = 0, .mask = VSERVER_IATTR_HIDE };

	tap_errno(vxt_call(&kid, f_locks), ENOENT, "/proc/locks is hidden");
	if (!tap_ok(vserver(VSERVER_SET_IATTR, 0, &attr) == 0, "%s: the host shows it", m))
		return;
	(void)vxt_call(&guest.init, f_lock, F_WRLCK, 1);
	(void)vxt_call(&victim, f_lock, F_WRLCK, 2);
	tap_is(vxt_call(&kid, f_locks), 0, "it can be read");
	tap_ok(tells(&kid, init_nr), "%s: it tells of locks of init", m);
	tap_ok(!tells(&kid, victim.pid) && (init_nr == guest.init.pid || !tells(&kid, guest.init.pid)),
	       "%s: and not by a number of the host", m);
	(void)vxt_call(&victim, f_locks);
	tap_ok(tells(&victim, guest.init.pid) && tells(&victim, victim.pid), "%s: the host sees both, by real numbers", m);
	(void)vxt_call(&guest.init, f_lock, F_UNLCK, 1);
	(void)vxt_call(&victim, f_lock, F_UNLCK, 2);
	attr.flags = VSERVER_IATTR_HIDE;
	(void)vserver(VSERVER_SET_IATTR, 0, &attr);
	(void)unlink(lock_path);
}

/* the address of a netlink socket is a number of the caller's own */
FN(f_netlink)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(nl);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&nl, len) || getsockname(fd, (struct sockaddr *)&nl, &len))
		return -1;
	close(fd);
	return (int)nl.nl_pid < 0 ? getpid() : (long)nl.nl_pid;
}

static void test_netlink(void)
{
	tap_is(vxt_call(&guest.init, f_netlink), init_nr, "the number of a netlink socket of init");
	tap_is(vxt_call(&kid, f_netlink), kid_nr, "and of another member");
}

/* what the host's accounting says of those that have ended: reads the file from the end */
static const char acct_path[] = "/tmp/iso-numbers.acct";

static bool was_recorded(pid_t pid, pid_t ppid)
{
	struct acct_v3 rec;
	int fd = open(acct_path, O_RDONLY | O_CLOEXEC);
	bool found = false;

	while (read(fd, &rec, sizeof(rec)) == sizeof(rec))
		found |= (pid_t)rec.ac_pid == pid && (!ppid || (pid_t)rec.ac_ppid == ppid);
	close(fd);
	return found;
}
FN(f_short_child)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	(void)waitpid(pid, NULL, 0);
	return pid;
}

static void test_acct(void)
{
	int fd = open(acct_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	static struct vxt_agent short_lived;
	pid_t init = guest.init.pid;

	close(fd);
	if (acct(acct_path)) {
		tap_skip("process accounting", "not in this kernel");
		tap_ok(vxt_stop(&guest), "%s: the guest ends", m);
		return;
	}
	if (vxt_child(&guest.init, &short_lived)) {
		pid_t pid = short_lived.pid;

		(void)vxt_call(&short_lived, f_short_child);
		(void)kill(pid, SIGKILL);
		tap_ok(vxt_until(5000, was_recorded(pid, guest.init.pid)),
		       "%s: the host's accounting has the real numbers of a member and of init", m);
		close(short_lived.sock);
	}
	tap_ok(vxt_stop(&guest), "%s: the guest ends", m);
	tap_ok(vxt_until(5000, was_recorded(init, getpid())), "%s: its accounting has the real number of init", m);
	(void)acct(NULL);
	(void)unlink(acct_path);
}

static void run_mode(enum vxt_mode mode)
{
	m = vxt_mode_name[mode];
	if (!tap_ok(vxt_start(&guest, mode, 0) && vxt_child(&guest.init, &kid), "%s: a guest starts", m))
		return;
	init_nr = vxt_call(&guest.init, f_getpid);
	kid_nr = vxt_call(&kid, f_getpid);
	tap_ok(mode == VXT_FLAT ? init_nr == guest.init.pid : init_nr == 1, "%s: the number of init is %ld", m, init_nr);
	test_ipc();
	test_queue();
	test_mq();
	test_timer();
	test_fanotify();
	test_locks();
	test_netlink();
	test_acct();
	close(kid.sock);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	m = "host";
	if (!tap_ok(vxt_host(&victim), "a process of the host starts"))
		return vxt_done();
	run_mode(VXT_FLAT);
	run_mode(VXT_FAKE);
	run_mode(VXT_PIDNS);
	vxt_end(&victim);
	return vxt_done();
}
