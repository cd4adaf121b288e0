// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-mount - root of a guest mounts what its context may, and no more; namespaces
 * bed: um qemu
 * timeout: 60
 */
#include <linux/mount.h>
#include "../prog/esc.h"

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#define SYS_fspick 433
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

#define MOUNTERS (V_MFLAT | V_MNS | V_BNS | V_RNS)
#define ALL (V_GUESTS | V_UMASK | V_USERNS | V_CCAPS)

static const char *dir(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/tmp/%s", name);
	(void)mkdir(gp(path), 0755);
	return gp(path);
}

static long try_mount(const char *type, const char *data)
{
	const char *d = dir(type);
	long r = mount(type, d, type, 0, data);

	if (r == 0)
		(void)umount2(d, MNT_DETACH);
	return r;
}

#define TYPE(id) static long mount_##id(void) { return try_mount(#id, NULL); }
TYPE(tmpfs)
TYPE(ramfs)
TYPE(proc)
TYPE(devpts)
TYPE(mqueue)
TYPE(sysfs)
TYPE(debugfs)
TYPE(tracefs)
TYPE(securityfs)
TYPE(configfs)
TYPE(bpf)
TYPE(pstore)
TYPE(cgroup)
TYPE(cgroup2)
TYPE(devtmpfs)
TYPE(binfmt_misc)
TYPE(hugetlbfs)
TYPE(rpc_pipefs)
TYPE(nfsd)

static long mount_cgroup_agent(void)
{
	return try_mount("cgroup", "none,name=escape,release_agent=/esc/root/esc-test");
}

static long mount_overlay(void)
{
	char data[256];

	(void)snprintf(data, sizeof(data), "lowerdir=%s,upperdir=%s,workdir=%s", gp("/dev"), dir("up"), dir("work"));
	return try_mount("overlay", data);
}

static long mount_disk(void)
{
	const char *d = dir("disk");
	long r = mount(gp("/dev/rootdisk"), d, "ext4", 0, NULL);

	if (r == 0)
		(void)umount2(d, MNT_DETACH);
	return r;
}

static long mount_fuse(void)
{
	return try_mount("fuse", "fd=0,rootmode=40000,user_id=0,group_id=0");
}

static long do_bind(void)
{
	const char *d = dir("bind");
	long r = mount(gp("/dev"), d, NULL, MS_BIND, NULL);

	if (r == 0)
		(void)umount2(d, MNT_DETACH);
	return r;
}

static long move(void)
{
	return mount(gp("/mnt"), dir("moved"), NULL, MS_MOVE, NULL);
}

static long move_back(void)
{
	long r = move();

	return r ? r : mount(dir("moved"), gp("/mnt"), NULL, MS_MOVE, NULL);
}

static long remount_rw(void)
{
	return mount(NULL, gp("/mnt"), NULL, MS_REMOUNT | MS_BIND, NULL);
}

static long remount_sb(void)
{
	return mount(NULL, gp("/mnt"), NULL, MS_REMOUNT, NULL);
}

static long remount_sb_size(void)
{
	return mount("host", gp("/mnt"), "tmpfs", MS_REMOUNT, "size=1g");
}

static long remount_dev(void)
{
	struct statvfs s;

	/* the call may pass, devices must not come back */
	if (mount(NULL, gp("/mnt"), NULL, MS_REMOUNT | MS_BIND, NULL))
		return -1;
	if (statvfs(gp("/mnt"), &s))
		return -1;
	return s.f_flag & ST_NODEV ? esc_fail(EPERM) : 0;
}

static long unmount(void)
{
	return umount2(gp("/mnt"), MNT_DETACH);
}

static long unmount_force(void)
{
	return umount2(gp("/mnt"), MNT_FORCE);
}

static long unmount_expire(void)
{
	return umount2(gp("/mnt"), MNT_EXPIRE);
}

static long make_shared(void)
{
	return mount(NULL, gp("/mnt"), NULL, MS_SHARED, NULL);
}

