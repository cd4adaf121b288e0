// SPDX-License-Identifier: GPL-2.0-or-later
/* parse - words of the command line */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/personality.h>
#include <unistd.h>

#include "cleanup.h"
#include "msg.h"
#include "parse.h"
#include "util.h"
#include "xalloc.h"

#ifndef VCTX_CONFDIR
#define VCTX_CONFDIR "/etc/vservers"
#endif
#ifndef VCTX_RUNDIR
#define VCTX_RUNDIR "/run/vservers"
#endif

const char *parse_confdir(void)
{
	const char *env = secure_getenv("VCTX_CONFDIR");

	return env && *env ? env : VCTX_CONFDIR;
}

char *guest_run_path(const char *format, ...)
{
	const char *env = secure_getenv("VCTX_RUNDIR");
	const char *run = env && *env ? env : VCTX_RUNDIR;
	_cleanup_free_ char *rest = NULL;
	va_list ap;

	va_start(ap, format);
	rest = xvasprintf(format, ap);
	va_end(ap);
	/* the configured one is that of the run files, the others are beside it */
	if (strncmp(rest, "vservers/", 9) == 0)
		return xasprintf("%s%s", run, rest + 8);
	return xasprintf("%.*s%s", (int)(strrchr(run, '/') - run + 1), run, rest);
}

const char *guest_of_context(const char *context_name)
{
	const char *slash = strrchr(context_name, '/');

	return slash ? slash + 1 : context_name;
}

/* The first line of a file as a number: 0, -ENOENT, -EINVAL. */
static int number_in_file(int dir, const char *file, uint32_t *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = read_file_at(dir, file, 4096, &text, NULL);
	size_t begin, len;

	if (r < 0)
		return r;
	begin = strspn(text, " \t");
	len = strcspn(text + begin, " \t\r\n");
	text[begin + len] = '\0';
	return parse_u32(text + begin, ret);
}

int context_of_guest(const char *name, uint32_t *ret_xid, bool *ret_running)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int dir = -1;
	char running[VCTX_NAME_SIZE];
	uint32_t xid;
	int r;

	if (!*name || *name == '.' || strchr(name, '/'))
		return -ENOENT;
	path = xasprintf("%s/%s", parse_confdir(), name);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	/* The file of a guest that ended badly may stay behind: the kernel has the last word. */
	r = number_in_file(dir, "run", &xid);
	if (r == -ENOENT) {
		_cleanup_free_ char *run = guest_run_path("vservers/%s", name);

		r = number_in_file(AT_FDCWD, run, &xid);
	}
	if (r == 0 &&
	    vctx_name_get(xid, VCTX_NAME_CONTEXT, running) == 0 &&
	    strcmp(guest_of_context(running), name) == 0) {
		*ret_xid = xid;
		if (ret_running)
			*ret_running = true;
		return 0;
	}
	r = number_in_file(dir, "context", &xid);
	if (r < 0)
		return r == -ENOENT ? -ENODATA : r;
	*ret_xid = xid;
	if (ret_running)
		*ret_running = vctx_name_get(xid, VCTX_NAME_CONTEXT, running) == 0 &&
			       strcmp(guest_of_context(running), name) == 0;
	return 0;
}

int parse_context(const char *text, uint32_t *ret_xid)
{
	uint32_t xid;
	int r;

	if (text[0] != ':') {
		if (strcmp(text, "self") == 0) {
			r = vctx_task_xid(0, &xid);
			if (r < 0) {
				msg_error("cannot tell the own context: %s", vctx_strerror(VCTX_CALL_TASK, r));
				return -EINVAL;
			}
			*ret_xid = xid;
			return 0;
		}
		r = parse_u32(text, &xid);
		if (r == 0 && xid <= VCTX_XID_MAX) {
			*ret_xid = xid;
			return 0;
		}
		if (r == 0 || r == -ERANGE || (text[0] >= '0' && text[0] <= '9' && !text[strspn(text, "0123456789")])) {
			msg_error("wrong context '%s': not in the range 0 to %u", text, VCTX_XID_MAX);
			return -EINVAL;
		}
	}
	r = context_of_guest(text + (text[0] == ':'), &xid, NULL);
	if (r < 0) {
		if (r == -ENODATA)
			msg_error("wrong context '%s': the guest has no file 'context' with its number", text);
		else if (r == -ENOENT)
			msg_error("wrong context '%s': neither a number nor a guest below %s", text, parse_confdir());
		else
			msg_errno(r, "wrong context '%s'", text);
		return -EINVAL;
	}
	*ret_xid = xid;
	return 0;
}

const char *signal_name(int sig)
{
	static char name[16];

	if (sig > 0 && sigabbrev_np(sig))
		return sigabbrev_np(sig);
	if (sig < SIGRTMIN || sig > SIGRTMAX)
		return NULL;
	(void)snprintf(name, sizeof(name), sig == SIGRTMIN ? "RTMIN" : "RTMIN+%d", sig - SIGRTMIN);
	return name;
}

int parse_signal(const char *text, int *ret_signal)
{
	uint32_t n;

	if (parse_u32(text, &n) == 0) {
		if (n > (uint32_t)SIGRTMAX)
			return -EINVAL;
		*ret_signal = (int)n;
		return 0;
	}
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		const char *name = signal_name(sig);

		if (name && strcasecmp(name, text) == 0) {
			*ret_signal = sig;
			return 0;
		}
	}
	return -EINVAL;
}

