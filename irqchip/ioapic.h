/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VIC_IRQCHIP_IOAPIC_H
#define VIC_IRQCHIP_IOAPIC_H

#include "irqchip/chip.h"

struct kvm_ioapic_state;
struct vic_ioapic;
struct vic_vm;

struct vic_ioapic *vic_ioapic_create(struct vic_vm *vm, u8 version);
void vic_ioapic_stop(struct vic_ioapic *ioapic);
void vic_ioapic_destroy(struct vic_ioapic *ioapic);

int vic_ioapic_set_pin(struct vic_ioapic *ioapic, unsigned int pin,
		       const struct vic_assert *a);
int vic_ioapic_flush(struct vic_ioapic *ioapic);
void vic_ioapic_eoi(struct vic_ioapic *ioapic, u8 vector);
bool vic_ioapic_awaits_eoi(struct vic_ioapic *ioapic);

bool vic_ioapic_read(struct vic_ioapic *ioapic, u64 addr, unsigned int len,
		     void *data);
bool vic_ioapic_write(struct vic_ioapic *ioapic, u64 addr, unsigned int len,
		      const void *data);

void vic_ioapic_get(struct vic_ioapic *ioapic, struct kvm_ioapic_state *state);
int vic_ioapic_set(struct vic_ioapic *ioapic,
		   const struct kvm_ioapic_state *state);

void vic_ioapic_stats(struct vic_ioapic *ioapic, unsigned int pin,
		      struct vic_pin_stats *stats);

#endif /* VIC_IRQCHIP_IOAPIC_H */
