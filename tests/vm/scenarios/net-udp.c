// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-udp - datagrams, raw packets and echoes: each guest gets and sends its own
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/nxt.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

static struct nxt_guest ga, gb, gc;
static struct vxt_agent host;
static struct vxt_agent *A, *B, *C;

/* join a group on a device: "GROUP", b its family */
NXT_FN(f_join)
{
	struct ipv6_mreq mreq6 = { .ipv6mr_interface = if_nametoindex("dummy0") };
	struct ip_mreqn mreq = { .imr_ifindex = (int)c };

	if (b == AF_INET) {
		(void)inet_pton(AF_INET, vxt_word, &mreq.imr_multiaddr);
		return setsockopt((int)a, SOL_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq));
	}
	mreq6.ipv6mr_interface = (unsigned int)c;
	(void)inet_pton(AF_INET6, vxt_word, &mreq6.ipv6mr_multiaddr);
	return setsockopt((int)a, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &mreq6, sizeof(mreq6));
}

/* where multicast goes: b its family, c the device; with a word, the source */
NXT_FN(f_multicast_if)
{
	struct ip_mreqn mreq = { .imr_ifindex = (int)c };
	int index = (int)c;

	if (b == AF_INET6)
		return setsockopt((int)a, SOL_IPV6, IPV6_MULTICAST_IF, &index, sizeof(index));
	if (vxt_word[0])
		(void)inet_pton(AF_INET, vxt_word, &mreq.imr_address);
	return setsockopt((int)a, SOL_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq));
}

NXT_FN(f_disconnect)
{
	struct sockaddr any = { .sa_family = AF_UNSPEC };

	return connect((int)a, &any, sizeof(any));
}

