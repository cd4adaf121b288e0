// SPDX-License-Identifier: LGPL-2.1-or-later
/* list - print all contexts with their names and flags */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <vctx.h>

static int print(const struct vctx_ctx_entry *e, void *data)
{
	unsigned int *count = data;
	char *flags = NULL;
	int r = vctx_words_format(VCTX_WORDS_CFLAGS, e->cflags, ",", &flags);

	if (r < 0)
		return r;
	printf("%5" PRIu32 "  %8.1f s  %-32s %s\n", e->xid, (double)e->virt.uptime_ns / 1e9, e->name, flags);
	free(flags);
	(*count)++;
	return 0;
}

int main(void)
{
	unsigned int count = 0;
	int r = vctx_ctx_foreach(print, &count);

	if (r < 0) {
		fprintf(stderr, "list: cannot list contexts: %s\n", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	printf("%u contexts\n", count);
	return 0;
}
