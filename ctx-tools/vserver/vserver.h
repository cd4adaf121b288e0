/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vserver.h - what the subcommands of vserver share */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <vctx.h>

#include "cgroup.h"
#include "config.h"
#include "fail.h"
#include "parse.h"
#include "rlimits.h"

/* Exit codes, see vserver(8). */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_STOPPED = 3,	/* asked about a guest that is not running */
	EXIT_NO_GUEST = 5,	/* no such configuration */
	EXIT_OURS = 125,	/* exec, suexec, enter: failed before the command ran */
};

/* Options before the name, and those that every verb may have. */
struct options {
	bool sync, silent, debug_sysv, default_tty, dry_run, yes, json, confdir;
	int verbose;
	/* told to us by vshelper(8): the guest has shut itself down already; only clean up when it is gone */
	bool rebooted, cleanup;
};

extern struct options opts;

/* ---- guest.c: which guest ---- */

struct guest {
	char *name;		/* short name, for people */
	char *dir;		/* configuration directory: absolute, also the name of its context */
	int fd;			/* of it */
	int defaults;		/* descriptor of .defaults, or -1 */
	char *defaults_dir;
	char *vdir;		/* root directory */
	char *run_file;		/* holds the context's number while it runs */
	uint32_t xid;		/* configured number, 0 none */
	int lock;		/* descriptor, -1 not held */
	int number;		/* the same for a number that was chosen */
	char *lock_file;
};

/* The directory of all configurations. */
const char *guest_confdir(void);
void guest_set_confdir(const char *dir);

/* Where guests' root directories are by default; freed by the caller. */
char *guest_vdirbase(int defaults);

/*
 * Is this existing directory more than the root of one guest: one of the system's own, or with the configuration or
 * all guests below it? Such a one is neither removed nor moved.
 */
bool guest_root_holds_more(const char *real, const char *config, int defaults);

/*
 * Find a guest by name, path or number: 0, -ENOENT when there is no such configuration, or another negative errno; the
 * reason is in @f.
 */
int guest_open(const char *name, struct guest **ret, struct fail *f);
struct guest *guest_free(struct guest *g);
static inline void guest_freep(struct guest **g)
{
	(void)guest_free(*g);
}
#define _cleanup_guest_ __attribute__((cleanup(guest_freep), unused))

/* May this be the name of a new guest? */
int guest_check_name(const char *name, struct fail *f);

/* The same value from the guest's directory, else from .defaults: as config_...() returns. */
int guest_text(const struct guest *g, const char *path, char **ret, struct fail *f);
int guest_list_value(const struct guest *g, const char *path, unsigned int flags, char ***ret, struct fail *f);

/* Does the number it is configured for belong to another running guest? */
bool guest_number_is_taken(const struct guest *g);

/* Are the files that say that it runs, and what it has, its own, not those of a running guest that it was copied from? */
int guest_check_own(const struct guest *g, struct fail *f);

/* 1 running (@ret_xid), 0 not, or a negative errno; -EPERM when only root may ask. */
int guest_running(const struct guest *g, uint32_t *ret_xid);

/* The same with the reason in @f. */
int guest_ask_running(const struct guest *g, uint32_t *ret_xid, struct fail *f);

/* Seconds since the start, 0 unknown. */
uint64_t guest_uptime(const struct guest *g);

/* One at a time may change a guest. Waits for others. */
int guest_lock(struct guest *g, struct fail *f);
void guest_unlock(struct guest *g);

/* Choose a number for a guest that has none configured; no other start takes it as long as @g is open. */
int guest_reserve_number(struct guest *g, struct fail *f);

/* Make and remove the files that say that a guest runs. */
int guest_write_run(const struct guest *g, uint32_t xid, struct fail *f);
void guest_remove_run(const struct guest *g, uint32_t xid);
int guest_write_state(const struct guest *g, uint32_t xid, struct fail *f);
void guest_remove_state(uint32_t xid);

/* ---- settings.c: how a guest is configured ---- */

