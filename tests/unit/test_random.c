// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_random - readers of texts against texts that nobody meant
 *
 * Always the same texts: a number of VCTX_SEED in the environment makes others, VCTX_ROUNDS more. What counts is that
 * memory stays whole (SAN=1) and that whatever is accepted keeps its promises.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vctx.h>

#include "cleanup.h"
#include "config.h"
#include "out.h"
#include "parse.h"
#include "path.h"
#include "procs.h"
#include "user.h"
#include "util.h"
#include "xalloc.h"

/* last: it has a macro fail(), which we do not want */
#include <cmocka.h>
#undef fail

static uint64_t state_word;
static unsigned int rounds = 400;
static char top_name[64];
static int top = -1;

static uint32_t random_u32(uint32_t below)
{
	state_word = state_word * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state_word >> 33) % below;
}

/* Pieces that texts of this kind are made of, so that chance gets behind the first character. */
static const char *const pieces[] = {
	"0", "1", "7", "0x", "0", "4294967295", "18446744073709551615", "18446744073709551616", "-", "-1", "65535", "65536",
	" ", "\t", "\n", "\n\n", "\r\n", "#", ",", ":", "::", "/", "//", "..", ".", "=", "~", "!", "^", "^63", "^64",
	"root", "user", "x", "/root:/bin/sh", "root:x:0:0:root:/root:/bin/sh\n", "user:x:1000:1000:::\n", "g:x:5:user,root\n",
	"none /tmp tmpfs size=1m 0 0\n", "/dev/sda1", "bind", "\\040", "\\0", "\\777", "\\", "proc", "cap_", "CAP_CHOWN",
	"chown", "kill", "all", "none", "VXF_", "hide_mount", "newuts", "iunlink", "virt_uptime", "linux32", "per_", "sigkill",
	"KEY=VALUE\n", "PATH=/bin", "_=", "9=", "192.0.2.1", "2001:db8::1", "/24", "255.255.0.0", "eth0", "inf", "1.5", ".5",
	"\xff", "\xc2\x9b", "\xe2\x82\xac", "\xf0\x9f", "\x1b[2J", "\x01", "(", ")", "1 (a) b) S 1 1 1", " 2 3 4 5 6 7 8 9 10 11",
};

/* At most @max bytes, no NUL inside unless @nul; freed by the caller. */
static char *random_text(size_t max, bool nul, size_t *ret_len)
{
	size_t len = 0, want = random_u32((uint32_t)max);
	char *text = xcalloc(max + 1, 1);

	while (len < want) {
		const char *p = pieces[random_u32((uint32_t)(sizeof(pieces) / sizeof(*pieces)))];
		char byte[2] = { (char)random_u32(256), '\0' };
		size_t n;

		if (random_u32(8) == 0)
			p = byte;
		n = strlen(p);
		if (!n && nul)
			n = 1;
		if (len + n > max)
			break;
		memcpy(text + len, p, n);
		len += n;
	}
	text[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return text;
}

static void put(const char *path, const char *text, size_t len)
{
	int fd = openat(top, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, len), 0);
	(void)close(fd);
}

static void put_random(const char *path, size_t max)
{
	size_t len;
	_cleanup_free_ char *text = random_text(max, random_u32(10) == 0, &len);

	put(path, text, len);
}

