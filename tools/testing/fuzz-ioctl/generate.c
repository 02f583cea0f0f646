// SPDX-License-Identifier: GPL-2.0
/*
 * generate.c - makes up programs, and changes them. See program.h.
 */
#include "ops.h"

#include <linux/kvm.h>
#include <linux/virqchip.h>
#include <string.h>

static uint64_t any_number(struct random *r)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 7, 8, 15, 16, 23, 24, 25, 64, 127, 128, 255, 256, 4095,
		4096, 4097, 0x7fffffff, 0x80000000, 0xffffffff,
	};

	switch (random_below(r, 4)) {
	case 0:
		return random_u32(r);
	case 1:
		return random_below(r, 256);
	default:
		return RANDOM_OF(r, numbers);
	}
}

static uint64_t any_gsi(struct random *r)
{
	unsigned int dice = random_below(r, 20);

	if (dice < 6)
		return random_below(r, 4);
	if (dice < 17)
		return random_below(r, 24);
	return dice < 19 ? 24 + random_below(r, 8) : any_number(r);
}

static uint64_t any_cap(struct random *r)
{
	static const uint32_t caps[] = {
		KVM_CAP_IRQCHIP, KVM_CAP_PIT2, KVM_CAP_IRQ_ROUTING,
		KVM_CAP_IRQFD_RESAMPLE, KVM_CAP_X2APIC_API,
		KVM_CAP_SPLIT_IRQCHIP, KVM_CAP_HYPERV_SYNIC2,
		KVM_CAP_X86_DISABLE_EXITS, KVM_CAP_MAX_VCPU_ID,
		KVM_CAP_DISABLE_QUIRKS2, KVM_CAP_EXCEPTION_PAYLOAD,
	};

	return random_percent(r, 80) ? RANDOM_OF(r, caps) :
				       random_below(r, 260);
}

static uint64_t any_slot(struct random *r, unsigned int nr)
{
	return random_percent(r, 75) ? 0 : random_below(r, nr);
}

static uint64_t any_entries(struct random *r)
{
	static const uint32_t numbers[] = { 0, 1, 4095, 4096, 4097, 0xffffffff };

	return random_percent(r, 90) ? random_below(r, 40) :
				       RANDOM_OF(r, numbers);
}

static uint64_t make_up(struct random *r, enum kind kind)
{
	static const uint8_t strengths[] = { 0, 1, 1, 2, 4, 16, 255 };
	static const uint8_t flags[] = { 0, 0, 0, 1, 1, 2, 2, 3, 4 };
	static const uint16_t ids[] = { 0, 0, 1, 2, 3, 4, 255, 1023, 4095 };

	switch (kind) {
	case KIND_NODE:
	case KIND_VM:
		return any_slot(r, 2);
	case KIND_VCPU:
	case KIND_EVENT:
		return random_percent(r, 50) ? 0 : random_below(r, 4);
	case KIND_BOOL:
		return random_below(r, 2);
	case KIND_SMALL:
		return random_below(r, 8);
	case KIND_COUNT:
		return random_percent(r, 50) ? 1 : random_below(r, 31);
	case KIND_TYPE:
		return random_percent(r, 95) ? 0 : any_number(r);
	case KIND_ID:
		return RANDOM_OF(r, ids);
	case KIND_GSI:
		return any_gsi(r);
	case KIND_CHIP:
		return random_percent(r, 95) ? random_below(r, 3) :
					       any_number(r);
	case KIND_CAP:
		return any_cap(r);
	case KIND_SEED:
		return random_below(r, 1 << 20);
	case KIND_STRENGTH:
		return RANDOM_OF(r, strengths);
	case KIND_FLAGS:
		return RANDOM_OF(r, flags);
	case KIND_ENTRIES:
		return any_entries(r);
	case KIND_FD:
		return random_below(r, 40);
	case KIND_OFFSET:
		return random_below(r, random_percent(r, 60) ? 128 : 8192);
	case KIND_VECTOR:
		return random_below(r, 256) | (random_below(r, 2) ? 0xc000 : 0);
	case KIND_MESSAGE:
		return 0xfee00000 | (random_u32(r) & 0x300c);
	case KIND_VERSION:
		return random_percent(r, 50) ? VIRQCHIP_IOAPIC_VERSION_EOI :
		       random_percent(r, 50) ? VIRQCHIP_IOAPIC_VERSION_KVM :
					       any_number(r);
	default:
		return any_number(r);
	}
}

static unsigned int pick_op(struct random *r)
{
	unsigned int i, all = 0, dice;

	for (i = 0; i < nr_ops; i++)
		all += ops[i].weight;
	dice = random_below(r, all);
	for (i = 0; dice >= ops[i].weight; i++)
		dice -= ops[i].weight;
	return i;
}

