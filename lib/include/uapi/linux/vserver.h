/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Virtual servers: the vserver() system call.
 *
 * Numbers and layouts are those of the Linux-VServer interface, version 2.3.8;
 * programs written for it run unmodified.
 */
#ifndef _UAPI_LINUX_VSERVER_H
#define _UAPI_LINUX_VSERVER_H

#include <linux/types.h>

/**
 * DOC: Command word
 *
 * ``long vserver(__u32 cmd, __u32 id, void *data)``.  A command word consists
 * of a category (bits 29..24), a command in it (23..16) and the version of that
 * command (11..0); all other bits are zero.  Each version is a word of its own.
 */
#define VSERVER_CMD(cat, cmd, ver)	\
	((((cat) & 0x3f) << 24) | (((cmd) & 0xff) << 16) | ((ver) & 0xfff))

/* Categories. */
#define VSERVER_CAT_VERSION		0
#define VSERVER_CAT_VHOST		2
#define VSERVER_CAT_VPROC		9
#define VSERVER_CAT_PROCALT		10
#define VSERVER_CAT_PROCMIG		11
#define VSERVER_CAT_PROCTRL		12
#define VSERVER_CAT_MEMCTRL		20
#define VSERVER_CAT_VNET		25
#define VSERVER_CAT_NETALT		26
#define VSERVER_CAT_NETMIG		27
#define VSERVER_CAT_INODE		38
#define VSERVER_CAT_VSTAT		40
#define VSERVER_CAT_VINFO		46
#define VSERVER_CAT_EVENT		48
#define VSERVER_CAT_FLAGS		52
#define VSERVER_CAT_VSPACE		54
#define VSERVER_CAT_RLIMIT		60

/* Commands that take no context. */
#define VSERVER_GET_VERSION		VSERVER_CMD(0, 0, 0)
#define VSERVER_GET_VCI			VSERVER_CMD(0, 1, 0)
#define VSERVER_TASK_XID		VSERVER_CMD(46, 1, 0)
#define VSERVER_TASK_NID		VSERVER_CMD(46, 2, 0)
#define VSERVER_TASK_TAG		VSERVER_CMD(46, 3, 0)

/* Contexts: creation, entering, end. */
#define VSERVER_CTX_CREATE_V0		VSERVER_CMD(9, 1, 0)
#define VSERVER_CTX_CREATE		VSERVER_CMD(9, 1, 1)
#define VSERVER_CTX_MIGRATE_V0		VSERVER_CMD(11, 1, 0)
#define VSERVER_CTX_MIGRATE		VSERVER_CMD(11, 1, 1)
#define VSERVER_TAG_MIGRATE		VSERVER_CMD(35, 1, 0)
#define VSERVER_CTX_KILL		VSERVER_CMD(12, 1, 0)
#define VSERVER_WAIT_EXIT		VSERVER_CMD(48, 99, 0)

/* Contexts: information. */
#define VSERVER_VX_INFO			VSERVER_CMD(46, 5, 0)
#define VSERVER_CTX_STAT		VSERVER_CMD(40, 0, 0)
#define VSERVER_VIRT_STAT		VSERVER_CMD(40, 3, 0)
#define VSERVER_SOCK_STAT		VSERVER_CMD(40, 5, 0)

/* Contexts: names, flags, capabilities, masks, badness. */
#define VSERVER_SET_VHI_NAME		VSERVER_CMD(2, 1, 0)
#define VSERVER_GET_VHI_NAME		VSERVER_CMD(2, 2, 0)
#define VSERVER_GET_CFLAGS		VSERVER_CMD(52, 1, 0)
#define VSERVER_SET_CFLAGS		VSERVER_CMD(52, 2, 0)
#define VSERVER_GET_CCAPS		VSERVER_CMD(52, 3, 1)
#define VSERVER_SET_CCAPS		VSERVER_CMD(52, 4, 1)
#define VSERVER_GET_BCAPS		VSERVER_CMD(52, 9, 0)
#define VSERVER_SET_BCAPS		VSERVER_CMD(52, 10, 0)
#define VSERVER_GET_UMASK		VSERVER_CMD(52, 13, 0)
#define VSERVER_SET_UMASK		VSERVER_CMD(52, 14, 0)
#define VSERVER_GET_WMASK		VSERVER_CMD(52, 15, 0)
#define VSERVER_SET_WMASK		VSERVER_CMD(52, 16, 0)
#define VSERVER_GET_BADNESS		VSERVER_CMD(20, 5, 0)
#define VSERVER_SET_BADNESS		VSERVER_CMD(20, 6, 0)

