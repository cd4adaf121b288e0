/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup.h - the control group (version 2) of a guest
 *
 * A guest that asks for a limit of memory, processors, discs or tasks gets one group, MNT/BASE/NAME; one that asks for
 * none gets none and does not pay for it. The files of the group are the host's; what is below it may be the guest's,
 * who chooses names and depth.
 *
 * Functions return 0 or more, or a negative errno with the reason in @f.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fail.h"

/* ---- values ---- */

enum cgroup_kind {
	CGROUP_RAW,		/* written as it is */
	CGROUP_SIZE,		/* bytes: suffixes K M G T by 1024, k m g t by 1000; "max" */
	CGROUP_COUNT,		/* a number or "max" */
	CGROUP_BOOL,		/* 0 or 1 */
	CGROUP_NUMBER,		/* in a range */
	CGROUP_CPU,		/* "max", "150%", "QUOTA [PERIOD]" in microseconds */
	CGROUP_LIST,		/* numbers and ranges: "0-3,5" */
	CGROUP_DEVICE,		/* "DEVICE KEY=VALUE...", a line for each device */
	CGROUP_WEIGHT,		/* "N" or "DEVICE N", a line for each device */
};

/* What is known about a file; others are CGROUP_RAW. Ended by a NULL key. */
struct cgroup_knob {
	const char *key;
	enum cgroup_kind kind;
	int64_t min, max;	/* of CGROUP_NUMBER and CGROUP_WEIGHT */
	const char *keys;	/* of CGROUP_DEVICE: " rbps wbps " */
};

extern const struct cgroup_knob cgroup_knobs[];
const struct cgroup_knob *cgroup_knob(const char *key);

/* Does the file hold a line for each device? */
bool cgroup_has_lines(const char *key);

/*
 * Check one line for file @key, and turn it into what the kernel takes: sizes into bytes, names of devices into
 * numbers. A device is one below /dev, or whatever lies on a disc. -EINVAL: the text says what is wrong with the value.
 */
int cgroup_value(const char *key, const char *text, char **ret, struct fail *f);

/* A size with suffix in bytes, UINT64_MAX for "max": 0 or -EINVAL. */
int cgroup_parse_size(const char *text, uint64_t *ret);

struct cgroup_setting {
	char *key;
	char *text;		/* as configured */
	char *value;		/* as the kernel has it */
};

struct cgroup_settings {
	struct cgroup_setting *list;
	size_t count;
};

/* Add or replace; lines for devices are replaced by the device. -EINVAL as cgroup_value(). */
int cgroup_add(struct cgroup_settings *s, const char *key, const char *text, struct fail *f);
const struct cgroup_setting *cgroup_find(const struct cgroup_settings *s, const char *key);
void cgroup_settings_free(struct cgroup_settings *s);

/*
 * What a limit of memory of the context interface (in pages, UINT64_MAX none) is for a group: rss and anon are
 * memory.max (hard), memory.high (soft, where it is less) and memory.min (minimum). Of both the smaller one counts. 1
 * mapped, 0 there is no such thing for @name: memlock and as are no share of the memory that a group counts.
 */
int cgroup_add_pages(struct cgroup_settings *s, const char *name, uint64_t minimum, uint64_t soft, uint64_t hard,
		     struct fail *f);

/* ---- what a guest is configured for ---- */

struct cgroup_config {
	char *mnt, *base, *name;	/* the group is MNT/BASE/NAME */
	struct cgroup_settings settings;
	bool mount;			/* the guest sees it on /sys/fs/cgroup */
	bool inherited;			/* files of cgroup/ come from .defaults */
	char **unsupported;		/* files that have no effect */
	char **notes;			/* what is done otherwise than it says */
};