static void make_call(struct random *r, struct call *call, unsigned int op,
		      unsigned int thread)
{
	unsigned int i;

	memset(call, 0, sizeof(*call));
	call->op = op;
	call->thread = thread;
	for (i = 0; i < MAX_ARGS && ops[op].args[i].name; i++)
		call->args[i] = make_up(r, ops[op].args[i].kind);
	if (random_percent(r, 3))
		call->pointer = random_below(r, NR_POINTERS);
	call->compat = random_percent(r, 3);
}

/* ---- new programs ---------------------------------------------------- */

static void add_named(struct program *program, const char *name, uint64_t b,
		      uint64_t c)
{
	struct call call = { .op = op_find(name), .args = { 0, b, c } };

	program_insert(program, program->nr, &call);
}

/* Few programs get far that do not begin like a VMM. */
static void begin_like_a_vmm(struct random *r, struct program *program)
{
	unsigned int id, nr_vcpus = random_below(r, 3);

	add_named(program, "node_open", 0, 0);
	add_named(program, "create_vm", 0, 0);
	add_named(program, "add_memory", 0, 0);
	if (random_percent(r, 90))
		add_named(program, "create_irqchip", 0, 0);
	if (random_percent(r, 60))
		add_named(program, "create_pit2", 0, 0);
	for (id = 0; id < nr_vcpus; id++)
		add_named(program, "create_vcpu", id, id);
	add_named(program, "event_new", 0, 0);
}

static unsigned int some_thread(struct random *r, bool threads)
{
	return threads ? 1 + random_below(r, MAX_THREADS) : 0;
}

/** program_make() - a new one */
void program_make(struct random *r, struct program *program)
{
	bool threads = random_percent(r, 40);
	unsigned int nr = 3 + random_below(r, 20);

	memset(program, 0, sizeof(*program));
	program->rounds = threads ? 1 + random_below(r, 20) : 1;
	begin_like_a_vmm(r, program);
	while (nr--) {
		struct call call;

		make_call(r, &call, pick_op(r), some_thread(r, threads));
		program_insert(program, program->nr, &call);
	}
}

/* ---- changes --------------------------------------------------------- */

static void change_argument(struct random *r, struct call *call)
{
	const struct op *op = &ops[call->op];
	unsigned int i = random_below(r, MAX_ARGS);

	if (!op->args[i].name) {
		call->pointer = random_percent(r, 50) ? POINTER_GOOD :
				random_below(r, NR_POINTERS);
		call->compat = random_percent(r, 20);
		return;
	}
	switch (random_below(r, 4)) {
	case 0:
		call->args[i] += random_percent(r, 50) ? 1 : -1;
		break;
	case 1:
		call->args[i] ^= 1ULL << random_below(r, 32);
		break;
	default:
		call->args[i] = make_up(r, op->args[i].kind);
	}
}

static void insert_new(struct random *r, struct program *program)
{
	unsigned int at = random_below(r, program->nr + 1);
	unsigned int thread = at < program->nr ? program->calls[at].thread : 0;
	struct call call;

	make_call(r, &call, pick_op(r), thread);
	program_insert(program, at, &call);
}

static void take_from(struct random *r, struct program *program,
		      const struct program *other)
{
	unsigned int from = random_below(r, other->nr);
	unsigned int nr = 1 + random_below(r, 6);

	while (nr-- && from < other->nr)
		program_insert(program, program->nr, &other->calls[from++]);
}

/* Lines that were one after the other become simultaneous. */
static void spread_over_threads(struct random *r, struct program *program)
{
	unsigned int i = program->nr / 2;

	for (; i < program->nr; i++)
		program->calls[i].thread = some_thread(r, true);
	program->rounds = 1 + random_below(r, 20);
}

static void change_once(struct random *r, struct program *program,
			const struct program *other)
{
	unsigned int at = random_below(r, program->nr);

	switch (random_below(r, 10)) {
	case 0:
		if (program->nr > 1)
			program_remove(program, at);
		break;
	case 1:
		program_insert(program, at, &program->calls[at]);
		break;
	case 2:
		take_from(r, program, other);
		break;
	case 3:
		program->calls[at].thread = random_below(r, MAX_THREADS + 1);
		break;
	case 4:
		if (random_percent(r, 30))
			spread_over_threads(r, program);
		break;
	case 5:
	case 6:
	case 7:
		insert_new(r, program);
		break;
	default:
		change_argument(r, &program->calls[at]);
	}
}

/**
 * program_mutate() - change a program a little
 * @r: where from
 * @program: changed
 * @other: lines may be taken from it
 */
void program_mutate(struct random *r, struct program *program,
		    const struct program *other)
{
	unsigned int changes = 1 + random_below(r, 4);

	while (changes--)
		change_once(r, program, other);
}
