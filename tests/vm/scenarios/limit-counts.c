// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-counts - every counted resource: counted, refused at its limit, given back, separate from others and the host
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/vlt.h"

static void one_kind(enum vxt_mode mode, size_t i)
{
	const struct kind *k = &kinds[i];
	const char *m = vxt_mode_name[mode], *n = k->name;
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS }, other = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w, o, host;
	struct values base, v;
	long each = k->each, made;

	if (!vxt_start(&g, mode, 0) || !vxt_start(&other, mode, 0) || !vxt_child(&g.init, &w) ||
	    !vxt_child(&other.init, &o) || !vxt_host(&host)) {
		tap_fail("%s: %s: two guests", m, n);
		return;
	}
	/* what the first one brings along (descriptors, a directory) is not counted below */
	tap_is_num(vxt_call(&w, f_make, i, 1), 1, "%s: %s: one can be made", m, n);
	base = look(&g, n);
	tap_ok(base.used != ~0ULL && base.hard == ~0ULL, "%s: %s: is shown, without a limit", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 3), 3, "%s: %s: three more", m, n);
	v = look(&g, n);
	if (!each)
		each = (long)(v.used - base.used) / 3;
	tap_ok(each > 0 && v.used == base.used + 3 * (unsigned long long)each, "%s: %s: are counted (%llu, %llu)", m,
	       n, base.used, v.used);
	tap_ok(v.peak >= v.used && !v.hits, "%s: %s: the peak is not below, nothing was refused", m, n);

	tap_ok(set_limit(g.xid, k, v.used + 2 * (unsigned long long)each), "%s: %s: a limit is set", m, n);
	errno = 0;
	made = vxt_call(&w, f_make, i, 5);
	tap_is_num(errno, k->error, "%s: %s: the refusal says so", m, n);
	tap_is_num(made, 2, "%s: %s: at the limit more is refused", m, n);
	v = look(&g, n);
	tap_ok(v.used == v.hard, "%s: %s: as much is used as there may be (%llu of %llu)", m, n, v.used, v.hard);
	tap_ok(v.hits >= 1, "%s: %s: the refusal is counted (%u)", m, n, v.hits);
	tap_is_num(vxt_call(&o, f_make, i, 8), 8, "%s: %s: the other guest is not affected", m, n);
	tap_is_num(vxt_call(&host, f_make, i, 8), 8, "%s: %s: the host is not affected", m, n);

	(void)vxt_call(&w, f_end, i, 3);
	tap_ok(vxt_until(5000, look(&g, n).used == v.used - 3 * (unsigned long long)each),
	       "%s: %s: what is given back is not counted", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 3), 3, "%s: %s: and can be used again", m, n);
	tap_ok(set_limit(g.xid, k, 0), "%s: %s: a limit below the use is taken", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 1), 0, "%s: %s: nothing more then", m, n);
	tap_ok(set_limit(g.xid, k, VSERVER_LIMIT_INFINITY), "%s: %s: the limit is taken away", m, n);
	tap_is_num(vxt_call(&w, f_make, i, 4), 4, "%s: %s: and does not hold any more", m, n);

	/* a process that ends gives back all that is its own */
	if (k->id != VSERVER_LIMIT_SHMEM && k->id != VSERVER_LIMIT_SEMARY && k->id != VSERVER_LIMIT_NSEMS) {
		unsigned long long before = look(&g, n).used;

		if (k->id == VSERVER_LIMIT_NPROC)
			(void)vxt_call(&w, f_end, i, MAX);
		close(w.sock);
		/* its parent takes it: a zombie keeps signals and credentials */
		tap_ok(vxt_until(10000, (vxt_call(&g.init, f_wait, -1, WNOHANG), look(&g, n).used) <=
				 before - 9 * (unsigned long long)each),
		       "%s: %s: the end of a process gives back what it had (%llu, %llu)", m, n, before,
		       look(&g, n).used);
	} else {
		(void)vxt_call(&w, f_end, i, MAX);
		tap_is_num((long)look(&g, n).used, 0, "%s: %s: all is given back", m, n);
		close(w.sock);
	}
	if (k->id == VSERVER_LIMIT_SHMEM || k->id == VSERVER_LIMIT_SEMARY || k->id == VSERVER_LIMIT_NSEMS) {
		(void)vxt_call(&o, f_end, i, MAX);
		(void)vxt_call(&host, f_end, i, MAX);
	}
	if (k->id == VSERVER_LIMIT_NPROC)
		(void)vxt_call(&host, f_end, i, MAX);
	vxt_end(&host);
	close(o.sock);
	tap_ok(vxt_stop(&other) && vxt_stop(&g), "%s: %s: both guests end", m, n);
}

