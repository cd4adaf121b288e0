// SPDX-License-Identifier: GPL-2.0-or-later
/* cgroup_value - what files of a group hold, as people write it and as the kernel takes it */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"
#include "parse.h"
#include "util.h"
#include "xalloc.h"

/* The analyzer of gcc 12 loses what is stored behind a pointer, and takes it for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

#define CPU_PERIOD	100000	/* microseconds, the kernel's own */
#define CPU_PERIOD_MIN	1000
#define CPU_PERIOD_MAX	1000000
#define CPU_QUOTA_MIN	1000

const struct cgroup_knob cgroup_knobs[] = {
	{ "cgroup.max.depth", CGROUP_COUNT, 0, 0, NULL },
	{ "cgroup.max.descendants", CGROUP_COUNT, 0, 0, NULL },
	{ "cpu.idle", CGROUP_BOOL, 0, 0, NULL },
	{ "cpu.max", CGROUP_CPU, 0, 0, NULL },
	{ "cpu.max.burst", CGROUP_NUMBER, 0, INT64_MAX, NULL },
	{ "cpu.weight", CGROUP_NUMBER, 1, 10000, NULL },
	{ "cpu.weight.nice", CGROUP_NUMBER, -20, 19, NULL },
	{ "cpuset.cpus", CGROUP_LIST, 0, 0, NULL },
	{ "cpuset.mems", CGROUP_LIST, 0, 0, NULL },
	{ "io.latency", CGROUP_DEVICE, 0, 0, " target " },
	{ "io.max", CGROUP_DEVICE, 0, 0, " rbps wbps riops wiops " },
	{ "io.weight", CGROUP_WEIGHT, 1, 10000, NULL },
	{ "memory.high", CGROUP_SIZE, 0, 0, NULL },
	{ "memory.low", CGROUP_SIZE, 0, 0, NULL },
	{ "memory.max", CGROUP_SIZE, 0, 0, NULL },
	{ "memory.min", CGROUP_SIZE, 0, 0, NULL },
	{ "memory.oom.group", CGROUP_BOOL, 0, 0, NULL },
	{ "memory.swap.high", CGROUP_SIZE, 0, 0, NULL },
	{ "memory.swap.max", CGROUP_SIZE, 0, 0, NULL },
	{ "memory.zswap.max", CGROUP_SIZE, 0, 0, NULL },
	{ "pids.max", CGROUP_COUNT, 0, 0, NULL },
	{ NULL, CGROUP_RAW, 0, 0, NULL },
};

const struct cgroup_knob *cgroup_knob(const char *key)
{
	for (const struct cgroup_knob *k = cgroup_knobs; k->key; k++)
		if (strcmp(k->key, key) == 0)
			return k;
	return NULL;
}

bool cgroup_has_lines(const char *key)
{
	const struct cgroup_knob *k = cgroup_knob(key);

	return k && (k->kind == CGROUP_DEVICE || k->kind == CGROUP_WEIGHT);
}

static bool is_max(const char *text)
{
	return strcmp(text, "max") == 0 || strcmp(text, "inf") == 0 || strcmp(text, "unlimited") == 0;
}

int cgroup_parse_size(const char *text, uint64_t *ret)
{
	if (is_max(text)) {
		*ret = UINT64_MAX;
		return 0;
	}
	return parse_scaled(text, INT64_MAX, ret);
}

static char *size_text(uint64_t n)
{
	return n == UINT64_MAX ? xstrdup("max") : xasprintf("%llu", (unsigned long long)n);
}

static int cpu_value(const char *text, char **ret)
{
	_cleanup_free_ char *copy = xstrdup(text);
	uint64_t quota = UINT64_MAX, period = CPU_PERIOD;
	char *save = NULL, *first = strtok_r(copy, " \t", &save), *second = strtok_r(NULL, " \t", &save);
	size_t len = first ? strlen(first) : 0;

	if (!first || strtok_r(NULL, " \t", &save))
		return -EINVAL;
	if (second && (parse_u64(second, &period) < 0 || period < CPU_PERIOD_MIN || period > CPU_PERIOD_MAX))
		return -EINVAL;
	if (first[len - 1] == '%') {
		uint64_t percent;

		first[len - 1] = '\0';
		if (parse_u64(first, &percent) < 0 || !percent || percent > 1000000)
			return -EINVAL;
		quota = percent * period / 100;
	} else if (!is_max(first) && (parse_u64(first, &quota) < 0 || quota > INT64_MAX / 1000)) {
		return -EINVAL;
	}
	if (quota < CPU_QUOTA_MIN)
		return -EINVAL;
	*ret = quota == UINT64_MAX ? xasprintf("max %llu", (unsigned long long)period) :
				     xasprintf("%llu %llu", (unsigned long long)quota, (unsigned long long)period);
	return 0;
}