/* @defaults: descriptor of .defaults, or -1. @guest: its name. */
int cgroup_config_read(int dir, int defaults, const char *guest, struct cgroup_config *ret, struct fail *f);
void cgroup_config_free(struct cgroup_config *c);
static inline bool cgroup_is_wanted(const struct cgroup_config *c)
{
	return c->settings.count || c->mount;
}
char *cgroup_path(const struct cgroup_config *c);

/*
 * Write a setting to the configuration in directory @dir. The first one of a guest that had those of .defaults takes
 * these along, as they would count no more.
 */
int cgroup_save(int dir, int defaults, const char *key, const char *text, struct fail *f);

/* ---- groups; @root is where the file system is mounted, @path relative to it ---- */

/* Open the place of the file system; tells when it is none. */
int cgroup_open_root(const char *mnt, struct fail *f);

/* Let @path and those above it hand on a controller ("memory") to those below. */
int cgroup_enable(int root, const char *path, const char *controller, struct fail *f);

/* Make a group with these settings, nothing when it fails. Descriptor. */
int cgroup_make(int root, const char *path, const struct cgroup_settings *s, bool delegated, struct fail *f);

/* Open it: descriptor, -ENOENT without a reason. */
int cgroup_open(int root, const char *path, struct fail *f);

/*
 * Remove a group and all below it; what is left in there is killed. 1 removed, 0 there was none.
 */
int cgroup_remove(int root, const char *path, struct fail *f);

/* Are there processes in it, which do not just end? */
bool cgroup_is_used(int root, const char *path);

/* Does the kernel keep the members of namespaces in their groups? Turn that on. */
int cgroup_delegate(const char *mnt, struct fail *f);

/* Write one line. Read all: -ENOENT without a reason when there is no such file. */
int cgroup_write(int group, const char *key, const char *value, struct fail *f);
int cgroup_read(int group, const char *key, char **ret, struct fail *f);

/* Write settings, enabling their controllers; those of processors in an order the kernel accepts. */
int cgroup_apply(int root, const char *path, int group, const struct cgroup_settings *s, struct fail *f);

/* A number of a file with one ("pids.current", "max" is UINT64_MAX), or behind a word ("memory.events", "oom_kill"). */
bool cgroup_number(int group, const char *key, const char *word, uint64_t *ret);

/*
 * Move the calling process to where the processes of a guest are: its group, or when it is divided into others, that of
 * process @init.
 */
int cgroup_join(int root, const char *path, pid_t init, struct fail *f);

/* Before that: what takes "0" to bring a process back to where the calling one is now, -1 there is nothing. */
int cgroup_way_back(int root);

/* Move all processes of a running context into a group; for contexts that had none. */
int cgroup_adopt(int root, int group, uint32_t xid, struct fail *f);

/* ---- tools: the group of a context ---- */

struct cgroup_guest {
	uint32_t xid;
	bool running;
	bool freezes;		/* had VCTX_CF_OOM_FREEZE when it was opened: may be frozen */
	char *name;
	int dir, defaults;	/* its configuration, -1 none */
	struct cgroup_config config;
	int root, group;	/* -1: not there */
	char *path;		/* relative to root */
};

/*
 * @text as for parse_context(). A number without a configuration has a group xid-N. @hint: the configuration of a
 * context that has no name yet, or NULL. When there is no reason in @f, it was told already (wrong usage).
 */
int cgroup_guest_open(const char *text, const char *hint, struct cgroup_guest *g, struct fail *f);
void cgroup_guest_close(struct cgroup_guest *g);

/*
 * Put settings in force, and with @save into the configuration. A running context without a group gets one. One that
 * does not run is only configured, which needs @save.
 */
int cgroup_guest_set(struct cgroup_guest *g, const struct cgroup_settings *s, bool save, struct fail *f);

/* Can that be: is it running, or has it a configuration to save to? What cgroup_guest_set() asks first. */
int cgroup_guest_check(const struct cgroup_guest *g, bool save, struct fail *f);

/* Is a context frozen by the kernel when it is short of memory? */
bool cgroup_freezes(uint32_t xid);
