// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-context - network contexts are made, entered, changed, shown and ended as published
 * bed: um qemu
 * timeout: 60
 */
#include "../prog/nxt.h"

_Static_assert(sizeof(struct vserver_nx_info) == 4, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_net_create) == 8, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_net_addr_v0) == 36, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_net_addr_ipv4_v1) == 12, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_net_addr_ipv4) == 16, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_net_addr_ipv6) == 40, "as in Linux-VServer");
_Static_assert(VSERVER_NET_CREATE == 0x19010001 && VSERVER_NET_MIGRATE == 0x1B010000 &&
	       VSERVER_NET_ADD_IPV4_V1 == 0x1A010001 && VSERVER_NET_ADD_IPV4 == 0x1A010002 &&
	       VSERVER_NET_REMOVE_IPV4_V1 == 0x1A020001 && VSERVER_NET_REMOVE_IPV4 == 0x1A020002 &&
	       VSERVER_NET_ADD_IPV6 == 0x1A030001 && VSERVER_NET_REMOVE_IPV6 == 0x1A040001 &&
	       VSERVER_NET_ADD_V0 == 0x1A010000 && VSERVER_NET_REMOVE_V0 == 0x1A020000 &&
	       VSERVER_NX_INFO == 0x2E060000 && VSERVER_GET_NFLAGS == 0x34050000 &&
	       VSERVER_SET_NFLAGS == 0x34060000 && VSERVER_GET_NCAPS == 0x34070000 &&
	       VSERVER_SET_NCAPS == 0x34080000, "as in Linux-VServer");
_Static_assert(VSERVER_NFLAG_INIT == 0x406000200 && VSERVER_NFLAG_ONE_TIME == 0x500000000, "as in Linux-VServer");

/* at the same address in all agents */
static struct vserver_nx_info info;

#define BAD ((void *)8)
#define PERSISTENT VSERVER_NFLAG_PERSISTENT
#define ADMIN VSERVER_NFLAG_STATE_ADMIN

NXT_FN(f_create) { return nx_create((uint32_t)a, (uint64_t)b); }
NXT_FN(f_raw) { return vserver((uint32_t)a, (uint32_t)b, (void *)c); }
NXT_FN(f_nid) { return nx_task_nid((pid_t)a); }
NXT_FN(f_add) { return nx_add((uint32_t)a, vxt_word); }
NXT_FN(f_vx) { return vx_create((uint32_t)a, VXT_SETUP); }
NXT_FN(f_vx_end_setup) { return vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP); }
NXT_FN(f_setuid) { return setresuid((uid_t)a, (uid_t)a, (uid_t)a); }

static bool file_has(const char *path, const char *text)
{
	static char buf[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	buf[n] = '\0';
	if (strstr(buf, text))
		return true;
	printf("# %s lacks '%s', it is:\n# %s\n", path, text, buf);
	return false;
}

static const char *net_path(uint32_t nid, const char *file)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/proc/virtnet/%u/%s", nid, file);
	return path;
}

