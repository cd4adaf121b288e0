// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net - the network context of a guest, and its addresses on the devices of the host
 *
 * What was put on a device is remembered until it is taken back, whoever does that and whenever:
 *
 *   /run/vservers.net/guest/NAME       number of the network context, then a line for each of the others
 *   /run/vservers.net/address/DEV,IP   "NID added|found NAME": who uses an address on a device, and whether it
 *                                      was put there by us
 *   /run/vservers.net/device/DEV       the same for a VLAN device, "NID added NAME"
 *
 * A note is made before the deed: after a crash something is noted that is not there, never the other way
 * round. Everything happens under one lock for all guests.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cleanup.h"
#include "msg.h"
#include "path.h"
#include "plan.h"
#include "rtnl.h"
#include "util.h"
#include "vserver.h"
#include "xalloc.h"

#define DAD_SECONDS	5	/* how long IPv6 may take to see that an address is nobody else's */
#define END_MS		2000	/* how long the end of a network context may take */
#define NOTE_MAX	65536U

static inline void rtnl_closep(struct rtnl **rt)
{
	(void)rtnl_close(*rt);
}
#define _cleanup_rtnl_ __attribute__((cleanup(rtnl_closep), unused))

/* ---- notes ---- */

static char *guest_note(const char *name)
{
	return guest_run_path("vservers.net/guest/%s", name);
}

/* @what is "address/DEV,IP" or "device/DEV". */
static char *note_path(const char *what)
{
	return guest_run_path("vservers.net/%s", what);
}

/* Whole or not at all. */
static int write_file(const char *path, const char *text)
{
	_cleanup_free_ char *tmp = xasprintf("%s~", path);
	_cleanup_close_ int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	int r = fd < 0 ? -errno : write_all(fd, text, strlen(text));

	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(tmp);
	return r;
}

struct note {
	uint32_t nid;
	bool added;
	char *guest;
};

static void note_free(struct note *n)
{
	free(n->guest);
	n->guest = NULL;
}
#define _cleanup_note_ __attribute__((cleanup(note_free), unused))

/* 1, or 0 when there is none (or none that can be understood). */
static int note_read(const char *what, struct note *ret)
{
	_cleanup_free_ char *path = note_path(what), *text = NULL;
	char word[8];
	int at = 0;

	if (read_file_at(AT_FDCWD, path, NOTE_MAX, &text, NULL) < 0 ||
	    sscanf(text, "%u %7s %n", &ret->nid, word, &at) < 2 || !at)
		return 0;
	ret->added = strcmp(word, "added") == 0;
	ret->guest = xstrndup(text + at, strcspn(text + at, "\n"));
	return 1;
}

static int note_write(const char *what, uint32_t nid, bool added, const char *guest, struct fail *f)
{
	_cleanup_free_ char *path = note_path(what), *text = NULL;
	int r;

	text = xasprintf("%u %s %s\n", nid, added ? "added" : "found", guest);
	r = write_file(path, text);
	return r < 0 ? fail(f, r, "cannot write '%s'", path) : 0;
}

static void note_remove(const char *what)
{
	_cleanup_free_ char *path = note_path(what);

	(void)unlink(path);
}

/* One more line in the guest's note. */
static int guest_note_add(const struct guest *g, const char *what, struct fail *f)
{
	_cleanup_free_ char *path = guest_note(g->name), *line = xasprintf("%s\n", what);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, line, strlen(line));

	return r < 0 ? fail(f, r, "cannot write '%s'", path) : 0;
}

