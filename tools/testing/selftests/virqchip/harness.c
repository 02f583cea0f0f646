// SPDX-License-Identifier: GPL-2.0
/*
 * harness.c - runs each test in a child of its own for each variant, and
 * prints TAP 13. See harness.h.
 *
 *	program [-l] [-v VARIANT] [-t SUBSTRING] [-s]
 *
 * -l lists, -v and -t choose, -s (or VIRQCHIP_SKIP_MISSING=1 in the
 * environment) skips a variant whose node is missing, which is otherwise a
 * failure: a test must never pass by absence.
 */
#define _GNU_SOURCE
#include "harness.h"
#include "vm.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends what hangs; on a busy machine a test may take a hundred times as long. */
#define DEFAULT_TIMEOUT		300
#define MAX_FAILURES_SHOWN	20
#define KVM_TRIES		3
#define SLOW_MS			1000
#define MAX_REASON		200

/* Exit statuses of a child; kselftest's own numbers. */
enum outcome {
	OUTCOME_PASS = 0,
	OUTCOME_FAIL = 1,
	OUTCOME_SKIP = 4,
};

static const struct variant variants[] = {
	{ "kvm", "/dev/kvm", false },
	{ "stacked", "/dev/virqchip", true },
};

#define NR_VARIANTS (sizeof(variants) / sizeof(variants[0]))

const struct variant *variant = &variants[0];

static struct test *tests;
static struct test **last_test = &tests;
static unsigned int failures;

/* Written by the child, printed by its parent on the line of the result. */
static char *skip_reason;

/* What the command line chose. */
static const char *chosen_variant;
static const char *chosen_test;
static bool skip_missing;

/** test_register() - add @test to the program's list; before main() */
void test_register(struct test *test)
{
	*last_test = test;
	last_test = &test->next;
}

/** test_note() - print a TAP comment */
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

/** test_skip() - end the running test: it cannot be run, for this reason */
void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(skip_reason, MAX_REASON, format, args);
	va_end(args);
	fflush(stdout);
	_exit(failures ? OUTCOME_FAIL : OUTCOME_SKIP);
}

/** test_fail() - end the running test as failed, for this reason */
void test_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# FAIL ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	_exit(OUTCOME_FAIL);
}

/** test_failed() - did an expectation of the running test fail so far? */
bool test_failed(void)
{
	return failures;
}

/** test_check() - what EXPECT_*() and ASSERT_*() come down to */
void test_check(bool fatal, bool ok, const char *file, int line,
		const char *what, long long want, long long got)
{
	if (ok)
		return;
	if (failures++ < MAX_FAILURES_SHOWN)
		test_note("%s:%d: %s: want %lld (%#llx), got %lld (%#llx)",
			  file, line, what, want, want, got, got);
	if (fatal)
		_exit(OUTCOME_FAIL);
}

/** kernel_since() - does the running kernel have this version, or a newer? */
bool kernel_since(unsigned int major, unsigned int minor)
{
	unsigned int this_major = 0, this_minor = 0;
	struct utsname name;

	uname(&name);
	sscanf(name.release, "%u.%u", &this_major, &this_minor);
	return this_major > major ||
	       (this_major == major && this_minor >= minor);
}

/**
 * since() - what is right where KVM itself changed
 * @major: first version of the kernel in which KVM answers @now
 * @minor: its second part
 * @now: the answer since then, and the module's on every kernel
 * @before: KVM's answer before
 *
 * Return: what the running variant should answer.
 */
long long since(unsigned int major, unsigned int minor, long long now,
		long long before)
{
	return variant->stacked || kernel_since(major, minor) ? now : before;
}

/**
 * parity() - what is right where the module differs from KVM on purpose
 * @entry: its entry in Documentation/kvm-parity.rst
 * @ours: what the module answers
 * @kvms: what KVM answers
 *
 * Return: what the running variant should answer.
 */
long long parity(enum parity_entry entry, long long ours, long long kvms)
{
	(void)entry;
	return variant->stacked ? ours : kvms;
}

/**
 * right_extension() - what the module has to say to KVM_CHECK_EXTENSION
 * @kvm: KVM's file of the same kind
 * @cap: KVM_CAP_*
 */
int right_extension(int kvm, long cap)
{
	switch (cap) {
	case KVM_CAP_VM_COPY_ENC_CONTEXT_FROM:
	case KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM:
		return parity(PARITY_OTHER_VM, 0, node_extension(kvm, cap));
	default:
		return node_extension(kvm, cap);
	}
}

/**
 * same() - what is right where the module does as KVM does on purpose
 * @entry: its entry in Documentation/kvm-parity.rst
 * @both: what both answer, though a data sheet says otherwise
 *
 * Return: @both.
 */
long long same(enum parity_entry entry, long long both)
{
	(void)entry;
	return both;
}

static bool is_chosen(const struct test *test, const struct variant *v)
{
	if (test->only && strcmp(test->only, v->name))
		return false;
	if (chosen_variant && strcmp(chosen_variant, v->name))
		return false;
	return !chosen_test || strstr(test->name, chosen_test);
}

/**
 * test_slowness() - what to multiply the time by that a test may take
 *
 * SELFTEST_SLOW in the environment says so, on a kernel that checks much.
 */
