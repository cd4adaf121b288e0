// SPDX-License-Identifier: LGPL-2.1-or-later
/* stat - statistics and limits of contexts, by generic netlink */
#include <errno.h>
#include <linux/genetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"

static const char *const family_names[] = { "unspec", "unix", "inet", "inet6", "packet", "other" };

_Static_assert(ARRAY_SIZE(family_names) == VCTX_FAMILY_MAX_, "one name each");

_export_ const char *vctx_family_name(enum vctx_family family)
{
	return (unsigned int)family < ARRAY_SIZE(family_names) ? family_names[family] : NULL;
}

/* ---- nests ---- */

static int limit_attr(const struct nlattr *attr, void *data)
{
	struct vctx_limit_entry *e = data;

	switch (mnl_attr_get_type(attr)) {
	case VSERVER_A_LIMIT_ID:
		e->id = (uint32_t)netlink_get_uint(attr);
		break;
	case VSERVER_A_LIMIT_NAME:
		netlink_get_text(attr, e->name, sizeof(e->name));
		break;
	case VSERVER_A_LIMIT_USED:
		e->used = netlink_get_uint(attr);
		break;
	case VSERVER_A_LIMIT_LOWEST:
		e->lowest = netlink_get_uint(attr);
		break;
	case VSERVER_A_LIMIT_PEAK:
		e->peak = netlink_get_uint(attr);
		break;
	case VSERVER_A_LIMIT_SOFT:
		e->soft = netlink_get_uint(attr);
		break;
	case VSERVER_A_LIMIT_HARD:
		e->hard = netlink_get_uint(attr);
		break;
	case VSERVER_A_LIMIT_HITS:
		e->hits = (uint32_t)netlink_get_uint(attr);
		break;
	}
	return MNL_CB_OK;
}

int netlink_get_limit(const struct nlattr *nest, struct vctx_limit_entry *ret_limit)
{
	struct vctx_limit_entry e = { .id = VCTX_LIMIT_MAX_, .soft = VCTX_LIMIT_INFINITY, .hard = VCTX_LIMIT_INFINITY };
	const char *name;

	if (mnl_attr_parse_nested(nest, limit_attr, &e) < 0)
		return -errno;
	name = vctx_limit_name(e.id);
	if (!e.name[0] && name)
		(void)copy_string(e.name, sizeof(e.name), name);
	*ret_limit = e;
	return 0;
}

struct sock {
	uint32_t family;
	struct vctx_sock_stat stat;
};

static int sock_attr(const struct nlattr *attr, void *data)
{
	struct sock *s = data;

	switch (mnl_attr_get_type(attr)) {
	case VSERVER_A_SOCK_FAMILY:
		s->family = (uint32_t)netlink_get_uint(attr);
		break;
	case VSERVER_A_SOCK_RECEIVED:
		s->stat.received = netlink_get_uint(attr);
		break;
	case VSERVER_A_SOCK_SENT:
		s->stat.sent = netlink_get_uint(attr);
		break;
	case VSERVER_A_SOCK_FAILED:
		s->stat.failed = netlink_get_uint(attr);
		break;
	case VSERVER_A_SOCK_RECEIVED_BYTES:
		s->stat.received_bytes = netlink_get_uint(attr);
		break;
	case VSERVER_A_SOCK_SENT_BYTES:
		s->stat.sent_bytes = netlink_get_uint(attr);
		break;
	case VSERVER_A_SOCK_FAILED_BYTES:
		s->stat.failed_bytes = netlink_get_uint(attr);
		break;
	}
	return MNL_CB_OK;
}

/* ---- one context ---- */

/* Where the numbers go. */
#define WIDE(attr, field)	[VSERVER_A_STAT_##attr] = { offsetof(struct vctx_stat, field), true }
#define NARROW(attr, field)	[VSERVER_A_STAT_##attr] = { offsetof(struct vctx_stat, field), false }
static const struct {
	size_t offset;
	bool wide;
} numbers[VSERVER_A_STAT_MAX + 1] = {
	NARROW(XID, xid),
	WIDE(UPTIME_NS, uptime_ns),
	NARROW(NR_FORKS, forks),
	NARROW(LOAD1, load[0]),
	NARROW(LOAD5, load[1]),
	NARROW(LOAD15, load[2]),
	NARROW(PROCESSES, processes),
	NARROW(THREADS, threads),
	NARROW(RUNNING, running),
	NARROW(BLOCKED, blocked),
	WIDE(USER_NS, user_ns),
	WIDE(SYSTEM_NS, system_ns),
	WIDE(VOLUNTARY_SWITCHES, voluntary_switches),
	WIDE(INVOLUNTARY_SWITCHES, involuntary_switches),
	WIDE(MINOR_FAULTS, minor_faults),
	WIDE(MAJOR_FAULTS, major_faults),
	WIDE(CHARS_READ, chars_read),
	WIDE(CHARS_WRITTEN, chars_written),
	WIDE(READ_CALLS, read_calls),
	WIDE(WRITE_CALLS, write_calls),
	WIDE(READ_BYTES, read_bytes),
	WIDE(WRITE_BYTES, write_bytes),
	WIDE(CANCELLED_WRITE_BYTES, cancelled_write_bytes),
	WIDE(VM_BYTES, vm_bytes),
	WIDE(LOCKED_BYTES, locked_bytes),
	WIDE(RSS_ANON_BYTES, rss_anon_bytes),
	WIDE(RSS_FILE_BYTES, rss_file_bytes),
	WIDE(RSS_SHMEM_BYTES, rss_shmem_bytes),
	WIDE(SWAP_BYTES, swap_bytes),
	WIDE(PAGE_TABLE_BYTES, page_table_bytes),
};

