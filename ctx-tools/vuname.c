// SPDX-License-Identifier: GPL-2.0-or-later
/* vuname - names of a context */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "enter.h"
#include "macro.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "util.h"
#include "xalloc.h"

enum {
	OPT_GET = 256,
	OPT_SET,
	OPT_DIR,
	OPT_XID,
	OPT_TAG,
	OPT_MISSINGOK,
	OPT_JSON,
};

static const struct opt options[] = {
	OPT_GROUP("What to do"),
	{ "get", 'g', NULL, OPT_GET, "show names (default)" },
	{ "set", 's', NULL, OPT_SET, "set the names given with --tag" },
	{ "dir", 0, "DIR", OPT_DIR, "set the names found as files in a directory" },
	{ "missingok", 0, NULL, OPT_MISSINGOK, "with --dir: no error when there is no such directory" },
	{ "xid", 'c', "CONTEXT", OPT_XID, "number or guest name (default: the own context)" },
	{ "ctx", 0, "CONTEXT", OPT_XID, NULL },
	{ "tag", 't', "NAME=VALUE", OPT_TAG, "a name to set; may be repeated" },
	{ "json", 0, NULL, OPT_JSON, "with --get: as JSON" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program program = {
	.name = "vuname",
	.synopsis = "[--get] [--xid=CONTEXT] [--json] [NAME...]\n"
		    "--set [--xid=CONTEXT] --tag=NAME=VALUE... [--] [PROGRAM [ARG...]]\n"
		    "--dir=DIR [--missingok] [--xid=CONTEXT] [--] [PROGRAM [ARG...]]",
	.purpose = "Show or set the name of a context and what uname(2) tells inside it.",
	.options = options,
	.extra = "Names: context, sysname, nodename, release, version, machine, domainname.",
	.examples = "vuname --get --xid 100 nodename\n"
		    "vuname --set --xid 100 -t nodename=web1",
	.manual = "vuname(8)",
	.stop = true,
};

static const char *value[VCTX_NAME_MAX_];
static char **command;

static int set_name(uint32_t xid, enum vctx_name which, const char *text)
{
	int r = vctx_name_set(xid, which, text);

	if (r < 0)
		msg_error("cannot set the %s of context %u to '%s': %s", vctx_name_word(which), xid, text,
			  vctx_strerror(VCTX_CALL_NAME, r));
	return r;
}

static int set(uint32_t xid)
{
	for (int i = 0; i < VCTX_NAME_MAX_; i++)
		if (value[i] && set_name(xid, (enum vctx_name)i, value[i]) < 0)
			return own_failure(command);
	return run_command(command);
}

static int set_from_dir(uint32_t xid, const char *path, bool missing_ok)
{
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0) {
		if (errno == ENOENT && missing_ok)
			return run_command(command);
		msg_errno(errno, "cannot open '%s'", path);
		return own_failure(command);
	}
	for (int i = 0; i < VCTX_NAME_MAX_; i++) {
		_cleanup_free_ char *text = NULL;
		const char *name = vctx_name_word((enum vctx_name)i);
		int r = read_file_at(dir, name, 4096, &text, NULL);

		if (r == -ENOENT)
			continue;
		if (r < 0) {
			msg_errno(r, "cannot read '%s/%s'", path, name);
			return own_failure(command);
		}
		text[strcspn(text, "\r\n")] = '\0';
		if (set_name(xid, (enum vctx_name)i, text) < 0)
			return own_failure(command);
	}
	/* It must not be there for the program. */
	(void)close(take_fd(dir));
	return run_command(command);
}

static int get(uint32_t xid, char **words, bool as_json)
{
	enum vctx_name which[64];
	struct json j = JSON_INIT(stdout);
	size_t n = 0;
	int r = vctx_ctx_info(xid, NULL);

	if (r < 0) {
		msg_error("cannot read the names of context %u: %s", xid, vctx_strerror(VCTX_CALL_ANY, r));
		return 1;
	}
	for (; words[n]; n++) {
		if (n == ARRAY_SIZE(which))
			return msg_usage("too many names");
		if (vctx_name_from_word(words[n], &which[n]) < 0)
			return msg_usage("unknown name '%s'", words[n]);
	}
	if (!n)
		for (; n < VCTX_NAME_MAX_; n++)
			which[n] = (enum vctx_name)n;
	if (as_json) {
		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		json_number(&j, "xid", xid);
	}
	for (size_t i = 0; i < n; i++) {
		char name[VCTX_NAME_SIZE];
		bool known = vctx_name_get(xid, which[i], name) == 0;

		if (as_json) {
			json_string(&j, vctx_name_word(which[i]), known ? name : NULL);
			continue;
		}
		(void)fputs(i ? " " : "", stdout);
		print_clean(stdout, known ? name : "???");
	}
	if (as_json)
		json_end(&j);
	else
		(void)putchar('\n');
	return msg_close_stdout();
}

static int add_tag(const char *text)
{
	const char *equal = strchr(text, '=');
	_cleanup_free_ char *word = NULL;
	enum vctx_name which;

	if (!equal)
		return msg_usage("'%s' is not of the form NAME=VALUE", text);
	word = xstrndup(text, (size_t)(equal - text));
	if (vctx_name_from_word(word, &which) < 0)
		return msg_usage("unknown name '%s'", word);
	if (strlen(equal + 1) >= VCTX_NAME_SIZE)
		return msg_usage("the value of '%s' is longer than %u bytes", word, VCTX_NAME_SIZE - 1);
	value[which] = equal + 1;
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t xid = VCTX_XID_NONE;
	bool missing_ok = false, as_json = false, tags = false;
	const char *dir = NULL;
	struct opt_state s;
	int c, r, mode = 0;

	opt_start(&s, &program, argc, argv);
	while ((c = opt_next(&s)) > 0) {
		switch (c) {
		case OPT_DIR:
			dir = s.arg;
			/* fall through */
		case OPT_GET:
		case OPT_SET:
			r = opt_choose(&program, &mode, c);
			if (r)
				return r;
			break;
		case OPT_XID:
			if (parse_context(s.arg, &xid) < 0)
				return 2;
			break;
		case OPT_TAG:
			r = add_tag(s.arg);
			if (r)
				return r;
			tags = true;
			break;
		case OPT_MISSINGOK:
			missing_ok = true;
			break;
		case OPT_JSON:
			as_json = true;
			break;
		}
	}
	if (c < 0)
		return s.exit_code;
	command = argv + s.index;
	if (tags && mode != OPT_SET)
		return msg_usage("--tag needs --set");
	if (mode == OPT_SET && !tags)
		return msg_usage("--set needs --tag");
	if (missing_ok && mode != OPT_DIR)
		return msg_usage("--missingok needs --dir");
	if (as_json && mode && mode != OPT_GET)
		return msg_usage("--json needs --get");
	if (xid == VCTX_XID_NONE && parse_context("self", &xid) < 0)
		return mode == OPT_SET || mode == OPT_DIR ? own_failure(command) : 1;
	if (mode == OPT_SET)
		return set(xid);
	if (mode == OPT_DIR)
		return set_from_dir(xid, dir, missing_ok);
	return get(xid, command, as_json);
}