/* Network contexts: creation, entering, information, flags, capabilities. */
#define VSERVER_NET_CREATE_V0		VSERVER_CMD(25, 1, 0)
#define VSERVER_NET_CREATE		VSERVER_CMD(25, 1, 1)
#define VSERVER_NET_MIGRATE		VSERVER_CMD(27, 1, 0)
#define VSERVER_NX_INFO			VSERVER_CMD(46, 6, 0)
#define VSERVER_GET_NFLAGS		VSERVER_CMD(52, 5, 0)
#define VSERVER_SET_NFLAGS		VSERVER_CMD(52, 6, 0)
#define VSERVER_GET_NCAPS		VSERVER_CMD(52, 7, 0)
#define VSERVER_SET_NCAPS		VSERVER_CMD(52, 8, 0)

/* Network contexts: addresses. */
#define VSERVER_NET_ADD_V0		VSERVER_CMD(26, 1, 0)
#define VSERVER_NET_ADD_IPV4_V1		VSERVER_CMD(26, 1, 1)
#define VSERVER_NET_ADD_IPV4		VSERVER_CMD(26, 1, 2)
#define VSERVER_NET_REMOVE_V0		VSERVER_CMD(26, 2, 0)
#define VSERVER_NET_REMOVE_IPV4_V1	VSERVER_CMD(26, 2, 1)
#define VSERVER_NET_REMOVE_IPV4		VSERVER_CMD(26, 2, 2)
#define VSERVER_NET_ADD_IPV6		VSERVER_CMD(26, 3, 1)
#define VSERVER_NET_REMOVE_IPV6		VSERVER_CMD(26, 4, 1)

/* Spaces: the namespaces of a context. */
#define VSERVER_ENTER_SPACE_V0		VSERVER_CMD(10, 1, 0)
#define VSERVER_ENTER_SPACE_V1		VSERVER_CMD(10, 1, 1)
#define VSERVER_ENTER_SPACE		VSERVER_CMD(10, 1, 2)
#define VSERVER_SET_SPACE_V1		VSERVER_CMD(10, 3, 1)
#define VSERVER_SET_SPACE		VSERVER_CMD(10, 3, 2)
#define VSERVER_GET_SPACE_MASK_V0	VSERVER_CMD(10, 4, 0)
#define VSERVER_GET_SPACE_MASK		VSERVER_CMD(54, 0, 1)
#define VSERVER_GET_SPACE_DEFAULT	VSERVER_CMD(54, 1, 0)

/* Attributes of files; so far of the entries of procfs. */
#define VSERVER_GET_IATTR		VSERVER_CMD(38, 1, 1)
#define VSERVER_SET_IATTR		VSERVER_CMD(38, 2, 1)
#define VSERVER_FGET_IATTR		VSERVER_CMD(38, 3, 0)
#define VSERVER_FSET_IATTR		VSERVER_CMD(38, 4, 0)

/* Limits of resources, and statistics of their use. */
#define VSERVER_GET_RLIMIT		VSERVER_CMD(60, 1, 0)
#define VSERVER_SET_RLIMIT		VSERVER_CMD(60, 2, 0)
#define VSERVER_GET_RLIMIT_MASK		VSERVER_CMD(60, 3, 0)
#define VSERVER_RESET_HITS		VSERVER_CMD(60, 7, 0)
#define VSERVER_RESET_MINMAX		VSERVER_CMD(60, 9, 0)
#define VSERVER_RLIMIT_STAT		VSERVER_CMD(40, 1, 0)

/* Result of VSERVER_GET_VERSION: 2.3.8. */
#define VSERVER_API_VERSION		0x00020308

/* Bits of VSERVER_GET_VCI. */
#define VSERVER_VCI_NO_DYNAMIC		(1U << 0)
#define VSERVER_VCI_PROC_SECURE		(1U << 4)
#define VSERVER_VCI_SPACES		(1U << 10)
#define VSERVER_VCI_NETV2		(1U << 11)
#define VSERVER_VCI_PPTAG		(1U << 28)

