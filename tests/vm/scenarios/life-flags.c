// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-flags - flags and slices that change what a call does, and the statistics of a context
 * bed: um qemu
 * timeout: 60
 */
#include <sys/resource.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define HIDE_MOUNT VSERVER_FLAG_HIDE_MOUNT
#define IGNEG_NICE VSERVER_FLAG_IGNEG_NICE
#define OOM_ADJUST VSERVER_CCAP_OOM_ADJUST

/* number of bytes in the file vxt_word */
FN(f_size)
{
	char buf[4096];
	long n, all = 0;
	int fd = open(vxt_word, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		all += n;
	close(fd);
	return n < 0 ? n : all;
}
FN(f_watch) { return vx_migrate(VSERVER_XID_WATCH, 0); }
FN(f_setpriority) { return setpriority((int)a, 0, (int)b); }
FN(f_nice) { return 20 - syscall(SYS_getpriority, PRIO_PROCESS, 0); }
FN(f_write)
{
	char num[16];
	int fd = open(vxt_word, O_WRONLY | O_CLOEXEC), e;
	long ret;

	if (fd < 0)
		return -2;
	(void)snprintf(num, sizeof(num), "%ld", a);
	ret = write(fd, num, strlen(num)) < 0 ? -1 : 0;
	e = errno;
	close(fd);
	errno = e;
	return ret;
}
FN(f_number)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "re");
	long nr = -99999;

	if (f && fscanf(f, "%ld", &nr) != 1)
		nr = -99998;
	if (f)
		(void)fclose(f);
	return nr;
}
FN(f_create) { return vx_create((uint32_t)a, (uint64_t)b); }
FN(f_space) { return vx_space(VSERVER_SET_SPACE, (uint32_t)a, (uint64_t)b, (uint32_t)c); }
FN(f_unshare) { return unshare((int)a); }
FN(f_pivot)
{
	if (a && (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		  mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) || mount("new", "/mnt", "tmpfs", 0, NULL) ||
		  mkdir("/mnt/old", 0755)))
		return -2;
	if (syscall(SYS_pivot_root, "/mnt", "/mnt/old"))
		return -1;
	return access("/old/etc/passwd", F_OK) || access("/etc/passwd", F_OK) == 0 ? -3 : 0;
}
FN(f_spin)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (;;)
		;
}

/* the file vxt_word into the text */
FN(f_file)
{
	FILE *f = fopen(vxt_word, "re");

	if (!f)
		return -1;
	vxt_text[fread(vxt_text, 1, sizeof(vxt_text) - 1, f)] = '\0';
	(void)fclose(f);
	return 0;
}

/* a file as the test itself sees it, into the text */
static long read_own(const char *path)
{
	long ret;

	(void)snprintf(vxt_word, sizeof(vxt_word), "%s", path);
	vxt_text[0] = '\0';
	ret = f_file(0, 0, 0, 0);
	vxt_word[0] = '\0';
	return ret;
}

static const char *const tables[] = { "mounts", "mountinfo", "mountstats" };

