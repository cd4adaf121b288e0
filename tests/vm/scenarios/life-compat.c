// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-compat - a 32-bit program makes, changes, enters and ends contexts on the 64-bit kernel
 * bed: qemu
 * timeout: 20
 * cflags: -m32
 */
#include <sys/mman.h>
#include <sys/utsname.h>

#include "../prog/vxt.h"

_Static_assert(sizeof(void *) == 4, "this is the 32-bit program");
_Static_assert(sizeof(struct vserver_space_mask) == 12, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_iattr) == 16, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_vhi_name) == 72, "as in Linux-VServer");
_Static_assert(sizeof(struct vserver_virt_stat) == 48, "as in Linux-VServer");

/* a structure that ends where memory ends */
static void *at_the_end(const void *data, size_t size)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		exit(1);
	(void)munmap(page + 4096, 4096);
	if (data)
		memcpy(page + 4096 - size, data, size);
	return page + 4096 - size;
}

#define END(type, ...) ((type *)at_the_end(&(type){ __VA_ARGS__ }, sizeof(type)))

static void inside(uint32_t xid)
{
	struct vserver_ctx_create *create = END(struct vserver_ctx_create, .flagword = VXT_SETUP | VSERVER_FLAG_PERSISTENT);
	struct vserver_vhi_name *name = END(struct vserver_vhi_name, .field = VSERVER_VHI_NODENAME, .name = "narrow");
	struct vserver_flags *flags;
	struct vserver_caps *caps;
	struct utsname u;

	tap_is(vserver(VSERVER_CTX_CREATE, xid, create), xid, "create");
	tap_is(vx_task_xid(0), xid, "inside");
	tap_is(unshare(CLONE_NEWUTS | CLONE_NEWIPC), 0, "new namespaces");
	tap_is(vserver(VSERVER_SET_SPACE, VSERVER_ID_SELF,
	       END(struct vserver_space_mask, .mask = CLONE_NEWUTS, .index = 0)), 0,
	       "set_space reads 12 bytes");
	tap_is(vserver(VSERVER_SET_SPACE_V1, VSERVER_ID_SELF, END(struct vserver_space_mask_v1, .mask = CLONE_NEWIPC)), 0,
	       "set_space, version 1");
	tap_errno(vserver(VSERVER_SET_SPACE, VSERVER_ID_SELF,
		  END(struct vserver_space_mask, .mask = CLONE_NEWUTS, .index = 2)),
		  EINVAL, "set_space, slot 2: EINVAL");
	tap_is(vserver(VSERVER_SET_VHI_NAME, VSERVER_ID_SELF, name), 0, "set_vhi_name");
	tap_ok(uname(&u) == 0 && !strcmp(u.nodename, "narrow"), "uname shows it");
	tap_is(vserver(VSERVER_SET_BCAPS, VSERVER_ID_SELF,
		       END(struct vserver_caps, .caps = 0xABCDEF0123456789, .mask = ~0ULL)), 0, "set_bcaps");
	caps = END(struct vserver_caps, .caps = 0);
	tap_is(vserver(VSERVER_GET_BCAPS, VSERVER_ID_SELF, caps), 0, "get_bcaps");
	tap_ok(caps->caps == 0xABCDEF0123456789 && caps->mask == ~0ULL, "all 64 bits come back");
	(void)vx_set_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, ~0ULL, ~0ULL);
	tap_is(vserver(VSERVER_SET_CFLAGS, VSERVER_ID_SELF,
		       END(struct vserver_flags, .flagword = 1ULL << 60, .mask = 1ULL << 60 | VSERVER_FLAG_STATE_SETUP)), 0,
	       "set_cflags");
	flags = END(struct vserver_flags, .flagword = 0);
	tap_is(vserver(VSERVER_GET_CFLAGS, VSERVER_ID_SELF, flags), 0, "get_cflags");
	tap_ok(flags->flagword == (VSERVER_FLAG_STATE_INIT | VSERVER_FLAG_STATE_ADMIN | VSERVER_FLAG_PERSISTENT | 1ULL << 60),
	       "all 64 flags come back");
	tap_errno(kill(getppid() ? getppid() : 1, 0), ESRCH, "the host does not exist");
}

