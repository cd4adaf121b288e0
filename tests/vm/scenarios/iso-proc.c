// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iso-proc - /proc shows a guest its own processes and nobody else's, on mounts shared with others
 * bed: um qemu
 * timeout: 40
 */
#include <dirent.h>
#include <pthread.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
/* descriptors that a process of the guest has from before */
#define KEPT 50		/* directory of a host's process */
#define KEPT_TASK 51	/* that of its threads */
#define KEPT_PROC 52	/* /proc */

static const char *m;
static struct vxt_guest guest, other;
static struct vxt_agent victim, kid, other_kid, keeper;
static long victim_tid, own_init, own_kid;

static const char *with_mode(const char *what)
{
	static char name[256];

	(void)snprintf(name, sizeof(name), "%s: %s", m, what);
	return name;
}

#define tap_is(got, wanted, what) tap_is(got, wanted, with_mode(what))
#define tap_errno(got, wanted, what) tap_errno(got, wanted, with_mode(what))

FN(f_access) { return access(vxt_word, F_OK); }
FN(f_chdir) { return chdir(vxt_word); }
FN(f_getcwd) { return getcwd(vxt_text, sizeof(vxt_text) - 1) ? 0 : -1; }

FN(f_open)
{
	int fd = open(vxt_word, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? fd : close(fd);
}

FN(f_stat)
{
	struct stat st;

	return stat(vxt_word, &st);
}

FN(f_readlink)
{
	ssize_t n = readlink(vxt_word, vxt_text, sizeof(vxt_text) - 1);

	vxt_text[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -1 : 0;
}

/* the value of a line of a file */
FN(f_line)
{
	char line[512], *word = strchr(vxt_word, ' ');
	FILE *f;

	*word++ = '\0';
	f = fopen(vxt_word, "re");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, word, strlen(word)) && line[strlen(word)] == ':') {
			line[strcspn(line, "\n")] = '\0';
			vxt_say("%s", line + strlen(word) + 2);
			break;
		}
	}
	(void)fclose(f);
	return vxt_text[0] ? 0 : -2;
}

