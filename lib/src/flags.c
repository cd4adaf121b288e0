// SPDX-License-Identifier: LGPL-2.1-or-later
/* flags - words for flags and capabilities, and back */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/personality.h>

#include "../shared/strbuf.h"
#include "internal.h"

struct word {
	const char *name;
	uint64_t bits;
};

/* The first word of a bit is the one that is printed. Words of several bits are only read. */

static const struct word cflags[] = {
	{ "lock", VCTX_CF_INFO_LOCK },
	{ "info_lock", VCTX_CF_INFO_LOCK },
	{ "sched", VCTX_CF_INFO_SCHED },
	{ "info_sched", VCTX_CF_INFO_SCHED },
	{ "nproc", VCTX_CF_INFO_NPROC },
	{ "info_nproc", VCTX_CF_INFO_NPROC },
	{ "private", VCTX_CF_INFO_PRIVATE },
	{ "info_private", VCTX_CF_INFO_PRIVATE },
	{ "fakeinit", VCTX_CF_INFO_INIT },
	{ "info_init", VCTX_CF_INFO_INIT },
	{ "hideinfo", VCTX_CF_INFO_HIDE },
	{ "info_hideinfo", VCTX_CF_INFO_HIDE },
	{ "info_hide", VCTX_CF_INFO_HIDE },
	{ "ulimit", VCTX_CF_INFO_ULIMIT },
	{ "info_ulimit", VCTX_CF_INFO_ULIMIT },
	{ "namespace", VCTX_CF_INFO_NSPACE },
	{ "info_namespace", VCTX_CF_INFO_NSPACE },
	{ "info_nspace", VCTX_CF_INFO_NSPACE },
	{ "sched_hard", VCTX_CF_SCHED_HARD },
	{ "sched_prio", VCTX_CF_SCHED_PRIO },
	{ "sched_pause", VCTX_CF_SCHED_PAUSE },
	{ "virt_mem", VCTX_CF_VIRT_MEM },
	{ "virt_uptime", VCTX_CF_VIRT_UPTIME },
	{ "virt_cpu", VCTX_CF_VIRT_CPU },
	{ "virt_load", VCTX_CF_VIRT_LOAD },
	{ "virt_time", VCTX_CF_VIRT_TIME },
	{ "hide_mount", VCTX_CF_HIDE_MOUNT },
	{ "hide_netif", VCTX_CF_HIDE_NETIF },
	{ "hide_vinfo", VCTX_CF_HIDE_VINFO },
	{ "state_setup", VCTX_CF_STATE_SETUP },
	{ "state_init", VCTX_CF_STATE_INIT },
	{ "state_admin", VCTX_CF_STATE_ADMIN },
	{ "sc_helper", VCTX_CF_SC_HELPER },
	{ "reboot_kill", VCTX_CF_REBOOT_KILL },
	{ "persistent", VCTX_CF_PERSISTENT },
	{ "fork_rss", VCTX_CF_FORK_RSS },
	{ "prolific", VCTX_CF_PROLIFIC },
	{ "igneg_nice", VCTX_CF_IGNEG_NICE },
	{ "oom_freeze", VCTX_CF_OOM_FREEZE },
	{ "igneg_ionice", VCTX_CF_IGNEG_IONICE },
	{ "secure", VCTX_CF_SECURE },
	{ "default", VCTX_CF_DEFAULT },
};

