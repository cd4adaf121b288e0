// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-spaces - namespaces are recorded and joined, in all versions and both slots; their owners are not disturbed
 * bed: um qemu
 * timeout: 30
 */
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/utsname.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define BAD ((void *)8)
#define FS VSERVER_SPACE_FS

static struct vxt_agent owner, agent;
static uint32_t xid;

FN(f_create) { return vx_create((uint32_t)a, (uint64_t)b); }
FN(f_unshare) { return unshare((int)a); }
FN(f_set) { return vx_space(VSERVER_SET_SPACE, (uint32_t)a, (uint64_t)b, (uint32_t)c); }
FN(f_enter) { return vx_space(VSERVER_ENTER_SPACE, (uint32_t)a, (uint64_t)b, (uint32_t)c); }
FN(f_enter_v0) { return vserver(VSERVER_ENTER_SPACE_V0, (uint32_t)a, NULL); }
FN(f_enter_v1)
{
	struct vserver_space_mask_v1 s = { .mask = (uint64_t)b };

	return vserver(VSERVER_ENTER_SPACE_V1, (uint32_t)a, &s);
}
FN(f_set_v1)
{
	struct vserver_space_mask_v1 s = { .mask = (uint64_t)b };

	return vserver(VSERVER_SET_SPACE_V1, (uint32_t)a, &s);
}
FN(f_raw) { return vserver((uint32_t)a, (uint32_t)b, (void *)c); }
FN(f_set_flags) { return vx_set_cflags((uint32_t)a, (uint64_t)b, (uint64_t)c); }
FN(f_sethostname) { return sethostname(vxt_word, strlen(vxt_word)); }
FN(f_nodename)
{
	struct utsname u;

	(void)uname(&u);
	vxt_say("%s", u.nodename);
	return 0;
}
FN(f_private_mounts) { return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL); }
FN(f_mount) { return mount("tmpfs", vxt_word, "tmpfs", 0, NULL); }
FN(f_mkdir) { return mkdir(vxt_word, 0755); }
FN(f_exists) { return access(vxt_word, F_OK) == 0; }
FN(f_chroot) { return chroot(vxt_word) || chdir("/") ? -1 : 0; }
FN(f_chdir) { return chdir(vxt_word); }
FN(f_umask) { return umask((mode_t)a); }
FN(f_cwd) { return getcwd(vxt_text, sizeof(vxt_text) - 1) ? 0 : -1; }
FN(f_msgget) { return msgget((key_t)a, b ? IPC_CREAT | 0600 : 0); }
FN(f_child_pid)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(getpid() > 100 ? 100 : getpid());
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : -1;
}
FN(f_ns)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%.40s", vxt_word);
	return stat(path, &st) ? -1 : (long)st.st_ino;
}

static long own_ns(const char *name)
{
	(void)snprintf(vxt_word, sizeof(vxt_word), "%s", name);
	return f_ns(0, 0, 0, 0);
}
static void *wait_for_ever(void *arg VXT_UNUSED)
{
	for (;;)
		(void)pause();
	return NULL;
}
FN(f_thread)
{
	pthread_t t;

	return pthread_create(&t, NULL, wait_for_ever, NULL);
}

static int pausing(void *arg VXT_UNUSED)
{
	for (;;)
		(void)pause();
	return 0;
}

/* a child with the same struct of root and working directory */
FN(f_share_fs)
{
	static char stack[65536] __attribute__((aligned(16)));

	return clone(pausing, stack + sizeof(stack), CLONE_FS | SIGCHLD, NULL);
}
FN(f_kill) { return kill((pid_t)a, (int)b); }

static struct vxt_agent *fresh(void)
{
	if (agent.pid)
		vxt_end(&agent);
	if (!vxt_host(&agent)) {
		tap_ok(false, "a process of the host starts");
		exit(1);
	}
	return &agent;
}

static bool gone(uint32_t id)
{
	return vxt_until(5000, (vxt_reap(), !vx_exists(id)));
}

