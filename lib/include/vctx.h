/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vctx - the public interface of libvctx: virtual servers of one Linux kernel
 *
 * A *context* is a set of processes that share one view of the machine: which other processes they
 * see, which capabilities count, which namespaces they live in. It is named by a number, the xid:
 *
 *   0           the host, no context
 *   1           the spectator ("watch"): sees every process, may not act
 *   2..65535    contexts; the number is chosen by whoever creates the context
 *
 * Conventions of every function below, unless it says otherwise:
 *
 * - The result is 0 (or a positive value, where described), or a negative errno. errno itself is
 *   not part of the interface.
 * - Return parameters (ret_...) are written on success only and may be NULL when not wanted.
 * - Strings and objects handed out through ret_ belong to the caller; strings are freed with free(3).
 * - Nothing is printed, nothing exits, no signal handler is installed. The functions keep no state
 *   and may be called from several threads. Mind that a migration moves the calling *thread* only and
 *   that the kernel refuses it (-EBUSY) in a process with more than one thread.
 *
 * Errors that every kernel call may give, not repeated at each function:
 *
 * - -ENOSYS   this kernel has no vserver call, or not this command, or the caller may not use it at all
 *             (not root, or inside a context): the three look alike on purpose
 * - -EPERM    the caller may use the call, but not for this: not on the host, or a capability is missing
 * - -ESRCH    no such context
 * - -EACCES   the context does not allow it: sealed (STATE_ADMIN cleared) or private
 *
 * vctx_strerror() turns a result into a sentence for people.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Ids ------------------------------------------------------------------------------------- */

#define VCTX_XID_HOST	0U		/* the host, no context */
#define VCTX_XID_WATCH	1U		/* the spectator */
#define VCTX_XID_MIN	2U		/* smallest id of a context */
#define VCTX_XID_MAX	65535U		/* largest id of a context */
#define VCTX_XID_NONE	0xFFFFFFFFU	/* "none given" */
#define VCTX_XID_SELF	0xFFFFFFFEU	/* the caller's own context, where an existing one is meant */

/* Which kind of id a number is, see vctx_xid_type(). */
enum vctx_xid_type {
	VCTX_XID_TYPE_INVALID,
	VCTX_XID_TYPE_MAIN,		/* 0 */
	VCTX_XID_TYPE_WATCH,		/* 1 */
	VCTX_XID_TYPE_STATIC,		/* chosen by the administrator */
	VCTX_XID_TYPE_DYNAMIC,		/* chosen by the kernel, where it does that */
};

/**
 * vctx_xid_type() - Tell what kind of id a number is to the running kernel.
 * @xid: Any number.
 *
 * Where the kernel has no dynamic ids, all of 2..65535 are static.
 *
 * Return: the type; never an error. A kernel that does not answer counts as one without dynamic ids.
 * Since: 0.1
 */
enum vctx_xid_type vctx_xid_type(uint32_t xid);

/**
 * vctx_xid_type_name() - The word for a type of id: "invalid", "main", "watch", "static", "dynamic".
 * @type: From vctx_xid_type().
 *
 * Return: a constant string, NULL for a value that is no type.
 * Since: 0.1
 */
const char *vctx_xid_type_name(enum vctx_xid_type type);

/* ---- What this kernel can do ----------------------------------------------------------------- */

/* Bits of the configuration word, see vctx_config(). */
#define VCTX_CONFIG_NO_DYNAMIC	0x00000001U	/* ids cannot be chosen by the kernel */
#define VCTX_CONFIG_PROC_SECURE	0x00000010U	/* entries of /proc start hidden from guests */
#define VCTX_CONFIG_COWBL	0x00000100U	/* copy-on-write link breaking */
#define VCTX_CONFIG_FULLCOWBL	0x00000200U
#define VCTX_CONFIG_SPACES	0x00000400U	/* vctx_space_set() and vctx_space_enter() */
#define VCTX_CONFIG_NETV2	0x00000800U	/* typed address commands */
#define VCTX_CONFIG_MEMCG	0x00001000U	/* memory figures by cgroup v1 */
#define VCTX_CONFIG_DEBUG	0x00010000U
#define VCTX_CONFIG_HISTORY	0x00100000U
#define VCTX_CONFIG_TAGGED	0x07000000U	/* 3-bit number: encoding of file tags, 0 none */
#define VCTX_CONFIG_PPTAG	0x10000000U	/* tasks carry a tag of their own */

/**
 * vctx_version() - Ask for the version of the kernel's interface.
 * @ret_version: Major number in the upper half-word, minor and revision in the two lower bytes:
 *               0x00020308 is 2.3.8.
 *
 * Return: 0, or a negative errno; -ENOSYS is the answer of a kernel without virtual servers.
 * Since: 0.1
 */
int vctx_version(uint32_t *ret_version);

/**
 * vctx_config() - Ask how the kernel's side was configured.
 * @ret_config: VCTX_CONFIG_* bits.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_config(uint32_t *ret_config);

/* What can be asked with vctx_supported(). */
enum vctx_feature {
	VCTX_FEATURE_COMPAT,		/* always */
	VCTX_FEATURE_VSHELPER0,
	VCTX_FEATURE_VSHELPER,
	VCTX_FEATURE_VKILL,
	VCTX_FEATURE_RLIMIT,
	VCTX_FEATURE_VINFO,
	VCTX_FEATURE_VHI,
	VCTX_FEATURE_IATTR,
	VCTX_FEATURE_MIGRATE,
	VCTX_FEATURE_NAMESPACE,
	VCTX_FEATURE_VWAIT,
	VCTX_FEATURE_SCHED,
	VCTX_FEATURE_VNET,
	VCTX_FEATURE_PERSISTENT,
	VCTX_FEATURE_VSTAT,
	VCTX_FEATURE_PPTAG,
	VCTX_FEATURE_SPACES,
	VCTX_FEATURE_PIVOT_ROOT,
	VCTX_FEATURE_PIDSPACE,
	VCTX_FEATURE_MEMCG,
	VCTX_FEATURE_DYNAMIC,
	VCTX_FEATURE_BME,
	VCTX_FEATURE_NETLINK,		/* the generic netlink family "vserver": dumps and events */
	VCTX_FEATURE_MAX_,		/* number of features, grows */
};

/**
 * vctx_supported() - Does the running kernel have a feature?
 * @feature: Which.
 *
 * Derived from version and configuration word, as vserver-info(8) reports it.
 *
 * Return: 1 yes, 0 no (also when the kernel has no virtual servers at all), -EINVAL unknown feature.
 * Since: 0.1
 */
int vctx_supported(enum vctx_feature feature);

/**
 * vctx_feature_from_name() - Find a feature by its word, e.g. "vwait"; case does not matter.
 * @name: The word.
 * @ret_feature: The feature.
 *
 * Return: 0, or -ENOENT.
 * Since: 0.1
 */
int vctx_feature_from_name(const char *name, enum vctx_feature *ret_feature);

/**
 * vctx_feature_name() - The word for a feature.
 * @feature: Which.
 *
 * Return: a constant lower-case string, NULL for an unknown feature.
 * Since: 0.1
 */
const char *vctx_feature_name(enum vctx_feature feature);

/* ---- Flags of a context ---------------------------------------------------------------------- */

