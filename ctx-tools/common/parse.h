/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse.h - words of the command line */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <vctx.h>

#include "macro.h"

/*
 * A context: a number, "self", or the name of a guest (":NAME" is always a name). A name stands for the
 * running context of the guest, else for the number in its configuration.
 *
 * 0, or -EINVAL after a message (wrong usage).
 */
int parse_context(const char *text, uint32_t *ret_xid);

/* The directory of guest configurations: $VCTX_CONFDIR, else where the program was configured for. */
const char *parse_confdir(void);

/*
 * A file of run-time state: "vservers/NAME", "vservers.rev/XID", "vshelper/XID", "vservers.lock"; freed by the caller. The
 * environment variable VCTX_RUNDIR names the directory of the first. All are directories of root alone: in one that
 * is open to all, anybody could hold a lock.
 */
char *guest_run_path(const char *format, ...) _printf_(1, 2);

/*
 * The xid of a guest by its configuration: 0, -ENOENT no such guest, -ENODATA it has no number, or another
 * negative errno. @ret_running tells whether that context exists and carries the guest's name.
 */
int context_of_guest(const char *name, uint32_t *ret_xid, bool *ret_running);

/* What users call a context whose name in the kernel is @context_name (a configuration directory). */
const char *guest_of_context(const char *context_name);

/* "TERM", "SIGTERM", "15": 0 or -EINVAL. */
int parse_signal(const char *text, int *ret_signal);
/* "TERM", or "RTMIN+3"; a constant string or NULL. */
const char *signal_name(int sig);

/* A process id, @min may be -1: 0 or -EINVAL. */
int parse_pid(const char *text, pid_t min, pid_t *ret_pid);

/* Seconds with an optional fraction, to milliseconds: 0 or -EINVAL. */
int parse_seconds(const char *text, int *ret_ms);

/* A number, with K, M, G, T (by 1024) or k, m, g, t (by 1000) behind, @max at the most: 0 or -EINVAL. */
int parse_scaled(const char *text, uint64_t max, uint64_t *ret);

/* A type of personality(2) by name: 0 or -EINVAL. */
int parse_personality(const char *text, unsigned long *ret_type);

/* List of flag words: 0, or -EINVAL after a message about @what. */
int parse_words(enum vctx_words words, const char *what, const char *list, struct vctx_change *change);

/* What spaces are called, in the order of the options of vspace(8). */
#define SPACE_NAMES	8
extern const struct space_name {
	const char *name;
	uint64_t mask;
} space_names[SPACE_NAMES];

/* List of spaces, "mount,uts,...", or numbers as of clone(2): 0, or -EINVAL after a message. */
int parse_spaces(const char *text, uint64_t *ret_mask);