/* the numbers in a directory, read in small pieces if a is set; -2 if it does not end */
FN(f_list)
{
	struct {
		uint64_t ino;
		int64_t off;
		uint16_t len;
		uint8_t type;
		char name[];
	} *e;
	static char buf[32768] __attribute__((aligned(8)));
	int fd = vxt_word[0] ? open(vxt_word, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : fcntl((int)b, F_DUPFD_CLOEXEC, 60);
	int n = 0;
	long got;

	if (fd < 0)
		return -1;
	while ((got = syscall(SYS_getdents64, fd, buf, a ? 48 : sizeof(buf))) > 0) {
		for (long at = 0; at < got; at += e->len) {
			e = (void *)(buf + at);
			if (e->name[0] >= '0' && e->name[0] <= '9')
				vxt_say("%s ", e->name);
			if (++n > 3000) {
				close(fd);
				return -2;
			}
		}
	}
	close(fd);
	return got < 0 ? -1 : n;
}

static long tid;

static void *sleeper(void *arg VXT_UNUSED)
{
	__atomic_store_n(&tid, gettid(), __ATOMIC_RELEASE);
	for (;;)
		(void)pause();
	return NULL;
}

FN(f_thread)
{
	pthread_t t;

	if (tid)
		return tid;
	if (pthread_create(&t, NULL, sleeper, NULL))
		return -1;
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		(void)sched_yield();
	return tid;
}

static void *self_thread(void *text)
{
	ssize_t n = readlink("/proc/thread-self", text, 100);

	((char *)text)[n < 0 ? 0 : n] = '\0';
	return (void *)(long)gettid();
}

/* is /proc/thread-self right in a second thread? */
FN(f_thread_self)
{
	char got[128], wanted[128];
	void *nr = NULL;
	pthread_t t;

	if (pthread_create(&t, NULL, self_thread, got) || pthread_join(t, &nr))
		return -1;
	(void)snprintf(wanted, sizeof(wanted), "%d/task/%ld", getpid(), (long)nr);
	vxt_say("%s", got);
	return !strcmp(got, wanted);
}

/* read the file b times; how often it said something else than "XID: a" (or, with c set, could be opened) */
FN(f_read_often)
{
	long wrong = 0;

	for (long i = 0; i < b; i++) {
		char buf[64] = "";
		long xid = -1;
		int fd = open(vxt_word, O_RDONLY | O_CLOEXEC);

		if (fd >= 0) {
			(void)!read(fd, buf, sizeof(buf) - 1);
			close(fd);
		}
		if (c)
			wrong += fd >= 0;
		else
			wrong += sscanf(buf, "XID:\t%ld", &xid) != 1 || xid != a;
	}
	return wrong;
}

/* through the descriptor from before */
FN(f_kept_open)
{
	char c1;
	int fd = openat(KEPT, vxt_word, O_RDONLY | O_NONBLOCK | O_CLOEXEC), e;
	long n = 0;

	if (fd < 0)
		return -1;
	n = read(fd, &c1, 1);
	e = errno;
	close(fd);
	errno = e;
	return n < 0 && (e == ESRCH || e == EACCES || e == EPERM || e == ENOENT) ? -1 : 0;
}
FN(f_kept_readlink) { return readlinkat(KEPT, vxt_word, vxt_text, 100) < 0 ? -1 : 0; }
FN(f_kept_stat)
{
	struct stat st;

	return fstatat(KEPT, vxt_word, &st, 0);
}
FN(f_kept_chdir)
{
	int ret = fchdir(KEPT);

	(void)chdir("/");
	return ret;
}
FN(f_kept_setns)
{
	int fd = openat(KEPT, vxt_word, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -1;
	ret = setns(fd, 0);
	close(fd);
	return ret;
}
FN(f_setns)
{
	int fd = open(vxt_word, O_RDONLY | O_CLOEXEC), ret, e;

	if (fd < 0)
		return -1;
	ret = setns(fd, 0);
	e = errno;
	close(fd);
	errno = e;
	return ret;
}

static bool text_is(const char *got, const char *wanted, const char *what)
{
	bool good = tap_ok(!strcmp(got, wanted), "%s: %s", m, what);

	if (!good)
		printf("# got '%s', wanted '%s'\n", got, wanted);
	return good;
}

static bool has_word(const char *text, long nr)
{
	const char *word = tap_text("%ld ", nr);

	for (const char *p = text; (p = strstr(p, word)); p++)
		if (p == text || p[-1] == ' ')
			return true;
	return false;
}

static void test_lists(void)
{
	const char *own = tap_text("%ld %ld ", own_init, own_kid);

	tap_ok(vxt_call(vxt_with(&kid, "/proc"), f_list) > 0, "%s: the listing of /proc ends", m);
	text_is(kid.text, own, "/proc lists the own processes and no others");
	tap_ok(vxt_call(vxt_with(&kid, "/proc"), f_list, 1) > 0, "%s: the listing in small pieces ends", m);
	text_is(kid.text, own, "/proc lists the same in small pieces");
	tap_ok(vxt_call(vxt_with(&guest.init, "/proc"), f_list) > 0, "%s: the listing for init ends", m);
	text_is(guest.init.text, own, "/proc lists the same for init");
	if (guest.mode == VXT_PIDNS) {
		tap_ok(vxt_call(vxt_with(&kid, "/mnt/hostproc"), f_list) > 0, "%s: the listing of the host's /proc ends", m);
		text_is(kid.text, tap_text("%d %d ", guest.init.pid, kid.pid),
			"the host's /proc lists the own processes and no others");
		tap_errno(vxt_call(vxt_with(&kid, "/mnt/hostproc/%d/stat", victim.pid), f_open), ENOENT,
			  "the host's process is not in the host's /proc either");
		tap_errno(vxt_call(vxt_with(&kid, "/mnt/hostproc/1"), f_access), ENOENT, "nor is the host's 1");
		tap_is(vxt_call(vxt_with(&kid, "/mnt/hostproc/%d/stat", kid.pid), f_open), 0, "the own process is");
	}
	vxt_text[0] = '\0';
	(void)vxt_call(vxt_with(&victim, "/proc"), f_list);
	tap_ok(has_word(victim.text, 1) && has_word(victim.text, victim.pid) && has_word(victim.text, guest.init.pid) &&
		       has_word(victim.text, kid.pid) && has_word(victim.text, other_kid.pid),
	       "%s: the host's /proc lists everybody", m);
}

static void test_lookups(void)
{
	const long foreign[] = { victim.pid, victim_tid, other.init.pid, other_kid.pid, 2,
				 guest.mode == VXT_FLAT ? 1 : guest.init.pid };
	bool good = true;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		static vxt_fn *const ways[] = { f_access, f_stat, f_open };

		if (guest.mode == VXT_PIDNS && foreign[i] < 10)
			continue;
		for (int round = 0; round < 3; round++) {
			/* somebody who sees it has made an entry in the meantime */
			if (round == 1)
				(void)vxt_call(vxt_with(&victim, "/proc/%ld/stat", foreign[i]), f_open);
			if (round == 2)
				(void)vxt_call(vxt_with(&other_kid, "/proc/%ld/stat", foreign[i]), f_open);
			for (size_t w = 0; w < sizeof(ways) / sizeof(*ways); w++) {
				for (int file = 0; file < 2; file++) {
					long ret = vxt_call(vxt_with(&kid, file ? "/proc/%ld/stat" : "/proc/%ld",
								     foreign[i]), ways[w]);

					if (ret >= 0 || errno != ENOENT) {
						printf("# %ld, way %zu, round %d: %ld %s\n", foreign[i], w, round, ret,
						       strerror(errno));
						good = false;
					}
				}
			}
		}
	}
	tap_ok(good, "%s: numbers of others do not exist, also when others have just looked", m);
	tap_is(vxt_call(vxt_with(&victim, "/proc/%d/stat", victim.pid), f_open), 0, "the host finds its own");
	tap_is(vxt_call(vxt_with(&victim, "/proc/%d/stat", kid.pid), f_open), 0, "the host finds the guest's");
	tap_is(vxt_call(vxt_with(&victim, "/proc/%ld/stat", victim_tid), f_open), 0, "the host finds threads");
	tap_is(vxt_call(vxt_with(&kid, "/proc/%ld/stat", own_kid), f_open), 0, "the guest finds its own");
}

static void test_threads(void)
{
	long own_tid = vxt_call(&kid, f_thread);

	tap_ok(vxt_call(vxt_with(&guest.init, "/proc/%ld/task", own_kid), f_list) > 0, "%s: the threads are listed", m);
	text_is(guest.init.text, tap_text("%ld %ld ", own_kid, own_tid), "exactly the own threads");
	tap_is(vxt_call(vxt_with(&guest.init, "/proc/%ld/task/%ld/stat", own_kid, own_tid), f_open), 0, "a thread's file");
	tap_is(vxt_call(vxt_with(&guest.init, "/proc/%ld/stat", own_tid), f_open), 0, "a thread's number as a name in /proc");
	tap_errno(vxt_call(vxt_with(&guest.init, "/proc/%ld/task/%ld", own_kid, victim_tid), f_access), ENOENT,
		  "a thread of the host is none of it");
	tap_errno(vxt_call(vxt_with(&guest.init, "/proc/%d/task/%ld", victim.pid, victim_tid), f_access), ENOENT,
		  "threads of a host's process do not exist");
	tap_is(vxt_call(&guest.init, f_thread_self), 1, "/proc/thread-self in a second thread");
	if (strcmp(guest.init.text, ""))
		printf("# %s\n", guest.init.text);
	(void)vxt_call(vxt_with(&kid, "/proc/self"), f_readlink);
	text_is(kid.text, tap_text("%ld", own_kid), "/proc/self");
	(void)vxt_call(vxt_with(&guest.init, "/proc/self"), f_readlink);
	text_is(guest.init.text, tap_text("%ld", own_init), "/proc/self of init");
	(void)vxt_call(vxt_with(&victim, "/proc/self"), f_readlink);
	text_is(victim.text, tap_text("%d", victim.pid), "/proc/self on the host");
}

/* files of a process, as listed by the host */
static char files[200][40];
static int nfiles;

static void list_files(void)
{
	char path[64];
	DIR *dir;
	struct dirent *e;
	static const char *const more[] = { "root/etc/passwd", "cwd/.", "fd/0", "fd/1", "fdinfo/0", "ns/uts", "ns/mnt",
					    "ns/pid", "net/dev", "attr/current", "task/.", "root/proc/1/stat" };

	(void)snprintf(path, sizeof(path), "/proc/%d", victim.pid);
	nfiles = 0;
	dir = opendir(path);
	while (dir && (e = readdir(dir)) && nfiles < 180)
		if (e->d_name[0] != '.')
			(void)snprintf(files[nfiles++], sizeof(*files), "%.30s", e->d_name);
	if (dir)
		(void)closedir(dir);
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
		(void)snprintf(files[nfiles++], sizeof(*files), "%s", more[i]);
}

/* a process that goes into the guest with a directory of the host's process in its hands */
static bool start_keeper(void)
{
	int sv[2];
	char path[64];
	pid_t pid;

	if (!vxt_sockets(sv))
		return false;
	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		(void)snprintf(path, sizeof(path), "/proc/%d", victim.pid);
		(void)dup2(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), KEPT);
		(void)snprintf(path, sizeof(path), "/proc/%d/task", victim.pid);
		(void)dup2(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), KEPT_TASK);
		(void)dup2(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), KEPT_PROC);
		vxt_enter_old(&guest, sv[1]);
	}
	close(sv[1]);
	if (vxt_hello(&keeper, sv[0]))
		return true;
	close(sv[0]);
	(void)waitpid(pid, NULL, 0);
	return false;
}

