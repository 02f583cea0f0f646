// SPDX-License-Identifier: GPL-2.0
/*
 * ops.c - the table of operations. A program's text names them and their
 * arguments; renaming one breaks the corpus.
 */
#include "ops.h"

#include <string.h>

#define OP(_name, _weight, _run, ...) \
	{ .name = _name, .weight = _weight, .run = _run, .args = { __VA_ARGS__ } }

#define NODE	{ "node", KIND_NODE }
#define VM	{ "vm", KIND_VM }
#define VCPU	{ "vcpu", KIND_VCPU }
#define EVENT	{ "event", KIND_EVENT }
#define GSI	{ "gsi", KIND_GSI }
#define CHIP	{ "chip", KIND_CHIP }
#define SEED	{ "seed", KIND_SEED }
#define BYTES	{ "bytes", KIND_STRENGTH }
#define WINDOW	{ "window", KIND_SMALL }

const struct op ops[] = {
	/* the node */
	OP("node_open", 2, run_node_open, NODE),
	OP("node_close", 1, run_node_close, NODE),
	OP("node_check", 1, run_node_check, NODE, { "cap", KIND_CAP }),
	OP("node_other", 1, run_node_other,
	   NODE, { "which", KIND_SMALL }),
	OP("create_vm", 4, run_create_vm,
	   NODE, VM, { "type", KIND_TYPE }),

	/* making chips */
	OP("create_irqchip", 4, run_create_irqchip, VM),
	OP("split_irqchip", 1, run_split_irqchip,
	   VM, { "pins", KIND_NUMBER }),
	OP("set_version", 1, run_set_version,
	   VM, { "version", KIND_VERSION }),
	OP("create_pit", 1, run_create_pit, VM),
	OP("create_pit2", 3, run_create_pit2,
	   VM, { "flags", KIND_SMALL }),
	OP("reinject", 2, run_reinject, VM, { "on", KIND_BOOL }),
	OP("add_memory", 2, run_add_memory, VM),

	/* lines and messages */
	OP("irq_line", 8, run_irq_line,
	   VM, GSI, { "level", KIND_BOOL }),
	OP("irq_line_status", 4, run_irq_line_status,
	   VM, GSI, { "level", KIND_BOOL }),
	OP("signal_msi", 2, run_signal_msi,
	   VM, { "address", KIND_MESSAGE }, { "data", KIND_VECTOR },
		 { "flags", KIND_TYPE }),

	/* the chips' state */
	OP("get_irqchip", 3, run_get_irqchip, VM, CHIP),
	OP("set_irqchip", 5, run_set_irqchip, VM, CHIP, SEED, BYTES),
	OP("get_pit", 1, run_get_pit, VM),
	OP("set_pit", 1, run_set_pit, VM, SEED, BYTES),
	OP("get_pit2", 1, run_get_pit2, VM),
	OP("set_pit2", 3, run_set_pit2, VM, SEED, BYTES),

	/* routes and irqfds */
	OP("set_default_routes", 2, run_set_default_routes, VM),
	OP("set_one_route", 5, run_set_one_route,
	   VM, GSI, { "type", KIND_SMALL }, { "to", KIND_NUMBER }),
	OP("set_routes", 5, run_set_routes,
	   VM, SEED, { "entries", KIND_ENTRIES }, { "flags", KIND_TYPE }),
	OP("irqfd", 10, run_irqfd,
	   VM, EVENT, GSI, { "flags", KIND_FLAGS },
		 { "resample", KIND_EVENT }),

	/* the rest of a VM */
	OP("enable_cap", 2, run_enable_cap,
	   VM, { "cap", KIND_CAP }, { "value", KIND_NUMBER }),
	OP("vm_check", 1, run_vm_check, VM, { "cap", KIND_CAP }),
	OP("vm_other", 2, run_vm_other,
	   VM, { "which", KIND_NUMBER }, SEED, BYTES),
	OP("vm_unknown", 1, run_vm_unknown,
	   VM, { "number", KIND_NUMBER }),
	OP("vm_close", 3, run_vm_close, VM),

	/* vCPUs */
	OP("create_vcpu", 6, run_create_vcpu,
	   VM, VCPU, { "id", KIND_ID }),
	OP("guest_program", 4, run_guest_program, VCPU, SEED),
	OP("run", 12, run_vcpu_run, VCPU, { "times", KIND_COUNT }),
	OP("restart", 2, run_vcpu_restart, VCPU),
	OP("scribble", 2, run_scribble,
	   VCPU, { "at", KIND_OFFSET }, SEED, BYTES),
	OP("scribble_exit", 3, run_scribble_exit,
	   VCPU, { "reason", KIND_NUMBER }, { "a", KIND_NUMBER },
		 { "b", KIND_NUMBER }, { "c", KIND_NUMBER }),
	OP("immediate_exit", 2, run_immediate_exit,
	   VCPU, { "on", KIND_BOOL }),
	OP("get_lapic", 2, run_get_lapic, VCPU),
	OP("set_lapic", 2, run_set_lapic, VCPU, SEED, BYTES),
	OP("enable_lapic", 3, run_enable_lapic, VCPU),
	OP("set_sregs", 1, run_set_sregs, VCPU, SEED, BYTES),
	OP("set_events", 1, run_set_events, VCPU, SEED, BYTES),
	OP("get_mp_state", 1, run_get_mp_state, VCPU),
	OP("set_mp_state", 1, run_set_mp_state,
	   VCPU, { "state", KIND_SMALL }),
	OP("interrupt", 1, run_interrupt,
	   VCPU, { "vector", KIND_NUMBER }),
	OP("vcpu_other", 1, run_vcpu_other,
	   VCPU, { "which", KIND_SMALL }, SEED, BYTES),
	OP("vcpu_unmap", 1, run_vcpu_unmap, VCPU),
	OP("vcpu_close", 3, run_vcpu_close, VCPU),

	/* eventfds */
	OP("event_new", 4, run_event_new,
	   EVENT, { "count", KIND_SMALL }),
	OP("event_write", 6, run_event_write,
	   EVENT, { "times", KIND_COUNT }),
	OP("event_read", 1, run_event_read, EVENT),
	OP("event_close", 4, run_event_close, EVENT),

	/* the process around them */
	OP("window_protect", 1, run_window_protect,
	   WINDOW, { "protection", KIND_SMALL }),
	OP("window_unmap", 1, run_window_unmap,
	   WINDOW),
	OP("window_cover", 1, run_window_cover,
	   WINDOW, SEED, BYTES),
	OP("window_move", 1, run_window_move, WINDOW),
	OP("window_poke", 1, run_window_poke, WINDOW),
	OP("replace_fd", 2, run_replace_fd,
	   { "fd", KIND_FD }, { "by", KIND_SMALL }, { "times", KIND_COUNT }),
	OP("close_fd", 1, run_close_fd, { "fd", KIND_FD }),
	OP("dup_vm", 1, run_dup_vm, VM, { "to", KIND_VM }),
	OP("pass_fds", 1, run_pass_fds, VM, VCPU),
	OP("fork", 1, run_fork, VM, VCPU),
	OP("limit_fds", 1, run_limit_fds, { "fd", KIND_FD }),
	OP("read_debugfs", 1, run_read_debugfs, { 0 }),
	OP("signal", 3, run_signal, { "thread", KIND_SMALL }),
	OP("pause", 1, run_pause, { "us", KIND_COUNT }),
};

const unsigned int nr_ops = sizeof(ops) / sizeof(ops[0]);

/** op_find() - an operation by its name, or -1 */
int op_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_ops; i++)
		if (!strcmp(ops[i].name, name))
			return i;
	return -1;
}
