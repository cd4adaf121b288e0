// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virt-view - members see their share of memory, swap, processors, time and load, all files agree; the host sees all
 * bed: um qemu
 * timeout: 60
 */
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define CG "/sys/fs/cgroup/virt-view"
#define SWAP_FILE "/virt-view.swap"
#define MIB 1024LL	/* of what files tell in KiB */
#define VIRT (VSERVER_FLAG_VIRT_MEM | VSERVER_FLAG_VIRT_UPTIME | VSERVER_FLAG_VIRT_CPU | VSERVER_FLAG_VIRT_LOAD)

static struct vxt_guest limited, bare, free_one, old;
static struct vxt_agent kid;
static char text[8192];

/* all of a file, from its begin */
static long slurp(int fd)
{
	size_t len = strlen(vxt_text);
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	while ((n = read(fd, vxt_text + len, sizeof(vxt_text) - 1 - len)) > 0)
		len += (size_t)n;
	vxt_text[len] = '\0';
	return n < 0 ? -1 : (long)len;
}

FN(f_file)
{
	int fd = open(vxt_word, O_RDONLY | O_CLOEXEC);
	long n;

	if (fd < 0)
		return -1;
	n = slurp(fd);
	close(fd);
	return n;
}

static int kept = -1;

FN(f_keep)
{
	kept = open(vxt_word, O_RDONLY | O_CLOEXEC);
	return kept < 0 ? -1 : 0;
}

FN(f_again) { return slurp(kept); }

FN(f_give)
{
	vxt_fd_out = open(vxt_word, O_RDONLY | O_CLOEXEC);
	return vxt_fd_out < 0 ? -1 : 0;
}

FN(f_access) { return access(vxt_word, F_OK); }
FN(f_write) { return open(vxt_word, O_RDWR | O_CLOEXEC); }

FN(f_sysinfo)
{
	struct sysinfo i;
	long long unit;

	if (sysinfo(&i))
		return -1;
	unit = i.mem_unit;
	vxt_say("total %lld\nfree %lld\nswap %lld\nswapfree %lld\nuptime %ld\nload %lu\nprocs %u\nhigh %lu\n",
		(long long)i.totalram * unit / 1024, (long long)i.freeram * unit / 1024,
		(long long)i.totalswap * unit / 1024, (long long)i.freeswap * unit / 1024, i.uptime, i.loads[0],
		i.procs, i.totalhigh);
	return 0;
}

static void *memory;

FN(f_allocate)
{
	memory = mmap(NULL, (size_t)a, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	memset(memory, 1, (size_t)a);
	return 0;
}

FN(f_free) { return munmap(memory, (size_t)a); }

/* so many milliseconds of processor time */
FN(f_burn)
{
	struct timespec t;

	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	} while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < a);
	return 0;
}

FN(f_ncpus)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? -1 : CPU_COUNT(&set);
}

/* does any of the b numbers behind the first word run backwards, in a reads? */
FN(f_monotonic)
{
	unsigned long long last[16] = {};
	int fd = open(vxt_word, O_RDONLY | O_CLOEXEC);

	for (int n = 0; n < a; n++) {
		char *pos;

		vxt_text[0] = '\0';
		if (slurp(fd) < 0)
			return -1;
		pos = strchr(vxt_text, ' ');
		for (int i = 0; i < b; i++) {
			/* hundredths count as well as ticks */
			unsigned long long now = strtoull(pos, &pos, 10);

			if (*pos == '.')
				now = now * 100 + strtoull(pos + 1, &pos, 10);
			if (now < last[i])
				return n * 100 + i + 1;
			last[i] = now;
		}
		for (volatile int w = 0; w < 20000; w++)
			;
	}
	close(fd);
	vxt_text[0] = '\0';
	return 0;
}

