// SPDX-License-Identifier: GPL-2.0-or-later
/* build - make a new guest: root directory and configuration, or nothing */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "build.h"
#include "cleanup.h"
#include "msg.h"
#include "opt.h"
#include "path.h"
#include "plan.h"
#include "progress.h"
#include "util.h"
#include "xalloc.h"

/* Flags in the configuration of every guest that is built. */
#define NEW_GUEST_FLAGS	"virt_mem,virt_cpu,virt_load"

#define FIRST_CONTEXT	40000U
#define LAST_CONTEXT	49151U
#define HOST_NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"

/* ---- steps ---- */

static char *d_rename(void *data)
{
	const struct build *b = data;

	return b->force ? xasprintf("put an existing guest '%s' aside", b->name) : NULL;
}

static int put_aside(const char *path, char **ret_old, struct fail *f)
{
	_cleanup_free_ char *old = NULL;

	if (access(path, F_OK) < 0)
		return 0;
	old = xasprintf("%s.~%lld~", path, (long long)time(NULL));
	if (rename(path, old) < 0)
		return fail(f, -errno, "cannot rename '%s'", path);
	*ret_old = take_ptr(old);
	return 0;
}

static int r_rename(void *data, struct fail *f)
{
	struct build *b = data;
	int r = put_aside(b->rootdir, &b->old_root, f);

	if (r == 0)
		r = put_aside(b->confdir, &b->old_conf, f);
	if (r < 0 && b->old_root)
		(void)rename(b->old_root, b->rootdir);
	return r;
}

static void u_rename(void *data)
{
	struct build *b = data;

	if (b->old_root)
		(void)rename(b->old_root, b->rootdir);
	if (b->old_conf)
		(void)rename(b->old_conf, b->confdir);
}

static char *d_root(void *data)
{
	return xasprintf("make the root directory '%s'", ((const struct build *)data)->rootdir);
}

/* The directory of all guests is closed to the host's users: set-id programs of guests are not theirs to run. */
static int make_base(const char *path, struct fail *f)
{
	_cleanup_free_ char *base = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	struct stat st;
	int r;

	if (!*base || stat(base, &st) == 0)
		return 0;
	r = path_mkdir_parents(base, 0755);
	if (r == 0 && chmod(base, 0700) < 0)
		r = -errno;
	return r < 0 ? fail(f, r, "cannot make '%s'", base) : 0;
}