int net_of_guest(const struct guest *g, uint32_t *ret_nid)
{
	_cleanup_free_ char *path = guest_note(g->name), *text = NULL;
	uint32_t nid;

	if (read_file_at(AT_FDCWD, path, NOTE_MAX, &text, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	if (parse_u32(text, &nid) < 0)
		return 0;
	*ret_nid = nid;
	return 1;
}

int net_remember(const struct guest *g, const struct settings *s, struct fail *f)
{
	static const char *const dirs[] = { "guest", "address", "device" };
	_cleanup_free_ char *path = guest_note(g->name), *text = xasprintf("%u\n", s->nid);
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *dir = note_path(dirs[i]);

		r = path_mkdir_parents(dir, 0755);
		if (r < 0)
			return fail(f, r, "cannot make '%s'", dir);
	}
	r = write_file(path, text);
	return r < 0 ? fail(f, r, "cannot write '%s'", path) : 0;
}

/* One at a time; -1 when that cannot be had. */
static int lock_notes(struct fail *f)
{
	_cleanup_free_ char *path = note_path("lock");
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(f, -errno, "cannot open lock '%s'", path);
	while (flock(fd, LOCK_EX) < 0) {
		if (errno != EINTR)
			return fail(f, -errno, "cannot lock '%s'", path);
		if (plan_interrupted())
			return fail(f, 0, "stopped by signal %d", plan_interrupted());
	}
	return take_fd(fd);
}

/* ---- the network context ---- */

bool net_supported(void)
{
	uint32_t version;

	/* not root, or another kernel: then nobody will be started, and a plan is for one that can */
	return vctx_version(&version) < 0 || vctx_net_info(VCTX_XID_MAX, NULL) != -ENOSYS;
}

char *net_describe(const struct settings *s)
{
	_cleanup_free_ char *flags = NULL, *caps = NULL;

	if (!s->network)
		return NULL;
	if (vctx_words_format(VCTX_WORDS_NFLAGS, s->nflags & ~VCTX_NF_STATE_ADMIN, ",", &flags) < 0 ||
	    vctx_words_format(VCTX_WORDS_NCAPS, s->ncaps, ",", &caps) < 0)
		xalloc_die();
	return xasprintf("create network context %u with flags %s; network capabilities %s", s->nid,
			 *flags ? flags : "none", *caps ? caps : "none");
}

static int kernel_failed(enum vctx_call call, int error, struct fail *f, const char *what)
{
	(void)fail(f, 0, "%s: %s", what, vctx_strerror(call, error));
	f->error = error;
	return error;
}

int net_check_free(const struct settings *s, struct fail *f)
{
	char owner[VCTX_NAME_SIZE] = "";

	if (vctx_net_info(s->nid, NULL) < 0)
		return 0;
	(void)vctx_name_get(s->nid, VCTX_NAME_CONTEXT, owner);
	return fail(f, 0, "network context %u is in use%s%s%s", s->nid, *owner ? " by '" : "", owner, *owner ? "'" : "");
}

int net_create(const struct settings *s, struct fail *f)
{
	int r = vctx_net_create(s->nid, s->nflags);

	if (r < 0)
		return kernel_failed(VCTX_CALL_NET_CREATE, r, f, "cannot create the network context");
	r = vctx_ncaps_set(s->nid, s->ncaps, ~0ULL);
	return r < 0 ? kernel_failed(VCTX_CALL_NET, r, f, "cannot set network capabilities") : 0;
}

/* ---- addresses ---- */

char *net_describe_addresses(const struct settings *s)
{
	const struct config_interfaces *all = &s->interfaces;
	char *text = NULL;

	if (!s->network || (!all->count && !all->loopback && !all->broadcast))
		return NULL;
	for (size_t i = 0; i < all->count; i++) {
		const struct config_interface *c = &all->list[i];
		char *longer = xasprintf("%s%s/%u%s%s%s%s", text ? text : "give it ", c->ip, c->prefix, c->dev ? " on " : "",
					 c->dev ? c->dev : "", c->dev && c->label ? ":" : "",
					 c->dev && c->label ? c->label : "");

		free(text);
		text = i + 1 < all->count ? xasprintf("%s, ", longer) : xstrdup(longer);
		free(longer);
	}
	if (all->loopback) {
		char *longer = xasprintf("%s%sloopback %s", text ? text : "", text ? ", " : "give it ", all->loopback);

		free(text);
		text = longer;
	}
	if (all->broadcast) {
		char *longer = xasprintf("%s%sbroadcast %s", text ? text : "", text ? ", " : "give it ", all->broadcast);

		free(text);
		text = longer;
	}
	return text;
}

/* All addresses of the host. */
struct host {
	struct rtnl_address *list;
	size_t count;
};

static void host_free(struct host *h)
{
	free(h->list);
	*h = (struct host){ NULL, 0 };
}
#define _cleanup_host_ __attribute__((cleanup(host_free), unused))

static int host_read(struct rtnl *rt, struct host *h, struct fail *f)
{
	int r;

	host_free(h);
	r = rtnl_addresses(rt, AF_UNSPEC, &h->list, &h->count);
	return r < 0 ? fail(f, r, "cannot read the addresses of the host") : 0;
}

/* An address on device @index (0: on any). */
static const struct rtnl_address *host_find(const struct host *h, int family, const unsigned char *ip, int index)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].family == family && (!index || h->list[i].index == index) &&
		    memcmp(h->list[i].ip, ip, family == AF_INET6 ? 16 : 4) == 0)
			return &h->list[i];
	return NULL;
}

