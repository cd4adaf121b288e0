// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * oom-guest - a guest without limits that takes all memory of the machine: only its own tasks are killed
 * bed: um qemu
 * timeout: 120
 */
#include <sys/mman.h>

#include "../prog/vxt.h"

#define MIB (1UL << 20)

/* take so many MiB and keep them; 0: for ever more */
static long f_take(long mib, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	for (long i = 0; !mib || i < mib; i++) {
		char *p = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return i;
		memset(p, 1, MIB);
	}
	return mib;
}

static long free_mib(void)
{
	char line[200];
	long kb = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "MemAvailable:", 13))
			kb = strtol(line + 13, NULL, 10);
	if (f)
		(void)fclose(f);
	return kb / 1024;
}

static bool in_log(const char *what, uint32_t xid)
{
	char cmd[200];

	(void)snprintf(cmd, sizeof(cmd), "dmesg | grep -q 'vserver: context %u: %s'", xid, what);
	return system(cmd) == 0;
}

static bool alive(struct vxt_agent *a)
{
	return vxt_call(a, f_getpid) > 0;
}

int main(int argc, char **argv)
{
	struct vxt_guest greedy = { .bcaps = VXT_SECURE_BCAPS }, other = greedy, lonely = greedy;
	struct vxt_agent host, eater, neighbour;
	long mib;

	vxt_init(argc, argv);
	/* what the test itself has is of no importance here */
	mib = free_mib();
	if (mib < 300)
		tap_skip_all("less than 300 MiB are free");
	if (!vxt_start(&greedy, VXT_FAKE, 0) || !vxt_start(&other, VXT_FAKE, 0) || !vxt_child(&greedy.init, &eater) ||
	    !vxt_child(&other.init, &neighbour) || !vxt_host(&host)) {
		tap_ok(false, "guests and a process of the host");
		return vxt_done();
	}
	/* by size they would be the first */
	tap_is(vxt_call(&host, f_take, mib / 3), mib / 3, "a process of the host takes a third of the memory");
	tap_is(vxt_call(&neighbour, f_take, mib / 3), mib / 3, "one of another guest takes a third");
	tap_ok(vxt_call(&eater, f_take, 0) == -1, "one of the guest takes more than there is");
	/* the call has given up waiting when the machine is slow */
	tap_ok(vxt_until(60000, in_log("process .* was killed, out of memory", greedy.xid)),
	       "it is killed, and the log tells whose it was");
	tap_ok(!vxt_until(1000, !alive(&host)), "the process of the host lives");
	tap_ok(alive(&neighbour), "that of the other guest lives");
	tap_ok(alive(&greedy.init), "the init of the guest lives");
	tap_ok(vx_exists(greedy.xid), "and the guest");
	tap_ok(!in_log("process .* was killed", other.xid), "and of nobody else");

	/*
	 * Nobody is left but the init: the guest ends, the machine does not. If it is the host that finds no memory
	 * first the init is killed as the biggest, with the same result.
	 */
	vxt_end(&host);
	close(neighbour.sock);
	tap_ok(vxt_until(10000, (vxt_call(&other.init, f_wait, -1, WNOHANG), free_mib() > mib / 2)),
	       "what the others had is free again");
	tap_ok(vxt_start(&lonely, VXT_FAKE, 0), "a guest of one process");
	{
		uint32_t xid = lonely.xid;

		tap_ok(vxt_call(&lonely.init, f_take, 0) == -1, "which takes all memory");
		tap_ok(vxt_until(60000, (vxt_reap(), !vx_exists(xid))), "the guest is gone");
		tap_ok(in_log("no memory, and nothing left to kill", xid) ||
		       in_log("process .* was killed, out of memory", xid), "the log tells why");
	}
	tap_ok(alive(&other.init) && alive(&greedy.init), "all others live");
	tap_ok(vxt_stop(&greedy) && vxt_stop(&other), "the others end");
	return vxt_done();
}