#define VCTX_CF_INFO_LOCK	(1ULL << 0)
#define VCTX_CF_INFO_SCHED	(1ULL << 1)
#define VCTX_CF_INFO_NPROC	(1ULL << 2)
#define VCTX_CF_INFO_PRIVATE	(1ULL << 3)	/* nobody may join */
#define VCTX_CF_INFO_INIT	(1ULL << 4)	/* fake init: the guest's init is seen as pid 1 */
#define VCTX_CF_INFO_HIDE	(1ULL << 5)
#define VCTX_CF_INFO_ULIMIT	(1ULL << 6)
#define VCTX_CF_INFO_NSPACE	(1ULL << 7)
#define VCTX_CF_SCHED_HARD	(1ULL << 8)
#define VCTX_CF_SCHED_PRIO	(1ULL << 9)
#define VCTX_CF_SCHED_PAUSE	(1ULL << 10)
#define VCTX_CF_VIRT_MEM	(1ULL << 16)
#define VCTX_CF_VIRT_UPTIME	(1ULL << 17)	/* uptime counts from the creation of the context */
#define VCTX_CF_VIRT_CPU	(1ULL << 18)
#define VCTX_CF_VIRT_LOAD	(1ULL << 19)
#define VCTX_CF_VIRT_TIME	(1ULL << 20)
#define VCTX_CF_HIDE_MOUNT	(1ULL << 24)
#define VCTX_CF_HIDE_NETIF	(1ULL << 25)
#define VCTX_CF_HIDE_VINFO	(1ULL << 26)	/* no VxID lines for processes of the context */
#define VCTX_CF_STATE_SETUP	(1ULL << 32)	/* one-time: being set up, capability mask not yet in force */
#define VCTX_CF_STATE_INIT	(1ULL << 33)	/* one-time: who clears it from inside becomes the guest's init */
#define VCTX_CF_STATE_ADMIN	(1ULL << 34)	/* one-time: may be administrated from the host */
#define VCTX_CF_SC_HELPER	(1ULL << 36)	/* run the helper at startup and shutdown */
#define VCTX_CF_REBOOT_KILL	(1ULL << 37)	/* reboot(2) inside kills the context */
#define VCTX_CF_PERSISTENT	(1ULL << 38)	/* lives without processes */
#define VCTX_CF_FORK_RSS	(1ULL << 48)
#define VCTX_CF_PROLIFIC	(1ULL << 49)
#define VCTX_CF_IGNEG_NICE	(1ULL << 52)
#define VCTX_CF_OOM_FREEZE	(1ULL << 56)
#define VCTX_CF_IGNEG_IONICE	(1ULL << 53)

/* The three bits that can be cleared once and never set again; also what a new context starts with. */
#define VCTX_CF_ONE_TIME	(VCTX_CF_STATE_SETUP | VCTX_CF_STATE_INIT | VCTX_CF_STATE_ADMIN)
#define VCTX_CF_INITIAL		VCTX_CF_ONE_TIME
/* The word "default" of vattribute(8). */
#define VCTX_CF_DEFAULT		(VCTX_CF_VIRT_UPTIME | VCTX_CF_SC_HELPER)
/* What "vattribute --secure" adds. */
#define VCTX_CF_SECURE		VCTX_CF_HIDE_NETIF

/* Context capabilities: slices of a capability that the bounding mask takes away. */
#define VCTX_CC_SET_UTSNAME	(1ULL << 0)
#define VCTX_CC_SET_RLIMIT	(1ULL << 1)
#define VCTX_CC_FS_SECURITY	(1ULL << 2)
#define VCTX_CC_FS_TRUSTED	(1ULL << 3)
#define VCTX_CC_TIOCSTI		(1ULL << 4)
#define VCTX_CC_RAW_ICMP	(1ULL << 8)
#define VCTX_CC_SYSLOG		(1ULL << 12)
#define VCTX_CC_OOM_ADJUST	(1ULL << 13)
#define VCTX_CC_AUDIT_CONTROL	(1ULL << 14)
#define VCTX_CC_SECURE_MOUNT	(1ULL << 16)
#define VCTX_CC_SECURE_REMOUNT	(1ULL << 17)
#define VCTX_CC_BINARY_MOUNT	(1ULL << 18)
#define VCTX_CC_DEV_MOUNT	(1ULL << 19)
#define VCTX_CC_QUOTA_CTL	(1ULL << 20)
#define VCTX_CC_ADMIN_MAPPER	(1ULL << 21)
#define VCTX_CC_ADMIN_CLOOP	(1ULL << 22)
#define VCTX_CC_KTHREAD		(1ULL << 24)
#define VCTX_CC_NAMESPACE	(1ULL << 25)

/* What "vattribute --secure" leaves. */
#define VCTX_CC_SECURE		(VCTX_CC_SET_UTSNAME | VCTX_CC_RAW_ICMP | VCTX_CC_AUDIT_CONTROL)

/* Bounding capabilities: bit n is the kernel's capability n; bit 63 guards the vserver call itself. */
#define VCTX_BC_CONTEXT		(1ULL << 63)
/*
 * What "vattribute --secure" leaves: chown dac_override fowner fsetid kill setgid setuid
 * net_bind_service sys_chroot sys_ptrace sys_boot sys_tty_config lease audit_write setfcap. The
 * published set had dac_read_search too, which opens files by handle behind any barrier, and every
 * capability above 31.
 */
#define VCTX_BC_SECURE		0x00000000B44C04FBULL

/**
 * vctx_cflags_get() - Read the flags of a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_flags: VCTX_CF_* bits; unknown ones are kept by the kernel and come back unchanged.
 * @ret_mask: Bits that can still be changed: all but the one-time bits already cleared.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_cflags_get(uint32_t xid, uint64_t *ret_flags, uint64_t *ret_mask);

/**
 * vctx_cflags_set() - Change flags of a context.
 * @xid: The context.
 * @flags: New values of the bits in @mask.
 * @mask: Which bits to change. One-time bits that are cleared already are silently left out.
 *
 * Clearing VCTX_CF_STATE_INIT in the caller's own context makes the caller its init. Clearing
 * VCTX_CF_PERSISTENT in a context without processes ends it.
 *
 * Return: 0, or a negative errno:
 * * -EPERM  not on the host, and not inside the context while it is being set up
 * * -EBUSY  VCTX_CF_STATE_SETUP is cleared by a process that has other threads or holds a directory or
 *           O_PATH descriptor outside its root
 * Since: 0.1
 */
int vctx_cflags_set(uint32_t xid, uint64_t flags, uint64_t mask);

/**
 * vctx_ccaps_get() - Read the context capabilities.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_ccaps: VCTX_CC_* bits.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_ccaps_get(uint32_t xid, uint64_t *ret_ccaps);

/**
 * vctx_ccaps_set() - Change context capabilities.
 * @xid: The context.
 * @ccaps: New values of the bits in @mask.
 * @mask: Which bits to change.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_ccaps_set(uint32_t xid, uint64_t ccaps, uint64_t mask);

/**
 * vctx_bcaps_get() - Read the bounding capabilities.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_bcaps: Bit n is capability n of <linux/capability.h>, bit 63 is VCTX_BC_CONTEXT.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_bcaps_get(uint32_t xid, uint64_t *ret_bcaps);

/**
 * vctx_bcaps_set() - Change bounding capabilities.
 * @xid: The context.
 * @bcaps: New values of the bits in @mask.
 * @mask: Which bits to change.
 *
 * The mask takes effect when the context's setup ends.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_bcaps_set(uint32_t xid, uint64_t bcaps, uint64_t mask);

/**
 * vctx_umask_get() - Read which namespaces a guest may unshare itself.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_umask: VCTX_SPACE_* bits.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_umask_get(uint32_t xid, uint64_t *ret_umask);

/**
 * vctx_umask_set() - Change which namespaces a guest may unshare itself.
 * @xid: The context.
 * @umask: New values of the bits in @mask.
 * @mask: Which VCTX_SPACE_* bits to change.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_umask_set(uint32_t xid, uint64_t umask, uint64_t mask);

/**
 * vctx_wmask_get() - Read the warn mask.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_wmask: VCTX_SPACE_* bits; stored and shown, without effect.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_wmask_get(uint32_t xid, uint64_t *ret_wmask);

/**
 * vctx_wmask_set() - Change the warn mask.
 * @xid: The context.
 * @wmask: New values of the bits in @mask.
 * @mask: Which bits to change.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_wmask_set(uint32_t xid, uint64_t wmask, uint64_t mask);

/**
 * vctx_badness_get() - Read the bias that the choice of an out-of-memory victim adds for a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_bias: The stored number.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_badness_get(uint32_t xid, int64_t *ret_bias);

/**
 * vctx_badness_set() - Store the out-of-memory bias of a context.
 * @xid: The context.
 * @bias: Any number; positive makes its processes likelier victims.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_badness_set(uint32_t xid, int64_t bias);

/* ---- Words for flags ------------------------------------------------------------------------- */

