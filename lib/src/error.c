// SPDX-License-Identifier: LGPL-2.1-or-later
/* error - sentences for what errno alone does not say */
#include <errno.h>
#include <string.h>

#include "internal.h"

#define NO_NETWORK	"this kernel has no network contexts, or only root of the host may ask"
#define NO_SUCH_NETWORK	"no such network context"

static const struct {
	enum vctx_call call;
	int error;
	const char *text;
} texts[] = {
	{ VCTX_CALL_CREATE, EEXIST, "a context with this id exists already" },
	{ VCTX_CALL_CREATE, EBUSY, "a context with this id is still being set up, or a directory outside the root is open" },
	{ VCTX_CALL_CREATE, EINVAL, "the id is not in the range 2 to 65535" },
	{ VCTX_CALL_CREATE, ENOEXEC, "the startup helper refused" },
	{ VCTX_CALL_CREATE, EACCES, "the context would be private from the start" },
	{ VCTX_CALL_MIGRATE, EACCES, "the context is private or sealed" },
	{ VCTX_CALL_MIGRATE, EFAULT, "the context is just ending" },
	{ VCTX_CALL_MIGRATE, EBUSY, "the process has other threads, or a directory outside the root is open" },
	{ VCTX_CALL_SET, EPERM, "only the host, or the context itself while it is being set up, may do this" },
	{ VCTX_CALL_SET, EBUSY, "the process has other threads, or a directory outside the root is open" },
	{ VCTX_CALL_SPACE, EINVAL, "the spaces are not known to this kernel, or not stored in the context" },
	{ VCTX_CALL_SPACE, EACCES, "the context is private or sealed" },
	{ VCTX_CALL_NAME, EINVAL, "no such name, or the context has no uts space stored" },
	{ VCTX_CALL_NAME, ENAMETOOLONG, "the name is longer than 64 bytes" },
	{ VCTX_CALL_KILL, ESRCH, "no such context, or no process in it to receive the signal" },
	{ VCTX_CALL_KILL, EINVAL, "no such signal" },
	{ VCTX_CALL_TASK, ESRCH, "no such process" },
	{ VCTX_CALL_IATTR, EINVAL, "the file system does not have this attribute" },
	{ VCTX_CALL_NET_CREATE, EEXIST, "a network context with this id exists already" },
	{ VCTX_CALL_NET_CREATE, EBUSY, "a network context with this id is still being set up" },
	{ VCTX_CALL_NET_CREATE, EINVAL, "the id is not in the range 2 to 65535" },
	{ VCTX_CALL_NET_CREATE, ENOEXEC, "the startup helper refused" },
	{ VCTX_CALL_NET_CREATE, EOPNOTSUPP, "this is not the first network namespace" },
	{ VCTX_CALL_NET_CREATE, ENOSYS, NO_NETWORK },
	{ VCTX_CALL_NET_MIGRATE, EACCES, "the network context is private or sealed" },
	{ VCTX_CALL_NET_MIGRATE, EFAULT, "the network context is just ending" },
	{ VCTX_CALL_NET_MIGRATE, ESRCH, NO_SUCH_NETWORK },
	{ VCTX_CALL_NET_MIGRATE, ENOSYS, NO_NETWORK },
	{ VCTX_CALL_NET_ADDRESS, EEXIST, "the network context has this address already" },
	{ VCTX_CALL_NET_ADDRESS, ESRCH, "no such network context, or it does not have the address" },
	{ VCTX_CALL_NET_ADDRESS, EINVAL, "the kernel does not take addresses of this kind" },
	{ VCTX_CALL_NET_ADDRESS, ENOSPC, "too many addresses" },
	{ VCTX_CALL_NET_ADDRESS, ENOSYS, NO_NETWORK },
	{ VCTX_CALL_NET_ADDRESS, EACCES, "the network context is sealed" },
	{ VCTX_CALL_NET, ESRCH, NO_SUCH_NETWORK },
	{ VCTX_CALL_NET, ENOSYS, NO_NETWORK },
	{ VCTX_CALL_NET, EACCES, "the network context is sealed" },
	{ VCTX_CALL_LIMIT, EPERM, "only the host, or the context itself while it is being set up, may do this" },
	{ VCTX_CALL_LIMIT, ENOSYS, "this kernel has no limits of contexts, or only root of the host may ask" },
	{ VCTX_CALL_LIMIT, EINVAL, "this kernel does not limit it" },
	{ VCTX_CALL_LIMIT, EOPNOTSUPP, "this kernel does not limit it" },
	{ VCTX_CALL_STAT, EOPNOTSUPP, "this kernel has no statistics of contexts" },
	{ VCTX_CALL_STAT, EPERM, "only root of the host may ask" },
	{ VCTX_CALL_ANY, ENOSYS, "this kernel has no virtual servers, or only root of the host may ask" },
	{ VCTX_CALL_ANY, ESRCH, "no such context" },
	{ VCTX_CALL_ANY, EACCES, "the context is sealed" },
};

_export_ const char *vctx_strerror(enum vctx_call call, int error)
{
	if (error < 0)
		error = -error;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		/* A path that is missing or closed is just that. */
		if (call == VCTX_CALL_IATTR && error != EINVAL && error != ENOSYS)
			break;
		if (texts[i].error == error && (texts[i].call == call || texts[i].call == VCTX_CALL_ANY))
			return texts[i].text;
	}
	return strerror(error);
}
