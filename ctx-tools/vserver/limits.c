// SPDX-License-Identifier: GPL-2.0-or-later
/* limits - show the limits of a guest, and how near it is; change them */
/* The analyzer of gcc 12 loses what is stored behind a pointer, and takes it for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "limits.h"
#include "msg.h"
#include "out.h"
#include "util.h"
#include "xalloc.h"

/* Whoever enforces limits has a line here. */
static limit_source *const sources[] = { limits_of_context, limits_of_cgroup };

struct limit_row *limits_add(struct limit_table *t, const char *name, const char *enforced_by, enum limit_unit unit)
{
	struct limit_row *r;

	t->rows = xrealloc(t->rows, t->count + 1, sizeof(*t->rows));
	r = &t->rows[t->count++];
	*r = (struct limit_row){ .name = xstrdup(name), .enforced_by = enforced_by, .unit = unit, .used_unit = unit };
	return r;
}

static void free_table(struct limit_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->rows[i].name);
		free(t->rows[i].configured);
		free(t->rows[i].in_force);
	}
	free(t->rows);
}

/* ---- the cgroup ---- */

static const struct source {
	const char *key;
	enum limit_unit unit, used;
	const char *force;		/* file that says what is in force, NULL the same */
	const char *current, *current_word, *peak;
	const char *hits, *hits_word;
} cgroup_limits[] = {
	{ "memory.max", LIMIT_BYTES, LIMIT_BYTES, NULL, "memory.current", NULL, "memory.peak", "memory.events",
	  "max" },
	{ "memory.high", LIMIT_BYTES, LIMIT_BYTES, NULL, "memory.current", NULL, "memory.peak", "memory.events",
	  "high" },
	{ "memory.low", LIMIT_BYTES, LIMIT_BYTES, NULL, NULL, NULL, NULL, "memory.events", "low" },
	{ "memory.min", LIMIT_BYTES, LIMIT_BYTES, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "memory.oom.group", LIMIT_COUNT, LIMIT_COUNT, NULL, NULL, NULL, NULL, "memory.events", "oom_kill" },
	{ "memory.swap.max", LIMIT_BYTES, LIMIT_BYTES, NULL, "memory.swap.current", NULL, "memory.swap.peak",
	  "memory.swap.events", "max" },
	{ "memory.swap.high", LIMIT_BYTES, LIMIT_BYTES, NULL, "memory.swap.current", NULL, "memory.swap.peak",
	  "memory.swap.events", "high" },
	{ "memory.zswap.max", LIMIT_BYTES, LIMIT_BYTES, NULL, "memory.zswap.current", NULL, NULL, NULL, NULL },
	{ "pids.max", LIMIT_COUNT, LIMIT_COUNT, NULL, "pids.current", NULL, "pids.peak", "pids.events", "max" },
	{ "cpu.max", LIMIT_TEXT, LIMIT_MICROSECONDS, NULL, "cpu.stat", "usage_usec", NULL, "cpu.stat",
	  "nr_throttled" },
	{ "cpu.max.burst", LIMIT_MICROSECONDS, LIMIT_MICROSECONDS, NULL, NULL, NULL, NULL, "cpu.stat", "nr_bursts" },
	{ "cpu.weight", LIMIT_COUNT, LIMIT_COUNT, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "cpu.weight.nice", LIMIT_COUNT, LIMIT_COUNT, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "cpu.idle", LIMIT_COUNT, LIMIT_COUNT, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "cpuset.cpus", LIMIT_TEXT, LIMIT_COUNT, "cpuset.cpus.effective", NULL, NULL, NULL, NULL, NULL },
	{ "cpuset.mems", LIMIT_TEXT, LIMIT_COUNT, "cpuset.mems.effective", NULL, NULL, NULL, NULL, NULL },
	{ "io.max", LIMIT_TEXT, LIMIT_BYTES, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "io.weight", LIMIT_TEXT, LIMIT_COUNT, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "io.latency", LIMIT_TEXT, LIMIT_COUNT, NULL, NULL, NULL, NULL, NULL, NULL },
	{ "cgroup.max.descendants", LIMIT_COUNT, LIMIT_COUNT, NULL, "cgroup.stat", "nr_descendants", NULL, NULL,
	  NULL },
	{ "cgroup.max.depth", LIMIT_COUNT, LIMIT_COUNT, NULL, NULL, NULL, NULL, NULL, NULL },
};

