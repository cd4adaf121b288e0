// SPDX-License-Identifier: GPL-2.0-or-later
/* config - read a tree of small files, as below /etc/vservers */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "config.h"
#include "util.h"
#include "xalloc.h"

/* The analyzer of gcc 12 loses what is stored behind a pointer, and takes it for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

bool config_exists(int dir, const char *path)
{
	return faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The whole file: 1, 0 not there, or a negative errno. */
static int read_config(int dir, const char *path, char **ret_text, struct fail *f)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t n;

	/* O_NONBLOCK: a fifo in the tree must not stop us */
	fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		int error = -errno;

		if ((error == -ENOENT || error == -ENOTDIR) && !config_exists(dir, path))
			return 0;
		return fail(f, error, "cannot read '%s'", path);
	}
	if (fstat(fd, &st) < 0)
		return fail(f, -errno, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return fail(f, 0, "cannot read '%s': not a regular file", path);
	if (st.st_size > (off_t)CONFIG_MAX_BYTES)
		return fail(f, -EFBIG, "cannot read '%s'", path);
	text = xcalloc((size_t)st.st_size + 1, 1);
	n = read_full(fd, text, (size_t)st.st_size);
	if (n < 0)
		return fail(f, (int)n, "cannot read '%s'", path);
	if (memchr(text, '\0', (size_t)n))
		return fail(f, 0, "cannot read '%s': not a text file", path);
	text[n] = '\0';
	*ret_text = take_ptr(text);
	return 1;
}

/* Without blanks at both ends. */
static char *strip(const char *s, size_t len)
{
	while (len && isspace((unsigned char)*s)) {
		s++;
		len--;
	}
	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	return xstrndup(s, len);
}

int config_text(int dir, const char *path, char **ret_text, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = read_config(dir, path, &text, f);
	if (r <= 0)
		return r;
	*ret_text = strip(text, strcspn(text, "\n"));
	return 1;
}

char **config_split(const char *text, unsigned int flags)
{
	char **list = strv_new();

	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = strip(text, len);

		if (!*line || ((flags & CONFIG_COMMENTS) && *line == '#'))
			free(line);
		else
			strv_take(&list, line);
		text += len;
		if (*text)
			text++;
	}
	return list;
}

int config_list(int dir, const char *path, unsigned int flags, char ***ret_list, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = read_config(dir, path, &text, f);
	if (r <= 0)
		return r;
	*ret_list = config_split(text, flags);
	return 1;
}

int config_number(int dir, const char *path, uint64_t min, uint64_t max, uint64_t *ret, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	uint64_t value;
	int r;

	r = config_text(dir, path, &text, f);
	if (r <= 0)
		return r;
	r = parse_u64(text, &value);
	if (r < 0 || value < min || value > max)
		return fail(f, 0, "bad value in '%s': '%s' is not a number from %llu to %llu", path, text,
			    (unsigned long long)min, (unsigned long long)max);
	*ret = value;
	return 1;
}

int config_signed(int dir, const char *path, int64_t min, int64_t max, int64_t *ret, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	int64_t value;
	int r;

	r = config_text(dir, path, &text, f);
	if (r <= 0)
		return r;
	r = parse_s64(text, &value);
	if (r < 0 || value < min || value > max)
		return fail(f, 0, "bad value in '%s': '%s' is not a number from %lld to %lld", path, text,
			    (long long)min, (long long)max);
	*ret = value;
	return 1;
}

