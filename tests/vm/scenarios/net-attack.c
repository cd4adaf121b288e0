// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-attack - root of a guest wants the addresses, ports, devices and datagrams of others, and gets no answer
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/nxt.h"

#include <linux/if_bridge.h>
#include <linux/io_uring.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sys/mman.h>

#define OP_SOCKET 45	/* of io_uring */
#define OP_BIND 56

/* A and the host have what B wants, root of a guest */
static struct nxt_guest ga, gb;
static struct vxt_agent host;
static struct vxt_agent *A, *B;

/* An option with an address: a descriptor, b level, c option; the group and the address are in the word. */
NXT_FN(f_mreq)
{
	struct ip_mreqn mreq = {};
	char group[64] = "", addr[64] = "";

	(void)sscanf(vxt_word, "%63s %63s", group, addr);
	(void)inet_pton(AF_INET, group, &mreq.imr_multiaddr);
	(void)inet_pton(AF_INET, addr, &mreq.imr_address);
	return setsockopt((int)a, (int)b, (int)c, &mreq, sizeof(mreq));
}

/* an echo request with the number b, of an echo socket; to the word */
NXT_FN(f_echo)
{
	struct icmphdr icmp = { .type = ICMP_ECHO };
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);

	return sendto((int)a, &icmp, sizeof(icmp), 0, &addr.any, len);
}

/* an entry of the ARP table: a what to do, "DEVICE ADDRESS" */
NXT_FN(f_arp)
{
	struct arpreq req = { .arp_flags = ATF_COM | ATF_PERM };
	struct sockaddr_in *sin = (struct sockaddr_in *)&req.arp_pa;
	char addr[64] = "";

	(void)sscanf(vxt_word, "%15s %63s", req.arp_dev, addr);
	sin->sin_family = AF_INET;
	(void)inet_pton(AF_INET, addr, &sin->sin_addr);
	req.arp_ha.sa_family = ARPHRD_ETHER;
	req.arp_ha.sa_data[0] = 2;
	return nxt_ioctl(AF_INET, (unsigned long)a, &req);
}

/* how many bridges there are */
NXT_FN(f_bridges)
{
	int index[16];
	unsigned long args[3] = { BRCTL_GET_BRIDGES, (unsigned long)index, 16 };

	return nxt_ioctl(AF_INET, SIOCGIFBR, args);
}

NXT_FN(f_vlan)
{
	char args[128] = {};
	int cmd = 8;	/* GET_VLAN_REALDEV_NAME_CMD */

	memcpy(args, &cmd, sizeof(cmd));
	memcpy(args + sizeof(cmd), vxt_word, 16);
	return nxt_ioctl(AF_INET, SIOCGIFVLAN, args);
}

/* a bridge, with a port if there is a name for it */
static bool make_bridge(const char *name, const char *port)
{
	struct ifreq ifr = {};

	if (nxt_ioctl(AF_INET, SIOCBRADDBR, (void *)(uintptr_t)name) && errno != EEXIST)
		return false;
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_ifindex = (int)if_nametoindex(port);
	return (nxt_ioctl(AF_INET, SIOCBRADDIF, &ifr) == 0 || errno == EBUSY) && nxt_up(name);
}

/*
 * Ask rtnetlink for a list: a type, b family, c attribute to tell the values of, d flags of a route. Gives the number
 * of answers.
 */
NXT_FN(f_dump)
{
	struct {
		struct nlmsghdr h;
		union {
			struct ifinfomsg link;
			struct rtmsg route;
		} u;
	} q = {
		.h = {
			.nlmsg_len = sizeof(q), .nlmsg_type = (uint16_t)a,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};
	size_t skip = a == RTM_GETLINK ? sizeof(struct ifinfomsg) : sizeof(struct rtmsg);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), n = 0, err = 0;
	static char buf[65536];
	bool done = false;

	q.u.link.ifi_family = (unsigned char)b;
	if (a == RTM_GETROUTE)
		q.u.route.rtm_flags = (unsigned int)d;
	if (fd < 0)
		return -1;
	if (send(fd, &q, sizeof(q), 0) < 0) {
		err = errno;
		done = true;
	}
	while (!done && nxt_ready(fd, POLLIN, NXT_WAIT_MS)) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; len > 0 && NLMSG_OK(h, (size_t)len);
		     h = NLMSG_NEXT(h, len)) {
			struct rtattr *attr = (struct rtattr *)((char *)NLMSG_DATA(h) + NLMSG_ALIGN(skip));
			int rest = (int)(h->nlmsg_len - NLMSG_SPACE(skip));

			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				if (h->nlmsg_type == NLMSG_ERROR)
					err = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
				done = true;
				break;
			}
			n++;
			for (; RTA_OK(attr, rest); attr = RTA_NEXT(attr, rest)) {
				char text[INET6_ADDRSTRLEN] = "";

				if (attr->rta_type != c)
					continue;
				if (a == RTM_GETLINK)
					(void)snprintf(text, sizeof(text), "%s", (char *)RTA_DATA(attr));
				else
					(void)inet_ntop(b == AF_INET6 ? AF_INET6 : AF_INET, RTA_DATA(attr), text,
							sizeof(text));
				vxt_say("%s\n", text);
			}
		}
	}
	close(fd);
	errno = done ? err : ETIMEDOUT;
	return errno ? -1 : n;
}

