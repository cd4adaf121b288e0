// SPDX-License-Identifier: GPL-2.0-or-later
/* opt - options of a program, their help and their mistakes, from one table */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "opt.h"
#include "xalloc.h"

#define HELP_COLUMN	26	/* where the text about an option begins */

/* What getopt_long() wants; one command line is parsed at a time, and who stops early leaves them here. */
static char *letters;
static struct option *longs;

static bool is_end(const struct opt *o)
{
	return !o->name && !o->help;
}

static bool optional_arg(const struct opt *o)
{
	return o->arg && o->arg[0] == '[';
}

void opt_start(struct opt_state *s, const struct opt_program *program, int argc, char **argv)
{
	size_t n = 0, letter = 0;
	size_t i = 0;

	msg_init(program->name);
	while (!is_end(&program->options[n]))
		n++;
	*s = (struct opt_state){ .program = program, .argc = argc, .argv = argv };
	free(letters);
	free(longs);
	letters = xcalloc(3 * n + 4, 1);
	longs = xcalloc(n + 1, sizeof(*longs));
	if (program->stop)
		letters[letter++] = '+';
	letters[letter++] = ':';
	for (const struct opt *o = program->options; !is_end(o); o++) {
		if (!o->name)
			continue;
		longs[i++] = (struct option){
			.name = o->name,
			.has_arg = !o->arg ? no_argument : optional_arg(o) ? optional_argument : required_argument,
			.val = o->id,
		};
		if (!o->letter)
			continue;
		letters[letter++] = (char)o->letter;
		if (o->arg)
			letters[letter++] = ':';
		if (optional_arg(o))
			letters[letter++] = ':';
	}
	optind = 0;
	opterr = 0;
}

static int finish(struct opt_state *s, int exit_code)
{
	s->exit_code = exit_code;
	free(letters);
	free(longs);
	letters = NULL;
	longs = NULL;
	return -1;
}

const char *opt_name(const struct opt_program *program, int id)
{
	static char name[64];

	for (const struct opt *o = program->options; !is_end(o); o++)
		if (o->name && o->id == id) {
			(void)snprintf(name, sizeof(name), "--%s", o->name);
			return name;
		}
	return "?";
}

/* How many long options begin with this? Different names for the same thing count once. */
static int count_matches(const struct opt_program *program, const char *text, size_t len)
{
	int found = 0, id = 0;

	for (const struct opt *o = program->options; !is_end(o); o++)
		if (o->name && strncmp(o->name, text, len) == 0 && o->id != id) {
			id = o->id;
			found++;
		}
	return found;
}

static int mistake(struct opt_state *s, int c, const char *word)
{
	size_t len;

	if (c == ':') {
		if (word[0] == '-' && word[1] == '-')
			return msg_usage("option '%s' needs an argument", word);
		return msg_usage("option '-%c' needs an argument", optopt);
	}
	if (word[0] != '-' || word[1] != '-')
		return msg_usage("unknown option '-%c'", optopt);
	len = strcspn(word, "=");
	if (count_matches(s->program, word + 2, len - 2) > 1)
		return msg_usage("option '%.*s' is ambiguous", (int)len, word);
	if (word[len] == '=' && count_matches(s->program, word + 2, len - 2) == 1)
		return msg_usage("option '%.*s' takes no argument", (int)len, word);
	return msg_usage("unknown option '%.*s'", (int)len, word);
}

int opt_next(struct opt_state *s)
{
	int c = getopt_long(s->argc, s->argv, letters, longs, NULL);

	s->arg = NULL;
	if (c == -1) {
		s->index = optind;
		(void)finish(s, 0);
		return 0;
	}
	if (c == '?' || c == ':')
		return finish(s, mistake(s, c, s->argv[optind > 0 ? optind - 1 : 0]));
	for (const struct opt *o = s->program->options; !is_end(o); o++) {
		if (!o->name || (o->id != c && o->letter != c))
			continue;
		s->arg = o->arg ? optarg : NULL;
		if (o->id == OPT_ID_HELP) {
			opt_print_help(s->program);
			return finish(s, msg_close_stdout());
		}
		if (o->id == OPT_ID_VERSION) {
			opt_print_version(s->program->name);
			return finish(s, msg_close_stdout());
		}
		return o->id;
	}
	return finish(s, 2);
}

int opt_choose(const struct opt_program *program, int *chosen, int id)
{
	char first[64];

	if (*chosen && *chosen != id) {
		(void)snprintf(first, sizeof(first), "%s", opt_name(program, *chosen));
		return msg_usage("options '%s' and '%s' exclude each other", first, opt_name(program, id));
	}
	*chosen = id;
	return 0;
}

static void print_option(const struct opt *o)
{
	const char *text = o->help;
	char left[80];
	int n;

	if (o->letter)
		n = snprintf(left, sizeof(left), "  -%c, --%s", o->letter, o->name);
	else
		n = snprintf(left, sizeof(left), "      --%s", o->name);
	if (o->arg)
		n += snprintf(left + n, sizeof(left) - (size_t)n, optional_arg(o) ? "%s" : "=%s", o->arg);
	(void)fputs(left, stdout);
	if (n > HELP_COLUMN - 2) {
		(void)putchar('\n');
		n = 0;
	}
	for (;;) {
		size_t len = strcspn(text, "\n");

		(void)printf("%*s%.*s\n", HELP_COLUMN - n, "", (int)len, text);
		if (!text[len])
			break;
		text += len + 1;
		n = 0;
	}
}

static void print_lines(const char *prefix, const char *next, const char *name, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (*text == ' ')	/* a line goes on */
			(void)printf("%*s%.*s\n", (int)(strlen(next) + strlen(name)), "", (int)len, text);
		else
			(void)printf("%s%s%s%.*s\n", prefix, name, len && *name ? " " : "", (int)len, text);
		prefix = next;
		text += len + (text[len] == '\n');
	}
}

void opt_print_help(const struct opt_program *p)
{
	print_lines("Usage: ", "       ", p->name, p->synopsis);
	(void)printf("\n%s\n", p->purpose);
	for (const struct opt *o = p->options; !is_end(o); o++) {
		if (!o->name)
			(void)printf("\n%s:\n", o->help);
		else if (o->help)
			print_option(o);
	}
	if (p->extra)
		(void)printf("\n%s\n", p->extra);
	if (p->examples) {
		(void)printf("\nExamples:\n");
		print_lines("  ", "  ", "", p->examples);
	}
	(void)printf("\nSee %s for more.\n", p->manual);
}

void opt_print_version(const char *name)
{
	(void)printf("%s (vctx) %s\n", name, VCTX_VERSION);
}
