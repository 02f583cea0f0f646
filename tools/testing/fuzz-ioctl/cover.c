// SPDX-License-Identifier: GPL-2.0
/*
 * cover.c - KCOV and the module's symbols. See cover.h.
 */
#define _GNU_SOURCE
#include "cover.h"

#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define KCOV_PATH	"/sys/kernel/debug/kcov"
#define KCOV_WORDS	(1 << 16)
#define MAX_FUNCTIONS	2000

/**
 * struct function - a function of the module
 */
struct function {
	unsigned long start;
	char name[64];
};

static struct function functions[MAX_FUNCTIONS];
static unsigned int nr_functions;
static unsigned long text_start;

/* Of each thread: the number of entries, then the entries. */
static __thread unsigned long *trace;

/* Made by macros of the kernel's for us (tracepoints), or part of another. */
static bool is_ours(const char *name)
{
	static const char *const others[] = {
		"__pfx_", "__probestub_", "__traceiter_", "__bpf_trace_",
		"trace_event_", "trace_raw_", "perf_trace_", "do_trace_event_",
		"__already_done", "_sub_I_", "_sub_D_", "__UNIQUE_ID",
		"__cfi_", "__SCT__", "__SCK__",
	};
	unsigned int i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(name, others[i], strlen(others[i])))
			return false;
	return !strstr(name, ".cold") && strcmp(name, "init_module") &&
	       strcmp(name, "cleanup_module");
}

static int by_start(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void note_symbol(unsigned long start, const char *name)
{
	struct function *function = &functions[nr_functions];

	if (nr_functions == MAX_FUNCTIONS)
		return;
	function->start = start;
	snprintf(function->name, sizeof(function->name), "%.63s", name);
	nr_functions++;
}

/** cover_find_module() - once, with the module loaded: read its symbols */
void cover_find_module(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], type, name[256];
	unsigned long start;

	while (file && fgets(line, sizeof(line), file)) {
		if (!strstr(line, "[virqchip]") ||
		    sscanf(line, "%lx %c %255s", &start, &type, name) != 3)
			continue;
		if ((type == 't' || type == 'T') && start)
			note_symbol(start, name);
	}
	if (file)
		fclose(file);
	qsort(functions, nr_functions, sizeof(functions[0]), by_start);
	text_start = nr_functions ? functions[0].start : 0;
}

/** cover_is_there() - does the kernel have KCOV, and the module symbols? */
bool cover_is_there(void)
{
	return nr_functions && !access(KCOV_PATH, R_OK | W_OK);
}

/** cover_open() - begin to record on this thread; @first_fd: keep it above */
void cover_open(unsigned int first_fd)
{
	int low, fd;

	if (!cover_is_there())
		return;
	low = open(KCOV_PATH, O_RDWR | O_CLOEXEC);
	fd = fcntl(low, F_DUPFD_CLOEXEC, first_fd);
	close(low);
	if (ioctl(fd, KCOV_INIT_TRACE, KCOV_WORDS))
		return;
	trace = mmap(NULL, KCOV_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (trace == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		trace = NULL;
}

/** cover_begin() - forget what was recorded on this thread */
void cover_begin(void)
{
	if (trace)
		__atomic_store_n(trace, 0, __ATOMIC_RELAXED);
}

/** cover_collect() - add what was recorded, and forget it; threads may race */
void cover_collect(struct cover *into)
{
	unsigned long i, nr = trace ? trace[0] : 0;

	for (i = 1; i <= nr; i++) {
		unsigned long at = trace[i] - text_start;
		uint64_t bit = 1ULL << at % 64;

		if (at < COVER_SIZE && !(into->words[at / 64] & bit))
			__atomic_or_fetch(&into->words[at / 64], bit,
					  __ATOMIC_RELAXED);
	}
	cover_begin();
}

/** cover_adds() - does @from have something that @to has not? */
bool cover_adds(const struct cover *to, const struct cover *from)
{
	unsigned int i;

	for (i = 0; i < COVER_WORDS; i++)
		if (from->words[i] & ~to->words[i])
			return true;
	return false;
}

/** cover_contains() - is all of @part in @all? */
bool cover_contains(const struct cover *all, const struct cover *part)
{
	return !cover_adds(all, part);
}

void cover_add(struct cover *to, const struct cover *from)
{
	unsigned int i;

	for (i = 0; i < COVER_WORDS; i++)
		to->words[i] |= from->words[i];
}

void cover_subtract(struct cover *from, const struct cover *what)
{
	unsigned int i;

	for (i = 0; i < COVER_WORDS; i++)
		from->words[i] &= ~what->words[i];
}

/** cover_count() - how many instructions */
unsigned int cover_count(const struct cover *cover)
{
	unsigned int i, nr = 0;

	for (i = 0; i < COVER_WORDS; i++)
		nr += __builtin_popcountll(cover->words[i]);
	return nr;
}

static bool is_reached(const struct cover *cover, unsigned int which)
{
	unsigned long at = functions[which].start - text_start;
	unsigned long end = which + 1 < nr_functions ?
			    functions[which + 1].start - text_start : at + 4096;

	for (; at < end && at < COVER_SIZE; at++)
		if (cover->words[at / 64] >> at % 64 & 1)
			return true;
	return false;
}

/**
 * cover_functions() - how many functions of ours were reached
 * @cover: what was reached
 * @all: set to how many there are
 * @list: print those that were not
 */
unsigned int cover_functions(const struct cover *cover, unsigned int *all,
			     bool list)
{
	unsigned int i, nr = 0;

	*all = 0;
	for (i = 0; i < nr_functions; i++) {
		if (!is_ours(functions[i].name))
			continue;
		++*all;
		if (is_reached(cover, i))
			nr++;
		else if (list)
			printf("# not reached: %s\n", functions[i].name);
	}
	return nr;
}
