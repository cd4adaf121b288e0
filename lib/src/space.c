// SPDX-License-Identifier: LGPL-2.1-or-later
/* space - the namespaces that a context stores */
#include <errno.h>

#include "internal.h"

static int space(uint32_t cmd, uint32_t xid, uint64_t mask, unsigned int index)
{
	struct vserver_space_mask data = { .mask = mask, .index = index };
	int r = vctx_call(cmd, xid, &data);

	return r < 0 ? r : 0;
}

_export_ int vctx_space_set(uint32_t xid, uint64_t mask, unsigned int index)
{
	return space(VSERVER_SET_SPACE, xid, mask, index);
}

_export_ int vctx_space_enter(uint32_t xid, uint64_t mask, unsigned int index)
{
	return space(VSERVER_ENTER_SPACE, xid, mask, index);
}

static int mask_get(uint32_t cmd, uint64_t *ret_mask)
{
	struct vserver_space_mask_v1 data = { 0 };
	int r = vctx_call(cmd, 0, &data);

	if (r < 0)
		return r;
	if (ret_mask)
		*ret_mask = data.mask;
	return 0;
}

_export_ int vctx_space_mask(uint64_t *ret_mask)
{
	return mask_get(VSERVER_GET_SPACE_MASK, ret_mask);
}

_export_ int vctx_space_default(uint64_t *ret_mask)
{
	return mask_get(VSERVER_GET_SPACE_DEFAULT, ret_mask);
}
