/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vlt.h - counted resources for test programs: one of each kind, limits, what is used */
#pragma once

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

#include "vxt.h"

/* as in tap.h, with a text that is made */
#define tap_is_num(got, wanted, ...)						\
	({									\
		long got_ = (got);						\
		tap_is(got_, (wanted), tap_text(__VA_ARGS__));			\
	})
#define tap_is_errno(result, wanted, ...)					\
	({									\
		long res_ = (result);						\
		int err_ = errno;						\
		const char *text_ = tap_text(__VA_ARGS__);				\
		errno = err_;							\
		tap_errno(res_, (wanted), text_);				\
	})
#define tap_fail(...) tap_ok(false, __VA_ARGS__)

#define MAX 64

static long held[MAX];
static int nheld;

VXT_UNUSED
static int keep(long what)
{
	if (what >= 0 && nheld < MAX)
		held[nheld++] = what;
	return what < 0 ? -1 : 0;
}

/* ---- one of each; functions for agents give 0, or -1 and errno ---- */

VXT_UNUSED
static int new_task(void)
{
	pid_t pid = fork();

	if (!pid) {
		(void)pause();
		_exit(0);
	}
	return keep(pid);
}

VXT_UNUSED
static void end_task(long pid)
{
	(void)kill((pid_t)pid, SIGKILL);
	(void)waitpid((pid_t)pid, NULL, 0);
}

VXT_UNUSED
static int new_file(void)
{
	return keep(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

VXT_UNUSED
static void end_fd(long fd)
{
	(void)close((int)fd);
}

VXT_UNUSED
static int new_fd(void)
{
	return keep(dup(0));
}

VXT_UNUSED
static int new_socket(void)
{
	return keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* locks with gaps between them, each by a descriptor that stays open */
static int lock_fd = -1;

VXT_UNUSED
static int lock(short type, long byte)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

	return fcntl(lock_fd, F_SETLK, &l);
}

VXT_UNUSED
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

VXT_UNUSED
static void end_lock(long byte)
{
	(void)lock(F_UNLCK, byte);
}

VXT_UNUSED
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

VXT_UNUSED
static int new_segment(void)
{
	return keep(shmget(IPC_PRIVATE, 4 * 4096, IPC_CREAT | 0600));
}

VXT_UNUSED
static void end_segment(long id)
{
	(void)shmctl((int)id, IPC_RMID, NULL);
}

VXT_UNUSED
static int new_set(void)
{
	return keep(semget(IPC_PRIVATE, 3, IPC_CREAT | 0600));
}

VXT_UNUSED
static void end_set(long id)
{
	(void)semctl((int)id, 0, IPC_RMID);
}

VXT_UNUSED
static int new_signal(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGRTMIN);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	return sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) ? -1 : keep(0);
}

VXT_UNUSED
static void end_signal(long x VXT_UNUSED)
{
	struct timespec none = { 0 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGRTMIN);
	(void)sigtimedwait(&set, NULL, &none);
}

VXT_UNUSED
static int new_inotify(void)
{
	return keep(inotify_init1(IN_CLOEXEC));
}

static int watcher = -1;

