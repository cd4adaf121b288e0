// SPDX-License-Identifier: GPL-2.0-or-later
/* rtnl - devices and addresses of the host, through rtnetlink */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "macro.h"
#include "rtnl.h"

#define ANSWER_SIZE	32768
#define DUMP_RETRIES	16
#define DRAIN_MAX	1024	/* notifications taken at once */

struct rtnl {
	struct mnl_socket *nl;
	struct mnl_socket *watch;	/* for notifications, NULL none */
	uint32_t seq;
	char buf[ANSWER_SIZE] __attribute__((aligned(8)));
	char request[1024] __attribute__((aligned(8)));
};

static int open_socket(unsigned int groups, struct mnl_socket **ret)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);

	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		int r = -errno;

		(void)mnl_socket_close(nl);
		return r;
	}
	*ret = nl;
	return 0;
}

int rtnl_open(struct rtnl **ret)
{
	struct rtnl *rt = calloc(1, sizeof(*rt));
	int r;

	if (!rt)
		return -ENOMEM;
	r = open_socket(0, &rt->nl);
	if (r < 0) {
		free(rt);
		return r;
	}
	*ret = rt;
	return 0;
}

struct rtnl *rtnl_close(struct rtnl *rt)
{
	if (!rt)
		return NULL;
	(void)mnl_socket_close(rt->nl);
	if (rt->watch)
		(void)mnl_socket_close(rt->watch);
	free(rt);
	return NULL;
}

static struct nlmsghdr *new_request(struct rtnl *rt, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(rt->request);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++rt->seq;
	return nlh;
}

