// SPDX-License-Identifier: GPL-2.0
/*
 * corpus.c - programs in memory and in files. See corpus.h.
 */
#define _GNU_SOURCE
#include "corpus.h"

#include <dirent.h>
#include <stdlib.h>

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fuzz-ioctl: %s: %m\n", what);
	exit(2);
}

/** corpus_add() - keep a program */
void corpus_add(struct corpus *corpus, const struct program *program)
{
	if (corpus->nr == corpus->room) {
		corpus->room = 2 * corpus->room + 64;
		corpus->programs = realloc(corpus->programs, corpus->room *
					   sizeof(*program));
		must(corpus->programs, "no memory for the corpus");
	}
	corpus->programs[corpus->nr++] = *program;
}

/** corpus_read_file() - add the programs of a file */
void corpus_read_file(struct corpus *corpus, const char *path)
{
	FILE *file = fopen(path, "re");
	struct program program;

	must(file, path);
	while (program_read(file, &program))
		corpus_add(corpus, &program);
	fclose(file);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/** corpus_read() - add the programs of all files of a directory, by name */
void corpus_read(struct corpus *corpus, const char *directory)
{
	struct dirent **entries;
	int i, nr = scandir(directory, &entries, is_visible, alphasort);
	char path[4096];

	must(nr >= 0, directory);
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory,
			 entries[i]->d_name);
		corpus_read_file(corpus, path);
		free(entries[i]);
	}
	free(entries);
}

/** corpus_write() - all programs into one file */
void corpus_write(const struct corpus *corpus, const char *path)
{
	FILE *file = fopen(path, "we");
	unsigned int i;

	must(file, path);
	for (i = 0; i < corpus->nr; i++)
		program_print(file, &corpus->programs[i]);
	must(!fclose(file), path);
}
