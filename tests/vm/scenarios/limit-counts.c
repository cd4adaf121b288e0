// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-counts - every counted resource: counted, refused at its limit, given back, separate from others and the host
 * bed: um qemu
 * timeout: 120
 */
#include <linux/genetlink.h>
#include <linux/keyctl.h>
#include <linux/vserver_netlink.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "../prog/vxt.h"

/* as in tap.h, with a text that is made */
__attribute__((format(printf, 1, 2)))
static const char *text(const char *fmt, ...)
{
	static char buf[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	return buf;
}

#define tap_is_num(got, wanted, ...)						\
	({									\
		long got_ = (got);						\
		tap_is(got_, (wanted), text(__VA_ARGS__));			\
	})
#define tap_is_errno(result, wanted, ...)					\
	({									\
		long res_ = (result);						\
		int err_ = errno;						\
		const char *text_ = text(__VA_ARGS__);				\
		errno = err_;							\
		tap_errno(res_, (wanted), text_);				\
	})
#define tap_fail(...) tap_ok(false, __VA_ARGS__)

#define MAX 64

static long held[MAX];
static int nheld;

static int keep(long what)
{
	if (what >= 0 && nheld < MAX)
		held[nheld++] = what;
	return what < 0 ? -1 : 0;
}

/* ---- one of each; functions for agents give 0, or -1 and errno ---- */

static int new_task(void)
{
	pid_t pid = fork();

	if (!pid) {
		(void)pause();
		_exit(0);
	}
	return keep(pid);
}

static void end_task(long pid)
{
	(void)kill((pid_t)pid, SIGKILL);
	(void)waitpid((pid_t)pid, NULL, 0);
}

static int new_file(void)
{
	return keep(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static void end_fd(long fd)
{
	(void)close((int)fd);
}

static int new_fd(void)
{
	return keep(dup(0));
}

static int new_socket(void)
{
	return keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* locks with gaps between them, each by a descriptor that stays open */
static int lock_fd = -1;

static int lock(short type, long byte)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	return fcntl(lock_fd, F_SETLK, &l);
}

static int new_lock(void)
{
	static long next;

	if (lock_fd < 0) {
		char path[] = "/tmp/limit-XXXXXX";

		lock_fd = mkostemp(path, O_CLOEXEC);
		(void)unlink(path);
	}
	return lock_fd < 0 || lock(F_WRLCK, next) ? -1 : keep((next += 2) - 2);
}

static void end_lock(long byte)
{
	(void)lock(F_UNLCK, byte);
}

static int new_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 256 };
	char name[32];
	mqd_t q;

	(void)snprintf(name, sizeof(name), "/limit-%d-%d", getpid(), nheld);
	q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (q >= 0)
		(void)mq_unlink(name);
	return keep(q);
}

static int new_segment(void)
{
	return keep(shmget(IPC_PRIVATE, 4 * 4096, IPC_CREAT | 0600));
}

static void end_segment(long id)
{
	(void)shmctl((int)id, IPC_RMID, NULL);
}

static int new_set(void)
{
	return keep(semget(IPC_PRIVATE, 3, IPC_CREAT | 0600));
}

static void end_set(long id)
{
	(void)semctl((int)id, 0, IPC_RMID);
}

static int new_signal(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGRTMIN);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) ? -1 : keep(0);
}

static void end_signal(long x VXT_UNUSED)
{
	struct timespec none = { 0 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGRTMIN);
	(void)sigtimedwait(&set, NULL, &none);
}

static int new_inotify(void)
{
	return keep(inotify_init1(IN_CLOEXEC));
}

static int watcher = -1;