static void test_hide_mount(void)
{
	static struct vxt_guest plain, guest;
	static struct vxt_agent watch;

	if (!tap_ok(vxt_start(&plain, VXT_PIDNS, 0) && vxt_start(&guest, VXT_PIDNS, HIDE_MOUNT) && vxt_host(&watch) &&
		    vxt_call(&watch, f_watch) == 1, "HIDE_MOUNT: a guest with it and one without"))
		return;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		const char *t = tables[i];

		tap_ok(vxt_call(vxt_with(&guest.init, "/proc/self/%s", t), f_size) == 0, "%s is empty for a member", t);
		tap_ok(vxt_call(vxt_with(&plain.init, "/proc/self/%s", t), f_size) > 0, "%s is not without the flag", t);
		tap_ok(vxt_call(vxt_with(&watch, "/proc/%d/%s", guest.init.pid, t), f_size) > 0,
		       "%s of the member is not empty for a spectator", t);
		(void)snprintf(vxt_word, sizeof(vxt_word), "/proc/%d/%s", guest.init.pid, t);
		tap_ok(f_size(0, 0, 0, 0) > 0, "nor is %s for the host", t);
		(void)snprintf(vxt_word, sizeof(vxt_word), "/proc/self/%s", t);
		tap_ok(f_size(0, 0, 0, 0) > 0, "the host sees its own %s", t);
	}
	vxt_word[0] = '\0';
	tap_is(vx_set_cflags(guest.xid, 0, HIDE_MOUNT), 0, "HIDE_MOUNT is cleared");
	tap_ok(vxt_call(vxt_with(&guest.init, "/proc/self/mounts"), f_size) > 0, "mounts is there at once");
	vxt_end(&watch);
	tap_ok(vxt_stop(&plain) && vxt_stop(&guest), "the guests end");
}

FN(f_cage)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("cage", "/mnt", "tmpfs", 0, NULL) ||
	    mkdir("/mnt/g", 0755) || mkdir("/mnt/g/proc", 0755) || mount("proc", "/mnt/g/proc", "proc", 0, NULL) ||
	    chroot("/mnt/g") || chdir("/"))
		return -1;
	return vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP);
}

static bool has_line(const char *text, const char *start)
{
	char line[100];

	(void)snprintf(line, sizeof(line), "\n%s", start);
	return !strncmp(text, start, strlen(start)) || strstr(text, line);
}

/* the root of a guest, whether that is where something is mounted or below it */
static void test_root_mount(void)
{
	static struct vxt_guest guest;
	static struct vxt_agent cage;
	uint32_t xid = vxt_free_xid();
	char path[64];

	if (!tap_ok(vxt_start(&guest, VXT_PIDNS, 0) && vxt_host(&cage), "root mount: a guest"))
		return;
	(void)vxt_call(vxt_with(&guest.init, "/proc/self/mounts"), f_file);
	tap_ok(!strncmp(guest.init.text, "/dev/root / ext4 ", 17), "mounts begins with the root, on /dev/root");
	tap_ok(has_line(guest.init.text, "tmpfs /mnt tmpfs "), "others are as they are");
	(void)vxt_call(vxt_with(&guest.init, "/proc/self/mountstats"), f_file);
	tap_ok(has_line(guest.init.text, "device /dev/root mounted on / with fstype ext4"), "mountstats, too");
	tap_ok(has_line(guest.init.text, "device tmpfs mounted on /mnt with fstype tmpfs"), "and others there");
	tap_ok(vxt_stop(&guest), "the guest ends");

	(void)vxt_call(&cage, f_create, xid, VXT_SETUP);
	tap_is(vxt_call(&cage, f_cage), 0, "a guest with a root below a mount");
	(void)vxt_call(vxt_with(&cage, "/proc/self/mounts"), f_file);
	tap_ok(!strncmp(cage.text, "/dev/root / tmpfs rw,", 21), "mounts begins with a root all the same");
	tap_ok(has_line(cage.text, "proc /proc proc "), "and has what is mounted in it");
	tap_ok(!strstr(cage.text, "cage") && !strstr(cage.text, "ext4"), "and nothing else");
	(void)vxt_call(vxt_with(&cage, "/proc/self/mountstats"), f_file);
	tap_ok(has_line(cage.text, "device /dev/root mounted on / with fstype tmpfs"), "mountstats, too");
	(void)snprintf(path, sizeof(path), "/proc/%d/mounts", cage.pid);
	tap_ok(read_own(path) == 0 && has_line(vxt_text, "proc /proc proc ") && !strstr(vxt_text, "/dev/root"),
	       "the host reads it as ever");
	vxt_text[0] = '\0';
	vxt_end(&cage);
}