/* an echo request by a socket of a, its type, to the word; gives the length of the answer */
NXT_FN(f_ping)
{
	union nxt_addr to, from = {};
	socklen_t len = nxt_parse(vxt_word, &to), from_len = sizeof(from);
	bool v6 = to.any.sa_family == AF_INET6;
	struct icmphdr icmp = { .type = ICMP_ECHO, .un.echo.id = htons((uint16_t)getpid()) };
	struct icmp6_hdr icmp6 = { .icmp6_type = ICMP6_ECHO_REQUEST, .icmp6_id = htons((uint16_t)getpid()) };
	int fd = socket(to.any.sa_family, (int)a | SOCK_CLOEXEC, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	unsigned int sum = 0;
	char buf[256];
	long end = vxt_ms() + NXT_WAIT_MS, n = -1;

	if (fd < 0)
		return -1;
	for (size_t i = 0; i < sizeof(icmp) / 2; i++) {
		uint16_t w;

		memcpy(&w, (char *)&icmp + 2 * i, 2);
		sum += w;
	}
	icmp.checksum = (uint16_t)~((sum & 0xffff) + (sum >> 16));
	if (sendto(fd, v6 ? (void *)&icmp6 : (void *)&icmp, sizeof(icmp), 0, &to.any, len) < 0) {
		close(fd);
		return -1;
	}
	errno = ETIMEDOUT;
	while (vxt_ms() < end && nxt_ready(fd, POLLIN, (int)(end - vxt_ms()))) {
		unsigned char type;

		n = recvfrom(fd, buf, sizeof(buf), 0, &from.any, &from_len);
		if (n < 0)
			break;
		type = (unsigned char)(a == SOCK_RAW && !v6 ? buf[(buf[0] & 15) * 4] : buf[0]);
		if (type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) {
			nxt_say(&from);
			break;
		}
		n = -1;
	}
	close(fd);
	return n;
}


static long bound(struct vxt_agent *a, int family, const char *word)
{
	return nxt_bound(a, family, SOCK_DGRAM, word);
}

/* who gets a datagram that an agent sends: a bit each */
static int who_hears(struct vxt_agent *from, long sock, const char *to, struct vxt_agent *const *agent, const long *fd,
		     int n)
{
	int got = 0;

	if (vxt_call(vxt_with(from, "%s", to), f_send, sock) != 4)
		printf("# to %s: %s\n", to, strerror(errno));
	for (int i = 0; i < n; i++)
		if (fd[i] >= 0 && vxt_call(agent[i], f_recv, fd[i], 100) == 4)
			got |= 1 << i;
	return got;
}

static void test_any(int family, const char *any, const char *const *to)
{
	struct vxt_agent *agent[] = { A, B, &host };
	char word[64], dst[64], what[128];
	long fd[3], s;

	(void)snprintf(word, sizeof(word), "%s 1053", any);
	for (int i = 0; i < 3; i++)
		fd[i] = bound(agent[i], family, word);
	tap_ok(fd[0] >= 0 && fd[1] >= 0 && fd[2] >= 0, "%s: three have the port", any);
	for (int i = 0; i < 3; i++) {
		s = vxt_call(agent[i], f_socket, family, SOCK_DGRAM, 0);
		for (int j = 0; j < 3; j++) {
			(void)snprintf(dst, sizeof(dst), "%s 1053", to[j]);
			(void)snprintf(what, sizeof(what), "%d to %s", i, dst);
			tap_is(who_hears(agent[i], s, dst, agent, fd, 3), 1 << j, what);
			(void)snprintf(dst, sizeof(dst), "%s ", to[i]);
			/* the host has all addresses, and uses them */
			if (i < 2)
				tap_ok(!strncmp(agent[j]->text, dst, strlen(dst)), "%s: from %s", what, agent[j]->text);
		}
		nxt_close(agent[i], s);
	}
	/* an answer of an unbound socket has the source that it was sent to */
	(void)snprintf(dst, sizeof(dst), "%s 1153", to[2]);
	s = bound(&host, family, dst);
	tap_is(vxt_call(vxt_with(B, "%s", dst), f_send, fd[1]), 4, "an answer");
	tap_is(vxt_call(&host, f_recv, s), 4, "comes");
	(void)snprintf(dst, sizeof(dst), "%s 1053", to[1]);
	tap_ok(!strcmp(host.text, dst), "from %s", host.text);
	nxt_close(&host, s);
	for (int i = 0; i < 3; i++)
		nxt_close(agent[i], fd[i]);
}

static void test_sources(void)
{
	static const struct {
		int family;
		const char *word;
		int err;
	} rows[] = {
		{ AF_INET, "10.11.0.1 1054 10.11.0.2", 0 },
		{ AF_INET, "10.11.0.1 1054 10.11.0.3", EPERM },
		{ AF_INET, "10.11.0.1 1054 10.11.0.1", EPERM },
		{ AF_INET, "10.11.0.3 1054 10.11.0.1", EPERM },
		{ AF_INET, "10.11.0.1 1054 127.0.0.1", EPERM },
		{ AF_INET6, "fd11::1 1054 fd11::2", 0 },
		{ AF_INET6, "fd11::1 1054 fd11::3", EINVAL },
		{ AF_INET6, "fd11::1 1054 fd11::1", EINVAL },
		{ AF_INET6, "fd11::1 1054 ::1", EPERM },
	};
	char what[256];
	long s;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int transparent = 0; transparent < 2; transparent++) {
			s = vxt_call(C, f_socket, rows[i].family, SOCK_DGRAM, 0);
			/* with the capability, and still not */
			if (transparent) {
				(void)vxt_call(C, f_setopt, s, SOL_IP, IP_TRANSPARENT, 1);
				(void)vxt_call(C, f_setopt, s, SOL_IPV6, 75 /* IPV6_TRANSPARENT */, 1);
			}
			for (int who = 0; who < 2; who++) {
				struct vxt_agent *agent = who ? C : A;
				long fd = who ? s : vxt_call(A, f_socket, rows[i].family, SOCK_DGRAM, 0);
				char word[128];

				(void)snprintf(word, sizeof(word), "%s", rows[i].word);
				/* C has .4 where A has .2 */
				if (who)
					for (char *p = strrchr(word, ' '); *p; p++)
						if (*p == '2' && !p[1])
							*p = '4';
				(void)snprintf(what, sizeof(what), "%c sends %s%s: %s", who ? 'C' : 'A', word,
					       transparent ? ", transparent" : "",
					       rows[i].err ? "refused" : "allowed");
				if (rows[i].err)
					tap_errno(vxt_call(vxt_with(agent, "%s", word), f_send_from, fd), rows[i].err,
						  what);
				else
					tap_is(vxt_call(vxt_with(agent, "%s", word), f_send_from, fd), 4, what);
				if (!who)
					nxt_close(A, fd);
			}
			nxt_close(C, s);
		}
	}
}

