// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esc-ipc - root of a guest does not reach keys, IPC objects, sockets and rings of the host, nor kinds of sockets
 * bed: um qemu
 * timeout: 60
 */
#include <linux/inet_diag.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <mqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include "../prog/esc.h"

#define ALL (V_GUESTS | V_FAKE)
#define SHARED_IPC (V_FLAT | V_BARE | V_FAKE)

enum {
	W_SHM, W_SEM, W_MSG, W_KEY, W_RING, W_SESSION, W_USERRING, W_NETNS,
};

/* Keys. */

static long keyctl(int cmd, long a, long b, long c, long d)
{
	return syscall(SYS_keyctl, cmd, a, b, c, d);
}

static long add_key(const char *type, const char *name, const char *text, long ring)
{
	return syscall(SYS_add_key, type, name, text, text ? strlen(text) : 0, ring);
}

static long key_read(void) { char b[64]; return keyctl(KEYCTL_READ, sh->word[W_KEY], (long)b, sizeof(b), 0); }
static long key_describe(void) { char b[64]; return keyctl(KEYCTL_DESCRIBE, sh->word[W_KEY], (long)b, sizeof(b), 0); }
static long key_update(void) { return keyctl(KEYCTL_UPDATE, sh->word[W_KEY], (long)"x", 1, 0); }
static long key_revoke(void) { return keyctl(KEYCTL_REVOKE, sh->word[W_KEY], 0, 0, 0); }
static long key_invalidate(void) { return keyctl(KEYCTL_INVALIDATE, sh->word[W_KEY], 0, 0, 0); }
static long key_chown(void) { return keyctl(KEYCTL_CHOWN, sh->word[W_KEY], 1000, 1000, 0); }
static long key_setperm(void) { return keyctl(KEYCTL_SETPERM, sh->word[W_KEY], 0x3f3f3f3f, 0, 0); }
static long key_timeout(void) { return keyctl(KEYCTL_SET_TIMEOUT, sh->word[W_KEY], 1, 0, 0); }
static long key_link(void) { return keyctl(KEYCTL_LINK, sh->word[W_KEY], KEY_SPEC_SESSION_KEYRING, 0, 0); }
static long key_security(void) { char b[64]; return keyctl(KEYCTL_GET_SECURITY, sh->word[W_KEY], (long)b, sizeof(b), 0); }
static long ring_link(void) { return keyctl(KEYCTL_LINK, sh->word[W_RING], KEY_SPEC_SESSION_KEYRING, 0, 0); }
static long ring_search(void) { return keyctl(KEYCTL_SEARCH, sh->word[W_RING], (long)"user", (long)"host:key", 0); }
static long ring_add(void) { return add_key("user", "from:guest", "x", sh->word[W_RING]); }
static long ring_clear(void) { return keyctl(KEYCTL_CLEAR, sh->word[W_RING], 0, 0, 0); }
static long ring_join(void)
{
	/* the host has left the name in the shared memory */
	return keyctl(KEYCTL_JOIN_SESSION_KEYRING, (long)(sh->text + 64), 0, 0, 0) == sh->word[W_RING] ? 1 : esc_fail(EACCES);
}

static long search_in(long ring)
{
	return keyctl(KEYCTL_SEARCH, ring, (long)"user", (long)"host:key", 0);
}

static long search_session(void) { return search_in(KEY_SPEC_SESSION_KEYRING); }
static long search_user(void) { return search_in(KEY_SPEC_USER_KEYRING); }
static long search_user_session(void) { return search_in(KEY_SPEC_USER_SESSION_KEYRING); }
static long search_process(void) { return search_in(KEY_SPEC_PROCESS_KEYRING); }
static long search_thread(void) { return search_in(KEY_SPEC_THREAD_KEYRING); }
static long request_found(void) { return syscall(SYS_request_key, "user", "host:key", NULL, 0); }

static long same_session(void)
{
	long id = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0);

	return id == sh->word[W_SESSION] ? 1 : esc_fail(EACCES);
}

static long same_user_ring(void)
{
	long id = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0, 0);

	return id == sh->word[W_USERRING] ? 1 : esc_fail(EACCES);
}

static long serials_at_random(void)
{
	char b[128];

	for (int d = -64; d <= 64; d++) {
		if (keyctl(KEYCTL_READ, sh->word[W_KEY] + d, (long)b, sizeof(b), 0) > 0) {
			esc_say("serial %ld", sh->word[W_KEY] + d);
			return 1;
		}
	}
	return esc_fail(EACCES);
}

/* The upcall would run a program of the host: this one, which leaves a trace. */
static long request_upcall(void)
{
	(void)syscall(SYS_request_key, "user", "escape:upcall", "from the guest", 0);
	esc_sleep_ms(30);
	return esc_ask('r', 0, -1, NULL) > 0 ? 1 : esc_fail(EPERM);
}

static long request_upcall_ring(void)
{
	(void)syscall(SYS_request_key, "user", "escape:upcall2", "from the guest", KEY_SPEC_SESSION_KEYRING);
	esc_sleep_ms(30);
	return esc_ask('r', 0, -1, NULL) > 0 ? 1 : esc_fail(EPERM);
}

/* A keyring that lives on, one for each user: that of the host must not be had, nor be made for it. */
static long persistent_of_host(void)
{
	long ring = keyctl(KEYCTL_GET_PERSISTENT, 0, KEY_SPEC_SESSION_KEYRING, 0, 0);

	if (ring < 0)
		return -1;
	return search_in(ring);
}