/* the number behind a word at the begin of a line; -1 if there is none */
static long long value(const char *from, const char *word)
{
	size_t len = strlen(word);

	for (const char *line = from; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (!strncmp(line, word, len) && (line[len] == ' ' || line[len] == ':' || line[len] == '\t'))
			return strtoll(line + len + 1, NULL, 10);
	return -1;
}

static int lines(const char *from, const char *begin)
{
	int n = 0;

	for (const char *line = from; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		n += !strncmp(line, begin, strlen(begin));
	return n;
}

static const char *file_of(struct vxt_agent *a, const char *name)
{
	text[0] = '\0';
	if (vxt_call(vxt_with(a, "%s", name), f_file) >= 0)
		(void)snprintf(text, sizeof(text), "%s", a->text);
	return text;
}

static const char *host_file(const char *name)
{
	(void)snprintf(vxt_word, sizeof(vxt_word), "%s", name);
	vxt_text[0] = '\0';
	if (f_file(0, 0, 0, 0) < 0)
		vxt_text[0] = '\0';
	return vxt_text;
}

static long long info_of(struct vxt_agent *a, const char *word)
{
	return vxt_call(a, f_sysinfo) ? -1 : value(a->text, word);
}

static bool set(const char *name, const char *val)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, val, strlen(val)) == (ssize_t)strlen(val);

	if (fd >= 0)
		close(fd);
	return good;
}

static bool near(long long a, long long b, long long by)
{
	if (a - b <= by && b - a <= by)
		return true;
	printf("# %lld and %lld\n", a, b);
	return false;
}

/* user, nice and system time; ticks of User-Mode Linux are system time */
static long long used_ticks(void)
{
	char *pos = text + strcspn(text, " ");
	long long sum = 0;

	for (int i = 0; i < 3; i++)
		sum += strtoll(pos, &pos, 10);
	return sum;
}

/* a guest in a group with a namespace of its own; the test comes back */
static bool start_in_group(struct vxt_guest *g)
{
	int ns = open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC);
	bool good = set(CG "/cgroup.procs", "0") && !unshare(CLONE_NEWCGROUP) && vxt_start(g, VXT_FLAT, VIRT);

	good = !setns(ns, CLONE_NEWCGROUP) && set("/sys/fs/cgroup/cgroup.procs", "0") && good;
	close(ns);
	return good;
}

static void test_memory(long long host_total, bool has_swap)
{
	struct vxt_agent *g = &limited.init;
	long long before, swap = has_swap ? 16 * MIB : 0;

	file_of(g, "/proc/meminfo");
	tap_is(value(text, "MemTotal"), 64 * MIB, "MemTotal is the limit");
	tap_ok(value(text, "MemFree") > 32 * MIB && value(text, "MemFree") < 64 * MIB, "MemFree is what is left of it");
	tap_ok(value(text, "MemAvailable") >= value(text, "MemFree") && value(text, "MemAvailable") <= 64 * MIB,
	       "MemAvailable is between both");
	tap_ok(value(text, "Cached") >= 0 && value(text, "Cached") < 64 * MIB, "Cached is its own");
	tap_is(value(text, "SwapTotal"), swap, "SwapTotal is the limit");
	tap_is(value(text, "SwapFree"), swap, "SwapFree");
	tap_is(info_of(g, "total"), 64 * MIB, "sysinfo: the same total");
	tap_ok(near(info_of(g, "free"), value(file_of(g, "/proc/meminfo"), "MemFree"), MIB), "sysinfo: the same free");
	tap_is(info_of(g, "swap"), swap, "sysinfo: the same swap");
	tap_is(info_of(g, "swapfree"), swap, "sysinfo: the same free swap");
	tap_is(info_of(g, "high"), 0, "sysinfo: no high memory");
	file_of(g, "/proc/swaps");
	if (has_swap) {
		tap_is(value(text, "hdv0\t\t\t\t\tpartition"), swap, "swaps: one area of this size");
		tap_is(lines(text, ""), 2, "swaps: none of the host's");
		if (!tap_ok(strstr(text, "\t0\t-1\n"), "swaps: nothing is used"))
			printf("# %s\n", text);
	} else {
		tap_is(lines(text, ""), 1, "swaps: a head only");
	}
	tap_ok(near(value(file_of(g, "/proc/vmstat"), "nr_free_pages") * getpagesize() / 1024,
		    info_of(g, "free"), MIB), "vmstat: the same free");

	before = value(file_of(g, "/proc/meminfo"), "MemFree");
	tap_is(vxt_call(g, f_allocate, 16 << 20), 0, "(16 MiB are used)");
	file_of(g, "/proc/meminfo");
	tap_ok(near(before - value(text, "MemFree"), 16 * MIB, MIB), "MemFree is 16 MiB less");
	tap_ok(value(text, "AnonPages") >= 15 * MIB, "AnonPages has them");
	tap_ok(value(file_of(g, "/proc/vmstat"), "nr_anon_pages") * getpagesize() / 1024 >= 15 * MIB,
	       "vmstat: nr_anon_pages has them");
	tap_is(vxt_call(g, f_free, 16 << 20), 0, "(they are free again)");
	tap_ok(near(value(file_of(g, "/proc/meminfo"), "MemFree"), before, MIB), "MemFree, too");

	tap_is(vxt_call(vxt_with(g, "/proc/meminfo"), f_keep), 0, "(a file that stays open)");
	tap_ok(set(CG "/memory.max", "48M"), "(another limit)");
	vxt_call(g, f_again);
	tap_is(value(g->text, "MemTotal"), 48 * MIB, "a limit is seen at the next read of an open file");
	tap_is(info_of(g, "total"), 48 * MIB, "and by sysinfo");
	tap_ok(set(CG "/memory.max", "max") && set(CG "/memory.swap.max", "max"), "(no limit)");
	vxt_call(g, f_again);
	tap_is(value(g->text, "MemTotal"), host_total, "without a limit it is the machine's");
	tap_ok(value(g->text, "VmallocTotal") > 0, "with all lines of the machine's");
	tap_is(info_of(g, "total"), host_total, "and by sysinfo");
	tap_ok(set("/sys/fs/cgroup/virt-view/memory.max", "1T"), "(a limit above what there is)");
	tap_is(value(file_of(g, "/proc/meminfo"), "MemTotal"), host_total, "is none");
	tap_ok(set(CG "/memory.max", "64M") && set(CG "/memory.swap.max", "16M"), "(as before)");
}

