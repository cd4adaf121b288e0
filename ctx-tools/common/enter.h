/* SPDX-License-Identifier: GPL-2.0-or-later */
/* enter.h - what programs that make or enter a context have in common */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The exit code of a program for a failure of its own: 125 when it was to execute a command, so that it is not
 * taken for the command's, else 1.
 */
int own_failure(char *const command[]);

/* Become the command, or succeed when there is none. Returns the exit code. */
int run_command(char *const command[]);

/* Numbers that nobody chose begin here, as ever; this kernel chooses none itself. */
#define FIRST_DYNAMIC	49152U

/* The first number from @from on that no context has now, 0 when all are taken. */
uint32_t free_context(uint32_t from);

/*
 * Make a context and enter it. @xid VCTX_XID_NONE: the first free number from 49152 on. 0, or the negative errno of
 * vctx_ctx_create().
 */
int create_context(uint32_t xid, uint64_t flags, uint32_t *ret_xid);

/*
 * Make the current directory the root of the mount namespace and detach the old root. The process must have a mount
 * namespace of its own. 0 or a negative errno.
 */
int pivot_to_cwd(void);

/* The result of exec_seal_self(): a failure is worth a warning, not more. */
void warn_unsealed(int r);
