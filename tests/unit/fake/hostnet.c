// SPDX-License-Identifier: GPL-2.0-or-later
/* hostnet - a host with devices and addresses behind rtnetlink, for tests */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"
#include "hostnet.h"

#define MAX_DEVICES	16
#define MAX_ADDRESSES	64

static struct device {
	char name[IF_NAMESIZE];	/* "" removed */
	unsigned int flags;
} devices[MAX_DEVICES];
static unsigned int device_count;

static struct address {
	unsigned int index;	/* 0 removed */
	unsigned char family, prefix;
	unsigned int flags;
	unsigned char ip[16];
	char label[IF_NAMESIZE];
} addresses[MAX_ADDRESSES];
static unsigned int address_count;

static uint16_t fail_type;
static int fail_error;
enum fake_dad fake_dad;

char *__real_if_indextoname(unsigned int index, char *name);
char *__wrap_if_indextoname(unsigned int index, char *name);

static char buf[16384] __attribute__((aligned(8)));

static struct device *find_device(const char *name)
{
	for (unsigned int i = 0; i < device_count; i++)
		if (*name && strcmp(devices[i].name, name) == 0)
			return &devices[i];
	return NULL;
}

static unsigned int index_of(const struct device *d)
{
	return (unsigned int)(d - devices) + 1;
}

char *__wrap_if_indextoname(unsigned int index, char *name)
{
	if (!fake_netlink_sent)
		return __real_if_indextoname(index, name);
	if (!index || index > device_count || !devices[index - 1].name[0])
		return NULL;
	return strcpy(name, devices[index - 1].name);
}

static struct address *find_address(unsigned int index, int family, const void *ip)
{
	for (unsigned int i = 0; i < address_count; i++)
		if (addresses[i].index == index && addresses[i].family == family &&
		    memcmp(addresses[i].ip, ip, family == AF_INET6 ? 16 : 4) == 0)
			return &addresses[i];
	return NULL;
}

static void answer_error(int error)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *e;

	nlh->nlmsg_type = NLMSG_ERROR;
	e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	e->error = -error;
	fake_datagram(buf, nlh->nlmsg_len, 0);
}

