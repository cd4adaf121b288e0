// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life-basic - contexts are made, found, changed and named as published; who may do which of it
 * bed: um qemu
 * timeout: 30
 */
#include <linux/capability.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "../prog/vxt.h"

#define FN(name) static long name(long a VXT_UNUSED, long b VXT_UNUSED, long c VXT_UNUSED, long d VXT_UNUSED)
#define PRIVATE VSERVER_FLAG_INFO_PRIVATE
#define PERSISTENT VSERVER_FLAG_PERSISTENT
#define SETUP VSERVER_FLAG_STATE_SETUP
#define INIT VSERVER_FLAG_STATE_INIT
#define ADMIN VSERVER_FLAG_STATE_ADMIN
#define BAD ((void *)8)

FN(f_create) { return vx_create((uint32_t)a, (uint64_t)b); }
FN(f_create_null) { return vserver(a ? VSERVER_CTX_CREATE : VSERVER_CTX_CREATE_V0, (uint32_t)b, NULL); }
FN(f_task_xid) { return vx_task_xid((pid_t)a); }
FN(f_set_flags) { return vx_set_cflags((uint32_t)a, (uint64_t)b, (uint64_t)c); }
FN(f_raw) { return vserver((uint32_t)a, (uint32_t)b, (void *)c); }
FN(f_setuid) { return setresuid((uid_t)a, (uid_t)a, (uid_t)a); }
FN(f_unshare) { return unshare((int)a); }
FN(f_space) { return vx_space(VSERVER_SET_SPACE, (uint32_t)a, (uint64_t)b, (uint32_t)c); }

/* set and get: a command, b id, c value, d mask; for get the answer is in the text */
FN(f_set_word) { return vx_set_caps((uint32_t)a, (uint32_t)b, (uint64_t)c, (uint64_t)d); }
FN(f_get_word)
{
	struct vserver_caps caps = {};
	long ret = vserver((uint32_t)a, (uint32_t)b, &caps);

	vxt_say("%llx %llx", (unsigned long long)caps.caps, (unsigned long long)caps.mask);
	return ret;
}
FN(f_set_name)
{
	struct vserver_vhi_name name = { .field = (uint32_t)b };

	memcpy(name.name, vxt_word, sizeof(name.name));
	return vserver(VSERVER_SET_VHI_NAME, (uint32_t)a, &name);
}
FN(f_uname)
{
	struct utsname u;

	if (uname(&u))
		return -1;
	vxt_say("%s|%s|%s|%s|%s|%s", u.sysname, u.nodename, u.release, u.version, u.machine, u.domainname);
	return 0;
}
static void *just_wait(void *arg VXT_UNUSED)
{
	for (;;)
		(void)pause();
	return NULL;
}

FN(f_new_thread)
{
	pthread_t t;

	return pthread_create(&t, NULL, just_wait, NULL) ? -1 : 0;
}
FN(f_threads)
{
	struct vserver_virt_stat stat;

	return vserver(VSERVER_VIRT_STAT, (uint32_t)a, &stat) ? -1 : (long)stat.nr_threads;
}

static struct vxt_agent agent;

/* a fresh process of the host */
static struct vxt_agent *fresh(void)
{
	if (agent.pid)
		vxt_end(&agent);
	if (!vxt_host(&agent)) {
		tap_ok(false, "a process of the host starts");
		exit(1);
	}
	return &agent;
}

static bool gone(uint32_t xid)
{
	return vxt_until(5000, !vx_exists(xid));
}

