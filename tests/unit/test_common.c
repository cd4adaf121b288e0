// SPDX-License-Identifier: GPL-2.0-or-later
/* test_common - ctx-tools/common: words, output, users, processes, programs */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/vserver.h>
#include <vctx.h>

#include "enter.h"
#include "exec.h"
#include "kernel.h"
#include "msg.h"
#include "network.h"
#include "opt.h"
#include "out.h"
#include "parse.h"
#include "procs.h"
#include "user.h"

static char dir[] = "/tmp/vctx-common-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	assert_true(snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path));
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void make_dir(const char *name)
{
	char path[256];

	assert_true(snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path));
	assert_int_equal(mkdir(path, 0755), 0);
}

static int group_setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || setenv("VCTX_CONFDIR", dir, 1) < 0)
		return -1;
	make_dir("web1");
	make_dir("web2");
	make_dir("none");
	make_dir("etc");
	write_file("web1/context", "1042\n");
	write_file("web1/run", "1042\n");
	write_file("web2/context", " 77 \nsecond line\n");
	return 0;
}

static int group_teardown(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

/* ---- words ---- */

static void signals(void **state)
{
	static const char *const wrong[] = { "", "NONSENSE", "SIG", "-1", "65", "SIGSIGTERM", "TERM " };
	int sig = -1;

	(void)state;
	assert_int_equal(parse_signal("TERM", &sig), 0);
	assert_int_equal(sig, SIGTERM);
	assert_int_equal(parse_signal("sigkill", &sig), 0);
	assert_int_equal(sig, SIGKILL);
	assert_int_equal(parse_signal("0", &sig), 0);
	assert_int_equal(sig, 0);
	assert_int_equal(parse_signal("64", &sig), 0);
	assert_int_equal(sig, 64);
	assert_int_equal(parse_signal("RTMIN+1", &sig), 0);
	assert_int_equal(sig, SIGRTMIN + 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse_signal(wrong[i], &sig), -EINVAL);
}

static void seconds(void **state)
{
	static const char *const wrong[] = { "", "-1", "1s", ".", ".5", "1e3", "99999999999999999999" };
	int ms = 0;

	(void)state;
	assert_int_equal(parse_seconds("30", &ms), 0);
	assert_int_equal(ms, 30000);
	assert_int_equal(parse_seconds("0", &ms), 0);
	assert_int_equal(ms, 0);
	assert_int_equal(parse_seconds("1.25", &ms), 0);
	assert_int_equal(ms, 1250);
	assert_int_equal(parse_seconds("0.0019", &ms), 0);
	assert_int_equal(ms, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse_seconds(wrong[i], &ms), -EINVAL);
}

static void process_ids(void **state)
{
	pid_t pid = 0;

	(void)state;
	assert_int_equal(parse_pid("-1", -1, &pid), 0);
	assert_int_equal(pid, -1);
	assert_int_equal(parse_pid("-1", 0, &pid), -EINVAL);
	assert_int_equal(parse_pid("-2", -1, &pid), -EINVAL);
	assert_int_equal(parse_pid("4194305", -1, &pid), -EINVAL);
	assert_int_equal(parse_pid("x", -1, &pid), -EINVAL);
}

static void personalities(void **state)
{
	unsigned long type = 0;

	(void)state;
	assert_int_equal(parse_personality("LINUX32", &type), 0);
	assert_int_equal(type, 8);
	assert_int_equal(parse_personality("per_linux32", &type), 0);
	assert_int_equal(type, 8);
	assert_int_equal(parse_personality("0x0007", &type), 0);
	assert_int_equal(type, 7);
	assert_int_equal(parse_personality("plan9", &type), -EINVAL);
}

static void spaces(void **state)
{
	uint64_t mask = 0;

	(void)state;
	assert_int_equal(parse_spaces("mount,uts", &mask), 0);
	assert_int_equal(mask, 0x04020000);
	assert_int_equal(parse_spaces("--mount --fs --ipc", &mask), 0);
	assert_int_equal(mask, 0x08020200);
	assert_int_equal(parse_spaces("0x04000000", &mask), 0);
	assert_int_equal(mask, 0x04000000);
	assert_int_equal(parse_spaces("none", &mask), 0);
	assert_int_equal(mask, 0);
	assert_int_equal(parse_spaces("mount,moon", &mask), -EINVAL);
}

static void contexts_by_number(void **state)
{
	uint32_t xid = 9;

	(void)state;
	assert_int_equal(parse_context("100", &xid), 0);
	assert_int_equal(xid, 100);
	assert_int_equal(parse_context("0x64", &xid), 0);
	assert_int_equal(xid, 100);
	assert_int_equal(parse_context("65535", &xid), 0);
	assert_int_equal(parse_context("65536", &xid), -EINVAL);
	assert_int_equal(parse_context("4294967295", &xid), -EINVAL);
	assert_int_equal(parse_context("99999999999", &xid), -EINVAL);
	assert_int_equal(parse_context("-1", &xid), -EINVAL);
	assert_int_equal(parse_context("", &xid), -EINVAL);
	assert_int_equal(xid, 65535);
}

static void own_context(void **state)
{
	uint32_t xid = 9;

	(void)state;
	assert_int_equal(parse_context("self", &xid), -EINVAL);
	fake_answer(VSERVER_TASK_XID, 55, NULL, 0);
	assert_int_equal(parse_context("self", &xid), 0);
	assert_int_equal(xid, 55);
}

static void contexts_by_name(void **state)
{
	struct vserver_vhi_name name = { .name = "/etc/vservers/web1" };
	bool running = false;
	uint32_t xid = 9;

	(void)state;
	fake_answer(VSERVER_GET_VHI_NAME, 0, &name, sizeof(name));
	assert_int_equal(parse_context("web1", &xid), 0);
	assert_int_equal(xid, 1042);
	assert_int_equal(parse_context(":web1", &xid), 0);
	assert_int_equal(context_of_guest("web1", &xid, &running), 0);
	assert_true(running);
	/* the context with its number is somebody else */
	assert_int_equal(context_of_guest("web2", &xid, &running), 0);
	assert_int_equal(xid, 77);
	assert_false(running);
	assert_int_equal(context_of_guest("none", &xid, NULL), -ENODATA);
	assert_int_equal(context_of_guest("web3", &xid, NULL), -ENOENT);
	assert_int_equal(context_of_guest("../web1", &xid, NULL), -ENOENT);
	assert_int_equal(context_of_guest("..", &xid, NULL), -ENOENT);
	assert_int_equal(context_of_guest("", &xid, NULL), -ENOENT);
}

/* No link "run" in the configuration: the run file is where a start puts it. */
/* Somebody else takes the number after it was found free: then it exists, or is in setup still. */
static void taken_numbers_are_passed_over(void **state)
{
	uint32_t xid = 0, nid = 0;

	(void)state;
	fake_answer(VSERVER_VX_INFO, -ESRCH, NULL, 0);
	fake_answer(VSERVER_CTX_CREATE, -EBUSY, NULL, 0);
	fake_answer(VSERVER_CTX_CREATE, -EEXIST, NULL, 0);
	fake_answer(VSERVER_CTX_CREATE, 0, NULL, 0);
	assert_int_equal(create_context(VCTX_XID_NONE, 0, &xid), 0);
	assert_int_equal(xid, FIRST_DYNAMIC + 2);

	fake_answer(VSERVER_NX_INFO, -ESRCH, NULL, 0);
	fake_answer(VSERVER_NET_CREATE, -EBUSY, NULL, 0);
	fake_answer(VSERVER_NET_CREATE, -EEXIST, NULL, 0);
	fake_answer(VSERVER_NET_CREATE, 0, NULL, 0);
	assert_int_equal(create_network(VCTX_XID_NONE, 0, &nid), 0);
	assert_int_equal(nid, FIRST_DYNAMIC + 2);

	/* A number that was asked for is not changed. */
	fake_reset();
	fake_answer(VSERVER_CTX_CREATE, -EBUSY, NULL, 0);
	assert_int_equal(create_context(77, 0, &xid), -EBUSY);
	assert_int_equal(xid, FIRST_DYNAMIC + 2);
}

static void run_file_without_a_link(void **state)
{
	struct vserver_vhi_name name = { .name = "/etc/vservers/dyn" };
	bool running = false;
	uint32_t xid = 0;
	char run[64];

	(void)state;
	make_dir("dyn");
	make_dir("runs");
	assert_true(snprintf(run, sizeof(run), "%s/runs", dir) > 0);
	assert_int_equal(setenv("VCTX_RUNDIR", run, 1), 0);
	assert_int_equal(context_of_guest("dyn", &xid, &running), -ENODATA);
	write_file("runs/dyn", "49160\n");
	fake_answer(VSERVER_GET_VHI_NAME, 0, &name, sizeof(name));
	assert_int_equal(context_of_guest("dyn", &xid, &running), 0);
	assert_int_equal(xid, 49160);
	assert_true(running);
	assert_int_equal(unsetenv("VCTX_RUNDIR"), 0);
}

static void stale_run_file_does_not_count(void **state)
{
	bool running = true;
	uint32_t xid = 0;

	(void)state;
	fake_answer(VSERVER_GET_VHI_NAME, -ESRCH, NULL, 0);
	assert_int_equal(context_of_guest("web1", &xid, &running), 0);
	assert_int_equal(xid, 1042);
	assert_false(running);
}

/* ---- output ---- */

static void json_is_written_as_told(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	struct json j = JSON_INIT(f);

	(void)state;
	json_object(&j, NULL);
	json_number(&j, "n", UINT64_MAX);
	json_signed(&j, "s", -5);
	json_real(&j, "r", 1.5, 2);
	json_bool(&j, "b", true);
	json_null(&j, "z");
	json_string(&j, "nothing", NULL);
	json_string(&j, "t", "a\"b\\c\n\t\001\302\233\303\244\377\355\240\200");
	json_list(&j, "empty");
	json_end(&j);
	json_list(&j, "l");
	json_number(&j, NULL, 1);
	json_number(&j, NULL, 2);
	json_end(&j);
	json_end(&j);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text,
		"{\n  \"n\": 18446744073709551615,\n  \"s\": -5,\n  \"r\": 1.50,\n  \"b\": true,\n  \"z\": null,\n"
		"  \"nothing\": null,\n"
		"  \"t\": \"a\\\"b\\\\c\\n\\t\\u0001\\u009b\303\244\\ufffd\\ufffd\\ufffd\\ufffd\",\n"
		"  \"empty\": [],\n  \"l\": [\n    1,\n    2\n  ]\n}\n");
	free(text);
}

