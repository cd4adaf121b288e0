// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-races - entering, changing, listing, waiting for and killing contexts that end in the same moment
 * bed: um qemu
 * timeout: 60
 *
 * Each race runs for a fixed time. Besides what is tested here, the kernel log is: KASAN, lockdep, refcount_t.
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "../prog/vxt.h"

/* longer where two processors make it a race */
#define RACE_MS (sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 3000 : 800)
#define PERSISTENT VSERVER_FLAG_PERSISTENT
#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

/* what all processes of a race share */
static struct shared {
	int stop;
	uint32_t xid;		/* the context of the moment, or the first of several */
	long count[8];
	int bad;
	char what[200];		/* the first thing that went wrong */
} *sh;

#define STOPPED __atomic_load_n(&sh->stop, __ATOMIC_RELAXED)
#define COUNT(i) __atomic_fetch_add(&sh->count[i], 1, __ATOMIC_RELAXED)

__attribute__((format(printf, 1, 2)))
static void bad(const char *fmt, ...)
{
	va_list ap;

	if (__atomic_fetch_add(&sh->bad, 1, __ATOMIC_RELAXED))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(sh->what, sizeof(sh->what), fmt, ap);
	va_end(ap);
}

/* one of the errors that may come of a race, or none */
static bool may(long ret, const char *what, int e1, int e2, int e3)
{
	if (ret >= 0 || errno == e1 || errno == e2 || errno == e3)
		return true;
	bad("%s: %s", what, strerror(errno));
	return false;
}

static unsigned int seed;

static unsigned int rnd(unsigned int n)
{
	return (unsigned int)rand_r(&seed) % n;
}

static void spin(unsigned int us)
{
	struct timespec a, b;

	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	do {
		(void)clock_gettime(CLOCK_MONOTONIC, &b);
	} while ((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000 < us);
}

static pid_t workers[16];
static int nworkers;

static void start(void (*fn)(int), int arg)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		seed = (unsigned int)getpid();
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (!STOPPED)
			fn(arg);
		_exit(0);
	}
	workers[nworkers++] = pid;
}

/* a child that does something and ends */
static void in_child(void (*fn)(int), int arg)
{
	pid_t pid = fork();

	if (!pid) {
		seed = (unsigned int)getpid();
		fn(arg);
		_exit(0);
	}
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
}

static void reset(void)
{
	memset(sh, 0, sizeof(*sh));
	nworkers = 0;
	sh->xid = vxt_free_xid();
}

static void clear_all(int contexts)
{
	for (int i = 0; i < contexts; i++)
		(void)vx_set_cflags(sh->xid + (uint32_t)i, 0, PERSISTENT);
}

/* end the race; gives whether everybody came to his end */
static bool finish(int contexts)
{
	bool all = true;

	vxt_sleep_ms(RACE_MS);
	__atomic_store_n(&sh->stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < nworkers; i++) {
		/* one that is persistent keeps who waits for its end */
		if (!vxt_until(10000, (clear_all(contexts), waitpid(workers[i], NULL, WNOHANG) == workers[i]))) {
			all = false;
			(void)kill(workers[i], SIGKILL);
			(void)waitpid(workers[i], NULL, WNOHANG);
		}
	}
	return all;
}

static void verdict(const char *name, int contexts)
{
	bool ended = finish(contexts), none = true;

	for (int i = 0; i < contexts; i++) {
		none = vxt_until(5000, (vx_ctx_kill(sh->xid + (uint32_t)i, 0, SIGKILL), vxt_reap(),
					!vx_exists(sh->xid + (uint32_t)i))) && none;
	}
	tap_ok(ended, "%s: everybody comes to his end", name);
	if (!tap_ok(!sh->bad, "%s: nothing but expected results", name))
		printf("# %d times, first: %s\n", sh->bad, sh->what);
	tap_ok(none, "%s: no context is left", name);
	printf("# counts: %ld %ld %ld %ld %ld\n", sh->count[0], sh->count[1], sh->count[2], sh->count[3], sh->count[4]);
}