static void test_time(long long started)
{
	struct vxt_agent *g = &limited.init;
	long long age, up, used, btime, now, ncpus = vxt_call(g, f_ncpus);
	double idle;
	char *pos;

	tap_is(vxt_call(g, f_burn, 500), 0, "(half a second is used)");
	up = strtoll(file_of(g, "/proc/uptime"), &pos, 10);
	idle = strtod(strchr(text, ' '), NULL);
	age = (vxt_ms() - started) / 1000;
	tap_ok(near(up, age, 1), "uptime is that of the guest");
	tap_ok(strtoll(host_file("/proc/uptime"), NULL, 10) > up, "less than the host's");
	tap_ok(idle <= (double)((up + 1) * ncpus) - 0.3, "idle time is without what was used");
	tap_ok(idle >= (double)(up * ncpus) - 4, "and not much less than that");
	tap_ok(near(info_of(g, "uptime"), up, 2), "sysinfo: the same uptime");

	now = time(NULL);
	file_of(g, "/proc/stat");
	btime = value(text, "btime");
	tap_ok(near(btime + up, now, 2), "stat: btime and uptime are now");
	tap_is(lines(text, "cpu") - 1, ncpus, "stat: a line for each processor of sched_getaffinity");
	if (!tap_ok((used = used_ticks()) >= 48 && used <= 150, "stat: what was used is there"))
		printf("# %s\n", text);
	tap_is(value(text, "intr"), 0, "stat: no interrupts");
	tap_ok(value(text, "ctxt") > 0, "stat: context switches");
	tap_ok(value(text, "ctxt") < value(host_file("/proc/stat"), "ctxt"), "stat: not all of the host's");
	tap_is(vxt_call(vxt_with(g, "/proc/stat"), f_monotonic, 300, 10), 0, "stat: nothing runs backwards");
	tap_is(vxt_call(vxt_with(g, "/proc/uptime"), f_monotonic, 300, 1), 0, "uptime: nothing runs backwards");
	tap_is(lines(file_of(g, "/proc/cpuinfo"), "processor"), ncpus, "cpuinfo: as many processors");

	/* the 22nd word */
	file_of(g, "/proc/self/stat");
	pos = strrchr(text, ')');
	for (int i = 0; pos && i < 20; i++)
		pos = strchr(pos + 1, ' ');
	tap_ok(pos && near(strtoll(pos, NULL, 10) / sysconf(_SC_CLK_TCK), 0, 2),
	       "a process that is as old as the guest has started at its begin");
}

