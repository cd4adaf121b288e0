// SPDX-License-Identifier: GPL-2.0-or-later
/* network - network contexts and their addresses, on the command line and on standard output */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "config.h"
#include "enter.h"
#include "msg.h"
#include "network.h"
#include "parse.h"
#include "util.h"
#include "xalloc.h"

/* The file "ncontext" of a guest: 1, 0 it has none, or a negative errno after a message. */
static int configured_network(const char *name, uint32_t *ret_nid)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int dir = -1;
	struct fail f = { 0 };
	uint64_t nid;
	int r;

	if (!*name || *name == '.' || strchr(name, '/'))
		return 0;
	path = xasprintf("%s/%s", parse_confdir(), name);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return 0;
	r = config_number(dir, "ncontext", VCTX_XID_MIN, VCTX_XID_MAX, &nid, &f);
	if (r < 0)
		msg_error("wrong network context '%s': %s", name, f.text);
	if (r > 0)
		*ret_nid = (uint32_t)nid;
	return r;
}

int parse_network(const char *text, uint32_t *ret_nid)
{
	uint32_t nid;
	int r;

	if (strcmp(text, "self") == 0) {
		r = vctx_task_nid(0, &nid);
		if (r < 0) {
			msg_error("cannot tell the own network context: %s", vctx_strerror(VCTX_CALL_TASK, r));
			return -EINVAL;
		}
		*ret_nid = nid;
		return 0;
	}
	if (text[0] == ':' || parse_u32(text, &nid) == -EINVAL) {
		r = configured_network(text + (text[0] == ':'), ret_nid);
		if (r)
			return r < 0 ? -EINVAL : 0;
	}
	return parse_context(text, ret_nid);
}

int create_network(uint32_t nid, uint64_t flags, uint32_t *ret_nid)
{
	int r;

	if (nid != VCTX_XID_NONE) {
		r = vctx_net_create(nid, flags);
		if (r == 0)
			*ret_nid = nid;
		return r;
	}
	for (nid = FIRST_DYNAMIC; nid <= VCTX_XID_MAX; nid++) {
		if (vctx_net_info(nid, NULL) == 0)
			continue;
		r = vctx_net_create(nid, flags);
		if (r == -EEXIST || r == -EBUSY)
			continue;
		if (r == 0)
			*ret_nid = nid;
		return r;
	}
	return -ENOSPC;
}

static void add(struct network_addresses *a, const struct vctx_net_address *address, bool exact)
{
	a->list = xrealloc(a->list, a->count + 1, sizeof(*a->list));
	a->exact = xrealloc(a->exact, a->count + 1, sizeof(*a->exact));
	a->list[a->count] = *address;
	a->exact[a->count++] = exact;
}

void network_addresses_free(struct network_addresses *addresses)
{
	free(addresses->list);
	free(addresses->exact);
	*addresses = (struct network_addresses){ 0 };
}

/* The prefix length of a mask, -1 none. */
static int prefix_of(const unsigned char *mask, size_t size)
{
	int n = 0;

	while (n < (int)size * 8 && (mask[n / 8] & (0x80 >> (n % 8))))
		n++;
	return n;
}

/* Take the addresses of a device: how many. */
static size_t add_device(const char *name, struct network_addresses *a)
{
	struct ifaddrs *all = NULL;
	size_t count = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		char ip[INET6_ADDRSTRLEN], text[VCTX_NET_TEXT_SIZE];
		const void *bytes, *mask;
		struct vctx_net_address one;
		size_t size;

		if (!i->ifa_addr || !i->ifa_netmask || strcmp(i->ifa_name, name) != 0)
			continue;
		if (i->ifa_addr->sa_family == AF_INET) {
			bytes = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
			mask = &((const struct sockaddr_in *)(const void *)i->ifa_netmask)->sin_addr;
			size = 4;
		} else if (i->ifa_addr->sa_family == AF_INET6) {
			bytes = &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
			mask = &((const struct sockaddr_in6 *)(const void *)i->ifa_netmask)->sin6_addr;
			size = 16;
			if (IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)bytes))
				continue;
		} else {
			continue;
		}
		(void)inet_ntop(i->ifa_addr->sa_family, bytes, ip, sizeof(ip));
		(void)snprintf(text, sizeof(text), "%s/%d", ip, prefix_of(mask, size));
		if (vctx_net_address_parse(VCTX_NET_ADDRESS, text, &one) < 0)
			continue;
		one.shared = true;
		add(a, &one, true);
		count++;
	}
	freeifaddrs(all);
	return count;
}

int parse_address(enum vctx_net_kind kind, const char *text, struct network_addresses *addresses)
{
	struct vctx_net_address a;
	int r = vctx_net_address_parse(kind, text, &a);

	if (r == -EINVAL && kind == VCTX_NET_ADDRESS && strlen(text) < IF_NAMESIZE && add_device(text, addresses))
		return 0;
	switch (r) {
	case 0:
		add(addresses, &a, strchr(text, '/') != NULL);
		return 0;
	case -ERANGE:
		msg_error(kind == VCTX_NET_RANGE ? "wrong range '%s': a bad mask, or its end is before its begin" :
						   "wrong address '%s': not a network mask or prefix length", text);
		break;
	case -EAFNOSUPPORT:
		msg_error("wrong address '%s': there is no %s address with IPv6", text, vctx_net_kind_name(kind));
		break;
	default:
		if (kind == VCTX_NET_ADDRESS)
			msg_error("wrong address '%s': neither an IP address nor a device with one", text);
		else if (kind == VCTX_NET_RANGE)
			msg_error("wrong range '%s': not of the form IP-IP", text);
		else
			msg_error("wrong address '%s': not an IP address", text);
	}
	return -EINVAL;
}

void json_network_addresses(struct json *j, const char *key, const struct vctx_net_entry *entry)
{
	if (!entry) {
		json_null(j, key);
		return;
	}
	json_list(j, key);
	for (size_t i = 0; i < entry->count; i++) {
		char text[VCTX_NET_TEXT_SIZE];

		json_string(j, NULL, vctx_net_address_format(&entry->addresses[i], text));
	}
	json_end(j);
}

char *network_addresses_text(const struct vctx_net_entry *entry, const char *separator)
{
	char *all = NULL;

	for (size_t i = 0; entry && i < entry->count; i++) {
		char text[VCTX_NET_TEXT_SIZE], *longer;

		(void)vctx_net_address_format(&entry->addresses[i], text);
		longer = all ? xasprintf("%s%s%s", all, separator, text) : xstrdup(text);
		free(all);
		all = longer;
	}
	return all ? all : xstrdup("-");
}
