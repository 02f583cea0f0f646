// SPDX-License-Identifier: GPL-2.0
/*
 * program.c - programs as text. See program.h.
 */
#include "program.h"
#include "ops.h"

#include <stdlib.h>
#include <string.h>

static const char *const pointer_names[NR_POINTERS] = {
	"good", "null", "hole", "readonly", "kernel",
};

static void print_call(FILE *file, const struct call *call)
{
	const struct op *op = &ops[call->op];
	unsigned int i;

	if (call->thread)
		fprintf(file, "%u %s", call->thread, op->name);
	else
		fprintf(file, "- %s", op->name);
	for (i = 0; i < MAX_ARGS && op->args[i].name; i++)
		fprintf(file, call->args[i] < 10 ? " %s=%llu" : " %s=%#llx",
			op->args[i].name, (unsigned long long)call->args[i]);
	if (call->pointer)
		fprintf(file, " pointer=%s", pointer_names[call->pointer]);
	if (call->compat)
		fprintf(file, " compat");
	fprintf(file, "\n");
}

/** program_print() - as text, with an empty line at the end */
void program_print(FILE *file, const struct program *program)
{
	unsigned int i;

	fprintf(file, "program rounds=%u\n", program->rounds);
	for (i = 0; i < program->nr; i++)
		print_call(file, &program->calls[i]);
	fprintf(file, "\n");
}

static int find_pointer(const char *name)
{
	int i;

	for (i = 0; i < NR_POINTERS; i++)
		if (!strcmp(name, pointer_names[i]))
			return i;
	return -1;
}

static bool set_argument(struct call *call, const char *name, const char *value)
{
	const struct op *op = &ops[call->op];
	unsigned int i;

	for (i = 0; i < MAX_ARGS && op->args[i].name; i++) {
		if (!strcmp(name, op->args[i].name)) {
			call->args[i] = strtoull(value, NULL, 0);
			return true;
		}
	}
	return false;
}

static bool read_word(struct call *call, char *word)
{
	char *value = strchr(word, '=');
	int pointer;

	if (!strcmp(word, "compat")) {
		call->compat = true;
		return true;
	}
	if (!value)
		return false;
	*value++ = '\0';
	if (strcmp(word, "pointer"))
		return set_argument(call, word, value);
	pointer = find_pointer(value);
	call->pointer = pointer;
	return pointer >= 0;
}

static bool read_call(struct call *call, char *line)
{
	char *word = strtok(line, " \t\n");
	int op;

	memset(call, 0, sizeof(*call));
	call->thread = *word == '-' ? 0 : *word - '0';
	word = strtok(NULL, " \t\n");
	op = word ? op_find(word) : -1;
	if (op < 0 || call->thread > MAX_THREADS)
		return false;
	call->op = op;
	while ((word = strtok(NULL, " \t\n")))
		if (!read_word(call, word))
			return false;
	return true;
}

static void must_be(bool good, const char *line)
{
	if (good)
		return;
	fprintf(stderr, "fuzz-ioctl: not a line of a program: %s\n", line);
	exit(2);
}

/**
 * program_read() - the next program of a file
 *
 * Comments begin with #. A line that is none ends the fuzzer: a corpus that is
 * not what it seems would be a test that does not test.
 *
 * Return: false at the end.
 */
bool program_read(FILE *file, struct program *program)
{
	char line[512], words[512];

	program->nr = 0;
	program->rounds = 0;
	while (fgets(line, sizeof(line), file)) {
		strcpy(words, line);
		if (sscanf(line, "program rounds=%u", &program->rounds) == 1)
			continue;
		if (line[0] == '#')
			continue;
		if (line[0] == '\n') {
			if (program->nr)
				break;
			continue;
		}
		must_be(program->rounds && program->rounds <= MAX_ROUNDS &&
			program->nr < MAX_CALLS &&
			read_call(&program->calls[program->nr++], words), line);
	}
	return program->nr;
}

/** program_remove() - without one call */
void program_remove(struct program *program, unsigned int at)
{
	program->nr--;
	memmove(&program->calls[at], &program->calls[at + 1],
		(program->nr - at) * sizeof(program->calls[0]));
}

/** program_insert() - with one call more; false if there is no room */
bool program_insert(struct program *program, unsigned int at,
		    const struct call *call)
{
	if (program->nr == MAX_CALLS)
		return false;
	memmove(&program->calls[at + 1], &program->calls[at],
		(program->nr - at) * sizeof(program->calls[0]));
	program->calls[at] = *call;
	program->nr++;
	return true;
}
