// SPDX-License-Identifier: GPL-2.0-or-later
/* test_ctx - lib/src/ctx.c, space.c, iattr.c: what goes to the kernel and what comes back */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

#define LAST(type)	((const type *)(const void *)fake_last.data)

/* The published words, independent of the header. */
static void commands_are_the_published_words(void **state)
{
	(void)state;
	assert_int_equal(VSERVER_GET_VERSION, 0x00000000);
	assert_int_equal(VSERVER_GET_VCI, 0x00010000);
	assert_int_equal(VSERVER_TASK_XID, 0x2E010000);
	assert_int_equal(VSERVER_VX_INFO, 0x2E050000);
	assert_int_equal(VSERVER_CTX_CREATE, 0x09010001);
	assert_int_equal(VSERVER_CTX_MIGRATE, 0x0B010001);
	assert_int_equal(VSERVER_GET_CFLAGS, 0x34010000);
	assert_int_equal(VSERVER_SET_CFLAGS, 0x34020000);
	assert_int_equal(VSERVER_GET_CCAPS, 0x34030001);
	assert_int_equal(VSERVER_SET_CCAPS, 0x34040001);
	assert_int_equal(VSERVER_GET_BCAPS, 0x34090000);
	assert_int_equal(VSERVER_SET_BCAPS, 0x340A0000);
	assert_int_equal(VSERVER_GET_UMASK, 0x340D0000);
	assert_int_equal(VSERVER_SET_UMASK, 0x340E0000);
	assert_int_equal(VSERVER_GET_WMASK, 0x340F0000);
	assert_int_equal(VSERVER_SET_WMASK, 0x34100000);
	assert_int_equal(VSERVER_ENTER_SPACE, 0x0A010002);
	assert_int_equal(VSERVER_SET_SPACE, 0x0A030002);
	assert_int_equal(VSERVER_GET_SPACE_MASK, 0x36000001);
	assert_int_equal(VSERVER_GET_SPACE_DEFAULT, 0x36010000);
	assert_int_equal(VSERVER_CTX_KILL, 0x0C010000);
	assert_int_equal(VSERVER_WAIT_EXIT, 0x30630000);
	assert_int_equal(VSERVER_SET_VHI_NAME, 0x02010000);
	assert_int_equal(VSERVER_GET_VHI_NAME, 0x02020000);
	assert_int_equal(VSERVER_CTX_STAT, 0x28000000);
	assert_int_equal(VSERVER_VIRT_STAT, 0x28030000);
	assert_int_equal(VSERVER_GET_BADNESS, 0x14050000);
	assert_int_equal(VSERVER_SET_BADNESS, 0x14060000);
	assert_int_equal(VSERVER_GET_IATTR, 0x26010001);
	assert_int_equal(VSERVER_SET_IATTR, 0x26020001);
	assert_int_equal(VSERVER_FGET_IATTR, 0x26030000);
	assert_int_equal(VSERVER_FSET_IATTR, 0x26040000);
}

static void structures_have_the_published_sizes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct vserver_vx_info), 8);
	assert_int_equal(sizeof(struct vserver_ctx_stat), 8);
	assert_int_equal(sizeof(struct vserver_ctx_create), 8);
	assert_int_equal(sizeof(struct vserver_flags), 16);
	assert_int_equal(sizeof(struct vserver_ctx_kill), 8);
	assert_int_equal(sizeof(struct vserver_wait_exit), 8);
	assert_int_equal(sizeof(struct vserver_vhi_name), 72);
	assert_int_equal(sizeof(struct vserver_virt_stat), 48);
	assert_int_equal(sizeof(struct vserver_space_mask_v1), 8);
	assert_int_equal(sizeof(struct vserver_fiattr), 12);
	assert_int_equal(sizeof(struct vserver_badness), 8);
#ifdef __x86_64__
	assert_int_equal(sizeof(struct vserver_space_mask), 16);
	assert_int_equal(sizeof(struct vserver_iattr), 24);
#endif
}

