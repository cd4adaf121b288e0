// SPDX-License-Identifier: GPL-2.0-or-later
/* test_limit - lib/src/limit.c and lib/src/stat.c: limits by call and by netlink, statistics, also damaged ones */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/vserver.h>
#include <linux/vserver_netlink.h>
#include <vctx.h>

#include "family.h"
#include "kernel.h"
#include "netlink.h"

static char buf[16384] __attribute__((aligned(8)));
static char request[16384] __attribute__((aligned(8)));

static void keep_request(const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type == FAMILY_ID)
		memcpy(request, nlh, nlh->nlmsg_len);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_netlink();
	fake_netlink_sent = keep_request;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_netlink_off();
	return 0;
}

/* ---- by the call ---- */

static void names_and_numbers(void **state)
{
	unsigned int n = 0, id;

	(void)state;
	for (unsigned int i = 0; i < VCTX_LIMIT_MAX_ + 5; i++) {
		const char *name = vctx_limit_name(i);

		if (!name) {
			assert_null(vctx_limit_unit(i));
			continue;
		}
		n++;
		assert_non_null(vctx_limit_unit(i));
		assert_int_equal(vctx_limit_from_name(name, &id), 0);
		assert_int_equal(id, i);
	}
	assert_int_equal(n, 26);
	assert_string_equal(vctx_limit_name(6), "nproc");
	assert_string_equal(vctx_limit_name(22), "dentry");
	assert_string_equal(vctx_limit_name(37), "mounts");
	/* the published program has no names for these */
	assert_null(vctx_limit_name(11));
	assert_null(vctx_limit_name(13));
	assert_int_equal(vctx_limit_from_name("NPROC", &id), 0);
	assert_int_equal(id, 6);
	assert_int_equal(vctx_limit_from_name("", NULL), -ENOENT);
	assert_int_equal(vctx_limit_from_name("n", NULL), -ENOENT);
	assert_string_equal(vctx_family_name(VCTX_FAMILY_INET6), "inet6");
	assert_null(vctx_family_name(VCTX_FAMILY_MAX_));
}

static void get_by_call(void **state)
{
	struct vserver_rlimit l = { .id = 6, .softlimit = 5, .maximum = ~0ULL }, passed;
	uint64_t soft = 1, hard = 1;

	(void)state;
	fake_data_size = sizeof(l);
	fake_answer(VSERVER_GET_RLIMIT, 0, &l, sizeof(l));
	assert_int_equal(vctx_limit_get(100, 6, &soft, &hard), 0);
	assert_int_equal(soft, 5);
	assert_true(hard == VCTX_LIMIT_INFINITY);
	memcpy(&passed, fake_last.data, sizeof(passed));
	assert_int_equal(passed.id, 6);
	assert_int_equal(fake_last.id, 100);
	assert_int_equal(vctx_limit_get(100, 6, NULL, NULL), 0);
	fake_reset();
	fake_answer(VSERVER_GET_RLIMIT, -EINVAL, NULL, 0);
	assert_int_equal(vctx_limit_get(100, 5, &soft, &hard), -EINVAL);
	assert_int_equal(soft, 5);
}

static void set_by_call(void **state)
{
	struct vserver_rlimit passed;

	(void)state;
	fake_data_size = sizeof(passed);
	fake_answer(VSERVER_SET_RLIMIT, 0, NULL, 0);
	assert_int_equal(vctx_limit_set(100, 7, VCTX_LIMIT_KEEP, 1000), 0);
	memcpy(&passed, fake_last.data, sizeof(passed));
	assert_int_equal(passed.id, 7);
	assert_true(passed.softlimit == VSERVER_LIMIT_KEEP);
	assert_int_equal(passed.maximum, 1000);
	assert_int_equal(fake_last.cmd, VSERVER_SET_RLIMIT);
}