static void test_files(void)
{
	int refused = 0, read_own = 0, read_host = 0, opened = 0;
	bool good = true;

	list_files();
	for (int i = 0; i < nfiles; i++) {
		/* what a process of the host can open of itself, one of the guest can of itself */
		bool host = vxt_call(vxt_with(&victim, "/proc/self/%s", files[i]), f_open) == 0;
		bool own = vxt_call(vxt_with(&kid, "/proc/self/%s", files[i]), f_open) == 0;

		if (host != own && strncmp(files[i], "root/proc/1", 11)) {
			printf("# own %s: host %d, guest %d\n", files[i], host, own);
			good = false;
		}
		read_own += own;
		if (host && vxt_call(vxt_with(&victim, "/proc/%d/%s", kid.pid, files[i]), f_open) == 0)
			read_host++;
		opened += host;
		if (vxt_call(vxt_with(&kid, "/proc/%d/%s", victim.pid, files[i]), f_open) == 0)
			printf("# foreign %s can be opened\n", files[i]);
		else
			refused++;
	}
	tap_ok(good && read_own > 20, "%s: all %d files of an own process can be opened as on the host", m, read_own);
	tap_is(refused, nfiles, "no file of a host's process can be opened");
	if (!tap_ok(read_host >= opened - 1, "%s: the host can open the files of the guest's process", m))
		printf("# %d of %d\n", read_host, opened);

	/* with a directory that was open before */
	if (guest.mode == VXT_PIDNS) {
		tap_ok(!start_keeper(), "%s: nobody enters with a directory from outside", m);
		return;
	}
	if (!tap_ok(start_keeper(), "%s: a process enters with a directory of a host's process", m))
		return;
	for (int cached = 0; cached < 2; cached++) {
		int bad = 0;

		for (int i = 0; i < nfiles; i++) {
			if (cached) {
				char path[100];
				struct stat st;

				(void)snprintf(path, sizeof(path), "/proc/%d/%.40s", victim.pid, files[i]);
				(void)stat(path, &st);
			}
			if (vxt_call(vxt_with(&keeper, "%s", files[i]), f_kept_open) == 0 ||
			    vxt_call(vxt_with(&keeper, "%s", files[i]), f_kept_readlink) == 0 ||
			    vxt_call(vxt_with(&keeper, "%s", files[i]), f_kept_stat) == 0) {
				printf("# %s is reached\n", files[i]);
				bad++;
			}
		}
		tap_is(bad, 0, cached ? "nothing is reached through it that the host has just looked up" :
			       "nothing is reached through it");
	}
	tap_ok(vxt_call(&keeper, f_kept_chdir) < 0, "%s: it is no working directory", m);
	(void)vxt_call(&keeper, f_list, 0, KEPT_TASK);
	tap_ok(!has_word(keeper.text, victim.pid) && !has_word(keeper.text, victim_tid),
	       "%s: no numbers of threads in a directory from before", m);
	tap_ok(vxt_call(&keeper, f_list, 0, KEPT_PROC) > 0, "%s: /proc, open from before, can be listed", m);
	tap_ok(has_word(keeper.text, own_kid) && !has_word(keeper.text, victim.pid) && !has_word(keeper.text, other_kid.pid),
	       "%s: and has the own processes only", m);
	tap_ok(vxt_call(vxt_with(&keeper, "ns/uts"), f_kept_setns) < 0, "%s: its namespaces cannot be entered", m);
	vxt_end(&keeper);
}

