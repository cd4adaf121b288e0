// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-view - a guest sees its own interfaces, addresses, routes and sockets, and is told of nothing else
 * bed: um qemu
 * timeout: 60
 */
#include "../prog/nxt.h"

#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/un.h>

static struct nxt_guest ga, gb, gc;
static struct vxt_agent host;
static struct vxt_agent *A, *B, *C;

/* all addresses of interfaces: "lo 127.0.0.1" and so on, a line each */
NXT_FN(f_getifaddrs)
{
	struct ifaddrs *all, *i;
	int n = 0;

	if (getifaddrs(&all))
		return -1;
	for (i = all; i; i = i->ifa_next) {
		union nxt_addr *addr = (union nxt_addr *)i->ifa_addr;
		char text[INET6_ADDRSTRLEN] = "-";

		if (addr && addr->any.sa_family == AF_INET)
			(void)inet_ntop(AF_INET, &addr->v4.sin_addr, text, sizeof(text));
		else if (addr && addr->any.sa_family == AF_INET6)
			(void)inet_ntop(AF_INET6, &addr->v6.sin6_addr, text, sizeof(text));
		vxt_say("%s %s\n", i->ifa_name, text);
		n++;
	}
	freeifaddrs(all);
	return n;
}

/* SIOCGIFCONF */
NXT_FN(f_ifconf)
{
	struct ifreq req[32];
	struct ifconf conf = { .ifc_len = sizeof(req), .ifc_req = req };

	if (nxt_ioctl(AF_INET, SIOCGIFCONF, &conf))
		return -1;
	for (size_t i = 0; i < (size_t)conf.ifc_len / sizeof(*req); i++) {
		struct sockaddr_in sin;
		char text[INET_ADDRSTRLEN];

		memcpy(&sin, &req[i].ifr_addr, sizeof(sin));
		(void)inet_ntop(AF_INET, &sin.sin_addr, text, sizeof(text));
		vxt_say("%s %s\n", req[i].ifr_name, text);
	}
	return conf.ifc_len / (int)sizeof(*req);
}

NXT_FN(f_ifindex)
{
	unsigned int index = if_nametoindex(vxt_word);

	return index ? (long)index : -1;
}

NXT_FN(f_ifname)
{
	char name[IF_NAMESIZE];

	return if_indextoname((unsigned int)a, name) ? 0 : -1;
}

/* an ioctl about the device in the word */
NXT_FN(f_ifreq)
{
	struct ifreq req = {};
	int ret;

	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%.15s", vxt_word);
	req.ifr_addr.sa_family = (sa_family_t)b;
	ret = nxt_ioctl(AF_INET, (unsigned long)a, &req);
	if (!ret && a == SIOCGIFADDR) {
		struct sockaddr_in sin;
		char text[INET_ADDRSTRLEN];

		memcpy(&sin, &req.ifr_addr, sizeof(sin));
		vxt_say("%s", inet_ntop(AF_INET, &sin.sin_addr, text, sizeof(text)));
	}
	return ret;
}

static int netlink(unsigned int groups)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ask for a list, or for one thing: a type, b flags, c family, d index; gives the number of answers */
NXT_FN(f_ask)
{
	struct {
		struct nlmsghdr h;
		union {
			struct ifinfomsg link;
			struct ifaddrmsg addr;
			struct rtmsg route;
			char room[64];
		} u;
	} q = { .h = { .nlmsg_type = (uint16_t)a, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | b), .nlmsg_seq = 1 } };
	static char buf[65536];
	int fd = netlink(0), n = 0, err = 0;
	bool done = false;

	if (fd < 0)
		return -1;
	q.u.room[0] = (char)c;
	if (a == RTM_GETLINK)
		q.u.link.ifi_index = (int)d;
	q.h.nlmsg_len = NLMSG_LENGTH(a == RTM_GETLINK ? sizeof(q.u.link) :
				     a == RTM_GETADDR ? sizeof(q.u.addr) : sizeof(q.u.route));
	if (send(fd, &q, q.h.nlmsg_len, 0) < 0) {
		err = errno;
		done = true;
	}
	while (!done && nxt_ready(fd, POLLIN, NXT_WAIT_MS)) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; len > 0 && NLMSG_OK(h, (size_t)len);
		     h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_type == NLMSG_DONE) {
				done = true;
			} else if (h->nlmsg_type == NLMSG_ERROR) {
				err = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
				done = true;
			} else {
				n++;
				done = !(b & NLM_F_DUMP);
			}
		}
	}
	close(fd);
	errno = done ? err : ETIMEDOUT;
	return errno ? -1 : n;
}