static void test_loopback(int family, const char *lo)
{
	struct vxt_agent *agent[] = { A, B, &host };
	char word[64];
	long fd[3], s;

	(void)snprintf(word, sizeof(word), "%s 1055", lo);
	for (int i = 0; i < 3; i++)
		fd[i] = bound(agent[i], family, word);
	tap_ok(fd[0] >= 0 && fd[1] >= 0 && fd[2] >= 0, "%s: three have the port", lo);
	for (int i = 0; i < 3; i++) {
		s = vxt_call(agent[i], f_socket, family, SOCK_DGRAM, 0);
		tap_is(who_hears(agent[i], s, word, agent, fd, 3), 1 << i, "one reaches oneself");
		tap_ok(!strncmp(agent[i]->text, lo, strlen(lo)), "from %s", agent[i]->text);
		tap_is(vxt_call(vxt_with(agent[i], "%s", word), f_sendmmsg, s), 2, "two in one call");
		tap_is(vxt_call(agent[i], f_recv, fd[i]), 4, "the first");
		tap_is(vxt_call(agent[i], f_recv, fd[i]), 4, "and the second");
		for (int j = 0; j < 3; j++)
			tap_errno(vxt_call(agent[j], f_recv, fd[j], 20), EAGAIN, "nobody else");
		tap_is(vxt_call(vxt_with(agent[i], "%s", word), f_connect, s), 0, "connected");
		(void)vxt_call(agent[i], f_name, s, 1);
		tap_ok(!strcmp(agent[i]->text, word), "to %s", agent[i]->text);
		tap_is(vxt_call(agent[i], f_send, s), 4, "and sent");
		tap_is(vxt_call(agent[i], f_recv, fd[i]), 4, "to oneself");
		tap_is(vxt_call(agent[i], f_disconnect, s), 0, "disconnected");
		nxt_close(agent[i], s);
	}
	for (int i = 0; i < 3; i++)
		nxt_close(agent[i], fd[i]);
}

/* getaddrinfo() looks at the source that each address would have */
static void test_probe(void)
{
	long s = vxt_call(C, f_socket, AF_INET, SOCK_DGRAM, 0);

	(void)vxt_call(vxt_with(C, "10.12.0.1 53"), f_connect, s);
	(void)vxt_call(C, f_name, s, 0);
	tap_ok(!strncmp(C->text, "10.12.0.2 ", 10), "source for one network: %s", C->text);
	(void)vxt_call(C, f_disconnect, s);
	(void)vxt_call(vxt_with(C, "10.11.0.1 53"), f_connect, s);
	(void)vxt_call(C, f_name, s, 0);
	tap_ok(!strncmp(C->text, "10.11.0.4 ", 10), "then for another: %s", C->text);
	nxt_close(C, s);
}

static void test_broadcast(void)
{
	struct vxt_agent *agent[] = { A, B, C, &host };
	struct nxt_guest g;
	long fd[5], s;

	if (!nxt_start(&g, VXT_FLAT, 0, "10.12.0.3", NULL))
		exit(1);
	for (int i = 0; i < 4; i++)
		fd[i] = bound(agent[i], AF_INET, "0.0.0.0 1056");
	fd[4] = bound(nxt_agent(&g), AF_INET, "0.0.0.0 1056");
	s = vxt_call(&host, f_socket, AF_INET, SOCK_DGRAM, 0);
	(void)vxt_call(&host, f_setopt, s, SOL_SOCKET, SO_BROADCAST, 1);
	tap_is(who_hears(&host, s, "10.11.0.255 1056", agent, fd, 4), 15, "broadcast: those of the network");
	tap_errno(vxt_call(nxt_agent(&g), f_recv, fd[4], 100), EAGAIN, "and no others");
	nxt_close(&host, s);
	for (int i = 0; i < 4; i++)
		nxt_close(agent[i], fd[i]);
	tap_ok(nxt_stop(&g), "it ends");
}

