// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-proc - root of a guest writes nothing of the host in /proc and other pseudo file systems, nor by core dumps
 * bed: um qemu
 * timeout: 60
 */
#include <sys/prctl.h>
#include "../prog/esc.h"

#define ALL (V_GUESTS | V_FAKE | V_MNS | V_UMASK)

/* Walks: every file below a directory. */

struct walk {
	unsigned int files, dirs;
	char bad[120];
	unsigned int nr_bad;
	bool (*bad_file)(const char *path, mode_t type);
};

static void walk(struct walk *w, const char *dir, int depth)
{
	char path[1024];
	struct dirent *e;
	DIR *d = opendir(dir);

	if (!d || depth > 12) {
		if (d)
			(void)closedir(d);
		return;
	}
	w->dirs++;
	while ((e = readdir(d))) {
		struct stat st;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		/* processes are another matter */
		if (depth == 0 && !strcmp(dir, gp("/proc")) && strspn(e->d_name, "0123456789") == strlen(e->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (lstat(path, &st))
			continue;
		if (S_ISLNK(st.st_mode))
			continue;
		if (S_ISDIR(st.st_mode)) {
			walk(w, path, depth + 1);
		} else {
			w->files++;
			if (w->bad_file(path, st.st_mode) && !w->nr_bad++)
				(void)snprintf(w->bad, sizeof(w->bad), "%.100s", path);
		}
	}
	(void)closedir(d);
}

/* refused: -1; else the number of bad files */
static long walk_all(const char *dir, bool (*bad_file)(const char *, mode_t), unsigned int least)
{
	struct walk w = { .bad_file = bad_file };
	char top[64];

	(void)snprintf(top, sizeof(top), "%s", dir);
	walk(&w, top, 0);
	esc_say("%u files in %u directories, %u bad: %s", w.files, w.dirs, w.nr_bad, w.bad);
	if (w.nr_bad)
		return w.nr_bad;
	/* a walk that has seen nothing shows nothing */
	return esc_fail(w.files < least ? EBADMSG : EACCES);
}

static bool is_uts(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return strstr(path, "/kernel/") && (!strcmp(name, "hostname") || !strcmp(name, "domainname"));
}

static bool opens_for_writing(const char *path, mode_t type)
{
	static const int flags[] = { O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND };

	(void)type;
	for (size_t i = 0; i < ESC_COUNT(flags); i++)
		if (esc_open_close(path, flags[i]) >= 0)
			return !is_uts(path);
	return truncate(path, 0) == 0;
}

static bool can_be_changed(const char *path, mode_t type)
{
	(void)type;
	return chmod(path, 0666) == 0 || chown(path, 1000, 1000) == 0 ||
		utimensat(AT_FDCWD, path, NULL, 0) == 0 || access(path, W_OK) == 0;
}

static bool changed_other_than_uts(const char *path, mode_t type)
{
	return !is_uts(path) && can_be_changed(path, type);
}

static long write_sysctls(void) { return walk_all(gp("/proc/sys"), opens_for_writing, 300); }
static long change_sysctls(void) { return walk_all(gp("/proc/sys"), changed_other_than_uts, 300); }
static long write_proc(void) { return walk_all(gp("/proc"), opens_for_writing, 300); }

static long write_net(void)
{
	return walk_all(gp("/proc/self/net"), opens_for_writing, 1);
}

/* Names that the host sees at the top of /proc, and those that a guest may. */
static const char *const visible[] = {
	"cgroups", "cpuinfo", "crypto", "devices", "diskstats", "filesystems", "loadavg", "meminfo", "misc", "mounts",
	"net", "pressure", "self", "stat", "swaps", "sys", "thread-self", "uptime", "version", "vmstat",
};

static bool is_visible(const char *name)
{
	for (size_t i = 0; i < ESC_COUNT(visible); i++)
		if (!strcmp(visible[i], name))
			return true;
	return false;
}

static long hidden_entries(void)
{
	char path[300], *name, *save = NULL, names[sizeof(sh->text)];
	unsigned int n = 0;

	memcpy(names, sh->text, sizeof(names));
	for (name = strtok_r(names, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
		struct stat st;
		DIR *d;

		if (is_visible(name))
			continue;
		n++;
		(void)snprintf(path, sizeof(path), "%s/%s", gp("/proc"), name);
		esc_say("%s", path);
		if (lstat(path, &st) == 0 || errno != ENOENT)
			return 1;
		if (esc_open_close(path, O_RDONLY) >= 0 || errno != ENOENT)
			return 2;
		if (esc_open_close(path, O_WRONLY) >= 0 || errno != ENOENT)
			return 3;
		if (esc_open_close(path, O_PATH) >= 0 || errno != ENOENT)
			return 4;
		d = opendir(path);
		if (d || errno != ENOENT)
			return 5;
	}
	esc_say("%u hidden entries", n);
	return esc_fail(n > 5 ? ENOENT : EBADMSG);
}

static long listed_entries(void)
{
	DIR *d = opendir(gp("/proc"));
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.' || strspn(e->d_name, "0123456789") == strlen(e->d_name))
			continue;
		if (!is_visible(e->d_name)) {
			esc_say("%s", e->d_name);
			return 1;
		}
	}
	return d ? esc_fail(ENOENT) : esc_fail(EBADMSG);
}

static long named(const char *const names[], size_t n, int flags)
{
	char path[128];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", gp("/proc"), names[i]);
		if (esc_open_close(path, flags) >= 0) {
			esc_say("%s", path);
			return 1;
		}
	}
	return -1;
}

static long dangerous_entries(void)
{
	static const char *const names[] = {
		"sysrq-trigger", "kcore", "kallsyms", "kmsg", "keys", "key-users", "kpagecount", "kpageflags",
		"kpagecgroup", "slabinfo", "timer_list", "vmallocinfo", "sched_debug", "config.gz", "iomem", "ioports",
		"modules", "locks", "sysvipc/shm", "sysvipc/msg", "sysvipc/sem", "virtual/info", "virtual/status",
		"acpi", "bus/pci", "scsi/scsi", "irq/default_smp_affinity", "fs/ext4", "driver", "tty/drivers", "mtrr",
		"dynamic_debug/control", "partitions", "interrupts", "softirqs", "cmdline", "buddyinfo",
	};
	long r = named(names, ESC_COUNT(names), O_RDONLY);

	return r < 0 ? named(names, ESC_COUNT(names), O_WRONLY) : r;
}

static long useful_entries(void)
{
	static const char *const names[] = {
		"cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version", "filesystems", "mounts", "self/status",
		"self/maps", "self/stat", "sys/kernel/hostname", "sys/kernel/osrelease", "sys/fs/file-max",
		"self/mountinfo", "self/oom_score_adj", "self/net/dev",
	};
	char path[128];

	for (size_t i = 0; i < ESC_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", gp("/proc"), names[i]);
		if (esc_open_close(path, O_RDONLY) < 0) {
			esc_say("%s", path);
			return -1;
		}
	}
	return 0;
}

static long own_process_files(void)
{
	return esc_write(gp("/proc/self/oom_score_adj"), "500") < 0 ||
		esc_write(gp("/proc/self/comm"), "renamed") < 0 ||
		esc_write(gp("/proc/self/coredump_filter"), "0x1") < 0 ? -1 : 0;
}

static long hostname_by_sysctl(void) { return esc_write(gp("/proc/sys/kernel/hostname"), "sysctl"); }

static long one(const char *path) { return esc_write(gp(path), "x"); }
static long core_pattern(void) { return one("/proc/sys/kernel/core_pattern"); }
static long modprobe(void) { return one("/proc/sys/kernel/modprobe"); }
static long poweroff_cmd(void) { return one("/proc/sys/kernel/poweroff_cmd"); }
static long hotplug(void) { return one("/proc/sys/kernel/hotplug"); }
static long vshelper(void) { return one("/proc/sys/kernel/vshelper"); }
static long sysrq(void) { return one("/proc/sys/kernel/sysrq"); }
static long umh_bset(void) { return one("/proc/sys/kernel/usermodehelper/bset"); }
static long ip_forward(void) { return one("/proc/sys/net/ipv4/ip_forward"); }
static long sem_limits(void) { return one("/proc/sys/kernel/msgmni"); }
static long drop_caches(void) { return one("/proc/sys/vm/drop_caches"); }
static long binfmt_register(void) { return one("/proc/sys/fs/binfmt_misc/register"); }
static long sysrq_trigger(void) { return one("/proc/sysrq-trigger"); }

static long secret_sysctl(void)
{
	static const char *const names[] = {
		"net/ipv4/tcp_fastopen_key", "kernel/cad_pid", "kernel/usermodehelper/bset", "vm/mmap_rnd_bits",
	};
	char path[128];

	for (size_t i = 0; i < ESC_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/sys/%s", gp("/proc"), names[i]);
		if (esc_open_close(path, O_RDONLY) >= 0) {
			esc_say("%s", path);
			return 1;
		}
	}
	return -1;
}

static long keep_o_path(void)
{
	char path[64];
	int fd = open(gp("/proc/sys/kernel/core_pattern"), O_PATH | O_CLOEXEC);

	(void)snprintf(path, sizeof(path), "%s/self/fd/%d", gp("/proc"), fd);
	return esc_open_close(path, O_WRONLY);
}

static long rename_in_proc(void)
{
	return rename(gp("/proc/sys/kernel/core_pattern"), gp("/proc/sys/kernel/hostname"));
}

static long bind_over(void)
{
	/* with a mount allowed, a file of the guest may hide one of the host only inside */
	return mount(gp("/esc-test"), gp("/proc/sys/kernel/core_pattern"), NULL, MS_BIND, NULL);
}

/* Processes of the host. */

static bool writes_to_victim(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%d/%s", gp("/proc"), sh->victim, name);
	return esc_open_close(path, O_WRONLY) >= 0 || esc_open_close(path, O_RDONLY) >= 0;
}

static long files_of_victim(void)
{
	static const char *const names[] = {
		"mem", "oom_score_adj", "oom_adj", "environ", "maps", "status", "cmdline", "stat", "comm", "clear_refs",
		"coredump_filter", "autogroup", "timerslack_ns", "loginuid", "sessionid", "uid_map", "gid_map",
		"setgroups", "attr/current", "fdinfo/0", "net/dev", "mountinfo", "limits", "auxv", "io", "stack",
		"syscall", "wchan", "personality", "pagemap", "smaps", "numa_maps", "sched", "cgroup", "cpuset", "vinfo",
		"timens_offsets", "projid_map", "mounts", "mountstats", "task/../mem", "ns/net", "limits",
	};

	for (size_t i = 0; i < ESC_COUNT(names); i++) {
		if (writes_to_victim(names[i])) {
			esc_say("%s", names[i]);
			return 1;
		}
	}
	return -1;
}

static long all_processes(void)
{
	char path[64];

	for (pid_t pid = 2; pid <= sh->host + 20; pid++) {
		(void)snprintf(path, sizeof(path), "%s/%d/status", gp("/proc"), pid);
		/* only what the guest itself has started is there */
		if (pid == sh->host || pid == sh->victim) {
			if (esc_open_close(path, O_RDONLY) >= 0)
				return 1;
			if (access(path, F_OK) == 0)
				return 2;
		}
	}
	return esc_fail(ENOENT);
}

/* Other pseudo file systems, mounted in the guest by mistake. */

static long into_pseudo(int flags)
{
	static const char *const dirs[] = {
		"sysfs", "debugfs", "tracefs", "securityfs", "configfs", "cgroup2", "bpf", "pstore", "binfmt_misc",
	};
	char path[128];
	unsigned int n = 0;
	struct stat st;

	for (size_t i = 0; i < ESC_COUNT(dirs); i++) {
		(void)snprintf(path, sizeof(path), "/pseudo/%s", dirs[i]);
		if (lstat(gp(path), &st))
			continue;
		n++;
		(void)snprintf(path, sizeof(path), "/pseudo/%s/.", dirs[i]);
		esc_say("%s", dirs[i]);
		if (esc_open_close(gp(path), flags) >= 0)
			return 1;
	}
	esc_say("%u file systems", n);
	return esc_fail(n >= 3 ? EACCES : EBADMSG);
}

static long list_pseudo(void) { return into_pseudo(O_RDONLY | O_DIRECTORY); }
static long search_pseudo(void) { return into_pseudo(O_PATH); }

static long write_pseudo(void)
{
	static const char *const files[] = {
		"sysfs/kernel/uevent_helper", "sysfs/power/state", "sysfs/kernel/mm/ksm/run", "sysfs/kernel/profiling",
		"sysfs/module/kernel/parameters/panic", "cgroup2/cgroup.procs", "cgroup2/cgroup.subtree_control",
		"debugfs/sched/debug", "debugfs/tracing/trace_marker", "tracefs/trace_marker", "binfmt_misc/register",
		"binfmt_misc/status", "securityfs/lsm", "sysfs/fs/cgroup", "sysfs/block/ubda/uevent",
	};
	char path[128];

	for (size_t i = 0; i < ESC_COUNT(files); i++) {
		(void)snprintf(path, sizeof(path), "/pseudo/%s", files[i]);
		esc_say("%s", path);
		if (esc_open_close(gp(path), O_WRONLY) >= 0 || esc_open_close(gp(path), O_RDONLY) >= 0)
			return 1;
	}
	return -1;
}

static long change_pseudo(void)
{
	static const char *const dirs[] = { "sysfs", "cgroup2", "debugfs", "securityfs", "binfmt_misc" };
	char path[128];
	struct stat st;

	for (size_t i = 0; i < ESC_COUNT(dirs); i++) {
		(void)snprintf(path, sizeof(path), "/pseudo/%s", dirs[i]);
		if (lstat(gp(path), &st))
			continue;
		esc_say("%s", path);
		if (chmod(gp(path), 0777) == 0 || chown(gp(path), 1000, 1000) == 0)
			return 1;
		(void)snprintf(path, sizeof(path), "/pseudo/%s/made", dirs[i]);
		if (mkdir(gp(path), 0755) == 0)
			return 2;
	}
	return esc_fail(EPERM);
}

static long into_cgroup(void)
{
	int fd = open(gp("/pseudo/cgroup2"), O_PATH | O_CLOEXEC);
	struct { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
		cgroup; } args = { .flags = 0x200000000ULL, .exit_signal = SIGCHLD, .cgroup = (uint64_t)fd };
	long pid = fd < 0 ? ESC_SKIP : syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	return pid;
}

static long device_of_devtmpfs(void)
{
	static const char *const names[] = { "kmsg", "mem", "console", "loop0", "ubda", "vda" };
	char path[128];

	for (size_t i = 0; i < ESC_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "/pseudo/devtmpfs/%s", names[i]);
		esc_say("%s", path);
		if (esc_open_close(gp(path), O_RDONLY) >= 0)
			return 1;
	}
	return -1;
}