static void test_ids(void)
{
	static const uint32_t bad[] = { 0, 1, 65536, 65537, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff };
	struct vserver_ctx_create create = { .flagword = VXT_SETUP };
	uint32_t xid = vxt_free_xid();
	struct vxt_agent second;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char what[80];

		(void)snprintf(what, sizeof(what), "create: number %#x is EINVAL", bad[i]);
		tap_errno(vserver(VSERVER_CTX_CREATE, bad[i], &create), EINVAL, what);
	}
	tap_errno(vserver(VSERVER_CTX_CREATE_V0, 1, NULL), EINVAL, "create, version 0: number 1 is EINVAL");
	tap_errno(vserver(VSERVER_CTX_CREATE, 1, BAD), EFAULT, "create: a bad pointer is found first");
	tap_errno(vserver(VSERVER_CTX_CREATE, xid, BAD), EFAULT, "create: a bad pointer is EFAULT");
	tap_ok(!vx_exists(xid), "and makes nothing");
	for (int i = 0; i < 2; i++) {
		uint32_t edge = i ? 65535 : 2;

		if (vx_exists(edge))
			continue;
		tap_is(vxt_call(fresh(), f_create, edge, VXT_SETUP), edge, i ? "create: 65535 is a number" : "create: 2 is a number");
		vxt_end(&agent);
		tap_ok(gone(edge), "it ends with its process");
	}

	tap_is(vxt_call(fresh(), f_create, xid, VXT_SETUP), xid, "create returns the number");
	tap_is(vxt_call(&agent, f_task_xid, 0), xid, "the creator is inside");
	tap_is(vx_task_xid(agent.pid), xid, "as the host sees");
	tap_is(vx_task_xid(0), 0, "the host is in none");
	tap_errno(vx_task_xid(4194304), ESRCH, "task_xid of no process: ESRCH");
	tap_is(vserver(VSERVER_TASK_NID, 0, NULL), 0, "task_nid of the host is 0");
	tap_is(vx_initpid(xid), 0, "it has no init yet");
	tap_is(vx_get_cflags(xid), VXT_SETUP, "its flags are the given ones");
	if (vxt_host(&second)) {
		tap_errno(vxt_call(&second, f_create, xid, VXT_SETUP), EBUSY, "create: the same number in setup is EBUSY");
		tap_is(vxt_call(&second, f_task_xid, 0), 0, "the caller stays on the host");
		tap_is(vxt_call(&agent, f_set_flags, -2, 0, SETUP), 0, "setup ends from inside");
		tap_errno(vxt_call(&second, f_create, xid, VXT_SETUP), EEXIST, "create: the same number after setup is EEXIST");
		tap_is(vx_tasks(xid), 1, "which leaves no claim");
		vxt_end(&second);
	}
	tap_errno(vxt_call(&agent, f_create, vxt_free_xid(), VXT_SETUP), EPERM, "a member makes no contexts");
	vxt_end(&agent);
	tap_ok(gone(xid), "the context ends with its last process");
	tap_is(vxt_call(fresh(), f_create, xid, VXT_SETUP), xid, "the number is free again");
	tap_errno(vxt_call(&agent, f_create, vxt_free_xid(), VXT_SETUP), EPERM, "not in setup either");
	vxt_end(&agent);
}

static long spaces_of(uint32_t xid)
{
	char path[64], line[200];
	unsigned long first = 0, second = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/virtual/%u/status", xid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "Spaces: %lx %lx", &first, &second);
	if (f)
		(void)fclose(f);
	return (long)(first | second << 32);
}

static bool same_ns(pid_t pid, const char *ns)
{
	char path[64];
	struct stat a, b;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, ns);
	if (stat(path, &a))
		return false;
	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", ns);
	return !stat(path, &b) && a.st_ino == b.st_ino;
}

static void test_versions(void)
{
	for (int version = 0; version < 2; version++) {
		uint32_t xid = vxt_free_xid();

		tap_is(vxt_call(fresh(), f_create_null, version, xid), xid,
		       version ? "create without data" : "create, version 0");
		tap_is(vx_get_cflags(xid), VXT_SETUP, "flags are SETUP, INIT, ADMIN");
		tap_ok(!same_ns(agent.pid, "uts") && !same_ns(agent.pid, "ipc"), "it has new UTS and IPC namespaces");
		tap_is(spaces_of(xid), CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER, "which are recorded");
		vxt_end(&agent);
		(void)gone(xid);
	}
	{
		uint32_t xid = vxt_free_xid();

		tap_is(vxt_call(fresh(), f_create, xid, VXT_SETUP | 1ULL << 60 | 2), xid, "create with data");
		tap_is(vx_get_cflags(xid), VXT_SETUP | 1ULL << 60 | 2, "unknown flags are stored");
		tap_ok(same_ns(agent.pid, "uts") && same_ns(agent.pid, "ipc"), "it has the namespaces of its creator");
		tap_is(spaces_of(xid), 0, "none is recorded");
		vxt_end(&agent);
		(void)gone(xid);
	}
}

