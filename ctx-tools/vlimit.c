// SPDX-License-Identifier: GPL-2.0-or-later
/* vlimit - limits of the resources of a context */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "enter.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "path.h"
#include "rlimits.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_XID = 256,
	OPT_ALL,
	OPT_NUMBERS,
	OPT_DECIMAL,
	OPT_JSON,
	OPT_USE,
	OPT_MIN,
	OPT_SOFT,
	OPT_HARD,
	OPT_DIR,
	OPT_MISSINGOK,
	OPT_SAVE,
	OPT_RESET_HITS,
	OPT_RESET_MINMAX,
	OPT_LIMIT = 0x1000,	/* plus the number of the resource */
};

#define RES(name, id)	{ name, 0, "VALUE", OPT_LIMIT + (id), NULL }
#define NUM(text, id)	{ text, 0, "VALUE", OPT_LIMIT + (id), NULL }

static const struct opt options[] = {
	OPT_GROUP("Which context"),
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name (default: the own context)" },
	{ "ctx", 0, "CONTEXT", OPT_XID, NULL },
	OPT_GROUP("Show"),
	{ "all", 'a', NULL, OPT_ALL, "minimum, soft and hard limits" },
	{ "number", 'n', NULL, OPT_NUMBERS, "numbers in place of names" },
	{ "decimal", 'd', NULL, OPT_DECIMAL, "decimal in place of hexadecimal values" },
	{ "use", 'u', NULL, OPT_USE, "what is used, the most that was used, limits, how\noften more was refused" },
	{ "json", 0, NULL, OPT_JSON, "all of that as JSON" },
	OPT_GROUP("Set"),
	{ "minimum", 'M', NULL, OPT_MIN, "the next limit is a minimum" },
	{ "soft", 'S', NULL, OPT_SOFT, "the next limit is a soft one" },
	{ "hard", 'H', NULL, OPT_HARD, "the next limit is a hard one (default)" },
	{ "dir", 0, "DIR", OPT_DIR, "take limits from files RES, RES.soft, RES.hard" },
	{ "missingok", 0, NULL, OPT_MISSINGOK, "a directory that is not there is no mistake" },
	{ "save", 0, NULL, OPT_SAVE, "write them to the configuration of the guest, too" },
	{ "reset-hits", 0, NULL, OPT_RESET_HITS, "count refusals from 0 on" },
	{ "reset-minmax", 0, NULL, OPT_RESET_MINMAX, "take the use of now for the least and the most" },
	RES("cpu", VCTX_LIMIT_CPU), RES("fsize", VCTX_LIMIT_FSIZE), RES("data", VCTX_LIMIT_DATA),
	RES("stack", VCTX_LIMIT_STACK), RES("core", VCTX_LIMIT_CORE), RES("rss", VCTX_LIMIT_RSS),
	RES("nproc", VCTX_LIMIT_NPROC), RES("nofile", VCTX_LIMIT_NOFILE), RES("memlock", VCTX_LIMIT_MEMLOCK),
	RES("as", VCTX_LIMIT_AS), RES("locks", VCTX_LIMIT_LOCKS), RES("msgqueue", VCTX_LIMIT_MSGQUEUE),
	RES("nsock", VCTX_LIMIT_NSOCK), RES("openfd", VCTX_LIMIT_OPENFD), RES("anon", VCTX_LIMIT_ANON),
	RES("shmem", VCTX_LIMIT_SHMEM), RES("semary", VCTX_LIMIT_SEMARY), RES("nsems", VCTX_LIMIT_NSEMS),
	RES("dentry", VCTX_LIMIT_DENTRY), RES("sigpending", VCTX_LIMIT_SIGPENDING), RES("inotify", VCTX_LIMIT_INOTIFY),
	RES("watches", VCTX_LIMIT_WATCHES), RES("keys", VCTX_LIMIT_KEYS), RES("pipepages", VCTX_LIMIT_PIPEPAGES),
	RES("mounts", VCTX_LIMIT_MOUNTS),
	NUM("0", 0), NUM("1", 1), NUM("2", 2), NUM("3", 3), NUM("4", 4), NUM("5", 5), NUM("6", 6), NUM("7", 7),
	NUM("8", 8), NUM("9", 9), NUM("10", 10), NUM("12", 12), NUM("16", 16), NUM("17", 17), NUM("18", 18), NUM("19", 19),
	NUM("20", 20), NUM("21", 21), NUM("22", 22), NUM("23", 23), NUM("32", 32), NUM("33", 33), NUM("34", 34),
	NUM("35", 35), NUM("36", 36), NUM("37", 37),
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vlimit",
	.synopsis = "[--xid=CONTEXT] (--all [--number] [--decimal] | --use | --json)\n"
		    " [--] [PROGRAM [ARG...]]\n"
		    "[--xid=CONTEXT] [[-M] [-S] [-H] --RES=VALUE]...\n"
		    " [--dir=DIR [--missingok]] [--save] [--reset-hits]\n"
		    " [--reset-minmax] [--] [PROGRAM [ARG...]]",
	.purpose = "Show or set the limits of the resources of a context.",
	.options = options,
	.extra = "RES is one of nproc nofile openfd locks nsock msgqueue shmem semary nsems\n"
		 "sigpending inotify watches keys pipepages mounts, of cpu fsize data stack core\n"
		 "rss memlock as anon dentry where a kernel limits them, or a number.\n"
		 "VALUE is a number with suffix K, M, G (by 1024) or k, m, g (by 1000), or inf;\n"
		 "64MB and the like are bytes where pages are counted.",
	.examples = "vlimit --xid web1 --use\n"
		    "vlimit --xid web1 --save --nproc 500 -S --nofile 8k --hard --nofile 10k",
	.manual = "vlimit(8)",
	.stop = true,
};

