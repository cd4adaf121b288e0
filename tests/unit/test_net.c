// SPDX-License-Identifier: GPL-2.0-or-later
/* test_net - lib/src/net.c: network contexts, their addresses, and what /proc tells of them */
#include <arpa/inet.h>
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

#include <cmocka.h>
#include <linux/vserver.h>
#include <vctx.h>

#include "kernel.h"

#define LAST(type)	((const type *)(const void *)fake_last.data)

static char dir[] = "/tmp/test_net.XXXXXX";

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int make_proc(void **state)
{
	char path[128];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/100", dir);
	return mkdir(path, 0755);
}

static int remove_proc(void **state)
{
	static const char *const names[] = { "100/info", "100/status", "100", "9", "info", "ninfo", "" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
	return 0;
}

/* The published words, independent of the header. */
static void commands_are_the_published_words(void **state)
{
	(void)state;
	assert_int_equal(VSERVER_NET_CREATE, 0x19010001);
	assert_int_equal(VSERVER_NET_MIGRATE, 0x1B010000);
	assert_int_equal(VSERVER_NX_INFO, 0x2E060000);
	assert_int_equal(VSERVER_GET_NFLAGS, 0x34050000);
	assert_int_equal(VSERVER_SET_NFLAGS, 0x34060000);
	assert_int_equal(VSERVER_GET_NCAPS, 0x34070000);
	assert_int_equal(VSERVER_SET_NCAPS, 0x34080000);
	assert_int_equal(VSERVER_NET_ADD_IPV4, 0x1A010002);
	assert_int_equal(VSERVER_NET_REMOVE_IPV4, 0x1A020002);
	assert_int_equal(VSERVER_NET_ADD_IPV6, 0x1A030001);
	assert_int_equal(VSERVER_NET_REMOVE_IPV6, 0x1A040001);
	assert_int_equal(sizeof(struct vserver_net_addr_ipv4), 16);
	assert_int_equal(sizeof(struct vserver_net_addr_ipv6), 40);
	assert_int_equal(sizeof(struct vserver_nx_info), 4);
	assert_int_equal(VCTX_NF_INITIAL, 0x406000200);
	assert_int_equal(VCTX_NF_INITIAL, VSERVER_NFLAG_INIT);
	assert_int_equal(VCTX_NC_TUN_CREATE, VSERVER_NCAP_TUN_CREATE);
	assert_int_equal(VCTX_NC_RAW_ICMP, VSERVER_NCAP_RAW_ICMP);
	assert_int_equal(VCTX_NC_MULTICAST, VSERVER_NCAP_MULTICAST);
}

static void create_and_enter(void **state)
{
	static const struct vserver_nx_info info = { .nid = 77 };
	uint32_t nid = 0;

	(void)state;
	fake_answer(VSERVER_NET_CREATE, 5, NULL, 0);
	fake_answer(VSERVER_NET_MIGRATE, 1, NULL, 0);
	fake_answer(VSERVER_NX_INFO, 0, &info, sizeof(info));
	fake_data_size = 8;
	assert_int_equal(vctx_net_create(5, VCTX_NF_INITIAL), 0);
	assert_int_equal(fake_last.id, 5);
	assert_int_equal(LAST(struct vserver_net_create)->flagword, 0x406000200);
	fake_data_size = 0;
	assert_int_equal(vctx_net_migrate(1), 0);
	assert_int_equal(fake_last.id, 1);
	assert_int_equal(vctx_net_info(VCTX_XID_SELF, &nid), 0);
	assert_int_equal(nid, 77);
	/* "none" and "own" are no numbers */
	fake_calls = 0;
	assert_int_equal(vctx_net_create(VCTX_XID_NONE, 0), -EINVAL);
	assert_int_equal(vctx_net_create(1, 0), -EINVAL);
	assert_int_equal(fake_calls, 0);
}

static void flags_and_capabilities(void **state)
{
	static const struct vserver_flags flags = { .flagword = 0x200, .mask = 0xF };
	static const struct vserver_caps caps = { .caps = 0x100, .mask = ~0ULL };
	uint64_t bits = 0, mask = 0;

	(void)state;
	fake_answer(VSERVER_GET_NFLAGS, 0, &flags, sizeof(flags));
	fake_answer(VSERVER_GET_NCAPS, 0, &caps, sizeof(caps));
	fake_answer(VSERVER_SET_NFLAGS, 0, NULL, 0);
	fake_answer(VSERVER_SET_NCAPS, -EACCES, NULL, 0);
	assert_int_equal(vctx_nflags_get(9, &bits, &mask), 0);
	assert_int_equal(bits, 0x200);
	assert_int_equal(mask, 0xF);
	assert_int_equal(vctx_ncaps_get(9, &bits), 0);
	assert_int_equal(bits, 0x100);
	fake_data_size = 16;
	assert_int_equal(vctx_nflags_set(9, 1, 3), 0);
	assert_int_equal(LAST(struct vserver_flags)->flagword, 1);
	assert_int_equal(LAST(struct vserver_flags)->mask, 3);
	assert_int_equal(vctx_ncaps_set(9, 1, 1), -EACCES);
}

static void kernel_without_network_contexts(void **state)
{
	struct vctx_net_address a;
	struct vctx_net_entry *e = NULL;

	(void)state;
	assert_int_equal(vctx_net_create(5, 0), -ENOSYS);
	assert_int_equal(vctx_net_info(5, NULL), -ENOSYS);
	assert_int_equal(vctx_net_address_parse(VCTX_NET_ADDRESS, "192.0.2.1", &a), 0);
	assert_int_equal(vctx_net_add(5, &a), -ENOSYS);
	assert_int_equal(vctx_net_list(NULL, NULL), -ENOSYS);
	assert_int_equal(vctx_net_entry_get(5, &e), -ENOSYS);
	assert_int_equal(vctx_net_entry_get(VCTX_XID_SELF, &e), -ENOSYS);
	assert_null(e);
	assert_string_equal(vctx_strerror(VCTX_CALL_NET_CREATE, -ENOSYS),
			    "this kernel has no network contexts, or only root of the host may ask");
}

/* Text, as it is written again, and as it goes to the kernel. */
static void round_trip(enum vctx_net_kind kind, const char *text, const char *again)
{
	char buf[VCTX_NET_TEXT_SIZE];
	struct vctx_net_address a, b;

	assert_int_equal(vctx_net_address_parse(kind, text, &a), 0);
	assert_string_equal(vctx_net_address_format(&a, buf), again);
	assert_int_equal(vctx_net_address_parse(a.kind, buf, &b), 0);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void addresses_as_text(void **state)
{
	struct vctx_net_address a = { .kind = VCTX_NET_ALL, .family = AF_INET };
	char buf[VCTX_NET_TEXT_SIZE];

	(void)state;
	round_trip(VCTX_NET_ADDRESS, "192.0.2.10", "192.0.2.10/32");
	round_trip(VCTX_NET_ADDRESS, "192.0.2.10/24", "192.0.2.10/24");
	round_trip(VCTX_NET_ADDRESS, "192.0.2.10/255.255.255.0", "192.0.2.10/24");
	round_trip(VCTX_NET_ADDRESS, "192.0.2.10/0", "192.0.2.10/0");
	round_trip(VCTX_NET_ADDRESS, "192.0.2.10/255.0.255.0", "192.0.2.10/255.0.255.0");
	round_trip(VCTX_NET_ADDRESS, "2001:DB8:0:0::1/64", "2001:db8::1/64");
	round_trip(VCTX_NET_ADDRESS, "2001:db8::1", "2001:db8::1/128");
	round_trip(VCTX_NET_ADDRESS, "::ffff:192.0.2.1/128", "::ffff:192.0.2.1/128");
	round_trip(VCTX_NET_ADDRESS, "0.0.0.0", "0.0.0.0/0");
	round_trip(VCTX_NET_ADDRESS, "::", "::/0");
	round_trip(VCTX_NET_NETWORK, "192.0.2.10/24", "192.0.2.0/24");
	round_trip(VCTX_NET_NETWORK, "2001:db8::1/ffff:ffff::", "2001:db8::/32");
	round_trip(VCTX_NET_RANGE, "192.0.2.10-192.0.2.20/24", "192.0.2.10-192.0.2.20/24");
	round_trip(VCTX_NET_RANGE, "255.255.255.254-255.255.255.255/255.255.255.255", "255.255.255.254-255.255.255.255/32");
	round_trip(VCTX_NET_BROADCAST, "192.0.2.255", "192.0.2.255");
	round_trip(VCTX_NET_LOOPBACK, "127.5.6.1", "127.5.6.1");
	assert_string_equal(vctx_net_address_format(&a, buf), "all");
	assert_string_equal(vctx_net_kind_name(VCTX_NET_RANGE), "range");
	assert_null(vctx_net_kind_name(VCTX_NET_KIND_MAX_));
}

static void what_is_no_address(void **state)
{
	static const struct {
		enum vctx_net_kind kind;
		const char *text;
		int error;
	} bad[] = {
		{ VCTX_NET_ADDRESS, "", -EINVAL },
		{ VCTX_NET_ADDRESS, "eth0", -EINVAL },
		{ VCTX_NET_ADDRESS, "192.0.2", -EINVAL },
		{ VCTX_NET_ADDRESS, "192.0.2.256", -EINVAL },
		{ VCTX_NET_ADDRESS, " 192.0.2.1", -EINVAL },
		{ VCTX_NET_ADDRESS, "192.0.2.1/", -ERANGE },
		{ VCTX_NET_ADDRESS, "192.0.2.1/33", -ERANGE },
		{ VCTX_NET_ADDRESS, "192.0.2.1/24x", -EINVAL },
		{ VCTX_NET_ADDRESS, "192.0.2.1/ffff::", -EINVAL },
		{ VCTX_NET_ADDRESS, "192.0.2.1/24/24", -EINVAL },
		{ VCTX_NET_ADDRESS, "192.0.2.1-192.0.2.2", -EINVAL },
		{ VCTX_NET_ADDRESS, "2001:db8::1/129", -ERANGE },
		{ VCTX_NET_ADDRESS, "2001:db8::1/ff00:ff00::", -ERANGE },
		{ VCTX_NET_ADDRESS, "2001:db8::g", -EINVAL },
		{ VCTX_NET_RANGE, "192.0.2.1", -EINVAL },
		{ VCTX_NET_RANGE, "192.0.2.2-192.0.2.1", -ERANGE },
		{ VCTX_NET_RANGE, "2001:db8::1-2001:db8::2", -EAFNOSUPPORT },
		{ VCTX_NET_RANGE, "192.0.2.1-2001:db8::2", -EINVAL },
		{ VCTX_NET_BROADCAST, "192.0.2.255/24", -EINVAL },
		{ VCTX_NET_BROADCAST, "ff02::1", -EAFNOSUPPORT },
		{ VCTX_NET_LOOPBACK, "::1", -EAFNOSUPPORT },
		{ VCTX_NET_ALL, "192.0.2.1", -EINVAL },
		{ VCTX_NET_KIND_MAX_, "192.0.2.1", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct vctx_net_address a = { .prefix = 99 };

		if (vctx_net_address_parse(bad[i].kind, bad[i].text, &a) != bad[i].error)
			fail_msg("'%s' gives %d", bad[i].text, vctx_net_address_parse(bad[i].kind, bad[i].text, &a));
		assert_int_equal(a.prefix, 99);
	}
}

static void addresses_to_the_kernel(void **state)
{
	const struct vserver_net_addr_ipv4 *v4 = LAST(struct vserver_net_addr_ipv4);
	const struct vserver_net_addr_ipv6 *v6 = LAST(struct vserver_net_addr_ipv6);
	struct vctx_net_address a;

	(void)state;
	fake_answer(VSERVER_NET_ADD_IPV4, 0, NULL, 0);
	fake_answer(VSERVER_NET_REMOVE_IPV4, 0, NULL, 0);
	fake_answer(VSERVER_NET_ADD_IPV6, 0, NULL, 0);
	fake_answer(VSERVER_NET_REMOVE_IPV6, 0, NULL, 0);

	fake_data_size = 16;
	assert_int_equal(vctx_net_address_parse(VCTX_NET_ADDRESS, "192.0.2.10/24", &a), 0);
	assert_int_equal(vctx_net_add(9, &a), 0);
	assert_int_equal(fake_last.cmd, VSERVER_NET_ADD_IPV4);
	assert_int_equal(fake_last.id, 9);
	assert_int_equal(v4->type, 0x10);
	assert_int_equal(v4->flags, 0);
	assert_int_equal(ntohl(v4->ip), 0xC000020A);
	assert_int_equal(v4->ip2, 0);
	assert_int_equal(ntohl(v4->mask), 0xFFFFFF00);
	a.shared = true;
	assert_int_equal(vctx_net_remove(9, &a), 0);
	assert_int_equal(fake_last.cmd, VSERVER_NET_REMOVE_IPV4);
	assert_int_equal(v4->flags, VSERVER_ADDR_FLAG_HOST);

	assert_int_equal(vctx_net_address_parse(VCTX_NET_RANGE, "192.0.2.1-192.0.2.9/24", &a), 0);
	assert_int_equal(vctx_net_add(9, &a), 0);
	assert_int_equal(v4->type, 0x40);
	assert_int_equal(ntohl(v4->ip2), 0xC0000209);
	assert_int_equal(vctx_net_address_parse(VCTX_NET_NETWORK, "192.0.2.1/28", &a), 0);
	assert_int_equal(vctx_net_add(9, &a), 0);
	assert_int_equal(v4->type, 0x20);
	assert_int_equal(ntohl(v4->ip), 0xC0000200);
	assert_int_equal(vctx_net_address_parse(VCTX_NET_BROADCAST, "192.0.2.15", &a), 0);
	assert_int_equal(vctx_net_add(9, &a), 0);
	assert_int_equal(v4->type, 0x110);
	assert_int_equal(vctx_net_address_parse(VCTX_NET_LOOPBACK, "127.1.1.1", &a), 0);
	assert_int_equal(vctx_net_add(9, &a), 0);
	assert_int_equal(v4->type, 0x210);

	fake_data_size = 40;
	assert_int_equal(vctx_net_address_parse(VCTX_NET_ADDRESS, "2001:db8::1/64", &a), 0);
	assert_int_equal(vctx_net_add(9, &a), 0);
	assert_int_equal(fake_last.cmd, VSERVER_NET_ADD_IPV6);
	assert_int_equal(v6->type, 0x10);
	assert_int_equal(v6->prefix, 64);
	assert_int_equal(v6->ip[0], 0x20);
	assert_int_equal(v6->ip[15], 1);
	assert_int_equal(v6->mask[7], 0xFF);
	assert_int_equal(v6->mask[8], 0);

	/* all: removed, never added */
	a = (struct vctx_net_address){ .kind = VCTX_NET_ALL, .family = AF_INET6 };
	assert_int_equal(vctx_net_remove(9, &a), 0);
	assert_int_equal(v6->type, 0xFF);
	fake_calls = 0;
	assert_int_equal(vctx_net_add(9, &a), -EINVAL);
	a.kind = VCTX_NET_RANGE;
	assert_int_equal(vctx_net_add(9, &a), -EINVAL);
	a.kind = VCTX_NET_KIND_MAX_;
	assert_int_equal(vctx_net_add(9, &a), -EINVAL);
	a = (struct vctx_net_address){ .family = AF_UNIX };
	assert_int_equal(vctx_net_add(9, &a), -EINVAL);
	assert_int_equal(fake_calls, 0);
}

static void list_of_numbers(void **state)
{
	uint32_t *nids = NULL;
	size_t count = 0;

	(void)state;
	fake_proc_virtnet = dir;
	put("9", "");
	put("info", "");
	assert_int_equal(vctx_net_list(&nids, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(nids[0], 9);
	assert_int_equal(nids[1], 100);
	free(nids);
}

static void what_proc_tells(void **state)
{
	struct vctx_net_entry *e = NULL;
	char buf[VCTX_NET_TEXT_SIZE];

	(void)state;
	fake_proc_virtnet = dir;
	put("100/info",
	    "ID:\t100\nInfo:\t0000000000000000\nBcast:\t192.0.2.255\nLback:\t127.0.100.1\nLater:\tword\n"
	    "0:\t[192.0.2.10-0.0.0.0/255.255.255.0:0010]\n"
	    "1:\t[192.0.2.0-0.0.0.0/255.255.255.0:0020]\n"
	    "2:\t[192.0.2.1-192.0.2.9/255.255.255.0:0040]\n"
	    "3:\t[192.0.2.1-192.0.2.9/255.255.255.0:0004]\n"
	    "0:\t[2001:0db8:0000:0000:0000:0000:0000:0001/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n");
	put("100/status", "UseCnt:\t4\nTasks:\t2\nFlags:\t0000000406000200\nNCaps:\t0000000000000100\n");
	assert_int_equal(vctx_net_entry_get(100, &e), 0);
	assert_int_equal(e->nid, 100);
	assert_int_equal(e->valid, VCTX_NET_ENTRY_FLAGS | VCTX_NET_ENTRY_STAT | VCTX_NET_ENTRY_SPECIAL);
	assert_int_equal(e->nflags, 0x406000200);
	assert_int_equal(e->ncaps, 0x100);
	assert_int_equal(e->stat.references, 4);
	assert_int_equal(e->stat.claims, 2);
	assert_string_equal(vctx_net_address_format(&e->broadcast, buf), "192.0.2.255");
	assert_string_equal(vctx_net_address_format(&e->loopback, buf), "127.0.100.1");
	assert_int_equal(e->count, 4);	/* the one of an unknown type is left out */
	assert_string_equal(vctx_net_address_format(&e->addresses[0], buf), "192.0.2.10/24");
	assert_int_equal(e->addresses[0].kind, VCTX_NET_ADDRESS);
	assert_string_equal(vctx_net_address_format(&e->addresses[1], buf), "192.0.2.0/24");
	assert_int_equal(e->addresses[1].kind, VCTX_NET_NETWORK);
	assert_string_equal(vctx_net_address_format(&e->addresses[2], buf), "192.0.2.1-192.0.2.9/24");
	assert_string_equal(vctx_net_address_format(&e->addresses[3], buf), "2001:db8::1/64");
	(void)vctx_net_entry_free(e);
	assert_null(vctx_net_entry_free(NULL));
}

static void the_own_one(void **state)
{
	struct vctx_net_entry *e = NULL;
	char buf[VCTX_NET_TEXT_SIZE];

	(void)state;
	fake_proc_virtnet = dir;
	put("ninfo",
	    "NID:\t100\nNCaps:\t0000000000000100\nNFlags:\t0000000406000200\n"
	    "V4Root[bcast]:\t255.255.255.255\nV4Root[lback]:\t127.0.100.1\n"
	    "V4Root[0]:\t[192.0.2.10-0.0.0.0/255.255.255.0:0010]\n"
	    "V6Root[0]:\t[2001:0db8:0000:0000:0000:0000:0000:0001/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n");
	assert_int_equal(vctx_net_entry_get(VCTX_XID_SELF, &e), 0);
	assert_int_equal(e->nid, 100);
	assert_int_equal(e->valid, VCTX_NET_ENTRY_FLAGS | VCTX_NET_ENTRY_SPECIAL);
	assert_int_equal(e->count, 2);
	assert_string_equal(vctx_net_address_format(&e->loopback, buf), "127.0.100.1");
	(void)vctx_net_entry_free(e);
	e = NULL;
	put("ninfo", "NID:\t0\n");
	assert_int_equal(vctx_net_entry_get(VCTX_XID_SELF, &e), -ESRCH);
	assert_null(e);
}

static void damaged_proc(void **state)
{
	static const char *const bad[] = {
		"0:\t[]\n", "0:\t[192.0.2.1]\n", "0:\t[192.0.2.1:0010]\n", "0:\t[192.0.2.1/255.0.0.0:0010]\n",
		"0:\t[192.0.2.1-0.0.0.0/255.0.0.0:]\n", "0:\t[192.0.2.1-0.0.0.0/255.0.0.0:0010x]\n",
		"0:\t[192.0.2.1-0.0.0/255.0.0.0:0010]\n", "0:\t[1.2.3-0.0.0.0/255.0.0.0:0010]\n",
		"0:\t[2001::1/ffff::/129:0010]\n", "0:\t[2001::1/ffff:::0010]\n", "0:\t[2001::1/x/64:0010]\n",
		"ID:\t65536\n", "ID:\tx\n", "Lback:\t127\n", "Bcast:\t\n",
	};
	struct vctx_net_entry *e = NULL;

	(void)state;
	fake_proc_virtnet = dir;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "ID:\t100\n%s", bad[i]);
		put("100/info", text);
		put("100/status", "");
		if (vctx_net_entry_get(100, &e) != -EBADMSG)
			fail_msg("'%s' is taken", bad[i]);
		assert_null(e);
	}
	/* it has just ended */
	put("100/info", "");
	assert_int_equal(vctx_net_entry_get(100, &e), -ESRCH);
	/* it was never there */
	fake_answer(VSERVER_NX_INFO, -ESRCH, NULL, 0);
	assert_int_equal(vctx_net_entry_get(101, &e), -ESRCH);
}

/* A small generator of its own: the same texts everywhere. */
static unsigned int pick(unsigned int n)
{
	static uint32_t x = 2463534242U;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % n;
}

/* A good text with a few characters changed, put in or left out. */
static void damage(char *to, size_t size, const char *from)
{
	static const char alphabet[] = "0123456789abcdef.:/-[]\t\n xID%";
	size_t n = 0;

	for (; *from && n + 2 < size; from++) {
		switch (pick(12)) {
		case 0:
			to[n++] = alphabet[pick(sizeof(alphabet) - 1)];
			break;
		case 1:
			to[n++] = *from;
			to[n++] = alphabet[pick(sizeof(alphabet) - 1)];
			break;
		case 2:
			break;
		default:
			to[n++] = *from;
		}
	}
	to[n] = '\0';
}

static void texts_nobody_meant(void **state)
{
	static const char *const texts[] = {
		"192.0.2.10/24", "2001:db8::1/64", "192.0.2.1-192.0.2.9/255.255.255.0", "::ffff:192.0.2.1", "0.0.0.0/0",
	};
	static const char info[] =
		"ID:\t100\nBcast:\t192.0.2.255\nLback:\t127.0.100.1\n"
		"0:\t[192.0.2.10-0.0.0.0/255.255.255.0:0010]\n"
		"0:\t[2001:0db8:0000:0000:0000:0000:0000:0001/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64:0010]\n";
	char text[512], again[VCTX_NET_TEXT_SIZE];
	struct vctx_net_address a, b;
	unsigned int good = 0;

	(void)state;
	for (unsigned int i = 0; i < 50000; i++) {
		enum vctx_net_kind kind = (enum vctx_net_kind)pick(VCTX_NET_KIND_MAX_);
		int r;

		damage(text, sizeof(text), texts[pick(sizeof(texts) / sizeof(texts[0]))]);
		r = vctx_net_address_parse(kind, text, &a);
		if (r < 0) {
			assert_true(r == -EINVAL || r == -ERANGE || r == -EAFNOSUPPORT);
			continue;
		}
		good++;
		assert_true(strlen(vctx_net_address_format(&a, again)) < VCTX_NET_TEXT_SIZE);
		assert_int_equal(vctx_net_address_parse(a.kind, again, &b), 0);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	assert_true(good > 1000);

	fake_proc_virtnet = dir;
	put("100/status", "");
	for (unsigned int i = 0; i < 500; i++) {
		struct vctx_net_entry *e = NULL;
		int r;

		damage(text, sizeof(text), info);
		put("100/info", text);
		r = vctx_net_entry_get(100, &e);
		assert_true(r == 0 || r == -EBADMSG || r == -ESRCH);
		assert_true((r == 0) == (e != NULL));
		for (size_t n = 0; e && n < e->count; n++)
			(void)vctx_net_address_format(&e->addresses[n], again);
		(void)vctx_net_entry_free(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(commands_are_the_published_words, setup),
		cmocka_unit_test_setup(create_and_enter, setup),
		cmocka_unit_test_setup(flags_and_capabilities, setup),
		cmocka_unit_test_setup(kernel_without_network_contexts, setup),
		cmocka_unit_test_setup(addresses_as_text, setup),
		cmocka_unit_test_setup(what_is_no_address, setup),
		cmocka_unit_test_setup(addresses_to_the_kernel, setup),
		cmocka_unit_test_setup(list_of_numbers, setup),
		cmocka_unit_test_setup(what_proc_tells, setup),
		cmocka_unit_test_setup(the_own_one, setup),
		cmocka_unit_test_setup(damaged_proc, setup),
		cmocka_unit_test_setup(texts_nobody_meant, setup),
	};

	return cmocka_run_group_tests_name("lib/net", tests, make_proc, remove_proc);
}
