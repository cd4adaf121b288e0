// SPDX-License-Identifier: GPL-2.0-or-later
/* test_netlink - lib/src/netlink.c: dumps and events, also damaged ones */
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

static char buf[4096] __attribute__((aligned(8)));

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_netlink();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_netlink_off();
	return 0;
}

static struct nlmsghdr *put_context(char *at, uint32_t xid, const char *name, uint16_t flags)
{
	struct nlmsghdr *nlh = family_message(at, FAMILY_ID, NLM_F_MULTI | flags, VSERVER_CMD_CTX_GET);

	mnl_attr_put_u32(nlh, VSERVER_A_CTX_XID, xid);
	mnl_attr_put_strz(nlh, VSERVER_A_CTX_NAME, name);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_FLAGS, 0x600000000 | xid);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_BCAPS, 1);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_CCAPS, 2);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_UMASK, 3);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_WMASK, 4);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_BADNESS, (uint64_t)-5);
	mnl_attr_put_u32(nlh, VSERVER_A_CTX_INITPID, 6);
	mnl_attr_put_u32(nlh, VSERVER_A_CTX_TASKS, 7);
	mnl_attr_put_u32(nlh, VSERVER_A_CTX_USECNT, 8);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_SPACE0_MASK, 9);
	mnl_attr_put_u64(nlh, VSERVER_A_CTX_SPACE1_MASK, 10);
	mnl_attr_put_u32(nlh, 200, 11);		/* from a later kernel */
	return nlh;
}

static void send_contexts(uint32_t first, uint32_t last, uint16_t flags)
{
	size_t len = 0;

	for (uint32_t xid = first; xid <= last; xid++)
		len += MNL_ALIGN(put_context(buf + len, xid, "/etc/vservers/web", flags)->nlmsg_len);
	fake_datagram(buf, len, 0);
}

static unsigned int seen;
static struct vctx_ctx_entry last_seen;

static int see(const struct vctx_ctx_entry *e, void *data)
{
	(void)data;
	seen++;
	last_seen = *e;
	return 0;
}

static void dump_in_two_datagrams(void **state)
{
	(void)state;
	seen = 0;
	family_send("events");
	send_contexts(2, 4, 0);
	send_contexts(100, 101, 0);
	family_done(0);
	assert_int_equal(vctx_ctx_foreach(see, NULL), 0);
	assert_int_equal(seen, 5);
	assert_int_equal(fake_requests, 2);
	assert_int_equal(last_seen.xid, 101);
	assert_string_equal(last_seen.name, "/etc/vservers/web");
	assert_int_equal(last_seen.cflags, 0x600000065);
	assert_int_equal(last_seen.bcaps, 1);
	assert_int_equal(last_seen.ccaps, 2);
	assert_int_equal(last_seen.umask, 3);
	assert_int_equal(last_seen.wmask, 4);
	assert_int_equal(last_seen.badness, -5);
	assert_int_equal(last_seen.init_pid, 6);
	assert_int_equal(last_seen.stat.claims, 7);
	assert_int_equal(last_seen.stat.references, 8);
	assert_int_equal(last_seen.spaces[0], 9);
	assert_int_equal(last_seen.spaces[1], 10);
	assert_int_equal(last_seen.valid, VCTX_ENTRY_FLAGS | VCTX_ENTRY_STAT | VCTX_ENTRY_NAME |
			 VCTX_ENTRY_MASKS | VCTX_ENTRY_SPACES);
}

static void list_of_ids(void **state)
{
	uint32_t *xids = NULL;
	size_t count = 0;

	(void)state;
	family_send("events");
	send_contexts(7, 9, 0);
	family_done(0);
	assert_int_equal(vctx_ctx_list(&xids, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(xids[2], 9);
	free(xids);
}

static void empty_dump(void **state)
{
	uint32_t *xids = (uint32_t *)(uintptr_t)1;
	size_t count = 9;

	(void)state;
	family_send("events");
	family_done(0);
	assert_int_equal(vctx_ctx_list(&xids, &count), 0);
	assert_int_equal(count, 0);
	assert_null(xids);
}

static void interrupted_dump_is_done_again(void **state)
{
	uint32_t *xids = NULL;
	size_t count = 0;

	(void)state;
	family_send("events");
	send_contexts(7, 8, NLM_F_DUMP_INTR);
	family_send("events");
	send_contexts(7, 9, 0);
	family_done(0);
	assert_int_equal(vctx_ctx_list(&xids, &count), 0);
	assert_int_equal(count, 3);
	free(xids);
}

static void kernel_without_the_family(void **state)
{
	struct vctx_events *events = NULL;

	(void)state;
	family_ack(-ENOENT);
	assert_int_equal(vctx_events_open(&events), -EOPNOTSUPP);
	family_ack(-ENOENT);
	/* and there is no /proc/virtual either */
	assert_int_equal(vctx_ctx_list(NULL, NULL), -ENOSYS);
}

static void kernel_without_the_group(void **state)
{
	struct vctx_events *events = NULL;

	(void)state;
	family_send("other");
	assert_int_equal(vctx_events_open(&events), -EOPNOTSUPP);
	assert_null(events);
}

static size_t put_event(char *at, uint32_t seq, uint32_t type, uint32_t xid, const void *name, size_t name_len)
{
	struct nlmsghdr *nlh = family_message(at, FAMILY_ID, 0, VSERVER_CMD_EVENT);

	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_SEQ, seq);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_TYPE, type);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_XID, xid);
	mnl_attr_put(nlh, VSERVER_A_EVENT_NAME, name_len, name);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_INITPID, 42);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_EXIT_CODE, 9);
	mnl_attr_put_u32(nlh, VSERVER_A_EVENT_REBOOT_CMD, 0x4321FEDC);
	return MNL_ALIGN(nlh->nlmsg_len);
}

