// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-end - nothing is used any more when a context is empty: after an orderly end, SIGKILL, failed forks, refusals
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/vlt.h"

#define WORKERS 4
#define ROUNDS 6

/* at the limit of tasks again and again */
static long f_storm(long n, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	long refused = 0;

	while (n-- > 0) {
		pid_t pid = fork();

		if (!pid) {
			(void)usleep(200);
			_exit(0);
		}
		refused += pid < 0;
		if (n % 3 == 0)
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
	}
	return refused;
}

static bool all_gone(uint32_t xid)
{
	for (size_t i = 0; i < KINDS; i++)
		if (used_of(xid, kinds[i].id) != 0)
			return false;
	return true;
}

static void tell(uint32_t xid)
{
	for (size_t i = 0; i < KINDS; i++)
		if (used_of(xid, kinds[i].id) != 0)
			printf("# %s: %llu\n", kinds[i].name, used_of(xid, kinds[i].id));
}

static bool is_object(uint32_t id)
{
	return id == VSERVER_LIMIT_SHMEM || id == VSERVER_LIMIT_SEMARY || id == VSERVER_LIMIT_NSEMS;
}

static void empty(enum vxt_mode mode, int round)
{
	const char *m = vxt_mode_name[mode];
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w[WORKERS];
	uint32_t xid;
	long made = 0;

	if (!vxt_start(&g, mode, VSERVER_FLAG_PERSISTENT)) {
		tap_fail("%s: a persistent guest", m);
		return;
	}
	xid = g.xid;
	for (int i = 0; i < WORKERS; i++)
		if (!vxt_child(&g.init, &w[i]))
			tap_fail("%s: a worker", m);
	/* with limits in half of the rounds, so that the last of each kind is refused */
	for (size_t i = 0; round % 2 && i < KINDS; i++)
		(void)set_limit(xid, &kinds[i], used_of(xid, kinds[i].id) + 7);
	for (size_t i = 0; i < KINDS; i++) {
		/* without tasks of its own it would be killed by none of the below; objects outlive who made them */
		for (int j = 0; j < WORKERS; j++)
			made += vxt_call(&w[j], f_make, i, 3);
		if (is_object(kinds[i].id))
			for (int j = 0; j < WORKERS; j++)
				(void)vxt_call(&w[j], f_end, i, 3);
	}
	tap_ok(made > 0, "%s: round %d: %ld things are made", m, round, made);
	(void)set_limit(xid, &kinds[0], used_of(xid, VSERVER_LIMIT_NPROC) + 3);
	tap_ok(vxt_call(&w[0], f_storm, 200) > 0, "%s: round %d: forks are refused", m, round);
	tap_ok(!all_gone(xid), "%s: round %d: much is used", m, round);
	if (round % 3) {
		tap_ok(vx_ctx_kill(xid, 0, SIGKILL) == 0, "%s: round %d: all are killed", m, round);
	} else {
		for (int i = 0; i < WORKERS; i++)
			close(w[i].sock);
		close(g.init.sock);
		/* tasks that they have made are left */
		(void)vxt_until(5000, (vx_ctx_kill(xid, 0, SIGTERM), vxt_reap(), vx_tasks(xid) <= 1));
	}
	tap_ok(vxt_until(15000, (vxt_reap(), vx_tasks(xid) == 1 && all_gone(xid))),
	       "%s: round %d: nothing is used any more", m, round);
	if (!all_gone(xid))
		tell(xid);
	tap_ok(vxt_stop(&g), "%s: round %d: the guest ends", m, round);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	for (int i = 0; i < ROUNDS; i++) {
		empty(VXT_FLAT, i);
		empty(VXT_FAKE, i);
	}
	return vxt_done();
}