/* Kinds of flag words: each has its own table of names. */
enum vctx_words {
	VCTX_WORDS_CFLAGS,	/* VCTX_CF_*; also "default", "secure" */
	VCTX_WORDS_CCAPS,	/* VCTX_CC_* */
	VCTX_WORDS_BCAPS,	/* capabilities, "chown" .. "checkpoint_restore", and "context" */
	VCTX_WORDS_UMASK,	/* VCTX_SPACE_* as clone flags: "fs", "newns", "newuts", ... */
	VCTX_WORDS_IATTR,	/* VCTX_IATTR_* */
	VCTX_WORDS_CONFIG,	/* VCTX_CONFIG_*, printing only */
	VCTX_WORDS_PERSONALITY,	/* flags of personality(2): "addr_no_randomize", ... */
	VCTX_WORDS_NFLAGS,	/* VCTX_NF_*; also "secure" */
	VCTX_WORDS_NCAPS,	/* VCTX_NC_* */
	VCTX_WORDS_MAX_,	/* number of kinds, grows */
};

/* One change: @value says what the bits of @mask become. Start from zero. */
struct vctx_change {
	uint64_t value;
	uint64_t mask;
};

/**
 * vctx_words_parse() - Add a list of flag words to a change.
 * @words: Which table.
 * @list: Words separated by commas or white space. Case does not matter; the usual prefix ("CAP_",
 *        "VXF_", "VXC_", "NXF_", "NXC_", "CLONE_" for umask words) may be there. "!" or "~" in front clears;
 *        "all" and "any" are every bit, "none" no bit; a number is a mask of bits, "^N" bit number N. Later
 *        words win over earlier ones.
 * @change: Added to; unchanged on failure.
 * @reterr_word: On failure the word that was not understood, to be freed by the caller; may be NULL.
 *
 * "none" in a change means: change nothing. To clear everything write "!all".
 *
 * Return: 0, or a negative errno:
 * * -EINVAL  a word is unknown, a number is out of range
 * Since: 0.1
 */
int vctx_words_parse(enum vctx_words words, const char *list, struct vctx_change *change,
		     char **reterr_word);

/**
 * vctx_words_bit() - Value of a single word, without negation.
 * @words: Which table.
 * @word: The word, a number, or "^N".
 * @ret_bits: The bits it stands for.
 *
 * Return: 0, or -ENOENT.
 * Since: 0.1
 */
int vctx_words_bit(enum vctx_words words, const char *word, uint64_t *ret_bits);

/**
 * vctx_words_format() - Write flags as words.
 * @words: Which table.
 * @bits: The flags.
 * @separator: Between the words, e.g. ",".
 * @ret_text: Words in the order of the bits; bits without a name as "^N"; "" for no bit.
 *
 * What this prints, vctx_words_parse() reads back to the same bits.
 *
 * Return: 0, or -ENOMEM, or -EINVAL for an unknown table.
 * Since: 0.1
 */
int vctx_words_format(enum vctx_words words, uint64_t bits, const char *separator, char **ret_text);

/**
 * vctx_words_name() - The preferred word for one bit.
 * @words: Which table.
 * @bit: Bit number, 0..63.
 *
 * Return: a constant string, NULL when the bit has no name.
 * Since: 0.1
 */
const char *vctx_words_name(enum vctx_words words, unsigned int bit);

/* ---- Contexts -------------------------------------------------------------------------------- */

/* Answer of vctx_ctx_info(). */
struct vctx_ctx_info {
	uint32_t xid;
	uint32_t init_pid;	/* the guest's init, in the host's numbers; 0 none */
};

/* Answer of vctx_ctx_stat(). */
struct vctx_ctx_stat {
	uint32_t references;	/* what keeps the object in memory, this call included */
	uint32_t claims;	/* what keeps the context alive: tasks, and one for PERSISTENT */
};

/* Answer of vctx_virt_stat(). */
struct vctx_virt_stat {
	int64_t offset_ns;	/* bias of the guest's clock */
	uint64_t uptime_ns;	/* since the context was created */
	uint32_t threads;
	uint32_t running;
	uint32_t uninterruptible;
	uint32_t on_hold;
	uint32_t forks;		/* since creation */
	uint32_t load[3];	/* 1, 5, 15 minutes, fixed point with 11 fraction bits */
};

/**
 * vctx_ctx_create() - Make a context and move the caller into it.
 * @xid: Number of the new context, 2..65535.
 * @flags: All its flags, normally VCTX_CF_INITIAL plus what is wanted.
 *
 * The calling process is inside afterwards; there is no way back. As long as VCTX_CF_STATE_SETUP is
 * set, the capability mask is not in force and the caller may configure the context from inside.
 *
 * Return: 0, or a negative errno:
 * * -EEXIST   the context exists
 * * -EBUSY    it exists and is still being set up; or the caller has other threads, or holds a directory
 *             or O_PATH descriptor outside its root
 * * -EINVAL   @xid out of range
 * * -ENOEXEC  VCTX_CF_SC_HELPER is set and the helper said no
 * * -EACCES   VCTX_CF_INFO_PRIVATE without VCTX_CF_STATE_SETUP
 * * -ENOMEM
 * Since: 0.1
 */
int vctx_ctx_create(uint32_t xid, uint64_t flags);

/* For vctx_ctx_migrate(). */
#define VCTX_MIGRATE_INIT	0x1ULL	/* the caller becomes the guest's init */
#define VCTX_MIGRATE_REAPER	0x2ULL	/* the caller gets the guest's orphans */

/**
 * vctx_ctx_migrate() - Move the caller into an existing context.
 * @xid: The context; VCTX_XID_WATCH makes the caller a spectator.
 * @flags: VCTX_MIGRATE_* bits.
 *
 * Only the context changes: namespaces (vctx_space_enter()), root directory, ids and descriptors stay.
 *
 * Return: 0, or a negative errno:
 * * -EACCES  the context is private or sealed
 * * -EFAULT  the context is just ending
 * * -EBUSY   the caller has other threads, or holds a directory or O_PATH descriptor outside its root
 * Since: 0.1
 */
int vctx_ctx_migrate(uint32_t xid, uint64_t flags);

/**
 * vctx_ctx_info() - Does a context exist, and who is its init?
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_info: The answer.
 *
 * Return: 0, or a negative errno; -ESRCH exactly when there is no such context.
 * Since: 0.1
 */
int vctx_ctx_info(uint32_t xid, struct vctx_ctx_info *ret_info);

/**
 * vctx_ctx_stat() - Read the two counters of a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_stat: The answer.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_ctx_stat(uint32_t xid, struct vctx_ctx_stat *ret_stat);

/**
 * vctx_virt_stat() - Read uptime, numbers of tasks and load of a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_stat: The answer.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_virt_stat(uint32_t xid, struct vctx_virt_stat *ret_stat);

/**
 * vctx_ctx_kill() - Send a signal to processes of a context.
 * @xid: The context.
 * @pid: 0 every process, -1 every process but the init, 1 the init, other: that process (host's number).
 * @sig: Signal number, 0 to probe.
 *
 * Return: 0, or a negative errno:
 * * -ESRCH   no such context, or nobody in it to receive
 * * -EINVAL  no such signal
 * * -EACCES  the context is sealed and @pid is not one that is allowed then
 * Since: 0.1
 */
int vctx_ctx_kill(uint32_t xid, pid_t pid, int sig);

/* How a context ended. */
struct vctx_exit {
	int reboot_cmd;		/* last cmd of reboot(2) from inside, 0 none */
	int status;		/* of the last process, as from wait(2) */
};

/**
 * vctx_ctx_wait() - Wait for the end of a context.
 * @xid: The context.
 * @ret_exit: How it ended.
 *
 * Return: 0, or a negative errno:
 * * -ESRCH  no such context now
 * * -EINTR  a signal came
 * Since: 0.1
 */
int vctx_ctx_wait(uint32_t xid, struct vctx_exit *ret_exit);

/*
 * A waiter: the same with a descriptor to poll and a timeout. Open it before telling the context to
 * end, so that nothing is missed. It is a child process of the caller, without threads or signals.
 */
struct vctx_waiter;