static int new_watch(void)
{
	char path[32];

	if (watcher < 0)
		watcher = inotify_init1(IN_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/tmp/watch-%d-%d", getpid(), nheld);
	(void)mkdir(path, 0700);
	return keep(inotify_add_watch(watcher, path, IN_CREATE));
}

static void end_watch(long wd)
{
	(void)inotify_rm_watch(watcher, (int)wd);
}

static int new_key(void)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "limit-%d-%d", getpid(), nheld);
	return keep(syscall(SYS_add_key, "user", name, "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static void end_key(long key)
{
	(void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_PROCESS_KEYRING);
}

static int new_pipe(void)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return -1;
	(void)keep(p[0]);
	return keep(p[1]);
}

struct kind {
	uint32_t id;
	const char *name;
	int (*make)(void);
	void (*end)(long what);
	long each;	/* of the resource in one of them */
	int error;	/* what a refusal says */
	int ends;	/* of held[] in one of them */
};

static const struct kind kinds[] = {
	{ VSERVER_LIMIT_NPROC, "nproc", new_task, end_task, 1, EAGAIN, 1 },
	{ VSERVER_LIMIT_NOFILE, "nofile", new_file, end_fd, 1, EMFILE, 1 },
	{ VSERVER_LIMIT_OPENFD, "openfd", new_fd, end_fd, 1, EMFILE, 1 },
	{ VSERVER_LIMIT_NSOCK, "nsock", new_socket, end_fd, 1, ENOMEM, 1 },
	{ VSERVER_LIMIT_LOCKS, "locks", new_lock, end_lock, 1, ENOLCK, 1 },
	{ VSERVER_LIMIT_MSGQUEUE, "msgqueue", new_queue, end_fd, 0, EMFILE, 1 },
	{ VSERVER_LIMIT_SHMEM, "shmem", new_segment, end_segment, 4, ENOSPC, 1 },
	{ VSERVER_LIMIT_SEMARY, "semary", new_set, end_set, 1, ENOSPC, 1 },
	{ VSERVER_LIMIT_NSEMS, "nsems", new_set, end_set, 3, ENOSPC, 1 },
	{ VSERVER_LIMIT_SIGPENDING, "sigpending", new_signal, end_signal, 1, EAGAIN, 1 },
	{ VSERVER_LIMIT_INOTIFY, "inotify", new_inotify, end_fd, 1, EMFILE, 1 },
	{ VSERVER_LIMIT_WATCHES, "watches", new_watch, end_watch, 1, ENOSPC, 1 },
	{ VSERVER_LIMIT_KEYS, "keys", new_key, end_key, 1, EDQUOT, 1 },
	{ VSERVER_LIMIT_PIPEPAGES, "pipepages", new_pipe, end_fd, 16, ENFILE, 2 },
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* make @n of a kind: how many it became, errno of the first failure */
static long f_make(long kind, long n, long c VXT_UNUSED, long d VXT_UNUSED)
{
	long i;

	for (i = 0; i < n; i++)
		if (kinds[kind].make())
			return i;
	errno = 0;
	return i;
}

static long f_end(long kind, long n, long c VXT_UNUSED, long d VXT_UNUSED)
{
	for (n *= kinds[kind].ends; n > 0 && nheld > 0; n--)
		kinds[kind].end(held[--nheld]);
	return 0;
}

/* ---- limits, from outside: by netlink, and by the call where it has the id ---- */

struct values {
	unsigned long long used, peak, soft, hard;
	unsigned int hits;
};

/* from inside, without rights */
static long f_vlimits(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	FILE *f = fopen("/proc/self/vlimits", "re");
	size_t n;

	if (!f)
		return -1;
	n = fread(vxt_text, 1, sizeof(vxt_text) - 1, f);
	vxt_text[n] = '\0';
	(void)fclose(f);
	return 0;
}

static bool parse(const char *text, const char *name, struct values *v)
{
	char row[64], soft[32], hard[32];

	for (; text; text = strchr(text, '\n'), text = text ? text + 1 : NULL) {
		if (sscanf(text, "%63s %llu %llu %31s %31s %u", row, &v->used, &v->peak, soft, hard, &v->hits) != 6 ||
		    strcmp(row, name) != 0)
			continue;
		v->soft = strcmp(soft, "unlimited") == 0 ? ~0ULL : strtoull(soft, NULL, 10);
		v->hard = strcmp(hard, "unlimited") == 0 ? ~0ULL : strtoull(hard, NULL, 10);
		return true;
	}
	return false;
}

/* /proc of the host: the context's own view through one of its processes */
static struct values look(const struct vxt_guest *g, const char *name)
{
	struct values v = { .used = ~0ULL };
	char path[64];
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/vlimits", g->init.pid);
	f = fopen(path, "re");
	if (!f)
		return v;
	n = fread(vxt_text, 1, sizeof(vxt_text) - 1, f);
	vxt_text[n] = '\0';
	(void)fclose(f);
	if (!parse(vxt_text, name, &v))
		v.used = ~0ULL;
	return v;
}

/* ---- generic netlink ---- */

struct request {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char attrs[256];
};

static void put(struct request *r, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)((char *)r + NLMSG_ALIGN(r->n.nlmsg_len));

	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy((char *)a + NLA_HDRLEN, data, len);
	r->n.nlmsg_len = NLMSG_ALIGN(r->n.nlmsg_len) + NLA_ALIGN(a->nla_len);
}

static void begin(struct request *r, uint16_t type, uint8_t cmd)
{
	memset(r, 0, sizeof(*r));
	r->n.nlmsg_len = NLMSG_LENGTH(sizeof(r->g));
	r->n.nlmsg_type = type;
	r->n.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	r->g.cmd = cmd;
	r->g.version = 1;
}

/* the error that the kernel answers with, and the id of the family if that was asked for */
static int talk(int nl, struct request *r, uint16_t *ret_family)
{
	char buf[8192];

	if (send(nl, r, r->n.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		ssize_t n = recv(nl, buf, sizeof(buf), 0);
		const struct nlmsghdr *h = (const struct nlmsghdr *)buf;

		if (n < (ssize_t)sizeof(*h))
			return EIO;
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			const struct nlattr *a = (const struct nlattr *)((const char *)NLMSG_DATA(h) + GENL_HDRLEN);

			if (h->nlmsg_type == NLMSG_ERROR)
				return -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			for (; ret_family && (const char *)a < (const char *)h + h->nlmsg_len;
			     a = (const struct nlattr *)((const char *)a + NLA_ALIGN(a->nla_len)))
				if (a->nla_type == CTRL_ATTR_FAMILY_ID)
					memcpy(ret_family, (const char *)a + NLA_HDRLEN, sizeof(*ret_family));
		}
	}
}

/* 0, or the error */
static int netlink_limit(uint32_t xid, uint32_t id, uint64_t hard)
{
	int nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), err;
	struct nlattr *nest;
	uint16_t family = 0;
	struct request r;

	begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&r, CTRL_ATTR_FAMILY_NAME, VSERVER_FAMILY_NAME, sizeof(VSERVER_FAMILY_NAME));
	err = talk(nl, &r, &family);
	if (!err) {
		begin(&r, family, VSERVER_CMD_LIMIT_SET);
		put(&r, VSERVER_A_STAT_XID, &xid, sizeof(xid));
		nest = (struct nlattr *)((char *)&r + r.n.nlmsg_len);
		put(&r, VSERVER_A_STAT_LIMIT | NLA_F_NESTED, "", 0);
		put(&r, VSERVER_A_LIMIT_ID, &id, sizeof(id));
		put(&r, VSERVER_A_LIMIT_HARD, &hard, sizeof(hard));
		nest->nla_len = (uint16_t)((char *)&r + r.n.nlmsg_len - (char *)nest);
		err = talk(nl, &r, NULL);
	}
	close(nl);
	return err;
}

