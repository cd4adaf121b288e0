// SPDX-License-Identifier: LGPL-2.1-or-later
/* netlink - the generic netlink family "vserver" */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

#define FAMILY "vserver"
#define ANSWER_SIZE 32768	/* what the kernel puts into one message of a dump at most */

struct family {
	uint16_t id;
	uint32_t group;		/* of events, 0 unknown */
};

static int family_attr(const struct nlattr *attr, void *data)
{
	struct family *f = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID) {
		if (mnl_attr_validate(attr, MNL_TYPE_U16) < 0)
			return MNL_CB_ERROR;
		f->id = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

static int family_message(const struct nlmsghdr *nlh, void *data)
{
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_attr, data);
}

/* Send one request and hand its answers to @fn. */
static int talk(struct mnl_socket *nl, struct nlmsghdr *request, mnl_cb_t fn, void *data)
{
	_cleanup_free_ char *buf = malloc(ANSWER_SIZE);
	unsigned int portid = mnl_socket_get_portid(nl);
	uint32_t seq = request->nlmsg_seq;
	int r;

	if (!buf)
		return -ENOMEM;
	if (mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t n = mnl_socket_recvfrom(nl, buf, ANSWER_SIZE);

		if (n < 0 && errno == EINTR) {
			r = MNL_CB_OK;
			continue;
		}
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buf, (size_t)n, seq, portid, fn, data);
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}

static int resolve(struct mnl_socket *nl, struct family *ret_family)
{
	char buf[512] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct family f = { 0 };
	struct genlmsghdr *genl;
	int r;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = (uint32_t)time(NULL);
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, FAMILY);
	r = talk(nl, nlh, family_message, &f);
	if (r == -ENOENT || (r == 0 && !f.id))
		return -EOPNOTSUPP;
	if (r < 0)
		return r;
	*ret_family = f;
	return 0;
}

static int open_family(struct mnl_socket **ret_socket, struct family *ret_family)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int r;

	if (!nl)
		return errno == EPROTONOSUPPORT ? -EOPNOTSUPP : -errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = -errno;
		(void)mnl_socket_close(nl);
		return r;
	}
	r = resolve(nl, ret_family);
	if (r < 0) {
		(void)mnl_socket_close(nl);
		return r;
	}
	*ret_socket = nl;
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
