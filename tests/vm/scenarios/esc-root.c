// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-root - root of a guest cannot leave its root directory, nor open files behind it or devices
 * bed: um qemu
 * timeout: 60
 */
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include "../prog/esc.h"

#define CHROOT (V_FLAT | V_FAKE | V_NS | V_PID | V_LATE | V_OUTER | V_MFLAT | V_UMASK)
#define ROOTED (V_FLAT | V_NS | V_PID)

/* Is it the host's root where we are? */
static long see_secret_at(int dir)
{
	char buf[64] = "";
	int fd = openat(dir, "esc/secret", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (read(fd, buf, sizeof(buf)) < 0)
		return -1;
	esc_say("read: %s", buf);
	close(fd);
	return 1;
}

static int room(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/tmp/%s", name);
	if (mkdir(path, 0755) && errno != EEXIST)
		return -1;
	return chroot(path);
}

static long walk_up(void)
{
	for (int i = 0; i < 32; i++) {
		if (chdir(".."))
			return -1;
		if (see_secret_at(AT_FDCWD) > 0)
			return 1;
	}
	return see_secret_at(AT_FDCWD);
}

static long leave_by_chroot(void)
{
	if (room("a"))
		return -1;
	return walk_up();
}

static long leave_by_chroot_twice(void)
{
	if (room("a") || mkdir("b", 0755) < -1 || chroot("tmp"))
		return -1;
	return walk_up();
}

static long leave_by_fchdir(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || room("a") || chdir("/") || fchdir(fd))
		return -1;
	return walk_up();
}

static long leave_by_one_path(void)
{
	if (room("a"))
		return -1;
	return esc_open_close("../../../../../../../../../../esc/secret", O_RDONLY);
}

static long leave_by_openat(void)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || room("a"))
		return -1;
	for (int i = 0; i < 32; i++) {
		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0)
			return -1;
		fd = up;
		if (see_secret_at(fd) > 0)
			return 1;
	}
	return see_secret_at(fd);
}

static int above(void)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || room("a"))
		return -1;
	return openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static long list_above(void)
{
	int proc = open("/proc", O_PATH | O_CLOEXEC), fd = above();
	char path[64];
	struct stat a, b;

	if (fd < 0)
		return -1;
	/* where nothing is above, this is the root again */
	if (fstat(proc, &b) || fstat(fd, &a))
		return -1;
	if (faccessat(fd, "esc-test", F_OK, 0) == 0)
		return esc_fail(EACCES);
	fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	(void)snprintf(path, sizeof(path), "self/fd/%d", fd);
	return openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long enter_above(void)
{
	int fd = above();

	if (fd < 0)
		return -1;
	if (faccessat(fd, "esc-test", F_OK, 0) == 0)
		return esc_fail(EACCES);
	return fchdir(fd);
}

static long make_above(void)
{
	int fd = above();

	if (fd < 0)
		return -1;
	if (faccessat(fd, "esc-test", F_OK, 0) == 0)
		return esc_fail(EACCES);
	return mkdirat(fd, "made-by-guest", 0755);
}

static long neighbour_above(void)
{
	int fd = above();

	if (fd < 0)
		return -1;
	return openat(fd, "secret", O_RDONLY | O_CLOEXEC);
}

static long leave_by_proc_link(void)
{
	int proc = open("/proc", O_PATH | O_CLOEXEC), fd = above();
	char path[128];

	if (fd < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "self/fd/%d/../../../../../esc/secret", fd);
	return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

static long leave_by_symlink(void)
{
	int fd = open("/tmp", O_PATH | O_CLOEXEC);

	(void)unlink("/tmp/link");
	if (fd < 0 || symlink("../../../../../../../../esc/secret", "/tmp/link") || room("a"))
		return -1;
	return openat(fd, "link", O_RDONLY | O_CLOEXEC);
}

static long leave_with_cwd_of_child(void)
{
	/* a child shares the directories, and leaves for both */
	static char stack[65536];
	int status;
	pid_t pid;

	(void)stack;
	pid = (pid_t)syscall(SYS_clone, CLONE_FS | SIGCHLD, NULL, NULL, NULL, NULL);
	if (!pid)
		_exit(room("a") ? 1 : 0);
	if (waitpid(pid, &status, 0) < 0)
		return -1;
	return walk_up();
}

static long pivot(void)
{
	/* where that can be done, it shall not be done to the others */
	(void)unshare(CLONE_NEWNS);
	/* a mount that the host has made */
	return syscall(SYS_pivot_root, "/mnt", "/mnt");
}

static long link_secret(void)
{
	int fd = above();

	if (fd < 0)
		return -1;
	return linkat(fd, "secret", AT_FDCWD, "/stolen", 0);
}

/* Links of procfs. */

static long proc_link(pid_t pid, const char *what)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%d/%s", gp("/proc"), pid, what);
	return esc_open_close(path, O_PATH);
}

static long root_of_init(void)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/1/root/esc/secret", gp("/proc"));
	return esc_open_close(path, O_RDONLY);
}

