// SPDX-License-Identifier: LGPL-2.1-or-later
/* net - a network context: making, entering, flags, addresses */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PROC_VIRTNET	"/proc/virtnet"
#define MAX_INFO	(1U << 20)

_export_ int vctx_net_create(uint32_t nid, uint64_t flags)
{
	struct vserver_net_create data = { .flagword = flags };
	int r;

	if (nid < VCTX_XID_MIN || nid > VCTX_XID_MAX)
		return -EINVAL;
	r = vctx_call(VSERVER_NET_CREATE, nid, &data);
	return r < 0 ? r : 0;
}

_export_ int vctx_net_migrate(uint32_t nid)
{
	int r = vctx_call(VSERVER_NET_MIGRATE, nid, NULL);

	return r < 0 ? r : 0;	/* 1 for the spectator */
}

_export_ int vctx_net_info(uint32_t nid, uint32_t *ret_nid)
{
	struct vserver_nx_info data = { 0 };
	int r = vctx_call(VSERVER_NX_INFO, nid, &data);

	if (r < 0)
		return r;
	if (ret_nid)
		*ret_nid = data.nid;
	return 0;
}

_export_ int vctx_nflags_get(uint32_t nid, uint64_t *ret_flags, uint64_t *ret_mask)
{
	return vctx_bits_get(VSERVER_GET_NFLAGS, nid, ret_flags, ret_mask);
}

_export_ int vctx_nflags_set(uint32_t nid, uint64_t flags, uint64_t mask)
{
	return vctx_bits_set(VSERVER_SET_NFLAGS, nid, flags, mask);
}

_export_ int vctx_ncaps_get(uint32_t nid, uint64_t *ret_ncaps)
{
	return vctx_bits_get(VSERVER_GET_NCAPS, nid, ret_ncaps, NULL);
}

_export_ int vctx_ncaps_set(uint32_t nid, uint64_t ncaps, uint64_t mask)
{
	return vctx_bits_set(VSERVER_SET_NCAPS, nid, ncaps, mask);
}

/* ---- addresses ---- */

/* Types as the kernel has them, by kind. */
static const struct {
	const char *name;
	uint16_t type;
	bool v6;
} kinds[VCTX_NET_KIND_MAX_] = {
	[VCTX_NET_ADDRESS] = { "address", VSERVER_ADDR_ADDR, true },
	[VCTX_NET_NETWORK] = { "network", VSERVER_ADDR_MASK, true },
	[VCTX_NET_RANGE] = { "range", VSERVER_ADDR_RANGE, false },
	[VCTX_NET_BROADCAST] = { "broadcast", VSERVER_ADDR_ADDR | VSERVER_ADDR_MOD_BCAST, false },
	[VCTX_NET_LOOPBACK] = { "loopback", VSERVER_ADDR_ADDR | VSERVER_ADDR_MOD_LBACK, false },
	[VCTX_NET_ALL] = { "all", VSERVER_ADDR_ANY, true },
};

_export_ const char *vctx_net_kind_name(enum vctx_net_kind kind)
{
	return (unsigned int)kind < VCTX_NET_KIND_MAX_ ? kinds[kind].name : NULL;
}

static int change_address(uint32_t cmd4, uint32_t cmd6, uint32_t nid, const struct vctx_net_address *a)
{
	uint16_t flags = a->shared ? VSERVER_ADDR_FLAG_HOST : 0;
	int r;

	if ((unsigned int)a->kind >= VCTX_NET_KIND_MAX_)
		return -EINVAL;
	if (a->family == AF_INET6) {
		struct vserver_net_addr_ipv6 data = {
			.type = kinds[a->kind].type, .flags = flags, .prefix = a->prefix,
		};

		if (!kinds[a->kind].v6)
			return -EINVAL;
		memcpy(data.ip, a->ip, sizeof(data.ip));
		memcpy(data.mask, a->mask, sizeof(data.mask));
		r = vctx_call(cmd6, nid, &data);
	} else if (a->family == AF_INET) {
		struct vserver_net_addr_ipv4 data = { .type = kinds[a->kind].type, .flags = flags };

		memcpy(&data.ip, a->ip, sizeof(data.ip));
		if (a->kind == VCTX_NET_RANGE)
			memcpy(&data.ip2, a->ip2, sizeof(data.ip2));
		memcpy(&data.mask, a->mask, sizeof(data.mask));
		r = vctx_call(cmd4, nid, &data);
	} else {
		return -EINVAL;
	}
	return r < 0 ? r : 0;
}

