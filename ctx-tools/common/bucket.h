/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bucket.h - the token bucket of vsched as bandwidth of a cgroup
 *
 * The bucket: on every processor, FILL-RATE tokens come in each INTERVAL ticks, up to TOKENS-MAX; a tick of a running
 * process takes one; without tokens the context waits until there are TOKENS-MIN. The rules of the translation are in
 * vsched(8).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"
#include "fail.h"

#define BUCKET_HZ	1000	/* ticks in a second */

enum bucket_value {
	BUCKET_FILL_RATE, BUCKET_INTERVAL, BUCKET_TOKENS, BUCKET_TOKENS_MIN, BUCKET_TOKENS_MAX, BUCKET_PRIO_BIAS,
	BUCKET_FILL_RATE2, BUCKET_INTERVAL2, BUCKET_HERTZ, BUCKET_VALUES,
};

struct bucket {
	bool has[BUCKET_VALUES];
	int64_t value[BUCKET_VALUES];
	bool idle_time;
	bool per_cpu;		/* there are settings for single processors */
};

const char *bucket_name(enum bucket_value value);

/* A value by the name of its file or option, "fill-rate" or "fill_rate": 0, -ENOENT no such name, -EINVAL. */
int bucket_set(struct bucket *b, const char *name, const char *text, struct fail *f);

/* The files in directory @path: 1 something there, 0 nothing. */
int bucket_read(int dir, const char *path, struct bucket *b, struct fail *f);

/* The deprecated file with six lines: the same. */
int bucket_read_lines(int dir, const char *path, struct bucket *b, struct fail *f);

/*
 * Add what the bucket is in terms of a group. @cpus: on how many processors it may run. What cannot be said is refused;
 * with @notes it comes as near as possible, never looser, and a line says what is otherwise.
 */
int bucket_translate(const struct bucket *b, unsigned int cpus, struct cgroup_settings *ret, char ***notes,
		    struct fail *f);

/* How many processors are in a list as "0-3,5"; those of the machine for an empty one. */
unsigned int bucket_count_cpus(const char *list);
