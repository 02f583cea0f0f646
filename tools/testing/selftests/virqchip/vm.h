/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vm.h - a virtual machine made through the node under test, and its ioctls.
 *
 * Nothing here is ever freed: each test runs in a process of its own.
 */
#ifndef VIC_TEST_VM_H
#define VIC_TEST_VM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VM_RAM_SIZE	(4u << 20)
#define VM_MAX_VCPUS	16

struct vm;

/**
 * struct vcpu - one vCPU of a struct vm
 * @vm: whose
 * @fd: its file
 * @id: its number, also its APIC id
 * @run: its mapped struct kvm_run
 * @run_size: length of the mapping
 * @on_irq: called when the guest asks for it in a handler (GUEST_EXIT)
 * @taken: entries of the guest's log that were looked at
 * @thread: of guest_run_in_thread()
 */
struct vcpu {
	struct vm *vm;
	int fd;
	unsigned int id;
	struct kvm_run *run;
	size_t run_size;
	void (*on_irq)(struct vcpu *vcpu, unsigned int vector);
	unsigned int taken;
	pthread_t thread;
};

/**
 * struct vm - a VM, its memory and its vCPUs
 * @dev: the node
 * @fd: the VM's file
 * @ram: guest-physical memory from 0
 * @vcpus: indexed by vCPU id
 */
struct vm {
	int dev;
	int fd;
	unsigned char *ram;
	struct vcpu vcpus[VM_MAX_VCPUS];
};

/**
 * struct routes - room for a routing table as KVM_SET_GSI_ROUTING takes it
 * @head: header; @head.nr entries are in use
 * @entries: as many as the limit, and one to pass it
 */
struct routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry entries[4097];
};

int __sys_ioctl(int fd, unsigned long number, void *argument);
int __sys_ioctl_value(int fd, unsigned long number, unsigned long value);

/* The node. */
int __node_open(void);
int node_open(void);
int node_extension(int dev, long cap);

/* Making a VM. */
void vm_open(struct vm *vm);
void vm_open_with_chips(struct vm *vm);
void vm_add_ram(struct vm *vm);
int __vm_create_irqchip(struct vm *vm);
void vm_create_irqchip(struct vm *vm);
int __vm_split_irqchip(struct vm *vm, unsigned int reserved_pins);
int __vm_create_pit(struct vm *vm);
int __vm_create_pit2(struct vm *vm, unsigned int flags);
void vm_create_pit2(struct vm *vm, unsigned int flags);
int __vm_create_vcpu(struct vm *vm, unsigned int id);
struct vcpu *vm_add_vcpu(struct vm *vm, unsigned int id);
int __vm_enable_cap(struct vm *vm, unsigned int cap, uint64_t argument);

/* Lines and messages. */
int __vm_irq_line(struct vm *vm, unsigned int gsi, unsigned int level);
void vm_irq_line(struct vm *vm, unsigned int gsi, unsigned int level);
void vm_irq_pulse(struct vm *vm, unsigned int gsi);
int __vm_irq_line_status(struct vm *vm, unsigned int gsi, unsigned int level,
			 int *status);
int vm_irq_line_status(struct vm *vm, unsigned int gsi, unsigned int level);
int __vm_signal_msi(struct vm *vm, uint32_t address, uint32_t data);

/* Chips' state. */
int __vm_get_irqchip(struct vm *vm, unsigned int chip,
		     struct kvm_irqchip *state);
int __vm_set_irqchip(struct vm *vm, const struct kvm_irqchip *state);
void vm_get_irqchip(struct vm *vm, unsigned int chip,
		    struct kvm_irqchip *state);
void vm_set_irqchip(struct vm *vm, const struct kvm_irqchip *state);
struct kvm_pic_state vm_pic(struct vm *vm, unsigned int chip);
struct kvm_ioapic_state vm_ioapic(struct vm *vm);
int __vm_get_pit2(struct vm *vm, struct kvm_pit_state2 *state);
int __vm_set_pit2(struct vm *vm, const struct kvm_pit_state2 *state);
void vm_get_pit2(struct vm *vm, struct kvm_pit_state2 *state);
void vm_set_pit2(struct vm *vm, const struct kvm_pit_state2 *state);
int __vm_reinject(struct vm *vm, bool reinject);

/* Routes. */
struct routes *routes_new(void);
void routes_add_pin(struct routes *r, unsigned int gsi, unsigned int chip,
		    unsigned int pin);
void routes_add_msi(struct routes *r, unsigned int gsi, uint32_t address,
		    uint32_t data);
void routes_add_default(struct routes *r);
int __vm_set_routes(struct vm *vm, const struct routes *r);
void vm_set_routes(struct vm *vm, const struct routes *r);

/* Eventfds. */
int event_new(unsigned int count);
void event_signal(int fd);
bool event_is_signalled(int fd);
bool event_wait(int fd, unsigned int milliseconds);
bool event_comes(int fd);
int __vm_irqfd(struct vm *vm, int fd, unsigned int gsi, unsigned int flags,
	       int resamplefd);
void vm_irqfd(struct vm *vm, int fd, unsigned int gsi);
void vm_irqfd_resample(struct vm *vm, int fd, unsigned int gsi, int resamplefd);
void vm_irqfd_deassign(struct vm *vm, int fd, unsigned int gsi);

/* vCPUs. */
int __vcpu_run(struct vcpu *vcpu);
int __vcpu_finish_access(struct vcpu *vcpu);
void vcpu_finish_access(struct vcpu *vcpu);

/* Memory of this process. */
void *bytes_before_hole(size_t size);

/*
 * Waiting for what happens asynchronously. No case may take for granted how far
 * others come meanwhile: a thread of a busy machine stands still for seconds,
 * and a guest that somebody signals without end does nothing at all.
 */
#define CLEARLY_NEVER_MS	60000

void sleep_ms(unsigned int milliseconds);
uint64_t now_ms(void);

/* Poll until @condition holds, or until it is clear that it never will; its value. */
#define EVENTUALLY(condition)						\
	({								\
		uint64_t until_ = now_ms() + CLEARLY_NEVER_MS;		\
		bool holds_;						\
									\
		while (!(holds_ = !!(condition)) && now_ms() < until_)	\
			sleep_ms(1);					\
		holds_;							\
	})

#endif /* VIC_TEST_VM_H */
