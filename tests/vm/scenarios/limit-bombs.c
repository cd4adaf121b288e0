// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-bombs - a guest with limits does its worst: two others keep their share, the host answers, nothing is left
 * bed: um
 * timeout: 180
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

#include "../prog/vlt.h"

#define CGROUP "/sys/fs/cgroup"
#define SECONDS 2
#define MIB (1L << 20)
#define MEMORY (24 * MIB)

/* ---- groups ---- */

static bool write_to(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	if (!good)
		printf("# %s: %s: %s\n", path, value, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

static bool set(const char *group, const char *file, const char *value)
{
	char path[128];

	(void)snprintf(path, sizeof(path), CGROUP "/%s/%s", group, file);
	return write_to(path, value);
}

static long long stat_of(const char *group, const char *file, const char *key)
{
	char path[128], line[128];
	long long value = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), CGROUP "/%s/%s", group, file);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ' ')
			value = atoll(line + strlen(key));
	if (f)
		(void)fclose(f);
	return value;
}

/* ---- what is done inside ---- */

static volatile bool stop_now;

static void on_alarm(int sig VXT_UNUSED)
{
	stop_now = true;
}

static void for_seconds(long seconds)
{
	stop_now = false;
	(void)signal(SIGALRM, on_alarm);
	(void)alarm((unsigned int)seconds);
}

static long f_burn(long seconds, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	static volatile unsigned long n;

	for_seconds(seconds);
	while (!stop_now)
		n++;
	return 0;
}

static void *burn(void *arg VXT_UNUSED)
{
	for (;;)
		;
	return NULL;
}

static long bomb_threads(void)
{
	pthread_t t;

	for (int i = 0; i < 15; i++)
		(void)pthread_create(&t, NULL, burn, NULL);
	while (!stop_now)
		;
	return 0;
}

static long bomb_fork(void)
{
	long long end = vxt_ms() + SECONDS * 1000;

	/* children bomb too */
	while (vxt_ms() < end)
		(void)!fork();
	return 0;
}

/* in a child, which is killed for it, again and again */
static long killed(void (*take)(void))
{
	while (!stop_now) {
		pid_t pid = fork();

		if (!pid) {
			(void)alarm(SECONDS);
			(void)signal(SIGALRM, SIG_DFL);
			take();
			_exit(0);
		}
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
	}
	return 0;
}

static void take_memory(void)
{
	for (;;) {
		char *p = mmap(NULL, (size_t)MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p != MAP_FAILED)
			memset(p, 1, (size_t)MIB);
	}
}

static long bomb_memory(void)
{
	return killed(take_memory);
}

/* pages of a file: in memory (a memory file), or in the cache of one on disc */
static void fill(int fd)
{
	static char block[1 << 16];
	off_t at = 0;

	while (!stop_now) {
		if (pwrite(fd, block, sizeof(block), at) < 0 || at > 256 * MIB)
			at = 0;
		else
			at += (off_t)sizeof(block);
	}
}

static void take_shared(void)
{
	fill(memfd_create("bomb", 0));
}

static long bomb_tmpfs(void)
{
	return killed(take_shared);
}

static long bomb_cache(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	static char block[1 << 16];

	for (off_t at = 0; !stop_now; at = at >= 24 * MIB ? 0 : at + (off_t)sizeof(block))
		if (pwrite(fd, block, sizeof(block), at) < 0)
			at = 0;
	close(fd);
	return 0;
}

static long bomb_dentries(void)
{
	char path[64];
	struct stat st;

	for (unsigned long i = 0; !stop_now; i++) {
		(void)snprintf(path, sizeof(path), "/tmp/no-such-file-%lu", i);
		(void)stat(path, &st);
	}
	return 0;
}

static long bomb_kind(size_t kind)
{
	long made = 0;

	while (!stop_now)
		made += kinds[kind].make() == 0;
	return made;
}

/* a real one: the log tells of those */
static int *volatile nowhere = (int *)8, *volatile *const wild = &nowhere;

static long bomb_crash(void)
{
	while (!stop_now) {
		pid_t pid = fork();

		if (!pid)
			**wild = 1;
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
	}
	return 0;
}

/* what is written must be on the disc before more is, and is read back from there */
static long bomb_io(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	static char block[1 << 16];

	for (off_t at = 0; !stop_now; at = at >= 16 * MIB ? 0 : at + (off_t)sizeof(block)) {
		if (pwrite(fd, block, sizeof(block), at) < 0 || fdatasync(fd) < 0)
			at = 0;
		(void)posix_fadvise(fd, at, (off_t)sizeof(block), POSIX_FADV_DONTNEED);
		if (pread(fd, block, sizeof(block), at) < 0)
			at = 0;
	}
	close(fd);
	return 0;
}

