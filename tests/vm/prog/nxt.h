/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nxt.h - guests with a network, and sockets in them
 *
 * On top of vxt.h: nxt_start() makes a guest whose agent is in a network context, too. An agent keeps its sockets
 * from call to call; they are named by their descriptors. An address is a word: "10.11.0.2 80", "fd11::2 80",
 * ":: 80". What a function finds out is in agent.text, in the same form.
 *
 *	nxt_start(&a, VXT_FLAT, 0, "10.11.0.2", "fd11::2", NULL);
 *	fd = vxt_call(&a.init, f_socket, AF_INET, SOCK_STREAM, 0);
 *	tap_errno(vxt_call(vxt_with(&a.init, "10.11.0.3 80"), f_bind, fd), EADDRNOTAVAIL, "foreign");
 */
#pragma once

#include "vxt.h"

#include <arpa/inet.h>
#include <linux/ipv6.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#define NXT_FN(name) \
	static VXT_UNUSED long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

/* Addresses. */

union nxt_addr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "ADDRESS PORT"; gives the length, 0 if it is no address */
VXT_UNUSED
static socklen_t nxt_parse(const char *word, union nxt_addr *addr)
{
	char host[128] = "";
	unsigned int port = 0;

	memset(addr, 0, sizeof(*addr));
	(void)sscanf(word, "%127s %u", host, &port);
	if (inet_pton(AF_INET, host, &addr->v4.sin_addr) == 1) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_port = htons((uint16_t)port);
		return sizeof(addr->v4);
	}
	if (inet_pton(AF_INET6, host, &addr->v6.sin6_addr) == 1) {
		addr->v6.sin6_family = AF_INET6;
		addr->v6.sin6_port = htons((uint16_t)port);
		return sizeof(addr->v6);
	}
	return 0;
}

VXT_UNUSED
static void nxt_say(const union nxt_addr *addr)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (addr->any.sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &addr->v4.sin_addr, host, sizeof(host));
		vxt_say("%s %u", host, ntohs(addr->v4.sin_port));
	} else if (addr->any.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &addr->v6.sin6_addr, host, sizeof(host));
		vxt_say("%s %u", host, ntohs(addr->v6.sin6_port));
	}
}

/* Sockets. Those that wait do so for a moment only. */

#define NXT_WAIT_MS 1500

static bool nxt_ready(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) == 1;
}

NXT_FN(f_socket)
{
	return socket((int)a, (int)b | SOCK_NONBLOCK | SOCK_CLOEXEC, (int)c);
}

NXT_FN(f_bind)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);

	return bind((int)a, &addr.any, len);
}

NXT_FN(f_listen)
{
	return listen((int)a, 16);
}

/* gives the error of the attempt, also of one that takes its time */
NXT_FN(f_connect)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);
	int err = 0;

	if (connect((int)a, &addr.any, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -1;
	if (!nxt_ready((int)a, POLLOUT, NXT_WAIT_MS)) {
		errno = ETIMEDOUT;
		return -1;
	}
	len = sizeof(err);
	if (getsockopt((int)a, SOL_SOCKET, SO_ERROR, &err, &len))
		return -1;
	errno = err;
	return err ? -1 : 0;
}

NXT_FN(f_accept)
{
	union nxt_addr addr = {};
	socklen_t len = sizeof(addr);
	int fd;

	if (!nxt_ready((int)a, POLLIN, b ? (int)b : NXT_WAIT_MS)) {
		errno = EAGAIN;
		return -1;
	}
	fd = accept4((int)a, &addr.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		nxt_say(&addr);
	return fd;
}

/* b: 0 the own name, 1 that of the peer */
NXT_FN(f_name)
{
	union nxt_addr addr = {};
	socklen_t len = sizeof(addr);
	int ret = b ? getpeername((int)a, &addr.any, &len) : getsockname((int)a, &addr.any, &len);

	if (!ret)
		nxt_say(&addr);
	return ret;
}

/* b: flags of sendto(); with an empty word to the peer */
NXT_FN(f_send)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);

	return sendto((int)a, "data", 4, (int)b | MSG_NOSIGNAL, len ? &addr.any : NULL, len);
}

