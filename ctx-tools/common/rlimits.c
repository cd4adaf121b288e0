// SPDX-License-Identifier: GPL-2.0-or-later
/* rlimits - limits of contexts as people write and read them */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cleanup.h"
#include "config.h"
#include "parse.h"
#include "path.h"
#include "rlimits.h"
#include "util.h"
#include "xalloc.h"

int limit_parse_number(const char *text, uint64_t *ret)
{
	if (strcasecmp(text, "inf") == 0 || strcasecmp(text, "unlimited") == 0) {
		*ret = VCTX_LIMIT_INFINITY;
		return 0;
	}
	/* the two last values mean something else */
	return parse_scaled(text, VCTX_LIMIT_KEEP - 1, ret);
}

int limit_parse(unsigned int id, const char *text, uint64_t *ret)
{
	const char *unit = vctx_limit_unit(id);
	_cleanup_free_ char *number = NULL;
	size_t len = strlen(text);
	uint64_t bytes, page = (uint64_t)sysconf(_SC_PAGESIZE);
	int r;

	if (len < 2 || text[len - 1] != 'B')
		return limit_parse_number(text, ret);
	if (!unit || (strcmp(unit, "pages") != 0 && strcmp(unit, "bytes") != 0))
		return -EINVAL;
	number = xstrndup(text, len - 1);
	r = limit_parse_number(number, &bytes);
	if (r < 0 || bytes == VCTX_LIMIT_INFINITY)
		return -EINVAL;
	*ret = strcmp(unit, "bytes") == 0 ? bytes : bytes / page + !!(bytes % page);
	return 0;
}

const char *limit_text(uint64_t value, char *buf)
{
	if (value == VCTX_LIMIT_INFINITY)
		return "unlimited";
	(void)snprintf(buf, LIMIT_TEXT_SIZE, "%" PRIu64, value);
	return buf;
}

void json_limit(struct json *j, const char *key, uint64_t value)
{
	if (value == VCTX_LIMIT_INFINITY)
		json_null(j, key);
	else
		json_number(j, key, value);
}

const char *limit_refused(unsigned int id, int error)
{
	if (error == -EINVAL || error == -EOPNOTSUPP || error == -ENOSYS)
		switch (id) {
		case VCTX_LIMIT_RSS:
		case VCTX_LIMIT_ANON:
		case VCTX_LIMIT_MEMLOCK:
			return "memory is limited by the control group of the guest, see vmemctrl(8)";
		}
	return vctx_strerror(VCTX_CALL_LIMIT, error);
}

unsigned int limit_percent(const struct vctx_limit_entry *e)
{
	if (e->hard == VCTX_LIMIT_INFINITY)
		return 0;
	/* nothing is allowed: exhausted when something was wanted */
	if (!e->hard)
		return e->used || e->hits ? 100 : 0;
	if (e->used >= e->hard)
		return 100;
	return (unsigned int)((double)e->used * 100 / (double)e->hard);
}

const struct vctx_limit_entry *limits_worst(const struct vctx_limit_entry *list, size_t count)
{
	const struct vctx_limit_entry *worst = NULL;

	for (size_t i = 0; i < count; i++)
		if (list[i].hard != VCTX_LIMIT_INFINITY && (!worst || limit_percent(&list[i]) > limit_percent(worst)))
			worst = &list[i];
	return worst;
}

void json_limits(struct json *j, const struct vctx_limit_entry *list, size_t count)
{
	json_list(j, "limits");
	for (size_t i = 0; i < count; i++) {
		json_object(j, NULL);
		json_string(j, "name", list[i].name);
		if (list[i].id < VCTX_LIMIT_MAX_)
			json_number(j, "id", list[i].id);
		else
			json_null(j, "id");
		json_string(j, "unit", vctx_limit_unit(list[i].id));
		json_number(j, "used", list[i].used);
		json_limit(j, "lowest", list[i].lowest);
		json_number(j, "peak", list[i].peak);
		json_limit(j, "soft", list[i].soft);
		json_limit(j, "hard", list[i].hard);
		json_number(j, "hits", list[i].hits);
		json_end(j);
	}
	json_end(j);
}

void print_limits(const struct vctx_limit_entry *list, size_t count)
{
	static const struct table_column columns[] = {
		{ "LIMIT", false }, { "USED", true }, { "PEAK", true }, { "SOFT", true },
		{ "HARD", true }, { "HITS", true }, { "UNIT", false },
	};
	struct table *t = table_new(columns, ARRAY_SIZE(columns));
	char buf[LIMIT_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		const char *unit = vctx_limit_unit(list[i].id);

		table_cell(t, list[i].name);
		table_cellf(t, "%" PRIu64, list[i].used);
		table_cellf(t, "%" PRIu64, list[i].peak);
		table_cell(t, limit_text(list[i].soft, buf));
		table_cell(t, limit_text(list[i].hard, buf));
		table_cellf(t, "%u", list[i].hits);
		table_cell(t, unit ? unit : "");
	}
	table_print(t, stdout);
	table_free(t);
}

/* ---- in the configuration of a guest ---- */

static int read_value(int dir, const char *path, unsigned int id, uint64_t *ret, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	int r = config_text(dir, path, &text, f);

	if (r <= 0)
		return r;
	if (limit_parse(id, text, ret) < 0)
		return fail(f, 0, "bad value in '%s': '%s' is not a limit", path, text);
	return 1;
}

