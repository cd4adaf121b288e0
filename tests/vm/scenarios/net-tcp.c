// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-tcp - guests on one stack: the same ports, their own addresses, nobody else's connections
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/nxt.h"

static struct nxt_guest ga, gb, gc;
static struct vxt_agent host;
static struct vxt_agent *A, *B, *C;

/* connect, and see which of the listening sockets has it: its index, -1 none, -2 refused */
static int who_answers(struct vxt_agent *from, int family, const char *to, struct vxt_agent *const *agent,
		       const long *fd, int n)
{
	long c = nxt_connect(from, family, to), s;
	int ret = -1;

	if (c < 0) {
		printf("# %s: %s\n", to, strerror(errno));
		return errno == ECONNREFUSED ? -2 : -1;
	}
	for (int i = 0; i < n && ret < 0; i++) {
		s = fd[i] < 0 ? -1 : vxt_call(agent[i], f_accept, fd[i], 100);
		if (s >= 0) {
			ret = i;
			nxt_close(agent[i], s);
		}
	}
	nxt_close(from, c);
	return ret;
}

/* who has been shown in the last answer, without the port */
static const char *shown(const struct vxt_agent *a)
{
	static char text[128];

	(void)snprintf(text, sizeof(text), "%.100s", a->text);
	if (strchr(text, ' '))
		*strchr(text, ' ') = '\0';
	return text;
}

static void test_any(int family, const char *any, int port)
{
	static const char *const to4[] = { "10.11.0.2", "10.11.0.3", "10.11.0.1" };
	static const char *const to6[] = { "fd11::2", "fd11::3", "fd11::1" };
	struct vxt_agent *agent[] = { A, B, &host };
	struct vxt_agent *from[] = { &host, A, B };
	const char *names[] = { "guest A", "guest B", "the host" };
	char word[64], to[64];
	long fd[3];

	(void)snprintf(word, sizeof(word), "%s %d", any, port);
	for (int i = 0; i < 3; i++) {
		fd[i] = nxt_listen(agent[i], family, word);
		tap_ok(fd[i] >= 0, "%s: %s listens", any, names[i]);
	}
	for (int v6 = 0; v6 < 2; v6++) {
		if (v6 && family == AF_INET)
			continue;
		for (int i = 0; i < 3; i++) {
			for (int j = 0; j < 3; j++) {
				(void)snprintf(to, sizeof(to), "%s %d", v6 ? to6[i] : to4[i], port);
				tap_is(who_answers(from[j], v6 ? AF_INET6 : AF_INET, to, agent, fd, 3), i, to);
			}
		}
	}
	nxt_close(A, fd[0]);
	fd[0] = -1;
	(void)snprintf(to, sizeof(to), "10.11.0.2 %d", port);
	tap_is(who_answers(&host, AF_INET, to, agent, fd, 3), -2, "the host does not answer for a guest");
	tap_is(who_answers(B, AF_INET, to, agent, fd, 3), -2, "nor another guest");
	nxt_close(&host, fd[2]);
	fd[2] = -1;
	(void)snprintf(to, sizeof(to), "10.11.0.1 %d", port);
	tap_is(who_answers(A, AF_INET, to, agent, fd, 3), -2, "nor a guest for the host");
	nxt_close(B, fd[1]);
}

