/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.h - go through files and directories given on the command line */
#pragma once

#include <sys/stat.h>

#define TREE_RECURSIVE	0x1U	/* directories with all below */
#define TREE_ONE_FS	0x2U	/* not to other file systems */
#define TREE_NO_HIDDEN	0x4U	/* not names that begin with a dot */
#define TREE_LIST	0x8U	/* a directory stands for what is in it */

/*
 * Call a function for @path and, with TREE_RECURSIVE or TREE_LIST, for what is in it; links are not followed. A failure
 * (also a file that is not there, said in a message) does not end the walk: the last one is the result, else 0.
 *
 * The function gets the path, to be shown, and another name, to be used: what is above a file may belong to a guest,
 * which can put a link there meanwhile.
 */
int tree_walk(const char *path, unsigned int how,
	      int (*fn)(const char *path, const char *name, const struct stat *st, void *data), void *data);
