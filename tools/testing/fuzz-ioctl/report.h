/* SPDX-License-Identifier: GPL-2.0 */
/*
 * report.h - what the kernel's log says while the fuzzer runs.
 */
#ifndef VIC_FUZZ_REPORT_H
#define VIC_FUZZ_REPORT_H

#include <stdbool.h>

void report_watch(void);
bool report_seen(char *line, unsigned int size);

#endif /* VIC_FUZZ_REPORT_H */