static void mask_stat_and_resets(void **state)
{
	const struct vserver_rlimit_mask m = { .minimum = 1, .softlimit = 2, .maximum = 0x4b14c0 };
	const struct vserver_rlimit_stat s = { .id = 6, .hits = 3, .value = 10, .minimum = 2, .maximum = 20 };
	struct vctx_limit_mask mask;
	struct vctx_limit_entry e;

	(void)state;
	assert_int_equal(vctx_limit_mask(&mask), -ENOSYS);
	fake_answer(VSERVER_GET_RLIMIT_MASK, 0, &m, sizeof(m));
	assert_int_equal(vctx_limit_mask(&mask), 0);
	assert_int_equal(mask.minimum, 1);
	assert_int_equal(mask.soft, 2);
	assert_int_equal(mask.hard, 0x4b14c0);
	fake_answer(VSERVER_RLIMIT_STAT, 0, &s, sizeof(s));
	assert_int_equal(vctx_limit_stat(100, 6, &e), 0);
	assert_int_equal(e.id, 6);
	assert_int_equal(e.hits, 3);
	assert_int_equal(e.used, 10);
	assert_int_equal(e.lowest, 2);
	assert_int_equal(e.peak, 20);
	fake_answer(VSERVER_RESET_HITS, 0, NULL, 0);
	fake_answer(VSERVER_RESET_MINMAX, -EACCES, NULL, 0);
	assert_int_equal(vctx_limit_reset_hits(100), 0);
	assert_int_equal(fake_last.cmd, VSERVER_RESET_HITS);
	assert_false(fake_last.has_data);
	assert_int_equal(vctx_limit_reset_minmax(100), -EACCES);
}

/* ---- by netlink ---- */

/* One attribute of the type uint: both forms that it may have. */
static void put_short(struct nlmsghdr *nlh, uint16_t type, uint64_t value)
{
	mnl_attr_put_u32(nlh, type, (uint32_t)value);
}

static void put_long(struct nlmsghdr *nlh, uint16_t type, uint64_t value)
{
	mnl_attr_put_u64(nlh, type, value);
}

static void put_limit(struct nlmsghdr *nlh, uint16_t type, uint32_t id, uint64_t used, const char *name)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_ID, id);
	if (name)
		mnl_attr_put_strz(nlh, VSERVER_A_LIMIT_NAME, name);
	put_short(nlh, VSERVER_A_LIMIT_USED, used);
	put_long(nlh, VSERVER_A_LIMIT_LOWEST, 1);
	put_short(nlh, VSERVER_A_LIMIT_PEAK, 0xfffffffe);
	put_long(nlh, VSERVER_A_LIMIT_SOFT, 0x100000000);
	put_long(nlh, VSERVER_A_LIMIT_HARD, ~0ULL);
	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_HITS, 9);
	mnl_attr_put_u32(nlh, 77, 1);		/* from a later kernel */
	mnl_attr_nest_end(nlh, nest);
}

static size_t put_stat(char *at, uint32_t xid, uint16_t flags)
{
	struct nlmsghdr *nlh = family_message(at, FAMILY_ID, NLM_F_MULTI | flags, VSERVER_CMD_STAT_GET);
	struct nlattr *sock;

	mnl_attr_put_u32(nlh, VSERVER_A_STAT_XID, xid);
	mnl_attr_put_strz(nlh, VSERVER_A_STAT_NAME, "/etc/vservers/web");
	put_limit(nlh, VSERVER_A_STAT_LIMIT, VSERVER_LIMIT_NPROC, 5, NULL);
	put_limit(nlh, VSERVER_A_STAT_LIMIT, 50, 6, "news");
	put_long(nlh, VSERVER_A_STAT_UPTIME_NS, 1ULL << 40);
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_NR_FORKS, 3);
	for (uint16_t t = VSERVER_A_STAT_LOAD1; t <= VSERVER_A_STAT_BLOCKED; t++)
		mnl_attr_put_u32(nlh, t, 100U + t);
	for (uint16_t t = VSERVER_A_STAT_USER_NS; t <= VSERVER_A_STAT_PAGE_TABLE_BYTES; t++)
		(t & 1 ? put_long : put_short)(nlh, t, 1000U + t);
	sock = mnl_attr_nest_start(nlh, VSERVER_A_STAT_SOCK);
	mnl_attr_put_u32(nlh, VSERVER_A_SOCK_FAMILY, 3);
	for (uint16_t t = VSERVER_A_SOCK_RECEIVED; t <= VSERVER_A_SOCK_FAILED_BYTES; t++)
		put_long(nlh, t, 50U + t);
	mnl_attr_nest_end(nlh, sock);
	sock = mnl_attr_nest_start(nlh, VSERVER_A_STAT_SOCK);
	mnl_attr_put_u32(nlh, VSERVER_A_SOCK_FAMILY, 99);	/* from a later kernel */
	mnl_attr_nest_end(nlh, sock);
	mnl_attr_put_u32(nlh, 300, 11);
	return MNL_ALIGN(nlh->nlmsg_len);
}