/* open a socket for notifications, of links and addresses */
NXT_FN(f_listen_events)
{
	return netlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_NEIGH);
}

/* how many have come, and their types */
NXT_FN(f_events)
{
	static char buf[65536];
	int n = 0;

	while (nxt_ready((int)a, POLLIN, 100)) {
		ssize_t len = recv((int)a, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;

		if (len > 0)
			vxt_say("%d ", h->nlmsg_type);
		n++;
	}
	return n;
}

/* a name in the abstract name space: b bind, else connect */
NXT_FN(f_abstract)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "\0net-view" };
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof("\0net-view") - 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (b ? bind(fd, (struct sockaddr *)&addr, len) || listen(fd, 5) :
	    connect(fd, (struct sockaddr *)&addr, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

NXT_FN(f_nx_watch) { return nx_migrate(VSERVER_NID_WATCH); }

/* socket diagnostics: a 0 ask for all of TCP, 1 listen by bind(2), 2 by an option */
NXT_FN(f_diag)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = a == 1 };
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 req;
	} q = {
		.h = { .nlmsg_len = sizeof(q), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.req = { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0U },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), group = SKNLGRP_INET_TCP_DESTROY, err;
	long ret;

	if (fd < 0)
		return -2;
	if (a == 0)
		ret = send(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q) ? 0 : -1;
	else if (a == 1)
		ret = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	else
		ret = setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

/* a datagram: where it was sent to, by the control messages of its socket; b: flags of recvmsg() */
NXT_FN(f_recv_to)
{
	union {
		char buf[1024];
		struct cmsghdr align;
	} u = {};
	char data[64];
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	union nxt_addr name = {};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = u.buf, .msg_controllen = sizeof(u.buf),
		.msg_name = &name, .msg_namelen = sizeof(name),
	};

	if (!nxt_ready((int)a, b & MSG_ERRQUEUE ? POLLERR : POLLIN, NXT_WAIT_MS) || recvmsg((int)a, &msg, (int)b) < 0)
		return -1;
	vxt_say("name ");
	nxt_say(&name);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		union nxt_addr addr = {};
		struct in_pktinfo info;
		struct in6_pktinfo info6;

		if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			addr.v4.sin_family = AF_INET;
			addr.v4.sin_addr = info.ipi_spec_dst;
			vxt_say(" local ");
			nxt_say(&addr);
			addr.v4.sin_addr = info.ipi_addr;
			vxt_say(" info ");
		} else if (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			addr.v6.sin6_family = AF_INET6;
			addr.v6.sin6_addr = info6.ipi6_addr;
			vxt_say(" info ");
		} else if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_ORIGDSTADDR) ||
			   (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_ORIGDSTADDR)) {
			memcpy(&addr, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
			vxt_say(" first ");
		} else if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
			   (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
			memcpy(&addr, CMSG_DATA(c) + sizeof(struct sock_extended_err),
			       c->cmsg_len - CMSG_LEN(sizeof(struct sock_extended_err)));
			vxt_say(" offender ");
		} else {
			continue;
		}
		nxt_say(&addr);
	}
	return 0;
}

/* "FILE|TEXT": whether the file has it, however long it is (former connections of the address are in time-wait) */
NXT_FN(f_find)
{
	static char all[1 << 20];
	char *text = strchr(vxt_word, '|');
	size_t n;
	FILE *f;

	if (!text)
		return -1;
	*text++ = '\0';
	f = fopen(vxt_word, "re");
	if (!f)
		return -1;
	n = fread(all, 1, sizeof(all) - 1, f);
	all[n] = '\0';
	(void)fclose(f);
	return strstr(all, text) != NULL;
}

static void cat(struct vxt_agent *a, const char *path)
{
	if (vxt_call(vxt_with(a, "%s", path), f_cat) < 0)
		printf("# %s: %s\n", path, strerror(errno));
}

