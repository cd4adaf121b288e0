/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * user.h - users of a guest, from the files of the guest
 *
 * The files are hostile and no library of the guest may be loaded, so the look-up is our own: /etc/passwd and
 * /etc/group below a directory, nothing else.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t group_count;
	char *name;		/* NULL: a number without an entry */
	char *home;
	char *shell;
};

/*
 * Find a user by name or number below the directory @root. A number without an entry is a user without a name,
 * with the group of the same number and no others. 0, -ENOENT, or another negative errno.
 */
int user_lookup(int root, const char *name, struct user *ret_user);

/* Become that user, with all groups; cannot be undone. 0 or a negative errno. */
int user_become(const struct user *user);

void user_free(struct user *user);

#define _cleanup_user_ __attribute__((cleanup(user_free), unused))