static void add_use(int group, const struct source *s, struct limit_row *r)
{
	r->used_unit = s->used;
	if (group < 0)
		return;
	r->has_current = s->current && cgroup_number(group, s->current, s->current_word, &r->current);
	r->has_peak = s->peak && cgroup_number(group, s->peak, NULL, &r->peak);
	r->has_hits = s->hits && cgroup_number(group, s->hits, s->hits_word, &r->hits);
}

static void add_configured(struct limit_table *t, const struct source *s, const char *value)
{
	struct limit_row *r = limits_add(t, s->key, "cgroup", s->unit);

	r->used_unit = s->used;
	r->configured = xstrdup(value);
}

/* What was read from and written to a device, which io.stat begins a line with. */
static bool bytes_of_device(int group, const char *device, size_t len, uint64_t *ret)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **lines = NULL;
	unsigned long long r, w;
	struct fail ignored = { 0 };

	if (group < 0 || cgroup_read(group, "io.stat", &text, &ignored) < 0)
		return false;
	lines = config_split(text, 0);
	for (char **l = lines; *l; l++)
		if (strncmp(*l, device, len) == 0 && sscanf(*l + len, " rbytes=%llu wbytes=%llu", &r, &w) == 2) {
			*ret = r + w;
			return true;
		}
	return false;
}

/* A row for each device, of those in force and those that are only configured. */
static void add_lines(const struct source *s, const struct cgroup_settings *configured, int group, const char *text,
		      struct limit_table *t)
{
	_cleanup_strv_ char **lines = config_split(text ? text : "", 0);

	for (char **l = lines; *l; l++) {
		struct limit_row *r = limits_add(t, s->key, "cgroup", s->unit);
		size_t len = strcspn(*l, " ");

		r->in_force = xstrdup(*l);
		r->used_unit = s->used;
		r->has_current = strcmp(s->key, "io.max") == 0 && bytes_of_device(group, *l, len, &r->current);
		for (size_t i = 0; i < configured->count; i++)
			if (strcmp(configured->list[i].key, s->key) == 0 &&
			    strcspn(configured->list[i].value, " ") == len &&
			    strncmp(configured->list[i].value, *l, len) == 0) {
				free(r->configured);
				r->configured = xstrdup(configured->list[i].value);
			}
	}
	for (size_t i = 0; i < configured->count; i++) {
		const struct cgroup_setting *c = &configured->list[i];
		size_t len = strcspn(c->value, " ");
		bool found = false;

		for (char **l = lines; *l; l++)
			found |= strcspn(*l, " ") == len && strncmp(*l, c->value, len) == 0;
		if (strcmp(c->key, s->key) == 0 && !found)
			add_configured(t, s, c->value);
	}
}

int limits_of_cgroup(const struct guest *g _unused_, const struct settings *s, uint32_t xid, struct limit_table *t,
		     struct fail *f)
{
	const struct cgroup_settings *configured = &s->cgroup.settings;
	_cleanup_close_ int root = xid ? cgroup_open_root(s->cgroup.mnt, f) : -1, group = -1;

