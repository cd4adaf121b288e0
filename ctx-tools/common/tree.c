// SPDX-License-Identifier: GPL-2.0-or-later
/* tree - go through files and directories given on the command line */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "msg.h"
#include "tree.h"
#include "xalloc.h"

#define MAX_DEPTH 256

struct walk {
	unsigned int how;
	int (*fn)(const char *path, const char *name, const struct stat *st, void *data);
	void *data;
	dev_t dev;
	int result;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void visit(struct walk *w, int parent, const char *name, const char *path, unsigned int depth);

static void visit_entries(struct walk *w, int parent, const char *name, const char *path, unsigned int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	_cleanup_strv_ char **names = NULL;
	struct dirent *e;

	if (!dir) {
		w->result = -errno;
		msg_errno(errno, "cannot open '%s'", path);
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    ((w->how & TREE_NO_HIDDEN) && e->d_name[0] == '.'))
			continue;
		strv_add(&names, e->d_name);
	}
	if (names)
		qsort(names, strv_len(names), sizeof(*names), compare_names);
	for (char **n = names; n && *n; n++) {
		_cleanup_free_ char *child = xasprintf("%s%s%s", path, strcmp(path, "/") == 0 ? "" : "/", *n);

		visit(w, dirfd(dir), *n, child, depth + 1);
	}
}

static void visit(struct walk *w, int parent, const char *name, const char *path, unsigned int depth)
{
	bool list = depth == 0 && (w->how & TREE_LIST);
	struct stat st;
	int r;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		w->result = -errno;
		msg_errno(errno, "cannot find '%s'", path);
		return;
	}
	if (depth == 0)
		w->dev = st.st_dev;
	else if ((w->how & TREE_ONE_FS) && st.st_dev != w->dev)
		return;
	if (!S_ISDIR(st.st_mode) || !list) {
		_cleanup_free_ char *below = depth ? xasprintf("/proc/self/fd/%d/%s", parent, name) : NULL;

		r = w->fn(path, below ? below : path, &st, w->data);
		if (r < 0)
			w->result = r;
	}
	if (!S_ISDIR(st.st_mode) || (!list && !(w->how & TREE_RECURSIVE)))
		return;
	if (depth >= MAX_DEPTH) {
		w->result = -ELOOP;
		msg_errno(ELOOP, "cannot go below '%s'", path);
		return;
	}
	visit_entries(w, parent, name, path, depth);
}

int tree_walk(const char *path, unsigned int how,
	      int (*fn)(const char *path, const char *name, const struct stat *st, void *data), void *data)
{
	struct walk w = { .how = how, .fn = fn, .data = data };

	visit(&w, AT_FDCWD, path, path, 0);
	return w.result;
}