static void tables_are_aligned(void **state)
{
	static const struct table_column columns[] = { { "NAME", false }, { "N", true }, { "LAST", false } };
	struct table *t = table_new(columns, 3);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	table_cell(t, "b\303\274ro");
	table_cellf(t, "%d", 7);
	table_cell(t, "x\033[2Jy");
	table_cell(t, "longer");
	table_cell(t, "100");
	table_cell(t, "");
	table_print(t, f);
	table_free(t);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(text, "NAME      N  LAST\nb\303\274ro      7  x?[2Jy\nlonger  100  \n");
	free(text);
}

/* ---- users of a guest ---- */

static void find_user(const char *name, struct user *u, int wanted)
{
	int root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(root >= 0);
	assert_int_equal(user_lookup(root, name, u), wanted);
	assert_int_equal(close(root), 0);
}

static void users_from_the_guests_files(void **state)
{
	struct user u = { 0 };

	(void)state;
	write_file("etc/passwd",
		   "root:x:0:0:root:/root:/bin/sh\nbroken line\n:::::\nbad:x:-1:0::/:/bin/sh\n"
		   "www:x:33:33:www:/var/www:/bin/false\nwww:x:0:0:second:/:/bin/sh");
	write_file("etc/group", "root:x:0:\nadm:x:4:www,bob\nwww:x:33:www\nweb:x:90:bob,www\nnoise\nx:x:91:wwwx,awww\n");
	find_user("www", &u, 0);
	assert_int_equal(u.uid, 33);
	assert_int_equal(u.gid, 33);
	assert_string_equal(u.home, "/var/www");
	assert_string_equal(u.shell, "/bin/false");
	assert_int_equal(u.group_count, 3);
	assert_int_equal(u.groups[0], 33);
	assert_int_equal(u.groups[1], 4);
	assert_int_equal(u.groups[2], 90);
	user_free(&u);
	find_user("33", &u, 0);
	assert_string_equal(u.name, "www");
	assert_int_equal(u.group_count, 3);
	user_free(&u);
	find_user("nobody", &u, -ENOENT);
	find_user("bad", &u, -ENOENT);
	find_user("", &u, -ENOENT);
}