/* Send the request and hand its answers to @fn. -EINTR: the dump was not consistent. */
static int talk(struct rtnl *rt, const struct nlmsghdr *nlh, mnl_cb_t fn, void *data)
{
	unsigned int portid = mnl_socket_get_portid(rt->nl);
	int r = MNL_CB_OK;

	if (mnl_socket_sendto(rt->nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (r > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(rt->nl, rt->buf, sizeof(rt->buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		r = mnl_cb_run(rt->buf, (size_t)n, nlh->nlmsg_seq, portid, fn, data);
	}
	return r < 0 ? -errno : 0;
}

/* ---- devices ---- */

static int link_message(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(nlh);
	struct rtnl_link *l = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*m))
		return MNL_CB_OK;
	*l = (struct rtnl_link){ .index = m->ifi_index, .flags = m->ifi_flags, .type = m->ifi_type };
	return MNL_CB_OK;
}

static struct ifinfomsg *put_link(struct nlmsghdr *nlh, int index)
{
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

	m->ifi_family = AF_UNSPEC;
	m->ifi_index = index;
	return m;
}

int rtnl_link_get(struct rtnl *rt, const char *name, struct rtnl_link *ret)
{
	struct nlmsghdr *nlh = new_request(rt, RTM_GETLINK, NLM_F_ACK);
	struct rtnl_link l = { 0 };
	int r;

	(void)put_link(nlh, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	r = talk(rt, nlh, link_message, &l);
	if (r == 0 && !l.index)
		r = -ENODEV;
	if (r == 0)
		*ret = l;
	return r;
}

int rtnl_link_set_up(struct rtnl *rt, int index)
{
	struct nlmsghdr *nlh = new_request(rt, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *m = put_link(nlh, index);

	m->ifi_flags = IFF_UP;
	m->ifi_change = IFF_UP;
	return talk(rt, nlh, NULL, NULL);
}

int rtnl_vlan_add(struct rtnl *rt, int parent, const char *name, unsigned int vid)
{
	struct nlmsghdr *nlh = new_request(rt, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;

	(void)put_link(nlh, 0);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_LINK, (uint32_t)parent);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, (uint16_t)vid);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return talk(rt, nlh, NULL, NULL);
}

int rtnl_link_delete(struct rtnl *rt, int index)
{
	struct nlmsghdr *nlh = new_request(rt, RTM_DELLINK, NLM_F_ACK);

	(void)put_link(nlh, index);
	return talk(rt, nlh, NULL, NULL);
}

/* ---- addresses ---- */

struct dump {
	struct rtnl_address *list;
	size_t count, size;
};

static size_t address_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static int address_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **tb = data;

	if (mnl_attr_type_valid(attr, IFA_MAX) > 0)
		tb[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static bool get_bytes(const struct nlattr *attr, unsigned char *to, size_t size)
{
	if (!attr || mnl_attr_get_payload_len(attr) != size)
		return false;
	memcpy(to, mnl_attr_get_payload(attr), size);
	return true;
}

static int address_message(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[IFA_MAX + 1] = { NULL };
	struct rtnl_address a = { 0 };
	struct dump *d = data;
	size_t size;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*m) || (m->ifa_family != AF_INET && m->ifa_family != AF_INET6))
		return MNL_CB_OK;
	if (mnl_attr_parse(nlh, sizeof(*m), address_attr, tb) < 0)
		return MNL_CB_ERROR;
	size = address_size(m->ifa_family);
	a.index = (int)m->ifa_index;
	a.family = m->ifa_family;
	a.prefix = m->ifa_prefixlen;
	a.scope = m->ifa_scope;
	a.flags = tb[IFA_FLAGS] && mnl_attr_get_payload_len(tb[IFA_FLAGS]) == 4 ? mnl_attr_get_u32(tb[IFA_FLAGS]) :
										  m->ifa_flags;
	/* IFA_LOCAL is the address itself, IFA_ADDRESS then its peer; IPv6 often has the second only */
	if (get_bytes(tb[IFA_LOCAL], a.ip, size))
		a.has_peer = get_bytes(tb[IFA_ADDRESS], a.peer, size) && memcmp(a.ip, a.peer, size) != 0;
	else if (!get_bytes(tb[IFA_ADDRESS], a.ip, size))
		return MNL_CB_OK;
	a.has_broadcast = a.family == AF_INET && get_bytes(tb[IFA_BROADCAST], a.broadcast, 4);
	if (tb[IFA_LABEL]) {
		size_t n = strnlen(mnl_attr_get_payload(tb[IFA_LABEL]), mnl_attr_get_payload_len(tb[IFA_LABEL]));

		if (n < sizeof(a.label))
			memcpy(a.label, mnl_attr_get_payload(tb[IFA_LABEL]), n);
	}
	if (d->count == d->size) {
		struct rtnl_address *more;

		d->size = d->size ? d->size * 2 : 32;
		more = reallocarray(d->list, d->size, sizeof(*more));
		if (!more) {
			errno = ENOMEM;
			return MNL_CB_ERROR;
		}
		d->list = more;
	}
	d->list[d->count++] = a;
	return MNL_CB_OK;
}

int rtnl_addresses(struct rtnl *rt, int family, struct rtnl_address **ret, size_t *ret_count)
{
	struct dump d = { NULL, 0, 0 };
	int r = -EINTR;

	for (int i = 0; i < DUMP_RETRIES && r == -EINTR; i++) {
		struct nlmsghdr *nlh = new_request(rt, RTM_GETADDR, NLM_F_DUMP);
		struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

		m->ifa_family = (unsigned char)family;
		d.count = 0;
		r = talk(rt, nlh, address_message, &d);
		if (r == -EINTR) {
			/* what is left of this dump would be taken for answers to the next */
			struct mnl_socket *fresh;
			int e = open_socket(0, &fresh);

			if (e < 0) {
				r = e;
				break;
			}
			(void)mnl_socket_close(rt->nl);
			rt->nl = fresh;
		}
	}
	if (r < 0) {
		free(d.list);
		return r;
	}
	*ret = d.list;
	*ret_count = d.count;
	return 0;
}

static int change_address(struct rtnl *rt, uint16_t type, uint16_t flags, const struct rtnl_address *a)
{
	struct nlmsghdr *nlh = new_request(rt, type, NLM_F_ACK | flags);
	struct ifaddrmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	size_t size = address_size(a->family);

	m->ifa_family = (unsigned char)a->family;
	m->ifa_prefixlen = (unsigned char)a->prefix;
	m->ifa_scope = (unsigned char)a->scope;
	m->ifa_index = (unsigned int)a->index;
	mnl_attr_put(nlh, IFA_LOCAL, size, a->ip);
	mnl_attr_put(nlh, IFA_ADDRESS, size, a->has_peer ? a->peer : a->ip);
	if (type == RTM_NEWADDR) {
		if (a->has_broadcast)
			mnl_attr_put(nlh, IFA_BROADCAST, 4, a->broadcast);
		if (a->label[0])
			mnl_attr_put_strz(nlh, IFA_LABEL, a->label);
		if (a->flags)
			mnl_attr_put_u32(nlh, IFA_FLAGS, a->flags);
	}
	return talk(rt, nlh, NULL, NULL);
}

int rtnl_address_add(struct rtnl *rt, const struct rtnl_address *a)
{
	return change_address(rt, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, a);
}

int rtnl_address_delete(struct rtnl *rt, const struct rtnl_address *a)
{
	return change_address(rt, RTM_DELADDR, 0, a);
}

/* ---- changes ---- */

int rtnl_watch_addresses(struct rtnl *rt)
{
	return rt->watch ? 0 : open_socket(RTMGRP_IPV6_IFADDR, &rt->watch);
}

int rtnl_wait(struct rtnl *rt, int timeout_ms)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(rt->watch), .events = POLLIN };
	int r = poll(&p, 1, timeout_ms);

	if (r < 0)
		return -errno;
	if (r == 0)
		return -ETIMEDOUT;
	/* only that something happened counts; what was lost counts as well */
	for (int i = 0; i < DRAIN_MAX; i++)
		if (recv(p.fd, rt->buf, sizeof(rt->buf), MSG_DONTWAIT) < 0 && errno != ENOBUFS)
			break;
	return 0;
}