static int r_root(void *data, struct fail *f)
{
	struct build *b = data;
	int r = make_base(b->rootdir, f);

	if (r < 0)
		return r;
	if (mkdir(b->rootdir, 0755) == 0) {
		b->made_root = true;
		(void)chmod(b->rootdir, 0755);
	} else if (errno != EEXIST || !b->root_may_exist) {
		return fail(f, -errno, "cannot make '%s'", b->rootdir);
	}
	b->root = open(b->rootdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return b->root < 0 ? fail(f, -errno, "cannot open '%s'", b->rootdir) : 0;
}

static void remove_path(const char *path)
{
	_cleanup_free_ char *parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	_cleanup_close_ int dir = path_open_root(*parent ? parent : "/");
	struct fail f = { 0 };

	if (dir >= 0 && path_remove_tree(dir, strrchr(path, '/') + 1, true, &f) < 0)
		msg_warning("cannot remove '%s': %s", path, f.text);
}

static void u_root(void *data)
{
	struct build *b = data;

	if (b->root >= 0)
		(void)close(take_fd(b->root));
	if (b->keep)
		msg_info("'%s' is kept", b->rootdir);
	else if (b->made_root)
		remove_path(b->rootdir);
}

static char *d_config(void *data)
{
	const struct build *b = data;

	return xasprintf("make the configuration '%s'%s%s", b->confdir, b->context ? ", context " : "",
			 b->context ? b->context : "");
}

/* The number for a guest that names none: the next one that no configuration has. */
static int next_context(struct build *b, struct fail *f)
{
	_cleanup_free_ char *dir = xasprintf("%s/.defaults", guest_confdir());
	_cleanup_free_ char *path = xasprintf("%s/context.next", dir), *text = NULL;
	_cleanup_free_ bool *used = xcalloc(65536, sizeof(*used));
	_cleanup_strv_ char **names = NULL;
	_cleanup_close_ int fd = -1, conf = -1;
	char line[32];
	uint32_t n = FIRST_CONTEXT, first;
	ssize_t len;
	int r;

	r = path_mkdir_parents(dir, 0755);
	if (r < 0)
		return fail(f, r, "cannot make '%s'", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	/* held until the number is in the guest's own configuration would be too long: it is used up at once */
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return fail(f, -errno, "cannot open '%s'", path);
	len = read(fd, line, sizeof(line) - 1);
	if (len > 0) {
		line[len] = '\0';
		line[strcspn(line, " \n")] = '\0';
		if (parse_u32(line, &n) < 0 || n < VCTX_XID_MIN || n > VCTX_XID_MAX)
			return fail(f, 0, "bad value in '%s': '%s'", path, line);
	}
	conf = open(guest_confdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (conf < 0 || config_names(conf, ".", &names, f) < 0)
		return fail(f, -errno, "cannot read '%s'", guest_confdir());
	for (char **s = names; s && *s; s++) {
		_cleanup_free_ char *p = xasprintf("%s/context", *s);
		struct fail ignored = { 0 };
		uint64_t v;

		if (config_number(conf, p, 0, 65535, &v, &ignored) > 0)
			used[v] = true;
	}
	for (first = n; used[n] || vctx_ctx_info(n, NULL) == 0;) {
		n = n >= LAST_CONTEXT ? VCTX_XID_MIN : n + 1;
		if (n == first)
			return fail(f, 0, "no free context number");
	}
	b->xid = n;
	len = snprintf(line, sizeof(line), "%u\n", n >= LAST_CONTEXT ? VCTX_XID_MIN : n + 1);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, line, (size_t)len, 0) != len)
		return fail(f, -errno, "cannot write '%s'", path);
	return 0;
}

static int put(int dir, const char *path, const char *text, struct fail *f)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *line = xasprintf("%s\n", text);
	_cleanup_free_ char *copy = xstrdup(path);
	int r;

	for (char *s = strchr(copy, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdirat(dir, copy, 0755) < 0 && errno != EEXIST)
			return fail(f, -errno, "cannot make '%s'", copy);
		*s = '/';
	}
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : write_all(fd, line, *text ? strlen(line) : 0);
	return r < 0 ? fail(f, r, "cannot write '%s'", path) : 0;
}

/* What --interface says: "[LABEL=][DEV:|nodev:]IP[/PREFIX|/MASK]". */
struct interface {
	char *copy;
	const char *label, *dev, *ip, *net;	/* parts of it, NULL not given */
	char prefix[8];		/* of an IPv6 address, as a number */
};

static void interface_free(struct interface *i)
{
	free(i->copy);
}
#define _cleanup_interface_ __attribute__((cleanup(interface_free), unused))