static void number_without_an_entry(void **state)
{
	struct user u = { 0 };

	(void)state;
	find_user("4711", &u, 0);
	assert_int_equal(u.uid, 4711);
	assert_int_equal(u.gid, 4711);
	assert_int_equal(u.group_count, 0);
	assert_null(u.name);
	user_free(&u);
	/* the number that means "no change" to setuid() */
	find_user("4294967295", &u, -ENOENT);
}

static void hostile_user_files(void **state)
{
	char passwd[256];
	struct user u = { 0 };

	(void)state;
	(void)snprintf(passwd, sizeof(passwd), "%s/etc/passwd", dir);
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(symlink("/proc/self/environ", passwd), 0);
	find_user("root", &u, -ENOENT);		/* inside there is no such path */
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(symlink("../../../../../../../etc/passwd", passwd), 0);
	find_user("root", &u, -ELOOP);		/* it leads back to itself */
	assert_int_equal(unlink(passwd), 0);
	assert_int_equal(mkfifo(passwd, 0600), 0);
	find_user("root", &u, -EINVAL);		/* and does not hang */
	assert_int_equal(unlink(passwd), 0);
}

/* ---- processes ---- */

static void stat_lines(void **state)
{
	struct proc p;

	(void)state;
	assert_int_equal(procs_parse_stat("42 (a) b (c) R 1 2 3 4 5 6 7 8 9 10 250 50 13 14 15 16 3 18 1234 8192 2 99",
					  &p), 0);
	assert_int_equal(p.pid, 42);
	assert_int_equal(p.threads, 3);
	assert_int_equal(p.user_ns, 2500000000);
	assert_int_equal(p.system_ns, 500000000);
	assert_int_equal(p.start_ns, 12340000000);
	assert_int_equal(p.virtual_bytes, 8192);
	assert_int_equal(p.resident_bytes, 2 * sysconf(_SC_PAGESIZE));
	assert_int_equal(procs_parse_stat("", &p), -EINVAL);
	assert_int_equal(procs_parse_stat("42 (x", &p), -EINVAL);
	assert_int_equal(procs_parse_stat("42 (x) R 1 2 3", &p), -EINVAL);
}

