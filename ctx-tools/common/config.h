/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - read a tree of small files, as below /etc/vservers
 *
 * Scalars are the first line of a file without surrounding blanks, lists have an item per line, booleans
 * are there or not, locations are symbolic links. The tree belongs to the administrator and is trusted;
 * that a file is a regular file of sensible size is checked all the same. All paths are relative to @dir.
 *
 * Functions that look for something return 1 when it is there, 0 when not, and a negative errno with the
 * reason in @f otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"

/* Largest file that is read: far above anything sensible. */
#define CONFIG_MAX_BYTES	(1U << 20)

/* Lists of words may have comment lines starting with '#'; lists of arguments take them as they are. */
#define CONFIG_COMMENTS		0x1U

bool config_exists(int dir, const char *path);
int config_text(int dir, const char *path, char **ret_text, struct fail *f);
int config_list(int dir, const char *path, unsigned int flags, char ***ret_list, struct fail *f);
int config_number(int dir, const char *path, uint64_t min, uint64_t max, uint64_t *ret, struct fail *f);
int config_signed(int dir, const char *path, int64_t min, int64_t max, int64_t *ret, struct fail *f);

/* Lines KEY=VALUE; others are refused. */
int config_environment(int dir, const char *path, char ***ret_list, struct fail *f);

/* Where a symbolic link points, made absolute with the name of its directory. */
int config_link(int dir, const char *dir_name, const char *path, char **ret_target, struct fail *f);

/* Sorted names of a directory, without hidden entries and backup files; 1 also for an empty one. */
int config_names(int dir, const char *path, char ***ret_names, struct fail *f);

/* Is this a backup file that scans of directories skip? */
bool config_is_backup(const char *name);

/* Split a text into lines as config_list() does. Exposed for tests and for lists from elsewhere. */
char **config_split(const char *text, unsigned int flags);

/* A field of an fstab or of mountinfo, with \040 and its like turned back. */
char *config_unescape(const char *text, size_t len);

/* One line of an fstab. */
struct config_mount {
	char *source;
	char *target;		/* absolute, as seen by the guest */
	char *type;
	char *options;
	unsigned int line;
};

struct config_mounts {
	struct config_mount *list;
	size_t count;
};

int config_fstab(int dir, const char *path, struct config_mounts *ret, struct fail *f);
void config_mounts_free(struct config_mounts *m);

/* One entry below interfaces/. */
struct config_interface {
	char *name;		/* of the directory */
	char *ip;		/* without prefix */
	char *dev;		/* NULL with nodev */
	char *label;
	char *broadcast;	/* IPv4, NULL: the last address of the network */
	char *peer;		/* the other end of a line, NULL none */
	unsigned int prefix;
	int scope;		/* RT_SCOPE_*, -1 not given */
	int vlan;		/* make the device when it is missing: 1 yes, 0 no, -1 not given */
	bool down;		/* leave the device down */
	bool v6;
};

struct config_interfaces {
	struct config_interface *list;
	size_t count;
	char *loopback;		/* what 127.0.0.1 is inside, NULL: as the kernel chooses */
	char *broadcast;	/* of the guest, NULL none */
};

/* Are VLAN devices to be made, by the files "vlandev" and "novlandev" of @sub? 1, 0; -1 it does not say. */
int config_vlan(int dir, const char *sub);

int config_read_interfaces(int dir, const char *path, struct config_interfaces *ret, struct fail *f);
void config_interfaces_free(struct config_interfaces *i);
