// SPDX-License-Identifier: GPL-2.0-or-later
/* vserver-info - answer one question about a guest, a context, a process or the system */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "config.h"
#include "macro.h"
#include "msg.h"
#include "network.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "strbuf.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_QUIET = 256,
	OPT_LIST,
};

static const struct opt options[] = {
	OPT_GROUP("Options"),
	{ "quiet", 'q', NULL, OPT_QUIET, "no output, only the exit code" },
	{ "list", 'l', NULL, OPT_LIST, "list what can be asked" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vserver-info",
	.synopsis = "[-q] NAME|XID|PID|- QUESTION [ARG...]\n"
		    "-l\n"
		    "[SYSINFO]",
	.purpose = "Answer one question about a guest, a context, a process or the system.",
	.options = options,
	.extra = "Exit codes: 0 with the answer, 1 for \"no\" or \"unknown\", 2 wrong usage.",
	.examples = "vserver-info web1 CONTEXT\n"
		    "vserver-info - FEATURE vwait",
	.manual = "vserver-info(8)",
	.stop = true,
};

/* What the first word is: '-' leaves it empty. */
struct subject {
	const char *word;
	bool none;		/* "-" */
	bool number;
	uint32_t value;		/* when it is a number */
};

/* The answer; true when there is one. An empty answer prints nothing but succeeds. */
typedef bool (*question_fn)(const struct subject *s, char **args, struct strbuf *answer);

/* ---- the guest's configuration ---- */

static char *config_dir(const struct subject *s)
{
	char name[VCTX_NAME_SIZE];

	if (s->none)
		return NULL;
	if (s->number) {
		/* A number is a context; its name in the kernel is the directory. */
		if (vctx_name_get(s->value, VCTX_NAME_CONTEXT, name) < 0 || name[0] != '/')
			return NULL;
		return xstrdup(name);
	}
	if (s->word[0] == '/')
		return xstrdup(s->word);
	if (strchr(s->word, '/') || s->word[0] == '.')
		return NULL;
	return xasprintf("%s/%s", parse_confdir(), s->word);
}

static bool existing_config_dir(const struct subject *s, char **ret)
{
	_cleanup_free_ char *dir = config_dir(s);
	struct stat st;

	if (!dir || stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	*ret = take_ptr(dir);
	return true;
}

static bool is_running(uint32_t xid)
{
	return vctx_ctx_info(xid, NULL) == 0;
}

/* The number of the subject's context. */
static bool find_context(const struct subject *s, bool allow_stopped, uint32_t *ret_xid)
{
	bool running;
	uint32_t xid;

	if (s->none)
		return false;
	if (s->number) {
		*ret_xid = s->value;
		return allow_stopped || is_running(s->value);
	}
	if (context_of_guest(guest_of_context(s->word), &xid, &running) < 0 || (!running && !allow_stopped))
		return false;
	*ret_xid = xid;
	return true;
}

/* ---- questions ---- */

static bool is_false(const char *word)
{
	return word && (strcmp(word, "0") == 0 || strcasecmp(word, "false") == 0 || strcasecmp(word, "no") == 0 || !*word);
}

static bool ask_context(const struct subject *s, char **args, struct strbuf *answer)
{
	uint32_t xid;

	if (!find_context(s, !is_false(args[0]), &xid))
		return false;
	strbuf_addf(answer, "%u", xid);
	return true;
}

static bool ask_id(const struct subject *s, char **args, struct strbuf *answer)
{
	char name[VCTX_NAME_SIZE];

	(void)args;
	if (!s->number || vctx_name_get(s->value, VCTX_NAME_CONTEXT, name) < 0 || !name[0])
		return false;
	strbuf_add(answer, guest_of_context(name));
	return true;
}

static bool ask_running(const struct subject *s, char **args, struct strbuf *answer)
{
	uint32_t xid;

	(void)args;
	if (!find_context(s, false, &xid))
		return false;
	strbuf_add(answer, "1");
	return true;
}

static bool ask_vdir(const struct subject *s, char **args, struct strbuf *answer)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	char target[PATH_MAX];

	if (!existing_config_dir(s, &dir))
		return false;
	path = xasprintf("%s/vdir", dir);
	if (args[0] && strcmp(args[0], "0") != 0) {
		if (!realpath(path, target))
			return false;
	} else {
		ssize_t n = readlink(path, target, sizeof(target) - 1);

		if (n < 0) {
			if (errno != EINVAL)
				return false;
			n = snprintf(target, sizeof(target), "%s", path);	/* a directory, not a link */
		}
		target[n] = '\0';
		if (target[0] != '/') {
			strbuf_addf(answer, "%s/", dir);
		}
	}
	strbuf_add(answer, target);
	return true;
}

static bool ask_name(const struct subject *s, char **args, struct strbuf *answer)
{
	_cleanup_free_ char *dir = NULL;

	(void)args;
	if (!existing_config_dir(s, &dir))
		return false;
	strbuf_add(answer, guest_of_context(dir));
	return true;
}

static bool ask_cfgdir(const struct subject *s, char **args, struct strbuf *answer)
{
	_cleanup_free_ char *dir = NULL;

	(void)args;
	if (!existing_config_dir(s, &dir))
		return false;
	strbuf_add(answer, dir);
	return true;
}

static bool ask_appdir(const struct subject *s, char **args, struct strbuf *answer)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;
	struct stat st;

	if (!args[0] || strchr(args[0], '/') || !existing_config_dir(s, &dir))
		return false;
	path = xasprintf("%s/apps/%s", dir, args[0]);
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	strbuf_add(answer, path);
	return true;
}

