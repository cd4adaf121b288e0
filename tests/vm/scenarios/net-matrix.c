// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net-matrix - every kind of address, socket, option and guest against every other, judged by tables of rules
 * bed: um qemu
 * timeout: 120
 */
#include "../prog/nxt.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#define IPPROTO_UDPLITE_ 136
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* ---- What a row is made of. Each has a bit; rules name sets of them. */

enum {
	HOST = 1,	/* no context */
	TWO = 2,	/* two addresses of each family, root as in any guest, may use ICMP */
	ONE = 4,	/* one of each and SINGLE_IP, nothing granted */
	FREE = 8,	/* two, all capabilities, may bind to multicast */
	BARE = 16,	/* as TWO, without a loopback */
	OTHER = 32,	/* only spoken to */
	ALL = 63,
	GUEST = ALL & ~HOST,
	USUAL = TWO | ONE | BARE,
};

static const char *const who_name[] = { "host", "two", "one", "free", "bare", "other" };

#define MAKERS 5	/* of the above make sockets */
#define HEARERS 6	/* have some to be spoken to */

enum {
	V4 = 1,
	V6 = 2,
	MAPPED = 4,	/* IPv4 in a socket of IPv6 */
	ANY4 = V4 | MAPPED,
};

static const char *const family_name[] = { "IPv4", "IPv6", "mapped" };

enum {
	ANY = 1,
	FIRST = 2,
	SECOND = 4,	/* of ONE: an address of nobody */
	FOREIGN = 8,	/* of another guest */
	HOSTS = 0x10,
	LO = 0x20,	/* 127.0.0.1 and ::1 */
	LO_53 = 0x40,	/* 127.0.0.53 */
	LO_FAR = 0x80,	/* 127.0.1.1, which is beyond what a guest has */
	OWN_LO = 0x100,	/* what the own loopback is really; for the host, that of TWO */
	THEIR_LO = 0x200, /* of another guest */
	BCAST = 0x400,	/* 255.255.255.255 */
	NET_BCAST = 0x800,
	GROUP = 0x1000,
	NOBODY = 0x2000, /* not assigned, not routed */
	ZERO = 0x4000,	/* 0.0.0.5 */
	LINK = 0x8000,	/* fe80::1 */
	KINDS = 16,
	LO_ANY = LO | LO_53 | LO_FAR,
	NOT_6 = LO_53 | LO_FAR | BCAST | NET_BCAST | ZERO,
	NOT_4 = LINK,
};

static const char *const kind_name[] = {
	"any", "first", "second", "another guest's", "the host's", "loopback", "127.0.0.53", "127.0.1.1",
	"own real loopback", "another's real loopback", "broadcast", "broadcast of the network", "multicast",
	"nobody's", "0.0.0.5", "link-local",
};

enum {
	TCP = 1,
	UDP = 2,
	LITE = 4,
	PING = 8,
	RAW = 16,
	PORTS = TCP | UDP | LITE,
	ICMP = PING | RAW,
	NOT_PING = PORTS | RAW,
};

static const char *const type_name[] = { "TCP", "UDP", "UDP-Lite", "ping", "raw" };

#define TYPES 5

enum {
	NONE = 1,
	REUSEADDR = 2,
	REUSEPORT = 4,
	FREEBIND = 8,
	TRANSPARENT = 16,
	DEVICE = 32,
	NONLOCAL = FREEBIND | TRANSPARENT,
};

static const char *const flag_name[] = {
	"plain", "reuseaddr", "reuseport", "freebind", "transparent", "bound to dummy0",
};

#define FLAGS 6

/* Where packets are from. */
enum { UNBOUND = 1, FROM_FIRST = 2, FROM_LO = 4, BOUND = FROM_FIRST | FROM_LO };

static const char *const source_name[] = { "unbound", "from the first", "from the loopback" };

#define SOURCES 3

/* which bit it is */
static int number(int set)
{
	return __builtin_ctz((unsigned int)set);
}

struct row {
	int who, family, kind, type;
	int flag;	/* of bind */
	int source;	/* of sending */
};

/* 0 in a rule is "whatever"; the first one that fits counts */
struct rule {
	int who, family, kind, type, flag_or_source;
	int result;	/* an errno, or one of these */
};

#define GOOD 0
#define AS_EVER (-1)	/* the context has nothing against it: the stack decides */
#define SELF 0x10000	/* sent, and heard by oneself */
#define TO(who) (0x10000 | (who) << 8)
#define LOST TO(ALL + 1)	/* sent, and heard by nobody */

#define FITS(set, value) (!(set) || (set) & (value))