static int stat_attr(const struct nlattr *attr, void *data)
{
	struct vctx_stat *s = data;
	uint16_t type = mnl_attr_get_type(attr);
	uint64_t value;

	switch (type) {
	case VSERVER_A_STAT_NAME:
		netlink_get_text(attr, s->name, sizeof(s->name));
		return MNL_CB_OK;
	case VSERVER_A_STAT_LIMIT:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
			return MNL_CB_ERROR;
		/* those of a later kernel that has more than we keep are left out */
		if (s->limit_count < VCTX_STAT_LIMITS) {
			if (netlink_get_limit(attr, &s->limit[s->limit_count]) < 0)
				return MNL_CB_ERROR;
			s->limit_count++;
		}
		return MNL_CB_OK;
	case VSERVER_A_STAT_SOCK: {
		struct sock k = { .family = VCTX_FAMILY_MAX_ };

		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 || mnl_attr_parse_nested(attr, sock_attr, &k) < 0)
			return MNL_CB_ERROR;
		if (k.family < VCTX_FAMILY_MAX_)
			s->sock[k.family] = k.stat;
		return MNL_CB_OK;
	}
	}
	if (type >= ARRAY_SIZE(numbers) || (!numbers[type].offset && type != VSERVER_A_STAT_XID))
		return MNL_CB_OK;
	value = netlink_get_uint(attr);
	if (numbers[type].wide) {
		memcpy((char *)s + numbers[type].offset, &value, sizeof(value));
	} else {
		uint32_t narrow = (uint32_t)value;

		memcpy((char *)s + numbers[type].offset, &narrow, sizeof(narrow));
	}
	return MNL_CB_OK;
}

static int stat_message(const struct nlmsghdr *nlh, void *data)
{
	struct vctx_stat *s = netlink_array_add(data);

	if (!s)
		return MNL_CB_ERROR;
	memset(s, 0, sizeof(*s));
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), stat_attr, s) < 0 ? MNL_CB_ERROR : MNL_CB_OK;
}

/* Netlink has no word for the own one. */
static int own_xid(uint32_t *xid)
{
	return *xid & 0x80000000U ? vctx_task_xid(0, xid) : 0;
}

static void put_xid(struct nlmsghdr *nlh, const void *data)
{
	mnl_attr_put_u32(nlh, VSERVER_A_STAT_XID, *(const uint32_t *)data);
}

_export_ int vctx_stat_get(uint32_t xid, struct vctx_stat *ret_stat)
{
	struct netlink_array a = { .item = sizeof(struct vctx_stat) };
	int r = own_xid(&xid);

	if (r == 0)
		r = vctx_netlink_do(VSERVER_CMD_STAT_GET, put_xid, &xid, stat_message, &a);
	if (r == 0 && !a.count)
		r = -EOPNOTSUPP;
	if (r == 0 && ret_stat)
		memcpy(ret_stat, a.data, sizeof(*ret_stat));
	free(a.data);
	return r;
}

_export_ int vctx_stat_list(struct vctx_stat **ret_stats, size_t *ret_count)
{
	struct netlink_array a = { .item = sizeof(struct vctx_stat) };
	int r = vctx_netlink_dump(VSERVER_CMD_STAT_GET, stat_message, &a);

	if (r < 0)
		return r;
	if (ret_count)
		*ret_count = a.count;
	if (ret_stats)
		*ret_stats = a.data;
	else
		free(a.data);
	return 0;
}

/* ---- setting ---- */

struct changes {
	uint32_t xid;
	const struct vctx_limit_change *list;
	size_t count;
};

/* An attribute of the type uint: as short as the value. */
static void put_uint(struct nlmsghdr *nlh, uint16_t type, uint64_t value)
{
	if (value <= UINT32_MAX)
		mnl_attr_put_u32(nlh, type, (uint32_t)value);
	else
		mnl_attr_put_u64(nlh, type, value);
}

static void put_changes(struct nlmsghdr *nlh, const void *data)
{
	const struct changes *c = data;

	mnl_attr_put_u32(nlh, VSERVER_A_STAT_XID, c->xid);
	for (size_t i = 0; i < c->count; i++) {
		struct nlattr *nest = mnl_attr_nest_start(nlh, VSERVER_A_STAT_LIMIT);

		mnl_attr_put_u32(nlh, VSERVER_A_LIMIT_ID, c->list[i].id);
		if (c->list[i].soft != VCTX_LIMIT_KEEP)
			put_uint(nlh, VSERVER_A_LIMIT_SOFT, c->list[i].soft);
		if (c->list[i].hard != VCTX_LIMIT_KEEP)
			put_uint(nlh, VSERVER_A_LIMIT_HARD, c->list[i].hard);
		mnl_attr_nest_end(nlh, nest);
	}
}

_export_ int vctx_limits_set(uint32_t xid, const struct vctx_limit_change *changes, size_t count)
{
	struct changes c = { .list = changes, .count = count };
	bool by_call = true;
	int r;

	for (size_t i = 0; i < count; i++)
		if (changes[i].id >= VCTX_LIMIT_NETLINK)
			by_call = false;
	if (count > VCTX_LIMIT_MAX_)
		return -EINVAL;
	c.xid = xid;
	r = own_xid(&c.xid);
	if (r == 0)
		r = vctx_netlink_do(VSERVER_CMD_LIMIT_SET, put_changes, &c, NULL, NULL);
	if (!by_call || (r != -EOPNOTSUPP && r != -EPERM))
		return r;
	for (size_t i = 0; i < count; i++) {
		r = vctx_limit_set(xid, changes[i].id, changes[i].soft, changes[i].hard);
		if (r < 0)
			return r;
	}
	return 0;
}