static void test_masks(void)
{
	struct vserver_space_mask_v1 s;

	s.mask = 0;
	tap_is(vserver(VSERVER_GET_SPACE_MASK_V0, 77, &s) ?: (long long)s.mask, 0x1C020200, "get_space_mask, version 0");
	s.mask = 0;
	tap_is(vserver(VSERVER_GET_SPACE_MASK, 0, &s) ?: (long long)s.mask, 0x7C020200, "get_space_mask");
	s.mask = 0;
	tap_is(vserver(VSERVER_GET_SPACE_DEFAULT, (uint32_t)-1, &s) ?: (long long)s.mask, 0x0C020200, "get_space_default");
	tap_errno(vserver(VSERVER_GET_SPACE_MASK_V0, 0, BAD), EFAULT, "get_space_mask, version 0, to a bad pointer: EFAULT");
	tap_errno(vserver(VSERVER_GET_SPACE_MASK, 0, BAD), EFAULT, "get_space_mask to a bad pointer: EFAULT");
	tap_errno(vserver(VSERVER_GET_SPACE_DEFAULT, 0, NULL), EFAULT, "get_space_default without data: EFAULT");
}

static void test_arguments(void)
{
	xid = vxt_free_xid();
	if (!vxt_host(&owner) || vxt_call(&owner, f_create, xid, VXT_SETUP) != (long)xid) {
		tap_ok(false, "a context");
		return;
	}
	tap_errno(vx_space(VSERVER_ENTER_SPACE, xid, 0, 0), EINVAL, "enter_space with nothing recorded: EINVAL");
	tap_errno(vserver(VSERVER_ENTER_SPACE_V0, xid, NULL), EINVAL, "version 0: EINVAL");
	tap_errno(vx_space(VSERVER_ENTER_SPACE, xid, CLONE_NEWUTS, 0), EINVAL, "with a mask: EINVAL");
	tap_errno(vx_space(VSERVER_ENTER_SPACE, xid, 0, 2), EINVAL, "enter_space, slot 2: EINVAL");
	tap_errno(vx_space(VSERVER_ENTER_SPACE, xid, 0, ~0U), EINVAL, "enter_space, slot -1: EINVAL");
	tap_errno(vx_space(VSERVER_SET_SPACE, xid, 0x80000000, 0), EINVAL, "set_space with an unknown bit: EINVAL");
	tap_errno(vx_space(VSERVER_SET_SPACE, xid, 1ULL << 40, 0), EINVAL, "set_space with a high bit: EINVAL");
	tap_errno(vx_space(VSERVER_SET_SPACE, xid, CLONE_NEWUTS, 2), EINVAL, "set_space, slot 2: EINVAL");
	tap_errno(vx_space(VSERVER_SET_SPACE, xid, CLONE_NEWCGROUP, 0), EINVAL,
		  "set_space: cgroup namespaces are not in the mask");
	tap_errno(vserver(VSERVER_SET_SPACE, xid, BAD), EFAULT, "set_space from a bad pointer: EFAULT");
	tap_errno(vserver(VSERVER_ENTER_SPACE, xid, BAD), EFAULT, "enter_space from a bad pointer: EFAULT");
	tap_errno(vx_space(VSERVER_SET_SPACE, vxt_free_xid(), 0, 0), ESRCH, "set_space of no context: ESRCH");
	tap_errno(vx_space(VSERVER_ENTER_SPACE, 0, 0, 0), ESRCH, "enter_space of context 0: ESRCH");
	tap_errno(vxt_call(&owner, f_enter, -2, 0, 0), EPERM, "enter_space from inside: EPERM");
}