static void test_create(void)
{
	uint32_t nid = nxt_free_nid();
	struct vxt_agent a, b, other;
	struct vserver_flags flags = {};
	char line[128];

	tap_is(nx_task_nid(0), 0, "the host is 0");
	tap_errno(nx_task_nid(4194304), ESRCH, "no such process");
	tap_errno(vserver(VSERVER_NX_INFO, nid, &info), ESRCH, "no such network context");
	tap_errno(vserver(VSERVER_NX_INFO, 0, &info), ESRCH, "0 is none");
	tap_errno(vserver(VSERVER_NX_INFO, 1, &info), ESRCH, "1 is none");
	tap_errno(vserver(VSERVER_NX_INFO, VSERVER_ID_SELF, &info), ESRCH, "the host has none of its own");
	tap_errno(nx_create(1, 0), EINVAL, "1 cannot be made");
	tap_errno(nx_create(65536, 0), EINVAL, "65536 cannot be made");
	tap_errno(vserver(VSERVER_NET_CREATE, nid, BAD), EFAULT, "bad pointer");
	tap_errno(nx_migrate(nid), ESRCH, "nothing to enter");

	if (!vxt_host(&a) || !vxt_host(&b) || !vxt_host(&other))
		exit(1);
	tap_is(vxt_call(&a, f_raw, VSERVER_NET_CREATE, nid, 0), nid, "create gives the number");
	tap_is(vxt_call(&a, f_nid, 0), nid, "the maker is inside");
	tap_is(nx_task_nid(a.pid), nid, "and is seen there");
	tap_is(vserver(VSERVER_NX_INFO, nid, &info), 0, "it is found");
	tap_is(info.nid, nid, "by its number");
	tap_is(vserver(VSERVER_GET_NFLAGS, nid, &flags), 0, "flags");
	tap_ok(flags.flagword == 0x406000200, "those of the published interface");
	tap_ok(flags.mask == 0xFFFFFFFEFFFFFFFF, "and what can be changed");
	tap_errno(vxt_call(&other, f_create, nid, 0), EEXIST, "exists");
	(void)snprintf(line, sizeof(line), "NxID:\t%u\n", nid);
	(void)vxt_call(vxt_with(&a, "/proc/self/status"), f_cat);
	tap_ok(strstr(a.text, line), "NxID in status");
	(void)snprintf(line, sizeof(line),
		       "NID:\t%u\nNCaps:\t0000000000000000\nNFlags:\t0000000406000200\n"
		       "V4Root[bcast]:\t255.255.255.255\nV4Root[lback]:\t127.%u.%u.1\n", nid, nid >> 8, nid & 255);
	(void)vxt_call(vxt_with(&a, "/proc/self/ninfo"), f_cat);
	tap_ok(!strcmp(a.text, line), "ninfo");
	tap_ok(file_has("/proc/self/ninfo", "NID:\t0\n"), "ninfo of the host");
	tap_is(vxt_call(&b, f_raw, VSERVER_NET_MIGRATE, nid, 0), 0, "another one enters");
	tap_ok(file_has(net_path(nid, "status"), "Tasks:\t2\nFlags:\t0000000406000200\nNCaps:\t0000000000000000\n"),
	       "two tasks");
	tap_is(vxt_call(&b, f_raw, VSERVER_NX_INFO, VSERVER_ID_SELF, (long)&info), 0, "found as one's own");
	vxt_end(&b);
	tap_ok(file_has(net_path(nid, "status"), "Tasks:\t1\n"), "one has ended");
	vxt_end(&a);
	tap_ok(!nx_exists(nid), "with its last task a context is gone");
	tap_ok(access(net_path(nid, "status"), F_OK) && errno == ENOENT, "and its directory");

	tap_is(vxt_call(&other, f_create, nid, ADMIN | PERSISTENT), nid, "a persistent one");
	vxt_end(&other);
	tap_ok(nx_exists(nid), "stays without tasks");
	tap_is(nx_set_nflags(nid, 0, PERSISTENT), 0, "until that is cleared");
	tap_ok(!nx_exists(nid), "then it is gone");
}

