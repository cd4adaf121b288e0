// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel - a kernel with programmed answers */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "kernel.h"

#define MAX_ANSWERS 64

struct answer {
	uint32_t cmd;
	int result;
	int used;
	size_t len;
	unsigned char data[128] __attribute__((aligned(8)));
};

static struct answer answers[MAX_ANSWERS];
static size_t answer_count;

struct fake_call fake_last;
unsigned int fake_calls;
size_t fake_data_size;
int fake_no_netlink;
const char *fake_proc_virtual;
const char *fake_proc_virtnet;
int (*fake_vserver)(uint32_t cmd, uint32_t id, void *data);

struct mnl_socket *__real_mnl_socket_open2(int bus, int flags);
struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags);
DIR *__real_opendir(const char *name);
DIR *__wrap_opendir(const char *name);
int __real_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, ...);
int fake_openat(int dir, const char *name, int flags, int result);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

void fake_reset(void)
{
	memset(answers, 0, sizeof(answers));
	memset(&fake_last, 0, sizeof(fake_last));
	answer_count = 0;
	fake_calls = 0;
	fake_data_size = 0;
	fake_no_netlink = 0;
	fake_proc_virtual = NULL;
	fake_proc_virtnet = NULL;
	fake_vserver = NULL;
}

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags)
{
	if (!fake_no_netlink)
		return __real_mnl_socket_open2(bus, flags);
	errno = EPROTONOSUPPORT;
	return NULL;
}

DIR *__wrap_opendir(const char *name)
{
	const char *instead = name;

	if (strcmp(name, "/proc/virtual") == 0)
		instead = fake_proc_virtual;
	else if (strcmp(name, "/proc/virtnet") == 0)
		instead = fake_proc_virtnet;
	if (instead)
		return __real_opendir(instead);
	errno = ENOENT;
	return NULL;
}

int __wrap_openat(int dir, const char *name, int flags, ...)
{
	static const char *const ours[] = { "/proc/virtnet/", "/proc/self/ninfo" };
	char path[4096];
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strncmp(name, ours[i], strlen(ours[i])) != 0)
			continue;
		if (!fake_proc_virtnet) {
			errno = ENOENT;
			return -1;
		}
		(void)snprintf(path, sizeof(path), "%s/%s", fake_proc_virtnet,
			       name + (i ? strlen("/proc/self/") : strlen(ours[0])));
		name = path;
		break;
	}
	return fake_openat(dir, name, flags, __real_openat(dir, name, flags, mode));
}

void fake_answer(uint32_t cmd, int result, const void *data, size_t len)
{
	struct answer *a = &answers[answer_count++];

	a->cmd = cmd;
	a->result = result;
	a->len = data ? len : 0;
	if (data)
		memcpy(a->data, data, len);
}

static struct answer *find(uint32_t cmd)
{
	struct answer *last = NULL;

	for (size_t i = 0; i < answer_count; i++) {
		if (answers[i].cmd != cmd)
			continue;
		last = &answers[i];
		if (!last->used)
			break;
	}
	return last;
}

static long vserver(uint32_t cmd, uint32_t id, void *data)
{
	struct answer *a = find(cmd);

	fake_calls++;
	fake_last.cmd = cmd;
	fake_last.id = id;
	fake_last.has_data = data != NULL;
	memset(fake_last.data, 0, sizeof(fake_last.data));
	if (data && fake_data_size)
		memcpy(fake_last.data, data, fake_data_size);
	if (fake_vserver) {
		int r = fake_vserver(cmd, id, data);

		errno = r < 0 ? -r : errno;
		return r < 0 ? -1 : r;
	}
	if (!a) {
		errno = ENOSYS;
		return -1;
	}
	a->used = 1;
	if (data && a->len)
		memcpy(data, a->data, a->len);
	if (a->result < 0) {
		errno = -a->result;
		return -1;
	}
	return a->result;
}

long __wrap_syscall(long number, ...)
{
	va_list ap;
	long a[6];

	va_start(ap, number);
	if (number == __NR_vserver) {
		uint32_t cmd = va_arg(ap, uint32_t);
		uint32_t id = va_arg(ap, uint32_t);
		void *data = va_arg(ap, void *);

		va_end(ap);
		return vserver(cmd, id, data);
	}
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