/* a netlink socket of a family */
NXT_FN(f_netlink)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, (int)a);
}

NXT_FN(f_become)
{
	return setresuid((uid_t)a, (uid_t)a, (uid_t)a);
}

NXT_FN(f_keep)
{
	int fd = vxt_fd;

	vxt_fd = -1;
	return fd;
}

NXT_FN(f_give)
{
	vxt_fd_out = (int)a;
	return 0;
}

NXT_FN(f_vserver)
{
	char data[64] = {};

	return vserver((uint32_t)a, (uint32_t)b, data);
}

static int uring_setup(struct io_uring_params *p)
{
	memset(p, 0, sizeof(*p));
	return (int)syscall(SYS_io_uring_setup, 4, p);
}

/* One request: an operation, a descriptor, an address. */
static long uring_do(int ring, const struct io_uring_params *p, int op, int fd, union nxt_addr *addr, socklen_t len,
		     int personality)
{
	static struct iovec iov = { .iov_base = (void *)"data", .iov_len = 4 };
	static struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int *tail, *array, *head;
	char *sq, *cq;
	long ret = -1;

	sq = mmap(NULL, p->sq_off.array + p->sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p->cq_off.cqes + p->cq_entries * sizeof(*cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		  IORING_OFF_CQ_RING);
	sqe = mmap(NULL, p->sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return -1;
	sqe->opcode = (uint8_t)op;
	/* by a thread of the kernel, not at once */
	sqe->flags = IOSQE_ASYNC;
	sqe->personality = (uint16_t)personality;
	sqe->fd = fd;
	if (op == OP_SOCKET) {
		sqe->fd = AF_INET;
		sqe->off = SOCK_DGRAM;
	} else if (op == IORING_OP_SENDMSG) {
		msg.msg_name = addr;
		msg.msg_namelen = len;
		sqe->addr = (uintptr_t)&msg;
		sqe->len = 1;
	} else {
		sqe->addr = (uintptr_t)addr;
		sqe->off = len;
	}
	head = (unsigned int *)(cq + p->cq_off.head);
	tail = (unsigned int *)(sq + p->sq_off.tail);
	array = (unsigned int *)(sq + p->sq_off.array);
	array[*tail & (p->sq_entries - 1)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	/* one that is refused early is not counted, and has its answer all the same */
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) >= 0) {
		cqe = (struct io_uring_cqe *)(cq + p->cq_off.cqes) + (*head & (p->cq_entries - 1));
		ret = cqe->res;
		errno = ret < 0 ? (int)-ret : 0;
	}
	return ret < 0 ? -1 : ret;
}

/* a the operation, b the descriptor; the address is in the word */
NXT_FN(f_uring)
{
	static union nxt_addr addr;
	struct io_uring_params p;
	socklen_t len = nxt_parse(vxt_word, &addr);
	int ring = uring_setup(&p);
	long ret;

	if (ring < 0)
		return -1;
	ret = uring_do(ring, &p, (int)a, (int)b, &addr, len, 0);
	close(ring);
	return ret;
}

/* keep one's credentials in a ring, enter the network context a, and have a socket made by them */
NXT_FN(f_uring_before)
{
	struct io_uring_params p;
	int ring = uring_setup(&p), id;

	if (ring < 0)
		return -1;
	id = (int)syscall(SYS_io_uring_register, ring, IORING_REGISTER_PERSONALITY, NULL, 0);
	if (id < 0 || (a && nx_migrate((uint32_t)a) < 0))
		return -1;
	return uring_do(ring, &p, OP_SOCKET, 0, NULL, 0, id);
}

NXT_FN(f_unshare)
{
	return unshare((int)a);
}

/* a pair of devices, the peer in the network namespace of process a */
NXT_FN(f_veth)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg info;
		struct nlattr name;
		char name_text[8];
		struct nlattr link_info;
		struct nlattr kind;
		char kind_text[8];
		struct nlattr data;
		struct nlattr peer;
		struct ifinfomsg peer_info;
		struct nlattr peer_name;
		char peer_text[8];
		struct nlattr pid;
		uint32_t pid_value;
	} q = {
		.h = {
			.nlmsg_len = sizeof(q), .nlmsg_type = RTM_NEWLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
		},
		.name = { .nla_type = IFLA_IFNAME, .nla_len = NLA_HDRLEN + 8 },
		.name_text = "attack0",
		.link_info = { .nla_type = IFLA_LINKINFO, .nla_len = sizeof(q) - offsetof(typeof(q), link_info) },
		.kind = { .nla_type = IFLA_INFO_KIND, .nla_len = NLA_HDRLEN + sizeof("veth") },
		.kind_text = "veth",
		.data = { .nla_type = IFLA_INFO_DATA, .nla_len = sizeof(q) - offsetof(typeof(q), data) },
		.peer = { .nla_type = 1 /* VETH_INFO_PEER */, .nla_len = sizeof(q) - offsetof(typeof(q), peer) },
		.peer_name = { .nla_type = IFLA_IFNAME, .nla_len = NLA_HDRLEN + 8 },
		.peer_text = "attack1",
		.pid = { .nla_type = IFLA_NET_NS_PID, .nla_len = NLA_HDRLEN + 4 },
		.pid_value = a ? (uint32_t)a : (uint32_t)getpid(),
	};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr err;
	} reply = { .err.error = -EIO };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &q, sizeof(q), 0) < 0 || recv(fd, &reply, sizeof(reply), 0) < 0)
		return -1;
	close(fd);
	errno = -reply.err.error;
	return errno ? -1 : 0;
}

