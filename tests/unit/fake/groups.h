/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups.h - directories that behave like groups of the kernel
 *
 * While fake_cgroup is set, files that are opened for writing in a directory come into being, what is written to a file
 * of them is added, "cgroup.controllers" is there everywhere, and a directory can be removed with its files.
 */
#pragma once

#include <stdbool.h>

struct fake_cgroup {
	const char *controllers;	/* text of cgroup.controllers */
	const char *refuses;		/* file that cannot be written, NULL none */
	int error;			/* with this errno */
	bool missing;			/* it is not there at all */
};

extern struct fake_cgroup *fake_cgroup;