/* who enters is let in, with what it has, and leaves nothing behind */
static void entering(void)
{
	struct vxt_guest g = { .bcaps = 0 };
	struct vxt_agent in;
	struct values v, w;

	if (!vxt_start(&g, VXT_FLAT, 0)) {
		tap_fail("a guest to enter");
		return;
	}
	v = look(&g, "nproc");
	(void)set_limit(g.xid, &kinds[0], v.used);
	tap_is_num((v = look(&g, "openfd")).used > 0, 1, "enter: who made it has brought descriptors along");
	tap_ok(vxt_join(&g, &in), "enter: at the limit of processes the host can enter");
	w = look(&g, "nproc");
	tap_ok(w.used == w.hard + 1, "enter: it is counted (%llu of %llu)", w.used, w.hard);
	tap_ok(look(&g, "openfd").used > v.used, "enter: and so are its descriptors");
	vxt_end(&in);
	tap_ok(vxt_until(5000, look(&g, "nproc").used == w.used - 1 && look(&g, "openfd").used == v.used),
	       "enter: its end gives them back");
	tap_ok(vxt_stop(&g), "enter: the guest ends");
}

static long f_dup2(long fd, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return dup2(0, (int)fd);
}

static long f_close(long fd, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return close((int)fd);
}

static long f_fork(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return pid < 0 ? -1 : 0;
}

/* every way to get a descriptor */
static void descriptors(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w;
	struct values v;
	const struct kind *openfd = &kinds[2];

	if (!vxt_start(&g, VXT_FLAT, 0) || !vxt_child(&g.init, &w)) {
		tap_fail("a guest for descriptors");
		return;
	}
	v = look(&g, "openfd");
	tap_is_num(vxt_call(&w, f_dup2, 300), 300, "openfd: dup2 to a new number");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: is counted");
	tap_is_num(vxt_call(&w, f_dup2, 300), 300, "openfd: dup2 to the same");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: is not counted again");
	tap_is_num(vxt_call(&w, f_fork), 0, "openfd: a fork");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: has given back the copies");
	(void)set_limit(g.xid, openfd, v.used + 2);
	tap_is_errno(vxt_call(&w, f_dup2, 301) < 0 ? -1 : vxt_call(&w, f_dup2, 302), EMFILE,
		  "openfd: dup2 is refused at the limit");
	tap_is_errno(vxt_call(&w, f_fork), EMFILE, "openfd: so is a fork, which copies the table");
	tap_is_num(vxt_call(&w, f_close, 301), 0, "openfd: one is closed");
	tap_is_num((long)look(&g, "openfd").used, (long)v.used + 1, "openfd: and given back, after refusals");
	tap_is_num(look(&g, "nproc").used == 2, 1, "openfd: the fork that was refused has left no task");
	close(w.sock);
	tap_ok(vxt_stop(&g), "openfd: the guest ends");
}

static long f_lock_range(long type, long start, long len, long d VXT_UNUSED)
{
	struct flock l = { .l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	if (lock_fd < 0) {
		lock_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (lock_fd < 0)
			return -2;
	}
	return fcntl(lock_fd, F_SETLK, &l);
}

static long f_flock(long op, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return flock(lock_fd, (int)op);
}

/* releases work at the limit, and do not make more than there may be */
static void locks(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w;
	const struct kind *k = &kinds[4];

	if (!vxt_start(&g, VXT_FLAT, 0) || !vxt_child(&g.init, &w)) {
		tap_fail("a guest for locks");
		return;
	}
	(void)set_limit(g.xid, k, 2);
	tap_is_num(vxt_call(&w, f_lock_range, F_WRLCK, 0, 100), 0, "locks: a range is locked");
	tap_is_num(vxt_call(&w, f_lock_range, F_UNLCK, 40, 10), 0, "locks: a release of the middle makes two of one");
	tap_is_num((long)look(&g, "locks").used, 2, "locks: both are counted");
	tap_is_errno(vxt_call(&w, f_lock_range, F_UNLCK, 10, 10), ENOLCK, "locks: at the limit it does not make three");
	tap_is_errno(vxt_call(&w, f_flock, LOCK_EX), ENOLCK, "locks: those of flock(2) are of the same limit");
	tap_is_num(vxt_call(&w, f_lock_range, F_UNLCK, 0, 40), 0, "locks: a release of all of one works at the limit");
	tap_is_num(vxt_call(&w, f_flock, LOCK_EX), 0, "locks: there is room for another");
	tap_is_num((long)look(&g, "locks").used, 2, "locks: which is counted");
	tap_is_num(vxt_call(&w, f_flock, LOCK_UN), 0, "locks: and released");
	close(w.sock);
	tap_ok(vxt_until(5000, look(&g, "locks").used == 0), "locks: the end of the process releases all");
	tap_ok(vxt_stop(&g), "locks: the guest ends");
}

static int listener = -1;

static long f_listen(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sin, sizeof(sin)) || listen(listener, 8) ||
	    getsockname(listener, (struct sockaddr *)&sin, &len))
		return -1;
	return ntohs(sin.sin_port);
}