/* Ports: a bind that is refused would tell that somebody has one. */
static void test_ports(int type)
{
	static const char *const words[] = { "255.255.255.255", "10.11.0.255" };
	struct vxt_agent *holder[] = { &host, A };
	char word[64];

	for (int h = 0; h < 2; h++) {
		long l = nxt_bound(holder[h], AF_INET, type, "0.0.0.0 2930"), s;

		tap_ok(l >= 0, "%s has a port of type %d", h ? "a guest" : "the host", type);
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			(void)snprintf(word, sizeof(word), "%s 2930", words[i]);
			s = nxt_bound(B, AF_INET, type, word);
			tap_ok(s >= 0, "another binds to %s and does not notice: %s", word, strerror(errno));
			nxt_close(B, s);
			s = nxt_bound(holder[h], AF_INET, type, word);
			tap_errno(s, EADDRINUSE, "who has it does");
			nxt_close(holder[h], s);
		}
		nxt_close(holder[h], l);
		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
			(void)snprintf(word, sizeof(word), "%s 2930", words[i]);
			l = nxt_bound(holder[h], AF_INET, type, word);
			s = nxt_bound(B, AF_INET, type, "0.0.0.0 2930");
			tap_ok(l >= 0 && s >= 0, "both ways about: %s", strerror(errno));
			nxt_close(B, s);
			s = nxt_bound(B, AF_INET, type, word);
			tap_ok(s >= 0, "the same by both: %s", strerror(errno));
			if (type == SOCK_DGRAM && i) {
				long t = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, 0);

				(void)vxt_call(&host, f_setopt, t, SOL_SOCKET, SO_BROADCAST, 1);
				tap_is(vxt_call(vxt_with(&host, "%s", word), f_send, t), 4, "sent to both");
				tap_is(vxt_call(holder[h], f_recv, l), 4, "one hears");
				tap_is(vxt_call(B, f_recv, s), 4, "the other too");
				nxt_close(&host, t);
			}
			nxt_close(B, s);
			nxt_close(holder[h], l);
		}
	}
}

