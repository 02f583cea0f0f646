/* SPDX-License-Identifier: GPL-2.0 */
/*
 * harness.h - a small kselftest harness: fixtures, variants, TAP 13.
 *
 * One body, several targets: every test runs once for each variant, in a child
 * process of its own with an alarm. Variant kvm drives /dev/kvm and is the
 * oracle: it pins what KVM answers. Variant stacked drives /dev/virqchip and
 * must answer the same.
 *
 *	FIXTURE(chips) { struct vm vm; };
 *	FIXTURE_SETUP(chips) { vm_open(&self->vm); }
 *	TEST_F(chips, line_is_masked_at_reset) { EXPECT_EQ(1, ...self->vm...); }
 *
 * EXPECT_* goes on after a failure, ASSERT_* ends the test. Helpers come in
 * pairs: __x() returns a value or -errno, x() asserts that it worked.
 */
#ifndef VIC_TEST_HARNESS_H
#define VIC_TEST_HARNESS_H

#include "parity.h"

#include <stdbool.h>

/**
 * struct variant - what a test runs against
 * @name: in the name of each case
 * @node: the device node
 * @stacked: the module's chips, not KVM's
 */
struct variant {
	const char *name;
	const char *node;
	bool stacked;
};

/** variant - what this child runs against; set before the fixture's setup */
extern const struct variant *variant;

/**
 * struct test - one body, registered before main()
 * @next: in order of registration
 * @fixture: name of its fixture
 * @name: the fact that it checks
 * @timeout: seconds until its child is killed; 0: the default
 * @only: the one variant that it makes sense for, NULL: all
 * @run: sets the fixture up and runs the body
 */
struct test {
	struct test *next;
	const char *fixture;
	const char *name;
	unsigned int timeout;
	const char *only;
	void (*run)(void);
};

void test_register(struct test *test);

#define FIXTURE(set) struct fixture_##set
#define FIXTURE_SETUP(set) \
	static void set##_setup(struct fixture_##set *self)

/* TEST_F() with fields of struct test, e.g. .timeout = 15 */
#define TEST_F_WITH(set, fact, ...)					\
	static void set##_##fact(struct fixture_##set *);		\
	static void set##_##fact##_run(void)				\
	{								\
		static struct fixture_##set self;			\
									\
		set##_setup(&self);					\
		set##_##fact(&self);					\
	}								\
	__attribute__((constructor))					\
	static void set##_##fact##_register(void)			\
	{								\
		static struct test test = {				\
			.fixture = #set,				\
			.name = #fact,					\
			.run = set##_##fact##_run,			\
			__VA_ARGS__					\
		};							\
									\
		test_register(&test);					\
	}								\
	static void							\
	set##_##fact(struct fixture_##set *self __attribute__((unused)))

#define TEST_F(set, fact) TEST_F_WITH(set, fact, .only = NULL)

void test_check(bool fatal, bool ok, const char *file, int line,
		const char *what, long long want, long long got);
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_skip(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void test_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
bool test_failed(void);
unsigned int test_slowness(void);

#define TEST_COMPARE(fatal, want, op, got)				\
	do {								\
		long long want_ = (long long)(want);			\
		long long got_ = (long long)(got);			\
									\
		test_check(fatal, want_ op got_, __FILE__, __LINE__,	\
			   #want " " #op " " #got, want_, got_);	\
	} while (0)

#define EXPECT_EQ(want, got)	TEST_COMPARE(false, want, ==, got)
#define EXPECT_NE(want, got)	TEST_COMPARE(false, want, !=, got)
#define EXPECT_LE(want, got)	TEST_COMPARE(false, want, <=, got)
#define EXPECT_LT(want, got)	TEST_COMPARE(false, want, <, got)
#define ASSERT_EQ(want, got)	TEST_COMPARE(true, want, ==, got)
#define ASSERT_LE(want, got)	TEST_COMPARE(true, want, <=, got)
#define EXPECT_TRUE(got)	TEST_COMPARE(false, true, ==, !!(got))
#define EXPECT_FALSE(got)	TEST_COMPARE(false, false, ==, !!(got))
#define ASSERT_TRUE(got)	TEST_COMPARE(true, true, ==, !!(got))

bool kernel_since(unsigned int major, unsigned int minor);
long long since(unsigned int major, unsigned int minor, long long now,
		long long before);
long long parity(enum parity_entry entry, long long ours, long long kvms);
long long same(enum parity_entry entry, long long both);
int right_extension(int kvm, long cap);

#endif /* VIC_TEST_HARNESS_H */
