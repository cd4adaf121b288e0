// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-life - sockets that change hands or outlive their context; contexts, addresses and sockets that come and go
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/nxt.h"

#include <sys/mman.h>

static struct nxt_guest ga, gb;
static struct vxt_agent host;
static struct vxt_agent *A, *B;

/* give a socket away */
NXT_FN(f_give)
{
	vxt_fd_out = (int)a;
	return 0;
}

/* keep what has been given */
NXT_FN(f_keep)
{
	return dup(vxt_fd);
}

/* a loose source route: by the address in the word to wherever the packet goes */
NXT_FN(f_source_route)
{
	unsigned char opt[8] = { 1 /* nothing */, 131 /* loose */, 7, 4 };

	(void)inet_pton(AF_INET, vxt_word, opt + 4);
	return setsockopt((int)a, SOL_IP, IP_OPTIONS, opt, sizeof(opt));
}

NXT_FN(f_nx_create) { return nx_create((uint32_t)a, VSERVER_NFLAG_INIT); }

static void test_handed_over(void)
{
	long s, t, u;
	int fd;

	/* what one guest gives another is what it was */
	s = nxt_bound(A, AF_INET, SOCK_DGRAM, "0.0.0.0 1200");
	(void)vxt_call(A, f_give, s);
	fd = A->fd;
	t = vxt_call_fd(B, fd, f_keep, 0, 0, 0, 0);
	close(fd);
	u = nxt_bound(&host, AF_INET, SOCK_DGRAM, "10.11.0.1 1201");
	tap_is(vxt_call(vxt_with(B, "10.11.0.1 1201"), f_send, t), 4, "a socket that was given sends");
	tap_is(vxt_call(&host, f_recv, u), 4, "received");
	tap_ok(!strcmp(host.text, "10.11.0.2 1200"), "from whom it is of: %s", host.text);
	tap_errno(vxt_call(vxt_with(B, "10.11.0.1 1201 10.11.0.3"), f_send_from, t), EPERM, "not from whose it is now");
	tap_is(vxt_call(vxt_with(&host, "10.11.0.3 1200"), f_send, u), 4, "to who has it");
	tap_errno(vxt_call(B, f_recv, t, 100), EAGAIN, "is not for it");
	nxt_close(A, s);
	nxt_close(B, t);
	nxt_close(&host, u);
}

static void test_outlived(void)
{
	struct nxt_guest g, next;
	uint32_t nid;
	long s, l, t, u;
	int fd, lfd;

	if (!nxt_start(&g, VXT_FLAT, 0, "10.11.0.6", "fd11::6", NULL))
		exit(1);
	nid = g.nid;
	s = nxt_bound(nxt_agent(&g), AF_INET, SOCK_DGRAM, "0.0.0.0 1202");
	l = nxt_listen(nxt_agent(&g), AF_INET6, ":: 1202");
	(void)vxt_call(nxt_agent(&g), f_give, s);
	fd = g.g.init.fd;
	(void)vxt_call(nxt_agent(&g), f_give, l);
	lfd = g.g.init.fd;
	tap_ok(fd >= 0 && lfd >= 0, "two sockets are given to the host");
	tap_ok(nxt_stop(&g), "the guest ends");
	t = vxt_call_fd(&host, fd, f_keep, 0, 0, 0, 0);
	u = vxt_call_fd(&host, lfd, f_keep, 0, 0, 0, 0);
	close(fd);
	close(lfd);
	tap_errno(vxt_call(vxt_with(&host, "10.11.0.1 9"), f_send, t), EPERM, "what is left cannot send");
	tap_errno(vxt_call(vxt_with(&host, "127.0.0.1 9"), f_send, t), EPERM, "nor to a loopback");

	/* the next one with the number and the addresses */
	if (!nxt_start_as(&next, nid, "10.11.0.6", "fd11::6", NULL))
		exit(1);
	s = nxt_bound(nxt_agent(&next), AF_INET, SOCK_DGRAM, "0.0.0.0 1202");
	tap_ok(s >= 0, "the port is free for the next one");
	tap_is(vxt_call(vxt_with(nxt_agent(&next), "10.11.0.6 1202"), f_send, s), 4, "who sends to itself");
	tap_is(vxt_call(nxt_agent(&next), f_recv, s), 4, "receives it");
	tap_errno(vxt_call(&host, f_recv, t, 50), EAGAIN, "and the old socket does not");
	tap_errno(nxt_connect(nxt_agent(&next), AF_INET6, "fd11::6 1202"), ECONNREFUSED, "nor does the one that listens");
	tap_errno(nxt_connect(nxt_agent(&next), AF_INET, "10.11.0.6 1202"), ECONNREFUSED, "of IPv4 either");
	l = nxt_listen(nxt_agent(&next), AF_INET6, ":: 1202");
	tap_ok(l >= 0, "the next one can listen");
	nxt_close(&host, t);
	nxt_close(&host, u);
	tap_ok(nxt_stop(&next), "and end");
}

