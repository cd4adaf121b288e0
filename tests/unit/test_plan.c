// SPDX-License-Identifier: GPL-2.0-or-later
/* test_plan - ctx-tools/common/plan: all or nothing */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "macro.h"
#include "plan.h"

/* last: it has a macro fail(), which we do not want */
#include <cmocka.h>
#undef fail

struct log {
	char text[256];
	const char *fails;	/* step that fails by itself */
	bool skip_b;
	bool signal_in_b;
};

static void add(struct log *l, const char *s)
{
	(void)strncat(l->text, s, sizeof(l->text) - strlen(l->text) - 1);
}

#define STEP(x)								\
static int r_##x(void *data, struct fail *f)				\
{									\
	struct log *l = data;						\
									\
	add(l, "+" #x);							\
	if (l->signal_in_b && strcmp(#x, "b") == 0)			\
		(void)raise(SIGTERM);					\
	if (l->fails && strcmp(l->fails, #x) == 0)			\
		return fail(f, -ENOSPC, "cannot do %s", #x);		\
	return 0;							\
}									\
static void u_##x(void *data)						\
{									\
	add(data, "-" #x);						\
}

STEP(a)
STEP(b)
STEP(c)

static char *d_always(void *data)
{
	(void)data;
	return strdup("do it");
}

static char *d_b(void *data)
{
	return ((struct log *)data)->skip_b ? NULL : strdup("do b");
}

static const struct plan_step steps[] = {
	{ "a", d_always, r_a, u_a },
	{ "b", d_b, r_b, u_b },
	{ "c", d_always, r_c, u_c },
};

static int run(struct log *l, struct fail *f)
{
	return plan_run(steps, ARRAY_SIZE(steps), l, NULL, f);
}

static void all_done_nothing_undone(void **state)
{
	struct log l = { 0 };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(run(&l, &f), 0);
	assert_string_equal(l.text, "+a+b+c");
}

static void a_failed_step_undoes_those_before_it(void **state)
{
	struct log l = { .fails = "c" };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(run(&l, &f), -ENOSPC);
	assert_string_equal(l.text, "+a+b+c-b-a");
	assert_string_equal(f.text, "step 'c': cannot do c: No space left on device");
}

static void first_step_failing_undoes_nothing(void **state)
{
	struct log l = { .fails = "a" };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(run(&l, &f), -ENOSPC);
	assert_string_equal(l.text, "+a");
}

static void steps_with_nothing_to_do_are_left_out(void **state)
{
	struct log l = { .skip_b = true, .fails = "c" };
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(run(&l, &f), -ENOSPC);
	assert_string_equal(l.text, "+a+c-a");
}

static void injected_failure_comes_after_the_work(void **state)
{
	struct log l = { 0 };
	struct fail f = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip();
	(void)setenv("VCTX_FAIL_STEP", "b", 1);
	assert_true(run(&l, &f) < 0);
	(void)unsetenv("VCTX_FAIL_STEP");
	assert_string_equal(l.text, "+a+b-b-a");
	assert_string_equal(f.text, "step 'b': failure asked for by VCTX_FAIL_STEP");
}

static void a_signal_makes_the_plan_fail(void **state)
{
	struct log l = { .signal_in_b = true };
	struct fail f = { 0 };

	(void)state;
	plan_signals_begin();
	assert_true(run(&l, &f) < 0);
	plan_signals_end();
	assert_string_equal(l.text, "+a+b-b-a");
	assert_string_equal(f.text, "step 'b': stopped by signal 15");
}

static void print_numbers_the_steps(void **state)
{
	struct log l = { .skip_b = true };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	plan_print(steps, ARRAY_SIZE(steps), &l, out);
	(void)fclose(out);
	assert_string_equal(text, " 1  a             do it\n 2  c             do it\n");
	assert_string_equal(l.text, "");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_done_nothing_undone), cmocka_unit_test(a_failed_step_undoes_those_before_it),
		cmocka_unit_test(first_step_failing_undoes_nothing),
		cmocka_unit_test(steps_with_nothing_to_do_are_left_out),
		cmocka_unit_test(injected_failure_comes_after_the_work),
		cmocka_unit_test(a_signal_makes_the_plan_fail), cmocka_unit_test(print_numbers_the_steps),
	};

	return cmocka_run_group_tests_name("common/plan", tests, NULL, NULL);
}