/**
 * vctx_waiter_open() - Start to wait for the end of a context.
 * @xid: The context.
 * @ret_waiter: To be given to vctx_waiter_close().
 *
 * Return: 0, or a negative errno; -ESRCH when the context does not exist now.
 * Since: 0.1
 */
int vctx_waiter_open(uint32_t xid, struct vctx_waiter **ret_waiter);

/**
 * vctx_waiter_fd() - The descriptor that becomes readable when the context has ended.
 * @waiter: From vctx_waiter_open().
 *
 * Return: the descriptor; it belongs to the waiter and is only good for poll(2).
 * Since: 0.1
 */
int vctx_waiter_fd(const struct vctx_waiter *waiter);

/**
 * vctx_waiter_wait() - Wait, at most so long.
 * @waiter: From vctx_waiter_open().
 * @timeout_ms: Milliseconds, 0 only looks, negative is without end.
 * @ret_exit: How the context ended; zeros when it went before it could be told.
 *
 * Return: 0, -ETIMEDOUT, -EINTR, or another negative errno.
 * Since: 0.1
 */
int vctx_waiter_wait(struct vctx_waiter *waiter, int timeout_ms, struct vctx_exit *ret_exit);

/**
 * vctx_waiter_close() - Stop waiting and free.
 * @waiter: From vctx_waiter_open(), or NULL.
 *
 * Return: always NULL.
 * Since: 0.1
 */
struct vctx_waiter *vctx_waiter_close(struct vctx_waiter *waiter);

/* ---- Listing --------------------------------------------------------------------------------- */

#define VCTX_NAME_SIZE	65U	/* bytes of a name with its final NUL */

/* One context of a listing. Counters that could not be read are 0 and their bit in @valid is clear. */
struct vctx_ctx_entry {
	uint32_t xid;
	uint32_t init_pid;
	uint32_t valid;			/* VCTX_ENTRY_* */
	uint64_t cflags;
	uint64_t ccaps;
	uint64_t bcaps;
	struct vctx_ctx_stat stat;
	struct vctx_virt_stat virt;
	char name[VCTX_NAME_SIZE];	/* what vctx_name_get(VCTX_NAME_CONTEXT) gives */
	char nodename[VCTX_NAME_SIZE];
	uint64_t umask;
	uint64_t wmask;
	int64_t badness;
	uint64_t spaces[2];		/* what the two sets hold, VCTX_SPACE_* */
};

#define VCTX_ENTRY_FLAGS	0x1U	/* cflags, ccaps, bcaps */
#define VCTX_ENTRY_STAT		0x2U	/* stat */
#define VCTX_ENTRY_VIRT		0x4U	/* virt */
#define VCTX_ENTRY_NAME		0x8U	/* name */
#define VCTX_ENTRY_NODENAME	0x10U	/* nodename */
#define VCTX_ENTRY_MASKS	0x20U	/* umask, wmask, badness */
#define VCTX_ENTRY_SPACES	0x40U	/* spaces; only where the kernel has generic netlink */

/**
 * vctx_ctx_list() - The ids of all contexts.
 * @ret_xids: Array, ascending, to be freed by the caller.
 * @ret_count: How many.
 *
 * Return: 0, or a negative errno.
 * Source: generic netlink where the kernel has it, else the directory /proc/virtual.
 * Since: 0.1
 */
int vctx_ctx_list(uint32_t **ret_xids, size_t *ret_count);

/* Called for each context; a result other than 0 ends the listing and becomes its result. */
typedef int (*vctx_ctx_fn)(const struct vctx_ctx_entry *entry, void *data);

/**
 * vctx_ctx_foreach() - Call a function for each context, ascending by id.
 * @fn: The function.
 * @data: Handed on.
 *
 * A context that ends meanwhile is left out. No lock is held while @fn runs.
 * Source: generic netlink where the kernel has it, else /proc/virtual and a call a value.
 *
 * Return: 0, what @fn returned, or a negative errno.
 * Since: 0.1
 */
int vctx_ctx_foreach(vctx_ctx_fn fn, void *data);

/**
 * vctx_ctx_entry_get() - The same for a single context.
 * @xid: The context.
 * @ret_entry: Filled in.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_ctx_entry_get(uint32_t xid, struct vctx_ctx_entry *ret_entry);

/* ---- Names ----------------------------------------------------------------------------------- */

/* Which name: the context's own, or a field of uname(2) as seen inside. */
enum vctx_name {
	VCTX_NAME_CONTEXT,	/* for administrators: the directory with the guest's configuration */
	VCTX_NAME_SYSNAME,
	VCTX_NAME_NODENAME,
	VCTX_NAME_RELEASE,
	VCTX_NAME_VERSION,
	VCTX_NAME_MACHINE,
	VCTX_NAME_DOMAINNAME,
	VCTX_NAME_MAX_,		/* number of names, grows */
};

/**
 * vctx_name_get() - Read a name of a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @which: Which name.
 * @ret_name: VCTX_NAME_SIZE bytes, always ended with NUL.
 *
 * Return: 0, or a negative errno:
 * * -EINVAL  @which is unknown, or it is a field of uname and the context has no uts space stored
 * Since: 0.1
 */
int vctx_name_get(uint32_t xid, enum vctx_name which, char *ret_name);

/**
 * vctx_name_set() - Set a name of a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @which: Which name. All but VCTX_NAME_CONTEXT need vctx_space_set() with VCTX_SPACE_UTS before.
 * @name: At most 64 bytes.
 *
 * Return: 0, or a negative errno:
 * * -ENAMETOOLONG  @name is longer
 * * -EINVAL        as for vctx_name_get()
 * Since: 0.1
 */
int vctx_name_set(uint32_t xid, enum vctx_name which, const char *name);

/**
 * vctx_name_word() - The word for a kind of name: "context", "sysname", "nodename", ...
 * @which: Which.
 *
 * Return: a constant string, NULL for an unknown one.
 * Since: 0.1
 */
const char *vctx_name_word(enum vctx_name which);

/**
 * vctx_name_from_word() - Find a kind of name by its word; case does not matter.
 * @word: The word.
 * @ret_which: Which.
 *
 * Return: 0, or -ENOENT.
 * Since: 0.1
 */
int vctx_name_from_word(const char *word, enum vctx_name *ret_which);

/* ---- Spaces ---------------------------------------------------------------------------------- */

/* Kinds of spaces, the same bits as CLONE_NEW* of clone(2); FS is the root and working directory. */
#define VCTX_SPACE_FS		0x00000200ULL
#define VCTX_SPACE_MOUNT	0x00020000ULL
#define VCTX_SPACE_CGROUP	0x02000000ULL
#define VCTX_SPACE_UTS		0x04000000ULL
#define VCTX_SPACE_IPC		0x08000000ULL
#define VCTX_SPACE_USER		0x10000000ULL
#define VCTX_SPACE_PID		0x20000000ULL
#define VCTX_SPACE_NET		0x40000000ULL

#define VCTX_SPACE_INDEX_MAX	1U	/* a context stores two sets, 0 and 1 */

/**
 * vctx_space_set() - Store the caller's namespaces in a context.
 * @xid: The context; VCTX_XID_SELF is what the set-up of a context uses.
 * @mask: Which, VCTX_SPACE_* bits; 0 stores the whole set without assigning any bit.
 * @index: Which set, 0 or 1.
 *
 * Return: 0, or a negative errno:
 * * -EINVAL  @mask has a bit that this kernel does not know, or @index is out of range
 * Since: 0.1
 */
int vctx_space_set(uint32_t xid, uint64_t mask, unsigned int index);

/**
 * vctx_space_enter() - Take over namespaces stored in a context.
 * @xid: The context.
 * @mask: Which, VCTX_SPACE_* bits; 0 is all that are stored. VCTX_SPACE_PID concerns children only.
 * @index: Which set, 0 or 1.
 *
 * The caller does not become a member of the context by this: vctx_ctx_migrate().
 *
 * Return: 0, or a negative errno:
 * * -EINVAL  the set does not hold all of @mask, or holds nothing, or @index is out of range
 * * -EACCES  the context is private
 * Since: 0.1
 */
