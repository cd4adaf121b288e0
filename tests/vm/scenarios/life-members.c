// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-members - who counts as a process of a context: each is listed, counted and signalled, once
 * bed: um qemu
 * timeout: 60
 *
 * Processes without their first thread, that executed in another thread, that came from the host, zombies, half-made
 * children; with numbers out of order and many processes of the host between them.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define BETWEEN 60	/* processes of the host, between each two of the guest */
#define FAILURES 300

static const char *m;
static struct vxt_guest guest;
/* came: from the host; execed: by its second thread */
static struct vxt_agent kid, came, execed, other;

/* Signals that queue, so that two are two. */
static volatile sig_atomic_t queued;
static volatile long *shared;	/* with a child that does not execute: it runs, it got so many */

static void count_queued(int sig VXT_UNUSED)
{
	queued++;
}

static void count_shared(int sig VXT_UNUSED)
{
	shared[1]++;
}

static int listen_with(void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

	return sigaction(SIGRTMIN, &sa, NULL);
}

FN(f_listen) { return listen_with(count_queued); }

FN(f_queued)
{
	long n = queued;

	queued = 0;
	return n;
}

FN(f_kill) { return kill((pid_t)a, (int)b); }
FN(f_migrate) { return vx_migrate((uint32_t)a, 0); }

static char state_of(pid_t pid)
{
	char path[64], state = '?';
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = '?';
		(void)fclose(f);
	}
	return state;
}

static void *for_ever(void *arg VXT_UNUSED)
{
	shared[0] = 1;
	for (;;)
		(void)pause();
	return NULL;
}

/* a child whose first thread has ended; its number */
FN(f_leaderless)
{
	pthread_t t;
	pid_t pid;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -1;
	pid = fork();
	if (!pid) {
		(void)listen_with(count_shared);
		if (pthread_create(&t, NULL, for_ever, NULL))
			_exit(1);
		(void)syscall(SYS_exit, 0);
	}
	return vxt_until(2000, shared[0] && state_of(pid) == 'Z') ? pid : -2;
}

/* others have got theirs before they answer; this one when it runs: wait for a, and for more that must not come */
FN(f_leaderless_queued)
{
	long n;

	(void)vxt_until(5000, shared[1] >= a);
	vxt_sleep_ms(50);
	n = shared[1];

	shared[1] = 0;
	return n;
}

static void *exec_agent(void *arg VXT_UNUSED)
{
	vxt_exec_agent(vxt_fd);
}

FN(f_exec_in_thread)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t;

		if (pthread_create(&t, NULL, exec_agent, NULL))
			_exit(1);
		for (;;)
			(void)pause();
	}
	return pid;
}

FN(f_zombie)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return vxt_until(2000, state_of(pid) == 'Z') ? pid : -2;
}

/* forks that fail after the child has been made in part; how many did */
FN(f_fail)
{
	long n = 0;

	for (long i = 0; i < a; i++)
		n += syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, (void *)8, NULL, NULL) == -1 && errno == EFAULT;
	return n;
}

/* the numbers in /proc, a: read in small pieces */
FN(f_list)
{
	struct {
		uint64_t ino;
		int64_t off;
		uint16_t len;
		uint8_t type;
		char name[];
	} *e;
	static char buf[32768] __attribute__((aligned(8)));
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	while ((got = syscall(SYS_getdents64, fd, buf, a ? 48 : sizeof(buf))) > 0) {
		for (long at = 0; at < got; at += e->len) {
			e = (void *)(buf + at);
			if (e->name[0] >= '0' && e->name[0] <= '9')
				vxt_say("%s ", e->name);
		}
	}
	close(fd);
	return got;
}

static pid_t sleepers[10 * BETWEEN];
static int nr_sleepers;

static void processes_between(void)
{
	for (int i = 0; i < BETWEEN && nr_sleepers < (int)(sizeof(sleepers) / sizeof(*sleepers)); i++) {
		pid_t pid = fork();

		if (!pid)
			for (;;)
				(void)pause();
		sleepers[nr_sleepers++] = pid;
	}
}

static void end_sleepers(void)
{
	while (nr_sleepers) {
		pid_t pid = sleepers[--nr_sleepers];

		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
}

static int compare(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void check_list(long *numbers, int n, const char *when)
{
	char wanted[200] = "";

	qsort(numbers, (size_t)n, sizeof(*numbers), compare);
	for (int i = 0; i < n; i++)
		(void)snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), "%ld ", numbers[i]);
	for (int pieces = 0; pieces < 2; pieces++) {
		(void)vxt_call(&kid, f_list, pieces);
		if (!tap_ok(!strcmp(kid.text, wanted), "%s: /proc lists each process once, %s%s", m, when,
			    pieces ? ", in small pieces" : ""))
			printf("# got '%s', wanted '%s'\n", kid.text, wanted);
	}
}

