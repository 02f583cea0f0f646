/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_SHRINK_H
#define FUZZ_SHRINK_H

#include "run.h"

unsigned int shrink(struct op *ops, unsigned int nr, bool *strict,
		    struct failure *failure);

#endif /* FUZZ_SHRINK_H */
