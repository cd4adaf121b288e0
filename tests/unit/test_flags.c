// SPDX-License-Identifier: GPL-2.0-or-later
/* test_flags - lib/src/flags.c: words for flags */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include <cmocka.h>
#include <linux/vserver.h>
#include <vctx.h>

static void parses(enum vctx_words words, const char *list, uint64_t value, uint64_t mask)
{
	struct vctx_change c = { 0 };

	assert_int_equal(vctx_words_parse(words, list, &c, NULL), 0);
	assert_int_equal(c.value, value);
	assert_int_equal(c.mask, mask);
}

static void refuses(enum vctx_words words, const char *list, const char *wanted)
{
	struct vctx_change c = { .value = 1, .mask = 3 };
	char *word = NULL;

	assert_int_equal(vctx_words_parse(words, list, &c, &word), -EINVAL);
	assert_string_equal(word, wanted);
	free(word);
	/* nothing half done */
	assert_int_equal(c.value, 1);
	assert_int_equal(c.mask, 3);
}

static void words_prefixes_and_case(void **state)
{
	(void)state;
	parses(VCTX_WORDS_CFLAGS, "virt_uptime", 0x20000, 0x20000);
	parses(VCTX_WORDS_CFLAGS, "VXF_VIRT_UPTIME", 0x20000, 0x20000);
	parses(VCTX_WORDS_CFLAGS, "fakeinit,info_init", 0x10, 0x10);
	parses(VCTX_WORDS_CCAPS, "vxc_mount", 0x10000, 0x10000);
	parses(VCTX_WORDS_BCAPS, "CAP_SYS_ADMIN", 1ULL << 21, 1ULL << 21);
	parses(VCTX_WORDS_BCAPS, "sys_admin", 1ULL << 21, 1ULL << 21);
	parses(VCTX_WORDS_BCAPS, "context", 1ULL << 63, 1ULL << 63);
	parses(VCTX_WORDS_UMASK, "newuts,fs", 0x04000200, 0x04000200);
	parses(VCTX_WORDS_IATTR, "iunlink", 0x00060000, 0x00060000);
	parses(VCTX_WORDS_NFLAGS, "NXF_SINGLE_IP,lback_allow", 0x500, 0x500);
	parses(VCTX_WORDS_NFLAGS, "remap_lback,lback_remap,!persistent", 0x200, 0x4000000200);
	parses(VCTX_WORDS_NCAPS, "nxc_raw_icmp,tun_create", 0x101, 0x101);
	parses(VCTX_WORDS_NCAPS, "ping", 0x100, 0x100);
}

static void pseudo_words(void **state)
{
	(void)state;
	parses(VCTX_WORDS_CFLAGS, "default", 0x1000020000, 0x1000020000);
	parses(VCTX_WORDS_CFLAGS, "secure", 0x2000000, 0x2000000);
	parses(VCTX_WORDS_NFLAGS, "secure", 0x2000000, 0x2000000);
	parses(VCTX_WORDS_CFLAGS, "all", ~0ULL, ~0ULL);
	parses(VCTX_WORDS_CFLAGS, "any", ~0ULL, ~0ULL);
	parses(VCTX_WORDS_CFLAGS, "none", 0, 0);
}

static void negation(void **state)
{
	(void)state;
	parses(VCTX_WORDS_CFLAGS, "!persistent", 0, 1ULL << 38);
	parses(VCTX_WORDS_CFLAGS, "~persistent", 0, 1ULL << 38);
	parses(VCTX_WORDS_BCAPS, "all,!cap_sys_admin", ~(1ULL << 21), ~0ULL);
	parses(VCTX_WORDS_BCAPS, "!all,kill", 1ULL << 5, ~0ULL);
	/* the last word wins */
	parses(VCTX_WORDS_CCAPS, "mount,!mount", 0, 0x10000);
	parses(VCTX_WORDS_CCAPS, "!mount,mount", 0x10000, 0x10000);
}

