// SPDX-License-Identifier: GPL-2.0-or-later
/* vserver-stat - what the running contexts use */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "macro.h"
#include "msg.h"
#include "network.h"
#include "openmetrics.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "procs.h"
#include "rlimits.h"
#include "usage.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_JSON = 256,
	OPT_OPENMETRICS,
	OPT_SORT,
	OPT_ADDRESSES,
	OPT_WATCH,
	OPT_SELF,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "sort", 'O', "COLUMN", OPT_SORT, "by ctx (default), proc, vsz, rss, usertime, systime,\nuptime or name" },
	{ "addresses", 'a', NULL, OPT_ADDRESSES, "show the addresses of each, too" },
	{ "watch", 'w', "[SECONDS]", OPT_WATCH, "again and again, every 2 seconds or as given" },
	{ "self", 0, NULL, OPT_SELF, "inside a guest: what it uses itself, and its limits;\nneeds no rights" },
	OPT_GROUP("Output for programs"),
	{ "json", 0, NULL, OPT_JSON, "as JSON, with exact numbers and all that is known" },
	{ "openmetrics", 0, NULL, OPT_OPENMETRICS, "as OpenMetrics text, for Prometheus" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vserver-stat",
	.synopsis = "[--sort=COLUMN] [--addresses] [--watch[=SECONDS]] [--json]\n"
		    "--openmetrics\n"
		    "--self [--watch[=SECONDS]] [--json]",
	.purpose = "Show what the host and the running contexts use.",
	.options = options,
	.examples = "vserver-stat\n"
		    "vserver-stat --sort rss --watch=5\n"
		    "vserver-stat --openmetrics >/var/lib/node_exporter/vserver.prom.new",
	.manual = "vserver-stat(8)",
};

/* What is known besides: for --json and --addresses. */
struct extra {
	uint32_t xid;
	bool has_entry;
	struct vctx_ctx_entry entry;
	bool has_nid;
	uint32_t nid;			/* of its first process */
	struct vctx_net_entry *net;	/* NULL: in no network context, or unknown */
};

struct extras {
	struct extra *list;
	size_t count;
};

static int arg_sort;
static bool arg_json, arg_openmetrics, arg_addresses, arg_self;

/* ---- what is known besides ---- */