static void test_persistent(void)
{
	uint32_t xid = vxt_free_xid();
	struct vxt_agent second;

	tap_is(vxt_call(fresh(), f_create, xid, VXT_SETUP | PERSISTENT), xid, "create with PERSISTENT");
	tap_is(vx_tasks(xid), 2, "counts as a task");
	vxt_end(&agent);
	tap_ok(vxt_until(2000, vx_tasks(xid) == 1), "it stays without processes");
	if (vxt_host(&second)) {
		tap_is(vxt_call(&second, f_raw, VSERVER_CTX_MIGRATE, xid, 0), 0, "and can be entered");
		tap_is(vx_tasks(xid), 2, "the one inside counts");
		for (int i = 0; i < 3; i++)
			(void)vx_set_cflags(xid, PERSISTENT, PERSISTENT);
		tap_is(vx_tasks(xid), 2, "setting PERSISTENT again counts nothing");
		tap_is(vx_set_cflags(xid, 0, PERSISTENT), 0, "PERSISTENT can be cleared");
		(void)vx_set_cflags(xid, 0, PERSISTENT);
		tap_is(vx_tasks(xid), 1, "once");
		tap_is(vx_set_cflags(xid, PERSISTENT, PERSISTENT), 0, "and set");
		tap_is(vx_tasks(xid), 2, "again");
		vxt_end(&second);
	}
	tap_ok(vxt_until(2000, vx_tasks(xid) == 1), "it stays again");
	tap_is(vx_set_cflags(xid, 0, PERSISTENT), 0, "clearing PERSISTENT of an empty context");
	tap_ok(!vx_exists(xid), "ends it at once");
	tap_errno(vx_set_cflags(xid, 0, 0), ESRCH, "so that nobody finds it");
}

static void test_private(void)
{
	uint32_t xid = vxt_free_xid();
	struct vxt_agent second;

	tap_errno(vxt_call(fresh(), f_create, xid, ADMIN | PRIVATE), EACCES,
		  "create of a private context without setup: EACCES");
	tap_ok(!vx_exists(xid), "leaves nothing");
	tap_is(vxt_call(&agent, f_task_xid, 0), 0, "the caller stays on the host");
	tap_errno(vxt_call(&agent, f_create, xid, ADMIN | PRIVATE | PERSISTENT), EACCES, "the same with PERSISTENT");
	tap_ok(gone(xid), "leaves nothing either");
	tap_is(vxt_call(&agent, f_create, xid, VXT_SETUP | PRIVATE), xid, "create of a private context in setup");
	(void)vxt_call(&agent, f_space, -2, CLONE_NEWUTS, 0);
	if (vxt_host(&second)) {
		tap_errno(vxt_call(&second, f_raw, VSERVER_ENTER_SPACE_V0, xid, 0), EACCES, "its spaces cannot be entered");
		tap_is(vxt_call(&second, f_raw, VSERVER_CTX_MIGRATE, xid, 0), 0, "in setup it can be entered");
		vxt_end(&second);
	}
	tap_is(vxt_call(&agent, f_set_flags, -2, 0, SETUP), 0, "setup ends");
	if (vxt_host(&second)) {
		tap_errno(vxt_call(&second, f_raw, VSERVER_CTX_MIGRATE, xid, 0), EACCES, "after that it cannot: EACCES");
		tap_errno(vxt_call(&second, f_raw, VSERVER_CTX_MIGRATE_V0, xid, 0), EACCES, "version 0 neither");
		tap_is(vx_set_cflags(xid, 0, PRIVATE), 0, "the host takes the flag away");
		tap_is(vxt_call(&second, f_raw, VSERVER_CTX_MIGRATE, xid, 0), 0, "then it can");
		vxt_end(&second);
	}
	vxt_end(&agent);
	(void)gone(xid);
}

