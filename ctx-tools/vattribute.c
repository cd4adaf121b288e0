// SPDX-License-Identifier: GPL-2.0-or-later
/* vattribute - flags and capabilities of a context */
#include <errno.h>
#include <stdio.h>

#include <vctx.h>

#include "cleanup.h"
#include "enter.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"

enum {
	OPT_SET = 256,
	OPT_GET,
	OPT_XID,
	OPT_BCAP,
	OPT_CCAP,
	OPT_FLAG,
	OPT_UMASK,
	OPT_WMASK,
	OPT_SECURE,
	OPT_JSON,
};

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "set", 0, NULL, OPT_SET, "change attributes (default)" },
	{ "get", 0, NULL, OPT_GET, "show them" },
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name (default: the own context)" },
	{ "ctx", 0, "CONTEXT", OPT_XID, NULL },
	{ "json", 0, NULL, OPT_JSON, "with --get: as JSON" },
	OPT_GROUP("Attributes, in the order given; '!' or '~' before a word takes it away"),
	{ "bcap", 0, "LIST", OPT_BCAP, "system capabilities that count, e.g. net_raw,!kill" },
	{ "ccap", 0, "LIST", OPT_CCAP, "context capabilities, e.g. secure_mount" },
	{ "flag", 0, "LIST", OPT_FLAG, "context flags, e.g. virt_uptime,persistent" },
	{ "umask", 0, "LIST", OPT_UMASK, "spaces the guest may make itself, e.g. newuts" },
	{ "wmask", 0, "LIST", OPT_WMASK, "the same for the warn mask" },
	{ "secure", 0, NULL, OPT_SECURE, "the safe set for a guest" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vattribute",
	.synopsis = "[--set] [--xid=CONTEXT] [--bcap=LIST] [--ccap=LIST]\n"
		    " [--flag=LIST] [--umask=LIST] [--secure] [--]\n"
		    " [PROGRAM [ARG...]]\n"
		    "--get [--xid=CONTEXT] [--json] [--] [PROGRAM [ARG...]]",
	.purpose = "Change or show the flags and capabilities of a context.",
	.options = options,
	.examples = "vattribute --get --xid 100\n"
		    "vattribute --set --xid web1 --flag '!persistent' --bcap net_raw",
	.manual = "vattribute(8)",
	.stop = true,
};

enum { BCAPS, CCAPS, FLAGS, UMASK, WMASK, GROUPS };

static const struct group {
	enum vctx_words words;
	const char *heading, *key, *what;
	int (*set)(uint32_t xid, uint64_t value, uint64_t mask);
} groups[GROUPS] = {
	[BCAPS] = { VCTX_WORDS_BCAPS, "bcapabilities", "bcaps", "system capability", vctx_bcaps_set },
	[CCAPS] = { VCTX_WORDS_CCAPS, "ccapabilities", "ccaps", "context capability", vctx_ccaps_set },
	[FLAGS] = { VCTX_WORDS_CFLAGS, "flags", "cflags", "flag", vctx_cflags_set },
	[UMASK] = { VCTX_WORDS_UMASK, "umask", "umask", "space", vctx_umask_set },
	[WMASK] = { VCTX_WORDS_UMASK, "wmask", "wmask", "space", vctx_wmask_set },
};

static struct vctx_change change[GROUPS];
static char **command;

static void secure(void)
{
	change[BCAPS] = (struct vctx_change){ .value = VCTX_BC_SECURE, .mask = ~0ULL };
	change[CCAPS] = (struct vctx_change){ .value = VCTX_CC_SECURE, .mask = ~0ULL };
	change[FLAGS].value |= VCTX_CF_SECURE;
	change[FLAGS].mask |= VCTX_CF_SECURE;
}