/* Core dumps. The host sets the pattern; its handler is this program, which leaves a trace. */

static void crash(void)
{
	pid_t pid = fork();
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };

	if (!pid) {
		(void)setrlimit(RLIMIT_CORE, &r);
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		(void)!chdir(gp("/tmp"));
		abort();
	}
	(void)waitpid(pid, NULL, 0);
}

static long core_to_pipe(void)
{
	(void)esc_ask('c', 0, -1, NULL);
	crash();
	esc_sleep_ms(30);
	return esc_ask('r', 0, -1, NULL) > 0 ? 1 : esc_fail(EPERM);
}

static long core_to_path(void)
{
	(void)esc_ask('c', 1, -1, NULL);
	crash();
	esc_sleep_ms(10);
	return esc_ask('r', 0, -1, NULL) > 0 ? 1 : esc_fail(EPERM);
}

static long core_suid(void)
{
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
	pid_t pid;

	(void)esc_ask('c', 2, -1, NULL);
	pid = fork();
	if (!pid) {
		/* changing the uid makes a process one whose dump is placed by the host's root */
		(void)setrlimit(RLIMIT_CORE, &r);
		(void)!setresuid(1000, 1000, 0);
		(void)!chdir(gp("/tmp"));
		abort();
	}
	(void)waitpid(pid, NULL, 0);
	esc_sleep_ms(10);
	return esc_ask('r', 0, -1, NULL) > 0 ? 1 : esc_fail(EPERM);
}

