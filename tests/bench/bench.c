// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench - init of a machine that exists to be measured; see bench.h and README
 *
 * Prints lines "V WORLD NAME = NUMBER" and powers off. Kernel arguments: part=calls or part=net, what to measure;
 * counts=10,100,... how many contexts; spin=CALL,WORLD[+1]: make this call (a number) for ever instead, +1: with a
 * context present; numbers behind those of the calls are tests of the network.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/vserver.h>
#include <linux/vserver_netlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define MAX_SLEEPERS 10000
#define BATCHES 9
#define BATCH_SIZE 400000	/* instructions; the clock ticks every four million */

struct shared *shared;

_Noreturn void die(const char *what, long error)
{
	dprintf(1, "F %s: %s\n", what, strerror(-error));
	shared->failed = 1;
	_exit(1);
}

long must(const char *what, long ret)
{
	if (ret < 0)
		die(what, ret == -1 && errno ? -errno : ret);
	return ret;
}

void print_value(const char *world, const char *name, double value)
{
	dprintf(1, "V %s %s = %.2f\n", world, name, value);
}

/* Cost of what happens in the caller: the cheapest of some batches is the one that no interrupt has hit. */

static void nop(void)
{
	__asm__ volatile("");
}

static uint64_t batch(void (*call)(void), int rounds)
{
	uint64_t start = now();

	for (int i = 0; i < rounds; i++)
		call();
	return now() - start;
}

double cost(void (*call)(void))
{
	uint64_t best = UINT64_MAX, empty = UINT64_MAX, t;
	int rounds;

	call();
	t = batch(call, 4) / 4;
	rounds = t > BATCH_SIZE / 4 ? 4 : t < BATCH_SIZE / 500 ? 500 : BATCH_SIZE / t;
	for (int i = 0; i < BATCHES; i++) {
		t = batch(nop, rounds);
		if (t < empty)
			empty = t;
		t = batch(call, rounds);
		if (t < best)
			best = t;
	}
	return (double)(best - empty) / rounds;
}

/*
 * Cost of what happens anywhere, later too: a process that has the processor only when nobody else wants it counts
 * the instructions that are left.
 */

static int patience = 40;

static long futex(int op, int value)
{
	return sys(SYS_futex, &shared->idler_on, op, value);
}

static void idler(void)
{
	struct sched_param param = { 0 };
	uint64_t last, t;

	must("sched_setscheduler", sched_setscheduler(0, SCHED_IDLE, &param));
	for (;;) {
		while (!__atomic_load_n(&shared->idler_on, __ATOMIC_ACQUIRE))
			futex(FUTEX_WAIT, 0);
		last = now();
		while (__atomic_load_n(&shared->idler_on, __ATOMIC_RELAXED)) {
			for (int i = 0; i < 40; i++)
				__asm__ volatile("");
			t = now();
			/* else somebody was here meanwhile */
			if (t - last < 250)
				shared->idle += t - last;
			last = t;
		}
	}
}

static double work_in(void (*call)(void), int rounds)
{
	uint64_t start, idle;

	__atomic_store_n(&shared->idler_on, 1, __ATOMIC_RELEASE);
	futex(FUTEX_WAKE, 1);
	usleep(5000);
	idle = shared->idle;
	start = now();
	for (int i = 0; i < rounds; i++)
		call();
	/* what is freed after a grace period, and by workers */
	usleep(1000 * patience);
	start = now() - start;
	idle = shared->idle - idle;
	__atomic_store_n(&shared->idler_on, 0, __ATOMIC_RELEASE);
	return (double)start - idle;
}

double cost_all(void (*call)(void), int rounds)
{
	double best = 0, all;

	call();
	for (int i = 0; i < 3; i++) {
		all = (work_in(call, rounds) - shared->unrest) / rounds;
		if (!i || all < best)
			best = all;
	}
	return best;
}

/* What the machine does by itself meanwhile. */
static void measure_unrest(void)
{
	double sum = 0;

	work_in(nop, 0);
	for (int i = 0; i < 8; i++)
		sum += work_in(nop, 0);
	shared->unrest = sum / 8;
}

void set_patience(int ms)
{
	shared->unrest = shared->unrest * (5 + ms) / (5 + patience);
	patience = ms;
}

static void calls_in(enum world world, const char *name)
{
	for (int i = 0; i < nr_calls; i++)
		shared->value[i] = -1;
	run_in(world, measure_calls);
	for (int i = 0; i < nr_calls; i++)
		print_value(name, call_name(i), shared->value[i]);
}

/* Sleeping processes. */

enum kind {
	KIND_PROCESS,
	KIND_CONTEXT,
	KIND_NS,
	NR_KINDS,
};

static const char *const kind_names[NR_KINDS] = { "process", "context", "ns" };
static pid_t sleepers[MAX_SLEEPERS];

