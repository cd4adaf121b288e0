// SPDX-License-Identifier: LGPL-2.1-or-later
/* syscall - the only place that enters the kernel */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

#ifndef __NR_vserver
# if defined(__x86_64__) && !defined(__ILP32__)
#  define __NR_vserver 236
# elif defined(__i386__)
#  define __NR_vserver 273
# elif defined(__arm__)
#  define __NR_vserver 313
# endif
#endif

int vctx_call(uint32_t cmd, uint32_t id, void *data)
{
#ifdef __NR_vserver
	long r = syscall(__NR_vserver, cmd, id, data);

	return r < 0 ? -errno : (int)r;
#else
	(void)cmd;
	(void)id;
	(void)data;
	return -ENOSYS;
#endif
}
