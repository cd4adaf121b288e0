/* SPDX-License-Identifier: GPL-2.0-or-later */
/* out.h - what was asked for, on standard output: JSON and tables */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <vctx.h>

/*
 * JSON, written as it comes: one document, indented. @key is NULL inside a list.
 *
 *	struct json j = JSON_INIT(stdout);
 *
 *	json_object(&j, NULL);
 *	json_number(&j, "schema", 1);
 *	json_list(&j, "contexts");
 *	...
 *	json_end(&j);		the list
 *	json_end(&j);		the object; the document ends with a newline
 */
#define JSON_DEPTH 16

struct json {
	FILE *file;
	unsigned int depth;
	bool line;		/* all in one line */
	bool list[JSON_DEPTH];
	bool filled[JSON_DEPTH];
};

#define JSON_INIT(f)	{ .file = (f) }
#define JSON_LINE(f)	{ .file = (f), .line = true }

void json_object(struct json *j, const char *key);
void json_list(struct json *j, const char *key);
void json_end(struct json *j);
void json_number(struct json *j, const char *key, uint64_t value);
void json_signed(struct json *j, const char *key, int64_t value);
/* @decimals digits behind the point, 0..6. */
void json_real(struct json *j, const char *key, double value, int decimals);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* NULL is null; bytes that are not UTF-8 become U+FFFD. */
void json_string(struct json *j, const char *key, const char *value);
/* A list of the words of flags. 0, or -ENOMEM, with the list ended all the same. */
int json_words(struct json *j, const char *key, enum vctx_words words, uint64_t bits);

/*
 * A text table: columns as wide as their widest entry. Cells are copied. A header is printed unless
 * all titles are NULL; the last column is never padded.
 */
struct table;

struct table_column {
	const char *title;
	bool right;		/* right aligned */
};

struct table *table_new(const struct table_column *columns, unsigned int count);
/* The next cell, row by row. */
void table_cell(struct table *t, const char *text);
void table_cellf(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void table_print(struct table *t, FILE *file);
struct table *table_free(struct table *t);

/* Length of the UTF-8 sequence at @s, 0 when it is none. */
size_t utf8_len(const unsigned char *s);

/* Print text from somebody else (a guest, a file) with control characters shown as '?'. */
void print_clean(FILE *file, const char *text);
/* The same in place. */
void clean_controls(char *text);
/* In place, every byte that is no printable ASCII: where each must be as wide as one letter. */
void clean_ascii(char *text);
