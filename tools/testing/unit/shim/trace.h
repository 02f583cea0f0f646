/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - the module's tracepoints, empty. A new event needs a line here.
 */
#ifndef UNIT_SHIM_TRACE_H
#define UNIT_SHIM_TRACE_H

#include "irqchip/chip.h"

#define trace_vic_set_gsi(vm, gsi, a, result)		((void)0)
#define trace_vic_pic_pin(vm, pin, level, result)	((void)0)
#define trace_vic_ioapic_pin(vm, pin, level, result)	((void)0)
#define trace_vic_pic_inta(vm, pin, vector, spurious)	((void)0)
#define trace_vic_pic_take_back(vm, pin, vector, spurious) ((void)0)
#define trace_vic_pic_write(vm, port, value)		((void)0)
#define trace_vic_ioapic_rte(vm, pin, rte)		((void)0)
#define trace_vic_msg(vm, msg, result)			((void)0)
#define trace_vic_ioapic_eoi(vm, vector, pins)		((void)0)
#define trace_vic_ioapic_storm(vm, pin)			((void)0)
#define trace_vic_ack(vm, chip, pin, gsi)		((void)0)
#define trace_vic_mask(vm, chip, pin, gsi, masked)	((void)0)
#define trace_vic_pit_tick(vm, injected, owed)		((void)0)

#endif /* UNIT_SHIM_TRACE_H */