/* What is a broadcast address by the mask of an entry only may be the address of somebody. */
static void test_broadcast_of_others(void)
{
	struct nxt_guest g;
	long s, h;

	if (!nxt_start(&g, VXT_FLAT, 0, NULL)) {
		tap_ok(false, "a guest");
		return;
	}
	tap_is(nx_ipv4(VSERVER_NET_ADD_IPV4, g.nid, VSERVER_ADDR_ADDR, 0, "10.11.0.6", NULL, "255.255.255.254"), 0,
	       "one of two addresses");
	s = nxt_bound(nxt_agent(&g), AF_INET, SOCK_STREAM, "10.11.0.6 1301");
	tap_ok(s >= 0, "can be bound to");
	nxt_close(nxt_agent(&g), s);
	tap_errno(nxt_bound(nxt_agent(&g), AF_INET, SOCK_STREAM, "10.11.0.7 1301"), EADDRNOTAVAIL, "the other cannot");
	s = nxt_bound(&host, AF_INET, SOCK_STREAM, "10.11.0.7 1301");
	tap_ok(s >= 0, "but by the host");
	nxt_close(&host, s);
	tap_is(nx_set_ncaps(g.nid, VSERVER_NCAP_RAW_ICMP), 0, "with raw sockets for ICMP");
	s = vxt_call(nxt_agent(&g), f_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	h = vxt_call(&host, f_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	tap_is(vxt_call(vxt_with(&host, "10.11.0.7 0"), f_echo, h), 8, "what is sent to the other");
	tap_errno(vxt_call(nxt_agent(&g), f_recv, s, 50), EAGAIN, "is not heard");
	tap_is(vxt_call(vxt_with(&host, "10.11.0.6 0"), f_echo, h), 8, "what is sent to it");
	tap_ok(vxt_call(nxt_agent(&g), f_recv, s) > 0, "is");
	nxt_close(nxt_agent(&g), s);
	nxt_close(&host, h);
	tap_is(nx_ipv4(VSERVER_NET_ADD_IPV4, g.nid, VSERVER_ADDR_ADDR, 0, "10.11.0.8", NULL, "255.255.255.240"), 0,
	       "a mask that is not the one of the device");
	tap_errno(nxt_bound(nxt_agent(&g), AF_INET, SOCK_DGRAM, "10.11.0.15 1301"), EADDRNOTAVAIL,
		  "no broadcast there");
	tap_ok(nxt_stop(&g), "it ends");
}

/* Numbers of echo sockets are one's own, as ports are; without SO_REUSEADDR, which they have, each is there once. */
static void test_ping_ids(void)
{
	int range = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
	long h, b, s;

	tap_ok(range >= 0 && write(range, "0 0", 3) == 3, "echo sockets for all");
	close(range);
	h = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	b = vxt_call(B, f_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	s = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	(void)vxt_call(B, f_setopt, b, SOL_SOCKET, SO_REUSEADDR, 0);
	(void)vxt_call(&host, f_setopt, s, SOL_SOCKET, SO_REUSEADDR, 0);
	tap_is(vxt_call(vxt_with(&host, "10.11.0.1 77"), f_bind, h), 0, "the host has a number");
	tap_is(vxt_call(vxt_with(B, "0.0.0.0 77"), f_bind, b), 0, "a guest does not notice");
	tap_errno(vxt_call(vxt_with(&host, "10.11.0.1 77"), f_bind, s), EADDRINUSE, "the host does");
	tap_is(vxt_call(vxt_with(B, "10.11.0.1 0"), f_echo, b), 8, "an echo request of the guest");
	tap_is(vxt_call(B, f_recv, b), 8, "is answered to it");
	tap_errno(vxt_call(&host, f_recv, h, 50), EAGAIN, "not to the host");
	tap_is(vxt_call(vxt_with(&host, "10.11.0.3 0"), f_echo, h), 8, "one of the host");
	tap_is(vxt_call(&host, f_recv, h), 8, "is answered to the host");
	tap_errno(vxt_call(B, f_recv, b, 50), EAGAIN, "not to the guest");
	nxt_close(&host, s);
	nxt_close(&host, h);
	nxt_close(B, b);
}

/* Calls that find devices without asking by name in the usual way. */
static void test_ioctls(void)
{
	tap_is(vxt_call(vxt_with(&host, "br9 10.14.0.9"), f_arp, SIOCSARP), 0, "the host knows a neighbour");
	tap_is(vxt_call(vxt_with(&host, "br9 10.14.0.9"), f_arp, SIOCGARP), 0, "and finds it");
	tap_errno(vxt_call(vxt_with(B, "br9 10.14.0.9"), f_arp, SIOCGARP), EPERM, "a guest does not");
	tap_errno(vxt_call(vxt_with(B, "br9 10.14.0.8"), f_arp, SIOCGARP), EPERM, "nor that it is not there");
	tap_errno(vxt_call(vxt_with(B, "none 10.14.0.9"), f_arp, SIOCGARP), EPERM, "nor that the device is not");
	tap_errno(vxt_call(vxt_with(B, "dummy0 10.11.0.9"), f_arp, SIOCGARP), EPERM, "on its own device either");
	tap_ok(vxt_call(&host, f_bridges) > 0, "the host counts bridges");
	tap_errno(vxt_call(B, f_bridges), EPERM, "a guest does not");
	tap_errno(vxt_call(vxt_with(B, "br9"), f_vlan), EPERM, "nor does it ask for VLANs");
	tap_errno(vxt_call(vxt_with(B, "none"), f_vlan), EPERM, "of a device that is not there either");
}

/* Routing netlink has more lists than one. */
static void test_netlink(void)
{
	static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6, AF_BRIDGE, 128 /* IPMR */ };

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		long n = vxt_call(&host, f_dump, RTM_GETLINK, families[i], IFLA_IFNAME);

		if (families[i] != 128)
			tap_ok(n > 0 && strstr(host.text, "dummy2"), "links of family %d on the host", families[i]);
		(void)vxt_call(B, f_dump, RTM_GETLINK, families[i], IFLA_IFNAME);
		tap_ok(!strstr(B->text, "dummy1") && !strstr(B->text, "dummy2") && !strstr(B->text, "br9"),
		       "not in a guest: %s", strtok(B->text, "\n") ?: "none");
	}
	tap_ok(vxt_call(B, f_dump, RTM_GETLINK, AF_INET6, IFLA_IFNAME) == 2, "two links that have IPv6: %s", B->text);
	tap_ok(vxt_call(&host, f_dump, RTM_GETROUTE, AF_INET, RTA_PREFSRC) > 0 && strstr(host.text, "10.11.0.1\n"),
	       "routes of the host have a source");
	tap_ok(vxt_call(B, f_dump, RTM_GETROUTE, AF_INET, RTA_PREFSRC) > 0 && !strstr(B->text, "10.11.0.1\n"),
	       "a guest does not see which: %s", B->text);
	tap_ok(vxt_call(&host, f_dump, RTM_GETROUTE, AF_INET, RTA_DST, RTM_F_CLONED) >= 0, "the cache of routes");
	tap_errno(vxt_call(B, f_dump, RTM_GETROUTE, AF_INET, RTA_DST, RTM_F_CLONED), EPERM,
		  "it tells whom others talk to, and is not shown");
}

/* Without capabilities, other families of netlink are a way around. */
static void test_netlink_families(void)
{
	static const int families[] = { NETLINK_GENERIC, NETLINK_FIB_LOOKUP };
	struct nxt_guest g;
	long fd;

	if (!nxt_start(&g, -1, 0, "10.11.0.5", NULL)) {
		tap_ok(false, "a network context");
		return;
	}
	fd = vxt_call(nxt_agent(&g), f_netlink, NETLINK_GENERIC);
	tap_ok(fd >= 0, "who may change the network may ask: %s", strerror(errno));
	nxt_close(nxt_agent(&g), fd);
	tap_is(vxt_call(nxt_agent(&g), f_become, 1000), 0, "a user");
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		tap_errno(vxt_call(nxt_agent(&g), f_netlink, families[i]), EPROTONOSUPPORT, "no netlink family");
		fd = vxt_call(&host, f_netlink, families[i]);
		tap_ok(fd >= 0, "%d: on the host there is", families[i]);
		nxt_close(&host, fd);
	}
	fd = vxt_call(nxt_agent(&g), f_netlink, NETLINK_ROUTE);
	tap_ok(fd >= 0, "but routing netlink");
	tap_ok(nxt_stop(&g), "it ends");
}

