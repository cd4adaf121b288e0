// SPDX-License-Identifier: GPL-2.0-or-later
/* naddress - addresses of a network context */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <vctx.h>

#include "cleanup.h"
#include "enter.h"
#include "macro.h"
#include "msg.h"
#include "network.h"
#include "opt.h"
#include "out.h"
#include "parse.h"

enum {
	OPT_ADD = 256,
	OPT_REMOVE,
	OPT_SET,
	OPT_LIST,
	OPT_NID,
	OPT_IP,
	OPT_MASK,
	OPT_RANGE,
	OPT_BCAST,
	OPT_LBACK,
	OPT_SHARED,
	OPT_SILENT,
	OPT_JSON,
};

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "add", 'a', NULL, OPT_ADD, "add addresses" },
	{ "remove", 'r', NULL, OPT_REMOVE, "take them away; without any: all" },
	{ "set", 's', NULL, OPT_SET, "take all away, then add" },
	{ "list", 'l', NULL, OPT_LIST, "show them, without --nid those of all (default)" },
	{ "nid", 'n', "NETWORK", OPT_NID, "number or guest name (default: the own one)" },
	{ "json", 0, NULL, OPT_JSON, "with --list: as JSON" },
	OPT_GROUP("Addresses, IPv4 or IPv6"),
	{ "ip", 0, "IP[/PREFIX]", OPT_IP, "an address (or IP/MASK), or a device of the host\nwhose addresses are taken" },
	{ "mask", 0, "IP/PREFIX", OPT_MASK, "all addresses of a network" },
	{ "range", 0, "IP-IP[/PREFIX]", OPT_RANGE, "all addresses of a range" },
	{ "bcast", 0, "IP", OPT_BCAST, "the broadcast address" },
	{ "lback", 0, "IP", OPT_LBACK, "what 127.0.0.1 is inside" },
	{ "shared", 0, NULL, OPT_SHARED, "the addresses are the host's, too: its own programs\non \"any\" go on to receive there" },
	OPT_GROUP("Messages"),
	{ "silent", 0, NULL, OPT_SILENT, "do not print what is added" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "naddress",
	.synopsis = "--add|--remove|--set [--nid=NETWORK] [ADDRESS...] [--]\n"
		    " [PROGRAM [ARG...]]\n"
		    "[--list] [--nid=NETWORK] [--json] [--] [PROGRAM [ARG...]]",
	.purpose = "Change or show the addresses of a network context.",
	.options = options,
	.examples = "naddress --add --nid web1 --ip 192.0.2.10/24 --ip 2001:db8::10/64\n"
		    "naddress --list --json",
	.manual = "naddress(8)",
	.stop = true,
};

static struct {
	int mode;
	uint32_t nid;
	bool silent, json, shared;
	struct network_addresses addresses;
	char **command;
} arg = { .nid = VCTX_XID_NONE };

/* ---- changing ---- */

static int failed(const char *what, const struct vctx_net_address *a, int r)
{
	char text[VCTX_NET_TEXT_SIZE];

	if (a->kind == VCTX_NET_ALL)
		msg_error("cannot %s the addresses of network context %u: %s", what, arg.nid,
			  vctx_strerror(VCTX_CALL_NET, r));
	else
		msg_error("cannot %s %s '%s' of network context %u: %s", what, vctx_net_kind_name(a->kind),
			  vctx_net_address_format(a, text), arg.nid, vctx_strerror(VCTX_CALL_NET_ADDRESS, r));
	return own_failure(arg.command);
}

static int add_all(void)
{
	for (size_t i = 0; i < arg.addresses.count; i++) {
		const struct vctx_net_address *a = &arg.addresses.list[i];
		char text[VCTX_NET_TEXT_SIZE];
		int r = vctx_net_add(arg.nid, a);

		if (r < 0) {
			/* all or nothing; the special ones have no former value to go back to */
			while (i-- > 0)
				(void)vctx_net_remove(arg.nid, &arg.addresses.list[i]);
			return failed("add", a, r);
		}
		if (!arg.silent)
			(void)printf("Adding %s\n", vctx_net_address_format(a, text));
	}
	return 0;
}

static int remove_all(void)
{
	static const int families[] = { AF_INET6, AF_INET };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct vctx_net_address all = { .kind = VCTX_NET_ALL, .family = families[i] };
		int r = vctx_net_remove(arg.nid, &all);

		/* a kernel without IPv6 has none of its addresses */
		if (r < 0 && !(r == -ENOSYS && families[i] == AF_INET6))
			return failed("remove", &all, r);
	}
	return 0;
}

