// SPDX-License-Identifier: GPL-2.0-or-later
/* nattribute - flags and capabilities of a network context */
#include <errno.h>
#include <stdio.h>

#include <vctx.h>

#include "cleanup.h"
#include "enter.h"
#include "msg.h"
#include "network.h"
#include "opt.h"
#include "out.h"
#include "parse.h"

enum {
	OPT_SET = 256,
	OPT_GET,
	OPT_NID,
	OPT_NCAP,
	OPT_FLAG,
	OPT_SECURE,
	OPT_JSON,
};

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "set", 0, NULL, OPT_SET, "change attributes (default)" },
	{ "get", 0, NULL, OPT_GET, "show them" },
	{ "nid", 'n', "NETWORK", OPT_NID, "number or guest name (default: the own one)" },
	{ "json", 0, NULL, OPT_JSON, "with --get: as JSON" },
	OPT_GROUP("Attributes, in the order given; '!' or '~' before a word takes it away"),
	{ "ncap", 0, "LIST", OPT_NCAP, "network capabilities, e.g. raw_icmp" },
	{ "flag", 0, "LIST", OPT_FLAG, "flags, e.g. single_ip,persistent" },
	{ "secure", 0, NULL, OPT_SECURE, "the safe set for a guest" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "nattribute",
	.synopsis = "[--set] [--nid=NETWORK] [--ncap=LIST] [--flag=LIST] [--secure]\n"
		    " [--] [PROGRAM [ARG...]]\n"
		    "--get [--nid=NETWORK] [--json] [--] [PROGRAM [ARG...]]",
	.purpose = "Change or show the flags and capabilities of a network context.",
	.options = options,
	.examples = "nattribute --get --nid 100\n"
		    "nattribute --set --nid web1 --flag '!hide_netif' --ncap tun_create",
	.manual = "nattribute(8)",
	.stop = true,
};

enum { CAPS, FLAGS, GROUPS };

static const struct group {
	enum vctx_words words;
	const char *heading, *key, *what;
	int (*set)(uint32_t nid, uint64_t value, uint64_t mask);
} groups[GROUPS] = {
	[CAPS] = { VCTX_WORDS_NCAPS, "ncapabilities", "ncaps", "network capability", vctx_ncaps_set },
	[FLAGS] = { VCTX_WORDS_NFLAGS, "flags", "nflags", "flag", vctx_nflags_set },
};

static struct vctx_change change[GROUPS];
static char **command;

static int get(uint32_t nid, bool as_json)
{
	struct json j = JSON_INIT(stdout);
	uint64_t bits[GROUPS];
	int r;

	r = vctx_ncaps_get(nid, &bits[CAPS]);
	if (r == 0)
		r = vctx_nflags_get(nid, &bits[FLAGS], NULL);
	if (r < 0) {
		msg_error("cannot read the attributes of network context %u: %s", nid, vctx_strerror(VCTX_CALL_NET, r));
		return own_failure(command);
	}
	if (as_json) {
		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		json_number(&j, "nid", nid);
	}
	for (int i = 0; i < GROUPS; i++) {
		_cleanup_free_ char *text = NULL;

		if (as_json) {
			if (json_words(&j, groups[i].key, groups[i].words, bits[i]) < 0)
				return own_failure(command);
			continue;
		}
		if (vctx_words_format(groups[i].words, bits[i], ",", &text) < 0)
			return own_failure(command);
		(void)printf("%s:\n%s\n", groups[i].heading, text);
	}
	if (as_json)
		json_end(&j);
	return msg_close_stdout() ? own_failure(command) : run_command(command);
}

static int set(uint32_t nid)
{
	for (int i = 0; i < GROUPS; i++) {
		const struct vctx_change *c = &change[i];
		int r = c->mask ? groups[i].set(nid, c->value, c->mask) : 0;

		if (r < 0) {
			msg_error("cannot set the %s of network context %u: %s", groups[i].heading, nid,
				  vctx_strerror(VCTX_CALL_NET, r));
			return own_failure(command);
		}
	}
	return run_command(command);
}

int main(int argc, char **argv)
{
	uint32_t nid = VCTX_XID_NONE;
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
		case OPT_NID:
			if (parse_network(s.arg, &nid) < 0)
				return 2;
			break;
		case OPT_NCAP:
			group = CAPS;
			break;
		case OPT_FLAG:
			group = FLAGS;
			break;
		case OPT_SECURE:
			change[CAPS] = (struct vctx_change){ .value = VCTX_NC_SECURE, .mask = ~0ULL };
			change[FLAGS].value |= VCTX_NF_SECURE;
			change[FLAGS].mask |= VCTX_NF_SECURE;
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
	if (nid == VCTX_XID_NONE && parse_network("self", &nid) < 0)
		return own_failure(command);
	return mode == OPT_GET ? get(nid, as_json) : set(nid);
}