static void test_multicast(int family, const char *any, const char *group)
{
	struct vxt_agent *agent[] = { A, B };
	unsigned int dummy = if_nametoindex("dummy0");
	char word[64];
	long fd[2], s;

	(void)snprintf(word, sizeof(word), "%s 1057", any);
	fd[0] = bound(A, family, word);
	fd[1] = bound(B, family, word);
	tap_is(vxt_call(vxt_with(A, "%s", group), f_join, fd[0], family, dummy), 0, "a guest joins");
	s = vxt_call(&host, f_socket, family, SOCK_DGRAM, 0);
	(void)vxt_call(&host, f_multicast_if, s, family, dummy);
	(void)snprintf(word, sizeof(word), "%s 1057", group);
	tap_is(who_hears(&host, s, word, agent, fd, 2), 1, "only that guest hears");
	nxt_close(&host, s);
	(void)snprintf(word, sizeof(word), "%s 1157", group);
	tap_errno(bound(A, family, word), EADDRNOTAVAIL, "no binding to a group");
	(void)nx_set_ncaps(ga.nid, VSERVER_NCAP_MULTICAST);
	s = bound(A, family, word);
	tap_ok(s >= 0, "but with the capability");
	nxt_close(A, s);
	(void)nx_set_ncaps(ga.nid, 0);

	/* a source that is not the guest's */
	s = vxt_call(A, f_socket, family, SOCK_DGRAM, 0);
	(void)vxt_call(A, f_multicast_if, s, family, dummy);
	tap_is(vxt_call(vxt_with(A, "%s", word), f_send, s), 4, "multicast from a guest");
	if (family == AF_INET) {
		(void)vxt_call(vxt_with(A, "10.11.0.3"), f_multicast_if, s, family, dummy);
		tap_errno(vxt_call(vxt_with(A, "%s", word), f_send, s), EPERM, "not with a foreign source");
	}
	nxt_close(A, s);
	nxt_close(A, fd[0]);
	nxt_close(B, fd[1]);
}

static void test_remove(void)
{
	long s;

	tap_is(nx_add(gb.nid, "10.11.0.7"), 0, "an address");
	s = bound(B, AF_INET, "10.11.0.7 1058");
	tap_is(vxt_call(vxt_with(B, "10.11.0.1 1058"), f_connect, s), 0, "connected from it");
	(void)vxt_call(B, f_send, s);
	tap_is(nx_remove(gb.nid, "10.11.0.7"), 0, "it is taken away");
	(void)vxt_call(B, f_send, s);
	tap_errno(vxt_call(B, f_send, s), EPERM, "and cannot be used any more");
	nxt_close(B, s);
}

