// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vtop - what the contexts do right now, again and again
 *
 * On a terminal a table that can be sorted and opened, drawn with the few escape sequences every terminal knows; else,
 * with --batch, or with --json, plain text. What comes from guests is printable ASCII before it gets near a terminal.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "procs.h"
#include "rlimits.h"
#include "usage.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_BATCH = 256,
	OPT_COUNT,
	OPT_DELAY,
	OPT_SORT,
	OPT_JSON,
	OPT_XID,
	OPT_COLOR,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "delay", 'd', "SECONDS", OPT_DELAY, "between two looks (default 2)" },
	{ "count", 'n', "N", OPT_COUNT, "end after N looks" },
	{ "sort", 'O', "KEY", OPT_SORT, "cpu (default), mem, tasks, io, load, limit, name, ctx" },
	{ "xid", 'c', "CONTEXT", OPT_XID, "this one only, with its processes" },
	{ "color", 0, "WHEN", OPT_COLOR, "auto (default), always or never" },
	OPT_GROUP("Output for programs"),
	{ "batch", 'b', NULL, OPT_BATCH, "plain text, one table after the other" },
	{ "json", 0, NULL, OPT_JSON, "a line of JSON for each look" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vtop",
	.synopsis = "[--delay=SECONDS] [--count=N] [--sort=KEY] [--xid=CONTEXT]\n"
		    " [--batch | --json]",
	.purpose = "Show what the contexts do, again and again.",
	.options = options,
	.extra = "Keys: c m t i l w n x sort by processor, memory, tasks, i/o, load, worst limit,\n"
		 "name, number; arrows or j k choose a row, Enter shows its processes; space looks\n"
		 "again; + and - change the delay; q ends.",
	.examples = "vtop\n"
		    "vtop --batch --count 2 --sort mem",
	.manual = "vtop(8)",
};

enum sort { SORT_CPU, SORT_MEM, SORT_TASKS, SORT_IO, SORT_LOAD, SORT_LIMIT, SORT_NAME, SORT_CTX, SORTS };
static const char *const sort_names[SORTS] = { "cpu", "mem", "tasks", "io", "load", "limit", "name", "ctx" };
static const char sort_keys[] = "cmtilwnx";

static enum sort arg_sort;
static int arg_delay_ms = 2000;
static uint32_t arg_xid = VCTX_XID_NONE;
static bool arg_batch, arg_json;

/* ---- a look ---- */

struct row {
	const struct usage *u;
	double cpu;			/* percent of one processor */
	double read_rate, write_rate;	/* bytes a second, to and from storage */
	const struct vctx_limit_entry *worst;
	unsigned int percent;
};

struct task {
	pid_t pid;
	uint64_t time_ns, start_ns;
	double cpu;
	uint64_t resident_bytes;
	unsigned int threads;
	char state;
	char comm[64];
};

struct tasks {
	struct task *list;		/* by pid, once sorted */
	size_t count, size;
	uint32_t xid;			/* whose, VCTX_XID_NONE nobody's */
};

struct look {
	uint64_t when_ns;
	struct usage_list usage;
	struct row *rows;		/* in the order they are shown in */
	struct tasks tasks;
};

static void free_look(struct look *l)
{
	usage_free(&l->usage);
	free(l->rows);
	free(l->tasks.list);
	*l = (struct look){ .tasks.xid = VCTX_XID_NONE };
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
	return seconds > 0 && now > before ? (double)(now - before) / seconds : 0;
}

static void fill_row(struct row *row, const struct usage *u, const struct usage *before, double seconds)
{
	const struct vctx_stat *s = &u->stat, *b;

	*row = (struct row){ .u = u };
	/* a number that was used anew begins from nothing */
	if (before && before->stat.uptime_ns <= s->uptime_ns) {
		b = &before->stat;
		row->cpu = rate(s->user_ns + s->system_ns, b->user_ns + b->system_ns, seconds) / 1e7;
		row->read_rate = rate(s->read_bytes, b->read_bytes, seconds);
		row->write_rate = rate(s->write_bytes, b->write_bytes, seconds);
	}
	row->worst = limits_worst(s->limit, s->limit_count);
	if (row->worst)
		row->percent = limit_percent(row->worst);
}

