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
/* How long cost_all() waits for what is done later; 40 ms to begin with. */
void set_patience(int ms);

struct memory {
	double kernel;		/* slabs, stacks, page tables, per processor; KiB */
	double all;		/* not free */
};

struct memory memory(void);
/* Waits for what ends late, and drops what can be had again. */
void settle(void);
void print_value(const char *world, const char *name, double value);
void write_file(const char *name, const char *text);
/* The next of the numbers in "10,100": *P moves on and is NULL at the end. */
int next_count(const char **p);

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
long ctx_dump(int cmd);
void ctx_get(uint32_t xid);

/* Network contexts.  An address is a number, see rtnl.c. */
long nx_create(uint32_t nid, uint64_t flags);
long nx_drop(uint32_t nid);
void nx_give(uint32_t nid, int family, unsigned int addr);
void nx_take(uint32_t nid, int family, unsigned int addr);
/* Makes the caller a member of this network context, and of the process context of that number: "flat", maybe new. */
void become_guest(uint32_t nid);

/* rtnl.c: devices and addresses */
#define ADDR_BYTES 16

struct link {
	const char *kind, *name;
	int lower, master;	/* numbers of devices, 0: none */
	int ns;			/* where it goes, or its peer; -1: here */
	const char *peer;	/* of veth */
};

int rt_open(void);
void rt_add(int fd, const struct link *link);
void rt_up(int fd, const char *name);
long rt_addr(int fd, bool add, const char *name, int family, unsigned int addr, int prefix);
void rt_all_local(int fd, int family, unsigned int addr, int prefix);
size_t addr_bytes(int family, unsigned int addr, void *bytes);

/* fair.c */
void bench_fair(bool vserver);

/* net.c */
void bench_net(bool vserver, const char *counts);
void spin_net(int which, const char *place);