static const struct word ccaps[] = {
	{ "set_utsname", VCTX_CC_SET_UTSNAME },
	{ "utsname", VCTX_CC_SET_UTSNAME },
	{ "set_rlimit", VCTX_CC_SET_RLIMIT },
	{ "rlimit", VCTX_CC_SET_RLIMIT },
	{ "fs_security", VCTX_CC_FS_SECURITY },
	{ "fs_trusted", VCTX_CC_FS_TRUSTED },
	{ "tiocsti", VCTX_CC_TIOCSTI },
	{ "raw_icmp", VCTX_CC_RAW_ICMP },
	{ "icmp", VCTX_CC_RAW_ICMP },
	{ "ping", VCTX_CC_RAW_ICMP },
	{ "syslog", VCTX_CC_SYSLOG },
	{ "oom_adjust", VCTX_CC_OOM_ADJUST },
	{ "audit_control", VCTX_CC_AUDIT_CONTROL },
	{ "secure_mount", VCTX_CC_SECURE_MOUNT },
	{ "mount", VCTX_CC_SECURE_MOUNT },
	{ "secure_remount", VCTX_CC_SECURE_REMOUNT },
	{ "remount", VCTX_CC_SECURE_REMOUNT },
	{ "binary_mount", VCTX_CC_BINARY_MOUNT },
	{ "dev_mount", VCTX_CC_DEV_MOUNT },
	{ "quota_ctl", VCTX_CC_QUOTA_CTL },
	{ "admin_mapper", VCTX_CC_ADMIN_MAPPER },
	{ "admin_cloop", VCTX_CC_ADMIN_CLOOP },
	{ "kthread", VCTX_CC_KTHREAD },
	{ "namespace", VCTX_CC_NAMESPACE },
};

/* <linux/capability.h> */
static const struct word bcaps[] = {
	{ "chown", 1ULL << 0 },
	{ "dac_override", 1ULL << 1 },
	{ "dac_read_search", 1ULL << 2 },
	{ "fowner", 1ULL << 3 },
	{ "fsetid", 1ULL << 4 },
	{ "kill", 1ULL << 5 },
	{ "setgid", 1ULL << 6 },
	{ "setuid", 1ULL << 7 },
	{ "setpcap", 1ULL << 8 },
	{ "linux_immutable", 1ULL << 9 },
	{ "net_bind_service", 1ULL << 10 },
	{ "net_broadcast", 1ULL << 11 },
	{ "net_admin", 1ULL << 12 },
	{ "net_raw", 1ULL << 13 },
	{ "ipc_lock", 1ULL << 14 },
	{ "ipc_owner", 1ULL << 15 },
	{ "sys_module", 1ULL << 16 },
	{ "sys_rawio", 1ULL << 17 },
	{ "sys_chroot", 1ULL << 18 },
	{ "sys_ptrace", 1ULL << 19 },
	{ "sys_pacct", 1ULL << 20 },
	{ "sys_admin", 1ULL << 21 },
	{ "sys_boot", 1ULL << 22 },
	{ "sys_nice", 1ULL << 23 },
	{ "sys_resource", 1ULL << 24 },
	{ "sys_time", 1ULL << 25 },
	{ "sys_tty_config", 1ULL << 26 },
	{ "mknod", 1ULL << 27 },
	{ "lease", 1ULL << 28 },
	{ "audit_write", 1ULL << 29 },
	{ "audit_control", 1ULL << 30 },
	{ "setfcap", 1ULL << 31 },
	{ "mac_override", 1ULL << 32 },
	{ "mac_admin", 1ULL << 33 },
	{ "syslog", 1ULL << 34 },
	{ "wake_alarm", 1ULL << 35 },
	{ "block_suspend", 1ULL << 36 },
	{ "audit_read", 1ULL << 37 },
	{ "perfmon", 1ULL << 38 },
	{ "bpf", 1ULL << 39 },
	{ "checkpoint_restore", 1ULL << 40 },
	{ "context", VCTX_BC_CONTEXT },
};

static const struct word umask_words[] = {
	{ "newtime", 0x80 },
	{ "fs", VCTX_SPACE_FS },
	{ "newns", VCTX_SPACE_MOUNT },
	{ "newcgroup", VCTX_SPACE_CGROUP },
	{ "newuts", VCTX_SPACE_UTS },
	{ "newipc", VCTX_SPACE_IPC },
	{ "newuser", VCTX_SPACE_USER },
	{ "newpid", VCTX_SPACE_PID },
	{ "newnet", VCTX_SPACE_NET },
};