static long root_of_victim(void) { return proc_link(sh->victim, "root/."); }
static long cwd_of_victim(void) { return proc_link(sh->victim, "cwd/."); }
static long exe_of_victim(void) { return proc_link(sh->victim, "exe"); }
static long fd_of_victim(void) { return proc_link(sh->victim, "fd/1"); }
static long fds_of_victim(void) { return proc_link(sh->victim, "fd"); }
static long ns_of_victim(void) { return proc_link(sh->victim, "ns/mnt"); }
static long ns_of_init(void) { return proc_link(1, "ns/../root/esc"); }
static long maps_of_victim(void) { return proc_link(sh->victim, "map_files"); }

static long links_of_all(void)
{
	static const char *const links[] = { "root/esc/secret", "cwd/esc/secret" };
	long r = esc_fail(ENOENT);

	for (pid_t pid = 1; pid < sh->host + 300; pid++) {
		for (size_t i = 0; i < ESC_COUNT(links); i++) {
			if (proc_link(pid, links[i]) >= 0) {
				esc_say("through process %d", pid);
				return 1;
			}
		}
	}
	return r;
}

static long task_links_of_all(void)
{
	char path[128];

	for (pid_t pid = 1; pid < sh->host + 300; pid++) {
		(void)snprintf(path, sizeof(path), "self/task/%d/root/esc/secret", pid);
		if (proc_link(getpid(), path + 5) >= 0)
			return 1;
	}
	return esc_fail(ENOENT);
}

static long own_links(void)
{
	long a = proc_link(getpid(), "root/."), b = proc_link(getpid(), "cwd/."), c = proc_link(getpid(), "exe");

	return a < 0 || b < 0 || c < 0 ? -1 : 0;
}

/* A script that is run by the program that starts it, if that is of the host; see esc-enter too. */
static long own_map_files(void)
{
	char path[64];
	DIR *d;
	struct dirent *e;
	long r = -1;

	(void)snprintf(path, sizeof(path), "%s/self/map_files", gp("/proc"));
	d = opendir(path);
	if (!d)
		return -1;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		r = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
		break;
	}
	return r;
}

/* File handles. */

struct handle {
	unsigned int bytes;
	int type;
	unsigned char data[128];
};

static long open_handle(uint32_t ino, uint32_t gen, int flags)
{
	struct handle h = { .bytes = 8, .type = 1 /* FILEID_INO32_GEN */ };
	int at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return -1;
	memcpy(h.data, &ino, 4);
	memcpy(h.data + 4, &gen, 4);
	return syscall(SYS_open_by_handle_at, at, &h, flags);
}

static long handle_of_root(void)
{
	long fd = open_handle(2, 0, O_RDONLY | O_DIRECTORY);

	return fd < 0 ? -1 : see_secret_at((int)fd);
}

static long handle_of_root_path(void)
{
	long fd = open_handle(2, 0, O_PATH | O_DIRECTORY);

	return fd < 0 ? -1 : see_secret_at((int)fd);
}

static long handles_at_random(void)
{
	for (uint32_t ino = 11; ino < 400; ino++)
		if (open_handle(ino, 0, O_RDONLY) >= 0)
			return 1;
	return -1;
}

static long handle_of_own(void)
{
	struct handle h = { .bytes = sizeof(h.data) };
	int mount_id, at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (at < 0 || syscall(SYS_name_to_handle_at, at, "tmp", &h, &mount_id, 0))
		return -1;
	return syscall(SYS_open_by_handle_at, at, &h, O_RDONLY);
}

static long handle_in_userns(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	return handle_of_root();
}

/* Devices. */