static void test_igneg_nice(void)
{
	static struct vxt_guest guest = { .bcaps = VXT_SECURE_BCAPS };

	if (!tap_ok(vxt_start(&guest, VXT_FLAT, 0), "IGNEG_NICE: a guest"))
		return;
	tap_is(vxt_call(&guest.init, f_setpriority, PRIO_PROCESS, 5), 0, "a lower priority");
	tap_errno(vxt_call(&guest.init, f_setpriority, PRIO_PROCESS, -5), EACCES, "a higher one, without the flag: EACCES");
	tap_is(vx_set_cflags(guest.xid, IGNEG_NICE, IGNEG_NICE), 0, "IGNEG_NICE is set");
	tap_is(vxt_call(&guest.init, f_setpriority, PRIO_PROCESS, -5), 0, "a higher one seems to succeed");
	tap_is(vxt_call(&guest.init, f_nice), 5, "and has no effect");
	tap_is(vxt_call(&guest.init, f_setpriority, PRIO_USER, -5), 0, "that of the user, too");
	tap_is(vxt_call(&guest.init, f_nice), 5, "and has no effect either");
	tap_is(vxt_call(&guest.init, f_setpriority, PRIO_PROCESS, 7), 0, "a lower one");
	tap_is(vxt_call(&guest.init, f_nice), 7, "has its effect");
	tap_is(vx_set_caps(VSERVER_SET_BCAPS, guest.xid, ~0ULL, ~0ULL), 0, "with CAP_SYS_NICE");
	tap_is(vxt_call(&guest.init, f_setpriority, PRIO_PROCESS, -5), 0, "a higher priority succeeds");
	tap_is(vxt_call(&guest.init, f_nice), -5, "and is one");
	tap_ok(vxt_stop(&guest), "the guest ends");
}

FN(f_setuid) { return setresuid((uid_t)a, (uid_t)a, (uid_t)a); }
FN(f_prlimit)
{
	struct rlimit r = { (rlim_t)b, (rlim_t)b };

	return prlimit((pid_t)a, RLIMIT_NOFILE, &r, NULL);
}

static void test_set_rlimit(void)
{
	static struct vxt_guest guest = { .bcaps = VXT_SECURE_BCAPS };
	static struct vxt_agent user, host;

	if (!tap_ok(vxt_start(&guest, VXT_FLAT, 0) && vxt_child(&guest.init, &user) && vxt_call(&user, f_setuid, 1000) == 0 &&
		    vxt_host(&host) && vxt_call(&host, f_setuid, 1000) == 0, "SET_RLIMIT: a guest with a user"))
		return;
	tap_is(vxt_call(&guest.init, f_prlimit, 0, 100), 0, "a lower limit");
	tap_errno(vxt_call(&guest.init, f_prlimit, 0, 200), EPERM, "a higher one: EPERM");
	tap_errno(vxt_call(&guest.init, f_prlimit, user.pid, 100), EPERM, "one of another user: EPERM");
	tap_is(vx_set_caps(VSERVER_SET_CCAPS, guest.xid, VSERVER_CCAP_SET_RLIMIT, VSERVER_CCAP_SET_RLIMIT), 0,
	       "the slice is given");
	tap_is(vxt_call(&guest.init, f_prlimit, 0, 200), 0, "a higher one");
	tap_is(vxt_call(&guest.init, f_prlimit, user.pid, 100), 0, "one of another user");
	tap_is(vxt_call(&guest.init, f_prlimit, user.pid, 200), 0, "and a higher one");
	tap_errno(vxt_call(&user, f_prlimit, 0, 300), EPERM, "not by that user");
	tap_errno(vxt_call(&user, f_prlimit, guest.init.pid, 100), EPERM, "nor for root");
	tap_errno(vxt_call(&guest.init, f_prlimit, host.pid, 100), ESRCH, "not for a user of the host");
	(void)kill(user.pid, SIGKILL);
	close(user.sock);
	vxt_end(&host);
	tap_ok(vxt_stop(&guest), "the guest ends");
}