static long core_inside(void)
{
	long r;

	(void)esc_ask('c', 3, -1, NULL);
	(void)unlink(gp("/tmp/core-inside"));
	crash();
	r = access(gp("/tmp/core-inside"), F_OK);
	(void)esc_ask('r', 0, -1, NULL);
	(void)unlink(gp("/tmp/core-inside"));
	return r;
}

#define TRACE "/esc/handler-ran"
#define HOST_CORE "/core-of-guest"

static long answer(int what, long arg, int *ret_fd)
{
	static const char *const patterns[] = {
		"|" ESC_ROOT "/core-handler %p", HOST_CORE, HOST_CORE, "core-inside",
	};
	bool ran;

	(void)ret_fd;
	if (what == 'c') {
		(void)unlink(TRACE);
		(void)unlink(HOST_CORE);
		(void)esc_write("/proc/sys/fs/suid_dumpable", arg == 2 ? "2" : "0");
		(void)esc_write("/proc/sys/kernel/core_uses_pid", "0");
		return esc_write("/proc/sys/kernel/core_pattern", patterns[arg]);
	}
	ran = access(TRACE, F_OK) == 0 || access(HOST_CORE, F_OK) == 0;
	(void)unlink(TRACE);
	(void)unlink(HOST_CORE);
	(void)esc_write("/proc/sys/kernel/core_pattern", "core");
	return ran;
}