static const struct word iattr_words[] = {
	{ "admin", VCTX_IATTR_ADMIN },
	{ "watch", VCTX_IATTR_WATCH },
	{ "hide", VCTX_IATTR_HIDE },
	{ "write", VCTX_IATTR_WRITE },
	{ "barrier", VCTX_IATTR_BARRIER },
	{ "ixunlink", VCTX_IATTR_IXUNLINK },
	{ "iunlink-but-not-immutable", VCTX_IATTR_IXUNLINK },
	{ "immutable", VCTX_IATTR_IMMUTABLE },
	{ "cow", VCTX_IATTR_COW },
	{ "tag", VCTX_IATTR_TAG },
	{ "iunlink", VCTX_IATTR_IXUNLINK | VCTX_IATTR_IMMUTABLE },
	{ "immu", VCTX_IATTR_IXUNLINK | VCTX_IATTR_IMMUTABLE },
};

static const struct word config_words[] = {
	{ "no_dynamic", VCTX_CONFIG_NO_DYNAMIC },
	{ "proc_secure", VCTX_CONFIG_PROC_SECURE },
	{ "hardcpu", 0x20 },
	{ "idlelimit", 0x40 },
	{ "idletime", 0x80 },
	{ "cowbl", VCTX_CONFIG_COWBL },
	{ "fullcowbl", VCTX_CONFIG_FULLCOWBL },
	{ "spaces", VCTX_CONFIG_SPACES },
	{ "netv2", VCTX_CONFIG_NETV2 },
	{ "memcg", VCTX_CONFIG_MEMCG },
	{ "debug", VCTX_CONFIG_DEBUG },
	{ "history", VCTX_CONFIG_HISTORY },
	{ "pptag", VCTX_CONFIG_PPTAG },
	{ "tagged", VCTX_CONFIG_TAGGED },
};

static const struct word personality_words[] = {
	{ "uname26", 0x0020000 },
	{ "addr_no_randomize", ADDR_NO_RANDOMIZE },
	{ "mmap_page_zero", MMAP_PAGE_ZERO },
	{ "read_implies_exec", READ_IMPLIES_EXEC },
	{ "addr_limit_32bit", ADDR_LIMIT_32BIT },
	{ "short_inode", SHORT_INODE },
	{ "whole_seconds", WHOLE_SECONDS },
	{ "sticky_timeouts", STICKY_TIMEOUTS },
	{ "addr_limit_3gb", ADDR_LIMIT_3GB },
};

static const struct word nflags[] = {
	{ "lock", VCTX_NF_INFO_LOCK },
	{ "info_lock", VCTX_NF_INFO_LOCK },
	{ "private", VCTX_NF_INFO_PRIVATE },
	{ "info_private", VCTX_NF_INFO_PRIVATE },
	{ "single_ip", VCTX_NF_SINGLE_IP },
	{ "lback_remap", VCTX_NF_LBACK_REMAP },
	{ "remap_lback", VCTX_NF_LBACK_REMAP },
	{ "lback_allow", VCTX_NF_LBACK_ALLOW },
	{ "hide_netif", VCTX_NF_HIDE_NETIF },
	{ "hide_lback", VCTX_NF_HIDE_LBACK },
	{ "state_setup", VCTX_NF_STATE_SETUP },
	{ "state_admin", VCTX_NF_STATE_ADMIN },
	{ "sc_helper", VCTX_NF_SC_HELPER },
	{ "persistent", VCTX_NF_PERSISTENT },
	{ "secure", VCTX_NF_SECURE },
};

static const struct word ncaps[] = {
	{ "tun_create", VCTX_NC_TUN_CREATE },
	{ "raw_icmp", VCTX_NC_RAW_ICMP },
	{ "icmp", VCTX_NC_RAW_ICMP },
	{ "ping", VCTX_NC_RAW_ICMP },
	{ "multicast", VCTX_NC_MULTICAST },
};