static double sort_value(const struct row *r)
{
	switch (arg_sort) {
	case SORT_CPU:
		return r->cpu;
	case SORT_MEM:
		return (double)r->u->resident_bytes;
	case SORT_TASKS:
		return r->u->stat.threads;
	case SORT_IO:
		return r->read_rate + r->write_rate;
	case SORT_LOAD:
		return r->u->stat.load[0];
	case SORT_LIMIT:
		return r->percent;
	default:
		return 0;
	}
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	double vx = sort_value(x), vy = sort_value(y);
	int r;

	if (arg_sort == SORT_NAME) {
		r = strcmp(x->u->name, y->u->name);
		if (r)
			return r;
	} else if (vx < vy || vx > vy) {
		return vx > vy ? -1 : 1;	/* the largest first */
	}
	return x->u->stat.xid < y->u->stat.xid ? -1 : x->u->stat.xid > y->u->stat.xid;
}

static void sort_rows(struct look *l)
{
	qsort(l->rows, l->usage.count, sizeof(*l->rows), compare_rows);
}

static int compare_pids(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int compare_tasks(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	if (x->cpu < y->cpu || x->cpu > y->cpu)
		return x->cpu > y->cpu ? -1 : 1;
	if (x->resident_bytes != y->resident_bytes)
		return x->resident_bytes > y->resident_bytes ? -1 : 1;
	return compare_pids(a, b);
}

static bool is_open(uint32_t xid, void *data)
{
	return xid == ((const struct tasks *)data)->xid;
}

static int add_task(const struct proc *p, void *data)
{
	struct tasks *t = data;
	struct task *k;

	if (t->count == t->size) {
		t->size = t->size ? t->size * 2 : 64;
		t->list = xrealloc(t->list, t->size, sizeof(*t->list));
	}
	k = &t->list[t->count++];
	*k = (struct task){
		.pid = p->pid, .time_ns = p->user_ns + p->system_ns, .start_ns = p->start_ns,
		.resident_bytes = p->resident_bytes, .threads = p->threads, .state = p->state,
	};
	(void)copy_string(k->comm, sizeof(k->comm), p->comm);
	return 0;
}

/* The processes of one context, those that do most first. */
static void read_tasks(struct tasks *now, const struct tasks *before, double seconds)
{
	_cleanup_free_ struct task *old = NULL;

	if (now->xid == VCTX_XID_NONE || procs_walk_of(is_open, add_task, now) < 0)
		return;
	if (before->xid == now->xid && before->count) {
		old = xcalloc(before->count, sizeof(*old));
		memcpy(old, before->list, before->count * sizeof(*old));
		qsort(old, before->count, sizeof(*old), compare_pids);
		for (size_t i = 0; i < now->count; i++) {
			const struct task *o = bsearch(&now->list[i], old, before->count, sizeof(*old), compare_pids);

			if (o && o->start_ns == now->list[i].start_ns)
				now->list[i].cpu = rate(now->list[i].time_ns, o->time_ns, seconds) / 1e7;
		}
	}
	if (now->count)
		qsort(now->list, now->count, sizeof(*now->list), compare_tasks);
}

/* Look again; @before may be empty. 0, or a negative errno. */
static int take_look(struct look *now, const struct look *before, uint32_t open)
{
	double seconds;
	size_t n = 0;
	int r;

	*now = (struct look){ .tasks.xid = open };
	r = usage_read(&now->usage, USAGE_HOST);
	if (r < 0)
		return r;
	now->when_ns = procs_uptime();
	seconds = before->when_ns ? (double)(now->when_ns - before->when_ns) / 1e9 : 0;
	now->rows = xcalloc(now->usage.count, sizeof(*now->rows));
	for (size_t i = 0; i < now->usage.count; i++) {
		const struct usage *u = &now->usage.list[i];

		fill_row(&now->rows[n++], u, usage_find(&before->usage, u->stat.xid), seconds);
	}
	sort_rows(now);
	read_tasks(&now->tasks, &before->tasks, seconds);
	return 0;
}

/* ---- text ---- */

#define HEADER	"  CTX NAME                  CPU%    MEM  PROC   THR  LOAD   READ/s  WRITE/s  WORST LIMIT"

static void row_text(const struct row *r, char *buf, size_t size)
{
	char mem[USAGE_TEXT_SIZE], rd[USAGE_TEXT_SIZE], wr[USAGE_TEXT_SIZE], limit[40] = "-";
	const struct vctx_stat *s = &r->u->stat;
	char name[VCTX_NAME_SIZE];

	(void)copy_string(name, sizeof(name), r->u->name);
	clean_ascii(name);
	if (r->worst)
		(void)snprintf(limit, sizeof(limit), "%s %u%%%s", r->worst->name, r->percent,
			       r->percent >= LIMIT_CRITICAL ? " !!" : r->percent >= LIMIT_HIGH ? " !" : "");
	clean_ascii(limit);
	(void)snprintf(buf, size, "%5u %-20.20s %5.1f %7s %5u %5u %5.2f %8s %8s  %s", s->xid, name, r->cpu,
		       usage_size_text(r->u->resident_bytes, mem), s->processes, s->threads, (double)s->load[0] / 2048,
		       r->u->full ? usage_size_text((uint64_t)r->read_rate, rd) : "-",
		       r->u->full ? usage_size_text((uint64_t)r->write_rate, wr) : "-", limit);
}

static void task_text(const struct task *t, char *buf, size_t size)
{
	char mem[USAGE_TEXT_SIZE], comm[sizeof(t->comm)];

	memcpy(comm, t->comm, sizeof(comm));
	clean_ascii(comm);
	(void)snprintf(buf, size, "      %8ld %c %-18.40s %5.1f %7s       %5u", (long)t->pid,
		       t->state > 0x20 && t->state < 0x7f ? t->state : '?', comm, t->cpu,
		       usage_size_text(t->resident_bytes, mem), t->threads);
}

static void summary_text(const struct look *l, char *buf, size_t size)
{
	unsigned int contexts = 0, near = 0;
	uint64_t threads = 0;
	double cpu = 0;

	for (size_t i = 0; i < l->usage.count; i++) {
		const struct row *r = &l->rows[i];

		if (r->u->stat.xid < VCTX_XID_MIN)
			continue;
		contexts++;
		threads += r->u->stat.threads;
		cpu += r->cpu;
		near += r->percent >= LIMIT_HIGH;
	}
	(void)snprintf(buf, size, "vtop - %u contexts, %" PRIu64 " threads, %.1f%% cpu, %u near a limit", contexts, threads,
		       cpu, near);
}

static bool is_shown(const struct row *r)
{
	return arg_xid == VCTX_XID_NONE || r->u->stat.xid == arg_xid;
}

static void print_batch(const struct look *l)
{
	char line[256];

	summary_text(l, line, sizeof(line));
	(void)printf("%s\n%s\n", line, HEADER);
	for (size_t i = 0; i < l->usage.count; i++) {
		if (!is_shown(&l->rows[i]))
			continue;
		row_text(&l->rows[i], line, sizeof(line));
		(void)puts(line);
		for (size_t k = 0; l->rows[i].u->stat.xid == l->tasks.xid && k < l->tasks.count; k++) {
			task_text(&l->tasks.list[k], line, sizeof(line));
			(void)puts(line);
		}
	}
}

static void print_json(const struct look *l)
{
	struct json j = JSON_LINE(stdout);
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_real(&j, "time_s", (double)now.tv_sec + (double)now.tv_nsec / 1e9, 3);
	json_list(&j, "contexts");
	for (size_t i = 0; i < l->usage.count; i++) {
		const struct row *r = &l->rows[i];

		if (!is_shown(r))
			continue;
		json_object(&j, NULL);
		json_number(&j, "xid", r->u->stat.xid);
		json_string(&j, "name", r->u->name);
		json_real(&j, "cpu_percent", r->cpu, 1);
		json_number(&j, "resident_memory_bytes", r->u->resident_bytes);
		json_number(&j, "processes", r->u->stat.processes);
		json_number(&j, "threads", r->u->stat.threads);
		json_real(&j, "load1", (double)r->u->stat.load[0] / 2048, 2);
		if (r->u->full) {
			json_real(&j, "read_bytes_per_s", r->read_rate, 0);
			json_real(&j, "write_bytes_per_s", r->write_rate, 0);
		} else {
			json_null(&j, "read_bytes_per_s");
			json_null(&j, "write_bytes_per_s");
		}
		json_string(&j, "worst_limit", r->worst ? r->worst->name : NULL);
		if (r->worst)
			json_number(&j, "worst_limit_percent", r->percent);
		else
			json_null(&j, "worst_limit_percent");
		if (r->u->stat.xid == l->tasks.xid) {
			json_list(&j, "tasks");
			for (size_t k = 0; k < l->tasks.count; k++) {
				const struct task *t = &l->tasks.list[k];
				const char state[2] = { t->state, '\0' };

				json_object(&j, NULL);
				json_number(&j, "pid", (uint64_t)t->pid);
				json_string(&j, "comm", t->comm);
				json_string(&j, "state", state);
				json_real(&j, "cpu_percent", t->cpu, 1);
				json_number(&j, "resident_memory_bytes", t->resident_bytes);
				json_number(&j, "threads", t->threads);
				json_end(&j);
			}
			json_end(&j);
		}
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}

/* ---- the terminal ---- */

static struct termios old_mode;
static volatile sig_atomic_t is_raw, resized, ended;

/* Only what a signal handler may call. */
static void leave_terminal(void)
{
	/* normal colours, cursor on, back to the screen that was there */
	static const char end[] = "\033[0m\033[?25h\033[?1049l";

	if (!is_raw)
		return;
	is_raw = 0;
	(void)!write(STDOUT_FILENO, end, sizeof(end) - 1);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &old_mode);
}

static void enter_terminal(void)
{
	struct termios mode = old_mode;

	mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	mode.c_cc[VMIN] = 0;
	mode.c_cc[VTIME] = 0;
	is_raw = 1;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &mode);
	(void)!write(STDOUT_FILENO, "\033[?1049h\033[?25l", 14);
}