static void test_oom_adjust(void)
{
	static struct vxt_guest guest = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent *m = &guest.init;

	if (!tap_ok(vxt_start(&guest, VXT_FLAT, 0), "OOM_ADJUST: a guest"))
		return;
	tap_is(vxt_call(vxt_with(m, "/proc/self/oom_adj"), f_write, 5), 0, "oom_adj is raised");
	tap_errno(vxt_call(vxt_with(m, "/proc/self/oom_adj"), f_write, 2), EACCES, "lowered: EACCES");
	tap_is(vx_set_caps(VSERVER_SET_CCAPS, guest.xid, OOM_ADJUST, OOM_ADJUST), 0, "the slice is given");
	tap_is(vxt_call(vxt_with(m, "/proc/self/oom_adj"), f_write, 2), 0, "lowered");
	tap_is(vxt_call(m, f_number), 2 * 1000 / 17, "to that");
	tap_is(vxt_call(vxt_with(m, "/proc/self/oom_adj"), f_write, -17), 0, "to -17, which would be never");
	tap_is(vxt_call(m, f_number), -16 * 1000 / 17, "is -16");
	tap_errno(vxt_call(vxt_with(m, "/proc/self/oom_score_adj"), f_write, -1000), EACCES, "oom_score_adj is not covered");
	(void)snprintf(vxt_word, sizeof(vxt_word), "/proc/self/oom_adj");
	tap_is(f_write(-17, 0, 0, 0), 0, "the host may");
	tap_is(f_number(0, 0, 0, 0), -1000, "say never");
	(void)f_write(0, 0, 0, 0);
	vxt_word[0] = '\0';
	tap_is(vx_set_caps(VSERVER_SET_BCAPS, guest.xid, ~0ULL, ~0ULL), 0, "with CAP_SYS_RESOURCE");
	tap_is(vxt_call(vxt_with(m, "/proc/self/oom_adj"), f_write, 5), 0, "oom_adj is raised");
	tap_is(vxt_call(vxt_with(m, "/proc/self/oom_adj"), f_write, -17), 0, "and set to never");
	tap_is(vxt_call(m, f_number), -16 * 1000 / 17, "which is -16 as well");
	tap_ok(vxt_stop(&guest), "the guest ends");
}

/* pivot_root(2) with shared mounts */
static void test_pivot(void)
{
	static struct vxt_agent inside, host;
	static struct vxt_guest guest;
	uint32_t xid = vxt_free_xid();
	static char before[sizeof(vxt_text)];

	read_own("/proc/self/mountinfo");
	memcpy(before, vxt_text, sizeof(before));
	if (!tap_ok(vxt_host(&inside) && vxt_host(&host), "two processes"))
		return;
	tap_errno(vxt_call(&host, f_pivot, 1), EINVAL, "pivot_root of shared mounts on the host: EINVAL");
	(void)vxt_call(&inside, f_create, xid, VXT_SETUP);
	tap_is(vxt_call(&inside, f_pivot, 1), 0, "pivot_root of shared mounts in setup");
	read_own("/proc/self/mountinfo");
	tap_ok(before[0] && !strcmp(before, vxt_text), "the mounts of the host are as before");
	vxt_end(&host);
	vxt_end(&inside);
	if (vxt_start(&guest, VXT_PIDNS, 0)) {
		/* it has all capabilities */
		tap_errno(vxt_call(&guest.init, f_pivot, 1), EINVAL, "pivot_root of shared mounts after setup: EINVAL");
		(void)vxt_stop(&guest);
	}
	vxt_text[0] = '\0';
}

