/* SPDX-License-Identifier: GPL-2.0-or-later */
/* build.h - making a guest: the methods that fill its root directory */
#pragma once

#include "fail.h"
#include "vserver.h"

struct build {
	const char *name, *method;
	char *confdir, *rootdir;
	const char *context, *hostname, *initstyle, *flags, *lockfile;
	char **interfaces;
	const char *netdev, *netbcast, *netmask, *netprefix;
	bool force, keep, root_may_exist;
	uint32_t xid;
	int defaults, root;

	/* of the method */
	const char *dist, *mirror, *script, *source;
	char **templates, **excludes, **rest;
	bool keep_devices;
	/* undo */
	char *old_root, *old_conf;
	bool made_root;
};

/* Parse the words after "--": EXIT_OK, or the exit code of wrong usage. */
int build_method_options(struct build *b, int argc, char **argv);
/* Is the source there? 0 or negative, before anything is made. */
int build_method_check(struct build *b, struct fail *f);
/* What the method will do, for the plan. */
char *build_method_describe(const struct build *b);
/* Fill b->root. */
int build_method_fill(struct build *b, struct fail *f);
