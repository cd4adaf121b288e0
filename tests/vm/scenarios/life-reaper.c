// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-reaper - the parent of a guest's init may be of the guest itself, and end
 * bed: um qemu debug
 * timeout: 40
 */
#include "../prog/vxt.h"

static pid_t real_parent(pid_t pid)
{
	char path[64], line[512] = "", *s;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	(void)!read(fd, line, sizeof(line) - 1);
	close(fd);
	s = strrchr(line, ')');
	return s ? atoi(s + 4) : -1;
}

/* the init of the guest: waits for orders */
static void init(int sock)
{
	char c;

	while (read(sock, &c, 1) == 1) {
		long r = -1;
		pid_t pid = 0;

		if (c == 'p')
			r = getppid();
		if (c == 'o') {
			/* a grandchild, whose parent ends */
			pid = fork();
			if (!pid) {
				if (!fork()) {
					vxt_sleep_ms(300);
					_exit(7);
				}
				_exit(0);
			}
			(void)waitpid(pid, NULL, 0);
			r = 0;
			while (waitpid(-1, NULL, 0) > 0)
				r++;
		}
		if (write(sock, &r, sizeof(r)) != sizeof(r))
			break;
	}
	_exit(0);
}

static void try_with(uint64_t flags, bool subreaper, const char *what)
{
	uint32_t xid = vxt_free_xid();
	int sv[2], ids[2], status;
	struct pollfd p;
	pid_t creator, first = 0, other = 0, above;
	long r = -1;

	if (prctl(PR_SET_CHILD_SUBREAPER, subreaper) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) ||
	    pipe(ids)) {
		tap_ok(false, "%s: preparation", what);
		return;
	}
	(void)fflush(NULL);
	creator = fork();
	if (!creator) {
		if (vx_create(xid, VXT_SETUP | flags) != (long)xid)
			_exit(90);
		first = fork();
		if (!first) {
			pid_t me = getpid();

			close(sv[0]);
			close(ids[0]);
			if (vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_INIT))
				_exit(91);
			(void)!write(ids[1], &me, sizeof(me));
			close(ids[1]);
			init(sv[1]);
		}
		/* a brother of the init, whose parent ends as well */
		other = fork();
		if (!other) {
			for (;;)
				(void)pause();
		}
		(void)!write(ids[1], &other, sizeof(other));
		/* it has begun when it has said so */
		vxt_sleep_ms(200);
		_exit(0);
	}
	close(sv[1]);
	close(ids[1]);
	if (read(ids[0], &other, sizeof(other)) != sizeof(other) || read(ids[0], &first, sizeof(first)) != sizeof(first)) {
		tap_ok(false, "%s: the guest begins", what);
		return;
	}
	close(ids[0]);
	(void)waitpid(creator, &status, 0);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: who made the guest has ended", what);
	/* which of the two said its number first does not matter */
	first = vx_initpid(xid);
	tap_ok(first > 0, "%s: its child is the init of the guest", what);
	above = real_parent(first);
	tap_ok(above > 0 && above != first, "%s: the init is not its own parent", what);
	tap_ok(above > 0 && vx_task_xid(above) == 0, "%s: a process of the host is", what);

	(void)!write(sv[0], "o", 1);
	p = (struct pollfd){ .fd = sv[0], .events = POLLIN };
	if (poll(&p, 1, VXT_TIMEOUT_MS) == 1)
		(void)!read(sv[0], &r, sizeof(r));
	tap_is(r, 1, "the init gets the orphans of the guest");
	(void)vx_ctx_kill(xid, 0, SIGKILL);
	close(sv[0]);
	tap_ok(vxt_until(VXT_TIMEOUT_MS, (vxt_reap(), !vx_exists(xid))), "%s: the guest ends", what);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	try_with(0, false, "flat");
	try_with(VSERVER_FLAG_INFO_INIT, false, "fake init");
	/* who looks for a subreaper goes upwards from parent to parent */
	try_with(0, true, "below a subreaper");
	try_with(VSERVER_FLAG_INFO_INIT, true, "fake init below a subreaper");
	return vxt_done();
}
