// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-vserver - root of a guest cannot use the system call that makes guests
 * bed: um qemu
 * timeout: 60
 */
#include "../prog/esc.h"

#define ALL (V_GUESTS | V_FAKE | V_UMASK | V_CCAPS | V_MNS)

enum { W_OTHER, W_FREE };

/* ENOSYS is what a guest should get here: no reason to skip. */
static long call(uint32_t cmd, uint32_t id, const void *data)
{
	long r = vserver(cmd, id, data);

	return r < 0 && errno == ENOSYS ? esc_fail(EPERM) : r;
}

static uint32_t other(void) { return (uint32_t)sh->word[W_OTHER]; }

static const uint32_t ids[] = { 0, 1, VSERVER_ID_SELF };

static long to_all(uint32_t cmd, const void *data)
{
	char copy[256];

	for (size_t i = 0; i <= ESC_COUNT(ids); i++) {
		uint32_t id = i < ESC_COUNT(ids) ? ids[i] : other();

		memcpy(copy, data, sizeof(copy));
		if (call(cmd, id, copy) >= 0) {
			esc_say("command %08x, id %d", cmd, (int)id);
			return 1;
		}
		if (errno == EFAULT || errno == EINVAL) {
			esc_say("command %08x, id %d came as far as its argument", cmd, (int)id);
			return 2;
		}
	}
	return -1;
}

static const char zeros[256];

static long create(void) { return call(VSERVER_CTX_CREATE, (uint32_t)sh->word[W_FREE], NULL); }
static long create_v0(void) { return call(VSERVER_CTX_CREATE_V0, (uint32_t)sh->word[W_FREE], NULL); }
static long create_own(void) { return call(VSERVER_CTX_CREATE, sh->xid, NULL); }
static long migrate_other(void) { return call(VSERVER_CTX_MIGRATE, other(), NULL); }
static long migrate_host(void) { return call(VSERVER_CTX_MIGRATE, 0, NULL); }
static long migrate_self(void) { return call(VSERVER_CTX_MIGRATE, VSERVER_ID_SELF, NULL); }
static long become_spectator(void) { return call(VSERVER_CTX_MIGRATE, 1, NULL); }
static long become_spectator_v0(void) { return call(VSERVER_CTX_MIGRATE_V0, 1, NULL); }

static long kill_other(void)
{
	struct vserver_ctx_kill k = { .pid = 0, .sig = SIGKILL };

	return call(VSERVER_CTX_KILL, other(), &k);
}

static long kill_host_process(void)
{
	struct vserver_ctx_kill k = { .pid = sh->victim, .sig = SIGKILL };

	if (call(VSERVER_CTX_KILL, 0, &k) >= 0 || call(VSERVER_CTX_KILL, VSERVER_ID_SELF, &k) >= 0)
		return 1;
	return call(VSERVER_CTX_KILL, other(), &k);
}

static long enter_space(uint32_t id, uint32_t cmd)
{
	struct vserver_space_mask s = { .mask = CLONE_NEWNS | VSERVER_SPACE_FS };

	return call(cmd, id, &s);
}

static long space_of_other(void) { return enter_space(other(), VSERVER_ENTER_SPACE); }
static long space_of_other_v1(void) { return enter_space(other(), VSERVER_ENTER_SPACE_V1); }
static long space_of_other_v0(void) { return enter_space(other(), VSERVER_ENTER_SPACE_V0); }
static long space_of_self(void) { return enter_space(VSERVER_ID_SELF, VSERVER_ENTER_SPACE); }
static long space_set(void) { return enter_space(VSERVER_ID_SELF, VSERVER_SET_SPACE); }
static long space_set_other(void) { return enter_space(other(), VSERVER_SET_SPACE); }

static long caps(uint32_t cmd, uint32_t id)
{
	struct vserver_caps c = { .caps = ~0ULL, .mask = ~0ULL };

	return call(cmd, id, &c);
}

static long bcaps_self(void) { return caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF); }
static long ccaps_self(void) { return caps(VSERVER_SET_CCAPS, VSERVER_ID_SELF); }
static long umask_self(void) { return caps(VSERVER_SET_UMASK, VSERVER_ID_SELF); }
static long wmask_self(void) { return caps(VSERVER_SET_WMASK, VSERVER_ID_SELF); }
static long bcaps_by_number(void) { return caps(VSERVER_SET_BCAPS, sh->xid); }
static long bcaps_other(void) { return caps(VSERVER_SET_BCAPS, other()); }