static void on_end(int sig)
{
	ended = sig;
}

static void on_resize(int sig _unused_)
{
	resized = 1;
}

/* A mistake of ours must not leave the terminal in pieces either. */
static void on_crash(int sig)
{
	leave_terminal();
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static void on_stop(int sig _unused_)
{
	sigset_t set;

	leave_terminal();
	(void)signal(SIGTSTP, SIG_DFL);
	(void)raise(SIGTSTP);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* stopped here, until it goes on */
	(void)signal(SIGTSTP, on_stop);
	enter_terminal();
	resized = 1;
}

struct screen {
	unsigned int rows, columns;
	size_t chosen, top;
	uint32_t chosen_xid;	/* the row stays with its context */
	uint32_t open;
};

static void screen_size(struct screen *s)
{
	struct winsize ws;

	s->rows = 24;
	s->columns = 80;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row && ws.ws_col) {
		s->rows = ws.ws_row;
		s->columns = ws.ws_col;
	}
}

static void put_line(FILE *f, const char *text, const char *style, const struct screen *s, unsigned int *left)
{
	if (!*left)
		return;
	--*left;
	(void)fprintf(f, "%s%-.*s\033[0m\033[K%s", style, (int)s->columns, text, *left ? "\r\n" : "");
}

static const char *row_style(const struct row *r, bool chosen)
{
	if (!msg_color(STDOUT_FILENO))
		return chosen ? "\033[7m" : "";
	if (r->percent >= LIMIT_CRITICAL)
		return chosen ? "\033[7;31m" : "\033[31m";
	if (r->percent >= LIMIT_HIGH)
		return chosen ? "\033[7;33m" : "\033[33m";
	return chosen ? "\033[7m" : "";
}

