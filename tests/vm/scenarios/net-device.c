// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-device - the number of an interface that is not a guest's is to it one that no interface has
 * bed: um qemu
 * timeout: 60
 */
#include "../prog/nxt.h"

#include <linux/mroute.h>

#define NOBODYS 9999

static struct nxt_guest ga, gc, gd;
static struct vxt_agent host;
static struct vxt_agent *A, *C;

/* a socket option that names an interface: b level, c option, d number */
NXT_FN(f_option)
{
	struct ip_mreqn mreqn = { .imr_ifindex = (int)d };
	struct ipv6_mreq mreq6 = { .ipv6mr_interface = (unsigned int)d };
	struct group_source_req source = { .gsr_interface = (uint32_t)d };
	struct group_req group = { .gr_interface = (uint32_t)d };
	struct in6_pktinfo info = { .ipi6_ifindex = (unsigned int)d };
	union nxt_addr *to = (union nxt_addr *)(b == SOL_IP ? &group.gr_group : &source.gsr_group), from;
	int index = (int)d, net = (int)htonl((uint32_t)d);

	(void)inet_pton(AF_INET, "239.1.1.9", &mreqn.imr_multiaddr);
	(void)inet_pton(AF_INET6, "ff05::99", &mreq6.ipv6mr_multiaddr);
	(void)nxt_parse(b == SOL_IP ? "239.1.1.10" : "ff05::9a", to);
	memcpy(&group.gr_group, to, sizeof(*to));
	memcpy(&source.gsr_group, to, sizeof(*to));
	(void)nxt_parse(b == SOL_IP ? "10.11.0.1" : "fd11::1", &from);
	memcpy(&source.gsr_source, &from, sizeof(from));
	if (c == MCAST_JOIN_GROUP)
		return setsockopt((int)a, (int)b, (int)c, &group, sizeof(group));
	if (c == MCAST_JOIN_SOURCE_GROUP)
		return setsockopt((int)a, (int)b, (int)c, &source, sizeof(source));
	if (b == SOL_IP && c != IP_UNICAST_IF)
		return setsockopt((int)a, (int)b, (int)c, &mreqn, sizeof(mreqn));
	if (b == SOL_IPV6 && c == IPV6_JOIN_GROUP)
		return setsockopt((int)a, (int)b, (int)c, &mreq6, sizeof(mreq6));
	if (b == SOL_IPV6 && c == IPV6_PKTINFO)
		return setsockopt((int)a, (int)b, (int)c, &info, sizeof(info));
	return setsockopt((int)a, (int)b, (int)c, b == SOL_IPV6 && c == IPV6_MULTICAST_IF ? &index : &net, sizeof(int));
}

/* a datagram to the word over the interface b */
NXT_FN(f_send_over) { return nxt_send_info((int)a, vxt_word, NULL, (unsigned int)b); }

/* with the scope b: c 0 sendto(), 1 connect(), 2 bind() */
NXT_FN(f_scope)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);

	addr.v6.sin6_scope_id = (uint32_t)b;
	if (!c)
		return sendto((int)a, "data", 4, MSG_NOSIGNAL, &addr.any, len) == 4 ? 0 : -1;
	return c == 1 ? connect((int)a, &addr.any, len) : bind((int)a, &addr.any, len);
}

NXT_FN(f_uevents) { return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT); }

/* a route for multicast over the interface a; the socket keeps it */
NXT_FN(f_mroute)
{
	struct vifctl vif = { .vifc_flags = VIFF_USE_IFINDEX, .vifc_lcl_ifindex = (int)a, .vifc_threshold = 1 };
	struct mfcctl mfc = { .mfcc_parent = 0 };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_IGMP), one = 1;

	(void)inet_pton(AF_INET, "10.11.0.1", &mfc.mfcc_origin);
	(void)inet_pton(AF_INET, "239.1.1.11", &mfc.mfcc_mcastgrp);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, MRT_INIT, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IP, MRT_ADD_VIF, &vif, sizeof(vif)) ||
	    setsockopt(fd, IPPROTO_IP, MRT_ADD_MFC, &mfc, sizeof(mfc)))
		return -1;
	return fd;
}

