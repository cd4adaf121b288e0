// SPDX-License-Identifier: GPL-2.0-or-later
/* openmetrics - OpenMetrics 1.0 text */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>

#include "openmetrics.h"
#include "out.h"

/* Text of a label: UTF-8 with three characters escaped. */
static void quote(FILE *f, const char *text)
{
	(void)putc('"', f);
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		size_t n = utf8_len(s);

		if (n == 0) {
			(void)fputs("\xef\xbf\xbd", f);
			n = 1;
		} else if (*s == '"' || *s == '\\') {
			(void)fprintf(f, "\\%c", *s);
		} else if (*s == '\n') {
			(void)fputs("\\n", f);
		} else {
			(void)fwrite(s, 1, n, f);
		}
		s += n;
	}
	(void)putc('"', f);
}

void metric_family(FILE *f, const char *name, enum metric_type type, const char *unit, const char *help)
{
	static const char *const words[] = {
		[METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_INFO] = "info",
	};

	(void)fprintf(f, "# TYPE %s %s\n", name, words[type]);
	if (unit)
		(void)fprintf(f, "# UNIT %s %s\n", name, unit);
	(void)fprintf(f, "# HELP %s %s\n", name, help);
}

void metric_begin(FILE *f, enum metric_type type, const char *name, ...)
{
	static const char *const endings[] = {
		[METRIC_GAUGE] = "", [METRIC_COUNTER] = "_total", [METRIC_INFO] = "_info",
	};
	const char *label;
	bool first = true;
	va_list ap;

	(void)fprintf(f, "%s%s", name, endings[type]);
	va_start(ap, name);
	while ((label = va_arg(ap, const char *))) {
		(void)fprintf(f, "%c%s=", first ? '{' : ',', label);
		quote(f, va_arg(ap, const char *));
		first = false;
	}
	va_end(ap);
	(void)fputs(first ? " " : "} ", f);
}

void metric_number(FILE *f, uint64_t value)
{
	(void)fprintf(f, "%" PRIu64 "\n", value);
}

void metric_ns(FILE *f, uint64_t ns)
{
	(void)fprintf(f, "%" PRIu64 ".%09u\n", ns / 1000000000, (unsigned int)(ns % 1000000000));
}

void metric_real(FILE *f, double value)
{
	(void)fprintf(f, "%.6g\n", value);
}

void metric_limit(FILE *f, uint64_t value)
{
	if (value == UINT64_MAX)
		(void)fputs("+Inf\n", f);
	else
		metric_number(f, value);
}

void metric_end(FILE *f)
{
	(void)fputs("# EOF\n", f);
}
