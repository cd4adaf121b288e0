// SPDX-License-Identifier: GPL-2.0-or-later
/* xalloc - arrays of strings that grow */
#include "xalloc.h"

void (*xalloc_dying)(void);

/* The analyzer of gcc 12 loses what is stored behind a pointer, and takes it for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

char **strv_new(void)
{
	return xcalloc(1, sizeof(char *));
}

size_t strv_len(char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

void strv_take(char ***v, char *s)
{
	size_t n = strv_len(*v);

	*v = xrealloc(*v, n + 2, sizeof(**v));
	(*v)[n] = s;
	(*v)[n + 1] = NULL;
}

void strv_add(char ***v, const char *s)
{
	strv_take(v, xstrdup(s));
}

bool strv_has_variable(char *const *env, const char *name)
{
	size_t len = strlen(name);

	for (; env && *env; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return true;
	return false;
}

void append_line(char **text, const char *line)
{
	char *old = *text;

	*text = xasprintf("%s%s\n", old, line);
	free(old);
}
