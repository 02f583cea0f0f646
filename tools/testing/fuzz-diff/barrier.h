/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_BARRIER_H
#define FUZZ_BARRIER_H

void barrier_open(void);
void barrier_wait(void);

#endif /* FUZZ_BARRIER_H */