static void test_bind(void)
{
	static const struct {
		int family;
		const char *word;
		int err;
	} rows[] = {
		{ AF_INET, "10.11.0.2 1082", 0 },
		{ AF_INET, "10.11.0.3 1082", EADDRNOTAVAIL },
		{ AF_INET, "10.11.0.1 1082", EADDRNOTAVAIL },
		{ AF_INET, "10.99.0.1 1082", EADDRNOTAVAIL },
		{ AF_INET, "0.0.0.5 1082", EADDRNOTAVAIL },
		{ AF_INET, "127.0.0.1 1082", 0 },
		{ AF_INET, "127.0.0.53 1082", 0 },
		{ AF_INET, "127.0.1.1 1082", EADDRNOTAVAIL },
		{ AF_INET, "239.1.1.1 1082", EADDRNOTAVAIL },
		{ AF_INET, "255.255.255.255 1082", 0 },
		{ AF_INET6, ":: 1082", 0 },
		{ AF_INET6, "::1 1082", 0 },
		{ AF_INET6, "fd11::2 1082", 0 },
		{ AF_INET6, "fd11::3 1082", EADDRNOTAVAIL },
		{ AF_INET6, "fd11::1 1082", EADDRNOTAVAIL },
		{ AF_INET6, "::ffff:10.11.0.2 1082", 0 },
		{ AF_INET6, "::ffff:10.11.0.3 1082", EADDRNOTAVAIL },
		{ AF_INET6, "::ffff:127.0.0.1 1082", 0 },
		{ AF_INET6, VSERVER_LBACK6_PREFIX "9 1082", EADDRNOTAVAIL },
	};
	char what[128];
	long fd;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int freebind = 0; freebind < 2; freebind++) {
			fd = vxt_call(A, f_socket, rows[i].family, SOCK_STREAM, 0);
			if (freebind)
				(void)vxt_call(A, f_setopt, fd, SOL_IP, IP_FREEBIND, 1);
			(void)snprintf(what, sizeof(what), "bind %s%s: %s", rows[i].word, freebind ? ", freebind" : "",
				       rows[i].err ? strerror(rows[i].err) : "allowed");
			if (rows[i].err)
				tap_errno(vxt_call(vxt_with(A, "%s", rows[i].word), f_bind, fd), rows[i].err, what);
			else
				tap_is(vxt_call(vxt_with(A, "%s", rows[i].word), f_bind, fd), 0, what);
			nxt_close(A, fd);
		}
	}
	fd = nxt_bound(&host, AF_INET, SOCK_STREAM, "10.11.0.3 1083");
	tap_ok(fd >= 0, "the host binds to whatever it likes");
	tap_errno(nxt_bound(B, AF_INET, SOCK_STREAM, "0.0.0.0 1083"), EADDRINUSE, "and is in the way there");
	nxt_close(&host, fd);
}

static void test_conflicts(void)
{
	long a, b, c;

	a = nxt_listen(A, AF_INET, "10.11.0.2 1084");
	tap_ok(a >= 0, "specific");
	tap_errno(nxt_listen(A, AF_INET, "0.0.0.0 1084"), EADDRINUSE, "any over one's own");
	tap_errno(nxt_listen(A, AF_INET6, ":: 1084"), EADDRINUSE, "dual stack over one's own");
	b = nxt_listen(B, AF_INET6, ":: 1084");
	tap_ok(b >= 0, "dual stack in another guest");
	tap_errno(nxt_listen(B, AF_INET, "127.0.0.1 1084"), EADDRINUSE, "its loopback is in its own way");
	c = nxt_listen(A, AF_INET, "127.0.0.1 1084");
	tap_ok(c >= 0, "that of the first is not");
	nxt_close(A, a);
	nxt_close(A, c);
	nxt_close(B, b);

	a = nxt_listen(A, AF_INET, "127.0.0.1 1085");
	b = nxt_listen(B, AF_INET, "127.0.0.1 1085");
	c = nxt_listen(&host, AF_INET, "127.0.0.1 1085");
	tap_ok(a >= 0 && b >= 0 && c >= 0, "three times 127.0.0.1");
	nxt_close(A, a);
	nxt_close(B, b);
	nxt_close(&host, c);
	a = nxt_listen(A, AF_INET6, "::1 1085");
	b = nxt_listen(B, AF_INET6, "::1 1085");
	c = nxt_listen(&host, AF_INET6, "::1 1085");
	tap_ok(a >= 0 && b >= 0 && c >= 0, "three times ::1");
	nxt_close(A, a);
	nxt_close(B, b);
	nxt_close(&host, c);
}

