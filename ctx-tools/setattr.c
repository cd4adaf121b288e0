// SPDX-License-Identifier: GPL-2.0-or-later
/* setattr - change the attributes of files that virtual servers know */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <vctx.h>

#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "tree.h"

enum {
	OPT_RECURSIVE = 256,
	OPT_ONE_FS,
	OPT_FLAGS,
	OPT_NOT_FLAGS,
	OPT_ATTR,		/* + number in attrs[], and ATTR_STEP to take it away */
};

static const uint32_t attrs[] = {
	VCTX_IATTR_IXUNLINK | VCTX_IATTR_IMMUTABLE,
	VCTX_IATTR_IXUNLINK | VCTX_IATTR_IMMUTABLE,
	VCTX_IATTR_IMMUTABLE,
	VCTX_IATTR_IXUNLINK,
	VCTX_IATTR_IXUNLINK,
	VCTX_IATTR_BARRIER,
	VCTX_IATTR_COW,
	VCTX_IATTR_ADMIN,
	VCTX_IATTR_WATCH,
	VCTX_IATTR_HIDE,
	VCTX_IATTR_WRITE,
};

#define ATTR_STEP ((int)ARRAY_SIZE(attrs))

/* An attribute and its two ways to be taken away. */
#define ATTR(name, n, text)					\
	{ name, 0, NULL, OPT_ATTR + (n), text },		\
	{ "~" name, 0, NULL, OPT_ATTR + ATTR_STEP + (n), NULL },	\
	{ "!" name, 0, NULL, OPT_ATTR + ATTR_STEP + (n), NULL }

static const struct opt options[] = {
	OPT_GROUP("Attributes (put '~' or '!' before the name to take one away)"),
	ATTR("iunlink", 0, "cannot be changed, but removed: for shared files"),
	ATTR("immu", 1, NULL),
	ATTR("immutable", 2, "cannot be changed nor removed"),
	ATTR("ixunlink", 3, "the part of iunlink that allows removal"),
	ATTR("iunlink-but-not-immutable", 4, NULL),
	ATTR("barrier", 5, "directory that guests do not pass"),
	ATTR("cow", 6, "break links on write"),
	OPT_GROUP("Entries of /proc"),
	ATTR("hide", 9, "hidden, but for those named next"),
	ATTR("admin", 7, "seen by the host although hidden"),
	ATTR("watch", 8, "seen by the spectator although hidden"),
	ATTR("write", 10, "accepted, without effect"),
	OPT_GROUP("Options"),
	{ "flags", 0, "LIST", OPT_FLAGS, "attributes as words or a number" },
	{ "~flags", 0, "LIST", OPT_NOT_FLAGS, NULL },
	{ "recursive", 'R', NULL, OPT_RECURSIVE, "directories with all below" },
	{ "one-file-system", 'x', NULL, OPT_ONE_FS, "do not go to other file systems" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "setattr",
	.synopsis = "[-Rx] --ATTRIBUTE... [--] FILE...",
	.purpose = "Change the attributes of files that virtual servers know.",
	.options = options,
	.extra = "Exit codes: 0 done, 1 some failed, 2 wrong usage.",
	.examples = "setattr --barrier /var/lib/vservers\n"
		    "setattr --~hide /proc/uptime",
	.manual = "setattr(8)",
	.stop = true,
};

static struct vctx_iattr change;

static int set_one(const char *path, const char *name, const struct stat *st, void *data)
{
	int r;

	(void)data;
	if (S_ISLNK(st->st_mode))
		return 0;
	r = vctx_iattr_set(name, &change);
	if (r < 0)
		msg_error("cannot change '%s': %s", path, vctx_strerror(VCTX_CALL_IATTR, r));
	return r;
}

static void add(uint32_t bits, bool on)
{
	change.mask |= bits;
	change.flags = on ? change.flags | bits : change.flags & ~bits;
}

int main(int argc, char **argv)
{
	unsigned int how = 0;
	struct opt_state s;
	uint64_t bits;
	int c, r, code = 0;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_RECURSIVE:
			how |= TREE_RECURSIVE;
			break;
		case OPT_ONE_FS:
			how |= TREE_ONE_FS;
			break;
		case OPT_FLAGS:
		case OPT_NOT_FLAGS: {
			struct vctx_change list = { 0 };

			if (vctx_words_parse(VCTX_WORDS_IATTR, s.arg, &list, NULL) < 0)
				return msg_usage("unknown attribute in '%s'", s.arg);
			bits = list.mask;
			if (bits > UINT32_MAX)
				return msg_usage("'%s' is out of range", s.arg);
			add((uint32_t)list.value, c == OPT_FLAGS);
			add((uint32_t)(bits & ~list.value), c != OPT_FLAGS);
			break;
		}
		default:
			add(attrs[(c - OPT_ATTR) % ATTR_STEP], c < OPT_ATTR + ATTR_STEP);
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	if (!change.mask)
		return msg_usage("at least one attribute is needed");
	if (s.index == argc)
		return msg_usage("at least one file is needed");
	r = vctx_version(NULL);
	if (r < 0) {
		msg_error("cannot change attributes: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	for (char **file = argv + s.index; *file; file++)
		if (tree_walk(*file, how, set_one, NULL) < 0)
			code = 1;
	return code;
}
