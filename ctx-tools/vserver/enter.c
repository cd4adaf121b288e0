// SPDX-License-Identifier: GPL-2.0-or-later
/* enter - enter, exec, suexec, and verbs that are programs of the guest: run something in a running guest */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "msg.h"
#include "path.h"
#include "vserver.h"
#include "xalloc.h"

/* Which guest, which context, with what around it; then run. */
static int run_inside(struct guest *g, struct join *j)
{
	_cleanup_settings_ struct settings *s = NULL;
	struct fail f = { 0 };
	uint32_t xid;
	int r;

	r = guest_ask_running(g, &xid, &f);
	if (r == 0)
		r = fail(&f, 0, "not running");
	if (r < 0 || settings_read(g, &s, &f) < 0)
		return guest_failed(g->name, &f, EXIT_OURS);
	j->envp = s->environment;
	j->settings = s;
	r = join_run(g, xid, j, &f);
	return r < 0 ? guest_failed(g->name, &f, EXIT_OURS) : r;
}

int cmd_exec(struct guest *g, int argc, char **argv)
{
	struct join j = { .argv = argv + 1 };

	if (argc > 1 && strcmp(argv[1], "--") == 0)
		j.argv++;
	if (!*j.argv)
		return guest_usage("'exec' needs a command");
	return run_inside(g, &j);
}

int cmd_suexec(struct guest *g, int argc, char **argv)
{
	struct join j = { .argv = argv + 2 };

	if (argc < 2)
		return guest_usage("'suexec' needs a user and a command");
	j.user = argv[1];
	if (argc > 2 && strcmp(argv[2], "--") == 0)
		j.argv++;
	if (!*j.argv)
		return guest_usage("'suexec' needs a command");
	return run_inside(g, &j);
}

int cmd_program(struct guest *g, int argc _unused_, char **argv)
{
	struct join j = { .argv = argv };

	return run_inside(g, &j);
}

int cmd_enter(struct guest *g, int argc, char **argv)
{
	static char *const bash[] = { (char *)"/bin/bash", NULL };
	static char *const sh[] = { (char *)"/bin/sh", NULL };
	_cleanup_free_ char *shell = NULL;
	char *own[2] = { NULL, NULL };
	struct join j = { .argv = bash, .fallback = sh, .login = true };
	struct fail f = { 0 };
	int r;

	if (argc > 1)
		return guest_usage("'enter' takes no argument '%s'; for a command there is 'exec'", argv[1]);
	r = guest_text(g, "shell", &shell, &f);
	if (r < 0)
		return guest_failed(g->name, &f, EXIT_OURS);
	if (r) {
		own[0] = shell;
		j.argv = own;
		j.fallback = NULL;
	}
	return run_inside(g, &j);
}