static void numbers_and_bits(void **state)
{
	(void)state;
	parses(VCTX_WORDS_BCAPS, "^36", 1ULL << 36, 1ULL << 36);
	parses(VCTX_WORDS_BCAPS, "^0,^63", 1 | 1ULL << 63, 1 | 1ULL << 63);
	parses(VCTX_WORDS_CFLAGS, "0x30", 0x30, 0x30);
	parses(VCTX_WORDS_CFLAGS, "48", 0x30, 0x30);
	parses(VCTX_WORDS_CFLAGS, "060", 0x30, 0x30);
	parses(VCTX_WORDS_CFLAGS, "!0x10", 0, 0x10);
	parses(VCTX_WORDS_CFLAGS, "0xffffffffffffffff", ~0ULL, ~0ULL);
}

static void separators(void **state)
{
	(void)state;
	parses(VCTX_WORDS_CCAPS, "", 0, 0);
	parses(VCTX_WORDS_CCAPS, " ,, \n", 0, 0);
	parses(VCTX_WORDS_CCAPS, "utsname, mount\nsyslog", 0x11001, 0x11001);
}

static void mistakes_name_the_word(void **state)
{
	(void)state;
	refuses(VCTX_WORDS_CFLAGS, "virt_mem,nonsense,virt_cpu", "nonsense");
	refuses(VCTX_WORDS_CFLAGS, "!", "!");
	refuses(VCTX_WORDS_CFLAGS, "!!persistent", "!!persistent");
	refuses(VCTX_WORDS_CFLAGS, "^64", "^64");
	refuses(VCTX_WORDS_CFLAGS, "^", "^");
	refuses(VCTX_WORDS_CFLAGS, "^-1", "^-1");
	refuses(VCTX_WORDS_CFLAGS, "-1", "-1");
	refuses(VCTX_WORDS_CFLAGS, "0x", "0x");
	refuses(VCTX_WORDS_CFLAGS, "0x10000000000000000", "0x10000000000000000");
	refuses(VCTX_WORDS_CFLAGS, "12abc", "12abc");
	refuses(VCTX_WORDS_CFLAGS, "cap_kill", "cap_kill");
	refuses(VCTX_WORDS_BCAPS, "cap_", "cap_");
}

static void unknown_table(void **state)
{
	struct vctx_change c = { 0 };
	char *text;

	(void)state;
	assert_int_equal(vctx_words_parse(VCTX_WORDS_MAX_, "x", &c, NULL), -EINVAL);
	assert_int_equal(vctx_words_format(VCTX_WORDS_MAX_, 1, ",", &text), -EINVAL);
	assert_null(vctx_words_name(VCTX_WORDS_MAX_, 0));
	assert_null(vctx_words_name(VCTX_WORDS_CFLAGS, 64));
}

static void formats(enum vctx_words words, uint64_t bits, const char *wanted)
{
	char *text = NULL;

	assert_int_equal(vctx_words_format(words, bits, ",", &text), 0);
	assert_string_equal(text, wanted);
	free(text);
}

static void format_prefers_the_first_word(void **state)
{
	(void)state;
	formats(VCTX_WORDS_CFLAGS, 0, "");
	formats(VCTX_WORDS_CFLAGS, 0x10, "fakeinit");
	formats(VCTX_WORDS_CFLAGS, 0x1000020000, "virt_uptime,sc_helper");
	formats(VCTX_WORDS_CCAPS, 0x4101, "set_utsname,raw_icmp,audit_control");
	formats(VCTX_WORDS_CCAPS, 1ULL << 40, "^40");
	formats(VCTX_WORDS_IATTR, 0x00060000, "ixunlink,immutable");
}

static void every_bit_goes_both_ways(void **state)
{
	(void)state;
	for (int w = 0; w < VCTX_WORDS_MAX_; w++)
		for (unsigned int bit = 0; bit < 64; bit++) {
			struct vctx_change c = { 0 };
			char *text = NULL;

			assert_int_equal(vctx_words_format((enum vctx_words)w, 1ULL << bit, ",", &text), 0);
			assert_int_equal(vctx_words_parse((enum vctx_words)w, text, &c, NULL), 0);
			assert_int_equal(c.value, 1ULL << bit);
			assert_int_equal(c.mask, 1ULL << bit);
			free(text);
		}
}

