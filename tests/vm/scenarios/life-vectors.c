// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-vectors - the published test vectors of process contexts, one after the other
 * bed: um qemu
 * timeout: 20
 *
 * Commands that belong to parts which are not there yet answer ENOSYS; life-basic looks at those.
 */
#include <linux/capability.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define HIDE 0x4
#define TAG 0x01000000

FN(f_raw) { return vserver((uint32_t)a, (uint32_t)b, (void *)c); }
FN(f_create) { return vx_create((uint32_t)a, (uint64_t)b); }
FN(f_set_flags) { return vx_set_cflags((uint32_t)a, (uint64_t)b, (uint64_t)c); }
FN(f_set_bcaps) { return vx_set_caps(VSERVER_SET_BCAPS, (uint32_t)a, (uint64_t)b, (uint64_t)c); }
FN(f_space) { return vx_space((uint32_t)a, (uint32_t)b, (uint64_t)c, (uint32_t)d); }
FN(f_kill_ctx) { return vx_ctx_kill((uint32_t)a, (int)b, (int)c); }
FN(f_no_caps)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	return syscall(SYS_capset, &hdr, data);
}
FN(f_wait_exit)
{
	struct vserver_wait_exit w = { -7, -7 };
	long ret = vserver(VSERVER_WAIT_EXIT, (uint32_t)a, &w);

	vxt_say("%d %d", w.reboot_cmd, w.exit_code);
	return ret;
}
/* the line of /proc/self/status that says VxID */
FN(f_vxid)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	long xid = -1;

	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "VxID:\t%ld\n", &xid);
	if (f)
		(void)fclose(f);
	return xid;
}

static struct vxt_agent agent, second;

static void test_identity(void)
{
	char buf[16];

	tap_is(vserver(0x00000000, 63, NULL), 0x00020308, "get_version as root");
	tap_is(vserver(0x00010000, 0, NULL) & 0x10000C01, 0x10000C01, "get_vci has bits 0, 10, 11, 28");
	tap_is(vserver(0x00010000, 0, NULL) >> 31, 0, "and not bit 31");
	tap_is(vserver(0x2E010000, 0, NULL), 0, "task_xid on the host");
	tap_is(vserver(0x2E020000, 0, NULL), 0, "task_nid on the host");
	tap_is(vserver(0x2E030000, 0, NULL), 0, "task_tag on the host");
	tap_errno(vserver(0x2E010000, 4194304, NULL), ESRCH, "task_xid: no such process");
	tap_errno(vserver(0x2E030000, 4194304, NULL), ESRCH, "task_tag: no such process");
	tap_errno(vserver(0x2E050000, vxt_free_xid(), buf), ESRCH, "vx_info: no such context");
	tap_errno(vserver(0x2E050000, 0, buf), ESRCH, "vx_info of 0");
	tap_errno(vserver(0x2E050000, 1, buf), ESRCH, "vx_info of 1");
	if (vxt_host(&agent)) {
		(void)vxt_call(&agent, f_no_caps);
		tap_errno(vxt_call(&agent, f_raw, 0x00000000, 63, 0), ENOSYS, "get_version without capabilities");
		vxt_end(&agent);
	}
}