static void test_interfaces(void)
{
	long index = if_nametoindex("dummy0"), other = if_nametoindex("dummy1");

	(void)vxt_call(A, f_getifaddrs);
	tap_ok(!strcmp(A->text, "lo -\ndummy0 -\nlo 127.0.0.1\ndummy0:2 10.11.0.2\nlo ::1\ndummy0 fd11::2\n"),
	       "getifaddrs: its own and a loopback");
	tap_is(vxt_call(A, f_ifconf), 2, "SIOCGIFCONF");
	tap_ok(!strcmp(A->text, "lo 127.0.0.1\ndummy0:2 10.11.0.2\n"), "the same of IPv4");
	tap_is(vxt_call(vxt_with(A, "dummy0"), f_ifindex), index, "the number of a visible interface");
	tap_errno(vxt_call(vxt_with(A, "dummy1"), f_ifindex), ENODEV, "not of another");
	tap_is(vxt_call(A, f_ifname, index), 0, "its name");
	tap_errno(vxt_call(A, f_ifname, other), ENXIO, "not of another");
	tap_errno(vxt_call(vxt_with(A, "dummy1"), f_ifreq, SIOCGIFFLAGS), ENODEV, "no flags of it");
	tap_errno(vxt_call(vxt_with(A, "dummy1"), f_ifreq, SIOCGIFHWADDR), ENODEV, "no hardware address");
	tap_errno(vxt_call(vxt_with(A, "dummy1"), f_ifreq, SIOCGIFADDR), ENODEV, "no address");
	tap_is(vxt_call(vxt_with(A, "dummy0:2"), f_ifreq, SIOCGIFADDR), 0, "its own address by its label");
	tap_ok(!strcmp(A->text, "10.11.0.2"), "%s", A->text);
	tap_errno(vxt_call(vxt_with(A, "dummy0:3"), f_ifreq, SIOCGIFADDR), EADDRNOTAVAIL, "that of another is not there");
	cat(A, "/proc/net/dev");
	tap_ok(strstr(A->text, "dummy0:") && strstr(A->text, " lo:") && !strstr(A->text, "dummy1:"), "/proc/net/dev");
	cat(A, "/proc/net/if_inet6");
	tap_ok(strstr(A->text, "fd110000000000000000000000000002") && !strstr(A->text, "fd110000000000000000000000000003") &&
	       !strstr(A->text, "fd110000000000000000000000000001"), "/proc/net/if_inet6");
	(void)vxt_call(&host, f_getifaddrs);
	tap_ok(strstr(host.text, "10.11.0.2") && strstr(host.text, "dummy1") && strstr(host.text, "fd11::3"),
	       "the host sees all");
	tap_is(nx_set_nflags(gc.nid, 0, VSERVER_NFLAG_HIDE_NETIF), 0, "without HIDE_NETIF");
	(void)vxt_call(C, f_getifaddrs);
	tap_ok(strstr(C->text, "10.11.0.2") && strstr(C->text, "dummy1"), "a guest sees them, too");
	tap_is(nx_set_nflags(gc.nid, VSERVER_NFLAG_HIDE_NETIF, VSERVER_NFLAG_HIDE_NETIF), 0, "and with it");
	(void)vxt_call(C, f_getifaddrs);
	tap_ok(!strstr(C->text, "10.11.0.2") && !strstr(C->text, "dummy1") && strstr(C->text, "10.12.0.2"), "not");
}

