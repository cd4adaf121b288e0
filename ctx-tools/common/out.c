// SPDX-License-Identifier: GPL-2.0-or-later
/* out - what was asked for, on standard output: JSON and tables */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "out.h"
#include "xalloc.h"

/* The analyzer of gcc 12 loses what is stored behind a pointer, and takes it for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

size_t utf8_len(const unsigned char *s)
{
	size_t n;
	unsigned long c;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	c = s[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return n;
}

/* A control character begins here: 1, or 2 for those above 0x7f, written as UTF-8; else 0. */
static unsigned int control_at(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	if (*s < 0x20 || *s == 0x7f)
		return *s ? 1 : 0;
	return s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

static void quote(FILE *f, const char *text)
{
	(void)putc('"', f);
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		size_t n = utf8_len(s);

		if (n == 0) {
			(void)fputs("\\ufffd", f);
			n = 1;
		} else if (*s == '"' || *s == '\\') {
			(void)fprintf(f, "\\%c", *s);
		} else if (*s == '\n') {
			(void)fputs("\\n", f);
		} else if (*s == '\t') {
			(void)fputs("\\t", f);
		} else if (control_at((const char *)s)) {
			(void)fprintf(f, "\\u%04x", s[n - 1]);
		} else {
			(void)fwrite(s, 1, n, f);
		}
		s += n;
	}
	(void)putc('"', f);
}

static void indent(const struct json *j)
{
	if (j->line)
		return;
	(void)putc('\n', j->file);
	for (unsigned int i = 0; i < j->depth; i++)
		(void)fputs("  ", j->file);
}

static void begin(struct json *j, const char *key)
{
	if (j->depth) {
		if (j->filled[j->depth])
			(void)putc(',', j->file);
		j->filled[j->depth] = true;
		indent(j);
	}
	if (key) {
		quote(j->file, key);
		(void)fputs(j->line ? ":" : ": ", j->file);
	}
}

static void open_level(struct json *j, const char *key, bool list)
{
	begin(j, key);
	if (j->depth + 1 >= JSON_DEPTH)
		abort();
	j->depth++;
	j->list[j->depth] = list;
	j->filled[j->depth] = false;
	(void)putc(list ? '[' : '{', j->file);
}

void json_object(struct json *j, const char *key)
{
	open_level(j, key, false);
}

void json_list(struct json *j, const char *key)
{
	open_level(j, key, true);
}

void json_end(struct json *j)
{
	bool filled = j->filled[j->depth], list = j->list[j->depth];

	j->depth--;
	if (filled)
		indent(j);
	(void)putc(list ? ']' : '}', j->file);
	if (!j->depth)
		(void)putc('\n', j->file);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	(void)fprintf(j->file, "%" PRIu64, value);
}

void json_signed(struct json *j, const char *key, int64_t value)
{
	begin(j, key);
	(void)fprintf(j->file, "%" PRId64, value);
}

void json_real(struct json *j, const char *key, double value, int decimals)
{
	begin(j, key);
	(void)fprintf(j->file, "%.*f", decimals, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	(void)fputs(value ? "true" : "false", j->file);
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	(void)fputs("null", j->file);
}

void json_string(struct json *j, const char *key, const char *value)
{
	if (!value) {
		json_null(j, key);
		return;
	}
	begin(j, key);
	quote(j->file, value);
}

int json_words(struct json *j, const char *key, enum vctx_words words, uint64_t bits)
{
	int r = 0;

	json_list(j, key);
	for (unsigned int bit = 0; bit < 64; bit++) {
		_cleanup_free_ char *word = NULL;

		if (!(bits & 1ULL << bit))
			continue;
		if (vctx_words_format(words, 1ULL << bit, ",", &word) < 0)
			r = -ENOMEM;
		else
			json_string(j, NULL, word);
	}
	json_end(j);
	return r;
}

struct table {
	unsigned int columns;
	struct table_column *column;
	size_t cells, size;
	char **cell;
};

struct table *table_new(const struct table_column *columns, unsigned int count)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->columns = count;
	t->column = xcalloc(count, sizeof(*t->column));
	memcpy(t->column, columns, count * sizeof(*columns));
	return t;
}

static void take_cell(struct table *t, char *text)
{
	if (t->cells == t->size) {
		t->size = t->size ? t->size * 2 : 64;
		t->cell = xrealloc(t->cell, t->size, sizeof(*t->cell));
	}
	t->cell[t->cells++] = text;
}

void table_cell(struct table *t, const char *text)
{
	take_cell(t, xstrdup(text));
}

void table_cellf(struct table *t, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	take_cell(t, xvasprintf(format, ap));
	va_end(ap);
}

/* Width on the screen: characters, not bytes. */
static size_t text_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void print_cell(const struct table *t, unsigned int c, const char *text, size_t width, FILE *file)
{
	size_t have = text_width(text);
	int pad = (int)(width > have ? width - have : 0);

	if (c)
		(void)fputs("  ", file);
	if (t->column[c].right)
		(void)fprintf(file, "%*s", pad, "");
	print_clean(file, text);
	if (!t->column[c].right && c + 1 < t->columns)
		(void)fprintf(file, "%*s", pad, "");
}

void table_print(struct table *t, FILE *file)
{
	_cleanup_free_ size_t *width = xcalloc(t->columns, sizeof(*width));
	bool titles = false;

	for (unsigned int c = 0; c < t->columns; c++)
		if (t->column[c].title) {
			titles = true;
			width[c] = text_width(t->column[c].title);
		}
	for (size_t i = 0; i < t->cells; i++) {
		size_t n = text_width(t->cell[i]);

		if (n > width[i % t->columns])
			width[i % t->columns] = n;
	}
	if (titles) {
		for (unsigned int c = 0; c < t->columns; c++)
			print_cell(t, c, t->column[c].title ? t->column[c].title : "", width[c], file);
		(void)putc('\n', file);
	}
	for (size_t i = 0; i < t->cells; i++) {
		unsigned int c = (unsigned int)(i % t->columns);

		print_cell(t, c, t->cell[i], width[c], file);
		if (c + 1 == t->columns)
			(void)putc('\n', file);
	}
}

struct table *table_free(struct table *t)
{
	if (t) {
		for (size_t i = 0; i < t->cells; i++)
			free(t->cell[i]);
		free(t->cell);
		free(t->column);
		free(t);
	}
	return NULL;
}

void print_clean(FILE *file, const char *text)
{
	for (; *text; text++) {
		unsigned int n = control_at(text);

		(void)putc(n ? '?' : *text, file);
		text += n > 1;
	}
}

void clean_controls(char *text)
{
	for (; *text; text++)
		for (unsigned int n = control_at(text); n; n--)
			text[n - 1] = '?';
}

void clean_ascii(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}
