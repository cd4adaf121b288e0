/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - a kernel with programmed answers
 *
 * Programs are linked with --wrap=syscall and others: calls of vserver() come here, the rest goes to the real kernel.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Forget all answers and calls. */
void fake_reset(void);

/*
 * The next call of @cmd gets @result (>= 0, or a negative errno); @data, if not NULL, is copied to where the caller
 * wants it. Several answers for one command are given one after the other, the last for ever. A command without
 * any answer fails with ENOSYS.
 */
void fake_answer(uint32_t cmd, int result, const void *data, size_t len);

/* Generic netlink is not there. */
extern int fake_no_netlink;
/* What opendir("/proc/virtual") opens, NULL: nothing. */
extern const char *fake_proc_virtual;
/* The same for /proc/virtnet; files in it are opened there, and /proc/self/ninfo as "ninfo". */
extern const char *fake_proc_virtnet;

/* In place of programmed answers: gets every call; a result >= 0, or a negative errno. NULL after a reset. */
extern int (*fake_vserver)(uint32_t cmd, uint32_t id, void *data);

/* The last call: its command, id, and up to 128 bytes of what was passed. */
struct fake_call {
	uint32_t cmd;
	uint32_t id;
	int has_data;
	unsigned char data[128] __attribute__((aligned(8)));
};

extern struct fake_call fake_last;
extern unsigned int fake_calls;		/* since the reset */
/* How many bytes of the argument each call may read; set it before calls with data. */
extern size_t fake_data_size;
