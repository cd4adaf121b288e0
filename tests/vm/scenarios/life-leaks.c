// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-leaks - 500 contexts made, listed, entered, ended; 50 guests started and stopped: nothing is left
 * bed: um qemu
 * timeout: 60
 */
#include <sys/resource.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define CONTEXTS 500
#define ROUNDS 50

static const char *const slabs[] = { "vx_info", "nsproxy", "cred", "mnt_cache", "pid_namespace", "uts_namespace", "pid",
				     "task_struct", "user_namespace", "uid_cache" };
#define SLABS (sizeof(slabs) / sizeof(*slabs))

struct state {
	long slab[SLABS];	/* -1: not there */
	long kernel_kb;		/* memory of the kernel that cannot be given back */
	long mounts, processes, contexts;
};

static long slab_of(const char *name)
{
	char line[300], n[64];
	long active, ret = -1;
	FILE *f = fopen("/proc/slabinfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", n, &active) == 2 && !strcmp(n, name))
			ret = active;
	if (f)
		(void)fclose(f);
	return ret;
}

static long lines_of(const char *path)
{
	char line[1024];
	long n = 0;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		n++;
	if (f)
		(void)fclose(f);
	return n;
}

static long meminfo(const char *name)
{
	char line[200];
	long kb = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			kb = strtol(line + strlen(name), NULL, 10);
	if (f)
		(void)fclose(f);
	return kb;
}

/* numbers in a directory */
static long numbers_in(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	long n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9';
	if (d)
		(void)closedir(d);
	return n;
}

/* programs: the kernel has as many workers as it finds right */
static long programs(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	long n = 0;

	while (d && (e = readdir(d))) {
		char path[sizeof(e->d_name) + 16], exe[16];

		(void)snprintf(path, sizeof(path), "/proc/%s/exe", e->d_name);
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9' && readlink(path, exe, sizeof(exe)) > 0;
	}
	if (d)
		(void)closedir(d);
	return n;
}

/* KASAN keeps what is freed for a while, to find who uses it still: its amount tells nothing */
static bool has_quarantine(void)
{
	static int known = -1;

	if (known < 0)
		known = system("zcat /proc/config.gz 2>/dev/null | grep -q '^CONFIG_KASAN=y'") == 0;
	return known;
}

static long active_contexts(void)
{
	char line[200];
	long n = -1;
	FILE *f = fopen("/proc/virtual/status", "re");

	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "#CActive: %ld", &n);
	if (f)
		(void)fclose(f);
	return n;
}

static void look(struct state *s)
{
	for (size_t i = 0; i < SLABS; i++)
		s->slab[i] = slab_of(slabs[i]);
	s->kernel_kb = meminfo("SUnreclaim:") + meminfo("KernelStack:") + meminfo("PageTables:") + meminfo("Percpu:");
	s->mounts = lines_of("/proc/self/mountinfo");
	s->processes = programs();
	s->contexts = active_contexts();
}

/* as before, give or take what caches and processors keep */
static bool settled(const struct state *before, long kb)
{
	struct state now;

	vxt_reap();
	look(&now);
	for (size_t i = 0; i < SLABS && !has_quarantine(); i++)
		if (now.slab[i] > before->slab[i] + 40)
			return false;
	return (has_quarantine() || now.kernel_kb <= before->kernel_kb + kb) && now.contexts == before->contexts &&
		now.processes <= before->processes && now.mounts == before->mounts;
}

static void compare(const struct state *before, long kb, const char *what)
{
	bool good = vxt_until(15000, settled(before, kb));
	struct state now;

	look(&now);
	for (size_t i = 0; i < SLABS; i++) {
		if (before->slab[i] < 0)
			continue;
		if (has_quarantine()) {
			tap_skip(slabs[i], "KASAN keeps what is freed");
			continue;
		}
		if (!tap_ok(now.slab[i] <= before->slab[i] + 40, "%s: objects of %s as before", what, slabs[i]))
			printf("# %ld, before %ld\n", now.slab[i], before->slab[i]);
	}
	tap_is(now.contexts, before->contexts, "contexts as before");
	tap_is(now.mounts, before->mounts, "mounts as before");
	if (!tap_ok(now.processes <= before->processes, "processes as before"))
		printf("# %ld, before %ld\n", now.processes, before->processes);
	if (has_quarantine())
		tap_skip("memory of the kernel as before", "KASAN keeps what is freed");
	else
		tap_ok(now.kernel_kb <= before->kernel_kb + kb, "%s: memory of the kernel as before", what);
	printf("# %ld KiB, before %ld%s\n", now.kernel_kb, before->kernel_kb, good ? "" : ", not settled");
}