static void test_netlink(void)
{
	long other = if_nametoindex("dummy1");
	long fd, n;

	tap_is(vxt_call(A, f_ask, RTM_GETLINK, NLM_F_DUMP), 2, "two links");
	tap_errno(vxt_call(A, f_ask, RTM_GETLINK, 0, 0, other), ENODEV, "no other by its number");
	tap_is(vxt_call(A, f_ask, RTM_GETADDR, NLM_F_DUMP, AF_INET), 2, "two addresses of IPv4");
	tap_is(vxt_call(A, f_ask, RTM_GETADDR, NLM_F_DUMP, AF_INET6), 2, "two of IPv6");
	tap_is(vxt_call(A, f_ask, RTM_GETADDR, NLM_F_DUMP), 4, "four in all");
	n = vxt_call(A, f_ask, RTM_GETROUTE, NLM_F_DUMP, AF_INET);
	tap_ok(n >= 1 && n < vxt_call(&host, f_ask, RTM_GETROUTE, NLM_F_DUMP, AF_INET), "some routes of IPv4");
	n = vxt_call(A, f_ask, RTM_GETROUTE, NLM_F_DUMP, AF_INET6);
	tap_ok(n >= 1 && n < vxt_call(&host, f_ask, RTM_GETROUTE, NLM_F_DUMP, AF_INET6), "some of IPv6");
	tap_errno(vxt_call(A, f_ask, RTM_GETNEIGH, NLM_F_DUMP), EPERM, "no neighbours");
	tap_errno(vxt_call(A, f_ask, RTM_GETRULE, NLM_F_DUMP), EPERM, "no rules");
	tap_errno(vxt_call(A, f_ask, RTM_GETQDISC, NLM_F_DUMP), EPERM, "no queues");
	tap_errno(vxt_call(A, f_ask, RTM_GETADDR, 0, AF_INET6), EPERM, "not an address by itself");
	tap_errno(vxt_call(A, f_ask, RTM_DELLINK, 0, 0, other), EPERM, "nothing is changed");

	/* what is told unasked */
	fd = vxt_call(A, f_listen_events);
	n = vxt_call(&host, f_listen_events);
	tap_ok(fd >= 0 && n >= 0, "a guest and the host listen");
	tap_ok(nxt_assign("dummy1:1", "10.13.0.1"), "an address of the host");
	tap_is(vxt_call(A, f_events, fd), 0, "the guest is not told");
	tap_ok(vxt_call(&host, f_events, n) > 0, "the host is");
	tap_is(nx_add(ga.nid, "10.11.0.17"), 0, "an address of the guest");
	tap_ok(nxt_assign("dummy0:17", "10.11.0.17"), "comes");
	tap_ok(vxt_call(A, f_events, fd) > 0 && strstr(A->text, "20 "), "and the guest is told: %s", A->text);
	tap_is(nx_remove(ga.nid, "10.11.0.17"), 0, "it is taken away");
	nxt_close(A, fd);
	nxt_close(&host, n);
}

static void test_sockets(void)
{
	struct vxt_agent watch;
	long a, b, c, d;

	a = nxt_listen(A, AF_INET, "0.0.0.0 7001");	/* 1B59 */
	b = nxt_listen(B, AF_INET6, ":: 7002");		/* 1B5A */
	c = nxt_bound(&host, AF_INET, SOCK_DGRAM, "127.0.0.1 7003");
	d = nxt_bound(A, AF_INET6, SOCK_DGRAM, "::1 7004");
	tap_ok(a >= 0 && b >= 0 && c >= 0 && d >= 0, "four sockets");
	cat(A, "/proc/net/tcp");
	tap_ok(strstr(A->text, ":1B59 ") != NULL, "a guest sees its own");
	cat(B, "/proc/net/tcp");
	tap_ok(!strstr(B->text, ":1B59 "), "another does not");
	cat(B, "/proc/net/tcp6");
	tap_ok(strstr(B->text, ":1B5A ") != NULL, "but its own");
	cat(A, "/proc/net/tcp6");
	tap_ok(!strstr(A->text, ":1B5A "), "that the first does not see");
	cat(A, "/proc/net/udp");
	tap_ok(!strstr(A->text, ":1B5B "), "nor that of the host");
	cat(A, "/proc/net/udp6");
	tap_ok(strstr(A->text, ":1B5C ") != NULL, "UDP of its own");
	cat(&host, "/proc/net/udp6");
	tap_ok(!strstr(host.text, ":1B5C "), "the host sees no guest's");
	cat(&host, "/proc/net/udp");
	tap_ok(strstr(host.text, ":1B5B ") != NULL, "but its own");
	cat(&host, "/proc/net/tcp");
	tap_ok(!strstr(host.text, ":1B59 "), "as of TCP");
	if (!vxt_host(&watch))
		exit(1);
	tap_is(vxt_call(&watch, f_nx_watch), 1, "a spectator");
	cat(&watch, "/proc/net/tcp");
	tap_ok(strstr(watch.text, ":1B59 ") != NULL, "sees those of all");
	cat(&watch, "/proc/net/udp");
	tap_ok(strstr(watch.text, ":1B5B ") != NULL, "the host's too");
	vxt_end(&watch);
	for (int how = 0; how < 3; how++) {
		static const char *const what[] = { "asked", "listened to", "joined" };

		tap_ok(vxt_call(&host, f_diag, how) == 0, "socket diagnostics are %s by the host", what[how]);
		tap_ok(vxt_call(A, f_diag, how) == -1 && errno == EPERM, "not by a guest");
		tap_ok(vxt_call(C, f_diag, how) == -1 && errno == EPERM, "nor with a network context only");
	}
	nxt_close(A, a);
	nxt_close(B, b);
	nxt_close(&host, c);
	nxt_close(A, d);
}

