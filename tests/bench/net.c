// SPDX-License-Identifier: GPL-2.0-or-later
/* net - the network: a client and a server in two places, and what places cost */
#include <errno.h>
#include <fcntl.h>
#include <linux/vserver.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PORT 80
#define MANY 10000
#define MAX_NS 1000		/* a bridge has 1023 ports */
#define MAX_DEVICE 1000		/* to make more addresses of one device takes longer than all else */
#define CHUNK 65536
#define BULK (4 * CHUNK)	/* in one go, and within a tick of the clock */
#define MIB (1024 * 1024)

/* networks: those of dummy0, of namespaces, of the many */
#define HOST_NET 0x630000
#define NS_NET 0x620000
#define MANY_NET 0x640000
#define GUEST 101		/* the first of two network contexts with addresses of dummy0 */
#define MANY_NID 1000

static const int families[] = { AF_INET, AF_INET6 };
static int rt, host_ns = -1;

/* Where a process is. */
struct place {
	int ns;			/* network namespace, -1: that of the host */
	uint32_t nid;		/* network context, 0: none */
};

static const struct place host = { .ns = -1 };
static const struct place guest = { .ns = -1, .nid = GUEST }, other_guest = { .ns = -1, .nid = GUEST + 1 };

static void go(const struct place *place)
{
	if (place->ns >= 0)
		must("setns", setns(place->ns, CLONE_NEWNET));
	if (place->nid)
		become_guest(place->nid);
}

/* WORK in a child; ends the bench if it fails. */
static void apart(void (*work)(void))
{
	pid_t pid = must("fork", fork());
	int status;

	if (!pid) {
		work();
		_exit(0);
	}
	must("waitpid", waitpid(pid, &status, 0));
	if (status)
		die("child", -ECHILD);
}