static void check_stat(const struct vctx_stat *s, uint32_t xid)
{
	assert_int_equal(s->xid, xid);
	assert_string_equal(s->name, "/etc/vservers/web");
	assert_true(s->uptime_ns == 1ULL << 40);
	assert_int_equal(s->forks, 3);
	assert_int_equal(s->load[0], 100 + VSERVER_A_STAT_LOAD1);
	assert_int_equal(s->load[2], 100 + VSERVER_A_STAT_LOAD15);
	assert_int_equal(s->processes, 100 + VSERVER_A_STAT_PROCESSES);
	assert_int_equal(s->threads, 100 + VSERVER_A_STAT_THREADS);
	assert_int_equal(s->running, 100 + VSERVER_A_STAT_RUNNING);
	assert_int_equal(s->blocked, 100 + VSERVER_A_STAT_BLOCKED);
	assert_int_equal(s->user_ns, 1000 + VSERVER_A_STAT_USER_NS);
	assert_int_equal(s->system_ns, 1000 + VSERVER_A_STAT_SYSTEM_NS);
	assert_int_equal(s->voluntary_switches, 1000 + VSERVER_A_STAT_VOLUNTARY_SWITCHES);
	assert_int_equal(s->involuntary_switches, 1000 + VSERVER_A_STAT_INVOLUNTARY_SWITCHES);
	assert_int_equal(s->minor_faults, 1000 + VSERVER_A_STAT_MINOR_FAULTS);
	assert_int_equal(s->major_faults, 1000 + VSERVER_A_STAT_MAJOR_FAULTS);
	assert_int_equal(s->chars_read, 1000 + VSERVER_A_STAT_CHARS_READ);
	assert_int_equal(s->chars_written, 1000 + VSERVER_A_STAT_CHARS_WRITTEN);
	assert_int_equal(s->read_calls, 1000 + VSERVER_A_STAT_READ_CALLS);
	assert_int_equal(s->write_calls, 1000 + VSERVER_A_STAT_WRITE_CALLS);
	assert_int_equal(s->read_bytes, 1000 + VSERVER_A_STAT_READ_BYTES);
	assert_int_equal(s->write_bytes, 1000 + VSERVER_A_STAT_WRITE_BYTES);
	assert_int_equal(s->cancelled_write_bytes, 1000 + VSERVER_A_STAT_CANCELLED_WRITE_BYTES);
	assert_int_equal(s->vm_bytes, 1000 + VSERVER_A_STAT_VM_BYTES);
	assert_int_equal(s->locked_bytes, 1000 + VSERVER_A_STAT_LOCKED_BYTES);
	assert_int_equal(s->rss_anon_bytes, 1000 + VSERVER_A_STAT_RSS_ANON_BYTES);
	assert_int_equal(s->rss_file_bytes, 1000 + VSERVER_A_STAT_RSS_FILE_BYTES);
	assert_int_equal(s->rss_shmem_bytes, 1000 + VSERVER_A_STAT_RSS_SHMEM_BYTES);
	assert_int_equal(s->swap_bytes, 1000 + VSERVER_A_STAT_SWAP_BYTES);
	assert_int_equal(s->page_table_bytes, 1000 + VSERVER_A_STAT_PAGE_TABLE_BYTES);
	assert_int_equal(s->sock[VCTX_FAMILY_INET].received, 0);
	assert_int_equal(s->sock[VCTX_FAMILY_INET6].received, 50 + VSERVER_A_SOCK_RECEIVED);
	assert_int_equal(s->sock[VCTX_FAMILY_INET6].sent, 50 + VSERVER_A_SOCK_SENT);
	assert_int_equal(s->sock[VCTX_FAMILY_INET6].failed, 50 + VSERVER_A_SOCK_FAILED);
	assert_int_equal(s->sock[VCTX_FAMILY_INET6].received_bytes, 50 + VSERVER_A_SOCK_RECEIVED_BYTES);
	assert_int_equal(s->sock[VCTX_FAMILY_INET6].sent_bytes, 50 + VSERVER_A_SOCK_SENT_BYTES);
	assert_int_equal(s->sock[VCTX_FAMILY_INET6].failed_bytes, 50 + VSERVER_A_SOCK_FAILED_BYTES);
	assert_int_equal(s->limit_count, 2);
	assert_int_equal(s->limit[0].id, 6);
	assert_string_equal(s->limit[0].name, "nproc");
	assert_int_equal(s->limit[0].used, 5);
	assert_int_equal(s->limit[0].lowest, 1);
	assert_true(s->limit[0].peak == 0xfffffffe);
	assert_true(s->limit[0].soft == 0x100000000);
	assert_true(s->limit[0].hard == VCTX_LIMIT_INFINITY);
	assert_int_equal(s->limit[0].hits, 9);
	assert_int_equal(s->limit[1].id, 50);
	assert_string_equal(s->limit[1].name, "news");
}