static long flags(uint32_t id, uint64_t set)
{
	struct vserver_flags f = { .flagword = set, .mask = ~0ULL };

	return call(VSERVER_SET_CFLAGS, id, &f);
}

static long flags_setup(void) { return flags(VSERVER_ID_SELF, VSERVER_FLAG_STATE_SETUP); }
static long flags_persistent(void) { return flags(VSERVER_ID_SELF, VSERVER_FLAG_PERSISTENT); }
static long flags_other(void) { return flags(other(), 0); }

static long xid_of_host(void) { return call(VSERVER_TASK_XID, (uint32_t)sh->victim, NULL); }
static long xid_of_init(void) { return call(VSERVER_TASK_XID, 1, NULL); }

static long queries(void)
{
	static const uint32_t cmds[] = {
		VSERVER_VX_INFO, VSERVER_CTX_STAT, VSERVER_VIRT_STAT, VSERVER_GET_VHI_NAME, VSERVER_GET_CFLAGS,
		VSERVER_GET_CCAPS, VSERVER_GET_BCAPS, VSERVER_GET_UMASK, VSERVER_GET_WMASK, VSERVER_GET_BADNESS,
	};

	for (size_t i = 0; i < ESC_COUNT(cmds); i++)
		if (to_all(cmds[i], zeros) >= 0)
			return 1;
	return -1;
}

static long queries_of_other(void)
{
	static const uint32_t cmds[] = {
		VSERVER_VX_INFO, VSERVER_CTX_STAT, VSERVER_VIRT_STAT, VSERVER_GET_VHI_NAME, VSERVER_GET_CFLAGS,
		VSERVER_GET_CCAPS, VSERVER_GET_BCAPS, VSERVER_GET_UMASK, VSERVER_GET_WMASK, VSERVER_GET_BADNESS,
		VSERVER_WAIT_EXIT,
	};

	for (size_t i = 0; i < ESC_COUNT(cmds); i++) {
		char buf[256] = "";

		esc_say("command %08x", cmds[i]);
		if (call(cmds[i], other(), buf) >= 0)
			return 1;
	}
	return -1;
}

static long set_names(void)
{
	struct vserver_vhi_name n = { .field = VSERVER_VHI_CONTEXT, .name = "escape" };

	if (call(VSERVER_SET_VHI_NAME, VSERVER_ID_SELF, &n) >= 0)
		return 1;
	return call(VSERVER_SET_VHI_NAME, other(), &n);
}

static long attributes(void)
{
	struct vserver_iattr a = {
		.name = "/proc/uptime", .flags = VSERVER_IATTR_HIDE, .mask = VSERVER_IATTR_HIDE | VSERVER_IATTR_ADMIN,
	};

	return call(VSERVER_SET_IATTR, 0, &a);
}

static long attributes_fd(void)
{
	struct vserver_fiattr a = { .flags = VSERVER_IATTR_HIDE, .mask = VSERVER_IATTR_HIDE | VSERVER_IATTR_ADMIN };

	return call(VSERVER_FSET_IATTR, (uint32_t)open("/proc/uptime", O_RDONLY), &a);
}

static long get_version(void) { return call(VSERVER_GET_VERSION, 0, NULL); }

/* every command word that could be one, with arguments that are not */
static long sweep(void)
{
	for (uint32_t cat = 0; cat < 64; cat++) {
		for (uint32_t n = 0; n < 100; n++) {
			for (uint32_t v = 0; v < 3; v++) {
				uint32_t cmd = VSERVER_CMD(cat, n, v);

				if (call(cmd, VSERVER_ID_SELF, (void *)8) >= 0 || errno == EFAULT) {
					esc_say("command %08x", cmd);
					return 1;
				}
			}
		}
	}
	return -1;
}

static long netlink_family(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 16);
}

static int uptime_fd;

static void prepare(void)
{
	int p[2];
	char c;
	pid_t pid;

	uptime_fd = open("/proc/uptime", O_RDONLY | O_CLOEXEC);
	/* a second guest */
	sh->word[W_OTHER] = esc_xid();
	sh->word[W_FREE] = 65000;
	if (pipe(p))
		esc_die("pipe");
	pid = fork();
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (vx_create((uint32_t)sh->word[W_OTHER], VSERVER_FLAG_STATE_ADMIN) < 0)
			_exit(1);
		(void)!write(p[1], "x", 1);
		for (;;)
			(void)pause();
	}
	close(p[1]);
	if (read(p[0], &c, 1) != 1)
		esc_die("second context");
	close(p[0]);
	sh->word[10] = pid;
}

