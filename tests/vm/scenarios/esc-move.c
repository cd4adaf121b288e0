// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-move - whoever moves directories on the host does not let a guest out that is in one of them
 * bed: um qemu
 * timeout: 40
 *
 * A root directory that is not the root of its mount stops only who passes it on the way up. A process in a
 * directory that is moved to another place goes up from there.
 */
#include <linux/fs.h>
#include "../prog/vxt.h"

#define DIR_ "/move"
#define HOME DIR_ "/guests/home"

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/* the guest: goes where it is told, says what it finds above */
static void guest(int sock)
{
	char where[128];

	for (;;) {
		long r = -1;
		ssize_t n = read(sock, where, sizeof(where) - 1);

		if (n <= 0)
			_exit(0);
		where[n] = '\0';
		if (where[0] == '?') {
			/* as far up as it goes, from where it is */
			for (int i = 0; i < 16; i++)
				if (chdir(".."))
					break;
			r = access("move/secret", R_OK) == 0;
			(void)chdir("/");
		} else {
			r = chdir(where);
		}
		if (write(sock, &r, sizeof(r)) != sizeof(r))
			_exit(1);
	}
}

static long tell(int sock, const char *what)
{
	long r = -2;

	if (write(sock, what, strlen(what)) < 0 || read(sock, &r, sizeof(r)) != sizeof(r))
		return -2;
	return r;
}

static pid_t start(uint32_t xid, bool context, int *ret_sock)
{
	int sv[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return -1;
	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		close(sv[0]);
		if (context && vx_create(xid, VXT_SETUP) != (long)xid)
			_exit(90);
		if (chdir(HOME) || chroot("."))
			_exit(91);
		if (context && (vx_set_caps(VSERVER_SET_BCAPS, VSERVER_ID_SELF, VXT_SECURE_BCAPS, ~0ULL) ||
				vx_set_cflags(VSERVER_ID_SELF, 0, VSERVER_FLAG_STATE_SETUP)))
			_exit(92);
		guest(sv[1]);
	}
	close(sv[1]);
	*ret_sock = sv[0];
	return pid;
}

static void stop(pid_t pid, int sock, uint32_t xid)
{
	close(sock);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	if (xid)
		(void)vxt_until(VXT_TIMEOUT_MS, !vx_exists(xid));
}

static void make(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		printf("# %s: %s\n", path, strerror(errno));
}

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd >= 0)
		close(fd);
}

static long swap(const char *a, const char *b)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

int main(int argc, char **argv)
{
	static const char *const dirs[] = {
		DIR_, DIR_ "/guests", DIR_ "/else", HOME, HOME "/a", HOME "/a/b", HOME "/c", DIR_ "/else/in",
		DIR_ "/else/swap",
	};
	uint32_t xid;
	pid_t pid;
	int sock;

	vxt_init(argc, argv);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		make(dirs[i]);
	touch(DIR_ "/secret");
	touch(HOME "/a/file");

	pid = start(0, false, &sock);
	tap_is(tell(sock, "/a/b"), 0, "without a context: in a directory");
	tap_is(rename(HOME "/a/b", DIR_ "/else/b"), 0, "without a context: it is moved");
	tap_is(tell(sock, "?"), 1, "without a context: who was in it is out");
	(void)rename(DIR_ "/else/b", HOME "/a/b");
	stop(pid, sock, 0);

	xid = vxt_free_xid();
	pid = start(xid, true, &sock);
	tap_is(tell(sock, "/a/b"), 0, "a guest is in a directory");
	tap_errno(rename(HOME "/a/b", DIR_ "/else/b"), EXDEV, "it is not moved out of the guest");
	(void)rename(HOME "/a/b", DIR_ "/else/b");
	tap_is(tell(sock, "?"), 0, "the guest does not get out");
	tap_is(tell(sock, "/a/b"), 0, "again");
	tap_errno(rename(HOME "/a", DIR_ "/else/a"), EXDEV, "nor with what is above it");
	tap_is(tell(sock, "?"), 0, "the guest does not get out");
	tap_errno(swap(HOME "/a", DIR_ "/else/swap"), EXDEV, "nor in exchange for another");
	tap_errno(swap(DIR_ "/else/swap", HOME "/a"), EXDEV, "nor the other way round");
	tap_errno(rename(HOME, DIR_ "/else/home"), EBUSY, "the root directory stays below its barrier");

	tap_is(rename(HOME "/a/b", HOME "/c/b"), 0, "a directory is moved inside");
	tap_is(rename(HOME "/c/b", HOME "/c/d"), 0, "and gets another name");
	tap_is(rename(HOME "/c/d", HOME "/a/b"), 0, "and back");
	tap_is(rename(HOME "/a/file", DIR_ "/else/file"), 0, "a file is moved out");
	tap_is(rename(DIR_ "/else/file", HOME "/a/file"), 0, "and in");
	tap_is(rename(DIR_ "/else/in", HOME "/a/in"), 0, "a directory is moved in");
	tap_is(rename(HOME, DIR_ "/guests/other-name"), 0, "the root directory gets another name");
	tap_is(rename(DIR_ "/guests/other-name", HOME), 0, "and the old one");
	tap_is(rename(DIR_ "/guests", DIR_ "/moved"), 0, "what is above is moved");
	tap_is(rename(DIR_ "/moved", DIR_ "/guests"), 0, "and back");
	tap_is(tell(sock, "?"), 0, "the guest does not get out");
	stop(pid, sock, xid);

	tap_is(rename(HOME "/a/b", DIR_ "/else/b"), 0, "when the guest has ended, it is moved");
	tap_is(rename(DIR_ "/else/b", HOME "/a/b"), 0, "and back");
	tap_is(rename(HOME, DIR_ "/else/home"), 0, "so is the root directory");
	(void)rename(DIR_ "/else/home", HOME);
	return vxt_done();
}