/* ---- options ---- */

enum { OPT_ONE = 256, OPT_TWO, OPT_MAYBE };

static const struct opt test_options[] = {
	OPT_GROUP("Options"),
	{ "one", '1', NULL, OPT_ONE, "first" },
	{ "two", '2', "ARG", OPT_TWO, "second" },
	{ "zwei", 0, "ARG", OPT_TWO, NULL },
	{ "maybe", 'm', "[ARG]", OPT_MAYBE, "third" },
	OPT_COMMON,
	OPT_END,
};

static const struct opt_program test_program = {
	.name = "test",
	.synopsis = "[OPTION...]",
	.purpose = "Test.",
	.options = test_options,
	.manual = "test(8)",
	.stop = true,
};

static int one_option(const char *word, const char **ret_arg)
{
	char name[] = "test", text[64], *argv[] = { name, text, NULL };
	struct opt_state s;
	int c;

	(void)snprintf(text, sizeof(text), "%s", word);
	opt_start(&s, &test_program, 2, argv);
	c = opt_next(&s);
	*ret_arg = s.arg;
	if (c < 0)
		return -s.exit_code;
	if (c > 0)
		assert_int_equal(opt_next(&s), 0);
	return c;
}

static void options_are_found(void **state)
{
	const char *arg;

	(void)state;
	assert_int_equal(one_option("--one", &arg), OPT_ONE);
	assert_int_equal(one_option("-1", &arg), OPT_ONE);
	assert_int_equal(one_option("--two=x", &arg), OPT_TWO);
	assert_int_equal(one_option("-2x", &arg), OPT_TWO);
	assert_int_equal(one_option("--zwei=x", &arg), OPT_TWO);
	assert_int_equal(one_option("--tw=x", &arg), OPT_TWO);
	assert_int_equal(one_option("--maybe", &arg), OPT_MAYBE);
	assert_null(arg);
	assert_int_equal(one_option("word", &arg), 0);
	assert_int_equal(one_option("--nope", &arg), -2);
	assert_int_equal(one_option("-x", &arg), -2);
	assert_int_equal(one_option("--one=x", &arg), -2);
	assert_int_equal(one_option("--two", &arg), -2);
	assert_int_equal(one_option("-2", &arg), -2);
}

