/* SPDX-License-Identifier: GPL-2.0-or-later */
/* background.h - programs that go on in the background, or tell others when they are ready */
#pragma once

/*
 * Go on in a child with a session of its own and nothing to read; the parent returns when the child's end of the
 * pipe @ret_report closes, which executing a program does. Returns 1 in the child; 0 in the parent, with the exit code
 * that the child wrote to the pipe (else 0); or a negative errno.
 */
int go_to_background(int *ret_report, int *ret_code);

/* Connect to a Unix stream socket: descriptor or a negative errno. */
int sync_connect(const char *path);

/* Write the text to it and wait for its end; with @fd -1 nothing is done. 0 or a negative errno. */
int sync_up(int fd, const char *text);