static void create_sends_the_flags(void **state)
{
	(void)state;
	fake_answer(VSERVER_CTX_CREATE, 4711, NULL, 0);
	fake_data_size = sizeof(struct vserver_ctx_create);
	assert_int_equal(vctx_ctx_create(4711, VCTX_CF_INITIAL), 0);
	assert_int_equal(fake_last.cmd, 0x09010001);
	assert_int_equal(fake_last.id, 4711);
	assert_int_equal(LAST(struct vserver_ctx_create)->flagword, 0x700000000);
}

static void create_refuses_ids_without_asking(void **state)
{
	static const uint32_t wrong[] = { 0, 1, 65536, VCTX_XID_NONE, VCTX_XID_SELF };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(vctx_ctx_create(wrong[i], 0), -EINVAL);
	assert_int_equal(fake_calls, 0);
}

static void create_hands_the_errno_on(void **state)
{
	static const int errors[] = { EEXIST, EBUSY, ENOMEM, ENOEXEC, EACCES, EPERM, ENOSYS };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake_reset();
		fake_answer(VSERVER_CTX_CREATE, -errors[i], NULL, 0);
		assert_int_equal(vctx_ctx_create(2, 0), -errors[i]);
	}
}

static void migrate_to_the_spectator_is_a_success(void **state)
{
	(void)state;
	fake_answer(VSERVER_CTX_MIGRATE, 1, NULL, 0);
	assert_int_equal(vctx_ctx_migrate(VCTX_XID_WATCH, 0), 0);
	assert_int_equal(fake_last.id, 1);
}

static void migrate_sends_its_flags(void **state)
{
	(void)state;
	fake_answer(VSERVER_CTX_MIGRATE, 0, NULL, 0);
	fake_data_size = sizeof(struct vserver_ctx_migrate);
	assert_int_equal(vctx_ctx_migrate(7, VCTX_MIGRATE_INIT | VCTX_MIGRATE_REAPER), 0);
	assert_int_equal(LAST(struct vserver_ctx_migrate)->flagword, 3);
}

static void info_of_a_context(void **state)
{
	struct vserver_vx_info in = { .xid = 100, .initpid = 4242 };
	struct vctx_ctx_info out;

	(void)state;
	fake_answer(VSERVER_VX_INFO, 0, &in, sizeof(in));
	assert_int_equal(vctx_ctx_info(VCTX_XID_SELF, &out), 0);
	assert_int_equal(fake_last.id, 0xFFFFFFFE);
	assert_int_equal(out.xid, 100);
	assert_int_equal(out.init_pid, 4242);
}

static void failure_leaves_the_result_alone(void **state)
{
	struct vctx_ctx_info out = { .xid = 1, .init_pid = 2 };
	uint64_t flags = 3;
	char name[VCTX_NAME_SIZE] = "before";

	(void)state;
	fake_answer(VSERVER_VX_INFO, -ESRCH, NULL, 0);
	fake_answer(VSERVER_GET_CFLAGS, -ESRCH, NULL, 0);
	fake_answer(VSERVER_GET_VHI_NAME, -ESRCH, NULL, 0);
	assert_int_equal(vctx_ctx_info(5, &out), -ESRCH);
	assert_int_equal(vctx_cflags_get(5, &flags, NULL), -ESRCH);
	assert_int_equal(vctx_name_get(5, VCTX_NAME_CONTEXT, name), -ESRCH);
	assert_int_equal(out.xid, 1);
	assert_int_equal(out.init_pid, 2);
	assert_int_equal(flags, 3);
	assert_string_equal(name, "before");
}

static void every_flag_call_has_its_word(void **state)
{
	static const struct {
		uint32_t get, set;
		int (*getter)(uint32_t, uint64_t *);
		int (*setter)(uint32_t, uint64_t, uint64_t);
	} calls[] = {
		{ 0x34030001, 0x34040001, vctx_ccaps_get, vctx_ccaps_set },
		{ 0x34090000, 0x340A0000, vctx_bcaps_get, vctx_bcaps_set },
		{ 0x340D0000, 0x340E0000, vctx_umask_get, vctx_umask_set },
		{ 0x340F0000, 0x34100000, vctx_wmask_get, vctx_wmask_set },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct vserver_caps in = { .caps = 0x123456789ABCDEF0, .mask = ~0ULL };
		uint64_t value = 0;

		fake_reset();
		fake_answer(calls[i].get, 0, &in, sizeof(in));
		fake_answer(calls[i].set, 0, NULL, 0);
		assert_int_equal(calls[i].getter(9, &value), 0);
		assert_int_equal(value, 0x123456789ABCDEF0);
		fake_data_size = sizeof(in);
		assert_int_equal(calls[i].setter(9, 0x11, 0x33), 0);
		assert_int_equal(fake_last.cmd, calls[i].set);
		assert_int_equal(fake_last.id, 9);
		assert_int_equal(LAST(struct vserver_caps)->caps, 0x11);
		assert_int_equal(LAST(struct vserver_caps)->mask, 0x33);
	}
}