static void prepare(void)
{
	struct dirent *e;
	DIR *d = opendir("/proc");

	esc_copy("/proc/self/exe", ESC_ROOT "/core-handler");
	(void)esc_write("/proc/sys/kernel/core_pattern", "core");
	while (d && (e = readdir(d))) {
		size_t len = strlen(sh->text);

		if (e->d_name[0] == '.' || strspn(e->d_name, "0123456789") == strlen(e->d_name))
			continue;
		(void)snprintf(sh->text + len, sizeof(sh->text) - len, "%s\n", e->d_name);
	}
	if (d)
		(void)closedir(d);
}

#define NOT_FOUND { ENOENT, ESRCH }

static const struct esc_attack attacks[] = {
	{ "open any sysctl for writing", write_sysctls, ALL, V_HNS, {} },
	{ "change mode or owner of any sysctl", change_sysctls, ALL, V_HNS, {} },
	{ "open anything in /proc for writing", write_proc, ALL, V_HNS, {} },
	{ "open anything in /proc/net for writing", write_net, ALL, 0, {} },
	{ "entries that are hidden", hidden_entries, ALL, V_HNS, NOT_FOUND },
	{ "entries that are listed", listed_entries, ALL, V_HNS, NOT_FOUND },
	{ "sysrq-trigger, kcore, kallsyms, kmsg, keys and so on", dangerous_entries, ALL, V_HNS, NOT_FOUND },
	{ "useful entries can be read", useful_entries, 0, ALL, {} },
	{ "files of its own processes can be written", own_process_files, 0, ALL, {} },
	{ "write kernel.core_pattern", core_pattern, ALL, 0, {} },
	{ "write kernel.modprobe", modprobe, ALL, 0, {} },
	{ "write kernel.poweroff_cmd", poweroff_cmd, ALL, 0, {} },
	{ "write kernel.hotplug", hotplug, ALL, 0, NOT_FOUND },
	{ "write kernel.vshelper", vshelper, ALL, 0, {} },
	{ "write kernel.sysrq", sysrq, ALL, 0, {} },
	{ "write kernel.usermodehelper.bset", umh_bset, ALL, 0, {} },
	{ "write net.ipv4.ip_forward", ip_forward, ALL, 0, {} },
	{ "write kernel.msgmni", sem_limits, ALL, 0, {} },
	{ "write vm.drop_caches", drop_caches, ALL, 0, {} },
	{ "register a binary format", binfmt_register, ALL, 0, NOT_FOUND },
	{ "write sysrq-trigger", sysrq_trigger, ALL, 0, NOT_FOUND },
	{ "read sysctls that are not for everybody", secret_sysctl, ALL, V_HNS, NOT_FOUND },
	{ "write a sysctl through an O_PATH handle", keep_o_path, ALL, V_HNS, {} },
	{ "rename in /proc", rename_in_proc, ALL, 0, {} },
	{ "mount over a sysctl", bind_over, ALL & ~V_MNS, 0, {} },
	{ "host name by sysctl, of the host's namespace", hostname_by_sysctl, V_FLAT | V_FAKE | V_BARE, 0, {} },
	{ "host name by sysctl, of its own namespace", hostname_by_sysctl, 0, V_NS | V_PID, {} },
	{ "files of a process of the host", files_of_victim, ALL, V_HNS, NOT_FOUND },
	{ "processes of the host", all_processes, ALL, V_HNS, NOT_FOUND },
	{ "list sysfs, debugfs, securityfs, cgroup2 and so on", list_pseudo, ALL, V_HNS, {} },
	{ "search them", search_pseudo, ALL, V_HNS, {} },
	{ "open files in them", write_pseudo, ALL, V_HNS, {} },
	{ "change them", change_pseudo, ALL, V_HNS, {} },
	{ "clone3 into a cgroup", into_cgroup, ALL, V_HNS, {} },
	{ "devices of devtmpfs", device_of_devtmpfs, ALL, V_HNS, { ENOENT } },
	{ "core dump to a program of the host", core_to_pipe, ALL, V_HNS | V_HFLAT, {} },
	{ "core dump to a path of the host", core_to_path, V_ROOTED | V_FAKE, 0, {} },
	{ "core dump placed by the host's root", core_suid, ALL, V_HFLAT, {} },
	{ "core dump inside", core_inside, 0, ALL, {} },
};

int main(int argc, char **argv)
{
	static const struct esc_test test = {
		.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), .prepare = prepare, .answer = answer,
	};

	if (strstr(argv[0], "core-handler"))
		return open(TRACE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0;
	return esc_main(argc, argv, &test);
}
