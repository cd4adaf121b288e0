// SPDX-License-Identifier: GPL-2.0-or-later
/* test_list - lib/src/list.c: contexts without generic netlink, from /proc/virtual and single calls */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <linux/vserver.h>
#include <vctx.h>

#include "kernel.h"

static char dir[] = "/tmp/vctx-list-XXXXXX";

static int group_setup(void **state)
{
	static const char *const names[] = { "info", "status", "100", "7", "65535", "007", "65536", "x9", "-1" };
	char path[64];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (mkdir(path, 0700) < 0)
			return -1;
	}
	return 0;
}

static int group_teardown(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_no_netlink = 1;
	fake_proc_virtual = dir;
	return 0;
}

static void numbers_in_order_and_nothing_else(void **state)
{
	uint32_t *xids = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(vctx_ctx_list(&xids, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(xids[0], 7);
	assert_int_equal(xids[1], 100);
	assert_int_equal(xids[2], 65535);
	free(xids);
	assert_int_equal(vctx_ctx_list(NULL, NULL), 0);
}

static void no_directory_is_no_virtual_servers(void **state)
{
	uint32_t *xids = NULL;
	size_t count = 9;

	(void)state;
	fake_proc_virtual = NULL;
	assert_int_equal(vctx_ctx_list(&xids, &count), -ENOSYS);
	assert_null(xids);
	assert_int_equal(count, 9);
	assert_int_equal(vctx_ctx_foreach(NULL, NULL), -ENOSYS);
	assert_int_equal(vctx_supported(VCTX_FEATURE_NETLINK), 0);
}

struct seen {
	unsigned int count;
	int stop;
	struct vctx_ctx_entry last;
};

static int see(const struct vctx_ctx_entry *e, void *data)
{
	struct seen *s = data;

	s->count++;
	s->last = *e;
	return s->stop;
}

static void each_with_what_can_be_read(void **state)
{
	struct vserver_vx_info info = { .xid = 100, .initpid = -1 };
	struct vserver_flags flags = { .flagword = 0x600000000 };
	struct vserver_vhi_name name = { .name = "/etc/vservers/x" };
	struct seen s = { 0 };

	(void)state;
	fake_answer(VSERVER_VX_INFO, 0, &info, sizeof(info));
	fake_answer(VSERVER_GET_CFLAGS, 0, &flags, sizeof(flags));
	fake_answer(VSERVER_GET_CCAPS, 0, &flags, sizeof(flags));
	fake_answer(VSERVER_GET_BCAPS, 0, &flags, sizeof(flags));
	fake_answer(VSERVER_GET_VHI_NAME, 0, &name, sizeof(name));
	fake_answer(VSERVER_GET_VHI_NAME, -EINVAL, NULL, 0);
	assert_int_equal(vctx_ctx_foreach(see, &s), 0);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.last.cflags, 0x600000000);
	assert_int_equal(s.last.init_pid, 0);
	assert_int_equal(s.last.valid & (VCTX_ENTRY_FLAGS | VCTX_ENTRY_STAT | VCTX_ENTRY_VIRT | VCTX_ENTRY_MASKS),
			 VCTX_ENTRY_FLAGS);
}

static void one_that_ended_meanwhile_is_left_out(void **state)
{
	struct vserver_vx_info info = { .xid = 100 };
	struct seen s = { 0 };

	(void)state;
	fake_answer(VSERVER_VX_INFO, -ESRCH, NULL, 0);
	fake_answer(VSERVER_VX_INFO, 0, &info, sizeof(info));
	assert_int_equal(vctx_ctx_foreach(see, &s), 0);
	assert_int_equal(s.count, 2);
}

static void the_function_can_end_it(void **state)
{
	struct vserver_vx_info info = { .xid = 100 };
	struct seen s = { .stop = -EXDEV };

	(void)state;
	fake_answer(VSERVER_VX_INFO, 0, &info, sizeof(info));
	assert_int_equal(vctx_ctx_foreach(see, &s), -EXDEV);
	assert_int_equal(s.count, 1);
}

static void other_errors_end_it(void **state)
{
	struct seen s = { 0 };

	(void)state;
	fake_answer(VSERVER_VX_INFO, -EPERM, NULL, 0);
	assert_int_equal(vctx_ctx_foreach(see, &s), -EPERM);
	assert_int_equal(s.count, 0);
}

static void events_need_netlink(void **state)
{
	struct vctx_events *events = NULL;

	(void)state;
	assert_int_equal(vctx_events_open(&events), -EOPNOTSUPP);
	assert_null(events);
	assert_null(vctx_events_close(NULL));
	assert_string_equal(vctx_event_name(VCTX_EVENT_STARTED), "started");
	assert_null(vctx_event_name(VCTX_EVENT_NONE));
	assert_null(vctx_event_name((enum vctx_event_type)99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(numbers_in_order_and_nothing_else, setup),
		cmocka_unit_test_setup(no_directory_is_no_virtual_servers, setup),
		cmocka_unit_test_setup(each_with_what_can_be_read, setup),
		cmocka_unit_test_setup(one_that_ended_meanwhile_is_left_out, setup),
		cmocka_unit_test_setup(the_function_can_end_it, setup),
		cmocka_unit_test_setup(other_errors_end_it, setup),
		cmocka_unit_test_setup(events_need_netlink, setup),
	};

	return cmocka_run_group_tests_name("lib/list", tests, group_setup, group_teardown);
}