static void test_life(void)
{
	uint32_t xid = vxt_free_xid();
	struct vserver_flags f = {};

	tap_errno(vx_create(1, 0x700000000), EINVAL, "ctx_create of 1");
	tap_errno(vx_create(65536, 0x700000000), EINVAL, "ctx_create of 65536");
	tap_errno(vx_create((uint32_t)-1, 0x700000000), EINVAL, "ctx_create of -1: no dynamic numbers");
	if (!vxt_host(&agent) || !vxt_host(&second)) {
		tap_ok(false, "two processes of the host start");
		return;
	}
	tap_is(vxt_call(&agent, f_create, xid, 0x700000000), xid, "ctx_create");
	tap_is(vxt_call(&agent, f_raw, 0x2E010000, 0, 0), xid, "task_xid inside");
	tap_is(vxt_call(&agent, f_vxid), xid, "VxID in status");
	tap_errno(vxt_call(&second, f_create, xid, 0x700000000), EBUSY, "a second ctx_create in setup");
	tap_is(vxt_call(&agent, f_set_flags, -1, 0, 1L << 32), 0, "set_cflags inside clears STATE_SETUP");
	tap_is(vserver(0x34010000, xid, &f), 0, "get_cflags");
	tap_is((long long)f.flagword, 0x600000000, "flags");
	tap_is((long long)f.mask, (long long)0xFFFFFFFEFFFFFFFF, "and mask");
	tap_errno(vxt_call(&second, f_create, xid, 0x700000000), EEXIST, "a second ctx_create after setup");
	tap_errno(vxt_call(&agent, f_set_bcaps, -1, 0, 0), EPERM, "set_bcaps from inside");
	tap_is(vx_set_cflags(xid, 1ULL << 32, 1ULL << 32), 0, "set_cflags of STATE_SETUP by the host");
	tap_is((long long)vx_get_cflags(xid), 0x600000000, "does not set it");
	tap_errno(vx_ctx_kill(xid, -5, 0), ESRCH, "ctx_kill of -5: no such process");
	tap_errno(vx_ctx_kill(xid, 0, 65), EINVAL, "ctx_kill: no such signal");
	tap_errno(vx_ctx_kill(xid, getpid(), 65), ESRCH, "ctx_kill: not a member, whatever the signal");
	tap_is(vx_set_cflags(xid, 0, 1ULL << 34), 0, "set_cflags clears STATE_ADMIN");
	tap_errno(vx_set_cflags(xid, 0, 1ULL << 34), EACCES, "set_cflags after that");
	tap_errno(vxt_call(&second, f_raw, 0x0B010001, xid, 0), EACCES, "ctx_migrate after that");
	tap_errno(vx_ctx_kill(xid, 5, 9), EACCES, "ctx_kill {5, 9} after that");
	tap_errno(vx_ctx_kill(xid, 5, 65), EACCES, "whatever the signal");
	tap_errno(vx_ctx_kill(xid, 1, 9), ESRCH, "ctx_kill {1, 9} after that, no init");
	tap_errno(vx_ctx_kill(xid, -5, 9), ESRCH, "ctx_kill {-5, 9} after that, no init");
	(void)vxt_begin(&second, -1, f_wait_exit, xid, 0, 0, 0);
	vxt_sleep_ms(50);
	tap_is(vx_ctx_kill(xid, 0, 9), 0, "ctx_kill {0, 9} after that, no init");
	tap_is(vxt_finish(&second), 0, "wait_exit meanwhile");
	tap_ok(!strcmp(second.text, "0 9"), "gives exit_code 9, and no reboot");
	vxt_end(&agent);
	vxt_end(&second);
}

/* with an init recorded and without STATE_ADMIN only init can be named */
static void test_private_init(void)
{
	uint32_t xid = vxt_free_xid();
	int status = 0;

	if (!vxt_host(&agent) || vxt_call(&agent, f_create, xid, 0x700000000) != xid || !vxt_child(&agent, &second)) {
		tap_ok(false, "a context with two processes");
		return;
	}
	(void)vxt_call(&agent, f_set_flags, -1, 0, 0x700000000);
	tap_is(vx_initpid(xid), agent.pid, "STATE_INIT cleared inside: an init");
	tap_errno(vx_ctx_kill(xid, 0, 9), EACCES, "ctx_kill {0, 9}, with an init");
	tap_errno(vx_ctx_kill(xid, -1, 9), EACCES, "ctx_kill {-1, 9}, with an init");
	tap_errno(vx_ctx_kill(xid, -5, 9), EACCES, "ctx_kill {-5, 9}, with an init");
	tap_errno(vx_ctx_kill(xid, second.pid, 9), EACCES, "ctx_kill of a member by its number");
	tap_is(vx_ctx_kill(xid, 1, 9), 0, "ctx_kill {1, 9}");
	(void)waitpid(agent.pid, &status, 0);
	tap_is(status, SIGINT, "is SIGINT to init as long as there are others");
	agent.pid = 0;
	vxt_end(&agent);
	tap_is(vx_ctx_kill(xid, 0, 9), 0, "ctx_kill {0, 9}, when init is gone");
	tap_ok(vxt_until(5000, (vxt_reap(), !vx_exists(xid))), "the context ends");
	close(second.sock);
}

static void test_watch(void)
{
	uint32_t xid = vxt_free_xid();

	if (!vxt_host(&agent) || !vxt_host(&second) || vxt_call(&second, f_create, xid, 0x700000000) != xid)
		return;
	tap_is(vxt_call(&agent, f_raw, 0x0B010001, 1, 0), 1, "ctx_migrate to 1");
	tap_is(vxt_call(&agent, f_raw, 0x2E010000, 0, 0), 1, "task_xid is 1");
	tap_errno(vxt_call(&agent, f_kill_ctx, xid, 0, 0), EPERM, "ctx_kill by a spectator");
	tap_errno(vxt_call(&agent, f_set_flags, xid, 0, 0), EPERM, "set_cflags by a spectator");
	tap_errno(vxt_call(&agent, f_create, vxt_free_xid(), 0x700000000), EPERM, "ctx_create by a spectator");
	tap_is(vxt_call(&agent, f_raw, 0x0B010000, 1, 0), 1, "ctx_migrate, version 0, to 1");
	tap_errno(vxt_call(&second, f_raw, 0x0B010001, 1, 0), EPERM, "a member does not become one");
	vxt_end(&agent);
	vxt_end(&second);
}

