/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include "op.h"

unsigned int generate(uint64_t seed, struct op *ops, unsigned int nr);

#endif /* FUZZ_GENERATE_H */