static int read_resource(int dir, const char *path, const char *name, unsigned int id, struct limits_config *c,
			 struct fail *f)
{
	struct vctx_limit_change l = { .id = id, .soft = VCTX_LIMIT_KEEP, .hard = VCTX_LIMIT_KEEP };
	_cleanup_free_ char *both = xasprintf("%s/%s", path, name);
	_cleanup_free_ char *soft = xasprintf("%s.soft", both), *hard = xasprintf("%s.hard", both);
	int r = read_value(dir, both, id, &l.hard, f);

	if (r > 0)
		l.soft = l.hard;
	if (r >= 0)
		r = read_value(dir, soft, id, &l.soft, f);
	if (r >= 0)
		r = read_value(dir, hard, id, &l.hard, f);
	if (r >= 0 && (l.soft != VCTX_LIMIT_KEEP || l.hard != VCTX_LIMIT_KEEP))
		c->list[c->count++] = l;
	return r;
}

int limits_config_read(int dir, const char *path, struct limits_config *ret, struct fail *f)
{
	_cleanup_limits_ struct limits_config c = { .count = 0 };
	_cleanup_strv_ char **names = NULL;
	bool there[VCTX_LIMIT_MAX_] = { false };
	int r = config_names(dir, path, &names, f);

	if (r <= 0)
		return r;
	for (char **n = names; *n; n++) {
		size_t len = strcspn(*n, ".");
		_cleanup_free_ char *name = xstrndup(*n, len);
		const char *rest = *n + len;
		unsigned int id;

		if (vctx_limit_from_name(name, &id) == 0 && strcmp(name, vctx_limit_name(id)) == 0 &&
		    (!*rest || strcmp(rest, ".soft") == 0 || strcmp(rest, ".hard") == 0))
			there[id] = true;
		else
			strv_take(&c.unknown, xasprintf("%s/%s", path, *n));
	}
	for (unsigned int id = 0; id < VCTX_LIMIT_MAX_; id++) {
		if (!there[id])
			continue;
		r = read_resource(dir, path, vctx_limit_name(id), id, &c, f);
		if (r < 0)
			return r;
	}
	*ret = c;
	c.unknown = NULL;
	return 1;
}

void limits_config_free(struct limits_config *c)
{
	strv_free(c->unknown);
	c->unknown = NULL;
	c->count = 0;
}

int limits_config_save(int dir, const char *path, const struct vctx_limit_change *change, struct fail *f)
{
	const struct {
		const char *suffix;
		uint64_t value;
	} files[] = { { "soft", change->soft }, { "hard", change->hard } };
	int r = path_mkdir_in(dir, path, 0755);

	if (r < 0)
		return fail(f, r, "cannot make directory '%s'", path);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *file = xasprintf("%s/%s.%s", path, vctx_limit_name(change->id), files[i].suffix);
		_cleanup_free_ char *line = NULL;
		char buf[LIMIT_TEXT_SIZE];

		if (files[i].value == VCTX_LIMIT_KEEP)
			continue;
		/* "inf" is what older programs read, too */
		line = xasprintf("%s\n", files[i].value == VCTX_LIMIT_INFINITY ? "inf" :
				 limit_text(files[i].value, buf));
		r = path_write_in(dir, file, line, 0644);
		if (r < 0)
			return fail(f, r, "cannot write '%s'", file);
	}
	return 0;
}

/* ---- from inside a guest ---- */

static int self_value(char **at, uint64_t *ret)
{
	char *word = strsep(at, " ");

	while (word && !*word)
		word = strsep(at, " ");
	if (!word)
		return -EINVAL;
	if (strcmp(word, "unlimited") == 0) {
		*ret = VCTX_LIMIT_INFINITY;
		return 0;
	}
	/* decimal only */
	return word[strspn(word, "0123456789")] || (word[0] == '0' && word[1]) ? -EINVAL : parse_u64(word, ret);
}

static int self_line(char *line, struct vctx_limit_entry *ret)
{
	struct vctx_limit_entry e = { .id = VCTX_LIMIT_MAX_ };
	char *name = strsep(&line, " ");
	uint64_t hits = 0;

	if (!*name || !copy_string(e.name, sizeof(e.name), name) || self_value(&line, &e.used) < 0 ||
	    self_value(&line, &e.peak) < 0 || self_value(&line, &e.soft) < 0 || self_value(&line, &e.hard) < 0 ||
	    self_value(&line, &hits) < 0 || (line && line[strspn(line, " ")]))
		return -EINVAL;
	e.hits = hits > UINT32_MAX ? UINT32_MAX : (uint32_t)hits;
	e.lowest = VCTX_LIMIT_INFINITY;		/* not told */
	(void)vctx_limit_from_name(e.name, &e.id);
	*ret = e;
	return 0;
}

int limits_parse_self(const char *text, struct vctx_limit_entry **ret, size_t *ret_count)
{
	_cleanup_free_ char *copy = xstrdup(text);
	_cleanup_free_ struct vctx_limit_entry *list = NULL;
	char *at = copy, *line = strsep(&at, "\n");
	size_t count = 0;

	if (!line || strncmp(line, "Limit ", 6) != 0)
		return -EINVAL;
	while ((line = strsep(&at, "\n")) && (*line || at)) {
		list = xrealloc(list, count + 1, sizeof(*list));
		if (self_line(line, &list[count++]) < 0)
			return -EINVAL;
	}
	*ret = take_ptr(list);
	*ret_count = count;
	return 0;
}
