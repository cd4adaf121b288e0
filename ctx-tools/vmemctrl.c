// SPDX-License-Identifier: GPL-2.0-or-later
/* vmemctrl - limits of memory of a context, and what happens when it has reached them */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <vctx.h>

#include "cgroup.h"
#include "config.h"
#include "cleanup.h"
#include "enter.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "path.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_SET = 256, OPT_GET, OPT_XID, OPT_BADNESS, OPT_JSON, OPT_SAVE, OPT_RECLAIM,
	OPT_MAX, OPT_HIGH, OPT_LOW, OPT_MIN, OPT_SWAP_MAX, OPT_POLICY,
};

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "set", 0, NULL, OPT_SET, "change (default)" },
	{ "get", 0, NULL, OPT_GET, "show the badness; with --json all" },
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name (default: the own context)" },
	{ "ctx", 0, "CONTEXT", OPT_XID, NULL },
	{ "json", 0, NULL, OPT_JSON, "limits, use and hits as JSON" },
	{ "save", 0, NULL, OPT_SAVE, "write it to the configuration, too" },
	OPT_GROUP("Limits; a SIZE is in bytes, with K, M, G or T behind, or max"),
	{ "max", 0, "SIZE", OPT_MAX, "never more" },
	{ "high", 0, "SIZE", OPT_HIGH, "above it the context is slowed down and reclaimed" },
	{ "low", 0, "SIZE", OPT_LOW, "kept as long as others have something to give" },
	{ "min", 0, "SIZE", OPT_MIN, "kept in any case" },
	{ "swap-max", 0, "SIZE", OPT_SWAP_MAX, "never more on swap" },
	OPT_GROUP("At the limit"),
	{ "oom-policy", 0, "POLICY", OPT_POLICY,
	  "kill: one process; group: all of the context;\nthrottle: nobody, they wait; freeze: all wait for you" },
	{ "reclaim", 0, "SIZE", OPT_RECLAIM, "take so much from it now" },
	{ "badness", 0, "N", OPT_BADNESS, "bias for the choice of a victim" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vmemctrl",
	.synopsis = "[--set] [--xid=CONTEXT] [OPTION...] [--save] [--]\n"
		    " [PROGRAM [ARG...]]\n"
		    "--get [--xid=CONTEXT] [--json]",
	.purpose = "Limit the memory of a context.",
	.options = options,
	.examples = "vmemctrl --xid web1 --max 2G --high 1800M --swap-max 0 --save\n"
		    "vmemctrl --xid web1 --oom-policy group\n"
		    "vmemctrl --xid web1 --get --json",
	.manual = "vmemctrl(8)",
	.stop = true,
};

static char **command;
static struct cgroup_settings wanted;

static const char *file_of(int c)
{
	switch (c) {
	case OPT_MAX:
		return "memory.max";
	case OPT_HIGH:
		return "memory.high";
	case OPT_LOW:
		return "memory.low";
	case OPT_MIN:
		return "memory.min";
	case OPT_SWAP_MAX:
		return "memory.swap.max";
	default:
		return NULL;
	}
}

/* ---- policies ---- */

/* how long a guest that was let go on has, to lose who wanted too much */
#define SETTLE_MS 3000

enum policy { POLICY_NONE, POLICY_KILL, POLICY_GROUP, POLICY_THROTTLE, POLICY_FREEZE };

static enum policy parse_policy(const char *text)
{
	static const char *const words[] = { NULL, "kill", "group", "throttle", "freeze" };

	for (size_t i = 1; i < ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0)
			return (enum policy)i;
	return POLICY_NONE;
}

/* What it is set to: said now, else in force, else configured. UINT64_MAX: no limit. */
static uint64_t limit_of(const struct cgroup_guest *g, const struct cgroup_settings *s, const char *key)
{
	const struct cgroup_setting *c = cgroup_find(s, key);
	uint64_t n;

	if (!c && g->group >= 0 && cgroup_number(g->group, key, NULL, &n))
		return n;
	if (!c)
		c = cgroup_find(&g->config.settings, key);
	return c && cgroup_parse_size(c->value, &n) == 0 ? n : UINT64_MAX;
}

static int add_size(struct cgroup_settings *s, const char *key, uint64_t n, struct fail *f)
{
	_cleanup_free_ char *text = n == UINT64_MAX ? xstrdup("max") : xasprintf("%llu", (unsigned long long)n);

	return cgroup_add(s, key, text, f);
}

/*
 * throttle has the limit as memory.high alone: above it a process waits for what can be reclaimed, and nobody is
 * killed; with freeze the kernel freezes all of them there. The others have it as memory.max.
 */
