// SPDX-License-Identifier: GPL-2.0
/*
 * state.c - reads and compares. See state.h.
 */
#include "state.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

/* What the bytes around a chip hold before the ioctl. */
#define ECHO	0x5a

#define FIELD(type, name) { #name, offsetof(type, name), sizeof(((type *)0)->name) }

/**
 * struct field - a piece with a name
 * @name: its name
 * @offset: where
 * @size: bytes, at most 8
 */
struct field {
	const char *name;
	unsigned int offset;
	unsigned int size;
};

#define PIC(name)	FIELD(struct kvm_pic_state, name)
#define CHANNEL(name)	FIELD(struct kvm_pit_channel_state, name)
#define IOAPIC(name)	FIELD(struct kvm_ioapic_state, name)

static const struct field pic_fields[] = {
	PIC(last_irr), PIC(irr), PIC(imr), PIC(isr), PIC(priority_add),
	PIC(irq_base), PIC(read_reg_select), PIC(poll), PIC(special_mask),
	PIC(init_state), PIC(auto_eoi), PIC(rotate_on_auto_eoi),
	PIC(special_fully_nested_mode), PIC(init4), PIC(elcr), PIC(elcr_mask),
};

static const struct field ioapic_fields[] = {
	IOAPIC(base_address), IOAPIC(ioregsel), IOAPIC(id), IOAPIC(irr),
	IOAPIC(pad),
};

static const struct field channel_fields[] = {
	CHANNEL(count), CHANNEL(latched_count), CHANNEL(count_latched),
	CHANNEL(status_latched), CHANNEL(status), CHANNEL(read_state),
	CHANNEL(write_state), CHANNEL(write_latch), CHANNEL(rw_mode),
	CHANNEL(mode), CHANNEL(bcd), CHANNEL(gate), CHANNEL(count_load_time),
};

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static void read_acks(struct side *side, struct state *state)
{
	unsigned int i;

	for (i = 0; i < NR_RESAMPLES; i++) {
		eventfd_t count;

		if (!eventfd_read(side->resamples[i], &count))
			side->acks[i] += count;
		state->acks[i] = side->acks[i];
	}
}

static void read_held(struct side *side, struct state *state)
{
	struct pollfd polled[NR_EVENTS];
	unsigned int i;

	for (i = 0; i < NR_EVENTS; i++)
		polled[i] = (struct pollfd) { side->events[i], POLLIN, 0 };
	poll(polled, NR_EVENTS, 0);
	for (i = 0; i < NR_EVENTS; i++)
		if (polled[i].revents & POLLIN)
			state->held |= 1u << i;
}

/* The last one stands for all. */
static void note_error(struct state *state, int result)
{
	if (result)
		state->error = result;
}

/** state_read() - all of one side */
void state_read(struct side *side, struct state *state)
{
	unsigned int i;

	memset(state, 0, sizeof(*state));
	for (i = 0; i < NR_CHIPS; i++) {
		memset(&state->chips[i], ECHO, sizeof(state->chips[i]));
		state->chips[i].chip_id = i;
		note_error(state, side_ioctl(side->vm, KVM_GET_IRQCHIP,
					     &state->chips[i]));
	}
	note_error(state, side_ioctl(side->vm, KVM_GET_PIT2, &state->pit));
	for (i = 0; i < NR_VCPUS; i++)
		note_error(state, side_ioctl(side->vcpus[i], KVM_GET_LAPIC,
					     &state->lapics[i]));
	read_acks(side, state);
	read_held(side, state);
}

static uint64_t number(const void *at, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, at, size);
	return value;
}

/* True if they differ here. */
static bool differ(const void *a, const void *b, const struct field *field,
		   const char *of, int index, struct difference *difference)
{
	uint64_t in_a = number((const char *)a + field->offset, field->size);
	uint64_t in_b = number((const char *)b + field->offset, field->size);
	char nr[16] = "";

	if (in_a == in_b)
		return false;
	if (index >= 0)
		snprintf(nr, sizeof(nr), "[%d]", index);
	snprintf(difference->key, sizeof(difference->key), "%.20s %.20s", of,
		 field->name);
	snprintf(difference->text, sizeof(difference->text),
		 "%s%s %s: %#llx and %#llx", of, nr, field->name,
		 (unsigned long long)in_a, (unsigned long long)in_b);
	return true;
}