static void test_flags(void)
{
	uint32_t xid = vxt_free_xid();
	struct vserver_flags f;

	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	tap_is(vserver(VSERVER_GET_CFLAGS, xid, &f), 0, "get_cflags");
	tap_is((long long)f.mask, -1, "all can be changed");
	tap_is(vx_set_cflags(xid, 0xf0f, 0xff), 0, "set_cflags with a mask");
	tap_is(vx_get_cflags(xid), VXT_SETUP | 0x0f, "changes what the mask names");
	tap_is(vx_set_cflags(xid, 0, INIT), 0, "the host clears STATE_INIT");
	tap_is(vx_get_cflags(xid) & INIT, 0, "it is clear");
	tap_is(vx_initpid(xid), 0, "but nobody became init");
	tap_is(vx_set_cflags(xid, INIT, INIT), 0, "setting it again is no error");
	tap_is(vx_get_cflags(xid) & INIT, 0, "and has no effect");
	tap_is(vserver(VSERVER_GET_CFLAGS, xid, &f) ?: (long long)f.mask, ~(long long)INIT, "the mask says so");
	tap_is(vxt_call(&agent, f_set_flags, -2, 0, SETUP), 0, "STATE_SETUP is cleared from inside");
	tap_is(vx_set_cflags(xid, SETUP, SETUP) ?: (long long)(vx_get_cflags(xid) & SETUP), 0, "and cannot be set again");
	tap_errno(vxt_call(&agent, f_set_flags, -2, 0, 0), EPERM, "after setup no changes from inside");
	tap_errno(vxt_call(&agent, f_set_flags, xid, 0, 0), EPERM, "by number neither");
	tap_is(vx_set_cflags(xid, 0, ADMIN), 0, "STATE_ADMIN is cleared");
	tap_errno(vx_set_cflags(xid, 0, 0), EACCES, "then set_cflags is EACCES");
	tap_errno(vx_set_caps(VSERVER_SET_BCAPS, xid, 0, 0), EACCES, "and set_bcaps");
	tap_errno(vx_space(VSERVER_SET_SPACE, xid, CLONE_NEWUTS, 0), EACCES, "and set_space");
	tap_errno(vx_space(VSERVER_ENTER_SPACE, xid, 0, 0), EACCES, "and enter_space");
	tap_errno(vx_migrate(xid, 0), EACCES, "and ctx_migrate");
	tap_ok(vx_get_cflags(xid) != ~0ULL, "asking is allowed");
	tap_errno(vserver(VSERVER_GET_CFLAGS, xid, BAD), EFAULT, "get_cflags to a bad pointer: EFAULT");
	vxt_end(&agent);
	tap_ok(gone(xid), "it ends all the same");

	xid = vxt_free_xid();
	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	tap_errno(vserver(VSERVER_SET_CFLAGS, xid, BAD), EFAULT, "set_cflags from a bad pointer: EFAULT");
	tap_is(vx_get_cflags(xid), VXT_SETUP, "changes nothing");
	tap_is(vxt_call(&agent, f_set_flags, -2, 0, INIT), 0, "STATE_INIT is cleared from inside");
	tap_is(vx_initpid(xid), agent.pid, "who does it is init");
	tap_is(vxt_call(&agent, f_set_flags, -1, 0, SETUP), 0, "any negative number means the own context");
	tap_is(vx_get_cflags(xid), ADMIN, "the bits are independent");
	vxt_end(&agent);
	(void)gone(xid);
}