static void make(enum kind kind, uint32_t xid, void (*then)(void))
{
	pid_t pid = must("clone", sys6(SYS_clone, SIGCHLD | (kind == KIND_NS ? NS_FLAGS : 0), 0, 0, 0, 0, 0));

	if (!pid) {
		if (kind == KIND_CONTEXT)
			must("create a context", ctx_create(xid, 0));
		then();
		_exit(0);
	}
	if (xid >= 1000 && xid < 1000 + MAX_SLEEPERS)
		sleepers[xid - 1000] = pid;
	else
		must("wait4", sys6(SYS_wait4, pid, 0, 0, 0, 0, 0));
}

static int ready[2];

static void sleep_on(void)
{
	must("write", sys(SYS_write, ready[1], "x", 1));
	for (;;)
		sys(SYS_pause, 0, 0, 0);
}

static void populate(enum kind kind, int count)
{
	char c;

	if (pipe(ready) < 0)
		die("pipe", -errno);
	for (int i = 0; i < count; i++) {
		make(kind, 1000 + i, sleep_on);
		must("read", read(ready[0], &c, 1));
	}
}

static void depopulate(int count)
{
	for (int i = 0; i < count; i++)
		must("kill", kill(sleepers[i], SIGKILL));
	for (int i = 0; i < count; i++)
		must("wait4", waitpid(sleepers[i], NULL, 0));
	close(ready[0]);
	close(ready[1]);
}

void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(name, -errno);
	close(fd);
}

void settle(void)
{
	sleep(3);
	write_file("/proc/sys/vm/drop_caches", "3\n");
	sleep(2);
}

struct memory memory(void)
{
	struct memory m = { 0 };
	static char text[8192];
	int fd = open("/proc/meminfo", O_RDONLY);
	long got = must("meminfo", read(fd, text, sizeof(text) - 1));
	double value;
	char *save;

	close(fd);
	text[got] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *colon = strchr(line, ':');

		*colon = '\0';
		value = strtoul(colon + 1, NULL, 10);
		if (!strcmp(line, "Slab") || !strcmp(line, "KernelStack") || !strcmp(line, "PageTables") ||
		    !strcmp(line, "Percpu"))
			m.kernel += value;
		else if (!strcmp(line, "MemFree"))
			m.all = -value;
	}
	return m;
}

/* Create, enter, end. */

static enum kind life_kind;

static void nothing(void)
{
}

static void live(void)
{
	make(life_kind, 50000, nothing);
}

static double cost_of_life(enum kind kind, int rounds)
{
	life_kind = kind;
	return cost_all(live, rounds);
}

/* What is asked about one of many. */

static void probe_one(void) { must("kill a context", ctx_probe(1000)); }
static void virt_stat_one(void) { must("virt_stat", ctx_virt_stat(1000)); }
static void get_one(void) { ctx_get(1000); }
static void dump_all(void) { must("dump", ctx_dump(VSERVER_CMD_CTX_GET)); }
static void dump_stats(void) { must("dump of statistics", ctx_dump(VSERVER_CMD_STAT_GET)); }
static void list_in(void) { shared->value[0] = cost(list_proc); }
static void kill_all(void) { (void)sys(SYS_kill, -1, 0, 0); }
static void kill_in(void) { shared->value[0] = cost(kill_all); }

static void grow(enum kind kind, int count)
{
	struct memory before, after;
	uint64_t start;
	char name[64];

	snprintf(name, sizeof(name), "%s.%d", kind_names[kind], count);
	settle();
	before = memory();
	start = now();
	populate(kind, count);
	print_value(name, "populate", (double)(now() - start) / count);
	settle();
	after = memory();
	print_value(name, "memory", (after.kernel - before.kernel) / count);
	print_value(name, "memory.all", (after.all - before.all) / count);
	print_value(name, "life", cost_of_life(kind, 100));
	print_value(name, "fork", cost_of_life(KIND_PROCESS, 100));
	print_value(name, "list", cost(list_proc));
	if (kind != KIND_PROCESS) {
		run_in(kind == KIND_CONTEXT ? WORLD_FLAT : WORLD_NS, list_in);
		print_value(name, "list.inside", shared->value[0]);
		run_in(kind == KIND_CONTEXT ? WORLD_FLAT : WORLD_NS, kill_in);
		print_value(name, "kill.inside", shared->value[0]);
	}
	if (kind == KIND_CONTEXT) {
		long found = ctx_dump(VSERVER_CMD_CTX_GET);

		if (found != count)
			die("contexts are missing in the dump", -ENOENT);
		print_value(name, "dump", cost(dump_all) / count);
		print_value(name, "stats", cost(dump_stats) / count);
		print_value(name, "get", cost(get_one));
		print_value(name, "probe", cost(probe_one));
		print_value(name, "virt_stat", cost(virt_stat_one));
	}
	depopulate(count);
}