static int parse_interface(const char *text, struct interface *i, struct fail *f)
{
	_cleanup_free_ char *whole = NULL;
	char *s, *eq, *slash, *colon, again[VCTX_NET_TEXT_SIZE];
	struct vctx_net_address address;
	unsigned char addr[16];
	int r;

	*i = (struct interface){ .copy = xstrdup(text) };
	s = i->copy;
	eq = strchr(s, '=');
	if (eq) {
		*eq = '\0';
		i->label = *s ? s : NULL;
		s = eq + 1;
	}
	slash = strchr(s, '/');
	if (slash) {
		*slash = '\0';
		i->net = slash + 1;
	}
	/* an IPv6 address has colons, too, and may begin like the name of a device: "d0:2001:db8::1" */
	colon = strchr(s, ':');
	if (colon) {
		*colon = '\0';
		if (strcmp(s, "nodev") == 0 || if_nametoindex(s))
			i->dev = s;
		*colon = ':';
		if (i->dev || inet_pton(AF_INET6, s, addr) != 1) {
			*colon = '\0';
			i->dev = s;
			s = colon + 1;
		}
	}
	i->ip = s;
	if (inet_pton(strchr(s, ':') ? AF_INET6 : AF_INET, s, addr) != 1)
		return fail(f, 0, "bad interface '%s': '%s' is not an IP address", text, s);
	whole = i->net ? xasprintf("%s/%s", s, i->net) : xstrdup(s);
	r = vctx_net_address_parse(VCTX_NET_ADDRESS, whole, &address);
	if (r == 0) {
		/* a mask that is not just so many bits comes back as it is */
		slash = strchr(vctx_net_address_format(&address, again), '/');
		if (slash && strchr(slash, '.'))
			r = -ERANGE;
	}
	if (r < 0)
		return fail(f, 0, "bad interface '%s': '%s' is not a network mask or prefix length", text, i->net);
	if (i->net && address.family == AF_INET6) {
		(void)snprintf(i->prefix, sizeof(i->prefix), "%u", address.prefix);
		i->net = i->prefix;
	}
	if (i->dev && strcmp(i->dev, "nodev") != 0 && (!*i->dev || strlen(i->dev) >= IF_NAMESIZE))
		return fail(f, 0, "bad interface '%s': '%s' is not the name of a network device", text, i->dev);
	return 0;
}

static int put_interface(const struct build *b, int dir, unsigned int n, const char *text, struct fail *f)
{
	_cleanup_interface_ struct interface i = { 0 };
	_cleanup_free_ char *sub = xasprintf("interfaces/%u", n);
	int r = parse_interface(text, &i, f);
	bool nodev = i.dev ? strcmp(i.dev, "nodev") == 0 : !b->netdev;
	const struct {
		const char *file, *value;
	} files[] = {
		{ "ip", i.ip },
		{ "name", i.label },
		{ i.net && strchr(i.net, '.') ? "mask" : "prefix", i.net },
		{ "dev", nodev ? NULL : i.dev },
		{ "nodev", nodev ? "" : NULL },
	};

	for (size_t k = 0; r == 0 && k < ARRAY_SIZE(files); k++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", sub, files[k].file);

		if (files[k].value)
			r = put(dir, path, files[k].value, f);
	}
	if (r == 0 && nodev && !i.dev)
		msg_info("no device for '%s': the host has to have this address ('nodev')", i.ip);
	return r;
}