static void test_words(void)
{
	static const struct {
		const char *name;
		uint32_t get, set;
		uint64_t initial;
	} words[] = {
		{ "bcaps", VSERVER_GET_BCAPS, VSERVER_SET_BCAPS, (1ULL << (CAP_LAST_CAP + 1)) - 1 + (1ULL << 63) },
		{ "ccaps", VSERVER_GET_CCAPS, VSERVER_SET_CCAPS, 0 },
		{ "umask", VSERVER_GET_UMASK, VSERVER_SET_UMASK, 0 },
		{ "wmask", VSERVER_GET_WMASK, VSERVER_SET_WMASK, 0 },
	};
	uint32_t xid = vxt_free_xid();
	struct vserver_badness bad = { .bias = -123456789012LL };

	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct vserver_caps caps = {};
		const char *n = words[i].name;

		tap_ok(vserver(words[i].get, xid, &caps) == 0 && caps.caps == words[i].initial && caps.mask == ~0ULL,
		       "%s: %#llx at first", n, (unsigned long long)caps.caps);
		tap_ok(vx_set_caps(words[i].set, xid, 0x123456789abcdef0, ~0ULL) == 0 && !vserver(words[i].get, xid, &caps) &&
			       caps.caps == 0x123456789abcdef0, "%s: all bits are stored", n);
		tap_ok(vx_set_caps(words[i].set, xid, ~0ULL, 0xf) == 0 && !vserver(words[i].get, xid, &caps) &&
			       caps.caps == 0x123456789abcdeff, "%s: the mask says which are set", n);
		tap_ok(vx_set_caps(words[i].set, xid, 0, 0xff0) == 0 && !vserver(words[i].get, xid, &caps) &&
			       caps.caps == 0x123456789abcd00f, "%s: and which are cleared", n);
		tap_ok(vx_set_caps(words[i].set, xid, 0, 0) == 0 && !vserver(words[i].get, xid, &caps) &&
			       caps.caps == 0x123456789abcd00f, "%s: an empty mask changes nothing", n);
		tap_ok(vserver(words[i].set, xid, BAD) == -1 && errno == EFAULT, "%s: set from a bad pointer: EFAULT", n);
		tap_ok(vserver(words[i].get, xid, BAD) == -1 && errno == EFAULT, "%s: get to a bad pointer: EFAULT", n);
		tap_ok(vserver(words[i].get, 0, &caps) == -1 && errno == ESRCH, "%s: there is no context 0", n);
		tap_ok(vserver(words[i].get, 1, &caps) == -1 && errno == ESRCH, "%s: nor 1", n);
		tap_ok(vserver(words[i].get, 65536, &caps) == -1 && errno == ESRCH, "%s: nor 65536", n);
		tap_ok(vserver(words[i].get, (uint32_t)-1, &caps) == -1 && errno == ESRCH, "%s: the host has none of its own", n);
		tap_ok(vxt_call(&agent, f_set_word, words[i].set, -2, ~0L, ~0L) == 0, "%s: set from inside, in setup", n);
		tap_ok(vxt_call(&agent, f_get_word, words[i].get, -2) == 0 &&
			       !strcmp(agent.text, "ffffffffffffffff ffffffffffffffff"), "%s: get from inside", n);
	}
	tap_is(vserver(VSERVER_SET_BADNESS, xid, &bad), 0, "set_badness");
	bad.bias = 1;
	tap_is(vserver(VSERVER_GET_BADNESS, xid, &bad), 0, "get_badness");
	tap_is(bad.bias, -123456789012LL, "gives the value that was set");
	tap_errno(vserver(VSERVER_SET_BADNESS, xid, BAD), EFAULT, "set_badness from a bad pointer: EFAULT");
	tap_errno(vserver(VSERVER_GET_BADNESS, xid, BAD), EFAULT, "get_badness to a bad pointer: EFAULT");
	vxt_end(&agent);
	(void)gone(xid);
}

