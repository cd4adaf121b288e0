// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-given - a file of the host that is given for reading is not changed by who owns it by the number of its uid
 * bed: um qemu
 * timeout: 60
 */
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/kd.h>
#include <sys/xattr.h>
#include <termios.h>
#include "../prog/esc.h"

#ifndef FS_IOC_SETVERSION
#define FS_IOC_SETVERSION _IOW('v', 2, long)
#endif

#ifndef EXT4_IOC_CLEAR_ES_CACHE
#define EXT4_IOC_CLEAR_ES_CACHE _IO('f', 40)
#endif

#define ALL V_GUESTS
/* a guest without a root of its own has the files of the host anyway */
#define OUTSIDE V_ROOTED
#define HOST_FILE ESC_DIR "/given"
#define ACL "system.posix_acl_access"
#define CAPS "security.capability"

/* owner rwx, uid 1000 r, group -, mask r, others - */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	1, 0, 7, 0, 255, 255, 255, 255,
	2, 0, 4, 0, 232, 3, 0, 0,
	4, 0, 0, 0, 255, 255, 255, 255,
	16, 0, 4, 0, 255, 255, 255, 255,
	32, 0, 0, 0, 255, 255, 255, 255,
};
/* CAP_NET_RAW, effective */
static const unsigned char caps[] = { 1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

#define WITH_FILE(id, expr)							\
	static long id(void)							\
	{									\
		int fd = esc_host_fd('r', 0);					\
										\
		return fd < 0 ? ESC_SKIP : (expr);				\
	}

/* a file system with checksums has no other generations, but its own commands for the owner */
static long generation(int fd)
{
	int value = 0;
	long r;

	if (ioctl(fd, FS_IOC_GETVERSION, &value))
		return ESC_SKIP;
	value++;
	r = ioctl(fd, FS_IOC_SETVERSION, &value);
	if (r < 0 && errno == ENOTTY)
		r = ioctl(fd, EXT4_IOC_CLEAR_ES_CACHE);
	return r < 0 && errno == ENOTTY ? ESC_SKIP : r;
}

/* what says nothing but how the file is, and is not even a terminal */
static long look(int fd)
{
	struct fiemap map = { .fm_length = FIEMAP_MAX_OFFSET };
	char b[64];
	int n;

	if (fgetxattr(fd, "user.mark", b, sizeof(b)) != 4 || ioctl(fd, FIONREAD, &n) || ioctl(fd, FIGETBSZ, &n))
		return -1;
	if (ioctl(fd, FS_IOC_FIEMAP, &map) && errno != EOPNOTSUPP && errno != ENOTTY)
		return -1;
	return isatty(fd) || errno != ENOTTY ? esc_fail(EIO) : 0;
}

WITH_FILE(set_user, fsetxattr(fd, "user.new", "x", 1, 0))
WITH_FILE(replace_user, fsetxattr(fd, "user.mark", "xxxx", 4, 0))
WITH_FILE(remove_user, fremovexattr(fd, "user.mark"))
WITH_FILE(remove_acl, fremovexattr(fd, ACL))
WITH_FILE(remove_caps, fremovexattr(fd, CAPS))
WITH_FILE(set_generation, generation(fd))
WITH_FILE(look_at_it, look(fd))

static long own_file(void)
{
	const char *path = gp("/tmp/own");
	long r = -1;
	int fd;

	(void)unlink(path);
	if (!esc_file(path, "mine\n", 0600))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fsetxattr(fd, "user.mark", "mine", 4, 0) == 0 && fsetxattr(fd, ACL, acl, sizeof(acl), 0) == 0 &&
	    fsetxattr(fd, CAPS, caps, sizeof(caps), 0) == 0 && fremovexattr(fd, "user.mark") == 0 &&
	    fremovexattr(fd, ACL) == 0 && fremovexattr(fd, CAPS) == 0) {
		r = generation(fd);
		if (r == ESC_SKIP)
			r = 0;
	}
	if (fd >= 0)
		close(fd);
	return r;
}

/*
 * /dev/tty is every terminal, also the screen of who came in from there. It is tried with a pty, which knows
 * nothing of keyboards and says so; with a screen it would work.
 */