/* whom from; b: for how many milliseconds */
NXT_FN(f_recv)
{
	union nxt_addr addr = {};
	socklen_t len = sizeof(addr);
	char buf[256];
	ssize_t n;

	if (!nxt_ready((int)a, POLLIN, b ? (int)b : NXT_WAIT_MS)) {
		errno = EAGAIN;
		return -1;
	}
	n = recvfrom((int)a, buf, sizeof(buf), 0, &addr.any, &len);
	if (n >= 0)
		nxt_say(&addr);
	return n;
}

NXT_FN(f_close)
{
	return close((int)a);
}

/* a descriptor, b level, c option, d value; a name of a device in the word */
NXT_FN(f_setopt)
{
	int val = (int)d;

	if (vxt_word[0])
		return setsockopt((int)a, (int)b, (int)c, vxt_word, (socklen_t)strlen(vxt_word));
	return setsockopt((int)a, (int)b, (int)c, &val, sizeof(val));
}

/* a datagram; its source (NULL: none) and interface (0: none) in a control message */
VXT_UNUSED
static ssize_t nxt_send_info(int fd, const char *to, const union nxt_addr *src, unsigned int ifindex)
{
	union {
		char buf[256];
		struct cmsghdr align;
	} u = {};
	struct iovec iov = { .iov_base = (void *)"data", .iov_len = 4 };
	union nxt_addr addr;
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_name = &addr, .msg_namelen = nxt_parse(to, &addr),
		.msg_control = u.buf, .msg_controllen = sizeof(u.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	if ((src ? src->any.sa_family : addr.any.sa_family) == AF_INET) {
		struct in_pktinfo info = { .ipi_ifindex = (int)ifindex };

		if (src)
			info.ipi_spec_dst = src->v4.sin_addr;
		cmsg->cmsg_level = SOL_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
	} else {
		struct in6_pktinfo info = { .ipi6_ifindex = ifindex };

		if (src)
			info.ipi6_addr = src->v6.sin6_addr;
		cmsg->cmsg_level = SOL_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* "DESTINATION PORT SOURCE": the source in a control message */
NXT_FN(f_send_from)
{
	const char *from = strchr(vxt_word, ' ');
	union nxt_addr src;

	from = from ? strchr(from + 1, ' ') : NULL;
	if (!from || !nxt_parse(from + 1, &src)) {
		errno = EDOM;
		return -1;
	}
	return nxt_send_info((int)a, vxt_word, &src, 0);
}

/* two datagrams to one address in one call */
NXT_FN(f_sendmmsg)
{
	struct iovec iov = { .iov_base = (void *)"data", .iov_len = 4 };
	union nxt_addr addr[2];
	socklen_t len = nxt_parse(vxt_word, &addr[0]);
	struct mmsghdr msg[2] = {};

	(void)nxt_parse(vxt_word, &addr[1]);
	for (int i = 0; i < 2; i++)
		msg[i].msg_hdr = (struct msghdr){
			.msg_iov = &iov, .msg_iovlen = 1, .msg_name = &addr[i], .msg_namelen = len,
		};
	return sendmmsg((int)a, msg, 2, MSG_NOSIGNAL);
}

/* a whole file, as far as it goes */
NXT_FN(f_cat)
{
	int fd = open(vxt_word, O_RDONLY | O_CLOEXEC);
	ssize_t n, all = 0;

	if (fd < 0)
		return -1;
	while (all < (ssize_t)sizeof(vxt_text) - 1 &&
	       (n = read(fd, vxt_text + all, sizeof(vxt_text) - 1 - (size_t)all)) > 0)
		all += n;
	vxt_text[all] = '\0';
	close(fd);
	return all;
}

/* Network contexts. */

VXT_UNUSED
static long nx_create(uint32_t nid, uint64_t flags)
{
	struct vserver_net_create create = { .flagword = flags };

	return vserver(VSERVER_NET_CREATE, nid, &create);
}

VXT_UNUSED
static long nx_migrate(uint32_t nid)
{
	return vserver(VSERVER_NET_MIGRATE, nid, NULL);
}

VXT_UNUSED
static long nx_task_nid(pid_t pid)
{
	return vserver(VSERVER_TASK_NID, (uint32_t)pid, NULL);
}

VXT_UNUSED
static bool nx_exists(uint32_t nid)
{
	struct vserver_nx_info info;

	return vserver(VSERVER_NX_INFO, nid, &info) == 0;
}

VXT_UNUSED
static long nx_set_nflags(uint32_t nid, uint64_t flags, uint64_t mask)
{
	struct vserver_flags f = { .flagword = flags, .mask = mask };

	return vserver(VSERVER_SET_NFLAGS, nid, &f);
}

VXT_UNUSED
static uint64_t nx_get_nflags(uint32_t nid)
{
	struct vserver_flags f;

	return vserver(VSERVER_GET_NFLAGS, nid, &f) ? ~0ULL : f.flagword;
}

VXT_UNUSED
static long nx_set_ncaps(uint32_t nid, uint64_t caps)
{
	struct vserver_caps c = { .caps = caps, .mask = ~0ULL };

	return vserver(VSERVER_SET_NCAPS, nid, &c);
}

/* the word of an IPv4 command, version 2 */
VXT_UNUSED
static long nx_ipv4(uint32_t cmd, uint32_t nid, unsigned int type, unsigned int flags, const char *ip,
		    const char *ip2, const char *mask)
{
	struct vserver_net_addr_ipv4 addr = { .type = (uint16_t)type, .flags = (uint16_t)flags };

	(void)inet_pton(AF_INET, ip, &addr.ip);
	if (ip2)
		(void)inet_pton(AF_INET, ip2, &addr.ip2);
	if (mask)
		(void)inet_pton(AF_INET, mask, &addr.mask);
	return vserver(cmd, nid, &addr);
}

VXT_UNUSED
static long nx_ipv6(uint32_t cmd, uint32_t nid, unsigned int type, unsigned int flags, const char *ip,
		    unsigned int prefix)
{
	struct vserver_net_addr_ipv6 addr = { .type = (uint16_t)type, .flags = (uint16_t)flags, .prefix = prefix };

	(void)inet_pton(AF_INET6, ip, &addr.ip);
	for (unsigned int i = 0; i < prefix; i++)
		addr.mask[i / 8] = (uint8_t)(addr.mask[i / 8] | 0x80 >> i % 8);
	return vserver(cmd, nid, &addr);
}

/* add a single address of either family; "@" before it leaves it to the host too */
VXT_UNUSED
static long nx_add(uint32_t nid, const char *ip)
{
	unsigned int flags = *ip == '@' ? VSERVER_ADDR_FLAG_HOST : 0;

	ip += *ip == '@';
	if (strchr(ip, ':'))
		return nx_ipv6(VSERVER_NET_ADD_IPV6, nid, VSERVER_ADDR_ADDR, flags, ip, 64);
	return nx_ipv4(VSERVER_NET_ADD_IPV4, nid, VSERVER_ADDR_ADDR, flags, ip, NULL, "255.255.255.0");
}

VXT_UNUSED
static long nx_remove(uint32_t nid, const char *ip)
{
	if (strchr(ip, ':'))
		return nx_ipv6(VSERVER_NET_REMOVE_IPV6, nid, VSERVER_ADDR_ADDR, 0, ip, 64);
	return nx_ipv4(VSERVER_NET_REMOVE_IPV4, nid, VSERVER_ADDR_ADDR, 0, ip, NULL, "255.255.255.0");
}

VXT_UNUSED
static uint32_t nxt_free_nid(void)
{
	static uint32_t next;

	if (!next)
		next = 300 + (uint32_t)getpid() % 200;
	do {
		if (++next > 60000)
			next = 300;
	} while (nx_exists(next));
	return next;
}

/* The machine: a device with addresses that packets can come from. */

static int nxt_ioctl(int family, unsigned long cmd, void *arg)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret = fd < 0 ? -1 : ioctl(fd, cmd, arg);

	if (fd >= 0)
		close(fd);
	return ret;
}

VXT_UNUSED
static bool nxt_up(const char *dev)
{
	struct ifreq ifr = {};

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (nxt_ioctl(AF_INET, SIOCGIFFLAGS, &ifr))
		return false;
	ifr.ifr_flags |= IFF_UP;
	return nxt_ioctl(AF_INET, SIOCSIFFLAGS, &ifr) == 0;
}

/* give a device an address; of IPv4, each needs a name like dummy0:1 */
VXT_UNUSED
static bool nxt_assign(const char *dev, const char *ip)
{
	struct in6_ifreq ifr6 = { .ifr6_prefixlen = 64 };
	struct ifreq ifr = {};
	struct sockaddr_in *sin = (struct sockaddr_in *)&ifr.ifr_addr;

	if (strchr(ip, ':')) {
		ifr6.ifr6_ifindex = (int)if_nametoindex(dev);
		if (!ifr6.ifr6_ifindex || inet_pton(AF_INET6, ip, &ifr6.ifr6_addr) != 1)
			return false;
		return nxt_ioctl(AF_INET6, SIOCSIFADDR, &ifr6) == 0 || errno == EEXIST;
	}
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	sin->sin_family = AF_INET;
	if (inet_pton(AF_INET, ip, &sin->sin_addr) != 1 || nxt_ioctl(AF_INET, SIOCSIFADDR, &ifr))
		return false;
	(void)inet_pton(AF_INET, "255.255.255.0", &sin->sin_addr);
	return nxt_ioctl(AF_INET, SIOCSIFNETMASK, &ifr) == 0;
}

/* one more dummy device */
VXT_UNUSED
static bool nxt_dummy(const char *name)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg info;
		struct nlattr name;
		char name_text[16];
		struct nlattr link_info;
		struct nlattr kind;
		char kind_text[8];
	} q = {
		.h = {
			.nlmsg_len = sizeof(q), .nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
		},
		.name = { .nla_type = IFLA_IFNAME, .nla_len = NLA_HDRLEN + sizeof(q.name_text) },
		.link_info = {
			.nla_type = IFLA_LINKINFO,
			.nla_len = NLA_HDRLEN + sizeof(q.kind) + sizeof(q.kind_text),
		},
		.kind = { .nla_type = IFLA_INFO_KIND, .nla_len = NLA_HDRLEN + sizeof("dummy") },
		.kind_text = "dummy",
	};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr err;
	} reply = {};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool good;

	(void)snprintf(q.name_text, sizeof(q.name_text), "%s", name);
	good = fd >= 0 && send(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q) && recv(fd, &reply, sizeof(reply), 0) > 0 &&
		(!reply.err.error || reply.err.error == -EEXIST);
	if (fd >= 0)
		close(fd);
	return good;
}

