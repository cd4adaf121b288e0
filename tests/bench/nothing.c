// SPDX-License-Identifier: GPL-2.0-or-later
/* nothing - the smallest program: ends with 0 */
void _start(void);
void _start(void)
{
	__asm__ volatile("syscall" : : "a"(60), "D"(0) : "rcx", "r11");
	__builtin_unreachable();
}