/* the private loopback looks like the usual one, wherever a program can read an address */
static void test_loopback(void)
{
	static const struct {
		const char *loop, *listed, *name, *file;
		int family, level, pktinfo, first, recverr;
		const char *told;
	} fam[] = {
		{ "127.0.0.1", "0100007F", "tcp", "udp", AF_INET, SOL_IP, IP_PKTINFO, IP_RECVORIGDSTADDR, IP_RECVERR,
		  "local 127.0.0.1 0 info 127.0.0.1 0 first 127.0.0.1 7012" },
		{ "::1", "00000000000000000000000001000000", "tcp6", "udp6", AF_INET6, SOL_IPV6, IPV6_RECVPKTINFO,
		  IPV6_RECVORIGDSTADDR, IPV6_RECVERR, "info ::1 0 first ::1 7012" },
	};

	for (size_t i = 0; i < sizeof(fam) / sizeof(*fam); i++) {
		char word[64];
		long listener, conn, udp, sender;

		(void)snprintf(word, sizeof(word), "%s 7011", fam[i].loop);
		listener = nxt_listen(A, fam[i].family, word);
		conn = nxt_connect(A, fam[i].family, word);
		tap_ok(listener >= 0 && conn >= 0, "a connection to %s", word);
		tap_is(vxt_call(vxt_with(A, "/proc/net/%s|: %s:1B63 ", fam[i].name, fam[i].listed), f_find), 1,
		       "the listener is listed");
		tap_is(vxt_call(vxt_with(A, "/proc/net/%s| %s:1B63 01 ", fam[i].name, fam[i].listed), f_find), 1,
		       "the other end of the connection, too");
		tap_is(vxt_call(vxt_with(&host, "/proc/net/%s|:1B63 ", fam[i].name), f_find), 0,
		       "the host does not see them");
		nxt_close(A, conn);
		nxt_close(A, listener);

		(void)snprintf(word, sizeof(word), "%s 7012", fam[i].family == AF_INET ? "0.0.0.0" : "::");
		udp = nxt_bound(A, fam[i].family, SOCK_DGRAM, word);
		sender = vxt_call(A, f_socket, fam[i].family, SOCK_DGRAM, 0);
		(void)vxt_call(A, f_setopt, udp, fam[i].level, fam[i].pktinfo, 1);
		(void)vxt_call(A, f_setopt, udp, fam[i].level, fam[i].first, 1);
		(void)snprintf(word, sizeof(word), "%s 7012", fam[i].loop);
		tap_is(vxt_call(vxt_with(A, "%s", word), f_send, sender), 4, "a datagram to oneself");
		tap_is(vxt_call(A, f_recv_to, udp, 0), 0, "comes");
		tap_ok(strstr(A->text, fam[i].told) != NULL, "its destination in control messages: %s", A->text);
		(void)snprintf(word, sizeof(word), "%s 7013", fam[i].loop);
		(void)vxt_call(A, f_setopt, sender, fam[i].level, fam[i].recverr, 1);
		(void)vxt_call(vxt_with(A, "%s", word), f_connect, sender);
		(void)vxt_call(A, f_send, sender);
		tap_is(vxt_call(A, f_recv_to, sender, MSG_ERRQUEUE), 0, "an error of another");
		(void)snprintf(word, sizeof(word), "name %s 7013 offender %s 0", fam[i].loop, fam[i].loop);
		tap_ok(!strcmp(A->text, word), "is from there: %s", A->text);
		tap_is(vxt_call(vxt_with(A, "/proc/net/%s| %s:1B65 ", fam[i].file, fam[i].listed), f_find), 1,
		       "a connected socket is listed");
		nxt_close(A, udp);
		nxt_close(A, sender);
	}
}