/*
 * 10.11.0.1 and fd11::1 are the host's, .2 to .9 and ::2 to ::9 for guests; the other device has 10.12.0.*
 */
VXT_UNUSED
static bool nxt_machine(void)
{
	char dev[32], ip[64];

	if (!nxt_up("lo") || !nxt_up("dummy0"))
		return false;
	for (int i = 1; i < 10; i++) {
		(void)snprintf(dev, sizeof(dev), i > 1 ? "dummy0:%d" : "dummy0", i);
		(void)snprintf(ip, sizeof(ip), "10.11.0.%d", i);
		if (!nxt_assign(dev, ip))
			return false;
		(void)snprintf(ip, sizeof(ip), "fd11::%d", i);
		if (!nxt_assign("dummy0", ip))
			return false;
	}
	return nxt_assign("dummy0:20", "10.12.0.1") && nxt_assign("dummy0:21", "10.12.0.2");
}

/* Guests. */

struct nxt_guest {
	struct vxt_guest g;	/* first: what vxt_stop() takes */
	uint32_t nid;
};

/* in the new process: be in a network context with these addresses, then go on as before */
VXT_UNUSED
static void nxt_enter_new(uint32_t nid, uint64_t nflags, char *const *ips)
{
	if (nx_create(nid, nflags) != (long)nid)
		_exit(80);
	for (; *ips; ips++)
		if (nx_add(nid, *ips))
			_exit(81);
}

