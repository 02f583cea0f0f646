// SPDX-License-Identifier: GPL-2.0
/*
 * guest.c - loads the guest and has it run lists. See guest.h.
 */
#include "guest.h"
#include "side.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

/* Segment types and descriptor bits, Intel SDM volume 3, 3.4.5. */
#define SEGMENT_CODE		11	/* execute, read, accessed */
#define SEGMENT_DATA		3	/* read, write, accessed */
#define DESCRIPTOR_CODE		0x00cf9b000000ffffULL
#define DESCRIPTOR_DATA		0x00cf93000000ffffULL
#define GATE_INTERRUPT		0x8e00	/* 32 bits, present */
#define CR0_PE			0x1
#define RFLAGS_FIXED		0x2
#define LIST_SIZE(nr)		((nr) * sizeof(struct guest_op))

extern const uint8_t guest_code[], guest_handlers[], guest_code_end[];
extern const uint8_t guest_smi_handler[], guest_smi_handler_end[];

static_assert(offsetof(struct guest_op, result) == GUEST_OP_RESULT, "");
static_assert(offsetof(struct guest_op, taken) == GUEST_OP_TAKEN, "");
static_assert(sizeof(struct guest_op) == GUEST_OP_SIZE, "");
static_assert(offsetof(struct guest_cpu, log) == GUEST_CPU_LOG, "");
static_assert(sizeof(struct guest_cpu) < GUEST_CPU_SIZE - 1024, "");

static uint32_t cpu_address(unsigned int vcpu)
{
	return GUEST_CPUS + vcpu * GUEST_CPU_SIZE;
}

static struct guest_cpu *guest_cpu(struct side *side, unsigned int vcpu)
{
	return (struct guest_cpu *)(side->ram + cpu_address(vcpu));
}

static void load_descriptors(struct side *side)
{
	const uint64_t gdt[] = { 0, DESCRIPTOR_CODE, DESCRIPTOR_DATA };
	uint32_t first = GUEST_CODE + (guest_handlers - guest_code);
	unsigned int vector;

	memcpy(side->ram + GUEST_GDT, gdt, sizeof(gdt));
	for (vector = 0; vector < 256; vector++) {
		uint32_t address = first + vector * GUEST_HANDLER_SIZE;
		uint16_t gate[4] = {
			address, GUEST_CS, GATE_INTERRUPT, address >> 16,
		};

		memcpy(side->ram + GUEST_IDT + vector * sizeof(gate), gate,
		       sizeof(gate));
	}
}

/** guest_load() - put code and tables into a VM's memory */
void guest_load(struct side *side)
{
	memcpy(side->ram + GUEST_CODE, guest_code, guest_code_end - guest_code);
	memcpy(side->ram + GUEST_SMI_HANDLER, guest_smi_handler,
	       guest_smi_handler_end - guest_smi_handler);
	load_descriptors(side);
}

static struct kvm_segment flat_segment(unsigned int type, unsigned int selector,
				       uint32_t base)
{
	return (struct kvm_segment) {
		.base = base, .limit = UINT32_MAX, .selector = selector,
		.type = type, .present = 1, .db = 1, .s = 1, .g = 1,
	};
}

