// SPDX-License-Identifier: GPL-2.0-or-later
/* vcontext - make or enter a process context and run a program in it */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include <vctx.h>

#include "background.h"
#include "cleanup.h"
#include "enter.h"
#include "exec.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "parse.h"
#include "user.h"
#include "util.h"
#include "vlogin.h"

enum {
	OPT_CREATE = 256,
	OPT_MIGRATE,
	OPT_MIGRATE_SELF,
	OPT_XID,
	OPT_CHROOT,
	OPT_PIVOT_ROOT,
	OPT_NAMESPACE,
	OPT_UID,
	OPT_INITPID,
	OPT_ENDSETUP,
	OPT_DISCONNECT,
	OPT_PERSONALITY_TYPE,
	OPT_PERSONALITY_FLAGS,
	OPT_SYNCSOCK,
	OPT_SYNCMSG,
	OPT_VLOGIN,
	OPT_CLOSEFD,
	OPT_SILENT,
	OPT_SILENTEXIST,
};

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "create", 0, NULL, OPT_CREATE, "make a new context and enter it" },
	{ "migrate", 0, NULL, OPT_MIGRATE, "enter an existing context" },
	{ "migrate-self", 0, NULL, OPT_MIGRATE_SELF, "stay in the own context, to finish its setup" },
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name; without it --create takes\na free number" },
	{ "ctx", 0, "CONTEXT", OPT_XID, NULL },
	OPT_GROUP("Before the program runs"),
	{ "chroot", 0, NULL, OPT_CHROOT, "make the current directory the root" },
	{ "pivot-root", 0, NULL, OPT_PIVOT_ROOT, "enter the context's own root; when it has none yet,\npivot to the current directory and record it" },
	{ "namespace", 0, NULL, OPT_NAMESPACE, "with --chroot: record or enter the mount space" },
	{ "uid", 0, "USER", OPT_UID, "become a user, as found in the guest's /etc/passwd" },
	{ "initpid", 0, NULL, OPT_INITPID, "become the init of the context" },
	{ "fakeinit", 0, NULL, OPT_INITPID, NULL },
	{ "endsetup", 0, NULL, OPT_ENDSETUP, "the setup of the context is over" },
	{ "disconnect", 0, NULL, OPT_DISCONNECT, "run in the background" },
	{ "vlogin", 0, NULL, OPT_VLOGIN, "run on a new terminal inside the guest" },
	{ "closefd", 0, NULL, OPT_CLOSEFD, "close all descriptors above 2" },
	{ "personality-type", 0, "TYPE", OPT_PERSONALITY_TYPE, "execution domain, e.g. linux32" },
	{ "personality-flags", 0, "FLAGS", OPT_PERSONALITY_FLAGS, "flags of it, e.g. addr_no_randomize" },
	{ "syncsock", 0, "FILE", OPT_SYNCSOCK, "tell a Unix socket that all is ready, and wait\nfor its end" },
	{ "syncmsg", 0, "TEXT", OPT_SYNCMSG, "what to tell it (default 'ok')" },
	OPT_GROUP("Messages"),
	{ "silent", 0, NULL, OPT_SILENT, "do not print the number of the new context" },
	{ "silentexist", 0, NULL, OPT_SILENTEXIST, "no message when the context exists already" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vcontext",
	.synopsis = "--create [--xid=CONTEXT] [OPTION...] [--] [PROGRAM [ARG...]]\n"
		    "--migrate --xid=CONTEXT [OPTION...] [--] [PROGRAM [ARG...]]\n"
		    "--migrate-self [OPTION...] [--] [PROGRAM [ARG...]]",
	.purpose = "Make or enter a process context and run a program in it.",
	.options = options,
	.examples = "vcontext --create --xid 100 -- sleep 60\n"
		    "vcontext --migrate --xid 100 -- ps ax",
	.manual = "vcontext(8)",
	.stop = true,
};

static struct {
	int mode;
	uint32_t xid;
	bool chroot, pivot, namespace, initpid, endsetup, disconnect, vlogin, closefd, silent, silentexist;
	const char *uid, *syncsock, *syncmsg;
	bool personality;
	unsigned long personality_type;
	struct vctx_change personality_flags;
	char **command;
} arg = { .xid = VCTX_XID_NONE, .syncmsg = "ok" };