static long f_accept(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	return accept(listener, NULL, NULL) < 0 ? -1 : 0;
}

static int connect_to(long port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* connections that come from outside: counted, and refused when they are accepted */
static void accepted(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	const struct kind *nsock = &kinds[3];
	struct values v;
	int c[3];
	long port;

	if (system("ip link set lo up") || !vxt_start(&g, VXT_FLAT, 0)) {
		tap_fail("a guest that listens");
		return;
	}
	port = vxt_call(&g.init, f_listen);
	tap_ok(port > 0, "accept: a guest listens");
	v = look(&g, "nsock");
	c[0] = connect_to(port);
	tap_ok(c[0] >= 0 && vxt_until(2000, look(&g, "nsock").used == v.used + 1),
	       "accept: a connection is counted before it is accepted");
	tap_is_num(vxt_call(&g.init, f_accept), 0, "accept: it is accepted");
	tap_is_num((long)look(&g, "nsock").used, (long)v.used + 1, "accept: and counted once");
	(void)set_limit(g.xid, nsock, v.used + 1);
	c[1] = connect_to(port);
	(void)vxt_until(2000, look(&g, "nsock").used == v.used + 2);
	tap_is_errno(vxt_call(&g.init, f_accept), ENOBUFS, "accept: above the limit it is refused");
	tap_ok(look(&g, "nsock").hits >= 1, "accept: that is a hit");
	(void)set_limit(g.xid, nsock, VSERVER_LIMIT_INFINITY);
	c[2] = connect_to(port);
	tap_is_num(vxt_call(&g.init, f_accept), 0, "accept: works again without the limit");
	for (int i = 0; i < 3; i++)
		close(c[i]);
	tap_ok(vxt_stop(&g), "accept: the guest ends");
}

/* the published call */
static void call_of_old(void)
{
	struct vserver_rlimit_mask mask = { 1, 1, 1 };
	struct vserver_rlimit r = { 0 };
	struct vserver_rlimit_stat s = { 0 };
	struct vxt_guest g = { .bcaps = 0 };
	static const uint32_t no[] = { 0, 1, 2, 3, 4, 5, 8, 9, 11, 13, 14, 15, 18, 22, 23, 24, 31, 32, 37, ~0U };

	if (!vxt_start(&g, VXT_FLAT, 0)) {
		tap_fail("a guest for the call");
		return;
	}
	tap_is_num(vserver(VSERVER_GET_RLIMIT_MASK, 0, &mask), 0, "call: the mask");
	tap_ok(mask.minimum == 0 && mask.softlimit == 0 && mask.maximum == 0x003B14C0, "call: its words (%x %x %x)",
	       mask.minimum, mask.softlimit, mask.maximum);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		r.id = no[i];
		tap_is_errno(vserver(VSERVER_GET_RLIMIT, g.xid, &r), EINVAL, "call: limit %u is not there", no[i]);
		tap_is_errno(vserver(VSERVER_SET_RLIMIT, g.xid, &r), EINVAL, "call: and cannot be set");
		s.id = no[i];
		tap_is_errno(vserver(VSERVER_RLIMIT_STAT, g.xid, &s), EINVAL, "call: and has no statistics");
	}
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC, .minimum = 7, .softlimit = 90, .maximum = 50 };
	tap_is_num(vserver(VSERVER_SET_RLIMIT, g.xid, &r), 0, "call: a soft limit above the hard one");
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC };
	tap_is_num(vserver(VSERVER_GET_RLIMIT, g.xid, &r), 0, "call: is read");
	tap_ok(r.minimum == 0 && r.softlimit == 50 && r.maximum == 50, "call: and is the hard one (%llu %llu %llu)",
	       (unsigned long long)r.minimum, (unsigned long long)r.softlimit, (unsigned long long)r.maximum);
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC, .softlimit = 20, .maximum = VSERVER_LIMIT_KEEP };
	(void)vserver(VSERVER_SET_RLIMIT, g.xid, &r);
	(void)vserver(VSERVER_GET_RLIMIT, g.xid, &r);
	tap_ok(r.softlimit == 20 && r.maximum == 50, "call: what is to be kept is kept");
	r = (struct vserver_rlimit){
		.id = VSERVER_LIMIT_NPROC, .softlimit = VSERVER_LIMIT_INFINITY, .maximum = VSERVER_LIMIT_INFINITY,
	};
	(void)vserver(VSERVER_SET_RLIMIT, g.xid, &r);
	(void)vserver(VSERVER_GET_RLIMIT, g.xid, &r);
	tap_ok(r.softlimit == ~0ULL && r.maximum == ~0ULL, "call: infinity is all ones");
	s = (struct vserver_rlimit_stat){ .id = VSERVER_LIMIT_NPROC };
	tap_is_num(vserver(VSERVER_RLIMIT_STAT, g.xid, &s), 0, "call: statistics");
	tap_ok(s.value == 1 && s.maximum >= 1 && s.minimum == 0, "call: one task (%llu, %llu to %llu)",
	       (unsigned long long)s.value, (unsigned long long)s.minimum, (unsigned long long)s.maximum);
	tap_is_num(vserver(VSERVER_RESET_MINMAX, g.xid, NULL), 0, "call: reset of minimum and maximum");
	(void)vserver(VSERVER_RLIMIT_STAT, g.xid, &s);
	tap_ok(s.minimum == 1 && s.maximum == 1, "call: both are what is used");
	r = (struct vserver_rlimit){ .id = VSERVER_LIMIT_NPROC, .softlimit = 1, .maximum = 1 };
	(void)vserver(VSERVER_SET_RLIMIT, g.xid, &r);
	tap_is_errno(vxt_call(&g.init, f_fork), EAGAIN, "call: no second task");
	(void)vserver(VSERVER_RLIMIT_STAT, g.xid, &s);
	tap_is_num(s.hits, 1, "call: that was a hit");
	tap_is_num(vserver(VSERVER_RESET_HITS, g.xid, NULL), 0, "call: reset of hits");
	(void)vserver(VSERVER_RLIMIT_STAT, g.xid, &s);
	tap_is_num(s.hits, 0, "call: no hits");
	tap_is_errno(vserver(VSERVER_SET_RLIMIT, 4242, &r), ESRCH, "call: no such context");
	tap_is_errno(vserver(VSERVER_SET_RLIMIT, g.xid, (void *)8), EFAULT, "call: a bad pointer");
	tap_ok(vxt_stop(&g), "call: the guest ends");
}

