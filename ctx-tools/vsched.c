// SPDX-License-Identifier: GPL-2.0-or-later
/* vsched - how much of the processors a context gets */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <vctx.h>

#include "bucket.h"
#include "cgroup.h"
#include "cleanup.h"
#include "config.h"
#include "enter.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_XID = 256, OPT_DIR, OPT_MISSING, OPT_SHOW, OPT_JSON, OPT_SAVE, OPT_FORCE, OPT_CPU_MASK,
	OPT_MAX, OPT_BURST, OPT_WEIGHT, OPT_IDLE, OPT_CPUS, OPT_MEMS,
	OPT_IDLE_TIME, OPT_CPU_ID, OPT_BUCKET_ID, OPT_VALUE,
};

static const struct opt options[] = {
	OPT_GROUP("Which context, and what to do"),
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name (default: the own context)" },
	{ "ctx", 0, "CONTEXT", OPT_XID, NULL },
	{ "show", 0, NULL, OPT_SHOW, "show what is in force, and how it is used" },
	{ "json", 0, NULL, OPT_JSON, "the same as JSON" },
	{ "save", 0, NULL, OPT_SAVE, "write it to the configuration, too" },
	OPT_GROUP("Limits"),
	{ "max", 0, "MAX", OPT_MAX, "bandwidth: 150%, 'QUOTA PERIOD' in microseconds,\nmax" },
	{ "burst", 0, "US", OPT_BURST, "microseconds that may be saved for later" },
	{ "weight", 0, "N", OPT_WEIGHT, "share when others want it, too: 1 to 10000" },
	{ "idle", 0, "0|1", OPT_IDLE, "only what nobody else wants" },
	{ "cpus", 0, "LIST", OPT_CPUS, "only these processors, e.g. 0-3,5" },
	{ "mems", 0, "LIST", OPT_MEMS, "only memory of these nodes" },
	OPT_GROUP("Token bucket, translated to the above"),
	{ "fill-rate", 0, "N", OPT_VALUE + BUCKET_FILL_RATE, "tokens that come in each interval" },
	{ "fill_rate", 0, "N", OPT_VALUE + BUCKET_FILL_RATE, NULL },
	{ "interval", 0, "N", OPT_VALUE + BUCKET_INTERVAL, "its length in ticks" },
	{ "tokens", 0, "N", OPT_VALUE + BUCKET_TOKENS, "tokens at the start: accepted, without effect" },
	{ "tokens-min", 0, "N", OPT_VALUE + BUCKET_TOKENS_MIN, "tokens to go on after waiting" },
	{ "tokens_min", 0, "N", OPT_VALUE + BUCKET_TOKENS_MIN, NULL },
	{ "tokens-max", 0, "N", OPT_VALUE + BUCKET_TOKENS_MAX, "size of the bucket" },
	{ "tokens_max", 0, "N", OPT_VALUE + BUCKET_TOKENS_MAX, NULL },
	{ "prio-bias", 0, "N", OPT_VALUE + BUCKET_PRIO_BIAS, "priority, as a nice level" },
	{ "prio_bias", 0, "N", OPT_VALUE + BUCKET_PRIO_BIAS, NULL },
	{ "priority-bias", 0, "N", OPT_VALUE + BUCKET_PRIO_BIAS, NULL },
	{ "priority_bias", 0, "N", OPT_VALUE + BUCKET_PRIO_BIAS, NULL },
	{ "fill-rate2", 0, "N", OPT_VALUE + BUCKET_FILL_RATE2, "as --fill-rate, for idle time" },
	{ "fill_rate2", 0, "N", OPT_VALUE + BUCKET_FILL_RATE2, NULL },
	{ "interval2", 0, "N", OPT_VALUE + BUCKET_INTERVAL2, "as --interval, for idle time" },
	{ "idle-time", 0, NULL, OPT_IDLE_TIME, "what nobody else wants is not counted" },
	{ "idle_time", 0, NULL, OPT_IDLE_TIME, NULL },
	{ "hz", 0, "N", OPT_VALUE + BUCKET_HERTZ, "ticks in a second (default: 1000)" },
	{ "cpu-id", 0, "N", OPT_CPU_ID, "one processor: only -1, all, is possible" },
	{ "cpu_id", 0, "N", OPT_CPU_ID, NULL },
	{ "bucket-id", 0, "N", OPT_BUCKET_ID, "one bucket: only 0 is possible" },
	{ "bucket_id", 0, "N", OPT_BUCKET_ID, NULL },
	{ "force", 0, NULL, OPT_FORCE, "at once: it always is" },
	{ "cpu_mask", 0, "N", OPT_CPU_MASK, NULL },
	{ "cpu-mask", 0, "N", OPT_CPU_MASK, NULL },
	{ "dir", 0, "DIR", OPT_DIR, "files of these names; options count more" },
	{ "missingok", 0, NULL, OPT_MISSING, "it is no mistake when there is no DIR" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vsched",
	.synopsis = "[--xid=CONTEXT] [OPTION...] [--save] [--] [PROGRAM [ARG...]]\n"
		    "[--xid=CONTEXT] --show|--json",
	.purpose = "Limit how much of the processors a context gets.",
	.options = options,
	.examples = "vsched --xid web1 --max 150% --weight 200 --save\n"
		    "vsched --xid web1 --fill-rate 30 --interval 100 --tokens-max 60",
	.manual = "vsched(8)",
	.stop = true,
};

static char **command;
static struct cgroup_settings s, all;	/* in words of today, and everything */

static const struct {
	const char *key, *word, *json;
	enum { TEXT, NUMBER, USEC } what;
} shown[] = {
	{ "cpu.max", NULL, "cpu_max", TEXT },
	{ "cpu.max.burst", NULL, "cpu_max_burst_us", NUMBER },
	{ "cpu.weight", NULL, "cpu_weight", NUMBER },
	{ "cpu.idle", NULL, "cpu_idle", NUMBER },
	{ "cpuset.cpus", NULL, "cpuset_cpus", TEXT },
	{ "cpuset.cpus.effective", NULL, "cpuset_cpus_effective", TEXT },
	{ "cpuset.mems", NULL, "cpuset_mems", TEXT },
	{ "cpu.stat", "usage_usec", "usage_us", USEC },
	{ "cpu.stat", "user_usec", "user_us", USEC },
	{ "cpu.stat", "system_usec", "system_us", USEC },
	{ "cpu.stat", "nr_periods", "periods", NUMBER },
	{ "cpu.stat", "nr_throttled", "throttled_periods", NUMBER },
	{ "cpu.stat", "throttled_usec", "throttled_us", USEC },
	{ "cpu.stat", "nr_bursts", "bursts", NUMBER },
	{ "cpu.stat", "burst_usec", "burst_us", USEC },
};

static void show_text(struct json *j, size_t i, const char *text)
{
	if (j)
		json_string(j, shown[i].json, text);
	else if (text)
		(void)printf("%-24s %s\n", shown[i].json, *text ? text : "-");
}

static void show_number(struct json *j, size_t i, uint64_t n)
{
	if (j)
		json_number(j, shown[i].json, n);
	else
		(void)printf("%-24s %llu\n", shown[i].json, (unsigned long long)n);
}

static int show(const struct cgroup_guest *g, bool as_json)
{
	struct json json = JSON_INIT(stdout), *j = as_json ? &json : NULL;

	if (!g->running) {
		msg_error("'%s' is not running", g->name);
		return 3;
	}
	if (j) {
		json_object(j, NULL);
		json_number(j, "schema", 1);
		json_number(j, "xid", g->xid);
		json_string(j, "name", g->name);
		json_string(j, "cgroup", g->group >= 0 ? g->path : NULL);
	} else {
		(void)printf("%-24s %s\n", "cgroup", g->group >= 0 ? g->path : "none: nothing is limited");
	}
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
		_cleanup_free_ char *text = NULL;
		struct fail ignored = { 0 };
		uint64_t n;

		if (shown[i].what == TEXT) {
			if (g->group >= 0 && cgroup_read(g->group, shown[i].key, &text, &ignored) == 0)
				text[strcspn(text, "\n")] = '\0';
			show_text(j, i, text);
		} else if (g->group >= 0 && cgroup_number(g->group, shown[i].key, shown[i].word, &n)) {
			show_number(j, i, n);
		} else if (j) {
			json_null(j, shown[i].json);
		}
	}
	if (j)
		json_end(j);
	return msg_close_stdout() ? own_failure(command) : run_command(command);
}

