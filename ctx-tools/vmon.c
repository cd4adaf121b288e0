// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmon - follow what happens to contexts
 *
 * The subscription comes before the list, so nothing falls between. When events were lost the list is read again and
 * compared with what was known: who came is told as "present", who went as "gone".
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "rlimits.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_JSON = 256,
	OPT_LIST,
	OPT_XID,
	OPT_TYPE,
	OPT_COUNT,
	OPT_TIMEOUT,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "since-list", 'l', NULL, OPT_LIST, "begin with the contexts that are there" },
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name; may be given several times" },
	{ "type", 't', "LIST", OPT_TYPE, "only these: created, started, reboot, ended, limit,\nsoft-limit, oom, frozen, present, gone, lost" },
	{ "count", 'n', "N", OPT_COUNT, "end after N lines" },
	{ "timeout", 0, "SECONDS", OPT_TIMEOUT, "end after so long" },
	{ "json", 0, NULL, OPT_JSON, "a line of JSON for each" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vmon",
	.synopsis = "[--since-list] [--xid=CONTEXT]... [--type=LIST] [--count=N]\n"
		    " [--timeout=SECONDS] [--json]",
	.purpose = "Follow what happens to contexts: their begin and end, limits that are hit.",
	.options = options,
	.examples = "vmon --since-list\n"
		    "vmon --json --type limit,oom --xid web1",
	.manual = "vmon(8)",
};

/* Beside those of the kernel. */
enum { TYPE_PRESENT = 32, TYPE_GONE, TYPE_LOST };

static uint64_t arg_types = ~0ULL;
static bool arg_json, arg_list;
static struct filter {
	uint32_t xid;
	char *name;		/* short name, NULL: by the number */
} *filters;
static size_t filter_count;
static uint64_t arg_count;	/* lines that are left, 0 no end */

static const char *type_name(int type)
{
	switch (type) {
	case TYPE_PRESENT:
		return "present";
	case TYPE_GONE:
		return "gone";
	case TYPE_LOST:
		return "lost";
	default:
		return vctx_event_name((enum vctx_event_type)type);
	}
}

static int type_from_name(const char *name)
{
	enum vctx_event_type type;

	for (int i = TYPE_PRESENT; i <= TYPE_LOST; i++)
		if (strcasecmp(name, type_name(i)) == 0)
			return i;
	return vctx_event_from_name(name, &type) == 0 ? (int)type : -1;
}

/* ---- what is known to be there ---- */

struct known {
	uint32_t xid;
	char name[VCTX_NAME_SIZE];
	bool seen;
};

static struct {
	struct known *list;
	size_t count, size;
} all;

static struct known *find_known(uint32_t xid)
{
	for (size_t i = 0; i < all.count; i++)
		if (all.list[i].xid == xid)
			return &all.list[i];
	return NULL;
}

static struct known *add_known(uint32_t xid, const char *name)
{
	struct known *k = find_known(xid);

	if (!k) {
		if (all.count == all.size) {
			all.size = all.size ? all.size * 2 : 64;
			all.list = xrealloc(all.list, all.size, sizeof(*all.list));
		}
		k = &all.list[all.count++];
		*k = (struct known){ .xid = xid };
	}
	if (*name)
		(void)copy_string(k->name, sizeof(k->name), name);
	return k;
}

static void remove_known(struct known *k)
{
	*k = all.list[--all.count];
}

/* ---- output ---- */

static bool is_wanted(int type, uint32_t xid, const char *name)
{
	if (type >= 0 && type < 64 && !(arg_types & 1ULL << type))
		return false;
	if (!filter_count || type == TYPE_LOST)
		return true;
	for (size_t i = 0; i < filter_count; i++)
		if (filters[i].name ? strcmp(filters[i].name, guest_of_context(name)) == 0 : filters[i].xid == xid)
			return true;
	return false;
}

/* What memory has to do with it. */
static bool is_memory(int type)
{
	return type == VCTX_EVENT_OOM || type == VCTX_EVENT_FROZEN;
}

static void print_json(int type, const struct vctx_event *e)
{
	struct json j = JSON_LINE(stdout);
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	json_object(&j, NULL);
	json_real(&j, "time_s", (double)now.tv_sec + (double)now.tv_nsec / 1e9, 3);
	json_string(&j, "type", type_name(type));
	if (type < TYPE_PRESENT)
		json_number(&j, "seq", e->seq);
	else
		json_null(&j, "seq");
	if (type != TYPE_LOST) {
		json_number(&j, "xid", e->xid);
		json_string(&j, "name", guest_of_context(e->name));
		if (e->init_pid)
			json_number(&j, "init_pid", e->init_pid);
		else
			json_null(&j, "init_pid");
	}
	if (type == VCTX_EVENT_ENDED || type == VCTX_EVENT_REBOOT) {
		json_number(&j, "status", (uint32_t)e->status);
		json_number(&j, "reboot_cmd", e->reboot_cmd);
	}
	if (e->has_limit) {
		json_string(&j, "limit", e->limit.name);
		json_number(&j, "used", e->limit.used);
		json_number(&j, "peak", e->limit.peak);
		json_limit(&j, "soft", e->limit.soft);
		json_limit(&j, "hard", e->limit.hard);
		json_number(&j, "hits", e->limit.hits);
	}
	if (type == VCTX_EVENT_LIMIT || type == VCTX_EVENT_SOFT_LIMIT || is_memory(type)) {
		if (e->pid)
			json_number(&j, "pid", e->pid);
		else
			json_null(&j, "pid");
		json_string(&j, "comm", e->comm[0] ? e->comm : NULL);
	}
	if (is_memory(type))
		json_limit(&j, "memory_max_bytes", e->memory_max);
	json_end(&j);
}