/* ---- programs ---- */

static int run(const char *script)
{
	char sh[] = "sh", c[] = "-c", text[128], *argv[] = { sh, c, text, NULL };
	struct exec_spawn s = EXEC_SPAWN_INIT;

	(void)snprintf(text, sizeof(text), "%s", script);
	s.argv = argv;
	return exec_run(&s);
}

static void exit_codes_of_programs(void **state)
{
	char nope[] = "/nonexistent/program", *argv[] = { nope, NULL };
	char not_executable[] = "/etc/passwd", *argv2[] = { not_executable, NULL };
	struct exec_spawn s = EXEC_SPAWN_INIT;

	(void)state;
	assert_int_equal(run("exit 0"), 0);
	assert_int_equal(run("exit 42"), 42);
	assert_int_equal(run("kill -KILL $$"), 137);
	s.argv = argv;
	assert_int_equal(exec_run(&s), -ENOENT);
	s.argv = argv2;
	assert_int_equal(exec_run(&s), -EACCES);
}

static void output_of_programs(void **state)
{
	char echo[] = "echo", word[] = "hello", *argv[] = { echo, word, NULL };
	struct exec_spawn s = EXEC_SPAWN_INIT;
	char buf[16] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	s.argv = argv;
	s.stdio[0] = -2;
	s.stdio[1] = fds[1];
	s.stdio[2] = -2;
	assert_int_equal(exec_run(&s), 0);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(read(fds[0], buf, sizeof(buf)), 6);
	assert_string_equal(buf, "hello\n");
	assert_int_equal(close(fds[0]), 0);
}

static int refuse(void *data)
{
	return *(int *)data;
}

