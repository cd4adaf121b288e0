// SPDX-License-Identifier: GPL-2.0-or-later
/* vps - ps with a column for the context */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "exec.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "xalloc.h"

#define VPS_FAILURE	254	/* own failures, as ever; ps uses the small ones */
#define COLUMN_WIDTH	20

static const struct opt options[] = {
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vps",
	.synopsis = "[PS-OPTION...]",
	.purpose = "Show the processes of all contexts: ps(1) with a column for the context.",
	.options = options,
	.extra = "All other options are those of ps; they must give a column PID.\n"
		 "Exit codes: 254 when vps itself failed, else that of ps.",
	.examples = "vps ax\n"
		    "vps -ef --forest",
	.manual = "vps(8)",
};

/* Names of contexts that were asked for already. */
static struct {
	uint32_t xid;
	char text[COLUMN_WIDTH + 1];
} *known;
static size_t known_count;

static const char *context_text(uint32_t xid)
{
	char name[VCTX_NAME_SIZE] = "";

	for (size_t i = 0; i < known_count; i++)
		if (known[i].xid == xid)
			return known[i].text;
	if (xid == VCTX_XID_HOST)
		(void)snprintf(name, sizeof(name), "MAIN");
	else if (xid == VCTX_XID_WATCH)
		(void)snprintf(name, sizeof(name), "ALL_PROC");
	else
		(void)vctx_name_get(xid, VCTX_NAME_CONTEXT, name);
	known = xrealloc(known, known_count + 1, sizeof(*known));
	known[known_count].xid = xid;
	(void)snprintf(known[known_count].text, sizeof(known->text), "%5u %.14s", xid, guest_of_context(name));
	return known[known_count++].text;
}

/* A line with the column put in after @at. */
static void print_with(const char *line, size_t at, const char *column)
{
	size_t len = strlen(line);

	if (at > len)
		at = len;
	(void)fwrite(line, 1, at, stdout);
	(void)putchar(' ');
	print_clean(stdout, column);
	(void)printf("%*s", (int)(COLUMN_WIDTH - strlen(column)), "");
	(void)puts(line + at);
}

/* The process id that ends at @end, 0 none. */
static pid_t pid_before(const char *line, size_t end)
{
	size_t begin, len = strlen(line);
	pid_t pid = 0;

	if (end > len)
		return 0;
	/* A number wider than its column moves the end to the right. */
	while (end < len && line[end] >= '0' && line[end] <= '9')
		end++;
	for (begin = end; begin && line[begin - 1] >= '0' && line[begin - 1] <= '9'; begin--)
		;
	if (end - begin > 9)
		return 0;
	for (; begin < end; begin++)
		pid = pid * 10 + (line[begin] - '0');
	return pid;
}

/* Where the title PID ends in a header line, 0 when there is none. */
static size_t find_pid_column(const char *header)
{
	for (const char *p = strstr(header, "PID"); p; p = strstr(p + 1, "PID"))
		if ((p == header || p[-1] == ' ') && (!p[3] || p[3] == ' '))
			return (size_t)(p + 3 - header);
	return 0;
}

static int copy_lines(FILE *from)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0, column = 0;
	bool header = true;
	ssize_t n;

	while ((n = getline(&line, &size, from)) > 0) {
		uint32_t xid;
		pid_t pid;

		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (header) {
			header = false;
			column = find_pid_column(line);
			if (!column) {
				msg_error("cannot find the column PID in the output of ps");
				return -1;
			}
			print_with(line, column, "CONTEXT");
			continue;
		}
		pid = pid_before(line, column);
		if (!pid)
			print_with(line, column, "");
		else if (vctx_task_xid(pid, &xid) == 0)
			print_with(line, column, context_text(xid));
		else
			print_with(line, column, "    ?");
	}
	return 0;
}

/* Where ps would see a terminal it cuts its lines to fit: leave room for the column. */
static void set_columns(void)
{
	struct winsize ws;
	char text[16];

	if (getenv("COLUMNS") || ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col < 40)
		return;
	(void)snprintf(text, sizeof(text), "%d", ws.ws_col - COLUMN_WIDTH - 1);
	(void)setenv("COLUMNS", text, 1);
}

int main(int argc, char **argv)
{
	_cleanup_free_ char **command = xcalloc((size_t)argc + 1, sizeof(*command));
	_cleanup_fclose_ FILE *from = NULL;
	struct exec_spawn spawn = EXEC_SPAWN_INIT;
	uint32_t own;
	int fds[2], r, code;
	pid_t pid;

	/* ps has options of its own, so only the two long ones that stand alone are ours. */
	msg_init(program.name);
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		opt_print_help(&program);
		return msg_close_stdout() ? VPS_FAILURE : 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		opt_print_version(program.name);
		return msg_close_stdout() ? VPS_FAILURE : 0;
	}
	r = vctx_task_xid(0, &own);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return VPS_FAILURE;
	}
	set_columns();
	command[0] = xstrdup("ps");
	for (int i = 1; i < argc; i++)
		command[i] = argv[i];
	if (pipe2(fds, O_CLOEXEC) < 0) {
		msg_errno(errno, "cannot run ps");
		return VPS_FAILURE;
	}
	spawn.argv = command;
	spawn.stdio[1] = fds[1];
	pid = exec_spawn(&spawn);
	(void)close(fds[1]);
	if (pid < 0) {
		msg_errno(pid, "cannot run ps");
		return VPS_FAILURE;
	}
	from = fdopen(fds[0], "r");
	if (!from)
		xalloc_die();
	r = copy_lines(from);
	if (r < 0)
		(void)kill(pid, SIGTERM);
	code = exec_wait(pid);
	free(command[0]);
	free(known);
	if (r < 0 || code < 0 || msg_close_stdout())
		return VPS_FAILURE;
	return code;
}