/* The same names as libcap has, for all that the header knows. */
static void capabilities_are_the_kernels(void **state)
{
	(void)state;
	for (unsigned int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		char *name = cap_to_name((cap_value_t)cap);
		uint64_t bits = 0;

		assert_non_null(name);
		assert_int_equal(vctx_words_bit(VCTX_WORDS_BCAPS, name, &bits), 0);
		assert_int_equal(bits, 1ULL << cap);
		assert_string_equal(vctx_words_name(VCTX_WORDS_BCAPS, cap), name + 4);
		cap_free(name);
	}
}

static void constants_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(VCTX_CF_STATE_SETUP, VSERVER_FLAG_STATE_SETUP);
	assert_int_equal(VCTX_CF_ONE_TIME, VSERVER_FLAG_ONE_TIME);
	assert_int_equal(VCTX_CF_PERSISTENT, VSERVER_FLAG_PERSISTENT);
	assert_int_equal(VCTX_CF_SC_HELPER, VSERVER_FLAG_SC_HELPER);
	assert_int_equal(VCTX_CF_HIDE_VINFO, VSERVER_FLAG_HIDE_VINFO);
	assert_int_equal(VCTX_CF_IGNEG_NICE, VSERVER_FLAG_IGNEG_NICE);
	assert_int_equal(VCTX_CF_OOM_FREEZE, VSERVER_FLAG_OOM_FREEZE);
	assert_int_equal(VCTX_CC_SECURE_MOUNT, VSERVER_CCAP_SECURE_MOUNT);
	assert_int_equal(VCTX_CC_SYSLOG, VSERVER_CCAP_SYSLOG);
	assert_int_equal(VCTX_CC_NAMESPACE, VSERVER_CCAP_NAMESPACE);
	assert_int_equal(VCTX_BC_CONTEXT, 1ULL << VSERVER_BCAP_CONTEXT);
	assert_int_equal(VCTX_MIGRATE_INIT, VSERVER_MIGRATE_SET_INIT);
	assert_int_equal(VCTX_MIGRATE_REAPER, VSERVER_MIGRATE_SET_REAPER);
	assert_int_equal(VCTX_XID_SELF, VSERVER_ID_SELF);
	assert_int_equal(VCTX_XID_MAX, VSERVER_XID_MAX);
	assert_int_equal(VCTX_CONFIG_SPACES, VSERVER_VCI_SPACES);
}

static void secure_set_gives_no_way_around_files(void **state)
{
	static const int never[] = {
		CAP_DAC_READ_SEARCH, CAP_SETPCAP, CAP_LINUX_IMMUTABLE, CAP_NET_ADMIN, CAP_NET_RAW,
		CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_ADMIN, CAP_SYS_RESOURCE, CAP_SYS_TIME, CAP_MKNOD,
		CAP_AUDIT_CONTROL, CAP_MAC_ADMIN, CAP_SYSLOG, CAP_BPF, CAP_PERFMON, CAP_CHECKPOINT_RESTORE, 63,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_int_equal(VCTX_BC_SECURE >> never[i] & 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_prefixes_and_case),
		cmocka_unit_test(pseudo_words),
		cmocka_unit_test(negation),
		cmocka_unit_test(numbers_and_bits),
		cmocka_unit_test(separators),
		cmocka_unit_test(mistakes_name_the_word),
		cmocka_unit_test(unknown_table),
		cmocka_unit_test(format_prefers_the_first_word),
		cmocka_unit_test(every_bit_goes_both_ways),
		cmocka_unit_test(capabilities_are_the_kernels),
		cmocka_unit_test(constants_are_the_kernels),
		cmocka_unit_test(secure_set_gives_no_way_around_files),
	};

	return cmocka_run_group_tests_name("lib/flags", tests, NULL, NULL);
}
