// SPDX-License-Identifier: LGPL-2.1-or-later
/* iattr - attributes of files */
#include <errno.h>

#include "internal.h"

_Static_assert(VCTX_IATTR_HIDE == VSERVER_IATTR_HIDE && VCTX_IATTR_BARRIER == VSERVER_IATTR_BARRIER &&
	       VCTX_IATTR_IXUNLINK == VSERVER_IATTR_IXUNLINK && VCTX_IATTR_TAG == VSERVER_IATTR_TAG,
	       "attributes are the kernel's");

_export_ int vctx_iattr_get(const char *path, struct vctx_iattr *ret_iattr)
{
	struct vserver_iattr data = { .name = path };
	int r = vctx_call(VSERVER_GET_IATTR, 0, &data);

	if (r < 0)
		return r;
	if (ret_iattr)
		*ret_iattr = (struct vctx_iattr){ .tag = data.tag, .flags = data.flags, .mask = data.mask };
	return 0;
}

_export_ int vctx_iattr_set(const char *path, const struct vctx_iattr *iattr)
{
	struct vserver_iattr data = {
		.name = path,
		.tag = iattr->tag,
		.flags = iattr->flags,
		.mask = iattr->mask,
	};
	int r = vctx_call(VSERVER_SET_IATTR, 0, &data);

	return r < 0 ? r : 0;
}

_export_ int vctx_iattr_get_fd(int fd, struct vctx_iattr *ret_iattr)
{
	struct vserver_fiattr data = { 0 };
	int r;

	if (fd < 0)
		return -EBADF;
	r = vctx_call(VSERVER_FGET_IATTR, (uint32_t)fd, &data);
	if (r < 0)
		return r;
	if (ret_iattr)
		*ret_iattr = (struct vctx_iattr){ .tag = data.tag, .flags = data.flags, .mask = data.mask };
	return 0;
}

_export_ int vctx_iattr_set_fd(int fd, const struct vctx_iattr *iattr)
{
	struct vserver_fiattr data = { .tag = iattr->tag, .flags = iattr->flags, .mask = iattr->mask };
	int r;

	if (fd < 0)
		return -EBADF;
	r = vctx_call(VSERVER_FSET_IATTR, (uint32_t)fd, &data);
	return r < 0 ? r : 0;
}