static int group_setup(void **state)
{
	const char *seed = getenv("VCTX_SEED"), *more = getenv("VCTX_ROUNDS");

	(void)state;
	state_word = seed ? strtoull(seed, NULL, 0) : 20240101;
	if (more)
		rounds = (unsigned int)strtoul(more, NULL, 0);
	(void)snprintf(top_name, sizeof(top_name), "/tmp/test_random.XXXXXX");
	if (!mkdtemp(top_name))
		return -1;
	top = open(top_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return top < 0 || mkdirat(top, "etc", 0755) < 0 || mkdirat(top, "interfaces", 0755) < 0 ||
	       mkdirat(top, "interfaces/0", 0755) < 0 ? -1 : 0;
}

static int group_teardown(void **state)
{
	struct fail f = { 0 };

	(void)state;
	(void)close(top);
	return path_remove_tree(AT_FDCWD, top_name, true, &f);
}

/* ---- numbers ---- */

static void numbers(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds * 20; i++) {
		_cleanup_free_ char *text = random_text(24, false, NULL);
		uint64_t u = 1;
		int64_t s = 1;
		uint32_t d = 1, u32 = 1;
		char *end;
		pid_t pid;
		int ms;

		if (parse_u64(text, &u) == 0) {
			errno = 0;
			assert_true(isxdigit((unsigned char)*text));
			assert_int_equal(u, strtoull(text, &end, 0));
			assert_int_equal(errno, 0);
			assert_int_equal(*end, '\0');
			assert_int_equal(parse_u32(text, &u32) == 0, u <= UINT32_MAX);
		}
		if (parse_s64(text, &s) == 0)
			assert_int_equal(s, strtoll(text, &end, 0));
		if (parse_decimal(text, 1000, &d) == 0)
			assert_true(d <= 1000 && strspn(text, "0123456789") == strlen(text));
		if (parse_pid(text, -1, &pid) == 0)
			assert_true(pid >= -1 && pid <= 4194304);
		if (parse_seconds(text, &ms) == 0)
			assert_true(ms >= 0);
	}
}

/* ---- words ---- */

static void words(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds * 10; i++) {
		enum vctx_words kind = (enum vctx_words)random_u32(VCTX_WORDS_MAX_);
		struct vctx_change before = { random_u32(UINT32_MAX), random_u32(UINT32_MAX) }, c = before, again = { 0, 0 };
		_cleanup_free_ char *text = random_text(80, false, NULL), *bad = NULL, *formatted = NULL;
		int r = vctx_words_parse(kind, text, &c, &bad);

		if (r < 0) {
			assert_int_equal(c.value, before.value);
			assert_int_equal(c.mask, before.mask);
			assert_non_null(bad);
			assert_non_null(strstr(text, bad));
			continue;
		}
		assert_null(bad);
		assert_int_equal(c.mask & before.mask, before.mask);
		/* what is printed is understood */
		assert_int_equal(vctx_words_format(kind, c.value, ",", &formatted), 0);
		assert_int_equal(vctx_words_parse(kind, formatted, &again, NULL), 0);
		assert_int_equal(again.value, c.value);
	}
}

/* ---- files of the configuration ---- */

static void check_mounts(struct config_mounts *m)
{
	for (size_t n = 0; n < m->count; n++) {
		assert_non_null(m->list[n].source);
		assert_int_equal(m->list[n].target[0], '/');
		assert_non_null(m->list[n].type);
		assert_non_null(m->list[n].options);
		assert_true(m->list[n].line > 0);
	}
	config_mounts_free(m);
}