unsigned int test_slowness(void)
{
	const char *env = getenv("SELFTEST_SLOW");
	unsigned int factor = env ? strtoul(env, NULL, 10) : 1;

	return factor ? factor : 1;
}

static unsigned int test_timeout(const struct test *test)
{
	unsigned int seconds = test->timeout ? test->timeout : DEFAULT_TIMEOUT;

	return seconds * test_slowness();
}

/* The child: everything it makes goes away with it. */
static void run_in_child(const struct test *test)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(test_timeout(test));
	test->run();
	fflush(stdout);
	_exit(failures ? OUTCOME_FAIL : OUTCOME_PASS);
}

static enum outcome outcome_of(const struct test *test, int status)
{
	if (WIFEXITED(status)) {
		switch (WEXITSTATUS(status)) {
		case OUTCOME_PASS:
		case OUTCOME_SKIP:
			return WEXITSTATUS(status);
		}
		return OUTCOME_FAIL;
	}
	if (WTERMSIG(status) == SIGALRM)
		test_note("no end within %u s", test_timeout(test));
	else
		test_note("killed by signal %d", WTERMSIG(status));
	return OUTCOME_FAIL;
}

static enum outcome run_test(const struct test *test)
{
	int status;
	pid_t pid;

	*skip_reason = '\0';
	if (access(variant->node, F_OK) && skip_missing) {
		snprintf(skip_reason, MAX_REASON, "no %s", variant->node);
		return OUTCOME_SKIP;
	}
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return OUTCOME_FAIL;
	if (!pid)
		run_in_child(test);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* What the child left running must not outlive it. */
	kill(-pid, SIGKILL);
	return outcome_of(test, status);
}

/*
 * KVM injects irqfds and PIT ticks from work queues and threads, which on a busy
 * emulator come later than a case has waited. It is the oracle: what it answers
 * in one of a few tries, it does answer. The module has one try.
 */
static enum outcome run_tries(const struct test *test)
{
	enum outcome outcome = run_test(test);
	unsigned int tries;

	for (tries = 1; outcome == OUTCOME_FAIL && !variant->stacked &&
	     tries < KVM_TRIES; tries++) {
		test_note("%s: once more", test->name);
		outcome = run_test(test);
	}
	return outcome;
}

static void list_tests(void)
{
	const struct test *test;
	unsigned int i;

	for (i = 0; i < NR_VARIANTS; i++)
		for (test = tests; test; test = test->next)
			if (is_chosen(test, &variants[i]))
				printf("%s.%s.%s\n", test->fixture,
				       variants[i].name, test->name);
}

static unsigned int count_tests(void)
{
	const struct test *test;
	unsigned int i, nr = 0;

	for (i = 0; i < NR_VARIANTS; i++)
		for (test = tests; test; test = test->next)
			nr += is_chosen(test, &variants[i]);
	return nr;
}

static void parse_arguments(int argc, char **argv)
{
	const char *env = getenv("VIRQCHIP_SKIP_MISSING");
	int option;

	skip_missing = env && !strcmp(env, "1");
	chosen_variant = getenv("VIRQCHIP_VARIANT");
	while ((option = getopt(argc, argv, "lv:t:s")) != -1) {
		switch (option) {
		case 'l':
			list_tests();
			exit(0);
		case 'v':
			chosen_variant = optarg;
			break;
		case 't':
			chosen_test = optarg;
			break;
		case 's':
			skip_missing = true;
			break;
		default:
			fprintf(stderr,
				"usage: %s [-l] [-v kvm|stacked] [-t SUBSTRING] [-s]\n",
				argv[0]);
			exit(2);
		}
	}
}

static void print_result(unsigned int number, const struct test *test,
			 enum outcome outcome)
{
	printf("%s %u %s.%s.%s%s%s\n",
	       outcome == OUTCOME_FAIL ? "not ok" : "ok", number,
	       test->fixture, variant->name, test->name,
	       outcome == OUTCOME_SKIP ? " # SKIP " : "",
	       outcome == OUTCOME_SKIP ? skip_reason : "");
	fflush(stdout);
}

static unsigned int run_variant(unsigned int number, unsigned int counts[])
{
	const struct test *test;

	for (test = tests; test; test = test->next) {
		uint64_t start = now_ms();
		enum outcome outcome;

		if (!is_chosen(test, variant))
			continue;
		outcome = run_tries(test);
		counts[outcome]++;
		if (now_ms() - start >= SLOW_MS)
			test_note("%s.%s: %llu ms", variant->name, test->name,
				  (unsigned long long)(now_ms() - start));
		print_result(++number, test, outcome);
	}
	return number;
}

int main(int argc, char **argv)
{
	unsigned int counts[OUTCOME_SKIP + 1] = { 0 };
	unsigned int i, number = 0;

	parse_arguments(argc, argv);
	skip_reason = mmap(NULL, MAX_REASON, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skip_reason == MAP_FAILED)
		return 1;
	printf("TAP version 13\n1..%u\n", count_tests());
	for (i = 0; i < NR_VARIANTS; i++) {
		variant = &variants[i];
		number = run_variant(number, counts);
	}
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:%u error:0\n",
	       counts[OUTCOME_PASS], counts[OUTCOME_FAIL],
	       counts[OUTCOME_SKIP]);
	return counts[OUTCOME_FAIL] ? 1 : 0;
}
