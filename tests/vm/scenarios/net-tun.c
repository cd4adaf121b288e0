// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-tun - tun devices: made and attached to by those only who were given them
 * bed: um qemu
 * timeout: 60
 */
#include "../prog/nxt.h"

#include <linux/if_tun.h>
#include <sys/sysmacros.h>

#define TUNSETNID		_IOW('T', 224, int)
#define TUNSETNID_OF_TOOLS	_IOW('T', 215, int)

static struct nxt_guest ga, gb;
static struct vxt_agent host;
static struct vxt_agent *A, *B;

/* make the device in the word, or attach to it; gives the descriptor that is attached */
NXT_FN(f_tun)
{
	struct ifreq req = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%.15s", vxt_word);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &req)) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

NXT_FN(f_ioctl)
{
	return ioctl((int)a, (unsigned long)b, c);
}

static long tun(struct vxt_agent *a, const char *name)
{
	return vxt_call(vxt_with(a, "%s", name), f_tun);
}

/* attaches and lets go again */
static bool attaches(struct vxt_agent *a, const char *name)
{
	long fd = tun(a, name);

	if (fd >= 0)
		nxt_close(a, fd);
	return fd >= 0;
}

static void test_given(void)
{
	long fd;

	tap_errno(tun(A, "tun7"), EPERM, "root of a guest makes no device");
	tap_ok(!if_nametoindex("tun7"), "there is none");
	fd = tun(&host, "tun7");
	tap_ok(fd >= 0 && vxt_call(&host, f_ioctl, fd, TUNSETPERSIST, 1) == 0 &&
	       vxt_call(&host, f_ioctl, fd, TUNSETOWNER, 0) == 0, "the host makes one that stays, of uid 0");
	tap_errno(vxt_call(&host, f_ioctl, fd, TUNSETNID, 1), EINVAL, "it cannot be a spectator's");
	tap_errno(vxt_call(&host, f_ioctl, fd, TUNSETNID, 70000), EINVAL, "nor that of a number too large");
	tap_errno(vxt_call(&host, f_ioctl, fd, _IOW('T', 250, int), 0), EINVAL, "other commands are not known");
	nxt_close(&host, fd);
	tap_errno(tun(A, "tun7"), EPERM, "uid 0 of a guest does not attach to it");

	fd = tun(&host, "tun7");
	tap_is(vxt_call(&host, f_ioctl, fd, TUNSETNID, ga.nid), 0, "it is given to the guest");
	nxt_close(&host, fd);
	tap_errno(tun(B, "tun7"), EPERM, "another guest does not attach");
	fd = tun(A, "tun7");
	tap_ok(fd >= 0, "this one does");
	tap_errno(vxt_call(A, f_ioctl, fd, TUNSETNID, gb.nid), EPERM, "and cannot pass it on");
	nxt_close(A, fd);

	fd = tun(&host, "tun7");
	tap_is(vxt_call(&host, f_ioctl, fd, TUNSETNID_OF_TOOLS, gb.nid), 0, "the host does, by the other number");
	nxt_close(&host, fd);
	tap_ok(!attaches(A, "tun7") && attaches(B, "tun7"), "now it is the other one's");

	fd = tun(&host, "tun7");
	tap_ok(vxt_call(&host, f_ioctl, fd, TUNSETNID, 0) == 0 && vxt_call(&host, f_ioctl, fd, TUNSETPERSIST, 0) == 0,
	       "and taken back");
	nxt_close(&host, fd);
	tap_ok(!if_nametoindex("tun7"), "it has gone");
}

static void test_made(void)
{
	long fd;

	tap_is(nx_set_ncaps(gb.nid, VSERVER_NCAP_TUN_CREATE), 0, "a guest may make devices");
	fd = tun(B, "tun8");
	tap_ok(fd >= 0, "and does");
	(void)vxt_call(B, f_ioctl, fd, TUNSETPERSIST, 1);
	(void)vxt_call(B, f_ioctl, fd, TUNSETOWNER, 0);
	nxt_close(B, fd);
	tap_ok(attaches(B, "tun8"), "it attaches again");
	tap_errno(tun(A, "tun8"), EPERM, "another guest does not");
	tap_errno(tun(A, "tun9"), EPERM, "nor makes one");
	tap_is(nx_set_ncaps(gb.nid, 0), 0, "without the capability");
	tap_errno(tun(B, "tun9"), EPERM, "no more are made");
	tap_ok(attaches(B, "tun8"), "the one there is stays its own");
	fd = tun(&host, "tun8");
	tap_ok(fd >= 0 && vxt_call(&host, f_ioctl, fd, TUNSETPERSIST, 0) == 0, "the host can remove it");
	nxt_close(&host, fd);
	tap_ok(!if_nametoindex("tun8"), "it has gone");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	(void)mkdir("/dev/net", 0755);
	if (mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200)) && errno != EEXIST)
		tap_skip_all("no /dev/net/tun");
	if (!nxt_machine())
		tap_skip_all("no devices");
	ga.g.bcaps = gb.g.bcaps = VXT_SECURE_BCAPS;
	if (!vxt_host(&host) || !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", NULL) ||
	    !nxt_start(&gb, VXT_FLAT, 0, "10.11.0.3", NULL))
		return 1;
	A = nxt_agent(&ga);
	B = nxt_agent(&gb);
	test_given();
	test_made();
	tap_ok(nxt_stop(&ga) && nxt_stop(&gb), "both guests end");
	return vxt_done();
}
