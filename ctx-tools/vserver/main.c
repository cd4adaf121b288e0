// SPDX-License-Identifier: GPL-2.0-or-later
/* vserver - start, stop, enter, build and delete virtual servers */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "exec.h"
#include "msg.h"
#include "opt.h"
#include "vserver.h"
#include "xalloc.h"

struct options opts;

enum {
	OPT_SYNC = 1, OPT_VERBOSE, OPT_QUIET, OPT_SILENT, OPT_DEBUG, OPT_DEBUG_SYSV, OPT_TTY, OPT_DRY_RUN, OPT_YES,
	OPT_JSON, OPT_CONFDIR, OPT_STRACE, OPT_REBOOTED, OPT_CLEANUP,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "sync", 's', NULL, OPT_SYNC, "use the commands cmd.*-sync" },
	{ "defaulttty", 0, NULL, OPT_TTY, "output of the guest's start to its configured tty" },
	{ "dry-run", 'n', NULL, OPT_DRY_RUN, "start, build, delete: show the plan, do nothing" },
	{ "yes", 'y', NULL, OPT_YES, "delete: do not ask" },
	{ "json", 0, NULL, OPT_JSON, "list, status, limits: print JSON" },
	{ "confdir", 0, "DIR", OPT_CONFDIR, "directory of all configurations" },
	{ "silent", 0, NULL, OPT_SILENT, "no informational text; delete: do not ask" },
	{ "quiet", 'q', NULL, OPT_QUIET, "errors only" },
	{ "verbose", 'v', NULL, OPT_VERBOSE, "tell each step" },
	{ "debug", 0, NULL, OPT_DEBUG, "the same as -vv" },
	{ "debug-sysv", 0, NULL, OPT_DEBUG_SYSV, "trace the guest's rc script" },
	/* from scripts of old: there is no chain of programs to trace any more */
	{ "strace", 0, NULL, OPT_STRACE, NULL },
	/* from vshelper(8) */
	{ "--rebooted", 0, NULL, OPT_REBOOTED, NULL },
	{ "--cleanup", 0, NULL, OPT_CLEANUP, NULL },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vserver",
	.synopsis = "[OPTION...] NAME VERB [ARGUMENT...]\n[OPTION...] list [--json]",
	.purpose = "Start, stop, enter, build and delete virtual servers.",
	.options = options,
	.extra = "Verbs:\n"
		 "  start                   start; --rescue [CMD...]: CMD in place of init\n"
		 "  stop                    stop\n"
		 "  restart, condrestart    stop and start; the second only when running\n"
		 "  enter                   a login shell inside\n"
		 "  exec CMD...             run a command inside as root\n"
		 "  suexec USER CMD...      run a command inside as USER\n"
		 "  chkconfig, apt-get, apt-cache, apt-config, dpkg, rpm ARG...\n"
		 "                          run the program of this name inside\n"
		 "  status                  running? since when? exit code 3 when stopped\n"
		 "  running                 the same without text, exit code 0 or 1\n"
		 "  limits                  its limits, their use, and how often they were hit;\n"
		 "                          --set KEY=VALUE: change, --save: also in the files\n"
		 "  build -m METHOD ...     make a new guest, see 'vserver NAME build --help'\n"
		 "  delete                  remove a guest with all its files",
	.examples = "vserver web1 build -m debootstrap --context 40001 -- -d bookworm\n"
		    "vserver web1 start && vserver web1 exec ps ax",
	.manual = "vserver(8)",
	.stop = true,
};

static const struct verb {
	const char *name;
	int (*run)(struct guest *g, int argc, char **argv);
	bool enters;		/* a process of ours becomes one of the guest's */
	bool plans;		/* has a dry run */
	int failed;		/* exit code for failures before it begins */
} verbs[] = {
	{ "start", cmd_start, true, true, EXIT_FAILED },
	{ "stop", cmd_stop, true, false, EXIT_FAILED },
	{ "restart", cmd_restart, true, false, EXIT_FAILED },
	{ "condrestart", cmd_condrestart, true, false, EXIT_FAILED },
	{ "enter", cmd_enter, true, false, EXIT_OURS },
	{ "exec", cmd_exec, true, false, EXIT_OURS },
	{ "suexec", cmd_suexec, true, false, EXIT_OURS },
	{ "chkconfig", cmd_program, true, false, EXIT_OURS },
	{ "apt-get", cmd_program, true, false, EXIT_OURS },
	{ "apt-cache", cmd_program, true, false, EXIT_OURS },
	{ "apt-config", cmd_program, true, false, EXIT_OURS },
	{ "dpkg", cmd_program, true, false, EXIT_OURS },
	{ "rpm", cmd_program, true, false, EXIT_OURS },
	{ "status", cmd_status, false, false, EXIT_FAILED },
	{ "running", cmd_running, false, false, EXIT_FAILED },
	{ "limits", cmd_limits, false, false, EXIT_FAILED },
	{ "delete", cmd_delete, true, true, EXIT_FAILED },
};