FN(f_create) { return vx_create((uint32_t)a, (uint64_t)b); }

/* make a persistent context and leave it */
static bool make(uint32_t xid)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (vx_create(xid, VXT_SETUP | VSERVER_FLAG_PERSISTENT) != (long)xid)
			_exit(1);
		_exit(vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP) ? 2 : 0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static bool enter(uint32_t xid)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(vx_migrate(xid, 0) || vx_task_xid(0) < 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void many_contexts(uint32_t base, bool report)
{
	static bool seen[65536];
	struct vserver_ctx_stat stat;
	long made = 0, listed = 0, entered = 0, found = 0, extra = 0, ended = 0;
	DIR *d;
	struct dirent *e;

	for (uint32_t i = 0; i < CONTEXTS; i++)
		made += make(base + i);
	memset(seen, 0, sizeof(seen));
	d = opendir("/proc/virtual");
	while (d && (e = readdir(d))) {
		unsigned long xid = strtoul(e->d_name, NULL, 10);

		if (xid < base || xid >= base + CONTEXTS)
			continue;
		extra += seen[xid];
		seen[xid] = true;
		listed++;
	}
	if (d)
		(void)closedir(d);
	for (uint32_t i = 0; i < CONTEXTS; i++) {
		entered += enter(base + i);
		found += vserver(VSERVER_CTX_STAT, base + i, &stat) == 0 && stat.tasks == 1;
	}
	if (report)
		tap_is(active_contexts(), CONTEXTS, "500 contexts are active");
	for (uint32_t i = 0; i < CONTEXTS; i++)
		ended += vx_set_cflags(base + i, 0, VSERVER_FLAG_PERSISTENT) == 0 && !vx_exists(base + i);
	if (!report)
		return;
	tap_is(made, CONTEXTS, "500 contexts are made");
	tap_is(listed, CONTEXTS, "500 are listed in /proc/virtual");
	tap_is(extra, 0, "none twice");
	tap_is(entered, CONTEXTS, "500 are entered");
	tap_is(found, CONTEXTS, "500 answer with one claim each");
	tap_is(ended, CONTEXTS, "500 end");
}

static void test_many(void)
{
	struct state before;

	many_contexts(10000, false);
	vxt_sleep_ms(300);
	look(&before);
	many_contexts(10000, true);
	compare(&before, 300, "after 500 contexts");
	tap_is(numbers_in("/proc/virtual"), 0, "/proc/virtual lists none");
}

/* a guest with several processes and all namespaces, one that was entered, stopped in different ways */
static bool one_round(int i)
{
	static const enum vxt_mode modes[] = { VXT_PIDNS, VXT_FAKE, VXT_PIDNS, VXT_FLAT };
	struct vxt_guest g = {};
	struct vxt_agent kid, second;
	bool good = vxt_start(&g, modes[i % 4], i % 3 ? 0 : VSERVER_FLAG_PERSISTENT);

	good = good && vxt_child(&g.init, &kid) && vxt_child(&kid, &second) && vxt_call(&second, f_getpid) > 0;
	if (good && i % 5 == 0) {
		struct vxt_agent joined;

		good = vxt_join(&g, &joined);
		if (good)
			close(joined.sock);
	}
	if (i % 2)
		(void)kill(g.init.pid, SIGKILL);
	good = vxt_stop(&g) && good;
	close(kid.sock);
	close(second.sock);
	return good;
}

static void test_rounds(void)
{
	struct state before;
	int good = 0;

	for (int i = 0; i < 20; i++)
		(void)one_round(i);
	vxt_sleep_ms(300);
	vxt_reap();
	look(&before);
	for (int i = 0; i < ROUNDS; i++)
		good += one_round(i);
	tap_is(good, ROUNDS, "50 guests are started and stopped");
	compare(&before, 400, "after 50 rounds");
}

/* creation that fails half way */
static void test_failures(void)
{
	struct state before;
	struct vxt_agent a;
	int good = 0;

	if (!vxt_host(&a))
		return;
	look(&before);
	for (int i = 0; i < 200; i++)
		good += vxt_call(&a, f_create, 20000, VSERVER_FLAG_INFO_PRIVATE | VSERVER_FLAG_PERSISTENT) == -1 &&
			errno == EACCES;
	tap_is(good, 200, "200 failing creations");
	vxt_end(&a);
	compare(&before, 200, "after failing creations");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	test_many();
	test_rounds();
	test_failures();
	return vxt_done();
}