static int ns_new(void)
{
	must("unshare", unshare(CLONE_NEWNET));
	return must("namespace", open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

static void ns_leave(void)
{
	must("setns", setns(host_ns, CLONE_NEWNET));
}

/* Sockets. */

union addr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* What each end works with, and where the server is. */
static int listener, sock, bulk_file, family;
static union addr to;
static socklen_t to_len;
static char buf[CHUNK];

/* ADDR 0 stands for any, 1 for the loopback */
static socklen_t fill(union addr *a, int fam, unsigned int addr)
{
	uint8_t bytes[ADDR_BYTES];

	memset(a, 0, sizeof(*a));
	a->any.sa_family = fam;
	if (fam == AF_INET) {
		a->v4.sin_port = htons(PORT);
		addr_bytes(fam, addr, bytes);
		if (addr > 1)
			memcpy(&a->v4.sin_addr, bytes, 4);
		else if (addr)
			a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(a->v4);
	}
	a->v6.sin6_port = htons(PORT);
	if (addr > 1)
		addr_bytes(fam, addr, a->v6.sin6_addr.s6_addr);
	else if (addr)
		a->v6.sin6_addr = in6addr_loopback;
	return sizeof(a->v6);
}

static void option(int fd, int level, int name, int value)
{
	must("setsockopt", sys6(SYS_setsockopt, fd, level, name, (long)&value, sizeof(value), 0));
}

static int bound(int fam, int type, unsigned int addr)
{
	union addr a;
	socklen_t len = fill(&a, fam, addr);
	int fd = must("socket", sys(SYS_socket, fam, type, 0));

	if (fam == AF_INET6)
		option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	/* as servers do: connections of the one before may be in time-wait */
	if (type == SOCK_STREAM)
		option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	must("bind", sys(SYS_bind, fd, &a, len));
	if (type == SOCK_STREAM)
		must("listen", sys(SYS_listen, fd, 16, 0));
	return fd;
}

/* before the connection, of which it limits the window */
static void big_buffers(int fd)
{
	option(fd, SOL_SOCKET, SO_SNDBUF, 4 * MIB);
	option(fd, SOL_SOCKET, SO_RCVBUF, 4 * MIB);
}

static void hasty(int fd)
{
	option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	option(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
}

static long take_one(void)
{
	return must("accept", sys(SYS_accept, listener, 0, 0));
}

static void connect_to(int type)
{
	sock = must("socket", sys(SYS_socket, family, type, 0));
	if (type == SOCK_STREAM)
		big_buffers(sock);
	must("connect", sys(SYS_connect, sock, &to, to_len));
	if (type == SOCK_STREAM)
		hasty(sock);
}

static void connect_tcp(void) { connect_to(SOCK_STREAM); }
static void connect_udp(void) { connect_to(SOCK_DGRAM); }
static void listen_tcp(void) { big_buffers(listener = bound(family, SOCK_STREAM, 0)); }
static void listen_udp(void) { listener = bound(family, SOCK_DGRAM, 0); }

static void take_it(void)
{
	sock = take_one();
	hasty(sock);
}

/* One turn of the server, one of the client. */

static void serve_byte(void)
{
	must("read", sys(SYS_read, sock, buf, 1));
	must("write", sys(SYS_write, sock, buf, 1));
}

static void ask_byte(void)
{
	must("write", sys(SYS_write, sock, buf, 1));
	if (must("read", sys(SYS_read, sock, buf, 1)) != 1)
		die("no answer", -EPIPE);
}

static void serve_datagram(void)
{
	union addr from;
	int len = sizeof(from);

	must("recvfrom", sys6(SYS_recvfrom, listener, (long)buf, 1, 0, (long)&from, (long)&len));
	must("sendto", sys6(SYS_sendto, listener, (long)buf, 1, 0, (long)&from, len));
}

/* The server ends the connection with a reset: nothing is left in time-wait. */
static void reset(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	must("setsockopt", sys6(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, (long)&linger, sizeof(linger), 0));
	sys(SYS_close, fd, 0, 0);
}

static void serve_connection(void)
{
	reset(take_one());
}

static void ask_connection(void)
{
	long fd = must("socket", sys(SYS_socket, family, SOCK_STREAM, 0));
	long ret;

	must("connect", sys(SYS_connect, fd, &to, to_len));
	ret = sys(SYS_read, fd, buf, 1);
	if (ret != -ECONNRESET)
		die("connection", ret);
	sys(SYS_close, fd, 0, 0);
}

static void serve_bulk(int flags)
{
	for (long left = BULK, got; left; left -= got) {
		got = must("recv", sys6(SYS_recvfrom, sock, (long)buf, CHUNK, flags, 0, 0));
		if (!got)
			die("bulk", -EPIPE);
	}
	must("write", sys(SYS_write, sock, buf, 1));
}

static void serve_copies(void) { serve_bulk(0); }
static void serve_discarding(void) { serve_bulk(MSG_TRUNC); }

static void ask_copies(void)
{
	for (long left = BULK; left;)
		left -= must("write", sys(SYS_write, sock, buf, CHUNK));
	must("read", sys(SYS_read, sock, buf, 1));
}

static void ask_sendfile(void)
{
	for (long left = BULK; left;) {
		off_t at = 0;

		left -= must("sendfile", sys6(SYS_sendfile, sock, bulk_file, (long)&at, CHUNK, 0, 0));
	}
	must("read", sys(SYS_read, sock, buf, 1));
}

static const struct test {
	const char *name;
	void (*listen)(void), (*accept)(void), (*serve)(void), (*connect)(void), (*ask)(void);
	int times;		/* that many of it are printed */
	int rounds;		/* of cost_all(); 0: cost() */
} tests[] = {
	{ "TCP 1 byte, back", listen_tcp, take_it, serve_byte, connect_tcp, ask_byte, 1, 0 },
	{ "UDP 1 byte, back", listen_udp, NULL, serve_datagram, connect_udp, ask_byte, 1, 0 },
	{ "TCP connect, close", listen_tcp, NULL, serve_connection, NULL, ask_connection, 1, 250 },
	{ "TCP 1 MiB", listen_tcp, take_it, serve_copies, connect_tcp, ask_copies, MIB / BULK, 0 },
	{ "TCP 1 MiB, no copy", listen_tcp, take_it, serve_discarding, connect_tcp, ask_sendfile, MIB / BULK, 0 },
};

static void name_of(char *name, size_t size, const char *what)
{
	snprintf(name, size, "%s%s", what, family == AF_INET6 ? ", v6" : "");
}

/* WORK in a process that says when it is ready by a byte, and is killed in the end. */
static pid_t start(void (*work)(const struct test *, int), const struct test *test)
{
	int ready[2];
	pid_t pid;
	char c;

	must("pipe", pipe(ready));
	pid = must("fork", fork());
	if (!pid) {
		close(ready[0]);
		work(test, ready[1]);
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		die(test->name, -ECHILD);
	close(ready[0]);
	return pid;
}

static struct place client_place, server_place;

static void be_server(const struct test *test, int ready)
{
	go(&server_place);
	test->listen();
	must("write", write(ready, "x", 1));
	if (test->accept)
		test->accept();
	for (;;)
		test->serve();
}

static void be_client(const struct test *test, int ready)
{
	go(&client_place);
	if (test->connect)
		test->connect();
	/* neighbours are found, routes remembered */
	for (int i = 0; i < 16; i++)
		test->ask();
	shared->value[0] = test->rounds ? cost_all(test->ask, test->rounds) : cost(test->ask);
	must("write", write(ready, "x", 1));
	pause();
}

static void run_test(const char *world, const struct test *test)
{
	pid_t server = start(be_server, test);
	pid_t client = start(be_client, test);
	char name[64];

	name_of(name, sizeof(name), test->name);
	print_value(world, name, shared->value[0] * test->times);
	/* in this order: a server has nothing to complain of */
	must("kill", kill(server, SIGKILL));
	must("waitpid", waitpid(server, NULL, 0));
	must("kill", kill(client, SIGKILL));
	must("waitpid", waitpid(client, NULL, 0));
}

/* A client and a server, each in its place; ADDR is where the client looks for it. */
static void run_tests(const char *world, const struct place *client, const struct place *server, unsigned int addr)
{
	client_place = *client;
	server_place = *server;
	for (size_t f = 0; f < 2; f++) {
		family = families[f];
		to_len = fill(&to, family, addr);
		for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
			run_test(world, &tests[i]);
	}
}

/* Namespaces with a device each, on the kernel without contexts. */

static int ns_fd[MAX_NS];

static void configure(const char *dev, unsigned int addr)
{
	int fd = rt_open();

	rt_up(fd, "lo");
	rt_up(fd, dev);
	for (size_t f = 0; f < 2; f++)
		must("address", rt_addr(fd, true, dev, families[f], addr, families[f] == AF_INET ? 16 : 64));
	close(fd);
}

/* Gives namespace NS the device that a guest would have. */
static void add_device(const char *kind, int i, int ns)
{
	char name[IFNAMSIZ], peer[] = "eth0";
	struct link link = { .kind = kind, .name = name, .ns = ns };

	if (!strcmp(kind, "veth")) {
		snprintf(name, sizeof(name), "veth%d", i);
		link.peer = peer;
		link.master = if_nametoindex("br0");
	} else {
		snprintf(name, sizeof(name), "eth0");
		link.lower = if_nametoindex("under0");
	}
	rt_add(rt, &link);
}

static void add_ns(const char *kind, int i)
{
	ns_fd[i] = ns_new();
	ns_leave();
	add_device(kind, i, ns_fd[i]);
	must("setns", setns(ns_fd[i], CLONE_NEWNET));
	configure("eth0", NS_NET + 2 + i);
	ns_leave();
}

static void drop_ns(int count)
{
	for (int i = 0; i < count; i++)
		close(ns_fd[i]);
	sleep(2);
}

static void run_in_namespaces(const char *kind)
{
	struct place place[2];

	for (int i = 0; i < 2; i++) {
		add_ns(kind, i);
		place[i] = (struct place){ .ns = ns_fd[i] };
	}
	/* link-local addresses are checked, routers are asked for */
	sleep(20);
	run_tests(kind, &place[0], &place[1], NS_NET + 3);
	if (!strcmp(kind, "veth"))
		run_tests("ns/lo", &place[0], &place[0], 1);
	drop_ns(2);
}

/* Many contexts, each with an address of both families. */

static void give_both(uint32_t nid, unsigned int addr)
{
	for (size_t f = 0; f < 2; f++)
		nx_give(nid, families[f], addr);
}

static int count;

static void make_contexts(void)
{
	for (int i = 0; i < count; i++) {
		must("network context", nx_create(MANY_NID + i, VSERVER_NFLAG_PERSISTENT));
		give_both(MANY_NID + i, MANY_NET + 1 + i);
	}
}

static void drop_contexts(void)
{
	for (int i = 0; i < count; i++)
		must("end a network context", nx_drop(MANY_NID + i));
}

/* Create, enter, give it two addresses; the one before has lost its only process then and ends. */
static void new_context(void)
{
	static uint32_t nid = 20000;

	nid = nid < 60000 ? nid + 1 : 20000;
	must("network context", nx_create(nid, 0));
	give_both(nid, MANY_NET + 0xff00 + nid % 200);
}

/* The same with a namespace, which ends when the next one is made. */
static void new_ns(void)
{
	static int i = 5000;
	int ns = ns_new();

	add_device("veth", ++i, ns);
	configure("eth0", NS_NET + 0xff00 + i % 200);
	close(ns);
}

static void life_of_context(void) { shared->value[0] = cost_all(new_context, 200); }
static void life_of_ns(void) { shared->value[0] = cost_all(new_ns, 10); }

static void guest_life(void)
{
	pid_t pid = must("clone", sys6(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0));

	if (!pid) {
		must("network context", nx_create(50000, 0));
		give_both(50000, MANY_NET + 0xff00);
		must("context", ctx_create(50000, 0));
		_exit(0);
	}
	must("wait4", sys6(SYS_wait4, pid, 0, 0, 0, 0, 0));
}

static void give_take4(void)
{
	nx_give(GUEST, AF_INET, MANY_NET + 0xfe00);
	nx_take(GUEST, AF_INET, MANY_NET + 0xfe00);
}

static void give_take6(void)
{
	nx_give(GUEST, AF_INET6, MANY_NET + 0xfe00);
	nx_take(GUEST, AF_INET6, MANY_NET + 0xfe00);
}

static void assign(int fam)
{
	int prefix = fam == AF_INET ? 32 : 128;

	must("address", rt_addr(rt, true, "many0", fam, MANY_NET + 0xfe00, prefix));
	must("address", rt_addr(rt, false, "many0", fam, MANY_NET + 0xfe00, prefix));
}

static void assign4(void) { assign(AF_INET); }
static void assign6(void) { assign(AF_INET6); }

static void assign_all(bool add)
{
	for (int i = 0; i < count; i++)
		for (size_t f = 0; f < 2; f++)
			must("address", rt_addr(rt, add, "many0", families[f], MANY_NET + 1 + i,
						families[f] == AF_INET ? 32 : 128));
}

/* Many sockets with the same port. */

static int (*many)[2];		/* TCP and UDP, of each context */

/* In a process that shares its descriptors with us. */
static void listen_everywhere(bool contexts)
{
	for (int i = 0; i < count; i++) {
		if (contexts) {
			must("network context", nx_create(MANY_NID + i, VSERVER_NFLAG_PERSISTENT));
			give_both(MANY_NID + i, MANY_NET + 1 + i);
		}
		for (int k = 0; k < 2; k++)
			many[i][k] = bound(family, k ? SOCK_DGRAM : SOCK_STREAM, contexts ? 0 : MANY_NET + 1 + i);
	}
}

static void connect_many(void)
{
	long fd = must("socket", sys(SYS_socket, family, SOCK_STREAM, 0));

	must("connect", sys(SYS_connect, fd, &to, to_len));
	reset(take_one());
	sys(SYS_close, fd, 0, 0);
}

static void send_many(void)
{
	must("sendto", sys6(SYS_sendto, sock, (long)buf, 1, 0, (long)&to, to_len));
	must("recv", sys6(SYS_recvfrom, listener, (long)buf, 1, MSG_DONTWAIT, 0, 0));
}

static bool bind_any;

static void bind_tcp(void) { sys(SYS_close, bound(family, SOCK_STREAM, bind_any ? 0 : MANY_NET + 0xff01), 0, 0); }
static void bind_udp(void) { sys(SYS_close, bound(family, SOCK_DGRAM, bind_any ? 0 : MANY_NET + 0xff01), 0, 0); }

static char many_world[32];

static void print_many(const char *what, double value)
{
	char name[64];

	name_of(name, sizeof(name), what);
	print_value(many_world, name, value);
}

/* From where the caller is to a context in the middle of all. */
static void ask_many(const char *tcp, const char *udp)
{
	int which = count / 2;

	to_len = fill(&to, family, MANY_NET + 1 + which);
	listener = many[which][0];
	print_many(tcp, cost_all(connect_many, 200));
	listener = many[which][1];
	sock = must("socket", sys(SYS_socket, family, SOCK_DGRAM, 0));
	print_many(udp, cost(send_many));
	close(sock);
}

static void ask_many_inside(void)
{
	become_guest(GUEST);
	ask_many("TCP connect, inside", "UDP 1 byte, inside");
}

static void bind_one_more(void)
{
	if (bind_any) {
		must("network context", nx_create(20000, 0));
		give_both(20000, MANY_NET + 0xff01);
	}
	print_many("TCP bind, listen", cost_all(bind_tcp, 100));
	print_many("UDP bind", cost_all(bind_udp, 100));
}

static void look_up(bool contexts)
{
	pid_t pid;
	int status;

	bind_any = contexts;
	pid = must("clone", sys6(SYS_clone, SIGCHLD | CLONE_FILES, 0, 0, 0, 0, 0));
	if (!pid) {
		listen_everywhere(contexts);
		/* the last one is persistent, too */
		_exit(0);
	}
	must("waitpid", waitpid(pid, &status, 0));
	if (status)
		die("many sockets", -ECHILD);
	ask_many("TCP connect", "UDP 1 byte");
	if (contexts)
		apart(ask_many_inside);
	apart(bind_one_more);
	for (int i = 0; i < count; i++)
		for (int k = 0; k < 2; k++)
			close(many[i][k]);
	if (contexts)
		drop_contexts();
	sleep(1);
}

/* All of it. */

static void prepare_net(void)
{
	struct rlimit files = { .rlim_cur = 4 * MANY, .rlim_max = 4 * MANY };
	struct sched_param param = { .sched_priority = 1 };
	struct link dummy = { .kind = "dummy", .name = "under0", .ns = -1 }, bridge = dummy;

	many = mmap(NULL, MANY * sizeof(*many), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (many == MAP_FAILED)
		die("mmap", -errno);
	must("setrlimit", setrlimit(RLIMIT_NOFILE, &files));
	/* client and server take turns: who wakes the other one goes on until it waits */
	write_file("/proc/sys/kernel/sched_rt_runtime_us", "-1\n");
	must("sched_setscheduler", sched_setscheduler(0, SCHED_FIFO, &param));
	write_file("/proc/sys/net/core/rmem_max", "8388608\n");
	write_file("/proc/sys/net/core/wmem_max", "8388608\n");
	write_file("/proc/sys/user/max_net_namespaces", "30000\n");
	bulk_file = must("/bulk", open("/bulk", O_RDWR | O_CREAT | O_CLOEXEC, 0644));
	must("write", write(bulk_file, buf, CHUNK));

	host_ns = must("namespace", open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	rt = rt_open();
	rt_add(rt, &dummy);
	dummy.name = "many0";
	rt_add(rt, &dummy);
	bridge.kind = "bridge";
	bridge.name = "br0";
	rt_add(rt, &bridge);
	for (int i = 1; i <= 3; i++)
		for (size_t f = 0; f < 2; f++)
			must("address", rt_addr(rt, true, "under0", families[f], HOST_NET + i,
						families[f] == AF_INET ? 16 : 64));
	/* of IPv6, a route is not enough for bind(2) */
	write_file("/proc/sys/net/ipv6/ip_nonlocal_bind", "1\n");
	for (size_t f = 0; f < 2; f++)
		rt_all_local(rt, families[f], MANY_NET, families[f] == AF_INET ? 16 : 64);
	sleep(20);
}

static void grow_contexts(void)
{
	struct memory before, after;
	char name[32];

	snprintf(name, sizeof(name), "nx.%d", count);
	settle();
	before = memory();
	apart(make_contexts);
	settle();
	after = memory();
	print_value(name, "memory", (after.kernel - before.kernel) / count);
	print_value(name, "memory.all", (after.all - before.all) / count);
	apart(life_of_context);
	print_value(name, "life", shared->value[0]);
	print_value(name, "guest", cost_all(guest_life, 100));
	print_value(name, "fork", cost_all(fork_exit, 100));
	print_value(name, "give", cost_all(give_take4, 100));
	print_value(name, "give, v6", cost_all(give_take6, 100));
	drop_contexts();
	sleep(1);
}

static void grow_namespaces(void)
{
	struct memory before, after;
	char name[32];

	snprintf(name, sizeof(name), "netns.%d", count);
	settle();
	before = memory();
	for (int i = 0; i < count; i++)
		add_ns("veth", i);
	settle();
	after = memory();
	print_value(name, "memory", (after.kernel - before.kernel) / count);
	print_value(name, "memory.all", (after.all - before.all) / count);
	set_patience(200);
	apart(life_of_ns);
	print_value(name, "life", shared->value[0]);
	set_patience(40);
	drop_ns(count);
}

static void grow_device(void)
{
	char name[32];

	snprintf(name, sizeof(name), "device.%d", count);
	assign_all(true);
	print_value(name, "give", cost_all(assign4, 50));
	print_value(name, "give, v6", cost_all(assign6, 50));
	assign_all(false);
	sleep(1);
}

static void make_guest_of(const struct place *place)
{
	must("network context", nx_create(place->nid, VSERVER_NFLAG_PERSISTENT));
	give_both(place->nid, HOST_NET + 2 + place->nid - GUEST);
}

static void make_guest(void) { make_guest_of(&guest); }
static void make_other_guest(void) { make_guest_of(&other_guest); }

static void run_with_contexts(void)
{
	apart(make_guest);
	run_tests("host+1/lo", &host, &host, 1);
	run_tests("host+1", &host, &host, HOST_NET + 1);
	apart(make_other_guest);
	run_tests("in/lo", &guest, &guest, 1);
	run_tests("in", &guest, &guest, HOST_NET + 2);
	run_tests("between", &guest, &other_guest, HOST_NET + 3);
	run_tests("to", &host, &guest, HOST_NET + 2);
	count = 1000;
	apart(make_contexts);
	run_tests("in+1000/lo", &guest, &guest, 1);
	run_tests("between+1000", &guest, &other_guest, HOST_NET + 3);
	drop_contexts();
	sleep(1);
}

static void measure_growth(bool vserver, int n)
{
	count = n;
	if (vserver)
		grow_contexts();
	else if (count <= MAX_DEVICE)
		grow_device();
	snprintf(many_world, sizeof(many_world), "many.%d", count);
	for (size_t f = 0; f < 2; f++) {
		family = families[f];
		look_up(vserver);
	}
}

/* For where.py: a test for ever; those of IPv6 follow those of IPv4. */
void spin_net(int which, const char *place)
{
	int nr_tests = sizeof(tests) / sizeof(*tests);
	const struct test *test = &tests[which % nr_tests];
	bool lo = strstr(place, "/lo"), in = !strncmp(place, "in", 2);

	if (which >= 2 * nr_tests)
		die("spin", -EINVAL);
	prepare_net();
	if (strncmp(place, "host", 4) || strstr(place, "+1"))
		apart(make_guest);
	client_place = in ? guest : host;
	server_place = in || !strncmp(place, "to", 2) ? guest : host;
	family = families[which / nr_tests];
	to_len = fill(&to, family, lo ? 1 : server_place.nid ? HOST_NET + 2 : HOST_NET + 1);
	start(be_server, test);
	go(&client_place);
	if (test->connect)
		test->connect();
	dprintf(1, "S %s\n", test->name);
	sleep(1);
	for (;;)
		test->ask();
}

void bench_net(bool vserver, const char *counts)
{
	prepare_net();
	run_tests("host/lo", &host, &host, 1);
	run_tests("host", &host, &host, HOST_NET + 1);
	if (vserver) {
		run_with_contexts();
	} else {
		run_in_namespaces("veth");
		run_in_namespaces("ipvlan");
		run_in_namespaces("macvlan");
	}

	measure_growth(vserver, 1);
	for (const char *left = counts; left;)
		measure_growth(vserver, next_count(&left));
	/* these leave most behind */
	for (const char *left = vserver ? NULL : counts; left;) {
		count = next_count(&left);
		if (count <= MAX_NS)
			grow_namespaces();
	}
}
