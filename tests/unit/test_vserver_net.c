// SPDX-License-Identifier: GPL-2.0-or-later
/* test_vserver_net - ctx-tools/vserver/net: addresses put on devices, remembered, and taken back */
#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vserver.h"

#include <cmocka.h>
#include <linux/vserver.h>
#include <vctx.h>

#include "hostnet.h"
#include "kernel.h"
#include "msg.h"
#include "netlink.h"

struct options opts;

static char dir[] = "/tmp/test_vserver_net.XXXXXX";

static struct guest web1 = { .name = (char *)(uintptr_t)"web1", .xid = 40001, .lock = -1, .fd = -1, .defaults = -1 };
static struct guest web2 = { .name = (char *)(uintptr_t)"web2", .xid = 40002, .lock = -1, .fd = -1, .defaults = -1 };

static struct config_interface list[4];
static struct settings settings;

static int make_dir(void **state)
{
	char run[64];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(run, sizeof(run), "%s/vservers", dir);
	return setenv("VCTX_RUNDIR", run, 1);
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)what;
	(void)ftw;
	return remove(path);
}

static int remove_dir(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* How many notes there are. */
static int notes;

static int count_one(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	notes += what == FTW_F && !strstr(path, "/lock");
	return 0;
}

static int count_notes(void)
{
	notes = 0;
	assert_int_equal(nftw(dir, count_one, 8, FTW_PHYS), 0);
	return notes;
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_rtnl();
	fake_device("lo", IFF_UP | IFF_LOOPBACK);
	fake_device("eth0", IFF_BROADCAST);
	fake_device_address("lo", "127.0.0.1/8");
	fake_answer(VSERVER_NET_ADD_IPV4, 0, NULL, 0);
	fake_answer(VSERVER_NET_ADD_IPV6, 0, NULL, 0);
	fake_answer(VSERVER_SET_NFLAGS, 0, NULL, 0);
	memset(list, 0, sizeof(list));
	settings = (struct settings){ .network = true, .nid = 40001 };
	settings.interfaces.list = list;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	net_down(&web1);
	net_down(&web2);
	fake_netlink_off();
	return 0;
}

static void configure(size_t i, const char *ip, unsigned int prefix, const char *dev)
{
	list[i] = (struct config_interface){
		.name = (char *)(uintptr_t)"0", .ip = (char *)(uintptr_t)ip, .dev = (char *)(uintptr_t)dev,
		.prefix = prefix, .v6 = strchr(ip, ':') != NULL, .scope = -1, .vlan = -1,
	};
	if (settings.interfaces.count <= i)
		settings.interfaces.count = i + 1;
}

static void start(struct guest *g)
{
	struct fail f = { 0 };

	settings.nid = g->xid;
	assert_int_equal(net_remember(g, &settings, &f), 0);
	if (net_up(g, &settings, &f) < 0)
		fail_msg("%s", f.text);
}

static void refuses(struct guest *g, const char *why)
{
	struct fail f = { 0 };

	settings.nid = g->xid;
	assert_int_equal(net_remember(g, &settings, &f), 0);
	assert_true(net_up(g, &settings, &f) < 0);
	assert_string_equal(f.text, why);
	net_down(g);
}

static void puts_and_takes_back(void **state)
{
	uint32_t nid = 0;

	(void)state;
	configure(0, "192.0.2.10", 24, "eth0");
	configure(1, "2001:db8::10", 64, "eth0");
	list[0].label = (char *)(uintptr_t)"web";
	start(&web1);
	assert_int_equal(fake_address_flags("eth0", "192.0.2.10/24"), 0);
	assert_string_equal(fake_address_label("eth0", "192.0.2.10/24"), "eth0:web");
	assert_int_equal(fake_address_flags("eth0", "2001:db8::10/64"), 0);
	assert_int_equal(fake_device_flags("eth0") & IFF_UP, IFF_UP);
	assert_int_equal(net_of_guest(&web1, &nid), 1);
	assert_int_equal(nid, 40001);
	assert_int_equal(count_notes(), 3);
	net_down(&web1);
	assert_int_equal(fake_address_count(), 1);
	assert_int_equal(count_notes(), 0);
	assert_int_equal(net_of_guest(&web1, &nid), 0);
	/* once more does no harm */
	net_down(&web1);
}

static void what_the_host_had_stays(void **state)
{
	const struct vserver_net_addr_ipv4 *sent = (const struct vserver_net_addr_ipv4 *)(const void *)fake_last.data;

	(void)state;
	fake_data_size = 12;
	fake_device_address("eth0", "192.0.2.10/25");
	configure(0, "192.0.2.10", 24, "eth0");
	start(&web1);
	/* and the host goes on to use it */
	assert_int_equal(fake_last.cmd, VSERVER_NET_ADD_IPV4);
	assert_int_equal(sent->flags, VSERVER_ADDR_FLAG_HOST);
	assert_int_equal(fake_address_count(), 2);
	net_down(&web1);
	assert_int_equal(fake_address_flags("eth0", "192.0.2.10/25"), 0);
	assert_int_equal(count_notes(), 0);
	/* what was added is the guest's alone */
	configure(0, "192.0.2.11", 24, "eth0");
	start(&web1);
	assert_int_equal(sent->flags, 0);
}

static void taken_away_by_somebody_else(void **state)
{
	(void)state;
	configure(0, "192.0.2.10", 24, "eth0");
	start(&web1);
	fake_rtnl_fail(RTM_DELADDR, EADDRNOTAVAIL);
	net_down(&web1);
	assert_int_equal(count_notes(), 0);
}

static void bad_input_leaves_nothing(void **state)
{
	static const struct vserver_nx_info running = { .nid = 40001 };

	(void)state;
	/* the second one is bad: nothing of the first is left */
	configure(0, "192.0.2.10", 24, "eth0");
	configure(1, "192.0.2.11", 24, "eth7");
	refuses(&web1, "no device 'eth7'");
	assert_int_equal(fake_address_count(), 1);

	configure(1, "192.0.2.10", 24, "eth0");
	refuses(&web1, "address '192.0.2.10' is configured twice");
	assert_int_equal(fake_address_count(), 1);

	configure(1, "192.0.2.99", 32, NULL);
	refuses(&web1, "address '192.0.2.99' is on no device ('nodev' in 'interfaces/0')");
	assert_int_equal(fake_address_count(), 1);

	configure(1, "127.0.0.1", 8, "eth0");
	refuses(&web1, "address '127.0.0.1' is on device 'lo' already, not on 'eth0'");

	configure(1, "192.0.2.11", 24, "eth0");
	fake_rtnl_fail(RTM_NEWADDR, EPERM);
	refuses(&web1, "cannot put address '192.0.2.10/24' on device 'eth0': Operation not permitted");
	assert_int_equal(fake_address_count(), 1);
	fake_device("eth1", 0);
	configure(1, "192.0.2.11", 24, "eth1");
	fake_rtnl_fail(RTM_NEWLINK, ENETDOWN);
	refuses(&web1, "cannot set device 'eth1' up: Network is down");
	assert_int_equal(fake_address_count(), 1);
	fake_rtnl_fail(RTM_GETADDR, ENOBUFS);
	refuses(&web1, "cannot read the addresses of the host: No buffer space available");

	/* another guest has it, and runs */
	settings.interfaces.count = 1;
	start(&web1);
	fake_answer(VSERVER_NX_INFO, 0, &running, sizeof(running));
	refuses(&web2, "address '192.0.2.10' on 'eth0' is that of guest 'web1', which is running");
	assert_int_equal(fake_address_flags("eth0", "192.0.2.10/24"), 0);
	assert_int_equal(count_notes(), 2);
}

static void the_kernel_says_no(void **state)
{
	(void)state;
	fake_reset();
	fake_answer(VSERVER_NET_ADD_IPV4, 0, NULL, 0);
	fake_answer(VSERVER_NET_ADD_IPV4, -ENOSPC, NULL, 0);
	configure(0, "192.0.2.10", 24, "eth0");
	configure(1, "192.0.2.11", 24, "eth0");
	refuses(&web1, "cannot give it address '192.0.2.11/24': too many addresses");
	assert_int_equal(fake_address_count(), 1);
	assert_int_equal(count_notes(), 0);
}

/* A guest that died without being stopped: who uses its address then, takes it back. */
static void left_by_the_dead(void **state)
{
	(void)state;
	configure(0, "192.0.2.10", 24, "eth0");
	start(&web1);
	fake_answer(VSERVER_NX_INFO, -ESRCH, NULL, 0);
	start(&web2);
	net_down(&web1);
	assert_int_equal(fake_address_flags("eth0", "192.0.2.10/24"), 0);
	net_down(&web2);
	assert_int_equal(fake_address_count(), 1);
	assert_int_equal(count_notes(), 0);
}

static void without_a_device(void **state)
{
	(void)state;
	fake_device_address("eth0", "192.0.2.1/24");
	configure(0, "192.0.2.1", 32, NULL);
	configure(1, "0.0.0.0", 32, NULL);
	configure(2, "127.5.5.5", 32, NULL);
	configure(3, "::", 128, NULL);
	start(&web1);
	assert_int_equal(fake_address_count(), 2);
	assert_int_equal(count_notes(), 1);
	net_down(&web1);
	assert_int_equal(fake_address_count(), 2);
}

static void vlan_devices(void **state)
{
	(void)state;
	configure(0, "192.0.2.10", 24, "eth0.12");
	refuses(&web1, "no device 'eth0.12'");
	list[0].vlan = 1;
	start(&web1);
	assert_int_equal(fake_device_flags("eth0.12") & IFF_UP, IFF_UP);
	/* a second guest on it: it goes when the last one does */
	configure(0, "192.0.2.11", 24, "eth0.12");
	list[0].vlan = 1;
	start(&web2);
	net_down(&web1);
	assert_int_equal(fake_address_flags("eth0.12", "192.0.2.10/24"), -1);
	assert_int_equal(fake_address_flags("eth0.12", "192.0.2.11/24"), 0);
	net_down(&web2);
	assert_int_equal(fake_device_flags("eth0.12"), -1);
	assert_int_equal(count_notes(), 0);
	/* no such parent, and names that are none of a VLAN */
	configure(0, "192.0.2.10", 24, "eth7.12");
	list[0].vlan = 1;
	refuses(&web1, "no device 'eth7' for VLAN 'eth7.12'");
	configure(0, "192.0.2.10", 24, "eth0.x");
	list[0].vlan = 1;
	refuses(&web1, "no device 'eth0.x'");
	configure(0, "192.0.2.10", 24, "eth0.4095");
	list[0].vlan = 1;
	refuses(&web1, "no device 'eth0.4095'");
	assert_int_equal(count_notes(), 0);
}

static void ipv6_in_its_time(void **state)
{
	(void)state;
	configure(0, "2001:db8::10", 64, "eth0");
	fake_dad = FAKE_DAD_PASS;
	start(&web1);
	assert_int_equal(fake_address_flags("eth0", "2001:db8::10/64"), 0);
	net_down(&web1);
	/* a device that is left down never gets that far, and nobody waits for it */
	fake_device("eth1", 0);
	configure(0, "2001:db8::10", 64, "eth1");
	list[0].down = true;
	fake_dad = FAKE_DAD_NEVER;
	start(&web1);
	assert_int_equal(fake_address_flags("eth1", "2001:db8::10/64"), IFA_F_TENTATIVE);
	net_down(&web1);
	configure(0, "2001:db8::10", 64, "eth0");
	fake_dad = FAKE_DAD_DUPLICATE;
	refuses(&web1, "address '2001:db8::10' is in use by another machine at device 'eth0'");
	assert_int_equal(fake_address_count(), 1);
}

static void notes_that_are_damaged(void **state)
{
	char path[128];
	FILE *file;

	(void)state;
	configure(0, "192.0.2.10", 24, "eth0");
	start(&web1);
	(void)snprintf(path, sizeof(path), "%s/vservers.net/guest/web1", dir);
	file = fopen(path, "ae");
	assert_non_null(file);
	(void)fputs("address/\nnonsense\naddress/eth0,192.0.2.77\ndevice/eth0\naddress/../../../../etc/passwd\n", file);
	assert_int_equal(fclose(file), 0);
	net_down(&web1);
	assert_int_equal(fake_address_count(), 1);
	assert_true(fake_device_flags("eth0") >= 0);
	assert_int_equal(count_notes(), 0);
}

static void plans_as_text(void **state)
{
	char *text;

	(void)state;
	assert_null(net_describe_addresses(&settings));
	settings.interfaces.loopback = (char *)(uintptr_t)"127.1.2.3";
	text = net_describe_addresses(&settings);
	assert_string_equal(text, "give it loopback 127.1.2.3");
	free(text);
	configure(0, "192.0.2.10", 24, "eth0");
	list[0].label = (char *)(uintptr_t)"web";
	configure(1, "2001:db8::10", 64, NULL);
	settings.interfaces.broadcast = (char *)(uintptr_t)"192.0.2.255";
	text = net_describe_addresses(&settings);
	assert_string_equal(text, "give it 192.0.2.10/24 on eth0:web, 2001:db8::10/64, loopback 127.1.2.3, broadcast 192.0.2.255");
	free(text);
	settings.network = false;
	assert_null(net_describe_addresses(&settings));
	assert_null(net_describe(&settings));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(puts_and_takes_back), T(what_the_host_had_stays), T(taken_away_by_somebody_else),
		T(bad_input_leaves_nothing), T(the_kernel_says_no), T(left_by_the_dead), T(without_a_device),
		T(vlan_devices), T(ipv6_in_its_time), T(notes_that_are_damaged), T(plans_as_text),
	};

	msg_init("test");
	msg_set_level(MSG_QUIET);
	return cmocka_run_group_tests_name("vserver/net", tests, make_dir, remove_dir);
}