static int apply_policy(const struct cgroup_guest *g, struct cgroup_settings *s, enum policy policy, struct fail *f)
{
	uint64_t max = limit_of(g, s, "memory.max"), high = limit_of(g, s, "memory.high");
	struct cgroup_settings none = { 0 };
	int r;

	if (policy >= POLICY_THROTTLE) {
		if (max == UINT64_MAX && high == UINT64_MAX)
			return fail(f, 0, "nothing to throttle at: give --max or --high");
		r = add_size(s, "memory.high", high < max ? high : max, f);
		return r < 0 ? r : add_size(s, "memory.max", UINT64_MAX, f);
	}
	if (max == UINT64_MAX && high == UINT64_MAX)
		return fail(f, 0, "there is no limit to be reached: give --max");
	/* as it was before throttle or freeze; what is asked for now stays */
	if ((g->freezes || limit_of(g, &none, "memory.max") == UINT64_MAX) && !cgroup_find(s, "memory.high")) {
		r = add_size(s, "memory.high", UINT64_MAX, f);
		if (r < 0)
			return r;
	}
	if (max == UINT64_MAX) {
		r = add_size(s, "memory.max", high, f);
		if (r < 0)
			return r;
	}
	return cgroup_add(s, "memory.oom.group", policy == POLICY_GROUP ? "1" : "0", f);
}

/*
 * A guest that was frozen uses more than its limit. The kernel kills for a limit that is set below the use, until there
 * is less, and may find all of the guest before the memory of the first one is back. So the limit is where the guest
 * stands until it has gone on, asked for more and lost one process, as it would have with this policy.
 */
static int set_at_use(struct cgroup_guest *g, const struct cgroup_settings *s, struct fail *f)
{
	uint64_t use, limit = limit_of(g, s, "memory.max");
	struct cgroup_settings first = { 0 };
	int r = 0;

	if (!g->freezes || g->group < 0 || !cgroup_number(g->group, "memory.current", NULL, &use) || use <= limit)
		return 0;
	for (size_t i = 0; i < s->count && r >= 0; i++)
		if (strcmp(s->list[i].key, "memory.max") != 0)
			r = cgroup_add(&first, s->list[i].key, s->list[i].text, f);
	if (r >= 0)
		r = add_size(&first, "memory.max", use, f);
	if (r >= 0)
		r = cgroup_guest_set(g, &first, false, f);
	cgroup_settings_free(&first);
	for (int ms = 0; r >= 0 && use > limit && ms < SETTLE_MS; ms += 20) {
		(void)usleep(20000);
		if (!cgroup_number(g->group, "memory.current", NULL, &use))
			break;
	}
	return r;
}

/* A last line in the file of flags, which may say something else before. */
static int save_freeze(const struct cgroup_guest *g, bool on, struct fail *f)
{
	const char *file = g->dir >= 0 && config_exists(g->dir, "cflags") ? "cflags" : "flags";
	_cleanup_free_ char *text = xstrdup("");
	_cleanup_strv_ char **lines = NULL;
	bool said = false;
	int r;

	if (g->dir < 0)
		return 0; /* who saves the limits tells */
	r = config_list(g->dir, file, 0, &lines, f);
	if (r < 0 || (r == 0 && !on))
		return r;
	for (char **l = lines; r > 0 && *l; l++) {
		if (strcmp(*l, "oom_freeze") == 0 || strcmp(*l, "!oom_freeze") == 0)
			continue;
		said |= strcasestr(*l, "oom_freeze") != NULL;
		append_line(&text, *l);
	}
	if (on || said)
		append_line(&text, on ? "oom_freeze" : "!oom_freeze");
	r = path_write_in(g->dir, file, text, 0644);
	return r < 0 ? fail(f, r, "cannot write '%s' of the configuration", file) : 0;
}

/* The flag of policy freeze, at the running context and with @save in its configuration. */
static int apply_freeze(const struct cgroup_guest *g, bool on, bool save, struct fail *f)
{
	int r = g->running ? vctx_cflags_set(g->xid, on ? VCTX_CF_OOM_FREEZE : 0, VCTX_CF_OOM_FREEZE) : 0;

	if (r < 0)
		return fail(f, 0, "cannot set the flags of context %u: %s", g->xid, vctx_strerror(VCTX_CALL_SET, r));
	return save ? save_freeze(g, on, f) : 0;
}