static void find_chosen(const struct look *l, struct screen *s)
{
	for (size_t i = 0; i < l->usage.count; i++)
		if (l->rows[i].u->stat.xid == s->chosen_xid) {
			s->chosen = i;
			return;
		}
	if (s->chosen >= l->usage.count)
		s->chosen = l->usage.count ? l->usage.count - 1 : 0;
	if (l->usage.count)
		s->chosen_xid = l->rows[s->chosen].u->stat.xid;
}

static void draw(const struct look *l, struct screen *s)
{
	_cleanup_free_ char *text = NULL;
	unsigned int left = s->rows, room = s->rows > 3 ? s->rows - 3 : 1;
	char line[512];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		xalloc_die();
	find_chosen(l, s);
	if (s->chosen < s->top)
		s->top = s->chosen;
	if (s->chosen >= s->top + room)
		s->top = s->chosen - room + 1;
	(void)fputs("\033[H", f);
	summary_text(l, line, sizeof(line));
	put_line(f, line, "\033[1m", s, &left);
	(void)snprintf(line, sizeof(line), "sorted by %s, every %.1f s; q ends", sort_names[arg_sort],
		       (double)arg_delay_ms / 1000);
	put_line(f, line, "", s, &left);
	put_line(f, HEADER, "\033[7m", s, &left);
	for (size_t i = s->top; i < l->usage.count && left; i++) {
		const struct row *r = &l->rows[i];

		row_text(r, line, sizeof(line));
		put_line(f, line, row_style(r, i == s->chosen), s, &left);
		for (size_t k = 0; r->u->stat.xid == l->tasks.xid && k < l->tasks.count && left; k++) {
			task_text(&l->tasks.list[k], line, sizeof(line));
			put_line(f, line, "", s, &left);
		}
	}
	(void)fputs("\033[J", f);
	(void)fclose(f);
	(void)write_all(STDOUT_FILENO, text, size);
}

