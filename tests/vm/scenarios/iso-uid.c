// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-uid - what the kernel counts per uid is counted per guest; the same uid elsewhere does not feel it
 * bed: um qemu
 * timeout: 40
 */
#include <linux/keyctl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

static struct vxt_guest guest, other;
static const char *m;

static const char *with_mode(const char *what)
{
	static char name[256];

	(void)snprintf(name, sizeof(name), "%s: %s", m, what);
	return name;
}

#define tap_is(got, wanted, what) tap_is(got, wanted, with_mode(what))
#define tap_errno(got, wanted, what) tap_errno(got, wanted, with_mode(what))

FN(f_setuid) { return a ? setresgid((gid_t)a, (gid_t)a, (gid_t)a) || setresuid((uid_t)a, (uid_t)a, (uid_t)a) : 0; }

FN(f_limit)
{
	struct rlimit r = { (rlim_t)b, (rlim_t)b };

	return setrlimit((int)a, &r);
}

/* as many processes as possible, at most a; they stay */
static pid_t made[512];
static long nmade;

FN(f_fork_many)
{
	while (nmade < a && nmade < 512) {
		pid_t pid = fork();

		if (!pid) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				(void)pause();
		}
		if (pid < 0)
			break;
		made[nmade++] = pid;
	}
	return nmade;
}

FN(f_kill_made)
{
	while (nmade > 0) {
		(void)kill(made[--nmade], SIGKILL);
		(void)waitpid(made[nmade], NULL, 0);
	}
	return 0;
}

/* as many inotify instances as possible, at most a */
static int fds[2048];
static long nfds;

FN(f_inotify)
{
	nfds = 0;
	while (nfds < a && nfds < 2048) {
		int fd = inotify_init1(IN_CLOEXEC);

		if (fd < 0)
			break;
		fds[nfds++] = fd;
	}
	return nfds;
}

FN(f_close_made)
{
	while (nfds > 0)
		close(fds[--nfds]);
	return 0;
}

/* queued signals: at most a */
FN(f_sigpending)
{
	union sigval v = {};
	sigset_t set;
	long n = 0;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGRTMIN + 1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	while (n < a && sigqueue(getpid(), SIGRTMIN + 1, v) == 0)
		n++;
	return n;
}

FN(f_sigdrop)
{
	struct timespec none = {};
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGRTMIN + 1);
	while (sigtimedwait(&set, NULL, &none) > 0)
		;
	return 0;
}

/* pages of pipes: makes pipes of a bytes until that is refused, gives how many of b worked */
FN(f_pipes)
{
	long good = 0;

	nfds = 0;
	for (long i = 0; i < b && nfds < 2046; i++) {
		int p[2];

		if (pipe2(p, O_CLOEXEC))
			break;
		fds[nfds++] = p[0];
		fds[nfds++] = p[1];
		if (fcntl(p[0], F_SETPIPE_SZ, a) >= a)
			good++;
	}
	return good;
}

/* descriptors in flight: at most a, in a socket of which nobody reads */
FN(f_in_flight)
{
	int sv[2];
	long n = 0;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv))
		return -1;
	nfds = 0;
	fds[nfds++] = sv[0];
	fds[nfds++] = sv[1];
	while (n < a) {
		if (vxt_send(sv[0], "x", 1, sv[1]) == 1) {
			n++;
			continue;
		}
		if (errno != EAGAIN || nfds > 1000)
			break;
		/* the queue is full, not the count */
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sv))
			break;
		fds[nfds++] = sv[0];
		fds[nfds++] = sv[1];
	}
	return n;
}

/* watches of epoll: at most a */
static int ep = -1;

FN(f_epoll)
{
	long n = 0;

	ep = epoll_create1(EPOLL_CLOEXEC);
	nfds = 0;
	while (n < a && nfds < 2048) {
		struct epoll_event e = { .events = EPOLLIN };
		int fd = inotify_init1(IN_CLOEXEC);

		if (fd < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e)) {
			if (fd >= 0)
				close(fd);
			break;
		}
		fds[nfds++] = fd;
		n++;
	}
	return n;
}

/* keys in the keyring of the user */
FN(f_key_add)
{
	return syscall(SYS_add_key, "user", vxt_word, "secret", 6, a ? a : KEY_SPEC_USER_KEYRING);
}
FN(f_key_find)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, a ? a : KEY_SPEC_USER_KEYRING, "user", vxt_word, 0);
}
FN(f_key_read)
{
	char buf[16];

	return syscall(SYS_keyctl, KEYCTL_READ, a, buf, sizeof(buf));
}
FN(f_key_describe)
{
	return syscall(SYS_keyctl, KEYCTL_DESCRIBE, a, vxt_text, sizeof(vxt_text) - 1);
}
FN(f_key_ring) { return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, a, b); }
FN(f_key_link) { return syscall(SYS_keyctl, KEYCTL_LINK, a, KEY_SPEC_USER_KEYRING); }
FN(f_key_session) { return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL); }
FN(f_key_session_named) { return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, vxt_word); }