static void test_ping(void)
{
	long fd;
	int range = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	tap_ok(range >= 0 && write(range, "0 0", 3) == 3, "everybody may use echo sockets");
	close(range);
	tap_ok(vxt_call(vxt_with(A, "10.11.0.1 0"), f_ping, SOCK_DGRAM) > 0, "echo to the host");
	tap_ok(vxt_call(vxt_with(A, "127.0.0.1 0"), f_ping, SOCK_DGRAM) > 0, "to oneself");
	tap_ok(!strncmp(A->text, "127.0.0.1 ", 10), "answered by %s", A->text);
	tap_ok(vxt_call(vxt_with(A, "10.11.0.3 0"), f_ping, SOCK_DGRAM) > 0, "to another guest");
	tap_ok(vxt_call(vxt_with(A, "fd11::1 0"), f_ping, SOCK_DGRAM) > 0, "IPv6: to the host");
	tap_ok(vxt_call(vxt_with(A, "::1 0"), f_ping, SOCK_DGRAM) > 0, "IPv6: to oneself");
	tap_ok(!strncmp(A->text, "::1 ", 4), "answered by %s", A->text);
	tap_errno(nxt_bound(A, AF_INET, SOCK_RAW, "0.0.0.0 0"), EPROTONOSUPPORT, "raw: no protocol");

	tap_errno(vxt_call(A, f_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM, "no raw sockets");
	tap_errno(vxt_call(A, f_socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), EPERM, "of IPv6 either");
	tap_is(nx_set_ncaps(ga.nid, VSERVER_NCAP_RAW_ICMP), 0, "the capability for ICMP");
	tap_ok(vxt_call(vxt_with(A, "10.11.0.1 0"), f_ping, SOCK_RAW) > 0, "raw echo");
	tap_ok(vxt_call(vxt_with(A, "127.0.0.1 0"), f_ping, SOCK_RAW) > 0, "to oneself");
	tap_ok(!strncmp(A->text, "127.0.0.1 ", 10), "answered by %s", A->text);
	tap_ok(vxt_call(vxt_with(A, "::1 0"), f_ping, SOCK_RAW) > 0, "IPv6: to oneself");
	tap_ok(!strncmp(A->text, "::1 ", 4), "answered by %s", A->text);
	tap_errno(vxt_call(A, f_socket, AF_INET, SOCK_RAW, IPPROTO_TCP), EPERM, "ICMP only");
	tap_errno(vxt_call(A, f_socket, AF_INET, SOCK_RAW, IPPROTO_RAW), EPERM, "no headers of one's own");
	tap_errno(vxt_call(A, f_socket, AF_INET6, SOCK_RAW, IPPROTO_TCP), EPERM, "IPv6: ICMP only");
	fd = vxt_call(A, f_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	tap_errno(vxt_call(A, f_setopt, fd, SOL_IP, IP_HDRINCL, 1), EPERM, "no header by option");
	tap_errno(vxt_call(vxt_with(A, "10.11.0.3 0"), f_bind, fd), EADDRNOTAVAIL, "no foreign address");
	tap_is(vxt_call(vxt_with(A, "10.11.0.2 0"), f_bind, fd), 0, "its own");
	nxt_close(A, fd);

	/* who hears whom */
	fd = vxt_call(A, f_socket, AF_INET, SOCK_RAW, IPPROTO_ICMP);
	(void)vxt_call(vxt_with(B, "10.11.0.1 0"), f_ping, SOCK_DGRAM);
	tap_errno(vxt_call(A, f_recv, fd, 100), EAGAIN, "nothing of another guest is heard");
	(void)vxt_call(vxt_with(&host, "10.11.0.1 0"), f_ping, SOCK_DGRAM);
	tap_errno(vxt_call(A, f_recv, fd, 100), EAGAIN, "nor of the host");
	(void)vxt_call(vxt_with(&host, "10.11.0.2 0"), f_ping, SOCK_DGRAM);
	tap_ok(vxt_call(A, f_recv, fd, 100) > 0, "what is sent to the guest is");
	nxt_close(A, fd);
	(void)nx_set_ncaps(ga.nid, 0);
}

static void test_families(void)
{
	static const struct {
		int family, type, protocol, err;
	} rows[] = {
		{ AF_INET, SOCK_STREAM, 132, EPROTONOSUPPORT },	/* SCTP */
		{ AF_INET, SOCK_SEQPACKET, 132, ESOCKTNOSUPPORT },
		{ AF_INET, SOCK_STREAM, 262, EPROTONOSUPPORT },	/* MPTCP */
		{ AF_INET, SOCK_STREAM, 256, EPROTONOSUPPORT },	/* SMC */
		{ AF_INET, SOCK_DGRAM, 115, EPROTONOSUPPORT },	/* L2TP */
		{ AF_INET, SOCK_DGRAM, 136, 0 },		/* UDP-Lite */
		{ AF_PACKET, SOCK_RAW, 0, EAFNOSUPPORT },
		{ 40 /* AF_VSOCK */, SOCK_STREAM, 0, EAFNOSUPPORT },
		{ 21 /* AF_RDS */, SOCK_SEQPACKET, 0, EAFNOSUPPORT },
		{ 30 /* AF_TIPC */, SOCK_DGRAM, 0, EAFNOSUPPORT },
		{ 43 /* AF_SMC */, SOCK_STREAM, 0, EAFNOSUPPORT },
		{ 44 /* AF_XDP */, SOCK_RAW, 0, EAFNOSUPPORT },
	};
	struct nxt_guest g;
	char what[64];
	long fd;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)snprintf(what, sizeof(what), "family %d, protocol %d", rows[i].family, rows[i].protocol);
		fd = vxt_call(A, f_socket, rows[i].family, rows[i].type, rows[i].protocol);
		if (rows[i].err)
			tap_errno(fd, rows[i].err, what);
		else
			tap_ok(fd >= 0 || errno == EPROTONOSUPPORT, "%s", what);
		nxt_close(A, fd);
	}
	tap_errno((fd = vxt_call(A, f_socket, AF_INET, SOCK_DGRAM, 0),
		   vxt_call(vxt_with(A, "dummy0"), f_setopt, fd, SOL_SOCKET, SO_BINDTODEVICE)), EPERM,
		  "no binding to a device");
	nxt_close(A, fd);

	/* without an address, and without a loopback */
	if (!nxt_start(&g, VXT_FLAT, VSERVER_NFLAG_STATE_ADMIN, NULL))
		exit(1);
	tap_errno(vxt_call(nxt_agent(&g), f_socket, AF_INET, SOCK_DGRAM, 0), EAFNOSUPPORT, "no address: no socket");
	tap_errno(vxt_call(nxt_agent(&g), f_socket, AF_INET6, SOCK_DGRAM, 0), EAFNOSUPPORT, "of IPv6 either");
	tap_is(nx_add(g.nid, "10.11.0.9"), 0, "an address");
	fd = vxt_call(nxt_agent(&g), f_socket, AF_INET, SOCK_DGRAM, 0);
	tap_ok(fd >= 0, "now there is one");
	tap_errno(vxt_call(vxt_with(nxt_agent(&g), "127.0.0.1 9"), f_send, fd), EPERM, "no loopback");
	tap_errno(bound(nxt_agent(&g), AF_INET, "127.0.0.1 1059"), EADDRNOTAVAIL, "not to be bound to");
	tap_is(nx_set_nflags(g.nid, VSERVER_NFLAG_LBACK_ALLOW, VSERVER_NFLAG_LBACK_ALLOW), 0, "that of the host");
	tap_is(vxt_call(vxt_with(nxt_agent(&g), "127.0.0.1 9"), f_send, fd), 4, "can be allowed");
	(void)snprintf(what, sizeof(what), "127.%u.%u.1 9", ga.nid >> 8, ga.nid & 255);
	nxt_close(nxt_agent(&g), fd);
	fd = vxt_call(nxt_agent(&g), f_socket, AF_INET, SOCK_DGRAM, 0);
	tap_errno(vxt_call(vxt_with(nxt_agent(&g), "%s", what), f_send, fd), EPERM, "but not that of another guest");
	tap_ok(nxt_stop(&g), "it ends");
}