int guest_failed(const char *name, const struct fail *f, int code)
{
	msg_subject(name);
	msg_error("%s", f->text);
	if ((f->error == -EPERM || f->error == -EACCES) && geteuid() != 0)
		msg_hint("this needs root on the host");
	return code;
}

int guest_usage(const char *format, ...)
{
	va_list ap;
	char *text;
	int r;

	va_start(ap, format);
	text = xvasprintf(format, ap);
	va_end(ap);
	msg_subject(NULL);
	r = msg_usage("%s", text);
	free(text);
	return r;
}

static int run_verb(const struct verb *v, const char *name, int argc, char **argv, char **all)
{
	_cleanup_guest_ struct guest *g = NULL;
	struct fail f = { 0 };
	int r;

	/* who expects a plan must not get the deed */
	if (opts.dry_run && !v->plans)
		return guest_usage("'%s' has no dry run", v->name);
	/*
	 * A guest whose program is a script for "/proc/self/exe" gets hold of the file behind us: let that be a
	 * copy nobody else uses.
	 */
	if (v->enters && !opts.dry_run) {
		r = exec_seal_self(all);
		if (r < 0)
			msg_warning("going on without a copy of this program in memory: %s", strerror(-r));
		(void)prctl(PR_SET_NAME, "vserver", 0, 0, 0);
	}
	r = guest_open(name, &g, &f);
	if (r < 0) {
		r = guest_failed(name, &f, r == -ENOENT ? EXIT_NO_GUEST : v->failed);
		if (f.error == -ENOENT)
			msg_hint("guests are configured below '%s', 'vserver list' shows them", guest_confdir());
		return r;
	}
	msg_subject(g->name);
	r = v->run(g, argc, argv);
	msg_subject(NULL);
	return r;
}

int main(int argc, char **argv)
{
	struct opt_state s;
	const char *name, *verb;
	int id, rest;
	char **words;

	opt_start(&s, &program, argc, argv);
	while ((id = opt_next(&s)) > 0)
		switch (id) {
		case OPT_SYNC:
			opts.sync = true;
			break;
		case OPT_VERBOSE:
			opts.verbose++;
			break;
		case OPT_QUIET:
			opts.verbose = MSG_QUIET;
			break;
		case OPT_SILENT:
			opts.silent = true;
			break;
		case OPT_DEBUG:
			opts.verbose = MSG_DEBUG;
			break;
		case OPT_DEBUG_SYSV:
			opts.debug_sysv = true;
			break;
		case OPT_TTY:
			opts.default_tty = true;
			break;
		case OPT_DRY_RUN:
			opts.dry_run = true;
			break;
		case OPT_YES:
			opts.yes = true;
			break;
		case OPT_JSON:
			opts.json = true;
			break;
		case OPT_CONFDIR:
			guest_set_confdir(s.arg);
			opts.confdir = true;
			break;
		case OPT_STRACE:
			msg_warning("option '--strace' does nothing, use 'strace -f vserver ...'");
			break;
		case OPT_REBOOTED:
			opts.rebooted = true;
			break;
		case OPT_CLEANUP:
			opts.cleanup = true;
			break;
		default:
			return EXIT_USAGE;
		}
	if (id < 0)
		return s.exit_code;
	msg_set_level(opts.verbose);

	words = argv + s.index;
	rest = argc - s.index;
	if (rest < 1)
		return guest_usage("no guest given");
	name = words[0];
	if (!*name)
		return guest_usage("the name of the guest is empty");
	/* 'list' alone is the list of all; a guest of that name is reached by 'list VERB' */
	if (strcmp(name, "list") == 0 && (rest == 1 || words[1][0] == '-')) {
		for (int i = 1; i < rest; i++)
			if (strcmp(words[i], "--json") == 0)
				opts.json = true;
			else
				return guest_usage("'list' takes no argument '%s'", words[i]);
		return cmd_list(1, words);
	}
	if (rest < 2)
		return guest_usage("no verb given for guest '%s'", name);
	verb = words[1];
	if (strcmp(verb, "build") == 0)
		return cmd_build(name, rest - 1, words + 1);
	if (rest > 2 && (strcmp(verb, "status") == 0) && strcmp(words[2], "--json") == 0) {
		opts.json = true;
		words[2] = words[1];
		words++;
		rest--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, verb) == 0)
			return run_verb(&verbs[i], name, rest - 1, words + 1, argv);
	return guest_usage("unknown verb '%s'", verb);
}
