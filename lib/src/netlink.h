/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* netlink.h - requests to the generic netlink family "vserver", for the files of the library that make some */
#pragma once

#include <libmnl/libmnl.h>
#include <linux/vserver_netlink.h>

#include "internal.h"

/* What the messages of a dump become, one item each. */
struct netlink_array {
	void *data;
	size_t item;		/* size of one */
	size_t count, size;
};

/* Room for one more, not initialized; NULL with errno set. */
void *netlink_array_add(struct netlink_array *array);

/*
 * A dump, done again from the start while contexts come and go; @fn gets the array. On failure nothing is left in it.
 */
int vctx_netlink_dump(uint8_t cmd, mnl_cb_t fn, struct netlink_array *array);

/* One request that is answered by an acknowledgement, and before it perhaps by messages for @fn. */
int vctx_netlink_do(uint8_t cmd, void (*fill)(struct nlmsghdr *nlh, const void *data), const void *request, mnl_cb_t fn,
		    void *data);

/* Copy a text, cut off where it does not fit. */
void netlink_get_text(const struct nlattr *attr, char *to, size_t size);
/* A number of 4 or 8 bytes; 0 when it is neither. */
uint64_t netlink_get_uint(const struct nlattr *attr);

/* stat.c: read a nest with a limit. */
int netlink_get_limit(const struct nlattr *nest, struct vctx_limit_entry *ret_limit);