/* What takes part. */

static void end_setup(void)
{
	(void)vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP);
}

/* makes the context, lives for a moment, ends */
static void do_create(int contexts)
{
	uint32_t xid = sh->xid + rnd((unsigned int)contexts);
	uint64_t flags = VXT_SETUP | (rnd(4) ? 0 : PERSISTENT);
	long ret = vx_create(xid, flags);

	if (!may(ret, "create", EEXIST, EBUSY, 0) || ret < 0)
		return;
	COUNT(0);
	if (rnd(2)) {
		(void)unshare(CLONE_NEWUTS | CLONE_NEWIPC);
		(void)may(vx_space(VSERVER_SET_SPACE, VSERVER_ID_SELF, CLONE_NEWUTS | CLONE_NEWIPC, rnd(2)), "set_space", 0, 0, 0);
	}
	end_setup();
	if (vx_task_xid(0) != (long)xid)
		bad("creator of %u is in %ld", xid, vx_task_xid(0));
	spin(rnd(300));
}

static void create(int contexts)
{
	in_child(do_create, contexts);
}

static void do_migrate(int contexts)
{
	uint32_t xid = sh->xid + rnd((unsigned int)contexts);
	long ret = vx_migrate(xid, rnd(3));

	if (!may(ret, "migrate", ESRCH, EFAULT, 0))
		return;
	if (ret < 0) {
		COUNT(errno == ESRCH ? 2 : 3);
		return;
	}
	COUNT(1);
	if (vx_task_xid(0) != (long)xid)
		bad("entered %u, but is in %ld", xid, vx_task_xid(0));
	else if (!vx_exists(xid))
		bad("entered %u, but it cannot be found", xid);
	spin(rnd(200));
}

static void migrate(int contexts)
{
	in_child(do_migrate, contexts);
}

static void do_enter_space(int contexts)
{
	uint32_t xid = sh->xid + rnd((unsigned int)contexts);

	if (may(vx_space(VSERVER_ENTER_SPACE, xid, 0, rnd(2)), "enter_space", ESRCH, EINVAL, 0))
		COUNT(1);
}

static void enter_space(int contexts)
{
	in_child(do_enter_space, contexts);
}

static void toggle(int contexts)
{
	uint32_t xid = sh->xid + rnd((unsigned int)contexts);
	int tasks;

	if (may(vx_set_cflags(xid, rnd(2) ? PERSISTENT : 0, PERSISTENT), "set_cflags", ESRCH, 0, 0))
		COUNT(1);
	tasks = vx_tasks(xid);
	if (tasks < -1 || tasks > 1000)
		bad("%d claims", tasks);
	(void)sched_yield();
}

static void clear(int contexts)
{
	(void)may(vx_set_cflags(sh->xid + rnd((unsigned int)contexts), 0, PERSISTENT), "set_cflags", ESRCH, 0, 0);
	(void)sched_yield();
}

static void kill_it(int contexts)
{
	(void)may(vx_ctx_kill(sh->xid + rnd((unsigned int)contexts), 0, rnd(2) ? SIGKILL : 0), "ctx_kill", ESRCH, 0, 0);
	(void)sched_yield();
}

static void wait_for(int contexts)
{
	struct vserver_wait_exit w;

	if (may(vserver(VSERVER_WAIT_EXIT, sh->xid + rnd((unsigned int)contexts), &w), "wait_exit", ESRCH, 0, 0))
		COUNT(1);
	(void)sched_yield();
}