static void kill_sends_pid_and_signal(void **state)
{
	(void)state;
	fake_answer(VSERVER_CTX_KILL, 0, NULL, 0);
	fake_data_size = sizeof(struct vserver_ctx_kill);
	assert_int_equal(vctx_ctx_kill(8, -1, SIGTERM), 0);
	assert_int_equal(LAST(struct vserver_ctx_kill)->pid, -1);
	assert_int_equal(LAST(struct vserver_ctx_kill)->sig, 15);
}

static void name_from_the_kernel_is_always_ended(void **state)
{
	struct vserver_vhi_name in = { .field = 0 };
	char name[VCTX_NAME_SIZE];

	(void)state;
	memset(in.name, 'x', sizeof(in.name));
	fake_answer(VSERVER_GET_VHI_NAME, 0, &in, sizeof(in));
	assert_int_equal(vctx_name_get(8, VCTX_NAME_CONTEXT, name), 0);
	assert_int_equal(strlen(name), VCTX_NAME_SIZE - 1);
}

static void name_of_64_bytes_fits_65_does_not(void **state)
{
	char name[66];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[64] = '\0';
	fake_answer(VSERVER_SET_VHI_NAME, 0, NULL, 0);
	fake_data_size = sizeof(struct vserver_vhi_name);
	assert_int_equal(vctx_name_set(8, VCTX_NAME_NODENAME, name), 0);
	assert_int_equal(LAST(struct vserver_vhi_name)->field, 2);
	assert_string_equal(LAST(struct vserver_vhi_name)->name, name);
	name[64] = 'n';
	name[65] = '\0';
	fake_calls = 0;
	assert_int_equal(vctx_name_set(8, VCTX_NAME_NODENAME, name), -ENAMETOOLONG);
	assert_int_equal(fake_calls, 0);
}

static void unknown_name_is_refused(void **state)
{
	char name[VCTX_NAME_SIZE];

	(void)state;
	assert_int_equal(vctx_name_set(8, VCTX_NAME_MAX_, "x"), -EINVAL);
	assert_int_equal(vctx_name_get(8, VCTX_NAME_MAX_, name), -EINVAL);
	assert_int_equal(fake_calls, 0);
	assert_null(vctx_name_word(VCTX_NAME_MAX_));
}

static void words_of_names_go_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < VCTX_NAME_MAX_; i++) {
		enum vctx_name which = VCTX_NAME_MAX_;

		assert_int_equal(vctx_name_from_word(vctx_name_word((enum vctx_name)i), &which), 0);
		assert_int_equal(which, i);
	}
	assert_int_equal(vctx_name_from_word("NodeName", NULL), 0);
	assert_int_equal(vctx_name_from_word("node", NULL), -ENOENT);
}

static void virt_stat_is_translated(void **state)
{
	struct vserver_virt_stat in = {
		.offset = (uint64_t)-5,
		.uptime = 7000000000,
		.nr_threads = 3,
		.nr_running = 2,
		.nr_uninterruptible = 1,
		.nr_onhold = 9,
		.nr_forks = 44,
		.load = { 2048, 1024, 512 },
	};
	struct vctx_virt_stat out;

	(void)state;
	fake_answer(VSERVER_VIRT_STAT, 0, &in, sizeof(in));
	assert_int_equal(vctx_virt_stat(8, &out), 0);
	assert_int_equal(out.offset_ns, -5);
	assert_int_equal(out.uptime_ns, 7000000000);
	assert_int_equal(out.threads, 3);
	assert_int_equal(out.running, 2);
	assert_int_equal(out.uninterruptible, 1);
	assert_int_equal(out.on_hold, 9);
	assert_int_equal(out.forks, 44);
	assert_int_equal(out.load[2], 512);
}