static void test_names(void)
{
	uint32_t xid = vxt_free_xid();
	struct vserver_vhi_name name = { .field = VSERVER_VHI_CONTEXT }, back;
	struct utsname before, after;
	char wanted[200];

	(void)uname(&before);
	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	memset(name.name, 'x', sizeof(name.name));
	tap_is(vserver(VSERVER_SET_VHI_NAME, xid, &name), 0, "the name of the context, all 65 bytes");
	back = (struct vserver_vhi_name){ .field = VSERVER_VHI_CONTEXT };
	tap_ok(vserver(VSERVER_GET_VHI_NAME, xid, &back) == 0 && !memcmp(back.name, name.name, sizeof(name.name)),
	       "comes back as it is");
	name.field = back.field = VSERVER_VHI_NODENAME;
	tap_errno(vserver(VSERVER_SET_VHI_NAME, xid, &name), EINVAL, "a node name without a recorded namespace: EINVAL");
	tap_errno(vserver(VSERVER_GET_VHI_NAME, xid, &back), EINVAL, "to get it: EINVAL");
	name.field = 7;
	tap_errno(vserver(VSERVER_SET_VHI_NAME, xid, &name), EINVAL, "field 7: EINVAL");
	tap_errno(vserver(VSERVER_GET_VHI_NAME, xid, &name), EINVAL, "get of field 7: EINVAL");
	name.field = ~0U;
	tap_errno(vserver(VSERVER_GET_VHI_NAME, xid, &name), EINVAL, "field -1: EINVAL");
	tap_errno(vserver(VSERVER_SET_VHI_NAME, xid, BAD), EFAULT, "from a bad pointer: EFAULT");
	tap_errno(vserver(VSERVER_GET_VHI_NAME, xid, BAD), EFAULT, "to a bad pointer: EFAULT");

	/* the host's own namespace, recorded, is not renamed */
	tap_is(vxt_call(&agent, f_space, -2, CLONE_NEWUTS, 0), 0, "the host's UTS namespace is recorded");
	(void)vxt_call(vxt_with(&agent, "intruder"), f_set_name, -2, VSERVER_VHI_NODENAME);
	(void)uname(&after);
	tap_ok(!strcmp(before.nodename, after.nodename), "and not renamed");

	tap_is(vxt_call(&agent, f_unshare, CLONE_NEWUTS), 0, "a namespace of its own");
	tap_is(vxt_call(&agent, f_space, -2, CLONE_NEWUTS, 0), 0, "is recorded");
	for (long field = 1; field <= 6; field++) {
		char what[80];

		(void)snprintf(what, sizeof(what), "field %ld is set from inside, in setup", field);
		tap_is(vxt_call(vxt_with(&agent, "value-%ld", field), f_set_name, -2, field), 0, what);
		back = (struct vserver_vhi_name){ .field = (uint32_t)field };
		(void)snprintf(what, sizeof(what), "value-%ld", field);
		tap_ok(vserver(VSERVER_GET_VHI_NAME, xid, &back) == 0 && !strcmp(back.name, what), "field %ld comes back", field);
	}
	tap_ok(vxt_call(&agent, f_uname) == 0 &&
		       !strcmp(agent.text, "value-1|value-2|value-3|value-4|value-5|value-6"), "uname inside shows all");
	(void)vxt_call(&agent, f_set_flags, -2, 0, SETUP);
	memset(name.name, 0, sizeof(name.name));
	memset(name.name, 'n', 64);
	name.field = VSERVER_VHI_NODENAME;
	tap_is(vserver(VSERVER_SET_VHI_NAME, xid, &name), 0, "the host sets a name of 64 bytes of a running guest");
	(void)snprintf(wanted, sizeof(wanted), "value-1|%.64s|value-3|value-4|value-5|value-6", name.name);
	tap_ok(vxt_call(&agent, f_uname) == 0 && !strcmp(agent.text, wanted), "uname inside shows it at once");
	memset(name.name, 'm', sizeof(name.name));
	(void)vserver(VSERVER_SET_VHI_NAME, xid, &name);
	tap_ok(vxt_call(&agent, f_uname) == 0 && strlen(agent.text) == strlen(wanted),
	       "65 bytes without an end spill nowhere");
	tap_errno(vxt_call(vxt_with(&agent, "self"), f_set_name, -2, VSERVER_VHI_NODENAME), EPERM,
		  "no names from inside after setup");
	(void)uname(&after);
	tap_ok(!memcmp(&before, &after, sizeof(before)), "the host's names are as before");
	vxt_end(&agent);
	(void)gone(xid);
}