/* A child of exec_mirror() stops; nobody continues it. Its end must still be seen. */
static void who_mirrors_does_not_stop_with_the_child(void **state)
{
	int fds[2], status, null;
	pid_t tool, child;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	tool = fork();
	assert_true(tool >= 0);
	if (tool == 0) {
		/* like a job, but without a terminal nobody would continue it */
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		(void)dup2(null, 0);
		(void)setpgid(0, 0);
		(void)alarm(20);
		child = fork();
		if (child == 0) {
			(void)raise(SIGSTOP);
			_exit(5);
		}
		(void)waitid(P_PID, (id_t)child, NULL, WSTOPPED | WNOWAIT);
		(void)!write(fds[1], &child, sizeof(child));
		_exit(exec_mirror(child));
	}
	assert_int_equal(read(fds[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(kill(child, SIGKILL), 0);
	/* also when the tool itself is stopped */
	assert_int_equal(waitpid(tool, &status, WUNTRACED), tool);
	if (WIFSTOPPED(status))
		(void)kill(tool, SIGKILL);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGKILL);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* What somebody else has written may be part of a message. */
static void messages_are_one_line(void **state)
{
	char out[128] = "";
	int fds[2], saved;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0 && dup2(fds[1], STDERR_FILENO) >= 0);
	msg_error("no guest '%s'", "a\nb\033[2J\302\233c\303\244");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	n = read(fds[0], out, sizeof(out) - 1);
	assert_true(n > 0);
	assert_non_null(strstr(out, "no guest 'a?b?[2J??c\303\244'\n"));
	(void)close(saved);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void preparation_can_give_up(void **state)
{
	char echo[] = "true", *argv[] = { echo, NULL };
	struct exec_spawn s = EXEC_SPAWN_INIT;
	int error = -EXDEV;

	(void)state;
	s.argv = argv;
	s.prepare = refuse;
	s.data = &error;
	assert_int_equal(exec_run(&s), -EXDEV);
}

static void directories_are_closed_files_stay(void **state)
{
	int d = open("/", O_RDONLY | O_DIRECTORY), p = open("/etc/passwd", O_PATH), f = open("/etc/passwd", O_RDONLY);
	int keep = open("/", O_PATH);

	(void)state;
	assert_true(d > 2 && p > 2 && f > 2 && keep > 2);
	assert_int_equal(exec_close_dirs(keep), 0);
	assert_int_equal(fcntl(d, F_GETFD), -1);
	assert_int_equal(fcntl(p, F_GETFD), -1);
	assert_true(fcntl(f, F_GETFD) >= 0);
	assert_true(fcntl(keep, F_GETFD) >= 0);
	assert_int_equal(close(f), 0);
	assert_int_equal(close(keep), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(signals, setup),
		cmocka_unit_test_setup(seconds, setup),
		cmocka_unit_test_setup(process_ids, setup),
		cmocka_unit_test_setup(personalities, setup),
		cmocka_unit_test_setup(spaces, setup),
		cmocka_unit_test_setup(contexts_by_number, setup),
		cmocka_unit_test_setup(own_context, setup),
		cmocka_unit_test_setup(contexts_by_name, setup),
		cmocka_unit_test_setup(taken_numbers_are_passed_over, setup),
		cmocka_unit_test_setup(run_file_without_a_link, setup),
		cmocka_unit_test_setup(stale_run_file_does_not_count, setup),
		cmocka_unit_test_setup(json_is_written_as_told, setup),
		cmocka_unit_test_setup(tables_are_aligned, setup),
		cmocka_unit_test_setup(users_from_the_guests_files, setup),
		cmocka_unit_test_setup(number_without_an_entry, setup),
		cmocka_unit_test_setup(hostile_user_files, setup),
		cmocka_unit_test_setup(stat_lines, setup),
		cmocka_unit_test_setup(options_are_found, setup),
		cmocka_unit_test_setup(exit_codes_of_programs, setup),
		cmocka_unit_test_setup(output_of_programs, setup),
		cmocka_unit_test_setup(who_mirrors_does_not_stop_with_the_child, setup),
		cmocka_unit_test_setup(messages_are_one_line, setup),
		cmocka_unit_test_setup(preparation_can_give_up, setup),
		cmocka_unit_test_setup(directories_are_closed_files_stay, setup),
	};

	msg_init("test");
	return cmocka_run_group_tests_name("ctx-tools/common", tests, group_setup, group_teardown);
}