static void test_uts_ipc(void)
{
	long key = 0x7000 + getpid();

	tap_is(vxt_call(&owner, f_unshare, CLONE_NEWUTS | CLONE_NEWIPC), 0, "new namespaces inside");
	(void)vxt_call(vxt_with(&owner, "guest-name"), f_sethostname);
	(void)vxt_call(&owner, f_msgget, key, 1);
	tap_is(vxt_call(&owner, f_set_v1, -2, CLONE_NEWUTS), 0, "set_space, version 1");
	tap_is(vxt_call(&owner, f_set, -2, CLONE_NEWIPC, 0), 0, "set_space adds to the slot");
	tap_is(vxt_call(fresh(), f_enter_v1, xid, CLONE_NEWUTS), 0, "enter_space, version 1, one namespace");
	(void)vxt_call(&agent, f_nodename);
	tap_ok(!strcmp(agent.text, "guest-name"), "the name is the guest's");
	tap_errno(vxt_call(&agent, f_msgget, key, 0), ENOENT, "IPC is the host's");
	tap_is(vxt_call(&agent, f_enter, xid, CLONE_NEWIPC, 0), 0, "enter_space, version 2, the other");
	tap_ok(vxt_call(&agent, f_msgget, key, 0) >= 0, "IPC is the guest's");
	tap_is(vx_task_xid(agent.pid), 0, "the process is still on the host");
	tap_is(vxt_call(fresh(), f_enter_v0, xid), 0, "enter_space, version 0");
	tap_is(vxt_call(vxt_with(&agent, "uts"), f_ns), vxt_call(vxt_with(&owner, "uts"), f_ns), "joins the one");
	tap_is(vxt_call(vxt_with(&agent, "ipc"), f_ns), vxt_call(vxt_with(&owner, "ipc"), f_ns), "and the other");
	tap_errno(vxt_call(fresh(), f_enter, xid, CLONE_NEWUTS | CLONE_NEWNS, 0), EINVAL, "what is not recorded: EINVAL");
	tap_is(vxt_call(vxt_with(&agent, "uts"), f_ns), own_ns("uts"), "and nothing is joined");
	tap_errno(vxt_call(&agent, f_enter, xid, CLONE_NEWUTS, 1), EINVAL, "the other slot is empty");
	tap_is(vxt_call(&agent, f_raw, VSERVER_ENTER_SPACE, xid, 0), 0, "enter_space without data: all of slot 0");
	tap_is(vxt_call(vxt_with(&agent, "ipc"), f_ns), vxt_call(vxt_with(&owner, "ipc"), f_ns), "that is it");
	(void)f_nodename(0, 0, 0, 0);
	tap_ok(!strstr(vxt_text, "guest"), "the host's name is as before");
	vxt_text[0] = '\0';
}

static void test_mounts(void)
{
	tap_is(vxt_call(&owner, f_unshare, CLONE_NEWNS), 0, "a new mount namespace inside");
	(void)vxt_call(&owner, f_private_mounts);
	tap_is(vxt_call(vxt_with(&owner, "/mnt"), f_mount), 0, "with a mount of its own");
	(void)vxt_call(vxt_with(&owner, "/mnt/root"), f_mkdir);
	(void)vxt_call(vxt_with(&owner, "/mnt/root/home"), f_mkdir);
	tap_is(vxt_call(vxt_with(&owner, "/mnt/root"), f_chroot), 0, "and a root in it");
	(void)vxt_call(vxt_with(&owner, "/home"), f_chdir);
	(void)vxt_call(&owner, f_umask, 0137);
	tap_is(vxt_call(&owner, f_set, -2, FS | CLONE_NEWNS, 1), 0, "recorded in slot 1");

	tap_is(vxt_call(fresh(), f_enter, xid, 0, 1), 0, "enter_space, slot 1");
	(void)vxt_call(&agent, f_cwd);
	tap_ok(!strcmp(agent.text, "/home"), "the working directory is the recorded one");
	tap_is(vxt_call(vxt_with(&agent, "/home"), f_exists), 1, "the root, too");
	tap_is(vxt_call(vxt_with(&agent, "/etc/passwd"), f_exists), 0, "the host's root is not seen");
	tap_is(vxt_call(&agent, f_umask, 0), 0137, "the umask, too");
	tap_is(vxt_call(&owner, f_umask, 0), 0137, "which is a copy");
	(void)vxt_call(vxt_with(&agent, "/"), f_chdir);
	(void)vxt_call(&owner, f_cwd);
	tap_ok(!strcmp(owner.text, "/home"), "as is the working directory");
	tap_is(access("/mnt/root", F_OK), -1, "the host's tree is as before");

	tap_is(vxt_call(fresh(), f_thread), 0, "a process with two threads");
	tap_errno(vxt_call(&agent, f_enter, xid, 0, 1), EINVAL, "does not enter a mount namespace: EINVAL");
	tap_is(vxt_call(vxt_with(&agent, "/etc/passwd"), f_exists), 1, "and is where it was");
	{
		long pid = vxt_call(fresh(), f_share_fs);
		long ret = vxt_call(&agent, f_enter, xid, 0, 1);

		tap_ok(ret == 0 || errno == EINVAL, "a process that shares its root with another");
		(void)vxt_call(&agent, f_kill, pid, SIGKILL);
		if (ret)
			tap_is(vxt_call(vxt_with(&agent, "/etc/passwd"), f_exists), 1, "is where it was");
		else
			tap_skip("is where it was", "it has entered");
	}
	tap_is(vxt_call(fresh(), f_enter, xid, FS, 1), 0, "the root alone");
	tap_is(vxt_call(vxt_with(&agent, "/home"), f_exists), 1, "is entered");

	tap_is(vxt_call(&owner, f_set_flags, -2, 0, VSERVER_FLAG_STATE_SETUP), 0, "setup ends");
	tap_errno(vxt_call(&owner, f_set, -2, CLONE_NEWUTS, 0), EPERM, "set_space from inside: EPERM");
	tap_is(vxt_call(fresh(), f_enter, xid, 0, 0) ?: vxt_call(&agent, f_enter, xid, 0, 1), 0, "both slots are entered");
	tap_is(vxt_call(&agent, f_raw, 0, 63, 0), VSERVER_API_VERSION, "still a process of the host");
}