static void badness_keeps_its_sign(void **state)
{
	struct vserver_badness in = { .bias = -1000 };
	int64_t bias = 0;

	(void)state;
	fake_answer(VSERVER_GET_BADNESS, 0, &in, sizeof(in));
	fake_answer(VSERVER_SET_BADNESS, 0, NULL, 0);
	assert_int_equal(vctx_badness_get(8, &bias), 0);
	assert_int_equal(bias, -1000);
	fake_data_size = sizeof(in);
	assert_int_equal(vctx_badness_set(8, -7), 0);
	assert_int_equal(LAST(struct vserver_badness)->bias, -7);
}

static void spaces_send_mask_and_index(void **state)
{
	(void)state;
	fake_answer(VSERVER_SET_SPACE, 0, NULL, 0);
	fake_answer(VSERVER_ENTER_SPACE, -EINVAL, NULL, 0);
	fake_data_size = 12;
	assert_int_equal(vctx_space_set(VCTX_XID_SELF, VCTX_SPACE_UTS | VCTX_SPACE_IPC, 1), 0);
	assert_int_equal(fake_last.id, 0xFFFFFFFE);
	assert_int_equal(LAST(struct vserver_space_mask)->mask, 0x0C000000);
	assert_int_equal(LAST(struct vserver_space_mask)->index, 1);
	assert_int_equal(vctx_space_enter(8, 0, 0), -EINVAL);
}

static void default_spaces_are_not_changed(void **state)
{
	struct vserver_space_mask_v1 in = { .mask = 0x0C020200 };
	uint64_t mask;

	(void)state;
	fake_answer(VSERVER_GET_SPACE_DEFAULT, 0, &in, sizeof(in));
	assert_int_equal(vctx_space_default(&mask), 0);
	assert_int_equal(mask, 0x0C020200);
}

static void attributes_by_path_and_by_descriptor(void **state)
{
	struct vserver_iattr by_path = { .tag = 5, .flags = 0x01000005, .mask = 0x000E0007 };
	struct vserver_fiattr by_fd = { .tag = 6, .flags = 1, .mask = 2 };
	struct vctx_iattr a = { .flags = 1, .mask = 7 };

	(void)state;
	fake_answer(VSERVER_GET_IATTR, 0, &by_path, sizeof(by_path));
	fake_answer(VSERVER_FGET_IATTR, 0, &by_fd, sizeof(by_fd));
	fake_answer(VSERVER_SET_IATTR, 0, NULL, 0);
	fake_answer(VSERVER_FSET_IATTR, 0, NULL, 0);

	fake_data_size = sizeof(by_path);
	assert_int_equal(vctx_iattr_set("/proc/uptime", &a), 0);
	assert_string_equal(LAST(struct vserver_iattr)->name, "/proc/uptime");
	assert_int_equal(LAST(struct vserver_iattr)->mask, 7);
	fake_data_size = sizeof(by_fd);
	assert_int_equal(vctx_iattr_set_fd(17, &a), 0);
	assert_int_equal(fake_last.id, 17);
	assert_int_equal(vctx_iattr_get("/proc/uptime", &a), 0);
	assert_int_equal(a.tag, 5);
	assert_int_equal(a.flags, 0x01000005);
	assert_int_equal(a.mask, 0x000E0007);
	assert_int_equal(vctx_iattr_get_fd(17, &a), 0);
	assert_int_equal(a.tag, 6);
	assert_int_equal(vctx_iattr_get_fd(-1, &a), -EBADF);
	assert_int_equal(vctx_iattr_set_fd(-1, &a), -EBADF);
}

static void wait_hands_out_how_it_ended(void **state)
{
	struct vserver_wait_exit in = { .reboot_cmd = 0x01234567, .exit_code = 9 };
	struct vctx_exit e;

	(void)state;
	fake_answer(VSERVER_WAIT_EXIT, 0, &in, sizeof(in));
	assert_int_equal(vctx_ctx_wait(8, &e), 0);
	assert_int_equal(e.reboot_cmd, 0x01234567);
	assert_int_equal(e.status, 9);
}