static int judge(const struct rule *rule, const struct row *row, int flag_or_source)
{
	while (!(FITS(rule->who, row->who) && FITS(rule->family, row->family) && FITS(rule->kind, row->kind) &&
		 FITS(rule->type, row->type) && FITS(rule->flag_or_source, flag_or_source)))
		rule++;
	return rule->result;
}

/* ---- The rules. The last one of each table fits always. */

static const struct rule socket_rules[] = {
	{ .who = ONE, .type = RAW, .result = EPERM },
	{},
};

static const struct rule option_rules[] = {
	{ .who = USUAL, .flag_or_source = TRANSPARENT | DEVICE, .result = EPERM },
	{},
};

/* of a context */
static const struct rule bind_rules[] = {
	{ .who = HOST, .result = AS_EVER },
	{ .kind = FOREIGN | HOSTS | THEIR_LO | LO_FAR | NOBODY | ZERO | LINK, .result = EADDRNOTAVAIL },
	{ .who = ONE, .kind = SECOND, .result = EADDRNOTAVAIL },
	{ .who = BARE, .kind = LO | LO_53, .result = EADDRNOTAVAIL },
	{ .who = USUAL, .kind = GROUP, .result = EADDRNOTAVAIL },
	/* no interface has it */
	{ .family = V6, .kind = LO | OWN_LO, .result = GOOD },
	{ .result = AS_EVER },
};

/* of any Linux */
static const struct rule plain_bind_rules[] = {
	{ .family = MAPPED, .type = RAW, .result = EADDRNOTAVAIL },
	{ .family = MAPPED, .type = PING, .result = EINVAL },
	{ .family = V4, .kind = BCAST | NET_BCAST | GROUP, .type = PING, .result = EADDRNOTAVAIL },
	{ .family = V6, .kind = GROUP, .type = TCP | PING, .result = EINVAL },
	{ .kind = LINK, .type = NOT_PING, .flag_or_source = DEVICE, .result = EADDRNOTAVAIL },
	{ .kind = LINK, .result = EINVAL },
	{ .kind = NOBODY | ZERO, .flag_or_source = NONLOCAL, .result = GOOD },
	{ .kind = NOBODY | ZERO, .result = EADDRNOTAVAIL },
	{ .family = V6, .kind = OWN_LO | THEIR_LO, .flag_or_source = NONLOCAL, .result = GOOD },
	{ .family = V6, .kind = OWN_LO | THEIR_LO, .result = EADDRNOTAVAIL },
	{ .family = V6, .kind = LO, .flag_or_source = DEVICE, .result = EADDRNOTAVAIL },
	{},
};

static const struct rule send_rules[] = {
	{ .who = HOST, .result = AS_EVER },
	{ .who = BARE, .flag_or_source = FROM_LO, .result = EADDRNOTAVAIL },
	{ .family = MAPPED, .type = RAW, .flag_or_source = UNBOUND, .result = EPERM },
	{ .family = MAPPED, .type = ICMP, .result = AS_EVER },
	/* all that begins with 127 is oneself, as is no address */
	{ .who = BARE, .kind = LO_ANY | THEIR_LO, .result = EPERM },
	{ .family = V6, .kind = THEIR_LO, .result = EPERM },
	{ .kind = ANY | FIRST | LO_ANY | OWN_LO | THEIR_LO, .result = SELF },
	{ .who = GUEST & ~ONE, .kind = SECOND, .result = SELF },
	/* refused before a route is asked for */
	{ .kind = LINK, .type = TCP | PING, .result = AS_EVER },
	{ .family = V6, .kind = GROUP, .type = TCP, .result = AS_EVER },
	/* from the loopback there is no way out */
	{ .flag_or_source = FROM_LO, .result = EPERM },
	{ .result = AS_EVER },
};

static const struct rule plain_send_rules[] = {
	{ .family = MAPPED, .type = RAW, .flag_or_source = BOUND, .result = EADDRNOTAVAIL },
	{ .family = MAPPED, .type = RAW, .result = ENETUNREACH },
	{ .family = MAPPED, .type = PING, .result = EINVAL },
	{ .family = V6, .kind = ANY, .type = PING, .result = ENETUNREACH },
	{ .kind = ANY | FIRST | SECOND | HOSTS | LO_ANY, .result = TO(HOST) },
	{ .kind = FOREIGN, .result = TO(OTHER) },
	{ .kind = OWN_LO, .result = TO(TWO) },
	{ .kind = THEIR_LO, .result = TO(ONE) },
	{ .kind = NOBODY | ZERO, .result = ENETUNREACH },
	{ .kind = LINK, .type = TCP | PING, .result = EINVAL },
	{ .kind = NET_BCAST, .flag_or_source = FROM_LO, .result = EINVAL },
	{ .kind = BCAST | NET_BCAST | GROUP, .type = TCP, .result = ENETUNREACH },
	{ .kind = NET_BCAST, .result = TO(ALL) },
	/* the source tells the device, and who has only one address has a source */
	{ .who = ALL & ~ONE, .family = ANY4, .kind = BCAST | GROUP, .flag_or_source = UNBOUND, .result = ENETUNREACH },
	{ .kind = BCAST, .result = TO(ALL) },
	{ .result = LOST },
};