static struct vctx_events *open_events(void)
{
	struct vctx_events *events = NULL;

	family_send("events");
	assert_int_equal(vctx_events_open(&events), 0);
	assert_true(vctx_events_fd(events) >= 0);
	return events;
}

static void events_one_by_one(void **state)
{
	struct vctx_events *events = open_events();
	struct vctx_event e;
	size_t len;

	(void)state;
	len = put_event(buf, 1, VSERVER_EVENT_TYPE_CREATED, 100, "", 1);
	len += put_event(buf + len, 2, VSERVER_EVENT_TYPE_ENDED, 100, "web", 4);
	fake_datagram(buf, len, 0);
	assert_int_equal(vctx_events_read(events, 0, &e), 0);
	assert_int_equal(e.type, VCTX_EVENT_CREATED);
	assert_int_equal(e.seq, 1);
	assert_string_equal(e.name, "");
	assert_int_equal(vctx_events_read(events, 0, &e), 0);
	assert_int_equal(e.type, VCTX_EVENT_ENDED);
	assert_int_equal(e.xid, 100);
	assert_string_equal(e.name, "web");
	assert_int_equal(e.init_pid, 42);
	assert_int_equal(e.status, 9);
	assert_int_equal(e.reboot_cmd, 0x4321FEDC);
	assert_int_equal(vctx_events_read(events, 0, &e), -EAGAIN);
	vctx_events_close(events);
}

static void lost_events_are_told(void **state)
{
	struct vctx_events *events = open_events();
	struct vctx_event e;

	(void)state;
	fake_datagram(NULL, 0, ENOBUFS);
	fake_datagram(buf, put_event(buf, 9, VSERVER_EVENT_TYPE_REBOOT, 3, "x", 2), 0);
	assert_int_equal(vctx_events_read(events, 0, &e), -ENOBUFS);
	assert_int_equal(vctx_events_read(events, 0, &e), 0);
	assert_int_equal(e.seq, 9);
	vctx_events_close(events);
}

static void damaged_events_do_no_harm(void **state)
{
	struct vctx_events *events = open_events();
	char name[200];
	struct vctx_event e;
	size_t len;

	(void)state;
	memset(name, 'n', sizeof(name));
	/* a name too long and without an end */
	fake_datagram(buf, put_event(buf, 1, 1, 5, name, sizeof(name)), 0);
	assert_int_equal(vctx_events_read(events, 0, &e), 0);
	assert_int_equal(strlen(e.name), VCTX_NAME_SIZE - 1);
	/* a type of a later kernel */
	fake_datagram(buf, put_event(buf, 2, 77, 5, "x", 2), 0);
	assert_int_equal(vctx_events_read(events, 0, &e), 0);
	assert_null(vctx_event_name(e.type));
	/* another command, another family, cut off, too short, nothing */
	len = put_event(buf, 3, 1, 5, "x", 2);
	((struct genlmsghdr *)mnl_nlmsg_get_payload((struct nlmsghdr *)(void *)buf))->cmd = 99;
	fake_datagram(buf, len, 0);
	len = put_event(buf, 4, 1, 5, "x", 2);
	((struct nlmsghdr *)(void *)buf)->nlmsg_type = FAMILY_ID + 1;
	fake_datagram(buf, len, 0);
	len = put_event(buf, 5, 1, 5, "x", 2);
	fake_datagram(buf, len - 8, 0);
	fake_datagram(buf, 8, 0);
	fake_datagram(buf, 0, 0);
	((struct nlmsghdr *)(void *)buf)->nlmsg_len = sizeof(struct nlmsghdr);
	fake_datagram(buf, sizeof(struct nlmsghdr), 0);
	/* an attribute longer than its message */
	len = put_event(buf, 6, 1, 5, "x", 2);
	((struct nlattr *)(void *)(buf + sizeof(struct nlmsghdr) + sizeof(struct genlmsghdr)))->nla_len = 4000;
	fake_datagram(buf, len, 0);
	/* and a good one behind all that */
	fake_datagram(buf, put_event(buf, 7, 1, 8, "x", 2), 0);
	do
		assert_int_equal(vctx_events_read(events, 0, &e), 0);
	while (e.xid != 8 && e.seq != 7);
	assert_int_equal(e.seq, 7);
	assert_int_equal(vctx_events_read(events, 0, &e), -EAGAIN);
	vctx_events_close(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(dump_in_two_datagrams, setup, teardown),
		cmocka_unit_test_setup_teardown(list_of_ids, setup, teardown),
		cmocka_unit_test_setup_teardown(empty_dump, setup, teardown),
		cmocka_unit_test_setup_teardown(interrupted_dump_is_done_again, setup, teardown),
		cmocka_unit_test_setup_teardown(kernel_without_the_family, setup, teardown),
		cmocka_unit_test_setup_teardown(kernel_without_the_group, setup, teardown),
		cmocka_unit_test_setup_teardown(events_one_by_one, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_events_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_events_do_no_harm, setup, teardown),
	};

	return cmocka_run_group_tests_name("lib/netlink", tests, NULL, NULL);
}
