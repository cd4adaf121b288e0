/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path.h - files of a guest, reached by descriptor
 *
 * A guest's tree is hostile: its symbolic links may point anywhere. Every path below is resolved with the
 * given directory as root (openat2 RESOLVE_IN_ROOT): links, absolute ones and "..", cannot lead outside.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "fail.h"

/*
 * Open @path with @root as root directory: descriptor or negative errno. O_CLOEXEC is added. For writing -EPERM when it is
 * on /proc, /sys or the like: what a guest made of a name must not set the host's kernel.
 */
int path_open_in(int root, const char *path, int flags, mode_t mode);

/* Open a directory of the host for use as @root: descriptor or negative errno. */
int path_open_root(const char *path);

/* Open the directory that holds the last component of @path; *ret_name points into @path. */
int path_open_parent(int root, const char *path, const char **ret_name);

/* Make directory @path; its parents must exist: 1 made, 0 existed as a directory, or negative errno. */
int path_mkdir_in(int root, const char *path, mode_t mode);

/* Make a directory of the host and its parents: 0 or negative errno. */
int path_mkdir_parents(const char *path, mode_t mode);

/*
 * Replace file @path with the given text, through a new file that is renamed, so that a link in its place is
 * replaced, not followed: 0 or negative errno.
 */
int path_write_in(int root, const char *path, const char *text, mode_t mode);

/*
 * Remove everything below directory @dir (and, with @itself, entry @name of @dir), never crossing into
 * another file system: 0 or negative errno with the place in @f.
 */
int path_remove_tree(int dir, const char *name, bool itself, struct fail *f);

/* Remove whatever is not a directory below @path: 0 (also when there is no such directory) or negative errno. */
int path_remove_files_in(int root, const char *path);

/* The same absolute path without "//", "/./", trailing slash; no symbolic link is looked at. ".." is refused (NULL). */
char *path_clean(const char *path);

/* Is @path the same as @dir or below it? Both as from path_clean(). */
bool path_is_below(const char *path, const char *dir);
