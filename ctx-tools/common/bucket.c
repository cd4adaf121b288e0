// SPDX-License-Identifier: GPL-2.0-or-later
/* bucket - the token bucket of vsched as bandwidth of a cgroup */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"
#include "config.h"
#include "bucket.h"
#include "util.h"
#include "xalloc.h"

#define US_PER_S	1000000ULL
#define PERIOD_MIN	1000ULL		/* what the kernel takes, microseconds */
#define PERIOD_MAX	1000000ULL
#define QUOTA_MIN	1000ULL

static const struct {
	const char *name, *alias;
	int64_t min, max;
} values[BUCKET_VALUES] = {
	[BUCKET_FILL_RATE] = { "fill-rate", NULL, 0, 100000000 },
	[BUCKET_INTERVAL] = { "interval", NULL, 1, 100000000 },
	[BUCKET_TOKENS] = { "tokens", NULL, 0, 100000000 },
	[BUCKET_TOKENS_MIN] = { "tokens-min", NULL, 0, 100000000 },
	[BUCKET_TOKENS_MAX] = { "tokens-max", NULL, 1, 100000000 },
	[BUCKET_PRIO_BIAS] = { "prio-bias", "priority-bias", -20, 20 },
	[BUCKET_FILL_RATE2] = { "fill-rate2", NULL, 0, 100000000 },
	[BUCKET_INTERVAL2] = { "interval2", NULL, 1, 100000000 },
	[BUCKET_HERTZ] = { "hz", NULL, 1, 10000 },
};

const char *bucket_name(enum bucket_value value)
{
	return values[value].name;
}

static bool is_name(const char *name, const char *known)
{
	if (!known)
		return false;
	for (; *name && *known; name++, known++)
		if (*name != *known && !(*name == '_' && *known == '-'))
			return false;
	return !*name && !*known;
}

int bucket_set(struct bucket *b, const char *name, const char *text, struct fail *f)
{
	for (int i = 0; i < BUCKET_VALUES; i++) {
		if (!is_name(name, values[i].name) && !is_name(name, values[i].alias))
			continue;
		if (parse_s64(text, &b->value[i]) < 0 || b->value[i] < values[i].min || b->value[i] > values[i].max)
			return fail(f, 0, "bad value for '%s': '%s' is not in the range %lld to %lld", values[i].name,
				    text, (long long)values[i].min, (long long)values[i].max);
		b->has[i] = true;
		return 0;
	}
	return -ENOENT;
}

static bool is_directory(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

int bucket_read(int dir, const char *path, struct bucket *b, struct fail *f)
{
	_cleanup_strv_ char **names = NULL;
	int r, any = 0;

	r = config_names(dir, path, &names, f);
	for (char **n = names; r > 0 && *n; n++) {
		_cleanup_free_ char *file = xasprintf("%s/%s", path, *n), *text = NULL;

		if (is_directory(dir, file)) {
			b->per_cpu = true;
			any = 1;
			continue;
		}
		if (is_name(*n, "idle-time")) {
			b->idle_time = true;
			any = 1;
			continue;
		}
		if (config_text(dir, file, &text, f) < 0)
			return f->error;
		r = bucket_set(b, *n, text, f);
		if (r < 0 && r != -ENOENT)
			return fail_prefix(f, "in '%s'", file);
		any |= r == 0;
		r = 1;
	}
	return r < 0 ? r : any;
}

int bucket_read_lines(int dir, const char *path, struct bucket *b, struct fail *f)
{
	static const char *const order[] = {
		"fill-rate", "interval", "tokens", "tokens-min", "tokens-max", "prio-bias",
	};
	_cleanup_strv_ char **lines = NULL;
	int r = config_list(dir, path, CONFIG_COMMENTS, &lines, f);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(order) && lines[i]; i++)
		/* "dummy" stood for a line that is not meant */
		if (strcmp(lines[i], "dummy") != 0 && bucket_set(b, order[i], lines[i], f) < 0)
			return fail_prefix(f, "in '%s'", path);
	return 1;
}

unsigned int bucket_count_cpus(const char *list)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	_cleanup_free_ char *copy = xstrdup(list ? list : "");
	char *save = NULL;
	unsigned int n = 0;

	for (char *w = strtok_r(copy, ", \n", &save); w; w = strtok_r(NULL, ", \n", &save)) {
		unsigned int a, z;
		int got = sscanf(w, "%u-%u", &a, &z);

		if (got == 2 && z >= a)
			n += z - a + 1;
		else if (got == 1)
			n++;
	}
	return n ? n : online > 0 ? (unsigned int)online : 1;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t t = a % b;

		a = b;
		b = t;
	}
	return a;
}