enum { KEY_NONE, KEY_UP = 0x100, KEY_DOWN, KEY_END };

static int read_key(void)
{
	char buf[8];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		return KEY_END;		/* the terminal is gone */
	if (n < 0)
		return KEY_NONE;
	if (n >= 3 && buf[0] == '\033' && (buf[1] == '[' || buf[1] == 'O'))
		return buf[2] == 'A' ? KEY_UP : buf[2] == 'B' ? KEY_DOWN : KEY_NONE;
	return buf[0];
}

/* What a key does: true when another look is due. */
static bool handle_key(int key, struct look *l, struct screen *s)
{
	const char *sort = key > 0 && key < 0x80 ? strchr(sort_keys, key) : NULL;

	if (sort) {
		arg_sort = (enum sort)(sort - sort_keys);
		sort_rows(l);
		return false;
	}
	switch (key) {
	case KEY_UP:
	case 'k':
		if (s->chosen) {
			s->chosen--;
			s->chosen_xid = l->rows[s->chosen].u->stat.xid;
		}
		return false;
	case KEY_DOWN:
	case 'j':
		if (s->chosen + 1 < l->usage.count) {
			s->chosen++;
			s->chosen_xid = l->rows[s->chosen].u->stat.xid;
		}
		return false;
	case '\n':
	case '\r':
		s->open = s->open == s->chosen_xid ? VCTX_XID_NONE : s->chosen_xid;
		return true;
	case '+':
		arg_delay_ms = arg_delay_ms > 30000 ? 60000 : arg_delay_ms * 2;
		return false;
	case '-':
		arg_delay_ms = arg_delay_ms < 400 ? 200 : arg_delay_ms / 2;
		return false;
	case ' ':
		return true;
	case 'q':
	case 'Q':
	case KEY_END:
		ended = SIGINT;
		return false;
	}
	return false;
}