static void all_statistics(void **state)
{
	struct vctx_stat *list = NULL;
	size_t count = 0, len = 0;

	(void)state;
	family_send("events");
	for (uint32_t xid = 2; xid < 6; xid++)
		len += put_stat(buf + len, xid, 0);
	fake_datagram(buf, len, 0);
	fake_datagram(buf, put_stat(buf, 65535, 0), 0);
	family_done(0);
	assert_int_equal(vctx_stat_list(&list, &count), 0);
	assert_int_equal(fake_request_cmd, VSERVER_CMD_STAT_GET);
	assert_true(((struct nlmsghdr *)(void *)request)->nlmsg_flags & NLM_F_DUMP);
	assert_int_equal(count, 5);
	check_stat(&list[0], 2);
	check_stat(&list[4], 65535);
	free(list);
}

static void interrupted_statistics_are_read_again(void **state)
{
	struct vctx_stat *list = NULL;
	size_t count = 0;

	(void)state;
	family_send("events");
	fake_datagram(buf, put_stat(buf, 7, NLM_F_DUMP_INTR), 0);
	family_send("events");
	fake_datagram(buf, put_stat(buf, 8, 0), 0);
	family_done(0);
	assert_int_equal(vctx_stat_list(&list, &count), 0);
	assert_int_equal(count, 1);
	check_stat(&list[0], 8);
	free(list);
}

static void always_interrupted(void **state)
{
	struct vctx_stat *list = NULL;
	size_t count = 7;

	(void)state;
	for (int i = 0; i < 20; i++) {
		family_send("events");
		fake_datagram(buf, put_stat(buf, 7, NLM_F_DUMP_INTR), 0);
	}
	assert_int_equal(vctx_stat_list(&list, &count), -EINTR);
	assert_null(list);
	assert_int_equal(count, 7);
}

static void statistics_of_one(void **state)
{
	static struct vctx_stat s;

	(void)state;
	family_send("events");
	fake_datagram(buf, put_stat(buf, 42, 0), 0);
	family_ack(0);
	assert_int_equal(vctx_stat_get(42, &s), 0);
	check_stat(&s, 42);
	family_send("events");
	family_ack(-ESRCH);
	assert_int_equal(vctx_stat_get(43, &s), -ESRCH);
	/* the own one is asked for by its number */
	fake_answer(VSERVER_TASK_XID, 44, NULL, 0);
	family_send("events");
	fake_datagram(buf, put_stat(buf, 44, 0), 0);
	family_ack(0);
	assert_int_equal(vctx_stat_get(VCTX_XID_SELF, NULL), 0);
	assert_int_equal(mnl_attr_get_u32(mnl_nlmsg_get_payload_offset((struct nlmsghdr *)(void *)request,
								       sizeof(struct genlmsghdr))), 44);
}

static void kernel_without_statistics(void **state)
{
	struct vctx_stat *list = NULL;

	(void)state;
	family_ack(-ENOENT);
	assert_int_equal(vctx_stat_list(&list, NULL), -EOPNOTSUPP);
	/* the family is there, the command is not */
	family_send("events");
	family_ack(-EOPNOTSUPP);
	assert_int_equal(vctx_stat_list(&list, NULL), -EOPNOTSUPP);
	assert_null(list);
}