/* anybody may open this one; what matters is to make a device or to attach to one: see net-tun */
static long dev_tun(void)
{
	struct ifreq req = { .ifr_name = "esc0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open(gp("/dev/tun"), O_RDWR);

	return fd < 0 ? -1 : ioctl(fd, TUNSETIFF, &req);
}

static long device(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/dev/%s", name);
	for (int flags = 0; flags < 4; flags++)
		if (esc_open_close(gp(path), flags) >= 0)
			return 1;
	return -1;
}

#define DEVICE(id, name) static long dev_##id(void) { return device(name); }
DEVICE(mem, "mem")
DEVICE(kmem, "kmem")
DEVICE(port, "port")
DEVICE(kmsg, "kmsg")
DEVICE(console, "console")
DEVICE(tty0, "tty0")
DEVICE(tty1, "tty1")
DEVICE(ttyS0, "ttyS0")
DEVICE(loop0, "loop0")
DEVICE(loop_control, "loop-control")
DEVICE(fuse, "fuse")
DEVICE(rootdisk, "rootdisk")

static long device_by_path_fd(void)
{
	int fd = open(gp("/dev/rootdisk"), O_PATH | O_CLOEXEC);
	char path[64];

	if (fd < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/self/fd/%d", gp("/proc"), fd);
	return esc_open_close(path, O_RDONLY);
}

static long device_by_hard_link(void)
{
	(void)unlink(gp("/tmp/disk"));
	if (link(gp("/dev/rootdisk"), gp("/tmp/disk")))
		return -1;
	return esc_open_close(gp("/tmp/disk"), O_RDONLY);
}

static long device_moved(void)
{
	long r;

	if (rename(gp("/dev/kmsg"), gp("/tmp/null")))
		return -1;
	r = esc_open_close(gp("/tmp/null"), O_RDONLY);
	(void)rename(gp("/tmp/null"), gp("/dev/kmsg"));
	return r;
}

static long make_device(void)
{
	(void)unlink(gp("/tmp/node"));
	return mknod(gp("/tmp/node"), S_IFCHR | 0600, makedev(1, 1));
}

static long make_disk(void)
{
	(void)unlink(gp("/tmp/node"));
	return mknod(gp("/tmp/node"), S_IFBLK | 0600, makedev(7, 0));
}

static long make_null(void)
{
	(void)unlink(gp("/tmp/node"));
	return mknod(gp("/tmp/node"), S_IFCHR | 0600, makedev(1, 3));
}

static long make_fifo(void)
{
	(void)unlink(gp("/tmp/fifo"));
	return mkfifo(gp("/tmp/fifo"), 0600);
}

static long usual_devices(void)
{
	static const char *const names[] = { "null", "zero", "full", "random", "urandom", "ptmx" };

	for (size_t i = 0; i < ESC_COUNT(names); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/dev/%s", names[i]);
		if (esc_open_close(gp(path), O_RDWR) < 0) {
			esc_say("%s", path);
			return -1;
		}
	}
	return 0;
}

static long own_pty(void)
{
	int m = open(gp("/dev/ptmx"), O_RDWR | O_NOCTTY | O_CLOEXEC), zero = 0, n = -1;
	char path[64];

	if (m < 0 || ioctl(m, TIOCSPTLCK, &zero) || ioctl(m, TIOCGPTN, &n))
		return -1;
	(void)snprintf(path, sizeof(path), "/dev/pts/%d", n);
	return esc_open_close(gp(path), O_RDWR);
}

static long own_files(void)
{
	return esc_file(gp("/tmp/file"), "x", 0600) && chmod(gp("/tmp/file"), 0644) == 0 &&
		chown(gp("/tmp/file"), 1000, 1000) == 0 && unlink(gp("/tmp/file")) == 0 ? 0 : -1;
}

static long own_chroot(void)
{
	return room("own") || chdir("/") ? -1 : 0;
}

/* what programs do that shut a part of themselves away, and go on with what they hold */
static long own_chroot_and_kept(void)
{
	int fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC), root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), f;

	if (fd < 0 || root < 0 || room("own"))
		return -1;
	f = openat(fd, "kept", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f < 0 || write(f, "x", 1) != 1) {
		esc_say("openat");
		return -1;
	}
	if (fchdir(root) || chroot(".") || access("/esc-test", F_OK)) {
		esc_say("back");
		return -1;
	}
	return 0;
}

static bool nothing_made(void)
{
	return access(ESC_DIR "/made-by-guest", F_OK) && access(ESC_ROOT "/stolen", F_OK);
}

#define NOT_FOUND { ENOENT, ESRCH }

