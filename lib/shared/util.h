/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* util.h - numbers, files and descriptors */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Numbers in C notation: decimal, 0x, leading 0 octal. The whole string counts, no sign, no blanks:
 * 0, -EINVAL or -ERANGE.
 */
int parse_u64(const char *text, uint64_t *ret);
int parse_u32(const char *text, uint32_t *ret);
/* The same with an optional minus sign. */
int parse_s64(const char *text, int64_t *ret);
/* Decimal digits only, no leading zeros (a name in /proc): 0 or -EINVAL. */
int parse_decimal(const char *text, uint32_t max, uint32_t *ret);

/* Milliseconds of a clock that only goes on. */
int64_t monotonic_ms(void);

/* Read a small file at @dirfd, at most @max bytes: 0 or -errno (-EFBIG); the text ends with NUL. */
int read_file_at(int dirfd, const char *path, size_t max, char **ret_text, size_t *ret_len);

/* All of it, going on after a signal: 0 or -errno. */
int write_all(int fd, const void *data, size_t len);
/* Up to @len bytes, less only at the end of the file: count or -errno. */
ssize_t read_full(int fd, void *data, size_t len);

/* Copy with the NUL; false and "" when it does not fit. */
bool copy_string(char *to, size_t size, const char *from);
