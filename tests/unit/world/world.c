// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * world - a machine with contexts, for tools that are linked with it in place of the kernel
 *
 * Environment:
 *   WORLD=none       no virtual servers at all;  nostat: contexts, but neither statistics nor limits by netlink
 *   WORLD_CONTEXTS=N contexts from number 100 on, 3 unless given; 102 and 103 have names that are none of the best
 *   WORLD_LOG=FILE   what was changed, a line for each
 *   WORLD_EVENTS=1   things happen: see send_events()
 *
 * The process itself is in context 100, all others are on the host.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/vserver.h>
#include <linux/vserver_netlink.h>
#include <vctx.h>

#include "family.h"
#include "kernel.h"
#include "netlink.h"

#define FIRST	100U

static unsigned int contexts = 3;
static bool no_stat;
static char buf[32768] __attribute__((aligned(8)));

static __attribute__((format(printf, 1, 2))) void note(const char *format, ...)
{
	const char *path = getenv("WORLD_LOG");
	FILE *f = path ? fopen(path, "a") : NULL;
	va_list ap;

	if (!f)
		return;
	va_start(ap, format);
	(void)vfprintf(f, format, ap);
	va_end(ap);
	(void)fclose(f);
}

static const char *name_of(uint32_t xid)
{
	static char name[VCTX_NAME_SIZE];

	switch (xid) {
	case FIRST: {
		const char *dir = getenv("VCTX_CONFDIR");

		(void)snprintf(name, sizeof(name), "%s/web1", dir ? dir : "/etc/vservers");
		return name;
	}
	case FIRST + 2:
		return "/etc/vservers/a \"b\"\\c\n\033[31md";
	case FIRST + 3:
		return "/etc/vservers/\xff\xc2\x9b" "3\xc3\xa4";
	default:
		(void)snprintf(name, sizeof(name), "/etc/vservers/guest%u", xid);
		return name;
	}
}

static bool exists(uint32_t xid)
{
	return xid >= FIRST && xid < FIRST + contexts;
}

static bool is_limited(uint32_t id)
{
	switch (id) {
	case VSERVER_LIMIT_NPROC:
	case VSERVER_LIMIT_NOFILE:
	case VSERVER_LIMIT_LOCKS:
	case VSERVER_LIMIT_MSGQUEUE:
	case VSERVER_LIMIT_NSOCK:
	case VSERVER_LIMIT_OPENFD:
	case VSERVER_LIMIT_SHMEM:
	case VSERVER_LIMIT_SEMARY:
	case VSERVER_LIMIT_NSEMS:
		return true;
	default:
		return id >= VSERVER_LIMIT_SIGPENDING && id <= VSERVER_LIMIT_MOUNTS;
	}
}

/* ---- netlink ---- */

static void put_limit(struct nlmsghdr *nlh, uint16_t type, uint32_t xid, uint32_t id)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);
	uint64_t hard = ~0ULL;

	/* web1 is near its end in processes, and the next one at it in mounts */
	if (id == VSERVER_LIMIT_NPROC)
		hard = xid == FIRST ? 12 : 100;
	if (id == VSERVER_LIMIT_MOUNTS && xid == FIRST + 1)
		hard = 10;
	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_ID, id);
	mnl_attr_put_strz(nlh, VSERVER_A_LIMIT_NAME, vctx_limit_name(id));
	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_USED, 10);
	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_LOWEST, 0);
	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_PEAK, 11);
	mnl_attr_put_u64(nlh, VSERVER_A_LIMIT_SOFT, hard);
	mnl_attr_put_u64(nlh, VSERVER_A_LIMIT_HARD, hard);
	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_HITS, hard == 10 ? 4 : 0);
	mnl_attr_nest_end(nlh, nest);
}