/* all files of /proc/virtual; one of them stays open beyond the end of its context */
static void list(int unused VXT_UNUSED)
{
	static int kept = -1;
	char buf[4096], path[600];
	DIR *d = opendir("/proc/virtual");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		static const char *const names[] = { "info", "status", "nsproxy", "nsproxy1", "cvirt" };
		int fd;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		COUNT(4);
		(void)snprintf(path, sizeof(path), "/proc/virtual/%s/%s", e->d_name, names[rnd(5)]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			(void)may(fd, "open in /proc/virtual", ENOENT, 0, 0);
			continue;
		}
		(void)may(read(fd, buf, sizeof(buf)), "read in /proc/virtual", ENOENT, 0, 0);
		if (kept >= 0) {
			(void)lseek(kept, 0, SEEK_SET);
			(void)may(read(kept, buf, sizeof(buf)), "read of an old file", ENOENT, 0, 0);
			close(kept);
		}
		kept = fd;
	}
	if (d)
		(void)closedir(d);
}

static void name(int contexts)
{
	uint32_t xid = sh->xid + rnd((unsigned int)contexts);
	struct vserver_vhi_name n = { .field = rnd(7), .name = "name" };

	(void)may(vserver(VSERVER_SET_VHI_NAME, xid, &n), "set_vhi_name", ESRCH, EINVAL, 0);
	(void)may(vserver(VSERVER_GET_VHI_NAME, xid, &n), "get_vhi_name", ESRCH, EINVAL, 0);
	(void)sched_yield();
}

static void ask(int contexts)
{
	uint32_t xid = sh->xid + rnd((unsigned int)contexts);
	struct vserver_virt_stat v;
	struct vserver_vx_info i;

	(void)may(vserver(VSERVER_VIRT_STAT, xid, &v), "virt_stat", ESRCH, 0, 0);
	(void)may(vserver(VSERVER_VX_INFO, xid, &i), "vx_info", ESRCH, 0, 0);
	(void)may(vx_get_cflags(xid) == ~0ULL ? -1 : 0, "get_cflags", ESRCH, 0, 0);
	(void)sched_yield();
}

static void test_small_races(void)
{
	reset();
	start(create, 1);
	start(migrate, 1);
	start(migrate, 1);
	start(clear, 1);
	verdict("migrate and the end", 1);

	reset();
	start(create, 8);
	start(create, 8);
	start(create, 8);
	start(list, 0);
	start(list, 0);
	start(clear, 8);
	verdict("create, end and list", 8);

	reset();
	start(create, 1);
	start(enter_space, 1);
	start(enter_space, 1);
	start(name, 1);
	start(clear, 1);
	verdict("enter_space and the end", 1);

	reset();
	start(create, 1);
	start(toggle, 1);
	start(toggle, 1);
	start(toggle, 1);
	verdict("set_cflags and the end", 1);

	reset();
	start(create, 2);
	start(wait_for, 2);
	start(wait_for, 2);
	start(wait_for, 2);
	start(clear, 2);
	verdict("wait_exit and the end", 2);

	reset();
	start(create, 2);
	start(migrate, 2);
	start(kill_it, 2);
	start(ask, 2);
	start(clear, 2);
	verdict("ctx_kill, questions and the end", 2);
}

/* A fork bomb. */

static void *forker_thread(void *arg VXT_UNUSED)
{
	for (;;)
		(void)pause();
	return NULL;
}

static void __attribute__((noreturn)) bomb(void)
{
	(void)signal(SIGCHLD, SIG_IGN);
	for (;;) {
		long pid;

		switch (rnd(4)) {
		case 0:
			/* the parent is held until the child ends */
			pid = syscall(SYS_clone, CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
			break;
		case 1: {
			pthread_attr_t attr;
			pthread_t t;

			(void)pthread_attr_init(&attr);
			(void)pthread_attr_setstacksize(&attr, 65536);
			(void)pthread_create(&t, &attr, forker_thread, NULL);
			(void)pthread_attr_destroy(&attr);
			pid = 1;
			break;
		}
		default:
			pid = fork();
		}
		if (!pid)
			seed = (unsigned int)getpid() * 7919;
		else if (pid < 0)
			(void)sched_yield();
	}
}

static void start_bomb(uint32_t xid)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		struct rlimit r = { 100, 100 };

		seed = (unsigned int)getpid();
		if (vx_create(xid, VXT_SETUP) != (long)xid)
			_exit(1);
		end_setup();
		if (setrlimit(RLIMIT_NPROC, &r) || setresuid(4711, 4711, 4711))
			_exit(2);
		bomb();
	}
}

