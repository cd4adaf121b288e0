// SPDX-License-Identifier: GPL-2.0-or-later
/* plan - do all of a list of steps or nothing of it */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "plan.h"
#include "xalloc.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static struct sigaction saved[ARRAY_SIZE(signals)], saved_pipe;
static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

void plan_signals_begin(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	interrupted = 0;
	sigemptyset(&sa.sa_mask);
	/* that nobody reads our messages any more is no reason to leave half of something */
	(void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, &saved_pipe);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		(void)sigaction(signals[i], NULL, &saved[i]);
		/* what was ignored (nohup) stays ignored */
		if (saved[i].sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &sa, NULL);
	}
}

void plan_signals_end(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaction(signals[i], &saved[i], NULL);
	(void)sigaction(SIGPIPE, &saved_pipe, NULL);
}

int plan_interrupted(void)
{
	return interrupted;
}

static bool should_fail(const char *name)
{
	const char *wanted = secure_getenv("VCTX_FAIL_STEP");

	return wanted && strcmp(wanted, name) == 0 && geteuid() == 0;
}

int plan_run(const struct plan_step *steps, size_t count, void *data,
	     void (*trace)(const char *name, const char *what), struct fail *f)
{
	_cleanup_free_ bool *done = xcalloc(count, sizeof(*done));
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *what = steps[i].describe(data);

		if (!what)
			continue;
		if (trace)
			trace(steps[i].name, what);
		r = steps[i].run(data, f);
		done[i] = r >= 0;
		if (r >= 0 && should_fail(steps[i].name))
			r = fail(f, 0, "failure asked for by VCTX_FAIL_STEP");
		if (r >= 0 && interrupted)
			r = fail(f, 0, "stopped by signal %d", (int)interrupted);
		if (r >= 0)
			continue;
		(void)fail_prefix(f, "step '%s'", steps[i].name);
		break;
	}
	if (r >= 0)
		return 0;
	for (size_t i = count; i-- > 0;)
		if (done[i] && steps[i].undo)
			steps[i].undo(data);
	return r;
}

void plan_print(const struct plan_step *steps, size_t count, void *data, FILE *out)
{
	unsigned int n = 0;

	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *what = steps[i].describe(data);

		if (what)
			(void)fprintf(out, "%2u  %-12s  %s\n", ++n, steps[i].name, what);
	}
}
