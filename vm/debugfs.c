// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs.c - a directory a VM: routes, pins with their counters, irqfds, who
 * sent and what was not sent; and how many objects of each kind are alive.
 *
 * Reading is possible while a guest hangs, and costs the guest nothing but the
 * chips' locks for a moment. The directory is removed, which waits for readers,
 * before anything that it shows is freed.
 */
#include "virqchip.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "objects.h"
#include "vm/vm.h"

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static struct dentry *root;

static int routes_show(struct seq_file *m, void *unused)
{
	struct vic_vm *vm = m->private;

	if (vic_vm_full(vm))
		vic_routing_show(vm, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(routes);

static int irqfds_show(struct seq_file *m, void *unused)
{
	struct vic_vm *vm = m->private;

	if (vic_vm_full(vm))
		vic_irqfds_show(vm, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(irqfds);

static const char *chip_name(enum vic_chip chip)
{
	switch (chip) {
	case VIC_CHIP_PRIMARY:
		return "primary";
	case VIC_CHIP_SECONDARY:
		return "secondary";
	default:
		return "ioapic";
	}
}

static int pin_to_gsi(struct vic_vm *vm, enum vic_chip chip, unsigned int pin)
{
	int gsi;

	rcu_read_lock();
	gsi = vic_routing_pin_to_gsi(rcu_dereference(vm->routing.table), chip,
				     pin);
	rcu_read_unlock();
	return gsi;
}

static void show_pin(struct seq_file *m, struct vic_vm *vm, enum vic_chip chip,
		     unsigned int pin)
{
	struct vic_pin_stats stats;

	if (chip == VIC_CHIP_IOAPIC)
		vic_ioapic_stats(vm->ioapic, pin, &stats);
	else
		vic_pic_stats(vm->pic, pin, &stats);
	seq_printf(m, "%-9s %3u %4d %10llu %10llu %10llu %10llu %10llu\n",
		   chip_name(chip), pin, pin_to_gsi(vm, chip, pin),
		   stats.asserted, stats.delivered, stats.coalesced,
		   stats.masked, stats.acked);
}

static int pins_show(struct seq_file *m, void *unused)
{
	struct vic_vm *vm = m->private;
	unsigned int pin;

	if (!vic_vm_full(vm))
		return 0;
	seq_puts(m, "chip      pin  gsi   asserted  delivered  coalesced     masked      acked\n");
	for (pin = 0; pin < VIC_PIC_PAIR_PINS; pin++)
		show_pin(m, vm, pin < VIC_PIC_PAIR_PINS / 2 ?
			 VIC_CHIP_PRIMARY : VIC_CHIP_SECONDARY, pin);
	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++)
		show_pin(m, vm, VIC_CHIP_IOAPIC, pin);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(pins);

static int messages_show(struct seq_file *m, void *unused)
{
	struct vic_vm *vm = m->private;

	if (!vic_vm_full(vm))
		return 0;
	seq_printf(m, "unsent %d\n", READ_ONCE(vm->kvm.unsent));
	seq_printf(m, "refused %d\n", atomic_read(&vm->kvm.refused));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(messages);

/* Read under no lock: each is a number that only grows. */
static int senders_show(struct seq_file *m, void *unused)
{
	struct vic_vm *vm = m->private;
	const struct vic_errand *errands = vm->kvm.resort.errands;
	struct vic_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&vm->kvm.vcpus, id, vcpu)
		seq_printf(m, "vcpu %3lu kicked %10llu\n", id,
			   READ_ONCE(vcpu->nr_kicks));
	rcu_read_unlock();
	seq_printf(m, "last resort sent %10llu told of INTR %10llu\n",
		   READ_ONCE(errands[VIC_ERRAND_NEAR].nr_sent) +
		   READ_ONCE(errands[VIC_ERRAND_FAR].nr_sent),
		   READ_ONCE(errands[VIC_ERRAND_NEAR].nr_told) +
		   READ_ONCE(errands[VIC_ERRAND_FAR].nr_told));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(senders);

static int objects_show(struct seq_file *m, void *unused)
{
	enum vic_object kind;

	for (kind = 0; kind < VIC_NR_OBJECTS; kind++)
		seq_printf(m, "%-9s %d\n", vic_object_name(kind),
			   atomic_read(&vic_objects[kind]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(objects);

/** vic_debugfs_init() - make the module's directory; it may fail in silence. */
void vic_debugfs_init(void)
{
	root = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_file("objects", 0400, root, NULL, &objects_fops);
}

/** vic_debugfs_exit() - take it away; no VM is left. */
void vic_debugfs_exit(void)
{
	debugfs_remove(root);
}

/** vic_debugfs_add_vm() - show a VM, under its number */
void vic_debugfs_add_vm(struct vic_vm *vm)
{
	char name[sizeof("4294967295")];

	snprintf(name, sizeof(name), "%u", vm->id);
	vm->debugfs = debugfs_create_dir(name, root);
	debugfs_create_file("routes", 0400, vm->debugfs, vm, &routes_fops);
	debugfs_create_file("pins", 0400, vm->debugfs, vm, &pins_fops);
	debugfs_create_file("irqfds", 0400, vm->debugfs, vm, &irqfds_fops);
	debugfs_create_file("messages", 0400, vm->debugfs, vm, &messages_fops);
	debugfs_create_file("senders", 0400, vm->debugfs, vm, &senders_fops);
}

/** vic_debugfs_del_vm() - wait for readers and hide a VM */
void vic_debugfs_del_vm(struct vic_vm *vm)
{
	debugfs_remove(vm->debugfs);
}