static int name_attr(const struct nlattr *attr, void *data)
{
	const char **name = data;

	if (mnl_attr_get_type(attr) == IFLA_IFNAME)
		*name = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static void get_link(const char *name)
{
	const struct device *d = name ? find_device(name) : NULL;
	struct nlmsghdr *nlh;
	struct ifinfomsg *m;

	if (!d) {
		answer_error(ENODEV);
		return;
	}
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_NEWLINK;
	m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	m->ifi_index = (int)index_of(d);
	m->ifi_flags = d->flags;
	fake_datagram(buf, nlh->nlmsg_len, 0);
	answer_error(0);
}

static void new_link(const struct ifinfomsg *m, const char *name)
{
	if (m->ifi_index > 0 && (unsigned int)m->ifi_index <= device_count) {
		devices[m->ifi_index - 1].flags |= m->ifi_flags & m->ifi_change;
		answer_error(0);
	} else if (find_device(name)) {
		answer_error(EEXIST);
	} else {
		fake_device(name, IFF_BROADCAST);
		answer_error(0);
	}
}

static void delete_link(const struct ifinfomsg *m)
{
	devices[m->ifi_index - 1].name[0] = '\0';
	for (unsigned int i = 0; i < address_count; i++)
		if (addresses[i].index == (unsigned int)m->ifi_index)
			addresses[i].index = 0;
	answer_error(0);
}

static void dump_addresses(int family)
{
	struct nlmsghdr *nlh;
	size_t len = 0;

	for (unsigned int i = 0; i < address_count; i++) {
		const struct address *a = &addresses[i];
		size_t size = a->family == AF_INET6 ? 16 : 4;
		struct ifaddrmsg *m;

		if (!a->index || (family && family != a->family))
			continue;
		nlh = mnl_nlmsg_put_header(buf + len);
		nlh->nlmsg_type = RTM_NEWADDR;
		nlh->nlmsg_flags = NLM_F_MULTI;
		m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
		m->ifa_family = a->family;
		m->ifa_prefixlen = a->prefix;
		m->ifa_index = a->index;
		mnl_attr_put(nlh, IFA_ADDRESS, size, a->ip);
		if (a->family == AF_INET)
			mnl_attr_put(nlh, IFA_LOCAL, size, a->ip);
		mnl_attr_put_u32(nlh, IFA_FLAGS, a->flags);
		len += MNL_ALIGN(nlh->nlmsg_len);
	}
	if (len)
		fake_datagram(buf, len, 0);
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = NLMSG_DONE;
	nlh->nlmsg_flags = NLM_F_MULTI;
	(void)mnl_nlmsg_put_extra_header(nlh, sizeof(int));
	fake_datagram(buf, nlh->nlmsg_len, 0);
}

static int address_attr(const struct nlattr *attr, void *data)
{
	struct address *a = data;

	if (mnl_attr_get_type(attr) == IFA_LOCAL)
		memcpy(a->ip, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
	if (mnl_attr_get_type(attr) == IFA_LABEL)
		(void)snprintf(a->label, sizeof(a->label), "%s", mnl_attr_get_str(attr));
	return MNL_CB_OK;
}

static void change_address(const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *m = mnl_nlmsg_get_payload(nlh);
	struct address a = { .index = m->ifa_index, .family = m->ifa_family, .prefix = m->ifa_prefixlen };
	struct address *have;

	(void)mnl_attr_parse(nlh, sizeof(*m), address_attr, &a);
	have = find_address(a.index, a.family, a.ip);
	if (nlh->nlmsg_type == RTM_DELADDR) {
		if (have)
			have->index = 0;
		answer_error(have && have->prefix == a.prefix ? 0 : EADDRNOTAVAIL);
		return;
	}
	if (have) {
		answer_error(EEXIST);
		return;
	}
	if (a.family == AF_INET6 && fake_dad != FAKE_DAD_NONE)
		a.flags = IFA_F_TENTATIVE;
	addresses[address_count++] = a;
	answer_error(0);
}

static void sent(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *m = mnl_nlmsg_get_payload(nlh);
	const char *name = NULL;

	if (nlh->nlmsg_type == fail_type && fail_error) {
		answer_error(fail_error);
		fail_error = 0;
		return;
	}
	switch (nlh->nlmsg_type) {
	case RTM_GETLINK:
		(void)mnl_attr_parse(nlh, sizeof(*m), name_attr, &name);
		get_link(name);
		break;
	case RTM_NEWLINK:
		(void)mnl_attr_parse(nlh, sizeof(*m), name_attr, &name);
		new_link(m, name);
		break;
	case RTM_DELLINK:
		delete_link(m);
		break;
	case RTM_GETADDR:
		dump_addresses(((const struct ifaddrmsg *)mnl_nlmsg_get_payload(nlh))->ifa_family);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		change_address(nlh);
		break;
	default:
		answer_error(EOPNOTSUPP);
	}
}

/* Time passes. */
static int polled(void)
{
	if (fake_dad == FAKE_DAD_NEVER)
		return 0;
	for (unsigned int i = 0; i < address_count; i++)
		if (addresses[i].flags & IFA_F_TENTATIVE)
			addresses[i].flags = fake_dad == FAKE_DAD_DUPLICATE ? IFA_F_TENTATIVE | IFA_F_DADFAILED : 0;
	return 1;
}

void fake_rtnl(void)
{
	fake_netlink();
	fake_netlink_sent = sent;
	fake_netlink_poll = polled;
	device_count = 0;
	address_count = 0;
	fail_error = 0;
	fake_dad = FAKE_DAD_NONE;
}

void fake_device(const char *name, unsigned int flags)
{
	struct device *d = &devices[device_count++];

	(void)snprintf(d->name, sizeof(d->name), "%s", name);
	d->flags = flags;
}

static bool parse(const char *device, const char *text, struct address *a)
{
	const struct device *d = find_device(device);
	char ip[64];
	const char *slash = strchr(text, '/');

	(void)snprintf(ip, sizeof(ip), "%.*s", (int)(slash - text), text);
	*a = (struct address){
		.index = d ? index_of(d) : 0,
		.family = strchr(ip, ':') ? AF_INET6 : AF_INET,
		.prefix = (unsigned char)atoi(slash + 1),
	};
	return d && inet_pton(a->family, ip, a->ip) == 1;
}

void fake_device_address(const char *device, const char *text)
{
	if (!parse(device, text, &addresses[address_count++]))
		abort();
}

static const struct address *lookup(const char *device, const char *text)
{
	const struct address *have;
	struct address a;

	if (!parse(device, text, &a))
		return NULL;
	have = find_address(a.index, a.family, a.ip);
	return have && have->prefix == a.prefix ? have : NULL;
}

int fake_address_flags(const char *device, const char *text)
{
	const struct address *a = lookup(device, text);

	return a ? (int)a->flags : -1;
}

const char *fake_address_label(const char *device, const char *text)
{
	const struct address *a = lookup(device, text);

	return a ? a->label : NULL;
}

unsigned int fake_address_count(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < address_count; i++)
		n += addresses[i].index != 0;
	return n;
}

int fake_device_flags(const char *name)
{
	const struct device *d = find_device(name);

	return d ? (int)d->flags : -1;
}

void fake_rtnl_fail(uint16_t type, int error)
{
	fail_type = type;
	fail_error = error;
}