static bool ask_initpid(const struct subject *s, char **args, struct strbuf *answer)
{
	struct vctx_ctx_info info;
	uint32_t xid;

	(void)args;
	if (!find_context(s, false, &xid) || vctx_ctx_info(xid, &info) < 0 || !info.init_pid)
		return false;
	strbuf_addf(answer, "%u", info.init_pid);
	return true;
}

/* The process meant: a number, or "-" for the caller itself. */
static bool get_pid(const struct subject *s, pid_t *ret_pid)
{
	if (!s->none && (!s->number || s->value > INT32_MAX))
		return false;
	*ret_pid = s->none ? 0 : (pid_t)s->value;
	return true;
}

static bool ask_initpid_pid(const struct subject *s, char **args, struct strbuf *answer)
{
	struct vctx_ctx_info info;
	uint32_t xid;
	pid_t pid;

	(void)args;
	if (!get_pid(s, &pid) || vctx_task_xid(pid, &xid) < 0 || xid < VCTX_XID_MIN ||
	    vctx_ctx_info(xid, &info) < 0 || !info.init_pid)
		return false;
	strbuf_addf(answer, "%u", info.init_pid);
	return true;
}

static bool ask_task(const struct subject *s, struct strbuf *answer, int (*fn)(pid_t, uint32_t *))
{
	uint32_t id;
	pid_t pid;

	if (!get_pid(s, &pid) || fn(pid, &id) < 0)
		return false;
	strbuf_addf(answer, "%u", id);
	return true;
}

static bool ask_xid(const struct subject *s, char **args, struct strbuf *answer)
{
	(void)args;
	return ask_task(s, answer, vctx_task_xid);
}

static bool ask_nid(const struct subject *s, char **args, struct strbuf *answer)
{
	(void)args;
	return ask_task(s, answer, vctx_task_nid);
}

/* The network context meant: that of a number, else the one the guest runs in or is configured for. */
static bool find_network(const struct subject *s, bool allow_stopped, uint32_t *ret_nid)
{
	_cleanup_free_ char *dir = NULL;
	_cleanup_close_ int fd = -1;
	struct fail f = { 0 };
	uint64_t nid;
	uint32_t xid;

	if (s->none)
		return vctx_task_nid(0, ret_nid) == 0 && *ret_nid >= VCTX_XID_MIN;
	if (s->number) {
		*ret_nid = s->value;
	} else {
		if (!existing_config_dir(s, &dir))
			return false;
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return false;
		if (config_exists(fd, "noncontext"))
			return false;
		if (config_number(fd, "ncontext", VCTX_XID_MIN, VCTX_XID_MAX, &nid, &f) > 0)
			*ret_nid = (uint32_t)nid;
		else if (find_context(s, true, &xid))
			*ret_nid = xid;
		else
			return false;
	}
	return allow_stopped || vctx_net_info(*ret_nid, NULL) == 0;
}