int config_environment(int dir, const char *path, char ***ret_list, struct fail *f)
{
	_cleanup_strv_ char **list = NULL;
	int r;

	r = config_list(dir, path, CONFIG_COMMENTS, &list, f);
	if (r <= 0)
		return r;
	for (char **s = list; *s; s++) {
		size_t len = strspn(*s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

		if (!len || isdigit((unsigned char)**s) || (*s)[len] != '=')
			return fail(f, 0, "bad line in '%s': '%s' is not KEY=VALUE", path, *s);
	}
	*ret_list = take_ptr(list);
	return 1;
}

int config_link(int dir, const char *dir_name, const char *path, char **ret_target, struct fail *f)
{
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return fail(f, -errno, "cannot read '%s'", path);
	}
	/* a plain directory is as good as a link to it */
	if (S_ISDIR(st.st_mode)) {
		*ret_target = xasprintf("%s/%s", dir_name, path);
		return 1;
	}
	if (!S_ISLNK(st.st_mode))
		return fail(f, 0, "cannot read '%s': not a symbolic link", path);
	n = readlinkat(dir, path, target, sizeof(target) - 1);
	if (n < 0)
		return fail(f, -errno, "cannot read '%s'", path);
	target[n] = '\0';
	if (target[0] == '/') {
		*ret_target = xstrdup(target);
	} else {
		const char *slash = strrchr(path, '/');

		*ret_target = slash ? xasprintf("%s/%.*s/%s", dir_name, (int)(slash - path), path, target) :
				      xasprintf("%s/%s", dir_name, target);
	}
	return 1;
}

bool config_is_backup(const char *name)
{
	static const char *const patterns[] = {
		"*.rpmsave", "*.rpmnew", "*.rpmorig", "*.cfsaved*", "*.~*~", "*~",
		"*.dpkg-old", "*.dpkg-new", "*.dpkg-dist", "*.dpkg-bak",
	};

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int config_names(int dir, const char *path, char ***ret_names, struct fail *f)
{
	_cleanup_closedir_ DIR *d = NULL;
	_cleanup_strv_ char **names = strv_new();
	struct dirent *e;
	int fd;

	fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		int error = -errno;

		if (error == -ENOENT && !config_exists(dir, path))
			return 0;
		return fail(f, error, "cannot read '%s'", path);
	}
	d = fdopendir(fd);
	if (!d) {
		int error = -errno;

		(void)close(fd);
		return fail(f, error, "cannot read '%s'", path);
	}
	for (;;) {
		errno = 0;
		e = readdir(d);
		if (!e)
			break;
		if (e->d_name[0] != '.' && !config_is_backup(e->d_name))
			strv_add(&names, e->d_name);
	}
	if (errno)
		return fail(f, -errno, "cannot read '%s'", path);
	qsort(names, strv_len(names), sizeof(*names), compare_names);
	*ret_names = take_ptr(names);
	return 1;
}

/* ---- fstab ---- */

char *config_unescape(const char *s, size_t len)
{
	char *out = xcalloc(len + 1, 1), *o = out;

	for (size_t i = 0; i < len;) {
		if (s[i] == '\\' && i + 3 < len && s[i + 1] >= '0' && s[i + 1] <= '3' &&
		    s[i + 2] >= '0' && s[i + 2] <= '7' && s[i + 3] >= '0' && s[i + 3] <= '7') {
			*o++ = (char)((s[i + 1] - '0') * 64 + (s[i + 2] - '0') * 8 + (s[i + 3] - '0'));
			i += 4;
		} else {
			*o++ = s[i++];
		}
	}
	return out;
}

void config_mounts_free(struct config_mounts *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->list[i].source);
		free(m->list[i].target);
		free(m->list[i].type);
		free(m->list[i].options);
	}
	free(m->list);
	m->list = NULL;
	m->count = 0;
}