/* Context ids: 0 is the host, 1 the spectator, static ids lie between. */
#define VSERVER_XID_HOST		0
#define VSERVER_XID_WATCH		1
#define VSERVER_XID_MIN			2
#define VSERVER_XID_MAX			65535
/* The id that means "my own" is any value with the top bit set, by custom: */
#define VSERVER_ID_SELF			((__u32)-2)

/* Context flags.  Unknown bits are stored and returned. */
#define VSERVER_FLAG_INFO_SCHED		(1ULL << 1)
#define VSERVER_FLAG_INFO_NPROC		(1ULL << 2)
#define VSERVER_FLAG_INFO_PRIVATE	(1ULL << 3)
#define VSERVER_FLAG_INFO_INIT		(1ULL << 4)
#define VSERVER_FLAG_INFO_HIDE		(1ULL << 5)
#define VSERVER_FLAG_INFO_ULIMIT	(1ULL << 6)
#define VSERVER_FLAG_INFO_NSPACE	(1ULL << 7)
#define VSERVER_FLAG_SCHED_HARD		(1ULL << 8)
#define VSERVER_FLAG_SCHED_PRIO		(1ULL << 9)
#define VSERVER_FLAG_SCHED_PAUSE	(1ULL << 10)
#define VSERVER_FLAG_VIRT_MEM		(1ULL << 16)
#define VSERVER_FLAG_VIRT_UPTIME	(1ULL << 17)
#define VSERVER_FLAG_VIRT_CPU		(1ULL << 18)
#define VSERVER_FLAG_VIRT_LOAD		(1ULL << 19)
#define VSERVER_FLAG_VIRT_TIME		(1ULL << 20)
#define VSERVER_FLAG_HIDE_MOUNT		(1ULL << 24)
#define VSERVER_FLAG_HIDE_NETIF		(1ULL << 25)
#define VSERVER_FLAG_HIDE_VINFO		(1ULL << 26)
#define VSERVER_FLAG_STATE_SETUP	(1ULL << 32)
#define VSERVER_FLAG_STATE_INIT		(1ULL << 33)
#define VSERVER_FLAG_STATE_ADMIN	(1ULL << 34)
#define VSERVER_FLAG_SC_HELPER		(1ULL << 36)
#define VSERVER_FLAG_REBOOT_KILL	(1ULL << 37)
#define VSERVER_FLAG_PERSISTENT		(1ULL << 38)
#define VSERVER_FLAG_FORK_RSS		(1ULL << 48)
#define VSERVER_FLAG_PROLIFIC		(1ULL << 49)
#define VSERVER_FLAG_IGNEG_NICE		(1ULL << 52)
#define VSERVER_FLAG_OOM_FREEZE		(1ULL << 56)

/* These can be cleared once and never be set again. */
#define VSERVER_FLAG_ONE_TIME		\
	(VSERVER_FLAG_STATE_SETUP | VSERVER_FLAG_STATE_INIT | VSERVER_FLAG_STATE_ADMIN)

/* Context capabilities: slices of capabilities that bcaps withholds. */
#define VSERVER_CCAP_SET_UTSNAME	(1ULL << 0)
#define VSERVER_CCAP_SET_RLIMIT		(1ULL << 1)
#define VSERVER_CCAP_FS_SECURITY	(1ULL << 2)
#define VSERVER_CCAP_FS_TRUSTED		(1ULL << 3)
#define VSERVER_CCAP_TIOCSTI		(1ULL << 4)
#define VSERVER_CCAP_RAW_ICMP		(1ULL << 8)
#define VSERVER_CCAP_SYSLOG		(1ULL << 12)
#define VSERVER_CCAP_OOM_ADJUST		(1ULL << 13)
#define VSERVER_CCAP_AUDIT_CONTROL	(1ULL << 14)
#define VSERVER_CCAP_SECURE_MOUNT	(1ULL << 16)
#define VSERVER_CCAP_SECURE_REMOUNT	(1ULL << 17)
#define VSERVER_CCAP_BINARY_MOUNT	(1ULL << 18)
#define VSERVER_CCAP_DEV_MOUNT		(1ULL << 19)
#define VSERVER_CCAP_QUOTA_CTL		(1ULL << 20)
#define VSERVER_CCAP_ADMIN_MAPPER	(1ULL << 21)
#define VSERVER_CCAP_ADMIN_CLOOP	(1ULL << 22)
#define VSERVER_CCAP_KTHREAD		(1ULL << 24)
#define VSERVER_CCAP_NAMESPACE		(1ULL << 25)