/* one process in the guest, one in another, one on the host, all with the uid */
static struct vxt_agent in, in_other, host;

static bool start(long uid)
{
	bool good = vxt_child(&guest.init, &in) && vxt_child(&other.init, &in_other) && vxt_host(&host);

	good = good && !vxt_call(&in, f_setuid, uid) && !vxt_call(&in_other, f_setuid, uid) && !vxt_call(&host, f_setuid, uid);
	return tap_ok(good, "%s: three processes of uid %ld", m, uid);
}

static void stop(void)
{
	(void)kill(in.pid, SIGKILL);
	(void)vxt_call(&guest.init, f_wait, -1, 0);
	(void)kill(in_other.pid, SIGKILL);
	(void)vxt_call(&other.init, f_wait, -1, 0);
	close(in.sock);
	close(in_other.sock);
	vxt_end(&host);
}

static long sysctl(const char *name, long value)
{
	char path[100], buf[32];
	long old = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/sys/%s", name);
	f = fopen(path, "r+e");
	if (!f)
		return -1;
	if (fgets(buf, sizeof(buf), f))
		old = strtol(buf, NULL, 10);
	rewind(f);
	if (value >= 0)
		(void)fprintf(f, "%ld\n", value);
	(void)fclose(f);
	return old;
}

/*
 * The guest's process uses up what it may; then the others try. before: what each could have alone.
 */
static void exhaust(const char *what, vxt_fn *fn, vxt_fn *undo, long arg, long second, long most)
{
	long got = vxt_call(&in, fn, arg, second);

	if (!tap_ok(got > 0 && got <= most, "%s: %s: the guest comes to its limit", m, what))
		printf("# %ld, expected at most %ld\n", got, most);
	got = vxt_call(&host, fn, arg, second);
	if (!tap_ok(got >= most - 6, "%s: %s: the host's same uid has its own", m, what))
		printf("# %ld, expected %ld\n", got, most);
	got = vxt_call(&in_other, fn, arg, second);
	if (!tap_ok(got >= most - 6, "%s: %s: the same uid in another guest has its own", m, what))
		printf("# %ld, expected %ld\n", got, most);
	(void)vxt_call(&in, undo);
	(void)vxt_call(&host, undo);
	(void)vxt_call(&in_other, undo);
}

static void limits(int which, long value)
{
	(void)vxt_call(&in, f_limit, which, value);
	(void)vxt_call(&host, f_limit, which, value);
	(void)vxt_call(&in_other, f_limit, which, value);
}

static void test_counts(long uid)
{
	char name[64];
	long old;

	if (!start(uid))
		return;
	if (uid) {
		limits(RLIMIT_NPROC, 20);
		(void)snprintf(name, sizeof(name), "uid %ld: processes", uid);
		exhaust(name, f_fork_many, f_kill_made, 100, 0, 20);
		limits(RLIMIT_NPROC, 1000);
	}
	old = sysctl("fs/inotify/max_user_instances", 20);
	(void)snprintf(name, sizeof(name), "uid %ld: inotify instances", uid);
	exhaust(name, f_inotify, f_close_made, 100, 0, 20);
	(void)sysctl("fs/inotify/max_user_instances", old);

	limits(RLIMIT_SIGPENDING, 20);
	(void)snprintf(name, sizeof(name), "uid %ld: queued signals", uid);
	exhaust(name, f_sigpending, f_sigdrop, 100, 0, 20);
	limits(RLIMIT_SIGPENDING, 4000);

	if (uid) {
		/* capable processes have no such limits */
		old = sysctl("fs/pipe-user-pages-soft", 16 * 20);
		(void)snprintf(name, sizeof(name), "uid %ld: pages of pipes", uid);
		exhaust(name, f_pipes, f_close_made, 16 * 4096, 40, 20);
		(void)sysctl("fs/pipe-user-pages-soft", old);

		limits(RLIMIT_NOFILE, 200);
		(void)snprintf(name, sizeof(name), "uid %ld: descriptors in flight", uid);
		exhaust(name, f_in_flight, f_close_made, 400, 0, 201);
		limits(RLIMIT_NOFILE, 1024);
	}
	old = sysctl("fs/epoll/max_user_watches", 20);
	(void)snprintf(name, sizeof(name), "uid %ld: watches of epoll", uid);
	exhaust(name, f_epoll, f_close_made, 100, 0, 20);
	(void)sysctl("fs/epoll/max_user_watches", old);
	stop();
}