static void test_links(void)
{
	static const char *const names[] = { "root", "cwd", "exe", "fd/0", "ns/uts", "ns/mnt", "ns/pid" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char what[80];

		(void)snprintf(what, sizeof(what), "the link %s of an own process", names[i]);
		tap_is(vxt_call(vxt_with(&guest.init, "/proc/%ld/%s", own_kid, names[i]), f_readlink), 0, what);
		(void)snprintf(what, sizeof(what), "the link %s of a host's process", names[i]);
		tap_errno(vxt_call(vxt_with(&guest.init, "/proc/%d/%s", victim.pid, names[i]), f_readlink), ENOENT, what);
		(void)snprintf(what, sizeof(what), "the link %s of another guest's process", names[i]);
		tap_errno(vxt_call(vxt_with(&guest.init, "/proc/%d/%s", other_kid.pid, names[i]), f_readlink), ENOENT, what);
		(void)snprintf(what, sizeof(what), "the host reads the link %s of the guest's process", names[i]);
		tap_is(vxt_call(vxt_with(&victim, "/proc/%d/%s", kid.pid, names[i]), f_readlink), 0, what);
	}
	tap_is(vxt_call(vxt_with(&guest.init, "/proc/%ld/root/etc/passwd", own_kid), f_open), 0, "through the own root");
	tap_is(vxt_call(vxt_with(&victim, "/proc/%d/root/etc/passwd", kid.pid), f_open), 0,
	       "the host through the guest's root");
	tap_is(vxt_call(vxt_with(&victim, "/proc/%d/ns/uts", kid.pid), f_setns), 0, "the host into the guest's namespace");
	tap_is(vxt_call(vxt_with(&victim, "/proc/1/ns/uts"), f_setns), 0, "and back");
	tap_is(vxt_call(vxt_with(&guest.init, "/proc/%ld/ns/uts", own_kid), f_setns), 0, "the guest into its own namespace");
}

