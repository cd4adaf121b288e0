/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h - what a long action is doing, on standard error
 *
 * On a terminal one line for each finished step, "[3/7] install base packages  12.4 s", and the step at work
 * meanwhile; elsewhere nothing, unless -v was given.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

struct progress {
	unsigned int total;	/* number of steps, 0 unknown */
	unsigned int done;
	const char *step;	/* at work, NULL none */
	struct timespec since;
	bool shown;
};

void progress_start(struct progress *p, unsigned int total);
/* Finish the step at work and begin the next; @step is not copied. */
void progress_step(struct progress *p, const char *step);
/* Finish the last step; with @failed its line says so. */
void progress_end(struct progress *p, bool failed);