static void test_names(void)
{
	long l, c, s;

	l = nxt_listen(A, AF_INET, "0.0.0.0 1086");
	c = nxt_connect(B, AF_INET, "10.11.0.2 1086");
	s = vxt_call(A, f_accept, l);
	tap_ok(!strcmp(shown(A), "10.11.0.3"), "the client is seen by its address, not %s", shown(A));
	(void)vxt_call(A, f_name, s, 0);
	tap_ok(!strcmp(A->text, "10.11.0.2 1086"), "the server by its own, not %s", A->text);
	(void)vxt_call(B, f_name, c, 1);
	tap_ok(!strcmp(B->text, "10.11.0.2 1086"), "on both sides, not %s", B->text);
	nxt_close(A, s);
	nxt_close(A, l);
	nxt_close(B, c);

	/* which of several */
	l = nxt_listen(&host, AF_INET, "0.0.0.0 1087");
	c = nxt_connect(C, AF_INET, "10.11.0.1 1087");
	(void)vxt_call(C, f_name, c, 0);
	tap_ok(!strcmp(shown(C), "10.11.0.4"), "source of the same network: %s", shown(C));
	nxt_close(C, c);
	c = nxt_connect(C, AF_INET, "10.12.0.1 1087");
	(void)vxt_call(C, f_name, c, 0);
	tap_ok(!strcmp(shown(C), "10.12.0.2"), "of the other network: %s", shown(C));
	nxt_close(C, c);
	nxt_close(&host, l);
	l = nxt_listen(&host, AF_INET6, ":: 1087");
	c = nxt_connect(C, AF_INET6, "fd11::1 1087");
	(void)vxt_call(C, f_name, c, 0);
	tap_ok(!strcmp(shown(C), "fd11::4"), "source of IPv6: %s", shown(C));
	nxt_close(C, c);
	c = nxt_connect(C, AF_INET6, "::ffff:10.11.0.1 1087");
	(void)vxt_call(C, f_name, c, 0);
	tap_ok(!strcmp(shown(C), "::ffff:10.11.0.4"), "of a mapped address: %s", shown(C));
	nxt_close(C, c);
	nxt_close(&host, l);
}

static void lback_of(uint32_t nid, const char *lo, char *text, size_t size)
{
	if (strchr(lo, '.'))
		(void)snprintf(text, size, "%s127.%u.%u.1", strchr(lo, ':') ? "::ffff:" : "", nid >> 8, nid & 255);
	else
		(void)snprintf(text, size, VSERVER_LBACK6_PREFIX "%x", nid);
}

