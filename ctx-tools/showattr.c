// SPDX-License-Identifier: GPL-2.0-or-later
/* showattr - show the attributes of files that virtual servers know */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include <vctx.h>

#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "tree.h"

enum {
	OPT_RECURSIVE = 256,
	OPT_ALL,
	OPT_DIRECTORY,
	OPT_ONE_FS,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "recursive", 'R', NULL, OPT_RECURSIVE, "directories with all below" },
	{ "all", 'a', NULL, OPT_ALL, "with names that begin with a dot" },
	{ "directory", 'd', NULL, OPT_DIRECTORY, "a directory itself, not what is in it" },
	{ "one-file-system", 'x', NULL, OPT_ONE_FS, "do not go to other file systems" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "showattr",
	.synopsis = "[-Radx] [--] [FILE...]",
	.purpose = "Show the attributes of files that virtual servers know.",
	.options = options,
	.extra = "Letters: a admin, w watch, h hide, m write, b barrier, u iunlink, i immutable,\n"
		 "c cow, x has a tag; a capital is set, a small letter is not, '-' does not exist\n"
		 "here. Exit codes: 0 done, 1 some failed, 2 wrong usage.",
	.examples = "showattr -d /var/lib/vservers\n"
		    "showattr /proc/uptime",
	.manual = "showattr(8)",
	.stop = true,
};

static const struct {
	char letter;
	uint32_t bit;
} letters[] = {
	{ 'a', VCTX_IATTR_ADMIN },
	{ 'w', VCTX_IATTR_WATCH },
	{ 'h', VCTX_IATTR_HIDE },
	{ 'm', VCTX_IATTR_WRITE },
	{ 'b', VCTX_IATTR_BARRIER },
	{ 'u', VCTX_IATTR_IXUNLINK },
	{ 'i', VCTX_IATTR_IMMUTABLE },
	{ 'c', VCTX_IATTR_COW },
	{ 'x', VCTX_IATTR_TAG },
};

static int show_one(const char *path, const char *name, const struct stat *st, void *data)
{
	struct vctx_iattr a = { 0 };
	int r = vctx_iattr_get(name, &a);

	(void)st;
	(void)data;
	if (r < 0) {
		(void)fputs("ERR", stdout);
		(void)printf("%*s", (int)ARRAY_SIZE(letters) - 3, "");
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
			char c = letters[i].letter;

			if (!(a.mask & letters[i].bit))
				c = '-';
			else if (a.flags & letters[i].bit)
				c = (char)toupper(c);
			(void)putchar(c);
		}
	}
	(void)putchar(' ');
	print_clean(stdout, path);
	(void)putchar('\n');
	if (r < 0)
		msg_error("cannot read '%s': %s", path, vctx_strerror(VCTX_CALL_IATTR, r));
	return r;
}

int main(int argc, char **argv)
{
	unsigned int how = TREE_LIST | TREE_NO_HIDDEN;
	struct opt_state s;
	int c, r, code = 0;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_RECURSIVE:
			how |= TREE_RECURSIVE;
			break;
		case OPT_ALL:
			how &= ~TREE_NO_HIDDEN;
			break;
		case OPT_DIRECTORY:
			how &= ~TREE_LIST;
			break;
		case OPT_ONE_FS:
			how |= TREE_ONE_FS;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	r = vctx_version(NULL);
	if (r < 0) {
		msg_error("cannot read attributes: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	if (s.index == argc && tree_walk(".", how, show_one, NULL) < 0)
		code = 1;
	for (char **file = argv + s.index; *file; file++)
		if (tree_walk(*file, how, show_one, NULL) < 0)
			code = 1;
	return msg_close_stdout() ? 1 : code;
}
