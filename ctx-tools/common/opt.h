/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opt.h - options of a program, their help and their mistakes, from one table
 *
 *	enum { OPT_CREATE = 256, OPT_XID };
 *	static const struct opt options[] = {
 *		OPT_GROUP("What to do"),
 *		{ "create", 0, NULL, OPT_CREATE, "make a new context" },
 *		{ "xid", 'c', "ID", OPT_XID, "which context" },
 *		{ "ctx", 0, "ID", OPT_XID, NULL },		an alias, not in the help
 *		OPT_COMMON,					--help and --version
 *		OPT_END,
 *	};
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct opt {
	const char *name;	/* long option; NULL: group heading in @help */
	int letter;		/* short option, or 0 */
	const char *arg;	/* what its argument is called, NULL for none; "[X]" for an optional one */
	int id;			/* > 255: what opt_next() returns */
	const char *help;	/* one line, or several separated by '\n'; NULL: an alias */
};

#define OPT_ID_HELP	0x7001
#define OPT_ID_VERSION	0x7002

#define OPT_GROUP(title)	{ NULL, 0, NULL, 0, title }
#define OPT_COMMON							\
	OPT_GROUP("General"),						\
	{ "help", 'h', NULL, OPT_ID_HELP, "show this help and exit" },	\
	{ "version", 'V', NULL, OPT_ID_VERSION, "show the version and exit" }
#define OPT_END			{ NULL, 0, NULL, 0, NULL }

struct opt_program {
	const char *name;	/* in messages */
	const char *synopsis;	/* lines without the program's name, separated by '\n' */
	const char *purpose;	/* one sentence */
	const struct opt *options;
	const char *extra;	/* text after the options (tables of words and the like), or NULL */
	const char *examples;	/* lines separated by '\n', without indentation */
	const char *manual;	/* e.g. "vcontext(8)" */
	bool stop;		/* the first word ends the options: the rest is a command */
};

struct opt_state {
	const struct opt_program *program;
	int exit_code;		/* when opt_next() said so */
	const char *arg;	/* argument of the option just returned, or NULL */
	int index;		/* of the first word, after opt_next() returned 0 */
	int argc;
	char **argv;
};

/* Start to parse; also calls msg_init(). */
void opt_start(struct opt_state *s, const struct opt_program *program, int argc, char **argv);

/*
 * The next option's id (> 0), 0 at the end, or -1: all is said (help, version, or a mistake), main()
 * returns s->exit_code.
 */
int opt_next(struct opt_state *s);

/* Name of the option with this id, with its dashes, for messages. */
const char *opt_name(const struct opt_program *program, int id);

void opt_print_help(const struct opt_program *program);
void opt_print_version(const char *name);

/*
 * Options that exclude each other: remember with opt_choose() which one was given. Returns 0, or 2 with a
 * message when another one was there before.
 */
int opt_choose(const struct opt_program *program, int *chosen, int id);
