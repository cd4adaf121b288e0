/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink.h - the other side of a netlink socket, with programmed messages */
#pragma once

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

/* From now on nothing is sent, and what is received are the datagrams given below, one after the other. */
void fake_netlink(void);
void fake_netlink_off(void);

/* The next datagram; or, with @data NULL, receiving fails with @error. When all are taken: EAGAIN. */
void fake_datagram(const void *data, size_t len, int error);

/* The same for the socket that has subscribed to events, apart from the answers of others. */
void fake_event(const void *data, size_t len, int error);

/* Number of requests that were sent, and the command of the last. */
extern unsigned int fake_requests;
extern uint8_t fake_request_cmd;

/* Called for each request, may give the datagrams that answer it; and in place of poll(2). NULL after a reset. */
extern void (*fake_netlink_sent)(const struct nlmsghdr *nlh);
extern int (*fake_netlink_poll)(void);
