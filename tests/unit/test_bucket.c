// SPDX-License-Identifier: GPL-2.0-or-later
/* test_bucket - ctx-tools/common/bucket: the token bucket as bandwidth */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bucket.h"
#include "cleanup.h"
#include "path.h"
#include "util.h"

/* last: it has a macro fail(), which we do not want */
#include <cmocka.h>
#undef fail

/* "fill-rate=30 interval=100": the bucket. */
static struct bucket parse(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct bucket b = { 0 };
	char *save = NULL;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		char *value = strchr(w, '=');
		struct fail f = { 0 };

		if (strcmp(w, "idle-time") == 0) {
			b.idle_time = true;
			continue;
		}
		*value++ = '\0';
		assert_int_equal(bucket_set(&b, w, value, &f), 0);
	}
	return b;
}

/* What comes out, as "cpu.max=30000 100000;cpu.max.burst=0;", or the mistake. */
static const char *translate(const char *text, unsigned int cpus, char ***notes)
{
	static char out[1024];
	struct cgroup_settings s = { 0 };
	struct bucket b = parse(text);
	struct fail f = { 0 };

	out[0] = '\0';
	if (bucket_translate(&b, cpus, &s, notes, &f) < 0)
		(void)snprintf(out, sizeof(out), "!%s", f.text);
	else
		for (size_t i = 0; i < s.count; i++)
			(void)snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s=%s;", s.list[i].key,
				       s.list[i].value);
	cgroup_settings_free(&s);
	return out;
}

static void rate_is_exact(void **state)
{
	(void)state;
	assert_string_equal(translate("fill-rate=30 interval=100", 1, NULL), "cpu.max=30000 100000;cpu.max.burst=0;");
	assert_string_equal(translate("fill-rate=30 interval=100", 4, NULL), "cpu.max=120000 100000;cpu.max.burst=0;");
	/* a third: no rounding */
	assert_string_equal(translate("fill-rate=1 interval=3", 1, NULL), "cpu.max=1000 3000;cpu.max.burst=0;");
	assert_string_equal(translate("fill-rate=2 interval=7", 3, NULL), "cpu.max=6000 7000;cpu.max.burst=0;");
	/* more in an interval than the kernel takes: the same rate in a second */
	assert_string_equal(translate("fill-rate=500 interval=5000", 1, NULL),
			    "cpu.max=100000 1000000;cpu.max.burst=0;");
	/* less than a millisecond at a time */
	assert_string_equal(translate("fill-rate=1 interval=10 hz=10000", 1, NULL),
			    "cpu.max=1000 10000;cpu.max.burst=0;");
}

static void tick_has_a_length(void **state)
{
	(void)state;
	assert_string_equal(translate("fill-rate=30 interval=100 hz=250", 1, NULL),
			    "cpu.max=120000 400000;cpu.max.burst=0;");
	assert_string_equal(translate("fill-rate=30 interval=100 hz=100", 1, NULL),
			    "cpu.max=300000 1000000;cpu.max.burst=0;");
}

static void full_bucket_is_quota_and_burst(void **state)
{
	(void)state;
	assert_string_equal(translate("fill-rate=30 interval=100 tokens-max=50", 1, NULL),
			    "cpu.max=30000 100000;cpu.max.burst=20000;");
	/* the period grows until the burst is not more than the quota */
	assert_string_equal(translate("fill-rate=10 interval=100 tokens-max=100", 1, NULL),
			    "cpu.max=50000 500000;cpu.max.burst=50000;");
	/* a bucket that does not hold what comes in is the rate */
	assert_string_equal(translate("fill-rate=30 interval=100 tokens-max=20", 1, NULL),
			    "cpu.max=20000 100000;cpu.max.burst=0;");
}

static void waiting_for_tokens_is_the_period(void **state)
{
	(void)state;
	assert_string_equal(translate("fill-rate=1 interval=4 tokens-min=50 tokens-max=60", 1, NULL),
			    "cpu.max=50000 200000;cpu.max.burst=10000;");
	assert_string_equal(translate("fill-rate=1 interval=4 tokens-min=70 tokens-max=60", 1, NULL),
			    "!70 tokens to begin with are never there with at most 60");
}