/* all ways to have the kernel print something that need no rights */
static long bomb_log(void)
{
	while (!stop_now) {
		int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
		pid_t pid;

		if (fd >= 0)
			(void)!write(fd, "bomb\n", 5);
		close(fd);
		(void)socket(AF_INET, SOCK_PACKET, 0);
		(void)syscall(SYS_sysfs, 3);
		(void)syscall(SYS_sched_setscheduler, 0, 77, NULL);
		pid = fork();
		if (!pid) {
			(void)prctl(PR_SET_NAME, "bomb", 0, 0, 0);
			**wild = 1;
		}
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
	}
	return 0;
}

/* The number of the last message of the kernel, which is ours. */
static long log_number(void)
{
	int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	static char text[8192];
	long nr = -1;

	if (fd >= 0 && lseek(fd, 0, SEEK_END) >= 0 && write(fd, "limit-bombs\n", 12) == 12 &&
	    read(fd, text, sizeof(text) - 1) > 0)
		nr = atol(strchr(text, ',') + 1);
	if (fd >= 0)
		close(fd);
	return nr;
}

enum { FORK = 100, THREADS, MEMORY_ANON, MEMORY_TMPFS, CACHE, DENTRIES, CRASH, IO, LOG };

/* in a child, whose end gives all back */
static long f_bomb(long what, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid) {
		/* the first to go */
		(void)write_to("/proc/self/oom_score_adj", "900");
		for_seconds(SECONDS);
		switch (what) {
		case FORK: (void)bomb_fork(); break;
		case THREADS: (void)bomb_threads(); break;
		case MEMORY_ANON: (void)bomb_memory(); break;
		case MEMORY_TMPFS: (void)bomb_tmpfs(); break;
		case CACHE: (void)bomb_cache(); break;
		case DENTRIES: (void)bomb_dentries(); break;
		case CRASH: (void)bomb_crash(); break;
		case IO: (void)bomb_io(); break;
		case LOG: (void)bomb_log(); break;
		default: (void)bomb_kind((size_t)what); break;
		}
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	return 0;
}

static long f_reap(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	long n = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		n++;
	return n;
}

/* ---- the test ---- */

struct party {
	const char *group;
	struct vxt_guest g;
	struct vxt_agent worker;
};

static struct party good[2] = { { .group = "good1" }, { .group = "good2" } }, bad = { .group = "bad" };

static bool begin_party(struct party *p)
{
	char path[128], pid[16];

	(void)snprintf(path, sizeof(path), CGROUP "/%s", p->group);
	(void)mkdir(path, 0755);
	p->g.bcaps = VXT_SECURE_BCAPS;
	if (!vxt_start(&p->g, VXT_FAKE, 0))
		return false;
	(void)snprintf(pid, sizeof(pid), "%d", p->g.init.pid);
	/* agents of the test are not what a bomb in their guest shall hit */
	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", p->g.init.pid);
	return write_to(path, "-1000") && set(p->group, "cgroup.procs", pid) && set(p->group, "cpu.weight", "100") &&
		vxt_child(&p->g.init, &p->worker);
}

/* What two seconds beside a bomb were like. */
struct round {
	long long used[2];	/* by those beside it, microseconds */
	long long fair;		/* a third of what the machine has given, which may have been busy with other things */
	long long worst;	/* the longest that the host took to begin and end a process, milliseconds */
};

static bool one_round(long what, struct round *r)
{
	const char *const group[3] = { good[0].group, good[1].group, bad.group };
	long long used[3], all = 0, t0;

	r->worst = 0;
	for (int i = 0; i < 3; i++)
		used[i] = stat_of(group[i], "cpu.stat", "usage_usec");
	t0 = vxt_ms();
	if (!vxt_begin(&bad.worker, -1, f_bomb, what, 0, 0, 0) ||
	    !vxt_begin(&good[0].worker, -1, f_burn, SECONDS, 0, 0, 0) ||
	    !vxt_begin(&good[1].worker, -1, f_burn, SECONDS, 0, 0, 0))
		return false;
	while (vxt_ms() < t0 + SECONDS * 1000 - 400) {
		long long start = vxt_ms();
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		(void)waitpid(pid, NULL, 0);
		if (vxt_ms() - start > r->worst)
			r->worst = vxt_ms() - start;
		vxt_sleep_ms(50);
	}
	(void)vxt_finish(&good[0].worker);
	(void)vxt_finish(&good[1].worker);
	for (int i = 0; i < 3; i++) {
		used[i] = stat_of(group[i], "cpu.stat", "usage_usec") - used[i];
		all += used[i];
	}
	r->used[0] = used[0];
	r->used[1] = used[1];
	r->fair = all / 3;
	(void)vxt_finish(&bad.worker);
	return true;
}

static bool is_over(void)
{
	return vxt_until(15000, (vxt_call(&bad.g.init, f_reap), vxt_call(&bad.worker, f_reap), vx_tasks(bad.g.xid) == 2));
}

static bool is_fair(const struct round *r)
{
	return r->used[0] >= r->fair * 9 / 10 && r->used[1] >= r->fair * 9 / 10 && r->worst < 1500;
}

/* Who is not fair is so each time; a machine with other work is so at times. */
#define ROUNDS 3