static long persistent_for_host(void)
{
	long ring = keyctl(KEYCTL_GET_PERSISTENT, 4711, KEY_SPEC_SESSION_KEYRING, 0, 0);

	if (ring < 0 || add_key("user", "guest:key", "x", ring) < 0)
		return -1;
	/* the host looks into what should be its own */
	return esc_ask('p', 4711, -1, NULL) > 0 ? 1 : esc_fail(EACCES);
}

static long named_for_host(void)
{
	/* a session keyring by a name that the host may want to join */
	long ring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, (long)"admin", 0, 0, 0);

	if (ring < 0 || keyctl(KEYCTL_SETPERM, ring, 0x3f3f3f3f, 0, 0))
		return -1;
	return esc_ask('j', 0, -1, NULL) == ring ? 1 : esc_fail(EACCES);
}

/* One uid of two contexts must not use up the keys of each other. */
static long use_up_keys(void)
{
	char name[32];
	long r = 0;
	int n;

	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		return -1;
	(void)keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
	for (n = 0; n < 1000 && r >= 0; n++) {
		(void)snprintf(name, sizeof(name), "key:%d", n);
		r = add_key("user", name, "x", KEY_SPEC_SESSION_KEYRING);
	}
	if (r >= 0)
		return esc_fail(EBADMSG);
	/* now the host's user */
	if (esc_ask('k', 0, -1, NULL) >= 0)
		return esc_fail(EACCES);
	/* known, and shown here each time: the quota of keys is one for each uid of the machine until there are limits */
	esc_say("not separate: the quota of keys is one for each uid");
	return esc_kind & ESC_NO_CONTEXT ? 1 : ESC_SKIP;
}

static long own_keys(void)
{
	char b[16] = "";
	long key = add_key("user", "own", "mine", KEY_SPEC_USER_KEYRING);
	long ring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0), key2;

	esc_say("make keys: %ld, %ld", key, ring);
	key2 = add_key("user", "own2", "mine", ring);
	if (key < 0 || ring < 0 || key2 < 0)
		return -1;
	esc_say("the user keyring is the same every time");
	if (keyctl(KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, (long)"user", (long)"own", 0) != key)
		return -1;
	esc_say("read");
	return keyctl(KEYCTL_READ, key2, (long)b, sizeof(b), 0) == 4 && !memcmp(b, "mine", 4) ? 0 : -1;
}

/* System V IPC. */

union semun {
	int val;
	struct semid_ds *buf;
	void *info;
};

static long shm_attach(void) { return shmat((int)sh->word[W_SHM], NULL, 0) == (void *)-1 ? -1 : 0; }
static long shm_attach_ro(void) { return shmat((int)sh->word[W_SHM], NULL, SHM_RDONLY) == (void *)-1 ? -1 : 0; }
static long shm_stat(void) { struct shmid_ds b; return shmctl((int)sh->word[W_SHM], IPC_STAT, &b); }
static long shm_set(void) { struct shmid_ds b = { .shm_perm = { .mode = 0666 } }; return shmctl((int)sh->word[W_SHM], IPC_SET, &b); }
static long shm_remove(void) { return shmctl((int)sh->word[W_SHM], IPC_RMID, NULL); }
static long shm_lock(void) { return shmctl((int)sh->word[W_SHM], SHM_LOCK, NULL); }
static long shm_by_key(void) { return shmget(0x657363, 4096, 0600); }
static long shm_walk(void)
{
	struct shmid_ds b;

	for (int i = 0; i < 64; i++)
		if (shmctl(i, SHM_STAT, &b) >= 0 || shmctl(i, 15 /* SHM_STAT_ANY */, &b) >= 0)
			return 1;
	return esc_fail(EACCES);
}

static long sem_by_key(void) { return semget(0x657364, 1, 0600); }
static long sem_change(void) { struct sembuf b = { 0, 1, 0 }; return semop((int)sh->word[W_SEM], &b, 1); }
static long sem_set(void) { return semctl((int)sh->word[W_SEM], 0, SETVAL, (union semun){ .val = 7 }); }
static long sem_get(void) { return semctl((int)sh->word[W_SEM], 0, GETVAL); }
static long sem_pid(void) { return semctl((int)sh->word[W_SEM], 0, GETPID); }
static long sem_stat(void) { struct semid_ds b; return semctl((int)sh->word[W_SEM], 0, IPC_STAT, (union semun){ .buf = &b }); }
static long sem_remove(void) { return semctl((int)sh->word[W_SEM], 0, IPC_RMID); }
static long sem_walk(void)
{
	struct semid_ds b;

	for (int i = 0; i < 64; i++)
		if (semctl(i, 0, SEM_STAT, (union semun){ .buf = &b }) >= 0 ||
		    semctl(i, 0, 20 /* SEM_STAT_ANY */, (union semun){ .buf = &b }) >= 0)
			return 1;
	return esc_fail(EACCES);
}

struct text {
	long type;
	char text[16];
};