/* Bit of bcaps that, together with CAP_SYS_ADMIN, allows the system call. */
#define VSERVER_BCAP_CONTEXT		63

/* Network context ids: as those of process contexts, and independent of them. */
#define VSERVER_NID_HOST		0
#define VSERVER_NID_WATCH		1
#define VSERVER_NID_MIN			2
#define VSERVER_NID_MAX			65535

/* Flags of network contexts.  Unknown bits are stored and returned. */
#define VSERVER_NFLAG_INFO_LOCK		(1ULL << 0)
#define VSERVER_NFLAG_INFO_PRIVATE	(1ULL << 3)
#define VSERVER_NFLAG_SINGLE_IP		(1ULL << 8)
#define VSERVER_NFLAG_LBACK_REMAP	(1ULL << 9)
#define VSERVER_NFLAG_LBACK_ALLOW	(1ULL << 10)
#define VSERVER_NFLAG_HIDE_NETIF	(1ULL << 25)
#define VSERVER_NFLAG_HIDE_LBACK	(1ULL << 26)
#define VSERVER_NFLAG_STATE_SETUP	(1ULL << 32)
#define VSERVER_NFLAG_STATE_ADMIN	(1ULL << 34)
#define VSERVER_NFLAG_SC_HELPER		(1ULL << 36)
#define VSERVER_NFLAG_PERSISTENT	(1ULL << 38)

/* These can be cleared once and never be set again. */
#define VSERVER_NFLAG_ONE_TIME		\
	(VSERVER_NFLAG_STATE_SETUP | VSERVER_NFLAG_STATE_ADMIN)

/* The flags of a network context that is created without a flag word. */
#define VSERVER_NFLAG_INIT		\
	(VSERVER_NFLAG_STATE_ADMIN | VSERVER_NFLAG_HIDE_NETIF | \
	 VSERVER_NFLAG_LBACK_REMAP | VSERVER_NFLAG_HIDE_LBACK)

/* Capabilities of network contexts. */
#define VSERVER_NCAP_TUN_CREATE		(1ULL << 0)
#define VSERVER_NCAP_RAW_ICMP		(1ULL << 8)
#define VSERVER_NCAP_MULTICAST		(1ULL << 12)

/* Types of addresses.  IPV4 and IPV6 appear in the version 0 commands only. */
#define VSERVER_ADDR_NONE		0x0000
#define VSERVER_ADDR_IPV4		0x0001
#define VSERVER_ADDR_IPV6		0x0002
#define VSERVER_ADDR_ADDR		0x0010
#define VSERVER_ADDR_MASK		0x0020
#define VSERVER_ADDR_RANGE		0x0040
#define VSERVER_ADDR_ANY		0x00ff
#define VSERVER_ADDR_MOD_BCAST		0x0100
#define VSERVER_ADDR_MOD_LBACK		0x0200

/*
 * Flags of addresses.  A single address (ADDR) is that of its context alone:
 * sockets of the host that are bound to no address do not receive there.  With
 * this flag they do, as they do for networks and ranges.
 */
#define VSERVER_ADDR_FLAG_HOST		0x0001

/*
 * The private loopback of a network context.  IPv4: 127.X.Y.1 unless set by
 * MOD_LBACK, X.Y being the two bytes of its number.  IPv6: this prefix of 64
 * bits, and the number.  Members use 127.0.0.1 and ::1, the host these.
 */
#define VSERVER_LBACK6_PREFIX		"fd76:7363:7478:6c6f::"

/*
 * Limits, by number.  The first are those of the system call, and those up to 15 have
 * the numbers of RLIMIT_*.  From 32 on they are those of generic netlink only.
 */