static const struct table {
	const char *prefix;
	const struct word *words;
	size_t count;
	uint64_t all;
} tables[VCTX_WORDS_MAX_] = {
	[VCTX_WORDS_CFLAGS] = { "vxf_", cflags, ARRAY_SIZE(cflags), ~0ULL },
	[VCTX_WORDS_CCAPS] = { "vxc_", ccaps, ARRAY_SIZE(ccaps), ~0ULL },
	[VCTX_WORDS_BCAPS] = { "cap_", bcaps, ARRAY_SIZE(bcaps), ~0ULL },
	[VCTX_WORDS_UMASK] = { "clone_", umask_words, ARRAY_SIZE(umask_words), ~0ULL },
	[VCTX_WORDS_IATTR] = { "", iattr_words, ARRAY_SIZE(iattr_words), 0x010F000FULL },
	[VCTX_WORDS_CONFIG] = { "", config_words, ARRAY_SIZE(config_words), 0xFFFFFFFFULL },
	[VCTX_WORDS_PERSONALITY] = { "", personality_words, ARRAY_SIZE(personality_words), 0xFFFFFF00ULL },
	[VCTX_WORDS_NFLAGS] = { "nxf_", nflags, ARRAY_SIZE(nflags), ~0ULL },
	[VCTX_WORDS_NCAPS] = { "nxc_", ncaps, ARRAY_SIZE(ncaps), ~0ULL },
};

static const struct table *find_table(enum vctx_words words)
{
	return (unsigned int)words < VCTX_WORDS_MAX_ ? &tables[words] : NULL;
}

static int word_bits(const struct table *t, const char *word, uint64_t *ret_bits)
{
	size_t prefix = strlen(t->prefix);
	uint64_t bits;

	if (strcasecmp(word, "all") == 0 || strcasecmp(word, "any") == 0) {
		*ret_bits = t->all;
		return 0;
	}
	if (strcasecmp(word, "none") == 0) {
		*ret_bits = 0;
		return 0;
	}
	if (word[0] == '^') {
		uint32_t bit;

		if (parse_decimal(word + 1, 63, &bit) < 0)
			return -ENOENT;
		*ret_bits = 1ULL << bit;
		return 0;
	}
	if (parse_u64(word, &bits) == 0) {
		*ret_bits = bits;
		return 0;
	}
	if (prefix && strncasecmp(word, t->prefix, prefix) == 0)
		word += prefix;
	for (size_t i = 0; i < t->count; i++)
		if (strcasecmp(word, t->words[i].name) == 0) {
			*ret_bits = t->words[i].bits;
			return 0;
		}
	return -ENOENT;
}

_export_ int vctx_words_bit(enum vctx_words words, const char *word, uint64_t *ret_bits)
{
	const struct table *t = find_table(words);
	uint64_t bits;
	int r;

	if (!t)
		return -EINVAL;
	r = word_bits(t, word, &bits);
	if (r < 0)
		return r;
	if (ret_bits)
		*ret_bits = bits;
	return 0;
}

_export_ int vctx_words_parse(enum vctx_words words, const char *list, struct vctx_change *change,
			      char **reterr_word)
{
	static const char separators[] = ", \t\r\n";
	const struct table *t = find_table(words);
	struct vctx_change c = *change;

	if (!t)
		return -EINVAL;
	for (const char *p = list + strspn(list, separators); *p; p += strspn(p, separators)) {
		size_t n = strcspn(p, separators);
		_cleanup_free_ char *word = strndup(p, n);
		const char *name = word;
		bool negate = false;
		uint64_t bits;

		if (!word)
			return -ENOMEM;
		if (*name == '!' || *name == '~') {
			negate = true;
			name++;
		}
		if (word_bits(t, name, &bits) < 0) {
			if (reterr_word)
				*reterr_word = take_ptr(word);
			return -EINVAL;
		}
		c.mask |= bits;
		if (negate)
			c.value &= ~bits;
		else
			c.value |= bits;
		p += n;
	}
	*change = c;
	return 0;
}

_export_ const char *vctx_words_name(enum vctx_words words, unsigned int bit)
{
	const struct table *t = find_table(words);

	if (!t || bit > 63)
		return NULL;
	for (size_t i = 0; i < t->count; i++)
		if (t->words[i].bits == 1ULL << bit)
			return t->words[i].name;
	return NULL;
}

_export_ int vctx_words_format(enum vctx_words words, uint64_t bits, const char *separator,
			       char **ret_text)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (!find_table(words))
		return -EINVAL;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = vctx_words_name(words, bit);

		if (!(bits & 1ULL << bit))
			continue;
		if (b.len)
			strbuf_add(&b, separator);
		if (name)
			strbuf_add(&b, name);
		else
			strbuf_addf(&b, "^%u", bit);
	}
	return strbuf_steal(&b, ret_text);
}
