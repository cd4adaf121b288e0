// SPDX-License-Identifier: LGPL-2.1-or-later
/* info - what the running kernel can do, and who is where */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

#include "internal.h"

_export_ const char *vctx_library_version(void)
{
	return VCTX_VERSION;
}

_export_ int vctx_version(uint32_t *ret_version)
{
	/* The published library passes the number of a retired category; the kernel ignores it. */
	int r = vctx_call(VSERVER_GET_VERSION, 63, NULL);

	if (r < 0)
		return r;
	if (ret_version)
		*ret_version = (uint32_t)r;
	return 0;
}

_export_ int vctx_config(uint32_t *ret_config)
{
	int r = vctx_call(VSERVER_GET_VCI, 0, NULL);

	if (r < 0)
		return r;
	if (ret_config)
		*ret_config = (uint32_t)r;
	return 0;
}

static const char *const feature_names[VCTX_FEATURE_MAX_] = {
	[VCTX_FEATURE_COMPAT] = "compat",
	[VCTX_FEATURE_VSHELPER0] = "vshelper0",
	[VCTX_FEATURE_VSHELPER] = "vshelper",
	[VCTX_FEATURE_VKILL] = "vkill",
	[VCTX_FEATURE_RLIMIT] = "rlimit",
	[VCTX_FEATURE_VINFO] = "vinfo",
	[VCTX_FEATURE_VHI] = "vhi",
	[VCTX_FEATURE_IATTR] = "iattr",
	[VCTX_FEATURE_MIGRATE] = "migrate",
	[VCTX_FEATURE_NAMESPACE] = "namespace",
	[VCTX_FEATURE_VWAIT] = "vwait",
	[VCTX_FEATURE_SCHED] = "sched",
	[VCTX_FEATURE_VNET] = "vnet",
	[VCTX_FEATURE_PERSISTENT] = "persistent",
	[VCTX_FEATURE_VSTAT] = "vstat",
	[VCTX_FEATURE_PPTAG] = "pptag",
	[VCTX_FEATURE_SPACES] = "spaces",
	[VCTX_FEATURE_PIVOT_ROOT] = "pivot_root",
	[VCTX_FEATURE_PIDSPACE] = "pidspace",
	[VCTX_FEATURE_MEMCG] = "memcg",
	[VCTX_FEATURE_DYNAMIC] = "dynamic",
	[VCTX_FEATURE_BME] = "bme",
	[VCTX_FEATURE_NETLINK] = "netlink",
};

_export_ const char *vctx_feature_name(enum vctx_feature feature)
{
	return (unsigned int)feature < VCTX_FEATURE_MAX_ ? feature_names[feature] : NULL;
}

_export_ int vctx_feature_from_name(const char *name, enum vctx_feature *ret_feature)
{
	for (unsigned int i = 0; i < VCTX_FEATURE_MAX_; i++)
		if (strcasecmp(name, feature_names[i]) == 0) {
			if (ret_feature)
				*ret_feature = (enum vctx_feature)i;
			return 0;
		}
	return -ENOENT;
}

/* The published rule for "bme" asks for a kernel older than 2.6.26. */
static bool kernel_before_2_6_26(void)
{
	unsigned int a, b, c = 0;
	struct utsname u;

	if (uname(&u) < 0 || sscanf(u.release, "%u.%u.%u", &a, &b, &c) < 2)
		return false;
	return a < 2 || (a == 2 && (b < 6 || (b == 6 && c < 26)));
}

