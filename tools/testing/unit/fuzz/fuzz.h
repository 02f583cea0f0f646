/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz.h - the input of a fuzzer as a sequence of operations, and its checks. libFuzzer calls
 * LLVMFuzzerTestOneInput(); what is found ends the program, and libFuzzer keeps the input.
 */
#ifndef UNIT_FUZZ_FUZZ_H
#define UNIT_FUZZ_FUZZ_H

#include "shim/kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rest of the input; zeros for ever after its end. */
struct fuzz_input {
	const u8 *data;
	size_t left;
};

static inline u8 take_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static inline u32 take_u32(struct fuzz_input *in)
{
	u32 value = 0;
	int i;

	for (i = 0; i < 4; i++)
		value = value << 8 | take_u8(in);
	return value;
}

static inline void take_bytes(struct fuzz_input *in, void *to, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		((u8 *)to)[i] = take_u8(in);
}

/* Every input finds the same clock. */
static inline void fuzz_begin(void)
{
	unit_now = NSEC_PER_SEC;
	unit_rcu_readers = 0;
}

static inline void fuzz_end(void)
{
	if (unit_spinning || unit_rcu_readers)
		unit_bug(__FILE__, __LINE__, "a lock or RCU is held at the end");
	unit_grace_period();
}

#define check(e)							\
	do {								\
		if (!(e))						\
			unit_bug(__FILE__, __LINE__, #e);		\
	} while (0)
#define check_eq(got, want)						\
	do {								\
		long long g_ = (got), w_ = (want);			\
		if (g_ != w_) {						\
			printf("# got %#llx, want %#llx\n", g_, w_);	\
			unit_bug(__FILE__, __LINE__, #got " == " #want); \
		}							\
	} while (0)

#endif /* UNIT_FUZZ_FUZZ_H */