int config_fstab(int dir, const char *path, struct config_mounts *ret, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	struct config_mounts m = { NULL, 0 };
	unsigned int line = 0;
	int r;

	r = read_config(dir, path, &text, f);
	if (r <= 0)
		return r;
	for (const char *s = text; *s;) {
		size_t len = strcspn(s, "\n"), i = 0;
		char *field[4] = { NULL, NULL, NULL, NULL };
		size_t n = 0;

		line++;
		while (i < len && n < 4) {
			size_t word;

			while (i < len && isspace((unsigned char)s[i]))
				i++;
			for (word = 0; i + word < len && !isspace((unsigned char)s[i + word]);)
				word++;
			if (!word || (n == 0 && s[i] == '#'))
				break;
			field[n++] = config_unescape(s + i, word);
			i += word;
		}
		s += len;
		if (*s)
			s++;
		if (n == 0)
			continue;
		m.list = xrealloc(m.list, m.count + 1, sizeof(*m.list));
		m.list[m.count++] = (struct config_mount){
			.source = field[0], .target = field[1], .type = field[2],
			.options = field[3], .line = line,
		};
		if (n < 3) {
			r = fail(f, 0, "%s:%u: needs source, directory, type", path, line);
			break;
		}
		if (field[1][0] != '/') {
			r = fail(f, 0, "%s:%u: '%s' is not an absolute path", path, line, field[1]);
			break;
		}
		if (n < 4)
			m.list[m.count - 1].options = xstrdup("defaults");
	}
	if (r < 0) {
		config_mounts_free(&m);
		return r;
	}
	*ret = m;
	return 1;
}

/* ---- interfaces ---- */

void config_interfaces_free(struct config_interfaces *i)
{
	for (size_t n = 0; n < i->count; n++) {
		free(i->list[n].name);
		free(i->list[n].ip);
		free(i->list[n].dev);
		free(i->list[n].label);
		free(i->list[n].broadcast);
		free(i->list[n].peer);
	}
	free(i->list);
	free(i->loopback);
	free(i->broadcast);
	*i = (struct config_interfaces){ 0 };
}

/* A value of an interface, else the same file beside all interfaces. */
static int inherited(int dir, const char *base, const char *name, const char *what, char **ret, struct fail *f)
{
	_cleanup_free_ char *own = xasprintf("%s/%s/%s", base, name, what);
	_cleanup_free_ char *common = xasprintf("%s/%s", base, what);
	int r;

	r = config_text(dir, own, ret, f);
	return r ? r : config_text(dir, common, ret, f);
}

/* 255.255.255.0 to 24; negative when it is not a mask. */
static int mask_to_prefix(const char *text)
{
	struct in_addr a;
	uint32_t m;
	int n = 0;

	if (inet_pton(AF_INET, text, &a) != 1)
		return -1;
	m = ntohl(a.s_addr);
	while (n < 32 && (m & (1U << (31 - n))))
		n++;
	return n == 32 || !(m << n) ? n : -1;
}

/* An IPv4 address in a file, or whatever of family @family: 1, 0, negative. */
static int read_address(int dir, const char *path, int family, char **ret, struct fail *f)
{
	_cleanup_free_ char *text = NULL;
	unsigned char addr[16];
	int r = config_text(dir, path, &text, f);

	if (r <= 0)
		return r;
	if (inet_pton(family, text, addr) != 1)
		return fail(f, 0, "bad value in '%s': '%s' is not an %s address", path, text,
			    family == AF_INET6 ? "IPv6" : "IPv4");
	*ret = take_ptr(text);
	return 1;
}

static int read_scope(const char *text)
{
	static const struct {
		const char *name;
		int scope;
	} names[] = {
		{ "global", RT_SCOPE_UNIVERSE }, { "universe", RT_SCOPE_UNIVERSE }, { "site", RT_SCOPE_SITE },
		{ "link", RT_SCOPE_LINK }, { "host", RT_SCOPE_HOST }, { "nowhere", RT_SCOPE_NOWHERE },
	};
	uint32_t n;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(text, names[i].name) == 0)
			return names[i].scope;
	return parse_decimal(text, 255, &n) == 0 ? (int)n : -1;
}

/* Is there a file "vlandev" or "novlandev" in @sub? 1, 0; -1 neither. */
int config_vlan(int dir, const char *sub)
{
	_cleanup_free_ char *yes = xasprintf("%s/vlandev", sub), *no = xasprintf("%s/novlandev", sub);

	return config_exists(dir, no) ? 0 : config_exists(dir, yes) ? 1 : -1;
}

