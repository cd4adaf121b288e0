// SPDX-License-Identifier: GPL-2.0-or-later
/* list - all guests and their state */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "msg.h"
#include "out.h"
#include "vserver.h"
#include "xalloc.h"

struct row {
	const char *name, *state, *style, *why;
	char *const *marks;
	char *const *addresses;		/* NULL: not confined to any, or unknown */
	const struct guest *g;		/* NULL: the configuration cannot be read */
	uint32_t xid;			/* running or configured, 0 none */
	bool running, disabled;
	uint32_t processes;
	uint64_t uptime;
};

static void print_uptime(struct table *t, uint64_t s)
{
	if (s >= 86400)
		table_cellf(t, "%" PRIu64 "d%02uh", s / 86400, (unsigned int)(s / 3600 % 24));
	else if (s >= 3600)
		table_cellf(t, "%uh%02um", (unsigned int)(s / 3600), (unsigned int)(s / 60 % 60));
	else
		table_cellf(t, "%um%02us", (unsigned int)(s / 60), (unsigned int)(s % 60));
}

static void add_row(struct table *t, const struct row *r)
{
	_cleanup_free_ char *marks = xstrdup(""), *addresses = net_addresses_text(r->addresses, ",");

	for (char *const *m = r->marks; m && *m; m++) {
		char *longer = xasprintf("%s%s%s", marks, *marks ? "," : "", *m);

		free(marks);
		marks = longer;
	}
	table_cell(t, r->name);
	table_cell(t, r->state);
	if (r->xid)
		table_cellf(t, "%u", r->xid);
	else
		table_cell(t, "-");
	if (r->running) {
		table_cellf(t, "%u", r->processes);
		print_uptime(t, r->uptime);
	} else {
		table_cell(t, "-");
		table_cell(t, "-");
	}
	table_cell(t, r->style ? r->style : "-");
	table_cell(t, *marks ? marks : "-");
	table_cell(t, addresses);
	table_cell(t, r->g ? r->g->vdir : r->why);
}

static void add_json(struct json *j, const struct row *r)
{
	json_object(j, NULL);
	json_string(j, "name", r->name);
	json_string(j, "state", r->state);
	json_string(j, "error", r->why);
	if (r->xid)
		json_number(j, "context", r->xid);
	else
		json_null(j, "context");
	if (r->running) {
		json_number(j, "processes", r->processes);
		json_number(j, "uptime_s", r->uptime);
	} else {
		json_null(j, "processes");
		json_null(j, "uptime_s");
	}
	json_string(j, "init_style", r->style);
	json_bool(j, "disabled", r->disabled);
	json_list(j, "marks");
	for (char *const *m = r->marks; m && *m; m++)
		json_string(j, NULL, *m);
	json_end(j);
	if (r->addresses) {
		json_list(j, "addresses");
		for (char *const *a = r->addresses; *a; a++)
			json_string(j, NULL, *a);
		json_end(j);
	} else {
		json_null(j, "addresses");
	}
	json_string(j, "root", r->g ? r->g->vdir : NULL);
	json_string(j, "configuration", r->g ? r->g->dir : NULL);
	json_end(j);
}

/* One guest; a broken one is listed as such. */
static void look(const char *name, struct table *t, struct json *j)
{
	_cleanup_guest_ struct guest *g = NULL;
	_cleanup_free_ char *style = NULL;
	_cleanup_strv_ char **marks = NULL, **addresses = NULL;
	struct row row = { .name = name, .state = "stopped" };
	struct fail f = { 0 };
	int r, running = 0;

	r = guest_open(name, &g, &f);
	if (r == 0)
		r = config_text(g->fd, "apps/init/style", &style, &f);
	if (r >= 0 && style && *style && !init_style_find(style))
		r = fail(&f, 0, "no init style '%s'", style);
	if (r >= 0)
		r = config_list(g->fd, "apps/init/mark", CONFIG_COMMENTS, &marks, &f);
	row.g = g;
	row.style = style && *style ? style : g ? init_style_default(g) : "sysv";
	row.marks = marks;
	if (r >= 0) {
		row.disabled = config_exists(g->fd, "disabled");
		running = guest_running(g, &row.xid);
		row.running = running > 0;
	}
	if (r < 0) {
		row.state = "broken";
		row.why = f.text;
		row.g = NULL;
		row.style = NULL;
	} else if (row.running) {
		struct vctx_ctx_stat st = { 0 };

		(void)vctx_ctx_stat(row.xid, &st);
		row.state = "running";
		row.processes = st.claims;
		row.uptime = guest_uptime(g);
	} else {
		row.xid = g->xid;
		if (running < 0)
			row.state = "unknown";
	}
	if (row.g)
		row.addresses = addresses = net_addresses(row.g, row.running);
	if (j)
		add_json(j, &row);
	else
		add_row(t, &row);
}

int cmd_list(int argc, char **argv)
{
	static const struct table_column columns[] = {
		{ "NAME", false }, { "STATE", false }, { "CONTEXT", true }, { "PROCS", true }, { "UPTIME", true },
		{ "STYLE", false }, { "MARKS", false }, { "ADDRESSES", false }, { "ROOT", false },
	};
	_cleanup_close_ int dir = -1;
	_cleanup_strv_ char **names = NULL;
	struct json j = JSON_INIT(stdout);
	struct table *t = NULL;
	struct fail f = { 0 };
	int r;

	if (argc > 1)
		return guest_usage("'list' takes no argument '%s'", argv[1]);
	dir = open(guest_confdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* on a fresh host there is none; one that was asked for is another matter */
	if (dir < 0 && (errno != ENOENT || opts.confdir)) {
		(void)fail(&f, -errno, "cannot read '%s'", guest_confdir());
		return guest_failed(NULL, &f, EXIT_FAILED);
	}
	r = dir < 0 ? 0 : config_names(dir, ".", &names, &f);
	if (r < 0)
		return guest_failed(NULL, &f, EXIT_FAILED);
	if (opts.json) {
		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		json_list(&j, "guests");
	} else {
		t = table_new(columns, ARRAY_SIZE(columns));
	}
	for (char **n = names; n && *n; n++) {
		struct stat st;

		if (fstatat(dir, *n, &st, 0) == 0 && S_ISDIR(st.st_mode))
			look(*n, t, opts.json ? &j : NULL);
	}
	if (opts.json) {
		json_end(&j);
		json_end(&j);
	} else {
		table_print(t, stdout);
		(void)table_free(t);
	}
	return msg_close_stdout();
}
