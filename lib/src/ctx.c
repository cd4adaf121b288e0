// SPDX-License-Identifier: LGPL-2.1-or-later
/* ctx - a context: making, entering, flags, names, signals, end */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

_export_ int vctx_ctx_create(uint32_t xid, uint64_t flags)
{
	struct vserver_ctx_create data = { .flagword = flags };
	int r;

	/* -1 and -2 are "none" and "own" everywhere else: never let them pass for a number. */
	if (xid < VCTX_XID_MIN || xid > VCTX_XID_MAX)
		return -EINVAL;
	r = vctx_call(VSERVER_CTX_CREATE, xid, &data);
	return r < 0 ? r : 0;
}

_export_ int vctx_ctx_migrate(uint32_t xid, uint64_t flags)
{
	struct vserver_ctx_migrate data = { .flagword = flags };
	int r = vctx_call(VSERVER_CTX_MIGRATE, xid, &data);

	return r < 0 ? r : 0;	/* 1 for the spectator */
}

_export_ int vctx_ctx_info(uint32_t xid, struct vctx_ctx_info *ret_info)
{
	struct vserver_vx_info data = { 0 };
	int r = vctx_call(VSERVER_VX_INFO, xid, &data);

	if (r < 0)
		return r;
	if (ret_info)
		*ret_info = (struct vctx_ctx_info){
			.xid = data.xid,
			.init_pid = data.initpid > 0 ? (uint32_t)data.initpid : 0,
		};
	return 0;
}

_export_ int vctx_ctx_stat(uint32_t xid, struct vctx_ctx_stat *ret_stat)
{
	struct vserver_ctx_stat data = { 0 };
	int r = vctx_call(VSERVER_CTX_STAT, xid, &data);

	if (r < 0)
		return r;
	if (ret_stat)
		*ret_stat = (struct vctx_ctx_stat){ .references = data.usecnt, .claims = data.tasks };
	return 0;
}

_export_ int vctx_virt_stat(uint32_t xid, struct vctx_virt_stat *ret_stat)
{
	struct vserver_virt_stat data = { 0 };
	int r = vctx_call(VSERVER_VIRT_STAT, xid, &data);

	if (r < 0)
		return r;
	if (ret_stat)
		*ret_stat = (struct vctx_virt_stat){
			.offset_ns = (int64_t)data.offset,
			.uptime_ns = data.uptime,
			.threads = data.nr_threads,
			.running = data.nr_running,
			.uninterruptible = data.nr_uninterruptible,
			.on_hold = data.nr_onhold,
			.forks = data.nr_forks,
			.load = { data.load[0], data.load[1], data.load[2] },
		};
	return 0;
}

_export_ int vctx_ctx_kill(uint32_t xid, pid_t pid, int sig)
{
	struct vserver_ctx_kill data = { .pid = pid, .sig = sig };
	int r = vctx_call(VSERVER_CTX_KILL, xid, &data);

	return r < 0 ? r : 0;
}

/* ---- flag words, all of the same form ---- */

int vctx_bits_get(uint32_t cmd, uint32_t id, uint64_t *ret_bits, uint64_t *ret_mask)
{
	struct vserver_flags data = { 0 };
	int r = vctx_call(cmd, id, &data);

	if (r < 0)
		return r;
	if (ret_bits)
		*ret_bits = data.flagword;
	if (ret_mask)
		*ret_mask = data.mask;
	return 0;
}

int vctx_bits_set(uint32_t cmd, uint32_t id, uint64_t bits, uint64_t mask)
{
	struct vserver_flags data = { .flagword = bits, .mask = mask };
	int r = vctx_call(cmd, id, &data);

	return r < 0 ? r : 0;
}

_Static_assert(sizeof(struct vserver_flags) == sizeof(struct vserver_caps), "one helper for both");

_export_ int vctx_cflags_get(uint32_t xid, uint64_t *ret_flags, uint64_t *ret_mask)
{
	return vctx_bits_get(VSERVER_GET_CFLAGS, xid, ret_flags, ret_mask);
}

_export_ int vctx_cflags_set(uint32_t xid, uint64_t flags, uint64_t mask)
{
	return vctx_bits_set(VSERVER_SET_CFLAGS, xid, flags, mask);
}

_export_ int vctx_ccaps_get(uint32_t xid, uint64_t *ret_ccaps)
{
	return vctx_bits_get(VSERVER_GET_CCAPS, xid, ret_ccaps, NULL);
}

