// SPDX-License-Identifier: GPL-2.0-or-later
/* status - status and running: does a guest run? */
#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"
#include "msg.h"
#include "out.h"
#include "vserver.h"

int cmd_status(struct guest *g, int argc, char **argv)
{
	struct fail f = { 0 };
	struct vctx_ctx_stat st = { 0 };
	_cleanup_strv_ char **addresses = NULL;
	uint64_t up = guest_uptime(g);
	uint32_t xid = 0, nid = 0;
	int r;

	if (argc > 1)
		return guest_usage("'status' takes no argument '%s'", argv[1]);
	r = guest_ask_running(g, &xid, &f);
	if (r < 0)
		return guest_failed(g->name, &f, EXIT_FAILED);
	if (r) {
		(void)vctx_ctx_stat(xid, &st);
		(void)net_of_guest(g, &nid);
	}
	addresses = net_addresses(g, r);
	if (opts.json) {
		struct json j = JSON_INIT(stdout);

		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		json_string(&j, "name", g->name);
		json_string(&j, "state", r ? "running" : "stopped");
		if (r) {
			json_number(&j, "context", xid);
			json_number(&j, "processes", st.claims);
			json_number(&j, "uptime_s", up);
		} else {
			json_null(&j, "context");
			json_null(&j, "processes");
			json_null(&j, "uptime_s");
		}
		if (nid)
			json_number(&j, "network_context", nid);
		else
			json_null(&j, "network_context");
		if (addresses) {
			json_list(&j, "addresses");
			for (char **a = addresses; *a; a++)
				json_string(&j, NULL, *a);
			json_end(&j);
		} else {
			json_null(&j, "addresses");
		}
		json_end(&j);
	} else if (!opts.silent && r) {
		printf("Vserver '%s' is running at context '%u'\n", g->name, xid);
		printf("Number of processes:  %u\n", st.claims);
		printf("Uptime:               %" PRIu64 " days, %02u:%02u\n", up / 86400, (unsigned int)(up / 3600 % 24),
		       (unsigned int)(up / 60 % 60));
		if (addresses) {
			_cleanup_free_ char *text = net_addresses_text(addresses, ", ");

			printf("Addresses:            %s\n", *addresses ? text : "none");
		}
	} else if (!opts.silent) {
		printf("Vserver '%s' is stopped\n", g->name);
	}
	if (msg_close_stdout())
		return EXIT_FAILED;
	return r ? EXIT_OK : EXIT_STOPPED;
}

int cmd_running(struct guest *g, int argc, char **argv)
{
	struct fail f = { 0 };
	uint32_t xid;
	int r;

	if (argc > 1)
		return guest_usage("'running' takes no argument '%s'", argv[1]);
	r = guest_ask_running(g, &xid, &f);
	if (r < 0)
		return guest_failed(g->name, &f, EXIT_FAILED);
	return r ? EXIT_OK : EXIT_FAILED;
}