struct up {
	const struct guest *g;
	const struct settings *s;
	struct rtnl *rt;
	struct host host;
};

/* "eth0.12" is VLAN 12 on eth0: 0 when it is no such name. */
static unsigned int vlan_of(const char *dev, char *parent)
{
	const char *dot = strrchr(dev, '.');
	uint32_t vid;

	if (!dot || dot == dev || parse_decimal(dot + 1, 4094, &vid) < 0)
		return 0;
	memcpy(parent, dev, (size_t)(dot - dev));
	parent[dot - dev] = '\0';
	return vid;
}

static int make_vlan(struct up *u, const char *dev, struct rtnl_link *ret_link, struct fail *f)
{
	_cleanup_free_ char *what = xasprintf("device/%s", dev);
	char parent[IF_NAMESIZE];
	unsigned int vid = vlan_of(dev, parent);
	struct rtnl_link below;
	int r;

	if (!vid)
		return fail(f, 0, "no device '%s'", dev);
	r = rtnl_link_get(u->rt, parent, &below);
	if (r < 0)
		return fail(f, 0, "no device '%s' for VLAN '%s'", parent, dev);
	/* also when it is another guest's: who is the last to use it removes it */
	if (guest_note_add(u->g, what, f) < 0 || note_write(what, u->s->nid, true, u->g->name, f) < 0)
		return f->error;
	r = rtnl_vlan_add(u->rt, below.index, dev, vid);
	if (r < 0) {
		note_remove(what);
		return fail(f, r, "cannot make VLAN device '%s'", dev);
	}
	r = rtnl_link_get(u->rt, dev, ret_link);
	return r < 0 ? fail(f, r, "cannot find VLAN device '%s'", dev) : 0;
}

static void fill_address(struct rtnl_address *a, const struct config_interface *c, const struct rtnl_link *link)
{
	*a = (struct rtnl_address){
		.index = link->index,
		.family = c->v6 ? AF_INET6 : AF_INET,
		.prefix = c->prefix,
		.scope = c->scope >= 0 ? (unsigned int)c->scope : RT_SCOPE_UNIVERSE,
	};
	(void)inet_pton(a->family, c->ip, a->ip);
	if (c->scope < 0 && !c->v6 && a->ip[0] == 127)
		a->scope = RT_SCOPE_HOST;
	if (c->peer) {
		a->has_peer = true;
		(void)inet_pton(a->family, c->peer, a->peer);
	}
	if (!c->v6 && c->label && *c->label)
		(void)snprintf(a->label, sizeof(a->label), "%s:%s", c->dev, c->label);
	if (c->v6 || c->peer || !(link->flags & IFF_BROADCAST))
		return;
	if (c->broadcast) {
		a->has_broadcast = true;
		(void)inet_pton(AF_INET, c->broadcast, a->broadcast);
	} else if (c->prefix < 31) {
		a->has_broadcast = true;
		for (unsigned int bit = 0; bit < 32; bit++) {
			unsigned char mask = (unsigned char)(0x80 >> (bit % 8));

			a->broadcast[bit / 8] |= bit < c->prefix ? a->ip[bit / 8] & mask : mask;
		}
	}
}