_export_ int vctx_ccaps_set(uint32_t xid, uint64_t ccaps, uint64_t mask)
{
	return vctx_bits_set(VSERVER_SET_CCAPS, xid, ccaps, mask);
}

_export_ int vctx_bcaps_get(uint32_t xid, uint64_t *ret_bcaps)
{
	return vctx_bits_get(VSERVER_GET_BCAPS, xid, ret_bcaps, NULL);
}

_export_ int vctx_bcaps_set(uint32_t xid, uint64_t bcaps, uint64_t mask)
{
	return vctx_bits_set(VSERVER_SET_BCAPS, xid, bcaps, mask);
}

_export_ int vctx_umask_get(uint32_t xid, uint64_t *ret_umask)
{
	return vctx_bits_get(VSERVER_GET_UMASK, xid, ret_umask, NULL);
}

_export_ int vctx_umask_set(uint32_t xid, uint64_t umask, uint64_t mask)
{
	return vctx_bits_set(VSERVER_SET_UMASK, xid, umask, mask);
}

_export_ int vctx_wmask_get(uint32_t xid, uint64_t *ret_wmask)
{
	return vctx_bits_get(VSERVER_GET_WMASK, xid, ret_wmask, NULL);
}

_export_ int vctx_wmask_set(uint32_t xid, uint64_t wmask, uint64_t mask)
{
	return vctx_bits_set(VSERVER_SET_WMASK, xid, wmask, mask);
}

_export_ int vctx_badness_get(uint32_t xid, int64_t *ret_bias)
{
	struct vserver_badness data = { 0 };
	int r = vctx_call(VSERVER_GET_BADNESS, xid, &data);

	if (r < 0)
		return r;
	if (ret_bias)
		*ret_bias = data.bias;
	return 0;
}

_export_ int vctx_badness_set(uint32_t xid, int64_t bias)
{
	struct vserver_badness data = { .bias = bias };
	int r = vctx_call(VSERVER_SET_BADNESS, xid, &data);

	return r < 0 ? r : 0;
}

/* ---- names ---- */

static const char *const name_words[VCTX_NAME_MAX_] = {
	[VCTX_NAME_CONTEXT] = "context",
	[VCTX_NAME_SYSNAME] = "sysname",
	[VCTX_NAME_NODENAME] = "nodename",
	[VCTX_NAME_RELEASE] = "release",
	[VCTX_NAME_VERSION] = "version",
	[VCTX_NAME_MACHINE] = "machine",
	[VCTX_NAME_DOMAINNAME] = "domainname",
};

_Static_assert((int)VCTX_NAME_CONTEXT == (int)VSERVER_VHI_CONTEXT &&
	       (int)VCTX_NAME_DOMAINNAME == (int)VSERVER_VHI_DOMAINNAME, "names are the kernel's fields");
_Static_assert(VCTX_NAME_SIZE == VSERVER_VHI_SIZE, "size of a name");

_export_ const char *vctx_name_word(enum vctx_name which)
{
	return (unsigned int)which < VCTX_NAME_MAX_ ? name_words[which] : NULL;
}

_export_ int vctx_name_from_word(const char *word, enum vctx_name *ret_which)
{
	for (unsigned int i = 0; i < VCTX_NAME_MAX_; i++)
		if (strcasecmp(word, name_words[i]) == 0) {
			if (ret_which)
				*ret_which = (enum vctx_name)i;
			return 0;
		}
	return -ENOENT;
}

_export_ int vctx_name_get(uint32_t xid, enum vctx_name which, char *ret_name)
{
	struct vserver_vhi_name data = { .field = (uint32_t)which };
	int r;

	if ((unsigned int)which >= VCTX_NAME_MAX_)
		return -EINVAL;
	r = vctx_call(VSERVER_GET_VHI_NAME, xid, &data);
	if (r < 0)
		return r;
	if (ret_name) {
		/* The kernel copies all bytes and does not force a NUL. */
		memcpy(ret_name, data.name, VCTX_NAME_SIZE);
		ret_name[VCTX_NAME_SIZE - 1] = '\0';
	}
	return 0;
}

_export_ int vctx_name_set(uint32_t xid, enum vctx_name which, const char *name)
{
	struct vserver_vhi_name data = { .field = (uint32_t)which };
	int r;

	if ((unsigned int)which >= VCTX_NAME_MAX_)
		return -EINVAL;
	if (!copy_string(data.name, sizeof(data.name), name))
		return -ENAMETOOLONG;
	r = vctx_call(VSERVER_SET_VHI_NAME, xid, &data);
	return r < 0 ? r : 0;
}