/* the routes of all families: how many are of the family a */
NXT_FN(f_routes)
{
	struct {
		struct nlmsghdr h;
		struct rtmsg route;
	} q = { .h = { .nlmsg_len = sizeof(q), .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), n = 0;
	static char buf[65536];
	bool done = false;

	if (fd < 0 || send(fd, &q, sizeof(q), 0) != (ssize_t)sizeof(q))
		return -1;
	while (!done && nxt_ready(fd, POLLIN, NXT_WAIT_MS)) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; len > 0 && NLMSG_OK(h, (size_t)len);
		     h = NLMSG_NEXT(h, len)) {
			done = h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
			n += !done && ((struct rtmsg *)NLMSG_DATA(h))->rtm_family == a;
		}
	}
	close(fd);
	return done ? n : -1;
}

enum how { OPTION, STICKY, MESSAGE, SCOPE };

static const struct row {
	const char *name;
	int family, type;
	enum how how;
	int level, option;	/* or what f_scope() does */
	const char *to;
	int error;		/* of mainline for a number that no interface has */
} rows[] = {
	{ "IP_UNICAST_IF", AF_INET, SOCK_DGRAM, OPTION, SOL_IP, IP_UNICAST_IF, NULL, EADDRNOTAVAIL },
	{ "IP_MULTICAST_IF", AF_INET, SOCK_DGRAM, OPTION, SOL_IP, IP_MULTICAST_IF, NULL, EADDRNOTAVAIL },
	{ "IP_ADD_MEMBERSHIP", AF_INET, SOCK_DGRAM, OPTION, SOL_IP, IP_ADD_MEMBERSHIP, NULL, ENODEV },
	{ "MCAST_JOIN_GROUP", AF_INET, SOCK_DGRAM, OPTION, SOL_IP, MCAST_JOIN_GROUP, NULL, ENODEV },
	{ "MCAST_JOIN_SOURCE_GROUP", AF_INET, SOCK_DGRAM, OPTION, SOL_IP, MCAST_JOIN_SOURCE_GROUP, NULL, ENODEV },
	{ "IP_PKTINFO", AF_INET, SOCK_DGRAM, MESSAGE, 0, 0, "10.11.0.1 7100", ENODEV },
	{ "IP_PKTINFO, multicast", AF_INET, SOCK_DGRAM, MESSAGE, 0, 0, "239.1.1.9 7100", ENODEV },
	{ "IPV6_UNICAST_IF", AF_INET6, SOCK_DGRAM, OPTION, SOL_IPV6, IPV6_UNICAST_IF, NULL, EADDRNOTAVAIL },
	{ "IPV6_MULTICAST_IF", AF_INET6, SOCK_DGRAM, OPTION, SOL_IPV6, IPV6_MULTICAST_IF, NULL, ENODEV },
	{ "IPV6_JOIN_GROUP", AF_INET6, SOCK_DGRAM, OPTION, SOL_IPV6, IPV6_JOIN_GROUP, NULL, ENODEV },
	{ "MCAST_JOIN_GROUP, v6", AF_INET6, SOCK_DGRAM, OPTION, SOL_IPV6, MCAST_JOIN_GROUP, NULL, ENODEV },
	{ "MCAST_JOIN_SOURCE_GROUP, v6", AF_INET6, SOCK_DGRAM, OPTION, SOL_IPV6, MCAST_JOIN_SOURCE_GROUP, NULL, ENODEV },
	{ "IPV6_PKTINFO", AF_INET6, SOCK_DGRAM, MESSAGE, 0, 0, "ff02::1 7100", ENODEV },
	{ "IPV6_PKTINFO, an option", AF_INET6, SOCK_DGRAM, STICKY, SOL_IPV6, IPV6_PKTINFO, "ff02::1 7100", ENETUNREACH },
	{ "sendto() with a scope", AF_INET6, SOCK_DGRAM, SCOPE, 0, 0, "fe80::77 7100", ENETUNREACH },
	{ "connect() with a scope", AF_INET6, SOCK_DGRAM, SCOPE, 0, 1, "fe80::77 7100", ENETUNREACH },
	{ "TCP connect() with a scope", AF_INET6, SOCK_STREAM, SCOPE, 0, 1, "fe80::77 7100", ENETUNREACH },
	{ "bind() with a scope", AF_INET6, SOCK_DGRAM, SCOPE, 0, 2, "fe80::11 7100", ENODEV },
};