static int write_config(struct build *b, int dir, struct fail *f)
{
	_cleanup_free_ char *run = b->lockfile ? xstrdup(b->lockfile) : guest_run_path("vservers/%s", b->name);
	_cleanup_free_ char *number = xasprintf("%u", b->xid);
	struct config_interfaces check = { .count = 0 };
	static const struct {
		const char *path;
		size_t offset;
	} scalars[] = {
		{ "interfaces/dev", offsetof(struct build, netdev) },
		{ "interfaces/bcast", offsetof(struct build, netbcast) },
		{ "interfaces/mask", offsetof(struct build, netmask) },
		{ "interfaces/prefix", offsetof(struct build, netprefix) },
		{ "apps/init/style", offsetof(struct build, initstyle) },
	};
	_cleanup_free_ char *flags = NULL;

	if (put(dir, "context", number, f) < 0 || put(dir, "name", b->name, f) < 0 ||
	    put(dir, "uts/nodename", b->hostname ? b->hostname : b->name, f) < 0)
		return f->error;
	for (size_t i = 0; i < ARRAY_SIZE(scalars); i++) {
		const char *value;

		memcpy(&value, (const char *)b + scalars[i].offset, sizeof(value));
		if (value && put(dir, scalars[i].path, value, f) < 0)
			return f->error;
	}
	for (unsigned int i = 0; b->interfaces && b->interfaces[i]; i++)
		if (put_interface(b, dir, i, b->interfaces[i], f) < 0)
			return f->error;
	/* as a start will read them */
	if (config_read_interfaces(dir, "interfaces", &check, f) < 0)
		return f->error;
	config_interfaces_free(&check);
	/* what a new guest sees is its share; --flags can take that away again */
	flags = xasprintf("%s%s%s", NEW_GUEST_FLAGS, b->flags ? "," : "", b->flags ? b->flags : "");
	for (char *s = flags; *s; s++)
		if (*s == ',')
			*s = '\n';
	if (put(dir, "cflags", flags, f) < 0)
		return f->error;
	if (config_exists(b->defaults, "fstab")) {
		_cleanup_free_ char *text = NULL;

		if (read_file_at(b->defaults, "fstab", CONFIG_MAX_BYTES, &text, NULL) == 0 &&
		    put(dir, "fstab", text, f) < 0)
			return f->error;
	} else if (put(dir, "fstab",
		       "none /proc proc defaults 0 0\n"
		       "none /tmp tmpfs size=16m,mode=1777 0 0\n"
		       "none /dev/pts devpts gid=5,mode=620 0 0", f) < 0) {
		return f->error;
	}
	if (symlinkat(b->rootdir, dir, "vdir") < 0 || symlinkat(run, dir, "run") < 0)
		return fail(f, -errno, "cannot make a link in '%s'", b->confdir);
	return 0;
}

static int r_config(void *data, struct fail *f)
{
	struct build *b = data;
	_cleanup_close_ int dir = -1;
	int r = b->xid ? 0 : next_context(b, f);

	if (r < 0)
		return r;
	if (mkdir(b->confdir, 0755) < 0)
		return fail(f, -errno, "cannot make '%s'", b->confdir);
	dir = open(b->confdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? fail(f, -errno, "cannot open '%s'", b->confdir) : write_config(b, dir, f);
	if (r < 0)
		remove_path(b->confdir);
	return r;
}

static void u_config(void *data)
{
	struct build *b = data;

	if (!b->keep)
		remove_path(b->confdir);
}

static char *d_fill(void *data)
{
	return build_method_describe(data);
}

static int r_fill(void *data, struct fail *f)
{
	return build_method_fill(data, f);
}

static char *d_devices(void *data)
{
	return ((const struct build *)data)->keep_devices ? NULL : xstrdup("make the directories and device nodes a guest needs");
}

static int r_devices(void *data, struct fail *f)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = { { "dev", 0755 }, { "proc", 0555 }, { "etc", 0755 }, { "tmp", 01777 } };
	struct build *b = data;
	_cleanup_close_ int dev = -1;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		r = path_mkdir_in(b->root, dirs[i].name, dirs[i].mode);
		if (r < 0)
			return fail(f, r, "cannot make '/%s' in the guest", dirs[i].name);
	}
	/* whatever an archive brought along */
	r = path_remove_tree(b->root, "dev", false, f);
	if (r < 0)
		return r;
	dev = path_open_in(b->root, "dev", O_RDONLY | O_DIRECTORY, 0);
	return dev < 0 ? fail(f, dev, "cannot open '/dev' in the guest") : mounts_make_nodes(dev, f);
}

static char *d_files(void *data _unused_)
{
	return xstrdup("write the host name, hosts and resolver files");
}

/* Below @from if it is there: into the guest. */
static int copy_default(const struct build *b, int from, const char *name, struct fail *f)
{
	_cleanup_free_ char *source = xasprintf("files/%s", name), *target = xasprintf("etc/%s", name), *text = NULL;
	int r;

	if (from < 0 || read_file_at(from, source, CONFIG_MAX_BYTES, &text, NULL) < 0)
		return 0;
	r = path_write_in(b->root, target, text, 0644);
	return r < 0 ? fail(f, r, "cannot write '/%s' in the guest", target) : 1;
}

