// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vserver-capacity - how much of the machine is promised to the contexts, and how much of it they use
 *
 * What contexts count themselves comes from the kernel's statistics, memory and processors from the control groups of
 * guests that have one. A guest without a limit can take all; the sums are of those that have one, and say how many
 * have none.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <vctx.h>

#include "cgroup.h"
#include "cleanup.h"
#include "config.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "path.h"
#include "rlimits.h"
#include "usage.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_JSON = 256,
	OPT_NEAR,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "near", 0, "PERCENT", OPT_NEAR, "a guest is near a limit from here on (default 80)" },
	{ "json", 0, NULL, OPT_JSON, "as JSON" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vserver-capacity",
	.synopsis = "[--near=PERCENT] [--json]",
	.purpose = "Show how much of the machine is promised to contexts, and how much is used.",
	.options = options,
	.examples = "vserver-capacity\n"
		    "vserver-capacity --json --near 90",
	.manual = "vserver-capacity(8)",
};

static unsigned int arg_near = LIMIT_HIGH;

/* A resource, summed up. */
struct sum {
	const char *name, *unit;
	uint64_t used, peak;		/* of all; the peaks need not have been at the same time */
	uint64_t promised;		/* sum of the hard limits */
	uint64_t guaranteed;		/* what nobody else can take */
	bool has_guarantee;
	unsigned int limited;		/* contexts with a limit */
	unsigned int unlimited;		/* and without */
	uint64_t host;			/* what the machine has, 0 not known or without end */
};

/* A context near a limit. */
struct near {
	const struct usage *u;
	char resource[16];
	uint64_t used, hard;
	unsigned int percent;
	uint32_t hits;
};

static struct near *nears;
static size_t near_count;

static void add(uint64_t *to, uint64_t value)
{
	if (__builtin_add_overflow(*to, value, to))
		*to = UINT64_MAX;
}

static unsigned int percent_of(uint64_t used, uint64_t hard)
{
	const struct vctx_limit_entry e = { .used = used, .hard = hard };

	return limit_percent(&e);
}

static void add_near(const struct usage *u, const char *resource, uint64_t used, uint64_t hard, uint32_t hits)
{
	struct near n = { .u = u, .used = used, .hard = hard, .percent = percent_of(used, hard), .hits = hits };

	if (hard == UINT64_MAX || n.percent < arg_near)
		return;
	(void)copy_string(n.resource, sizeof(n.resource), resource);
	nears = xrealloc(nears, near_count + 1, sizeof(*nears));
	nears[near_count++] = n;
}

static void add_use(struct sum *s, uint64_t used, uint64_t peak, uint64_t hard)
{
	add(&s->used, used);
	add(&s->peak, peak);
	if (hard == UINT64_MAX) {
		s->unlimited++;
	} else {
		s->limited++;
		add(&s->promised, hard);
	}
}

/* ---- the machine ---- */

/* The first number of a file, 0 when it cannot be read. */
static uint64_t host_number(const char *path)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value;

	if (read_file_at(AT_FDCWD, path, 4096, &text, NULL) < 0)
		return 0;
	text[strcspn(text, " \t\n")] = '\0';
	return parse_u64(text, &value) < 0 ? 0 : value;
}

/* What the machine has of what a limit counts. */
static uint64_t host_has(unsigned int id)
{
	uint64_t a, b;

	switch (id) {
	case VCTX_LIMIT_NPROC:
		a = host_number("/proc/sys/kernel/threads-max");
		b = host_number("/proc/sys/kernel/pid_max");
		return !a || (b && b < a) ? b : a;
	case VCTX_LIMIT_NOFILE:
		/* the default of newer systems means without end */
		a = host_number("/proc/sys/fs/file-max");
		return a >= INT64_MAX ? 0 : a;
	default:
		return 0;
	}
}

/* ---- limits of contexts ---- */

static struct sum *sum_of(struct sum *sums, size_t *count, const struct vctx_limit_entry *e)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(sums[i].name, e->name) == 0)
			return &sums[i];
	if (*count == VCTX_STAT_LIMITS)
		return NULL;
	sums[*count] = (struct sum){ .name = e->name, .unit = vctx_limit_unit(e->id), .host = host_has(e->id) };
	return &sums[(*count)++];
}

static size_t sum_limits(const struct usage_list *l, struct sum *sums)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct vctx_stat *st = &l->list[i].stat;

		for (size_t k = 0; k < st->limit_count; k++) {
			const struct vctx_limit_entry *e = &st->limit[k];
			struct sum *s = sum_of(sums, &count, e);

			if (!s)
				continue;
			add_use(s, e->used, e->peak, e->hard);
			add_near(&l->list[i], e->name, e->used, e->hard, e->hits);
		}
	}
	return count;
}

/* ---- control groups ---- */