static struct vctx_limit_change given[VCTX_LIMIT_MAX_];
static bool is_given[VCTX_LIMIT_MAX_];
static char **command;

/* ---- set ---- */

enum { WHAT_MIN = 1, WHAT_SOFT = 2, WHAT_HARD = 4 };

static void note(unsigned int id, unsigned int what, uint64_t value)
{
	struct vctx_limit_change *l = &given[id];

	if (!is_given[id])
		*l = (struct vctx_limit_change){ .id = id, .soft = VCTX_LIMIT_KEEP, .hard = VCTX_LIMIT_KEEP };
	is_given[id] = true;
	if (what & WHAT_SOFT)
		l->soft = value;
	if (what & WHAT_HARD || !what)
		l->hard = value;
}

/* What the command line gives wins over the files. */
static int read_dir(const char *path, bool missing_ok)
{
	_cleanup_limits_ struct limits_config c = { .count = 0 };
	struct fail f = { 0 };
	int r = limits_config_read(AT_FDCWD, path, &c, &f);

	if (r < 0) {
		msg_error("%s", f.text);
		return r;
	}
	if (r == 0 && !missing_ok) {
		msg_error("no directory '%s'", path);
		return -ENOENT;
	}
	for (char **n = c.unknown; n && *n; n++)
		msg_warning("'%s' has no effect: no limit of this name", *n);
	for (size_t i = 0; i < c.count; i++) {
		struct vctx_limit_change l = c.list[i];
		unsigned int id = l.id;

		if (is_given[id] && given[id].soft != VCTX_LIMIT_KEEP)
			l.soft = given[id].soft;
		if (is_given[id] && given[id].hard != VCTX_LIMIT_KEEP)
			l.hard = given[id].hard;
		given[id] = l;
		is_given[id] = true;
	}
	return 0;
}

/*
 * 0, 1 when the kernel does not limit one of them (with a line for each), or a negative errno. @set: the context is there;
 * else only the configuration changes.
 */
static int set_all(uint32_t xid, const char *text, bool set, int config)
{
	int result = 0;

	for (unsigned int id = 0; id < VCTX_LIMIT_MAX_; id++) {
		struct fail f = { 0 };
		int r;

		if (!is_given[id])
			continue;
		r = set ? vctx_limits_set(xid, &given[id], 1) : 0;
		if (r < 0) {
			msg_error("cannot set limit '%s' of context %s: %s", vctx_limit_name(id), text,
				  limit_refused(id, r));
			if (r != -EINVAL && r != -EOPNOTSUPP)
				return r;
			result = 1;
		} else if (config >= 0 && limits_config_save(config, "rlimits", &given[id], &f) < 0) {
			msg_error("limit '%s' is not saved: %s", vctx_limit_name(id), f.text);
			return f.error;
		}
	}
	return result;
}