/* ---- Who has what. */

static struct nxt_guest guest[HEARERS];
static struct vxt_agent host, *agent[HEARERS];

/* "10.11.0.2" */
static const char *address(int who, int family, int kind)
{
	/* the last part of the addresses, in the order of who_name */
	static const char *const first[] = { "1", "2", "6", "4", "7", "3" };
	static const char *const second[] = { "9", "5", "9", "8", "a" };
	static char text[64];
	int of = number(who), to = of;
	const char *own = kind == SECOND ? second[of] : first[kind == FOREIGN ? 5 : kind == HOSTS ? 0 : of];

	if (kind == OWN_LO || kind == THEIR_LO) {
		/* the host's are those of TWO and ONE */
		if (kind == THEIR_LO)
			to = of ? 5 : 2;
		else if (!of)
			to = 1;
		if (family == V6)
			(void)snprintf(text, sizeof(text), VSERVER_LBACK6_PREFIX "%x", guest[to].nid);
		else
			(void)snprintf(text, sizeof(text), "%s127.%u.%u.1", family == MAPPED ? "::ffff:" : "",
				       guest[to].nid >> 8, guest[to].nid & 255);
		return text;
	}
	if (family == V6) {
		static const char *const v6[] = {
			[0] = "::", [5] = "::1", [12] = "ff15::1234", [13] = "fd99::1", [15] = "fe80::1",
		};
		const char *word = v6[number(kind)];

		(void)snprintf(text, sizeof(text), "%s%s", word ?: "fd11::", word ? "" : own);
	} else {
		static const char *const v4[] = {
			[0] = "0.0.0.0", [5] = "127.0.0.1", "127.0.0.53", "127.0.1.1", [10] = "255.255.255.255",
			"10.11.0.255", "239.1.1.1", "10.99.0.1", "0.0.0.5",
		};
		const char *word = v4[number(kind)];

		(void)snprintf(text, sizeof(text), "%s%s%s", family == MAPPED ? "::ffff:" : "", word ?: "10.11.0.",
			       word ? "" : *own == 'a' ? "10" : own);
	}
	return text;
}

/* What a guest calls what it is bound to. */
static const char *shown(const struct row *row)
{
	if (row->kind == OWN_LO && row->who & GUEST & ~BARE)
		return address(row->who, row->family, LO);
	if (row->kind == ANY && row->who == ONE && row->family != V6)
		return address(row->who, row->family, FIRST);
	return address(row->who, row->family, row->kind);
}

static bool exists(int family, int kind)
{
	return !(kind & (family == V6 ? NOT_6 : NOT_4));
}

/* ---- What agents do. */

/* a: type | family << 8 */
static int make(long a)
{
	int family = a >> 8 == V4 ? AF_INET : AF_INET6;
	int icmp = a >> 8 == V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	switch (a & 255) {
	case TCP: return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	case UDP: return socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	case LITE: return socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDPLITE_);
	case PING: return socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, icmp);
	default: return socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, icmp);
	}
}

static int set(int fd, int family, int flag)
{
	int one = 1;

	switch (flag) {
	case REUSEADDR: return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	case REUSEPORT: return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	case FREEBIND: return family == V4 ? setsockopt(fd, SOL_IP, IP_FREEBIND, &one, sizeof(one)) :
		setsockopt(fd, SOL_IPV6, 78 /* IPV6_FREEBIND */, &one, sizeof(one));
	case TRANSPARENT: return family == V4 ? setsockopt(fd, SOL_IP, IP_TRANSPARENT, &one, sizeof(one)) :
		setsockopt(fd, SOL_IPV6, 75 /* IPV6_TRANSPARENT */, &one, sizeof(one));
	case DEVICE: return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "dummy0", 6);
	default: return 0;
	}
}

#define ERRORS(sock, opt, last) ((long)(sock) << 16 | (opt) << 8 | (last))

