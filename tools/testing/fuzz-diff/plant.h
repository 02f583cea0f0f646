/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plant.h - falsifies what one side answers, to see that it is found.
 */
#ifndef FUZZ_PLANT_H
#define FUZZ_PLANT_H

#include "op.h"

bool plant_choose(const char *name);
void plant_reset(void);
void plant(const struct op *op, struct outcome *outcome);

#endif /* FUZZ_PLANT_H */
