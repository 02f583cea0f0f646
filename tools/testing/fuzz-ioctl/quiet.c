// SPDX-License-Identifier: GPL-2.0
/*
 * quiet.c - what guest.c and vm.c of the selftests expect of their harness. A
 * call that fails is no news here: the program goes on.
 */
#include "harness.h"

static const struct variant stacked = { "stacked", "/dev/virqchip", true };

const struct variant *variant = &stacked;

void test_check(bool fatal, bool ok, const char *file, int line,
		const char *what, long long want, long long got)
{
	(void)fatal;
	(void)ok;
	(void)file;
	(void)line;
	(void)what;
	(void)want;
	(void)got;
}

void test_note(const char *format, ...)
{
	(void)format;
}

/* Of vm_open() and the like, which no program uses. */
void test_skip(const char *format, ...)
{
	(void)format;
	__builtin_trap();
}

void test_fail(const char *format, ...)
{
	(void)format;
	__builtin_trap();
}