	if (xid && root < 0)
		return root;
	group = xid ? cgroup_open(root, s->cgroup_path, f) : -1;
	if (f->error)
		return f->error;
	for (size_t i = 0; i < ARRAY_SIZE(cgroup_limits); i++) {
		const struct source *src = &cgroup_limits[i];
		const struct cgroup_setting *c = cgroup_find(configured, src->key);
		_cleanup_free_ char *text = NULL;
		struct limit_row *r;

		if (group >= 0 && cgroup_read(group, src->force ? src->force : src->key, &text, f) < 0 && f->error)
			return f->error;
		if (cgroup_has_lines(src->key)) {
			add_lines(src, configured, group, text, t);
			continue;
		}
		if (!text && !c)
			continue;
		r = limits_add(t, src->key, "cgroup", src->unit);
		r->configured = c ? xstrdup(c->value) : NULL;
		r->in_force = text ? xstrndup(text, strcspn(text, "\n")) : NULL;
		add_use(group, src, r);
	}
	/* what is configured and nothing more is known about */
	for (size_t i = 0; i < configured->count; i++) {
		const struct cgroup_setting *c = &configured->list[i];
		_cleanup_free_ char *text = NULL;
		struct limit_row *r;

		if (cgroup_knob(c->key))
			continue;
		if (group >= 0 && cgroup_read(group, c->key, &text, f) < 0 && f->error)
			return f->error;
		r = limits_add(t, c->key, "cgroup", LIMIT_TEXT);
		r->configured = xstrdup(c->value);
		r->in_force = text ? xstrndup(text, strcspn(text, "\n")) : NULL;
	}
	return 0;
}

/* ---- the context ---- */

static char *limit_value(uint64_t value)
{
	return value == VCTX_LIMIT_INFINITY ? xstrdup("max") : xasprintf("%llu", (unsigned long long)value);
}

static void add_context_limit(struct limit_table *t, const char *name, bool soft, const struct vctx_limit_change *configured,
			      const struct vctx_limit_entry *e)
{
	_cleanup_free_ char *full = xasprintf("%s%s", name, soft ? ".soft" : "");
	uint64_t want = !configured ? VCTX_LIMIT_KEEP : soft ? configured->soft : configured->hard;
	struct limit_row *r = limits_add(t, full, "context", LIMIT_COUNT);

	if (want != VCTX_LIMIT_KEEP)
		r->configured = limit_value(want);
	if (!e)
		return;
	r->in_force = limit_value(soft ? e->soft : e->hard);
	r->has_current = r->has_peak = true;
	r->current = e->used;
	r->peak = e->peak;
	r->has_hits = !soft;
	r->hits = e->hits;
}

static const struct vctx_limit_change *find_configured(const struct limits_config *c, uint32_t id)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].id == id)
			return &c->list[i];
	return NULL;
}

/* All hard limits, with what is used; soft ones where there are some. Without statistics of the kernel what is configured. */
int limits_of_context(const struct guest *g _unused_, const struct settings *s, uint32_t xid, struct limit_table *t,
		      struct fail *f)
{
	_cleanup_free_ struct vctx_stat *stat = xcalloc(1, sizeof(*stat));
	int r = xid ? vctx_stat_get(xid, stat) : 0;

	if (r < 0 && r != -EOPNOTSUPP)
		return fail(f, 0, "cannot read the limits of context %u: %s", xid, vctx_strerror(VCTX_CALL_STAT, r));
	for (size_t i = 0; i < stat->limit_count; i++) {
		const struct vctx_limit_entry *e = &stat->limit[i];
		const struct vctx_limit_change *c = find_configured(&s->rlimits, e->id);

		add_context_limit(t, e->name, false, c, e);
		/* a soft limit that only follows the hard one is none of its own */
		if (e->soft < e->hard || (c && c->soft != VCTX_LIMIT_KEEP && c->soft != c->hard))
			add_context_limit(t, e->name, true, c, e);
	}
	for (size_t i = 0; !stat->limit_count && i < s->rlimits.count; i++) {
		const struct vctx_limit_change *c = &s->rlimits.list[i];

		if (c->hard != VCTX_LIMIT_KEEP)
			add_context_limit(t, vctx_limit_name(c->id), false, c, NULL);
		if (c->soft != VCTX_LIMIT_KEEP && c->soft != c->hard)
			add_context_limit(t, vctx_limit_name(c->id), true, c, NULL);
	}
	return 0;
}

/* ---- showing ---- */