static const char *policy_of(const struct cgroup_guest *g)
{
	struct cgroup_settings none = { 0 };
	uint64_t n;

	if (limit_of(g, &none, "memory.max") != UINT64_MAX)
		return cgroup_number(g->group, "memory.oom.group", NULL, &n) && n ? "group" : "kill";
	if (limit_of(g, &none, "memory.high") == UINT64_MAX)
		return NULL;
	return cgroup_freezes(g->xid) ? "freeze" : "throttle";
}

/* ---- showing ---- */

static void show(const struct cgroup_guest *g, bool has_badness, int64_t badness)
{
	static const struct {
		const char *key, *word, *json;
	} fields[] = {
		{ "memory.max", NULL, "max_bytes" }, { "memory.high", NULL, "high_bytes" },
		{ "memory.low", NULL, "low_bytes" }, { "memory.min", NULL, "min_bytes" },
		{ "memory.swap.max", NULL, "swap_max_bytes" }, { "memory.current", NULL, "current_bytes" },
		{ "memory.peak", NULL, "peak_bytes" }, { "memory.swap.current", NULL, "swap_bytes" },
		{ "memory.swap.peak", NULL, "swap_peak_bytes" }, { "memory.events", "high", "high_hits" },
		{ "memory.events", "max", "max_hits" }, { "memory.events", "oom", "oom_hits" },
		{ "memory.events", "oom_kill", "oom_kills" }, { "memory.events", "oom_group_kill", "oom_group_kills" },
	};
	struct json j = JSON_INIT(stdout);

	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_number(&j, "xid", g->xid);
	json_string(&j, "name", g->name);
	if (has_badness)
		json_signed(&j, "badness", badness);
	else
		json_null(&j, "badness");
	json_string(&j, "cgroup", g->group >= 0 ? g->path : NULL);
	json_string(&j, "oom_policy", g->group >= 0 ? policy_of(g) : NULL);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		uint64_t n;

		if (g->group < 0 || !cgroup_number(g->group, fields[i].key, fields[i].word, &n))
			json_null(&j, fields[i].json);
		else if (n == UINT64_MAX)
			json_string(&j, fields[i].json, "max");
		else
			json_number(&j, fields[i].json, n);
	}
	json_end(&j);
}

static int get(const char *text, bool as_json)
{
	uint32_t xid = VCTX_XID_NONE;
	struct cgroup_guest g;
	struct fail f = { 0 };
	int64_t badness;
	int r;

	if (!as_json) {
		if (parse_context(text, &xid) < 0)
			return 2;
		r = vctx_badness_get(xid, &badness);
		if (r < 0) {
			msg_error("cannot read the badness of context %u: %s", xid, vctx_strerror(VCTX_CALL_ANY, r));
			return own_failure(command);
		}
		(void)printf("%lld\n", (long long)badness);
		return msg_close_stdout() ? own_failure(command) : run_command(command);
	}
	r = cgroup_guest_open(text, NULL, &g, &f);
	if (r < 0) {
		if (!f.error)
			return 2;
		msg_error("%s", f.text);
		return own_failure(command);
	}
	if (!g.running) {
		msg_error("'%s' is not running", g.name);
		cgroup_guest_close(&g);
		return 3;
	}
	r = vctx_badness_get(g.xid, &badness);
	show(&g, r == 0, badness);
	cgroup_guest_close(&g);
	return msg_close_stdout() ? own_failure(command) : run_command(command);
}

/* ---- changing ---- */

/* Nothing of the cgroup: as ever. */
static int set_badness(const char *text, int64_t badness)
{
	uint32_t xid;
	int r;

	if (parse_context(text, &xid) < 0)
		return 2;
	r = vctx_badness_set(xid, badness);
	if (r < 0) {
		msg_error("cannot set the badness of context %u: %s", xid, vctx_strerror(VCTX_CALL_SET, r));
		return own_failure(command);
	}
	return run_command(command);
}

static int save_badness(const struct cgroup_guest *g, int64_t badness, struct fail *f)
{
	_cleanup_free_ char *text = xasprintf("%lld\n", (long long)badness);
	int r = g->dir < 0 ? -ENOENT : path_write_in(g->dir, "badness", text, 0644);

	return r < 0 ? fail(f, r, "cannot write 'badness' of the configuration") : 0;
}

