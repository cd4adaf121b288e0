// SPDX-License-Identifier: GPL-2.0-or-later
/* worlds - entering contexts and namespaces, and asking the kernel about contexts */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/vserver.h>
#include <linux/vserver_netlink.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define SYS_vserver_ 236
/* what "vattribute --secure" leaves */
#define SECURE_BCAPS 0xB44C04FBULL

const char *const world_names[NR_WORLDS] = {
	[WORLD_HOST] = "host", [WORLD_NS] = "ns", [WORLD_FLAT] = "flat", [WORLD_FAKE] = "fake", [WORLD_PID] = "pid",
};

static long vserver(uint32_t cmd, uint32_t id, void *data)
{
	return sys(SYS_vserver_, cmd, id, data);
}

bool has_vserver(void)
{
	return vserver(VSERVER_GET_VERSION, 0, NULL) > 0;
}

long ctx_create(uint32_t xid, uint64_t flags)
{
	struct vserver_ctx_create create = { .flagword = VSERVER_FLAG_ONE_TIME | flags };

	return vserver(VSERVER_CTX_CREATE, xid, &create);
}

/* A signal that does nothing, to all of a context. */
long ctx_probe(uint32_t xid)
{
	struct vserver_ctx_kill kill = { .pid = 0, .sig = 0 };

	return vserver(VSERVER_CTX_KILL, xid, &kill);
}

long ctx_virt_stat(uint32_t xid)
{
	struct vserver_virt_stat stat;

	return vserver(VSERVER_VIRT_STAT, xid, &stat);
}

static void enter_context(uint32_t xid, uint64_t flags)
{
	struct vserver_caps caps = { .caps = SECURE_BCAPS, .mask = ~0ULL };
	struct vserver_flags end = { .mask = VSERVER_FLAG_STATE_SETUP };

	if (flags & VSERVER_FLAG_INFO_INIT)
		end.mask |= VSERVER_FLAG_STATE_INIT;
	must("create a context", ctx_create(xid, flags));
	must("set its capabilities", vserver(VSERVER_SET_BCAPS, xid, &caps));
	must("end its setup", vserver(VSERVER_SET_CFLAGS, xid, &end));
}

/* Network contexts. */

long nx_create(uint32_t nid, uint64_t flags)
{
	struct vserver_net_create create = { .flagword = VSERVER_NFLAG_INIT | flags };

	return vserver(VSERVER_NET_CREATE, nid, &create);
}

/* Ends a persistent one that has no processes. */
long nx_drop(uint32_t nid)
{
	struct vserver_flags f = { .mask = VSERVER_NFLAG_PERSISTENT };

	return vserver(VSERVER_SET_NFLAGS, nid, &f);
}

static long nx_addr(bool give, uint32_t nid, int family, unsigned int addr)
{
	struct vserver_net_addr_ipv4 v4 = { .type = VSERVER_ADDR_ADDR, .mask = htonl(0xffff0000) };
	struct vserver_net_addr_ipv6 v6 = { .type = VSERVER_ADDR_ADDR, .prefix = 64 };

	if (family == AF_INET) {
		addr_bytes(family, addr, &v4.ip);
		return vserver(give ? VSERVER_NET_ADD_IPV4 : VSERVER_NET_REMOVE_IPV4, nid, &v4);
	}
	addr_bytes(family, addr, v6.ip);
	return vserver(give ? VSERVER_NET_ADD_IPV6 : VSERVER_NET_REMOVE_IPV6, nid, &v6);
}

void nx_give(uint32_t nid, int family, unsigned int addr)
{
	must("give an address", nx_addr(true, nid, family, addr));
}

void nx_take(uint32_t nid, int family, unsigned int addr)
{
	must("take an address", nx_addr(false, nid, family, addr));
}

void become_guest(uint32_t nid)
{
	struct vserver_ctx_migrate migrate = { 0 };
	struct vserver_vx_info info;

	must("enter a network context", vserver(VSERVER_NET_MIGRATE, nid, NULL));
	if (vserver(VSERVER_VX_INFO, nid, &info))
		enter_context(nid, 0);
	else
		must("enter a context", vserver(VSERVER_CTX_MIGRATE, nid, &migrate));
}

static void enter_root(bool new_proc)
{
	if (new_proc) {
		must("umount proc", sys(SYS_umount2, "/g/proc", 0, 0));
		must("mount proc", sys6(SYS_mount, (long)"proc", (long)"/g/proc", (long)"proc", 0, 0, 0));
	}
	must("chdir", sys(SYS_chdir, "/g", 0, 0));
	must("chroot", sys(SYS_chroot, "/g", 0, 0));
}