static long msg_by_key(void) { return msgget(0x657365, 0600); }
static long msg_send(void) { struct text t = { 1, "guest" }; return msgsnd((int)sh->word[W_MSG], &t, 6, IPC_NOWAIT); }
static long msg_receive(void) { struct text t; return msgrcv((int)sh->word[W_MSG], &t, 16, 0, IPC_NOWAIT); }
static long msg_copy(void) { struct text t; return msgrcv((int)sh->word[W_MSG], &t, 16, 0, IPC_NOWAIT | 040000); }
static long msg_remove(void) { return msgctl((int)sh->word[W_MSG], IPC_RMID, NULL); }
static long msg_walk(void)
{
	struct msqid_ds b;

	for (int i = 0; i < 64; i++)
		if (msgctl(i, MSG_STAT, &b) >= 0 || msgctl(i, 13 /* MSG_STAT_ANY */, &b) >= 0)
			return 1;
	return esc_fail(EACCES);
}

static long own_sysv(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600), s = semget(IPC_PRIVATE, 1, 0600), q = msgget(IPC_PRIVATE, 0600);
	struct text t = { 1, "own" };
	void *p = shmat(id, NULL, 0);
	bool good = p != (void *)-1 && semctl(s, 0, SETVAL, (union semun){ .val = 1 }) == 0 &&
		msgsnd(q, &t, 4, 0) == 0 && msgrcv(q, &t, 16, 0, 0) == 4;

	(void)shmctl(id, IPC_RMID, NULL);
	(void)semctl(s, 0, IPC_RMID);
	(void)msgctl(q, IPC_RMID, NULL);
	return good ? 0 : -1;
}

/* POSIX message queues. */

static long mq_use(int flags) { return syscall(SYS_mq_open, "host-queue", flags, 0600, NULL); }
static long mq_read(void) { return mq_use(O_RDONLY | O_NONBLOCK); }
static long mq_write(void) { return mq_use(O_WRONLY | O_NONBLOCK); }
static long mq_remove(void) { return syscall(SYS_mq_unlink, "host-queue"); }
static long mq_own(void)
{
	long q = syscall(SYS_mq_open, "own-queue", O_RDWR | O_CREAT, 0600, NULL);

	(void)syscall(SYS_mq_unlink, "own-queue");
	return q;
}

/* Local sockets. */

static socklen_t abstract(struct sockaddr_un *a, const char *name)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path + 1, name, strlen(name));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static long abstract_connect(int type, const char *name)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, name);

	return connect(socket(AF_UNIX, type, 0), (void *)&a, len);
}

static long connect_stream(void) { return abstract_connect(SOCK_STREAM, "host-stream"); }
static long connect_seqpacket(void) { return abstract_connect(SOCK_SEQPACKET, "host-seqpacket"); }
static long connect_dgram(void) { return abstract_connect(SOCK_DGRAM, "host-dgram"); }

static long send_dgram(void)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, "host-dgram");

	return sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, (void *)&a, len);
}

static long bind_name(const char *name, int type)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, name);

	return bind(socket(AF_UNIX, type, 0), (void *)&a, len);
}

/* the name of the host is free here; it must not be taken away from the host either */
static long bind_same(void) { return bind_name("host-stream", SOCK_STREAM); }

static long shadow_host(void)
{
	if (bind_name("new-service", SOCK_STREAM))
		return -1;
	return esc_ask('b', 0, -1, NULL);
}

static long catch_host(void)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, "wanted-service");
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(s, (void *)&a, len) || listen(s, 1))
		return -1;
	/* a program of the host connects to a name that only the guest has */
	return esc_ask('a', 0, -1, NULL) == 0 ? 1 : esc_fail(EACCES);
}

static long autobind_all(void)
{
	/* names that the kernel chooses are of the guest, too */
	struct sockaddr_un a;
	socklen_t len = sizeof(sa_family_t);
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	if (bind(s, (void *)&a, len))
		return -1;
	len = sizeof(a);
	return getsockname(s, (void *)&a, &len);
}

static long guess_autobound(void)
{
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	for (unsigned int i = 0; i < 0x100000; i += 1) {
		struct sockaddr_un a;
		char name[8];

		(void)snprintf(name, sizeof(name), "%05x", i);
		if (sendto(s, "x", 1, MSG_DONTWAIT, (void *)&a, abstract(&a, name)) == 1) {
			esc_say("found %s", name);
			return 1;
		}
		/* the host has left the name that it got in the shared memory */
		if (i == 0)
			i = (unsigned int)strtoul(sh->text, NULL, 16) > 8 ?
				(unsigned int)strtoul(sh->text, NULL, 16) - 8 : 0;
		if (i > strtoul(sh->text, NULL, 16) + 8)
			break;
	}
	return esc_fail(ECONNREFUSED);
}

static long own_unix(void)
{
	struct sockaddr_un a;
	socklen_t len = abstract(&a, "own-service");
	int s = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);

	return bind(s, (void *)&a, len) || listen(s, 1) ? -1 : connect(c, (void *)&a, len);
}

/* Kinds of sockets. */

struct kind_of_socket {
	int family, type, protocol;
};

static long none_of(const struct kind_of_socket *k, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int fd = socket(k[i].family, k[i].type, k[i].protocol);

		esc_say("family %d, type %d, protocol %d", k[i].family, k[i].type, k[i].protocol);
		if (fd >= 0)
			return 1;
		if (errno == EINVAL || errno == EBADF)
			return 2;
	}
	return -1;
}

#define NONE_OF(...)									\
	do {										\
		static const struct kind_of_socket kinds_[] = { __VA_ARGS__ };		\
		return none_of(kinds_, ESC_COUNT(kinds_));				\
	} while (0)

