// SPDX-License-Identifier: LGPL-2.1-or-later
/* netlink - the generic netlink family "vserver" */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/vserver_netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "netlink.h"

#define ANSWER_SIZE	32768	/* what the kernel puts into one message of a dump at most */
#define DUMP_RETRIES	16	/* while contexts come and go */

struct family {
	uint16_t id;
	uint32_t group;		/* of events, 0 none */
};

/* ---- finding the family ---- */

static int group_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **tb = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type == CTRL_ATTR_MCAST_GRP_NAME && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0)
		tb[0] = attr;
	if (type == CTRL_ATTR_MCAST_GRP_ID && mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
		tb[1] = attr;
	return MNL_CB_OK;
}

static int family_attr(const struct nlattr *attr, void *data)
{
	struct family *f = data;
	const struct nlattr *group;

	switch (mnl_attr_get_type(attr)) {
	case CTRL_ATTR_FAMILY_ID:
		if (mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
			return MNL_CB_ERROR;
		f->id = mnl_attr_get_u16(attr);
		break;
	case CTRL_ATTR_MCAST_GROUPS:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0)
			return MNL_CB_ERROR;
		mnl_attr_for_each_nested(group, attr) {
			const struct nlattr *tb[2] = { NULL, NULL };

			if (mnl_attr_parse_nested(group, group_attr, tb) < 0)
				return MNL_CB_ERROR;
			if (tb[0] && tb[1] && strcmp(mnl_attr_get_str(tb[0]), VSERVER_MCGRP_EVENTS) == 0)
				f->group = mnl_attr_get_u32(tb[1]);
		}
		break;
	}
	return MNL_CB_OK;
}

static int family_message(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_attr, data);
}

static struct nlmsghdr *new_request(char *buf, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = (uint32_t)time(NULL);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

/* Send one request and hand its answers to @fn. -EINTR: the dump was not consistent. */
static int talk(struct mnl_socket *nl, struct nlmsghdr *request, mnl_cb_t fn, void *data)
{
	_cleanup_free_ char *buf = malloc(ANSWER_SIZE);
	unsigned int portid = mnl_socket_get_portid(nl);
	uint32_t seq = request->nlmsg_seq;
	int r = MNL_CB_OK;

	if (!buf)
		return -ENOMEM;
	if (mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		return -errno;	/* cppcheck-suppress memleak ; _cleanup_free_ */
	while (r > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, ANSWER_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buf, (size_t)n, seq, portid, fn, data);
	}
	return r < 0 ? -errno : 0;
}

static int open_family(struct mnl_socket **ret_socket, struct family *ret_family)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = new_request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	struct family f = { 0 };
	int r;

	if (!nl)
		return errno == EPROTONOSUPPORT ? -EOPNOTSUPP : -errno;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, VSERVER_FAMILY_NAME);
	r = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : talk(nl, nlh, family_message, &f);
	if (r == -ENOENT || (r == 0 && !f.id))
		r = -EOPNOTSUPP;
	if (r < 0) {
		(void)mnl_socket_close(nl);
		return r;
	}
	*ret_socket = nl;
	*ret_family = f;
	return 0;
}

int vctx_netlink_probe(void)
{
	struct mnl_socket *nl = NULL;
	struct family f;
	int r = open_family(&nl, &f);

	if (r < 0)
		return r;
	(void)mnl_socket_close(nl);
	return 0;
}

/* ---- requests ---- */

void netlink_get_text(const struct nlattr *attr, char *to, size_t size)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t n = strnlen(text, mnl_attr_get_payload_len(attr));

	if (n >= size)
		n = size - 1;
	memcpy(to, text, n);
	to[n] = '\0';
}

uint64_t netlink_get_uint(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case sizeof(uint32_t):
		return mnl_attr_get_u32(attr);
	case sizeof(uint64_t):
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

int vctx_netlink_do(uint8_t cmd, void (*fill)(struct nlmsghdr *nlh, const void *data), const void *request, mnl_cb_t fn,
		    void *data)
{
	_cleanup_free_ char *buf = malloc(ANSWER_SIZE);
	struct mnl_socket *nl = NULL;
	struct nlmsghdr *nlh;
	struct family f;
	int r = buf ? open_family(&nl, &f) : -ENOMEM;

	if (r < 0)
		return r;	/* cppcheck-suppress memleak ; _cleanup_free_ */
	nlh = new_request(buf, f.id, cmd, NLM_F_ACK);
	fill(nlh, request);
	r = talk(nl, nlh, fn, data);
	(void)mnl_socket_close(nl);
	return r;
}

int vctx_netlink_dump(uint8_t cmd, mnl_cb_t fn, struct netlink_array *array)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct mnl_socket *nl = NULL;
	struct family f = { 0 };
	int r = open_family(&nl, &f);

	if (r < 0)
		return r;
	for (int i = 0; i < DUMP_RETRIES; i++) {
		array->count = 0;
		r = talk(nl, new_request(buf, f.id, cmd, NLM_F_DUMP), fn, array);
		if (r != -EINTR)
			break;
		/* An interrupted dump leaves the rest of its messages behind. */
		(void)mnl_socket_close(nl);
		r = open_family(&nl, &f);
		if (r < 0)
			goto fail;
		r = -EINTR;
	}
	(void)mnl_socket_close(nl);
	if (r == 0)
		return 0;
fail:
	free(array->data);
	array->data = NULL;
	return r;
}

