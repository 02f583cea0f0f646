/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - a tracepoint at each hand-over, also when it is masked or
 * coalesced. Every event names its VM, by the number of its debugfs directory.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM virqchip

#if !defined(VIC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VIC_TRACE_H

#include "irqchip/chip.h"

#include <linux/tracepoint.h>

#define vic_show_source(source)				\
	__print_symbolic(source,			\
			 { VIC_SOURCE_USER, "user" },	\
			 { VIC_SOURCE_RESAMPLE, "resample" },	\
			 { VIC_SOURCE_PIT, "pit" })

#define vic_show_chip(chip)				\
	__print_symbolic(chip,				\
			 { VIC_CHIP_PRIMARY, "primary" },	\
			 { VIC_CHIP_SECONDARY, "secondary" },	\
			 { VIC_CHIP_IOAPIC, "ioapic" })

#define vic_show_delivery_mode(mode)			\
	__print_symbolic(mode,				\
			 { 0, "fixed" },		\
			 { 1, "lowest" },		\
			 { 2, "smi" },			\
			 { 4, "nmi" },			\
			 { 5, "init" },			\
			 { 7, "extint" })

#define vic_show_result(result)				\
	((result) < -1 ? "unsent" :			\
	 (result) < 0 ? "masked" : (result) ? "delivered" : "coalesced")

TRACE_EVENT(vic_set_gsi,
	TP_PROTO(u32 vm, u32 gsi, const struct vic_assert *a, int result),
	TP_ARGS(vm, gsi, a, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, gsi)
		__field(u8, source)
		__field(u8, level)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->gsi = gsi;
		__entry->source = a->source;
		__entry->level = a->level;
		__entry->result = result;
	),
	TP_printk("vm %u gsi %u source %s level %u: %s", __entry->vm,
		  __entry->gsi, vic_show_source(__entry->source),
		  __entry->level, vic_show_result(__entry->result))
);

DECLARE_EVENT_CLASS(vic_pin_class,
	TP_PROTO(u32 vm, unsigned int pin, bool level, int result),
	TP_ARGS(vm, pin, level, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, pin)
		__field(u8, level)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->pin = pin;
		__entry->level = level;
		__entry->result = result;
	),
	TP_printk("vm %u pin %u level %u: %s", __entry->vm, __entry->pin,
		  __entry->level, vic_show_result(__entry->result))
);

DEFINE_EVENT(vic_pin_class, vic_pic_pin,
	TP_PROTO(u32 vm, unsigned int pin, bool level, int result),
	TP_ARGS(vm, pin, level, result));

DEFINE_EVENT(vic_pin_class, vic_ioapic_pin,
	TP_PROTO(u32 vm, unsigned int pin, bool level, int result),
	TP_ARGS(vm, pin, level, result));

DECLARE_EVENT_CLASS(vic_inta_class,
	TP_PROTO(u32 vm, unsigned int pin, u8 vector, bool spurious),
	TP_ARGS(vm, pin, vector, spurious),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, pin)
		__field(u8, vector)
		__field(u8, spurious)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->pin = pin;
		__entry->vector = vector;
		__entry->spurious = spurious;
	),
	TP_printk("vm %u pin %u vector 0x%02x%s", __entry->vm, __entry->pin,
		  __entry->vector, __entry->spurious ? " spurious" : "")
);

DEFINE_EVENT(vic_inta_class, vic_pic_inta,
	TP_PROTO(u32 vm, unsigned int pin, u8 vector, bool spurious),
	TP_ARGS(vm, pin, vector, spurious));

DEFINE_EVENT(vic_inta_class, vic_pic_take_back,
	TP_PROTO(u32 vm, unsigned int pin, u8 vector, bool spurious),
	TP_ARGS(vm, pin, vector, spurious));

TRACE_EVENT(vic_pic_write,
	TP_PROTO(u32 vm, u16 port, u8 value),
	TP_ARGS(vm, port, value),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u16, port)
		__field(u8, value)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->port = port;
		__entry->value = value;
	),
	TP_printk("vm %u port 0x%x value 0x%02x", __entry->vm, __entry->port,
		  __entry->value)
);

TRACE_EVENT(vic_ioapic_rte,
	TP_PROTO(u32 vm, unsigned int pin, u64 rte),
	TP_ARGS(vm, pin, rte),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, pin)
		__field(u64, rte)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->pin = pin;
		__entry->rte = rte;
	),
	TP_printk("vm %u pin %u dest 0x%02x %s vector 0x%02x %s %s%s",
		  __entry->vm, __entry->pin, (u8)(__entry->rte >> 56),
		  __entry->rte & (1ULL << 11) ? "logical" : "physical",
		  (u8)__entry->rte,
		  vic_show_delivery_mode((__entry->rte >> 8) & 7),
		  __entry->rte & (1ULL << 15) ? "level" : "edge",
		  __entry->rte & (1ULL << 16) ? " masked" : "")
);