static void test_load(void)
{
	struct vxt_agent *g = &limited.init;
	int running = -1, all = -1, last = -1;

	tap_ok(vxt_child(g, &kid), "(another process)");
	/* the new one may not sleep yet */
	(void)vxt_until(2000, sscanf(file_of(g, "/proc/loadavg"), "%*s %*s %*s %d/%d %d", &running, &all, &last) == 3 &&
			running == 1);
	tap_is(all, 2, "loadavg: two tasks");
	tap_is(running, 1, "loadavg: one runs");
	tap_is(last, vxt_call(&kid, f_getpid), "loadavg: the number of the last one");
	tap_is(info_of(g, "procs"), 2, "sysinfo: the same number of tasks");
	tap_is(info_of(g, "load") >> 5, (long long)(strtod(text, NULL) * 2048 + 0.5), "sysinfo: the same load");
	tap_ok(value(file_of(g, "/proc/stat"), "processes") >= 1, "stat: forks");
	tap_is(value(text, "procs_running"), 1, "stat: one runs");
}

static void test_rest(void)
{
	struct vxt_agent *g = &limited.init;
	char line[64];
	int fd;

	tap_is(vxt_call(vxt_with(g, "/proc/diskstats"), f_file), 0, "diskstats: no discs");
	tap_is(lines(file_of(g, "/proc/pressure/cpu"), "some avg10="), 1, "pressure: there is some");
	tap_is(lines(file_of(g, "/proc/pressure/memory"), "full avg10="), 1, "pressure of memory");
	tap_is(lines(file_of(g, "/proc/pressure/io"), "full avg10="), 1, "pressure of i/o");
	tap_errno(vxt_call(vxt_with(g, "/proc/pressure/cpu"), f_write), EACCES, "pressure: no triggers");
	file_of(g, "/proc/vmstat");
	tap_ok(value(text, "pgfault") > 0, "vmstat: page faults");
	tap_ok(value(text, "nr_dirty_threshold") < 0 && value(text, "pgalloc_normal") < 0 &&
	       value(text, "pgfree") < 0, "vmstat: no numbers of the machine");

	tap_is(vxt_call(vxt_with(g, "/proc/meminfo"), f_give), 0, "(a file is passed to the host)");
	fd = g->fd;
	tap_errno(read(fd, line, sizeof(line)), EPERM, "which cannot read it by mistake");
	close(fd);
}