/* 0 or the error of a row with the number of an interface */
static int try(struct vxt_agent *a, const struct row *row, long index)
{
	long fd = vxt_call(a, f_socket, row->family, row->type, 0), ret = -1;
	int err;

	if (fd < 0)
		return errno;
	switch (row->how) {
	case OPTION:
		ret = vxt_call(a, f_option, fd, row->level, row->option, index);
		break;
	case STICKY:
		ret = vxt_call(a, f_option, fd, row->level, row->option, index);
		if (!ret)
			ret = vxt_call(vxt_with(a, "%s", row->to), f_send, fd);
		break;
	case MESSAGE:
		ret = vxt_call(vxt_with(a, "%s", row->to), f_send_over, fd, index);
		break;
	case SCOPE:
		ret = vxt_call(vxt_with(a, "%s", row->to), f_scope, fd, index, row->option);
		break;
	}
	err = ret < 0 ? errno : 0;
	nxt_close(a, fd);
	/* it takes its time: the way is there */
	return err == EINPROGRESS ? 0 : err;
}

static void test_numbers(void)
{
	long own = if_nametoindex("dummy0"), other = if_nametoindex("dummy1");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		char what[80];

		(void)snprintf(what, sizeof(what), "%s: its own interface", row->name);
		tap_is(try(A, row, own), 0, what);
		tap_is(try(A, row, NOBODYS), row->error, "one that there is not");
		tap_is(try(A, row, other), row->error, "that of others: the same");
		tap_is(try(C, row, other), row->error, "with a network context only, too");
		tap_is(try(&host, row, other), row->option == 2 && row->how == SCOPE ? EADDRNOTAVAIL : 0,
		       "the host can use it");
	}
}

/* What was chosen while it was the guest's. */
static void test_taken_away(void)
{
	long other = if_nametoindex("dummy1"), s, s6;

	s = vxt_call(A, f_socket, AF_INET, SOCK_DGRAM);
	s6 = vxt_call(A, f_socket, AF_INET6, SOCK_DGRAM);
	tap_ok(s >= 0 && s6 >= 0 && !nx_add(ga.nid, "10.14.0.1"), "the other interface is the guest's, too");
	tap_is(vxt_call(A, f_option, s, SOL_IP, IP_UNICAST_IF, other), 0, "it is chosen");
	tap_is(vxt_call(A, f_option, s6, SOL_IPV6, IPV6_UNICAST_IF, other), 0, "for IPv6, too");
	tap_is(vxt_call(vxt_with(A, "10.14.0.7 7100"), f_send, s), 4, "and used");
	tap_ok(!nx_remove(ga.nid, "10.14.0.1"), "its address is taken away");
	tap_errno(vxt_call(vxt_with(A, "10.14.0.7 7100"), f_send, s), ENODEV, "so it is none any more");
	tap_errno(vxt_call(vxt_with(A, "fd11::1 7100"), f_send, s6), ENETUNREACH, "for IPv6, too");
	nxt_close(A, s);
	nxt_close(A, s6);
}

