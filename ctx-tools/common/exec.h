/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exec.h - running programs */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Exit codes of programs that execute a command. */
#define EXIT_EXISTS		254	/* the context exists, see vcontext(8) */
#define EXIT_OWN_FAILURE	125
#define EXIT_NOT_EXECUTABLE	126
#define EXIT_NOT_FOUND		127

/* Become the command. Returns only on failure: 126 or 127, after a message. */
int exec_command(char *const argv[]);

/* The exit code for a status of wait(2): the program's own, or 128 + signal. */
int exec_code(int status);

/* Wait for a child: its exit code, or -errno. */
int exec_wait(pid_t pid);

/*
 * Wait for a child as if it were this process: pass on TERM, HUP, INT, QUIT, USR1 and USR2; as a job of a shell, stop
 * when it stops. Its exit code, or -errno. Call it right after fork(), in the parent.
 */
int exec_mirror(pid_t pid);

struct exec_spawn {
	char *const *argv;		/* looked up in $PATH */
	char *const *envp;		/* NULL: the own */
	int stdio[3];			/* descriptors for 0, 1, 2; -1: as they are; -2: /dev/null */
	int (*prepare)(void *data);	/* in the child, last before exec; a negative errno gives up */
	void *data;
	bool new_session;
};

#define EXEC_SPAWN_INIT { .stdio = { -1, -1, -1 } }

/*
 * Start a program in a child. Returns when the program was really executed: its pid, or the negative errno of
 * fork, prepare or exec. The child gets default signal handling and no descriptor above 2 that is close-on-exec.
 */
pid_t exec_spawn(const struct exec_spawn *spawn);

/* exec_spawn() and exec_wait(): an exit code or a negative errno. */
int exec_run(const struct exec_spawn *spawn);

/* Close every descriptor from @lowest on. */
void exec_close_from(int lowest);

/*
 * Close every directory and O_PATH descriptor above 2. The kernel refuses to move a process into a
 * context (EBUSY) that holds one leading out of its root. @keep: one that stays, or -1.
 */
int exec_close_dirs(int keep);

/*
 * Go on as a copy of this program in memory: processes of a guest can reach /proc/PID/exe of somebody who
 * enters, and would find the host's file there. To be called first in main(); returns at once in the copy.
 * 0, or a negative errno when it could not be done (the program goes on as it is).
 */
int exec_seal_self(char *const argv[]);

/* Default handling for all signals and an empty mask, as a fresh program expects. */
void exec_reset_signals(void);
