// SPDX-License-Identifier: GPL-2.0-or-later
/* delete - remove a guest with all its files */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "msg.h"
#include "path.h"
#include "util.h"
#include "vserver.h"
#include "xalloc.h"

/* Something mounted at or below @dir? Its name, or NULL. */
static char *find_mount(const char *dir)
{
	_cleanup_fclose_ FILE *m = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (m && getline(&line, &size, m) > 0) {
		_cleanup_free_ char *place = NULL;
		char *s = line, *end;

		for (int i = 0; i < 4 && s; i++) {
			s = strchr(s, ' ');
			if (s)
				s++;
		}
		end = s ? strchr(s, ' ') : NULL;
		if (!end)
			continue;
		place = config_unescape(s, (size_t)(end - s));
		if (path_is_below(place, dir))
			return take_ptr(place);
	}
	return NULL;
}

/* Directories that hold more than one guest, and those of the system, are never removed. */
static int check_root(const struct guest *g, const char *real, struct fail *f)
{
	_cleanup_free_ char *mounted = NULL;
	_cleanup_strv_ char **names = NULL;
	_cleanup_close_ int dir = -1;

	if (guest_root_holds_more(real, g->dir, g->defaults))
		return fail(f, 0, "will not remove '%s': more than the guest is below it", real);
	mounted = find_mount(real);
	if (mounted)
		return fail(f, 0, "will not remove '%s': '%s' is mounted", real, mounted);
	dir = open(guest_confdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || config_names(dir, ".", &names, f) <= 0)
		return f->error;
	for (char **n = names; *n; n++) {
		_cleanup_guest_ struct guest *other = NULL;
		_cleanup_free_ char *theirs = NULL;
		struct fail ignored = { 0 };

		if (guest_open(*n, &other, &ignored) < 0 || strcmp(other->dir, g->dir) == 0)
			continue;
		theirs = realpath(other->vdir, NULL);
		if (theirs && (path_is_below(theirs, real) || path_is_below(real, theirs)))
			return fail(f, 0, "will not remove '%s': guest '%s' uses it too", real, other->name);
	}
	return 0;
}

static int remove_dir(const char *path, struct fail *f)
{
	_cleanup_free_ char *parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	_cleanup_close_ int dir = path_open_root(*parent ? parent : "/");

	if (dir < 0)
		return dir == -ENOENT ? 0 : fail(f, dir, "cannot open '%s'", parent);
	return path_remove_tree(dir, strrchr(path, '/') + 1, true, f) < 0 ? fail_prefix(f, "%s", path) : 0;
}

static bool confirmed(const struct guest *g, const char *root)
{
	char answer[16];

	(void)fprintf(stderr, "Delete guest '%s', its root directory '%s' and its configuration '%s' (y/N)? ", g->name,
		      root ? root : "(none)", g->dir);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

int cmd_delete(struct guest *g, int argc, char **argv)
{
	_cleanup_free_ char *real = realpath(g->vdir, NULL), *cache = NULL, *link = NULL;
	struct fail f = { 0 };
	uint32_t xid;
	int r = 0;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--yes") == 0 || strcmp(argv[i], "-y") == 0)
			opts.yes = true;
		else if (strcmp(argv[i], "--silent") == 0)
			opts.silent = true;
		else if (strcmp(argv[i], "--dry-run") == 0)
			opts.dry_run = true;
		else
			return guest_usage("'delete' takes no argument '%s'", argv[i]);
	if (real)
		r = check_root(g, real, &f);
	if (r == 0 && config_link(g->fd, g->dir, "cache", &link, &f) > 0)
		cache = realpath(link, NULL);
	if (f.error)
		return guest_failed(g->name, &f, EXIT_FAILED);
	if (opts.dry_run) {
		printf("stop the guest when it runs\n");
		if (real)
			printf("remove '%s'\n", real);
		printf("remove '%s'\n", g->dir);
		return msg_close_stdout();
	}
	if (!opts.yes && !opts.silent) {
		if (!isatty(STDIN_FILENO))
			return guest_usage("'delete' needs --yes when there is nobody to ask");
		if (!confirmed(g, real))
			return EXIT_USAGE;
	}
	r = guest_lock(g, &f);
	if (r == 0)
		r = guest_ask_running(g, &xid, &f);
	if (r > 0)
		r = guest_stop(g, &f);
	else if (r == 0)
		r = guest_check_own(g, &f);
	if (r == 0 && real)
		r = remove_dir(real, &f);
	/* the cache is a directory for this guest only, or it is left alone */
	if (r == 0 && cache && strcmp(strrchr(cache, '/') + 1, g->name) == 0 && !path_is_below(g->dir, cache))
		r = remove_dir(cache, &f);
	if (r == 0) {
		guest_remove_run(g, g->xid);
		net_down(g);
		r = remove_dir(g->dir, &f);
	}
	return r < 0 ? guest_failed(g->name, &f, EXIT_FAILED) : EXIT_OK;
}
