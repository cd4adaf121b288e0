// SPDX-License-Identifier: GPL-2.0-or-later
/* msg - messages for people, on standard error */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "out.h"
#include "strbuf.h"

static const char *program = "vctx";
static const char *subject;
static int level;
static enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;

void msg_init(const char *name)
{
	program = name;
}

const char *msg_program(void)
{
	return program;
}

void msg_subject(const char *name)
{
	subject = name;
}

void msg_set_level(int new_level)
{
	level = new_level;
}

int msg_get_level(void)
{
	return level;
}

/*
 * One line, one write, so that lines of parallel processes stay whole. Words of the command line and names from a
 * guest may be in it: they make no second line and do nothing to the terminal.
 */
static _printf_(3, 0) void print(const char *kind, const char *why, const char *format, va_list ap)
{
	struct strbuf b = STRBUF_INIT;

	(void)fflush(stdout);
	strbuf_addf(&b, "%s: ", program);
	if (subject)
		strbuf_addf(&b, "%s: ", subject);
	strbuf_add(&b, kind);
	strbuf_vaddf(&b, format, ap);
	if (why)
		strbuf_addf(&b, ": %s", why);
	if (b.text)
		clean_controls(b.text);
	strbuf_add_char(&b, '\n');
	(void)!write(STDERR_FILENO, strbuf_text(&b), b.len);
	strbuf_free(&b);
}

void msg_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print("", NULL, format, ap);
	va_end(ap);
}

void msg_errno(int error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print("", strerror(error < 0 ? -error : error), format, ap);
	va_end(ap);
}

void msg_warning(const char *format, ...)
{
	va_list ap;

	if (level <= MSG_QUIET)
		return;
	va_start(ap, format);
	print("warning: ", NULL, format, ap);
	va_end(ap);
}

void msg_hint(const char *format, ...)
{
	va_list ap;

	if (level <= MSG_QUIET)
		return;
	va_start(ap, format);
	print("hint: ", NULL, format, ap);
	va_end(ap);
}

#define LEVEL_FUNCTION(name, least)			\
void name(const char *format, ...)			\
{							\
	va_list ap;					\
							\
	if (level < (least))				\
		return;					\
	va_start(ap, format);				\
	print("", NULL, format, ap);			\
	va_end(ap);					\
}

LEVEL_FUNCTION(msg_info, MSG_NORMAL)
LEVEL_FUNCTION(msg_verbose, MSG_VERBOSE)
LEVEL_FUNCTION(msg_debug, MSG_DEBUG)

int msg_usage(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print("", NULL, format, ap);
	va_end(ap);
	(void)fprintf(stderr, "Try '%s --help' for more information.\n", program);
	return 2;
}

int msg_set_color(const char *when)
{
	if (strcmp(when, "auto") == 0)
		color = COLOR_AUTO;
	else if (strcmp(when, "always") == 0)
		color = COLOR_ALWAYS;
	else if (strcmp(when, "never") == 0)
		color = COLOR_NEVER;
	else
		return -EINVAL;
	return 0;
}

bool msg_color(int fd)
{
	const char *no = getenv("NO_COLOR");

	if (color != COLOR_AUTO)
		return color == COLOR_ALWAYS;
	return isatty(fd) && (!no || !*no);
}

int msg_close_stdout(void)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) != 0)
		failed = true;
	if (!failed)
		return 0;
	msg_errno(errno ? errno : EIO, "cannot write to standard output");
	return 1;
}