static void print_text(int type, const struct vctx_event *e)
{
	char when[16], buf[LIMIT_TEXT_SIZE];
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm) || !strftime(when, sizeof(when), "%H:%M:%S", &tm))
		when[0] = '\0';
	(void)printf("%s %-10s ", when, type_name(type) ? type_name(type) : "?");
	if (type == TYPE_LOST) {
		(void)puts("events were lost, the contexts are read again");
		return;
	}
	(void)printf("%5u ", e->xid);
	print_clean(stdout, *e->name ? guest_of_context(e->name) : "-");
	if (e->has_limit) {
		(void)fputs(" limit=", stdout);
		print_clean(stdout, e->limit.name);
		(void)printf(" used=%" PRIu64, e->limit.used);
		(void)printf(" soft=%s", limit_text(e->limit.soft, buf));
		(void)printf(" hard=%s hits=%u", limit_text(e->limit.hard, buf), e->limit.hits);
	}
	if (is_memory(type) && e->memory_max != VCTX_LIMIT_INFINITY)
		(void)printf(" memory_max=%" PRIu64, e->memory_max);
	if (e->pid)
		(void)printf(" pid=%u", e->pid);
	if (e->comm[0]) {
		(void)fputs(" comm=", stdout);
		print_clean(stdout, e->comm);
	}
	if (type == VCTX_EVENT_ENDED) {
		if (WIFSIGNALED(e->status))
			(void)printf(" signal=%d", WTERMSIG(e->status));
		else
			(void)printf(" code=%d", WEXITSTATUS(e->status));
	}
	if (e->reboot_cmd)
		(void)printf(" reboot=%#x", e->reboot_cmd);
	(void)putchar('\n');
}

/* 1 when that was the last line that is wanted, or nobody reads any more. */
static int tell(int type, const struct vctx_event *e)
{
	/* of a later kernel */
	if (!type_name(type) || !is_wanted(type, e->xid, e->name))
		return 0;
	if (arg_json)
		print_json(type, e);
	else
		print_text(type, e);
	if (fflush(stdout) != 0)
		return 1;
	return arg_count && !--arg_count;
}

/* ---- the list ---- */

struct resync {
	bool told;		/* what is new */
	int done;
};

static int see(const struct vctx_ctx_entry *c, void *data)
{
	struct resync *s = data;
	struct known *k = find_known(c->xid);
	bool is_new = !k || (*c->name && *k->name && strcmp(c->name, k->name) != 0);

	k = add_known(c->xid, c->name);
	k->seen = true;
	if (is_new && s->told) {
		struct vctx_event e = { .xid = c->xid, .init_pid = c->init_pid };

		(void)copy_string(e.name, sizeof(e.name), c->name);
		s->done = tell(TYPE_PRESENT, &e);
	}
	return s->done;
}

/* 0, 1 at the end, or a negative errno. */
static int read_list(bool told)
{
	struct resync s = { .told = told };
	int r;

	for (size_t i = 0; i < all.count; i++)
		all.list[i].seen = false;
	r = vctx_ctx_foreach(see, &s);
	if (r)
		return r;
	for (size_t i = 0; i < all.count;) {
		struct vctx_event e = { .xid = all.list[i].xid };

		if (all.list[i].seen) {
			i++;
			continue;
		}
		(void)copy_string(e.name, sizeof(e.name), all.list[i].name);
		remove_known(&all.list[i]);
		if (tell(TYPE_GONE, &e))
			return 1;
	}
	return 0;
}

/* ---- all ---- */

static volatile sig_atomic_t ended;

static void on_end(int sig)
{
	ended = sig;
}

static int lost(void)
{
	const struct vctx_event none = { 0 };

	return tell(TYPE_LOST, &none) ? 1 : read_list(true);
}

static int one_event(struct vctx_event *e)
{
	struct known *k = find_known(e->xid);

	/* a name that the event does not have any more, or not yet */
	if (k && !*e->name)
		(void)copy_string(e->name, sizeof(e->name), k->name);
	if (e->type == VCTX_EVENT_ENDED) {
		if (k)
			remove_known(k);
	} else {
		(void)add_known(e->xid, e->name);
	}
	return tell((int)e->type, e);
}

