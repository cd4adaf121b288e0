// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-attack6 - foreign addresses, the loopback of others and their devices by the tricks that IPv6 knows
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/nxt.h"

#include <netinet/icmp6.h>

/* A has what B and N want: B is root of a guest, N is in a network context only and has all capabilities */
static struct nxt_guest ga, gb, gn;
static struct vxt_agent host;
static struct vxt_agent *A, *B, *N;

static long udp6(struct vxt_agent *a, const char *word)
{
	return nxt_bound(a, AF_INET6, SOCK_DGRAM, word);
}

static void lback6_of(const struct nxt_guest *g, char *text, size_t size)
{
	(void)snprintf(text, size, VSERVER_LBACK6_PREFIX "%x", g->nid);
}

/* an ICMPv6 message of type b to the word; c: the hop limit */
NXT_FN(f_icmp6)
{
	char message[32] = { (char)b };
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);
	int hops = (int)c;

	addr.v6.sin6_port = 0;
	addr.v6.sin6_scope_id = (uint32_t)d;
	if (c && setsockopt((int)a, SOL_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)))
		return -1;
	return sendto((int)a, message, sizeof(message), 0, len ? &addr.any : NULL, len);
}

/* connect to the word on the device b, whatever comes of it; gives what device the socket is bound to then */
NXT_FN(f_scope)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);
	char name[IF_NAMESIZE] = "";
	socklen_t size = sizeof(name);

	addr.v6.sin6_scope_id = (uint32_t)b;
	(void)connect((int)a, &addr.any, len);
	if (getsockopt((int)a, SOL_SOCKET, SO_BINDTODEVICE, name, &size))
		return -1;
	vxt_say("%s", name);
	return 0;
}

/* send to the word on the device b */
NXT_FN(f_send_scope)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);

	addr.v6.sin6_scope_id = (uint32_t)b;
	return sendto((int)a, "data", 4, 0, &addr.any, len);
}

/* a routing header: to the first hop "ADDRESS", then on */
NXT_FN(f_rthdr)
{
	struct {
		uint8_t next, len, type, left, first, flags;
		uint16_t tag;
		struct in6_addr segment[2];
	} srh = { .len = 4, .type = 4, .left = 1, .first = 1 };

	if (inet_pton(AF_INET6, vxt_word, &srh.segment[1]) != 1) {
		errno = EDOM;
		return -1;
	}
	return setsockopt((int)a, SOL_IPV6, IPV6_RTHDR, &srh, sizeof(srh));
}

static bool sysctl(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	if (fd >= 0)
		close(fd);
	return good;
}

/* A connected socket has a route already, and does not ask for one. */
static void test_connected(void)
{
	long l = udp6(&host, "fd11::1 1200"), s;

	for (int who = 0; who < 3; who++) {
		struct vxt_agent *agent = who == 0 ? B : who == 1 ? N : &host;
		const char *name = who == 0 ? "guest" : who == 1 ? "network context" : "host";

		s = vxt_call(agent, f_socket, AF_INET6, SOCK_DGRAM, 0);
		tap_is(vxt_call(vxt_with(agent, "fd11::1 1200"), f_connect, s), 0, name);
		tap_is(vxt_call(agent, f_send, s), 4, "sends to whom it is connected to");
		tap_is(vxt_call(&host, f_recv, l), 4, "and is heard");
		for (int freebind = 0; freebind < 2; freebind++) {
			const char *from = freebind ? "2001:db8::1" : "fd11::2";
			long ret;

			(void)vxt_call(agent, f_setopt, s, SOL_IPV6, 78 /* IPV6_FREEBIND */, freebind);
			ret = vxt_call(vxt_with(agent, "fd11::1 1200 %s", from), f_send_from, s);
			if (who == 2) {
				tap_is(ret, 4, "the host may use any source");
				tap_is(vxt_call(&host, f_recv, l), 4, "and is heard");
				tap_ok(!strncmp(host.text, from, strlen(from)), "from %s", host.text);
			} else {
				tap_ok(ret < 0, "not from %s: %s", from, strerror(errno));
				tap_errno(vxt_call(&host, f_recv, l, 50), EAGAIN, "nothing comes");
			}
		}
		nxt_close(agent, s);
	}
	nxt_close(&host, l);
}