struct init_style {
	const char *name;
	bool own_init;			/* the command stays, as the guest's first process */
	bool pidspace;			/* in a pid space of its own unless told otherwise */
	const char *const *start[2];	/* the second one when the first does not exist */
	const char *const *stop[2];
	int stop_signal;		/* what asks an init to stop that no command is for, 0 none */
};

struct setting {
	char *key, *value;
};

struct settings {
	struct init_style style;
	bool rescue;
	bool pidspace;
	bool systemd;			/* is the init: it gets what it takes for granted in a container */
	char *runlevel_start, *runlevel_stop;
	char **start[2], **stop[2];	/* commands to try in this order, NULL none */
	char **start_sync, **stop_sync, **prepare;
	char **environment;
	int *killseq;			/* signal, seconds, signal, ...; ended by -1 */
	unsigned int sync_timeout;	/* seconds */
	char *tty;

	uint64_t bcaps, ccaps, cflags, umask;
	bool has_badness;
	int64_t badness;
	char *names[VCTX_NAME_MAX_];	/* NULL: leave */
	uint64_t spaces;		/* VCTX_SPACE_* */

	bool has_nice;
	int nice;
	int ioprio;			/* -1 none */
	unsigned long personality;	/* ~0UL none */
	struct {
		int resource;
		uint64_t soft, hard;
	} ulimits[16];
	size_t nulimits;
	struct limits_config rlimits;	/* of the context */
	struct setting *sysctls;
	size_t nsysctls;
	struct cgroup_config cgroup;
	char *cgroup_path;		/* the group, below where the file system is mounted */

	char *root, *guests;		/* its root directory, and where those of all are by default */
	bool keep_dev;			/* the guest's own /dev instead of a fresh one */
	struct config_mounts fstab[3];	/* fstab, fstab.local, fstab.remote */
	char *mtab;			/* text, NULL none */
	bool network;			/* it gets a network context */
	uint32_t nid;
	uint64_t nflags, ncaps;
	struct config_interfaces interfaces;
	char **unsupported;		/* what is configured and has no effect (yet) */
};

int settings_read(const struct guest *g, struct settings **ret, struct fail *f);
struct settings *settings_free(struct settings *s);

/* Process limits, nice level, I/O priority, personality: for the calling process. */
int settings_apply_limits(const struct settings *s, struct fail *f);
static inline void settings_freep(struct settings **s)
{
	(void)settings_free(*s);
}
#define _cleanup_settings_ __attribute__((cleanup(settings_freep), unused))

const struct init_style *init_style_find(const char *name);
/* Of a guest that is not told: it depends on what its /sbin/init is. */
const char *init_style_default(const struct guest *g);

/* ---- scripts.c ---- */

/* Is there a script of this name, of the guest or by default? */
bool scripts_exist(const struct guest *g, const char *name);

/* Where a program of the host runs. */
struct place {
	int cwd;		/* its working directory, -1 ours */
	int mntns;		/* in this mount namespace, -1 ours */
	const char *at;		/* not in @mntns itself: what is mounted there is seen at this directory, the cwd */
};

#define PLACE_HERE		((const struct place){ .cwd = -1, .mntns = -1 })
#define PLACE_DIR(fd)		((const struct place){ .cwd = (fd), .mntns = -1 })

/* Run those of this name. */
int scripts_run(const struct guest *g, const char *name, const struct place *where, struct fail *f);

/* Wait for a child, and end it when a signal ends us: its exit status as a shell has it, or a negative errno. */
int wait_for_program(pid_t pid);

/* Run a program of the host and wait: its exit status as a shell has it, or a negative errno. */
int run_host(char *const *argv, const struct place *where, struct fail *f);

/* ---- mounts.c: steps of the guest's first process, before it enters its context ---- */

int mounts_root(const struct guest *g, const struct settings *s, int *ret_root, struct fail *f);
int mounts_dev(int root, const struct settings *s, struct fail *f);
/* What systemd does not start without, and may not mount itself; what fstab has is left out. */
int mounts_systemd(int root, const struct settings *s, struct fail *f);
int mounts_proc(int root, const struct settings *s, struct fail *f);
int mounts_fstab(int root, const struct settings *s, struct fail *f);
int mounts_pivot(int *root, struct fail *f);
/* The group of the guest, descriptor @group, on /sys/fs/cgroup. */
int mounts_cgroup(int root, int group, struct fail *f);