static void test_rights(void)
{
	static const struct {
		const char *name;
		uint32_t word;
		int from_inside;	/* errno for the own context, after setup */
		int on_other;		/* errno for another context, in setup and after */
	} commands[] = {
		{ "vx_info", VSERVER_VX_INFO, 0, ESRCH },
		{ "ctx_stat", VSERVER_CTX_STAT, 0, ESRCH },
		{ "virt_stat", VSERVER_VIRT_STAT, 0, ESRCH },
		{ "get_cflags", VSERVER_GET_CFLAGS, 0, ESRCH },
		{ "get_bcaps", VSERVER_GET_BCAPS, 0, ESRCH },
		{ "get_ccaps", VSERVER_GET_CCAPS, 0, ESRCH },
		{ "get_umask", VSERVER_GET_UMASK, 0, ESRCH },
		{ "get_wmask", VSERVER_GET_WMASK, 0, ESRCH },
		{ "get_badness", VSERVER_GET_BADNESS, 0, ESRCH },
		{ "get_vhi_name", VSERVER_GET_VHI_NAME, 0, ESRCH },
		{ "set_cflags", VSERVER_SET_CFLAGS, EPERM, EPERM },
		{ "set_bcaps", VSERVER_SET_BCAPS, EPERM, EPERM },
		{ "set_ccaps", VSERVER_SET_CCAPS, EPERM, EPERM },
		{ "set_umask", VSERVER_SET_UMASK, EPERM, EPERM },
		{ "set_wmask", VSERVER_SET_WMASK, EPERM, EPERM },
		{ "set_badness", VSERVER_SET_BADNESS, EPERM, EPERM },
		{ "set_vhi_name", VSERVER_SET_VHI_NAME, EPERM, EPERM },
		{ "set_space", VSERVER_SET_SPACE, EPERM, EPERM },
		{ "set_space, version 1", VSERVER_SET_SPACE_V1, EPERM, EPERM },
		{ "enter_space", VSERVER_ENTER_SPACE, EPERM, EPERM },
		{ "enter_space, version 0", VSERVER_ENTER_SPACE_V0, EPERM, EPERM },
		{ "ctx_migrate", VSERVER_CTX_MIGRATE, EPERM, EPERM },
		{ "ctx_migrate, version 0", VSERVER_CTX_MIGRATE_V0, EPERM, EPERM },
		{ "ctx_kill", VSERVER_CTX_KILL, EPERM, EPERM },
	};
	struct vxt_agent own = {}, stranger = {};
	uint32_t xid, other;

	/* a buffer of zeroes that is good for all, at the same place in each process */
	static char zeroes[4096];

	if (!vxt_host(&own) || !vxt_host(&stranger))
		return;
	xid = vxt_free_xid();
	(void)vxt_call(&own, f_create, xid, VXT_SETUP);
	other = vxt_free_xid();
	(void)vxt_call(&stranger, f_create, other, VXT_SETUP);
	for (int setup = 1; setup >= 0; setup--) {
		if (!setup)
			(void)vxt_call(&own, f_set_flags, -2, 0, SETUP);
		for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
			char what[120];
			long ret;

			(void)snprintf(what, sizeof(what), "%s from inside, %s, of another context", commands[i].name,
				       setup ? "in setup" : "after setup");
			tap_errno(vxt_call(&own, f_raw, commands[i].word, other, zeroes), commands[i].on_other, what);
			if (setup)
				continue;
			(void)snprintf(what, sizeof(what), "%s from inside, after setup, of the own context", commands[i].name);
			ret = vxt_call(&own, f_raw, commands[i].word, xid, zeroes);
			if (commands[i].from_inside)
				tap_errno(ret, commands[i].from_inside, what);
			else
				tap_is(ret, 0, what);
		}
		tap_errno(vxt_call(&own, f_raw, VSERVER_CTX_KILL, xid, zeroes), EPERM, "ctx_kill of the own context");
		tap_errno(vxt_call(&own, f_raw, VSERVER_WAIT_EXIT, other, zeroes), ESRCH, "wait_exit for another context");
		tap_ok(vxt_call(&own, f_raw, VSERVER_CTX_MIGRATE, VSERVER_XID_WATCH, 0) < 0, "becoming a spectator, %s",
		       setup ? "in setup" : "after it");
	}
	tap_is(vx_get_cflags(other), VXT_SETUP, "the other context is as before");
	tap_is(vx_tasks(other), 1, "with its one process");
	tap_is(vxt_call(&own, f_raw, VSERVER_GET_VERSION, 63, 0), VSERVER_API_VERSION, "get_version with all capabilities");
	(void)vx_set_caps(VSERVER_SET_BCAPS, xid, VXT_SECURE_BCAPS, ~0ULL);
	tap_errno(vxt_call(&own, f_raw, VSERVER_GET_VERSION, 63, 0), ENOSYS, "get_version with the secure set: ENOSYS");
	tap_errno(vxt_call(&own, f_raw, VSERVER_GET_CFLAGS, xid, zeroes), ENOSYS, "everything else: ENOSYS");
	tap_errno(vxt_call(&own, f_raw, VSERVER_CTX_CREATE, other + 1, 0), ENOSYS, "create: ENOSYS");
	(void)vx_set_caps(VSERVER_SET_BCAPS, xid, ~(1ULL << 63), ~0ULL);
	tap_errno(vxt_call(&own, f_raw, VSERVER_GET_VERSION, 63, 0), ENOSYS, "without bit 63 alone: ENOSYS");
	(void)vx_set_caps(VSERVER_SET_BCAPS, xid, ~(1ULL << CAP_SYS_ADMIN), ~0ULL);
	tap_errno(vxt_call(&own, f_raw, VSERVER_GET_VERSION, 63, 0), ENOSYS, "without CAP_SYS_ADMIN alone: ENOSYS");
	vxt_end(&own);
	vxt_end(&stranger);
	(void)gone(xid);
	(void)gone(other);

	(void)vxt_call(fresh(), f_setuid, 1000);
	tap_errno(vxt_call(&agent, f_raw, VSERVER_GET_VERSION, 63, 0), ENOSYS, "a user of the host: ENOSYS");
	tap_errno(vxt_call(&agent, f_create, xid, VXT_SETUP), ENOSYS, "who makes no context");
	tap_is(vxt_call(&agent, f_unshare, CLONE_NEWUSER), 0, "in a user namespace of its own");
	tap_errno(vxt_call(&agent, f_raw, VSERVER_GET_VERSION, 63, 0), ENOSYS, "its capabilities there are no good");
	vxt_end(&agent);
}