static int get_group(uint32_t xid, int i, uint64_t *ret)
{
	switch (i) {
	case BCAPS:
		return vctx_bcaps_get(xid, ret);
	case CCAPS:
		return vctx_ccaps_get(xid, ret);
	case FLAGS:
		return vctx_cflags_get(xid, ret, NULL);
	case UMASK:
		return vctx_umask_get(xid, ret);
	default:
		return vctx_wmask_get(xid, ret);
	}
}

static int get(uint32_t xid, bool as_json)
{
	struct json j = JSON_INIT(stdout);
	uint64_t bits[GROUPS];
	bool known[GROUPS];
	int r;

	/* All before anything is printed. */
	for (int i = 0; i < GROUPS; i++) {
		r = get_group(xid, i, &bits[i]);
		known[i] = r == 0;
		if (r < 0 && i < UMASK) {
			msg_error("cannot read the %s of context %u: %s", groups[i].heading, xid,
				  vctx_strerror(VCTX_CALL_ANY, r));
			return own_failure(command);
		}
	}
	if (as_json) {
		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		json_number(&j, "xid", xid);
	}
	for (int i = 0; i < GROUPS; i++) {
		_cleanup_free_ char *text = NULL;

		if (as_json && !known[i]) {
			json_null(&j, groups[i].key);
			continue;
		}
		if (as_json) {
			if (json_words(&j, groups[i].key, groups[i].words, bits[i]) < 0)
				return own_failure(command);
			continue;
		}
		/* The published program knows four blocks; the fifth appears only when there is something. */
		if (!known[i] || (i == WMASK && !bits[i]))
			continue;
		if (vctx_words_format(groups[i].words, bits[i], ",", &text) < 0)
			return own_failure(command);
		(void)printf("%s:\n%s\n", groups[i].heading, text);
	}
	if (as_json)
		json_end(&j);
	return msg_close_stdout() ? own_failure(command) : run_command(command);
}

static int set(uint32_t xid)
{
	static const int order[] = { CCAPS, BCAPS, FLAGS, UMASK, WMASK };

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		const struct group *g = &groups[order[i]];
		const struct vctx_change *c = &change[order[i]];
		int r;

		if (!c->mask)
			continue;
		r = g->set(xid, c->value, c->mask);
		if (r < 0) {
			msg_error("cannot set the %s of context %u: %s", g->heading, xid,
				  vctx_strerror(VCTX_CALL_SET, r));
			return own_failure(command);
		}
	}
	return run_command(command);
}

int main(int argc, char **argv)
{
	uint32_t xid = VCTX_XID_NONE;
	bool as_json = false, changed = false;
	struct opt_state s;
	int c, r, mode = 0;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		int group = -1;

		switch (c) {
		case OPT_SET:
		case OPT_GET:
			r = opt_choose(&program, &mode, c);
			if (r)
				return r;
			break;
		case OPT_XID:
			if (parse_context(s.arg, &xid) < 0)
				return 2;
			break;
		case OPT_BCAP:
			group = BCAPS;
			break;
		case OPT_CCAP:
			group = CCAPS;
			break;
		case OPT_FLAG:
			group = FLAGS;
			break;
		case OPT_UMASK:
			group = UMASK;
			break;
		case OPT_WMASK:
			group = WMASK;
			break;
		case OPT_SECURE:
			secure();
			changed = true;
			break;
		case OPT_JSON:
			as_json = true;
			break;
		}
		if (group >= 0) {
			if (parse_words(groups[group].words, groups[group].what, s.arg, &change[group]) < 0)
				return 2;
			changed = true;
		}
	}
	if (c < 0)
		return s.exit_code;
	command = argv + s.index;
	if (mode == OPT_GET && changed)
		return msg_usage("--get does not go with attributes to set");
	if (mode != OPT_GET && as_json)
		return msg_usage("--json needs --get");
	if (xid == VCTX_XID_NONE && parse_context("self", &xid) < 0)
		return own_failure(command);
	return mode == OPT_GET ? get(xid, as_json) : set(xid);
}