static void test_flags(void)
{
	uint32_t nid = nxt_free_nid();
	struct vserver_caps caps = {};
	struct vxt_agent a, b;

	if (!vxt_host(&a) || !vxt_host(&b))
		exit(1);
	tap_is(vxt_call(&a, f_create, nid, ADMIN | VSERVER_NFLAG_STATE_SETUP | VSERVER_NFLAG_INFO_PRIVATE), nid,
	       "private, in setup");
	tap_errno(vxt_call(&b, f_create, nid, 0), EBUSY, "busy while in setup");
	tap_is(vxt_call(&b, f_raw, VSERVER_NET_MIGRATE, nid, 0), 0, "can be entered in setup");
	vxt_end(&b);
	tap_is(nx_set_nflags(nid, 0, VSERVER_NFLAG_STATE_SETUP), 0, "end of setup");
	tap_is(nx_set_nflags(nid, VSERVER_NFLAG_STATE_SETUP, VSERVER_NFLAG_STATE_SETUP), 0, "set again");
	tap_ok(!(nx_get_nflags(nid) & VSERVER_NFLAG_STATE_SETUP), "without effect");
	if (!vxt_host(&b))
		exit(1);
	tap_errno(vxt_call(&b, f_raw, VSERVER_NET_MIGRATE, nid, 0), EACCES, "private: cannot be entered");
	tap_is(nx_set_ncaps(nid, 0x1101), 0, "capabilities");
	tap_is(vserver(VSERVER_GET_NCAPS, nid, &caps), 0, "come back");
	tap_ok(caps.caps == 0x1101 && caps.mask == ~0ULL, "as they were set");
	tap_is(nx_set_nflags(nid, 0, ADMIN), 0, "end of administration");
	tap_errno(nx_set_nflags(nid, 0, ADMIN), EACCES, "nothing can be changed any more");
	tap_errno(nx_add(nid, "10.11.0.2"), EACCES, "no address");
	tap_errno(vxt_call(&b, f_raw, VSERVER_NET_MIGRATE, nid, 0), EACCES, "nobody enters");
	vxt_end(&a);
	vxt_end(&b);
}