static int parse_options(int argc, char **argv)
{
	struct opt_state s;
	int c, r;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_CREATE:
		case OPT_MIGRATE:
		case OPT_MIGRATE_SELF:
			r = opt_choose(&program, &arg.mode, c);
			if (r)
				return r;
			break;
		case OPT_XID:
			if (parse_context(s.arg, &arg.xid) < 0)
				return 2;
			break;
		case OPT_CHROOT:
			arg.chroot = true;
			break;
		case OPT_PIVOT_ROOT:
			arg.pivot = true;
			break;
		case OPT_NAMESPACE:
			arg.namespace = true;
			break;
		case OPT_UID:
			arg.uid = s.arg;
			break;
		case OPT_INITPID:
			arg.initpid = true;
			break;
		case OPT_ENDSETUP:
			arg.endsetup = true;
			break;
		case OPT_DISCONNECT:
			arg.disconnect = true;
			break;
		case OPT_VLOGIN:
			arg.vlogin = true;
			break;
		case OPT_CLOSEFD:
			arg.closefd = true;
			break;
		case OPT_PERSONALITY_TYPE:
			if (parse_personality(s.arg, &arg.personality_type) < 0)
				return msg_usage("unknown personality '%s'", s.arg);
			arg.personality = true;
			break;
		case OPT_PERSONALITY_FLAGS:
			if (parse_words(VCTX_WORDS_PERSONALITY, "personality flag", s.arg, &arg.personality_flags) < 0)
				return 2;
			arg.personality = true;
			break;
		case OPT_SYNCSOCK:
			arg.syncsock = s.arg;
			break;
		case OPT_SYNCMSG:
			arg.syncmsg = s.arg;
			break;
		case OPT_SILENT:
			arg.silent = true;
			break;
		case OPT_SILENTEXIST:
			arg.silentexist = true;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	arg.command = argv + s.index;

	if (!arg.mode)
		return msg_usage("one of --create, --migrate and --migrate-self is needed");
	if (arg.mode == OPT_MIGRATE && arg.xid == VCTX_XID_NONE)
		return msg_usage("--migrate needs --xid");
	if (arg.mode == OPT_MIGRATE_SELF && arg.xid != VCTX_XID_NONE)
		return msg_usage("--migrate-self takes no --xid");
	if (arg.mode == OPT_CREATE && (arg.initpid || arg.namespace || arg.pivot))
		return msg_usage("--initpid, --namespace and --pivot-root do not go with --create");
	if (arg.chroot && arg.pivot)
		return msg_usage("options '--chroot' and '--pivot-root' exclude each other");
	if (arg.namespace && !arg.chroot)
		return msg_usage("--namespace needs --chroot");
	if (arg.disconnect && arg.vlogin)
		return msg_usage("options '--disconnect' and '--vlogin' exclude each other");
	if ((arg.disconnect || arg.vlogin) && !arg.command[0])
		return msg_usage("a program to run is needed");
	return -1;
}

/* What all failures below come to. */
static int failed(void)
{
	return own_failure(arg.command);
}

/* Enter the context's own root, or make it. */
static int pivot(uint32_t xid)
{
	static const uint64_t mask = VCTX_SPACE_MOUNT | VCTX_SPACE_FS;
	int r = vctx_space_enter(xid, mask, 1);

	/* On the first start there is none, and it is not for the inside to enter: any error means that. */
	if (r == 0)
		return 0;
	msg_debug("no recorded root: %s", vctx_strerror(VCTX_CALL_SPACE, r));
	if (unshare(CLONE_NEWNS) < 0) {
		msg_errno(errno, "cannot make a mount space");
		return -1;
	}
	r = pivot_to_cwd();
	if (r < 0) {
		msg_errno(r, "cannot make the current directory the root");
		return -1;
	}
	r = vctx_space_set(xid, mask, 1);
	if (r < 0) {
		msg_error("cannot record the root of context %u: %s", xid, vctx_strerror(VCTX_CALL_SPACE, r));
		return -1;
	}
	return 0;
}

static int change_root(uint32_t xid)
{
	static const uint64_t mask = VCTX_SPACE_MOUNT | VCTX_SPACE_FS;
	int r;

	if (arg.pivot)
		return pivot(xid);
	if (!arg.chroot)
		return 0;
	if (arg.namespace && arg.mode == OPT_MIGRATE) {
		r = vctx_space_enter(xid, mask, 0);
		if (r < 0) {
			msg_error("cannot enter the mount space of context %u: %s", xid,
				  vctx_strerror(VCTX_CALL_SPACE, r));
			return -1;
		}
	}
	if (chroot(".") < 0 || chdir("/") < 0) {
		msg_errno(errno, "cannot make the current directory the root");
		return -1;
	}
	if (arg.namespace && arg.mode == OPT_MIGRATE_SELF) {
		r = vctx_space_set(xid, mask, 0);
		if (r < 0) {
			msg_error("cannot record the mount space of context %u: %s", xid,
				  vctx_strerror(VCTX_CALL_SPACE, r));
			return -1;
		}
	}
	return 0;
}

static int clear_states(uint32_t xid)
{
	uint64_t mask = (arg.endsetup ? VCTX_CF_STATE_SETUP : 0) |
			(arg.initpid && arg.mode != OPT_MIGRATE ? VCTX_CF_STATE_INIT : 0);
	int r;

	if (!mask)
		return 0;
	r = vctx_cflags_set(xid, 0, mask);
	if (r < 0)
		msg_error("cannot end the setup of context %u: %s", xid, vctx_strerror(VCTX_CALL_SET, r));
	return r;
}