static size_t put_stat(char *at, uint32_t xid)
{
	static unsigned int asked;
	struct nlmsghdr *nlh = family_message(at, FAMILY_ID, NLM_F_MULTI, VSERVER_CMD_STAT_GET);
	struct nlattr *sock;

	/* time goes on from one look to the next: web1 does a second of work and a megabyte */
	if (xid == FIRST)
		asked++;
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_XID, xid);
	mnl_attr_put_strz(nlh, VSERVER_A_STAT_NAME, name_of(xid));
	for (uint32_t id = 0; id <= VSERVER_LIMIT_MOUNTS; id++)
		if (is_limited(id))
			put_limit(nlh, VSERVER_A_STAT_LIMIT, xid, id);
	mnl_attr_put_u64(nlh, VSERVER_A_STAT_UPTIME_NS, 5000000000ULL + asked);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_NR_FORKS, 7);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_LOAD1, 3072);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_LOAD5, 2048);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_LOAD15, 1024);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_PROCESSES, 2);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_THREADS, 3);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_RUNNING, 1);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_BLOCKED, 0);
	mnl_attr_put_u64(nlh, VSERVER_A_STAT_USER_NS, 1500000000ULL + (xid == FIRST ? asked * 1000000000ULL : 0));
	mnl_attr_put_u64(nlh, VSERVER_A_STAT_SYSTEM_NS, 250000000);
	for (uint16_t t = VSERVER_A_STAT_VOLUNTARY_SWITCHES; t <= VSERVER_A_STAT_PAGE_TABLE_BYTES; t++)
		mnl_attr_put_u64(nlh, t, t == VSERVER_A_STAT_READ_BYTES ? asked << 20 : 4096U * t);
	for (uint32_t k = 1; k < 4; k += 2) {
		sock = mnl_attr_nest_start(nlh, VSERVER_A_STAT_SOCK);
		mnl_attr_put_u32(nlh, VSERVER_A_SOCK_FAMILY, k);
		for (uint16_t t = VSERVER_A_SOCK_RECEIVED; t <= VSERVER_A_SOCK_FAILED_BYTES; t++)
			mnl_attr_put_u64(nlh, t, 100U * t + k);
		mnl_attr_nest_end(nlh, sock);
	}
	return MNL_ALIGN(nlh->nlmsg_len);
}

static size_t put_context(char *at, uint32_t xid)
{
	struct nlmsghdr *nlh = family_message(at, FAMILY_ID, NLM_F_MULTI, VSERVER_CMD_CTX_GET);

	mnl_attr_put_u32(nlh, VSERVER_A_CTX_XID, xid);
	mnl_attr_put_strz(nlh, VSERVER_A_CTX_NAME, name_of(xid));
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_FLAGS, VCTX_CF_INITIAL);
	mnl_attr_put_u32(nlh, VSERVER_A_CTX_INITPID, 42);
	return MNL_ALIGN(nlh->nlmsg_len);
}

static void dump(size_t (*put)(char *at, uint32_t xid))
{
	size_t len = 0;

	for (uint32_t xid = FIRST; exists(xid); xid++) {
		len += put(buf + len, xid);
		if (len > sizeof(buf) / 2) {
			fake_datagram(buf, len, 0);
			len = 0;
		}
	}
	if (len)
		fake_datagram(buf, len, 0);
	family_done(0);
}

/* LIMIT_SET: 0 or the errno that is answered. */
static int change(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *in;
	uint32_t xid = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		uint64_t soft = VCTX_LIMIT_KEEP, hard = VCTX_LIMIT_KEEP;
		uint32_t id = 0;

		if (mnl_attr_get_type(attr) == VSERVER_A_STAT_XID)
			xid = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) != VSERVER_A_STAT_LIMIT)
			continue;
		if (!exists(xid))
			return -ESRCH;
		mnl_attr_for_each_nested(in, attr) {
			uint64_t value = mnl_attr_get_payload_len(in) == 8 ? mnl_attr_get_u64(in) : mnl_attr_get_u32(in);

			if (mnl_attr_get_type(in) == VSERVER_A_LIMIT_ID)
				id = (uint32_t)value;
			if (mnl_attr_get_type(in) == VSERVER_A_LIMIT_SOFT)
				soft = value;
			if (mnl_attr_get_type(in) == VSERVER_A_LIMIT_HARD)
				hard = value;
		}
		if (!is_limited(id))
			return -EINVAL;
		note("netlink %u %s %lld %lld\n", xid, vctx_limit_name(id), (long long)soft, (long long)hard);
	}
	return 0;
}

static uint32_t asked_xid(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == VSERVER_A_STAT_XID)
			return mnl_attr_get_u32(attr);
	return 0;
}

static void sent(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type != FAMILY_ID) {
		family_send(VSERVER_MCGRP_EVENTS);
		return;
	}
	if (no_stat && genl->cmd != VSERVER_CMD_CTX_GET) {
		family_ack(-EOPNOTSUPP);
		return;
	}
	switch (genl->cmd) {
	case VSERVER_CMD_CTX_GET:
		dump(put_context);
		break;
	case VSERVER_CMD_STAT_GET:
		if (nlh->nlmsg_flags & NLM_F_DUMP) {
			dump(put_stat);
		} else if (exists(asked_xid(nlh))) {
			fake_datagram(buf, put_stat(buf, asked_xid(nlh)), 0);
			family_ack(0);
		} else {
			family_ack(-ESRCH);
		}
		break;
	case VSERVER_CMD_LIMIT_SET:
		family_ack(change(nlh));
		break;
	default:
		family_ack(-EOPNOTSUPP);
	}
}

/* ---- events ---- */