/* Options that look an address up tell whether somebody has it. */
static void test_address_oracle(void)
{
	static const struct {
		int option;
		const char *name;
	} rows[] = {
		{ IP_MULTICAST_IF, "IP_MULTICAST_IF" }, { IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		long s = vxt_call(B, f_socket, AF_INET, SOCK_DGRAM, 0);
		int other, nobody;

		tap_is(vxt_call(vxt_with(B, "239.1.1.1 10.11.0.3"), f_mreq, s, SOL_IP, rows[i].option), 0, rows[i].name);
		other = vxt_call(vxt_with(B, "239.1.1.2 10.11.0.2"), f_mreq, s, SOL_IP, rows[i].option) ? errno : 0;
		nobody = vxt_call(vxt_with(B, "239.1.1.3 10.11.0.77"), f_mreq, s, SOL_IP, rows[i].option) ? errno : 0;
		tap_ok(other && other == nobody, "an address of another is as one of nobody: %d, %d", other, nobody);
		nxt_close(B, s);
		s = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, 0);
		tap_is(vxt_call(vxt_with(&host, "239.1.1.2 10.11.0.2"), f_mreq, s, SOL_IP, rows[i].option), 0, "the host");
		nxt_close(&host, s);
	}
}

/* No address and no detour leads to the loopback of another. */
static void test_loopback(void)
{
	char lback[32], net[32], all[32];
	const char *const words[] = {
		"127.0.0.1", "0.0.0.0", "127.255.255.255", "127.0.0.255", "127.1.2.3", lback, net, all, "224.0.0.1",
		"255.255.255.255", "10.11.0.255",
	};
	long a, h, s;

	(void)snprintf(lback, sizeof(lback), "127.%u.%u.1", ga.nid >> 8, ga.nid & 255);
	(void)snprintf(net, sizeof(net), "127.%u.%u.0", ga.nid >> 8, ga.nid & 255);
	(void)snprintf(all, sizeof(all), "127.%u.%u.255", ga.nid >> 8, ga.nid & 255);
	a = nxt_bound(A, AF_INET, SOCK_DGRAM, "127.0.0.1 1302");
	h = nxt_bound(&host, AF_INET, SOCK_DGRAM, "127.0.0.1 1302");
	tap_ok(a >= 0 && h >= 0, "a guest and the host listen");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		for (int how = 0; how < 4; how++) {
			s = vxt_call(B, f_socket, AF_INET, SOCK_DGRAM, 0);
			(void)vxt_call(B, f_setopt, s, SOL_SOCKET, SO_BROADCAST, 1);
			if (how == 1)
				(void)vxt_call(B, f_setopt, s, SOL_IP, IP_UNICAST_IF, (long)htonl(1));
			if (how == 2)
				(void)vxt_call(B, f_setopt, s, SOL_SOCKET, SO_DONTROUTE, 1);
			if (how == 3)
				(void)vxt_call(vxt_with(B, "0.0.0.0 127.0.0.1"), f_mreq, s, SOL_IP, IP_MULTICAST_IF);
			(void)vxt_call(vxt_with(B, "%.40s 1302", words[i]), f_send, s);
			tap_errno(vxt_call(A, f_recv, a, 10), EAGAIN, words[i]);
			tap_errno(vxt_call(&host, f_recv, h, 10), EAGAIN, "nor the host");
			nxt_close(B, s);
		}
	}
	s = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, 0);
	tap_is(vxt_call(vxt_with(&host, "%s 1302", lback), f_send, s), 4, "the host sends by the documented address");
	tap_is(vxt_call(A, f_recv, a), 4, "and is heard");
	nxt_close(&host, s);
	nxt_close(A, a);
	nxt_close(&host, h);
}