/* ---- the end ---- */

_export_ int vctx_ctx_wait(uint32_t xid, struct vctx_exit *ret_exit)
{
	struct vserver_wait_exit data = { 0 };
	int r = vctx_call(VSERVER_WAIT_EXIT, xid, &data);

	if (r < 0)
		return r;
	if (ret_exit)
		*ret_exit = (struct vctx_exit){ .reboot_cmd = data.reboot_cmd, .status = data.exit_code };
	return 0;
}

struct vctx_waiter {
	pid_t pid;		/* the child that waits, 0 when it is reaped */
	int fd;			/* from it */
	bool ended;
	int result;
	struct vctx_exit exit;
};

/* What the child sends: first whether the context exists, then, once, how it ended. */
struct waiter_message {
	int result;
	struct vctx_exit exit;
};

/* In the child; only system calls. */
static _noreturn_ void waiter_child(uint32_t xid, int fd, pid_t parent)
{
	struct waiter_message message = { 0 };
	sigset_t all;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (syscall(SYS_getppid) != parent)
		_exit(0);
	/* Handlers of the caller must not run here, so nothing interrupts the waiting but SIGKILL. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	/* An end that somebody waits for on another descriptor must not be kept open by us. */
	if (fd > 0)
		(void)syscall(SYS_close_range, 0U, (unsigned int)fd - 1, 0U);
	(void)syscall(SYS_close_range, (unsigned int)fd + 1, ~0U, 0U);

	message.result = vctx_ctx_info(xid, NULL);
	if (write_all(fd, &message, sizeof(message)) < 0 || message.result < 0)
		_exit(0);
	do
		message.result = vctx_ctx_wait(xid, &message.exit);
	while (message.result == -EINTR || message.result == -EAGAIN);
	if (message.result == -ESRCH)	/* gone between the two calls */
		message.result = 0;
	(void)write_all(fd, &message, sizeof(message));
	_exit(0);
}

static void waiter_reap(struct vctx_waiter *w)
{
	if (w->pid <= 0)
		return;
	while (waitpid(w->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	w->pid = 0;
}

_export_ int vctx_waiter_open(uint32_t xid, struct vctx_waiter **ret_waiter)
{
	/* No exit signal: the caller's wait(2) and SIGCHLD handler never see this child. */
	struct clone_args args = { .exit_signal = 0 };
	_cleanup_close_ int read_end = -1, write_end = -1;
	struct waiter_message message;
	struct vctx_waiter *w;
	pid_t parent = getpid();
	int fds[2], r;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	read_end = fds[0];
	write_end = fds[1];
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (w->pid < 0) {
		r = -errno;
		free(w);
		return r;
	}
	if (w->pid == 0)
		waiter_child(xid, write_end, parent);
	(void)close(take_fd(write_end));
	n = read_full(read_end, &message, sizeof(message));
	if (n != (ssize_t)sizeof(message))
		message.result = n < 0 ? (int)n : -EIO;
	if (message.result < 0) {
		waiter_reap(w);
		free(w);
		return message.result;
	}
	w->fd = take_fd(read_end);
	*ret_waiter = w;
	return 0;
}

_export_ int vctx_waiter_fd(const struct vctx_waiter *waiter)
{
	return waiter->fd;
}

_export_ int vctx_waiter_wait(struct vctx_waiter *waiter, int timeout_ms, struct vctx_exit *ret_exit)
{
	struct pollfd p = { .fd = waiter->fd, .events = POLLIN };
	struct waiter_message message;

	if (!waiter->ended) {
		int r = poll(&p, 1, timeout_ms);

		if (r < 0)
			return -errno;
		if (r == 0)
			return -ETIMEDOUT;
		if (read_full(waiter->fd, &message, sizeof(message)) == (ssize_t)sizeof(message)) {
			waiter->result = message.result;
			waiter->exit = message.exit;
		} else {
			waiter->result = -EIO;	/* the child was killed */
		}
		waiter->ended = true;
		waiter_reap(waiter);
	}
	if (waiter->result < 0)
		return waiter->result;
	if (ret_exit)
		*ret_exit = waiter->exit;
	return 0;
}

_export_ struct vctx_waiter *vctx_waiter_close(struct vctx_waiter *waiter)
{
	if (!waiter)
		return NULL;
	if (waiter->pid > 0) {
		(void)kill(waiter->pid, SIGKILL);
		waiter_reap(waiter);
	}
	(void)close(waiter->fd);
	free(waiter);
	return NULL;
}