/* The directory a "CFG/sched" is in. */
static char *parent_of(const char *dir)
{
	_cleanup_free_ char *copy = xstrdup(dir);
	size_t len = strlen(copy);
	char *slash;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	if (!slash || slash == copy)
		return NULL;
	*slash = '\0';
	return take_ptr(copy);
}

static int add(const char *key, const char *text, const char *option, struct fail *f)
{
	if (cgroup_add(&s, key, text, f) < 0)
		return msg_usage("wrong value '%s' for %s: %s", text, option, f->text);
	return 0;
}

/* Options of our own, by the file they are for. */
static const char *file_of(int c)
{
	switch (c) {
	case OPT_MAX:
		return "cpu.max";
	case OPT_BURST:
		return "cpu.max.burst";
	case OPT_WEIGHT:
		return "cpu.weight";
	case OPT_IDLE:
		return "cpu.idle";
	case OPT_CPUS:
		return "cpuset.cpus";
	case OPT_MEMS:
		return "cpuset.mems";
	default:
		return NULL;
	}
}

int main(int argc, char **argv)
{
	struct bucket b = { 0 }, given = { 0 };
	const char *xid = "self", *dir = NULL;
	bool missing = false, save = false, as_json = false, showing = false, any = false;
	_cleanup_free_ char *hint = NULL;
	_cleanup_strv_ char **notes = NULL;
	struct cgroup_guest g;
	struct fail f = { 0 };
	struct opt_state st;
	int c, r;

	opt_start(&st, &program, argc, argv);
	while ((c = opt_next(&st)) > 0) {
		int64_t n;

		if (file_of(c)) {
			r = add(file_of(c), st.arg, opt_name(&program, c), &f);
			if (r)
				return r;
			continue;
		}
		switch (c) {
		case OPT_XID:
			xid = st.arg;
			break;
		case OPT_DIR:
			dir = st.arg;
			break;
		case OPT_MISSING:
			missing = true;
			break;
		case OPT_SHOW:
			showing = true;
			break;
		case OPT_JSON:
			showing = as_json = true;
			break;
		case OPT_SAVE:
			save = true;
			break;
		case OPT_FORCE:
			break;
		case OPT_CPU_MASK:
			msg_warning("'--cpu_mask' has no effect, see --cpus");
			break;
		case OPT_IDLE_TIME:
			given.idle_time = any = true;
			break;
		case OPT_CPU_ID:
			if (parse_s64(st.arg, &n) < 0 || n != -1)
				return msg_usage("--cpu-id=%s cannot be said: bandwidth is of all processors together",
						 st.arg);
			break;
		case OPT_BUCKET_ID:
			if (parse_s64(st.arg, &n) < 0 || n != 0)
				return msg_usage("--bucket-id=%s cannot be said: there is one for all", st.arg);
			break;
		default:
			if (bucket_set(&given, bucket_name((enum bucket_value)(c - OPT_VALUE)), st.arg, &f) < 0)
				return msg_usage("%s", f.text);
			any = true;
		}
	}
	if (c < 0)
		return st.exit_code;
	command = argv + st.index;
	if (showing && (any || s.count || dir || save))
		return msg_usage("--show and --json do not go with anything to set");

	/* the files, and the options over them */
	if (dir) {
		_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 && !(missing && errno == ENOENT)) {
			msg_errno(errno, "cannot read '%s'", dir);
			return own_failure(command);
		}
		if (fd >= 0) {
			r = bucket_read(fd, ".", &b, &f);
			if (r < 0) {
				msg_error("%s", f.text);
				return own_failure(command);
			}
			any |= r > 0;
		}
		hint = parent_of(dir);
	}
	for (int i = 0; i < BUCKET_VALUES; i++)
		if (given.has[i]) {
			b.has[i] = true;
			b.value[i] = given.value[i];
		}
	b.idle_time |= given.idle_time;
	if (!any && !s.count && !showing)
		return run_command(command);

	r = cgroup_guest_open(xid, hint, &g, &f);
	if (r < 0) {
		if (!f.error)
			return 2;
		msg_error("%s", f.text);
		return own_failure(command);
	}
	if (showing) {
		r = show(&g, as_json);
		cgroup_guest_close(&g);
		return r;
	}
	if (any) {
		_cleanup_free_ char *effective = NULL;
		const struct cgroup_setting *cpus = cgroup_find(&s, "cpuset.cpus");
		struct fail ignored = { 0 };

		if (!cpus)
			cpus = cgroup_find(&g.config.settings, "cpuset.cpus");
		if (!cpus && g.group >= 0)
			(void)cgroup_read(g.group, "cpuset.cpus.effective", &effective, &ignored);
		r = bucket_translate(&b, bucket_count_cpus(cpus ? cpus->value : effective), &all, dir ? &notes : NULL,
				     &f);
		for (char **n = notes; n && *n; n++)
			msg_warning("%s", *n);
	}
	/* what is said in new words counts more than what comes from old ones */
	for (size_t i = 0; r >= 0 && i < s.count; i++)
		r = cgroup_add(&all, s.list[i].key, s.list[i].text, &f);
	if (r >= 0 && all.count)
		r = cgroup_guest_set(&g, &all, save, &f);
	cgroup_settings_free(&s);
	cgroup_settings_free(&all);
	cgroup_guest_close(&g);
	if (r < 0) {
		msg_error("%s", f.text);
		return own_failure(command);
	}
	return run_command(command);
}