/* Put one address on its device: 1 when it was there before, 0 when it was not. */
static int put_on_device(struct up *u, const struct config_interface *c, struct fail *f)
{
	_cleanup_free_ char *what = NULL;
	char ip[INET6_ADDRSTRLEN], other[IF_NAMESIZE];
	const struct rtnl_address *have;
	_cleanup_note_ struct note note = { 0 };
	struct rtnl_link link = { 0 };
	struct rtnl_address a;
	bool found, noted;
	int r;

	r = rtnl_link_get(u->rt, c->dev, &link);
	if (r == -ENODEV && c->vlan > 0)
		r = make_vlan(u, c->dev, &link, f);
	else if (r == -ENODEV)
		r = fail(f, 0, "no device '%s'", c->dev);
	else if (r < 0)
		r = fail(f, r, "cannot look for device '%s'", c->dev);
	if (r < 0)
		return r;
	fill_address(&a, c, &link);
	(void)inet_ntop(a.family, a.ip, ip, sizeof(ip));
	what = xasprintf("address/%s,%s", c->dev, ip);

	noted = note_read(what, &note) > 0;
	if (noted && strcmp(note.guest, u->g->name) == 0)
		return fail(f, 0, "address '%s' is configured twice", ip);
	if (noted && vctx_net_info(note.nid, NULL) == 0)
		return fail(f, 0, "address '%s' on '%s' is that of guest '%s', which is running", ip, c->dev,
			    note.guest);
	have = host_find(&u->host, a.family, a.ip, link.index);
	if (!have) {
		have = host_find(&u->host, a.family, a.ip, 0);
		if (have && !(a.family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)(const void *)a.ip)))
			return fail(f, 0, "address '%s' is on device '%s' already, not on '%s'", ip,
				    if_indextoname((unsigned int)have->index, other) ? other : "?", c->dev);
		have = NULL;
	}
	/* what a guest had added that has ended without being stopped is ours to take back now */
	found = have && !(noted && note.added);
	if (guest_note_add(u->g, what, f) < 0 || note_write(what, u->s->nid, !found, u->g->name, f) < 0)
		return f->error;
	if (!have) {
		r = rtnl_address_add(u->rt, &a);
		if (r < 0) {
			note_remove(what);
			return fail(f, r, "cannot put address '%s/%u' on device '%s'", ip, c->prefix, c->dev);
		}
	}
	if (!c->down && !(link.flags & IFF_UP)) {
		r = rtnl_link_set_up(u->rt, link.index);
		if (r < 0)
			return fail(f, r, "cannot set device '%s' up", c->dev);
	}
	return found;
}

static int give(const struct settings *s, enum vctx_net_kind kind, const char *text, bool shared, struct fail *f)
{
	struct vctx_net_address a;
	int r = vctx_net_address_parse(kind, text, &a);

	if (r < 0)
		return fail(f, r, "address '%s'", text);
	a.shared = shared && a.kind == VCTX_NET_ADDRESS;
	r = vctx_net_add(s->nid, &a);
	if (r < 0) {
		_cleanup_free_ char *what = xasprintf("cannot give it %s%s '%s'",
						      kind == VCTX_NET_ADDRESS ? "" : vctx_net_kind_name(kind),
						      kind == VCTX_NET_ADDRESS ? "address" : " address", text);

		return kernel_failed(VCTX_CALL_NET_ADDRESS, r, f, what);
	}
	return 0;
}

