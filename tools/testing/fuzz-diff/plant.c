// SPDX-License-Identifier: GPL-2.0
/*
 * plant.c - bugs to be found. See plant.h.
 *
 *	status	KVM_IRQ_LINE_STATUS of a GSI with its line high is wrong
 *	eoi	the first vector that a guest takes after a LAPIC's EOI is another
 *	imr	an IMR reads wrong after the fourth write to it
 */
#include "plant.h"
#include "chips.h"

#include <string.h>

#define GSI		5
#define IMR_WRITES	4

static void plant_status(const struct op *op, struct outcome *outcome)
{
	if (op->kind == OP_LINE_STATUS && op->addr == GSI && op->value)
		outcome->value ^= 1;
}

static bool eoi_seen;
static unsigned int imr_writes;

static void plant_eoi(const struct op *op, struct outcome *outcome)
{
	if (op->kind == OP_WRITE && op->addr == LAPIC_EOI) {
		eoi_seen = true;
	} else if (eoi_seen && outcome->nr_vectors) {
		outcome->vectors[0] ^= 1;
		eoi_seen = false;
	}
}

static void plant_imr(const struct op *op, struct outcome *outcome)
{
	if (op->addr != PIC_PRIMARY_DATA)
		return;
	if (op->kind == OP_OUT)
		imr_writes++;
	else if (op->kind == OP_IN && imr_writes >= IMR_WRITES)
		outcome->value ^= 0x10;
}

static const struct {
	const char *name;
	void (*plant)(const struct op *op, struct outcome *outcome);
} plants[] = {
	{ "status", plant_status },
	{ "eoi", plant_eoi },
	{ "imr", plant_imr },
};

static void (*chosen)(const struct op *op, struct outcome *outcome);

/** plant_choose() - which; false if there is none of that name */
bool plant_choose(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(plants) / sizeof(plants[0]); i++)
		if (!strcmp(name, plants[i].name))
			chosen = plants[i].plant;
	return chosen;
}

/** plant_reset() - a sequence begins */
void plant_reset(void)
{
	eoi_seen = false;
	imr_writes = 0;
}

/** plant() - falsify, if this is the moment */
void plant(const struct op *op, struct outcome *outcome)
{
	if (chosen)
		chosen(op, outcome);
}