int parse_pid(const char *text, pid_t min, pid_t *ret_pid)
{
	int64_t v;

	if (parse_s64(text, &v) < 0 || v < min || v > 4194304)
		return -EINVAL;
	*ret_pid = (pid_t)v;
	return 0;
}

int parse_seconds(const char *text, int *ret_ms)
{
	uint64_t ms = 0, scale = 100;
	const char *p = text;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++) {
		ms = ms * 10 + (uint64_t)(*p - '0') * 1000;
		if (ms > 2000000000)
			return -EINVAL;
	}
	if (*p == '.') {
		p++;
		for (; *p >= '0' && *p <= '9'; p++, scale /= 10)
			ms += (uint64_t)(*p - '0') * scale;
	}
	if (*p)
		return -EINVAL;
	*ret_ms = (int)ms;
	return 0;
}

int parse_scaled(const char *text, uint64_t max, uint64_t *ret)
{
	static const struct {
		char suffix;
		uint64_t factor;
	} units[] = {
		{ 'K', 1ULL << 10 }, { 'M', 1ULL << 20 }, { 'G', 1ULL << 30 }, { 'T', 1ULL << 40 },
		{ 'k', 1000 }, { 'm', 1000000 }, { 'g', 1000000000 }, { 't', 1000000000000 },
	};
	_cleanup_free_ char *digits = NULL;
	uint64_t factor = 1, value;
	size_t len = strlen(text);

	for (size_t i = 0; len && i < ARRAY_SIZE(units); i++)
		if (text[len - 1] == units[i].suffix) {
			factor = units[i].factor;
			len--;
			break;
		}
	digits = xstrndup(text, len);
	if (parse_u64(digits, &value) < 0 || value > max / factor)
		return -EINVAL;
	*ret = value * factor;
	return 0;
}

int parse_personality(const char *text, unsigned long *ret_type)
{
	static const struct {
		const char *name;
		unsigned long type;
	} types[] = {
		{ "linux", PER_LINUX },
		{ "linux_32bit", PER_LINUX_32BIT },
		{ "linux32", PER_LINUX32 },
		{ "linux32_3gb", PER_LINUX32_3GB },
		{ "linux_fdpic", PER_LINUX_FDPIC },
		{ "svr4", PER_SVR4 },
		{ "svr3", PER_SVR3 },
		{ "scosvr3", PER_SCOSVR3 },
		{ "osr5", PER_OSR5 },
		{ "wysev386", PER_WYSEV386 },
		{ "iscr4", PER_ISCR4 },
		{ "bsd", PER_BSD },
		{ "sunos", PER_SUNOS },
		{ "xenix", PER_XENIX },
		{ "irix32", PER_IRIX32 },
		{ "irixn32", PER_IRIXN32 },
		{ "irix64", PER_IRIX64 },
		{ "riscos", PER_RISCOS },
		{ "solaris", PER_SOLARIS },
		{ "uw7", PER_UW7 },
		{ "hpux", PER_HPUX },
		{ "osf4", PER_OSF4 },
	};
	uint32_t n;

	if (parse_u32(text, &n) == 0) {
		*ret_type = n;
		return 0;
	}
	if (strncasecmp(text, "per_", 4) == 0)
		text += 4;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcasecmp(text, types[i].name) == 0) {
			*ret_type = types[i].type;
			return 0;
		}
	return -EINVAL;
}

int parse_words(enum vctx_words words, const char *what, const char *list, struct vctx_change *change)
{
	_cleanup_free_ char *word = NULL;
	int r = vctx_words_parse(words, list, change, &word);

	if (r == 0)
		return 0;
	if (word)
		msg_error("unknown %s '%s'", what, word);
	else
		msg_errno(r, "cannot read '%s'", list);
	return -EINVAL;
}

const struct space_name space_names[SPACE_NAMES] = {
	{ "mount", VCTX_SPACE_MOUNT }, { "fs", VCTX_SPACE_FS },	    { "ipc", VCTX_SPACE_IPC },
	{ "uts", VCTX_SPACE_UTS },     { "user", VCTX_SPACE_USER }, { "pid", VCTX_SPACE_PID },
	{ "net", VCTX_SPACE_NET },     { "cgroup", VCTX_SPACE_CGROUP },
};

int parse_spaces(const char *text, uint64_t *ret_mask)
{
	_cleanup_free_ char *copy = xstrdup(text);
	uint64_t mask = 0;
	char *state = NULL;

	for (char *word = strtok_r(copy, ", \t\n", &state); word; word = strtok_r(NULL, ", \t\n", &state)) {
		struct vctx_change c = { 0 };
		size_t i;

		/* Old scripts give options of vspace here. */
		if (strncmp(word, "--", 2) == 0)
			word += 2;
		if (strcasecmp(word, "mnt") == 0)
			word = (char *)"mount";
		for (i = 0; i < SPACE_NAMES; i++)
			if (strcasecmp(word, space_names[i].name) == 0)
				break;
		if (i < SPACE_NAMES) {
			mask |= space_names[i].mask;
			continue;
		}
		if (parse_words(VCTX_WORDS_UMASK, "space", word, &c) < 0)
			return -EINVAL;
		mask = (mask & ~c.mask) | c.value;
	}
	*ret_mask = mask;
	return 0;
}