static void test_loopback(int family, const char *lo, const char *any)
{
	struct vxt_agent *agent[] = { A, B, &host };
	char word[64], to[64], lback[64];
	long fd[3] = { -1, -1, -1 }, c, s;

	(void)snprintf(word, sizeof(word), "%s 1088", lo);
	fd[0] = nxt_listen(A, family, word);
	fd[2] = nxt_listen(&host, family, word);
	tap_ok(fd[0] >= 0 && fd[2] >= 0, "%s: a guest and the host listen", lo);
	tap_is(who_answers(A, family, word, agent, fd, 3), 0, "the guest reaches its own");
	tap_is(who_answers(&host, family, word, agent, fd, 3), 2, "the host its own");
	tap_is(who_answers(B, family, word, agent, fd, 3), -2, "another guest nobody");

	(void)snprintf(to, sizeof(to), "%s 1088", any);
	tap_is(who_answers(A, family, to, agent, fd, 3), 0, "any address is oneself");
	tap_is(who_answers(B, family, to, agent, fd, 3), -2, "and nobody else");

	c = nxt_connect(A, family, word);
	s = vxt_call(A, f_accept, fd[0]);
	tap_ok(!strcmp(shown(A), lo), "accept shows %s: %s", lo, shown(A));
	(void)vxt_call(A, f_name, s, 0);
	tap_ok(!strcmp(A->text, word), "getsockname: %s", A->text);
	(void)vxt_call(A, f_name, c, 1);
	tap_ok(!strcmp(A->text, word), "getpeername: %s", A->text);
	(void)vxt_call(A, f_name, c, 0);
	tap_ok(!strcmp(shown(A), lo), "getsockname of the client: %s", shown(A));
	nxt_close(A, s);
	nxt_close(A, c);

	lback_of(ga.nid, lo, lback, sizeof(lback));
	(void)snprintf(to, sizeof(to), "%.50s 1088", lback);
	tap_is(who_answers(&host, family, to, agent, fd, 3), 0, "the host reaches it by the address documented");
	tap_ok(who_answers(B, family, to, agent, fd, 3) < 0, "another guest does not");
	s = nxt_bound(B, family, SOCK_STREAM, to);
	tap_errno(s, EADDRNOTAVAIL, "nor can it be taken");

	/* what is bound to the loopback does not leave it */
	c = nxt_bound(A, family, SOCK_STREAM, family == AF_INET ? "127.0.0.1 0" : "::1 0");
	tap_errno(vxt_call(vxt_with(A, "%s 1088", family == AF_INET ? "10.11.0.3" : "fd11::3"), f_connect, c), EPERM,
		  "from the loopback to another guest");
	nxt_close(A, c);

	/* fast open asks nobody but the route */
	c = vxt_call(A, f_socket, family, SOCK_STREAM, 0);
	s = vxt_call(vxt_with(A, "%s", word), f_send, c, MSG_FASTOPEN);
	tap_ok(s == 4 || (s < 0 && errno == EINPROGRESS), "fast open: sent");
	s = vxt_call(A, f_accept, fd[0]);
	tap_ok(s >= 0, "and received by oneself");
	nxt_close(A, s);
	nxt_close(A, c);
	c = vxt_call(B, f_socket, family, SOCK_STREAM, 0);
	(void)vxt_call(vxt_with(B, "%s", word), f_send, c, MSG_FASTOPEN);
	tap_errno(vxt_call(A, f_accept, fd[0], 200), EAGAIN, "by no other");
	tap_errno(vxt_call(&host, f_accept, fd[2], 200), EAGAIN, "nor by the host");
	nxt_close(B, c);
	nxt_close(A, fd[0]);
	nxt_close(&host, fd[2]);

	fd[0] = nxt_listen(A, family, family == AF_INET ? "0.0.0.0 1089" : ":: 1089");
	(void)snprintf(word, sizeof(word), "%s 1089", lo);
	fd[2] = nxt_listen(&host, family, family == AF_INET ? "0.0.0.0 1089" : ":: 1089");
	tap_is(who_answers(A, family, word, agent, fd, 3), 0, "bound to any: the guest reaches its own");
	tap_is(who_answers(&host, family, word, agent, fd, 3), 2, "the host its own");
	tap_is(who_answers(B, family, word, agent, fd, 3), -2, "another guest nobody");
	nxt_close(A, fd[0]);
	nxt_close(&host, fd[2]);
}

static void test_block(void)
{
	struct vxt_agent *agent[] = { A };
	long fd[] = { nxt_listen(A, AF_INET, "127.0.0.53 1090") };
	long c = nxt_bound(&host, AF_INET, SOCK_STREAM, "127.0.0.53 1090");

	tap_ok(fd[0] >= 0 && c >= 0, "127.0.0.53 in a guest and on the host");
	(void)vxt_call(A, f_name, fd[0], 0);
	tap_ok(!strcmp(A->text, "127.0.0.53 1090"), "shown as it is: %s", A->text);
	tap_is(who_answers(A, AF_INET, "127.0.0.53 1090", agent, fd, 1), 0, "reached");
	tap_is(who_answers(A, AF_INET, "127.0.0.1 1090", agent, fd, 1), -2, "and not by 127.0.0.1");
	nxt_close(A, fd[0]);
	nxt_close(&host, c);
}

