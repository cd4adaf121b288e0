// SPDX-License-Identifier: GPL-2.0-or-later
/* vserver-stat - what the running contexts use */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vctx.h>

#include "cleanup.h"
#include "macro.h"
#include "msg.h"
#include "network.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "procs.h"
#include "xalloc.h"

enum {
	OPT_JSON = 256,
	OPT_SORT,
	OPT_ADDRESSES,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "json", 0, NULL, OPT_JSON, "as JSON, with exact numbers" },
	{ "sort", 'O', "COLUMN", OPT_SORT, "by ctx (default), proc, vsz, rss, usertime, systime,\nuptime or name" },
	{ "addresses", 'a', NULL, OPT_ADDRESSES, "show the addresses of each, too" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vserver-stat",
	.synopsis = "[--json] [--sort=COLUMN] [--addresses]",
	.purpose = "Show what the host and the running contexts use.",
	.options = options,
	.examples = "vserver-stat\n"
		    "vserver-stat --sort rss",
	.manual = "vserver-stat(8)",
};

struct row {
	uint32_t xid;
	char name[VCTX_NAME_SIZE];
	bool has_entry;
	struct vctx_ctx_entry entry;
	unsigned int processes, threads;
	uint64_t virtual_bytes, resident_bytes, user_ns, system_ns, uptime_ns;
	uint64_t first_start_ns;
	bool has_nid;
	uint32_t nid;			/* of its first process */
	struct vctx_net_entry *net;	/* NULL: in no network context, or unknown */
};

struct table_rows {
	struct row *row;
	size_t count, size;
};

static struct row *add_row(struct table_rows *t, uint32_t xid)
{
	struct row *row;

	if (t->count == t->size) {
		t->size = t->size ? t->size * 2 : 32;
		t->row = xrealloc(t->row, t->size, sizeof(*t->row));
	}
	row = &t->row[t->count++];
	*row = (struct row){ .xid = xid, .first_start_ns = UINT64_MAX };
	return row;
}

static struct row *find_row(struct table_rows *t, uint32_t xid)
{
	size_t low = 0, high = t->count;

	/* The list of contexts is in order; what the walk adds comes behind it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->row[middle].xid == xid)
			return &t->row[middle];
		if (t->row[middle].xid < xid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int add_context(const struct vctx_ctx_entry *e, void *data)
{
	struct row *row = add_row(data, e->xid);

	row->entry = *e;
	row->has_entry = true;
	row->uptime_ns = e->virt.uptime_ns;
	(void)snprintf(row->name, sizeof(row->name), "%s", guest_of_context(e->name));
	return 0;
}

static int compare_xid(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->xid < y->xid ? -1 : x->xid > y->xid;
}

static int add_process(const struct proc *p, void *data)
{
	struct table_rows *t = data;
	struct row *row = find_row(t, p->xid);

	/* A context that came after the list, or the spectator. */
	if (!row) {
		(void)add_row(t, p->xid);
		qsort(t->row, t->count, sizeof(*t->row), compare_xid);
		row = find_row(t, p->xid);
		if (!row)
			return 0;
	}
	row->processes++;
	row->threads += p->threads;
	row->virtual_bytes += p->virtual_bytes;
	row->resident_bytes += p->resident_bytes;
	row->user_ns += p->user_ns;
	row->system_ns += p->system_ns;
	if (p->start_ns < row->first_start_ns)
		row->first_start_ns = p->start_ns;
	if (!row->has_nid && p->xid >= VCTX_XID_MIN && vctx_task_nid(p->pid, &row->nid) == 0)
		row->has_nid = true;
	return 0;
}

/* ---- sorting ---- */

static const char *const sort_names[] = {
	"ctx", "proc", "vsz", "rss", "usertime", "systime", "uptime", "name",
};
enum { SORT_CTX, SORT_PROC, SORT_VSZ, SORT_RSS, SORT_USER, SORT_SYSTEM, SORT_UPTIME, SORT_NAME };
static int arg_sort;