/* An address that somebody else has to put on a device: is it there? */
static int check_nodev(const struct up *u, const struct config_interface *c, struct fail *f)
{
	static const unsigned char any[16];
	unsigned char ip[16] = { 0 };
	int family = c->v6 ? AF_INET6 : AF_INET;

	(void)inet_pton(family, c->ip, ip);
	/* every address, and those the host has without having them on a device */
	if (memcmp(ip, any, sizeof(ip)) == 0 || (!c->v6 && ip[0] == 127) || host_find(&u->host, family, ip, 0))
		return 0;
	return fail(f, 0, "address '%s' is on no device ('nodev' in 'interfaces/%s')", c->ip, c->name);
}

/* All addresses under the lock. */
static int up(struct up *u, struct fail *f)
{
	const struct config_interfaces *all = &u->s->interfaces;
	int r = host_read(u->rt, &u->host, f);

	for (size_t i = 0; r >= 0 && i < all->count; i++) {
		const struct config_interface *c = &all->list[i];
		_cleanup_free_ char *text = xasprintf("%s/%u", c->ip, c->prefix);

		r = c->dev ? put_on_device(u, c, f) : check_nodev(u, c, f);
		/* what the host has by itself it goes on to use */
		if (r >= 0)
			r = give(u->s, VCTX_NET_ADDRESS, text, !c->dev || r > 0, f);
	}
	if (r >= 0 && all->loopback)
		r = give(u->s, VCTX_NET_LOOPBACK, all->loopback, false, f);
	if (r >= 0 && all->broadcast)
		r = give(u->s, VCTX_NET_BROADCAST, all->broadcast, false, f);
	return r < 0 ? r : 0;
}

/* An IPv6 address cannot be used before the network was asked whether somebody has it. */
static int wait_for_ipv6(struct up *u, struct fail *f)
{
	int64_t deadline = monotonic_ms() + DAD_SECONDS * 1000;

	for (;;) {
		const struct config_interface *waiting = NULL;
		int64_t left = deadline - monotonic_ms();
		int r = host_read(u->rt, &u->host, f);

		if (r < 0)
			return r;
		for (size_t i = 0; i < u->s->interfaces.count; i++) {
			const struct config_interface *c = &u->s->interfaces.list[i];
			const struct rtnl_address *a;
			struct rtnl_link link;
			unsigned char ip[16];

			/* a device that is down asks nobody */
			if (!c->v6 || !c->dev || inet_pton(AF_INET6, c->ip, ip) != 1 ||
			    rtnl_link_get(u->rt, c->dev, &link) < 0 || !(link.flags & IFF_UP))
				continue;
			a = host_find(&u->host, AF_INET6, ip, link.index);
			if (a && (a->flags & IFA_F_DADFAILED))
				return fail(f, 0, "address '%s' is in use by another machine at device '%s'", c->ip, c->dev);
			if (a && (a->flags & IFA_F_TENTATIVE) && !(a->flags & IFA_F_OPTIMISTIC))
				waiting = c;
		}
		if (!waiting)
			return 0;
		if (left <= 0) {
			msg_warning("address '%s' on '%s' cannot be used yet, continuing without waiting", waiting->ip,
				    waiting->dev);
			return 0;
		}
		r = rtnl_wait(u->rt, (int)left);
		if (plan_interrupted())
			return fail(f, 0, "stopped by signal %d", plan_interrupted());
		if (r < 0 && r != -ETIMEDOUT && r != -EINTR)
			return fail(f, r, "cannot wait for address '%s'", waiting->ip);
	}
}

static bool take_back(const struct guest *g);

/* Returns whether it could be tried; else the notes must stay for the next time. */
static bool take_back_locked(const struct guest *g)
{
	struct fail f = { 0 };
	_cleanup_close_ int lock = lock_notes(&f);

	if (lock < 0)
		msg_warning("%s", f.text);
	return lock >= 0 && take_back(g);
}

