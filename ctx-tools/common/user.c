// SPDX-License-Identifier: GPL-2.0-or-later
/* user - users of a guest, from the files of the guest */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "path.h"
#include "user.h"
#include "util.h"
#include "xalloc.h"

#define MAX_FILE	(16U << 20)
#define MAX_GROUPS	65536U

/* A file of the guest, whatever the guest made of it: regular, not too large, inside. */
static int read_guest_file(int root, const char *path, char **ret_text)
{
	_cleanup_close_ int fd = path_open_in(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)MAX_FILE)
		return -EFBIG;
	text = xcalloc((size_t)st.st_size + 1, 1);
	n = read_full(fd, text, (size_t)st.st_size);
	if (n < 0)
		return (int)n;
	text[n] = '\0';
	*ret_text = take_ptr(text);
	return 0;
}

/* Split a line at its colons: true when there are exactly @n fields. */
static bool split(char *line, char **field, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *colon = strchr(line, ':');

		field[i] = line;
		if (i + 1 == n)
			return !colon;
		if (!colon)
			return false;
		*colon = '\0';
		line = colon + 1;
	}
	return false;
}

static int find_entry(char *text, const char *name, bool number, uint32_t uid, struct user *u)
{
	char *state = NULL;

	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		uint32_t id, gid;
		char *f[7];

		if (!split(line, f, 7) || parse_decimal(f[2], UINT32_MAX - 1, &id) < 0 ||
		    parse_decimal(f[3], UINT32_MAX - 1, &gid) < 0)
			continue;
		if (number ? id != uid : strcmp(f[0], name) != 0)
			continue;
		u->uid = id;
		u->gid = gid;
		u->name = xstrdup(f[0]);
		u->home = xstrdup(f[5]);
		u->shell = xstrdup(f[6]);
		return 0;
	}
	return -ENOENT;
}

static bool has_member(char *members, const char *name)
{
	char *state = NULL;

	for (char *m = strtok_r(members, ",", &state); m; m = strtok_r(NULL, ",", &state))
		if (strcmp(m, name) == 0)
			return true;
	return false;
}

static void find_groups(char *text, struct user *u)
{
	char *state = NULL;

	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		uint32_t gid;
		char *f[4];

		if (u->group_count >= MAX_GROUPS)
			break;
		if (!split(line, f, 4) || parse_decimal(f[2], UINT32_MAX - 1, &gid) < 0 || gid == u->gid ||
		    !has_member(f[3], u->name))
			continue;
		u->groups = xrealloc(u->groups, u->group_count + 1, sizeof(*u->groups));
		u->groups[u->group_count++] = gid;
	}
}

int user_lookup(int root, const char *name, struct user *ret_user)
{
	_cleanup_free_ char *passwd = NULL, *group = NULL;
	struct user u = { 0 };
	uint32_t uid = 0;
	bool number = parse_decimal(name, UINT32_MAX - 1, &uid) == 0;
	int r;

	r = read_guest_file(root, "etc/passwd", &passwd);
	if (r == 0)
		r = find_entry(passwd, name, number, uid, &u);
	if (r < 0 && number) {
		*ret_user = (struct user){ .uid = uid, .gid = uid };
		return 0;
	}
	if (r < 0)
		return r;
	u.groups = xcalloc(1, sizeof(*u.groups));
	u.groups[0] = u.gid;
	u.group_count = 1;
	if (read_guest_file(root, "etc/group", &group) == 0)
		find_groups(group, &u);
	*ret_user = u;
	return 0;
}

int user_become(const struct user *u)
{
	if (setgroups(u->group_count, u->groups) < 0 || setresgid(u->gid, u->gid, u->gid) < 0 ||
	    setresuid(u->uid, u->uid, u->uid) < 0)
		return -errno;
	return 0;
}

void user_free(struct user *u)
{
	free(u->groups);
	free(u->name);
	free(u->home);
	free(u->shell);
	*u = (struct user){ 0 };
}