static int reclaim(const struct cgroup_guest *g, const char *size, struct fail *f)
{
	_cleanup_free_ char *bytes = NULL;
	struct fail why = { 0 };
	uint64_t n = 0;
	int r;

	(void)cgroup_parse_size(size, &n);
	bytes = xasprintf("%llu", (unsigned long long)n);
	if (g->group < 0)
		return fail(f, 0, "context %u has no cgroup: what it uses is counted nowhere", g->xid);
	if (cgroup_enable(g->root, g->path, "memory", f) < 0)
		return f->error;
	r = cgroup_write(g->group, "memory.reclaim", bytes, &why);
	if (r == -EAGAIN)
		msg_warning("less than %s could be taken", size);
	else if (r < 0)
		*f = why;
	return r == -EAGAIN ? 0 : r;
}

int main(int argc, char **argv)
{
	const char *xid = "self", *take = NULL;
	bool as_json = false, save = false, has_badness = false;
	enum policy policy = POLICY_NONE;
	struct cgroup_guest g;
	struct fail f = { 0 };
	struct opt_state st;
	int64_t badness = 0;
	int c, r, mode = 0;
	uint64_t n;

	opt_start(&st, &program, argc, argv);
	while ((c = opt_next(&st)) > 0) {
		if (file_of(c)) {
			if (cgroup_add(&wanted, file_of(c), st.arg, &f) < 0)
				return msg_usage("wrong value '%s' for %s: %s", st.arg, opt_name(&program, c), f.text);
			continue;
		}
		switch (c) {
		case OPT_SET:
		case OPT_GET:
			r = opt_choose(&program, &mode, c);
			if (r)
				return r;
			break;
		case OPT_XID:
			xid = st.arg;
			break;
		case OPT_BADNESS:
			if (parse_s64(st.arg, &badness) < 0)
				return msg_usage("wrong value '%s' for --badness: not a number", st.arg);
			has_badness = true;
			break;
		case OPT_JSON:
			as_json = true;
			break;
		case OPT_SAVE:
			save = true;
			break;
		case OPT_RECLAIM:
			take = st.arg;
			if (cgroup_parse_size(take, &n) < 0 || n == UINT64_MAX)
				return msg_usage("wrong value '%s' for --reclaim: not a size", take);
			break;
		case OPT_POLICY:
			policy = parse_policy(st.arg);
			if (!policy)
				return msg_usage("unknown policy '%s': kill, group, throttle or freeze", st.arg);
			break;
		}
	}
	if (c < 0)
		return st.exit_code;
	command = argv + st.index;
	if (as_json && mode == 0)
		mode = OPT_GET;
	if (mode == OPT_GET && (wanted.count || policy || take || has_badness || save))
		return msg_usage("--get does not go with anything to set");
	if (mode == OPT_SET && as_json)
		return msg_usage("--json needs --get");
	if (mode == OPT_GET)
		return get(xid, as_json);
	if (!wanted.count && !policy && !take && !has_badness)
		return run_command(command);

	if (!wanted.count && !policy && !take && !save)
		return set_badness(xid, badness);
	r = cgroup_guest_open(xid, NULL, &g, &f);
	if (r < 0) {
		if (!f.error)
			return 2;
		msg_error("%s", f.text);
		return own_failure(command);
	}
	if (policy)
		r = cgroup_guest_check(&g, save, &f);
	if (r >= 0 && policy)
		r = apply_policy(&g, &wanted, policy, &f);
	/* before the limit that a process might be waiting at */
	if (r >= 0 && policy && (g.running || save))
		r = apply_freeze(&g, policy == POLICY_FREEZE, save, &f);
	if (r >= 0 && (policy == POLICY_KILL || policy == POLICY_GROUP))
		r = set_at_use(&g, &wanted, &f);
	if (r >= 0 && wanted.count)
		r = cgroup_guest_set(&g, &wanted, save, &f);
	/* one that was frozen can be thawed by another try then */
	if (r < 0 && policy && g.freezes)
		(void)vctx_cflags_set(g.xid, VCTX_CF_OOM_FREEZE, VCTX_CF_OOM_FREEZE);
	if (r >= 0 && has_badness) {
		r = g.running ? vctx_badness_set(g.xid, badness) : 0;
		if (r < 0)
			(void)fail(&f, 0, "cannot set the badness of context %u: %s", g.xid,
				   vctx_strerror(VCTX_CALL_SET, r));
		else if (save)
			r = save_badness(&g, badness, &f);
		else if (!g.running)
			r = fail(&f, 0, "'%s' is not running: --save writes its configuration", g.name);
	}
	if (r >= 0 && take)
		r = reclaim(&g, take, &f);
	cgroup_settings_free(&wanted);
	cgroup_guest_close(&g);
	if (r < 0) {
		msg_error("%s", f.text);
		return own_failure(command);
	}
	return run_command(command);
}