/* What an address on a device may have besides. */
static int read_details(int dir, const char *base, const char *name, struct config_interface *i, struct fail *f)
{
	_cleanup_free_ char *sub = xasprintf("%s/%s", base, name), *scope = NULL;
	_cleanup_free_ char *down = xasprintf("%s/down", sub), *peer = xasprintf("%s/peer", sub);
	_cleanup_free_ char *own = xasprintf("%s/bcast", sub), *common = xasprintf("%s/bcast", base);
	int r;

	i->down = config_exists(dir, down);
	i->vlan = config_vlan(dir, sub);
	if (i->vlan < 0)
		i->vlan = config_vlan(dir, base);
	r = inherited(dir, base, name, "scope", &scope, f);
	if (r < 0)
		return r;
	i->scope = r ? read_scope(scope) : -1;
	if (r && i->scope < 0)
		return fail(f, 0, "%s: '%s' is not a scope", sub, scope);
	if (read_address(dir, peer, i->v6 ? AF_INET6 : AF_INET, &i->peer, f) < 0)
		return f->error;
	if (i->v6)
		return 0;
	r = read_address(dir, own, AF_INET, &i->broadcast, f);
	if (r == 0)
		r = read_address(dir, common, AF_INET, &i->broadcast, f);
	return r < 0 ? r : 0;
}

/* A mask of its own counts more than a prefix for all, and must not contradict one of its own. */
static int read_mask(int dir, const char *base, const char *name, const char *prefix, bool own_prefix,
		     struct config_interface *i, struct fail *f)
{
	_cleanup_free_ char *own = xasprintf("%s/%s/mask", base, name), *mask = NULL;
	bool own_mask = config_exists(dir, own);
	int n, r;

	if (i->v6)
		return own_mask ? fail(f, 0, "%s/%s: 'mask' is for IPv4, '%s' needs 'prefix'", base, name, i->ip) : 0;
	if (prefix && !own_mask)
		return 0;
	r = inherited(dir, base, name, "mask", &mask, f);
	if (r <= 0)
		return r;
	n = mask_to_prefix(mask);
	if (n < 0)
		return fail(f, 0, "%s/%s: '%s' is not a network mask", base, name, mask);
	if (own_prefix && (unsigned int)n != i->prefix)
		return fail(f, 0, "%s/%s: prefix length %u and mask '%s' contradict each other", base, name, i->prefix, mask);
	i->prefix = (unsigned int)n;
	return 0;
}

static bool is_of_machine(bool v6, const unsigned char *addr)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (v6)
		return addr[0] != 0xff && memcmp(addr, mapped, sizeof(mapped)) != 0;
	return addr[0] < 224 || (addr[0] >= 240 && memcmp(addr, "\xff\xff\xff\xff", 4) != 0);
}