/* one name, several processes */
static void test_shared_names(void)
{
	uint32_t xid_a = guest.xid, xid_b = other.xid;
	bool flat = guest.mode == VXT_FLAT;
	long wrong = 0;

	for (int i = 0; i < 30; i++) {
		wrong += vxt_call(vxt_with(&victim, "/proc/1/vinfo"), f_read_often, 0, 2) != 0;
		wrong += vxt_call(vxt_with(&kid, "/proc/1/vinfo"), f_read_often, xid_a, 2, flat) != 0;
		wrong += vxt_call(vxt_with(&other_kid, "/proc/1/vinfo"), f_read_often, xid_b, 2, flat) != 0;
	}
	tap_is(wrong, 0, "/proc/1 in turns: each sees its own");

	(void)vxt_begin(vxt_with(&victim, "/proc/1/vinfo"), -1, f_read_often, 0, 3000, 0, 0);
	(void)vxt_begin(vxt_with(&kid, "/proc/1/vinfo"), -1, f_read_often, xid_a, 3000, flat, 0);
	(void)vxt_begin(vxt_with(&other_kid, "/proc/1/vinfo"), -1, f_read_often, xid_b, 3000, flat, 0);
	tap_is(vxt_finish(&victim), 0, "/proc/1 at the same time: the host sees its own");
	tap_is(vxt_finish(&kid), 0, "/proc/1 at the same time: a guest sees its own");
	tap_is(vxt_finish(&other_kid), 0, "/proc/1 at the same time: so does the other");

	/* the host stands in directories that guests look for */
	for (int i = 0; i < 3; i++) {
		const char *dir = i == 2 ? "/proc/1" : tap_text("/proc/%d%s", victim.pid, i ? "" : "/task");
		char what[100];

		(void)vxt_call(vxt_with(&victim, "%s", dir), f_chdir);
		(void)vxt_call(vxt_with(&kid, "%s/stat", dir), f_open);
		(void)vxt_call(vxt_with(&other_kid, "%s", dir), f_access);
		(void)snprintf(what, sizeof(what), "the host in %s works there after a guest has looked for it",
			       i == 0 ? "/proc/PID/task" : i == 1 ? "/proc/PID" : "/proc/1");
		tap_is(vxt_call(vxt_with(&victim, "."), f_open), 0, what);
		(void)snprintf(what, sizeof(what), "the host in %s knows where it is after a guest has looked for it",
			       i == 0 ? "/proc/PID/task" : i == 1 ? "/proc/PID" : "/proc/1");
		/* a known limit: the name 1 of a fake init replaces the host's entry, which then has no name */
		if (i == 2 && guest.mode == VXT_FAKE)
			break;
		(void)vxt_call(&victim, f_getcwd);
		text_is(victim.text, dir, what);
	}
	(void)vxt_call(vxt_with(&victim, "/"), f_chdir);
}

