// SPDX-License-Identifier: GPL-2.0-or-later
/* netlink - the other side of a netlink socket, with programmed messages */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"

struct datagram {
	char *data;
	size_t len;
	int error;
};

/* Of answers, and of what comes to subscribers. */
static struct queue {
	struct datagram *list;
	size_t queued, taken, size;
} answers, events;

static const struct mnl_socket *subscriber;
static bool on;

void (*fake_netlink_sent)(const struct nlmsghdr *nlh);
int (*fake_netlink_poll)(void);
unsigned int fake_requests;
uint8_t fake_request_cmd;

ssize_t __real_mnl_socket_sendto(const struct mnl_socket *nl, const void *buf, size_t len);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *buf, size_t len);
ssize_t __real_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t len);
int __real_mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len);
int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);

static void empty_queue(struct queue *q)
{
	for (size_t i = 0; i < q->queued; i++)
		free(q->list[i].data);
	free(q->list);
	*q = (struct queue){ 0 };
}

static void forget(void)
{
	empty_queue(&answers);
	empty_queue(&events);
	subscriber = NULL;
	fake_netlink_sent = NULL;
	fake_netlink_poll = NULL;
	fake_requests = 0;
	fake_request_cmd = 0;
}

void fake_netlink(void)
{
	forget();
	on = true;
}

void fake_netlink_off(void)
{
	forget();
	on = false;
}

static void enqueue(struct queue *q, const void *data, size_t len, int error)
{
	struct datagram *d;

	if (q->taken == q->queued)
		empty_queue(q);
	if (q->queued == q->size) {
		q->size = q->size ? q->size * 2 : 32;
		q->list = reallocarray(q->list, q->size, sizeof(*q->list));
		if (!q->list)
			abort();
	}
	d = &q->list[q->queued++];
	*d = (struct datagram){ .len = len, .error = error };
	if (data) {
		d->data = malloc(len ? len : 1);
		if (!d->data)
			abort();
		memcpy(d->data, data, len);
	}
}

void fake_datagram(const void *data, size_t len, int error)
{
	enqueue(&answers, data, len, error);
}

void fake_event(const void *data, size_t len, int error)
{
	enqueue(&events, data, len, error);
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *buf, size_t len)
{
	const struct nlmsghdr *nlh = buf;

	if (!on)
		return __real_mnl_socket_sendto(nl, buf, len);
	fake_requests++;
	fake_request_cmd = ((const struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd;
	if (fake_netlink_sent)
		fake_netlink_sent(nlh);
	return (ssize_t)len;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t len)
{
	struct queue *q = nl == subscriber && events.taken < events.queued ? &events : &answers;
	struct datagram *d;

	if (!on)
		return __real_mnl_socket_recvfrom(nl, buf, len);
	if (q->taken == q->queued) {
		errno = EAGAIN;
		return -1;
	}
	d = &q->list[q->taken++];
	if (!d->data) {
		errno = d->error;
		return -1;
	}
	if (d->len < len)
		len = d->len;
	memcpy(buf, d->data, len);
	return (ssize_t)len;
}

int __wrap_mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len)
{
	if (!on)
		return __real_mnl_socket_setsockopt(nl, type, buf, len);
	subscriber = nl;
	return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (!on)
		return __real_poll(fds, n, timeout);
	if (fake_netlink_poll)
		return fake_netlink_poll();
	fds[0].revents = answers.taken < answers.queued || events.taken < events.queued ? POLLIN : 0;
	return fds[0].revents != 0;
}