static void bucket_too_large_is_refused_or_cut(void **state)
{
	_cleanup_strv_ char **notes = NULL;

	(void)state;
	assert_string_equal(translate("fill-rate=10 interval=100 tokens-max=500", 1, NULL),
			    "!tokens-max 500 cannot be said at this rate, at most 200");
	assert_string_equal(translate("fill-rate=10 interval=100 tokens-max=500", 1, &notes),
			    "cpu.max=100000 1000000;cpu.max.burst=100000;");
	assert_non_null(notes);
	assert_string_equal(notes[0], "tokens-max 500 cannot be said at this rate, at most 200: bursts are that short");
	assert_null(notes[1]);
}

static void all_of_a_processor_is_no_limit(void **state)
{
	(void)state;
	assert_string_equal(translate("fill-rate=100 interval=100", 2, NULL), "cpu.max=max 100000;");
	assert_string_equal(translate("fill-rate=7 interval=1", 2, NULL), "cpu.max=max 100000;");
}

static void what_cannot_be_said_is_refused(void **state)
{
	(void)state;
	assert_string_equal(translate("fill-rate=0 interval=10", 1, NULL),
			    "!a fill rate of 0 without idle time lets nothing run: use the flag 'sched_pause'");
	assert_string_equal(
		translate("fill-rate=1 interval=2000", 1, NULL),
		"!1 tokens in 2000 ticks cannot be said as bandwidth: less than 1 ms in a second, or no whole microseconds");
	assert_string_equal(translate("fill-rate=1", 1, NULL), "!fill-rate and interval go together");
	assert_string_equal(translate("tokens-max=5", 1, NULL), "!a bucket needs fill-rate and interval");
	assert_string_equal(translate("fill-rate=1 interval=2 fill-rate2=1 interval2=2", 1, NULL),
			    "!fill-rate2 and interval2 count only with idle-time");
	assert_string_equal(translate("fill-rate=1 interval=2 fill-rate2=1", 1, NULL),
			    "!fill-rate2 and interval2 go together");
}

static void idle_time_is_a_weight(void **state)
{
	_cleanup_strv_ char **notes = NULL;

	(void)state;
	assert_string_equal(translate("fill-rate=1 interval=4 idle-time", 2, NULL),
			    "cpu.max=max 100000;cpu.weight=25;");
	assert_string_equal(translate("fill-rate=1 interval=1000 idle-time", 2, NULL),
			    "cpu.max=max 100000;cpu.weight=1;");
	/* the same rate in other words */
	assert_string_equal(translate("fill-rate=1 interval=4 fill-rate2=2 interval2=8 idle-time", 2, NULL),
			    "cpu.max=max 100000;cpu.weight=25;");
	assert_int_equal(translate("fill-rate=1 interval=4 fill-rate2=1 interval2=8 idle-time", 2, NULL)[0], '!');
	assert_string_equal(translate("fill-rate=1 interval=4 fill-rate2=1 interval2=8 idle-time", 2, &notes),
			    "cpu.max=max 100000;cpu.weight=25;");
	/* nothing but idle time */
	assert_string_equal(translate("fill-rate=0 interval=4 fill-rate2=1 interval2=8 idle-time", 2, NULL),
			    "cpu.max=max 100000;cpu.idle=1;");
}

static void bias_is_a_nice_level(void **state)
{
	(void)state;
	assert_string_equal(translate("prio-bias=-5", 1, NULL), "cpu.weight.nice=-5;");
	assert_string_equal(translate("priority_bias=20", 1, NULL), "cpu.weight.nice=19;");
	assert_int_equal(translate("prio-bias=3 fill-rate=1 interval=2 idle-time", 1, NULL)[0], '!');
}

static void values_have_ranges(void **state)
{
	struct bucket b = { 0 };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(bucket_set(&b, "prio-bias", "21", &f), -EINVAL);
	f.error = 0;
	assert_int_equal(bucket_set(&b, "interval", "0", &f), -EINVAL);
	f.error = 0;
	assert_int_equal(bucket_set(&b, "interval", "x", &f), -EINVAL);
	assert_string_equal(f.text, "bad value for 'interval': 'x' is not in the range 1 to 100000000");
	assert_int_equal(bucket_set(&b, "speed", "1", &f), -ENOENT);
}