static uint64_t sort_key(const struct row *row)
{
	switch (arg_sort) {
	case SORT_PROC:
		return row->processes;
	case SORT_VSZ:
		return row->virtual_bytes;
	case SORT_RSS:
		return row->resident_bytes;
	case SORT_USER:
		return row->user_ns;
	case SORT_SYSTEM:
		return row->system_ns;
	default:
		return row->uptime_ns;
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	uint64_t kx, ky;
	int r;

	if (arg_sort == SORT_CTX)
		return compare_xid(a, b);
	if (arg_sort == SORT_NAME) {
		r = strcmp(x->name, y->name);
		return r ? r : compare_xid(a, b);
	}
	kx = sort_key(x);
	ky = sort_key(y);
	if (kx != ky)
		return kx > ky ? -1 : 1;	/* the largest first */
	return compare_xid(a, b);
}

/* ---- text ---- */

/* Bytes, divided until below 1000, with at most one decimal. */
static const char *format_size(uint64_t bytes, char *buf, size_t size)
{
	static const char units[] = " KMGTPE";
	unsigned int unit = 0;
	uint64_t tenths = bytes > UINT64_MAX / 10 ? UINT64_MAX : bytes * 10;

	while (tenths >= 10000 && units[unit + 1]) {
		tenths = (tenths + 512) / 1024;
		unit++;
	}
	if (tenths % 10 && unit)
		(void)snprintf(buf, size, "%" PRIu64 ".%u%c", tenths / 10, (unsigned int)(tenths % 10), units[unit]);
	else
		(void)snprintf(buf, size, "%" PRIu64 "%c", tenths / 10, units[unit]);
	return buf;
}

static const char *format_time(uint64_t ns, char *buf, size_t size)
{
	uint64_t s = ns / 1000000000, m = s / 60, h = m / 60, d = h / 24;

	if (h < 1)
		(void)snprintf(buf, size, "%um%02us%02u", (unsigned int)m, (unsigned int)(s % 60),
			       (unsigned int)(ns / 10000000 % 100));
	else if (d < 1)
		(void)snprintf(buf, size, "%uh%02um%02u", (unsigned int)h, (unsigned int)(m % 60), (unsigned int)(s % 60));
	else if (d < 1000)
		(void)snprintf(buf, size, "%ud%02uh%02u", (unsigned int)d, (unsigned int)(h % 24), (unsigned int)(m % 60));
	else
		(void)snprintf(buf, size, "%uy%02ud%02u", (unsigned int)(d / 365), (unsigned int)(d % 365),
			       (unsigned int)(h % 24));
	return buf;
}

static void print_text(const struct table_rows *t, bool addresses)
{
	(void)printf("CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME %s\n",
		     addresses ? "NAME                 ADDRESSES" : "NAME");
	for (size_t i = 0; i < t->count; i++) {
		const struct row *row = &t->row[i];
		char vsz[24], rss[24], user[24], system[24], uptime[24], name[21];

		(void)printf("%-5u %4u%7s%7s%10s%10s%10s ", row->xid, row->processes,
			     format_size(row->virtual_bytes, vsz, sizeof(vsz)),
			     format_size(row->resident_bytes, rss, sizeof(rss)),
			     format_time(row->user_ns, user, sizeof(user)),
			     format_time(row->system_ns, system, sizeof(system)),
			     format_time(row->uptime_ns, uptime, sizeof(uptime)));
		(void)snprintf(name, sizeof(name), "%.20s", row->name);
		print_clean(stdout, name);
		if (addresses) {
			_cleanup_free_ char *list = network_addresses_text(row->net, ",");

			(void)printf("%*s %s", 20 - (int)strlen(name), "", list);
		}
		(void)putchar('\n');
	}
}

/* ---- JSON ---- */

static void json_flags(struct json *j, const struct row *row)
{
	if (!row->has_entry || !(row->entry.valid & VCTX_ENTRY_FLAGS)) {
		json_null(j, "cflags");
		return;
	}
	(void)json_words(j, "cflags", VCTX_WORDS_CFLAGS, row->entry.cflags);
}

static void print_json(const struct table_rows *t)
{
	struct json j = JSON_INIT(stdout);

	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_list(&j, "contexts");
	for (size_t i = 0; i < t->count; i++) {
		const struct row *row = &t->row[i];
		bool virt = row->has_entry && (row->entry.valid & VCTX_ENTRY_VIRT);

		json_object(&j, NULL);
		json_number(&j, "xid", row->xid);
		json_string(&j, "name", row->name);
		json_string(&j, "config_dir", row->has_entry && row->entry.name[0] == '/' ? row->entry.name : NULL);
		json_string(&j, "nodename", row->has_entry && (row->entry.valid & VCTX_ENTRY_NODENAME) ?
			    row->entry.nodename : NULL);
		json_number(&j, "processes", row->processes);
		json_number(&j, "threads", row->threads);
		json_number(&j, "virtual_memory_bytes", row->virtual_bytes);
		json_number(&j, "resident_memory_bytes", row->resident_bytes);
		json_number(&j, "user_time_ns", row->user_ns);
		json_number(&j, "system_time_ns", row->system_ns);
		json_real(&j, "uptime_s", (double)row->uptime_ns / 1e9, 3);
		if (row->has_entry && row->entry.init_pid)
			json_number(&j, "init_pid", row->entry.init_pid);
		else
			json_null(&j, "init_pid");
		if (virt) {
			json_number(&j, "forks", row->entry.virt.forks);
			json_list(&j, "load");
			for (int k = 0; k < 3; k++)
				json_real(&j, NULL, (double)row->entry.virt.load[k] / 2048, 2);
			json_end(&j);
		} else {
			json_null(&j, "forks");
			json_null(&j, "load");
		}
		json_flags(&j, row);
		if (row->has_nid)
			json_number(&j, "nid", row->nid);
		else
			json_null(&j, "nid");
		json_network_addresses(&j, "addresses", row->net);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}

static void finish_rows(struct table_rows *t)
{
	uint64_t now = procs_uptime();

	for (size_t i = 0; i < t->count; i++) {
		struct row *row = &t->row[i];

		if (row->xid == VCTX_XID_HOST) {
			(void)snprintf(row->name, sizeof(row->name), "root server");
			row->uptime_ns = now;
		} else if (row->xid == VCTX_XID_WATCH) {
			(void)snprintf(row->name, sizeof(row->name), "monitoring server");
		}
		if (!row->uptime_ns && row->first_start_ns < now)
			row->uptime_ns = now - row->first_start_ns;
		if (row->has_nid && row->nid >= VCTX_XID_MIN && vctx_net_entry_get(row->nid, &row->net) < 0)
			row->net = NULL;
	}
}

static void free_rows(struct table_rows *t)
{
	for (size_t i = 0; i < t->count; i++)
		(void)vctx_net_entry_free(t->row[i].net);
	free(t->row);
}

int main(int argc, char **argv)
{
	struct table_rows t = { 0 };
	bool as_json = false, addresses = false;
	struct opt_state s;
	uint32_t own;
	int c, r;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_JSON:
			as_json = true;
			break;
		case OPT_ADDRESSES:
			addresses = true;
			break;
		case OPT_SORT:
			for (arg_sort = 0; arg_sort < (int)ARRAY_SIZE(sort_names); arg_sort++)
				if (strcasecmp(s.arg, sort_names[arg_sort]) == 0)
					break;
			if (arg_sort == (int)ARRAY_SIZE(sort_names))
				return msg_usage("unknown column '%s'", s.arg);
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	if (s.index < argc)
		return msg_usage("unexpected word '%s'", argv[s.index]);

	r = vctx_task_xid(0, &own);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	(void)add_row(&t, VCTX_XID_HOST);
	r = vctx_ctx_foreach(add_context, &t);
	if (r == 0)
		r = procs_walk(add_process, &t);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_ANY, r));
		free_rows(&t);
		return 1;
	}
	finish_rows(&t);
	qsort(t.row, t.count, sizeof(*t.row), compare_rows);
	if (as_json)
		print_json(&t);
	else
		print_text(&t, addresses);
	free_rows(&t);
	return msg_close_stdout();
}