/* "0-3,5"; none is all of the parent's. */
static bool is_list(const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *save = NULL;

	if (text[strspn(text, "0123456789-, ")])
		return false;
	for (char *w = strtok_r(copy, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		uint32_t a, b;
		char *dash = strchr(w, '-');

		if (dash)
			*dash = '\0';
		if (parse_decimal(w, 65535, &a) < 0 || (dash && (parse_decimal(dash + 1, 65535, &b) < 0 || b < a)))
			return false;
	}
	return true;
}

/*
 * The disc behind a name: one below /dev, any file or directory that lies on one, "8:16". A part of a disc stands for
 * all of it, as the kernel limits only whole ones.
 */
static int device_number(const char *name, char **ret, struct fail *f)
{
	_cleanup_free_ char *path = NULL, *whole = NULL;
	unsigned int major, minor;
	struct stat st;
	char rest;

	if (sscanf(name, "%u:%u%c", &major, &minor, &rest) != 2) {
		if (*name != '/')
			return fail(f, 0, "'%s' is no device: give a path, or MAJOR:MINOR", name);
		if (stat(name, &st) < 0)
			return fail(f, -errno, "no device '%s'", name);
		major = major(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev);
		minor = minor(S_ISBLK(st.st_mode) ? st.st_rdev : st.st_dev);
		if (!major)
			return fail(f, 0, "'%s' does not lie on one disc", name);
	}
	path = xasprintf("/sys/dev/block/%u:%u/partition", major, minor);
	if (access(path, F_OK) == 0) {
		free(take_ptr(path));
		path = xasprintf("/sys/dev/block/%u:%u/../dev", major, minor);
		if (read_file_at(AT_FDCWD, path, 64, &whole, NULL) < 0)
			return fail(f, 0, "'%s' is a part of a disc that is not known", name);
		whole[strcspn(whole, "\n")] = '\0';
		*ret = take_ptr(whole);
		return 0;
	}
	*ret = xasprintf("%u:%u", major, minor);
	return 0;
}

static int device_value(const struct cgroup_knob *k, const char *text, char **ret, struct fail *f)
{
	_cleanup_free_ char *copy = xstrdup(text), *line = NULL;
	char *save = NULL, *device = strtok_r(copy, " \t", &save), *w;
	size_t count = 0;

	if (!device)
		return fail(f, 0, "no device is given");
	if (device_number(device, &line, f) < 0)
		return f->error;
	while ((w = strtok_r(NULL, " \t", &save))) {
		_cleanup_free_ char *word = NULL, *number = NULL;
		char *value = strchr(w, '='), *longer;
		uint64_t n;

		if (value)
			*value++ = '\0';
		word = xasprintf(" %s ", w);
		if (!value || !strstr(k->keys, word))
			return fail(f, 0, "'%s' is none of%s", w, k->keys);
		if (cgroup_parse_size(value, &n) < 0 || !n)
			return fail(f, 0, "'%s' is no limit for %s", value, w);
		number = size_text(n);
		longer = xasprintf("%s %s=%s", line, w, number);
		free(line);
		line = longer;
		count++;
	}
	if (!count)
		return fail(f, 0, "no limit is given, one of%s", k->keys);
	*ret = take_ptr(line);
	return 0;
}

static int weight_value(const struct cgroup_knob *k, const char *text, char **ret, struct fail *f)
{
	_cleanup_free_ char *copy = xstrdup(text), *device = NULL;
	char *save = NULL, *first = strtok_r(copy, " \t", &save), *second = strtok_r(NULL, " \t", &save);
	uint32_t n;

	if (!first || strtok_r(NULL, " \t", &save))
		return fail(f, 0, "give a weight, or a device and a weight");
	if (second && strcmp(first, "default") != 0 && device_number(first, &device, f) < 0)
		return f->error;
	if (parse_u32(second ? second : first, &n) < 0 || n < k->min || n > k->max)
		return fail(f, 0, "not in the range %lld to %lld", (long long)k->min, (long long)k->max);
	*ret = device ? xasprintf("%s %u", device, n) : xasprintf("default %u", n);
	return 0;
}

int cgroup_value(const char *key, const char *text, char **ret, struct fail *f)
{
	const struct cgroup_knob *k = cgroup_knob(key);
	uint64_t n = 0;
	int64_t s;

	switch (k ? k->kind : CGROUP_RAW) {
	case CGROUP_SIZE:
		if (cgroup_parse_size(text, &n) < 0)
			return fail(f, 0, "not a size: bytes, with K, M, G or T behind, or max");
		*ret = size_text(n);
		return 0;
	case CGROUP_COUNT:
		if (!is_max(text) && (parse_u64(text, &n) < 0 || n > INT32_MAX))
			return fail(f, 0, "neither a number nor max");
		*ret = size_text(is_max(text) ? UINT64_MAX : n);
		return 0;
	case CGROUP_BOOL:
		if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
			return fail(f, 0, "neither 0 nor 1");
		break;
	case CGROUP_NUMBER:
		if (parse_s64(text, &s) < 0 || s < k->min || s > k->max)
			return k->max == INT64_MAX ? fail(f, 0, "not a number")
						   : fail(f, 0, "not in the range %lld to %lld", (long long)k->min,
							  (long long)k->max);
		break;
	case CGROUP_CPU:
		if (cpu_value(text, ret) < 0)
			return fail(
				f, 0,
				"none of: max, 150%%, 'QUOTA PERIOD' in microseconds (at least %u, the period at most %u)",
				CPU_QUOTA_MIN, CPU_PERIOD_MAX);
		return 0;
	case CGROUP_LIST:
		if (!is_list(text))
			return fail(f, 0, "not a list of numbers, as 0-3,5");
		break;
	case CGROUP_DEVICE:
		return device_value(k, text, ret, f);
	case CGROUP_WEIGHT:
		return weight_value(k, text, ret, f);
	case CGROUP_RAW:
		break;
	}
	*ret = xstrdup(text);
	return 0;
}

/* ---- lists of settings ---- */

const struct cgroup_setting *cgroup_find(const struct cgroup_settings *s, const char *key)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->list[i].key, key) == 0)
			return &s->list[i];
	return NULL;
}

