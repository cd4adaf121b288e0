// SPDX-License-Identifier: GPL-2.0-or-later
/* fail - the reason of a failure, filled in where it is known */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

int fail(struct fail *f, int error, const char *format, ...)
{
	va_list ap;
	size_t len;

	if (f->error)
		return f->error;
	f->error = error ? error : -EINVAL;
	va_start(ap, format);
	(void)vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
	len = strlen(f->text);
	if (error)
		(void)snprintf(f->text + len, sizeof(f->text) - len, ": %s", strerror(-error));
	return f->error;
}

int fail_prefix(struct fail *f, const char *format, ...)
{
	char old[sizeof(f->text)];
	va_list ap;
	size_t len;

	memcpy(old, f->text, sizeof(old));
	va_start(ap, format);
	(void)vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
	len = strlen(f->text);
	(void)snprintf(f->text + len, sizeof(f->text) - len, ": %s", old);
	return f->error;
}
