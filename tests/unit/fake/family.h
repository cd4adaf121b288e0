/* SPDX-License-Identifier: GPL-2.0-or-later */
/* family.h - messages of the generic netlink family "vserver", for the other side of the socket */
#pragma once

#include <libmnl/libmnl.h>
#include <stdint.h>

#define FAMILY_ID 0x21

/* Begin a message at @at. */
struct nlmsghdr *family_message(void *at, uint16_t type, uint16_t flags, uint8_t cmd);

/* The next datagram: an acknowledgement; the end of a dump; what the controller says about the family. */
void family_ack(int error);
void family_done(uint16_t flags);
void family_send(const char *group);