/* children that have ended and are not waited for */
static long f_zombies(long n, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	long i;

	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (!pid)
			_exit(0);
	}
	return i;
}

static long f_wait_all(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	long n = 0;

	while (waitpid(-1, NULL, 0) > 0)
		n++;
	return n;
}

static void zombies(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent w;
	struct values v;

	if (!vxt_start(&g, VXT_FLAT, 0) || !vxt_child(&g.init, &w)) {
		tap_fail("a guest for zombies");
		return;
	}
	v = look(&g, "nproc");
	(void)set_limit(g.xid, &kinds[0], v.used + 5);
	tap_is_num(vxt_call(&w, f_zombies, 20), 5, "zombies: they are of the limit");
	tap_ok(vxt_until(2000, vx_tasks(g.xid) == (int)v.used), "zombies: all have ended");
	tap_is_num((long)look(&g, "nproc").used, (long)v.used + 5, "zombies: and are counted");
	tap_is_errno(vxt_call(&w, f_fork), EAGAIN, "zombies: no task more");
	tap_is_num(vxt_call(&w, f_wait_all), 5, "zombies: are waited for");
	tap_is_num((long)look(&g, "nproc").used, (long)v.used, "zombies: and not counted any more, at once");
	tap_is_num(vxt_call(&w, f_fork), 0, "zombies: there is room again");
	close(w.sock);
	tap_ok(vxt_stop(&g), "zombies: the guest ends");
}

static long f_inotify(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	vxt_fd_out = inotify_init1(IN_CLOEXEC);
	return vxt_fd_out < 0 ? -1 : 0;
}

/* with the descriptor that came along, or its own number */
static long f_watch(long n, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	for (; n > 0; n--) {
		int wd = inotify_add_watch(vxt_fd, "/tmp", IN_CREATE);

		if (wd < 0 || inotify_rm_watch(vxt_fd, wd))
			return -1;
	}
	return 0;
}