static long sock_packet(void) { NONE_OF({ AF_PACKET, SOCK_RAW, 0x0300 }, { AF_PACKET, SOCK_DGRAM, 0x0300 }); }
static long sock_raw(void) { NONE_OF({ AF_INET, SOCK_RAW, 1 }, { AF_INET, SOCK_RAW, 255 }, { AF_INET6, SOCK_RAW, 58 }, { AF_INET, SOCK_RAW, 6 }); }
static long sock_vsock(void) { NONE_OF({ AF_VSOCK, SOCK_STREAM, 0 }); }
static long sock_alg(void) { NONE_OF({ AF_ALG, SOCK_SEQPACKET, 0 }); }
static long sock_smc(void) { NONE_OF({ 43, SOCK_STREAM, 0 }, { AF_INET, SOCK_STREAM, 256 }); }
static long sock_tipc(void) { NONE_OF({ AF_TIPC, SOCK_STREAM, 0 }); }
static long sock_mptcp(void) { NONE_OF({ AF_INET, SOCK_STREAM, 262 }, { AF_INET6, SOCK_STREAM, 262 }); }
static long sock_sctp(void) { NONE_OF({ AF_INET, SOCK_STREAM, 132 }, { AF_INET, SOCK_SEQPACKET, 132 }); }
static long sock_l2tp(void) { NONE_OF({ AF_INET, SOCK_DGRAM, 115 }); }
static long sock_others(void)
{
	NONE_OF({ AF_KEY, SOCK_RAW, 2 }, { AF_CAN, SOCK_RAW, 1 }, { AF_RDS, SOCK_SEQPACKET, 0 }, { AF_RXRPC, SOCK_DGRAM, AF_INET },
		{ AF_BLUETOOTH, SOCK_RAW, 1 }, { AF_KCM, SOCK_DGRAM, 0 }, { 44, SOCK_RAW, 0 }, { AF_NFC, SOCK_SEQPACKET, 0 },
		{ AF_PPPOX, SOCK_DGRAM, 0 }, { AF_QIPCRTR, SOCK_DGRAM, 0 }, { AF_PHONET, SOCK_DGRAM, 0 });
}

/* protocol 0 means the first of the type: those with a type of their own must be refused by that */
static long sock_by_type(void)
{
	static const struct kind_of_socket kinds[] = {
		{ AF_INET, SOCK_SEQPACKET, 0 }, { AF_INET6, SOCK_SEQPACKET, 0 }, { AF_INET, 6 /* DCCP */, 0 },
		{ AF_INET6, 6, 0 }, { AF_INET, 4 /* RDM */, 0 },
	};
	long r = none_of(kinds, ESC_COUNT(kinds));

	/* without the module there is none, which shows nothing; a refusal by the rule is another error */
	return r;
}

static long netlink_kinds(void)
{
	for (int proto = 1; proto < 24; proto++) {
		int fd = proto == NETLINK_SOCK_DIAG ? -1 : socket(AF_NETLINK, SOCK_RAW, proto);

		esc_say("protocol %d", proto);
		if (fd >= 0)
			return 1;
	}
	return -1;
}

/* there is a socket for it, so that ss(8) does not complain; it gives no answers */
static long ask_diag(void)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 req;
	} q = {
		.h = { .nlmsg_len = sizeof(q), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.req = { .sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0U },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);

	return fd < 0 ? -2 : send(fd, &q, sizeof(q), 0);
}

static long ulp(const char *name)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return setsockopt(fd, 6, 31 /* TCP_ULP */, name, (socklen_t)strlen(name));
}

static long ulp_smc(void) { return ulp("smc"); }
static long ulp_mptcp(void) { return ulp("mptcp"); }

static long usual_sockets(void)
{
	static const struct kind_of_socket kinds[] = {
		{ AF_UNIX, SOCK_STREAM, 0 }, { AF_UNIX, SOCK_DGRAM, 0 }, { AF_INET, SOCK_STREAM, 0 }, { AF_INET, SOCK_DGRAM, 0 },
		{ AF_INET6, SOCK_STREAM, 0 }, { AF_INET6, SOCK_DGRAM, 0 }, { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE },
	};

	for (size_t i = 0; i < ESC_COUNT(kinds); i++)
		if (socket(kinds[i].family, kinds[i].type, kinds[i].protocol) < 0)
			return -1;
	return 0;
}

static long rtnetlink(int type, int flags, const void *body, size_t size)
{
	struct { struct nlmsghdr h; char body[128]; } m = {
		.h = { .nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags), .nlmsg_seq = 1 },
	};
	struct { struct nlmsghdr h; struct nlmsgerr e; char rest[256]; } r;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	memcpy(m.body, body, size);
	m.h.nlmsg_len = (uint32_t)(sizeof(m.h) + size);
	if (fd < 0 || send(fd, &m, m.h.nlmsg_len, 0) < 0 || recv(fd, &r, sizeof(r), 0) < (ssize_t)sizeof(r.h))
		return -1;
	if (r.h.nlmsg_type != NLMSG_ERROR)
		return esc_fail(EBADMSG);
	return r.e.error ? esc_fail(-r.e.error) : 0;
}