static void test_unknown(void)
{
	static const uint32_t unknown[] = {
		0x3F010001, 0x01010000, 0x09010002, 0x0B010002, 0x0A020000, 0x0A030000, 0x0A050000, 0x0E010005, 0x34030000,
		0x26010000, 0x80000000, 0x40010000, 0x00011000, 0x0901F001, 0xffffffff, 0x3C040000, 0x19010002, 0x1A010003,
		0x1A050000, 0x24010000, 0x06010000, 0x38010000, 0x28020000,
	};
	char zeroes[4096] = {};
	bool good = true;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		if (vserver(unknown[i], 100, zeroes) != -1 || errno != ENOSYS) {
			printf("# %#x: %s\n", unknown[i], strerror(errno));
			good = false;
		}
	}
	tap_ok(good, "unknown, retired and later commands are ENOSYS");
	tap_is(vserver(VSERVER_GET_VERSION, 0xdeadbeef, BAD), 0x20308, "get_version looks at neither number nor data");
	tap_is(vserver(VSERVER_GET_VCI, 0, BAD) & 0xffffffff90000c01, 0x10000c01,
	       "the configuration word has the bits that tools need");
}

static void test_stat(void)
{
	uint32_t xid = vxt_free_xid();
	struct vserver_virt_stat first, second;
	struct vxt_agent child;

	(void)vxt_call(fresh(), f_create, xid, VXT_SETUP);
	tap_is(vserver(VSERVER_VIRT_STAT, xid, &first), 0, "virt_stat");
	tap_is(first.nr_threads, 1, "one thread");
	tap_is(first.nr_onhold, 0, "none on hold");
	(void)vxt_child(&agent, &child);
	vxt_sleep_ms(30);
	tap_is(vserver(VSERVER_VIRT_STAT, xid, &second), 0, "virt_stat again");
	tap_is(second.nr_threads, 2, "two threads");
	tap_is(second.nr_forks, first.nr_forks + 1, "one more fork");
	tap_ok(second.uptime >= first.uptime + 20000000 && second.uptime < first.uptime + 20000000000, "time goes on");
	tap_is(vx_tasks(xid), 2, "ctx_stat counts two");
	tap_ok(vx_usecnt(xid) >= 2, "and references");
	tap_is(vxt_call(&agent, f_threads, -2), 2, "virt_stat of the own context");
	tap_is(vxt_call(&agent, f_new_thread) ?: vx_tasks(xid), 3, "a thread counts");
	tap_is(vxt_call(&agent, f_threads, -2), 3, "in virt_stat, too");
	tap_errno(vserver(VSERVER_VIRT_STAT, xid, BAD), EFAULT, "virt_stat to a bad pointer: EFAULT");
	tap_errno(vserver(VSERVER_CTX_STAT, xid, BAD), EFAULT, "ctx_stat to a bad pointer: EFAULT");
	tap_errno(vserver(VSERVER_VX_INFO, xid, BAD), EFAULT, "vx_info to a bad pointer: EFAULT");
	(void)kill(child.pid, SIGKILL);
	close(child.sock);
	vxt_end(&agent);
	tap_ok(gone(xid), "it ends");
	tap_errno(vserver(VSERVER_VIRT_STAT, xid, &first), ESRCH, "and has no statistics");
}

int main(int argc, char **argv)
{
	vxt_init(argc, argv);
	test_ids();
	test_versions();
	test_persistent();
	test_private();
	test_flags();
	test_words();
	test_names();
	test_rights();
	test_unknown();
	test_stat();
	return vxt_done();
}