_export_ int vctx_net_add(uint32_t nid, const struct vctx_net_address *address)
{
	if (address->kind == VCTX_NET_ALL)
		return -EINVAL;
	return change_address(VSERVER_NET_ADD_IPV4, VSERVER_NET_ADD_IPV6, nid, address);
}

_export_ int vctx_net_remove(uint32_t nid, const struct vctx_net_address *address)
{
	return change_address(VSERVER_NET_REMOVE_IPV4, VSERVER_NET_REMOVE_IPV6, nid, address);
}

static size_t address_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static void make_mask(unsigned char *mask, unsigned int prefix)
{
	memset(mask, 0, 16);
	for (unsigned int i = 0; i < prefix; i++)
		mask[i / 8] |= (unsigned char)(0x80 >> (i % 8));
}

/* Leading ones. */
static unsigned int mask_length(const unsigned char *mask, size_t size)
{
	unsigned int n = 0;

	while (n < size * 8 && (mask[n / 8] & (0x80 >> (n % 8))))
		n++;
	return n;
}

/* Is it a mask that a prefix length can tell? */
static bool mask_is_prefix(const unsigned char *mask, size_t size)
{
	unsigned char same[16];

	make_mask(same, mask_length(mask, size));
	return memcmp(same, mask, size) == 0;
}

/* "24", "255.255.255.0" or "ffff:ffff::" */
static int parse_mask(const char *text, struct vctx_net_address *a)
{
	unsigned int max = (unsigned int)address_size(a->family) * 8;
	uint32_t n;

	if (parse_decimal(text, max, &n) == 0) {
		a->prefix = n;
		make_mask(a->mask, n);
		return 0;
	}
	if (inet_pton(a->family, text, a->mask) != 1)
		return text[strspn(text, "0123456789")] ? -EINVAL : -ERANGE;
	a->prefix = mask_length(a->mask, max / 8);
	return a->family == AF_INET || mask_is_prefix(a->mask, max / 8) ? 0 : -ERANGE;
}

_export_ int vctx_net_address_parse(enum vctx_net_kind kind, const char *text, struct vctx_net_address *ret_address)
{
	static const unsigned char zero[16];
	_cleanup_free_ char *copy = NULL;
	struct vctx_net_address a = { .kind = kind };
	char *slash, *dash = NULL;
	size_t size;
	int r;

	if ((unsigned int)kind >= VCTX_NET_ALL)
		return -EINVAL;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (kind == VCTX_NET_RANGE) {
		dash = strchr(copy, '-');
		if (!dash)
			return -EINVAL;	/* cppcheck-suppress memleak ; _cleanup_free_ */
		*dash++ = '\0';
	}
	a.family = strchr(copy, ':') ? AF_INET6 : AF_INET;
	size = address_size(a.family);
	if (inet_pton(a.family, copy, a.ip) != 1 || (dash && inet_pton(a.family, dash, a.ip2) != 1))
		return -EINVAL;
	if (a.family == AF_INET6 && !kinds[kind].v6)
		return -EAFNOSUPPORT;
	if (slash && (kind == VCTX_NET_BROADCAST || kind == VCTX_NET_LOOPBACK))
		return -EINVAL;
	a.prefix = (unsigned int)size * 8;
	make_mask(a.mask, a.prefix);
	if (slash) {
		r = parse_mask(slash, &a);
		if (r < 0)
			return r;
	}
	if (kind == VCTX_NET_RANGE && memcmp(a.ip, a.ip2, size) > 0)
		return -ERANGE;
	if (kind == VCTX_NET_ADDRESS && memcmp(a.ip, zero, size) == 0) {
		a.kind = VCTX_NET_NETWORK;
		a.prefix = 0;
		memset(a.mask, 0, sizeof(a.mask));
	}
	/* the kernel compares with what is in front of the mask only */
	if (a.kind == VCTX_NET_NETWORK)
		for (size_t i = 0; i < size; i++)
			a.ip[i] &= a.mask[i];
	if (ret_address)
		*ret_address = a;
	return 0;
}

