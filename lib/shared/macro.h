/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* macro.h - small helpers for the compiler */
#pragma once

#include <stddef.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define _printf_(fmt, args)	__attribute__((format(printf, fmt, args)))
#define _unused_		__attribute__((unused))
#define _noreturn_		__attribute__((noreturn))
#define _export_		__attribute__((visibility("default")))

/* Hand a pointer on: the variable is NULL afterwards, so its clean-up does nothing. */
#define take_ptr(p)				\
	({					\
		__typeof__(p) p_ = (p);		\
		(p) = NULL;			\
		p_;				\
	})

/* The same for a descriptor. */
#define take_fd(fd)				\
	({					\
		int fd_ = (fd);			\
		(fd) = -1;			\
		fd_;				\
	})
