/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vm.h - the user boundary: the node, VMs, vCPUs, and the handlers of the
 * ioctls that are ours.
 */
#ifndef VIC_VM_VM_H
#define VIC_VM_VM_H

#include <linux/types.h>

struct file;
struct kvm_enable_cap;
struct kvm_ioeventfd;
struct kvm_irq_level;
struct kvm_irqchip;
struct kvm_irqfd;
struct kvm_pit_config;
struct kvm_pit_state;
struct kvm_pit_state2;
struct kvm_reinject_control;
struct kvm_run;
struct vic_vcpu;
struct vic_vm;

int vic_node_init(void);
void vic_node_exit(void);

bool vic_caps_directed_eoi(struct file *kvm);
long vic_caps_check(struct file *kvm, long cap);
long vic_caps_check_vm(struct vic_vm *vm, long cap);

int vic_vm_create(struct file *kvm, unsigned long type);
void vic_vm_get(struct vic_vm *vm);
void vic_vm_put(struct vic_vm *vm);
struct file *vic_take_over_fd(int fd, const struct file *kvm);

u8 vic_vm_default_ioapic_version(struct vic_vm *vm);
int vic_vm_set_ioapic_version(struct vic_vm *vm, unsigned long version);
int vic_vm_create_irqchip(struct vic_vm *vm);
int vic_vm_create_pit(struct vic_vm *vm, u32 flags);

int vic_vm_irq_line(struct vic_vm *vm, const struct kvm_irq_level *line,
		    bool line_status);
int vic_vm_set_routing(struct vic_vm *vm, void __user *uarg, u32 nr, u32 flags);

int vic_vm_get_irqchip(struct vic_vm *vm, u32 chip_id, void __user *uarg);
int vic_vm_set_irqchip(struct vic_vm *vm, const struct kvm_irqchip *chip);
int vic_vm_get_pit(struct vic_vm *vm, struct kvm_pit_state *state);
int vic_vm_set_pit(struct vic_vm *vm, const struct kvm_pit_state *state);
int vic_vm_get_pit2(struct vic_vm *vm, struct kvm_pit_state2 *state);
int vic_vm_set_pit2(struct vic_vm *vm, const struct kvm_pit_state2 *state);
int vic_vm_reinject_control(struct vic_vm *vm,
			    const struct kvm_reinject_control *control);

long vic_vm_create_vcpu(struct vic_vm *vm, unsigned long id);
void vic_vm_free_spare_vcpus(struct vic_vm *vm);

int vic_vm_ioeventfd(struct vic_vm *vm, const struct kvm_ioeventfd *args);
void vic_ioeventfd_passed(struct vic_vm *vm, const void __user *uargs);
bool vic_ioeventfds_write(struct vic_vm *vm, bool is_pio, u64 addr,
			  unsigned int len, const void *data);
void vic_ioeventfds_destroy(struct vic_vm *vm);

bool vic_bus_pio(struct vic_vm *vm, u16 port, unsigned int len, void *data,
		 bool is_write);
bool vic_bus_mmio(struct vic_vm *vm, u64 addr, unsigned int len, void *data,
		  bool is_write);

void vic_debugfs_init(void);
void vic_debugfs_exit(void);
void vic_debugfs_add_vm(struct vic_vm *vm);
void vic_debugfs_del_vm(struct vic_vm *vm);

#endif /* VIC_VM_VM_H */