static void test_connected_ping(void)
{
	long s, fd = vxt_call(&host, f_socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);

	tap_ok(sysctl("/proc/sys/net/ipv4/ping_group_range", "0 0"), "echo sockets for all");
	s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
	tap_is(vxt_call(vxt_with(B, "fd11::1 0"), f_connect, s), 0, "an echo socket, connected");
	(void)vxt_call(B, f_icmp6, s, ICMP6_ECHO_REQUEST);
	(void)vxt_call(&host, f_recv, fd, 100);
	tap_ok(!strncmp(host.text, "fd11::3 ", 8), "an echo request from %s", host.text);
	while (vxt_call(&host, f_recv, fd, 50) > 0)
		;
	/* not a message that it can send: the addresses are judged before */
	(void)vxt_call(vxt_with(B, "fd11::1 0 fd11::2"), f_send_from, s);
	tap_ok(errno != 0 && vxt_call(&host, f_recv, fd, 100) < 0, "nothing from another: %s", host.text);
	nxt_close(B, s);
	nxt_close(&host, fd);
}

/* What the error of a foreign source tells. */
static void test_source_oracle(void)
{
	long s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, 0);
	int other, nobody;

	(void)vxt_call(vxt_with(B, "fd11::1 1201 fd11::2"), f_send_from, s);
	other = errno;
	(void)vxt_call(vxt_with(B, "fd11::1 1201 fd11::77"), f_send_from, s);
	nobody = errno;
	tap_ok(other && other == nobody, "an address of another is as one of nobody: %d, %d", other, nobody);
	nxt_close(B, s);
	s = vxt_call(&host, f_socket, AF_INET6, SOCK_DGRAM, 0);
	tap_is(vxt_call(vxt_with(&host, "fd11::1 1201 fd11::2"), f_send_from, s), 4, "the host: allowed");
	tap_errno(vxt_call(vxt_with(&host, "fd11::1 1201 fd11::77"), f_send_from, s), EINVAL, "and that it has not got it");
	nxt_close(&host, s);
}

static void test_mapped(void)
{
	static const char *const words[] = {
		"::ffff:10.11.0.1 1202 ::ffff:10.11.0.2", "::ffff:10.11.0.1 1202 10.11.0.2", "10.11.0.1 1202 10.11.0.2",
		"::ffff:10.11.0.1 1202 ::ffff:127.0.0.1",
	};
	long l = nxt_bound(&host, AF_INET, SOCK_DGRAM, "10.11.0.1 1202"), s, t;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, 0);
		tap_ok(vxt_call(vxt_with(B, "%s", words[i]), f_send_from, s) < 0, "%s: %s", words[i], strerror(errno));
		tap_errno(vxt_call(&host, f_recv, l, 50), EAGAIN, "nothing comes");
		nxt_close(B, s);
	}
	s = vxt_call(&host, f_socket, AF_INET6, SOCK_DGRAM, 0);
	tap_is(vxt_call(vxt_with(&host, "%s", words[0]), f_send_from, s), 4, "the host: sent");
	tap_is(vxt_call(&host, f_recv, l), 4, "and heard");
	nxt_close(&host, s);

	/* a socket that changes its family */
	for (int who = 0; who < 2; who++) {
		struct vxt_agent *agent = who ? &host : B;

		s = vxt_call(agent, f_socket, AF_INET6, SOCK_DGRAM, 0);
		(void)vxt_call(vxt_with(agent, "::ffff:10.11.0.1 1202"), f_connect, s);
		tap_is(vxt_call(agent, f_setopt, s, SOL_IPV6, IPV6_ADDRFORM, AF_INET), 0, "IPV6_ADDRFORM");
		t = vxt_call(vxt_with(agent, "10.11.0.1 1202 10.11.0.2"), f_send_from, s);
		if (who)
			tap_is(t, 4, "the host may use any source");
		else
			tap_ok(t < 0, "a guest may not: %s", strerror(errno));
		nxt_close(agent, s);
	}
	nxt_close(&host, l);
	for (int who = 0; who < 2; who++) {
		struct vxt_agent *agent = who ? &host : B;

		s = nxt_bound(agent, AF_INET6, SOCK_STREAM, "::ffff:10.11.0.2 1202");
		if (who)
			tap_ok(s >= 0, "the host binds to a mapped address");
		else
			tap_errno(s, EADDRNOTAVAIL, "a guest not to a foreign one");
		nxt_close(agent, s);
	}
}