static uint64_t up(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int add(struct cgroup_settings *s, const char *key, char *text, struct fail *f)
{
	int r = cgroup_add(s, key, text, f);

	free(text);
	return r;
}

/* What cannot be said exactly: refused, or noted. */
static int otherwise(char ***notes, struct fail *f, char *text)
{
	if (notes) {
		strv_take(notes, text);
		return 0;
	}
	(void)fail(f, 0, "%s", text);
	free(text);
	return f->error;
}

static int bandwidth(const struct bucket *b, uint64_t cpus, struct cgroup_settings *ret, char ***notes, struct fail *f)
{
	uint64_t tick = US_PER_S / (uint64_t)(b->has[BUCKET_HERTZ] ? b->value[BUCKET_HERTZ] : BUCKET_HZ);
	uint64_t fill = (uint64_t)b->value[BUCKET_FILL_RATE], interval = (uint64_t)b->value[BUCKET_INTERVAL];
	uint64_t least = b->has[BUCKET_TOKENS_MIN] ? (uint64_t)b->value[BUCKET_TOKENS_MIN] : 0;
	uint64_t most = b->has[BUCKET_TOKENS_MAX] ? (uint64_t)b->value[BUCKET_TOKENS_MAX] : 0;
	uint64_t a, p, g, k, first, last, bucket, quota, burst = 0;

	if (!fill)
		return fail(f, 0, "a fill rate of 0 without idle time lets nothing run: use the flag 'sched_pause'");
	if (most && least > most)
		return fail(f, 0, "%llu tokens to begin with are never there with at most %llu",
			    (unsigned long long)least, (unsigned long long)most);
	/* a small bucket does not hold what comes in */
	if (most && fill > most)
		fill = most;
	if (fill >= interval)
		return add(ret, "cpu.max", xstrdup("max"), f);

	/* quota a*k in period p*k is the exact rate for any k */
	g = gcd(fill * cpus, interval);
	a = fill * cpus / g;
	p = interval / g;
	first = larger(up(QUOTA_MIN, a), up(PERIOD_MIN, p));
	last = PERIOD_MAX / p;
	if (first > last)
		return fail(
			f, 0,
			"%llu tokens in %llu ticks cannot be said as bandwidth: less than 1 ms in a second, or no whole microseconds",
			(unsigned long long)fill, (unsigned long long)interval);
	/* one period brings in what lets a waiting context go on */
	k = larger(first, up(larger(fill, least) * cpus * tick, a));
	/* quota and burst together are the full bucket, the burst at most the quota */
	bucket = most * cpus * tick;
	k = larger(k, up(bucket, 2 * a));
	if (k > last)
		k = last;
	quota = a * k;
	if (bucket > quota)
		burst = bucket - quota;
	if (burst > quota) {
		uint64_t can = 2 * quota / (cpus * tick);

		if (otherwise(notes, f,
			      xasprintf("tokens-max %llu cannot be said at this rate, at most %llu%s",
					(unsigned long long)most, (unsigned long long)can,
					notes ? ": bursts are that short" : "")) < 0)
			return f->error;
		burst = quota;
	}
	if (add(ret, "cpu.max", xasprintf("%llu %llu", (unsigned long long)quota, (unsigned long long)(p * k)), f) < 0)
		return f->error;
	return add(ret, "cpu.max.burst", xasprintf("%llu", (unsigned long long)burst), f);
}

/* A guest that may use what nobody else wants is not bounded; its rate is its share when others want it. */
static int idle_time(const struct bucket *b, struct cgroup_settings *ret, char ***notes, struct fail *f)
{
	uint64_t fill = (uint64_t)b->value[BUCKET_FILL_RATE], interval = (uint64_t)b->value[BUCKET_INTERVAL];
	uint64_t weight = (100 * fill + interval / 2) / interval;

	/* with a rate of 0 for busy times any second rate means: only idle time */
	if (fill && b->has[BUCKET_FILL_RATE2] && b->has[BUCKET_INTERVAL2] &&
	    (uint64_t)b->value[BUCKET_FILL_RATE2] * interval != fill * (uint64_t)b->value[BUCKET_INTERVAL2] &&
	    otherwise(
		    notes, f,
		    xstrdup("another rate for idle time (fill-rate2, interval2) cannot be said: what nobody wants is "
			    "shared by the same weights")) < 0)
		return f->error;
	if (add(ret, "cpu.max", xstrdup("max"), f) < 0)
		return f->error;
	if (!fill)
		return add(ret, "cpu.idle", xstrdup("1"), f);
	return add(ret, "cpu.weight",
		   xasprintf("%llu", (unsigned long long)(weight < 1 ? 1 : weight > 10000 ? 10000 : weight)), f);
}

int bucket_translate(const struct bucket *b, unsigned int cpus, struct cgroup_settings *ret, char ***notes,
		    struct fail *f)
{
	bool rate = b->has[BUCKET_FILL_RATE] || b->has[BUCKET_INTERVAL],
	     two = b->has[BUCKET_FILL_RATE2] || b->has[BUCKET_INTERVAL2];
	int r = 0;

	if (b->per_cpu &&
	    otherwise(notes, f,
		      xstrdup("settings for single processors cannot be said: bandwidth is of all together")) < 0)
		return f->error;
	if (rate && !(b->has[BUCKET_FILL_RATE] && b->has[BUCKET_INTERVAL]))
		return fail(f, 0, "fill-rate and interval go together");
	if (b->has[BUCKET_FILL_RATE2] != b->has[BUCKET_INTERVAL2])
		return fail(f, 0, "fill-rate2 and interval2 go together");
	if (!rate &&
	    (b->has[BUCKET_TOKENS] || b->has[BUCKET_TOKENS_MIN] || b->has[BUCKET_TOKENS_MAX] || b->idle_time || two))
		return otherwise(notes, f, xstrdup("a bucket needs fill-rate and interval"));
	if (two && !b->idle_time &&
	    otherwise(notes, f, xstrdup("fill-rate2 and interval2 count only with idle-time")) < 0)
		return f->error;
	if (rate)
		r = b->idle_time ? idle_time(b, ret, notes, f) : bandwidth(b, cpus, ret, notes, f);
	if (r < 0 || !b->has[BUCKET_PRIO_BIAS])
		return r;
	if (rate && b->idle_time)
		return otherwise(
			notes, f,
			xstrdup("prio-bias and idle-time are both a weight: prio-bias cannot be said besides"));
	/* nice levels end at 19 */
	return add(ret, "cpu.weight.nice",
		   xasprintf("%lld", (long long)(b->value[BUCKET_PRIO_BIAS] > 19 ? 19 : b->value[BUCKET_PRIO_BIAS])),
		   f);
}