static void waiter_of_no_context(void **state)
{
	struct vctx_waiter *w = NULL;

	(void)state;
	fake_answer(VSERVER_VX_INFO, -ESRCH, NULL, 0);
	assert_int_equal(vctx_waiter_open(8, &w), -ESRCH);
	assert_null(w);
	assert_null(vctx_waiter_close(NULL));
}

static void waiter_tells_the_end(void **state)
{
	struct vserver_wait_exit in = { .exit_code = 256 };
	struct vctx_waiter *w;
	struct vctx_exit e;

	(void)state;
	fake_answer(VSERVER_VX_INFO, 0, NULL, 0);
	fake_answer(VSERVER_WAIT_EXIT, -EINTR, NULL, 0);
	fake_answer(VSERVER_WAIT_EXIT, 0, &in, sizeof(in));
	assert_int_equal(vctx_waiter_open(8, &w), 0);
	assert_true(vctx_waiter_fd(w) >= 0);
	assert_int_equal(vctx_waiter_wait(w, 5000, &e), 0);
	assert_int_equal(e.status, 256);
	/* and once more */
	assert_int_equal(vctx_waiter_wait(w, 0, NULL), 0);
	vctx_waiter_close(w);
	assert_int_equal(waitpid(-1, NULL, __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

static void waiter_of_a_context_that_went_meanwhile(void **state)
{
	struct vctx_waiter *w;
	struct vctx_exit e = { .status = 1 };

	(void)state;
	fake_answer(VSERVER_VX_INFO, 0, NULL, 0);
	fake_answer(VSERVER_WAIT_EXIT, -ESRCH, NULL, 0);
	assert_int_equal(vctx_waiter_open(8, &w), 0);
	assert_int_equal(vctx_waiter_wait(w, 5000, &e), 0);
	assert_int_equal(e.status, 0);
	vctx_waiter_close(w);
}

static void waiter_hands_an_error_on(void **state)
{
	struct vctx_waiter *w;

	(void)state;
	fake_answer(VSERVER_VX_INFO, 0, NULL, 0);
	fake_answer(VSERVER_WAIT_EXIT, -EPERM, NULL, 0);
	assert_int_equal(vctx_waiter_open(8, &w), 0);
	assert_int_equal(vctx_waiter_wait(w, 5000, NULL), -EPERM);
	vctx_waiter_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(commands_are_the_published_words, setup),
		cmocka_unit_test_setup(structures_have_the_published_sizes, setup),
		cmocka_unit_test_setup(create_sends_the_flags, setup),
		cmocka_unit_test_setup(create_refuses_ids_without_asking, setup),
		cmocka_unit_test_setup(create_hands_the_errno_on, setup),
		cmocka_unit_test_setup(migrate_to_the_spectator_is_a_success, setup),
		cmocka_unit_test_setup(migrate_sends_its_flags, setup),
		cmocka_unit_test_setup(info_of_a_context, setup),
		cmocka_unit_test_setup(failure_leaves_the_result_alone, setup),
		cmocka_unit_test_setup(every_flag_call_has_its_word, setup),
		cmocka_unit_test_setup(kill_sends_pid_and_signal, setup),
		cmocka_unit_test_setup(name_from_the_kernel_is_always_ended, setup),
		cmocka_unit_test_setup(name_of_64_bytes_fits_65_does_not, setup),
		cmocka_unit_test_setup(unknown_name_is_refused, setup),
		cmocka_unit_test_setup(words_of_names_go_both_ways, setup),
		cmocka_unit_test_setup(virt_stat_is_translated, setup),
		cmocka_unit_test_setup(badness_keeps_its_sign, setup),
		cmocka_unit_test_setup(spaces_send_mask_and_index, setup),
		cmocka_unit_test_setup(default_spaces_are_not_changed, setup),
		cmocka_unit_test_setup(attributes_by_path_and_by_descriptor, setup),
		cmocka_unit_test_setup(wait_hands_out_how_it_ended, setup),
		cmocka_unit_test_setup(waiter_of_no_context, setup),
		cmocka_unit_test_setup(waiter_tells_the_end, setup),
		cmocka_unit_test_setup(waiter_of_a_context_that_went_meanwhile, setup),
		cmocka_unit_test_setup(waiter_hands_an_error_on, setup),
	};

	return cmocka_run_group_tests_name("lib/ctx", tests, NULL, NULL);
}