TRACE_EVENT(vic_msg,
	TP_PROTO(u32 vm, const struct vic_msg *msg, int result),
	TP_ARGS(vm, msg, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, pin)
		__field(u8, dest)
		__field(u8, vector)
		__field(u8, mode)
		__field(u8, logical)
		__field(u8, level)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->pin = msg->pin;
		__entry->dest = msg->dest;
		__entry->vector = msg->vector;
		__entry->mode = msg->delivery_mode;
		__entry->logical = msg->logical;
		__entry->level = msg->level;
		__entry->result = result;
	),
	TP_printk("vm %u pin %u dest 0x%02x %s vector 0x%02x %s %s: %d",
		  __entry->vm, __entry->pin, __entry->dest,
		  __entry->logical ? "logical" : "physical", __entry->vector,
		  vic_show_delivery_mode(__entry->mode),
		  __entry->level ? "level" : "edge", __entry->result)
);

TRACE_EVENT(vic_kvm_gsi,
	TP_PROTO(u32 vm, u32 gsi, int result),
	TP_ARGS(vm, gsi, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, gsi)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->gsi = gsi;
		__entry->result = result;
	),
	TP_printk("vm %u gsi %u: %d", __entry->vm, __entry->gsi,
		  __entry->result)
);

TRACE_EVENT(vic_ioapic_eoi,
	TP_PROTO(u32 vm, u8 vector, u32 pins),
	TP_ARGS(vm, vector, pins),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, vector)
		__field(u32, pins)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->vector = vector;
		__entry->pins = pins;
	),
	TP_printk("vm %u vector 0x%02x pins 0x%06x", __entry->vm,
		  __entry->vector, __entry->pins)
);

TRACE_EVENT(vic_ioapic_storm,
	TP_PROTO(u32 vm, unsigned int pin),
	TP_ARGS(vm, pin),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, pin)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->pin = pin;
	),
	TP_printk("vm %u pin %u held back", __entry->vm, __entry->pin)
);

TRACE_EVENT(vic_ack,
	TP_PROTO(u32 vm, u32 chip, unsigned int pin, int gsi),
	TP_ARGS(vm, chip, pin, gsi),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, chip)
		__field(u8, pin)
		__field(int, gsi)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->chip = chip;
		__entry->pin = pin;
		__entry->gsi = gsi;
	),
	TP_printk("vm %u %s pin %u gsi %d", __entry->vm,
		  vic_show_chip(__entry->chip), __entry->pin, __entry->gsi)
);

TRACE_EVENT(vic_mask,
	TP_PROTO(u32 vm, u32 chip, unsigned int pin, int gsi, bool masked),
	TP_ARGS(vm, chip, pin, gsi, masked),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, chip)
		__field(u8, pin)
		__field(int, gsi)
		__field(u8, masked)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->chip = chip;
		__entry->pin = pin;
		__entry->gsi = gsi;
		__entry->masked = masked;
	),
	TP_printk("vm %u %s pin %u gsi %d %s", __entry->vm,
		  vic_show_chip(__entry->chip), __entry->pin, __entry->gsi,
		  __entry->masked ? "masked" : "unmasked")
);

TRACE_EVENT(vic_irqfd,
	TP_PROTO(u32 vm, u32 gsi, bool resample, int result),
	TP_ARGS(vm, gsi, resample, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, gsi)
		__field(u8, resample)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->gsi = gsi;
		__entry->resample = resample;
		__entry->result = result;
	),
	TP_printk("vm %u gsi %u%s: %s", __entry->vm, __entry->gsi,
		  __entry->resample ? " resample" : "",
		  vic_show_result(__entry->result))
);

TRACE_EVENT(vic_resample,
	TP_PROTO(u32 vm, u32 gsi),
	TP_ARGS(vm, gsi),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, gsi)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->gsi = gsi;
	),
	TP_printk("vm %u gsi %u", __entry->vm, __entry->gsi)
);

TRACE_EVENT(vic_pit_tick,
	TP_PROTO(u32 vm, bool injected, u32 owed),
	TP_ARGS(vm, injected, owed),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u8, injected)
		__field(u32, owed)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->injected = injected;
		__entry->owed = owed;
	),
	TP_printk("vm %u %s owed %u", __entry->vm,
		  __entry->injected ? "injected" : "held", __entry->owed)
);

TRACE_EVENT(vic_kick,
	TP_PROTO(u32 vm, u32 vcpu),
	TP_ARGS(vm, vcpu),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->vcpu = vcpu;
	),
	TP_printk("vm %u vcpu %u", __entry->vm, __entry->vcpu)
);

TRACE_EVENT(vic_last_resort,
	TP_PROTO(u32 vm),
	TP_ARGS(vm),
	TP_STRUCT__entry(
		__field(u32, vm)
	),
	TP_fast_assign(
		__entry->vm = vm;
	),
	TP_printk("vm %u", __entry->vm)
);

#endif /* VIC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