static bool set_limit(uint32_t xid, const struct kind *k, unsigned long long hard)
{
	struct vserver_rlimit r = { .id = k->id, .softlimit = VSERVER_LIMIT_KEEP, .maximum = hard };

	/* by the call where it has the id */
	return k->id < 32 ? vserver(VSERVER_SET_RLIMIT, xid, &r) == 0 : netlink_limit(xid, k->id, hard) == 0;
}

/* ---- tests ---- */

static void one_kind(enum vxt_mode mode, size_t i)
{
	const struct kind *k = &kinds[i];
	const char *m = vxt_mode_name[mode], *n = k->name;
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS }, other = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w, o, host;
	struct values base, v;
	long each = k->each, made;

	if (!vxt_start(&g, mode, 0) || !vxt_start(&other, mode, 0) || !vxt_child(&g.init, &w) ||
	    !vxt_child(&other.init, &o) || !vxt_host(&host)) {
		tap_fail("%s: %s: two guests", m, n);
		return;
	}
	/* what the first one brings along (descriptors, a directory) is not counted below */
	tap_is_num(vxt_call(&w, f_make, i, 1), 1, "%s: %s: one can be made", m, n);
	base = look(&g, n);
	tap_ok(base.used != ~0ULL && base.hard == ~0ULL, "%s: %s: is shown, without a limit", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 3), 3, "%s: %s: three more", m, n);
	v = look(&g, n);
	if (!each)
		each = (long)(v.used - base.used) / 3;
	tap_ok(each > 0 && v.used == base.used + 3 * (unsigned long long)each, "%s: %s: are counted (%llu, %llu)", m,
	       n, base.used, v.used);
	tap_ok(v.peak >= v.used && !v.hits, "%s: %s: the peak is not below, nothing was refused", m, n);

	tap_ok(set_limit(g.xid, k, v.used + 2 * (unsigned long long)each), "%s: %s: a limit is set", m, n);
	errno = 0;
	made = vxt_call(&w, f_make, i, 5);
	tap_is_num(errno, k->error, "%s: %s: the refusal says so", m, n);
	tap_is_num(made, 2, "%s: %s: at the limit more is refused", m, n);
	v = look(&g, n);
	tap_ok(v.used == v.hard, "%s: %s: as much is used as there may be (%llu of %llu)", m, n, v.used, v.hard);
	tap_ok(v.hits >= 1, "%s: %s: the refusal is counted (%u)", m, n, v.hits);
	tap_is_num(vxt_call(&o, f_make, i, 8), 8, "%s: %s: the other guest is not affected", m, n);
	tap_is_num(vxt_call(&host, f_make, i, 8), 8, "%s: %s: the host is not affected", m, n);

	(void)vxt_call(&w, f_end, i, 3);
	tap_ok(vxt_until(5000, look(&g, n).used == v.used - 3 * (unsigned long long)each),
	       "%s: %s: what is given back is not counted", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 3), 3, "%s: %s: and can be used again", m, n);
	tap_ok(set_limit(g.xid, k, 0), "%s: %s: a limit below the use is taken", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 1), 0, "%s: %s: nothing more then", m, n);
	tap_ok(set_limit(g.xid, k, VSERVER_LIMIT_INFINITY), "%s: %s: the limit is taken away", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 4), 4, "%s: %s: and does not hold any more", m, n);

	/* a process that ends gives back all that is its own */
	if (k->id != VSERVER_LIMIT_SHMEM && k->id != VSERVER_LIMIT_SEMARY && k->id != VSERVER_LIMIT_NSEMS) {
		unsigned long long before = look(&g, n).used;

		if (k->id == VSERVER_LIMIT_NPROC)
			(void)vxt_call(&w, f_end, i, MAX);
		close(w.sock);
		/* its parent takes it: a zombie keeps signals and credentials */
		tap_ok(vxt_until(10000, (vxt_call(&g.init, f_wait, -1, WNOHANG), look(&g, n).used) <=
				 before - 9 * (unsigned long long)each),
		       "%s: %s: the end of a process gives back what it had (%llu, %llu)", m, n, before,
		       look(&g, n).used);
	} else {
		(void)vxt_call(&w, f_end, i, MAX);
		tap_is_num((long)look(&g, n).used, 0, "%s: %s: all is given back", m, n);
		close(w.sock);
	}
	if (k->id == VSERVER_LIMIT_SHMEM || k->id == VSERVER_LIMIT_SEMARY || k->id == VSERVER_LIMIT_NSEMS) {
		(void)vxt_call(&o, f_end, i, MAX);
		(void)vxt_call(&host, f_end, i, MAX);
	}
	if (k->id == VSERVER_LIMIT_NPROC)
		(void)vxt_call(&host, f_end, i, MAX);
	vxt_end(&host);
	close(o.sock);
	tap_ok(vxt_stop(&other) && vxt_stop(&g), "%s: %s: both guests end", m, n);
}