int net_up(const struct guest *g, const struct settings *s, struct fail *f)
{
	_cleanup_rtnl_ struct rtnl *rt = NULL;
	struct up u = { .g = g, .s = s };
	int lock, r;

	r = rtnl_open(&rt);
	if (r == 0)
		r = rtnl_watch_addresses(rt);
	if (r < 0)
		return fail(f, r, "cannot talk to the network of the host");
	u.rt = rt;
	lock = lock_notes(f);
	if (lock < 0)
		return lock;
	r = up(&u, f);
	(void)close(lock);
	if (r == 0)
		r = wait_for_ipv6(&u, f);
	if (r < 0)
		(void)take_back_locked(g);
	host_free(&u.host);
	return r;
}

/* ---- taking back ---- */

/*
 * An IPv4 address takes all others of its network with it, unless the device promotes them; those are not ours to
 * remove. Returns what the setting was.
 */
static int set_promotion(const char *dev, int value)
{
	_cleanup_free_ char *path = xasprintf("/proc/sys/net/ipv4/conf/%s/promote_secondaries", dev);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	char was = 0, now = (char)('0' + value);

	if (fd < 0 || read(fd, &was, 1) != 1 || was == now)
		return value;
	if (pwrite(fd, &now, 1, 0) != 1)
		msg_warning("cannot write '%s': %s", path, strerror(errno));
	return was - '0';
}

static void remove_address(struct rtnl *rt, const struct host *h, const char *dev, const char *ip)
{
	int family = strchr(ip, ':') ? AF_INET6 : AF_INET, was = 1, r;
	const struct rtnl_address *a;
	unsigned char bytes[16];
	struct rtnl_link link;

	if (rtnl_link_get(rt, dev, &link) < 0 || inet_pton(family, ip, bytes) != 1)
		return;		/* gone with its device */
	a = host_find(h, family, bytes, link.index);
	if (!a)
		return;
	/* first of its network or not: that may have changed since the addresses were read */
	if (family == AF_INET)
		was = set_promotion(dev, 1);
	r = rtnl_address_delete(rt, a);
	if (was != 1)
		(void)set_promotion(dev, was);
	if (r < 0 && r != -EADDRNOTAVAIL)
		msg_warning("cannot take address '%s' off device '%s': %s", ip, dev, strerror(-r));
}

/* Somebody else who uses an address on this device: the name of the note, NULL nobody. */
static char *other_user(const char *dev, const char *guest, struct note *ret)
{
	_cleanup_free_ char *path = note_path("address"), *prefix = xasprintf("%s,", dev);
	_cleanup_closedir_ DIR *d = opendir(path);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *what;

		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		what = xasprintf("address/%s", e->d_name);
		if (note_read(what, ret) > 0 && strcmp(ret->guest, guest) != 0)
			return what;
		note_free(ret);
		free(what);
	}
	return NULL;
}

static void remove_device(struct rtnl *rt, const char *dev, const char *what, const char *guest)
{
	_cleanup_note_ struct note heir = { 0 };
	_cleanup_free_ char *used = other_user(dev, guest, &heir), *path = NULL, *line = NULL;
	struct rtnl_link link;
	struct fail f = { 0 };
	int r;

	if (used) {
		_cleanup_close_ int fd = -1;

		path = guest_note(heir.guest);
		line = xasprintf("%s\n", what);
		fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && write_all(fd, line, strlen(line)) == 0 &&
		    note_write(what, heir.nid, true, heir.guest, &f) == 0)
			return;
	}
	r = rtnl_link_get(rt, dev, &link);
	if (r == 0)
		r = rtnl_link_delete(rt, link.index);
	if (r < 0 && r != -ENODEV)
		msg_warning("cannot remove device '%s': %s", dev, strerror(-r));
	note_remove(what);
}

/* Undo one line of the guest's note. */
static void take_back_one(struct rtnl *rt, const struct host *h, const struct guest *g, char *what)
{
	_cleanup_note_ struct note note = { 0 };
	char *name = strchr(what, '/'), *comma;

	if (!name || note_read(what, &note) <= 0 || strcmp(note.guest, g->name) != 0)
		return;		/* never done, or somebody else's now */
	name++;
	if (strncmp(what, "device/", 7) == 0) {
		remove_device(rt, name, what, g->name);
		return;
	}
	comma = strrchr(name, ',');
	if (note.added && comma) {
		_cleanup_free_ char *dev = xstrndup(name, (size_t)(comma - name));

		remove_address(rt, h, dev, comma + 1);
	}
	note_remove(what);
}