void *netlink_array_add(struct netlink_array *array)
{
	if (array->count == array->size) {
		size_t size = array->size ? array->size * 2 : 32;
		void *more = reallocarray(array->data, size, array->item);

		if (!more) {
			errno = ENOMEM;
			return NULL;
		}
		array->data = more;
		array->size = size;
	}
	return (char *)array->data + array->count++ * array->item;
}

/* ---- all contexts ---- */

static int ctx_attr(const struct nlattr *attr, void *data)
{
	struct vctx_ctx_entry *e = data;
	uint16_t len = mnl_attr_get_payload_len(attr);
	uint32_t u32 = len == sizeof(u32) ? mnl_attr_get_u32(attr) : 0;
	uint64_t u64 = len == sizeof(u64) ? mnl_attr_get_u64(attr) : 0;

	switch (mnl_attr_get_type(attr)) {
	case VSERVER_A_CTX_XID:
		e->xid = u32;
		break;
	case VSERVER_A_CTX_NAME:
		netlink_get_text(attr, e->name, sizeof(e->name));
		e->valid |= VCTX_ENTRY_NAME;
		break;
	case VSERVER_A_CTX_FLAGS:
		e->cflags = u64;
		e->valid |= VCTX_ENTRY_FLAGS;
		break;
	case VSERVER_A_CTX_BCAPS:
		e->bcaps = u64;
		break;
	case VSERVER_A_CTX_CCAPS:
		e->ccaps = u64;
		break;
	case VSERVER_A_CTX_UMASK:
		e->umask = u64;
		e->valid |= VCTX_ENTRY_MASKS;
		break;
	case VSERVER_A_CTX_WMASK:
		e->wmask = u64;
		break;
	case VSERVER_A_CTX_BADNESS:
		e->badness = (int64_t)u64;
		break;
	case VSERVER_A_CTX_INITPID:
		e->init_pid = u32;
		break;
	case VSERVER_A_CTX_TASKS:
		e->stat.claims = u32;
		e->valid |= VCTX_ENTRY_STAT;
		break;
	case VSERVER_A_CTX_USECNT:
		e->stat.references = u32;
		break;
	case VSERVER_A_CTX_SPACE0_MASK:
		e->spaces[0] = u64;
		e->valid |= VCTX_ENTRY_SPACES;
		break;
	case VSERVER_A_CTX_SPACE1_MASK:
		e->spaces[1] = u64;
		break;
	}
	return MNL_CB_OK;
}

static int ctx_message(const struct nlmsghdr *nlh, void *data)
{
	struct vctx_ctx_entry e = { 0 }, *to;

	if (mnl_attr_parse(nlh, sizeof(struct genlmsghdr), ctx_attr, &e) < 0)
		return MNL_CB_ERROR;
	to = netlink_array_add(data);
	if (!to)
		return MNL_CB_ERROR;
	*to = e;
	return MNL_CB_OK;
}

int vctx_netlink_contexts(struct vctx_ctx_entry **ret_entries, size_t *ret_count)
{
	struct netlink_array a = { .item = sizeof(struct vctx_ctx_entry) };
	int r = vctx_netlink_dump(VSERVER_CMD_CTX_GET, ctx_message, &a);

	if (r < 0)
		return r;
	*ret_entries = a.data;
	*ret_count = a.count;
	return 0;
}

/* ---- events ---- */

struct vctx_events {
	struct mnl_socket *nl;
	struct family family;
	char *buf;
	size_t begin, end;	/* of messages not yet handed out */
};

static const char *const event_names[] = {
	[VCTX_EVENT_CREATED] = "created",
	[VCTX_EVENT_STARTED] = "started",
	[VCTX_EVENT_REBOOT] = "reboot",
	[VCTX_EVENT_ENDED] = "ended",
	[VCTX_EVENT_LIMIT] = "limit",
	[VCTX_EVENT_SOFT_LIMIT] = "soft-limit",
	[VCTX_EVENT_OOM] = "oom",
	[VCTX_EVENT_FROZEN] = "frozen",
};

_Static_assert((int)VCTX_EVENT_CREATED == (int)VSERVER_EVENT_TYPE_CREATED &&
	       (int)VCTX_EVENT_FROZEN == (int)VSERVER_EVENT_TYPE_FROZEN, "events are the kernel's");