static bool ask_ncontext(const struct subject *s, char **args, struct strbuf *answer)
{
	uint32_t nid;

	if (!find_network(s, !is_false(args[0]), &nid))
		return false;
	strbuf_addf(answer, "%u", nid);
	return true;
}

static bool ask_addresses(const struct subject *s, char **args, struct strbuf *answer)
{
	_cleanup_free_ char *text = NULL;
	struct vctx_net_entry *e = NULL;
	uint32_t nid;

	(void)args;
	if (s->none)
		nid = VCTX_XID_SELF;
	else if (!find_network(s, true, &nid))
		return false;
	if (vctx_net_entry_get(nid, &e) < 0)
		return false;
	if (e->count) {
		text = network_addresses_text(e, " ");
		strbuf_add(answer, text);
	}
	(void)vctx_net_entry_free(e);
	return true;
}

static bool ask_tag(const struct subject *s, char **args, struct strbuf *answer)
{
	(void)args;
	return ask_task(s, answer, vctx_task_tag);
}

static bool ask_apiver(const struct subject *s, char **args, struct strbuf *answer)
{
	uint32_t version;

	(void)s;
	(void)args;
	if (vctx_version(&version) < 0)
		return false;
	strbuf_addf(answer, "0x%08x", version);
	return true;
}

static bool ask_uts(const struct subject *s, char **args, struct strbuf *answer)
{
	enum vctx_name which = VCTX_NAME_CONTEXT, last = VCTX_NAME_DOMAINNAME;
	uint32_t xid;

	if (!find_context(s, false, &xid))
		return false;
	if (args[0]) {
		if (vctx_name_from_word(args[0], &which) < 0)
			return false;
		last = which;
	}
	for (int i = (int)which; i <= (int)last; i++) {
		char name[VCTX_NAME_SIZE];

		if (vctx_name_get(xid, (enum vctx_name)i, name) < 0) {
			if (which == last)
				return false;
			(void)snprintf(name, sizeof(name), "???");
		}
		if (i > (int)which)
			strbuf_add_char(answer, ' ');
		strbuf_add(answer, name);
	}
	return true;
}

static bool ask_sysinfo(const struct subject *s, char **args, struct strbuf *answer)
{
	uint32_t version, config;
	struct utsname u;
	bool known;

	(void)s;
	(void)args;
	if (uname(&u) < 0)
		return false;
	known = vctx_version(&version) == 0;
	strbuf_add(answer, "Versions:\n");
	strbuf_addf(answer, "                   Kernel: %s\n", u.release);
	if (known) {
		strbuf_addf(answer, "                   VS-API: 0x%08x\n", version);
		if (vctx_config(&config) == 0) {
			_cleanup_free_ char *words = NULL;

			strbuf_addf(answer, "                      VCI: 0x%08x", config);
			if (vctx_words_format(VCTX_WORDS_CONFIG, config & ~VCTX_CONFIG_TAGGED, " ", &words) == 0)
				strbuf_addf(answer, " (%s)", words);
			strbuf_add_char(answer, '\n');
		}
	} else {
		strbuf_add(answer, "                   VS-API: none\n");
	}
	strbuf_addf(answer, "                     vctx: %s\n", vctx_library_version());
	strbuf_add(answer, "\nFeatures:\n");
	for (int i = 0; i < VCTX_FEATURE_MAX_; i++)
		strbuf_addf(answer, "%25s: %s\n", vctx_feature_name((enum vctx_feature)i),
			    vctx_supported((enum vctx_feature)i) > 0 ? "yes" : "no");
	strbuf_add(answer, "\nPaths:\n");
	strbuf_addf(answer, "            Configuration: %s", parse_confdir());
	return true;
}