static bool read_cvirt(uint32_t xid, unsigned int load[3], unsigned int *ret_updates)
{
	char path[64], line[200];
	unsigned int a[6];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/virtual/%u/cvirt", xid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		(void)sscanf(line, "load_updates:\t%u\n", ret_updates);
		if (sscanf(line, "loadavg:\t%u.%2u %u.%2u %u.%2u\n", a, a + 1, a + 2, a + 3, a + 4, a + 5) != 6)
			continue;
		found = true;
		for (int i = 0; i < 3; i++)
			load[i] = a[2 * i] * 100 + a[2 * i + 1];
	}
	if (f)
		(void)fclose(f);
	return found;
}

/* two tasks that spin for a quarter of a minute, and a guest that sleeps */
static void test_load(void)
{
	static struct vxt_guest busy, idle;
	struct vserver_virt_stat stat = {}, still = {};
	unsigned int shown[3] = {}, updates = 0, first = 0;
	long spinner, other;

	if (!tap_ok(vxt_start(&busy, VXT_FLAT, 0) && vxt_start(&idle, VXT_FLAT, 0), "loads: two guests"))
		return;
	tap_is(vserver(VSERVER_VIRT_STAT, busy.xid, &stat), 0, "virt_stat of a new one");
	tap_is(stat.load[0] + stat.load[1] + stat.load[2], 0, "its load is 0");
	spinner = vxt_call(&busy.init, f_spin);
	other = vxt_call(&busy.init, f_spin);
	tap_ok(read_cvirt(busy.xid, shown, &first), "cvirt shows loads");
	tap_ok(vxt_until(40000, read_cvirt(busy.xid, shown, &updates) && updates >= first + 3), "three samples are taken");
	tap_is(vserver(VSERVER_VIRT_STAT, busy.xid, &stat), 0, "virt_stat of the one that spins");
	tap_is(stat.nr_running, 2, "two tasks run");
	/* two of 2048 each; after three samples 1 - e^(-15/60), ... of it, one more or less */
	tap_ok(stat.load[0] > 2 * 2048 * 15 / 100 && stat.load[0] < 2 * 2048 * 36 / 100, "the load of 1 minute: %u", stat.load[0]);
	tap_ok(stat.load[1] > 2 * 2048 * 3 / 100 && stat.load[1] < 2 * 2048 * 10 / 100, "of 5 minutes: %u", stat.load[1]);
	tap_ok(stat.load[2] > 2 * 2048 * 1 / 100 && stat.load[2] < 2 * 2048 * 4 / 100, "of 15 minutes: %u", stat.load[2]);
	(void)read_cvirt(busy.xid, shown, &updates);
	tap_ok(shown[0] + 2 >= stat.load[0] * 100 / 2048 && shown[0] <= stat.load[0] * 100 / 2048 + 20, "cvirt shows the same: %u.%02u",
	       shown[0] / 100, shown[0] % 100);
	tap_is(vserver(VSERVER_VIRT_STAT, idle.xid, &still), 0, "virt_stat of the one that sleeps");
	tap_is(still.load[0] + still.load[1] + still.load[2], 0, "its load is 0");
	(void)kill((pid_t)spinner, SIGKILL);
	(void)kill((pid_t)other, SIGKILL);
	(void)vxt_call(&busy.init, f_wait, spinner, 0);
	(void)vxt_call(&busy.init, f_wait, other, 0);
	first = updates;
	tap_ok(vxt_until(20000, read_cvirt(busy.xid, shown, &updates) && updates >= first + 2), "two more samples are taken");
	tap_is(vserver(VSERVER_VIRT_STAT, busy.xid, &still), 0, "virt_stat when nobody spins");
	tap_is(still.nr_running, 0, "nobody runs");
	tap_ok(still.load[0] < stat.load[0] + 164 * 2 && still.load[0] > 0, "the load falls: %u", still.load[0]);
	tap_ok(vxt_stop(&busy) && vxt_stop(&idle), "the guests end");
}

