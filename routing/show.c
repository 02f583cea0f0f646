// SPDX-License-Identifier: GPL-2.0
/*
 * The routing table as text, both ways, for debugfs.
 */
#include "routing/routing.h"
#include "routing/table.h"

#include "virqchip.h"

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>

/* Intel SDM volume 3, 11.11 "Message Signalled Interrupts" */
#define MSI_ADDR_DEST		GENMASK(19, 12)
#define MSI_ADDR_RH		BIT(3)
#define MSI_ADDR_DM_LOGICAL	BIT(2)
#define MSI_DATA_VECTOR		GENMASK(7, 0)
#define MSI_DATA_DELMOD		GENMASK(10, 8)
#define MSI_DATA_TRIGGER_LEVEL	BIT(15)
/* KVM_CAP_X2APIC_API: the destination's upper 24 bits */
#define MSI_ADDR_HI_DEST	GENMASK(31, 8)

static const char *const chip_names[] = {
	[VIC_CHIP_PRIMARY] = "primary",
	[VIC_CHIP_SECONDARY] = "secondary",
	[VIC_CHIP_IOAPIC] = "ioapic",
};

static const char *const delivery_modes[] = {
	"fixed", "lowest", "smi", "mode 3", "nmi", "init", "mode 6", "extint",
};

static void show_msi(struct seq_file *m, const struct kvm_irq_routing_msi *msi)
{
	u32 dest = FIELD_GET(MSI_ADDR_DEST, msi->address_lo) |
		   (msi->address_hi & MSI_ADDR_HI_DEST);

	seq_printf(m, "msi address 0x%08x%08x data 0x%04x: ",
		   msi->address_hi, msi->address_lo, msi->data);
	seq_printf(m, "destination %u %s%s, vector 0x%02x, %s, %s", dest,
		   msi->address_lo & MSI_ADDR_DM_LOGICAL ? "logical" :
							   "physical",
		   msi->address_lo & MSI_ADDR_RH ? " hinted" : "",
		   (u32)FIELD_GET(MSI_DATA_VECTOR, msi->data),
		   delivery_modes[FIELD_GET(MSI_DATA_DELMOD, msi->data)],
		   msi->data & MSI_DATA_TRIGGER_LEVEL ? "level" : "edge");
}

static void show_route(struct seq_file *m, const struct vic_route *route)
{
	seq_printf(m, "gsi %u: ", route->gsi);
	switch (route->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		seq_printf(m, "irqchip %s pin %u",
			   chip_names[route->pin.chip], route->pin.pin);
		break;
	case KVM_IRQ_ROUTING_MSI:
		show_msi(m, &route->entry.u.msi);
		break;
	case KVM_IRQ_ROUTING_HV_SINT:
		seq_printf(m, "hv_sint vcpu %u sint %u",
			   route->entry.u.hv_sint.vcpu,
			   route->entry.u.hv_sint.sint);
		break;
	case KVM_IRQ_ROUTING_XEN_EVTCHN:
		seq_printf(m, "xen_evtchn vcpu %u port %u",
			   route->entry.u.xen_evtchn.vcpu,
			   route->entry.u.xen_evtchn.port);
		break;
	}
	seq_printf(m, "; set %ps\n", route->set);
}

static void show_gsi(struct seq_file *m, const struct vic_routing_table *table,
		     u32 gsi)
{
	const struct vic_route *route;

	hlist_for_each_entry(route, vic_routing_routes_of(table, gsi), link)
		show_route(m, route);
}

static void show_chip(struct seq_file *m, const struct vic_routing_table *table,
		      enum vic_chip chip)
{
	unsigned int pin;

	for (pin = 0; pin < VIC_CHIP_PINS; pin++)
		seq_printf(m, "%s%d", pin ? "," : "{",
			   vic_routing_pin_to_gsi(table, chip, pin));
	seq_puts(m, "}");
}

/**
 * vic_routing_show() - write a VM's routes, GSI to pin and pin to GSI
 * @vm: the VM
 * @m: where to
 *
 * Within a GSI the last entry comes first. The secondary's pins are 8 to 15, as
 * in the reverse map, which is the last line: chip = {{...},{...},{...}}.
 *
 * Context: process.
 */
void vic_routing_show(struct vic_vm *vm, struct seq_file *m)
{
	const struct vic_routing_table *table;
	enum vic_chip chip;
	u32 gsi;

	rcu_read_lock();
	table = rcu_dereference(vm->routing.table);
	if (table) {
		for (gsi = 0; gsi < table->nr_gsis; gsi++)
			show_gsi(m, table, gsi);
		seq_puts(m, "chip = {");
		for (chip = 0; chip < VIC_NR_CHIPS; chip++) {
			seq_puts(m, chip ? "," : "");
			show_chip(m, table, chip);
		}
		seq_puts(m, "}\n");
	}
	rcu_read_unlock();
}