/* who enters is let in, with what it has, and leaves nothing behind */
static void entering(void)
{
	struct vxt_guest g = { .bcaps = 0 };
	struct vxt_agent in;
	struct values v, w;

	if (!vxt_start(&g, VXT_FLAT, 0)) {
		tap_fail("a guest to enter");
		return;
	}
	v = look(&g, "nproc");
	(void)set_limit(g.xid, &kinds[0], v.used);
	tap_is_num((v = look(&g, "openfd")).used > 0, 1, "enter: who made it has brought descriptors along");
	tap_ok(vxt_join(&g, &in), "enter: at the limit of processes the host can enter");
	w = look(&g, "nproc");
	tap_ok(w.used == w.hard + 1, "enter: it is counted (%llu of %llu)", w.used, w.hard);
	tap_ok(look(&g, "openfd").used > v.used, "enter: and so are its descriptors");
	vxt_end(&in);
	tap_ok(vxt_until(5000, look(&g, "nproc").used == w.used - 1 && look(&g, "openfd").used == v.used),
	       "enter: its end gives them back");
	tap_ok(vxt_stop(&g), "enter: the guest ends");
}

static long f_dup2(long fd, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return dup2(0, (int)fd);
}

static long f_close(long fd, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return close((int)fd);
}

static long f_fork(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return pid < 0 ? -1 : 0;
}