static void damaged_statistics_do_no_harm(void **state)
{
	struct vctx_stat *list = NULL;
	struct nlmsghdr *nlh;
	struct nlattr *nest;

	(void)state;
	/* far too many limits */
	family_send("events");
	nlh = family_message(buf, FAMILY_ID, NLM_F_MULTI, VSERVER_CMD_STAT_GET);
	for (unsigned int i = 0; i < VCTX_STAT_LIMITS + 9; i++)
		put_limit(nlh, VSERVER_A_STAT_LIMIT, i, i, "a name that is longer than there is room for");
	/* numbers of odd sizes, a name without an end */
	mnl_attr_put(nlh, VSERVER_A_STAT_UPTIME_NS, 3, "abc");
	mnl_attr_put(nlh, VSERVER_A_STAT_NAME, 3, "abc");
	mnl_attr_put(nlh, VSERVER_A_STAT_THREADS, 0, NULL);
	fake_datagram(buf, nlh->nlmsg_len, 0);
	family_done(0);
	assert_int_equal(vctx_stat_list(&list, NULL), 0);
	assert_int_equal(list[0].limit_count, VCTX_STAT_LIMITS);
	assert_int_equal(strlen(list[0].limit[0].name), sizeof(list[0].limit[0].name) - 1);
	assert_string_equal(list[0].name, "abc");
	assert_int_equal(list[0].uptime_ns, 0);
	free(list);
	list = NULL;
	/* a nest whose inside is longer than itself */
	family_send("events");
	nlh = family_message(buf, FAMILY_ID, NLM_F_MULTI, VSERVER_CMD_STAT_GET);
	nest = mnl_attr_nest_start(nlh, VSERVER_A_STAT_LIMIT);
	mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_ID, 6);
	mnl_attr_nest_end(nlh, nest);
	((struct nlattr *)mnl_attr_get_payload(nest))->nla_len = 4000;
	fake_datagram(buf, nlh->nlmsg_len, 0);
	/* and an empty one, and one that is no nest */
	nlh = family_message(buf, FAMILY_ID, NLM_F_MULTI, VSERVER_CMD_STAT_GET);
	mnl_attr_put(nlh, VSERVER_A_STAT_LIMIT, 0, NULL);
	mnl_attr_put(nlh, VSERVER_A_STAT_SOCK, 2, "xx");
	fake_datagram(buf, nlh->nlmsg_len, 0);
	family_done(0);
	(void)vctx_stat_list(&list, NULL);
	free(list);
}

struct asked {
	uint32_t id;
	uint64_t soft, hard;
	bool has_soft, has_hard;
};

static uint64_t any(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == 4 ? mnl_attr_get_u32(attr) : mnl_attr_get_u64(attr);
}

static size_t read_request(uint32_t *xid, struct asked *asked)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)request;
	const struct nlattr *attr, *in;
	size_t n = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == VSERVER_A_STAT_XID)
			*xid = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) != VSERVER_A_STAT_LIMIT)
			continue;
		asked[n] = (struct asked){ 0 };
		mnl_attr_for_each_nested(in, attr) {
			switch (mnl_attr_get_type(in)) {
			case VSERVER_A_LIMIT_ID:
				asked[n].id = mnl_attr_get_u32(in);
				break;
			case VSERVER_A_LIMIT_SOFT:
				asked[n].soft = any(in);
				asked[n].has_soft = true;
				break;
			case VSERVER_A_LIMIT_HARD:
				asked[n].hard = any(in);
				asked[n].has_hard = true;
				break;
			}
		}
		n++;
	}
	return n;
}

static void set_by_netlink(void **state)
{
	const struct vctx_limit_change changes[] = {
		{ VCTX_LIMIT_NPROC, 100, 200 },
		{ VCTX_LIMIT_MOUNTS, VCTX_LIMIT_KEEP, VCTX_LIMIT_INFINITY },
		{ VCTX_LIMIT_MSGQUEUE, 0x100000000, VCTX_LIMIT_KEEP },
	};
	struct asked asked[8];
	uint32_t xid = 0;

	(void)state;
	family_send("events");
	family_ack(0);
	assert_int_equal(vctx_limits_set(100, changes, 3), 0);
	assert_int_equal(fake_request_cmd, VSERVER_CMD_LIMIT_SET);
	assert_int_equal(fake_calls, 0);
	assert_int_equal(read_request(&xid, asked), 3);
	assert_int_equal(xid, 100);
	assert_int_equal(asked[0].id, 6);
	assert_int_equal(asked[0].soft, 100);
	assert_int_equal(asked[0].hard, 200);
	assert_int_equal(asked[1].id, 37);
	assert_false(asked[1].has_soft);
	assert_true(asked[1].hard == ~0ULL);
	assert_true(asked[2].soft == 0x100000000);
	assert_false(asked[2].has_hard);
}

static void refused_by_netlink(void **state)
{
	const struct vctx_limit_change rss = { VCTX_LIMIT_RSS, 1, 1 };

	(void)state;
	family_send("events");
	family_ack(-EINVAL);
	assert_int_equal(vctx_limits_set(100, &rss, 1), -EINVAL);
	assert_int_equal(fake_calls, 0);
}

