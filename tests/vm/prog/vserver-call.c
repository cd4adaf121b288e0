// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vserver-call - one raw vserver(2) call without data: prints what it returned
 *
 * usage: vserver-call COMMAND ID FLAGS-OR-0
 * A result that is not an error is printed as 0x followed by 8 digits, an error by its name.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __i386__
#define NR_VSERVER 273
#else
#define NR_VSERVER 236
#endif

int main(int argc, char **argv)
{
	long r;

	if (argc != 4) {
		fputs("usage: vserver-call COMMAND ID 0\n", stderr);
		return 2;
	}
	r = syscall(NR_VSERVER, (uint32_t)strtoul(argv[1], NULL, 0),
		    (uint32_t)strtoul(argv[2], NULL, 0), NULL);
	if (r == -1) {
		puts(strerrorname_np(errno));
		return 1;
	}
	printf("0x%08lx\n", r);
	return 0;
}
