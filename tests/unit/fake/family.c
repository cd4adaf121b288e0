// SPDX-License-Identifier: GPL-2.0-or-later
/* family - messages of the generic netlink family "vserver", for the other side of the socket */
#include <linux/genetlink.h>

#include "family.h"
#include "netlink.h"

static char buf[4096] __attribute__((aligned(8)));

struct nlmsghdr *family_message(void *at, uint16_t type, uint16_t flags, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	return nlh;
}

void family_ack(int error)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *e;

	nlh->nlmsg_type = NLMSG_ERROR;
	e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	e->error = error;
	fake_datagram(buf, nlh->nlmsg_len, 0);
}

void family_done(uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = NLMSG_DONE;
	nlh->nlmsg_flags = NLM_F_MULTI | flags;
	(void)mnl_nlmsg_put_extra_header(nlh, sizeof(int));
	fake_datagram(buf, nlh->nlmsg_len, 0);
}

void family_send(const char *group)
{
	struct nlmsghdr *nlh = family_message(buf, GENL_ID_CTRL, 0, CTRL_CMD_NEWFAMILY);
	struct nlattr *groups, *one;

	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY_ID);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	one = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, group);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, 5);
	mnl_attr_nest_end(nlh, one);
	mnl_attr_nest_end(nlh, groups);
	fake_datagram(buf, nlh->nlmsg_len, 0);
	family_ack(0);
}