/* The kernel wants the entry exactly as it was added: it does not tell whether it is shared. */
static int remove_exact(struct vctx_net_address a)
{
	int r;

	a.shared = false;
	r = vctx_net_remove(arg.nid, &a);
	if (r != -ESRCH)
		return r;
	a.shared = true;
	return vctx_net_remove(arg.nid, &a);
}

static bool matches(const struct vctx_net_address *have, const struct vctx_net_address *want, bool exact)
{
	if (have->kind != want->kind || have->family != want->family ||
	    memcmp(have->ip, want->ip, sizeof(have->ip)) != 0)
		return false;
	if (want->kind == VCTX_NET_RANGE && memcmp(have->ip2, want->ip2, sizeof(have->ip2)) != 0)
		return false;
	return !exact || have->prefix == want->prefix;
}

static int remove_some(void)
{
	for (size_t i = 0; i < arg.addresses.count; i++) {
		const struct vctx_net_address *a = &arg.addresses.list[i];
		struct vctx_net_entry *e = NULL;
		int r = vctx_net_entry_get(arg.nid, &e);

		/* what was left out of the text is looked up; else the kernel judges what was given */
		for (size_t k = 0; r == 0 && k < e->count; k++)
			if (matches(&e->addresses[k], a, arg.addresses.exact[i])) {
				a = &e->addresses[k];
				break;
			}
		r = remove_exact(*a);
		if (r < 0)
			r = failed("remove", a, r);
		(void)vctx_net_entry_free(e);
		if (r)
			return r;
	}
	return 0;
}

/* ---- showing ---- */

struct row {
	const struct vctx_net_entry *e;
	const struct vctx_net_address *a;
	const char *name;	/* of the guest, NULL unknown */
};

/* The guest with the same number, which is the custom. */
static const char *guest_name(uint32_t nid, char *buf)
{
	if (vctx_name_get(nid, VCTX_NAME_CONTEXT, buf) < 0 || !*buf)
		return NULL;
	return guest_of_context(buf);
}

static void add_row(struct table *t, const struct row *row)
{
	char text[VCTX_NET_TEXT_SIZE];

	table_cellf(t, "%u", row->e->nid);
	table_cell(t, row->name ? row->name : "-");
	table_cell(t, vctx_net_kind_name(row->a->kind));
	table_cell(t, vctx_net_address_format(row->a, text));
}

static void json_address(struct json *j, const struct vctx_net_address *a)
{
	char text[VCTX_NET_TEXT_SIZE];

	json_object(j, NULL);
	json_string(j, "kind", vctx_net_kind_name(a->kind));
	json_number(j, "family", a->family == AF_INET6 ? 6 : 4);
	json_string(j, "address", vctx_net_address_format(a, text));
	json_end(j);
}

static void show(struct table *t, struct json *j, const struct vctx_net_entry *e)
{
	char buf[VCTX_NAME_SIZE], text[VCTX_NET_TEXT_SIZE];
	struct row row = { .e = e, .name = guest_name(e->nid, buf) };

	if (j) {
		json_object(j, NULL);
		json_number(j, "nid", e->nid);
		json_string(j, "name", row.name);
		json_string(j, "loopback", e->valid & VCTX_NET_ENTRY_SPECIAL ?
			    vctx_net_address_format(&e->loopback, text) : NULL);
		json_string(j, "broadcast", e->valid & VCTX_NET_ENTRY_SPECIAL ?
			    vctx_net_address_format(&e->broadcast, text) : NULL);
		json_list(j, "addresses");
	}
	for (size_t i = 0; i < e->count; i++) {
		row.a = &e->addresses[i];
		if (j)
			json_address(j, row.a);
		else
			add_row(t, &row);
	}
	if (j) {
		json_end(j);
		json_end(j);
	} else if (e->valid & VCTX_NET_ENTRY_SPECIAL) {
		row.a = &e->loopback;
		add_row(t, &row);
		row.a = &e->broadcast;
		add_row(t, &row);
	}
}

/* Numbers to show: those of all, or one. */
static int numbers(uint32_t **ret_nids, size_t *ret_count)
{
	struct vctx_net_entry *own = NULL;
	static uint32_t one;

	one = arg.nid;
	if (arg.nid == VCTX_XID_NONE) {
		/* inside it is the only one */
		if (vctx_net_entry_get(VCTX_XID_SELF, &own) < 0)
			return vctx_net_list(ret_nids, ret_count);
		(void)vctx_net_entry_free(own);
		one = VCTX_XID_SELF;
	}
	*ret_nids = &one;
	*ret_count = 1;
	return 0;
}