static void test_reuseport(int family, const char *any)
{
	struct vxt_agent *agent[] = { A, B, &host };
	long fd[3];
	int right = 0;
	char word[64];

	(void)snprintf(word, sizeof(word), "%s 1091", any);
	for (int i = 0; i < 3; i++) {
		fd[i] = vxt_call(agent[i], f_socket, family, SOCK_STREAM, 0);
		(void)vxt_call(agent[i], f_setopt, fd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		if (vxt_call(vxt_with(agent[i], "%s", word), f_bind, fd[i]) || vxt_call(agent[i], f_listen, fd[i]))
			printf("# %d: %s\n", i, strerror(errno));
	}
	for (int i = 0; i < 30; i++) {
		static const char *const to[] = { "10.11.0.2 1091", "10.11.0.3 1091", "10.11.0.1 1091" };

		right += who_answers(&host, AF_INET, to[i % 3], agent, fd, 3) == i % 3;
	}
	tap_is(right, 30, "of 30 connections to three members of no common group");
	for (int i = 0; i < 3; i++)
		nxt_close(agent[i], fd[i]);
}

static void test_time_wait(void)
{
	long l, c, s;

	l = nxt_listen(A, AF_INET, "0.0.0.0 1092");
	c = nxt_connect(&host, AF_INET, "10.11.0.2 1092");
	s = vxt_call(A, f_accept, l);
	/* who closes first has it in time-wait */
	nxt_close(A, s);
	vxt_sleep_ms(50);
	nxt_close(&host, c);
	vxt_sleep_ms(50);
	nxt_close(A, l);
	(void)vxt_call(vxt_with(A, "/proc/net/tcp"), f_cat);
	tap_ok(strstr(A->text, "02000B0A:0444 "), "there is one in time-wait");
	l = nxt_bound(B, AF_INET, SOCK_STREAM, "0.0.0.0 1092");
	tap_ok(l >= 0, "it is not in the way of another guest");
	nxt_close(B, l);
	l = nxt_bound(&host, AF_INET, SOCK_STREAM, "0.0.0.0 1092");
	tap_ok(l >= 0, "nor of the host");
	nxt_close(&host, l);
	tap_errno(nxt_bound(A, AF_INET, SOCK_STREAM, "0.0.0.0 1092"), EADDRINUSE, "but of its own");
}

static bool sysctl(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	if (fd >= 0)
		close(fd);
	return good;
}

/* a connection is in the list of its own context only */
static void is_only_in(struct vxt_agent *in, struct vxt_agent *out, const char *what)
{
	/* local 10.11.0.2:1099, established */
	(void)vxt_call(vxt_with(in, "/proc/net/tcp"), f_cat);
	tap_ok(strstr(in->text, ": 02000B0A:044B 03000B0A:") != NULL, "%s: in the right context", what);
	(void)vxt_call(vxt_with(out, "/proc/net/tcp"), f_cat);
	tap_ok(!strstr(out->text, ": 02000B0A:044B "), "%s: in no other", what);
}

/* connections that are not made from a request in the queue, but out of a packet */
static void test_children(void)
{
	long l, c, s;

	tap_ok(sysctl("/proc/sys/net/ipv4/tcp_syncookies", "2"), "SYN cookies for all");
	l = nxt_listen(A, AF_INET, "0.0.0.0 1099");
	c = nxt_connect(B, AF_INET, "10.11.0.2 1099");
	s = vxt_call(A, f_accept, l);
	tap_ok(c >= 0 && s >= 0, "connected by a cookie");
	is_only_in(A, B, "cookie");
	tap_is(vxt_call(A, f_send, s, 0), 4, "and data");
	tap_is(vxt_call(B, f_recv, c), 4, "comes");
	nxt_close(B, c);
	nxt_close(A, s);
	(void)sysctl("/proc/sys/net/ipv4/tcp_syncookies", "1");

	tap_ok(sysctl("/proc/sys/net/ipv4/tcp_fastopen", "1027"), "fast open without a cookie");
	tap_is(vxt_call(A, f_setopt, l, SOL_TCP, TCP_FASTOPEN, 5), 0, "allowed by the server");
	c = vxt_call(B, f_socket, AF_INET, SOCK_STREAM, 0);
	(void)vxt_call(B, f_setopt, c, SOL_TCP, 34 /* TCP_FASTOPEN_NO_COOKIE */, 1);
	s = vxt_call(vxt_with(B, "10.11.0.2 1099"), f_send, c, MSG_FASTOPEN);
	tap_ok(s == 4 || (s < 0 && errno == EINPROGRESS), "sent");
	s = vxt_call(A, f_accept, l);
	tap_ok(s >= 0 && !strcmp(shown(A), "10.11.0.3"), "accepted, from %s", shown(A));
	is_only_in(A, B, "fast open");
	tap_is(vxt_call(A, f_recv, s), 4, "with data");
	nxt_close(B, c);
	nxt_close(A, s);
	nxt_close(A, l);
	(void)sysctl("/proc/sys/net/ipv4/tcp_fastopen", "1");
}

static void test_single(void)
{
	struct nxt_guest g;
	long fd;

	if (!nxt_start(&g, VXT_FLAT, VSERVER_NFLAG_INIT | VSERVER_NFLAG_SINGLE_IP, "10.11.0.6", NULL)) {
		tap_ok(false, "a guest with one address");
		return;
	}
	fd = nxt_listen(nxt_agent(&g), AF_INET, "0.0.0.0 1093");
	(void)vxt_call(nxt_agent(&g), f_name, fd, 0);
	tap_ok(!strcmp(g.g.init.text, "10.11.0.6 1093"), "any is the only one: %s", g.g.init.text);
	nxt_close(nxt_agent(&g), fd);
	tap_ok(nxt_stop(&g), "it ends");
}

static void test_change(void)
{
	struct vxt_agent *agent[] = { B, &host };
	long fd[] = { nxt_listen(B, AF_INET, "0.0.0.0 1094"), nxt_listen(&host, AF_INET, "0.0.0.0 1094") };
	long c, s;

	tap_is(who_answers(&host, AF_INET, "10.11.0.7 1094", agent, fd, 2), 1, "an address of nobody is the host's");
	tap_is(nx_add(gb.nid, "10.11.0.7"), 0, "a guest gets it");
	tap_is(who_answers(&host, AF_INET, "10.11.0.7 1094", agent, fd, 2), 0, "and what is sent to it");
	c = nxt_connect(&host, AF_INET, "10.11.0.7 1094");
	s = vxt_call(B, f_accept, fd[0]);
	tap_is(nx_remove(gb.nid, "10.11.0.7"), 0, "it loses it");
	tap_is(who_answers(&host, AF_INET, "10.11.0.7 1094", agent, fd, 2), 1, "and it is the host's");
	tap_errno(nxt_bound(B, AF_INET, SOCK_STREAM, "10.11.0.7 1095"), EADDRNOTAVAIL, "the guest cannot bind to it");
	tap_is(vxt_call(B, f_send, s, 0), 4, "a connection");
	tap_is(vxt_call(&host, f_recv, c), 4, "goes on");
	nxt_close(&host, c);
	nxt_close(B, s);

	/* one that both have */
	tap_is(nx_add(gb.nid, "@10.11.0.8"), 0, "an address that the host keeps");
	tap_errno(nxt_bound(B, AF_INET, SOCK_STREAM, "10.11.0.8 1094"), EADDRINUSE, "there the host is in the way");
	nxt_close(B, fd[0]);
	fd[0] = -1;
	tap_is(who_answers(&host, AF_INET, "10.11.0.8 1094", agent, fd, 2), 1, "the host answers");
	tap_is(who_answers(A, AF_INET, "10.11.0.3 1094", agent, fd, 2), -2, "not at the guest's own");
	tap_errno(nxt_listen(B, AF_INET, "0.0.0.0 1094"), EADDRINUSE, "any meets the host's any");
	nxt_close(&host, fd[1]);
	fd[0] = nxt_listen(B, AF_INET, "0.0.0.0 1094");
	fd[1] = -1;
	tap_is(who_answers(&host, AF_INET, "10.11.0.8 1094", agent, fd, 2), 0, "without it the guest answers");
	nxt_close(B, fd[0]);
	(void)nx_ipv4(VSERVER_NET_REMOVE_IPV4, gb.nid, VSERVER_ADDR_ADDR, VSERVER_ADDR_FLAG_HOST, "10.11.0.8", NULL,
		      "255.255.255.0");
}

/* networks: several have an address, and each is asked */
static void test_ranges(void)
{
	struct nxt_guest g;
	struct vxt_agent *agent[3] = { NULL, A, &host };
	long fd[3];

	if (!nxt_start(&g, VXT_FLAT, 0, NULL)) {
		tap_ok(false, "a guest with all addresses");
		return;
	}
	agent[0] = nxt_agent(&g);
	tap_is(nx_ipv4(VSERVER_NET_ADD_IPV4, g.nid, VSERVER_ADDR_MASK, 0, "0.0.0.0", NULL, "0.0.0.0"), 0, "all of IPv4");
	tap_is(nx_ipv6(VSERVER_NET_ADD_IPV6, g.nid, VSERVER_ADDR_MASK, 0, "::", 0), 0, "all of IPv6");
	fd[0] = nxt_listen(agent[0], AF_INET6, ":: 1096");
	tap_ok(fd[0] >= 0, "listens");
	tap_errno(nxt_listen(&host, AF_INET6, ":: 1096"), EADDRINUSE, "the host has the same addresses");
	tap_errno(nxt_listen(A, AF_INET6, ":: 1096"), EADDRINUSE, "so has a guest");
	fd[1] = nxt_listen(A, AF_INET6, ":: 1097");
	fd[2] = -1;
	tap_is(who_answers(&host, AF_INET, "10.11.0.2 1096", agent, fd, 3), 0, "IPv4: everything to the one that has it");
	tap_is(who_answers(&host, AF_INET6, "fd11::2 1096", agent, fd, 3), 0, "IPv6 too");
	tap_is(who_answers(&host, AF_INET, "10.11.0.2 1097", agent, fd, 3), 1, "IPv4: the other port is that of the other");
	tap_is(who_answers(&host, AF_INET6, "fd11::2 1097", agent, fd, 3), 1, "IPv6 too");
	tap_is(who_answers(&host, AF_INET, "10.11.0.3 1097", agent, fd, 3), -2, "at its address only");
	tap_is(who_answers(&host, AF_INET6, "fd11::3 1097", agent, fd, 3), -2, "IPv6 too");
	nxt_close(A, fd[1]);
	nxt_close(agent[0], fd[0]);
	fd[2] = nxt_listen(&host, AF_INET6, ":: 1098");
	fd[1] = nxt_listen(A, AF_INET6, ":: 1098");
	fd[0] = -1;
	tap_is(who_answers(&host, AF_INET, "10.11.0.2 1098", agent, fd, 3), 1, "with networks about, a guest has its own");
	tap_is(who_answers(&host, AF_INET, "10.11.0.1 1098", agent, fd, 3), 2, "and the host has the rest");
	tap_is(who_answers(&host, AF_INET6, "fd11::2 1098", agent, fd, 3), 1, "IPv6: the guest");
	tap_is(who_answers(&host, AF_INET6, "fd11::1 1098", agent, fd, 3), 2, "IPv6: the host");
	nxt_close(A, fd[1]);
	nxt_close(&host, fd[2]);
	tap_ok(nxt_stop(&g), "it ends");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	if (!nxt_machine())
		tap_skip_all("no device dummy0");
	if (!vxt_host(&host) || !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", "fd11::2", NULL) ||
	    !nxt_start(&gb, VXT_FLAT, 0, "10.11.0.3", "fd11::3", NULL) ||
	    !nxt_start(&gc, -1, 0, "10.11.0.4", "10.12.0.2", "fd11::4", NULL))
		return 1;
	A = nxt_agent(&ga);
	B = nxt_agent(&gb);
	C = nxt_agent(&gc);
	test_any(AF_INET, "0.0.0.0", 1080);
	test_any(AF_INET6, "::", 1081);
	test_bind();
	test_conflicts();
	test_names();
	test_loopback(AF_INET, "127.0.0.1", "0.0.0.0");
	test_loopback(AF_INET6, "::1", "::");
	test_loopback(AF_INET6, "::ffff:127.0.0.1", "::ffff:0.0.0.0");
	test_block();
	test_reuseport(AF_INET, "0.0.0.0");
	test_reuseport(AF_INET6, "::");
	test_time_wait();
	test_children();
	test_single();
	test_change();
	test_ranges();
	tap_ok(nxt_stop(&ga) && nxt_stop(&gb) && nxt_stop(&gc), "all guests end");
	return vxt_done();
}