static void test_bomb(void)
{
	long long end = vxt_ms() + 2 * RACE_MS;
	int rounds = 0, gone = 0, most = 0;

	do {
		uint32_t xid = vxt_free_xid();
		int tasks;

		start_bomb(xid);
		(void)vxt_until(5000, vx_tasks(xid) > 1);
		vxt_sleep_ms(20 + rounds % 5 * 10);
		tasks = vx_tasks(xid);
		most = tasks > most ? tasks : most;
		/* once */
		if (vx_ctx_kill(xid, 0, SIGKILL) == 0 && vxt_until(15000, (vxt_reap(), !vx_exists(xid))))
			gone++;
		else
			(void)vxt_until(5000, (vx_ctx_kill(xid, 0, SIGKILL), vxt_reap(), !vx_exists(xid)));
		rounds++;
	} while (vxt_ms() < end);
	printf("# %d rounds, up to %d tasks\n", rounds, most);
	tap_is(gone, rounds, "a fork bomb ends with one ctx_kill");
	tap_ok(most > 5, "and was one");
}

/* The end of an init while others look for it. */

FN(f_look_for_init)
{
	long long end = vxt_ms() + a;
	long n = 0;

	do {
		DIR *dir = opendir("/proc");
		int entries = 0;
		char buf[200];
		pid_t parent;
		int fd;

		while (dir && readdir(dir) && ++entries < 2000)
			;
		if (dir)
			(void)closedir(dir);
		if (entries >= 2000)
			return -2;
		if (kill(1, 0) && errno != ESRCH)
			return -3;
		fd = open("/proc/1/stat", O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			ssize_t len = read(fd, buf, sizeof(buf) - 1);

			close(fd);
			buf[len < 0 ? 0 : len] = '\0';
			if (len > 0 && strncmp(buf, "1 ", 2) && getppid() == 1)
				return -4;
		}
		/* between its end and that of its children's being its children it has its real number */
		parent = getppid();
		if (parent > 1 && parent != b)
			return -5;
		fd = (int)syscall(SYS_pidfd_open, 1, 0);
		if (fd >= 0)
			close(fd);
		n++;
	} while (vxt_ms() < end);
	return n;
}

static void test_init_end(enum vxt_mode mode)
{
	int rounds = 0, good = 0;
	long long end = vxt_ms() + RACE_MS;

	do {
		struct vxt_guest g = {};
		struct vxt_agent one, two;
		long n1, n2;

		if (!vxt_start(&g, mode, 0) || !vxt_child(&g.init, &one) || !vxt_child(&g.init, &two))
			break;
		(void)vxt_begin(&one, -1, f_look_for_init, 60, g.init.pid, 0, 0);
		(void)vxt_begin(&two, -1, f_look_for_init, 60, g.init.pid, 0, 0);
		vxt_sleep_ms(10 + rounds % 10);
		(void)kill(g.init.pid, SIGKILL);
		n1 = vxt_finish(&one);
		n2 = vxt_finish(&two);
		if (n1 > 0 && n2 > 0)
			good++;
		else
			printf("# round %d: %ld, %ld\n", rounds, n1, n2);
		(void)vxt_stop(&g);
		close(one.sock);
		close(two.sock);
		rounds++;
	} while (vxt_ms() < end);
	tap_ok(rounds && good == rounds, "%s: an init ends while others look for it", vxt_mode_name[mode]);
}

/* forks that fail when the child is nearly made */
FN(f_fork_in_vain)
{
	long long end = vxt_ms() + a;
	long n = 0;

	while (vxt_ms() < end) {
		pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWUTS, 0, 0, 0, 0);

		if (!pid)
			_exit(0);
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
		n += pid < 0 && errno == EPERM;
	}
	return n;
}