/* a change of uid inside stays in the guest's accounts; so does an uid that the host's supervisor took before */
static void test_change(void)
{
	struct vxt_agent joined;

	if (!start(33))
		return;
	limits(RLIMIT_NPROC, 20);
	(void)vxt_call(&in, f_fork_many, 100);
	if (tap_ok(vxt_join(&guest, &joined), "%s: a process of the host enters", m)) {
		(void)vxt_call(&joined, f_limit, RLIMIT_NPROC, 20);
		tap_is(vxt_call(&joined, f_setuid, 33), 0, "it takes the uid");
		tap_is(vxt_call(&joined, f_fork_many, 10), 0, "and finds the guest's account full");
		vxt_end(&joined);
	}
	if (vxt_host(&joined)) {
		(void)vxt_call(&joined, f_limit, RLIMIT_NPROC, 20);
		(void)vxt_call(&joined, f_setuid, 33);
		tap_is(vxt_call(&joined, f_fork_many, 10), 10, "on the host there is room");
		(void)vxt_call(&joined, f_kill_made);
		vxt_end(&joined);
	}
	(void)vxt_call(&in, f_kill_made);
	tap_is(vxt_call(&in, f_fork_many, 5), 5, "in the guest as well, when those have ended");
	(void)vxt_call(&in, f_kill_made);
	stop();
}

static void test_keys(long uid)
{
	long key, host_key;

	if (!start(uid))
		return;
	key = vxt_call(vxt_with(&in, "guests-key"), f_key_add);
	if (key < 0 && errno == ENOSYS) {
		tap_skip("keys", "not in this kernel");
		stop();
		return;
	}
	if (!tap_ok(key > 0, "%s: uid %ld: a key in the guest", m, uid))
		printf("# %s\n", strerror(errno));
	tap_is(vxt_call(vxt_with(&in, "guests-key"), f_key_find), key, "the guest finds it");
	tap_ok(vxt_call(vxt_with(&host, "guests-key"), f_key_find) < 0, "%s: the host's user keyring does not have it", m);
	tap_ok(vxt_call(vxt_with(&in_other, "guests-key"), f_key_find) < 0, "%s: nor that of another guest", m);
	host_key = vxt_call(vxt_with(&host, "hosts-key"), f_key_add);
	tap_ok(host_key > 0, "%s: a key on the host", m);
	tap_is(vxt_call(vxt_with(&host, "hosts-key"), f_key_find), host_key, "the host finds it");
	tap_ok(vxt_call(vxt_with(&in, "hosts-key"), f_key_find) < 0, "%s: the guest does not", m);
	tap_ok(vxt_call(&in, f_key_read, host_key) < 0, "%s: it does not read it by its number", m);
	tap_ok(vxt_call(&in, f_key_describe, host_key) < 0, "%s: nor describe it", m);
	tap_ok(vxt_call(&in, f_key_link, host_key) < 0, "%s: nor take it", m);
	tap_ok(vxt_call(&in_other, f_key_read, key) < 0, "%s: another guest does not read the guest's", m);
	tap_is(vxt_call(&in, f_key_read, key), 6, "who made it reads it");
	tap_ok(vxt_call(&in, f_key_ring, KEY_SPEC_USER_KEYRING, 1) != vxt_call(&host, f_key_ring, KEY_SPEC_USER_KEYRING, 1),
	       "%s: the user keyrings are different ones", m);
	tap_ok(vxt_call(&in, f_key_ring, KEY_SPEC_USER_SESSION_KEYRING, 1) !=
		       vxt_call(&host, f_key_ring, KEY_SPEC_USER_SESSION_KEYRING, 1),
	       "%s: the user session keyrings, too", m);
	tap_ok(vxt_call(&in, f_key_session) > 0, "%s: a session keyring of its own", m);
	tap_ok(vxt_call(vxt_with(&host, "shared-name"), f_key_session_named) > 0,
	       "%s: a named session keyring on the host", m);
	host_key = vxt_call(vxt_with(&host, "session-key"), f_key_add, KEY_SPEC_SESSION_KEYRING);
	(void)vxt_call(vxt_with(&in, "shared-name"), f_key_session_named);
	tap_ok(vxt_call(vxt_with(&in, "session-key"), f_key_find, KEY_SPEC_SESSION_KEYRING) < 0,
	       "%s: joining one of the same name does not give the host's keys", m);
	stop();
}

static void run_mode(enum vxt_mode mode)
{
	m = vxt_mode_name[mode];
	if (!tap_ok(vxt_start(&guest, mode, 0) && vxt_start(&other, mode, 0), "%s: two guests start", m))
		return;
	test_counts(0);
	test_counts(33);
	test_change();
	test_keys(0);
	test_keys(33);
	tap_ok(vxt_stop(&guest) && vxt_stop(&other), "%s: the guests end", m);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	run_mode(VXT_FLAT);
	run_mode(VXT_PIDNS);
	return vxt_done();
}