static void configuration(void **state)
{
	static const char *const files[] = { "interfaces/0/ip", "interfaces/prefix", "interfaces/mask", "interfaces/0/dev" };

	(void)state;
	for (unsigned int i = 0; i < rounds; i++) {
		_cleanup_strv_ char **list = NULL, **env = NULL;
		struct config_mounts m = { NULL, 0 };
		struct config_interfaces all = { .count = 0 };
		_cleanup_free_ char *line = NULL;
		struct fail f = { 0 };
		uint64_t n = 0;
		int r;

		put_random("file", 400);
		r = config_text(top, "file", &line, &f);
		assert_true(r == 1 || f.error < 0);
		if (r == 1)
			assert_true(!strchr(line, '\n') && !isspace((unsigned char)*line) &&
				    (!*line || !isspace((unsigned char)line[strlen(line) - 1])));
		f = (struct fail){ 0 };
		r = config_list(top, "file", CONFIG_COMMENTS, &list, &f);
		assert_true(r == 1 || f.error < 0);
		for (char **s = list; s && *s; s++)
			assert_true(**s && **s != '#' && !strchr(*s, '\n'));
		f = (struct fail){ 0 };
		r = config_environment(top, "file", &env, &f);
		assert_true(r == 1 || (f.error < 0 && f.text[0]));
		for (char **s = env; s && *s; s++)
			assert_non_null(strchr(*s, '='));
		f = (struct fail){ 0 };
		r = config_number(top, "file", 2, 65535, &n, &f);
		assert_true(r == 1 ? n >= 2 && n <= 65535 : f.error < 0);
		f = (struct fail){ 0 };
		r = config_fstab(top, "file", &m, &f);
		assert_true(r == 1 || (f.error < 0 && m.count == 0));
		check_mounts(&m);

		for (size_t k = 0; k < sizeof(files) / sizeof(*files); k++)
			if (random_u32(2))
				put_random(files[k], 20);
		f = (struct fail){ 0 };
		r = config_read_interfaces(top, "interfaces", &all, &f);
		assert_true(r == 1 || (f.error < 0 && all.count == 0));
		for (size_t k = 0; k < all.count; k++)
			assert_true(all.list[k].prefix <= (all.list[k].v6 ? 128U : 32U));
		config_interfaces_free(&all);
	}
}

/* ---- files of a guest ---- */

static void users(void **state)
{
	static const char *const names[] = { "root", "user", "0", "1000", "", ":", "x:", "4294967295", "4294967294" };

	(void)state;
	for (unsigned int i = 0; i < rounds; i++) {
		put_random("etc/passwd", 600);
		put_random("etc/group", 600);
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			struct user u = { 0 };

			if (user_lookup(top, names[k], &u) < 0)
				continue;
			/* -1 is "leave it" to setresuid(2) */
			assert_true(u.uid != UINT32_MAX && u.gid != UINT32_MAX);
			for (size_t g = 0; g < u.group_count; g++)
				assert_true(u.groups[g] != UINT32_MAX);
			user_free(&u);
		}
	}
}

static void processes(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds * 5; i++) {
		_cleanup_free_ char *text = random_text(200, false, NULL);
		struct proc p;

		(void)procs_parse_stat(text, &p);
	}
}

/* ---- paths and output ---- */

static void paths(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds * 5; i++) {
		_cleanup_free_ char *text = random_text(60, false, NULL);
		_cleanup_free_ char *clean = path_clean(text), *plain = config_unescape(text, strlen(text));

		assert_true(strlen(plain) <= strlen(text));
		if (!clean)
			continue;
		assert_int_equal(clean[0], '/');
		assert_null(strstr(clean, "//"));
		assert_null(strstr(clean, "/../"));
		assert_true(strlen(clean) < 3 || strcmp(clean + strlen(clean) - 3, "/..") != 0);
		assert_true(strlen(clean) == 1 || clean[strlen(clean) - 1] != '/');
		assert_true(path_is_below(clean, clean));
	}
}

static void output(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds; i++) {
		_cleanup_free_ char *text = random_text(80, false, NULL), *out = NULL;
		struct json j = JSON_INIT(NULL);
		size_t len;

		j.file = open_memstream(&out, &len);
		assert_non_null(j.file);
		json_object(&j, NULL);
		json_string(&j, text, text);
		json_end(&j);
		print_clean(j.file, text);
		assert_int_equal(fclose(j.file), 0);
		/* the only control characters are the line ends of the layout */
		for (const char *s = out; *s; s++)
			assert_true((unsigned char)*s >= 0x20 || *s == '\n');
		assert_null(strchr(out, 0x7f));
		clean_controls(text);
		for (const char *s = text; *s; s++)
			assert_true((unsigned char)*s >= 0x20 && *s != 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers), cmocka_unit_test(words), cmocka_unit_test(configuration),
		cmocka_unit_test(users), cmocka_unit_test(processes), cmocka_unit_test(paths), cmocka_unit_test(output),
	};

	return cmocka_run_group_tests_name("random", tests, group_setup, group_teardown);
}
