/* SPDX-License-Identifier: GPL-2.0-or-later */
/* network.h - network contexts and their addresses, on the command line and on standard output */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vctx.h>

#include "out.h"

/*
 * A network context: a number, "self", or the name of a guest (":NAME" is always a name). A name stands for the number
 * in its file "ncontext", else for what parse_context() finds. 0, or -EINVAL after a message.
 */
int parse_network(const char *text, uint32_t *ret_nid);

/* Make a network context and enter it. @nid VCTX_XID_NONE: the first free number from 49152 on. */
int create_network(uint32_t nid, uint64_t flags, uint32_t *ret_nid);

/* Addresses as they were given. Start from zero. */
struct network_addresses {
	struct vctx_net_address *list;
	size_t count;
	bool *exact;		/* for each: its network was given, too */
};

/*
 * Add what an option says. With VCTX_NET_ADDRESS it may be the name of a device, too: all addresses with this label
 * are taken, and they are shared with the host, whose they are. 0, or -EINVAL after a message.
 */
int parse_address(enum vctx_net_kind kind, const char *text, struct network_addresses *addresses);
void network_addresses_free(struct network_addresses *addresses);

/* Values of --json: null when @entry is NULL. */
void json_network_addresses(struct json *j, const char *key, const struct vctx_net_entry *entry);
/* The same as text, "192.0.2.1/24,2001:db8::1/64"; "-" for none. To be freed. */
char *network_addresses_text(const struct vctx_net_entry *entry, const char *separator);
