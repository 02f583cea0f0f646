/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ops.h - the operations that programs are made of.
 */
#ifndef VIC_FUZZ_OPS_H
#define VIC_FUZZ_OPS_H

#include "program.h"

struct world;

/**
 * enum kind - what an argument means, which says how to make one up
 */
enum kind {
	KIND_NONE,
	KIND_NODE,	/* slots */
	KIND_VM,
	KIND_VCPU,
	KIND_EVENT,
	KIND_BOOL,
	KIND_SMALL,	/* 0 to 7 */
	KIND_COUNT,	/* how often, up to 30 */
	KIND_NUMBER,	/* any */
	KIND_TYPE,	/* almost always 0 */
	KIND_ID,	/* of a vCPU */
	KIND_GSI,
	KIND_CHIP,
	KIND_CAP,
	KIND_SEED,	/* of contents */
	KIND_STRENGTH,	/* how many bytes of contents are random */
	KIND_FLAGS,	/* of KVM_IRQFD */
	KIND_ENTRIES,	/* of a routing table */
	KIND_FD,	/* a file descriptor's number */
	KIND_OFFSET,	/* in the two pages of struct kvm_run */
	KIND_VECTOR,
	KIND_MESSAGE,	/* an MSI's address */
	KIND_VERSION,	/* of the IOAPIC */
};

/**
 * struct arg - one argument of an operation
 * @name: in a program's text
 * @kind: how to make one up
 */
struct arg {
	const char *name;
	enum kind kind;
};

/**
 * struct op - one operation
 * @name: in a program's text
 * @weight: how often it is made up
 * @args: its arguments; the last is followed by one without a name
 * @run: what it does, on the calling thread; its result is ignored but for
 *	statistics: negative is a failure
 */
struct op {
	const char *name;
	unsigned int weight;
	struct arg args[MAX_ARGS];
	long (*run)(struct world *world, const struct call *call);
};

extern const struct op ops[];
extern const unsigned int nr_ops;

int op_find(const char *name);

/* ops_vm.c */
long run_node_open(struct world *world, const struct call *call);
long run_node_close(struct world *world, const struct call *call);
long run_node_check(struct world *world, const struct call *call);
long run_node_other(struct world *world, const struct call *call);
long run_create_vm(struct world *world, const struct call *call);
long run_create_irqchip(struct world *world, const struct call *call);
long run_split_irqchip(struct world *world, const struct call *call);
long run_set_version(struct world *world, const struct call *call);
long run_create_pit(struct world *world, const struct call *call);
long run_create_pit2(struct world *world, const struct call *call);
long run_reinject(struct world *world, const struct call *call);
long run_add_memory(struct world *world, const struct call *call);
long run_irq_line(struct world *world, const struct call *call);
long run_irq_line_status(struct world *world, const struct call *call);
long run_get_irqchip(struct world *world, const struct call *call);
long run_set_irqchip(struct world *world, const struct call *call);
long run_get_pit(struct world *world, const struct call *call);
long run_set_pit(struct world *world, const struct call *call);
long run_get_pit2(struct world *world, const struct call *call);
long run_set_pit2(struct world *world, const struct call *call);
long run_set_default_routes(struct world *world, const struct call *call);
long run_set_one_route(struct world *world, const struct call *call);
long run_set_routes(struct world *world, const struct call *call);
long run_irqfd(struct world *world, const struct call *call);
long run_enable_cap(struct world *world, const struct call *call);
long run_vm_check(struct world *world, const struct call *call);
long run_signal_msi(struct world *world, const struct call *call);
long run_vm_other(struct world *world, const struct call *call);
long run_vm_unknown(struct world *world, const struct call *call);
long run_vm_close(struct world *world, const struct call *call);

/* ops_vcpu.c */
long run_create_vcpu(struct world *world, const struct call *call);
long run_guest_program(struct world *world, const struct call *call);
long run_vcpu_run(struct world *world, const struct call *call);
long run_vcpu_restart(struct world *world, const struct call *call);
long run_scribble(struct world *world, const struct call *call);
long run_scribble_exit(struct world *world, const struct call *call);
long run_immediate_exit(struct world *world, const struct call *call);
long run_get_lapic(struct world *world, const struct call *call);
long run_set_lapic(struct world *world, const struct call *call);
long run_enable_lapic(struct world *world, const struct call *call);
long run_set_sregs(struct world *world, const struct call *call);
long run_set_events(struct world *world, const struct call *call);
long run_get_mp_state(struct world *world, const struct call *call);
long run_set_mp_state(struct world *world, const struct call *call);
long run_interrupt(struct world *world, const struct call *call);
long run_vcpu_other(struct world *world, const struct call *call);
long run_vcpu_unmap(struct world *world, const struct call *call);
long run_vcpu_close(struct world *world, const struct call *call);

/* ops_process.c */
long run_event_new(struct world *world, const struct call *call);
long run_event_write(struct world *world, const struct call *call);
long run_event_read(struct world *world, const struct call *call);
long run_event_close(struct world *world, const struct call *call);
long run_window_protect(struct world *world, const struct call *call);
long run_window_unmap(struct world *world, const struct call *call);
long run_window_cover(struct world *world, const struct call *call);
long run_window_move(struct world *world, const struct call *call);
long run_window_poke(struct world *world, const struct call *call);
long run_replace_fd(struct world *world, const struct call *call);
long run_close_fd(struct world *world, const struct call *call);
long run_dup_vm(struct world *world, const struct call *call);
long run_pass_fds(struct world *world, const struct call *call);
long run_fork(struct world *world, const struct call *call);
long run_limit_fds(struct world *world, const struct call *call);
long run_read_debugfs(struct world *world, const struct call *call);
long run_signal(struct world *world, const struct call *call);
long run_pause(struct world *world, const struct call *call);

#endif /* VIC_FUZZ_OPS_H */
