/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostnet.h - a host with devices and addresses behind rtnetlink, for tests */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From now on rtnetlink speaks of an empty host, which requests change; fake_netlink_off() ends it. */
void fake_rtnl(void);

/* A device: its index is the number of devices before it, plus one. */
void fake_device(const char *name, unsigned int flags);
/* "192.0.2.1/24": an address it has from the beginning. */
void fake_device_address(const char *device, const char *text);

/* The address ("192.0.2.1/24", as written by inet_ntop) on the device: flags as in IFA_FLAGS, or -1 when it is not there. */
int fake_address_flags(const char *device, const char *text);
/* Its label, NULL when it is not there. */
const char *fake_address_label(const char *device, const char *text);
unsigned int fake_address_count(void);
/* Flags of a device, -1 when there is none. */
int fake_device_flags(const char *name);

/* The next request of this type fails with @error (positive errno). */
void fake_rtnl_fail(uint16_t type, int error);

/* How new IPv6 addresses do: usable at once, after a while, in use by others, never. */
enum fake_dad { FAKE_DAD_NONE, FAKE_DAD_PASS, FAKE_DAD_DUPLICATE, FAKE_DAD_NEVER };
extern enum fake_dad fake_dad;
