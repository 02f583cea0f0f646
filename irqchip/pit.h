/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VIC_IRQCHIP_PIT_H
#define VIC_IRQCHIP_PIT_H

#include <linux/types.h>

struct kvm_pit_state2;
struct vic_pit;
struct vic_vm;

struct vic_pit *vic_pit_create(struct vic_vm *vm, u32 flags);
void vic_pit_stop(struct vic_pit *pit);
void vic_pit_destroy(struct vic_pit *pit);

bool vic_pit_read(struct vic_pit *pit, u16 port, unsigned int len, void *data);
bool vic_pit_write(struct vic_pit *pit, u16 port, unsigned int len,
		   const void *data);

void vic_pit_get(struct vic_pit *pit, struct kvm_pit_state2 *state);
int vic_pit_set(struct vic_pit *pit, const struct kvm_pit_state2 *state);
void vic_pit_set_reinject(struct vic_pit *pit, bool reinject);

#endif /* VIC_IRQCHIP_PIT_H */