/*
 * Two that have an address in common cannot both have a port on "any"; which one had it first does not matter, nor that
 * one of them had it once.
 */
static void test_common(void)
{
	static const struct {
		const char *ip, *word;
		int family;
	} kinds[] = {
		{ "10.11.0.8", "0.0.0.0 1205", AF_INET }, { "fd11::8", ":: 1205", AF_INET6 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *ip = kinds[i].ip, *word = kinds[i].word;
		int family = kinds[i].family;

		for (int turn = 0; turn < 4; turn++) {
			/* who has the address first, and who loses it */
			struct nxt_guest *first = turn & 1 ? &gb : &ga, *second = turn & 1 ? &ga : &gb;
			struct nxt_guest *loser = turn & 2 ? first : second;
			int type = turn & 1 ? SOCK_DGRAM : SOCK_STREAM;
			long s, t;

			tap_ok(!nx_add(first->nid, ip) && !nx_add(second->nid, ip), "%s is given to two", ip);
			s = type == SOCK_DGRAM ? nxt_bound(A, family, type, word) : nxt_listen(A, family, word);
			tap_ok(s >= 0, "one has %s", word);
			tap_errno(nxt_bound(B, family, type, word), EADDRINUSE, "the other cannot");
			tap_is(nx_remove(loser->nid, ip), 0, turn & 2 ? "the first one loses it" : "the second one loses it");
			t = nxt_bound(B, family, type, word);
			tap_ok(t >= 0, "both have %s", word);
			nxt_close(A, s);
			nxt_close(B, t);
			tap_is(nx_remove(loser == first ? second->nid : first->nid, ip), 0, "so does the other");
		}
	}
}

/* an error must not tell what others have */
static void test_guesses(void)
{
	long l = nxt_listen(B, AF_INET, "0.0.0.0 1203"), u = nxt_bound(B, AF_INET, SOCK_DGRAM, "0.0.0.0 1203"), s;

	tap_errno(nxt_bound(A, AF_INET, SOCK_STREAM, "10.11.0.3 1203"), EADDRNOTAVAIL, "a port that is used");
	tap_errno(nxt_bound(A, AF_INET, SOCK_STREAM, "10.11.0.3 1204"), EADDRNOTAVAIL, "one that is not");
	tap_errno(nxt_bound(A, AF_INET, SOCK_STREAM, "10.77.0.3 1204"), EADDRNOTAVAIL, "at an address that nobody has");
	s = nxt_bound(A, AF_INET, SOCK_STREAM, "0.0.0.0 1203");
	tap_ok(s >= 0, "the port is free");
	nxt_close(A, s);
	s = nxt_bound(A, AF_INET, SOCK_DGRAM, "0.0.0.0 1203");
	tap_ok(s >= 0, "UDP too");
	nxt_close(A, s);
	nxt_close(B, l);
	nxt_close(B, u);
}

/* by another guest to its loopback */
static void test_source_route(void)
{
	char to[64];
	long l, s, u;

	l = nxt_bound(B, AF_INET, SOCK_DGRAM, "127.0.0.1 1205");
	u = nxt_bound(&host, AF_INET, SOCK_DGRAM, "127.0.0.1 1205");
	s = vxt_call(A, f_socket, AF_INET, SOCK_DGRAM, 0);
	if (vxt_call(vxt_with(A, "10.11.0.3"), f_source_route, s) == 0) {
		(void)snprintf(to, sizeof(to), "127.%u.%u.1 1205", gb.nid >> 8, gb.nid & 255);
		(void)vxt_call(vxt_with(A, "%s", to), f_send, s);
		(void)vxt_call(vxt_with(A, "127.0.0.1 1205"), f_send, s);
	}
	tap_errno(vxt_call(B, f_recv, l, 100), EAGAIN, "source routing does not reach a loopback");
	tap_errno(vxt_call(&host, f_recv, u, 100), EAGAIN, "nor that of the host");
	nxt_close(A, s);
	nxt_close(B, l);
	nxt_close(&host, u);
}

/* Many at the same time. */

struct tally {
	volatile int stop;
	int made, connected, wrong;
};

static struct tally *tally;

/* one guest after the other: the same port, its own address, its own loopback */
__attribute__((noreturn))
static void churn(int n)
{
	uint32_t nid = (uint32_t)(1000 + n * 100);

	for (int round = 0; !tally->stop; round++) {
		char word[64];
		pid_t pid = fork();

		if (pid) {
			(void)waitpid(pid, NULL, 0);
			continue;
		}
		nid += (uint32_t)round % 7;
		if (nx_create(nid, VSERVER_NFLAG_INIT) != (long)nid)
			_exit(1);
		__atomic_add_fetch(&tally->made, 1, __ATOMIC_RELAXED);
		(void)snprintf(word, sizeof(word), "10.11.0.%d", 2 + n);
		if (nx_add(nid, word))
			_exit(1);
		(void)snprintf(word, sizeof(word), "fd11::%d", 2 + n);
		if (nx_add(nid, word))
			_exit(1);
		/* some have a range, each another one: else they would be in each other's way */
		if (round % 3 == 0) {
			char last[64];

			(void)snprintf(word, sizeof(word), "10.200.%d.1", n);
			(void)snprintf(last, sizeof(last), "10.200.%d.9", n);
			(void)nx_ipv4(VSERVER_NET_ADD_IPV4, nid, VSERVER_ADDR_RANGE, 0, word, last, NULL);
		}
		for (int i = 0; i < 8; i++) {
			static const char *const to[] = {
				"127.0.0.", "::", "10.11.0.", "fd11::",
			};
			union nxt_addr addr, any = { .v6.sin6_family = AF_INET6, .v6.sin6_port = htons(1300) };
			int one = 1, l = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), c, s;
			long long end = vxt_ms() + 5000;
			bool reached = false;
			socklen_t len;

			(void)setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
			if (i & 4)
				(void)setsockopt(l, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
			if (bind(l, &any.any, sizeof(any.v6)) || listen(l, 5)) {
				printf("# %d: bind, listen: %s\n", n, strerror(errno));
				__atomic_add_fetch(&tally->wrong, 1, __ATOMIC_RELAXED);
				close(l);
				continue;
			}
			(void)snprintf(word, sizeof(word), "%s%d 1300", to[i & 3], i & 2 ? 2 + n : 1);
			len = nxt_parse(word, &addr);
			c = socket(addr.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
			if (connect(c, &addr.any, len) && errno != EINPROGRESS)
				printf("# %d to %s: %s\n", n, word, strerror(errno));
			(void)getsockname(c, &addr.any, &(socklen_t){ sizeof(addr) });
			/* the host knocks, too: until it is our own that comes */
			while (!reached && vxt_ms() < end && nxt_ready(l, POLLIN, 500)) {
				union nxt_addr from = {};
				socklen_t from_len = sizeof(from);

				s = accept4(l, &from.any, &from_len, SOCK_CLOEXEC);
				reached = s >= 0 && from.v6.sin6_port == addr.v6.sin6_port;
				close(s);
			}
			if (!reached)
				printf("# %d did not reach %s\n", n, word);
			__atomic_add_fetch(reached ? &tally->connected : &tally->wrong, 1, __ATOMIC_RELAXED);
			close(c);
			close(l);
		}
		_exit(0);
	}
	_exit(0);
}

/* addresses that come and go; what they are does not matter */
__attribute__((noreturn))
static void change(uint32_t nid)
{
	while (!tally->stop) {
		(void)nx_ipv4(VSERVER_NET_ADD_IPV4, nid, VSERVER_ADDR_MASK, 0, "10.0.0.0", NULL, "255.128.0.0");
		(void)nx_add(nid, "10.11.0.9");
		(void)nx_ipv4(VSERVER_NET_ADD_IPV4, nid, VSERVER_ADDR_ADDR | VSERVER_ADDR_MOD_LBACK, 0, "127.77.7.7", NULL, NULL);
		(void)nx_ipv6(VSERVER_NET_ADD_IPV6, nid, VSERVER_ADDR_MASK, 0, "fd12::", 32);
		(void)nx_remove(nid, "10.11.0.9");
		(void)nx_ipv4(VSERVER_NET_REMOVE_IPV4, nid, VSERVER_ADDR_ANY, 0, "0.0.0.0", NULL, NULL);
		(void)nx_ipv6(VSERVER_NET_REMOVE_IPV6, nid, VSERVER_ADDR_ANY, 0, "::", 0);
	}
	_exit(0);
}

/* the host and its own */
__attribute__((noreturn))
static void knock(void)
{
	static char buf[65536];

	while (!tally->stop) {
		for (int i = 1; i < 9; i++) {
			union nxt_addr addr;
			char word[64];
			socklen_t len;
			int c, fd;

			(void)snprintf(word, sizeof(word), "%s%d 1300", i & 1 ? "10.11.0." : "fd11::", i);
			len = nxt_parse(word, &addr);
			c = socket(addr.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
			(void)connect(c, &addr.any, len);
			close(c);
			fd = open(i & 1 ? "/proc/net/tcp" : "/proc/net/tcp6", O_RDONLY | O_CLOEXEC);
			while (read(fd, buf, sizeof(buf)) > 0)
				;
			close(fd);
		}
	}
	_exit(0);
}

static void test_churn(void)
{
	pid_t pids[8] = {};
	uint32_t nid = 5000;
	struct vxt_agent a;
	int n = 0, left = 0;
	DIR *dir;

	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED || !vxt_host(&a))
		exit(1);
	(void)vxt_call(&a, f_nx_create, nid);
	(void)fflush(NULL);
	for (int i = 0; i < 4; i++)
		if (!(pids[n++] = fork()))
			churn(i);
	if (!(pids[n++] = fork()))
		change(nid);
	if (!(pids[n++] = fork()))
		knock();
	vxt_sleep_ms(8000);
	tally->stop = 1;
	for (int i = 0; i < n; i++)
		(void)waitpid(pids[i], NULL, 0);
	vxt_end(&a);
	printf("# %d contexts, %d connections\n", tally->made, tally->connected);
	tap_ok(tally->made > 10 && tally->connected > 80, "many came and went");
	tap_is(tally->wrong, 0, "and each reached itself");
	tap_ok(nxt_stop(&ga) && nxt_stop(&gb), "the other guests end");
	dir = opendir("/proc/virtnet");
	for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir))
		left += d->d_name[0] >= '0' && d->d_name[0] <= '9';
	if (dir)
		closedir(dir);
	tap_is(left, 0, "no network context is left");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	if (!nxt_machine())
		tap_skip_all("no device dummy0");
	if (!vxt_host(&host) || !nxt_start(&ga, VXT_FLAT, 0, "10.11.0.2", "fd11::2", NULL) ||
	    !nxt_start(&gb, VXT_FLAT, 0, "10.11.0.3", "fd11::3", NULL))
		return 1;
	A = nxt_agent(&ga);
	B = nxt_agent(&gb);
	test_handed_over();
	test_outlived();
	test_common();
	test_guesses();
	test_source_route();
	test_churn();
	return vxt_done();
}
