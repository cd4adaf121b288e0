/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * msg.h - messages for people, on standard error
 *
 * The form is "PROGRAM: [SUBJECT: ]what failed: why". Only the function that knows the user's words
 * prints; what it calls returns.
 */
#pragma once

#include <stdbool.h>

#include "macro.h"

enum msg_level {
	MSG_QUIET = -1,		/* -q: errors only */
	MSG_NORMAL = 0,		/* one line per action */
	MSG_VERBOSE = 1,	/* -v: main steps */
	MSG_DEBUG = 2,		/* -vv: every call */
};

/* Once at the start of main(); @program is what stands in front of each line. */
void msg_init(const char *program);
const char *msg_program(void);

/* The guest that is being worked on, NULL for none; not copied. */
void msg_subject(const char *subject);
void msg_set_level(int level);
int msg_get_level(void);

void msg_error(const char *format, ...) _printf_(1, 2);
/* "...: why" with the text for a negative (or positive) errno. */
void msg_errno(int error, const char *format, ...) _printf_(2, 3);
void msg_warning(const char *format, ...) _printf_(1, 2);
void msg_hint(const char *format, ...) _printf_(1, 2);
void msg_info(const char *format, ...) _printf_(1, 2);
void msg_verbose(const char *format, ...) _printf_(1, 2);
void msg_debug(const char *format, ...) _printf_(1, 2);

/* Wrong usage: the line and a pointer to --help. Always 2, the exit code for it. */
int msg_usage(const char *format, ...) _printf_(1, 2);

/* --color=WHEN: 0, or -EINVAL for an unknown word. The default is "auto". */
int msg_set_color(const char *when);
/* May output on this descriptor be coloured? */
bool msg_color(int fd);

/* Write out what was printed to standard output: 0, or 1 with a message (disk full, closed). */
int msg_close_stdout(void);