#define VSERVER_LIMIT_RSS		5
#define VSERVER_LIMIT_NPROC		6
#define VSERVER_LIMIT_NOFILE		7
#define VSERVER_LIMIT_MEMLOCK		8
#define VSERVER_LIMIT_AS		9
#define VSERVER_LIMIT_LOCKS		10
#define VSERVER_LIMIT_MSGQUEUE		12
#define VSERVER_LIMIT_NSOCK		16
#define VSERVER_LIMIT_OPENFD		17
#define VSERVER_LIMIT_ANON		18
#define VSERVER_LIMIT_SHMEM		19
#define VSERVER_LIMIT_SEMARY		20
#define VSERVER_LIMIT_NSEMS		21
#define VSERVER_LIMIT_DENTRY		22
#define VSERVER_LIMIT_MAPPED		23
#define VSERVER_LIMIT_SIGPENDING	32
#define VSERVER_LIMIT_INOTIFY		33
#define VSERVER_LIMIT_WATCHES		34
#define VSERVER_LIMIT_KEYS		35
#define VSERVER_LIMIT_PIPEPAGES		36
#define VSERVER_LIMIT_MOUNTS		37

/* Values of limits. */
#define VSERVER_LIMIT_INFINITY		(~0ULL)
#define VSERVER_LIMIT_KEEP		(~1ULL)

/* Flags of VSERVER_CTX_MIGRATE. */
#define VSERVER_MIGRATE_SET_INIT	(1ULL << 0)
#define VSERVER_MIGRATE_SET_REAPER	(1ULL << 1)

/* Space bit for root and working directory; all others are CLONE_NEW*. */
#define VSERVER_SPACE_FS		0x00000200

/* Attributes of an entry of procfs, and of files in general. */
#define VSERVER_IATTR_ADMIN		0x00000001
#define VSERVER_IATTR_WATCH		0x00000002
#define VSERVER_IATTR_HIDE		0x00000004
#define VSERVER_IATTR_FLAGS		0x00000007
#define VSERVER_IATTR_BARRIER		0x00010000
#define VSERVER_IATTR_IXUNLINK		0x00020000
#define VSERVER_IATTR_IMMUTABLE		0x00040000
#define VSERVER_IATTR_COW		0x00080000
#define VSERVER_IATTR_TAG		0x01000000

/* Which name VSERVER_{GET,SET}_VHI_NAME addresses. */
enum vserver_vhi_field {
	VSERVER_VHI_CONTEXT,
	VSERVER_VHI_SYSNAME,
	VSERVER_VHI_NODENAME,
	VSERVER_VHI_RELEASE,
	VSERVER_VHI_VERSION,
	VSERVER_VHI_MACHINE,
	VSERVER_VHI_DOMAINNAME,
};

#define VSERVER_VHI_SIZE		65

/**
 * struct vserver_vx_info - Result of VSERVER_VX_INFO.
 * @xid:	Number of the context.
 * @initpid:	Init of the guest in the initial pid namespace, 0 if none.
 */
struct vserver_vx_info {
	__u32 xid;
	__s32 initpid;
};

/**
 * struct vserver_ctx_create - Optional argument of VSERVER_CTX_CREATE.
 * @flagword:	The complete initial flags.
 */
struct vserver_ctx_create {
	__u64 flagword;
};

/**
 * struct vserver_ctx_migrate - Optional argument of VSERVER_CTX_MIGRATE.
 * @flagword:	VSERVER_MIGRATE_*, other bits are ignored.
 */
struct vserver_ctx_migrate {
	__u64 flagword;
};

/**
 * struct vserver_flags - Argument of VSERVER_{GET,SET}_CFLAGS.
 * @flagword:	Flags, VSERVER_FLAG_*.
 * @mask:	Get: what can be changed.  Set: what to change.
 */
struct vserver_flags {
	__u64 flagword;
	__u64 mask;
};

/**
 * struct vserver_caps - Argument of VSERVER_{GET,SET}_{CCAPS,BCAPS,UMASK,WMASK}.
 * @caps:	Bits: VSERVER_CCAP_*, capability numbers, or CLONE_NEW*.
 * @mask:	Get: all ones.  Set: what to change.
 */
struct vserver_caps {
	__u64 caps;
	__u64 mask;
};

/**
 * struct vserver_space_mask_v1 - Argument of the space commands, version 1.
 * @mask:	VSERVER_SPACE_FS and CLONE_NEW* bits.
 */
struct vserver_space_mask_v1 {
	__u64 mask;
};

/**
 * struct vserver_space_mask - Argument of the space commands, version 2.
 * @mask:	VSERVER_SPACE_FS and CLONE_NEW* bits.
 * @index:	Slot, 0 or 1.
 *
 * i386 programs use 12 bytes, without the padding at the end.
 */
struct vserver_space_mask {
	__u64 mask;
	__u32 index;
};