static const struct esc_attack attacks[] = {
	{ "chroot, then up", leave_by_chroot, CHROOT, V_HFLAT, NOT_FOUND },
	{ "chroot twice, then up", leave_by_chroot_twice, CHROOT, V_HFLAT, NOT_FOUND },
	{ "chroot, fchdir to a kept directory, then up", leave_by_fchdir, CHROOT, V_HFLAT, NOT_FOUND },
	{ "chroot, up in one path", leave_by_one_path, CHROOT, V_HFLAT, NOT_FOUND },
	{ "chroot, up by openat of O_PATH handles", leave_by_openat, CHROOT, V_HFLAT, NOT_FOUND },
	{ "list the directory above", list_above, CHROOT, V_HFLAT, NOT_FOUND },
	{ "fchdir to the directory above", enter_above, CHROOT, V_HFLAT, NOT_FOUND },
	{ "make a directory above", make_above, V_GUESTS & ~V_BARE, 0, NOT_FOUND },
	{ "open a file beside the root", neighbour_above, CHROOT, V_HFLAT, NOT_FOUND },
	{ "up through /proc/self/fd", leave_by_proc_link, CHROOT, V_HFLAT, NOT_FOUND },
	{ "up by a symbolic link", leave_by_symlink, CHROOT, V_HFLAT, NOT_FOUND },
	{ "chroot by a child that shares directories", leave_with_cwd_of_child, CHROOT, V_HFLAT, NOT_FOUND },
	{ "hard link to a file beside the root", link_secret, CHROOT, 0, { ENOENT, EXDEV } },
	{ "pivot_root", pivot, V_GUESTS & ~V_BARE, V_HNS, {} },
	{ "/proc/1/root", root_of_init, ROOTED, V_HNS, NOT_FOUND },
	{ "/proc/<host>/root", root_of_victim, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/<host>/cwd", cwd_of_victim, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/<host>/exe", exe_of_victim, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/<host>/fd/1", fd_of_victim, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/<host>/fd", fds_of_victim, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/<host>/ns/mnt", ns_of_victim, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/1/ns/../root", ns_of_init, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/<host>/map_files", maps_of_victim, V_GUESTS, V_HNS, NOT_FOUND },
	{ "/proc/*/{root,cwd} of all processes", links_of_all, ROOTED, V_HNS, NOT_FOUND },
	{ "/proc/self/task/<host>/root", task_links_of_all, ROOTED, 0, NOT_FOUND },
	{ "/proc/self/map_files/*", own_map_files, V_GUESTS, V_HNS, NOT_FOUND },
	{ "own /proc links", own_links, 0, V_GUESTS, {} },
	{ "open_by_handle_at, inode 2", handle_of_root, V_GUESTS | V_FAKE | V_MFLAT | V_BNS, V_HNS, {} },
	{ "open_by_handle_at, inode 2, O_PATH", handle_of_root_path, V_GUESTS, V_HNS, {} },
	{ "open_by_handle_at, guessed inodes", handles_at_random, V_GUESTS, 0, {} },
	{ "open_by_handle_at, a handle of its own", handle_of_own, V_GUESTS, V_HNS, {} },
	{ "open_by_handle_at in a user namespace", handle_in_userns, V_UMASK | V_USERNS, 0, {} },
	{ "open /dev/mem", dev_mem, V_GUESTS, 0, {} },
	{ "open /dev/kmem", dev_kmem, V_GUESTS, 0, {} },
	{ "open /dev/port", dev_port, V_GUESTS, 0, {} },
	{ "open /dev/kmsg", dev_kmsg, V_GUESTS, V_HNS, {} },
	{ "open /dev/console", dev_console, V_GUESTS, V_HNS, {} },
	{ "open /dev/tty0", dev_tty0, V_GUESTS, 0, {} },
	{ "open /dev/tty1", dev_tty1, V_GUESTS, 0, {} },
	{ "open /dev/ttyS0", dev_ttyS0, V_GUESTS, 0, {} },
	{ "open /dev/loop0", dev_loop0, V_GUESTS, V_HNS, {} },
	{ "open /dev/loop-control", dev_loop_control, V_GUESTS, V_HNS, {} },
	{ "open /dev/fuse", dev_fuse, V_GUESTS, V_HNS, {} },
	{ "make a device of /dev/net/tun", dev_tun, V_GUESTS, V_HNS, {} },
	{ "open the disk of the root file system", dev_rootdisk, V_GUESTS, V_HNS, {} },
	{ "open the disk through an O_PATH handle", device_by_path_fd, V_GUESTS, V_HNS, {} },
	{ "open the disk by a hard link", device_by_hard_link, V_GUESTS, V_HNS, {} },
	{ "open a renamed device", device_moved, V_GUESTS, V_HNS, {} },
	{ "mknod of a character device", make_device, V_GUESTS, V_HNS, {} },
	{ "mknod of a block device", make_disk, V_GUESTS, V_HNS, {} },
	{ "mknod of null", make_null, V_GUESTS, V_HNS, {} },
	{ "mkfifo", make_fifo, 0, V_GUESTS, {} },
	{ "null, zero, full, random, urandom, ptmx", usual_devices, 0, V_GUESTS, {} },
	{ "a pty of its own", own_pty, 0, V_GUESTS, {} },
	{ "make, change and remove files", own_files, 0, V_GUESTS, {} },
	{ "chroot inside", own_chroot, 0, V_GUESTS, {} },
	{ "chroot inside, a file by a kept directory, and back", own_chroot_and_kept, 0, V_ROOTED | V_FAKE, {} },
};

static const struct esc_check checks[] = {
	{ "nothing was made beside the guest", nothing_made },
};

ESC_TEST(.checks = checks, .nr_checks = ESC_COUNT(checks))
