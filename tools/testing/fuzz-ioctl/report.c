// SPDX-License-Identifier: GPL-2.0
/*
 * report.c - looks for reports of bugs in the kernel's log, so that a program
 * is caught in the act. What decides over a run of the test host is its own
 * look at the whole console (testhost/report.sh); this one names the program.
 */
#define _GNU_SOURCE
#include "report.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int log_fd = -1;

/** report_watch() - from now on */
void report_watch(void)
{
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd >= 0)
		lseek(log_fd, 0, SEEK_END);
}

static bool is_report(const char *line)
{
	static const char *const signs[] = {
		"BUG:", "WARNING:", "KASAN", "UBSAN", "KCSAN", "Oops",
		"general protection", "possible circular", "ODEBUG",
		"possible recursive", "inconsistent lock state",
		"suspicious RCU usage", "refcount_t", "blocked for more than",
		"stall", "corruption", "kernel BUG",
	};
	unsigned int i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strstr(line, signs[i]))
			return true;
	return false;
}

/** report_seen() - has a report come since the last time? Its first line. */
bool report_seen(char *line, unsigned int size)
{
	char record[2048], *text;
	ssize_t length;

	while ((length = read(log_fd, record, sizeof(record) - 1)) > 0) {
		record[length] = '\0';
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		text[strcspn(text, "\n")] = '\0';
		if (is_report(text)) {
			snprintf(line, size, "%s", text);
			return true;
		}
	}
	return false;
}