int vctx_space_enter(uint32_t xid, uint64_t mask, unsigned int index);

/**
 * vctx_space_mask() - Which spaces this kernel can store.
 * @ret_mask: VCTX_SPACE_* bits.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_space_mask(uint64_t *ret_mask);

/**
 * vctx_space_default() - Which spaces a guest should get by default.
 * @ret_mask: VCTX_SPACE_* bits, with FS and MOUNT.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_space_default(uint64_t *ret_mask);

/* ---- Tasks ----------------------------------------------------------------------------------- */

/**
 * vctx_task_xid() - In which context is a process?
 * @pid: Process or thread, 0 for the caller.
 * @ret_xid: 0 host, 1 spectator, else the context.
 *
 * Return: 0, or a negative errno; -ESRCH when there is no such process.
 * Since: 0.1
 */
int vctx_task_xid(pid_t pid, uint32_t *ret_xid);

/**
 * vctx_task_nid() - In which network context is a process?
 * @pid: Process or thread, 0 for the caller.
 * @ret_nid: 0 host, 1 spectator, else the network context.
 *
 * Return: 0, or a negative errno; -ESRCH when there is no such process.
 * Since: 0.1
 */
int vctx_task_nid(pid_t pid, uint32_t *ret_nid);

/**
 * vctx_task_tag() - Which file tag does a process carry?
 * @pid: Process or thread, 0 for the caller.
 * @ret_tag: The tag.
 *
 * Return: 0, or a negative errno; -ESRCH when there is no such process.
 * Since: 0.1
 */
int vctx_task_tag(pid_t pid, uint32_t *ret_tag);

/* ---- Network contexts ------------------------------------------------------------------------ */

/*
 * A *network context* is a set of addresses that processes are confined to, on the devices of the one network
 * stack of the host. Its number, the nid, has the same special values as an xid: 0 is the host, 1 the
 * spectator, 2..65535 are network contexts; VCTX_XID_SELF is the caller's own. A process is in a process
 * context and in a network context independently; by custom both have the same number.
 */

#define VCTX_NF_INFO_LOCK	(1ULL << 0)
#define VCTX_NF_INFO_PRIVATE	(1ULL << 3)	/* nobody may join */
#define VCTX_NF_SINGLE_IP	(1ULL << 8)	/* "any" is the first address */
#define VCTX_NF_LBACK_REMAP	(1ULL << 9)	/* 127.0.0.1 inside is the context's own loopback address */
#define VCTX_NF_LBACK_ALLOW	(1ULL << 10)	/* without LBACK_REMAP: 127.0.0.0/8 may be reached */
#define VCTX_NF_HIDE_NETIF	(1ULL << 25)	/* devices without an address of the context are not seen */
#define VCTX_NF_HIDE_LBACK	(1ULL << 26)	/* the loopback address is shown as 127.0.0.1 */
#define VCTX_NF_STATE_SETUP	(1ULL << 32)	/* one-time: being set up */
#define VCTX_NF_STATE_ADMIN	(1ULL << 34)	/* one-time: may be administrated from the host */
#define VCTX_NF_SC_HELPER	(1ULL << 36)	/* run the helper at its beginning and end */
#define VCTX_NF_PERSISTENT	(1ULL << 38)	/* lives without processes */

/* What a new network context starts with when nothing else is asked for. */
#define VCTX_NF_INITIAL		(VCTX_NF_STATE_ADMIN | VCTX_NF_HIDE_NETIF | VCTX_NF_LBACK_REMAP | VCTX_NF_HIDE_LBACK)
/* What "nattribute --secure" adds. */
#define VCTX_NF_SECURE		VCTX_NF_HIDE_NETIF

/* Network capabilities: slices of a capability that the context's bounding mask takes away. */
#define VCTX_NC_TUN_CREATE	(1ULL << 0)	/* make tun and tap devices */
#define VCTX_NC_RAW_ICMP	(1ULL << 8)	/* raw sockets for ICMP: ping */
#define VCTX_NC_MULTICAST	(1ULL << 12)	/* bind to multicast addresses */

/* What "nattribute --secure" gives. */
#define VCTX_NC_SECURE		VCTX_NC_RAW_ICMP

/* Kinds of addresses. */
enum vctx_net_kind {
	VCTX_NET_ADDRESS,	/* one address; @mask and @prefix tell the network it is in */
	VCTX_NET_NETWORK,	/* every address of a network */
	VCTX_NET_RANGE,		/* every address from @ip to @ip2; IPv4 only */
	VCTX_NET_BROADCAST,	/* the broadcast address; IPv4 only, there is one */
	VCTX_NET_LOOPBACK,	/* what 127.0.0.1 is inside; IPv4 only, there is one */
	VCTX_NET_ALL,		/* vctx_net_remove(): all addresses of the family */
	VCTX_NET_KIND_MAX_,	/* number of kinds, grows */
};

/* An address of a network context. */
struct vctx_net_address {
	enum vctx_net_kind kind;
	int family;		/* AF_INET or AF_INET6 */
	unsigned int prefix;	/* length of the network; with IPv4 that of @mask */
	bool shared;		/* sockets of the host that are bound to no address receive there, too */
	unsigned char ip[16];	/* in network order; IPv4 has 4 bytes */
	unsigned char ip2[16];	/* end of a range, included */
	unsigned char mask[16];
};

#define VCTX_NET_TEXT_SIZE	64U	/* bytes vctx_net_address_format() writes at most, with the NUL */

/**
 * vctx_net_create() - Make a network context and move the caller into it.
 * @nid: Number of the new network context, 2..65535.
 * @flags: All its flags, normally VCTX_NF_INITIAL plus what is wanted.
 *
 * It has no addresses yet, but a loopback address of its own. It ends with its last process.
 *
 * Return: 0, or a negative errno:
 * * -EEXIST      it exists
 * * -EBUSY       it exists and is still being set up
 * * -EINVAL      @nid out of range
 * * -EOPNOTSUPP  the caller is not in the first network namespace
 * * -ENOEXEC     VCTX_NF_SC_HELPER is set and the helper said no
 * * -ENOSYS      also: this kernel has no network contexts
 * Since: 0.1
 */
int vctx_net_create(uint32_t nid, uint64_t flags);

/**
 * vctx_net_migrate() - Move the caller into an existing network context.
 * @nid: The network context; VCTX_XID_WATCH makes the caller see the sockets of all.
 *
 * Sockets that the caller has already stay in the network context they were made in.
 *
 * Return: 0, or a negative errno:
 * * -EACCES  it is private or sealed
 * * -EFAULT  it is just ending
 * Since: 0.1
 */
int vctx_net_migrate(uint32_t nid);

/**
 * vctx_net_info() - Does a network context exist?
 * @nid: The network context, VCTX_XID_SELF for the caller's own.
 * @ret_nid: Its number.
 *
 * Return: 0, or a negative errno; -ESRCH exactly when there is none, -ENOSYS also when the kernel has no network
 * contexts at all.
 * Since: 0.1
 */
int vctx_net_info(uint32_t nid, uint32_t *ret_nid);

/**
 * vctx_nflags_get() - Read the flags of a network context.
 * @nid: The network context, VCTX_XID_SELF for the caller's own.
 * @ret_flags: VCTX_NF_* bits.
 * @ret_mask: Bits that can still be changed.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_nflags_get(uint32_t nid, uint64_t *ret_flags, uint64_t *ret_mask);

/**
 * vctx_nflags_set() - Change flags of a network context.
 * @nid: The network context.
 * @flags: New values of the bits in @mask.
 * @mask: Which bits to change. One-time bits that are cleared already are silently left out.
 *
 * Clearing VCTX_NF_PERSISTENT in a network context without processes ends it.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_nflags_set(uint32_t nid, uint64_t flags, uint64_t mask);

/**
 * vctx_ncaps_get() - Read the network capabilities.
 * @nid: The network context, VCTX_XID_SELF for the caller's own.
 * @ret_ncaps: VCTX_NC_* bits.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_ncaps_get(uint32_t nid, uint64_t *ret_ncaps);

/**
 * vctx_ncaps_set() - Change network capabilities.
 * @nid: The network context.
 * @ncaps: New values of the bits in @mask.
 * @mask: Which bits to change.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_ncaps_set(uint32_t nid, uint64_t ncaps, uint64_t mask);

/**
 * vctx_net_add() - Give a network context an address.
 * @nid: The network context, VCTX_XID_SELF for the caller's own.
 * @address: The address. The one that is added first is the preferred one of its family.
 *
 * A single address belongs to the context alone, unless it is @shared; networks and ranges are always shared
 * with the host. Other network contexts may have the same address.
 *
 * That the address is on a device of the host is not checked. A second IPv4 address clears
 * VCTX_NF_SINGLE_IP. VCTX_NET_BROADCAST and VCTX_NET_LOOPBACK replace what was there.
 *
 * Return: 0, or a negative errno:
 * * -EEXIST  it has this address already
 * * -ENOSPC  it has too many
 * * -EINVAL  the kind does not exist for this family
 * * -ENOSYS  also: the kernel has no network contexts, or no IPv6
 * Since: 0.1
 */
