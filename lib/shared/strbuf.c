// SPDX-License-Identifier: LGPL-2.1-or-later
/* strbuf - a string that grows */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strbuf.h"

/* Make room for @more bytes and a NUL. */
static bool reserve(struct strbuf *b, size_t more)
{
	size_t size = b->size ? b->size : 64;
	char *text;

	if (b->failed)
		return false;
	if (more > SIZE_MAX / 4 - b->len) {
		b->failed = true;
		return false;
	}
	while (size < b->len + more + 1)
		size *= 2;
	if (size == b->size)
		return true;
	text = realloc(b->text, size);
	if (!text) {
		b->failed = true;
		return false;
	}
	b->text = text;
	b->size = size;
	return true;
}

void strbuf_add_n(struct strbuf *b, const char *text, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->text + b->len, text, n);
	b->len += n;
	b->text[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const char *text)
{
	strbuf_add_n(b, text, strlen(text));
}

void strbuf_add_char(struct strbuf *b, char c)
{
	strbuf_add_n(b, &c, 1);
}

void strbuf_vaddf(struct strbuf *b, const char *format, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!reserve(b, (size_t)n))
		return;
	(void)vsnprintf(b->text + b->len, (size_t)n + 1, format, ap);
	b->len += (size_t)n;
}

void strbuf_addf(struct strbuf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	strbuf_vaddf(b, format, ap);
	va_end(ap);
}

const char *strbuf_text(const struct strbuf *b)
{
	return b->text ? b->text : "";
}

int strbuf_steal(struct strbuf *b, char **ret_text)
{
	char *text;

	if (!reserve(b, 0)) {
		strbuf_free(b);
		return -ENOMEM;
	}
	b->text[b->len] = '\0';
	text = b->text;
	*b = (struct strbuf)STRBUF_INIT;
	*ret_text = text;
	return 0;
}

void strbuf_free(struct strbuf *b)
{
	free(b->text);
	*b = (struct strbuf)STRBUF_INIT;
}