/* a: as for make(), b: the flag; gives the three errors, and the name of the socket */
NXT_FN(f_bind_row)
{
	union nxt_addr addr = {};
	socklen_t len = nxt_parse(vxt_word, &addr);
	int fd = make(a), opt, err;

	if (fd < 0)
		return ERRORS(errno, 0, 0);
	opt = set(fd, (int)a >> 8, (int)b) ? errno : 0;
	err = bind(fd, &addr.any, len) ? errno : 0;
	len = sizeof(addr);
	if (!err && getsockname(fd, &addr.any, &len) == 0)
		nxt_say(&addr);
	close(fd);
	return ERRORS(0, opt, err);
}

static uint16_t checksum(const void *data, size_t size)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < size / 2; i++) {
		uint16_t w;

		memcpy(&w, (const char *)data + 2 * i, 2);
		sum += w;
	}
	return (uint16_t)~((sum & 0xffff) + (sum >> 16));
}

/* an echo request; gives how many answers came in so many milliseconds, at most 1 */
static long echo(int fd, long a, const union nxt_addr *to, socklen_t len, int ms)
{
	bool v6 = a >> 8 != V4;
	struct icmphdr icmp = { .type = ICMP_ECHO, .un.echo.id = htons((uint16_t)getpid()) };
	struct icmp6_hdr icmp6 = { .icmp6_type = ICMP6_ECHO_REQUEST, .icmp6_id = htons((uint16_t)getpid()) };
	long end = vxt_ms() + ms;
	unsigned char buf[256];

	icmp.checksum = checksum(&icmp, sizeof(icmp));
	if (sendto(fd, v6 ? (void *)&icmp6 : (void *)&icmp, sizeof(icmp), 0, &to->any, len) < 0)
		return -1;
	while (vxt_ms() <= end && nxt_ready(fd, POLLIN, (int)(end - vxt_ms()))) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0)
			return -1;
		if (buf[(a & 255) == RAW && !v6 ? (buf[0] & 15) * 4 : 0] == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY))
			return 1;
	}
	return 0;
}

/* "TO PORT" or "TO PORT FROM 0"; b: milliseconds for an answer. Gives the errors; answered or not is in the text. */
NXT_FN(f_send_row)
{
	union nxt_addr to, from;
	socklen_t len = nxt_parse(vxt_word, &to), from_len;
	const char *source = strchr(strchr(vxt_word, ' ') + 1, ' ');
	int fd = make(a), one = 1, err = 0;
	long n;

	if (fd < 0)
		return ERRORS(errno, 0, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	if (source) {
		from_len = nxt_parse(source + 1, &from);
		if (bind(fd, &from.any, from_len))
			err = errno;
	}
	if (err) {
		/* no further */
	} else if ((a & 255) == TCP) {
		if (connect(fd, &to.any, len) && errno != EINPROGRESS) {
			err = errno;
		} else if (!nxt_ready(fd, POLLOUT, NXT_WAIT_MS)) {
			err = ETIMEDOUT;
		} else {
			len = sizeof(err);
			(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
		}
	} else if (a & ICMP) {
		n = echo(fd, a, &to, len, (int)b);
		err = n < 0 ? errno : 0;
		vxt_say("%ld", n);
	} else if (sendto(fd, "data", 4, MSG_NOSIGNAL, &to.any, len) < 0) {
		err = errno;
	}
	close(fd);
	return ERRORS(0, 0, err);
}

/* the sockets that hear, kept from call to call */
static int ears[3];

/* one that receives everything, for each type */
NXT_FN(f_open_ears)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);

	for (int i = 0; i < 3; i++) {
		ears[i] = make(1L << i | V6 << 8);
		if (ears[i] < 0 || bind(ears[i], &addr.any, len) || (!i && listen(ears[i], 16)))
			return -1;
	}
	return 0;
}