void run_in(enum world world, void (*work)(void))
{
	bool spaces = world == WORLD_NS || world == WORLD_PID;
	static uint32_t xid = 60000;
	int status;
	pid_t pid;

	xid++;
	pid = must("clone", sys6(SYS_clone, SIGCHLD | (spaces ? NS_FLAGS : 0), 0, 0, 0, 0, 0));
	if (!pid) {
		enter_root(spaces);
		if (world == WORLD_FLAT)
			enter_context(xid, 0);
		else if (world == WORLD_FAKE)
			enter_context(xid, VSERVER_FLAG_INFO_INIT);
		else if (world == WORLD_PID)
			enter_context(xid, VSERVER_FLAG_INFO_INIT);
		/* the one measured is not init */
		pid = must("fork", fork());
		if (!pid) {
			work();
			_exit(0);
		}
		must("wait", waitpid(pid, &status, 0));
		_exit(status ? 1 : 0);
	}
	must("wait", waitpid(pid, &status, 0));
	if (status)
		die(world_names[world], -ECHILD);
}

/* Generic netlink, by hand: this program is static and alone in its machine. */

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	struct nlattr a;
	char data[16];
};

static char reply[32768];

static int nl_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = must("netlink", sys(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
	return fd;
}

static long nl_ask(uint16_t type, uint16_t flags, uint8_t cmd, uint16_t attr, const void *data, size_t len)
{
	struct request r = {
		.n = { .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags },
		.g = { .cmd = cmd, .version = 1 },
		.a = { .nla_type = attr, .nla_len = NLA_HDRLEN + len },
	};
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };

	r.n.nlmsg_len = attr ? offsetof(struct request, data) + NLA_ALIGN(len) : offsetof(struct request, a);
	if (attr)
		memcpy(r.data, data, len);
	return sys6(SYS_sendto, nl_fd(), (long)&r, r.n.nlmsg_len, 0, (long)&to, sizeof(to));
}

static uint16_t nl_family(void)
{
	static uint16_t family;
	struct nlattr *a;
	long got;

	if (family)
		return family;
	must("ask for the family", nl_ask(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
					  VSERVER_FAMILY_NAME, sizeof(VSERVER_FAMILY_NAME)));
	got = must("family", sys6(SYS_recvfrom, nl_fd(), (long)reply, sizeof(reply), 0, 0, 0));
	for (char *p = reply + NLMSG_LENGTH(GENL_HDRLEN); p < reply + got; p += NLA_ALIGN(a->nla_len)) {
		a = (struct nlattr *)p;
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			family = *(uint16_t *)(p + NLA_HDRLEN);
		if (!a->nla_len)
			break;
	}
	if (!family)
		die("no netlink family of contexts", -ENOENT);
	/* the acknowledgement, if there is one */
	sys6(SYS_recvfrom, nl_fd(), (long)reply, sizeof(reply), MSG_DONTWAIT, 0, 0);
	return family;
}

/* Reads about all contexts, by a command that dumps; returns how many there are. */
long ctx_dump(int cmd)
{
	long count = 0;

	must("ask for a dump", nl_ask(nl_family(), NLM_F_DUMP, cmd, 0, NULL, 0));
	for (;;) {
		long got = must("dump", sys6(SYS_recvfrom, nl_fd(), (long)reply, sizeof(reply), 0, 0, 0));
		struct nlmsghdr *n = (struct nlmsghdr *)reply;

		for (; NLMSG_OK(n, got); n = NLMSG_NEXT(n, got)) {
			if (n->nlmsg_type == NLMSG_DONE)
				return count;
			if (n->nlmsg_type == NLMSG_ERROR)
				die("dump of contexts", *(int *)NLMSG_DATA(n));
			count++;
		}
	}
}

void ctx_get(uint32_t xid)
{
	struct nlmsghdr *n = (struct nlmsghdr *)reply;

	must("ask for a context", nl_ask(nl_family(), 0, VSERVER_CMD_CTX_GET, VSERVER_A_CTX_XID, &xid, sizeof(xid)));
	must("context", sys6(SYS_recvfrom, nl_fd(), (long)reply, sizeof(reply), 0, 0, 0));
	if (n->nlmsg_type == NLMSG_ERROR)
		die("context", *(int *)NLMSG_DATA(n));
}