static long add_route(void)
{
	struct { struct rtmsg m; struct rtattr a; uint32_t dst; struct rtattr b; uint32_t oif; } body = {
		.m = { .rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = 3, .rtm_scope = 253,
		       .rtm_type = RTN_UNICAST },
		.a = { 8, RTA_DST }, .dst = htobe32(0x0a090807), .b = { 8, RTA_OIF }, .oif = 1,
	};

	return rtnetlink(RTM_NEWROUTE, NLM_F_CREATE, &body, sizeof(body));
}

static long add_address(void)
{
	struct { uint8_t family, len, flags, scope; uint32_t index; struct rtattr a; uint32_t addr; } body = {
		AF_INET, 32, 0, 0, 1, { 8, 2 /* IFA_LOCAL */ }, htobe32(0x7f010203),
	};

	return rtnetlink(RTM_NEWADDR, NLM_F_CREATE, &body, sizeof(body));
}

static long link_down(void)
{
	struct ifinfomsg body = { .ifi_index = 1, .ifi_change = IFF_UP };

	return rtnetlink(RTM_NEWLINK, 0, &body, sizeof(body));
}

/* io_uring. */

static void *sq_ptr;

static int ring(struct io_uring_params *p)
{
	int fd = (int)syscall(SYS_io_uring_setup, 8, p);

	if (fd >= 0)
		sq_ptr = mmap(NULL, p->sq_off.array + p->sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
			      IORING_OFF_SQ_RING);
	return fd;
}

/* one request, its result */
static long ring_do(int fd, const struct io_uring_params *p, const struct io_uring_sqe *req)
{
	struct io_uring_sqe *sqes = mmap(NULL, p->sq_entries * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
					 IORING_OFF_SQES);
	char *cq = mmap(NULL, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, IORING_OFF_CQ_RING);
	char *sq = sq_ptr;
	unsigned int *tail = (void *)(sq + p->sq_off.tail), *array = (void *)(sq + p->sq_off.array);
	struct io_uring_cqe *cqe = (void *)(cq + p->cq_off.cqes);

	if (sqes == MAP_FAILED || (void *)cq == MAP_FAILED || sq_ptr == MAP_FAILED)
		return -1;
	sqes[0] = *req;
	array[*tail & (p->sq_entries - 1)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS |
		    (p->flags & IORING_SETUP_SQPOLL ? IORING_ENTER_SQ_WAKEUP : 0), NULL, 0) < 0)
		return -1;
	return cqe[0].res < 0 ? esc_fail(-cqe[0].res) : cqe[0].res;
}

static long uring_open(const char *path, int flags)
{
	struct io_uring_params p = {};
	struct io_uring_sqe req = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)path, .open_flags = (uint32_t)flags,
	};
	int fd = ring(&p);

	return fd < 0 ? -1 : ring_do(fd, &p, &req);
}

static long uring_sysctl(void) { return uring_open(gp("/proc/sys/kernel/core_pattern"), O_WRONLY); }
static long uring_device(void) { return uring_open(gp("/dev/kmsg"), O_RDONLY); }
static long uring_own(void) { return uring_open(gp("/esc-test"), O_RDONLY); }

static long uring_sqpoll(void)
{
	/* the thread that submits is a member, too */
	struct io_uring_params p = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 100 };
	struct io_uring_sqe req = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)gp("/proc/sys/kernel/core_pattern"),
		.open_flags = O_WRONLY,
	};
	int fd = ring(&p);

	if (fd < 0)
		return -1;
	if (ring_do(fd, &p, &req) >= 0)
		return 1;
	return esc_fail(errno);
}

static long uring_personality(void)
{
	struct io_uring_params p = {};
	struct io_uring_sqe req = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)gp("/proc/sys/kernel/core_pattern"),
		.open_flags = O_WRONLY,
	};
	int fd = ring(&p);
	long id = fd < 0 ? -1 : syscall(SYS_io_uring_register, fd, IORING_REGISTER_PERSONALITY, NULL, 0);

	if (id < 0)
		return -1;
	req.personality = (uint16_t)id;
	return ring_do(fd, &p, &req);
}

static long uring_personality_own(void)
{
	struct io_uring_params p = {};
	struct io_uring_sqe req = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)gp("/esc-test"), .open_flags = O_RDONLY,
	};
	int fd = ring(&p);
	long id = fd < 0 ? -1 : syscall(SYS_io_uring_register, fd, IORING_REGISTER_PERSONALITY, NULL, 0);

	if (id < 0)
		return -1;
	req.personality = (uint16_t)id;
	return ring_do(fd, &p, &req);
}

static long uring_socket(void)
{
	struct io_uring_params p = {};
	struct io_uring_sqe req = { .opcode = 45 /* SOCKET */, .fd = AF_PACKET, .off = SOCK_RAW, .len = 0x0300 };
	int fd = ring(&p);

	return fd < 0 ? -1 : ring_do(fd, &p, &req);
}

/* a ring of the host with its credentials registered, passed in */
static long uring_passed(void)
{
	int fd = esc_host_fd('u', 0);
	struct io_uring_params p;
	struct io_uring_sqe req = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)gp("/proc/sys/kernel/core_pattern"),
		.open_flags = O_WRONLY, .personality = 1,
	};

	if (fd < 0)
		return -1;
	memcpy(&p, sh->text + 1024, sizeof(p));
	sq_ptr = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		      IORING_OFF_SQ_RING);
	return ring_do(fd, &p, &req);
}

/* The host. */

#define TRACE "/esc/request-key-ran"