static struct nlmsghdr *event(uint32_t seq, uint32_t type, uint32_t xid)
{
	struct nlmsghdr *nlh = family_message(buf, FAMILY_ID, 0, VSERVER_CMD_EVENT);

	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_SEQ, seq);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_TYPE, type);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_XID, xid);
	mnl_attr_put_strz(nlh, VSERVER_A_EVENT_NAME, name_of(xid));
	return nlh;
}

/* One comes and hits a limit; another is made and ends while nobody looks; then a kill, and more than the socket holds. */
static void send_events(void)
{
	struct nlmsghdr *nlh = event(5, VSERVER_EVENT_TYPE_STARTED, 101);

	fake_event(buf, nlh->nlmsg_len, 0);
	nlh = event(6, VSERVER_EVENT_TYPE_LIMIT, 100);
	put_limit(nlh, VSERVER_A_EVENT_LIMIT, 100, VSERVER_LIMIT_NPROC);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_PID, 4711);
	mnl_attr_put_strz(nlh, VSERVER_A_EVENT_COMM, "\033]0;evil\a\n\"");
	fake_event(buf, nlh->nlmsg_len, 0);
	nlh = event(7, VSERVER_EVENT_TYPE_CREATED, 999);
	fake_event(buf, nlh->nlmsg_len, 0);
	/* 8 is missing */
	nlh = event(9, VSERVER_EVENT_TYPE_OOM, 101);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_PID, 4712);
	mnl_attr_put_strz(nlh, VSERVER_A_EVENT_COMM, "hog");
	mnl_attr_put_u64(nlh, VSERVER_A_EVENT_MEMORY_MAX, 1 << 20);
	fake_event(buf, nlh->nlmsg_len, 0);
	fake_event(NULL, 0, ENOBUFS);
	nlh = event(50, VSERVER_EVENT_TYPE_ENDED, 101);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_EXIT_CODE, 9);
	fake_event(buf, nlh->nlmsg_len, 0);
	nlh = event(51, 77, 101);	/* from a later kernel */
	fake_event(buf, nlh->nlmsg_len, 0);
}

/* ---- calls ---- */

static int get_name(uint32_t xid, struct vserver_vhi_name *n)
{
	(void)snprintf(n->name, sizeof(n->name), "%s", n->field == VSERVER_VHI_CONTEXT ? name_of(xid) : "node");
	return 0;
}

static int call(uint32_t cmd, uint32_t id, void *data)
{
	struct vserver_rlimit *l = data;
	struct vserver_rlimit_stat *st = data;

	switch (cmd) {
	case VSERVER_GET_VERSION:
		return VSERVER_API_VERSION;
	case VSERVER_TASK_XID:
		return id == (uint32_t)getpid() ? (int)FIRST : 0;
	case VSERVER_TASK_NID:
		return 0;
	case VSERVER_GET_RLIMIT_MASK:
		*(struct vserver_rlimit_mask *)data = (struct vserver_rlimit_mask){
			.softlimit = 0x3b14c0, .maximum = 0x3b14c0,
		};
		return 0;
	}
	if (!exists(id))
		return -ESRCH;
	switch (cmd) {
	case VSERVER_VX_INFO:
		*(struct vserver_vx_info *)data = (struct vserver_vx_info){ .xid = id };
		return 0;
	case VSERVER_GET_VHI_NAME:
		return get_name(id, data);
	case VSERVER_GET_RLIMIT:
		if (!is_limited(l->id))
			return -EINVAL;
		l->softlimit = VSERVER_LIMIT_INFINITY;
		l->maximum = 100;
		return 0;
	case VSERVER_SET_RLIMIT:
		if (!is_limited(l->id) || l->id >= 32)
			return -EINVAL;
		note("call %u %s %lld %lld\n", id, vctx_limit_name(l->id), (long long)l->softlimit, (long long)l->maximum);
		return 0;
	case VSERVER_RLIMIT_STAT:
		if (!is_limited(st->id))
			return -EINVAL;
		st->value = 10;
		st->maximum = 11;
		return 0;
	case VSERVER_RESET_HITS:
		note("reset-hits %u\n", id);
		return 0;
	case VSERVER_RESET_MINMAX:
		note("reset-minmax %u\n", id);
		return 0;
	default:
		return -ENOSYS;
	}
}

static __attribute__((constructor)) void begin(void)
{
	const char *world = getenv("WORLD"), *n = getenv("WORLD_CONTEXTS");

	fake_reset();
	if (world && strcmp(world, "none") == 0) {
		fake_no_netlink = 1;
		return;
	}
	no_stat = world && strcmp(world, "nostat") == 0;
	if (n)
		contexts = (unsigned int)strtoul(n, NULL, 10);
	fake_netlink();
	fake_netlink_sent = sent;
	fake_vserver = call;
	(void)prctl(PR_SET_NAME, "\033[31mtool");
	if (getenv("WORLD_EVENTS"))
		send_events();
}
