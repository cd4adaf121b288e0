// SPDX-License-Identifier: GPL-2.0-or-later
/* vspace - make, enter or record the kernel namespaces of a context */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vctx.h>

#include "enter.h"
#include "exec.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "parse.h"
#include "util.h"

enum {
	OPT_NEW = 256,
	OPT_ENTER,
	OPT_SET,
	OPT_INDEX,
	OPT_MASK,
	OPT_DEFAULT,
	OPT_SPACE,		/* + number in space_names[], and SPACE_STEP to leave it out */
};

#define SPACE_STEP SPACE_NAMES

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "new", 'n', NULL, OPT_NEW, "run the program in new spaces" },
	{ "enter", 'e', "CONTEXT", OPT_ENTER, "run it in the spaces recorded in a context" },
	{ "set", 's', NULL, OPT_SET, "record the own spaces in the own context" },
	{ "index", 'i', "N", OPT_INDEX, "which of the two sets, 0 (default) or 1" },
	OPT_GROUP("Spaces (put '~' before the long name to leave one out)"),
	{ "mount", 'M', NULL, OPT_SPACE + 0, "file systems" },
	{ "fs", 'F', NULL, OPT_SPACE + 1, "root and working directory" },
	{ "ipc", 'I', NULL, OPT_SPACE + 2, "System V and POSIX IPC" },
	{ "uts", 'U', NULL, OPT_SPACE + 3, "host name" },
	{ "user", 'S', NULL, OPT_SPACE + 4, "user ids" },
	{ "pid", 'P', NULL, OPT_SPACE + 5, "process ids" },
	{ "net", 'N', NULL, OPT_SPACE + 6, "network" },
	{ "cgroup", 'C', NULL, OPT_SPACE + 7, "view of control groups" },
	{ "~mount", 0, NULL, OPT_SPACE + SPACE_STEP + 0, NULL },
	{ "~fs", 0, NULL, OPT_SPACE + SPACE_STEP + 1, NULL },
	{ "~ipc", 0, NULL, OPT_SPACE + SPACE_STEP + 2, NULL },
	{ "~uts", 0, NULL, OPT_SPACE + SPACE_STEP + 3, NULL },
	{ "~user", 0, NULL, OPT_SPACE + SPACE_STEP + 4, NULL },
	{ "~pid", 0, NULL, OPT_SPACE + SPACE_STEP + 5, NULL },
	{ "~net", 0, NULL, OPT_SPACE + SPACE_STEP + 6, NULL },
	{ "~cgroup", 0, NULL, OPT_SPACE + SPACE_STEP + 7, NULL },
	{ "mask", 0, "MASK", OPT_MASK, "a number, or words like newuts,newipc" },
	{ "default", 0, NULL, OPT_DEFAULT, "what the kernel takes for a guest" },
	OPT_COMMON,
	OPT_END,
};

static struct opt_program program = {
	.name = "vspace",
	.synopsis = "--new SPACE... [--] PROGRAM [ARG...]\n"
		    "--enter=CONTEXT [--index=N] [SPACE...] [--] PROGRAM [ARG...]\n"
		    "--set [--index=N] SPACE... [--] [PROGRAM [ARG...]]",
	.purpose = "Make, enter or record the kernel namespaces of a context.",
	.options = options,
	.examples = "vspace --new --uts --ipc -- hostname test\n"
		    "vspace --enter 100 --mount --fs -- ls /",
	.manual = "vspace(8)",
	.stop = true,
};

static char **command;

static int get_default(uint64_t *ret_mask)
{
	uint64_t mask;
	int r = vctx_space_default(&mask);

	if (r < 0)
		r = vctx_space_mask(&mask);
	if (r < 0) {
		msg_error("cannot tell the default spaces: %s", vctx_strerror(VCTX_CALL_SPACE, r));
		return r;
	}
	/* These two are for vnamespace. */
	*ret_mask = mask & ~(VCTX_SPACE_MOUNT | VCTX_SPACE_FS);
	return 0;
}

static int run_in_child(uint64_t flags)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	int r;

	if (pid < 0) {
		msg_errno(errno, flags ? "cannot make new spaces" : "cannot start a process");
		return own_failure(command);
	}
	if (pid == 0) {
		/* What is mounted inside must not come out, whatever the host made of its mounts. */
		if ((flags & VCTX_SPACE_MOUNT) && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) {
			msg_errno(errno, "cannot separate the mounts");
			_exit(own_failure(command));
		}
		_exit(run_command(command));
	}
	r = exec_mirror(pid);
	if (r < 0) {
		msg_errno(r, "cannot wait for '%s'", command[0]);
		return own_failure(command);
	}
	return r;
}

static int enter(uint32_t xid, uint64_t mask, unsigned int index)
{
	int r = vctx_space_enter(xid, mask, index);

	if (r < 0) {
		msg_error("cannot enter the spaces of context %u: %s", xid, vctx_strerror(VCTX_CALL_SPACE, r));
		return own_failure(command);
	}
	/* A pid space is for children; and which ones mask 0 meant, only the kernel knows. */
	if (!mask || (mask & VCTX_SPACE_PID))
		return run_in_child(0);
	return run_command(command);
}

static int set(uint64_t mask, unsigned int index)
{
	int r = vctx_space_set(VCTX_XID_SELF, mask, index);

	if (r < 0) {
		msg_error("cannot record the spaces: %s", vctx_strerror(VCTX_CALL_SPACE, r));
		return own_failure(command);
	}
	return run_command(command);
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	uint32_t xid = VCTX_XID_NONE, index = 0;
	uint64_t mask = 0, more;
	struct opt_state s;
	int c, r, mode = 0;

	if (strcmp(slash ? slash + 1 : argv[0], "vnamespace") == 0) {
		program.name = "vnamespace";
		mask = VCTX_SPACE_MOUNT | VCTX_SPACE_FS;
	}
	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_ENTER:
			if (parse_context(s.arg, &xid) < 0)
				return 2;
			/* fall through */
		case OPT_NEW:
		case OPT_SET:
			r = opt_choose(&program, &mode, c);
			if (r)
				return r;
			break;
		case OPT_INDEX:
			if (parse_decimal(s.arg, VCTX_SPACE_INDEX_MAX, &index) < 0)
				return msg_usage("the index is 0 or 1, not '%s'", s.arg);
			break;
		case OPT_MASK:
			if (parse_spaces(s.arg, &more) < 0)
				return 2;
			mask |= more;
			break;
		case OPT_DEFAULT:
			if (get_default(&more) < 0)
				return own_failure(argv);
			mask |= more;
			break;
		default:
			more = space_names[(c - OPT_SPACE) % SPACE_STEP].mask;
			mask = c < OPT_SPACE + SPACE_STEP ? mask | more : mask & ~more;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	command = argv + s.index;
	if (!mode)
		return msg_usage("one of --new, --enter and --set is needed");
	if (mode != OPT_SET && !command[0])
		return msg_usage("a program to run is needed");
	if (mode != OPT_ENTER && !mask)
		return msg_usage("at least one space is needed");
	if (mode == OPT_NEW)
		return run_in_child(mask & ~VCTX_SPACE_FS);
	return mode == OPT_SET ? set(mask, index) : enter(xid, mask, index);
}