static void test_uring(void)
{
	long s, t, l = nxt_bound(&host, AF_INET, SOCK_DGRAM, "127.0.0.1 1303");

	s = vxt_call(B, f_uring, OP_SOCKET);
	if (s < 0) {
		tap_skip("io_uring", strerror(errno));
		nxt_close(&host, l);
		return;
	}
	tap_errno(vxt_call(vxt_with(B, "10.11.0.2 1303"), f_bind, s), EADDRNOTAVAIL, "a socket by io_uring is a member's");
	tap_errno(vxt_call(vxt_with(B, "10.11.0.2 1303"), f_uring, OP_BIND, s), EADDRNOTAVAIL, "bind by io_uring");
	t = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, 0);
	tap_is(vxt_call(vxt_with(&host, "10.11.0.2 1303"), f_uring, OP_BIND, t), 0, "the host binds by it");
	nxt_close(&host, t);
	(void)vxt_call(vxt_with(B, "127.0.0.1 1303"), f_uring, IORING_OP_SENDMSG, s);
	tap_errno(vxt_call(&host, f_recv, l, 50), EAGAIN, "sendmsg");
	tap_is(vxt_call(vxt_with(B, "127.0.0.1 1303"), f_uring, IORING_OP_CONNECT, s), 0, "connect");
	(void)vxt_call(B, f_send, s);
	tap_errno(vxt_call(&host, f_recv, l, 50), EAGAIN, "to oneself");
	nxt_close(B, s);
	s = vxt_call(&host, f_uring, OP_SOCKET);
	tap_is(vxt_call(vxt_with(&host, "127.0.0.1 1303"), f_uring, IORING_OP_SENDMSG, s), 4, "the host sends");
	tap_is(vxt_call(&host, f_recv, l), 4, "and hears");
	nxt_close(&host, s);
	nxt_close(&host, l);
}

/* A socket stays what it was made as, whoever has it. */
static void test_passed(void)
{
	long s = vxt_call(B, f_socket, AF_INET, SOCK_DGRAM, 0), t, l, c;

	tap_is(vxt_call(B, f_give, s), 0, "a socket of a guest");
	t = vxt_call_fd(&host, B->fd, f_keep, 0, 0, 0, 0);
	close(B->fd);
	tap_errno(vxt_call(vxt_with(&host, "10.11.0.1 1304"), f_bind, t), EADDRNOTAVAIL, "has no more rights on the host");
	tap_is(vxt_call(vxt_with(&host, "10.11.0.3 1304"), f_bind, t), 0, "and no less");
	nxt_close(B, s);
	nxt_close(&host, t);

	/* a connection accepted elsewhere */
	l = nxt_listen(B, AF_INET, "0.0.0.0 1304");
	tap_is(vxt_call(B, f_give, l), 0, "a listening socket of a guest");
	t = vxt_call_fd(&host, B->fd, f_keep, 0, 0, 0, 0);
	close(B->fd);
	c = nxt_connect(&host, AF_INET, "10.11.0.3 1304");
	s = vxt_call(&host, f_accept, t);
	tap_ok(c >= 0 && s >= 0, "accepted by the host");
	(void)vxt_call(vxt_with(B, "/proc/net/tcp"), f_cat);
	tap_ok(strstr(B->text, ": 03000B0A:0518 01000B0A:") != NULL, "the connection is the guest's");
	(void)vxt_call(vxt_with(&host, "/proc/net/tcp"), f_cat);
	tap_ok(!strstr(host.text, ": 03000B0A:0518 01000B0A:"), "and not the host's");
	nxt_close(&host, s);
	nxt_close(&host, c);
	nxt_close(&host, t);
	nxt_close(B, l);
}

/* What is kept of a context that has ended has no address. */
static void test_end(int family, const char *ip, const char *word, int type)
{
	struct nxt_guest g;
	long s, t, l, c;

	if (!nxt_start(&g, VXT_FLAT, 0, ip, NULL)) {
		tap_ok(false, "a guest");
		return;
	}
	s = type == SOCK_STREAM ? nxt_listen(nxt_agent(&g), family, word) :
		nxt_bound(nxt_agent(&g), family, type, word);
	tap_ok(s >= 0, "%s: a guest listens", word);
	tap_is(vxt_call(nxt_agent(&g), f_give, s), 0, "and hands its socket on");
	t = vxt_call_fd(B, g.g.init.fd, f_keep, 0, 0, 0, 0);
	close(g.g.init.fd);
	c = vxt_call(&host, f_socket, family, type, 0);
	tap_is(vxt_call(vxt_with(&host, "%s", word), f_connect, c), 0, "it is reached");
	(void)vxt_call(&host, f_send, c);
	tap_ok(type == SOCK_STREAM ? vxt_call(B, f_accept, t) >= 0 : vxt_call(B, f_recv, t) == 4, "there");
	nxt_close(&host, c);
	tap_ok(nxt_stop(&g), "the guest ends");

	c = vxt_call(&host, f_socket, family, type, 0);
	(void)vxt_call(vxt_with(&host, "%s", word), f_connect, c);
	(void)vxt_call(&host, f_send, c);
	tap_errno(type == SOCK_STREAM ? vxt_call(B, f_accept, t, 50) : vxt_call(B, f_recv, t, 50), EAGAIN,
		  "its socket receives nothing");
	nxt_close(&host, c);

	/* the next one with the address */
	if (!nxt_start(&g, VXT_FLAT, 0, ip, NULL)) {
		tap_ok(false, "another guest");
		return;
	}
	l = type == SOCK_STREAM ? nxt_listen(nxt_agent(&g), family, word) :
		nxt_bound(nxt_agent(&g), family, type, word);
	tap_ok(l >= 0, "the next guest has the port: %s", strerror(errno));
	c = vxt_call(&host, f_socket, family, type, 0);
	(void)vxt_call(vxt_with(&host, "%s", word), f_connect, c);
	(void)vxt_call(&host, f_send, c);
	tap_errno(type == SOCK_STREAM ? vxt_call(B, f_accept, t, 50) : vxt_call(B, f_recv, t, 50), EAGAIN,
		  "the old socket receives nothing");
	tap_ok(type == SOCK_STREAM ? vxt_call(nxt_agent(&g), f_accept, l) >= 0 :
	       vxt_call(nxt_agent(&g), f_recv, l) == 4, "the new one does");
	nxt_close(&host, c);
	nxt_close(B, t);
	tap_ok(nxt_stop(&g), "it ends");
}