VXT_UNUSED
static bool nxt_start_list(struct nxt_guest *n, int mode, uint64_t nflags, char *const *ips)
{
	long clone_flags = SIGCHLD;
	int sv[2];
	pid_t pid;

	n->g.mode = mode < 0 ? VXT_FLAT : (enum vxt_mode)mode;
	n->g.xid = mode < 0 ? 0 : vxt_free_xid();
	if (n->g.mode == VXT_PIDNS)
		clone_flags |= CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
	if (!vxt_sockets(sv))
		return false;
	(void)fflush(NULL);
	pid = (pid_t)syscall(SYS_clone, clone_flags, NULL, NULL, NULL, NULL);
	if (!pid) {
		nxt_enter_new(n->nid, nflags ? nflags : VSERVER_NFLAG_INIT, ips);
		if (mode < 0)
			vxt_exec_agent(sv[1]);
		vxt_enter_new(&n->g, 0, sv[1]);
	}
	close(sv[1]);
	if (pid <= 0 || !vxt_hello(&n->g.init, sv[0])) {
		int status = 0;

		(void)waitpid(pid, &status, 0);
		printf("# the guest did not start: status 0x%x\n", status);
		return false;
	}
	n->g.init.pid = pid;
	for (size_t k = 0; mode >= 0 && k < sizeof(vxt_guests) / sizeof(*vxt_guests); k++) {
		if (!vxt_guests[k]) {
			vxt_guests[k] = &n->g;
			break;
		}
	}
	return true;
}

