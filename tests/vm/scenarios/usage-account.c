// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage-account - what a context has used is what its tasks have done in it: no more, no less, also when they are gone
 * bed: um qemu
 * timeout: 60
 */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define VIRT (VSERVER_FLAG_VIRT_MEM | VSERVER_FLAG_VIRT_CPU)
#define ROUNDS 40

static struct vxt_guest guest, other;
static struct vxt_agent kid, came;

FN(f_migrate) { return vx_migrate((uint32_t)a, 0); }

/* so many milliseconds of processor time more */
FN(f_burn)
{
	struct timespec t, end;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	} while ((t.tv_sec - end.tv_sec) * 1000 + (t.tv_nsec - end.tv_nsec) / 1000000 < a);
	return 0;
}

static void *burn(void *ms)
{
	struct timespec t;

	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	} while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < (long)ms);
	return NULL;
}

/* in b threads of a child that ends */
FN(f_burn_in_child)
{
	pid_t pid = fork();

	if (!pid) {
		pthread_t t[8];

		for (long i = 0; i < b; i++)
			if (pthread_create(&t[i], NULL, burn, (void *)a))
				_exit(1);
		for (long i = 0; i < b; i++)
			(void)pthread_join(t[i], NULL);
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

/* touch so many pages, in a child that ends */
FN(f_faults_in_child)
{
	size_t page = (size_t)getpagesize();
	pid_t pid = fork();

	if (!pid) {
		char *p = mmap(NULL, (size_t)a * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(1);
		(void)madvise(p, (size_t)a * page, MADV_NOHUGEPAGE);
		for (long i = 0; i < a; i++)
			p[(size_t)i * page] = 1;
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static long children_ms(void)
{
	struct rusage r;

	(void)getrusage(RUSAGE_CHILDREN, &r);
	return (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000 + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1000;
}

/* children that end at once, also by pairs of threads; gives the time that they have used, by another account */
FN(f_storm)
{
	long before = children_ms();

	for (long i = 0; i < a; i++) {
		pid_t pid = fork();

		if (!pid) {
			pthread_t t;

			(void)pthread_create(&t, NULL, burn, (void *)2);
			(void)burn((void *)2);
			_exit(0);
		}
		if (waitpid(pid, NULL, 0) != pid)
			return -1;
	}
	return children_ms() - before;
}

FN(f_locked)
{
	void *p = mmap(NULL, (size_t)a, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : mlock(p, (size_t)a);
}

/* a process that shares all memory with its parent, for ever */
FN(f_share_memory)
{
	static char stack[16384] __attribute__((aligned(16)));

	return clone((int (*)(void *))(void *)pause, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
}

FN(f_vmstat)
{
	char line[128];
	FILE *f = fopen("/proc/vmstat", "re");
	long ret = -2;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, vxt_word, strlen(vxt_word)) && line[strlen(vxt_word)] == ' ')
			ret = atol(line + strlen(vxt_word));
	if (f)
		(void)fclose(f);
	return ret;
}

/* datagrams on the loopback: a sent, b received, each of c bytes; one more is only looked at */
FN(f_datagrams)
{
	int rx = socket((int)d, SOCK_DGRAM | SOCK_CLOEXEC, 0), tx = socket((int)d, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 addr6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in addr4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *addr = d == AF_INET ? (void *)&addr4 : (void *)&addr6;
	socklen_t len = d == AF_INET ? sizeof(addr4) : sizeof(addr6);
	char buf[512] = {};
	long ret = -1;

	if (!bind(rx, addr, len) && !getsockname(rx, addr, &len) && !connect(tx, addr, len)) {
		ret = 0;
		for (long i = 0; i < a; i++)
			ret |= send(tx, buf, (size_t)c, 0) != c;
		ret |= recv(rx, buf, sizeof(buf), MSG_PEEK) != c;
		for (long i = 0; i < b; i++)
			ret |= recv(rx, buf, sizeof(buf), 0) != c;
		/* nothing is counted for what is not there */
		ret |= recv(tx, buf, sizeof(buf), MSG_DONTWAIT) != -1;
	}
	close(rx);
	close(tx);
	return ret;
}

/* a stream, read with read(2), to its end; and a message that cannot be sent */
FN(f_stream)
{
	char buf[1000] = {};
	int sv[2];
	long ret;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv))
		return -1;
	ret = write(sv[0], buf, sizeof(buf)) != (ssize_t)sizeof(buf);
	ret |= read(sv[1], buf, 600) != 600;
	ret |= read(sv[1], buf, 600) != 400;
	close(sv[0]);
	ret |= read(sv[1], buf, 600) != 0;
	ret |= send(sv[1], buf, 77, MSG_NOSIGNAL) != -1;
	close(sv[1]);
	return ret;
}

FN(f_sock_stat) { return vserver(VSERVER_SOCK_STAT, (uint32_t)a, (void *)b); }

/* user and system time that the host is told, in milliseconds */
static long long used_ms(uint32_t xid)
{
	long long sum = 0, user, sys;
	char name[64], line[128];
	FILE *f;

	(void)snprintf(name, sizeof(name), "/proc/virtual/%u/sched", xid);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "cpu %*d: %lld %lld 0 0", &user, &sys) == 2)
			sum += user + sys;
	if (f)
		(void)fclose(f);
	return sum / 1000000;
}

static long forks(uint32_t xid)
{
	struct vserver_virt_stat stat;

	return vserver(VSERVER_VIRT_STAT, xid, &stat) ? -1 : (long)stat.nr_forks;
}

static bool between(long long value, long long low, long long high, const char *what)
{
	bool good = tap_ok(value >= low && value <= high, "%s", what);

	if (!good)
		printf("# %lld is not in %lld..%lld\n", value, low, high);
	return good;
}

static struct vserver_sock_stat socks(uint32_t field)
{
	struct vserver_sock_stat stat = { .field = field };

	(void)vserver(VSERVER_SOCK_STAT, guest.xid, &stat);
	return stat;
}

static void check_socks(const char *name, uint32_t field, const struct vserver_sock_stat *before, long received,
			long sent, long failed, long size, long failed_size)
{
	struct vserver_sock_stat s = socks(field);
	char what[64];

	(void)snprintf(what, sizeof(what), "%s: messages received", name);
	tap_is(s.count[0] - before->count[0], received, what);
	(void)snprintf(what, sizeof(what), "%s: messages sent", name);
	tap_is(s.count[1] - before->count[1], sent, what);
	(void)snprintf(what, sizeof(what), "%s: messages failed", name);
	tap_is(s.count[2] - before->count[2], failed, what);
	(void)snprintf(what, sizeof(what), "%s: bytes received", name);
	tap_is((long long)(s.total[0] - before->total[0]), received * size, what);
	(void)snprintf(what, sizeof(what), "%s: bytes sent", name);
	tap_is((long long)(s.total[1] - before->total[1]), sent * (field == VSERVER_SOCK_UNIX ? 1000 : size), what);
	(void)snprintf(what, sizeof(what), "%s: bytes failed", name);
	tap_is((long long)(s.total[2] - before->total[2]), failed_size, what);
}

static void test_sockets(void)
{
	struct vserver_sock_stat inet = socks(VSERVER_SOCK_INET), inet6 = socks(VSERVER_SOCK_INET6),
				 local = socks(VSERVER_SOCK_UNIX), s;
	char name[64], line[128];
	unsigned long got[6];
	bool found = false;
	FILE *f;

	tap_is(vxt_call(&guest.init, f_datagrams, 10, 7, 100, AF_INET), 0, "(datagrams)");
	check_socks("IPv4", VSERVER_SOCK_INET, &inet, 7, 10, 0, 100, 0);
	tap_is(vxt_call(&guest.init, f_datagrams, 3, 3, 50, AF_INET6), 0, "(datagrams)");
	check_socks("IPv6", VSERVER_SOCK_INET6, &inet6, 3, 3, 0, 50, 0);
	tap_is(vxt_call(&guest.init, f_stream), 0, "(a stream)");
	/* what the test says to its agents goes through sockets of the host */
	check_socks("local", VSERVER_SOCK_UNIX, &local, 2, 1, 1, 500, 77);

	s.field = VSERVER_SOCK_FAMILIES;
	tap_errno(vserver(VSERVER_SOCK_STAT, guest.xid, &s), EINVAL, "sock_stat: no such family");
	tap_errno(vserver(VSERVER_SOCK_STAT, guest.xid, (void *)8), EFAULT, "sock_stat: a bad address");
	s.field = VSERVER_SOCK_INET;
	tap_errno(vserver(VSERVER_SOCK_STAT, 65000, &s), ESRCH, "sock_stat: no such context");
	tap_errno(vxt_call(&guest.init, f_sock_stat, guest.xid, 8), EFAULT, "sock_stat: a guest may ask for itself");
	tap_errno(vxt_call(&guest.init, f_sock_stat, other.xid, 8), ESRCH, "sock_stat: not for another");

	(void)snprintf(name, sizeof(name), "/proc/virtual/%u/cacct", guest.xid);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "INET: %lu/%lu %lu/%lu %lu/%lu", got, got + 1, got + 2, got + 3, got + 4, got + 5) == 6)
			found = true;
	if (f)
		(void)fclose(f);
	s = socks(VSERVER_SOCK_INET);
	tap_ok(found && got[0] == s.count[0] && got[1] == s.total[0] && got[2] == s.count[1] && got[3] == s.total[1] &&
	       got[4] == s.count[2] && got[5] == s.total[2], "cacct: the same");
}

int main(int argc, char **argv)
{
	long long before, after;
	long pages, born, storm;

	vxt_init(argc, argv);
	tap_ok(vxt_start(&guest, VXT_FLAT, VIRT), "(a guest)");
	between(used_ms(guest.xid), 0, 100, "a new one has used nothing");

	before = used_ms(guest.xid);
	tap_is(vxt_call(&guest.init, f_burn, 300), 0, "(300 ms)");
	between(used_ms(guest.xid) - before, 280, 600, "time of a process that is there");
	before = used_ms(guest.xid);
	tap_is(vxt_call(&guest.init, f_burn_in_child, 100, 4), 0, "(4 threads, 100 ms each)");
	between(used_ms(guest.xid) - before, 380, 750, "time of threads and processes that are gone");
	before = used_ms(guest.xid);
	vxt_sleep_ms(200);
	between(used_ms(guest.xid) - before, 0, 150, "nothing is counted twice when they are freed");

	/* in and out again */
	tap_ok(vxt_host(&came), "(a process of the host)");
	tap_is(vxt_call(&came, f_burn, 400), 0, "(which has used 400 ms)");
	before = used_ms(guest.xid);
	tap_is(vxt_call(&came, f_migrate, guest.xid), 0, "(enters)");
	between(used_ms(guest.xid) - before, 0, 150, "what was used before is not the guest's");
	tap_is(vxt_call(&came, f_burn, 200), 0, "(it uses 200 ms)");
	between(used_ms(guest.xid) - before, 190, 380, "what is used inside is");
	vxt_end(&came);
	vxt_sleep_ms(100);
	between(used_ms(guest.xid) - before, 190, 380, "also when it is gone");

	/* faults and forks */
	pages = vxt_call(vxt_with(&guest.init, "pgfault"), f_vmstat);
	tap_is(vxt_call(&guest.init, f_faults_in_child, 2000), 0, "(2,000 pages)");
	between(vxt_call(vxt_with(&guest.init, "pgfault"), f_vmstat) - pages, 2000, 3800, "page faults");
	born = forks(guest.xid);
	before = used_ms(guest.xid);
	tap_ok((storm = vxt_call(&guest.init, f_storm, ROUNDS)) > 0, "(a storm)");
	tap_is(forks(guest.xid) - born, 2 * ROUNDS, "forks, of threads too");
	between(used_ms(guest.xid) - before, storm - 2, 3 * storm + 100, "time of many short ones");

	/* memory: once for each that has it */
	tap_is(vxt_call(&guest.init, f_locked, 8 << 20), 0, "(8 MiB are locked)");
	tap_is(vxt_call(vxt_with(&guest.init, "nr_mlock"), f_vmstat) * getpagesize(), 8 << 20, "locked memory");
	tap_ok(vxt_call(&guest.init, f_share_memory) > 0, "(two processes with the same memory)");
	tap_is(vxt_call(vxt_with(&guest.init, "nr_mlock"), f_vmstat) * getpagesize(), 8 << 20, "counts once");
	tap_ok(vxt_child(&guest.init, &kid) && !vxt_call(&kid, f_locked, 1 << 20), "(1 MiB of another)");
	tap_is(vxt_call(vxt_with(&guest.init, "nr_mlock"), f_vmstat) * getpagesize(), 9 << 20, "adds up");

	/* readers while tasks come and go */
	tap_is(vxt_begin(&guest.init, -1, f_storm, ROUNDS, 0, 0, 0), 1, "(a storm)");
	before = used_ms(guest.xid);
	for (int i = 0; i < 2000; i++) {
		after = used_ms(guest.xid);
		if (after < before)
			break;
		before = after;
	}
	tap_ok(after >= before, "time does not run backwards meanwhile");
	tap_ok(vxt_finish(&guest.init) > 0, "(it is over)");

	tap_ok(vxt_start(&other, VXT_FLAT, VIRT), "(another guest)");
	between(used_ms(other.xid), 0, 100, "has used nothing of this");
	test_sockets();
	return vxt_done();
}