int main(int argc, char **argv)
{
	struct vserver_virt_stat *virt = END(struct vserver_virt_stat, .uptime = 0);
	struct vserver_ctx_stat *stat = END(struct vserver_ctx_stat, .usecnt = 0);
	struct vserver_vx_info *info = END(struct vserver_vx_info, .xid = 0);
	struct vserver_badness *bad = END(struct vserver_badness, .bias = -5000000000LL);
	struct vserver_iattr *attr = END(struct vserver_iattr, .name = "/proc/uptime", .tag = 0);
	struct vserver_wait_exit *we = END(struct vserver_wait_exit, .exit_code = -1);
	struct vserver_space_mask_v1 *mask = END(struct vserver_space_mask_v1, .mask = 0);
	int status = 0, p[2];
	uint32_t xid;
	pid_t pid;

	vxt_init(argc, argv);
	tap_is(vserver(VSERVER_GET_VERSION, 63, NULL), VSERVER_API_VERSION, "get_version");
	tap_is(vserver(VSERVER_GET_SPACE_MASK, 0, mask), 0, "get_space_mask");
	tap_is((long long)mask->mask, 0x7C020200, "has the bits");
	tap_is(vserver(VSERVER_GET_IATTR, 0, attr), 0, "get_iattr with a 32-bit pointer");
	tap_ok((attr->mask & 7) == 7, "tells attributes of procfs");
	tap_errno(vserver(VSERVER_GET_IATTR, 0, END(struct vserver_iattr, .name = (char *)8)), EFAULT,
		  "a bad pointer in it: EFAULT");

	xid = vxt_free_xid();
	(void)fflush(NULL);
	if (pipe(p))
		return 1;
	pid = fork();
	if (!pid) {
		inside(xid);
		(void)!write(p[1], &tap_count_, sizeof(int));
		(void)!write(p[1], &tap_failed_, sizeof(int));
		_exit(3);
	}
	(void)!read(p[0], &tap_count_, sizeof(int));
	(void)!read(p[0], &tap_failed_, sizeof(int));
	(void)waitpid(pid, &status, 0);
	tap_is(WEXITSTATUS(status), 3, "the process inside ends");

	tap_is(vserver(VSERVER_VX_INFO, xid, info) ?: (long)info->xid, xid, "vx_info");
	tap_is(vserver(VSERVER_CTX_STAT, xid, stat) ?: (long)stat->tasks, 1, "ctx_stat");
	tap_ok(vserver(VSERVER_VIRT_STAT, xid, virt) == 0 && virt->uptime > 0 && virt->nr_threads == 0, "virt_stat");
	tap_is(vserver(VSERVER_SET_BADNESS, xid, bad), 0, "set_badness");
	bad->bias = 0;
	tap_ok(vserver(VSERVER_GET_BADNESS, xid, bad) == 0 && bad->bias == -5000000000LL, "get_badness");
	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		if (vserver(VSERVER_ENTER_SPACE, xid, END(struct vserver_space_mask, .mask = 0, .index = 0)))
			_exit(1);
		_exit(vserver(VSERVER_CTX_MIGRATE, xid, END(struct vserver_ctx_migrate, .flagword = 0)) ? 2 : pause());
	}
	tap_ok(vxt_until(3000, vx_tasks(xid) == 2), "enter_space and migrate");
	(void)fflush(NULL);
	if (!fork()) {
		tap_count_ = 1000;
		_exit(vserver(VSERVER_WAIT_EXIT, xid, we) || we->exit_code != SIGTERM);
	}
	vxt_sleep_ms(50);
	(void)vx_set_cflags(xid, 0, VSERVER_FLAG_PERSISTENT);
	tap_is(vserver(VSERVER_CTX_KILL, xid, END(struct vserver_ctx_kill, .pid = 0, .sig = SIGTERM)), 0, "ctx_kill");
	(void)waitpid(pid, &status, 0);
	tap_is(status, SIGTERM, "arrives");
	(void)wait(&status);
	tap_is(status, 0, "wait_exit gives the exit code");
	tap_ok(!vx_exists(xid), "the context is gone");
	return vxt_done();
}