static int r_files(void *data, struct fail *f)
{
	static const char *const names[] = {
		"hosts", "nsswitch.conf", "krb5.conf", "krb.conf", "krb.realms", "ldap.conf", "localtime", "resolv.conf",
	};
	struct build *b = data;
	_cleanup_free_ char *dist = b->dist ? xasprintf("%s/.distributions/%s", guest_confdir(), b->dist) : NULL;
	_cleanup_close_ int dist_dir = dist ? open(dist, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	_cleanup_free_ char *line = xasprintf("%s\n", b->hostname ? b->hostname : b->name), *text = NULL;
	int r;

	r = path_write_in(b->root, "etc/hostname", line, 0644);
	if (r < 0)
		return fail(f, r, "cannot write '/etc/hostname' in the guest");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *target = xasprintf("etc/%s", names[i]);
		_cleanup_close_ int there = -1;

		r = copy_default(b, b->defaults, names[i], f);
		if (r == 0)
			r = copy_default(b, dist_dir, names[i], f);
		if (r < 0)
			return r;
		if (r)
			continue;
		there = path_open_in(b->root, target, O_PATH, 0);
		if (there >= 0)
			continue;
		if (strcmp(names[i], "hosts") == 0)
			r = path_write_in(b->root, target, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
					  0644);
		else if (strcmp(names[i], "resolv.conf") == 0 &&
			 read_file_at(AT_FDCWD, "/etc/resolv.conf", CONFIG_MAX_BYTES, &text, NULL) == 0)
			r = path_write_in(b->root, target, text, 0644);
		if (r < 0)
			return fail(f, r, "cannot write '/%s' in the guest", target);
	}
	return 0;
}

static char *initpost(const struct build *b)
{
	_cleanup_free_ char *own = NULL;

	if (!b->dist)
		return NULL;
	own = xasprintf("%s/.distributions/%s/initpost", guest_confdir(), b->dist);
	return access(own, X_OK) == 0 ? take_ptr(own) : NULL;
}

static char *d_initpost(void *data)
{
	_cleanup_free_ char *script = initpost(data);

	return script ? xasprintf("run '%s'", script) : NULL;
}

static int r_initpost(void *data, struct fail *f)
{
	struct build *b = data;
	_cleanup_free_ char *script = initpost(b);
	char *argv[] = { script, b->confdir, b->rootdir, NULL };
	int r = run_host(argv, &PLACE_DIR(b->root), f);

	return r > 0 ? fail(f, 0, "'%s' failed with status %d", script, r) : r;
}

static const struct plan_step steps[] = {
	{ "rename", d_rename, r_rename, u_rename },
	{ "root", d_root, r_root, u_root },
	{ "config", d_config, r_config, u_config },
	{ "fill", d_fill, r_fill, NULL },
	{ "devices", d_devices, r_devices, NULL },
	{ "files", d_files, r_files, NULL },
	{ "initpost", d_initpost, r_initpost, NULL },
};

static struct progress progress;

static void trace(const char *name, const char *what)
{
	static char text[2][120];	/* the step before is still being timed */
	static unsigned int n;

	(void)name;
	n = !n;
	(void)snprintf(text[n], sizeof(text[n]), "%s", what);
	progress_step(&progress, text[n]);
}

/* ---- options ---- */

enum {
	O_METHOD = 1, O_FORCE, O_KEEP, O_THERE, O_ROOTDIR, O_PKGBASE, O_CONTEXT, O_CONFDIR, O_LOCKFILE, O_HOSTNAME,
	O_NETDEV, O_NETBCAST, O_NETMASK, O_NETPREFIX, O_INTERFACE, O_FLAGS, O_STYLE, O_DRY, O_NAME, O_DBG,
};