/* counters of /proc/virtual/status: allocated, active, and seven of spaces */
static bool read_status(long n[9])
{
	char line[200];
	int found = 0;
	FILE *f = fopen("/proc/virtual/status", "re");

	while (f && fgets(line, sizeof(line), f)) {
		found += sscanf(line, "#CTotal:\t%ld\n", n);
		found += sscanf(line, "#CActive:\t%ld\n", n + 1);
		if (sscanf(line, "#NSProxy:\t%ld\t%ld %ld %ld %ld %ld %ld\n", n + 2, n + 3, n + 4, n + 5, n + 6, n + 7, n + 8) == 7)
			found += 7;
	}
	if (f)
		(void)fclose(f);
	return found == 9;
}

static void test_counters(void)
{
	static struct vxt_agent a;
	uint32_t xid = vxt_free_xid();
	long n0[9] = {}, n1[9] = {}, n2[9] = {};

	if (!tap_ok(read_status(n0) && vxt_host(&a), "/proc/virtual/status"))
		return;
	(void)vxt_call(&a, f_create, xid, VXT_SETUP);
	(void)read_status(n1);
	tap_is(n1[1], n0[1] + 1, "one context more");
	tap_ok(n1[0] >= n1[1], "all are allocated");
	(void)vxt_call(&a, f_unshare, CLONE_NEWUTS);
	(void)vxt_call(&a, f_space, -2, VSERVER_SPACE_FS | CLONE_NEWUTS, 0);
	(void)vxt_call(&a, f_space, -2, CLONE_NEWUTS | CLONE_NEWIPC, 1);
	(void)read_status(n2);
	tap_is(n2[2], n1[2] + 2, "two slots are used");
	tap_is(n2[3], n1[3] + 1, "with one root directory");
	tap_is(n2[4], n1[4], "no mount namespace");
	tap_is(n2[5], n1[5] + 2, "two UTS namespaces");
	tap_is(n2[6], n1[6] + 1, "one IPC namespace");
	tap_is(n2[7] + n2[8], n1[7] + n1[8], "and no others");
	vxt_end(&a);
	tap_ok(vxt_until(5000, read_status(n2) && n2[1] == n0[1] && n2[2] == n0[2]), "nothing is left of it");
	tap_ok(vxt_until(5000, read_status(n2) && n2[0] <= n0[0]), "not even memory");
}

/* /proc/PID/task/TID/nsproxy: which namespaces are those of the first task */
static void test_nsproxy(void)
{
	static struct vxt_guest guest;
	char text[1000], marks[16] = "";
	long pid;

	(void)snprintf(text, sizeof(text), "/proc/self/task/%d/nsproxy", getpid());
	tap_is(read_own(text), 0, "nsproxy of a thread on the host");
	tap_ok(!strncmp(vxt_text, "Proxy:\t", 7) && strstr(vxt_text, "\nCount:\t") && strstr(vxt_text, "\nuts:\t") &&
		       strstr(vxt_text, "\nipc:\t") && strstr(vxt_text, "\nmnt:\t") && strstr(vxt_text, "\npid:\t") &&
		       strstr(vxt_text, "\nnet:\t"), "has its seven lines");
	vxt_text[0] = '\0';
	if (!vxt_start(&guest, VXT_PIDNS, 0))
		return;
	pid = vxt_call(&guest.init, f_getpid);
	tap_is(vxt_call(vxt_with(&guest.init, "/proc/self/task/%ld/nsproxy", pid), f_file), 0, "nsproxy inside of a guest");
	(void)snprintf(text, sizeof(text), "%.900s", guest.init.text);
	for (char *p = text; (p = strchr(p, '(')); p++)
		strncat(marks, (char[]){ p[1], '\0' }, 1);
	tap_ok(!strcmp(marks, "-----I"), "all but the network are its own: %s", marks);
	(void)vxt_stop(&guest);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	test_hide_mount();
	test_root_mount();
	test_igneg_nice();
	test_set_rlimit();
	test_oom_adjust();
	test_pivot();
	test_counters();
	test_nsproxy();
	test_load();
	return vxt_done();
}
