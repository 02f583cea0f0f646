// SPDX-License-Identifier: GPL-2.0
/*
 * judge.c - what the selftests' helpers expect of their harness: here a check
 * that fails ends the fuzzer, which says how to repeat it.
 */
#include "harness.h"
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct variant target = { "stacked", "/dev/virqchip", true };

const struct variant *variant = &target;

/** judge_use_node() - fuzz another node, to see whether KVM does better */
void judge_use_node(const char *path)
{
	target.node = path;
}

void test_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
}

void test_check(bool fatal, bool ok, const char *file, int line,
		const char *what, long long want, long long got)
{
	(void)fatal;
	if (ok)
		return;
	test_note("%s:%d: %s: want %lld (%#llx), got %lld (%#llx)", file, line,
		  what, want, want, got, got);
	fuzz_failed();
}

void test_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fuzz_failed();
}

void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("1..0 # SKIP ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	exit(4);
}
