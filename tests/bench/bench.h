/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench - instructions and memory, counted in QEMU with -icount shift=0
 *
 * There the time stamp counter counts instructions, so that a difference of two readings is exact and does not
 * depend on the machine below.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Shared by all processes of the bench. */
struct shared {
	uint64_t idle;		/* instructions that the idler has burnt */
	double unrest;		/* instructions of a measurement of nothing */
	int idler_on;		/* futex: the idler runs */
	int failed;
	double value[64];	/* of the calls, negative: not measured */
};

extern struct shared *shared;

static inline uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* A system call without what the library adds. */
static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define sys(nr, a, b, c) sys6(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)

/* Ends the bench; ERROR is a negative errno. */
_Noreturn void die(const char *what, long error);
/* Stops here if RET is an error; else returns it. */
long must(const char *what, long ret);

/* bench.c */

/* Instructions of one CALL in the caller; or everywhere, with what is done later, as freeing after a grace period. */
double cost(void (*call)(void));
double cost_all(void (*call)(void), int rounds);

/* calls.c */
extern const int nr_calls;
const char *call_name(int i);
void prepare_calls(void);
void make_call(int i);
void measure_calls(void);
void list_proc(void);
void fork_exit(void);

/* worlds.c: where a process is measured */
enum world {
	WORLD_HOST,
	WORLD_NS,		/* namespaces pid, mnt, uts, ipc; no context */
	WORLD_FLAT,		/* a context */
	WORLD_FAKE,		/* a context with a fake init */
	WORLD_PID,		/* a context with namespaces pid, mnt, uts, ipc */
	NR_WORLDS,
};

extern const char *const world_names[NR_WORLDS];

bool has_vserver(void);
/* Runs WORK in a world, in a child of the process that has entered it. */
void run_in(enum world world, void (*work)(void));

#define NS_FLAGS (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC)
long ctx_create(uint32_t xid, uint64_t flags);
long ctx_probe(uint32_t xid);
long ctx_virt_stat(uint32_t xid);
long ctx_dump(void);
void ctx_get(uint32_t xid);
