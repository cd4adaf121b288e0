/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fail.h - the reason of a failure, filled in where it is known and printed once where the user is
 *
 * A function that can fail in ways errno does not tell takes a struct fail, and returns the negative
 * errno that fail() hands through. The text carries no program or guest name.
 */
#pragma once

#include "macro.h"

struct fail {
	int error;		/* negative errno, 0 nothing failed */
	char text[768];		/* "what failed: why" */
};

/*
 * Note "what failed: why" (@error is a negative errno whose sentence becomes the why) and return @error. With @error
 * 0 the text stands for itself and -EINVAL is returned. A reason that is there already stays.
 */
int fail(struct fail *f, int error, const char *format, ...) _printf_(3, 4);

/* Put "what: " in front of the reason and return its error. */
int fail_prefix(struct fail *f, const char *format, ...) _printf_(2, 3);
