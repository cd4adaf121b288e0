/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.h - do all of a list of steps or nothing of it
 *
 * Steps run in order. When one fails, those before it are undone in reverse order. A step that fails cleans
 * up after itself; its undo is only called when its work was complete.
 *
 * For tests and for those who debug a start: with the environment variable VCTX_FAIL_STEP=NAME the step of
 * that name fails after its work. Only root is heard.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "fail.h"

struct plan_step {
	const char *name;
	/* What the step does, as text the caller frees; NULL: nothing to do, the step is left out. */
	char *(*describe)(void *data);
	int (*run)(void *data, struct fail *f);
	void (*undo)(void *data);	/* may be NULL */
};

/*
 * Run the steps. On failure the reason is in @f, "step 'NAME': " in front of it, everything is undone, and the negative
 * errno returned. @trace: NULL, or called before each step.
 */
int plan_run(const struct plan_step *steps, size_t count, void *data,
	     void (*trace)(const char *name, const char *what), struct fail *f);

/* Print what plan_run() would do, one line per step. */
void plan_print(const struct plan_step *steps, size_t count, void *data, FILE *out);

/*
 * Between a pair of these, SIGINT, SIGTERM and SIGHUP make the plan fail instead of ending the program, and SIGPIPE does
 * nothing.
 */
void plan_signals_begin(void);
void plan_signals_end(void);

/* The signal that came, 0 none. Also makes blocking calls return EINTR. */
int plan_interrupted(void);