/* Under the lock: the last first. The guest's note keeps its number only. */
static bool take_back(const struct guest *g)
{
	_cleanup_free_ char *path = guest_note(g->name), *text = NULL, *first = NULL;
	_cleanup_strv_ char **lines = NULL;
	_cleanup_rtnl_ struct rtnl *rt = NULL;
	_cleanup_host_ struct host host = { NULL, 0 };
	struct fail f = { 0 };
	int r;

	if (read_file_at(AT_FDCWD, path, NOTE_MAX, &text, NULL) < 0)
		return true;
	lines = config_split(text, 0);
	if (strv_len(lines) < 2)
		return true;
	r = rtnl_open(&rt);
	if (r < 0)
		(void)fail(&f, r, "cannot talk to the network of the host");
	else
		r = host_read(rt, &host, &f);
	if (r < 0) {
		msg_warning("cannot take addresses back: %s", f.text);
		return false;
	}
	for (size_t i = strv_len(lines); i-- > 1;)
		take_back_one(rt, &host, g, lines[i]);
	first = xasprintf("%s\n", lines[0]);
	(void)write_file(path, first);
	return true;
}

void net_down(const struct guest *g)
{
	_cleanup_free_ char *path = guest_note(g->name);
	uint32_t nid;

	if (!net_of_guest(g, &nid))
		return;
	/* nothing keeps it but an administrator who has said so */
	(void)vctx_nflags_set(nid, 0, VCTX_NF_PERSISTENT | VCTX_NF_SC_HELPER);
	if (take_back_locked(g))
		(void)unlink(path);
}

void net_stopped(const struct guest *g)
{
	int64_t deadline = monotonic_ms() + END_MS;
	uint32_t nid = VCTX_XID_HOST;

	(void)net_of_guest(g, &nid);
	net_down(g);
	/* its last process may be just leaving, and the helper have its say; there is nothing to be told of that */
	while (nid && vctx_net_info(nid, NULL) == 0) {
		if (monotonic_ms() > deadline) {
			msg_warning("network context %u is still used by somebody outside of the guest", nid);
			break;
		}
		(void)poll(NULL, 0, 10);
	}
}

/* ---- showing ---- */

char **net_addresses(const struct guest *g, bool running)
{
	char **list = strv_new();
	uint32_t nid;

	if (running) {
		struct vctx_net_entry *e = NULL;

		if (!net_of_guest(g, &nid) || vctx_net_entry_get(nid, &e) < 0) {
			strv_free(list);
			return NULL;
		}
		for (size_t i = 0; i < e->count; i++) {
			char text[VCTX_NET_TEXT_SIZE];

			strv_add(&list, vctx_net_address_format(&e->addresses[i], text));
		}
		(void)vctx_net_entry_free(e);
	} else {
		struct config_interfaces i = { 0 };
		struct fail f = { 0 };

		if (config_exists(g->fd, "noncontext") || config_read_interfaces(g->fd, "interfaces", &i, &f) < 0) {
			strv_free(list);
			return NULL;
		}
		for (size_t n = 0; n < i.count; n++)
			strv_take(&list, xasprintf("%s/%u", i.list[n].ip, i.list[n].prefix));
		config_interfaces_free(&i);
	}
	return list;
}

char *net_addresses_text(char *const *addresses, const char *separator)
{
	char *text = NULL;

	for (char *const *a = addresses; a && *a; a++) {
		char *longer = text ? xasprintf("%s%s%s", text, separator, *a) : xstrdup(*a);

		free(text);
		text = longer;
	}
	return text ? text : xstrdup("-");
}