/* What is connected or has joined a group has no address either. */
static void test_end_connected(void)
{
	struct nxt_guest g;
	long s, t, m, n, l, c;

	if (!nxt_start(&g, VXT_FLAT, 0, "10.11.0.6", NULL)) {
		tap_ok(false, "a guest");
		return;
	}
	c = nxt_bound(&host, AF_INET, SOCK_DGRAM, "10.11.0.1 1308");
	s = nxt_bound(nxt_agent(&g), AF_INET, SOCK_DGRAM, "10.11.0.6 1307");
	tap_is(vxt_call(vxt_with(nxt_agent(&g), "10.11.0.1 1308"), f_connect, s), 0, "connected to the host");
	(void)vxt_call(nxt_agent(&g), f_give, s);
	t = vxt_call_fd(B, g.g.init.fd, f_keep, 0, 0, 0, 0);
	close(g.g.init.fd);
	m = nxt_bound(nxt_agent(&g), AF_INET, SOCK_DGRAM, "0.0.0.0 1309");
	tap_is(vxt_call(vxt_with(nxt_agent(&g), "239.1.1.9 10.11.0.6"), f_mreq, m, SOL_IP, IP_ADD_MEMBERSHIP), 0,
	       "and in a group");
	(void)vxt_call(nxt_agent(&g), f_give, m);
	n = vxt_call_fd(B, g.g.init.fd, f_keep, 0, 0, 0, 0);
	close(g.g.init.fd);
	l = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, 0);
	(void)vxt_call(vxt_with(&host, "239.0.0.0 10.11.0.6"), f_mreq, l, SOL_IP, IP_MULTICAST_IF);
	tap_is(vxt_call(vxt_with(&host, "10.11.0.6 1307"), f_send, c), 4, "the host sends");
	tap_is(vxt_call(B, f_recv, t), 4, "heard by who has it");
	tap_is(vxt_call(vxt_with(&host, "239.1.1.9 1309"), f_send, l), 4, "to the group");
	tap_is(vxt_call(B, f_recv, n), 4, "heard too");
	tap_ok(nxt_stop(&g), "the guest ends");
	(void)vxt_call(vxt_with(&host, "10.11.0.6 1307"), f_send, c);
	tap_errno(vxt_call(B, f_recv, t, 50), EAGAIN, "it is not heard any more");
	(void)vxt_call(vxt_with(&host, "239.1.1.9 1309"), f_send, l);
	tap_errno(vxt_call(B, f_recv, n, 50), EAGAIN, "nor is the group");
	nxt_close(&host, c);
	nxt_close(&host, l);
	nxt_close(B, t);
	nxt_close(B, n);
}

/* What connect(2) has refused is not where the next message goes, nor the one that was waiting. */
static void test_refused_connect(int family, const char *own, const char *any, const char *foreign)
{
	long a, mine, s;

	a = nxt_bound(A, family, SOCK_DGRAM, any);
	mine = nxt_bound(B, family, SOCK_DGRAM, own);
	tap_ok(a >= 0 && mine >= 0, "two listen");
	for (int corked = 0; corked < 2; corked++) {
		s = vxt_call(B, f_socket, family, SOCK_DGRAM, 0);
		tap_is(vxt_call(vxt_with(B, "%s", own), f_connect, s), 0, "connected over the loopback");
		if (corked) {
			tap_is(vxt_call(B, f_setopt, s, IPPROTO_UDP, UDP_CORK, 1), 0, "corked");
			tap_is(vxt_call(B, f_send, s), 4, "a message waits");
		}
		tap_errno(vxt_call(vxt_with(B, "%s", foreign), f_connect, s), EPERM, "not from there to another guest");
		if (corked)
			tap_is(vxt_call(B, f_setopt, s, IPPROTO_UDP, UDP_CORK, 0), 0, "it waits no more");
		for (int i = 0; i < 3; i++) {
			if (!corked || i)
				tap_is(vxt_call(B, f_send, s), 4, "a message");
			tap_errno(vxt_call(A, f_recv, a, 20), EAGAIN, "does not go to another guest");
			tap_is(vxt_call(B, f_recv, mine), 4, "but where it is connected to");
		}
		nxt_close(B, s);
	}
	nxt_close(A, a);
	nxt_close(B, mine);
}