/* the addresses of an argument list that ends with NULL */
#define NXT_LIST(last, ips)							\
	do {									\
		va_list ap_;							\
		int i_ = 0;							\
		va_start(ap_, last);						\
		while (i_ < 15 && ((ips)[i_] = va_arg(ap_, char *)))		\
			i_++;							\
		va_end(ap_);							\
	} while (0)

/*
 * A guest with a network; nflags 0 stands for those of a context that is made without. Addresses end with NULL.
 * With mode -1 there is no process context.
 */
__attribute__((sentinel, unused))
static bool nxt_start(struct nxt_guest *n, int mode, uint64_t nflags, ...)
{
	char *ips[16] = {};

	NXT_LIST(nflags, ips);
	n->nid = nxt_free_nid();
	return nxt_start_list(n, mode, nflags, ips);
}

/* the same with a given number */
__attribute__((sentinel, unused))
static bool nxt_start_as(struct nxt_guest *n, uint32_t nid, ...)
{
	char *ips[16] = {};

	NXT_LIST(nid, ips);
	n->nid = nid;
	n->g.bcaps = 0;
	return nxt_start_list(n, VXT_FLAT, 0, ips);
}

/* end it; gives whether both of its contexts have gone */
VXT_UNUSED
static bool nxt_stop(struct nxt_guest *n)
{
	if (n->g.xid)
		(void)vxt_stop(&n->g);
	else
		vxt_end(&n->g.init);
	return vxt_until(VXT_TIMEOUT_MS, !nx_exists(n->nid));
}

#define nxt_agent(n) (&(n)->g.init)

/* a socket that what was wanted worked with, or -1 with the error of that and without the socket */
VXT_UNUSED
static long nxt_or_close(struct vxt_agent *a, long fd, bool worked)
{
	int err = errno;

	if (worked)
		return fd;
	(void)vxt_call(a, f_close, fd);
	errno = err;
	return -1;
}

/* a socket, bound to the word, or -1 */
VXT_UNUSED
static long nxt_bound(struct vxt_agent *a, int family, int type, const char *word)
{
	long fd = vxt_call(a, f_socket, family, type, 0);

	return fd < 0 ? -1 : nxt_or_close(a, fd, vxt_call(vxt_with(a, "%s", word), f_bind, fd) == 0);
}

/* a listening socket, of which connections in time-wait are not in the way */
VXT_UNUSED
static long nxt_listen(struct vxt_agent *a, int family, const char *word)
{
	long fd = vxt_call(a, f_socket, family, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	(void)vxt_call(a, f_setopt, fd, SOL_SOCKET, SO_REUSEADDR, 1);
	return nxt_or_close(a, fd, vxt_call(vxt_with(a, "%s", word), f_bind, fd) == 0 &&
			    vxt_call(a, f_listen, fd) == 0);
}

/* a connection to the word, or -1 */
VXT_UNUSED
static long nxt_connect(struct vxt_agent *a, int family, const char *word)
{
	long fd = vxt_call(a, f_socket, family, SOCK_STREAM, 0);

	return fd < 0 ? -1 : nxt_or_close(a, fd, vxt_call(vxt_with(a, "%s", word), f_connect, fd) == 0);
}

VXT_UNUSED
static void nxt_close(struct vxt_agent *a, long fd)
{
	if (fd >= 0)
		(void)vxt_call(a, f_close, fd);
}