static char *bytes_text(uint64_t n)
{
	static const char units[] = "KMGT";
	double d = (double)n;
	int u = -1;

	if (n == UINT64_MAX)
		return xstrdup("max");
	while (d >= 1024 && u < 3) {
		d /= 1024;
		u++;
	}
	if (u < 0)
		return xasprintf("%llu", (unsigned long long)n);
	return (double)(uint64_t)d == d ? xasprintf("%llu%c", (unsigned long long)d, units[u]) :
					  xasprintf("%.1f%c", d, units[u]);
}

static char *time_text(uint64_t us)
{
	return us < 1000000 ? xasprintf("%llu us", (unsigned long long)us) : xasprintf("%.1f s", (double)us / 1e6);
}

static char *number_text(uint64_t n, enum limit_unit unit)
{
	if (n == UINT64_MAX)
		return xstrdup("max");
	if (unit == LIMIT_BYTES)
		return bytes_text(n);
	return unit == LIMIT_MICROSECONDS ? time_text(n) : xasprintf("%llu", (unsigned long long)n);
}

/* Text of the kernel as a number: false when it is none. */
static bool as_number(const char *text, uint64_t *ret)
{
	if (strcmp(text, "max") == 0) {
		*ret = UINT64_MAX;
		return true;
	}
	return parse_u64(text, ret) == 0;
}

static void value_cell(struct table *t, const char *text, enum limit_unit unit)
{
	_cleanup_free_ char *shown = NULL;
	uint64_t n;

	if (text && unit != LIMIT_TEXT && as_number(text, &n))
		shown = number_text(n, unit);
	table_cell(t, shown ? shown : text && *text ? text : "-");
}

static void number_cell(struct table *t, bool has, uint64_t n, enum limit_unit unit)
{
	_cleanup_free_ char *shown = has ? number_text(n, unit) : NULL;

	table_cell(t, shown ? shown : "-");
}

