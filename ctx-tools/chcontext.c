// SPDX-License-Identifier: GPL-2.0-or-later
/* chcontext - run a program in a new or an existing context */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include <vctx.h>

#include "background.h"
#include "enter.h"
#include "exec.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "parse.h"
#include "util.h"

enum {
	OPT_XID = 256,
	OPT_CAP,
	OPT_FLAG,
	OPT_SECURE,
	OPT_HOSTNAME,
	OPT_DOMAINNAME,
	OPT_SPACES,
	OPT_DISCONNECT,
	OPT_SILENT,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "ctx", 'c', "CONTEXT", OPT_XID, "number or guest name (default: a free number);\n1 is the spectator" },
	{ "xid", 0, "CONTEXT", OPT_XID, NULL },
	{ "silent", 0, NULL, OPT_SILENT, "do not print the number of the new context" },
	{ "disconnect", 0, NULL, OPT_DISCONNECT, "run in the background" },
	OPT_GROUP("For a new context"),
	{ "secure", 0, NULL, OPT_SECURE, "with the safe capabilities only" },
	{ "cap", 0, "LIST", OPT_CAP, "add capabilities, or with '!' take them away" },
	{ "flag", 0, "LIST", OPT_FLAG, "context flags, e.g. fakeinit,private" },
	{ "hostname", 0, "NAME", OPT_HOSTNAME, "host name inside" },
	{ "domainname", 0, "NAME", OPT_DOMAINNAME, "NIS domain name inside" },
	{ "spaces", 0, "LIST", OPT_SPACES, "new spaces, e.g. uts,ipc,mount (default: what the\nkernel takes for a guest); 'none' for none" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "chcontext",
	.synopsis = "[OPTION...] [--] PROGRAM [ARG...]",
	.purpose = "Run a program in a new context, or in an existing one with its number.",
	.options = options,
	.examples = "chcontext --ctx 1 ps ax\n"
		    "chcontext --secure --hostname test -- bash",
	.manual = "chcontext(8)",
	.stop = true,
};

static struct {
	uint32_t xid;
	struct vctx_change bcaps, ccaps, cflags;
	bool secure, silent, disconnect, spaces_given;
	uint64_t spaces;
	const char *hostname, *domainname;
	char **command;
} arg = { .xid = VCTX_XID_NONE };

static int failed(const char *what, enum vctx_call call, int r)
{
	if (arg.xid == VCTX_XID_NONE)
		msg_error("cannot %s: %s", what, vctx_strerror(call, r));
	else
		msg_error("cannot %s context %u: %s", what, arg.xid, vctx_strerror(call, r));
	return EXIT_OWN_FAILURE;
}

static int parse_options(int argc, char **argv)
{
	struct opt_state s;
	int c;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_XID:
			if (parse_context(s.arg, &arg.xid) < 0)
				return 2;
			break;
		case OPT_CAP:
			if (parse_words(VCTX_WORDS_BCAPS, "capability", s.arg, &arg.bcaps) < 0)
				return 2;
			break;
		case OPT_FLAG:
			if (parse_words(VCTX_WORDS_CFLAGS, "flag", s.arg, &arg.cflags) < 0)
				return 2;
			break;
		case OPT_SECURE:
			arg.secure = true;
			break;
		case OPT_HOSTNAME:
		case OPT_DOMAINNAME:
			if (strlen(s.arg) >= VCTX_NAME_SIZE)
				return msg_usage("'%s' is longer than %u bytes", s.arg, VCTX_NAME_SIZE - 1);
			if (c == OPT_HOSTNAME)
				arg.hostname = s.arg;
			else
				arg.domainname = s.arg;
			break;
		case OPT_SPACES:
			if (parse_spaces(s.arg, &arg.spaces) < 0)
				return 2;
			arg.spaces_given = true;
			break;
		case OPT_DISCONNECT:
			arg.disconnect = true;
			break;
		case OPT_SILENT:
			arg.silent = true;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	arg.command = argv + s.index;
	if (!arg.command[0])
		return msg_usage("a program to run is needed");
	if (arg.xid == VCTX_XID_HOST)
		return msg_usage("context 0 is the host: there is no way into it");
	if (arg.spaces & VCTX_SPACE_PID)
		return msg_usage("a pid space needs an init: use vserver(8)");
	return -1;
}

/* Enter a context that was there before. */
static int enter(void)
{
	int r;

	if (arg.xid != VCTX_XID_WATCH) {
		/* All it has recorded; a context without any is not an error. */
		r = vctx_space_enter(arg.xid, 0, 0);
		if (r < 0 && r != -EINVAL)
			return failed("enter the spaces of", VCTX_CALL_SPACE, r);
		(void)exec_close_dirs(-1);
	}
	r = vctx_ctx_migrate(arg.xid, 0);
	if (r < 0)
		return failed("enter", VCTX_CALL_MIGRATE, r);
	return run_command(arg.command);
}

