// SPDX-License-Identifier: GPL-2.0-or-later
/* progress - what a long action is doing, on standard error */
#include <stdio.h>
#include <unistd.h>

#include "msg.h"
#include "progress.h"

static double seconds_since(const struct timespec *since)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - since->tv_sec) + (double)(now.tv_nsec - since->tv_nsec) / 1e9;
}

static void number(const struct progress *p)
{
	if (p->total)
		(void)fprintf(stderr, "[%u/%u] ", p->done + 1, p->total);
	else
		(void)fprintf(stderr, "[%u] ", p->done + 1);
}

static void finish(struct progress *p, bool failed)
{
	if (!p->step)
		return;
	if (p->shown) {
		if (isatty(STDERR_FILENO))
			(void)fputs("\r\033[K", stderr);
		number(p);
		(void)fprintf(stderr, "%s  %s%.1f s\n", p->step, failed ? "failed after " : "",
			      seconds_since(&p->since));
	}
	p->done++;
	p->step = NULL;
}

void progress_start(struct progress *p, unsigned int total)
{
	*p = (struct progress){
		.total = total,
		.shown = msg_get_level() > MSG_NORMAL || (msg_get_level() == MSG_NORMAL && isatty(STDERR_FILENO)),
	};
}

void progress_step(struct progress *p, const char *step)
{
	finish(p, false);
	p->step = step;
	(void)clock_gettime(CLOCK_MONOTONIC, &p->since);
	if (p->shown && isatty(STDERR_FILENO)) {
		number(p);
		(void)fprintf(stderr, "%s ...", step);
		(void)fflush(stderr);
	}
}

void progress_end(struct progress *p, bool failed)
{
	finish(p, failed);
}