/* every way to get a descriptor */
static void descriptors(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w;
	struct values v;
	const struct kind *openfd = &kinds[2];

	if (!vxt_start(&g, VXT_FLAT, 0) || !vxt_child(&g.init, &w)) {
		tap_fail("a guest for descriptors");
		return;
	}
	v = look(&g, "openfd");
	tap_is_num(vxt_call(&w, f_dup2, 300), 300, "openfd: dup2 to a new number");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: is counted");
	tap_is_num(vxt_call(&w, f_dup2, 300), 300, "openfd: dup2 to the same");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: is not counted again");
	tap_is_num(vxt_call(&w, f_fork), 0, "openfd: a fork");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: has given back the copies");
	(void)set_limit(g.xid, openfd, v.used + 2);
	tap_is_errno(vxt_call(&w, f_dup2, 301) < 0 ? -1 : vxt_call(&w, f_dup2, 302), EMFILE,
		  "openfd: dup2 is refused at the limit");
	tap_is_errno(vxt_call(&w, f_fork), EMFILE, "openfd: so is a fork, which copies the table");
	tap_is_num(vxt_call(&w, f_close, 301), 0, "openfd: one is closed");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: and given back, after refusals");
	tap_is_num(look(&g, "nproc").used == 2, 1, "openfd: the fork that was refused has left no task");
	close(w.sock);
	tap_ok(vxt_stop(&g), "openfd: the guest ends");
}

static long f_lock_range(long type, long start, long len, long d VXT_UNUSED)
{
	struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	if (lock_fd < 0) {
		lock_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (lock_fd < 0)
			return -2;
	}
	return fcntl(lock_fd, F_SETLK, &l);
}

static long f_flock(long op, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return flock(lock_fd, (int)op);
}

/* releases work at the limit, and do not make more than there may be */
static void locks(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w;
	const struct kind *k = &kinds[4];

	if (!vxt_start(&g, VXT_FLAT, 0) || !vxt_child(&g.init, &w)) {
		tap_fail("a guest for locks");
		return;
	}
	(void)set_limit(g.xid, k, 2);
	tap_is_num(vxt_call(&w, f_lock_range, F_WRLCK, 0, 100), 0, "locks: a range is locked");
	tap_is_num(vxt_call(&w, f_lock_range, F_UNLCK, 40, 10), 0, "locks: a release of the middle makes two of one");
	tap_is_num((long)look(&g, "locks").used, 2, "locks: both are counted");
	tap_is_errno(vxt_call(&w, f_lock_range, F_UNLCK, 10, 10), ENOLCK, "locks: at the limit it does not make three");
	tap_is_errno(vxt_call(&w, f_flock, LOCK_EX), ENOLCK, "locks: those of flock(2) are of the same limit");
	tap_is_num(vxt_call(&w, f_lock_range, F_UNLCK, 0, 40), 0, "locks: a release of all of one works at the limit");
	tap_is_num(vxt_call(&w, f_flock, LOCK_EX), 0, "locks: there is room for another");
	tap_is_num((long)look(&g, "locks").used, 2, "locks: which is counted");
	tap_is_num(vxt_call(&w, f_flock, LOCK_UN), 0, "locks: and released");
	close(w.sock);
	tap_ok(vxt_until(5000, look(&g, "locks").used == 0), "locks: the end of the process releases all");
	tap_ok(vxt_stop(&g), "locks: the guest ends");
}

