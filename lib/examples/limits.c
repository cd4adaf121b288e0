// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits - print which contexts use more than half of a limit: limits [XID RESOURCE HARD] sets one before */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <vctx.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "limits: cannot %s: %s\n", what, vctx_strerror(VCTX_CALL_LIMIT, error));
	return 1;
}

int main(int argc, char **argv)
{
	struct vctx_stat *stats = NULL;
	size_t count = 0;
	int r;

	if (argc == 4) {
		struct vctx_limit_change change = { .soft = VCTX_LIMIT_KEEP, .hard = strtoull(argv[3], NULL, 0) };

		r = vctx_limit_from_name(argv[2], &change.id);
		if (r == 0)
			r = vctx_limits_set((uint32_t)strtoul(argv[1], NULL, 0), &change, 1);
		if (r < 0)
			return fail("set the limit", r);
	}
	r = vctx_stat_list(&stats, &count);
	if (r < 0)
		return fail("read the statistics", r);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < stats[i].limit_count; k++) {
			const struct vctx_limit_entry *l = &stats[i].limit[k];

			if (l->hard != VCTX_LIMIT_INFINITY && l->used > l->hard / 2)
				printf("%5" PRIu32 "  %-12s %" PRIu64 " of %" PRIu64 ", refused %" PRIu32 " times\n",
				       stats[i].xid, l->name, l->used, l->hard, l->hits);
		}
	free(stats);
	return 0;
}
