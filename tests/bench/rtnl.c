// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnl - making devices, addresses and routes
 *
 * An address is a number: 0x630002 is 10.99.0.2 and fd00:0:0:63::2; its upper half is the network.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "bench.h"

struct msg {
	union {
		struct nlmsghdr n;
		char buf[512];
	};
};

size_t addr_bytes(int family, unsigned int addr, void *bytes)
{
	uint32_t v4 = htonl(10U << 24 | addr);
	uint16_t low[2] = { htons(addr >> 16), htons(addr & 0xffff) };

	if (family == AF_INET) {
		memcpy(bytes, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memset(bytes, 0, ADDR_BYTES);
	*(uint8_t *)bytes = 0xfd;
	memcpy((char *)bytes + 6, &low[0], sizeof(low[0]));
	memcpy((char *)bytes + 14, &low[1], sizeof(low[1]));
	return ADDR_BYTES;
}

static void begin(struct msg *m, uint16_t type, uint16_t flags, const void *head, size_t len)
{
	memset(m, 0, sizeof(*m));
	m->n.nlmsg_type = type;
	m->n.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	m->n.nlmsg_len = NLMSG_LENGTH(len);
	memcpy(NLMSG_DATA(&m->n), head, len);
}

/* Appends an attribute; returns where it begins. */
static size_t put(struct msg *m, uint16_t type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(m->n.nlmsg_len);
	struct nlattr a = { .nla_type = type, .nla_len = NLA_HDRLEN + len };

	if (at + NLA_HDRLEN + len > sizeof(m->buf))
		die("netlink message", -EMSGSIZE);
	memcpy(m->buf + at, &a, sizeof(a));
	if (len)
		memcpy(m->buf + at + NLA_HDRLEN, data, len);
	m->n.nlmsg_len = at + NLA_HDRLEN + len;
	return at;
}

static void put_text(struct msg *m, uint16_t type, const char *text)
{
	put(m, type, text, strlen(text) + 1);
}

static void put_int(struct msg *m, uint16_t type, int value)
{
	put(m, type, &value, sizeof(value));
}

/* Everything since AT is inside of that attribute. */
static void end(struct msg *m, size_t at)
{
	uint16_t len = m->n.nlmsg_len - at;

	memcpy(m->buf + at + offsetof(struct nlattr, nla_len), &len, sizeof(len));
}

static long talk(int fd, struct msg *m)
{
	struct {
		struct nlmsghdr n;
		struct nlmsgerr e;
		char rest[512];
	} reply;

	must("rtnetlink", sys6(SYS_sendto, fd, (long)m, m->n.nlmsg_len, 0, 0, 0));
	must("rtnetlink", sys6(SYS_recvfrom, fd, (long)&reply, sizeof(reply), 0, 0, 0));
	return reply.n.nlmsg_type == NLMSG_ERROR ? reply.e.error : -EPROTO;
}

int rt_open(void)
{
	return must("rtnetlink", sys(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
}

static void put_peer(struct msg *m, const struct link *link)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	size_t peer = put(m, VETH_INFO_PEER, &info, sizeof(info));

	put_text(m, IFLA_IFNAME, link->peer);
	if (link->ns >= 0)
		put_int(m, IFLA_NET_NS_FD, link->ns);
	end(m, peer);
}

void rt_add(int fd, const struct link *link)
{
	bool stays = link->ns < 0 || link->peer;
	struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC, .ifi_flags = stays ? IFF_UP : 0, .ifi_change = stays ? IFF_UP : 0,
	};
	uint16_t ipvlan_mode = IPVLAN_MODE_L2;
	size_t about, data;
	struct msg m;

	begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	put_text(&m, IFLA_IFNAME, link->name);
	if (link->lower)
		put_int(&m, IFLA_LINK, link->lower);
	if (link->master)
		put_int(&m, IFLA_MASTER, link->master);
	if (link->ns >= 0 && !link->peer)
		put_int(&m, IFLA_NET_NS_FD, link->ns);
	about = put(&m, IFLA_LINKINFO, NULL, 0);
	put_text(&m, IFLA_INFO_KIND, link->kind);
	data = put(&m, IFLA_INFO_DATA, NULL, 0);
	if (link->peer)
		put_peer(&m, link);
	else if (!strcmp(link->kind, "ipvlan"))
		put(&m, IFLA_IPVLAN_MODE, &ipvlan_mode, sizeof(ipvlan_mode));
	else if (!strcmp(link->kind, "macvlan"))
		put_int(&m, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	end(&m, data);
	end(&m, about);
	must(link->kind, talk(fd, &m));
}

void rt_up(int fd, const char *name)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct msg m;

	begin(&m, RTM_NEWLINK, 0, &info, sizeof(info));
	put_text(&m, IFLA_IFNAME, name);
	must(name, talk(fd, &m));
}

/* Give a device an address, or take it away. */
long rt_addr(int fd, bool add, const char *name, int family, unsigned int addr, int prefix)
{
	struct ifaddrmsg info = {
		.ifa_family = family, .ifa_prefixlen = prefix, .ifa_flags = IFA_F_NODAD,
		.ifa_index = if_nametoindex(name),
	};
	uint8_t bytes[ADDR_BYTES];
	size_t len = addr_bytes(family, addr, bytes);
	struct msg m;

	begin(&m, add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0, &info, sizeof(info));
	put(&m, IFA_LOCAL, bytes, len);
	put(&m, IFA_ADDRESS, bytes, len);
	return talk(fd, &m);
}

/* Make all addresses of a network local ones, for those that are too many for a device. */
void rt_all_local(int fd, int family, unsigned int addr, int prefix)
{
	struct rtmsg info = {
		.rtm_family = family, .rtm_dst_len = prefix, .rtm_table = RT_TABLE_LOCAL, .rtm_type = RTN_LOCAL,
		.rtm_protocol = RTPROT_BOOT, .rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
	};
	uint8_t bytes[ADDR_BYTES];
	size_t len = addr_bytes(family, addr, bytes);
	struct msg m;

	begin(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	put(&m, RTA_DST, bytes, len);
	put_int(&m, RTA_OIF, if_nametoindex("lo"));
	must("local route", talk(fd, &m));
}