static long as_user(long (*fn)(void))
{
	int p[2];
	long r = -1;
	pid_t pid;

	if (pipe2(p, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
			_exit(1);
		r = fn();
		(void)!write(p[1], &r, sizeof(r));
		_exit(0);
	}
	close(p[1]);
	(void)!read(p[0], &r, sizeof(r));
	(void)waitpid(pid, NULL, 0);
	close(p[0]);
	return r;
}

static long add_one_key(void)
{
	(void)keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
	return add_key("user", "of:host", "x", KEY_SPEC_SESSION_KEYRING);
}

static long answer(int what, long arg, int *ret_fd)
{
	long r;

	switch (what) {
	case 'r':
		r = access(TRACE, F_OK) == 0;
		(void)unlink(TRACE);
		return r;
	case 'p':
		r = keyctl(KEYCTL_GET_PERSISTENT, arg, KEY_SPEC_PROCESS_KEYRING, 0, 0);
		return r < 0 ? 0 : keyctl(KEYCTL_SEARCH, r, (long)"user", (long)"guest:key", 0) > 0;
	case 'j':
		return keyctl(KEYCTL_JOIN_SESSION_KEYRING, (long)"admin", 0, 0, 0);
	case 'k':
		return as_user(add_one_key);
	case 'a':
		return abstract_connect(SOCK_STREAM, "wanted-service");
	case 'b':
		return bind_name("new-service", SOCK_STREAM);
	case 'u': {
		struct io_uring_params p = {};

		*ret_fd = ring(&p);
		if (*ret_fd < 0 || syscall(SYS_io_uring_register, *ret_fd, IORING_REGISTER_PERSONALITY, NULL, 0) < 0)
			return -1;
		memcpy(sh->text + 1024, &p, sizeof(p));
		return 0;
	}
	}
	return -1;
}

static void prepare(void)
{
	struct text t = { 1, "host" };
	struct sockaddr_un a;
	socklen_t len;
	void *p;
	int s;

	(void)unlink(TRACE);
	sh->word[W_SESSION] = keyctl(KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0);
	sh->word[W_USERRING] = keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1, 0, 0);
	/* wherever a guest might look */
	sh->word[W_KEY] = add_key("user", "host:key", "secret of the host", KEY_SPEC_SESSION_KEYRING);
	(void)keyctl(KEYCTL_SETPERM, sh->word[W_KEY], 0x3f3f3f3f, 0, 0);
	(void)keyctl(KEYCTL_LINK, sh->word[W_KEY], KEY_SPEC_USER_KEYRING, 0, 0);
	(void)keyctl(KEYCTL_LINK, sh->word[W_KEY], KEY_SPEC_USER_SESSION_KEYRING, 0, 0);
	(void)keyctl(KEYCTL_LINK, sh->word[W_KEY], KEY_SPEC_PROCESS_KEYRING, 0, 0);
	(void)keyctl(KEYCTL_LINK, sh->word[W_KEY], KEY_SPEC_THREAD_KEYRING, 0, 0);
	(void)keyctl(KEYCTL_LINK, sh->word[W_KEY], keyctl(KEYCTL_GET_PERSISTENT, 0, KEY_SPEC_SESSION_KEYRING, 0, 0), 0, 0);
	(void)snprintf(sh->text + 64, 32, "host-session-%d", getpid());
	sh->word[W_RING] = add_key("keyring", sh->text + 64, NULL, KEY_SPEC_SESSION_KEYRING);
	(void)keyctl(KEYCTL_SETPERM, sh->word[W_RING], 0x3f3f3f3f, 0, 0);
	(void)keyctl(KEYCTL_LINK, sh->word[W_KEY], sh->word[W_RING], 0, 0);

	/* what the guests before have left is gone with their namespaces, or is the host's */
	sh->word[W_SHM] = shmget(0x657363, 4096, IPC_CREAT | 0666);
	sh->word[W_SEM] = semget(0x657364, 1, IPC_CREAT | 0666);
	sh->word[W_MSG] = msgget(0x657365, IPC_CREAT | 0666);
	p = shmat((int)sh->word[W_SHM], NULL, 0);
	if (p != (void *)-1)
		(void)strcpy(p, "secret of the host");
	(void)shmdt(p);
	(void)semctl((int)sh->word[W_SEM], 0, SETVAL, (union semun){ .val = 3 });
	(void)msgsnd((int)sh->word[W_MSG], &t, 5, IPC_NOWAIT);
	(void)syscall(SYS_mq_unlink, "host-queue");
	(void)syscall(SYS_mq_open, "host-queue", O_RDWR | O_CREAT, 0666, NULL);

	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)bind(s, (void *)&a, abstract(&a, "host-stream"));
	(void)listen(s, 8);
	s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	(void)bind(s, (void *)&a, abstract(&a, "host-seqpacket"));
	(void)listen(s, 8);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)bind(s, (void *)&a, abstract(&a, "host-dgram"));
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	memset(&a, 0, sizeof(a));
	a.sun_family = AF_UNIX;
	len = sizeof(sa_family_t);
	(void)bind(s, (void *)&a, len);
	len = sizeof(a);
	(void)getsockname(s, (void *)&a, &len);
	(void)snprintf(sh->text, 16, "%.5s", a.sun_path + 1); /* the name got by autobind */
}

