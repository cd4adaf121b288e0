/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap.h - say what a test program found, in the Test Anything Protocol
 *
 *	tap_ok(condition, "what holds %d", n);     one test; returns the condition
 *	tap_is(got, wanted, "what holds");         compares two numbers and shows both when they differ
 *	tap_errno(result, EPERM, "what is refused");   result is -1 with this errno
 *	tap_text("what holds %d", n);              a text for the two above, good until eight more were made
 *	tap_skip("what", "why"); tap_skip_all("why");
 *	return tap_done();                         prints the plan, gives the exit status
 */
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count_, tap_failed_;

__attribute__((format(printf, 2, 3), unused))
static bool tap_ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%s %d - ", good ? "ok" : "not ok", ++tap_count_);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	tap_failed_ += !good;
	return good;
}

__attribute__((format(printf, 1, 2), unused))
static const char *tap_text(const char *fmt, ...)
{
	static char buf[8][256];
	static int i;
	va_list ap;

	i = (i + 1) % 8;
	va_start(ap, fmt);
	(void)vsnprintf(buf[i], sizeof(buf[i]), fmt, ap);
	va_end(ap);
	return buf[i];
}

__attribute__((unused))
static bool tap_is(long long got, long long wanted, const char *what)
{
	bool good = tap_ok(got == wanted, "%s", what);

	if (!good) {
		printf("# got %lld (0x%llx), wanted %lld (0x%llx)\n", got, got, wanted, wanted);
		fflush(stdout);
	}
	return good;
}

__attribute__((unused))
static bool tap_errno(long result, int wanted, const char *what)
{
	int e = errno;
	bool good = tap_ok(result == -1 && e == wanted, "%s", what);

	if (!good) {
		printf("# result %ld, errno %s, wanted %s\n", result, result == -1 ? strerror(e) : "none",
		       strerror(wanted));
		fflush(stdout);
	}
	return good;
}

__attribute__((unused))
static void tap_skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count_, what, why);
	fflush(stdout);
}

__attribute__((unused, noreturn))
static void tap_skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	fflush(stdout);
	exit(77);
}

__attribute__((unused))
static int tap_done(void)
{
	printf("1..%d\n", tap_count_);
	fflush(stdout);
	return tap_failed_ ? 1 : 0;
}