/**
 * struct vserver_ctx_kill - Argument of VSERVER_CTX_KILL.
 * @pid:	0: all, -1: all but init, 1: init, other: this process.
 * @sig:	Signal number, 0 to probe.
 */
struct vserver_ctx_kill {
	__s32 pid;
	__s32 sig;
};

/**
 * struct vserver_wait_exit - Result of VSERVER_WAIT_EXIT.
 * @reboot_cmd:	Last command given to reboot(2) inside, 0 if none.
 * @exit_code:	Exit code (wait status) of the last task that ended.
 */
struct vserver_wait_exit {
	__s32 reboot_cmd;
	__s32 exit_code;
};

/**
 * struct vserver_vhi_name - Argument of VSERVER_{GET,SET}_VHI_NAME.
 * @field:	enum vserver_vhi_field.
 * @name:	Value, NUL terminated by custom.
 */
struct vserver_vhi_name {
	__u32 field;
	char name[VSERVER_VHI_SIZE];
};

/**
 * struct vserver_badness - Argument of VSERVER_{GET,SET}_BADNESS.
 * @bias:	Bias of the choice of a victim when memory runs out.
 */
struct vserver_badness {
	__s64 bias;
};

/**
 * struct vserver_rlimit - Argument of VSERVER_{GET,SET}_RLIMIT.
 * @id:		VSERVER_LIMIT_*.
 * @minimum:	Get: 0.  Set: ignored.
 * @softlimit:	Soft limit, VSERVER_LIMIT_INFINITY, VSERVER_LIMIT_KEEP to set no other.
 * @maximum:	Hard limit, likewise.
 *
 * Units: tasks, files, descriptors, locks, sockets, bytes of messages, pages of
 * shared memory, sets, semaphores.  i386 programs have no padding behind @id.
 */
struct vserver_rlimit {
	__u32 id;
	__u64 minimum;
	__u64 softlimit;
	__u64 maximum;
};

/**
 * struct vserver_rlimit_mask - Result of VSERVER_GET_RLIMIT_MASK.
 * @minimum:	Ids that have a minimum, by bit: none.
 * @softlimit:	Ids that have a soft limit, by bit.
 * @maximum:	Ids that have a hard limit, by bit.
 */
struct vserver_rlimit_mask {
	__u32 minimum;
	__u32 softlimit;
	__u32 maximum;
};

/**
 * struct vserver_rlimit_stat - Argument of VSERVER_RLIMIT_STAT.
 * @id:		In: VSERVER_LIMIT_*.
 * @hits:	How often more was refused.
 * @value:	What is used.
 * @minimum:	The least that was used.
 * @maximum:	The most.
 */
struct vserver_rlimit_stat {
	__u32 id;
	__u32 hits;
	__u64 value;
	__u64 minimum;
	__u64 maximum;
};

/**
 * struct vserver_ctx_stat - Result of VSERVER_CTX_STAT.
 * @usecnt:	References.
 * @tasks:	Tasks (threads), and one for the persistent flag.
 */
struct vserver_ctx_stat {
	__u32 usecnt;
	__u32 tasks;
};

/**
 * struct vserver_virt_stat - Result of VSERVER_VIRT_STAT.
 * @offset:		Bias of the clock, nanoseconds (signed).
 * @uptime:		Nanoseconds since creation, monotonic clock.
 * @nr_threads:		Tasks.
 * @nr_running:		Runnable tasks.
 * @nr_uninterruptible:	Tasks in uninterruptible sleep.
 * @nr_onhold:		Always 0.
 * @nr_forks:		Forks since creation.
 * @load:		Load averages of 1, 5, 15 minutes, 11 fraction bits.
 */
struct vserver_virt_stat {
	__u64 offset;
	__u64 uptime;
	__u32 nr_threads;
	__u32 nr_running;
	__u32 nr_uninterruptible;
	__u32 nr_onhold;
	__u32 nr_forks;
	__u32 load[3];
};

/* Families of sockets. */
#define VSERVER_SOCK_UNSPEC	0
#define VSERVER_SOCK_UNIX	1
#define VSERVER_SOCK_INET	2
#define VSERVER_SOCK_INET6	3
#define VSERVER_SOCK_PACKET	4
#define VSERVER_SOCK_OTHER	5
#define VSERVER_SOCK_FAMILIES	6