static void check_counts(int n, const char *when)
{
	struct vserver_virt_stat stat = {};

	(void)vserver(VSERVER_VIRT_STAT, guest.xid, &stat);
	if (!tap_ok((int)stat.nr_threads == n && vx_tasks(guest.xid) == n, "%s: %d tasks, %s", m, n, when))
		printf("# %d threads, %d tasks\n", (int)stat.nr_threads, vx_tasks(guest.xid));
}

/* does each of them have exactly so many? */
static void check_signals(long init, long own, long others, const char *what)
{
	long got[] = { vxt_call(&guest.init, f_queued), vxt_call(&kid, f_queued), vxt_call(&kid, f_leaderless_queued, others),
		       vxt_call(&execed, f_queued), vxt_call(&came, f_queued), vxt_call(&other, f_queued) };

	if (!tap_ok(got[0] == init && got[1] == own && got[2] == others && got[3] == others && got[4] == others &&
			    got[5] == 0, "%s: %s", m, what))
		printf("# init %ld, own %ld, leaderless %ld, execed %ld, came %ld, host %ld\n", got[0], got[1], got[2],
		       got[3], got[4], got[5]);
}

/* a process of the host goes in, also one that is older than the guest */
static bool start_came(void)
{
	if (guest.mode == VXT_PIDNS)
		return vxt_join(&guest, &came);
	return vxt_call(&came, f_migrate, guest.xid) == 0;
}

static bool start(enum vxt_mode mode)
{
	int sv[2];
	long pid;

	if (mode != VXT_PIDNS && !vxt_host(&came))
		return false;
	processes_between();
	if (!vxt_host(&other) || !vxt_start(&guest, mode, 0))
		return false;
	processes_between();
	if (!vxt_child(&guest.init, &kid))
		return false;
	processes_between();
	if (!start_came() || !vxt_sockets(sv))
		return false;
	pid = vxt_call_fd(&kid, sv[1], f_exec_in_thread, 0, 0, 0, 0);
	close(sv[1]);
	if (pid < 0 || !vxt_hello(&execed, sv[0]))
		return false;
	processes_between();
	return !vxt_call(&guest.init, f_listen) && !vxt_call(&kid, f_listen) && !vxt_call(&came, f_listen) &&
		!vxt_call(&execed, f_listen) && !vxt_call(&other, f_listen);
}

static void run_mode(enum vxt_mode mode)
{
	long numbers[10], leaderless, zombie;
	int n = 0;

	m = vxt_mode_name[mode];
	if (!tap_ok(start(mode), "%s: a guest starts", m))
		return;
	leaderless = vxt_call(&kid, f_leaderless);
	processes_between();
	zombie = vxt_call(&kid, f_zombie);
	tap_ok(leaderless > 0 && zombie > 0, "%s: a process without its first thread, and a zombie", m);

	numbers[n++] = mode == VXT_FLAT ? guest.init.pid : 1;
	numbers[n++] = vxt_call(&kid, f_getpid);
	numbers[n++] = vxt_call(&came, f_getpid);
	numbers[n++] = vxt_call(&execed, f_getpid);
	numbers[n++] = leaderless;
	numbers[n++] = zombie;
	check_list(numbers, n, "numbers out of order");
	check_counts(n - 1, "the zombie is none");

	tap_ok(vx_ctx_kill(guest.xid, 0, SIGRTMIN) == 0, "%s: ctx_kill of all", m);
	check_signals(1, 1, 1, "it reaches each process once");
	tap_ok(vx_ctx_kill(guest.xid, -1, SIGRTMIN) == 0, "%s: ctx_kill of all but init", m);
	check_signals(mode == VXT_FLAT, 1, 1, "it reaches each process once, an init not");
	tap_ok(vxt_call(&kid, f_kill, -1, SIGRTMIN) == 0, "%s: kill(-1) from inside", m);
	check_signals(mode == VXT_FLAT, 0, 1, "it reaches each other process once, an init not");

	tap_ok(vxt_call(&kid, f_fail, FAILURES) == FAILURES, "%s: %d forks fail", m, FAILURES);
	check_list(numbers, n, "after failed forks");
	check_counts(n - 1, "after failed forks");
	tap_ok(vx_ctx_kill(guest.xid, 0, SIGRTMIN) == 0, "%s: ctx_kill of all, after failed forks", m);
	check_signals(1, 1, 1, "it reaches each process once");

	tap_ok(vxt_call(&kid, f_wait, zombie, 0) == zombie, "%s: the zombie goes", m);
	/* it was the youngest */
	check_list(numbers, n - 1, "without it");
	tap_ok(vxt_stop(&guest), "%s: the guest ends", m);
	tap_ok(vxt_call(&other, f_queued) == 0, "%s: a process of the host got nothing", m);
	close(kid.sock);
	close(execed.sock);
	if (mode == VXT_PIDNS)
		close(came.sock);
	else
		vxt_end(&came);
	vxt_end(&other);
	end_sleepers();
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	run_mode(VXT_FLAT);
	run_mode(VXT_FAKE);
	run_mode(VXT_PIDNS);
	return vxt_done();
}