static long nodev_forced(void)
{
	const char *d = dir("nodev");
	struct statvfs s;
	long r;

	if (mount("x", d, "devpts", 0, "newinstance"))
		return -1;
	r = statvfs(d, &s);
	(void)umount2(d, MNT_DETACH);
	return r ? r : s.f_flag & ST_NODEV ? 0 : esc_fail(EBADMSG);
}

/* The calls with descriptors. */

static long do_fsopen(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0);
}

static long do_fsopen_proc(void)
{
	return syscall(SYS_fsopen, "proc", 0);
}

static long do_fsmount(void)
{
	long fs = syscall(SYS_fsopen, "tmpfs", 0);

	if (fs < 0 || syscall(SYS_fsconfig, fs, 6 /* CMD_CREATE */, NULL, NULL, 0))
		return -1;
	return syscall(SYS_fsmount, fs, 0, 0);
}

static long do_fspick(void)
{
	return syscall(SYS_fspick, AT_FDCWD, gp("/mnt"), 0);
}

static long do_open_tree(void)
{
	return syscall(SYS_open_tree, AT_FDCWD, gp("/"), 1 /* OPEN_TREE_CLONE */);
}

static long do_move_mount(void)
{
	return syscall(SYS_move_mount, AT_FDCWD, gp("/mnt"), AT_FDCWD, dir("moved"), 0);
}

static long do_move_mount_beneath(void)
{
	return syscall(SYS_move_mount, AT_FDCWD, gp("/mnt"), AT_FDCWD, gp("/proc"), 0x200);
}

static long do_mount_setattr(void)
{
	struct mount_attr a = { .attr_clr = MOUNT_ATTR_RDONLY };

	return syscall(SYS_mount_setattr, AT_FDCWD, gp("/mnt"), 0, &a, sizeof(a));
}

static long setattr_propagation(void)
{
	struct mount_attr a = { .propagation = MS_SHARED };

	return syscall(SYS_mount_setattr, AT_FDCWD, gp("/mnt"), 0, &a, sizeof(a));
}

/* A mount over the barrier hides it. */

static int to_old_root(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)mkdir("/tmp/x", 0755);
	return fd < 0 || chroot("/tmp/x") || fchdir(fd) ? -1 : 0;
}

static long seen(void)
{
	for (int i = 0; i < 8; i++) {
		if (chdir(".."))
			return -1;
		/* the host's root; ESC_DIR may be covered by now */
		if (access("usr/lib/vctx-test", F_OK) == 0 || access("esc/secret", F_OK) == 0)
			return 1;
	}
	return esc_fail(ENOENT);
}

static long mount_over_barrier(void)
{
	if (to_old_root() || access("../esc-test", F_OK) == 0)
		return esc_fail(EPERM);
	if (mount("x", "..", "proc", 0, NULL))
		return -1;
	return seen() > 0 ? 1 : esc_fail(ENOENT);
}

static long mount_on_barrier(void)
{
	if (to_old_root())
		return -1;
	/* where nothing is above, this is the own root */
	if (access("../esc-test", F_OK) == 0)
		return esc_fail(EPERM);
	return mount("x", "..", "devpts", 0, NULL);
}

static long bind_over_barrier(void)
{
	if (to_old_root() || access("../esc-test", F_OK) == 0)
		return esc_fail(EPERM);
	if (mount("tmp", "..", NULL, MS_BIND, NULL))
		return -1;
	return seen() > 0 ? 1 : esc_fail(ENOENT);
}

static long bind_barrier(void)
{
	if (to_old_root() || mount("..", "tmp", NULL, MS_BIND | MS_REC, NULL))
		return -1;
	if (access("tmp/secret", F_OK) == 0 || seen() > 0)
		return 1;
	(void)umount2("tmp", MNT_DETACH);
	return esc_fail(ENOENT);
}

static long bind_from_above(void)
{
	if (to_old_root() || mount("../../bin", "tmp", NULL, MS_BIND, NULL))
		return -1;
	return 0;
}

