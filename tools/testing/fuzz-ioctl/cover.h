/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cover.h - which instructions of the module were reached, as KCOV tells it.
 *
 * KCOV records for one thread, in process context; so what runs in interrupts
 * (wake-ups of eventfds excepted, if the writer is the thread) or in RCU's
 * callbacks is never seen. Without KCOV, or with a module that was built
 * without it, everything here does nothing and says so.
 */
#ifndef VIC_FUZZ_COVER_H
#define VIC_FUZZ_COVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COVER_SIZE	(1u << 20)	/* bytes of module text at most */
#define COVER_WORDS	(COVER_SIZE / 64)

/**
 * struct cover - a bit for each byte of the module's text
 */
struct cover {
	uint64_t words[COVER_WORDS];
};

void cover_find_module(void);
bool cover_is_there(void);

/* Of the calling thread. */
void cover_open(unsigned int first_fd);
void cover_begin(void);
void cover_collect(struct cover *into);

bool cover_adds(const struct cover *to, const struct cover *from);
bool cover_contains(const struct cover *all, const struct cover *part);
void cover_add(struct cover *to, const struct cover *from);
void cover_subtract(struct cover *from, const struct cover *what);
unsigned int cover_count(const struct cover *cover);
unsigned int cover_functions(const struct cover *cover, unsigned int *all,
			     bool list);

#endif /* VIC_FUZZ_COVER_H */
