/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rlimits.h - limits of contexts as people write and read them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vctx.h>

#include "fail.h"
#include "out.h"

/*
 * A number with suffix K, M, G, T (by 1024) or k, m, g, t (by 1000); "inf" or "unlimited" is VCTX_LIMIT_INFINITY: 0, or
 * -EINVAL.
 */
int limit_parse_number(const char *text, uint64_t *ret);

/*
 * The same for a resource. What is counted in pages can be given in bytes, too: "64MB", "100kB"; less than a page counts
 * as one.
 */
int limit_parse(unsigned int id, const char *text, uint64_t *ret);

/* The number, or "unlimited"; @buf is for its digits. */
#define LIMIT_TEXT_SIZE	24U
const char *limit_text(uint64_t value, char *buf);
/* As JSON: null is no limit. */
void json_limit(struct json *j, const char *key, uint64_t value);

/* Why the kernel refuses to set it: a sentence; with VCTX_CALL_LIMIT. */
const char *limit_refused(unsigned int id, int error);

/* The use as a part of the hard limit in percent, rounded down; 0 without a limit. */
unsigned int limit_percent(const struct vctx_limit_entry *e);

/* The one that is nearest to its hard limit; NULL when none has one. */
const struct vctx_limit_entry *limits_worst(const struct vctx_limit_entry *list, size_t count);

/* Marks of what is nearly exhausted, in percent. */
#define LIMIT_HIGH	80U
#define LIMIT_CRITICAL	95U

/* An object for each in a list "limits". */
void json_limits(struct json *j, const struct vctx_limit_entry *list, size_t count);
/* A table. With @lowest a column for it, too. */
void print_limits(const struct vctx_limit_entry *list, size_t count);

/* ---- in the configuration of a guest ---- */

struct limits_config {
	struct vctx_limit_change list[VCTX_LIMIT_MAX_];	/* ascending */
	size_t count;
	char **unknown;		/* files that are no limits, and minimums; NULL none */
};

/*
 * Read the files RES, RES.soft and RES.hard of directory @path: 1, 0 there is no such directory, or a negative errno.
 */
int limits_config_read(int dir, const char *path, struct limits_config *ret, struct fail *f);
void limits_config_free(struct limits_config *c);
#define _cleanup_limits_ __attribute__((cleanup(limits_config_free), unused))

/* Write RES.soft and RES.hard, those that are not VCTX_LIMIT_KEEP. */
int limits_config_save(int dir, const char *path, const struct vctx_limit_change *change, struct fail *f);

/* ---- from inside a guest ---- */

/* Read a text as of /proc/self/vlimits: 0, or -EINVAL when it is something else. The array belongs to the caller. */
int limits_parse_self(const char *text, struct vctx_limit_entry **ret, size_t *ret_count);