static int live(uint64_t count)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT }, crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE };
	struct look now = { .tasks.xid = VCTX_XID_NONE }, before = { .tasks.xid = VCTX_XID_NONE };
	struct screen s = { .open = arg_xid, .chosen_xid = arg_xid };
	struct sigaction sa = { .sa_handler = on_end };
	sigset_t block, none;
	int r = 0;

	if (tcgetattr(STDIN_FILENO, &old_mode) < 0) {
		msg_errno(errno, "cannot use the terminal");
		return 1;
	}
	/* signals come while we wait, and at no other time */
	sigemptyset(&block);
	sigemptyset(&none);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaddset(&block, ends[i]);
		(void)sigaction(ends[i], &sa, NULL);
	}
	sigaddset(&block, SIGWINCH);
	sigaddset(&block, SIGTSTP);
	sa.sa_handler = on_resize;
	(void)sigaction(SIGWINCH, &sa, NULL);
	(void)signal(SIGTSTP, on_stop);
	for (size_t i = 0; i < ARRAY_SIZE(crashes); i++)
		(void)signal(crashes[i], on_crash);
	(void)sigprocmask(SIG_BLOCK, &block, NULL);
	(void)atexit(leave_terminal);
	xalloc_dying = leave_terminal;
	enter_terminal();
	screen_size(&s);
	while (!ended) {
		bool again = false;
		uint64_t until;

		free_look(&before);
		before = now;
		r = take_look(&now, &before, s.open);
		if (r < 0)
			break;
		draw(&now, &s);
		if (count && !--count)
			break;
		until = procs_uptime() + (uint64_t)arg_delay_ms * 1000000;
		while (!ended && !again) {
			struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
			uint64_t t = procs_uptime();
			struct timespec left = { 0, 0 };

			if (t >= until)
				break;
			left.tv_sec = (time_t)((until - t) / 1000000000);
			left.tv_nsec = (long)((until - t) % 1000000000);
			if (ppoll(&p, 1, &left, &none) > 0)
				again = handle_key(read_key(), &now, &s);
			else if (!resized)
				continue;
			if (resized) {
				resized = 0;
				screen_size(&s);
			}
			if (!ended && !again)
				draw(&now, &s);
		}
	}
	free_look(&now);
	free_look(&before);
	leave_terminal();
	return r;
}

/* ---- plain ---- */

static int plain(uint64_t count)
{
	struct look now = { .tasks.xid = VCTX_XID_NONE }, before = { .tasks.xid = VCTX_XID_NONE };
	bool first = true;
	int r;

	for (;;) {
		struct timespec pause = { arg_delay_ms / 1000, arg_delay_ms % 1000 * 1000000L };

		free_look(&before);
		before = now;
		r = take_look(&now, &before, arg_xid);
		if (r < 0)
			break;
		if (arg_json) {
			print_json(&now);
		} else {
			if (!first)
				(void)putchar('\n');
			print_batch(&now);
		}
		first = false;
		if (fflush(stdout) != 0 || (count && !--count))
			break;
		(void)nanosleep(&pause, NULL);
	}
	free_look(&now);
	free_look(&before);
	return r;
}

int main(int argc, char **argv)
{
	struct opt_state s;
	uint64_t count = 0;
	uint32_t own;
	int c, r;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_BATCH:
			arg_batch = true;
			break;
		case OPT_JSON:
			arg_json = true;
			break;
		case OPT_COUNT:
			if (parse_u64(s.arg, &count) < 0 || !count)
				return msg_usage("'%s' is not a number of looks", s.arg);
			break;
		case OPT_DELAY:
			if (parse_seconds(s.arg, &arg_delay_ms) < 0 || arg_delay_ms < 100)
				return msg_usage("'%s' is not a number of seconds from 0.1 on", s.arg);
			break;
		case OPT_XID:
			if (parse_context(s.arg, &arg_xid) < 0)
				return 2;
			break;
		case OPT_COLOR:
			if (msg_set_color(s.arg) < 0)
				return msg_usage("--color is auto, always or never, not '%s'", s.arg);
			break;
		case OPT_SORT:
			for (arg_sort = 0; arg_sort < SORTS; arg_sort++)
				if (strcasecmp(s.arg, sort_names[arg_sort]) == 0)
					break;
			if (arg_sort == SORTS)
				return msg_usage("unknown key '%s'", s.arg);
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	if (s.index < argc)
		return msg_usage("unexpected word '%s'", argv[s.index]);
	if (arg_batch && arg_json)
		return msg_usage("options '--batch' and '--json' exclude each other");
	r = vctx_task_xid(0, &own);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	if (!arg_batch && !arg_json && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
		msg_error("this is no terminal: use --batch or --json");
		return 1;
	}
	r = arg_batch || arg_json ? plain(count) : live(count);
	if (r < 0) {
		msg_error("cannot read the contexts: %s", vctx_strerror(VCTX_CALL_STAT, r));
		return 1;
	}
	return r ? r : msg_close_stdout();
}