/* The directory of a guest's control group, by its configuration: descriptor, or negative. */
static int open_group(const struct usage *u)
{
	_cleanup_free_ char *mnt = NULL, *base = NULL, *name = NULL, *path = NULL;
	_cleanup_close_ int config = -1, root = -1;
	struct fail f = { 0 };

	if (u->stat.name[0] == '/')
		config = open(u->stat.name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (config >= 0 && (config_text(config, "cgroup/mnt", &mnt, &f) < 0 ||
			    config_text(config, "cgroup/base", &base, &f) < 0 ||
			    config_text(config, "cgroup/name", &name, &f) < 0))
		return -EINVAL;
	if (!*u->name && !(name && *name))
		return -ENOENT;
	root = path_open_root(mnt && *mnt ? mnt : "/sys/fs/cgroup");
	if (root < 0)
		return root;
	path = xasprintf("%s/%s", base && *base ? base : "vservers", name && *name ? name : u->name);
	return path_open_in(root, path, O_RDONLY | O_DIRECTORY, 0);
}

/* A number of a file of the group; "max" is UINT64_MAX; @def where it cannot be read. */
static uint64_t group_number(int group, const char *file, uint64_t def)
{
	uint64_t value;

	return cgroup_number(group, file, NULL, &value) ? value : def;
}

/* Thousandths of processors that a group may use, UINT64_MAX for all. */
static uint64_t group_cpu(int group)
{
	_cleanup_free_ char *text = NULL;
	uint64_t quota, period = 0;
	char *blank;

	if (read_file_at(group, "cpu.max", 4096, &text, NULL) < 0)
		return UINT64_MAX;
	text[strcspn(text, "\n")] = '\0';
	blank = strchr(text, ' ');
	if (!blank)
		return UINT64_MAX;
	*blank = '\0';
	if (parse_u64(text, &quota) < 0 || parse_u64(blank + 1, &period) < 0 || !period || quota > UINT64_MAX / 1000)
		return UINT64_MAX;
	return quota * 1000 / period;
}

static void sum_groups(const struct usage_list *l, struct sum *memory, struct sum *cpu)
{
	struct sysinfo si;

	*memory = (struct sum){ .name = "memory", .unit = "bytes", .has_guarantee = true };
	*cpu = (struct sum){ .name = "cpu", .unit = "millicpus" };
	if (sysinfo(&si) == 0)
		memory->host = (uint64_t)si.totalram * si.mem_unit;
	cpu->host = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) * 1000;
	for (size_t i = 0; i < l->count; i++) {
		const struct usage *u = &l->list[i];
		_cleanup_close_ int group = open_group(u);
		uint64_t used = u->resident_bytes, max = UINT64_MAX, peak, kept, low;

		if (group < 0) {
			add_use(memory, used, used, UINT64_MAX);
			add_use(cpu, 0, 0, UINT64_MAX);
			continue;
		}
		used = group_number(group, "memory.current", used);
		max = group_number(group, "memory.max", UINT64_MAX);
		peak = group_number(group, "memory.peak", used);
		kept = group_number(group, "memory.min", 0);
		low = group_number(group, "memory.low", 0);
		if (low > kept)
			kept = low;
		add(&memory->guaranteed, kept == UINT64_MAX ? 0 : kept);
		add_use(memory, used, peak, max);
		add_near(u, "memory", used, max, 0);
		add_use(cpu, 0, 0, group_cpu(group));
	}
}

/* ---- output ---- */

/* What is promised as a part of what there is, -1 when that cannot be said. */
static double overcommit(const struct sum *s)
{
	return s->host && s->limited ? (double)s->promised / (double)s->host : -1;
}

static void json_sum(struct json *j, const struct sum *s, bool has_use)
{
	json_object(j, NULL);
	json_string(j, "name", s->name);
	json_string(j, "unit", s->unit);
	if (has_use) {
		json_number(j, "used", s->used);
		json_number(j, "peak_sum", s->peak);
	} else {
		json_null(j, "used");
		json_null(j, "peak_sum");
	}
	json_number(j, "limit_sum", s->promised);
	if (s->has_guarantee)
		json_number(j, "guaranteed", s->guaranteed);
	else
		json_null(j, "guaranteed");
	json_number(j, "limited", s->limited);
	json_number(j, "unlimited", s->unlimited);
	if (s->host)
		json_number(j, "host", s->host);
	else
		json_null(j, "host");
	if (overcommit(s) >= 0)
		json_real(j, "overcommit", overcommit(s), 3);
	else
		json_null(j, "overcommit");
	json_end(j);
}

