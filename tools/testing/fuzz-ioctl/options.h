/* SPDX-License-Identifier: GPL-2.0 */
/*
 * options.h - the command line of fuzz-ioctl.
 */
#ifndef VIC_FUZZ_OPTIONS_H
#define VIC_FUZZ_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct options - as options.c explains them to the user
 */
struct options {
	unsigned int seconds;
	uint64_t seed;
	const char *corpus;
	const char *out;
	const char *replay;
	unsigned int times;
	bool trace;
	bool minimise;
	const char *node;
	unsigned int min_programs;
	unsigned int min_functions;
	bool list;
	bool verbose;
};

extern struct options options;

void options_take(int argc, char **argv);

#endif /* VIC_FUZZ_OPTIONS_H */
