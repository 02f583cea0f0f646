/* SPDX-License-Identifier: GPL-2.0 */
/*
 * corpus.h - the programs that are kept, because each reached something that
 * those before it did not.
 */
#ifndef VIC_FUZZ_CORPUS_H
#define VIC_FUZZ_CORPUS_H

#include "cover.h"
#include "program.h"

/**
 * struct corpus - see above
 * @programs: an array
 * @nr: how many
 * @room: for how many there is memory
 */
struct corpus {
	struct program *programs;
	unsigned int nr;
	unsigned int room;
};

void corpus_add(struct corpus *corpus, const struct program *program);
void corpus_read_file(struct corpus *corpus, const char *path);
void corpus_read(struct corpus *corpus, const char *directory);
void corpus_write(const struct corpus *corpus, const char *path);

#endif /* VIC_FUZZ_CORPUS_H */