static long by_dev_tty(unsigned long cmd)
{
	int ptm = open(gp("/dev/ptmx"), O_RDWR | O_NOCTTY | O_CLOEXEC), unlock = 0, pts, tty;
	long r;

	(void)setsid();
	if (ptm < 0 || ioctl(ptm, TIOCSPTLCK, &unlock))
		return ESC_SKIP;
	pts = ioctl(ptm, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pts < 0 || ioctl(pts, TIOCSCTTY, 0))
		return ESC_SKIP;
	tty = open(gp("/dev/tty"), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		return ESC_SKIP;
	r = ioctl(tty, cmd, 0);
	return r < 0 && errno == ENOTTY ? 0 : r;
}

static long keyboard_off(void) { return by_dev_tty(KDSKBMODE); }
static long screen_off(void) { return by_dev_tty(KDSETMODE); }
static long switch_screen(void) { return by_dev_tty(0x5606 /* VT_ACTIVATE */); }

static long dev_tty_works(void)
{
	return by_dev_tty(TCFLSH);
}

static long fuse_control(void)
{
	long r = mount("fusectl", gp("/pseudo"), "fusectl", 0, NULL);

	if (r == 0)
		(void)umount2(gp("/pseudo"), MNT_DETACH);
	return r < 0 && errno == ENODEV ? ESC_SKIP : r;
}

static long answer(int what, long arg ESC_UNUSED, int *ret_fd)
{
	if (what != 'r')
		return -1;
	*ret_fd = open(HOST_FILE, O_RDONLY | O_CLOEXEC);
	return *ret_fd;
}

static int host_generation;

static void prepare(void)
{
	int fd;

	(void)unlink(HOST_FILE);
	if (!esc_file(HOST_FILE, "given for reading\n", 0700) || setxattr(HOST_FILE, "user.mark", "host", 4, 0) ||
	    setxattr(HOST_FILE, ACL, acl, sizeof(acl), 0) || setxattr(HOST_FILE, CAPS, caps, sizeof(caps), 0))
		esc_die(HOST_FILE);
	fd = open(HOST_FILE, O_RDONLY | O_CLOEXEC);
	host_generation = 0;
	(void)ioctl(fd, FS_IOC_GETVERSION, &host_generation);
	close(fd);
}

static bool unchanged(void)
{
	char b[64];
	int fd = open(HOST_FILE, O_RDONLY | O_CLOEXEC), now = 0;

	(void)ioctl(fd, FS_IOC_GETVERSION, &now);
	close(fd);
	/* the ones without a context have changed it */
	if (sh->kind & ESC_NO_CONTEXT || sh->kind == V_BARE)
		return true;
	return now == host_generation && getxattr(HOST_FILE, "user.mark", b, sizeof(b)) == 4 && !memcmp(b, "host", 4) &&
		getxattr(HOST_FILE, "user.new", b, sizeof(b)) < 0 &&
		getxattr(HOST_FILE, ACL, b, sizeof(b)) == sizeof(acl) &&
		getxattr(HOST_FILE, CAPS, b, sizeof(b)) == sizeof(caps);
}

static const struct esc_attack attacks[] = {
	{ "look at a given file", look_at_it, 0, ALL | V_HNS, {} },
	{ "new attribute of a given file", set_user, OUTSIDE, V_HNS, {} },
	{ "replace an attribute of a given file", replace_user, OUTSIDE, V_HNS, {} },
	{ "remove an attribute of a given file", remove_user, OUTSIDE, V_HNS, {} },
	{ "remove the access list of a given file", remove_acl, OUTSIDE, V_HNS, {} },
	{ "remove the capabilities of a given file", remove_caps, OUTSIDE, V_HNS, {} },
	{ "commands for the owner of a given file", set_generation, OUTSIDE, V_HNS, {} },
	{ "all of that with its own file", own_file, 0, OUTSIDE | V_HNS, {} },
	{ "/dev/tty: keyboard", keyboard_off, ALL, V_HNS, {} },
	{ "/dev/tty: screen", screen_off, ALL, V_HNS, {} },
	{ "/dev/tty: other screen", switch_screen, ALL, V_HNS, {} },
	{ "/dev/tty: as a terminal", dev_tty_works, 0, ALL | V_HNS, {} },
	{ "mount the controls of FUSE", fuse_control, ALL | V_BNS | V_ADMIN, V_HNS, {} },
};

static const struct esc_check checks[] = {
	{ "the given file is unchanged", unchanged },
};

int main(int argc, char **argv)
{
	static const struct esc_test test = {
		.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), .prepare = prepare, .answer = answer,
		.checks = checks, .nr_checks = ESC_COUNT(checks),
	};

	return esc_main(argc, argv, &test);
}