VXT_UNUSED
static int new_watch(void)
{
	char path[32];

	if (watcher < 0)
		watcher = inotify_init1(IN_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/tmp/watch-%d-%d", getpid(), nheld);
	(void)mkdir(path, 0700);
	return keep(inotify_add_watch(watcher, path, IN_CREATE));
}

VXT_UNUSED
static void end_watch(long wd)
{
	(void)inotify_rm_watch(watcher, (int)wd);
}

VXT_UNUSED
static int new_key(void)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "limit-%d-%d", getpid(), nheld);
	return keep(syscall(SYS_add_key, "user", name, "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

VXT_UNUSED
static void end_key(long key)
{
	(void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_PROCESS_KEYRING);
}

VXT_UNUSED
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

static const struct kind kinds[] VXT_UNUSED = {
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
VXT_UNUSED
static long f_make(long kind, long n, long c VXT_UNUSED, long d VXT_UNUSED)
{
	long i;

	for (i = 0; i < n; i++)
		if (kinds[kind].make())
			return i;
	errno = 0;
	return i;
}

VXT_UNUSED
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
VXT_UNUSED
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

VXT_UNUSED
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
VXT_UNUSED
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

VXT_UNUSED
static void put(struct request *r, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (struct nlattr *)((char *)r + NLMSG_ALIGN(r->n.nlmsg_len));

	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy((char *)a + NLA_HDRLEN, data, len);
	r->n.nlmsg_len = NLMSG_ALIGN(r->n.nlmsg_len) + NLA_ALIGN(a->nla_len);
}

VXT_UNUSED
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
VXT_UNUSED
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
VXT_UNUSED
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

VXT_UNUSED
static bool set_limit(uint32_t xid, const struct kind *k, unsigned long long hard)
{
	struct vserver_rlimit r = { .id = k->id, .softlimit = VSERVER_LIMIT_KEEP, .maximum = hard };

	/* by the call where it has the id */
	return k->id < 32 ? vserver(VSERVER_SET_RLIMIT, xid, &r) == 0 : netlink_limit(xid, k->id, hard) == 0;
}

/* a number of 4 or 8 bytes */
VXT_UNUSED
static unsigned long long number_of(const struct nlattr *a)
{
	uint64_t u64 = 0;
	uint32_t u32 = 0;

	if (a->nla_len >= NLA_HDRLEN + 8)
		memcpy(&u64, (const char *)a + NLA_HDRLEN, sizeof(u64));
	else
		memcpy(&u32, (const char *)a + NLA_HDRLEN, sizeof(u32));
	return u64 ? u64 : u32;
}

/* what a context uses of a resource, also one without processes; all ones: it does not tell */
VXT_UNUSED
static unsigned long long used_of(uint32_t xid, uint32_t id)
{
	int nl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	unsigned long long ret = ~0ULL;
	static char buf[16384];
	const struct nlmsghdr *h = (const struct nlmsghdr *)buf;
	uint16_t family = 0;
	struct request r;
	ssize_t n;

	begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&r, CTRL_ATTR_FAMILY_NAME, VSERVER_FAMILY_NAME, sizeof(VSERVER_FAMILY_NAME));
	if (talk(nl, &r, &family) == 0) {
		begin(&r, family, VSERVER_CMD_STAT_GET);
		r.n.nlmsg_flags = NLM_F_REQUEST;
		put(&r, VSERVER_A_STAT_XID, &xid, sizeof(xid));
		n = send(nl, &r, r.n.nlmsg_len, 0) < 0 ? -1 : recv(nl, buf, sizeof(buf), 0);
		if (n > 0 && NLMSG_OK(h, n) && h->nlmsg_type == family) {
			const char *end = buf + h->nlmsg_len, *p = (const char *)NLMSG_DATA(h) + GENL_HDRLEN;

			for (; p < end; p += NLA_ALIGN(((const struct nlattr *)p)->nla_len)) {
				const struct nlattr *a = (const struct nlattr *)p;
				const char *q = p + NLA_HDRLEN, *qend = p + a->nla_len;
				unsigned long long this_id = 0, used = 0;

				if ((a->nla_type & NLA_TYPE_MASK) != VSERVER_A_STAT_LIMIT)
					continue;
				for (; q < qend; q += NLA_ALIGN(((const struct nlattr *)q)->nla_len)) {
					const struct nlattr *b = (const struct nlattr *)q;

					if (b->nla_type == VSERVER_A_LIMIT_ID)
						this_id = number_of(b);
					if (b->nla_type == VSERVER_A_LIMIT_USED)
						used = number_of(b);
				}
				if (this_id == id)
					ret = used;
			}
		}
	}
	close(nl);
	return ret;
}