static long move_barrier(void)
{
	if (to_old_root() || access("../esc-test", F_OK) == 0)
		return esc_fail(EPERM);
	return mount("..", "tmp", NULL, MS_MOVE, NULL);
}

static long unmount_barrier(void)
{
	if (to_old_root())
		return -1;
	if (access("../esc-test", F_OK) == 0)
		return esc_fail(EPERM);
	return umount2("..", MNT_DETACH);
}

static long remount_barrier(void)
{
	if (to_old_root() || access("../esc-test", F_OK) == 0)
		return esc_fail(EPERM);
	return mount(NULL, "..", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static long unmount_root(void)
{
	/* would make the file system of the host read-only */
	return umount2("/", 0);
}

static bool host_mounts(void)
{
	/* the mount above the guest is there and in its place; what the host gave to the guest is as it was */
	struct statvfs s;
	struct stat a, b;

	return stat(ESC_DIR, &a) == 0 && stat("/", &b) == 0 && a.st_dev == b.st_dev &&
		access(ESC_DIR "/secret", F_OK) == 0 && statvfs(ESC_ROOT "/mnt", &s) == 0 &&
		s.f_flag & ST_RDONLY && s.f_flag & ST_NOEXEC;
}

static bool host_sees_mount_of_dir(void)
{
	char line[4096], *nl;
	int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC), n = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	while (f && fgets(line, sizeof(line), f)) {
		nl = strchr(line, ' ');
		if (nl && !strncmp(nl, " " ESC_DIR " ", strlen(ESC_DIR) + 2))
			n++;
	}
	if (f)
		(void)fclose(f);
	return n == 1;
}

static bool no_new_mount(void)
{
	static const char *const places[] = { "/tmp/moved/.", "/tmp/tmpfs/.", "/tmp/disk/esc" };
	struct stat a, b;

	for (size_t i = 0; i < ESC_COUNT(places); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), ESC_ROOT "%s", places[i]);
		if (stat(path, &a) == 0 && stat(ESC_ROOT, &b) == 0 && a.st_dev != b.st_dev)
			return false;
	}
	return true;
}

/* Namespaces. */

static long unshare_one(int flag)
{
	return unshare(flag);
}

static long unshare_mnt(void) { return unshare_one(CLONE_NEWNS); }
static long unshare_uts(void) { return unshare_one(CLONE_NEWUTS); }
static long unshare_ipc(void) { return unshare_one(CLONE_NEWIPC); }
static long unshare_pid(void) { return unshare_one(CLONE_NEWPID); }
static long unshare_net(void) { return unshare_one(CLONE_NEWNET); }
static long unshare_cgroup(void) { return unshare_one(CLONE_NEWCGROUP); }
static long unshare_time(void) { long r = unshare_one(CLONE_NEWTIME); return r < 0 && errno == EINVAL ? ESC_SKIP : r; }
static long unshare_user(void) { return unshare_one(CLONE_NEWUSER); }
static long unshare_user_mnt(void) { return unshare_one(CLONE_NEWUSER | CLONE_NEWNS); }
static long unshare_user_all(void) { return unshare_one(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET); }

