// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-zero - an address of 0.0.0.0/8, which anybody can bind to, gets nothing of what is sent to guests
 * bed: um
 * timeout: 60
 */
#include "../prog/nxt.h"

/* as many as give a chance of 300 to 1 that some share a chain of the smallest table, which has 512 */
#define NIDS 3000
#define PORT "2004"

NXT_FN(f_become_user) { return setresuid(1000, 1000, 1000); }

static const int types[] = { SOCK_DGRAM, SOCK_STREAM };

/* sockets that are kept from call to call */
static int thieves[2];

static int bound_to(const char *word, int type, bool freebind)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(word, &addr);
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	if (freebind)
		(void)setsockopt(fd, SOL_IP, IP_FREEBIND, &one, sizeof(one));
	if (fd >= 0 && bind(fd, &addr.any, len) == 0 && (type == SOCK_DGRAM || listen(fd, 16) == 0))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* bind to the word; gives how many could be */
NXT_FN(f_lie_in_wait)
{
	for (int i = 0; i < 2; i++)
		thieves[i] = bound_to(vxt_word, types[i], true);
	return (thieves[0] >= 0) + (thieves[1] >= 0);
}

/* what was caught: a bit for each type */
NXT_FN(f_catch)
{
	long got = 0;

	for (int i = 0; i < 2; i++) {
		if (thieves[i] < 0)
			continue;
		got |= (long)nxt_ready(thieves[i], POLLIN, 0) << i;
		close(thieves[i]);
	}
	return got;
}

/* a member that listens on any address and says so; ends with its input */
static pid_t start_member(uint32_t nid, int in, int out)
{
	char *ips[] = { (char *)"10.11.0.2", NULL };
	pid_t pid = fork();
	char c = 'y';

	if (pid)
		return pid;
	nxt_enter_new(nid, VSERVER_NFLAG_INIT, ips);
	for (int i = 0; i < 2; i++)
		if (bound_to("0.0.0.0 " PORT, types[i], false) < 0)
			c = 'n';
	if (write(out, &c, 1) != 1 || read(in, &c, 1) != 1)
		_exit(1);
	_exit(0);
}

/* send a datagram and connect */
static void speak(void)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse("10.11.0.2 " PORT, &addr);
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)sendto(udp, "data", 4, 0, &addr.any, len);
	(void)connect(tcp, &addr.any, len);
	close(udp);
	close(tcp);
}

int main(int argc, char **argv)
{
	int in[2], out[2], ready = 0, lain = 0, caught[2] = {};
	struct vxt_agent user;

	vxt_init(argc, argv);
	if (!nxt_machine())
		tap_skip_all("no device dummy0");
	if (!vxt_host(&user) || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return 1;
	tap_is(vxt_call(&user, f_become_user), 0, "a user of the host");
	for (uint32_t nid = 2; nid < 2 + NIDS; nid++) {
		pid_t pid = start_member(nid, in[0], out[1]);
		char c = 'n';
		long got;

		ready += read(out[0], &c, 1) == 1 && c == 'y';
		lain += (int)vxt_call(vxt_with(&user, "0.%u.%u.%u " PORT, nid >> 16, nid >> 8 & 255, nid & 255), f_lie_in_wait);
		speak();
		got = vxt_call(&user, f_catch);
		caught[0] += (int)(got & 1);
		caught[1] += (int)(got >> 1);
		(void)!write(in[1], &c, 1);
		(void)waitpid(pid, NULL, 0);
	}
	tap_is(ready, NIDS, "guests that listen");
	printf("# he could bind to %d of %d addresses\n", lain, 2 * NIDS);
	tap_is(caught[0], 0, "datagrams for guests that he gets");
	tap_is(caught[1], 0, "connections for guests that he gets");
	return vxt_done();
}