_export_ const char *vctx_net_address_format(const struct vctx_net_address *address, char *text)
{
	const struct vctx_net_address *a = address;
	size_t size = address_size(a->family), n;

	if (a->kind == VCTX_NET_ALL) {
		(void)snprintf(text, VCTX_NET_TEXT_SIZE, "all");
		return text;
	}
	(void)inet_ntop(a->family, a->ip, text, VCTX_NET_TEXT_SIZE);
	n = strlen(text);
	if (a->kind == VCTX_NET_RANGE) {
		text[n++] = '-';
		(void)inet_ntop(a->family, a->ip2, text + n, (socklen_t)(VCTX_NET_TEXT_SIZE - n));
		n = strlen(text);
	}
	if (a->kind == VCTX_NET_BROADCAST || a->kind == VCTX_NET_LOOPBACK)
		return text;
	text[n++] = '/';
	if (a->family == AF_INET6 || mask_is_prefix(a->mask, size))
		(void)snprintf(text + n, VCTX_NET_TEXT_SIZE - n, "%u", a->prefix);
	else
		(void)inet_ntop(a->family, a->mask, text + n, (socklen_t)(VCTX_NET_TEXT_SIZE - n));
	return text;
}

/* ---- what the kernel tells in /proc ---- */

_export_ int vctx_net_list(uint32_t **ret_nids, size_t *ret_count)
{
	return list_numbers(PROC_VIRTNET, ret_nids, ret_count);
}

_export_ struct vctx_net_entry *vctx_net_entry_free(struct vctx_net_entry *entry)
{
	if (entry) {
		free(entry->addresses);
		free(entry);
	}
	return NULL;
}

/* "A-B/M:TYPE" of IPv4, "A/M/PREFIX:TYPE" of IPv6; cut into pieces. */
static int parse_entry(char *text, struct vctx_net_address *ret)
{
	struct vctx_net_address a = { .family = AF_INET };
	char *type = strrchr(text, ':'), *mask, *rest;
	unsigned long value;
	char *end;

	if (!type)
		return -EBADMSG;
	*type++ = '\0';
	value = strtoul(type, &end, 16);
	if (end == type || *end)
		return -EBADMSG;
	mask = strchr(text, '/');
	if (!mask)
		return -EBADMSG;
	*mask++ = '\0';
	if (strchr(text, ':')) {
		uint32_t prefix;

		a.family = AF_INET6;
		rest = strchr(mask, '/');
		if (!rest)
			return -EBADMSG;
		*rest++ = '\0';
		if (parse_decimal(rest, 128, &prefix) < 0)
			return -EBADMSG;
		a.prefix = prefix;
	} else {
		rest = strchr(text, '-');
		if (!rest)
			return -EBADMSG;
		*rest++ = '\0';
		if (inet_pton(AF_INET, rest, a.ip2) != 1)
			return -EBADMSG;
	}
	if (inet_pton(a.family, text, a.ip) != 1 || inet_pton(a.family, mask, a.mask) != 1)
		return -EBADMSG;
	if (a.family == AF_INET)
		a.prefix = mask_length(a.mask, 4);
	for (unsigned int i = 0; i < VCTX_NET_KIND_MAX_; i++)
		if ((value & 0x3FF) == kinds[i].type) {
			a.kind = (enum vctx_net_kind)i;
			*ret = a;
			return 1;
		}
	return 0;	/* a type of a later kernel */
}