/* Never more than the bucket in any time: the longest burst and the rate are those of the bucket. */
static void bandwidth_is_never_looser(void **state)
{
	(void)state;
	for (int fill = 1; fill <= 60; fill += 7)
		for (int interval = fill + 1; interval <= 1000; interval += 83)
			for (int most = fill; most <= 400; most += 41) {
				char text[128];
				unsigned long long quota, period, burst;
				_cleanup_strv_ char **notes = NULL;
				const char *out;

				(void)snprintf(text, sizeof(text), "fill-rate=%d interval=%d tokens-max=%d", fill,
					       interval, most);
				out = translate(text, 3, &notes);
				assert_int_equal(
					sscanf(out, "cpu.max=%llu %llu;cpu.max.burst=%llu;", &quota, &period, &burst),
					3);
				/* the rate, exactly */
				assert_int_equal(quota * (unsigned int)interval, period * (unsigned int)fill * 3);
				assert_true(quota >= 1000 && period >= 1000 && period <= 1000000 && burst <= quota);
				if (!notes)
					assert_true(quota + burst == 3000ULL * (unsigned int)most ||
						    (burst == 0 && quota < 3000ULL * (unsigned int)most +
										   quota / (unsigned int)fill));
				else
					assert_true(quota + burst < 3000ULL * (unsigned int)most);
			}
}

static void processors_are_counted(void **state)
{
	(void)state;
	assert_int_equal(bucket_count_cpus("0-3,5"), 5);
	assert_int_equal(bucket_count_cpus("7\n"), 1);
	assert_int_equal(bucket_count_cpus(""), sysconf(_SC_NPROCESSORS_ONLN));
	assert_int_equal(bucket_count_cpus(NULL), sysconf(_SC_NPROCESSORS_ONLN));
}

static void tree_is_read(void **state)
{
	char name[] = "/tmp/test_bucket.XXXXXX";
	static const struct {
		const char *file, *text;
	} files[] = {
		{ "sched/fill-rate", "30\n" }, { "sched/interval", "100\n" }, { "sched/priority-bias", "5\n" },
		{ "sched/idle-time", "" }, { "schedule", "10\n20\ndummy\n" },
	};
	struct bucket b = { 0 }, lines = { 0 }, none = { 0 };
	struct fail f = { 0 };
	int dir;

	(void)state;
	assert_non_null(mkdtemp(name));
	dir = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(bucket_read(dir, "sched", &none, &f), 0);
	assert_int_equal(mkdirat(dir, "sched", 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(path_write_in(dir, files[i].file, files[i].text, 0644), 0);
	assert_int_equal(bucket_read(dir, "sched", &b, &f), 1);
	assert_true(b.idle_time && b.has[BUCKET_FILL_RATE] && !b.has[BUCKET_TOKENS] && !b.per_cpu);
	assert_int_equal(b.value[BUCKET_PRIO_BIAS], 5);
	assert_int_equal(bucket_read_lines(dir, "schedule", &lines, &f), 1);
	assert_int_equal(lines.value[BUCKET_INTERVAL], 20);
	assert_false(lines.has[BUCKET_TOKENS]);
	assert_int_equal(mkdirat(dir, "sched/0", 0755), 0);
	assert_int_equal(bucket_read(dir, "sched", &b, &f), 1);
	assert_true(b.per_cpu);
	assert_int_equal(path_write_in(dir, "sched/interval", "x\n", 0644), 0);
	assert_int_equal(bucket_read(dir, "sched", &b, &f), -EINVAL);
	(void)close(dir);
	f = (struct fail){ 0 };
	assert_int_equal(path_remove_tree(AT_FDCWD, name, true, &f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_is_exact),
		cmocka_unit_test(tick_has_a_length),
		cmocka_unit_test(full_bucket_is_quota_and_burst),
		cmocka_unit_test(waiting_for_tokens_is_the_period),
		cmocka_unit_test(bucket_too_large_is_refused_or_cut),
		cmocka_unit_test(all_of_a_processor_is_no_limit),
		cmocka_unit_test(what_cannot_be_said_is_refused),
		cmocka_unit_test(idle_time_is_a_weight),
		cmocka_unit_test(bias_is_a_nice_level),
		cmocka_unit_test(values_have_ranges),
		cmocka_unit_test(bandwidth_is_never_looser),
		cmocka_unit_test(processors_are_counted),
		cmocka_unit_test(tree_is_read),
	};

	return cmocka_run_group_tests_name("common/bucket", tests, NULL, NULL);
}
