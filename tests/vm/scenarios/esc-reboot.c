// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-reboot - what CAP_SYS_BOOT, which guests have, is not good for; and what may not come along at entering
 * bed: um qemu
 * timeout: 40
 */
#include <linux/io_uring.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <sys/reboot.h>

#include "../prog/vxt.h"

#ifndef SYS_kexec_file_load
#define SYS_kexec_file_load 320
#endif
#ifndef KEXEC_FILE_UNLOAD
#define KEXEC_FILE_UNLOAD 1
#define KEXEC_FILE_ON_CRASH 2
#endif
#define HELPER "/proc/sys/kernel/vshelper"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)

FN(f_unload) { return syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, (unsigned long)a); }
FN(f_restart) { return reboot(RB_AUTOBOOT); }

static void test_unload(enum vxt_mode mode)
{
	const char *m = vxt_mode_name[mode];
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	char what[128];

	if (!tap_ok(vxt_start(&g, mode, 0), "%s: a guest", m))
		return;
	for (int crash = 0; crash < 2; crash++) {
		long flags = KEXEC_FILE_UNLOAD | (crash ? KEXEC_FILE_ON_CRASH : 0);

		(void)snprintf(what, sizeof(what), "%s: unload the kernel for the next boot%s", m, crash ? " after a crash" : "");
		if (f_unload(flags, 0, 0, 0) && errno == ENOSYS)
			tap_skip(what, "not in this kernel");
		else
			tap_errno(vxt_call(&g.init, f_unload, flags), EPERM, what);
	}
	tap_ok(vxt_stop(&g), "%s: the guest ends", m);
}

static void test_unload_host(void)
{
	long r = f_unload(KEXEC_FILE_UNLOAD, 0, 0, 0);

	if (r && errno == ENOSYS)
		tap_skip("the host unloads it", "not in this kernel");
	else
		tap_is(r, 0, "the host unloads it");
}

/*
 * A shell of the host in a pid namespace (a container for builds, say) starts a guest without one of its own: the
 * guest ends itself at most.
 */
static void test_namespace_around(bool fake)
{
	const char *m = fake ? "fake init elsewhere" : "no init";
	uint32_t xid = vxt_free_xid();
	struct vxt_guest g;
	int p[2], status = 0;
	long r = -1;
	pid_t pid;

	if (fake) {
		if (!tap_ok(vxt_start(&g, VXT_FAKE, 0), "%s: a guest", m))
			return;
		xid = g.xid;
	}
	if (pipe2(p, O_CLOEXEC)) {
		tap_ok(false, "pipe");
		return;
	}
	(void)fflush(NULL);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID, NULL, NULL, NULL, NULL);
	if (!pid) {
		/* of the host, and the first of its pid namespace */
		pid_t child = fork();

		if (!child) {
			long e;

			if (fake ? vx_migrate(xid, 0) :
			    (vx_create(xid, VXT_SETUP) != (long)xid ||
			     vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP)))
				_exit(90);
			(void)reboot(RB_AUTOBOOT);
			e = errno;
			(void)!write(p[1], &e, sizeof(e));
			_exit(0);
		}
		(void)waitpid(child, &status, 0);
		_exit(WIFEXITED(status) ? 40 + WEXITSTATUS(status) : 20);
	}
	close(p[1]);
	tap_is(read(p[0], &r, sizeof(r)), sizeof(r), "who called reboot(2) got an answer");
	close(p[0]);
	(void)waitpid(pid, &status, 0);
	if (!tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 40, "%s: the host's process around the guest goes on", m))
		printf("# status 0x%x, errno of reboot %s\n", status, strerror((int)r));
	if (fake)
		tap_ok(vxt_stop(&g), "%s: the guest ends", m);
}

/* with a pid namespace of its own it ends at once */
static void test_own_namespace(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };

	if (!tap_ok(vxt_start(&g, VXT_PIDNS, 0), "a guest with a pid namespace"))
		return;
	(void)vxt_begin(&g.init, -1, f_restart, 0, 0, 0, 0);
	tap_ok(vxt_until(VXT_TIMEOUT_MS, (vxt_reap(), !vx_exists(g.xid))), "it ends by reboot(2)");
	(void)vxt_stop(&g);
}

/* A ring for I/O acts with the rights of who made it, its thread even in the directories of that one. */
static void test_ring(bool late)
{
	struct io_uring_params params = {};
	uint32_t xid = vxt_free_xid();
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params), status = 0;
	pid_t pid;

	if (ring < 0) {
		tap_skip("a ring for I/O", "not in this kernel");
		return;
	}
	(void)fcntl(ring, F_SETFD, 0);
	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		long r, e;

		if (late) {
			r = vx_create(xid, 0) == (long)xid ? 0 : -1;
		} else {
			if (vx_create(xid, VXT_SETUP) != (long)xid)
				_exit(90);
			r = vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP);
		}
		e = errno;
		if (r == 0 || e != EBUSY)
			_exit(91);
		close(ring);
		r = late ? vx_create(xid, 0) != (long)xid : vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP);
		_exit(r ? 92 : 0);
	}
	close(ring);
	(void)waitpid(pid, &status, 0);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) != 91, "%s with a ring for I/O of the host is refused",
	       late ? "entering" : "the end of setup");
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "without it goes on");
	(void)vxt_until(VXT_TIMEOUT_MS, !vx_exists(xid));
}

static void helper(const char *path, char *before, size_t size)
{
	int fd = open(HELPER, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	if (before)
		(void)!read(fd, before, size - 1);
	(void)!pwrite(fd, path, strlen(path), 0);
	/* guests do not begin with it */
	close(fd);
}

int main(int argc, char **argv)
{
	char before[256] = "";

	/* as the helper: the host is told, and does nothing */
	if (argc == 3 && !strcmp(argv[1], "restart"))
		return 0;
	vxt_init(argc, argv);
	helper(vxt_exe, before, sizeof(before));
	test_unload(VXT_FLAT);
	test_unload(VXT_PIDNS);
	test_unload_host();
	test_namespace_around(false);
	test_namespace_around(true);
	test_own_namespace();
	test_ring(false);
	test_ring(true);
	helper(before, NULL, 0);
	return vxt_done();
}