static int add_entry(struct vctx_net_entry *e, char *text, size_t *size)
{
	struct vctx_net_address a;
	int r = parse_entry(text, &a);

	if (r <= 0)
		return r;
	if (e->count == *size) {
		struct vctx_net_address *more;

		*size = *size ? *size * 2 : 8;
		more = reallocarray(e->addresses, *size, sizeof(*more));
		if (!more)
			return -ENOMEM;
		e->addresses = more;
	}
	e->addresses[e->count++] = a;
	return 0;
}

static bool is_key(const char *key, const char *a, const char *b)
{
	return strcmp(key, a) == 0 || strcmp(key, b) == 0;
}

/* Lines "KEY:\tVALUE" of an "info", a "status" or a "ninfo"; others are for later readers. */
static int parse_info(struct vctx_net_entry *e, char *text)
{
	size_t size = e->count;
	char *save = NULL;
	int r;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strstr(line, ":\t"), *end;
		struct vctx_net_address *special = NULL;

		if (!value)
			continue;
		*value = '\0';
		value += 2;
		end = value + strlen(value);
		if (*value == '[' && end[-1] == ']') {
			end[-1] = '\0';
			r = add_entry(e, value + 1, &size);
			if (r < 0)
				return r;
		} else if (is_key(line, "ID", "NID")) {
			if (parse_decimal(value, VCTX_XID_MAX, &e->nid) < 0)
				return -EBADMSG;
		} else if (is_key(line, "Bcast", "V4Root[bcast]")) {
			special = &e->broadcast;
			special->kind = VCTX_NET_BROADCAST;
		} else if (is_key(line, "Lback", "V4Root[lback]")) {
			special = &e->loopback;
			special->kind = VCTX_NET_LOOPBACK;
		} else if (is_key(line, "Flags", "NFlags")) {
			e->nflags = strtoull(value, NULL, 16);
			e->valid |= VCTX_NET_ENTRY_FLAGS;
		} else if (strcmp(line, "NCaps") == 0) {
			e->ncaps = strtoull(value, NULL, 16);
		} else if (strcmp(line, "UseCnt") == 0) {
			e->stat.references = (uint32_t)strtoul(value, NULL, 10);
			e->valid |= VCTX_NET_ENTRY_STAT;
		} else if (strcmp(line, "Tasks") == 0) {
			e->stat.claims = (uint32_t)strtoul(value, NULL, 10);
		}
		if (special) {
			special->family = AF_INET;
			special->prefix = 32;
			make_mask(special->mask, 32);
			if (inet_pton(AF_INET, value, special->ip) != 1)
				return -EBADMSG;
			e->valid |= VCTX_NET_ENTRY_SPECIAL;
		}
	}
	return 0;
}

static int read_info(struct vctx_net_entry *e, const char *path)
{
	_cleanup_free_ char *text = NULL;
	int r = read_file_at(AT_FDCWD, path, MAX_INFO, &text, NULL);

	return r < 0 ? r : parse_info(e, text);
}

_export_ int vctx_net_entry_get(uint32_t nid, struct vctx_net_entry **ret_entry)
{
	struct vctx_net_entry *e = calloc(1, sizeof(*e));
	char path[64];
	int r;

	if (!e)
		return -ENOMEM;
	if (nid == VCTX_XID_SELF) {
		r = read_info(e, "/proc/self/ninfo");
	} else {
		(void)snprintf(path, sizeof(path), PROC_VIRTNET "/%u/info", nid);
		r = read_info(e, path);
		if (r == 0) {
			(void)snprintf(path, sizeof(path), PROC_VIRTNET "/%u/status", nid);
			r = read_info(e, path);
		}
		/* hidden, or a kernel without: /proc does not tell which */
		if (r == -ENOENT)
			r = vctx_net_info(nid, NULL) == -ENOSYS ? -ENOSYS : -ESRCH;
	}
	/* after the end of a context its files are empty */
	if (r == 0 && e->nid == VCTX_XID_HOST)
		r = -ESRCH;
	if (r == -ENOENT)
		r = -ENOSYS;
	if (r < 0) {
		(void)vctx_net_entry_free(e);
		return r;
	}
	*ret_entry = e;
	return 0;
}