static struct extra *find_extra(const struct extras *x, uint32_t xid)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (x->list[middle].xid == xid)
			return &x->list[middle];
		if (x->list[middle].xid < xid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int add_entry(const struct vctx_ctx_entry *e, void *data)
{
	struct extra *x = find_extra(data, e->xid);

	if (x) {
		x->entry = *e;
		x->has_entry = true;
	}
	return 0;
}

static int add_nid(pid_t pid, uint32_t xid, void *data)
{
	struct extra *x = xid >= VCTX_XID_MIN ? find_extra(data, xid) : NULL;

	if (x && !x->has_nid && vctx_task_nid(pid, &x->nid) == 0)
		x->has_nid = true;
	return 0;
}

static int read_extras(const struct usage_list *l, struct extras *x)
{
	int r;

	x->list = xcalloc(l->count, sizeof(*x->list));
	x->count = l->count;
	for (size_t i = 0; i < l->count; i++)
		x->list[i].xid = l->list[i].stat.xid;
	r = vctx_ctx_foreach(add_entry, x);
	if (r == 0)
		r = procs_walk_ids(add_nid, x);
	for (size_t i = 0; r == 0 && i < x->count; i++) {
		struct extra *e = &x->list[i];

		if (e->has_nid && e->nid >= VCTX_XID_MIN && vctx_net_entry_get(e->nid, &e->net) < 0)
			e->net = NULL;
	}
	return r;
}

static void free_extras(struct extras *x)
{
	for (size_t i = 0; i < x->count; i++)
		(void)vctx_net_entry_free(x->list[i].net);
	free(x->list);
	*x = (struct extras){ 0 };
}

/* ---- sorting ---- */

static const char *const sort_names[] = {
	"ctx", "proc", "vsz", "rss", "usertime", "systime", "uptime", "name",
};
enum { SORT_CTX, SORT_PROC, SORT_VSZ, SORT_RSS, SORT_USER, SORT_SYSTEM, SORT_UPTIME, SORT_NAME };

static uint64_t sort_key(const struct usage *u)
{
	switch (arg_sort) {
	case SORT_PROC:
		return u->stat.processes;
	case SORT_VSZ:
		return u->stat.vm_bytes;
	case SORT_RSS:
		return u->resident_bytes;
	case SORT_USER:
		return u->stat.user_ns;
	case SORT_SYSTEM:
		return u->stat.system_ns;
	default:
		return u->stat.uptime_ns;
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct usage *x = *(const struct usage *const *)a, *y = *(const struct usage *const *)b;
	uint64_t kx, ky;
	int r;

	if (arg_sort == SORT_NAME) {
		r = strcmp(x->name, y->name);
		if (r)
			return r;
	} else if (arg_sort != SORT_CTX) {
		kx = sort_key(x);
		ky = sort_key(y);
		if (kx != ky)
			return kx > ky ? -1 : 1;	/* the largest first */
	}
	return x->stat.xid < y->stat.xid ? -1 : x->stat.xid > y->stat.xid;
}

/* The rows in order, to be freed. */
static const struct usage **sorted(const struct usage_list *l)
{
	const struct usage **rows = xcalloc(l->count, sizeof(*rows));

	for (size_t i = 0; i < l->count; i++)
		rows[i] = &l->list[i];
	qsort(rows, l->count, sizeof(*rows), compare_rows);
	return rows;
}

/* ---- text ---- */

static void print_header(void)
{
	(void)printf("CTX   PROC    VSZ    RSS  userTIME   sysTIME    UPTIME %s\n",
		     arg_addresses ? "NAME                 ADDRESSES" : "NAME");
}

static void print_row(const struct usage *u)
{
	char vsz[USAGE_TEXT_SIZE], rss[USAGE_TEXT_SIZE], user[USAGE_TEXT_SIZE], system[USAGE_TEXT_SIZE],
		uptime[USAGE_TEXT_SIZE];

	(void)printf("%-5u %4u%7s%7s%10s%10s%10s ", u->stat.xid, u->stat.processes,
		     usage_size_text(u->stat.vm_bytes, vsz), usage_size_text(u->resident_bytes, rss),
		     usage_time_text(u->stat.user_ns, user), usage_time_text(u->stat.system_ns, system),
		     usage_time_text(u->stat.uptime_ns, uptime));
}

static void print_text(const struct usage_list *l, const struct extras *x)
{
	_cleanup_free_ const struct usage **rows = sorted(l);

	print_header();
	for (size_t i = 0; i < l->count; i++) {
		char name[21];

		print_row(rows[i]);
		(void)snprintf(name, sizeof(name), "%.20s", rows[i]->name);
		print_clean(stdout, name);
		if (arg_addresses) {
			const struct extra *e = find_extra(x, rows[i]->stat.xid);
			_cleanup_free_ char *list = network_addresses_text(e ? e->net : NULL, ",");

			(void)printf("%*s %s", 20 - (int)strlen(name), "", list);
		}
		(void)putchar('\n');
	}
}

/* ---- JSON ---- */

/* The numbers that only the kernel's statistics have; null where there are none. */
static const struct {
	const char *key;
	size_t offset;
	bool wide;
} json_fields[] = {
#define WIDE(key, field)	{ key, offsetof(struct vctx_stat, field), true }
	{ "threads_running", offsetof(struct vctx_stat, running), false },
	{ "threads_blocked", offsetof(struct vctx_stat, blocked), false },
	WIDE("voluntary_switches", voluntary_switches),
	WIDE("involuntary_switches", involuntary_switches),
	WIDE("minor_faults", minor_faults),
	WIDE("major_faults", major_faults),
	WIDE("chars_read_bytes", chars_read),
	WIDE("chars_written_bytes", chars_written),
	WIDE("read_calls", read_calls),
	WIDE("write_calls", write_calls),
	WIDE("storage_read_bytes", read_bytes),
	WIDE("storage_written_bytes", write_bytes),
	WIDE("storage_cancelled_bytes", cancelled_write_bytes),
	WIDE("locked_memory_bytes", locked_bytes),
	WIDE("anonymous_memory_bytes", rss_anon_bytes),
	WIDE("file_memory_bytes", rss_file_bytes),
	WIDE("shared_memory_bytes", rss_shmem_bytes),
	WIDE("swap_bytes", swap_bytes),
	WIDE("page_table_bytes", page_table_bytes),
#undef WIDE
};

static uint64_t member(const void *object, size_t offset, bool wide)
{
	uint64_t value;
	uint32_t narrow;

	if (wide) {
		memcpy(&value, (const char *)object + offset, sizeof(value));
		return value;
	}
	memcpy(&narrow, (const char *)object + offset, sizeof(narrow));
	return narrow;
}

static void json_stat(struct json *j, const struct usage *u)
{
	for (size_t i = 0; i < ARRAY_SIZE(json_fields); i++)
		if (u->full)
			json_number(j, json_fields[i].key, member(&u->stat, json_fields[i].offset, json_fields[i].wide));
		else
			json_null(j, json_fields[i].key);
	if (!u->full) {
		json_null(j, "sockets");
		json_null(j, "limits");
		return;
	}
	json_list(j, "sockets");
	for (int k = 0; k < VCTX_FAMILY_MAX_; k++) {
		const struct vctx_sock_stat *s = &u->stat.sock[k];

		json_object(j, NULL);
		json_string(j, "family", vctx_family_name((enum vctx_family)k));
		json_number(j, "received", s->received);
		json_number(j, "sent", s->sent);
		json_number(j, "failed", s->failed);
		json_number(j, "received_bytes", s->received_bytes);
		json_number(j, "sent_bytes", s->sent_bytes);
		json_number(j, "failed_bytes", s->failed_bytes);
		json_end(j);
	}
	json_end(j);
	json_limits(j, u->stat.limit, u->stat.limit_count);
}

static void json_use(struct json *j, const struct usage *u)
{
	json_number(j, "processes", u->stat.processes);
	json_number(j, "threads", u->stat.threads);
	json_number(j, "virtual_memory_bytes", u->stat.vm_bytes);
	json_number(j, "resident_memory_bytes", u->resident_bytes);
	json_number(j, "user_time_ns", u->stat.user_ns);
	json_number(j, "system_time_ns", u->stat.system_ns);
	json_real(j, "uptime_s", (double)u->stat.uptime_ns / 1e9, 3);
}

static void print_json(const struct usage_list *l, const struct extras *x)
{
	_cleanup_free_ const struct usage **rows = sorted(l);
	struct json j = JSON_INIT(stdout);

	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_list(&j, "contexts");
	for (size_t i = 0; i < l->count; i++) {
		const struct usage *u = rows[i];
		const struct extra *e = find_extra(x, u->stat.xid);
		const struct vctx_ctx_entry *entry = e && e->has_entry ? &e->entry : NULL;

		json_object(&j, NULL);
		json_number(&j, "xid", u->stat.xid);
		json_string(&j, "name", u->name);
		json_string(&j, "config_dir", u->stat.name[0] == '/' ? u->stat.name : NULL);
		json_string(&j, "nodename", entry && (entry->valid & VCTX_ENTRY_NODENAME) ? entry->nodename : NULL);
		json_use(&j, u);
		if (entry && entry->init_pid)
			json_number(&j, "init_pid", entry->init_pid);
		else
			json_null(&j, "init_pid");
		if (u->full || (entry && (entry->valid & VCTX_ENTRY_VIRT))) {
			json_number(&j, "forks", u->stat.forks);
			json_list(&j, "load");
			for (int k = 0; k < 3; k++)
				json_real(&j, NULL, (double)u->stat.load[k] / 2048, 2);
			json_end(&j);
		} else {
			json_null(&j, "forks");
			json_null(&j, "load");
		}
		if (entry && (entry->valid & VCTX_ENTRY_FLAGS))
			(void)json_words(&j, "cflags", VCTX_WORDS_CFLAGS, entry->cflags);
		else
			json_null(&j, "cflags");
		if (e && e->has_nid)
			json_number(&j, "nid", e->nid);
		else
			json_null(&j, "nid");
		json_network_addresses(&j, "addresses", e ? e->net : NULL);
		json_stat(&j, u);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}

/* ---- OpenMetrics ---- */

/* A sample for each context; of several in a family each has a label of its own. */
struct metric {
	const char *name;
	enum metric_type type;
	const char *unit, *help;
	bool basic;		/* known without the kernel's statistics */
	void (*value)(FILE *f, uint64_t value);
	struct {
		size_t offset;
		bool wide;
		const char *label;
	} part[3];
	const char *label;	/* what the labels are called, NULL none */
};

static void metric_load(FILE *f, uint64_t value)
{
	metric_real(f, (double)value / 2048);
}

#define AT(field)	.part = { { offsetof(struct vctx_stat, field), sizeof(((struct vctx_stat *)0)->field) == 8, NULL } }
#define PART(field, word) { offsetof(struct vctx_stat, field), sizeof(((struct vctx_stat *)0)->field) == 8, word }

static const struct metric metrics[] = {
	{ "vserver_uptime_seconds", METRIC_GAUGE, "seconds", "Time since the context was created.", true, metric_ns,
	  AT(uptime_ns), NULL },
	{ "vserver_processes", METRIC_GAUGE, NULL, "Processes.", true, metric_number, AT(processes), NULL },
	{ "vserver_threads", METRIC_GAUGE, NULL, "Threads.", true, metric_number, AT(threads), NULL },
	{ "vserver_threads_running", METRIC_GAUGE, NULL, "Runnable threads.", false, metric_number, AT(running), NULL },
	{ "vserver_threads_blocked", METRIC_GAUGE, NULL, "Threads in uninterruptible sleep.", false, metric_number,
	  AT(blocked), NULL },
	{ "vserver_load1", METRIC_GAUGE, NULL, "Load average of 1 minute.", true, metric_load, AT(load[0]), NULL },
	{ "vserver_load5", METRIC_GAUGE, NULL, "Load average of 5 minutes.", true, metric_load, AT(load[1]), NULL },
	{ "vserver_load15", METRIC_GAUGE, NULL, "Load average of 15 minutes.", true, metric_load, AT(load[2]), NULL },
	{ "vserver_forks", METRIC_COUNTER, NULL, "Tasks started since the context was created.", true, metric_number,
	  AT(forks), NULL },
	{ "vserver_cpu_seconds", METRIC_COUNTER, "seconds", "Time on processors, of all tasks that there were.", true,
	  metric_ns, .part = { PART(user_ns, "user"), PART(system_ns, "system") }, .label = "mode" },
	{ "vserver_context_switches", METRIC_COUNTER, NULL, "Switches of processors to other tasks.", false,
	  metric_number, .part = { PART(voluntary_switches, "voluntary"), PART(involuntary_switches, "involuntary") },
	  .label = "kind" },
	{ "vserver_page_faults", METRIC_COUNTER, NULL, "Page faults without (minor) and with (major) input.", false,
	  metric_number, .part = { PART(minor_faults, "minor"), PART(major_faults, "major") }, .label = "kind" },
	{ "vserver_io_calls", METRIC_COUNTER, NULL, "Calls that read or write, of whatever.", false, metric_number,
	  .part = { PART(read_calls, "read"), PART(write_calls, "write") }, .label = "direction" },
	{ "vserver_io_bytes", METRIC_COUNTER, "bytes", "Bytes that these calls have moved.", false, metric_number,
	  .part = { PART(chars_read, "read"), PART(chars_written, "write") }, .label = "direction" },
	{ "vserver_storage_bytes", METRIC_COUNTER, "bytes",
	  "Bytes read from storage, to be written to it, and of these not to be written any more.", false, metric_number,
	  .part = { PART(read_bytes, "read"), PART(write_bytes, "write"),
		    PART(cancelled_write_bytes, "cancelled_write") }, .label = "direction" },
	{ "vserver_memory_virtual_bytes", METRIC_GAUGE, "bytes", "Address space of the processes.", true,
	  metric_number, AT(vm_bytes), NULL },
	{ "vserver_memory_locked_bytes", METRIC_GAUGE, "bytes", "Of it, locked in memory.", false, metric_number,
	  AT(locked_bytes), NULL },
	{ "vserver_memory_resident_bytes", METRIC_GAUGE, "bytes",
	  "Memory of the processes by kind, what they share once for each.", false, metric_number,
	  .part = { PART(rss_anon_bytes, "anon"), PART(rss_file_bytes, "file"), PART(rss_shmem_bytes, "shmem") },
	  .label = "kind" },
	{ "vserver_memory_swap_bytes", METRIC_GAUGE, "bytes", "Memory that is swapped out.", false, metric_number,
	  AT(swap_bytes), NULL },
	{ "vserver_memory_page_table_bytes", METRIC_GAUGE, "bytes", "Tables of pages.", false, metric_number,
	  AT(page_table_bytes), NULL },
};

/* Families of limits and of sockets. */
static const struct {
	const char *name;
	enum metric_type type;
	const char *help;
	size_t offset;
	bool wide;
	void (*value)(FILE *f, uint64_t value);
} limit_metrics[] = {
#define LIMIT(field)	offsetof(struct vctx_limit_entry, field), sizeof(((struct vctx_limit_entry *)0)->field) == 8
	{ "vserver_limit_used", METRIC_GAUGE, "Use of a limited resource, in the unit of vlimit(8).", LIMIT(used), metric_number },
	{ "vserver_limit_lowest", METRIC_GAUGE, "The least that was used since the last reset.", LIMIT(lowest), metric_number },
	{ "vserver_limit_peak", METRIC_GAUGE, "The most that was used since the last reset.", LIMIT(peak), metric_number },
	{ "vserver_limit_soft", METRIC_GAUGE, "Soft limit.", LIMIT(soft), metric_limit },
	{ "vserver_limit_hard", METRIC_GAUGE, "Hard limit.", LIMIT(hard), metric_limit },
	{ "vserver_limit_hits", METRIC_COUNTER, "How often more was refused since the last reset.", LIMIT(hits), metric_number },
#undef LIMIT
}, sock_metrics[] = {
#define SOCK(field)	offsetof(struct vctx_sock_stat, field), true
	{ "vserver_socket_received_messages", METRIC_COUNTER, "Messages received.", SOCK(received), metric_number },
	{ "vserver_socket_sent_messages", METRIC_COUNTER, "Messages sent.", SOCK(sent), metric_number },
	{ "vserver_socket_failed_messages", METRIC_COUNTER, "Calls that failed.", SOCK(failed), metric_number },
	{ "vserver_socket_received_bytes", METRIC_COUNTER, "Bytes received.", SOCK(received_bytes), metric_number },
	{ "vserver_socket_sent_bytes", METRIC_COUNTER, "Bytes sent.", SOCK(sent_bytes), metric_number },
	{ "vserver_socket_failed_bytes", METRIC_COUNTER, "Bytes of calls that failed.", SOCK(failed_bytes), metric_number },
#undef SOCK
};

static bool is_context(const struct usage *u)
{
	return u->stat.xid >= VCTX_XID_MIN;
}

static void print_metric(const struct metric *m, const struct usage_list *l)
{
	metric_family(stdout, m->name, m->type, m->unit, m->help);
	for (size_t i = 0; i < l->count; i++) {
		const struct usage *u = &l->list[i];
		char xid[16];

		if (!is_context(u))
			continue;
		(void)snprintf(xid, sizeof(xid), "%u", u->stat.xid);
		for (size_t k = 0; k < ARRAY_SIZE(m->part) && (!k || m->part[k].label); k++) {
			metric_sample(stdout, m->type, m->name, "xid", xid, "name", u->name, m->label,
				      m->label ? m->part[k].label : NULL);
			m->value(stdout, member(&u->stat, m->part[k].offset, m->part[k].wide));
		}
	}
}

static void print_limit_metrics(const struct usage_list *l)
{
	for (size_t m = 0; m < ARRAY_SIZE(limit_metrics); m++) {
		metric_family(stdout, limit_metrics[m].name, limit_metrics[m].type, NULL, limit_metrics[m].help);
		for (size_t i = 0; i < l->count; i++) {
			const struct usage *u = &l->list[i];
			char xid[16];

			(void)snprintf(xid, sizeof(xid), "%u", u->stat.xid);
			for (size_t k = 0; is_context(u) && k < u->stat.limit_count; k++) {
				metric_sample(stdout, limit_metrics[m].type, limit_metrics[m].name, "xid", xid, "name",
					      u->name, "resource", u->stat.limit[k].name);
				limit_metrics[m].value(stdout, member(&u->stat.limit[k], limit_metrics[m].offset,
								      limit_metrics[m].wide));
			}
		}
	}
}

static void print_sock_metrics(const struct usage_list *l)
{
	for (size_t m = 0; m < ARRAY_SIZE(sock_metrics); m++) {
		metric_family(stdout, sock_metrics[m].name, sock_metrics[m].type,
			      strstr(sock_metrics[m].name, "_bytes") ? "bytes" : NULL, sock_metrics[m].help);
		for (size_t i = 0; i < l->count; i++) {
			const struct usage *u = &l->list[i];
			char xid[16];

			(void)snprintf(xid, sizeof(xid), "%u", u->stat.xid);
			for (int k = 0; is_context(u) && k < VCTX_FAMILY_MAX_; k++) {
				metric_sample(stdout, sock_metrics[m].type, sock_metrics[m].name, "xid", xid, "name",
					      u->name, "family", vctx_family_name((enum vctx_family)k));
				sock_metrics[m].value(stdout, member(&u->stat.sock[k], sock_metrics[m].offset, true));
			}
		}
	}
}

static void print_openmetrics(const struct usage_list *l)
{
	size_t contexts = 0;

	for (size_t i = 0; i < l->count; i++)
		contexts += is_context(&l->list[i]);
	metric_family(stdout, "vserver_contexts", METRIC_GAUGE, NULL, "Contexts of the machine.");
	metric_sample(stdout, METRIC_GAUGE, "vserver_contexts");
	metric_number(stdout, contexts);
	for (size_t m = 0; m < ARRAY_SIZE(metrics); m++)
		if (l->full || metrics[m].basic)
			print_metric(&metrics[m], l);
	if (l->full) {
		print_limit_metrics(l);
		print_sock_metrics(l);
	}
	metric_end(stdout);
}

/* ---- inside a guest ---- */

static int add_seen(const struct proc *p, void *data)
{
	usage_add(data, p);
	return 0;
}

/* A number behind a word in a file of /proc: 0 when it is not there. */
static uint64_t proc_number(const char *path, const char *word)
{
	_cleanup_free_ char *text = NULL;
	const char *at;

	if (read_file_at(AT_FDCWD, path, 65536, &text, NULL) < 0)
		return 0;
	at = strstr(text, word);
	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

static int show_self(void)
{
	_cleanup_free_ struct vctx_limit_entry *limits = NULL;
	_cleanup_free_ char *text = NULL;
	struct usage u = { 0 };
	size_t count = 0;
	int r = read_file_at(AT_FDCWD, "/proc/self/vlimits", 65536, &text, NULL);

	if (r < 0) {
		if (r == -ENOENT)
			msg_error("cannot read the own limits: this kernel has no /proc/self/vlimits, or this is the host");
		else
			msg_errno(r, "cannot read the own limits");
		return 1;
	}
	if (limits_parse_self(text, &limits, &count) < 0) {
		msg_error("cannot read the own limits: /proc/self/vlimits has another form");
		return 1;
	}
	if (!count) {
		msg_error("this is not the inside of a guest: there are no limits here");
		return 1;
	}
	r = procs_walk_seen(add_seen, &u);
	if (r < 0) {
		msg_errno(r, "cannot read the own processes");
		return 1;
	}
	u.stat.xid = (uint32_t)proc_number("/proc/self/vinfo", "XID:");
	u.stat.uptime_ns = proc_number("/proc/uptime", "") * 1000000000;
	(void)gethostname(u.name, sizeof(u.name) - 1);
	if (arg_json) {
		struct json j = JSON_INIT(stdout);

		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		if (u.stat.xid)
			json_number(&j, "xid", u.stat.xid);
		else
			json_null(&j, "xid");
		json_string(&j, "nodename", u.name);
		json_use(&j, &u);
		json_limits(&j, limits, count);
		json_end(&j);
		return 0;
	}
	print_header();
	print_row(&u);
	print_clean(stdout, u.name);
	(void)fputs("\n\n", stdout);
	print_limits(limits, count);
	return 0;
}

/* ---- all ---- */

static int show_once(void)
{
	struct usage_list l = { 0 };
	struct extras x = { 0 };
	int r;

	if (arg_self)
		return show_self();
	r = usage_read(&l, arg_openmetrics ? 0 : USAGE_HOST);
	if (r == 0 && (arg_json || arg_addresses))
		r = read_extras(&l, &x);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_STAT, r));
	} else if (arg_openmetrics) {
		print_openmetrics(&l);
	} else if (arg_json) {
		print_json(&l, &x);
	} else {
		print_text(&l, &x);
	}
	free_extras(&x);
	usage_free(&l);
	return r < 0;
}

int main(int argc, char **argv)
{
	int c, r, watch_ms = 0;
	struct opt_state s;
	uint32_t own;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_JSON:
			arg_json = true;
			break;
		case OPT_OPENMETRICS:
			arg_openmetrics = true;
			break;
		case OPT_ADDRESSES:
			arg_addresses = true;
			break;
		case OPT_SELF:
			arg_self = true;
			break;
		case OPT_WATCH:
			watch_ms = 2000;
			if (s.arg && (parse_seconds(s.arg, &watch_ms) < 0 || watch_ms < 100))
				return msg_usage("'%s' is not a number of seconds from 0.1 on", s.arg);
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
	if (arg_openmetrics && (arg_json || arg_addresses || watch_ms || arg_self))
		return msg_usage("--openmetrics stands alone");
	if (arg_self && arg_addresses)
		return msg_usage("options '--self' and '--addresses' exclude each other");

	r = arg_self ? 0 : vctx_task_xid(0, &own);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	for (;;) {
		struct timespec pause = { watch_ms / 1000, watch_ms % 1000 * 1000000L };

		if (watch_ms && isatty(STDOUT_FILENO) && !arg_json)
			(void)fputs("\033[H\033[2J", stdout);
		r = show_once();
		if (r || !watch_ms)
			break;
		if (fflush(stdout) != 0)
			break;
		(void)nanosleep(&pause, NULL);
		if (!arg_json && !isatty(STDOUT_FILENO))
			(void)putchar('\n');
	}
	return r ? r : msg_close_stdout();
}