static bool fields_differ(const void *a, const void *b,
			  const struct field *fields, unsigned int nr,
			  const char *of, int index,
			  struct difference *difference)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (differ(a, b, &fields[i], of, index, difference))
			return true;
	return false;
}

static bool ioapics_differ(const struct kvm_ioapic_state *a,
			   const struct kvm_ioapic_state *b,
			   struct difference *difference)
{
	static const struct field rte = { "redirtbl", 0, 8 };
	unsigned int pin;

	if (fields_differ(a, b, ioapic_fields, NR(ioapic_fields), "IOAPIC", -1,
			  difference))
		return true;
	for (pin = 0; pin < KVM_IOAPIC_NUM_PINS; pin++)
		if (differ(&a->redirtbl[pin], &b->redirtbl[pin], &rte, "IOAPIC",
			   pin, difference))
			return true;
	return false;
}

static bool chips_differ(const struct state *a, const struct state *b,
			 struct difference *difference)
{
	static const char *const names[] = { "PIC", "secondary PIC", "IOAPIC" };
	static const struct field byte = { "byte", 0, 1 };
	unsigned int i, at;

	for (i = 0; i < KVM_IRQCHIP_IOAPIC; i++)
		if (fields_differ(&a->chips[i].chip, &b->chips[i].chip,
				  pic_fields, NR(pic_fields), names[i], -1,
				  difference))
			return true;
	if (ioapics_differ(&a->chips[i].chip.ioapic, &b->chips[i].chip.ioapic,
			   difference))
		return true;
	for (i = 0; i < NR_CHIPS; i++)
		for (at = 0; at < sizeof(a->chips[i]); at++)
			if (differ((const char *)&a->chips[i] + at,
				   (const char *)&b->chips[i] + at, &byte,
				   names[i], at, difference))
				return true;
	return false;
}

static bool pits_differ(const struct kvm_pit_state2 *a,
			const struct kvm_pit_state2 *b,
			struct difference *difference)
{
	static const struct field flags = FIELD(struct kvm_pit_state2, flags);
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (fields_differ(&a->channels[i], &b->channels[i],
				  channel_fields, NR(channel_fields),
				  "PIT channel", i, difference))
			return true;
	return differ(a, b, &flags, "PIT", -1, difference);
}

static bool lapics_differ(const struct state *a, const struct state *b,
			  struct difference *difference)
{
	unsigned int i, at;

	for (i = 0; i < NR_VCPUS; i++)
		for (at = 0; at < sizeof(a->lapics[i].regs); at += 4) {
			char name[16];
			const struct field word = { name, at, 4 };

			snprintf(name, sizeof(name), "%#x", at);
			if (differ(&a->lapics[i], &b->lapics[i], &word,
				   "LAPIC", i, difference))
				return true;
		}
	return false;
}

/**
 * state_compare() - find the first difference
 * @a: of one side
 * @b: of the other
 * @difference: gets it
 *
 * Return: true if they are the same.
 */
bool state_compare(const struct state *a, const struct state *b,
		   struct difference *difference)
{
	static const struct field acks = { "count", 0, 8 };
	static const struct field error = FIELD(struct state, error);
	static const struct field held = FIELD(struct state, held);
	unsigned int i;

	if (!memcmp(a, b, sizeof(*a)))
		return true;
	if (differ(a, b, &error, "reading", -1, difference) ||
	    chips_differ(a, b, difference) ||
	    pits_differ(&a->pit, &b->pit, difference) ||
	    lapics_differ(a, b, difference) ||
	    differ(a, b, &held, "eventfds", -1, difference))
		return false;
	for (i = 0; i < NR_RESAMPLES; i++)
		if (differ(&a->acks[i], &b->acks[i], &acks, "resamplefd", i,
			   difference))
			return false;
	return true;
}