static long clone_with(uint64_t flags)
{
	struct { uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
		cgroup; } args = { .flags = flags, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static long clone_mnt(void) { return clone_with(CLONE_NEWNS); }
static long clone_pid(void) { return clone_with(CLONE_NEWPID); }
static long clone_user(void) { return clone_with(CLONE_NEWUSER); }
static long clone_user_mnt(void) { return clone_with(CLONE_NEWUSER | CLONE_NEWNS); }
static long clone_net(void) { return clone_with(CLONE_NEWNET); }

static int userns(void)
{
	if (unshare(CLONE_NEWUSER))
		return -1;
	/* the mask does not let members write the maps; what follows is tried without */
	(void)esc_write("/proc/self/setgroups", "deny");
	(void)esc_write("/proc/self/uid_map", "0 0 1");
	(void)esc_write("/proc/self/gid_map", "0 0 1");
	return 0;
}

static long userns_mount(void)
{
	if (userns() || unshare(CLONE_NEWNS))
		return -1;
	return mount_tmpfs();
}

static long userns_net_admin(void)
{
	if (userns() || unshare(CLONE_NEWNET))
		return -1;
	return socket(AF_INET, SOCK_RAW, 1);
}

static long userns_sethostname(void)
{
	if (userns() || unshare(CLONE_NEWUTS))
		return -1;
	return sethostname("userns", 6);
}

static long userns_cap(void)
{
	/* what the mask withholds does not come back: CAP_SYS_ADMIN over the new namespace itself */
	if (userns())
		return -1;
	return unshare(CLONE_NEWNS);
}

static long userns_nested(void)
{
	for (int i = 0; i < 4; i++)
		if (userns())
			return -1;
	return unshare(CLONE_NEWNS);
}

static long userns_mknod(void)
{
	if (userns())
		return -1;
	(void)unlink("/tmp/n");
	return mknod("/tmp/n", S_IFCHR | 0600, makedev(1, 3));
}

static long userns_core_pattern(void)
{
	if (userns())
		return -1;
	return esc_open_close("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static long umask_then_mount(void)
{
	if (unshare(CLONE_NEWNS))
		return -1;
	return mount_tmpfs();
}

static long umask_then_pivot(void)
{
	if (unshare(CLONE_NEWNS))
		return -1;
	return syscall(SYS_pivot_root, "/mnt", "/mnt");
}

static long umask_then_hostname(void)
{
	if (unshare(CLONE_NEWUTS))
		return -1;
	return sethostname("inner", 5);
}

static long setns_of(const char *path, int type)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : setns(fd, type);
}

static long setns_own_mnt(void) { return setns_of("/proc/self/ns/mnt", CLONE_NEWNS); }
static long setns_own_uts(void) { return setns_of("/proc/self/ns/uts", CLONE_NEWUTS); }
static long setns_own_pid(void) { return setns_of("/proc/self/ns/pid", CLONE_NEWPID); }
static long setns_host_mnt(void) { return setns_of("/proc/1/ns/mnt", CLONE_NEWNS); }
static long setns_victim_mnt(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", sh->victim);
	return setns_of(path, CLONE_NEWNS);
}

static long setns_passed(int what, int type)
{
	int fd = esc_host_fd(what, 0);

	return fd < 0 ? -1 : setns(fd, type);
}

static long setns_passed_mnt(void) { return setns_passed('m', CLONE_NEWNS); }
static long setns_passed_uts(void) { return setns_passed('u', CLONE_NEWUTS); }
static long setns_passed_pid(void) { return setns_passed('p', CLONE_NEWPID); }
static long setns_passed_user(void) { return setns_passed('U', CLONE_NEWUSER); }
static long setns_passed_pidfd(void) { return setns_passed('f', CLONE_NEWNS | CLONE_NEWUTS); }
static long setns_passed_in_userns(void) { return userns() ? -1 : setns_passed('u', CLONE_NEWUTS); }

struct ns_info {
	uint32_t size, mounts;
	uint64_t id;
};

static long setns_related(unsigned long cmd)
{
	int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), fd;

	if (ns < 0)
		return -1;
	fd = ioctl(ns, cmd, NULL);
	if (fd < 0)
		return -1;
	return setns(fd, CLONE_NEWNS);
}

static long setns_previous(void)
{
	return setns_related(_IOR(0xb7, 12, struct ns_info));
}

static long setns_next(void)
{
	return setns_related(_IOR(0xb7, 11, struct ns_info));
}

static long answer(int what, long arg, int *ret_fd)
{
	static const struct { int what; const char *path; } files[] = {
		{ 'm', "/proc/self/ns/mnt" }, { 'u', "/proc/1/ns/uts" }, { 'p', "/proc/1/ns/pid" },
		{ 'U', "/proc/1/ns/user" },
	};

	(void)arg;
	if (what == 'f') {
		*ret_fd = (int)syscall(SYS_pidfd_open, sh->victim, 0);
		return *ret_fd;
	}
	for (size_t i = 0; i < ESC_COUNT(files); i++)
		if (files[i].what == what)
			return *ret_fd = open(files[i].path, O_RDONLY | O_CLOEXEC);
	return -1;
}

#define NOT_FOUND { ENOENT, ESRCH }
#define NO_TYPE { ENODEV }
#define UMASK (V_UMASK)

static const struct esc_attack attacks[] = {
	/* first what changes nothing, last what would hurt the rest */
	{ "mount tmpfs", mount_tmpfs, ALL | V_MFLAT | V_MNS | V_RNS, V_HNS | V_BNS, {} },
	{ "mount ramfs", mount_ramfs, ALL | V_MFLAT | V_MNS | V_RNS, V_HNS | V_BNS, {} },
	{ "mount proc", mount_proc, ALL, V_HNS | MOUNTERS, {} },
	{ "mount devpts", mount_devpts, ALL, V_HNS | MOUNTERS, {} },
	{ "mount mqueue", mount_mqueue, ALL | V_MFLAT | V_MNS | V_RNS, V_HNS | V_BNS, {} },
	{ "mount overlay", mount_overlay, ALL | V_MFLAT | V_MNS | V_RNS, 0, {} },
	{ "mount sysfs", mount_sysfs, ALL | MOUNTERS | V_ADMIN, V_HNS, {} },
	{ "mount debugfs", mount_debugfs, ALL | MOUNTERS | V_ADMIN, 0, NO_TYPE },
	{ "mount tracefs", mount_tracefs, ALL | MOUNTERS | V_ADMIN, 0, NO_TYPE },
	{ "mount securityfs", mount_securityfs, ALL | MOUNTERS | V_ADMIN, V_HNS, NO_TYPE },
	{ "mount configfs", mount_configfs, ALL | MOUNTERS | V_ADMIN, 0, NO_TYPE },
	{ "mount bpf", mount_bpf, ALL | MOUNTERS | V_ADMIN, 0, NO_TYPE },
	{ "mount pstore", mount_pstore, ALL | MOUNTERS | V_ADMIN, 0, NO_TYPE },
	{ "mount cgroup", mount_cgroup, ALL | MOUNTERS | V_ADMIN, 0, { ENODEV, EINVAL } },
	{ "mount cgroup with release_agent", mount_cgroup_agent, ALL | MOUNTERS | V_ADMIN, 0, { ENODEV, EINVAL } },
	{ "mount cgroup2", mount_cgroup2, ALL | MOUNTERS | V_ADMIN, V_HNS, {} },
	{ "mount devtmpfs", mount_devtmpfs, ALL | MOUNTERS | V_ADMIN, V_HNS, {} },
	{ "mount binfmt_misc", mount_binfmt_misc, ALL | MOUNTERS | V_ADMIN, V_HNS, {} },
	{ "mount hugetlbfs", mount_hugetlbfs, ALL | MOUNTERS, 0, NO_TYPE },
	{ "mount rpc_pipefs", mount_rpc_pipefs, ALL | MOUNTERS, 0, NO_TYPE },
	{ "mount nfsd", mount_nfsd, ALL | MOUNTERS, 0, NO_TYPE },
	{ "mount the root disk", mount_disk, ALL | MOUNTERS, V_HNS, {} },
	{ "mount fuse", mount_fuse, ALL | MOUNTERS, 0, { ENODEV, EINVAL } },
	{ "bind mount inside", do_bind, ALL, V_HNS | MOUNTERS, {} },
	{ "devices are off on what it mounts", nodev_forced, 0, MOUNTERS, {} },
	{ "MS_SHARED on a mount of the host", make_shared, ALL, V_HNS, {} },
	{ "remount a bind of the host", remount_rw, ALL | V_MFLAT | V_MNS | V_BNS, 0, {} },
	{ "remount a superblock of the host", remount_sb, ALL | MOUNTERS, 0, {} },
	{ "remount with new options", remount_sb_size, ALL | MOUNTERS, 0, {} },
	{ "devices by remounting", remount_dev, ALL | MOUNTERS, 0, {} },
	{ "umount, forced", unmount_force, ALL | MOUNTERS, 0, {} },
	{ "umount, expire", unmount_expire, ALL, 0, {} },
	{ "fsopen tmpfs", do_fsopen, ALL | MOUNTERS, V_HNS, {} },
	{ "fsopen proc", do_fsopen_proc, ALL | MOUNTERS, V_HNS, {} },
	{ "fsopen, fsconfig, fsmount", do_fsmount, ALL | MOUNTERS, V_HNS, {} },
	{ "fspick", do_fspick, ALL | MOUNTERS, V_HNS, {} },
	{ "open_tree with a clone", do_open_tree, ALL | MOUNTERS, V_HNS, {} },
	{ "move_mount", do_move_mount, ALL | MOUNTERS, 0, {} },
	{ "move_mount beneath", do_move_mount_beneath, ALL | MOUNTERS, 0, {} },
	{ "mount_setattr", do_mount_setattr, ALL | MOUNTERS, 0, {} },
	{ "mount_setattr, propagation", setattr_propagation, ALL | MOUNTERS, 0, {} },
	{ "umount of the root", unmount_root, V_ROOTED | MOUNTERS, 0, { EINVAL } },
	{ "bind the directory above, look into it", bind_barrier, V_FLAT | MOUNTERS, 0, { ENOENT } },
	{ "bind a directory of the host", bind_from_above, V_FLAT | MOUNTERS, 0, { ENOENT } },
	{ "move the mount above", move_barrier, V_FLAT | MOUNTERS, 0, { ELOOP, EINVAL } },
	{ "remount the mount above", remount_barrier, V_FLAT | MOUNTERS, 0, {} },
	{ "mount over the barrier, then up", mount_over_barrier, V_FLAT | MOUNTERS, V_HFLAT, { ENOENT } },
	{ "bind over the barrier, then up", bind_over_barrier, V_FLAT | MOUNTERS, V_HFLAT, { ENOENT } },
	{ "mount on the directory above", mount_on_barrier, V_FLAT | MOUNTERS, 0, {} },
	{ "umount the mount above", unmount_barrier, V_FLAT | MOUNTERS, 0, {} },
	{ "unshare mount", unshare_mnt, V_GUESTS | V_USERNS | V_CCAPS | MOUNTERS, V_HNS | UMASK, {} },
	{ "unshare uts", unshare_uts, V_GUESTS | V_USERNS, V_HNS | UMASK, {} },
	{ "unshare ipc", unshare_ipc, V_GUESTS | V_USERNS, V_HNS | UMASK, {} },
	{ "unshare pid", unshare_pid, V_GUESTS | V_USERNS, V_HNS | UMASK, {} },
	{ "unshare net", unshare_net, V_GUESTS | V_USERNS, V_HNS | UMASK, {} },
	{ "unshare cgroup", unshare_cgroup, V_GUESTS | V_USERNS, V_HNS, {} },
	{ "unshare time", unshare_time, V_GUESTS | V_USERNS, UMASK, {} },
	{ "unshare user", unshare_user, V_GUESTS | V_CCAPS | MOUNTERS, V_HNS | UMASK | V_USERNS, {} },
	{ "unshare user and mount", unshare_user_mnt, V_GUESTS | V_USERNS, V_HNS, {} },
	{ "unshare user and all others", unshare_user_all, V_GUESTS | V_USERNS, V_HNS, {} },
	{ "clone3 mount", clone_mnt, V_GUESTS | V_USERNS, V_HNS | UMASK, {} },
	{ "clone3 pid", clone_pid, V_GUESTS | V_USERNS, V_HNS | UMASK, {} },
	{ "clone3 net", clone_net, V_GUESTS | V_USERNS, V_HNS | UMASK, {} },
	{ "clone3 user", clone_user, V_GUESTS, V_HNS | UMASK | V_USERNS, {} },
	{ "clone3 user and mount", clone_user_mnt, V_GUESTS | V_USERNS, V_HNS, {} },
	{ "user namespace, then mount", userns_mount, V_GUESTS | V_UMASK | V_USERNS, V_HNS, {} },
	{ "user namespace, then raw socket", userns_net_admin, V_GUESTS | V_UMASK | V_USERNS, V_HNS, {} },
	{ "user namespace, then sethostname", userns_sethostname, V_GUESTS | V_USERNS, V_HNS | V_UMASK, {} },
	{ "user namespace, then unshare", userns_cap, V_GUESTS | V_USERNS, V_HNS | V_UMASK, {} },
	{ "user namespaces in each other, then unshare", userns_nested, V_GUESTS | V_USERNS, V_HNS, {} },
	{ "user namespace, then mknod", userns_mknod, V_GUESTS | V_UMASK | V_USERNS, 0, {} },
	{ "user namespace, then core_pattern", userns_core_pattern, V_GUESTS | V_UMASK | V_USERNS, 0, {} },
	{ "own mount namespace, then mount", umask_then_mount, V_UMASK, 0, {} },
	{ "own mount namespace, then pivot_root", umask_then_pivot, V_UMASK, 0, {} },
	{ "own UTS namespace, then sethostname", umask_then_hostname, 0, V_UMASK, {} },
	{ "setns to its own mount namespace", setns_own_mnt, V_GUESTS | V_UMASK, V_HNS, {} },
	{ "setns to its own UTS namespace", setns_own_uts, V_GUESTS | V_UMASK, V_HNS, {} },
	{ "setns to its own pid namespace", setns_own_pid, V_GUESTS | V_UMASK, V_HNS, {} },
	{ "setns to init's mount namespace", setns_host_mnt, V_FLAT | V_NS | V_BARE | V_UMASK, 0, NOT_FOUND },
	{ "setns to the host's mount namespace", setns_victim_mnt, V_GUESTS | V_UMASK | V_ADMIN, 0, NOT_FOUND },
	{ "setns, passed mount namespace", setns_passed_mnt, V_GUESTS | V_UMASK, V_HNS, {} },
	{ "setns, passed UTS namespace", setns_passed_uts, V_GUESTS | V_UMASK, V_HNS, {} },
	{ "setns, passed pid namespace", setns_passed_pid, V_GUESTS | V_UMASK, V_HNS, {} },
	{ "setns, passed user namespace", setns_passed_user, V_GUESTS | V_UMASK, 0, { EINVAL } },
	{ "setns, passed pidfd", setns_passed_pidfd, V_GUESTS | V_UMASK, V_HNS, {} },
	{ "setns from a user namespace", setns_passed_in_userns, V_GUESTS | V_UMASK | V_USERNS, 0, {} },
	{ "setns to the previous mount namespace", setns_previous, V_GUESTS | V_UMASK | V_ADMIN, 0, { ENOENT, ENOTTY } },
	{ "setns to the next mount namespace", setns_next, V_GUESTS | V_UMASK | V_ADMIN, 0, { ENOENT, ENOTTY } },
	{ "move a mount of the host", move, ALL, 0, {} },
	{ "move a mount inside, and back", move_back, 0, MOUNTERS, {} },
	{ "umount a mount of the host", unmount, ALL, V_HNS, {} },
};

static const struct esc_check checks[] = {
	{ "the mounts of the host are as they were", host_mounts },
	{ "nothing covers the directory above", host_sees_mount_of_dir },
	{ "no mount has appeared", no_new_mount },
};

ESC_TEST(.checks = checks, .nr_checks = ESC_COUNT(checks), .answer = answer)