static bool host_key_unchanged(void)
{
	char b[64] = "";

	return keyctl(KEYCTL_READ, sh->word[W_KEY], (long)b, sizeof(b), 0) == 18 && !strcmp(b, "secret of the host");
}

static bool host_sysv_unchanged(void)
{
	struct text t;
	char *p = shmat((int)sh->word[W_SHM], NULL, 0);

	return p != (void *)-1 && !strcmp(p, "secret of the host") &&
		semctl((int)sh->word[W_SEM], 0, GETVAL) == 3 && msgrcv((int)sh->word[W_MSG], &t, 16, 0, IPC_NOWAIT) == 5 &&
		!strcmp(t.text, "host");
}

static bool host_queue_unchanged(void)
{
	return syscall(SYS_mq_open, "host-queue", O_RDONLY, 0, NULL) >= 0;
}

static bool host_sockets_unchanged(void)
{
	return connect_stream() == 0 && connect_seqpacket() == 0 && send_dgram() == 1;
}

#define NO_KEY { ENOKEY, ENOENT }
#define NO_IPC { ENOENT, EINVAL, EIDRM, ENOMSG }
#define NO_NAME { ECONNREFUSED }
#define NO_FAMILY { EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT }

static const struct esc_attack attacks[] = {
	{ "keys: read by number", key_read, ALL, V_HNS, NO_KEY },
	{ "keys: describe by number", key_describe, ALL, V_HNS, NO_KEY },
	{ "keys: update", key_update, ALL, 0, NO_KEY },
	{ "keys: revoke", key_revoke, ALL, 0, NO_KEY },
	{ "keys: invalidate", key_invalidate, ALL, 0, NO_KEY },
	{ "keys: chown", key_chown, ALL, 0, NO_KEY },
	{ "keys: set permissions", key_setperm, ALL, V_HNS, NO_KEY },
	{ "keys: set timeout", key_timeout, ALL, 0, NO_KEY },
	{ "keys: link to own keyring", key_link, ALL, V_HNS, NO_KEY },
	{ "keys: security label", key_security, ALL, 0, NO_KEY },
	{ "keys: link a keyring", ring_link, ALL, V_HNS, NO_KEY },
	{ "keys: search a keyring", ring_search, ALL, V_HNS, NO_KEY },
	{ "keys: add to a keyring", ring_add, ALL, 0, NO_KEY },
	{ "keys: clear a keyring", ring_clear, ALL, 0, NO_KEY },
	{ "keys: join the host's keyring by its name", ring_join, ALL, V_HNS, NO_KEY },
	{ "keys: the host's session keyring is inherited", same_session, ALL, V_HNS, NO_KEY },
	{ "keys: the keyring of the same uid on the host", same_user_ring, ALL, V_HNS, NO_KEY },
	{ "keys: found in the session", search_session, ALL, V_HNS, NO_KEY },
	{ "keys: found with the user", search_user, ALL, V_HNS, NO_KEY },
	{ "keys: found in the user's session", search_user_session, ALL, V_HNS, NO_KEY },
	{ "keys: found with the process", search_process, ALL, 0, NO_KEY },
	{ "keys: found with the thread", search_thread, ALL, 0, NO_KEY },
	{ "keys: found by request_key", request_found, ALL, V_HNS, NO_KEY },
	{ "keys: guessed numbers", serials_at_random, ALL, V_HNS, NO_KEY },
	{ "keys: request_key runs a program of the host", request_upcall, ALL, V_HNS, NO_KEY },
	{ "keys: the same with a keyring", request_upcall_ring, ALL, V_HNS, NO_KEY },
	{ "keys: the persistent keyring of the host's root", persistent_of_host, ALL, V_HNS, NO_KEY },
	{ "keys: make a persistent keyring that the host will use", persistent_for_host, ALL, V_HNS, NO_KEY },
	{ "keys: make a named keyring that the host will join", named_for_host, ALL, V_HNS, NO_KEY },
	{ "keys: use up the quota of the host's user", use_up_keys, ALL, V_HNS, {} },
	{ "keys: its own", own_keys, 0, ALL | V_HNS, {} },
	{ "shm: attach", shm_attach, ALL, V_HFLAT, NO_IPC },
	{ "shm: attach read-only", shm_attach_ro, ALL, V_HFLAT, NO_IPC },
	{ "shm: stat", shm_stat, ALL, V_HFLAT, NO_IPC },
	{ "shm: set", shm_set, ALL, 0, NO_IPC },
	{ "shm: lock", shm_lock, ALL, V_HFLAT, NO_IPC },
	{ "shm: by key", shm_by_key, ALL, V_HFLAT, NO_IPC },
	{ "shm: walk", shm_walk, ALL, V_HFLAT, NO_IPC },
	{ "shm: remove", shm_remove, ALL, 0, NO_IPC },
	{ "sem: by key", sem_by_key, ALL, V_HFLAT, NO_IPC },
	{ "sem: operate", sem_change, ALL, 0, NO_IPC },
	{ "sem: set", sem_set, ALL, 0, NO_IPC },
	{ "sem: get", sem_get, ALL, V_HFLAT, NO_IPC },
	{ "sem: last pid", sem_pid, ALL, V_HFLAT, NO_IPC },
	{ "sem: stat", sem_stat, ALL, V_HFLAT, NO_IPC },
	{ "sem: walk", sem_walk, ALL, V_HFLAT, NO_IPC },
	{ "sem: remove", sem_remove, ALL, 0, NO_IPC },
	{ "msg: by key", msg_by_key, ALL, V_HFLAT, NO_IPC },
	{ "msg: send", msg_send, ALL, 0, NO_IPC },
	{ "msg: copy", msg_copy, ALL, 0, NO_IPC },
	{ "msg: receive", msg_receive, ALL, V_HFLAT, NO_IPC },
	{ "msg: walk", msg_walk, ALL, V_HFLAT, NO_IPC },
	{ "msg: remove", msg_remove, ALL, 0, NO_IPC },
	{ "System V IPC of its own", own_sysv, 0, ALL, {} },
	{ "mqueue: open for reading", mq_read, ALL, V_HFLAT, NO_IPC },
	{ "mqueue: open for writing", mq_write, ALL, V_HFLAT, NO_IPC },
	{ "mqueue: remove", mq_remove, ALL, 0, NO_IPC },
	{ "mqueue: its own", mq_own, 0, V_NS | V_PID, {} },
	{ "abstract socket: connect, stream", connect_stream, ALL, V_HNS, NO_NAME },
	{ "abstract socket: connect, seqpacket", connect_seqpacket, ALL, V_HNS, NO_NAME },
	{ "abstract socket: connect, dgram", connect_dgram, ALL, V_HNS, NO_NAME },
	{ "abstract socket: sendto", send_dgram, ALL, V_HNS, NO_NAME },
	{ "abstract socket: a name chosen by the kernel", guess_autobound, ALL, V_HNS, NO_NAME },
	{ "abstract socket: the host comes to the guest's", catch_host, ALL, V_HNS, NO_NAME },
	{ "abstract socket: the name is free in the guest", bind_same, 0, ALL, {} },
	{ "abstract socket: a name of the guest is free on the host", shadow_host, 0, ALL, {} },
	{ "abstract socket: autobind", autobind_all, 0, ALL, {} },
	{ "abstract socket: its own", own_unix, 0, ALL, {} },
	{ "socket: packet", sock_packet, ALL, V_HNS, NO_FAMILY },
	{ "socket: raw", sock_raw, ALL, V_HNS, NO_FAMILY },
	{ "socket: vsock", sock_vsock, ALL, 0, NO_FAMILY },
	{ "socket: alg", sock_alg, ALL, 0, NO_FAMILY },
	{ "socket: SMC", sock_smc, ALL, 0, NO_FAMILY },
	{ "socket: TIPC", sock_tipc, ALL, 0, NO_FAMILY },
	{ "socket: MPTCP", sock_mptcp, ALL, 0, NO_FAMILY },
	{ "socket: SCTP", sock_sctp, ALL, 0, NO_FAMILY },
	{ "socket: L2TP", sock_l2tp, ALL, 0, NO_FAMILY },
	{ "socket: other families", sock_others, ALL, 0, NO_FAMILY },
	{ "socket: SCTP and DCCP by their types", sock_by_type, ALL, 0, NO_FAMILY },
	{ "socket: SMC on top of TCP", ulp_smc, ALL, 0, { ENOENT, ENOPROTOOPT } },
	{ "socket: MPTCP on top of TCP", ulp_mptcp, ALL, 0, { ENOENT, EOPNOTSUPP, ENOPROTOOPT } },
	{ "netlink: all protocols but routes and socket diagnostics", netlink_kinds, ALL, V_HNS, NO_FAMILY },
	{ "netlink: ask for socket diagnostics", ask_diag, ALL, V_HNS, {} },
	{ "netlink: add a route", add_route, ALL, V_HNS, {} },
	{ "netlink: add an address", add_address, ALL, 0, {} },
	{ "netlink: interface down", link_down, ALL, 0, {} },
	{ "the usual sockets", usual_sockets, 0, ALL, {} },
	{ "io_uring: open a sysctl for writing", uring_sysctl, ALL, V_HNS, {} },
	{ "io_uring: open a device", uring_device, ALL, V_HNS, {} },
	{ "io_uring: the same by the polling thread", uring_sqpoll, ALL, V_HNS, {} },
	{ "io_uring: the same with a registered personality", uring_personality, ALL, V_HNS, {} },
	{ "io_uring: a packet socket", uring_socket, ALL, V_HNS, NO_FAMILY },
	{ "io_uring: a ring of the host with its credentials", uring_passed, ALL, 0, { EIO, ENODATA } },
	{ "io_uring: files of its own", uring_own, 0, ALL, {} },
	{ "io_uring: its own personality", uring_personality_own, 0, ALL, {} },
};

static const struct esc_check checks[] = {
	{ "the key of the host is unchanged", host_key_unchanged },
	{ "the System V IPC objects of the host are unchanged", host_sysv_unchanged },
	{ "the message queue of the host is there", host_queue_unchanged },
	{ "the sockets of the host answer", host_sockets_unchanged },
};

int main(int argc, char **argv)
{
	static const struct esc_test test = {
		.attacks = attacks, .nr_attacks = ESC_COUNT(attacks), .prepare = prepare, .answer = answer,
		.checks = checks, .nr_checks = ESC_COUNT(checks),
	};

	if (strstr(argv[0], "request-key"))
		return open(TRACE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0;
	if (argc < 2 && access("/sbin/request-key", F_OK))
		esc_copy("/proc/self/exe", "/sbin/request-key");
	return esc_main(argc, argv, &test);
}