static void print_table(const struct limit_table *all)
{
	static const struct table_column columns[] = {
		{ "LIMIT", false }, { "CONFIGURED", true }, { "IN FORCE", true }, { "CURRENT", true }, { "PEAK", true },
		{ "HITS", true },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (size_t i = 0; i < all->count; i++) {
		const struct limit_row *r = &all->rows[i];

		table_cell(t, r->name);
		value_cell(t, r->configured, r->unit);
		value_cell(t, r->in_force, r->unit);
		number_cell(t, r->has_current, r->current, r->used_unit);
		number_cell(t, r->has_peak, r->peak, r->used_unit);
		number_cell(t, r->has_hits, r->hits, LIMIT_COUNT);
	}
	table_print(t, stdout);
	(void)table_free(t);
}

static void json_value(struct json *j, const char *key, const char *text, enum limit_unit unit)
{
	uint64_t n;
	int64_t s;

	if (text && unit != LIMIT_TEXT && as_number(text, &n) && n != UINT64_MAX)
		json_number(j, key, n);
	else if (text && unit != LIMIT_TEXT && parse_s64(text, &s) == 0)
		json_signed(j, key, s);
	else
		json_string(j, key, text);
}

static void json_use(struct json *j, const char *key, bool has, uint64_t n)
{
	if (!has)
		json_null(j, key);
	else if (n == UINT64_MAX)
		json_string(j, key, "max");
	else
		json_number(j, key, n);
}

static void print_json(const struct guest *g, uint32_t xid, const struct limit_table *all)
{
	static const char *const units[] = {
		[LIMIT_COUNT] = "count", [LIMIT_BYTES] = "bytes", [LIMIT_MICROSECONDS] = "us", [LIMIT_TEXT] = "text",
	};
	struct json j = JSON_INIT(stdout);

	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_string(&j, "name", g->name);
	json_bool(&j, "running", xid != 0);
	if (xid)
		json_number(&j, "xid", xid);
	else
		json_null(&j, "xid");
	json_list(&j, "limits");
	for (size_t i = 0; i < all->count; i++) {
		const struct limit_row *r = &all->rows[i];

		json_object(&j, NULL);
		json_string(&j, "limit", r->name);
		json_string(&j, "enforced_by", r->enforced_by);
		json_string(&j, "unit", units[r->unit]);
		json_value(&j, "configured", r->configured, r->unit);
		json_value(&j, "in_force", r->in_force, r->unit);
		json_string(&j, "used_unit", units[r->used_unit]);
		json_use(&j, "current", r->has_current, r->current);
		json_use(&j, "peak", r->has_peak, r->peak);
		json_use(&j, "hits", r->has_hits, r->hits);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}

static int show(const struct guest *g, const struct settings *s, uint32_t xid, struct fail *f)
{
	struct limit_table t = { 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(sources); i++)
		r = sources[i](g, s, xid, &t, f);
	if (r >= 0 && opts.json)
		print_json(g, xid, &t);
	else if (r >= 0)
		print_table(&t);
	free_table(&t);
	return r;
}

/* ---- changing ---- */

static int set(const struct guest *g, struct settings *s, uint32_t xid, const struct cgroup_settings *wanted, bool save,
	       struct fail *f)
{
	struct cgroup_guest c = {
		.xid = xid,
		.running = xid != 0,
		.freezes = xid && cgroup_freezes(xid),
		.name = g->name,
		.dir = g->fd,
		.defaults = g->defaults,
		.config = s->cgroup,
		.root = -1,
		.group = -1,
		.path = s->cgroup_path,
	};
	int r = 0;

	if (xid) {
		c.root = r = cgroup_open_root(s->cgroup.mnt, f);
		if (r >= 0)
			c.group = cgroup_open(c.root, c.path, f);
	}
	r = f->error ? f->error : cgroup_guest_set(&c, wanted, save, f);
	/* the rest is not ours */
	if (c.group >= 0)
		(void)close(c.group);
	if (c.root >= 0)
		(void)close(c.root);
	return r;
}

static int parse_set(struct cgroup_settings *wanted, const char *text)
{
	_cleanup_free_ char *key = xstrndup(text, strcspn(text, "="));
	struct fail f = { 0 };

	if (!text[strlen(key)])
		return guest_usage("'--set %s' of 'limits' is not KEY=VALUE", text);
	if (!cgroup_knob(key))
		return guest_usage("unknown limit '%s', see vserver(8)", key);
	if (cgroup_add(wanted, key, text + strlen(key) + 1, &f) < 0)
		return guest_usage("wrong value '%s' for %s: %s", text + strlen(key) + 1, key, f.text);
	return 0;
}

int cmd_limits(struct guest *g, int argc, char **argv)
{
	_cleanup_settings_ struct settings *s = NULL;
	struct cgroup_settings wanted = { 0 };
	struct fail f = { 0 };
	bool save = false;
	uint32_t xid = 0;
	int r = 0;

	for (int i = 1; i < argc && !r; i++) {
		if (strcmp(argv[i], "--json") == 0)
			opts.json = true;
		else if (strcmp(argv[i], "--save") == 0)
			save = true;
		else if (strcmp(argv[i], "--set") == 0 && i + 1 < argc)
			r = parse_set(&wanted, argv[++i]);
		else if (strncmp(argv[i], "--set=", 6) == 0)
			r = parse_set(&wanted, argv[i] + 6);
		else
			r = guest_usage("'limits' takes no argument '%s'", argv[i]);
	}
	if (!r && save && !wanted.count)
		r = guest_usage("'--save' of 'limits' needs '--set'");
	if (!r && opts.json && wanted.count)
		r = guest_usage("'--json' of 'limits' does not go with '--set'");
	if (r) {
		cgroup_settings_free(&wanted);
		return r;
	}
	if (wanted.count)
		r = guest_lock(g, &f);
	if (r == 0)
		r = settings_read(g, &s, &f);
	if (r == 0)
		r = guest_ask_running(g, &xid, &f);
	if (r == 0)
		xid = 0;
	if (r >= 0)
		r = wanted.count ? set(g, s, xid, &wanted, save, &f) : show(g, s, xid, &f);
	cgroup_settings_free(&wanted);
	if (r < 0)
		return guest_failed(g->name, &f, EXIT_FAILED);
	return msg_close_stdout();
}