static void test_addresses(void)
{
	uint32_t nid = nxt_free_nid();
	struct vserver_net_addr_v0 v0 = { .type = VSERVER_ADDR_IPV4, .count = 2 };
	struct vserver_net_addr_ipv4_v1 v1 = { .type = VSERVER_ADDR_ADDR };
	unsigned int add = VSERVER_NET_ADD_IPV4, rem = VSERVER_NET_REMOVE_IPV4;
	struct vxt_agent a;
	char line[512];

	if (!vxt_host(&a))
		exit(1);
	(void)vxt_call(&a, f_create, nid, VSERVER_NFLAG_INIT | VSERVER_NFLAG_SINGLE_IP);
	(void)inet_pton(AF_INET, "10.0.0.1", &v1.ip);
	(void)inet_pton(AF_INET, "255.255.255.0", &v1.mask);
	tap_is(vserver(VSERVER_NET_ADD_IPV4_V1, nid, &v1), 0, "version 1: an address");
	tap_errno(vserver(VSERVER_NET_ADD_IPV4_V1, nid, &v1), EEXIST, "again: EEXIST");
	tap_ok(nx_get_nflags(nid) & VSERVER_NFLAG_SINGLE_IP, "one: still SINGLE_IP");
	v1.type = VSERVER_ADDR_RANGE;
	tap_errno(vserver(VSERVER_NET_ADD_IPV4_V1, nid, &v1), EINVAL, "version 1: no range");
	tap_errno(nx_ipv4(add, nid, 0x33, 0, "10.0.0.1", NULL, NULL), EINVAL, "no such type");
	tap_errno(nx_ipv4(add, nid, VSERVER_ADDR_ANY, 0, "10.0.0.1", NULL, NULL), EINVAL, "ANY is none");
	tap_is(nx_ipv4(add, nid, VSERVER_ADDR_RANGE, 7, "10.1.0.5", "10.1.0.9", NULL), 0, "a range");
	tap_ok(!(nx_get_nflags(nid) & VSERVER_NFLAG_SINGLE_IP), "two: not SINGLE_IP");
	tap_errno(nx_ipv4(add, nid, VSERVER_ADDR_RANGE, 0, "10.1.0.9", "10.1.0.5", NULL), EINVAL, "ends before it begins");
	tap_is(nx_ipv4(add, nid, VSERVER_ADDR_MASK, 0, "10.2.0.0", NULL, "255.255.0.0"), 0, "a network");
	tap_errno(nx_ipv4(add, nid, VSERVER_ADDR_MASK, 0, "10.2.0.1", NULL, "255.255.0.0"), EINVAL, "with bits of a host");
	tap_errno(nx_ipv4(add, nid, VSERVER_ADDR_MASK, 0, "10.0.0.0", NULL, "255.0.255.0"), EINVAL, "with holes");
	tap_is(nx_ipv4(add, nid, VSERVER_ADDR_ADDR | VSERVER_ADDR_MOD_BCAST, 0, "10.0.0.255", NULL, NULL), 0, "broadcast");
	tap_is(nx_ipv4(add, nid, VSERVER_ADDR_ADDR | VSERVER_ADDR_MOD_LBACK, 0, "127.9.9.9", NULL, NULL), 0, "loopback");
	tap_errno(nx_ipv4(add, nid, VSERVER_ADDR_ADDR | VSERVER_ADDR_MOD_LBACK, 0, "10.9.9.9", NULL, NULL), EINVAL,
		  "loopback outside of 127.0.0.0/8");
	tap_is(nx_ipv6(VSERVER_NET_ADD_IPV6, nid, VSERVER_ADDR_ADDR, 0, "2001:db8::1", 64), 0, "IPv6: an address");
	tap_errno(nx_ipv6(VSERVER_NET_ADD_IPV6, nid, VSERVER_ADDR_ADDR, 0, "2001:db8::1", 64), EEXIST, "again: EEXIST");
	tap_is(nx_ipv6(VSERVER_NET_ADD_IPV6, nid, VSERVER_ADDR_MASK, 0, "2001:db8:1::", 48), 0, "a network");
	tap_errno(nx_ipv6(VSERVER_NET_ADD_IPV6, nid, VSERVER_ADDR_RANGE, 0, "2001:db8:2::", 48), EINVAL, "no range");
	tap_errno(nx_ipv6(VSERVER_NET_ADD_IPV6, nid, VSERVER_ADDR_ADDR, 0, VSERVER_LBACK6_PREFIX "5", 64), EINVAL,
		  "no loopback of another context");
	(void)snprintf(line, sizeof(line),
		       "Bcast:\t10.0.0.255\nLback:\t127.9.9.9\n"
		       "0:\t[10.0.0.1-0.0.0.0/255.255.255.0:0010]\n"
		       "1:\t[10.1.0.5-10.1.0.9/0.0.0.0:0040]\n"
		       "2:\t[10.2.0.0-0.0.0.0/255.255.0.0:0020]\n"
		       "0:\t[2001:0db8:0000:0000:0000:0000:0000:0001/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n"
		       "1:\t[2001:0db8:0001:0000:0000:0000:0000:0000/ffff:ffff:ffff:0000:0000:0000:0000:0000/48:0020]\n");
	tap_ok(file_has(net_path(nid, "info"), line), "all of it is shown in its order");

	tap_errno(nx_ipv4(rem, nid, VSERVER_ADDR_RANGE, 0, "10.1.0.5", "10.1.0.9", NULL), ESRCH, "not with these flags");
	tap_is(nx_ipv4(rem, nid, VSERVER_ADDR_RANGE, 7, "10.1.0.5", "10.1.0.9", NULL), 0, "the range goes");
	tap_is(nx_ipv4(rem, nid, VSERVER_ADDR_MASK, 0, "10.2.0.0", NULL, "255.255.0.0"), 0, "the network goes");
	tap_errno(nx_ipv4(rem, nid, VSERVER_ADDR_ADDR, 0, "10.0.0.1", NULL, "255.0.0.0"), ESRCH, "another mask");
	tap_is(nx_ipv4(rem, nid, VSERVER_ADDR_ADDR, 0, "10.0.0.1", NULL, "255.255.255.0"), 0, "the address goes");
	tap_is(nx_ipv6(VSERVER_NET_REMOVE_IPV6, nid, VSERVER_ADDR_MASK, 0, "2001:db8:1::", 48), 0, "IPv6: the network goes");
	tap_is(nx_ipv6(VSERVER_NET_REMOVE_IPV6, nid, VSERVER_ADDR_ANY, 0, "::", 0), 0, "all of IPv6");
	v0.ip[0] = inet_addr("10.3.0.1");
	v0.ip[1] = inet_addr("10.3.0.2");
	tap_is(vserver(VSERVER_NET_ADD_V0, nid, &v0), 2, "version 0: two addresses");
	v0.count = 5;
	tap_errno(vserver(VSERVER_NET_ADD_V0, nid, &v0), EINVAL, "version 0: five");
	v0.type = VSERVER_ADDR_IPV4 | VSERVER_ADDR_MOD_BCAST;
	tap_is(vserver(VSERVER_NET_ADD_V0, nid, &v0), 1, "version 0: broadcast");
	tap_ok(file_has(net_path(nid, "info"),
			"Bcast:\t10.3.0.1\nLback:\t127.9.9.9\n0:\t[10.3.0.1-0.0.0.0/0.0.0.0:0010]\n"
			"1:\t[10.3.0.2-0.0.0.0/0.0.0.0:0010]\n"), "shown");
	v0.type = VSERVER_ADDR_ANY;
	tap_is(vserver(VSERVER_NET_REMOVE_V0, nid, &v0), 0, "version 0: all");
	for (int i = 0; i < 256; i++) {
		v1.type = VSERVER_ADDR_ADDR;
		v1.ip = htonl(0x0a040000 + (uint32_t)i);
		if (vserver(VSERVER_NET_ADD_IPV4_V1, nid, &v1))
			break;
	}
	v1.ip = htonl(0x0a040100);
	tap_errno(vserver(VSERVER_NET_ADD_IPV4_V1, nid, &v1), ENOSPC, "256 are enough");
	vxt_end(&a);
	tap_ok(!nx_exists(nid), "gone with all of them");
}