/* other tables: its own, and none that tells of all */
static void test_tables(void)
{
	static const char *const hidden[] = { "arp", "dev_mcast", "igmp", "igmp6", "mcfilter", "anycast6", "fib_trie",
					      "ptype", "protocols", "sockstat", "snmp", "nf_log" };
	long a, n, h;
	int range = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	tap_ok(range >= 0 && write(range, "0 0", 3) == 3, "everybody may use echo sockets");
	close(range);
	a = vxt_call(A, f_socket, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	tap_ok(a >= 0 && vxt_call(vxt_with(A, "127.0.0.1 4660"), f_bind, a) == 0, "one with the number 1234");
	cat(A, "/proc/net/icmp");
	tap_ok(strstr(A->text, ": 0100007F:1234 ") != NULL, "/proc/net/icmp lists it");
	cat(B, "/proc/net/icmp");
	tap_ok(!strstr(B->text, ":1234 "), "to nobody else");
	nxt_close(A, a);
	a = vxt_call(A, f_listen_events);
	h = vxt_call(&host, f_listen_events);
	n = 0;
	cat(A, "/proc/net/netlink");
	for (const char *line = A->text; (line = strchr(line, '\n')); line++)
		n++;
	tap_ok(a >= 0 && h >= 0 && n == 2, "/proc/net/netlink: a head and its own, %ld lines", n);
	nxt_close(A, a);
	nxt_close(&host, h);
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		tap_ok(vxt_call(vxt_with(A, "/proc/net/%s", hidden[i]), f_cat) < 0 && errno == ENOENT,
		       "no /proc/net/%s in a guest", hidden[i]);
		tap_ok(vxt_call(vxt_with(C, "/proc/net/%s", hidden[i]), f_cat) < 0 && errno == ENOENT,
		       "nor with a network context only");
	}
	tap_ok(vxt_call(vxt_with(&host, "/proc/net/arp"), f_cat) > 0, "the host has them");
	cat(A, "/proc/net/ipv6_route");
	tap_ok(strstr(A->text, "fd110000000000000000000000000002 80 ") && !strstr(A->text, "fd110000000000000000000000000003 80 "),
	       "/proc/net/ipv6_route: of its own address, not of others");
}

static void test_unix(void)
{
	long c, h;

	c = vxt_call(C, f_abstract, 0, 1);
	tap_ok(c >= 0, "an abstract name, with a network context only");
	tap_errno(vxt_call(&host, f_abstract), ECONNREFUSED, "the host does not find it");
	tap_errno(vxt_call(A, f_abstract), ECONNREFUSED, "nor a guest");
	h = vxt_call(&host, f_abstract, 0, 1);
	tap_ok(h >= 0, "the host can have the same");
	tap_ok(vxt_call(C, f_abstract) >= 0, "each finds its own");
	cat(A, "/proc/net/unix");
	tap_ok(!strstr(A->text, "@net-view"), "and sees no other");
	cat(C, "/proc/net/unix");
	tap_ok(strstr(C->text, "@net-view") != NULL, "but its own");
	nxt_close(C, c);
	nxt_close(&host, h);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	if (!nxt_machine() || !nxt_dummy("dummy1") || !nxt_up("dummy1") || !nxt_assign("dummy1", "10.14.0.1"))
		tap_skip_all("no devices");
	ga.g.bcaps = gb.g.bcaps = VXT_SECURE_BCAPS;
	if (!vxt_host(&host) || !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", "fd11::2", NULL) ||
	    !nxt_start(&gb, VXT_FLAT, 0, "10.11.0.3", "fd11::3", NULL) ||
	    !nxt_start(&gc, -1, 0, "10.11.0.4", "10.12.0.2", "fd11::4", NULL))
		return 1;
	A = nxt_agent(&ga);
	B = nxt_agent(&gb);
	C = nxt_agent(&gc);
	test_interfaces();
	test_netlink();
	test_sockets();
	test_loopback();
	test_tables();
	test_unix();
	tap_ok(nxt_stop(&ga) && nxt_stop(&gb) && nxt_stop(&gc), "all guests end");
	return vxt_done();
}