static void test_pid(void)
{
	struct vxt_guest g = {};
	uint32_t id;

	if (!vxt_start(&g, VXT_PIDNS, 0))
		return;
	tap_is(vxt_call(fresh(), f_enter, g.xid, CLONE_NEWPID, 0), 0, "enter_space: a pid namespace");
	tap_ok(vxt_call(&agent, f_getpid) == agent.pid, "the process keeps its number");
	tap_ok(vxt_call(&agent, f_child_pid) < 100, "its child has one of the guest's");
	tap_is(vxt_call(vxt_with(fresh(), "pid"), f_ns), own_ns("pid"), "others have not");
	id = g.xid;
	tap_ok(vxt_stop(&g), "the guest ends");
	tap_errno(vxt_call(&agent, f_enter, id, 0, 0), ESRCH, "and its spaces are not entered any more");
}

static void test_replace(void)
{
	uint32_t id = vxt_free_xid();
	struct vxt_agent first, second;
	long inode;

	if (!vxt_host(&first) || vxt_call(&first, f_create, id, VXT_SETUP) != (long)id)
		return;
	(void)vxt_call(&first, f_unshare, CLONE_NEWUTS);
	(void)vxt_call(&first, f_set, -2, CLONE_NEWUTS, 0);
	(void)vxt_call(&first, f_unshare, CLONE_NEWUTS);
	inode = vxt_call(vxt_with(&first, "uts"), f_ns);
	tap_is(vxt_call(&first, f_set, -2, CLONE_NEWUTS, 0), 0, "set_space again");
	tap_is(vxt_host(&second) ? vxt_call(&second, f_enter, id, 0, 0) : -1, 0, "then enter_space");
	tap_is(vxt_call(vxt_with(&second, "uts"), f_ns), inode, "joins the later one");
	tap_is(vxt_call(&first, f_set, -2, 0, 1), 0, "set_space with mask 0");
	tap_errno(vxt_call(&second, f_enter, id, CLONE_NEWUTS, 1), EINVAL, "does not change what may be entered");
	/* the host records a namespace of its own for the context */
	(void)vxt_call(&second, f_unshare, CLONE_NEWUTS);
	tap_is(vxt_call(&second, f_set, id, CLONE_NEWUTS, 1), 0, "set_space by the host");
	tap_is(vxt_call(fresh(), f_enter, id, 0, 1), 0, "and enter_space");
	tap_is(vxt_call(vxt_with(&agent, "uts"), f_ns), vxt_call(vxt_with(&second, "uts"), f_ns), "joins it");
	vxt_end(&first);
	tap_ok(gone(id), "the context ends although a process of the host is in its namespaces");
	tap_is(vxt_call(&second, f_unshare, CLONE_NEWUTS), 0, "which goes on");
	vxt_end(&second);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	test_masks();
	test_arguments();
	test_uts_ipc();
	test_mounts();
	vxt_end(&owner);
	tap_ok(gone(xid), "the context ends");
	test_pid();
	test_replace();
	if (agent.pid)
		vxt_end(&agent);
	return vxt_done();
}