/* Credentials of the host that are kept in a ring are no way out. */
static void test_personality(void)
{
	struct vxt_agent out;

	if (!vxt_host(&out)) {
		tap_ok(false, "a process");
		return;
	}
	tap_errno(vxt_call(&out, f_uring_before, gb.nid), EPERM, "not by a personality from before");
	tap_is(nx_task_nid(out.pid), gb.nid, "but it is in the network context");
	vxt_end(&out);
	if (!vxt_host(&out))
		return;
	tap_ok(vxt_call(&out, f_uring_before, 0) >= 0, "on the host it is allowed: %s", strerror(errno));
	vxt_end(&out);
}

/* A network namespace of one's own is no way back to the first one. */
static void test_namespace(void)
{
	struct nxt_guest g;
	long fd;

	tap_errno(vxt_call(A, f_unshare, CLONE_NEWNET), EPERM, "no network namespace in a guest");
	tap_errno(vxt_call(A, f_unshare, CLONE_NEWUSER | CLONE_NEWNET), EPERM, "not with a user namespace either");
	if (!nxt_start(&g, -1, 0, "10.11.0.6", NULL)) {
		tap_ok(false, "a network context");
		return;
	}
	tap_is(vxt_call(nxt_agent(&g), f_become, 1000), 0, "a user in a network context");
	fd = vxt_call(nxt_agent(&g), f_socket, AF_INET, SOCK_DGRAM, 0);
	tap_is(vxt_call(nxt_agent(&g), f_unshare, CLONE_NEWUSER | CLONE_NEWNET), 0, "makes namespaces");
	tap_errno(vxt_call(vxt_with(nxt_agent(&g), "10.11.0.2 1311"), f_bind, fd), EADDRNOTAVAIL,
		  "a socket from before is as before");
	tap_is(vxt_call(vxt_with(nxt_agent(&g), "10.11.0.6 1311"), f_bind, fd), 0, "with its address");
	nxt_close(nxt_agent(&g), fd);
	tap_errno(vxt_call(nxt_agent(&g), f_veth, getpid()), EPERM, "it puts no device into the first one");
	tap_is(vxt_call(nxt_agent(&g), f_veth, 0), 0, "but into its own");
	tap_ok(!if_nametoindex("attack1"), "the host has none");
	tap_ok(nxt_stop(&g), "it ends");
}

/* The system call is for the host, whatever the number. */
static void test_vserver(void)
{
	static const struct {
		uint32_t cmd;
		const char *name;
	} rows[] = {
		{ VSERVER_NET_CREATE, "net_create" }, { VSERVER_NET_MIGRATE, "net_migrate" },
		{ VSERVER_NET_ADD_IPV4, "net_add_ipv4" }, { VSERVER_NET_REMOVE_IPV4, "net_remove_ipv4" },
		{ VSERVER_NET_ADD_IPV6, "net_add_ipv6" }, { VSERVER_SET_NFLAGS, "set_nflags" },
		{ VSERVER_SET_NCAPS, "set_ncaps" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (int own = 0; own < 2; own++)
			tap_errno(vxt_call(B, f_vserver, rows[i].cmd, own ? gb.nid : ga.nid), ENOSYS, rows[i].name);
	tap_is(vxt_call(&host, f_vserver, VSERVER_SET_NCAPS, ga.nid), 0, "the host may");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	if (!nxt_machine() || !nxt_dummy("dummy1") || !nxt_dummy("dummy2") || !nxt_up("dummy1") || !nxt_up("dummy2") ||
	    !make_bridge("br9", "dummy2") || !nxt_assign("br9", "10.14.0.1"))
		tap_skip_all("no devices");
	ga.g.bcaps = gb.g.bcaps = VXT_SECURE_BCAPS;
	if (!vxt_host(&host) || !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", "fd11::2", NULL) ||
	    !nxt_start(&gb, VXT_FLAT, 0, "10.11.0.3", "fd11::3", NULL))
		return 1;
	A = nxt_agent(&ga);
	B = nxt_agent(&gb);
	test_ports(SOCK_STREAM);
	test_ports(SOCK_DGRAM);
	test_broadcast_of_others();
	test_ping_ids();
	test_ioctls();
	test_netlink();
	test_netlink_families();
	test_address_oracle();
	test_loopback();
	test_uring();
	test_passed();
	test_end(AF_INET, "10.11.0.6", "10.11.0.6 1305", SOCK_STREAM);
	test_end(AF_INET, "10.11.0.6", "10.11.0.6 1306", SOCK_DGRAM);
	test_end(AF_INET6, "fd11::6", "fd11::6 1305", SOCK_STREAM);
	test_end(AF_INET6, "fd11::6", "fd11::6 1306", SOCK_DGRAM);
	test_end_connected();
	test_refused_connect(AF_INET, "127.0.0.1 1310", "0.0.0.0 1310", "10.11.0.2 1310");
	test_refused_connect(AF_INET6, "::1 1310", ":: 1310", "fd11::2 1310");
	test_personality();
	test_namespace();
	test_vserver();
	tap_ok(nxt_stop(&ga) && nxt_stop(&gb), "all guests end");
	return vxt_done();
}
