// SPDX-License-Identifier: GPL-2.0
/*
 * bus.c - the two I/O buses of the chips: ports and memory.
 *
 * The guest's accesses arrive as exits of KVM_RUN (apicbus/kvm_run.c). Each
 * chip knows its own range; one that none of them knows goes on to an ioeventfd
 * that is there, and else to the VMM.
 */
#include "virqchip.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "irqchip/pit.h"
#include "vm/vm.h"

/**
 * vic_bus_pio() - one access to a port
 * @vm: a VM with our chips
 * @port: first port
 * @len: width in bytes: 1, 2 or 4
 * @data: @len bytes, read or written
 * @is_write: the guest writes
 *
 * Context: process, on a vCPU's thread.
 * Return: false if no chip of ours is there.
 */
bool vic_bus_pio(struct vic_vm *vm, u16 port, unsigned int len, void *data,
		 bool is_write)
{
	struct vic_pit *pit = vic_vm_pit(vm);

	if (is_write)
		return vic_pic_write(vm->pic, port, len, data) ||
		       (pit && vic_pit_write(pit, port, len, data)) ||
		       vic_ioeventfds_write(vm, true, port, len, data);
	return vic_pic_read(vm->pic, port, len, data) ||
	       (pit && vic_pit_read(pit, port, len, data));
}

/**
 * vic_bus_mmio() - one access to memory
 * @vm: a VM with our chips
 * @addr: guest-physical address
 * @len: width in bytes: 1 to 8
 * @data: @len bytes, read or written
 * @is_write: the guest writes
 *
 * Context: process, on a vCPU's thread; may send.
 * Return: false if no chip of ours is there.
 */
bool vic_bus_mmio(struct vic_vm *vm, u64 addr, unsigned int len, void *data,
		  bool is_write)
{
	if (is_write)
		return vic_ioapic_write(vm->ioapic, addr, len, data) ||
		       vic_ioeventfds_write(vm, false, addr, len, data);
	return vic_ioapic_read(vm->ioapic, addr, len, data);
}