/* take one that came to the ear for the type a in b milliseconds */
NXT_FN(f_hear)
{
	int ear = ears[number((int)a)], fd;
	char buf[64];

	if (!nxt_ready(ear, POLLIN, (int)b))
		return 0;
	if (a != TCP)
		return recv(ear, buf, sizeof(buf), 0) == 4;
	fd = accept4(ear, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return 0;
	close(fd);
	return 1;
}

/* ---- Running the rows. */

static int rows_run;

static const char *error_name(long err)
{
	return err ? strerrorname_np((int)err) : "good";
}

/* whether the row is as the rules say */
static bool bind_row(const struct row *row)
{
	int who = number(row->who);
	int sock = judge(socket_rules, row, 0), opt = judge(option_rules, row, row->flag);
	int err = judge(bind_rules, row, row->flag);
	char word[80], name[80];
	long got;

	if (err == AS_EVER)
		err = judge(plain_bind_rules, row, opt ? NONE : row->flag);
	if (sock)
		opt = err = 0;
	(void)snprintf(word, sizeof(word), "%s %d", address(row->who, row->family, row->kind),
		       row->type & PORTS ? 2000 : 0);
	got = vxt_call(vxt_with(agent[who], "%s", word), f_bind_row, row->type | row->family << 8, row->flag);
	(void)snprintf(name, sizeof(name), "%.79s", agent[who]->text);
	if (strchr(name, ' '))
		*strchr(name, ' ') = '\0';
	rows_run++;
	if (got == ERRORS(sock, opt, err) && (sock || err || !strcmp(name, shown(row))))
		return true;
	printf("# %s, %s (%s): socket %s, option %s, bind %s, name %s;", kind_name[number(row->kind)], word,
	       flag_name[number(row->flag)], error_name(got >> 16), error_name(got >> 8 & 255), error_name(got & 255),
	       name);
	printf(" wanted %s, %s, %s, %s\n", error_name(sock), error_name(opt), error_name(err), shown(row));
	return false;
}

/* sets of who heard, for people */
static const char *hearers(int heard)
{
	static char text[64];

	text[0] = '\0';
	for (int i = 0; i < HEARERS; i++)
		if (heard & 1 << i)
			(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", who_name[i]);
	return text[0] ? text : "nobody ";
}

static bool send_row(const struct row *row)
{
	int who = number(row->who);
	int sock = judge(socket_rules, row, 0), result = judge(send_rules, row, row->source);
	int wanted = 0, heard = 0, err;
	bool icmp = row->type & ICMP;
	char word[160];
	long got;

	if (result == AS_EVER)
		result = judge(plain_send_rules, row, row->source);
	err = result < SELF ? result : 0;
	if (sock)
		err = 0;
	else if (!err)
		wanted = result == SELF ? row->who : result >> 8 & ALL;
	/* a whole network does not answer */
	if (icmp)
		wanted = wanted && wanted != ALL;

	(void)snprintf(word, sizeof(word), "%s %d", address(row->who, row->family, row->kind), icmp ? 0 : 2001);
	if (row->source != UNBOUND)
		(void)snprintf(word + strlen(word), sizeof(word) - strlen(word), " %s 0",
			       address(row->who, row->family, row->source == FROM_LO ? LO : FIRST));
	got = vxt_call(vxt_with(agent[who], "%s", word), f_send_row, row->type | row->family << 8,
		       wanted ? NXT_WAIT_MS : 20);
	if (icmp) {
		heard = !strcmp(agent[who]->text, "1");
	} else {
		for (int i = 0; i < HEARERS; i++)
			if (wanted & 1 << i && !(got & 255))
				heard |= (int)vxt_call(agent[i], f_hear, row->type, NXT_WAIT_MS) << i;
	}
	rows_run++;
	if (got == ERRORS(sock, 0, err) && heard == wanted)
		return true;
	printf("# %s, %s: socket %s, sent %s, ", kind_name[number(row->kind)], word,
	       error_name(got >> 16), error_name(got & 255));
	if (icmp) {
		printf("%sanswered; wanted %s, %s, %sanswered\n", heard ? "" : "not ", error_name(sock),
		       error_name(err), wanted ? "" : "not ");
	} else {
		printf("heard by %s;", hearers(heard));
		printf(" wanted %s, %s, %s\n", error_name(sock), error_name(err), hearers(wanted));
	}
	return false;
}

/* has anybody heard what was not for him? */
static bool strays(int type)
{
	int heard = 0;

	for (int i = 0; i < HEARERS; i++)
		while (vxt_call(agent[i], f_hear, type, 0))
			heard |= 1 << i;
	if (heard)
		printf("# somebody else was heard by %s\n", hearers(heard));
	return heard;
}

static void run(bool (*run_row)(const struct row *row), bool sends)
{
	int inner = sends ? SOURCES : FLAGS;

	for (int w = 0; w < MAKERS; w++) {
		for (int t = 0; t < TYPES; t++) {
			for (int f = 0; f < 3; f++) {
				for (int x = 0; x < inner; x++) {
					struct row row = {
						.who = 1 << w, .type = 1 << t, .family = 1 << f, .flag = 1 << x,
						.source = 1 << x,
					};
					int bad = 0, n = 0;

					for (int k = 0; k < KINDS; k++) {
						row.kind = 1 << k;
						if (exists(row.family, row.kind)) {
							n++;
							bad += !run_row(&row);
						}
					}
					if (sends && row.type & PORTS)
						bad += strays(row.type);
					tap_ok(!bad, "%s: %s: %s, %s, %s: %d rows", sends ? "send" : "bind",
					       who_name[w], type_name[t], family_name[f],
					       sends ? source_name[x] : flag_name[x], n);
				}
			}
		}
	}
}

/* ---- Ports: who is in whose way. What a socket receives is a set of addresses; only sets that meet are. */

enum { HAS4 = 1, SHARES4 = 2, LO4 = 4, HAS6 = 8, SHARES6 = 0x10, LO6 = 0x20, ALL4 = 7, ALL6 = 0x38 };

/* one that both have */
#define SHARED "8"

static const struct {
	const char *word;
	const char *last;	/* "" stands for the last part of the own address */
	bool v6only;
	int receives;
} places[] = {
	{ "0.0.0.0", NULL, false, ALL4 },
	{ "::", NULL, false, ALL4 | ALL6 },
	{ "::", NULL, true, ALL6 },
	{ "::ffff:0.0.0.0", NULL, false, ALL4 },
	{ "10.11.0.", "", false, HAS4 },
	{ "::ffff:10.11.0.", "", false, HAS4 },
	{ "fd11::", "", false, HAS6 },
	{ "10.11.0.", SHARED, false, SHARES4 },
	{ "::ffff:10.11.0.", SHARED, false, SHARES4 },
	{ "fd11::", SHARED, false, SHARES6 },
	{ "127.0.0.1", NULL, false, LO4 },
	{ "::ffff:127.0.0.1", NULL, false, LO4 },
	{ "::1", NULL, false, LO6 },
};

/* Two, one of which has a port and the other asks for it: their addresses, and what of the first is of the second. */
static const struct {
	const char *what;
	const char *first, *second;	/* NULL: the host */
	const char *share_first, *share_second;
	int both;
} pairs[] = {
	{ "one guest", "2", "2", SHARED, NULL, ALL4 | ALL6 },
	{ "guests", "2", "3", NULL, NULL, 0 },
	{ "guests that share", "2", "3", SHARED, SHARED, SHARES4 | SHARES6 },
	{ "the host, a guest", NULL, "2", NULL, NULL, 0 },
	{ "a guest, the host", "2", NULL, NULL, NULL, 0 },
	{ "the host, a guest that shares", NULL, "2", NULL, "@" SHARED, SHARES4 | SHARES6 },
	{ "a guest that shares, the host", "2", NULL, "@" SHARED, NULL, SHARES4 | SHARES6 },
	/* the host can bind to what is a guest's alone; then it has that, and gets the rest when it binds to any */
	{ "the host, a guest with an address alone", NULL, "2", NULL, SHARED, 0 },
};

/* a: type, b: flag, c: V6ONLY; keeps the socket */
NXT_FN(f_take)
{
	union nxt_addr addr;
	socklen_t len = nxt_parse(vxt_word, &addr);
	int family = addr.any.sa_family == AF_INET ? V4 : V6, fd = make(a | family << 8), only = (int)c, err;

	if (family == V6)
		(void)setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	(void)set(fd, family, (int)b);
	if (bind(fd, &addr.any, len) == 0 && (a != TCP || listen(fd, 64) == 0))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static const char *place_word(size_t place, const char *own)
{
	static char word[64];
	const char *last = places[place].last;

	(void)snprintf(word, sizeof(word), "%s%s 2002", places[place].word, !last ? "" : *last ? last : own ?: "1");
	return word;
}

/* ask for all places, one after another, and give them back; the own part is the word, the errors are in the text */
NXT_FN(f_ask_all)
{
	char own[8];

	(void)snprintf(own, sizeof(own), "%.7s", vxt_word);
	for (size_t j = 0; j < COUNT(places); j++) {
		long fd;

		(void)snprintf(vxt_word, sizeof(vxt_word), "%s", place_word(j, own));
		fd = f_take(a, b, places[j].v6only, 0);
		vxt_say("%d ", fd < 0 ? errno : 0);
		if (fd >= 0)
			close((int)fd);
	}
	return COUNT(places);
}

/* is the place one of this half of the pair? */
static bool can_bind(size_t p, int k, size_t place)
{
	const char *share = k && p ? pairs[p].share_second : pairs[p].share_first;
	const char *who = k ? pairs[p].second : pairs[p].first;

	return !who || share || !places[place].last || !*places[place].last;
}

/* what the second gets while the first has his place, if he has */
static int wanted_of(size_t p, size_t i, size_t j, int type, int flag)
{
	bool meet = places[i].receives & places[j].receives & pairs[p].both;

	if (!pairs[p].first && pairs[p].share_second && places[i].last && *places[i].last)
		meet = places[i].receives & places[j].receives;
	if (!can_bind(p, 1, j))
		return EADDRNOTAVAIL;
	/* both ask to let the other in; what listens lets in only the members of a group */
	if (!can_bind(p, 0, i) || flag == REUSEPORT || (flag == REUSEADDR && type != TCP))
		return 0;
	return meet ? EADDRINUSE : 0;
}

/* the first has one place; how many of all others are not as they shall be */
static int port_rows(size_t p, struct vxt_agent *const *two, size_t i, int type, int flag)
{
	int wanted = can_bind(p, 0, i) ? 0 : EADDRNOTAVAIL, bad = 0, err;
	char *errors;
	long fd = vxt_call(vxt_with(two[0], "%s", place_word(i, pairs[p].first)), f_take, type, flag, places[i].v6only);

	err = fd < 0 ? errno : 0;
	if (err != wanted)
		bad = printf("# the first, %s: %s, wanted %s\n", place_word(i, pairs[p].first), error_name(err),
			     error_name(wanted)) > 0;
	(void)vxt_call(vxt_with(two[1], "%s", pairs[p].second ?: "1"), f_ask_all, type, flag);
	errors = two[1]->text;
	for (size_t j = 0; j < COUNT(places); j++) {
		const char *word = place_word(j, pairs[p].second);

		/* nothing, where there is no answer */
		err = *errors ? (int)strtol(errors, &errors, 10) : EDOM;
		wanted = wanted_of(p, i, j, type, flag);
		rows_run++;
		if (err == wanted)
			continue;
		printf("# %s%s after %s%s%s: %s, wanted %s\n", word, places[j].v6only ? " only" : "", places[i].word,
		       places[i].last ?: "", places[i].v6only ? " only" : "", error_name(err), error_name(wanted));
		bad++;
	}
	nxt_close(two[0], fd);
	return bad;
}

static bool start_pair(struct nxt_guest *g, const char *last, const char *share)
{
	char ips[4][32] = {};
	bool at = share && *share == '@';

	(void)snprintf(ips[0], sizeof(ips[0]), "10.11.0.%s", last);
	(void)snprintf(ips[1], sizeof(ips[1]), "fd11::%s", last);
	(void)snprintf(ips[2], sizeof(ips[2]), "%s10.11.0.%s", at ? "@" : "", share ? share + at : "");
	(void)snprintf(ips[3], sizeof(ips[3]), "%sfd11::%s", at ? "@" : "", share ? share + at : "");
	g->g.bcaps = VXT_SECURE_BCAPS;
	return nxt_start(g, VXT_FLAT, 0, ips[0], ips[1], share ? ips[2] : NULL, ips[3], NULL);
}

static void run_ports(void)
{
	for (size_t p = 0; p < COUNT(pairs); p++) {
		struct nxt_guest g[2] = {};
		struct vxt_agent *two[2] = { &host, &host };

		if (pairs[p].first && start_pair(&g[0], pairs[p].first, pairs[p].share_first))
			two[0] = nxt_agent(&g[0]);
		if (!p)
			two[1] = two[0];
		else if (pairs[p].second && start_pair(&g[1], pairs[p].second, pairs[p].share_second))
			two[1] = nxt_agent(&g[1]);
		for (int t = 0; t < 3; t++) {
			for (int x = 0; x < 3; x++) {
				int bad = 0;

				for (size_t i = 0; i < COUNT(places); i++)
					bad += port_rows(p, two, i, 1 << t, 1 << x);
				tap_ok(!bad, "ports: %s: %s, %s: %d rows", pairs[p].what, type_name[t], flag_name[x],
				       (int)(COUNT(places) * COUNT(places)));
			}
		}
		for (int k = 0; k < 2; k++)
			tap_ok(two[k] != nxt_agent(&g[k]) || nxt_stop(&g[k]), "it ends");
	}
}

/* ---- Groups of SO_REUSEPORT: everybody has one of the same port, and it has members of one's own only. */

#define MEMBERS 2
#define SENT 24

NXT_FN(f_count)
{
	long n = 0;

	while (nxt_ready((int)a, POLLIN, n ? 20 : (int)b)) {
		char buf[64];
		int fd = (int)a;

		if (c == TCP) {
			fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
			if (fd < 0)
				break;
			close(fd);
		} else if (recv(fd, buf, sizeof(buf), 0) < 0) {
			break;
		}
		n++;
	}
	return n;
}

static void test_groups(int type, const char *any)
{
	struct vxt_agent *who[] = { agent[1], agent[5], &host };
	static const int bit[] = { TWO, OTHER, HOST };
	long fd[3][MEMBERS];
	char word[64], what[64];

	(void)snprintf(word, sizeof(word), "%s 2003", any);
	for (int i = 0; i < 3; i++)
		for (int m = 0; m < MEMBERS; m++)
			fd[i][m] = vxt_call(vxt_with(who[i], "%s", word), f_take, type, REUSEPORT, 0);
	for (int to = 0; to < 3; to++) {
		int family = strchr(any, ':') ? V6 : V4, got[3] = {}, least = SENT;

		(void)snprintf(word, sizeof(word), "%s 2003", address(bit[to], family, FIRST));
		for (int n = 0; n < SENT; n++)
			(void)vxt_call(vxt_with(&host, "%s", word), f_send_row, type | family << 8);
		for (int i = 0; i < 3; i++) {
			for (int m = 0; m < MEMBERS; m++) {
				int n = (int)vxt_call(who[i], f_count, fd[i][m], i == to ? 200 : 0, type);

				got[i] += n;
				if (i == to && n < least)
					least = n;
			}
		}
		(void)snprintf(what, sizeof(what), "group on %s, %s: all to the members of %s", any,
			       type_name[number(type)], who_name[number(bit[to])]);
		if (!tap_is(got[to], SENT, what))
			printf("# %d, %d, %d\n", got[0], got[1], got[2]);
		tap_ok(least > 0 && got[0] + got[1] + got[2] == SENT, "each has some, and nobody else");
	}
	for (int i = 0; i < 3; i++)
		for (int m = 0; m < MEMBERS; m++)
			nxt_close(who[i], fd[i][m]);
}

int main(int argc, char **argv)
{
	static const char *const ears_at = ":: 2001";
	const int kinds = 3 * KINDS - __builtin_popcount(NOT_4) * 2 - __builtin_popcount(NOT_6);
	const uint64_t single = VSERVER_NFLAG_INIT | VSERVER_NFLAG_SINGLE_IP, bare = VSERVER_NFLAG_STATE_ADMIN;
	int range;

	vxt_init(argc, argv);
	if (!nxt_machine() || !nxt_assign("dummy0:30", "10.11.0.10") || !nxt_assign("dummy0", "fd11::a"))
		tap_skip_all("no device dummy0");
	range = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
	tap_ok(range >= 0 && write(range, "0 0", 3) == 3, "everybody may use echo sockets");
	close(range);
	guest[1].g.bcaps = guest[2].g.bcaps = guest[4].g.bcaps = guest[5].g.bcaps = VXT_SECURE_BCAPS;
	if (!vxt_host(&host) ||
	    !nxt_start(&guest[1], VXT_FLAT, 0, "10.11.0.2", "10.11.0.5", "fd11::2", "fd11::5", NULL) ||
	    !nxt_start(&guest[2], VXT_FLAT, single, "10.11.0.6", "fd11::6", NULL) ||
	    !nxt_start(&guest[3], -1, 0, "10.11.0.4", "10.11.0.8", "fd11::4", "fd11::8", NULL) ||
	    !nxt_start(&guest[4], VXT_FLAT, bare, "10.11.0.7", "10.11.0.10", "fd11::7", "fd11::a", NULL) ||
	    !nxt_start(&guest[5], VXT_FLAT, 0, "10.11.0.3", "fd11::3", NULL))
		return 1;
	agent[0] = &host;
	for (int i = 1; i < HEARERS; i++)
		agent[i] = nxt_agent(&guest[i]);
	tap_is(nx_set_ncaps(guest[1].nid, VSERVER_NCAP_RAW_ICMP) | nx_set_ncaps(guest[4].nid, VSERVER_NCAP_RAW_ICMP) |
	       nx_set_ncaps(guest[3].nid, VSERVER_NCAP_MULTICAST), 0, "what is granted");

	run(bind_row, false);
	tap_is(rows_run, MAKERS * TYPES * FLAGS * kinds, "bind: every row was run");
	for (int i = 0; i < HEARERS; i++)
		tap_is(vxt_call(vxt_with(agent[i], "%s", ears_at), f_open_ears), 0, "listens");
	rows_run = 0;
	run(send_row, true);
	tap_is(rows_run, MAKERS * TYPES * SOURCES * kinds, "send: every row was run");
	for (int t = 0; t < 3; t++) {
		test_groups(1 << t, "0.0.0.0");
		test_groups(1 << t, "::");
	}
	for (int i = 1; i < HEARERS; i++)
		tap_ok(nxt_stop(&guest[i]), "it ends");
	rows_run = 0;
	run_ports();
	tap_is(rows_run, COUNT(pairs) * COUNT(places) * COUNT(places) * 9, "ports: every row was run");
	return vxt_done();
}