static void without_netlink_the_call_sets(void **state)
{
	const struct vctx_limit_change changes[] = { { VCTX_LIMIT_NPROC, 1, 2 }, { VCTX_LIMIT_NOFILE, 3, 4 } };
	const struct vctx_limit_change mounts = { VCTX_LIMIT_MOUNTS, 1, 2 };
	struct vserver_rlimit passed;

	(void)state;
	fake_data_size = sizeof(passed);
	family_ack(-ENOENT);
	fake_answer(VSERVER_SET_RLIMIT, 0, NULL, 0);
	assert_int_equal(vctx_limits_set(100, changes, 2), 0);
	assert_int_equal(fake_calls, 2);
	memcpy(&passed, fake_last.data, sizeof(passed));
	assert_int_equal(passed.id, 7);
	assert_int_equal(passed.softlimit, 3);
	/* those that the call does not have are not lost in silence */
	family_ack(-ENOENT);
	assert_int_equal(vctx_limits_set(100, &mounts, 1), -EOPNOTSUPP);
	assert_int_equal(fake_calls, 2);
	/* a context that is being set up may use the call, not netlink */
	family_send("events");
	family_ack(-EPERM);
	assert_int_equal(vctx_limits_set(100, changes, 1), 0);
	assert_int_equal(fake_calls, 3);
}

static void events_of_limits(void **state)
{
	struct vctx_events *events = NULL;
	struct nlmsghdr *nlh;
	enum vctx_event_type type;
	struct vctx_event e;

	(void)state;
	family_send("events");
	assert_int_equal(vctx_events_open(&events), 0);
	nlh = family_message(buf, FAMILY_ID, 0, VSERVER_CMD_EVENT);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_SEQ, 4);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_TYPE, VSERVER_EVENT_TYPE_LIMIT);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_XID, 100);
	put_limit(nlh, VSERVER_A_EVENT_LIMIT, VSERVER_LIMIT_MOUNTS, 5, NULL);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_PID, 4711);
	mnl_attr_put_strz(nlh, VSERVER_A_EVENT_COMM, "a name that is too long for a process");
	fake_datagram(buf, nlh->nlmsg_len, 0);
	assert_int_equal(vctx_events_read(events, 0, &e), 0);
	assert_int_equal(e.type, VCTX_EVENT_LIMIT);
	assert_true(e.has_limit);
	assert_string_equal(e.limit.name, "mounts");
	assert_int_equal(e.limit.used, 5);
	assert_int_equal(e.pid, 4711);
	assert_string_equal(e.comm, "a name that is ");
	assert_true(e.memory_max == VCTX_LIMIT_INFINITY);
	nlh = family_message(buf, FAMILY_ID, 0, VSERVER_CMD_EVENT);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_SEQ, 5);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_TYPE, VSERVER_EVENT_TYPE_OOM);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_MEMORY_MAX, 1 << 20);
	fake_datagram(buf, nlh->nlmsg_len, 0);
	assert_int_equal(vctx_events_read(events, 0, &e), 0);
	assert_int_equal(e.type, VCTX_EVENT_OOM);
	assert_false(e.has_limit);
	assert_int_equal(e.memory_max, 1 << 20);
	vctx_events_close(events);
	for (int i = VCTX_EVENT_CREATED; i <= VCTX_EVENT_FROZEN; i++) {
		assert_int_equal(vctx_event_from_name(vctx_event_name((enum vctx_event_type)i), &type), 0);
		assert_int_equal(type, i);
	}
	assert_int_equal(vctx_event_from_name("", &type), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_and_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(get_by_call, setup, teardown),
		cmocka_unit_test_setup_teardown(set_by_call, setup, teardown),
		cmocka_unit_test_setup_teardown(mask_stat_and_resets, setup, teardown),
		cmocka_unit_test_setup_teardown(all_statistics, setup, teardown),
		cmocka_unit_test_setup_teardown(interrupted_statistics_are_read_again, setup, teardown),
		cmocka_unit_test_setup_teardown(always_interrupted, setup, teardown),
		cmocka_unit_test_setup_teardown(statistics_of_one, setup, teardown),
		cmocka_unit_test_setup_teardown(kernel_without_statistics, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_statistics_do_no_harm, setup, teardown),
		cmocka_unit_test_setup_teardown(set_by_netlink, setup, teardown),
		cmocka_unit_test_setup_teardown(refused_by_netlink, setup, teardown),
		cmocka_unit_test_setup_teardown(without_netlink_the_call_sets, setup, teardown),
		cmocka_unit_test_setup_teardown(events_of_limits, setup, teardown),
	};

	return cmocka_run_group_tests_name("lib/limit", tests, NULL, NULL);
}