static int listener = -1;

static long f_listen(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sin, sizeof(sin)) || listen(listener, 8) ||
	    getsockname(listener, (struct sockaddr *)&sin, &len))
		return -1;
	return ntohs(sin.sin_port);
}

static long f_accept(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return accept(listener, NULL, NULL) < 0 ? -1 : 0;
}

static int connect_to(long port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* connections that come from outside: counted, and refused when they are accepted */
static void accepted(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	const struct kind *nsock = &kinds[3];
	struct values v;
	int c[3];
	long port;

	if (system("ip link set lo up") || !vxt_start(&g, VXT_FLAT, 0)) {
		tap_fail("a guest that listens");
		return;
	}
	port = vxt_call(&g.init, f_listen);
	tap_ok(port > 0, "accept: a guest listens");
	v = look(&g, "nsock");
	c[0] = connect_to(port);
	tap_ok(c[0] >= 0 && vxt_until(2000, look(&g, "nsock").used == v.used + 1),
	       "accept: a connection is counted before it is accepted");
	tap_is_num(vxt_call(&g.init, f_accept), 0, "accept: it is accepted");
	tap_is_num((long)look(&g, "nsock").used, (long)v.used + 1, "accept: and counted once");
	(void)set_limit(g.xid, nsock, v.used + 1);
	c[1] = connect_to(port);
	(void)vxt_until(2000, look(&g, "nsock").used == v.used + 2);
	tap_is_errno(vxt_call(&g.init, f_accept), ENOBUFS, "accept: above the limit it is refused");
	tap_ok(look(&g, "nsock").hits >= 1, "accept: that is a hit");
	(void)set_limit(g.xid, nsock, VSERVER_LIMIT_INFINITY);
	c[2] = connect_to(port);
	tap_is_num(vxt_call(&g.init, f_accept), 0, "accept: works again without the limit");
	for (int i = 0; i < 3; i++)
		close(c[i]);
	tap_ok(vxt_stop(&g), "accept: the guest ends");
}

/* the published call */
static void call_of_old(void)
{
	struct vserver_rlimit_mask mask = { 1, 1, 1 };
	struct vserver_rlimit r = { 0 };
	struct vserver_rlimit_stat s = { 0 };
	struct vxt_guest g = { .bcaps = 0 };
	static const uint32_t no[] = { 0, 1, 2, 3, 4, 5, 8, 9, 11, 13, 14, 15, 18, 22, 23, 24, 31, 32, 37, ~0U };

	if (!vxt_start(&g, VXT_FLAT, 0)) {
		tap_fail("a guest for the call");
		return;
	}
	tap_is_num(vserver(VSERVER_GET_RLIMIT_MASK, 0, &mask), 0, "call: the mask");
	tap_ok(mask.minimum == 0 && mask.softlimit == 0 && mask.maximum == 0x003B14C0, "call: its words (%x %x %x)",
	       mask.minimum, mask.softlimit, mask.maximum);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		r.id = no[i];
		tap_is_errno(vserver(VSERVER_GET_RLIMIT, g.xid, &r), EINVAL, "call: limit %u is not there", no[i]);
		tap_is_errno(vserver(VSERVER_SET_RLIMIT, g.xid, &r), EINVAL, "call: and cannot be set");
		s.id = no[i];
		tap_is_errno(vserver(VSERVER_RLIMIT_STAT, g.xid, &s), EINVAL, "call: and has no statistics");
	}
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC, .minimum = 7, .softlimit = 90, .maximum = 50 };
	tap_is_num(vserver(VSERVER_SET_RLIMIT, g.xid, &r), 0, "call: a soft limit above the hard one");
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC };
	tap_is_num(vserver(VSERVER_GET_RLIMIT, g.xid, &r), 0, "call: is read");
	tap_ok(r.minimum == 0 && r.softlimit == 50 && r.maximum == 50, "call: and is the hard one (%llu %llu %llu)",
	       (unsigned long long)r.minimum, (unsigned long long)r.softlimit, (unsigned long long)r.maximum);
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC, .softlimit = 20, .maximum = VSERVER_LIMIT_KEEP };
	(void)vserver(VSERVER_SET_RLIMIT, g.xid, &r);
	(void)vserver(VSERVER_GET_RLIMIT, g.xid, &r);
	tap_ok(r.softlimit == 20 && r.maximum == 50, "call: what is to be kept is kept");
	r = (struct vserver_rlimit){
		.id = VSERVER_LIMIT_NPROC, .softlimit = VSERVER_LIMIT_INFINITY, .maximum = VSERVER_LIMIT_INFINITY,
	};
	(void)vserver(VSERVER_SET_RLIMIT, g.xid, &r);
	(void)vserver(VSERVER_GET_RLIMIT, g.xid, &r);
	tap_ok(r.softlimit == ~0ULL && r.maximum == ~0ULL, "call: infinity is all ones");
	s = (struct vserver_rlimit_stat){ .id = VSERVER_LIMIT_NPROC };
	tap_is_num(vserver(VSERVER_RLIMIT_STAT, g.xid, &s), 0, "call: statistics");
	tap_ok(s.value == 1 && s.maximum >= 1 && s.minimum == 0, "call: one task (%llu, %llu to %llu)",
	       (unsigned long long)s.value, (unsigned long long)s.minimum, (unsigned long long)s.maximum);
	tap_is_num(vserver(VSERVER_RESET_MINMAX, g.xid, NULL), 0, "call: reset of minimum and maximum");
	(void)vserver(VSERVER_RLIMIT_STAT, g.xid, &s);
	tap_ok(s.minimum == 1 && s.maximum == 1, "call: both are what is used");
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC, .softlimit = 1, .maximum = 1 };
	(void)vserver(VSERVER_SET_RLIMIT, g.xid, &r);
	tap_is_errno(vxt_call(&g.init, f_fork), EAGAIN, "call: no second task");
	(void)vserver(VSERVER_RLIMIT_STAT, g.xid, &s);
	tap_is_num(s.hits, 1, "call: that was a hit");
	tap_is_num(vserver(VSERVER_RESET_HITS, g.xid, NULL), 0, "call: reset of hits");
	(void)vserver(VSERVER_RLIMIT_STAT, g.xid, &s);
	tap_is_num(s.hits, 0, "call: no hits");
	tap_is_errno(vserver(VSERVER_SET_RLIMIT, 4242, &r), ESRCH, "call: no such context");
	tap_is_errno(vserver(VSERVER_SET_RLIMIT, g.xid, (void *)8), EFAULT, "call: a bad pointer");
	tap_ok(vxt_stop(&g), "call: the guest ends");
}