static int configure(uint32_t xid)
{
	uint64_t setup = VCTX_CF_STATE_SETUP;
	int r;

	if (arg.spaces) {
		r = vctx_space_set(VCTX_XID_SELF, arg.spaces, 0);
		if (r < 0)
			return failed("record the spaces of", VCTX_CALL_SPACE, r);
	}
	if (arg.hostname) {
		r = vctx_name_set(xid, VCTX_NAME_NODENAME, arg.hostname);
		if (r < 0)
			return failed("set the host name of", VCTX_CALL_NAME, r);
	}
	if (arg.domainname) {
		r = vctx_name_set(xid, VCTX_NAME_DOMAINNAME, arg.domainname);
		if (r < 0)
			return failed("set the domain name of", VCTX_CALL_NAME, r);
	}
	if (arg.ccaps.mask) {
		r = vctx_ccaps_set(xid, arg.ccaps.value, arg.ccaps.mask);
		if (r < 0)
			return failed("set the context capabilities of", VCTX_CALL_SET, r);
	}
	if (arg.bcaps.mask) {
		r = vctx_bcaps_set(xid, arg.bcaps.value, arg.bcaps.mask);
		if (r < 0)
			return failed("set the capabilities of", VCTX_CALL_SET, r);
	}
	if (arg.cflags.mask) {
		r = vctx_cflags_set(xid, arg.cflags.value, arg.cflags.mask);
		if (r < 0)
			return failed("set the flags of", VCTX_CALL_SET, r);
	}
	(void)exec_close_dirs(-1);
	if (arg.cflags.mask & arg.cflags.value & VCTX_CF_INFO_INIT)
		setup |= VCTX_CF_STATE_INIT;
	r = vctx_cflags_set(xid, 0, setup);
	if (r < 0)
		return failed("end the setup of", VCTX_CALL_SET, r);
	return 0;
}

/* Make the context and run the program; in a process of its own when there are new spaces. */
static int create(void)
{
	uint32_t xid;
	int r;

	r = create_context(arg.xid, VCTX_CF_INITIAL, &xid);
	if (r == -EEXIST)
		return EXIT_EXISTS;
	if (r < 0)
		return failed(arg.xid == VCTX_XID_NONE ? "make a context" : "make", VCTX_CALL_CREATE, r);
	if (!arg.silent) {
		(void)printf("New security context is %u\n", xid);
		(void)fflush(stdout);
	}
	arg.xid = xid;
	r = configure(xid);
	return r ? r : run_command(arg.command);
}

static void resolve_secure(void)
{
	struct vctx_change b = { .value = VCTX_BC_SECURE, .mask = ~0ULL };

	if (!arg.secure)
		return;
	/* --cap adds to it or takes away, wherever it stands. */
	b.value = (b.value & ~arg.bcaps.mask) | arg.bcaps.value;
	arg.bcaps = b;
	arg.ccaps = (struct vctx_change){ .value = VCTX_CC_SECURE, .mask = ~0ULL };
	arg.cflags.value |= VCTX_CF_SECURE;
	arg.cflags.mask |= VCTX_CF_SECURE;
}

static int default_spaces(void)
{
	uint64_t mask;
	int r = vctx_space_default(&mask);

	if (r < 0)
		return failed("tell the default spaces", VCTX_CALL_SPACE, r);
	arg.spaces = mask & ~(VCTX_SPACE_MOUNT | VCTX_SPACE_FS);
	return 0;
}

/* New spaces, when the context is new; then into it. */
static int make_or_enter(void)
{
	int r;

	if (arg.xid == VCTX_XID_WATCH || (arg.xid != VCTX_XID_NONE && vctx_ctx_info(arg.xid, NULL) == 0))
		return enter();
	if ((arg.spaces & ~VCTX_SPACE_FS) && unshare((int)(arg.spaces & ~VCTX_SPACE_FS)) < 0) {
		msg_errno(errno, "cannot make new spaces");
		return EXIT_OWN_FAILURE;
	}
	if ((arg.spaces & VCTX_SPACE_MOUNT) && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) {
		msg_errno(errno, "cannot separate the mounts");
		return EXIT_OWN_FAILURE;
	}
	r = create();
	/* Somebody was faster; our own spaces do no harm. */
	return r == EXIT_EXISTS ? enter() : r;
}

int main(int argc, char **argv)
{
	int report = -1, code, r = parse_options(argc, argv);
	uint32_t own;

	if (r >= 0)
		return r;
	/* One clear word when there is nothing to be had here, before anything is done. */
	r = vctx_task_xid(0, &own);
	if (r < 0) {
		msg_error("cannot run '%s' in a context: %s", arg.command[0], vctx_strerror(VCTX_CALL_ANY, r));
		return EXIT_OWN_FAILURE;
	}
	resolve_secure();
	if (!arg.spaces_given) {
		r = default_spaces();
		if (r)
			return r;
	}
	if (arg.hostname || arg.domainname)
		arg.spaces |= VCTX_SPACE_UTS;
	if (arg.xid != VCTX_XID_NONE && arg.xid != VCTX_XID_WATCH)
		warn_unsealed(exec_seal_self(argv));
	if (arg.disconnect) {
		r = go_to_background(&report, &code);
		if (r < 0) {
			msg_errno(r, "cannot run in the background");
			return EXIT_OWN_FAILURE;
		}
		if (r == 0)
			return code;
	}
	code = make_or_enter();
	if (report >= 0)
		(void)write_all(report, &code, sizeof(code));
	return code;
}