/* as pam_loginuid does at each login */
static long f_loginuid(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
{
	int fd = open("/proc/self/loginuid", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	long ret = fd < 0 || ftruncate(fd, 0) || write(fd, "0", 1) != 1 ? -1 : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static void test_content(void)
{
	static const char *const hidden[] = { "locks", "timer_list", "keys", "key-users", "kmsg", "kcore", "sysrq-trigger",
					      "sched_debug", "slabinfo" };

	(void)vxt_call(vxt_with(&kid, "/proc/self/status VxID"), f_line);
	text_is(kid.text, tap_text("%u", guest.xid), "status tells the number of the context");
	(void)vxt_call(vxt_with(&victim, "/proc/%d/status VxID", kid.pid), f_line);
	text_is(victim.text, tap_text("%u", guest.xid), "to the host, too");
	(void)vxt_call(vxt_with(&victim, "/proc/self/status VxID"), f_line);
	text_is(victim.text, "0", "which is 0 itself");
	(void)vxt_call(vxt_with(&guest.init, "/proc/self/status PPid"), f_line);
	text_is(guest.init.text, "0", "a parent on the host is 0");
	(void)vx_set_cflags(guest.xid, VSERVER_FLAG_HIDE_VINFO, VSERVER_FLAG_HIDE_VINFO);
	tap_is(vxt_call(vxt_with(&kid, "/proc/self/status VxID"), f_line), -2, "with HIDE_VINFO status says nothing");
	tap_ok(vxt_call(vxt_with(&kid, "/proc/self/vinfo XID"), f_line) < 0, "%s: nor does vinfo", m);
	(void)vx_set_cflags(guest.xid, 0, VSERVER_FLAG_HIDE_VINFO);
	(void)vxt_call(vxt_with(&kid, "/proc/self/vinfo XID"), f_line);
	text_is(kid.text, tap_text("%u", guest.xid), "without it vinfo does");

	tap_is(vxt_call(&kid, f_loginuid), 0, "a process that logs somebody in says so");

	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		char path[64], what[128];

		(void)snprintf(path, sizeof(path), "/proc/%s", hidden[i]);
		if (access(path, F_OK))
			continue;
		(void)snprintf(what, sizeof(what), "%s, which tells of others, is not there", path);
		tap_errno(vxt_call(vxt_with(&kid, "%s", path), f_access), ENOENT, what);
	}
	tap_ok(vxt_call(vxt_with(&kid, "/sys/fs/cgroup/cgroup.procs"), f_open) < 0,
	       "%s: a list of processes of cgroups is refused", m);
	tap_is(vxt_call(vxt_with(&victim, "/sys/fs/cgroup/cgroup.procs"), f_open), 0, "the host reads it");
}

static void run_mode(enum vxt_mode mode)
{
	m = vxt_mode_name[mode];
	if (!tap_ok(vxt_start(&guest, mode, 0) && vxt_start(&other, mode, 0) && vxt_child(&guest.init, &kid) &&
		    vxt_child(&other.init, &other_kid), "%s: two guests start", m))
		return;
	own_init = mode == VXT_FLAT ? guest.init.pid : 1;
	own_kid = vxt_call(&kid, f_getpid);
	victim_tid = vxt_call(&victim, f_thread);
	test_lists();
	test_lookups();
	test_threads();
	test_files();
	test_links();
	test_shared_names();
	test_content();
	tap_ok(vxt_stop(&guest) && vxt_stop(&other), "%s: the guests end", m);
	close(kid.sock);
	close(other_kid.sock);
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	vxt_big_pids();
	m = "host";
	if (!tap_ok(vxt_host(&victim), "a process of the host starts"))
		return vxt_done();
	run_mode(VXT_FLAT);
	run_mode(VXT_FAKE);
	run_mode(VXT_PIDNS);
	vxt_end(&victim);
	return vxt_done();
}