_export_ int vctx_supported(enum vctx_feature feature)
{
	uint32_t ver, config;

	if ((unsigned int)feature >= VCTX_FEATURE_MAX_)
		return -EINVAL;
	if (vctx_version(&ver) < 0)
		return 0;
	if (vctx_config(&config) < 0)
		config = 0;

	switch (feature) {
	case VCTX_FEATURE_COMPAT:
		return 1;
	case VCTX_FEATURE_VSHELPER0:
		return ver >= 0x10000 && ver < 0x10010;
	case VCTX_FEATURE_VSHELPER:
		return ver >= 0x10000;
	case VCTX_FEATURE_VKILL:
	case VCTX_FEATURE_RLIMIT:
		return ver >= 0x10004;
	case VCTX_FEATURE_VINFO:
	case VCTX_FEATURE_VHI:
		return ver >= 0x10010;
	case VCTX_FEATURE_IATTR:
		return ver >= 0x10011;
	case VCTX_FEATURE_MIGRATE:
	case VCTX_FEATURE_NAMESPACE:
		return ver >= 0x10012;
	case VCTX_FEATURE_VWAIT:
		return ver >= 0x10025;
	case VCTX_FEATURE_SCHED:
		return ver >= 0x20000;
	case VCTX_FEATURE_VNET:
		/* the version alone does not tell: they can be left out */
		return ver >= 0x20001 && vctx_net_info(VCTX_XID_MAX, NULL) != -ENOSYS;
	case VCTX_FEATURE_PERSISTENT:
		return ver >= 0x20002;
	case VCTX_FEATURE_VSTAT:
		return ver >= 0x20103 && ver < 0x20306;
	case VCTX_FEATURE_PPTAG:
		return !!(config & VCTX_CONFIG_PPTAG);
	case VCTX_FEATURE_SPACES:
		return !!(config & VCTX_CONFIG_SPACES);
	case VCTX_FEATURE_PIVOT_ROOT:
		return ver >= 0x20304;
	case VCTX_FEATURE_PIDSPACE:
		return 0;
	case VCTX_FEATURE_MEMCG:
		return ver >= 0x20306 && (config & VCTX_CONFIG_MEMCG);
	case VCTX_FEATURE_DYNAMIC:
		return ver < 0x20300 || !(config & VCTX_CONFIG_NO_DYNAMIC);
	case VCTX_FEATURE_BME:
		return kernel_before_2_6_26();
	case VCTX_FEATURE_NETLINK:
		return vctx_netlink_probe() == 0;
	case VCTX_FEATURE_MAX_:
		break;
	}
	return -EINVAL;
}

_export_ enum vctx_xid_type vctx_xid_type(uint32_t xid)
{
	uint32_t config, first_dynamic = VCTX_XID_MAX + 1;

	if (xid == VCTX_XID_HOST)
		return VCTX_XID_TYPE_MAIN;
	if (xid == VCTX_XID_WATCH)
		return VCTX_XID_TYPE_WATCH;
	if (vctx_config(&config) == 0 && !(config & VCTX_CONFIG_NO_DYNAMIC))
		first_dynamic = 49152;
	if (xid < first_dynamic)
		return VCTX_XID_TYPE_STATIC;
	if (xid < VCTX_XID_MAX)
		return VCTX_XID_TYPE_DYNAMIC;
	return VCTX_XID_TYPE_INVALID;
}

_export_ const char *vctx_xid_type_name(enum vctx_xid_type type)
{
	static const char *const names[] = {
		[VCTX_XID_TYPE_INVALID] = "invalid",
		[VCTX_XID_TYPE_MAIN] = "main",
		[VCTX_XID_TYPE_WATCH] = "watch",
		[VCTX_XID_TYPE_STATIC] = "static",
		[VCTX_XID_TYPE_DYNAMIC] = "dynamic",
	};

	return (unsigned int)type < ARRAY_SIZE(names) ? names[type] : NULL;
}

static int task_id(uint32_t cmd, pid_t pid, uint32_t *ret_id)
{
	int r;

	if (pid < 0)
		return -ESRCH;
	r = vctx_call(cmd, (uint32_t)pid, NULL);
	if (r < 0)
		return r;
	if (ret_id)
		*ret_id = (uint32_t)r;
	return 0;
}

_export_ int vctx_task_xid(pid_t pid, uint32_t *ret_xid)
{
	return task_id(VSERVER_TASK_XID, pid, ret_xid);
}

_export_ int vctx_task_nid(pid_t pid, uint32_t *ret_nid)
{
	return task_id(VSERVER_TASK_NID, pid, ret_nid);
}

_export_ int vctx_task_tag(pid_t pid, uint32_t *ret_tag)
{
	return task_id(VSERVER_TASK_TAG, pid, ret_tag);
}