/* The same file, and of one with lines the same device? */
static bool is_same(const struct cgroup_setting *a, const char *key, const char *value)
{
	size_t len = strcspn(a->value, " ");

	return strcmp(a->key, key) == 0 &&
	       (!cgroup_has_lines(key) || (strcspn(value, " ") == len && strncmp(a->value, value, len) == 0));
}

int cgroup_add(struct cgroup_settings *s, const char *key, const char *text, struct fail *f)
{
	char *value = NULL;
	size_t i = 0;
	int r;

	r = cgroup_value(key, text, &value, f);
	if (r < 0 || !value)
		return r;
	while (i < s->count && !is_same(&s->list[i], key, value))
		i++;
	if (i == s->count) {
		s->list = xrealloc(s->list, s->count + 1, sizeof(*s->list));
		s->list[s->count++] = (struct cgroup_setting){ .key = xstrdup(key) };
	} else {
		free(s->list[i].text);
		free(s->list[i].value);
	}
	s->list[i].text = xstrdup(text);
	s->list[i].value = value;
	return 0;
}

void cgroup_settings_free(struct cgroup_settings *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->list[i].key);
		free(s->list[i].text);
		free(s->list[i].value);
	}
	free(s->list);
	*s = (struct cgroup_settings){ 0 };
}

/* The smaller one of what is there and this. */
static int add_minimum(struct cgroup_settings *s, const char *key, uint64_t bytes, struct fail *f)
{
	const struct cgroup_setting *old = cgroup_find(s, key);
	_cleanup_free_ char *text = size_text(bytes);
	uint64_t n;

	if (old && cgroup_parse_size(old->value, &n) == 0 && n <= bytes)
		return 0;
	return cgroup_add(s, key, text, f);
}

int cgroup_add_pages(struct cgroup_settings *s, const char *name, uint64_t minimum, uint64_t soft, uint64_t hard,
		     struct fail *f)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	if (strcmp(name, "rss") != 0 && strcmp(name, "anon") != 0)
		return 0;
	if (hard <= INT64_MAX / page && add_minimum(s, "memory.max", hard * page, f) < 0)
		return f->error;
	if (soft < hard && soft <= INT64_MAX / page && add_minimum(s, "memory.high", soft * page, f) < 0)
		return f->error;
	if (minimum && minimum <= INT64_MAX / page && add_minimum(s, "memory.min", minimum * page, f) < 0)
		return f->error;
	return 1;
}
