// SPDX-License-Identifier: GPL-2.0
/*
 * unit.c - runs cases and prints TAP.
 */
#include "unit.h"

struct unit_answers unit_answers;
const char *unit_row = "";

static char log_text[65536];
static char taken[sizeof(log_text)];
static size_t log_used;
static unsigned int failures;

void unit_log(const char *fmt, ...)
{
	va_list args;

	if (log_used > sizeof(log_text) - 256)
		return;
	if (log_used)
		log_used += sprintf(log_text + log_used, "; ");
	va_start(args, fmt);
	log_used += vsnprintf(log_text + log_used, 200, fmt, args);
	va_end(args);
}

const char *unit_take_log(void)
{
	memcpy(taken, log_text, sizeof(taken));
	log_text[0] = '\0';
	log_used = 0;
	return taken;
}

void unit_expect(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list args;

	if (ok)
		return;
	failures++;
	printf("# %s:%d: %s%s", file, line, unit_row, *unit_row ? ": " : "");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
}

void unit_each_step(const char *script, void (*step)(const char *token))
{
	char copy[1024], *rest, *token;

	if (snprintf(copy, sizeof(copy), "%s", script) >= (int)sizeof(copy))
		unit_bug(__FILE__, __LINE__, "script too long");
	for (token = strtok_r(copy, " ", &rest); token;
	     token = strtok_r(NULL, " ", &rest)) {
		unit_row = token;
		step(token);
	}
	unit_row = "";
}

static bool run_case(const struct unit_case *c)
{
	failures = 0;
	unit_row = "";
	unit_answers = (struct unit_answers){};
	unit_fail_alloc(0);
	unit_take_log();
	if (c->row)
		c->row(c->script);
	else
		c->run();
	unit_row = "";
	expect_eq(unit_spinning, 0);
	expect_eq(unit_rcu_readers, 0);
	unit_grace_period();
	return !failures;
}

int unit_main(const struct unit_case *cases, size_t nr)
{
	bool all = true;
	size_t i;

	printf("TAP version 13\n1..%zu\n", nr);
	for (i = 0; i < nr; i++) {
		bool ok = run_case(&cases[i]);

		printf("%sok %zu %s\n", ok ? "" : "not ", i + 1, cases[i].name);
		all = all && ok;
	}
	return all ? 0 : 1;
}