int main(int argc, char **argv)
{
	long long host_total, started, ms;
	bool has_swap;

	vxt_init(argc, argv);
	if (!strstr(host_file("/sys/fs/cgroup/cgroup.controllers"), "memory"))
		tap_skip_all("no control group for memory");
	host_total = value(host_file("/proc/meminfo"), "MemTotal");
	has_swap = system("dd if=/dev/zero of=" SWAP_FILE " bs=1M count=32 2>/dev/null && chmod 600 " SWAP_FILE
			  " && mkswap " SWAP_FILE " >/dev/null") == 0 && swapon(SWAP_FILE, 0) == 0;
	tap_ok(has_swap, "(the host has swap)");
	(void)set("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	(void)mkdir(CG, 0755);
	tap_ok(set(CG "/memory.max", "64M"), "(a group with a limit)");
	tap_ok(set(CG "/memory.swap.max", "16M"), "(of swap, too)");
	vxt_sleep_ms(1500);

	started = vxt_ms();
	tap_ok(start_in_group(&limited), "a guest in the group");
	test_memory(host_total, has_swap);
	test_time(started);
	test_load();
	test_rest();

	/* flags without a group */
	ms = vxt_ms();
	tap_ok(vxt_start(&free_one, VXT_PIDNS, VIRT), "a guest without a group");
	tap_is(value(file_of(&free_one.init, "/proc/meminfo"), "MemTotal"), host_total, "MemTotal is the machine's");
	file_of(&free_one.init, "/proc/swaps");
	tap_ok(!strstr(text, SWAP_FILE) && lines(text, "hdv0") == has_swap, "swaps: not the host's areas");
	tap_is(value(text, "hdv0\t\t\t\t\tpartition"), info_of(&free_one.init, "swap"), "swaps and sysinfo agree");
	tap_errno(vxt_call(vxt_with(&free_one.init, "/proc/pressure/cpu"), f_file), EOPNOTSUPP, "no pressure");
	file_of(&free_one.init, "/proc/vmstat");
	tap_ok(value(text, "pgfault") > 0 && value(text, "nr_free_pages") < 0, "vmstat: its own only");
	tap_is(vxt_call(&free_one.init, f_burn, 300), 0, "(it uses some time)");
	file_of(&free_one.init, "/proc/stat");
	tap_ok(used_ticks() >= 28, "stat: it is there");
	tap_ok(near(strtoll(file_of(&free_one.init, "/proc/uptime"), NULL, 10), (vxt_ms() - ms) / 1000, 1), "uptime");
	tap_is(vxt_call(vxt_with(&free_one.init, "/proc/stat"), f_monotonic, 300, 10), 0,
	       "stat: nothing runs backwards");

	/* as old tools start it */
	tap_ok(vxt_start(&old, VXT_FLAT, VSERVER_FLAG_VIRT_UPTIME), "a guest with VIRT_UPTIME only");
	tap_ok(strtoll(file_of(&old.init, "/proc/uptime"), NULL, 10) < 3, "uptime is its own");
	file_of(&old.init, "/proc/stat");
	tap_ok(near(value(text, "btime"), time(NULL), 3), "btime agrees");
	tap_ok(value(text, "softirq") > 0, "the rest of stat is the machine's");
	vxt_end(&old.init);

	/* no flags */
	tap_ok(vxt_start(&bare, VXT_FLAT, 0), "a guest without flags");
	tap_is(value(file_of(&bare.init, "/proc/meminfo"), "MemTotal"), host_total, "sees the memory of the machine");
	tap_is(info_of(&bare.init, "total"), host_total, "by sysinfo, too");
	tap_ok(near(strtoll(file_of(&bare.init, "/proc/uptime"), NULL, 10),
		    strtoll(host_file("/proc/uptime"), NULL, 10), 1), "and its uptime");
	static const char *const hidden[] = { "vmstat", "diskstats", "pressure", "pressure/cpu" };
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		char what[64];

		(void)snprintf(what, sizeof(what), "%s is hidden", hidden[i]);
		tap_errno(vxt_call(vxt_with(&bare.init, "/proc/%s", hidden[i]), f_access), ENOENT, what);
	}
	tap_is(vx_set_cflags(bare.xid, VIRT, VIRT), 0, "(the host sets the flags)");
	tap_is(vxt_call(vxt_with(&bare.init, "/proc/vmstat"), f_access), 0, "it can be seen now");
	tap_ok(strtoll(file_of(&bare.init, "/proc/uptime"), NULL, 10) < 5, "uptime is its own from here on");

	/* the host */
	tap_is(value(host_file("/proc/meminfo"), "MemTotal"), host_total, "the host sees all memory");
	tap_ok(!has_swap || strstr(host_file("/proc/swaps"), SWAP_FILE), "its areas of swap");
	tap_ok(value(host_file("/proc/vmstat"), "nr_dirty_threshold") > 0, "all of vmstat");
	tap_ok(*host_file("/proc/diskstats"), "its discs");
	tap_ok(value(host_file("/proc/stat"), "softirq") > 0, "all of stat");
	tap_is(lines(host_file("/proc/pressure/cpu"), "some avg10="), 1, "pressure");

	(void)vxt_stop(&limited);
	(void)swapoff(SWAP_FILE);
	(void)unlink(SWAP_FILE);
	tap_ok(vxt_until(5000, !rmdir(CG)), "(the group is gone)");
	return vxt_done();
}