static const struct opt options[] = {
	OPT_GROUP("How"),
	{ "method", 'm', "METHOD", O_METHOD, "debootstrap, template, clone or skeleton" },
	{ "force", 'f', NULL, O_FORCE, "put an existing guest aside as NAME.~TIME~" },
	{ "keep", 0, NULL, O_KEEP, "keep what was made when the build fails" },
	{ "i-know-its-there", 0, NULL, O_THERE, "the root directory may exist" },
	{ "dry-run", 'n', NULL, O_DRY, "show the plan, do nothing" },
	OPT_GROUP("Where"),
	{ "rootdir", 0, "DIR", O_ROOTDIR, "root directory, default .defaults/vdirbase/NAME" },
	{ "confdir", 0, "DIR", O_CONFDIR, "configuration directory" },
	{ "lockfile", 0, "FILE", O_LOCKFILE, "where the number is kept while it runs" },
	OPT_GROUP("What is configured"),
	{ "context", 0, "ID", O_CONTEXT, "context, 2..65535, default the next free one" },
	{ "hostname", 0, "NAME", O_HOSTNAME, "node name, default the guest's name" },
	{ "initstyle", 0, "STYLE", O_STYLE, "how it is started: sysv, plain, systemd, ..." },
	{ "flags", 0, "FLAG,...", O_FLAGS, "context flags" },
	{ "interface", 0, "ADDRESS", O_INTERFACE,
	  "[LABEL=][DEV:|nodev:]IP[/PREFIX]\nmay be given more than once; IPv4 or IPv6" },
	{ "netdev", 0, "DEV", O_NETDEV, "device for addresses without one" },
	{ "netbcast", 0, "ADDRESS", O_NETBCAST, "broadcast address for all" },
	{ "netmask", 0, "MASK", O_NETMASK, "network mask for all" },
	{ "netprefix", 0, "N", O_NETPREFIX, "prefix length for all" },
	{ "pkgbase", 0, "DIR", O_PKGBASE, NULL },
	{ "name", 'N', "NAME", O_NAME, NULL },
	{ "debug", 0, NULL, O_DBG, NULL },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vserver",
	.synopsis = "NAME build -m METHOD [OPTION...] [-- METHOD-OPTION...]",
	.purpose = "Make a new guest: its root directory and its configuration.",
	.options = options,
	.extra = "Methods and their options:\n"
		 "  debootstrap   -d SUITE [-m MIRROR] [-- MMDEBSTRAP-OPTION...]\n"
		 "  template      -t TARBALL... [-d DIST] [--nodevsanity]\n"
		 "  clone         -s GUEST|DIR [-X FILE]\n"
		 "  skeleton      [-d DIST] [CMD ARG...]",
	.examples = "vserver web1 build -m debootstrap --context 40001 -- -d bookworm\n"
		    "vserver web2 build -m template --initstyle plain -- -t debian.tar.zst\n"
		    "vserver web3 build -m clone --hostname web3 -- -s web1",
	.manual = "vserver-build(8)",
};

/* Default options, one per line, come first. */
static void add_defaults(struct build *b, char ***argv)
{
	_cleanup_strv_ char **list = NULL;
	struct fail f = { 0 };

	if (getenv("NO_DEFAULT_OPTS") || b->defaults < 0 ||
	    config_list(b->defaults, "apps/build/options", CONFIG_COMMENTS, &list, &f) <= 0)
		return;
	for (char **s = list; *s; s++)
		strv_add(argv, *s);
}

/* --netbcast, --netmask, --netprefix */
static int check_net(const struct build *b, struct fail *f)
{
	_cleanup_free_ char *masked = b->netmask ? xasprintf("0.0.0.0/%s", b->netmask) : NULL;
	struct vctx_net_address a;
	uint32_t prefix;

	if (b->netbcast && vctx_net_address_parse(VCTX_NET_BROADCAST, b->netbcast, &a) < 0)
		return fail(f, 0, "'%s' is not an IPv4 address", b->netbcast);
	if (masked && (!strchr(b->netmask, '.') || vctx_net_address_parse(VCTX_NET_NETWORK, masked, &a) < 0))
		return fail(f, 0, "'%s' is not a network mask", b->netmask);
	if (b->netprefix && parse_decimal(b->netprefix, 128, &prefix) < 0)
		return fail(f, 0, "'%s' is not a prefix length", b->netprefix);
	return 0;
}

