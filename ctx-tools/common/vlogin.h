/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vlogin.h - a terminal of the guest's own for a program inside it
 *
 * A guest must never hold a descriptor of a host's terminal: it could push input into it. So the caller is
 * split in two. One process stays outside, keeps the terminal and copies bytes; the other goes inside
 * without any descriptor of it, opens a pty from the guest's /dev/pts, hands the master out, and runs the
 * program on the slave.
 *
 *	struct vlogin v;
 *	int r = vlogin_fork(&v);		before anything that enters
 *
 *	if (r < 0)
 *		... an error
 *	if (r == 0)
 *		return v.exit_code;		outside, all is over
 *	... inside from here: enter the guest, fork again if a pid space asks for it ...
 *	r = vlogin_attach(&v);			after the last step of entering
 *	return exec_command(argv);
 */
#pragma once

#include <stdbool.h>
#include <sys/ioctl.h>

struct vlogin {
	int socket;		/* between the two */
	struct winsize size;	/* of the outer terminal */
	int exit_code;		/* outside, when all is over */
};

/* Is there a terminal on both standard input and output? */
bool vlogin_possible(void);

/*
 * Returns 1 in the process that goes inside: standard input and output are /dev/null there, standard error is a
 * pipe that the other process prints. Returns 0 outside, when the program has ended, with @v->exit_code (its own
 * code, or 128 + signal). A negative errno before anything was done.
 */
int vlogin_fork(struct vlogin *v);

/* Inside: make the terminal and become its session leader: 0 or a negative errno. */
int vlogin_attach(struct vlogin *v);