static bool other_is_there(void)
{
	struct vserver_caps c = {};
	bool good = vx_exists(other()) && esc_process_runs((pid_t)sh->word[10]) &&
		vserver(VSERVER_GET_BCAPS, other(), &c) == 0;

	(void)vx_kill_all(other());
	return good;
}

static bool host_sees_uptime(void)
{
	struct vserver_fiattr a = { .flags = VSERVER_IATTR_ADMIN, .mask = VSERVER_IATTR_HIDE | VSERVER_IATTR_ADMIN };
	bool good = esc_open_close("/proc/uptime", O_RDONLY) >= 0;

	/* whoever measures the time of this test needs it, and cannot name it any more */
	if (!good)
		(void)vserver(VSERVER_FSET_IATTR, (uint32_t)uptime_fd, &a);
	return good;
}

static bool nothing_new(void)
{
	return !vx_exists(65000);
}

#define NO { ESRCH }

static const struct esc_attack attacks[] = {
	{ "version", get_version, ALL, V_ADMIN, {} },
	{ "create", create, ALL | V_ADMIN, 0, {} },
	{ "create, version 0", create_v0, ALL | V_ADMIN, 0, {} },
	{ "create its own again", create_own, ALL | V_ADMIN, 0, {} },
	{ "migrate to another guest", migrate_other, ALL | V_ADMIN, 0, NO },
	{ "migrate to the host", migrate_host, ALL | V_ADMIN, 0, NO },
	{ "migrate to itself", migrate_self, ALL, 0, NO },
	{ "become a spectator", become_spectator, ALL | V_ADMIN, 0, NO },
	{ "become a spectator, version 0", become_spectator_v0, ALL | V_ADMIN, 0, NO },
	{ "kill another guest", kill_other, ALL | V_ADMIN, 0, NO },
	{ "kill a process of the host", kill_host_process, ALL | V_ADMIN, 0, NO },
	{ "enter spaces of another guest", space_of_other, ALL | V_ADMIN, 0, NO },
	{ "enter spaces of another guest, version 1", space_of_other_v1, ALL | V_ADMIN, 0, NO },
	{ "enter spaces of another guest, version 0", space_of_other_v0, ALL | V_ADMIN, 0, NO },
	{ "enter its own spaces", space_of_self, ALL | V_ADMIN, 0, NO },
	{ "record spaces", space_set, ALL | V_ADMIN, 0, NO },
	{ "record spaces for another guest", space_set_other, ALL | V_ADMIN, 0, NO },
	{ "raise its bcaps", bcaps_self, ALL | V_ADMIN, 0, NO },
	{ "raise its bcaps, by number", bcaps_by_number, ALL | V_ADMIN, 0, NO },
	{ "raise its ccaps", ccaps_self, ALL | V_ADMIN, 0, NO },
	{ "raise its umask", umask_self, ALL | V_ADMIN, 0, NO },
	{ "raise its wmask", wmask_self, ALL | V_ADMIN, 0, NO },
	{ "raise bcaps of another guest", bcaps_other, ALL | V_ADMIN, 0, NO },
	{ "go back to setup", flags_setup, ALL | V_ADMIN, 0, NO },
	{ "become persistent", flags_persistent, ALL | V_ADMIN, 0, NO },
	{ "flags of another guest", flags_other, ALL | V_ADMIN, 0, NO },
	{ "xid of a process of the host", xid_of_host, ALL | V_ADMIN, 0, NO },
	{ "xid of pid 1", xid_of_init, ALL, 0, NO },
	{ "queries", queries, ALL, 0, NO },
	{ "queries about another guest", queries_of_other, ALL | V_ADMIN, 0, NO },
	{ "names", set_names, ALL | V_ADMIN, 0, NO },
	{ "hide /proc/uptime from the host", attributes, ALL | V_ADMIN, 0, NO },
	{ "hide /proc/uptime from the host, by descriptor", attributes_fd, ALL | V_ADMIN, 0, NO },
	{ "all command words", sweep, V_FLAT | V_PID, 0, { ESRCH } },
	{ "the netlink family", netlink_family, ALL | V_ADMIN, V_HNS, { EPROTONOSUPPORT } },
};

static const struct esc_check checks[] = {
	{ "the other guest is as it was", other_is_there },
	{ "the host sees /proc/uptime", host_sees_uptime },
	{ "no context was made", nothing_new },
};

ESC_TEST(.prepare = prepare, .checks = checks, .nr_checks = ESC_COUNT(checks))
