// SPDX-License-Identifier: GPL-2.0-or-later
/* test_info - lib/src/info.c, error.c: versions, features, kinds of ids, sentences */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/vserver.h>
#include <vctx.h>

#include "kernel.h"

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static void version_and_config(void **state)
{
	uint32_t v = 1;

	(void)state;
	assert_int_equal(vctx_version(&v), -ENOSYS);
	assert_int_equal(v, 1);
	fake_answer(VSERVER_GET_VERSION, 0x20308, NULL, 0);
	fake_answer(VSERVER_GET_VCI, 0x10000C11, NULL, 0);
	assert_int_equal(vctx_version(&v), 0);
	assert_int_equal(v, 0x20308);
	assert_int_equal(vctx_config(&v), 0);
	assert_int_equal(v, 0x10000C11);
}

/* The column "at 0x20308" of the published table. */
static void features_of_the_last_published_interface(void **state)
{
	static const char *const yes[] = {
		"compat", "vshelper", "vkill", "rlimit", "vinfo", "vhi", "iattr", "migrate", "namespace",
		"vwait", "sched", "vnet", "persistent", "pptag", "spaces", "pivot_root",
	};
	static const char *const no[] = { "vshelper0", "vstat", "pidspace", "memcg", "dynamic", "bme" };

	(void)state;
	fake_answer(VSERVER_GET_VERSION, 0x20308, NULL, 0);
	fake_answer(VSERVER_GET_VCI, 0x10000C11, NULL, 0);
	fake_answer(VSERVER_NX_INFO, -ESRCH, NULL, 0);
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		enum vctx_feature f;

		assert_int_equal(vctx_feature_from_name(yes[i], &f), 0);
		assert_int_equal(vctx_supported(f), 1);
		assert_string_equal(vctx_feature_name(f), yes[i]);
	}
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		enum vctx_feature f;

		assert_int_equal(vctx_feature_from_name(no[i], &f), 0);
		assert_int_equal(vctx_supported(f), 0);
	}
}

static void network_contexts_can_be_left_out(void **state)
{
	(void)state;
	fake_answer(VSERVER_GET_VERSION, 0x20308, NULL, 0);
	assert_int_equal(vctx_supported(VCTX_FEATURE_VNET), 0);
	fake_answer(VSERVER_NX_INFO, -ESRCH, NULL, 0);
	assert_int_equal(vctx_supported(VCTX_FEATURE_VNET), 1);
}

static void no_feature_without_virtual_servers(void **state)
{
	(void)state;
	for (int i = 0; i < VCTX_FEATURE_MAX_; i++)
		assert_int_equal(vctx_supported((enum vctx_feature)i), 0);
	assert_int_equal(vctx_supported(VCTX_FEATURE_MAX_), -EINVAL);
	assert_null(vctx_feature_name(VCTX_FEATURE_MAX_));
	assert_int_equal(vctx_feature_from_name("nonsense", NULL), -ENOENT);
	assert_int_equal(vctx_feature_from_name("VWait", NULL), 0);
}

static void config_that_fails_counts_as_zero(void **state)
{
	(void)state;
	fake_answer(VSERVER_GET_VERSION, 0x20308, NULL, 0);
	assert_int_equal(vctx_supported(VCTX_FEATURE_SPACES), 0);
	assert_int_equal(vctx_supported(VCTX_FEATURE_VWAIT), 1);
}

static void kinds_of_ids(void **state)
{
	(void)state;
	fake_answer(VSERVER_GET_VCI, VCTX_CONFIG_NO_DYNAMIC, NULL, 0);
	assert_int_equal(vctx_xid_type(0), VCTX_XID_TYPE_MAIN);
	assert_int_equal(vctx_xid_type(1), VCTX_XID_TYPE_WATCH);
	assert_int_equal(vctx_xid_type(2), VCTX_XID_TYPE_STATIC);
	assert_int_equal(vctx_xid_type(49152), VCTX_XID_TYPE_STATIC);
	assert_int_equal(vctx_xid_type(65535), VCTX_XID_TYPE_STATIC);
	assert_int_equal(vctx_xid_type(65536), VCTX_XID_TYPE_INVALID);
	assert_int_equal(vctx_xid_type(VCTX_XID_NONE), VCTX_XID_TYPE_INVALID);
	fake_reset();
	fake_answer(VSERVER_GET_VCI, 0, NULL, 0);
	assert_int_equal(vctx_xid_type(49151), VCTX_XID_TYPE_STATIC);
	assert_int_equal(vctx_xid_type(49152), VCTX_XID_TYPE_DYNAMIC);
	assert_int_equal(vctx_xid_type(65534), VCTX_XID_TYPE_DYNAMIC);
	assert_int_equal(vctx_xid_type(65535), VCTX_XID_TYPE_INVALID);
	assert_string_equal(vctx_xid_type_name(VCTX_XID_TYPE_DYNAMIC), "dynamic");
	assert_null(vctx_xid_type_name((enum vctx_xid_type)77));
}

static void task_ids(void **state)
{
	uint32_t id = 3;

	(void)state;
	fake_answer(VSERVER_TASK_XID, 1042, NULL, 0);
	fake_answer(VSERVER_TASK_NID, -ESRCH, NULL, 0);
	assert_int_equal(vctx_task_xid(77, &id), 0);
	assert_int_equal(fake_last.id, 77);
	assert_int_equal(id, 1042);
	assert_int_equal(vctx_task_nid(77, &id), -ESRCH);
	assert_int_equal(id, 1042);
	assert_int_equal(vctx_task_tag(77, &id), -ENOSYS);
	fake_calls = 0;
	assert_int_equal(vctx_task_xid(-1, &id), -ESRCH);
	assert_int_equal(fake_calls, 0);
}

static void sentences(void **state)
{
	(void)state;
	assert_string_equal(vctx_strerror(VCTX_CALL_CREATE, -EEXIST), "a context with this id exists already");
	assert_string_equal(vctx_strerror(VCTX_CALL_CREATE, EEXIST), "a context with this id exists already");
	assert_string_equal(vctx_strerror(VCTX_CALL_ANY, -ESRCH), "no such context");
	assert_string_equal(vctx_strerror(VCTX_CALL_TASK, -ESRCH), "no such process");
	assert_string_equal(vctx_strerror(VCTX_CALL_ANY, -EIO), strerror(EIO));
	assert_string_equal(vctx_strerror(VCTX_CALL_IATTR, -EACCES), strerror(EACCES));
	assert_non_null(strstr(vctx_strerror(VCTX_CALL_ANY, -ENOSYS), "no virtual servers"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(version_and_config, setup),
		cmocka_unit_test_setup(features_of_the_last_published_interface, setup),
		cmocka_unit_test_setup(network_contexts_can_be_left_out, setup),
		cmocka_unit_test_setup(no_feature_without_virtual_servers, setup),
		cmocka_unit_test_setup(config_that_fails_counts_as_zero, setup),
		cmocka_unit_test_setup(kinds_of_ids, setup),
		cmocka_unit_test_setup(task_ids, setup),
		cmocka_unit_test_setup(sentences, setup),
	};

	return cmocka_run_group_tests_name("lib/info", tests, NULL, NULL);
}