/* The configuration directory of a guest given by its name: descriptor or -1. */
static int open_config(const char *text)
{
	_cleanup_free_ char *path = NULL;
	uint32_t number;
	int fd;

	if (text && text[0] != ':' && (strcmp(text, "self") == 0 || parse_u32(text, &number) == 0))
		text = NULL;
	if (!text) {
		(void)msg_usage("--save needs --xid with the name of a guest");
		return -1;
	}
	path = xasprintf("%s/%s", parse_confdir(), text + (text[0] == ':'));
	fd = path_open_root(path);
	if (fd < 0)
		msg_errno(fd, "cannot open '%s'", path);
	return fd;
}

/* ---- show ---- */

/* Those that the kernel limits and, where it has statistics, all that it counts: 0 or a negative errno. */
static int read_all(uint32_t xid, struct vctx_stat *s, struct vctx_limit_mask *mask)
{
	int r = vctx_limit_mask(mask);

	if (r == 0)
		r = vctx_stat_get(xid, s);
	if (r != -EOPNOTSUPP && r != -EPERM)
		return r;
	/* by the call, one after the other */
	s->limit_count = 0;
	for (unsigned int id = 0; id < VCTX_LIMIT_NETLINK && s->limit_count < VCTX_STAT_LIMITS; id++) {
		struct vctx_limit_entry e = { .id = id };

		if (!vctx_limit_name(id) || vctx_limit_stat(xid, id, &e) < 0)
			continue;
		r = vctx_limit_get(xid, id, &e.soft, &e.hard);
		if (r < 0 && r != -EINVAL)
			return r;
		(void)copy_string(e.name, sizeof(e.name), vctx_limit_name(id));
		s->limit[s->limit_count++] = e;
	}
	return 0;
}

static void print_value(bool there, uint64_t value, bool decimal)
{
	if (!there)
		(void)printf("  %18s", "N/A");
	else if (value == VCTX_LIMIT_INFINITY)
		(void)printf("  %18s", "inf");
	else if (decimal)
		(void)printf("  %18" PRIu64, value);
	else
		(void)printf("  %#18" PRIx64, value);
}

/* The known form; there is no minimum whose value could be asked for. */
static void print_all(const struct vctx_stat *s, const struct vctx_limit_mask *mask, bool numbers, bool decimal)
{
	for (size_t i = 0; i < s->limit_count; i++) {
		const struct vctx_limit_entry *e = &s->limit[i];
		uint32_t bit = e->id < 32 ? 1U << e->id : 0;
		bool soft = e->id >= 32 || (mask->soft & bit), hard = e->id >= 32 || (mask->hard & bit);

		if (!soft && !hard)
			continue;
		if (numbers)
			(void)printf("%-10u", e->id);
		else
			(void)printf("%-10s", e->name);
		print_value(mask->minimum & bit, 0, decimal);
		print_value(soft, e->soft, decimal);
		print_value(hard, e->hard, decimal);
		(void)putchar('\n');
	}
}

static void print_json(uint32_t xid, const struct vctx_stat *s)
{
	struct json j = JSON_INIT(stdout);

	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_number(&j, "xid", xid);
	json_limits(&j, s->limit, s->limit_count);
	json_end(&j);
}

static int show(uint32_t xid, const char *text, int how, bool numbers, bool decimal)
{
	struct vctx_limit_mask mask = { 0 };
	static struct vctx_stat s;
	int r = read_all(xid, &s, &mask);

	if (r < 0) {
		msg_error("cannot read the limits of context %s: %s", text, vctx_strerror(VCTX_CALL_LIMIT, r));
		return own_failure(command);
	}
	if (how == OPT_JSON)
		print_json(xid, &s);
	else if (how == OPT_USE)
		print_limits(s.limit, s.limit_count);
	else
		print_all(&s, &mask, numbers, decimal);
	return msg_close_stdout() ? own_failure(command) : 0;
}

/* ---- all ---- */

