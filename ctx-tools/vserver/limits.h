/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limits.h - the limits of a guest in one table, whoever enforces them */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vserver.h"

enum limit_unit { LIMIT_COUNT, LIMIT_BYTES, LIMIT_MICROSECONDS, LIMIT_TEXT };

/* One limit. Texts are owned, NULL not known. Of numbers UINT64_MAX is "max", no limit. */
struct limit_row {
	char *name;
	const char *enforced_by;	/* "cgroup", "context" */
	enum limit_unit unit;		/* of configured and in_force, where these are numbers */
	enum limit_unit used_unit;	/* of current and peak */
	char *configured, *in_force;	/* as the kernel has it */
	bool has_current, has_peak, has_hits;
	uint64_t current, peak, hits;
};

struct limit_table {
	struct limit_row *rows;
	size_t count;
};

struct limit_row *limits_add(struct limit_table *t, const char *name, const char *enforced_by, enum limit_unit unit);

/* Where rows come from; @xid 0: it does not run. Each adds what it knows. */
typedef int limit_source(const struct guest *g, const struct settings *s, uint32_t xid, struct limit_table *t,
			 struct fail *f);

limit_source limits_of_cgroup, limits_of_context;
