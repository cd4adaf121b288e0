/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cleanup.h - attributes that end the life of a variable's resource
 *
 * Each accepts the empty value (NULL, -1) and keeps errno.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

static inline void cleanup_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

static inline void cleanup_fclose(FILE **f)
{
	int saved = errno;

	if (*f)
		(void)fclose(*f);
	errno = saved;
}

static inline void cleanup_closedir(DIR **d)
{
	int saved = errno;

	if (*d)
		(void)closedir(*d);
	errno = saved;
}

/* A NULL-terminated array of allocated strings. */
static inline void strv_free(char **v)
{
	if (v)
		for (char **s = v; *s; s++)
			free(*s);
	free(v);
}

static inline void cleanup_strv(char ***v)
{
	int saved = errno;

	strv_free(*v);
	errno = saved;
}

#define _cleanup_(f)		__attribute__((cleanup(f), unused))
#define _cleanup_free_		_cleanup_(cleanup_free)
#define _cleanup_close_		_cleanup_(cleanup_close)
#define _cleanup_fclose_	_cleanup_(cleanup_fclose)
#define _cleanup_closedir_	_cleanup_(cleanup_closedir)
#define _cleanup_strv_		_cleanup_(cleanup_strv)