int vctx_net_add(uint32_t nid, const struct vctx_net_address *address);

/**
 * vctx_net_remove() - Take an address of a network context away.
 * @nid: The network context, VCTX_XID_SELF for the caller's own.
 * @address: The same as it was added with, or of the kind VCTX_NET_ALL.
 *
 * Return: 0, or a negative errno:
 * * -ESRCH   no such network context, or it does not have the address
 * * -EINVAL  addresses of this kind cannot be taken away
 * Since: 0.1
 */
int vctx_net_remove(uint32_t nid, const struct vctx_net_address *address);

/**
 * vctx_net_address_parse() - Read an address.
 * @kind: What it is to be.
 * @text: "IP", "IP/PREFIX" or "IP/MASK", for a range "IP-IP/PREFIX"; IPv4 or IPv6. Without prefix it is the
 *        longest one. In a network the bits behind the prefix are cleared. As VCTX_NET_ADDRESS, "0.0.0.0" and
 *        "::" stand for every address and become a network.
 * @ret_address: The address.
 *
 * Return: 0, or -EINVAL (not an address), -ERANGE (prefix or mask, or a range that ends before it begins),
 * -EAFNOSUPPORT (the kind does not exist for IPv6).
 * Since: 0.1
 */
int vctx_net_address_parse(enum vctx_net_kind kind, const char *text, struct vctx_net_address *ret_address);

/**
 * vctx_net_address_format() - Write an address, as vctx_net_address_parse() reads it.
 * @address: The address.
 * @text: Room for VCTX_NET_TEXT_SIZE bytes.
 *
 * Return: @text.
 * Since: 0.1
 */
const char *vctx_net_address_format(const struct vctx_net_address *address, char *text);

/**
 * vctx_net_kind_name() - The word for a kind of address: "address", "network", "range", "broadcast",
 * "loopback", "all".
 * @kind: Which.
 *
 * Return: a constant string, NULL for an unknown one.
 * Since: 0.1
 */
const char *vctx_net_kind_name(enum vctx_net_kind kind);

/* All about a network context. What could not be read is 0 and its bit in @valid is clear. */
struct vctx_net_entry {
	uint32_t nid;
	uint32_t valid;			/* VCTX_NET_ENTRY_* */
	uint64_t nflags;
	uint64_t ncaps;
	struct vctx_ctx_stat stat;
	struct vctx_net_address broadcast;
	struct vctx_net_address loopback;
	size_t count;
	struct vctx_net_address *addresses;	/* IPv4 before IPv6, each in the order they were added */
};

#define VCTX_NET_ENTRY_FLAGS	0x1U	/* nflags, ncaps */
#define VCTX_NET_ENTRY_STAT	0x2U	/* stat */
#define VCTX_NET_ENTRY_SPECIAL	0x4U	/* broadcast, loopback */

/**
 * vctx_net_list() - The numbers of all network contexts.
 * @ret_nids: Array, ascending, to be freed by the caller.
 * @ret_count: How many.
 *
 * Return: 0, or a negative errno; -ENOSYS when the kernel has no network contexts.
 * Source: the directory /proc/virtnet.
 * Since: 0.1
 */
int vctx_net_list(uint32_t **ret_nids, size_t *ret_count);

/**
 * vctx_net_entry_get() - Read flags and addresses of a network context.
 * @nid: The network context, VCTX_XID_SELF for the caller's own; that works inside of a guest, too.
 * @ret_entry: To be given to vctx_net_entry_free().
 *
 * Return: 0, or a negative errno; -ESRCH when there is none (or the caller is in none), -ENOSYS when the kernel has no
 * network contexts, -EBADMSG when it says something that is not understood.
 * Source: /proc/virtnet/NID/info and status, or /proc/self/ninfo.
 * Since: 0.1
 */
int vctx_net_entry_get(uint32_t nid, struct vctx_net_entry **ret_entry);

/**
 * vctx_net_entry_free() - Free what vctx_net_entry_get() gave.
 * @entry: From there, or NULL.
 *
 * Return: always NULL.
 * Since: 0.1
 */
struct vctx_net_entry *vctx_net_entry_free(struct vctx_net_entry *entry);

/* ---- Attributes of files --------------------------------------------------------------------- */

#define VCTX_IATTR_ADMIN	0x00000001U	/* /proc: seen by the host although hidden */
#define VCTX_IATTR_WATCH	0x00000002U	/* /proc: seen by the spectator although hidden */
#define VCTX_IATTR_HIDE		0x00000004U	/* /proc: hidden */
#define VCTX_IATTR_WRITE	0x00000008U	/* accepted, without effect */
#define VCTX_IATTR_BARRIER	0x00010000U	/* directories: guests do not pass */
#define VCTX_IATTR_IXUNLINK	0x00020000U	/* may be unlinked although immutable */
#define VCTX_IATTR_IMMUTABLE	0x00040000U
#define VCTX_IATTR_COW		0x00080000U	/* break links on write */
#define VCTX_IATTR_TAG		0x01000000U	/* the tag is valid */

/* Attributes of a file. */
struct vctx_iattr {
	uint32_t tag;		/* with VCTX_IATTR_TAG in mask */
	uint32_t flags;		/* values */
	uint32_t mask;		/* get: which exist on this file; set: which to change */
};

/**
 * vctx_iattr_get() - Read the attributes of a file.
 * @path: The file; a symbolic link at its end is not followed.
 * @ret_iattr: The attributes.
 *
 * Return: 0, or a negative errno of the look-up of @path.
 * Since: 0.1
 */
int vctx_iattr_get(const char *path, struct vctx_iattr *ret_iattr);

/**
 * vctx_iattr_set() - Change attributes of a file.
 * @path: The file; a symbolic link at its end is not followed.
 * @iattr: What to change, see struct vctx_iattr.
 *
 * Return: 0, or a negative errno:
 * * -EINVAL      attributes of /proc on another file system, or a tag where there are none
 * * -EOPNOTSUPP  the file system cannot store the attribute
 * Since: 0.1
 */
int vctx_iattr_set(const char *path, const struct vctx_iattr *iattr);

/**
 * vctx_iattr_get_fd() - Read the attributes of an open file.
 * @fd: The file.
 * @ret_iattr: The attributes.
 *
 * Return: 0, or a negative errno; -EBADF for a bad descriptor.
 * Since: 0.1
 */
int vctx_iattr_get_fd(int fd, struct vctx_iattr *ret_iattr);

/**
 * vctx_iattr_set_fd() - Change attributes of an open file.
 * @fd: The file.
 * @iattr: What to change.
 *
 * Return: 0, or a negative errno, as vctx_iattr_set(), and -EBADF.
 * Since: 0.1
 */
int vctx_iattr_set_fd(int fd, const struct vctx_iattr *iattr);

/* ---- Limits and statistics -------------------------------------------------------------------- */

/*
 * Resources of a context that are counted, by number. Up to 31 those of the system call, of which the first 16 have the
 * numbers of RLIMIT_*; from 32 on only generic netlink knows them. Which can be limited is for the kernel to say:
 * vctx_limit_mask(), and for those from 32 on the list of vctx_stat_get().
 */