static int check(struct build *b, struct fail *f)
{
	_cleanup_free_ char *real = realpath(b->rootdir, NULL);
	uint64_t number;

	if (real && (b->force || b->root_may_exist) && guest_root_holds_more(real, b->confdir, b->defaults))
		return fail(f, 0, "'%s' cannot be the root directory of a guest: more than that is below it", real);
	if (b->context) {
		if (parse_u64(b->context, &number) < 0 || number < VCTX_XID_MIN || number > VCTX_XID_MAX)
			return fail(f, 0, "'%s' is not a context number (%u..%u)", b->context, VCTX_XID_MIN,
				    VCTX_XID_MAX);
		b->xid = (uint32_t)number;
		if (vctx_ctx_info(b->xid, NULL) == 0)
			return fail(f, 0, "context %u is in use", b->xid);
	}
	if (b->initstyle && !init_style_find(b->initstyle))
		return fail(f, 0, "no init style '%s'", b->initstyle);
	if (b->hostname && strlen(b->hostname) >= VCTX_NAME_SIZE)
		return fail(f, 0, "host name '%s' is longer than 64 characters", b->hostname);
	if (b->hostname && (!*b->hostname || b->hostname[strspn(b->hostname, HOST_NAME_CHARACTERS)]))
		return fail(f, 0, "'%s' is no host name: only letters, digits and -._", b->hostname);
	for (char **text = b->interfaces; text && *text; text++) {
		_cleanup_interface_ struct interface i = { 0 };

		if (parse_interface(*text, &i, f) < 0)
			return f->error;
	}
	if (check_net(b, f) < 0)
		return f->error;
	if (b->flags) {
		struct vctx_change c = { 0, 0 };
		_cleanup_free_ char *bad = NULL;

		if (vctx_words_parse(VCTX_WORDS_CFLAGS, b->flags, &c, &bad) < 0)
			return fail(f, 0, "no flag '%s'", bad ? bad : b->flags);
	}
	if (!b->force) {
		if (access(b->confdir, F_OK) == 0)
			return fail(f, 0, "configuration '%s' exists already", b->confdir);
		if (!b->root_may_exist && access(b->rootdir, F_OK) == 0)
			return fail(f, 0, "root directory '%s' exists already", b->rootdir);
	}
	return build_method_check(b, f);
}

static char *absolute(const char *path)
{
	_cleanup_free_ char *cwd = *path == '/' ? NULL : getcwd(NULL, 0);
	_cleanup_free_ char *abs = xasprintf("%s/%s", cwd ? cwd : "", path);

	return path_clean(abs);
}

/* Who would be put aside must not run, nor be started meanwhile. */
static int lock_existing(const struct build *b, struct guest **ret, struct fail *f)
{
	struct fail ignored = { 0 };
	uint32_t xid;
	int r;

	if (!b->force || guest_open(b->confdir, ret, &ignored) < 0)
		return 0;
	r = guest_lock(*ret, f);
	if (r == 0)
		r = guest_ask_running(*ret, &xid, f);
	return r > 0 ? fail(f, 0, "it is running: stop it before it is built anew") : r;
}

static int run(struct build *b, struct fail *f)
{
	_cleanup_guest_ struct guest *existing = NULL;
	int r = guest_check_name(b->name, f);

	if (r == 0)
		r = check(b, f);
	if (r < 0)
		return r;
	if (opts.dry_run) {
		plan_print(steps, ARRAY_SIZE(steps), b, stdout);
		return 0;
	}
	if (geteuid() != 0)
		return fail(f, -EPERM, "only root may make guests");
	r = lock_existing(b, &existing, f);
	if (r < 0)
		return r;
	progress_start(&progress, 0);
	plan_signals_begin();
	r = plan_run(steps, ARRAY_SIZE(steps), b, trace, f);
	plan_signals_end();
	progress_end(&progress, r < 0);
	return r;
}