static void print_json(const struct usage_list *l, const struct sum *groups, const struct sum *limits, size_t count)
{
	struct json j = JSON_INIT(stdout);

	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_number(&j, "contexts", l->count);
	json_list(&j, "resources");
	json_sum(&j, &groups[0], true);
	json_sum(&j, &groups[1], false);
	for (size_t i = 0; i < count; i++)
		json_sum(&j, &limits[i], true);
	json_end(&j);
	json_number(&j, "near_percent", arg_near);
	json_list(&j, "near");
	for (size_t i = 0; i < near_count; i++) {
		json_object(&j, NULL);
		json_number(&j, "xid", nears[i].u->stat.xid);
		json_string(&j, "name", nears[i].u->name);
		json_string(&j, "resource", nears[i].resource);
		json_number(&j, "used", nears[i].used);
		json_number(&j, "hard", nears[i].hard);
		json_number(&j, "percent", nears[i].percent);
		json_number(&j, "hits", nears[i].hits);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}

static void sum_row(struct table *t, const struct sum *s, bool has_use)
{
	table_cell(t, s->name);
	if (has_use) {
		table_cellf(t, "%" PRIu64, s->used);
		table_cellf(t, "%" PRIu64, s->peak);
	} else {
		table_cell(t, "-");
		table_cell(t, "-");
	}
	table_cellf(t, "%" PRIu64, s->promised);
	if (s->has_guarantee)
		table_cellf(t, "%" PRIu64, s->guaranteed);
	else
		table_cell(t, "-");
	table_cellf(t, "%u", s->limited);
	table_cellf(t, "%u", s->unlimited);
	if (s->host)
		table_cellf(t, "%" PRIu64, s->host);
	else
		table_cell(t, "-");
	if (overcommit(s) >= 0)
		table_cellf(t, "%.2f", overcommit(s));
	else
		table_cell(t, "-");
	table_cell(t, s->unit ? s->unit : "");
}

static void print_text(const struct usage_list *l, const struct sum *groups, const struct sum *limits, size_t count)
{
	static const struct table_column columns[] = {
		{ "RESOURCE", false }, { "USED", true }, { "PEAKS", true }, { "LIMITS", true }, { "GUARANTEED", true },
		{ "LIMITED", true }, { "UNLIMITED", true }, { "HOST", true }, { "OVERCOMMIT", true }, { "UNIT", false },
	}, near_columns[] = {
		{ "CTX", true }, { "NAME", false }, { "RESOURCE", false }, { "USED", true }, { "LIMIT", true },
		{ "PERCENT", true }, { "HITS", true },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	(void)printf("%zu context%s\n\n", l->count, l->count == 1 ? "" : "s");
	sum_row(t, &groups[0], true);
	sum_row(t, &groups[1], false);
	for (size_t i = 0; i < count; i++)
		sum_row(t, &limits[i], true);
	table_print(t, stdout);
	table_free(t);
	if (!near_count)
		return;
	(void)printf("\nAt %u %% of a limit or above:\n\n", arg_near);
	t = table_new(near_columns, ARRAY_SIZE(near_columns));
	for (size_t i = 0; i < near_count; i++) {
		table_cellf(t, "%u", nears[i].u->stat.xid);
		table_cell(t, nears[i].u->name);
		table_cell(t, nears[i].resource);
		table_cellf(t, "%" PRIu64, nears[i].used);
		table_cellf(t, "%" PRIu64, nears[i].hard);
		table_cellf(t, "%u", nears[i].percent);
		table_cellf(t, "%u", nears[i].hits);
	}
	table_print(t, stdout);
	table_free(t);
}

static int compare_nears(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	if (x->percent != y->percent)
		return x->percent > y->percent ? -1 : 1;
	if (x->u->stat.xid != y->u->stat.xid)
		return x->u->stat.xid < y->u->stat.xid ? -1 : 1;
	return strcmp(x->resource, y->resource);
}

int main(int argc, char **argv)
{
	struct sum limits[VCTX_STAT_LIMITS], groups[2];
	struct usage_list l = { 0 };
	struct opt_state s;
	bool as_json = false;
	size_t count;
	uint32_t own;
	int c, r;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_JSON:
			as_json = true;
			break;
		case OPT_NEAR:
			if (parse_u32(s.arg, &arg_near) < 0 || arg_near < 1 || arg_near > 100)
				return msg_usage("'%s' is not a number of percent from 1 to 100", s.arg);
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
	r = usage_read(&l, 0);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_STAT, r));
		return 1;
	}
	if (!l.full)
		msg_warning("this kernel has no statistics of contexts: only control groups are summed up");
	count = sum_limits(&l, limits);
	sum_groups(&l, &groups[0], &groups[1]);
	if (near_count)
		qsort(nears, near_count, sizeof(*nears), compare_nears);
	if (as_json)
		print_json(&l, groups, limits, count);
	else
		print_text(&l, groups, limits, count);
	free(nears);
	usage_free(&l);
	return msg_close_stdout();
}
