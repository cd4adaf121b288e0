// SPDX-License-Identifier: LGPL-2.1-or-later
/* events - print what happens to contexts, for so many seconds: events [SECONDS] */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vctx.h>

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atol(argv[1]) : 3600);
	struct vctx_events *events = NULL;
	int r = vctx_events_open(&events);

	if (r < 0) {
		fprintf(stderr, "events: cannot subscribe: %s\n", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (time(NULL) < end) {
		struct vctx_event e;
		const char *name;

		r = vctx_events_read(events, 100, &e);
		if (r == -EAGAIN || r == -EINTR)
			continue;
		if (r == -ENOBUFS) {
			printf("events were lost\n");
			continue;
		}
		if (r < 0)
			break;
		name = vctx_event_name(e.type);
		printf("%" PRIu32 " %s %" PRIu32 " %s\n", e.seq, name ? name : "?", e.xid, e.name);
		r = 0;
	}
	vctx_events_close(events);
	return r < 0 && r != -EAGAIN;
}