static void build_done(struct build *b)
{
	if (b->root >= 0)
		(void)close(b->root);
	if (b->defaults >= 0)
		(void)close(b->defaults);
	free(b->confdir);
	free(b->rootdir);
	free(b->old_root);
	free(b->old_conf);
	strv_free(b->interfaces);
	strv_free(b->templates);
	strv_free(b->excludes);
	strv_free(b->rest);
}

int cmd_build(const char *name, int argc, char **argv)
{
	__attribute__((cleanup(build_done))) struct build b = { .name = name, .root = -1, .defaults = -1 };
	_cleanup_free_ char *defaults = NULL, *base = NULL;
	const char *confdir = NULL, *rootdir = NULL;
	_cleanup_strv_ char **words = NULL;
	struct opt_state s;
	struct fail f = { 0 };
	int id, r, first;

	defaults = xasprintf("%s/.defaults", guest_confdir());
	b.defaults = open(defaults, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	strv_add(&words, argv[0]);
	add_defaults(&b, &words);
	/* what is behind "--" is for the method */
	for (first = 1; first < argc && strcmp(argv[first], "--") != 0; first++)
		strv_add(&words, argv[first]);

	opt_start(&s, &program, (int)strv_len(words), words);
	while ((id = opt_next(&s)) > 0)
		switch (id) {
		case O_METHOD:
			b.method = s.arg;
			break;
		case O_FORCE:
			b.force = true;
			break;
		case O_KEEP:
			b.keep = true;
			break;
		case O_THERE:
			b.root_may_exist = true;
			break;
		case O_DRY:
			opts.dry_run = true;
			break;
		case O_ROOTDIR:
			rootdir = s.arg;
			break;
		case O_CONFDIR:
			confdir = s.arg;
			break;
		case O_LOCKFILE:
			b.lockfile = s.arg;
			break;
		case O_CONTEXT:
			b.context = s.arg;
			break;
		case O_HOSTNAME:
			b.hostname = s.arg;
			break;
		case O_STYLE:
			b.initstyle = s.arg;
			break;
		case O_FLAGS:
			b.flags = s.arg;
			break;
		case O_INTERFACE:
			strv_add(&b.interfaces, s.arg);
			break;
		case O_NETDEV:
			b.netdev = s.arg;
			break;
		case O_NETBCAST:
			b.netbcast = s.arg;
			break;
		case O_NETMASK:
			b.netmask = s.arg;
			break;
		case O_NETPREFIX:
			b.netprefix = s.arg;
			break;
		case O_DBG:
			msg_set_level(MSG_DEBUG);
			break;
		default:
			break;	/* --name is always the one before the verb; --pkgbase has no use here */
		}
	if (id < 0)
		return s.exit_code;
	if (s.index < (int)strv_len(words))
		return guest_usage("unknown argument '%s' of 'build'; options of the method stand behind '--'",
				   words[s.index]);
	if (!b.method)
		return guest_usage("'build' needs a method, -m METHOD");
	r = build_method_options(&b, argc - first, argv + first);
	if (r != EXIT_OK)
		return r;
	msg_init("vserver");
	base = guest_vdirbase(b.defaults);
	b.confdir = confdir ? absolute(confdir) : xasprintf("%s/%s", guest_confdir(), name);
	b.rootdir = rootdir ? absolute(rootdir) : xasprintf("%s/%s", base, name);
	if (!b.confdir || !b.rootdir)
		return guest_usage("'..' is not allowed in --confdir and --rootdir");
	msg_subject(name);
	r = run(&b, &f);
	if (r < 0)
		return guest_failed(name, &f, EXIT_FAILED);
	if (opts.dry_run)
		return msg_close_stdout();
	if (!opts.silent)
		msg_info("built in '%s', context %u", b.rootdir, b.xid);
	msg_subject(NULL);
	return EXIT_OK;
}