static void test_told(void)
{
	long fd;

	tap_errno(vxt_call(A, f_uevents), EPROTONOSUPPORT, "no events of the kernel");
	tap_errno(vxt_call(C, f_uevents), EPROTONOSUPPORT, "nor with a network context only");
	fd = vxt_call(&host, f_uevents);
	tap_ok(fd >= 0, "the host is told");
	nxt_close(&host, fd);

	fd = vxt_call(&host, f_mroute, if_nametoindex("dummy1"));
	if (fd < 0 && errno == ENOPROTOOPT) {
		tap_skip("routes for multicast", "the kernel does not route multicast");
		return;
	}
	tap_ok(fd >= 0, "a route for multicast");
	tap_is(vxt_call(&host, f_routes, RTNL_FAMILY_IPMR), 1, "is among those of all families");
	tap_is(vxt_call(A, f_routes, RTNL_FAMILY_IPMR), 0, "not for a guest");
	tap_is(vxt_call(C, f_routes, RTNL_FAMILY_IPMR), 0, "nor with a network context only");
	tap_ok(vxt_call(A, f_routes, AF_INET6) > 0, "which sees others");
	nxt_close(&host, fd);
}

/* Without a private loopback any address is the first one. */
static void test_any(void)
{
	struct vxt_agent *D = nxt_agent(&gd);
	long l, c, s;

	l = nxt_listen(D, AF_INET6, "fd11::5 7101");
	c = nxt_connect(D, AF_INET6, ":: 7101");
	tap_ok(l >= 0 && c >= 0, "connect to any address of IPv6");
	tap_ok(!vxt_call(D, f_name, c, 1) && !strcmp(D->text, "fd11::5 7101"), "reaches %s", D->text);
	tap_ok(!vxt_call(D, f_name, c) && !strncmp(D->text, "fd11::5 ", 8), "from %s", D->text);
	nxt_close(D, c);
	nxt_close(D, l);
	l = nxt_bound(D, AF_INET6, SOCK_DGRAM, "fd11::5 7102");
	s = vxt_call(D, f_socket, AF_INET6, SOCK_DGRAM);
	tap_is(vxt_call(vxt_with(D, ":: 7102"), f_send, s), 4, "a datagram, too");
	tap_is(vxt_call(D, f_recv, l), 4, "which arrives");
	nxt_close(D, l);
	nxt_close(D, s);
	l = nxt_listen(A, AF_INET6, "::1 7103");
	c = nxt_connect(A, AF_INET6, ":: 7103");
	tap_ok(l >= 0 && c >= 0 && !vxt_call(A, f_name, c, 1) && !strcmp(A->text, "::1 7103"),
	       "with one it is the loopback");
	nxt_close(A, c);
	nxt_close(A, l);
	l = nxt_listen(&host, AF_INET6, "::1 7104");
	tap_ok(l >= 0, "the loopback of the host");
	tap_ok(nxt_connect(D, AF_INET6, ":: 7104") < 0 && errno == ECONNREFUSED, "is not reached by any address");
	tap_ok(nxt_connect(D, AF_INET6, "::1 7104") < 0 && errno == EPERM, "nor by its own");
	nxt_close(&host, l);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	if (!nxt_machine() || !nxt_dummy("dummy1") || !nxt_up("dummy1") || !nxt_assign("dummy1", "10.14.0.1"))
		tap_skip_all("no devices");
	ga.g.bcaps = gd.g.bcaps = VXT_SECURE_BCAPS;
	if (!nxt_assign("dummy0", "fe80::11") || !vxt_host(&host) ||
	    !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", "fd11::2", "fe80::11", NULL) ||
	    !nxt_start(&gc, -1, 0, "10.11.0.4", "fd11::4", "fe80::11", NULL) ||
	    !nxt_start(&gd, VXT_FLAT, VSERVER_NFLAG_INIT & ~(VSERVER_NFLAG_LBACK_REMAP | VSERVER_NFLAG_HIDE_LBACK),
		       "10.11.0.5", "fd11::5", NULL))
		return 1;
	A = nxt_agent(&ga);
	C = nxt_agent(&gc);
	test_numbers();
	test_taken_away();
	test_told();
	test_any();
	tap_ok(nxt_stop(&ga) && nxt_stop(&gc) && nxt_stop(&gd), "all guests end");
	return vxt_done();
}