/*
 * The tree of process numbers grows a level at 4096, which each lookup of a number pays for. So that this does not look
 * like the cost of what is measured later, all are above it.
 */
static void use_up_numbers(void)
{
	pid_t pid;

	do {
		pid = must("vfork", vfork());
		if (!pid)
			_exit(0);
		must("wait4", sys6(SYS_wait4, pid, 0, 0, 0, 0, 0));
	} while (pid <= 4096);
}

static void prepare_machine(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		_exit(1);
	mkdir("/proc", 0755);
	must("mount proc", mount("proc", "/proc", "proc", 0, NULL));
	mkdir("/g", 0755);
	mkdir("/g/proc", 0755);
	mkdir("/g/tmp", 0755);
	mkdir("/g/dev", 0755);
	must("mount proc", mount("proc", "/g/proc", "proc", 0, NULL));
	must("mknod", mknod("/g/dev/null", S_IFCHR | 0666, makedev(1, 3)));
	must("mknod", mknod("/g/dev/zero", S_IFCHR | 0666, makedev(1, 5)));
	must("link", link("/nothing", "/g/nothing"));
	fd = must("socket", socket(AF_INET, SOCK_DGRAM, 0));
	must("lo", ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
	write_file("/proc/sys/kernel/pid_max", "100000\n");
	write_file("/proc/sys/kernel/threads-max", "30000\n");
	write_file("/proc/sys/user/max_pid_namespaces", "30000\n");
	write_file("/proc/sys/user/max_mnt_namespaces", "30000\n");
	write_file("/proc/sys/user/max_uts_namespaces", "30000\n");
	write_file("/proc/sys/user/max_ipc_namespaces", "30000\n");
	use_up_numbers();
}

/* For where.py: one call for ever. */
static int spin_call;

static void spin(void)
{
	prepare_calls();
	dprintf(1, "S %s\n", call_name(spin_call));
	sleep(1);
	for (;;)
		make_call(spin_call);
}

int next_count(const char **p)
{
	int count = atoi(*p);

	if (count < 1 || count > MAX_SLEEPERS)
		die("counts", -EINVAL);
	*p += strspn(*p, "0123456789");
	*p = **p == ',' ? *p + 1 : NULL;
	return count;
}

static void bench(void)
{
	static char args[4096];
	int fd = open("/proc/cmdline", O_RDONLY);
	bool vserver = has_vserver();
	const char *counts;
	char *where;

	must("cmdline", read(fd, args, sizeof(args) - 1));
	close(fd);
	where = strstr(args, "spin=");
	if (where) {
		spin_call = strtol(where + 5, &where, 10);
		if (spin_call < 0)
			die("spin", -EINVAL);
		if (spin_call >= nr_calls)
			spin_net(spin_call - nr_calls, where + 1);
		if (strstr(where, "+1"))
			populate(KIND_CONTEXT, 1);
		for (int i = 0; i < NR_WORLDS; i++)
			if (!strncmp(where + 1, world_names[i], strlen(world_names[i])))
				run_in(i, spin);
		die("spin", -EINVAL);
	}

	counts = strstr(args, "counts=");
	counts = counts ? counts + 7 : NULL;
	measure_unrest();
	print_value("machine", "unrest", shared->unrest);
	if (strstr(args, "part=net")) {
		bench_net(vserver, counts);
		return;
	}
	calls_in(WORLD_HOST, "host");
	calls_in(WORLD_NS, "ns");
	print_value("life", "process", cost_of_life(KIND_PROCESS, 150));
	print_value("life", "ns", cost_of_life(KIND_NS, 100));
	if (vserver) {
		populate(KIND_CONTEXT, 1);
		calls_in(WORLD_HOST, "host+1");
		calls_in(WORLD_NS, "ns+1");
		depopulate(1);
		print_value("life", "context", cost_of_life(KIND_CONTEXT, 150));
		calls_in(WORLD_FLAT, "flat");
		calls_in(WORLD_FAKE, "fake");
		calls_in(WORLD_PID, "pid");
		populate(KIND_CONTEXT, 1000);
		calls_in(WORLD_HOST, "host+1000");
		calls_in(WORLD_FLAT, "flat+1000");
		depopulate(1000);
	}
	while (counts) {
		int count = next_count(&counts);

		grow(KIND_PROCESS, count);
		grow(vserver ? KIND_CONTEXT : KIND_NS, count);
	}
	bench_fair(vserver);
}

int main(void)
{
	pid_t pid, spare;
	int status;

	prepare_machine();
	spare = must("fork", fork());
	if (!spare)
		idler();
	/* a failure ends the bench, not init */
	pid = must("fork", fork());
	if (!pid) {
		bench();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	dprintf(1, "%s\n", !status && !shared->failed ? "E done" : "F the bench has failed");
	sleep(1);
	reboot(RB_POWER_OFF);
	return 1;
}