static bool ask_feature(const struct subject *s, char **args, struct strbuf *answer)
{
	enum vctx_feature f;

	(void)s;
	(void)answer;
	return args[0] && vctx_feature_from_name(args[0], &f) == 0 && vctx_supported(f) > 0;
}

static bool ask_pxid(const struct subject *s, char **args, struct strbuf *answer)
{
	/* Contexts have no parents. */
	(void)s;
	(void)args;
	(void)answer;
	return false;
}

static bool ask_canonify(const struct subject *s, char **args, struct strbuf *answer)
{
	(void)args;
	for (const char *p = s->word; *p; p++)
		if (isalnum((unsigned char)*p))
			strbuf_add_char(answer, *p);
	return answer->len > 0;
}

/* In a child: without any capability chroot must fail. */
static bool ask_verifycap(const struct subject *s, char **args, struct strbuf *answer)
{
	int status;
	pid_t pid;

	(void)s;
	(void)args;
	(void)answer;
	pid = fork();
	if (pid == 0) {
		cap_t none = cap_init();

		if (!none || cap_set_proc(none) < 0)
			_exit(1);
		_exit(chroot("/") == 0 || errno != EPERM);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* In a child: the spectator must be able to read /proc/uptime. */
static bool ask_verifyproc(const struct subject *s, char **args, struct strbuf *answer)
{
	int status;
	pid_t pid;

	(void)s;
	(void)args;
	(void)answer;
	pid = fork();
	if (pid == 0)
		_exit(vctx_ctx_migrate(VCTX_XID_WATCH, 0) < 0 || access("/proc/uptime", R_OK) < 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool ask_xidtype(const struct subject *s, char **args, struct strbuf *answer)
{
	const char *type;
	uint32_t xid;

	if (!s->number) {
		if (!find_context(s, true, &xid))
			return false;
	} else {
		xid = s->value;
	}
	type = vctx_xid_type_name(vctx_xid_type(xid));
	for (char **a = args; *a; a++)
		if (strcasecmp(*a, type) == 0)
			return true;
	if (args[0])
		return false;
	strbuf_add(answer, type);
	return true;
}

/* Not an answer but a stream: printed as it comes. */
static bool ask_events(const struct subject *s, char **args, struct strbuf *answer)
{
	struct vctx_events *events = NULL;
	int r, left_ms = -1;
	struct timespec end;

	(void)s;
	(void)answer;
	if (args[0] && parse_seconds(args[0], &left_ms) < 0) {
		msg_error("'%s' is not a number of seconds", args[0]);
		return false;
	}
	r = vctx_events_open(&events);
	if (r < 0) {
		msg_error("cannot subscribe to events: %s", vctx_strerror(VCTX_CALL_ANY, r));
		return false;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += left_ms / 1000;
	end.tv_nsec += left_ms % 1000 * 1000000L;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		struct timespec now;
		struct vctx_event e;

		r = vctx_events_read(events, left_ms, &e);
		if (r == 0) {
			const char *name = vctx_event_name(e.type);

			(void)printf("%" PRIu32 " %s %" PRIu32 " ", e.seq, name ? name : "unknown", e.xid);
			print_clean(stdout, e.name);
			(void)putchar('\n');
		} else if (r == -ENOBUFS) {
			msg_warning("events were lost");
		} else if (r == -EAGAIN && left_ms >= 0) {
			break;
		} else if (r != -EINTR && r != -EAGAIN) {
			msg_error("cannot read events: %s", vctx_strerror(VCTX_CALL_ANY, r));
			break;
		}
		if (ferror(stdout))
			break;
		if (left_ms < 0)
			continue;
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		left_ms = (int)((end.tv_sec - now.tv_sec) * 1000 + (end.tv_nsec - now.tv_nsec) / 1000000);
		if (left_ms < 0)
			left_ms = 0;
	}
	vctx_events_close(events);
	return r == -EAGAIN;
}

static const struct {
	const char *name, *args, *help;
	question_fn fn;
} questions[] = {
	{ "CONTEXT", "[BOOL]", "number of the context; with 'false' only of a running one", ask_context },
	{ "ID", "", "name of the guest in a context", ask_id },
	{ "RUNNING", "", "does it run?", ask_running },
	{ "VDIR", "[1]", "root directory; with 1 without links", ask_vdir },
	{ "NAME", "", "name of the guest", ask_name },
	{ "CFGDIR", "", "configuration directory", ask_cfgdir },
	{ "APPDIR", "APP", "configuration directory of an application", ask_appdir },
	{ "INITPID", "", "host's process id of the guest's init", ask_initpid },
	{ "INITPID_PID", "", "the same for the context of a process", ask_initpid_pid },
	{ "XID", "", "context of a process", ask_xid },
	{ "NID", "", "network context of a process", ask_nid },
	{ "NCONTEXT", "[BOOL]", "number of the network context; with 'false' only if it is there", ask_ncontext },
	{ "ADDRESSES", "", "addresses of a guest or network context", ask_addresses },
	{ "TAG", "", "file tag of a process", ask_tag },
	{ "APIVER", "", "version of the kernel's interface", ask_apiver },
	{ "UTS", "[NAME]", "names as shown by uname inside", ask_uts },
	{ "SYSINFO", "", "all about this system", ask_sysinfo },
	{ "FEATURE", "FEATURE", "is it there? (exit code)", ask_feature },
	{ "PXID", "", "parent context: there is none", ask_pxid },
	{ "CANONIFY", "", "the name reduced to letters and digits", ask_canonify },
	{ "VERIFYCAP", "", "do capabilities restrict? (exit code)", ask_verifycap },
	{ "VERIFYPROC", "", "can the spectator read /proc/uptime? (exit code)", ask_verifyproc },
	{ "EVENTS", "[SECONDS]", "what happens to contexts, as it happens", ask_events },
	{ "XIDTYPE", "[TYPE...]", "kind of number: invalid main watch static dynamic", ask_xidtype },
};

static int list_questions(void)
{
	static const struct table_column columns[] = { { "QUESTION", false }, { "ARGUMENT", false }, { "ANSWER", false } };
	struct table *t = table_new(columns, ARRAY_SIZE(columns));

	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		table_cell(t, questions[i].name);
		table_cell(t, questions[i].args);
		table_cell(t, questions[i].help);
	}
	table_print(t, stdout);
	table_free(t);
	return msg_close_stdout();
}

/* Names may come from a guest: nothing in them may act on the terminal. */
static void print_answer(const char *text)
{
	while (*text) {
		_cleanup_free_ char *line = xstrndup(text, strcspn(text, "\n"));

		print_clean(stdout, line);
		(void)putchar('\n');
		text += strlen(line);
		text += *text == '\n';
	}
}

int main(int argc, char **argv)
{
	_cleanup_strbuf_ struct strbuf answer = STRBUF_INIT;
	char *sysinfo[] = { (char *)(uintptr_t)"-", (char *)(uintptr_t)"SYSINFO", NULL };
	struct subject subject = { 0 };
	bool quiet = false;
	struct opt_state s;
	size_t i;
	int c;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_QUIET:
			quiet = true;
			break;
		case OPT_LIST:
			return list_questions();
		}
	}
	if (c < 0)
		return s.exit_code;
	argv += s.index;
	argc -= s.index;
	if (argc == 0 || (argc == 1 && strcasecmp(argv[0], "SYSINFO") == 0))
		argv = sysinfo;
	else if (argc == 1)
		return msg_usage("a question is needed after '%s'", argv[0]);
	for (i = 0; i < ARRAY_SIZE(questions); i++)
		if (strcasecmp(argv[1], questions[i].name) == 0)
			break;
	if (i == ARRAY_SIZE(questions))
		return msg_usage("unknown question '%s'", argv[1]);
	subject.word = argv[0];
	subject.none = strcmp(argv[0], "-") == 0;
	subject.number = parse_u32(argv[0], &subject.value) == 0;
	if (!questions[i].fn(&subject, argv + 2, &answer))
		return 1;
	if (!quiet && answer.len)
		print_answer(strbuf_text(&answer));
	return msg_close_stdout();
}