/* The nodes of a minimal /dev in directory @dev, existing ones are replaced. */
int mounts_make_nodes(int dev, struct fail *f);

/* ---- net.c: the network context of a guest, and its addresses on the devices of the host ---- */

/* Has the kernel network contexts? Where it cannot be asked the answer is yes. */
bool net_supported(void);

/* What a start does, as text; NULL nothing. */
char *net_describe(const struct settings *s);
char *net_describe_addresses(const struct settings *s);

/* In the first process: make the network context and enter it. */
int net_create(const struct settings *s, struct fail *f);
/* Is its number free? */
int net_check_free(const struct settings *s, struct fail *f);
/* Note that it exists. */
int net_remember(const struct guest *g, const struct settings *s, struct fail *f);
/* Put the addresses on their devices and give them to the network context; all or nothing. */
int net_up(const struct guest *g, const struct settings *s, struct fail *f);
/* Take back what net_up() has put there, and forget; also when it was done by another process, long ago. */
void net_down(const struct guest *g);
/* The same when the guest has ended; waits for the end of its network context. */
void net_stopped(const struct guest *g);

/* The network context a guest was started with: 1, or 0 when there is none. */
int net_of_guest(const struct guest *g, uint32_t *ret_nid);

/*
 * Its addresses as text, "192.0.2.1/24": those it has, or when it does not run those it is configured for. NULL: it is
 * in no network context, or they cannot be told.
 */
char **net_addresses(const struct guest *g, bool running);
/* The same in one string, "-" when there are none. */
char *net_addresses_text(char *const *addresses, const char *separator);

/* ---- join.c: run something inside a running guest ---- */

struct join {
	char *const *argv;
	char *const *fallback;	/* tried when the first does not exist; may be NULL */
	const char *user;	/* name or number, NULL root */
	char *const *envp;	/* to begin with; names of the user and the terminal's type are added */
	const struct settings *settings;	/* cgroup and limits of the guest, NULL none */
	bool login;		/* go to the home directory, argv[0] with a dash */
	bool relay;		/* the output through a pipe, so that nothing of the host's stays in the guest */
};

/*
 * Run it: its exit status, 128+N for signal N, 126, 127; 125 (after a message) when it was not reached. With a
 * terminal on standard input and output it gets one of its own; else what is a terminal is replaced by pipes.
 * A negative errno, with the reason in @f, when nothing was begun.
 */
int join_run(const struct guest *g, uint32_t xid, const struct join *j, struct fail *f);

/* Mount namespace of a running guest: descriptor or negative errno. */
int join_open_mounts(uint32_t xid, struct fail *f);

/* ---- the verbs; each returns the exit code ---- */

int guest_start(struct guest *g, char *const *rescue, bool rescue_init, struct fail *f);
int guest_stop(struct guest *g, struct fail *f);

int cmd_start(struct guest *g, int argc, char **argv);
int cmd_stop(struct guest *g, int argc, char **argv);
int cmd_restart(struct guest *g, int argc, char **argv);
int cmd_condrestart(struct guest *g, int argc, char **argv);
int cmd_enter(struct guest *g, int argc, char **argv);
int cmd_exec(struct guest *g, int argc, char **argv);
int cmd_suexec(struct guest *g, int argc, char **argv);
int cmd_program(struct guest *g, int argc, char **argv);
int cmd_status(struct guest *g, int argc, char **argv);
int cmd_running(struct guest *g, int argc, char **argv);
int cmd_limits(struct guest *g, int argc, char **argv);
int cmd_delete(struct guest *g, int argc, char **argv);
int cmd_build(const char *name, int argc, char **argv);
int cmd_list(int argc, char **argv);

/* Print "vserver: NAME: <reason>" and return the code; a missing kernel feature gets a hint. */
int guest_failed(const char *name, const struct fail *f, int code);

/* Wrong usage: one line, where to find help, EXIT_USAGE. */
int guest_usage(const char *format, ...) _printf_(1, 2);