/** guest_start() - point a new vCPU at the guest's code; it runs nothing yet */
void guest_start(struct side *side, unsigned int vcpu)
{
	struct kvm_mp_state running = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs regs = {
		.rip = GUEST_CODE,
		.rflags = RFLAGS_FIXED,
		.rsp = cpu_address(vcpu) + GUEST_CPU_SIZE,
	};
	struct kvm_sregs sregs;
	int fd = side->vcpus[vcpu];

	if (side_ioctl(fd, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.cs = flat_segment(SEGMENT_CODE, GUEST_CS, 0);
	sregs.ds = flat_segment(SEGMENT_DATA, GUEST_DS, 0);
	sregs.es = sregs.ds;
	sregs.ss = sregs.ds;
	sregs.gs = sregs.ds;
	sregs.fs = flat_segment(SEGMENT_DATA, GUEST_DS, cpu_address(vcpu));
	sregs.gdt = (struct kvm_dtable) { .base = GUEST_GDT, .limit = 23 };
	sregs.idt = (struct kvm_dtable) { .base = GUEST_IDT, .limit = 2047 };
	sregs.cr0 |= CR0_PE;
	if (side_ioctl(fd, KVM_SET_SREGS, &sregs) ||
	    side_ioctl(fd, KVM_SET_REGS, &regs) ||
	    side_ioctl(fd, KVM_SET_MP_STATE, &running))
		die("a vCPU's registers");
}

static unsigned int shift_of(unsigned int width)
{
	return __builtin_ctz(width);
}

static uint32_t guest_kind(const struct op *op)
{
	switch (op->kind) {
	case OP_IN:
		return GUEST_OP_IN(shift_of(op->width));
	case OP_OUT:
		return GUEST_OP_OUT(shift_of(op->width));
	case OP_READ:
		return GUEST_OP_READ(shift_of(op->width));
	case OP_WRITE:
		return GUEST_OP_WRITE(shift_of(op->width));
	case OP_REG_READ:
		return GUEST_OP_REG_READ;
	case OP_REG_WRITE:
		return GUEST_OP_REG_WRITE;
	default:
		return GUEST_OP_TAKE;
	}
}

static void write_list(struct guest_cpu *cpu, const struct op *ops,
		       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		cpu->ops[i] = (struct guest_op) {
			.kind = guest_kind(&ops[i]),
			.addr = ops[i].addr,
			.value = ops[i].value,
		};
	cpu->ops[nr] = (struct guest_op) { .kind = GUEST_OP_DONE };
	cpu->taken = 0;
	cpu->next = cpu_address(ops[0].vcpu) + offsetof(struct guest_cpu, ops);
}

/* An exit belongs to the operation that the guest is in. */
static void note_exit(struct side *side, struct guest_cpu *cpu,
		      unsigned int vcpu, unsigned int nr,
		      struct outcome *outcomes)
{
	const struct kvm_run *run = side->runs[vcpu];
	uint32_t first = cpu_address(vcpu) + offsetof(struct guest_cpu, ops);
	unsigned int at = (cpu->next - first) / GUEST_OP_SIZE - 1;

	outcomes[at < nr ? at : nr - 1].result = 1 + run->exit_reason;
}

/*
 * KVM_RUN until the list is done. An access that comes to the VMM reads zeros.
 * Any other exit is an end: the guest is gone, and both sides' are to agree.
 */
static void run_list(struct side *side, struct guest_cpu *cpu,
		     unsigned int vcpu, unsigned int nr,
		     struct outcome *outcomes)
{
	struct kvm_run *run = side->runs[vcpu];

	for (;;) {
		int error = side_ioctl(side->vcpus[vcpu], KVM_RUN, NULL);

		if (error) {
			outcomes[nr - 1].result = error;
			return;
		}
		if (run->exit_reason == KVM_EXIT_IO) {
			if (run->io.port == GUEST_PORT_DONE)
				return;
			if (run->io.direction == KVM_EXIT_IO_IN)
				memset((char *)run + run->io.data_offset, 0,
				       run->io.size * run->io.count);
		} else if (run->exit_reason == KVM_EXIT_MMIO) {
			memset(run->mmio.data, 0, sizeof(run->mmio.data));
		}
		note_exit(side, cpu, vcpu, nr, outcomes);
		if (run->exit_reason != KVM_EXIT_IO &&
		    run->exit_reason != KVM_EXIT_MMIO)
			return;
	}
}

static void read_list(const struct guest_cpu *cpu, unsigned int nr,
		      struct outcome *outcomes)
{
	unsigned int i, k, taken = 0;

	for (i = 0; i < nr; i++) {
		struct outcome *o = &outcomes[i];

		o->value = cpu->ops[i].result;
		o->nr_vectors = cpu->ops[i].taken - taken;
		for (k = 0; k < o->nr_vectors && k < OUTCOME_VECTORS; k++)
			o->vectors[k] = cpu->log[(taken + k) %
						 GUEST_LOG_ENTRIES];
		taken = cpu->ops[i].taken;
	}
}

/**
 * guest_run() - have a vCPU do operations of the guest's
 * @side: the machine
 * @ops: at most GUEST_MAX_OPS, all of one vCPU
 * @nr: how many
 * @outcomes: of each
 */
void guest_run(struct side *side, const struct op *ops, unsigned int nr,
	       struct outcome *outcomes)
{
	struct guest_cpu *cpu = guest_cpu(side, ops[0].vcpu);

	memset(outcomes, 0, nr * sizeof(*outcomes));
	write_list(cpu, ops, nr);
	run_list(side, cpu, ops[0].vcpu, nr, outcomes);
	read_list(cpu, nr, outcomes);
}
