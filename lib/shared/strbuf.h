/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* strbuf.h - a string that grows */
#pragma once

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

#include "macro.h"

/*
 * Start with STRBUF_INIT. An allocation that fails is remembered, further additions do nothing, and
 * strbuf_steal() reports it: one check at the end is enough.
 */
struct strbuf {
	char *text;	/* NULL while nothing was added */
	size_t len;
	size_t size;
	bool failed;
};

#define STRBUF_INIT { NULL, 0, 0, false }

void strbuf_add(struct strbuf *b, const char *text);
void strbuf_add_n(struct strbuf *b, const char *text, size_t n);
void strbuf_add_char(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *format, ...) _printf_(2, 3);
void strbuf_vaddf(struct strbuf *b, const char *format, va_list ap) _printf_(2, 0);

/* What is there so far, never NULL. */
const char *strbuf_text(const struct strbuf *b);

/* Hand over the string (the caller frees it) and start anew: 0 or -ENOMEM. */
int strbuf_steal(struct strbuf *b, char **ret_text);

void strbuf_free(struct strbuf *b);

#define _cleanup_strbuf_ __attribute__((cleanup(strbuf_free), unused))