static long f_set_own(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	struct vserver_rlimit r = { .id = VSERVER_LIMIT_NPROC, .softlimit = 1000, .maximum = 1000 };

	return vserver(VSERVER_SET_RLIMIT, VSERVER_ID_SELF, &r);
}

static void from_inside(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS }, rich = { .bcaps = 0 };
	struct values v;

	if (!vxt_start(&g, VXT_PIDNS, 0) || !vxt_start(&rich, VXT_FLAT, 0)) {
		tap_fail("guests that look");
		return;
	}
	(void)set_limit(g.xid, &kinds[0], 12);
	tap_is_num(vxt_call(&g.init, f_vlimits), 0, "inside: /proc/self/vlimits");
	tap_ok(parse(g.init.text, "nproc", &v) && v.used == 1 && v.hard == 12, "inside: says what is used and allowed");
	tap_is_errno(vxt_call(&g.init, f_set_own), ENOSYS, "inside: a guest has no call to change it");
	tap_is_errno(vxt_call(&rich.init, f_set_own), EPERM, "inside: one with all capabilities cannot either");
	tap_ok(vxt_stop(&g) && vxt_stop(&rich), "inside: both end");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	(void)mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL);
	call_of_old();
	from_inside();
	entering();
	descriptors();
	locks();
	accepted();
	for (size_t i = 0; i < KINDS; i++) {
		/* the mount of queues of the host is closed to members */
		if (kinds[i].id != VSERVER_LIMIT_MSGQUEUE)
			one_kind(VXT_FLAT, i);
	}
	for (size_t i = 0; i < KINDS; i++)
		one_kind(VXT_PIDNS, i);
	return vxt_done();
}