static int reset(uint32_t xid, const char *text, bool hits, bool minmax)
{
	int r = 0;

	if (hits)
		r = vctx_limit_reset_hits(xid);
	if (r == 0 && minmax)
		r = vctx_limit_reset_minmax(xid);
	if (r < 0)
		msg_error("cannot reset the counters of context %s: %s", text, vctx_strerror(VCTX_CALL_LIMIT, r));
	return r;
}

int main(int argc, char **argv)
{
	bool numbers = false, decimal = false, missing_ok = false, save = false, hits = false, minmax = false;
	const char *arg_xid = NULL, *arg_dir = NULL, *text;
	uint32_t xid = VCTX_XID_NONE;
	bool any = false, running = false;
	_cleanup_close_ int config = -1;
	struct opt_state s;
	unsigned int what = 0;
	int c, r, how = 0, refused;
	uint64_t value;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_XID:
			arg_xid = s.arg;
			break;
		case OPT_ALL:
		case OPT_USE:
		case OPT_JSON:
			/* --all --json is --json */
			if (how == OPT_ALL && c == OPT_JSON)
				how = 0;
			if (how == OPT_JSON && c == OPT_ALL)
				break;
			r = opt_choose(&program, &how, c);
			if (r)
				return r;
			break;
		case OPT_NUMBERS:
			numbers = true;
			break;
		case OPT_DECIMAL:
			decimal = true;
			break;
		case OPT_MIN:
			what |= WHAT_MIN;
			break;
		case OPT_SOFT:
			what |= WHAT_SOFT;
			break;
		case OPT_HARD:
			what |= WHAT_HARD;
			break;
		case OPT_DIR:
			arg_dir = s.arg;
			break;
		case OPT_MISSINGOK:
			missing_ok = true;
			break;
		case OPT_SAVE:
			save = true;
			break;
		case OPT_RESET_HITS:
			hits = true;
			break;
		case OPT_RESET_MINMAX:
			minmax = true;
			break;
		default:
			if (limit_parse((unsigned int)c - OPT_LIMIT, s.arg, &value) < 0)
				return msg_usage("'%s' is not a value for limit '%s'", s.arg,
						 vctx_limit_name((unsigned int)c - OPT_LIMIT));
			if (what & WHAT_MIN)
				msg_warning("no minimum of limit '%s' is set: no kernel has one",
					    vctx_limit_name((unsigned int)c - OPT_LIMIT));
			if (what != WHAT_MIN)
				note((unsigned int)c - OPT_LIMIT, what, value);
			any = true;
			what = 0;
		}
	}
	if (c < 0)
		return s.exit_code;
	command = argv + s.index;
	if (what)
		return msg_usage("a limit is needed behind -M, -S and -H");
	if ((numbers || decimal) && how != OPT_ALL)
		return msg_usage("--number and --decimal need --all");
	if (missing_ok && !arg_dir)
		return msg_usage("--missingok needs --dir");
	if (save && !any && !arg_dir)
		return msg_usage("--save needs limits to set");
	if (!how && !any && !arg_dir && !hits && !minmax && !command[0])
		return msg_usage("--all, --use, --json or something to set is needed");
	if (save) {
		config = open_config(arg_xid);
		if (config < 0)
			return 2;
	}
	if (arg_dir && read_dir(arg_dir, missing_ok) < 0)
		return own_failure(command);
	text = arg_xid ? arg_xid : "self";
	if (save) {
		/* one that does not run has no limits yet, and its number may be somebody else's now */
		r = context_of_guest(text + (text[0] == ':'), &xid, &running);
		if (r < 0 && r != -ENODATA) {
			msg_errno(r, "cannot read the number of '%s'", text);
			return own_failure(command);
		}
		if (!running && (hits || minmax || how))
			return msg_usage("'%s' does not run: there is nothing to show or to reset", text);
	} else if (parse_context(text, &xid) < 0) {
		return arg_xid ? 2 : own_failure(command);
	}
	if (reset(xid, text, hits, minmax) < 0)
		return own_failure(command);
	refused = set_all(xid, text, !save || running, config);
	if (refused < 0)
		return own_failure(command);
	if (how) {
		r = show(xid, text, how, numbers, decimal);
		if (r)
			return r;
	}
	/* as ever: what a kernel does not limit is told, and the program runs */
	if (command[0])
		return run_command(command);
	return refused;
}