/* while somebody adds up what all of them use */
static void test_count_half_made(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	long long end = vxt_ms() + RACE_MS;
	struct vxt_agent one;
	static char buf[8192];
	char path[64];
	int reads = 0;

	if (!tap_ok(vxt_start(&g, VXT_FLAT, 0) && vxt_child(&g.init, &one), "a guest whose forks fail"))
		return;
	(void)snprintf(path, sizeof(path), "/proc/virtual/%u/limit", g.xid);
	(void)vxt_begin(&one, -1, f_fork_in_vain, RACE_MS, 0, 0, 0);
	while (vxt_ms() < end) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		reads += read(fd, buf, sizeof(buf)) > 0;
		close(fd);
	}
	tap_ok(vxt_finish(&one) > 10, "forks that fail");
	tap_ok(reads > 10, "while it is told what the guest uses");
	close(one.sock);
	tap_ok(vxt_stop(&g), "it ends");
}

/* signals for a process that is being reaped */
FN(f_kill_reaped)
{
	pid_t *target = mmap(NULL, sizeof(*target), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long long end = vxt_ms() + a;
	pid_t killer;
	long n = 0;

	if (target == MAP_FAILED)
		return -1;
	killer = fork();
	if (!killer) {
		while (vxt_ms() < end)
			for (int i = 0; i < 1000; i++)
				(void)kill(__atomic_load_n(target, __ATOMIC_RELAXED) ?: getpid(), 0);
		_exit(0);
	}
	while (vxt_ms() < end) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		__atomic_store_n(target, pid, __ATOMIC_RELAXED);
		n += pid > 0 && waitpid(pid, NULL, 0) == pid;
	}
	return killer > 0 && waitpid(killer, NULL, 0) == killer ? n : -1;
}

/* neither has an init then, nor has who is gone a number */
static void test_kill_without_init(void)
{
	struct vxt_guest g = {};
	struct vxt_agent one;

	if (!tap_ok(vxt_start(&g, VXT_FAKE, 0) && vxt_child(&g.init, &one), "a guest with a fake init"))
		return;
	(void)kill(g.init.pid, SIGKILL);
	(void)waitpid(g.init.pid, NULL, 0);
	tap_ok(vxt_call(&one, f_kill_reaped, RACE_MS) > 10, "without an init, signals for who is being reaped");
	close(one.sock);
	(void)vxt_stop(&g);
}

/* processes of the host join and leave a pid namespace that ends */
static void test_pidns_end(void)
{
	int rounds = 0, joined = 0, ended = 0;
	long long end = vxt_ms() + RACE_MS;

	do {
		struct vxt_guest g = {};
		pid_t pid[4];

		if (!vxt_start(&g, VXT_PIDNS, 0))
			break;
		for (int i = 0; i < 4; i++) {
			(void)fflush(NULL);
			pid[i] = fork();
			if (!pid[i]) {
				int sv[2];

				spin((unsigned int)i * 100);
				(void)vxt_sockets(sv);
				vxt_enter_old(&g, sv[1]);
			}
		}
		spin((unsigned int)(rounds % 7) * 100);
		(void)kill(g.init.pid, SIGKILL);
		for (int i = 0; i < 4; i++) {
			int status = -1;

			(void)waitpid(pid[i], &status, 0);
			joined += status == 0;
		}
		ended += vxt_until(10000, (vx_ctx_kill(g.xid, 0, SIGKILL), vxt_reap(), !vx_exists(g.xid)));
		(void)vxt_stop(&g);
		rounds++;
	} while (vxt_ms() < end);
	printf("# %d rounds, %d joined\n", rounds, joined);
	tap_ok(rounds && ended == rounds, "joining a pid namespace that ends");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	seed = (unsigned int)getpid();
	test_small_races();
	test_bomb();
	test_init_end(VXT_FAKE);
	test_kill_without_init();
	test_count_half_made();
	test_pidns_end();
	return vxt_done();
}
