/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* internal.h - private declarations of libvctx */
#pragma once

#include <linux/vserver.h>
#include <stdint.h>

#include <vctx.h>

#include "../shared/cleanup.h"
#include "../shared/macro.h"
#include "../shared/util.h"

/* syscall.c: the one way into the kernel; a result >= 0 or a negative errno. */
int vctx_call(uint32_t cmd, uint32_t id, void *data);

/* ctx.c: flag words of both kinds of contexts; @ret_bits and @ret_mask may be NULL. */
int vctx_bits_get(uint32_t cmd, uint32_t id, uint64_t *ret_bits, uint64_t *ret_mask);
int vctx_bits_set(uint32_t cmd, uint32_t id, uint64_t bits, uint64_t mask);

/* netlink.c: -EOPNOTSUPP when the kernel does not have the family "vserver". */
int vctx_netlink_probe(void);
/* All contexts, ascending, with what the kernel tells in one go; the array belongs to the caller. */
int vctx_netlink_contexts(struct vctx_ctx_entry **ret_entries, size_t *ret_count);

/* list.c: the decimal names of a directory of /proc, ascending; -ENOSYS when there is no such directory. */
int list_numbers(const char *path, uint32_t **ret_ids, size_t *ret_count);