static int read_interface(int dir, const char *base, const char *name, struct config_interface *i, struct fail *f)
{
	_cleanup_free_ char *prefix = NULL, *path_ip = NULL, *path_nodev = NULL, *path_old = NULL;
	_cleanup_free_ char *path_label = NULL;
	static const unsigned char any[16];
	bool own_prefix, nodev;
	unsigned char addr[16];
	char *slash;
	int r;

	i->name = xstrdup(name);
	path_ip = xasprintf("%s/%s/ip", base, name);
	r = config_text(dir, path_ip, &i->ip, f);
	if (r < 0)
		return r;
	if (!r)
		return fail(f, 0, "%s/%s has no file 'ip'", base, name);
	slash = strchr(i->ip, '/');
	if (slash) {
		prefix = xstrdup(slash + 1);
		*slash = '\0';
	}
	i->v6 = strchr(i->ip, ':') != NULL;
	if (inet_pton(i->v6 ? AF_INET6 : AF_INET, i->ip, addr) != 1)
		return fail(f, 0, "bad value in '%s': '%s' is not an IP address", path_ip, i->ip);
	if (!is_of_machine(i->v6, addr))
		return fail(f, 0, "bad value in '%s': '%s' is not an address that a machine can have", path_ip, i->ip);

	own_prefix = prefix;
	if (!prefix) {
		_cleanup_free_ char *own = xasprintf("%s/%s/prefix", base, name);
		uint32_t n;

		r = inherited(dir, base, name, "prefix", &prefix, f);
		if (r < 0)
			return r;
		own_prefix = config_exists(dir, own);
		/* one for all that is too short for an IPv6 network is meant for the IPv4 addresses */
		if (r && i->v6 && !own_prefix && parse_decimal(prefix, 32, &n) == 0) {
			free(prefix);
			prefix = NULL;
		}
	}
	i->prefix = i->v6 ? 128 : 32;
	if (prefix) {
		uint32_t n;

		if (parse_decimal(prefix, i->prefix, &n) < 0)
			return fail(f, 0, "%s/%s: '%s' is not a prefix length", base, name, prefix);
		i->prefix = n;
	}
	r = read_mask(dir, base, name, prefix, own_prefix, i, f);
	if (r < 0)
		return r;

	path_nodev = xasprintf("%s/%s/nodev", base, name);
	path_old = xasprintf("%s/%s/only_ip", base, name);
	nodev = config_exists(dir, path_nodev) || config_exists(dir, path_old);
	if (!nodev && memcmp(addr, any, i->v6 ? 16 : 4) == 0)
		return fail(f, 0, "bad value in '%s': '%s' is all addresses of the host, and needs 'nodev'", path_ip, i->ip);
	if (!nodev) {
		r = inherited(dir, base, name, "dev", &i->dev, f);
		if (r < 0)
			return r;
		if (!r)
			return fail(f, 0, "%s/%s has neither 'dev' nor 'nodev'", base, name);
		if (!*i->dev || strlen(i->dev) >= IF_NAMESIZE || strpbrk(i->dev, "/ \t:"))
			return fail(f, 0, "%s/%s: '%s' is not the name of a network device", base, name, i->dev);
	}
	path_label = xasprintf("%s/%s/name", base, name);
	r = config_text(dir, path_label, &i->label, f);
	if (r < 0)
		return r;
	if (i->label && i->dev && strlen(i->dev) + 1 + strlen(i->label) >= IF_NAMESIZE)
		return fail(f, 0, "%s/%s: the label '%s:%s' is longer than %d characters", base, name, i->dev, i->label,
			    IF_NAMESIZE - 1);
	return read_details(dir, base, name, i, f);
}

int config_read_interfaces(int dir, const char *path, struct config_interfaces *ret, struct fail *f)
{
	_cleanup_strv_ char **names = NULL;
	_cleanup_free_ char *lback = xasprintf("%s/lback", path), *bcast = xasprintf("%s/bcast", path);
	struct config_interfaces all = { 0 };
	int r;

	r = config_names(dir, path, &names, f);
	if (r <= 0)
		return r;
	r = read_address(dir, lback, AF_INET, &all.loopback, f);
	if (r > 0 && strncmp(all.loopback, "127.", 4) != 0)
		r = fail(f, 0, "bad value in '%s': '%s' is not in 127.0.0.0/8", lback, all.loopback);
	if (r >= 0)
		r = read_address(dir, bcast, AF_INET, &all.broadcast, f);
	if (r < 0) {
		config_interfaces_free(&all);
		return r;
	}
	for (char **n = names; *n; n++) {
		_cleanup_free_ char *sub = xasprintf("%s/%s", path, *n);
		_cleanup_free_ char *disabled = xasprintf("%s/disabled", sub);
		struct stat st;

		/* files beside the interfaces are defaults for them */
		if (fstatat(dir, sub, &st, 0) < 0 || !S_ISDIR(st.st_mode) || config_exists(dir, disabled))
			continue;
		all.list = xrealloc(all.list, all.count + 1, sizeof(*all.list));
		memset(&all.list[all.count], 0, sizeof(*all.list));
		r = read_interface(dir, path, *n, &all.list[all.count++], f);
		if (r < 0) {
			config_interfaces_free(&all);
			return r;
		}
	}
	*ret = all;
	return 1;
}
