// SPDX-License-Identifier: GPL-2.0
/*
 * stop.c - what the helpers of the selftests call when something is not as it
 * has to be: here it ends the one measurement.
 */
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void say(const char *format, va_list arguments)
{
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void test_check(bool fatal, bool ok, const char *file, int line,
		const char *what, long long want, long long got)
{
	(void)fatal;
	if (!ok)
		test_fail("%s:%d: %s: %lld, %lld", file, line, what, want, got);
}

void test_note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void test_skip(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	exit(EXIT_FAILURE);
}

void test_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	exit(EXIT_FAILURE);
}