enum vctx_limit {
	VCTX_LIMIT_CPU = 0,
	VCTX_LIMIT_FSIZE = 1,
	VCTX_LIMIT_DATA = 2,
	VCTX_LIMIT_STACK = 3,
	VCTX_LIMIT_CORE = 4,
	VCTX_LIMIT_RSS = 5,		/* pages */
	VCTX_LIMIT_NPROC = 6,		/* tasks */
	VCTX_LIMIT_NOFILE = 7,		/* open files */
	VCTX_LIMIT_MEMLOCK = 8,		/* pages */
	VCTX_LIMIT_AS = 9,		/* pages */
	VCTX_LIMIT_LOCKS = 10,		/* locks of files */
	VCTX_LIMIT_MSGQUEUE = 12,	/* bytes of POSIX message queues */
	VCTX_LIMIT_NSOCK = 16,		/* sockets */
	VCTX_LIMIT_OPENFD = 17,		/* descriptors */
	VCTX_LIMIT_ANON = 18,		/* pages */
	VCTX_LIMIT_SHMEM = 19,		/* pages of System V shared memory */
	VCTX_LIMIT_SEMARY = 20,		/* sets of System V semaphores */
	VCTX_LIMIT_NSEMS = 21,		/* semaphores in them */
	VCTX_LIMIT_DENTRY = 22,		/* directory entries */
	VCTX_LIMIT_MAPPED = 23,		/* pages */
	VCTX_LIMIT_SIGPENDING = 32,	/* signals that wait */
	VCTX_LIMIT_INOTIFY = 33,	/* inotify instances */
	VCTX_LIMIT_WATCHES = 34,	/* inotify watches */
	VCTX_LIMIT_KEYS = 35,		/* keys */
	VCTX_LIMIT_PIPEPAGES = 36,	/* pages of pipes */
	VCTX_LIMIT_MOUNTS = 37,		/* mounts */
	VCTX_LIMIT_MAX_ = 64,		/* numbers are below this */
};

/* First number that the system call does not have. */
#define VCTX_LIMIT_NETLINK	32U

/* Values of limits. */
#define VCTX_LIMIT_INFINITY	(~0ULL)	/* no limit */
#define VCTX_LIMIT_KEEP		(~1ULL)	/* when setting: leave this one as it is */

/**
 * vctx_limit_name() - The word for a resource: "nproc", "nofile", ...
 * @id: Number of the resource.
 *
 * Return: a constant string, NULL for a number without a word.
 * Since: 0.1
 */
const char *vctx_limit_name(unsigned int id);

/**
 * vctx_limit_from_name() - Find a resource by its word; case does not matter.
 * @name: The word.
 * @ret_id: Its number.
 *
 * Return: 0, or -ENOENT.
 * Since: 0.1
 */
int vctx_limit_from_name(const char *name, unsigned int *ret_id);

/**
 * vctx_limit_unit() - What the values of a resource count: "tasks", "files", "pages", "bytes", ...
 * @id: Number of the resource.
 *
 * Return: a constant string, NULL for a number without a word.
 * Since: 0.1
 */
const char *vctx_limit_unit(unsigned int id);

/**
 * vctx_limit_get() - Read one limit of a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @id: Which resource, below 32.
 * @ret_soft: Soft limit in the unit of the resource, VCTX_LIMIT_INFINITY for none.
 * @ret_hard: Hard limit.
 *
 * Return: 0, or a negative errno; -EINVAL when the kernel does not limit this resource.
 * Source: struct vserver_rlimit of <linux/vserver.h>.
 * Since: 0.1
 */
int vctx_limit_get(uint32_t xid, unsigned int id, uint64_t *ret_soft, uint64_t *ret_hard);

/**
 * vctx_limit_set() - Set one limit of a context, at once and also when more is in use.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @id: Which resource, below 32.
 * @soft: Soft limit in the unit of the resource; VCTX_LIMIT_INFINITY, VCTX_LIMIT_KEEP. Passing it is an event.
 * @hard: Hard limit, likewise. More is refused. A soft limit above it is lowered to it.
 *
 * Return: 0, or a negative errno:
 * * -EPERM   the caller is neither on the host nor in the context while it is being set up
 * * -EINVAL  the kernel does not limit this resource
 * Source: struct vserver_rlimit of <linux/vserver.h>.
 * Since: 0.1
 */
int vctx_limit_set(uint32_t xid, unsigned int id, uint64_t soft, uint64_t hard);

/* Answer of vctx_limit_mask(): bit N is resource N, below 32. */
struct vctx_limit_mask {
	uint32_t minimum;	/* has a minimum */
	uint32_t soft;		/* has a soft limit */
	uint32_t hard;		/* has a hard limit */
};

/**
 * vctx_limit_mask() - Which resources the kernel limits.
 * @ret_mask: The answer.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_limit_mask(struct vctx_limit_mask *ret_mask);

/* What is known about one resource of a context. */
struct vctx_limit_entry {
	uint32_t id;
	uint32_t hits;		/* how often more was refused, since the last reset */
	uint64_t used;
	uint64_t lowest;	/* the least that was used since the last reset */
	uint64_t peak;		/* the most */
	uint64_t soft;		/* limits; of vctx_stat_get() and vctx_stat_list() */
	uint64_t hard;
	char name[16];		/* as the kernel calls it; likewise */
};

/**
 * vctx_limit_stat() - Read the use of one resource of a context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @id: Which resource, below 32.
 * @ret_entry: The answer, without limits and name.
 *
 * Return: 0, or a negative errno; -EINVAL when the kernel does not count this resource.
 * Since: 0.1
 */
int vctx_limit_stat(uint32_t xid, unsigned int id, struct vctx_limit_entry *ret_entry);

/**
 * vctx_limit_reset_hits() - Set the counters of refusals of all resources to 0.
 * @xid: The context.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_limit_reset_hits(uint32_t xid);

/**
 * vctx_limit_reset_minmax() - Set the least and the most use of all resources to what is in use now.
 * @xid: The context.
 *
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int vctx_limit_reset_minmax(uint32_t xid);

/* One limit to set. */
struct vctx_limit_change {
	uint32_t id;
	uint64_t soft;		/* VCTX_LIMIT_INFINITY, VCTX_LIMIT_KEEP */
	uint64_t hard;
};

/**
 * vctx_limits_set() - Set limits of a context, of any number.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @changes: What to set.
 * @count: How many.
 *
 * All of them in one request of generic netlink: all or nothing. Where there is none, or the caller may not use it (a
 * context that is being set up from inside), one after the other by vctx_limit_set(), and a failure leaves those before
 * it set.
 *
 * Return: 0, or a negative errno:
 * * -EINVAL      the kernel does not limit one of the resources
 * * -EOPNOTSUPP  one of them needs generic netlink
 * * -EPERM       as for vctx_limit_set()
 * Since: 0.1
 */
int vctx_limits_set(uint32_t xid, const struct vctx_limit_change *changes, size_t count);

/* Kinds of sockets, see struct vctx_stat. */
enum vctx_family {
	VCTX_FAMILY_UNSPEC,
	VCTX_FAMILY_UNIX,
	VCTX_FAMILY_INET,
	VCTX_FAMILY_INET6,
	VCTX_FAMILY_PACKET,
	VCTX_FAMILY_OTHER,
	VCTX_FAMILY_MAX_,
};

/**
 * vctx_family_name() - The word for a kind of sockets: "unspec", "unix", "inet", "inet6", "packet", "other".
 * @family: Which.
 *
 * Return: a constant string, NULL for an unknown one.
 * Since: 0.1
 */
const char *vctx_family_name(enum vctx_family family);

/* What the sockets of one kind have moved. */
struct vctx_sock_stat {
	uint64_t received;		/* messages */
	uint64_t sent;
	uint64_t failed;		/* calls */
	uint64_t received_bytes;
	uint64_t sent_bytes;
	uint64_t failed_bytes;
};

#define VCTX_STAT_LIMITS	32U	/* resources that are kept at most */

/*
 * What a context uses and has used. Times and counts of tasks that have ended are in. What the kernel does not tell is 0.
 */