static int list(void)
{
	static const struct table_column columns[] = {
		{ "NID", true }, { "NAME", false }, { "KIND", false }, { "ADDRESS", false },
	};
	struct json j = JSON_INIT(stdout);
	struct table *t = NULL;
	uint32_t *nids = NULL;
	size_t count = 0;
	int r = numbers(&nids, &count);

	if (r < 0) {
		msg_error("cannot list the network contexts: %s", vctx_strerror(VCTX_CALL_NET, r));
		return own_failure(arg.command);
	}
	if (arg.json) {
		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		json_list(&j, "networks");
	} else {
		t = table_new(columns, ARRAY_SIZE(columns));
	}
	for (size_t i = 0; i < count; i++) {
		struct vctx_net_entry *e = NULL;

		r = vctx_net_entry_get(nids[i], &e);
		if (r == -ESRCH && arg.nid == VCTX_XID_NONE && nids[i] != VCTX_XID_SELF) {
			r = 0;
			continue;	/* it has ended meanwhile */
		}
		if (r < 0)
			break;
		show(t, arg.json ? &j : NULL, e);
		(void)vctx_net_entry_free(e);
	}
	if (r < 0 && arg.nid == VCTX_XID_NONE)
		msg_error("cannot read the own network context: %s", vctx_strerror(VCTX_CALL_NET, r));
	else if (r < 0)
		msg_error("cannot read network context %u: %s", arg.nid, vctx_strerror(VCTX_CALL_NET, r));
	if (r == 0 && arg.json) {
		json_end(&j);
		json_end(&j);
	} else if (r == 0) {
		table_print(t, stdout);
	}
	(void)table_free(t);
	return r < 0 || msg_close_stdout() ? own_failure(arg.command) : run_command(arg.command);
}

/* ---- options ---- */

static int parse_options(int argc, char **argv)
{
	static const enum vctx_net_kind kinds[] = {
		[OPT_IP - OPT_IP] = VCTX_NET_ADDRESS,	   [OPT_MASK - OPT_IP] = VCTX_NET_NETWORK,
		[OPT_RANGE - OPT_IP] = VCTX_NET_RANGE,	   [OPT_BCAST - OPT_IP] = VCTX_NET_BROADCAST,
		[OPT_LBACK - OPT_IP] = VCTX_NET_LOOPBACK,
	};
	struct opt_state s;
	int c, r;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_ADD:
		case OPT_REMOVE:
		case OPT_SET:
		case OPT_LIST:
			r = opt_choose(&program, &arg.mode, c);
			if (r)
				return r;
			break;
		case OPT_NID:
			if (parse_network(s.arg, &arg.nid) < 0)
				return 2;
			break;
		case OPT_IP:
		case OPT_MASK:
		case OPT_RANGE:
		case OPT_BCAST:
		case OPT_LBACK:
			if (parse_address(kinds[c - OPT_IP], s.arg, &arg.addresses) < 0)
				return 2;
			break;
		case OPT_SHARED:
			arg.shared = true;
			break;
		case OPT_SILENT:
			arg.silent = true;
			break;
		case OPT_JSON:
			arg.json = true;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	arg.command = argv + s.index;
	if (!arg.mode && (arg.addresses.count || arg.shared))
		return msg_usage("one of --add, --remove and --set is needed");
	if (!arg.mode)
		arg.mode = OPT_LIST;
	if (arg.mode != OPT_LIST && arg.json)
		return msg_usage("--json needs --list");
	if (arg.mode == OPT_LIST && (arg.addresses.count || arg.shared))
		return msg_usage("--list does not go with addresses");
	if (arg.mode == OPT_ADD && !arg.addresses.count)
		return msg_usage("at least one address is needed");
	for (size_t i = 0; i < arg.addresses.count; i++) {
		struct vctx_net_address *a = &arg.addresses.list[i];

		if (arg.mode == OPT_REMOVE && (a->kind == VCTX_NET_BROADCAST || a->kind == VCTX_NET_LOOPBACK))
			return msg_usage("a %s address cannot be taken away, only replaced", vctx_net_kind_name(a->kind));
		if (arg.shared && a->kind == VCTX_NET_ADDRESS)
			a->shared = true;
	}
	return -1;
}

static int change(void)
{
	int r = 0;

	if (arg.nid == VCTX_XID_NONE && parse_network("self", &arg.nid) < 0)
		return own_failure(arg.command);
	if (arg.mode == OPT_SET || (arg.mode == OPT_REMOVE && !arg.addresses.count))
		r = remove_all();
	if (r == 0)
		r = arg.mode == OPT_REMOVE ? remove_some() : add_all();
	if (r == 0 && fflush(stdout) != 0)
		r = own_failure(arg.command);
	return r ? r : run_command(arg.command);
}

int main(int argc, char **argv)
{
	int r = parse_options(argc, argv);

	if (r < 0)
		r = arg.mode == OPT_LIST ? list() : change();
	network_addresses_free(&arg.addresses);
	return r;
}
