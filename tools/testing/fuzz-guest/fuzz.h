/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz.h - what the parts of fuzz-guest tell one another of failures.
 */
#ifndef VIC_FUZZ_FUZZ_H
#define VIC_FUZZ_FUZZ_H

void fuzz_failed(void) __attribute__((noreturn));
void judge_use_node(const char *path);

#endif /* VIC_FUZZ_FUZZ_H */