static void one_bomb(long what, const char *name, uint32_t limit)
{
	unsigned long long before = limit ? used_of(bad.g.xid, limit) : 0;
	long messages = log_number();
	struct round r;
	int rounds = 0;

	/* one limit at a time: another one would be met first */
	if (limit)
		(void)set_limit(bad.g.xid, &kinds[what >= FORK ? 0 : what],
				before + (limit == VSERVER_LIMIT_PIPEPAGES ? 320 : 20));
	do {
		if (!one_round(what, &r)) {
			tap_fail("%s: all begin", name);
			return;
		}
		rounds++;
		tap_ok(is_over(), "%s: it is over (%d tasks)", name, vx_tasks(bad.g.xid));
	} while (!is_fair(&r) && rounds < ROUNDS);
	for (int i = 0; i < 2; i++)
		tap_ok(r.used[i] >= r.fair * 9 / 10, "%s: a guest beside it keeps its share (%lld of %lld ms, round %d)",
		       name, r.used[i] / 1000, r.fair / 1000, rounds);
	tap_ok(r.worst < 1500, "%s: the host answers, at worst after %lld ms", name, r.worst);
	messages = log_number() - messages;
	/* an end by the memory limit is told in full */
	if (what != MEMORY_ANON && what != MEMORY_TMPFS)
		tap_ok(messages > 0 && messages < 100 * rounds, "%s: the log is not flooded (%ld messages)", name, messages);
	if (limit) {
		struct values v = look(&bad.g, kinds[what >= FORK ? 0 : what].name);

		tap_ok(v.hits > 0, "%s: the limit has held (%u refusals)", name, v.hits);
		(void)set_limit(bad.g.xid, &kinds[what >= FORK ? 0 : what], VSERVER_LIMIT_INFINITY);
		tap_ok(vxt_until(10000, (vxt_call(&bad.g.init, f_reap), vxt_call(&bad.worker, f_reap),
					 used_of(bad.g.xid, limit) <= before)), "%s: nothing of it is left (%llu)", name,
		       used_of(bad.g.xid, limit));
	}
}

/* What a bomb does in two seconds depends on the machine. */
static bool somebody_is_killed(void)
{
	struct round r;

	for (int i = 1; i < ROUNDS && stat_of("bad", "memory.events", "oom_kill") <= 0; i++)
		(void)(one_round(MEMORY_ANON, &r) && is_over());
	return stat_of("bad", "memory.events", "oom_kill") > 0;
}

int main(int argc, char **argv)
{
	struct statfs fs;
	char value[32];

	vxt_init(argc, argv);
	if (statfs(CGROUP, &fs) || fs.f_type != 0x63677270)
		(void)mount("cgroup2", CGROUP, "cgroup2", 0, NULL);
	if (!write_to(CGROUP "/cgroup.subtree_control", "+cpu +memory"))
		tap_skip_all("no groups for processors and memory");
	if (!begin_party(&good[0]) || !begin_party(&good[1]) || !begin_party(&bad)) {
		tap_fail("three guests");
		return vxt_done();
	}
	(void)snprintf(value, sizeof(value), "%ld", MEMORY);
	tap_ok(set("bad", "memory.max", value) && set("bad", "memory.swap.max", "0"), "memory is limited");
	one_bomb(FORK, "fork bomb", VSERVER_LIMIT_NPROC);
	one_bomb(THREADS, "15 threads", 0);
	one_bomb(MEMORY_ANON, "memory", 0);
	tap_ok(somebody_is_killed(), "memory: somebody in it was killed");
	one_bomb(MEMORY_TMPFS, "memory files", 0);
	one_bomb(CACHE, "page cache", 0);
	one_bomb(DENTRIES, "directory entries", 0);
	one_bomb(CRASH, "crashes, which the log tells of", 0);
	one_bomb(IO, "writing to the disc", 0);
	one_bomb(LOG, "messages of the kernel", 0);
	for (size_t i = 1; i < KINDS; i++) {
		/* not for agents without a mount of queues; the objects of the last ones outlive a process */
		if (kinds[i].id == VSERVER_LIMIT_MSGQUEUE || kinds[i].id == VSERVER_LIMIT_SHMEM ||
		    kinds[i].id == VSERVER_LIMIT_SEMARY || kinds[i].id == VSERVER_LIMIT_NSEMS)
			continue;
		one_bomb((long)i, kinds[i].name, kinds[i].id);
	}
	tap_ok(stat_of("good1", "memory.events", "oom_kill") == 0 && vx_exists(good[0].g.xid) &&
	       vx_exists(good[1].g.xid), "the other guests have lost nothing");
	tap_ok(vxt_stop(&bad.g) && vxt_stop(&good[0].g) && vxt_stop(&good[1].g), "all end");
	for (int i = 0; i < 3; i++) {
		const char *const group[] = { CGROUP "/good1", CGROUP "/good2", CGROUP "/bad" };

		tap_ok(vxt_until(5000, rmdir(group[i]) == 0 || errno == ENOENT), "%s is empty", group[i]);
	}
	return vxt_done();
}
