/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copy.h - copy a tree of files
 *
 * Owner, mode, times, extended attributes, hard links and holes are kept; blocks are shared (reflink) where the
 * file system can. Both sides are reached by descriptor without following links, so a source that somebody
 * changes meanwhile cannot lead outside. Other file systems mounted below the source, sockets and device nodes
 * are left out.
 */
#pragma once

#include <stdint.h>

#include "fail.h"

struct copy_result {
	uint64_t files;		/* regular files copied, without further links to them */
	uint64_t bytes;		/* their sizes */
	uint64_t cloned;	/* of these, files that share their blocks with the source */
	uint64_t links;		/* further names of files */
	uint64_t directories;
	uint64_t skipped;	/* sockets, device nodes, mounted directories */
};

/*
 * Copy what is in directory @from into directory @to. @exclude: NULL, or shell patterns of paths relative to @from
 * (beginning with '/'), ended by NULL. 0 or negative errno with the place in @f.
 */
int copy_tree(int from, int to, char *const *exclude, struct copy_result *ret, struct fail *f);
