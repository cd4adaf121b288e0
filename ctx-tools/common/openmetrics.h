/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openmetrics.h - OpenMetrics 1.0 text, for Prometheus and others
 *
 *	metric_family(f, "vserver_cpu_seconds", METRIC_COUNTER, "seconds", "Time on processors.");
 *	metric_sample(f, METRIC_COUNTER, "vserver_cpu_seconds", "xid", "100", "mode", "user");
 *	metric_ns(f, ns);
 *	...
 *	metric_end(f);
 *
 * All samples of a family come together.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

enum metric_type {
	METRIC_GAUGE,
	METRIC_COUNTER,		/* samples get the ending "_total" */
	METRIC_INFO,		/* samples get the ending "_info", their value is 1 */
};

/* @unit: the name ends in it; NULL none. */
void metric_family(FILE *f, const char *name, enum metric_type type, const char *unit, const char *help);

/* Name and labels of a sample: pairs of label and value, up to a label that is NULL. Its value follows. */
#define metric_sample(f, type, ...)	metric_begin(f, type, __VA_ARGS__, (const char *)NULL)
void metric_begin(FILE *f, enum metric_type type, const char *name, ...) __attribute__((sentinel));

void metric_number(FILE *f, uint64_t value);
/* Nanoseconds, as seconds. */
void metric_ns(FILE *f, uint64_t ns);
void metric_real(FILE *f, double value);
/* A number, or +Inf for UINT64_MAX. */
void metric_limit(FILE *f, uint64_t value);

void metric_end(FILE *f);
