/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xalloc.h - allocation for programs: out of memory ends them */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "macro.h"

/* Called before: NULL, or what brings back the terminal. */
extern void (*xalloc_dying)(void);

/* 125 is "our own step failed", which is right for those who execute commands and not wrong for others. */
static inline _noreturn_ void xalloc_die(void)
{
	static const char text[] = "out of memory\n";

	if (xalloc_dying)
		xalloc_dying();
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(125);
}

static inline void *xrealloc(void *p, size_t n, size_t size)
{
	size_t bytes;
	void *r;

	if (__builtin_mul_overflow(n ? n : 1, size, &bytes))
		xalloc_die();
	r = realloc(p, bytes);
	if (!r)
		xalloc_die();
	return r;
}

static inline void *xcalloc(size_t n, size_t size)
{
	void *r = calloc(n ? n : 1, size);

	if (!r)
		xalloc_die();
	return r;
}

static inline char *xstrdup(const char *s)
{
	char *r = strdup(s);

	if (!r)
		xalloc_die();
	return r;
}

static inline char *xstrndup(const char *s, size_t n)
{
	char *r = strndup(s, n);

	if (!r)
		xalloc_die();
	return r;
}

static inline _printf_(1, 0) char *xvasprintf(const char *format, va_list ap)
{
	char *r;

	if (vasprintf(&r, format, ap) < 0)
		xalloc_die();
	return r;
}

static inline _printf_(1, 2) char *xasprintf(const char *format, ...)
{
	va_list ap;
	char *r;

	va_start(ap, format);
	r = xvasprintf(format, ap);
	va_end(ap);
	return r;
}

/* Arrays of strings ended by NULL; the array owns them. */
char **strv_new(void);
size_t strv_len(char *const *v);
/* Append @s, which the array takes over. */
void strv_take(char ***v, char *s);
void strv_add(char ***v, const char *s);
/* Is there NAME=... in an environment? */
bool strv_has_variable(char *const *env, const char *name);
/* @text, which is replaced, gets a line more. */
void append_line(char **text, const char *line);
