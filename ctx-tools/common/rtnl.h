/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnl.h - devices and addresses of the host, through rtnetlink
 *
 * All functions return 0 or a negative errno, as the kernel gives it.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rtnl;

int rtnl_open(struct rtnl **ret);
struct rtnl *rtnl_close(struct rtnl *rt);

struct rtnl_link {
	int index;
	unsigned int flags;	/* IFF_* */
	unsigned int type;	/* ARPHRD_* */
};

/* -ENODEV when there is none of this name. */
int rtnl_link_get(struct rtnl *rt, const char *name, struct rtnl_link *ret);
int rtnl_link_set_up(struct rtnl *rt, int index);
/* Make VLAN @vid on device @parent. */
int rtnl_vlan_add(struct rtnl *rt, int parent, const char *name, unsigned int vid);
int rtnl_link_delete(struct rtnl *rt, int index);

struct rtnl_address {
	int index;		/* of the device */
	int family;		/* AF_INET, AF_INET6 */
	unsigned int prefix;
	unsigned int scope;	/* RT_SCOPE_*; IPv6 has its own */
	unsigned int flags;	/* IFA_F_* */
	unsigned char ip[16];
	bool has_peer, has_broadcast;
	unsigned char peer[16];
	unsigned char broadcast[4];
	char label[IF_NAMESIZE];	/* IPv4, "" none */
};

/* All addresses of a family (AF_UNSPEC: of both); the array belongs to the caller. */
int rtnl_addresses(struct rtnl *rt, int family, struct rtnl_address **ret, size_t *ret_count);
/* -EEXIST when the device has it. */
int rtnl_address_add(struct rtnl *rt, const struct rtnl_address *a);
/* -EADDRNOTAVAIL when it does not have it. */
int rtnl_address_delete(struct rtnl *rt, const struct rtnl_address *a);

/* To be told of changes of IPv6 addresses, from now on. */
int rtnl_watch_addresses(struct rtnl *rt);
/* Wait for the next: 0, -ETIMEDOUT, -EINTR. */
int rtnl_wait(struct rtnl *rt, int timeout_ms);
