/* SPDX-License-Identifier: GPL-2.0 */
/*
 * loops.h - guest code that does one thing again and again, and how it is
 * started. Also read by loops.S.
 */
#ifndef VIC_BENCH_LOOPS_H
#define VIC_BENCH_LOOPS_H

/* Where loops.S is in the guest's memory, and the port that ends a KVM_RUN. */
#define LOOPS_CODE	0x20000
#define LOOPS_PORT	0x5e8

#ifndef __ASSEMBLER__

#include "vm.h"

extern const uint8_t loops_code[], loops_end[];
extern const uint8_t loop_cpuid[], loop_pic_in[], loop_pic_out[],
		     loop_pic_eoi[], loop_ioapic_read[], loop_ioapic_index[],
		     loop_ioapic_rte[], loop_pio[], loop_mmio[], loop_wait[],
		     isr_pic[], isr_lapic[];

void loops_start(struct vcpu *vcpu, const uint8_t *loop, unsigned int rounds);
void loops_on_vector(struct vm *vm, unsigned int vector, const uint8_t *isr);
void loops_run(struct vcpu *vcpu);

#endif /* __ASSEMBLER__ */
#endif /* VIC_BENCH_LOOPS_H */