/* Raw sockets for ICMP are no way to tell others who has an address. */
static void test_raw_icmp(void)
{
	static const struct {
		int type;
		const char *name;
	} rows[] = {
		{ 133, "router solicitation" }, { 134, "router advertisement" }, { 135, "neighbour solicitation" },
		{ 136, "neighbour advertisement" }, { 137, "redirect" },
	};
	long s, index = if_nametoindex("dummy0");

	tap_is(nx_set_ncaps(gb.nid, VSERVER_NCAP_RAW_ICMP), 0, "the capability for ICMP");
	s = vxt_call(B, f_socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	tap_ok(s >= 0, "a raw socket");
	tap_errno(vxt_call(B, f_setopt, s, SOL_IPV6, IPV6_HDRINCL, 1), EPERM, "no header of one's own");
	tap_errno(vxt_call(B, f_setopt, s, SOL_RAW, IPV6_HDRINCL, 1), EPERM, "not by the other level either");
	(void)vxt_call(B, f_setopt, s, SOL_RAW, IPV6_HDRINCL, 0);
	tap_ok(vxt_call(vxt_with(B, "ff02::1 0"), f_icmp6, s, ICMP6_ECHO_REQUEST, 255, index) > 0, "an echo request to all");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		tap_errno(vxt_call(vxt_with(B, "ff02::1 0"), f_icmp6, s, rows[i].type, 255, index), EPERM, rows[i].name);
		tap_errno(vxt_call(vxt_with(B, "fd11::1 0"), f_icmp6, s, rows[i].type, 255), EPERM, rows[i].name);
	}
	nxt_close(B, s);
	s = vxt_call(B, f_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	tap_errno(vxt_call(B, f_setopt, s, SOL_IP, IP_ROUTER_ALERT, 1), EPERM, "IPv4: no packets for routers");
	tap_errno(vxt_call(B, f_setopt, s, SOL_IP, IP_HDRINCL, 1), EPERM, "IPv4: no header of one's own");
	nxt_close(B, s);
	(void)nx_set_ncaps(gb.nid, 0);

	s = vxt_call(N, f_socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	tap_is(vxt_call(N, f_setopt, s, SOL_RAW, IPV6_HDRINCL, 1), 0, "with CAP_NET_RAW: a header of one's own");
	(void)vxt_call(N, f_setopt, s, SOL_RAW, IPV6_HDRINCL, 0);
	tap_ok(vxt_call(vxt_with(N, "ff02::1 0"), f_icmp6, s, 136, 255, index) > 0, "and neighbour advertisements");
	nxt_close(N, s);
	s = vxt_call(N, f_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	tap_is(vxt_call(N, f_setopt, s, SOL_IP, IP_ROUTER_ALERT, 1), 0, "and packets for routers");
	nxt_close(N, s);

	/* a raw socket with the number of TCP is no connection of TCP */
	s = vxt_call(N, f_socket, AF_INET6, SOCK_RAW, IPPROTO_TCP);
	tap_is(vxt_call(vxt_with(N, "fd11::1 0"), f_connect, s), 0, "a raw socket for TCP, connected");
	tap_ok(vxt_call(vxt_with(N, "fd11::1 0 fd11::2"), f_send_from, s) < 0, "no foreign source: %s", strerror(errno));
	nxt_close(N, s);
	s = vxt_call(N, f_socket, AF_INET, SOCK_RAW, IPPROTO_TCP);
	(void)vxt_call(vxt_with(N, "10.11.0.1 0"), f_connect, s);
	tap_ok(vxt_call(vxt_with(N, "10.11.0.1 0 10.11.0.2"), f_send_from, s) < 0, "IPv4: %s", strerror(errno));
	nxt_close(N, s);
	s = vxt_call(&host, f_socket, AF_INET, SOCK_RAW, IPPROTO_TCP);
	tap_is(vxt_call(vxt_with(&host, "10.11.0.1 0 10.11.0.2"), f_send_from, s), 4, "the host may");
	nxt_close(&host, s);
}

/* Devices are named by numbers in many places, and must not be found by them. */
static void test_devices(void)
{
	long hidden = if_nametoindex("dummy1"), seen = if_nametoindex("dummy0"), s;
	static const char *const words[] = { "fe80::1 1203", "ff02::1 1203", "ff02::1 0" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		s = vxt_call(&host, f_socket, AF_INET6, SOCK_DGRAM, 0);
		tap_is(vxt_call(vxt_with(&host, "%s", words[i]), f_scope, s, hidden), 0, "the host connects on a device");
		tap_ok(!strcmp(host.text, "dummy1"), "and gets its name: %s", host.text);
		nxt_close(&host, s);
		s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, 0);
		(void)vxt_call(vxt_with(B, "%s", words[i]), f_scope, s, hidden);
		tap_ok(!strstr(B->text, "dummy1"), "a guest does not: %s", B->text);
		nxt_close(B, s);
	}
	s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, 0);
	tap_is(vxt_call(vxt_with(B, "ff02::1 1203"), f_scope, s, seen), 0, "a guest on its own device");
	tap_ok(!strcmp(B->text, "dummy0"), "has its name: %s", B->text);
	nxt_close(B, s);
}

/* By no address and no detour to the loopback of another. */
static void test_loopback(void)
{
	char lback_a[64], lback_b[64];
	const char *const words[] = {
		"::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:127.255.255.255", lback_a,
		"fe80::1", "ff01::1", "ff02::1", "2002:7f00:1::1",
	};
	long a, h, s;

	lback6_of(&ga, lback_a, sizeof(lback_a));
	lback6_of(&gb, lback_b, sizeof(lback_b));
	a = udp6(A, "::1 1204");
	h = udp6(&host, "::1 1204");
	tap_ok(a >= 0 && h >= 0, "a guest and the host listen");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		for (int scope = 0; scope < 2; scope++) {
			s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, 0);
			(void)vxt_call(vxt_with(B, "%.60s 1204", words[i]), f_send_scope, s, scope);
			tap_errno(vxt_call(A, f_recv, a, 20), EAGAIN, words[i]);
			tap_errno(vxt_call(&host, f_recv, h, 20), EAGAIN, "nor the host");
			nxt_close(B, s);
		}
	}
	s = vxt_call(&host, f_socket, AF_INET6, SOCK_DGRAM, 0);
	tap_is(vxt_call(vxt_with(&host, "%s 1204", lback_a), f_send, s), 4, "the host sends by the documented address");
	tap_is(vxt_call(A, f_recv, a), 4, "and is heard");

	/* over oneself, on a machine that routes by segments */
	tap_ok(sysctl("/proc/sys/net/ipv6/conf/all/seg6_enabled", "1") &&
	       sysctl("/proc/sys/net/ipv6/conf/lo/seg6_enabled", "1"), "routing by segments is on");
	tap_is(vxt_call(vxt_with(&host, "%s", lback_b), f_rthdr, s), 0, "the host sends over one guest");
	tap_is(vxt_call(vxt_with(&host, "%s 1204", lback_a), f_send, s), 4, "to another");
	tap_is(vxt_call(A, f_recv, a), 4, "and is heard");
	nxt_close(&host, s);
	for (int i = 0; i < 2; i++) {
		const char *hop = i ? lback_b : "fd11::3";

		s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, 0);
		tap_errno(vxt_call(vxt_with(B, "%s", hop), f_rthdr, s), EPERM, hop);
		(void)vxt_call(vxt_with(B, "%s 1204", lback_a), f_send, s);
		tap_errno(vxt_call(A, f_recv, a, 50), EAGAIN, "a guest is not heard");
		nxt_close(B, s);
		s = vxt_call(B, f_socket, AF_INET6, SOCK_DGRAM, 0);
		(void)vxt_call(vxt_with(B, "%s", hop), f_rthdr, s);
		(void)vxt_call(vxt_with(B, "::1 1204"), f_send, s);
		tap_errno(vxt_call(&host, f_recv, h, 50), EAGAIN, "nor by the host");
		nxt_close(B, s);
	}
	(void)sysctl("/proc/sys/net/ipv6/conf/all/seg6_enabled", "0");
	(void)sysctl("/proc/sys/net/ipv6/conf/lo/seg6_enabled", "0");
	nxt_close(A, a);
	nxt_close(&host, h);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	if (!nxt_machine() || !nxt_dummy("dummy1") || !nxt_up("dummy1"))
		tap_skip_all("no devices");
	ga.g.bcaps = gb.g.bcaps = VXT_SECURE_BCAPS;
	if (!vxt_host(&host) || !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", "fd11::2", NULL) ||
	    !nxt_start(&gb, VXT_FLAT, 0, "10.11.0.3", "fd11::3", NULL) ||
	    !nxt_start(&gn, -1, 0, "10.11.0.4", "fd11::4", NULL))
		return 1;
	A = nxt_agent(&ga);
	B = nxt_agent(&gb);
	N = nxt_agent(&gn);
	test_connected();
	test_connected_ping();
	test_source_oracle();
	test_mapped();
	test_raw_icmp();
	test_devices();
	test_loopback();
	tap_ok(nxt_stop(&ga) && nxt_stop(&gb) && nxt_stop(&gn), "all guests end");
	return vxt_done();
}