/* What happened to a message. */
#define VSERVER_SOCK_RECEIVED	0
#define VSERVER_SOCK_SENT	1
#define VSERVER_SOCK_FAILED	2

/**
 * struct vserver_sock_stat - Argument and result of VSERVER_SOCK_STAT.
 * @field:	In: VSERVER_SOCK_*, the family.
 * @count:	Messages that were received, were sent, and could not be sent.
 * @total:	Bytes of these.
 */
struct vserver_sock_stat {
	__u32 field;
	__u32 count[3];
	__u64 total[3];
};

/**
 * struct vserver_nx_info - Result of VSERVER_NX_INFO.
 * @nid:	Number of the network context.
 */
struct vserver_nx_info {
	__u32 nid;
};

/**
 * struct vserver_net_create - Optional argument of VSERVER_NET_CREATE.
 * @flagword:	The complete initial flags, VSERVER_NFLAG_*.
 *
 * VSERVER_{GET,SET}_NFLAGS take a struct vserver_flags, VSERVER_{GET,SET}_NCAPS a
 * struct vserver_caps.
 */
struct vserver_net_create {
	__u64 flagword;
};

/**
 * struct vserver_net_addr_v0 - Argument of VSERVER_NET_{ADD,REMOVE}_V0.
 * @type:	VSERVER_ADDR_*.
 * @count:	Number of addresses, 1 to 4.
 * @ip:		Addresses, network byte order.
 * @mask:	Their masks.
 */
struct vserver_net_addr_v0 {
	__u16 type;
	__u16 count;
	__be32 ip[4];
	__be32 mask[4];
};

/**
 * struct vserver_net_addr_ipv4_v1 - Argument of VSERVER_NET_{ADD,REMOVE}_IPV4_V1.
 * @type:	VSERVER_ADDR_*, no range.
 * @flags:	VSERVER_ADDR_FLAG_*.
 * @ip:		Address, network byte order.
 * @mask:	Its mask.
 */
struct vserver_net_addr_ipv4_v1 {
	__u16 type;
	__u16 flags;
	__be32 ip;
	__be32 mask;
};

/**
 * struct vserver_net_addr_ipv4 - Argument of VSERVER_NET_{ADD,REMOVE}_IPV4.
 * @type:	VSERVER_ADDR_*.
 * @flags:	VSERVER_ADDR_FLAG_*.
 * @ip:		Address, or first of a range, network byte order.
 * @ip2:	Last address of a range, which is part of it.
 * @mask:	Mask of the address.
 */
struct vserver_net_addr_ipv4 {
	__u16 type;
	__u16 flags;
	__be32 ip;
	__be32 ip2;
	__be32 mask;
};

/**
 * struct vserver_net_addr_ipv6 - Argument of VSERVER_NET_{ADD,REMOVE}_IPV6.
 * @type:	VSERVER_ADDR_*.
 * @flags:	VSERVER_ADDR_FLAG_*.
 * @prefix:	Length of the prefix; stored, shown, and compared on removal.
 * @ip:		Address, or address of a network.
 * @mask:	Mask of a network.
 */
struct vserver_net_addr_ipv6 {
	__u16 type;
	__u16 flags;
	__u32 prefix;
	__u8 ip[16];
	__u8 mask[16];
};

/**
 * struct vserver_iattr - Argument of VSERVER_{GET,SET}_IATTR.
 * @name:	Path; a symbolic link at its end is not followed.
 * @tag:	Tag of the file.
 * @flags:	VSERVER_IATTR_* bits.
 * @mask:	Get: which of @flags are valid.  Set: which to change.
 *
 * i386 programs use a 32-bit pointer, 16 bytes in all.
 */
struct vserver_iattr {
#ifdef __KERNEL__
	const char __user *name;
#else
	const char *name;
#endif
	__u32 tag;
	__u32 flags;
	__u32 mask;
};

/**
 * struct vserver_fiattr - Argument of VSERVER_F{GET,SET}_IATTR.
 * @tag:	Tag of the file.
 * @flags:	VSERVER_IATTR_* bits.
 * @mask:	Get: which of @flags are valid.  Set: which to change.
 */
struct vserver_fiattr {
	__u32 tag;
	__u32 flags;
	__u32 mask;
};

#endif /* _UAPI_LINUX_VSERVER_H */