/* Read what is there: 0 nothing more now, 1 at the end, or a negative errno. */
static int drain(struct vctx_events *events, uint32_t *seq, bool *has_seq)
{
	for (;;) {
		struct vctx_event e;
		int r = vctx_events_read(events, 0, &e);

		if (r == -EAGAIN || r == -EINTR)
			return 0;
		if (r == -ENOBUFS) {
			*has_seq = false;
			r = lost();
			if (r)
				return r;
			continue;
		}
		if (r < 0)
			return r;
		/* a gap that the socket did not tell */
		if (*has_seq && e.seq != *seq + 1) {
			r = lost();
			if (r)
				return r;
		}
		*seq = e.seq;
		*has_seq = true;
		r = one_event(&e);
		if (r)
			return r;
	}
}

static int follow(struct vctx_events **events, int timeout_ms)
{
	int64_t end = timeout_ms >= 0 ? monotonic_ms() + timeout_ms : 0;
	bool has_seq = false;
	uint32_t seq = 0;
	sigset_t none;
	int r;

	sigemptyset(&none);
	r = read_list(arg_list);
	while (r == 0 && !ended) {
		struct pollfd p[2] = {
			{ .fd = *events ? vctx_events_fd(*events) : -1, .events = POLLIN },
			{ .fd = STDOUT_FILENO },	/* nobody reads any more */
		};
		int64_t now = monotonic_ms(), wait = 1000;
		struct timespec t;

		if (timeout_ms >= 0) {
			if (now >= end)
				break;
			wait = end - now;
		}
		if (!*events && wait > 1000)
			wait = 1000;
		t = (struct timespec){ (time_t)(wait / 1000), (long)(wait % 1000 * 1000000) };
		(void)ppoll(p, 2, timeout_ms < 0 && *events ? NULL : &t, &none);
		if (p[1].revents & (POLLERR | POLLHUP))
			break;
		if (ended)
			break;
		if (!*events) {
			/* another subscription: who came and went meanwhile is in the list */
			if (vctx_events_open(events) < 0)
				continue;
			has_seq = false;
			r = read_list(true);
			continue;
		}
		r = drain(*events, &seq, &has_seq);
		if (r < 0) {
			const struct vctx_event nothing = { 0 };

			*events = vctx_events_close(*events);
			r = tell(TYPE_LOST, &nothing);
		}
	}
	return r < 0 ? r : 0;
}

static int add_filter(const char *text)
{
	struct filter f = { .xid = VCTX_XID_NONE };
	uint32_t number;

	if (text[0] != ':' && parse_u32(text, &number) == 0) {
		if (number < VCTX_XID_MIN || number > VCTX_XID_MAX)
			return msg_usage("wrong context '%s': not in the range %u to %u", text, VCTX_XID_MIN, VCTX_XID_MAX);
		f.xid = number;
	} else {
		/* a guest that does not run yet has no number */
		f.name = xstrdup(text + (text[0] == ':'));
	}
	filters = xrealloc(filters, filter_count + 1, sizeof(*filters));
	filters[filter_count++] = f;
	return 0;
}

static int parse_types(const char *list)
{
	_cleanup_free_ char *copy = xstrdup(list);
	char *save = NULL;

	arg_types = 0;
	for (char *w = strtok_r(copy, ", ", &save); w; w = strtok_r(NULL, ", ", &save)) {
		int type = type_from_name(w);

		if (type < 0)
			return msg_usage("unknown type of event '%s'", w);
		arg_types |= 1ULL << type;
	}
	return arg_types ? 0 : msg_usage("--type needs a type of event");
}

static void block_ends(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_end };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaddset(&set, ends[i]);
		(void)sigaction(ends[i], &sa, NULL);
	}
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
	struct vctx_events *events = NULL;
	int c, r, timeout_ms = -1;
	struct opt_state s;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		r = 0;
		switch (c) {
		case OPT_JSON:
			arg_json = true;
			break;
		case OPT_LIST:
			arg_list = true;
			break;
		case OPT_XID:
			r = add_filter(s.arg);
			break;
		case OPT_TYPE:
			r = parse_types(s.arg);
			break;
		case OPT_COUNT:
			if (parse_u64(s.arg, &arg_count) < 0 || !arg_count)
				r = msg_usage("'%s' is not a number of lines", s.arg);
			break;
		case OPT_TIMEOUT:
			if (parse_seconds(s.arg, &timeout_ms) < 0)
				r = msg_usage("'%s' is not a number of seconds", s.arg);
			break;
		}
		if (r)
			return r;
	}
	if (c < 0)
		return s.exit_code;
	if (s.index < argc)
		return msg_usage("unexpected word '%s'", argv[s.index]);
	block_ends();
	r = vctx_events_open(&events);
	if (r < 0) {
		msg_error("cannot follow events: %s", r == -EOPNOTSUPP || r == -ENOSYS ?
			  "this kernel has no events of virtual servers, or only root of the host may ask" :
			  vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	r = follow(&events, timeout_ms);
	(void)vctx_events_close(events);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	for (size_t i = 0; i < filter_count; i++)
		free(filters[i].name);
	free(filters);
	free(all.list);
	return msg_close_stdout();
}