static void test_tag(void)
{
	uint32_t xid = vxt_free_xid();

	if (!vxt_host(&agent))
		return;
	tap_is(vxt_call(&agent, f_raw, 0x23010000, 0x12345, 0), 0, "tag_migrate");
	tap_is(vxt_call(&agent, f_raw, 0x2E030000, 0, 0), 0x2345, "task_tag: its low 16 bits");
	tap_is(vserver(0x2E030000, 0, NULL), 0, "nobody else has it");
	if (vxt_child(&agent, &second))
		tap_is(vserver(0x2E030000, (uint32_t)second.pid, NULL), 0x2345, "but children");
	tap_is(vxt_call(&second, f_create, xid, 0x700000000), xid, "a context is entered");
	tap_is(vxt_call(&second, f_raw, 0x2E030000, 0, 0), 0x2345, "the tag stays");
	tap_errno(vxt_call(&second, f_raw, 0x23010000, 1, 0), EPERM, "and cannot be changed there, not even in setup");
	(void)kill(second.pid, SIGKILL);
	close(second.sock);
	vxt_end(&agent);
	if (vxt_host(&agent)) {
		(void)vxt_call(&agent, f_raw, 0x0B010001, 1, 0);
		tap_errno(vxt_call(&agent, f_raw, 0x23010000, 1, 0), EPERM, "nor by a spectator");
		vxt_end(&agent);
	}
}

static void test_spaces(void)
{
	uint32_t xid = vxt_free_xid();
	struct vserver_space_mask_v1 mask = {};

	tap_is(vserver(0x36010000, 0, &mask) ?: (long long)mask.mask, 0x0C020200, "get_space_default");
	tap_is(vserver(0x36000001, 0, &mask) ?: (long long)mask.mask, 0x7C020200, "get_space_mask");
	tap_is(vserver(0x0A040000, 0, &mask) ?: (long long)mask.mask, 0x1C020200, "get_space_mask, version 0");
	if (!vxt_host(&agent) || vxt_call(&agent, f_create, xid, 0x700000000) != xid)
		return;
	tap_errno(vxt_call(&agent, f_space, 0x0A030002, -2, 0x80000000L, 0), EINVAL, "set_space {0x80000000, 0}");
	tap_errno(vxt_call(&agent, f_space, 0x0A030002, -2, 0x04000000, 2), EINVAL, "set_space {0x04000000, 2}");
	tap_is(vx_set_cflags(xid, VSERVER_FLAG_INFO_PRIVATE, VSERVER_FLAG_INFO_PRIVATE), 0, "a private context");
	tap_errno(vx_space(0x0A010002, xid, 0x80000000, 0), EACCES, "enter_space of it, whatever the mask");
	vxt_end(&agent);
}

static void test_iattr(void)
{
	static const char path[] = "/etc/passwd";
	struct vserver_iattr a = { .name = path, .flags = HIDE, .mask = HIDE };

	tap_errno(vserver(0x26020001, 0, &a), EINVAL, "set_iattr of HIDE on an ordinary file");
	a.mask = TAG;
	tap_errno(vserver(0x26020001, 0, &a), EINVAL, "set_iattr of the tag on an untagged file system");
	a.name = "/";
	tap_is(vserver(0x26010001, 0, &a), 0, "get_iattr of /");
	tap_is(a.flags & TAG, TAG, "the tag is said to be there");
	tap_is(a.mask & TAG, 0, "but the mask has none");
	tap_is(a.mask & 0x40000, 0x40000, "the mask has IMMUTABLE");
	a.name = "/proc/uptime";
	tap_is(vserver(0x26010001, 0, &a), 0, "get_iattr of /proc/uptime");
	tap_is(a.mask & 7, 7, "the mask has ADMIN, WATCH, HIDE");
	tap_is(a.flags & (TAG | 1), TAG | 1, "flags are the tag and ADMIN");
	a.name = "/proc/kallsyms";
	if (vserver(0x26010001, 0, &a) == 0)
		tap_is(a.flags & 7, 5, "an entry that is hidden has ADMIN and HIDE");
	else
		tap_skip("an entry that is hidden", "not in this kernel");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	test_identity();
	test_life();
	test_private_init();
	test_watch();
	test_tag();
	test_spaces();
	test_iattr();
	return vxt_done();
}