static int migrate(uint32_t xid)
{
	/* From outside, clearing the flag would make nobody the init; the migration does. */
	uint64_t flags = arg.initpid ? VCTX_MIGRATE_INIT | VCTX_MIGRATE_REAPER : 0;
	int r = vctx_ctx_migrate(xid, flags);

	if (r < 0)
		msg_error("cannot enter context %u: %s", xid, vctx_strerror(VCTX_CALL_MIGRATE, r));
	return r;
}

static int create(uint32_t *ret_xid)
{
	int r = create_context(arg.xid, VCTX_CF_INITIAL, ret_xid);

	if (r == 0) {
		if (!arg.silent) {
			(void)printf("New security context is %u\n", *ret_xid);
			(void)fflush(stdout);
		}
		return 0;
	}
	if (r == -EEXIST) {
		if (!arg.silentexist)
			msg_error("cannot make context %u: %s", arg.xid, vctx_strerror(VCTX_CALL_CREATE, r));
		return EXIT_EXISTS;
	}
	if (arg.xid == VCTX_XID_NONE)
		msg_error("cannot make a context: %s", vctx_strerror(VCTX_CALL_CREATE, r));
	else
		msg_error("cannot make context %u: %s", arg.xid, vctx_strerror(VCTX_CALL_CREATE, r));
	return failed();
}

static int become_user(void)
{
	_cleanup_close_ int root = -1;
	_cleanup_user_ struct user u = { 0 };
	int r;

	if (!arg.uid)
		return 0;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = root < 0 ? -errno : user_lookup(root, arg.uid, &u);
	if (r == 0)
		r = user_become(&u);
	if (r == -ENOENT)
		msg_error("cannot become user '%s': not in /etc/passwd of the guest", arg.uid);
	else if (r < 0)
		msg_errno(r, "cannot become user '%s'", arg.uid);
	return r;
}

static int set_personality(void)
{
	unsigned long p = arg.personality_type | (unsigned long)arg.personality_flags.value;

	if (!arg.personality || personality(p) >= 0)
		return 0;
	msg_errno(errno, "cannot set the personality 0x%lx", p);
	return -1;
}

/* All steps in the process that becomes the program: its exit code. */
static int enter(struct vlogin *vlogin, int sync)
{
	uint32_t xid = arg.xid;
	int r;

	if (arg.mode == OPT_CREATE) {
		r = create(&xid);
		if (r)
			return r;
	} else if (arg.mode == OPT_MIGRATE_SELF) {
		if (parse_context("self", &xid) < 0)
			return failed();
		if (xid < VCTX_XID_MIN) {
			msg_error("cannot finish the setup: this process is in no context");
			return failed();
		}
	}
	if (change_root(xid) < 0)
		return failed();
	/* Directories of the host must not come along. */
	(void)exec_close_dirs(-1);
	if (clear_states(xid) < 0)
		return failed();
	if (arg.mode == OPT_MIGRATE && migrate(xid) < 0)
		return failed();
	if (vlogin) {
		r = vlogin_attach(vlogin);
		if (r < 0) {
			msg_errno(r, "cannot open a terminal in the guest");
			return failed();
		}
	}
	if (become_user() < 0 || set_personality() < 0)
		return failed();
	r = sync_up(sync, arg.syncmsg);
	if (r < 0) {
		msg_errno(r, "cannot synchronise with '%s'", arg.syncsock);
		return failed();
	}
	return run_command(arg.command);
}

int main(int argc, char **argv)
{
	_cleanup_close_ int sync = -1;
	struct vlogin vlogin;
	int report = -1, code;
	int r = parse_options(argc, argv);

	if (r >= 0)
		return r;
	/* Who enters can be looked at from inside: let that not be the host's file. */
	if (arg.mode == OPT_MIGRATE && arg.xid != VCTX_XID_WATCH)
		warn_unsealed(exec_seal_self(argv));
	if (arg.closefd)
		exec_close_from(3);
	if (arg.syncsock) {
		sync = sync_connect(arg.syncsock);
		if (sync < 0) {
			msg_errno(sync, "cannot connect to '%s'", arg.syncsock);
			return failed();
		}
	}
	if (arg.disconnect) {
		r = go_to_background(&report, &code);
		if (r < 0) {
			msg_errno(r, "cannot run in the background");
			return failed();
		}
		if (r == 0)
			return code;
	}
	if (arg.vlogin && vlogin_possible()) {
		r = vlogin_fork(&vlogin);
		if (r < 0) {
			msg_errno(r, "cannot set up a terminal");
			return failed();
		}
		return r == 0 ? vlogin.exit_code : enter(&vlogin, sync);
	}
	code = enter(NULL, sync);
	if (report >= 0)
		(void)write_all(report, &code, sizeof(code));
	return code;
}