struct vctx_stat {
	uint32_t xid;
	char name[VCTX_NAME_SIZE];	/* what vctx_name_get(VCTX_NAME_CONTEXT) gives */
	uint64_t uptime_ns;		/* since the context was created */
	uint32_t forks;			/* since then */
	uint32_t load[3];		/* 1, 5, 15 minutes, fixed point with 11 fraction bits */
	uint32_t processes;
	uint32_t threads;
	uint32_t running;		/* runnable threads */
	uint32_t blocked;		/* in uninterruptible sleep */
	uint64_t user_ns;
	uint64_t system_ns;
	uint64_t voluntary_switches;
	uint64_t involuntary_switches;
	uint64_t minor_faults;
	uint64_t major_faults;
	uint64_t chars_read;		/* bytes of read calls, from whatever */
	uint64_t chars_written;
	uint64_t read_calls;
	uint64_t write_calls;
	uint64_t read_bytes;		/* from storage */
	uint64_t write_bytes;		/* to storage, sooner or later */
	uint64_t cancelled_write_bytes;	/* of these, what need not be written any more */
	uint64_t vm_bytes;
	uint64_t locked_bytes;
	uint64_t rss_anon_bytes;	/* what processes share is counted for each of them */
	uint64_t rss_file_bytes;
	uint64_t rss_shmem_bytes;
	uint64_t swap_bytes;
	uint64_t page_table_bytes;
	struct vctx_sock_stat sock[VCTX_FAMILY_MAX_];
	size_t limit_count;
	struct vctx_limit_entry limit[VCTX_STAT_LIMITS];
};

/**
 * vctx_stat_get() - Read the statistics of one context.
 * @xid: The context, VCTX_XID_SELF for the caller's own.
 * @ret_stat: The answer.
 *
 * Return: 0, or a negative errno:
 * * -EOPNOTSUPP  the kernel has no family "vserver", or one without statistics
 * * -EPERM       the caller is not on the host
 * Since: 0.1
 */
int vctx_stat_get(uint32_t xid, struct vctx_stat *ret_stat);

/**
 * vctx_stat_list() - Read the statistics of all contexts in one go.
 * @ret_stats: Array, ascending by number, to be freed by the caller.
 * @ret_count: How many.
 *
 * The list is complete: when contexts come or go meanwhile it is read again.
 *
 * Return: 0, or a negative errno, as vctx_stat_get().
 * Since: 0.1
 */
int vctx_stat_list(struct vctx_stat **ret_stats, size_t *ret_count);

/* ---- Events ---------------------------------------------------------------------------------- */

enum vctx_event_type {
	VCTX_EVENT_NONE,
	VCTX_EVENT_CREATED,	/* a context was made */
	VCTX_EVENT_STARTED,	/* its set-up is over */
	VCTX_EVENT_REBOOT,	/* reboot(2) was called inside */
	VCTX_EVENT_ENDED,	/* it ended; its number may be in use again */
	VCTX_EVENT_LIMIT,	/* something was refused at a hard limit */
	VCTX_EVENT_SOFT_LIMIT,	/* the use of a resource has risen above its soft limit */
	VCTX_EVENT_OOM,		/* a process was killed because there was no memory */
	VCTX_EVENT_FROZEN,	/* all processes were frozen because one wants more than memory.high */
};

#define VCTX_COMM_SIZE	16U	/* bytes of the name of a process with its final NUL */

struct vctx_event {
	enum vctx_event_type type;
	uint32_t xid;
	uint32_t seq;			/* counts up by one; a gap means events were lost */
	uint32_t init_pid;		/* 0 unknown */
	uint32_t reboot_cmd;		/* last cmd of reboot(2) from inside, 0 none */
	int status;			/* of the last process that ended, as from wait(2) */
	char name[VCTX_NAME_SIZE];	/* name of the context, "" unknown */
	bool has_limit;			/* "limit" is known */
	struct vctx_limit_entry limit;	/* the limit that was met, and the use then */
	uint32_t pid;			/* process that was refused last, or killed; 0 unknown */
	char comm[VCTX_COMM_SIZE];	/* its name, which it may have chosen itself; "" unknown */
	uint64_t memory_max;		/* of its control groups, bytes; VCTX_LIMIT_INFINITY: the machine's memory */
};

struct vctx_events;

/**
 * vctx_events_open() - Subscribe to what happens to contexts.
 * @ret_events: To be given to vctx_events_close().
 *
 * Return: 0, or a negative errno; -EOPNOTSUPP when the kernel has no family "vserver".
 * Since: 0.1
 */
int vctx_events_open(struct vctx_events **ret_events);

/**
 * vctx_events_fd() - The descriptor to poll for reading.
 * @events: From vctx_events_open().
 *
 * Return: the descriptor; it belongs to @events.
 * Since: 0.1
 */
int vctx_events_fd(const struct vctx_events *events);

/**
 * vctx_events_read() - Take the next event.
 * @events: From vctx_events_open().
 * @timeout_ms: Milliseconds to wait, 0 only looks, negative is without end.
 * @ret_event: The event.
 *
 * Return: 0, or a negative errno:
 * * -EAGAIN   none now
 * * -ENOBUFS  the reader was too slow and events were lost: list the contexts again
 * Since: 0.1
 */
int vctx_events_read(struct vctx_events *events, int timeout_ms, struct vctx_event *ret_event);

/**
 * vctx_events_close() - End the subscription and free.
 * @events: From vctx_events_open(), or NULL.
 *
 * Return: always NULL.
 * Since: 0.1
 */
struct vctx_events *vctx_events_close(struct vctx_events *events);

/**
 * vctx_event_name() - The word for a type of event: "created", "limit", ...
 * @type: Which.
 *
 * Return: a constant string, NULL for an unknown one.
 * Since: 0.1
 */
const char *vctx_event_name(enum vctx_event_type type);

/**
 * vctx_event_from_name() - Find a type of event by its word; case does not matter.
 * @name: The word.
 * @ret_type: The type.
 *
 * Return: 0, or -ENOENT.
 * Since: 0.1
 */
int vctx_event_from_name(const char *name, enum vctx_event_type *ret_type);

/* ---- Errors ---------------------------------------------------------------------------------- */

/* Which call failed, for vctx_strerror(). */
enum vctx_call {
	VCTX_CALL_ANY,
	VCTX_CALL_CREATE,	/* vctx_ctx_create() */
	VCTX_CALL_MIGRATE,	/* vctx_ctx_migrate() */
	VCTX_CALL_SET,		/* vctx_cflags_set() and the other set calls */
	VCTX_CALL_SPACE,	/* vctx_space_set(), vctx_space_enter() */
	VCTX_CALL_NAME,		/* vctx_name_get(), vctx_name_set() */
	VCTX_CALL_KILL,		/* vctx_ctx_kill() */
	VCTX_CALL_WAIT,		/* vctx_ctx_wait() */
	VCTX_CALL_TASK,		/* vctx_task_xid() and its sisters */
	VCTX_CALL_IATTR,	/* vctx_iattr_*() */
	VCTX_CALL_NET_CREATE,	/* vctx_net_create() */
	VCTX_CALL_NET_MIGRATE,	/* vctx_net_migrate() */
	VCTX_CALL_NET_ADDRESS,	/* vctx_net_add(), vctx_net_remove() */
	VCTX_CALL_NET,		/* the other calls for network contexts */
	VCTX_CALL_LIMIT,	/* vctx_limit_*(), vctx_limits_set() */
	VCTX_CALL_STAT,		/* vctx_stat_get(), vctx_stat_list() */
};

/**
 * vctx_strerror() - A sentence for a failure, where errno alone does not say what happened.
 * @call: Which call.
 * @error: Its result, a negative errno (a positive one is taken as well).
 *
 * Return: a string in lower case without full stop, constant or (for errors without a meaning of their
 * own here) the one of strerror(3), valid until the next call in the same thread.
 * Since: 0.1
 */
const char *vctx_strerror(enum vctx_call call, int error);

/**
 * vctx_library_version() - Version of the library that runs, e.g. "0.1".
 *
 * Return: a constant string.
 * Since: 0.1
 */
const char *vctx_library_version(void);

#ifdef __cplusplus
}
#endif