/* a guest with a namespace for itself has a stack for itself */
NXT_FN(f_own_stack)
{
	if (unshare(CLONE_NEWNET) || !nxt_up("lo") || !nxt_assign("lo:1", "10.50.0.1"))
		return -1;
	return 0;
}

static void test_own_stack(void)
{
	long fd;

	tap_is(vxt_call(C, f_own_stack), 0, "a network namespace");
	fd = bound(C, AF_INET, "10.50.0.1 1060");
	tap_ok(fd >= 0, "there all addresses can be used");
	tap_is(vxt_call(vxt_with(C, "10.50.0.1 1060"), f_send, fd), 4, "sent to");
	tap_is(vxt_call(C, f_recv, fd), 4, "and received at");
	nxt_close(C, fd);
	fd = bound(C, AF_INET, "0.0.0.0 1060");
	tap_is(vxt_call(vxt_with(C, "127.0.0.1 1060"), f_send, fd), 4, "the loopback");
	tap_is(vxt_call(C, f_recv, fd), 4, "too");
	nxt_close(C, fd);
}

int main(int argc, char **argv)
{
	static const char *const to4[] = { "10.11.0.2", "10.11.0.3", "10.11.0.1" };
	static const char *const to6[] = { "fd11::2", "fd11::3", "fd11::1" };
	static const char *const mapped[] = { "::ffff:10.11.0.2", "::ffff:10.11.0.3", "::ffff:10.11.0.1" };

	vxt_init(argc, argv);
	if (!nxt_machine())
		tap_skip_all("no device dummy0");
	ga.g.bcaps = gb.g.bcaps = VXT_SECURE_BCAPS;
	if (!vxt_host(&host) || !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", "fd11::2", NULL) ||
	    !nxt_start(&gb, VXT_FLAT, 0, "10.11.0.3", "fd11::3", NULL) ||
	    !nxt_start(&gc, -1, 0, "10.11.0.4", "10.12.0.2", "fd11::4", NULL))
		return 1;
	A = nxt_agent(&ga);
	B = nxt_agent(&gb);
	C = nxt_agent(&gc);
	test_any(AF_INET, "0.0.0.0", to4);
	test_any(AF_INET6, "::", to6);
	test_any(AF_INET6, "::", mapped);
	test_sources();
	test_loopback(AF_INET, "127.0.0.1");
	test_loopback(AF_INET6, "::1");
	test_loopback(AF_INET6, "::ffff:127.0.0.1");
	test_probe();
	test_broadcast();
	test_multicast(AF_INET, "0.0.0.0", "239.1.1.1");
	test_multicast(AF_INET6, "::", "ff15::1234");
	test_remove();
	test_ping();
	test_families();
	test_own_stack();
	tap_ok(nxt_stop(&ga) && nxt_stop(&gb) && nxt_stop(&gc), "all guests end");
	return vxt_done();
}