/* a group of watches is of who has made it: others would count for one and give back for the other */
static void foreign_watches(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS };
	struct vxt_agent maker, other, host;
	int fd;

	if (!vxt_start(&g, VXT_FLAT, 0) || !vxt_child(&g.init, &maker) || !vxt_child(&g.init, &other) ||
	    !vxt_host(&host)) {
		tap_fail("a guest for watches");
		return;
	}
	tap_is_num(vxt_call(&maker, f_inotify), 0, "watches: a guest makes a group of watches");
	fd = maker.fd;
	tap_is_num(vxt_call_fd(&other, fd, f_watch, 5, 0, 0, 0), 0, "watches: another process of the guest uses it");
	tap_is_errno(vxt_call_fd(&host, fd, f_watch, 5, 0, 0, 0), ENOSPC, "watches: one of the host cannot");
	close(fd);
	tap_is_num(vxt_call(&host, f_inotify), 0, "watches: the host makes one");
	fd = host.fd;
	tap_is_num(vxt_call_fd(&host, fd, f_watch, 5, 0, 0, 0), 0, "watches: and uses it");
	tap_is_errno(vxt_call_fd(&other, fd, f_watch, 5, 0, 0, 0), ENOSPC, "watches: a guest that gets it cannot");
	close(fd);
	tap_is_num((long)look(&g, "watches").used, 0, "watches: none is counted any more");
	vxt_end(&host);
	close(maker.sock);
	close(other.sock);
	tap_ok(vxt_stop(&g), "watches: the guest ends");
}

static void sealed(void)
{
	struct vxt_guest g = { .bcaps = 0 };

	if (!vxt_start(&g, VXT_FLAT, 0)) {
		tap_fail("a guest that is sealed");
		return;
	}
	tap_is_num(netlink_limit(g.xid, VSERVER_LIMIT_KEYS, 10), 0, "netlink: a limit is set");
	tap_is_num(netlink_limit(g.xid, VSERVER_LIMIT_DENTRY, 10), EINVAL, "netlink: what is not limited is refused");
	tap_is_num(netlink_limit(4242, VSERVER_LIMIT_KEYS, 10), ESRCH, "netlink: no such context");
	(void)vx_set_cflags(g.xid, 0, VSERVER_FLAG_STATE_ADMIN);
	tap_is_num(netlink_limit(g.xid, VSERVER_LIMIT_KEYS, 20), EACCES, "netlink: not of a sealed context");
	tap_is_num((long)look(&g, "keys").hard, 10, "netlink: the limit is what it was");
	tap_ok(vxt_stop(&g), "netlink: the guest ends");
}

static long f_set_own(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	struct vserver_rlimit r = { .id = VSERVER_LIMIT_NPROC, .softlimit = 1000, .maximum = 1000 };

	return vserver(VSERVER_SET_RLIMIT, VSERVER_ID_SELF, &r);
}

static void from_inside(void)
{
	struct vxt_guest g = { .bcaps = VXT_SECURE_BCAPS }, rich = { .bcaps = 0 };
	struct values v;

	if (!vxt_start(&g, VXT_PIDNS, 0) || !vxt_start(&rich, VXT_FLAT, 0)) {
		tap_fail("guests that look");
		return;
	}
	(void)set_limit(g.xid, &kinds[0], 12);
	tap_is_num(vxt_call(&g.init, f_vlimits), 0, "inside: /proc/self/vlimits");
	tap_ok(parse(g.init.text, "nproc", &v) && v.used == 1 && v.hard == 12, "inside: says what is used and allowed");
	tap_is_errno(vxt_call(&g.init, f_set_own), ENOSYS, "inside: a guest has no call to change it");
	tap_is_errno(vxt_call(&rich.init, f_set_own), EPERM, "inside: one with all capabilities cannot either");
	tap_ok(vxt_stop(&g) && vxt_stop(&rich), "inside: both end");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	(void)mount("mqueue", "/dev/mqueue", "mqueue", 0, NULL);
	call_of_old();
	from_inside();
	entering();
	descriptors();
	locks();
	zombies();
	foreign_watches();
	sealed();
	accepted();
	for (size_t i = 0; i < KINDS; i++) {
		/* the mount of queues of the host is closed to members */
		if (kinds[i].id != VSERVER_LIMIT_MSGQUEUE)
			one_kind(VXT_FLAT, i);
	}
	for (size_t i = 0; i < KINDS; i++)
		one_kind(VXT_PIDNS, i);
	return vxt_done();
}