static void test_rights(void)
{
	uint32_t nid = nxt_free_nid(), xid = vxt_free_xid();
	struct vxt_agent user, in, other, watch;

	if (!vxt_host(&user) || !vxt_host(&in) || !vxt_host(&other) || !vxt_host(&watch))
		exit(1);
	(void)vxt_call(&user, f_setuid, 1000);
	tap_errno(vxt_call(&user, f_create, nid, 0), ENOSYS, "a user does not learn that there is such a call");
	(void)vxt_call(&other, f_create, nid + 1000, VSERVER_NFLAG_INIT);
	(void)vxt_call(&in, f_create, nid, VSERVER_NFLAG_INIT);
	tap_is(vxt_call(&in, f_vx, xid), xid, "a process context on top");
	tap_is(vxt_call(vxt_with(&in, "10.11.0.2"), f_add, nid), 0, "in setup, the own one can be changed from inside");
	tap_errno(vxt_call(vxt_with(&in, "10.11.0.3"), f_add, nid + 1000), EPERM, "but not another one");
	tap_errno(vxt_call(&in, f_raw, VSERVER_NX_INFO, nid + 1000, (long)&info), ESRCH, "which is not to be seen");
	tap_errno(vxt_call(&in, f_create, nid + 2000, 0), EPERM, "nor made");
	tap_errno(vxt_call(&in, f_raw, VSERVER_NET_MIGRATE, nid + 1000, 0), EPERM, "nor entered");
	tap_errno(vxt_call(&in, f_raw, VSERVER_NET_MIGRATE, 1, 0), EPERM, "nor does a member become a spectator");
	tap_is(vxt_call(&in, f_vx_end_setup), 0, "end of setup");
	tap_errno(vxt_call(vxt_with(&in, "10.11.0.3"), f_add, nid), EPERM, "now nothing can be changed from inside");
	tap_ok(vxt_call(vxt_with(&in, "/proc/virtnet/info"), f_cat) < 0, "and the directory is hidden");
	tap_is(vxt_call(&watch, f_raw, VSERVER_NET_MIGRATE, 1, 0), 1, "a spectator");
	tap_is(vxt_call(&watch, f_nid, 0), 1, "is 1");
	vxt_end(&user);
	vxt_end(&other);
	vxt_end(&watch);
	vxt_end(&in);
	vxt_reap();
	tap_ok(vxt_until(2000, !vx_exists(xid)), "nothing is left of the process context");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	tap_ok(nxt_machine(), "a machine with addresses");
	test_create();
	test_flags();
	test_addresses();
	test_rights();
	return vxt_done();
}