_export_ const char *vctx_event_name(enum vctx_event_type type)
{
	return (unsigned int)type < ARRAY_SIZE(event_names) ? event_names[type] : NULL;
}

_export_ int vctx_event_from_name(const char *name, enum vctx_event_type *ret_type)
{
	for (unsigned int i = VCTX_EVENT_CREATED; i < ARRAY_SIZE(event_names); i++)
		if (strcasecmp(name, event_names[i]) == 0) {
			if (ret_type)
				*ret_type = (enum vctx_event_type)i;
			return 0;
		}
	return -ENOENT;
}

_export_ int vctx_events_open(struct vctx_events **ret_events)
{
	struct vctx_events *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->buf = malloc(ANSWER_SIZE);
	r = e->buf ? open_family(&e->nl, &e->family) : -ENOMEM;
	if (r == 0 && !e->family.group)
		r = -EOPNOTSUPP;
	if (r == 0 && mnl_socket_setsockopt(e->nl, NETLINK_ADD_MEMBERSHIP, &e->family.group,
					    sizeof(e->family.group)) < 0)
		r = -errno;
	if (r < 0) {
		vctx_events_close(e);
		return r;
	}
	*ret_events = e;
	return 0;
}

_export_ int vctx_events_fd(const struct vctx_events *events)
{
	return mnl_socket_get_fd(events->nl);
}

static int event_attr(const struct nlattr *attr, void *data)
{
	struct vctx_event *e = data;
	uint16_t len = mnl_attr_get_payload_len(attr);
	uint32_t u32 = len == sizeof(u32) ? mnl_attr_get_u32(attr) : 0;

	switch (mnl_attr_get_type(attr)) {
	case VSERVER_A_EVENT_SEQ:
		e->seq = u32;
		break;
	case VSERVER_A_EVENT_TYPE:
		e->type = (enum vctx_event_type)u32;
		break;
	case VSERVER_A_EVENT_XID:
		e->xid = u32;
		break;
	case VSERVER_A_EVENT_NAME:
		netlink_get_text(attr, e->name, sizeof(e->name));
		break;
	case VSERVER_A_EVENT_INITPID:
		e->init_pid = u32;
		break;
	case VSERVER_A_EVENT_EXIT_CODE:
		e->status = (int)u32;
		break;
	case VSERVER_A_EVENT_REBOOT_CMD:
		e->reboot_cmd = u32;
		break;
	case VSERVER_A_EVENT_LIMIT:
		if (mnl_attr_validate(attr, MNL_TYPE_NESTED) < 0 || netlink_get_limit(attr, &e->limit) < 0)
			return MNL_CB_ERROR;
		e->has_limit = true;
		break;
	case VSERVER_A_EVENT_PID:
		e->pid = u32;
		break;
	case VSERVER_A_EVENT_COMM:
		netlink_get_text(attr, e->comm, sizeof(e->comm));
		break;
	case VSERVER_A_EVENT_MEMORY_MAX:
		e->memory_max = netlink_get_uint(attr);
		break;
	}
	return MNL_CB_OK;
}

/* Take one event out of the buffer: 1, or 0 when it is empty. */
static int next_event(struct vctx_events *ev, struct vctx_event *ret_event)
{
	while (ev->begin < ev->end) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)(const void *)(ev->buf + ev->begin);
		int left = (int)(ev->end - ev->begin);
		const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
		struct vctx_event e = { .memory_max = VCTX_LIMIT_INFINITY };

		if (!mnl_nlmsg_ok(nlh, left)) {
			ev->begin = ev->end;
			break;
		}
		ev->begin += MNL_ALIGN(nlh->nlmsg_len);
		if (nlh->nlmsg_type != ev->family.id || mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) ||
		    genl->cmd != VSERVER_CMD_EVENT ||
		    mnl_attr_parse(nlh, sizeof(*genl), event_attr, &e) < 0)
			continue;
		*ret_event = e;
		return 1;
	}
	return 0;
}

_export_ int vctx_events_read(struct vctx_events *events, int timeout_ms, struct vctx_event *ret_event)
{
	struct pollfd p = { .fd = mnl_socket_get_fd(events->nl), .events = POLLIN };
	struct vctx_event e;

	while (!next_event(events, &e)) {
		int r = poll(&p, 1, timeout_ms);
		ssize_t n;

		if (r < 0)
			return -errno;
		if (r == 0)
			return -EAGAIN;
		n = mnl_socket_recvfrom(events->nl, events->buf, ANSWER_SIZE);
		if (n < 0)
			return -errno;
		events->begin = 0;
		events->end = (size_t)n;
	}
	if (ret_event)
		*ret_event = e;
	return 0;
}

_export_ struct vctx_events *vctx_events_close(struct vctx_events *events)
{
	if (!events)
		return NULL;
	if (events->nl)
		(void)mnl_socket_close(events->nl);
	free(events->buf);
	free(events);
	return NULL;
}
