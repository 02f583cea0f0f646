// SPDX-License-Identifier: GPL-2.0
/*
 * The routing table: what a GSI leads to, and which GSI a pin belongs to. The
 * rules are KVM's (virt/kvm/irqchip.c, setup_routing_entry() and
 * arch/x86/kvm/irq.c, kvm_set_routing_entry()); what depends on KVM's own
 * configuration (address_hi of an MSI, whether there are SINTs and event
 * channels) KVM judges itself, which is given these entries as well.
 *
 * Unlike KVM's, a table is one allocation whatever its size, and replacing it
 * waits for nobody, unless much is replaced in little time.
 */
#include "routing/routing.h"
#include "routing/table.h"

#include "objects.h"
#include "virqchip.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/rculist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#define PIC_PINS	(VIC_PIC_PAIR_PINS / 2)

/*
 * What may wait for its last reader, of all VMs together: a dozen of the
 * largest tables, or many changes of the usual size.
 */
#define MAX_RETIRED	SZ_4M
static atomic_long_t retired;

static_assert(VIC_CHIP_PINS == KVM_IOAPIC_NUM_PINS);
static_assert((int)VIC_CHIP_PRIMARY == KVM_IRQCHIP_PIC_MASTER);
static_assert((int)VIC_CHIP_SECONDARY == KVM_IRQCHIP_PIC_SLAVE);
static_assert((int)VIC_CHIP_IOAPIC == KVM_IRQCHIP_IOAPIC);

/**
 * vic_routing_init() - no table, no notifiers
 * @routing: to initialise
 */
void vic_routing_init(struct vic_routing *routing)
{
	mutex_init(&routing->lock);
	RCU_INIT_POINTER(routing->table, NULL);
	spin_lock_init(&routing->notify_lock);
	INIT_HLIST_HEAD(&routing->acks);
	INIT_HLIST_HEAD(&routing->masks);
}

/**
 * vic_routing_destroy() - free the table
 * @routing: nobody reads or writes it any more
 */
void vic_routing_destroy(struct vic_routing *routing)
{
	vic_routing_free(rcu_dereference_protected(routing->table, true));
	mutex_destroy(&routing->lock);
}

static struct vic_routing_table *alloc_table(unsigned int nr_gsis,
					     unsigned int nr_routes)
{
	struct vic_routing_table *table;
	size_t routes = struct_size(table, routes, nr_routes);
	size_t size = size_add(routes, array_size(nr_gsis,
						  sizeof(*table->gsis)));

	table = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	vic_object_made(VIC_OBJECT_TABLE);
	table->size = size;
	table->nr_gsis = nr_gsis;
	table->gsis = (void *)table + routes;
	/* VIC_NO_GSI in every byte makes VIC_NO_GSI of every number. */
	memset(table->chip, VIC_NO_GSI, sizeof(table->chip));
	return table;
}

/* A GSI leads to several chips, each once, or to one thing of another type. */
static bool fits(const struct hlist_head *routes,
		 const struct kvm_irq_routing_entry *entry)
{
	const struct vic_route *route;

	hlist_for_each_entry(route, routes, link)
		if (route->type != KVM_IRQ_ROUTING_IRQCHIP ||
		    entry->type != KVM_IRQ_ROUTING_IRQCHIP ||
		    route->pin.chip == entry->u.irqchip.irqchip)
			return false;
	return true;
}

static int init_pin_route(struct vic_route *route,
			  const struct kvm_irq_routing_entry *entry)
{
	u32 pin = entry->u.irqchip.pin, pins = PIC_PINS, first = 0;

	switch (entry->u.irqchip.irqchip) {
	case KVM_IRQCHIP_PIC_MASTER:
		route->set = vic_route_set_pic;
		break;
	case KVM_IRQCHIP_PIC_SLAVE:
		route->set = vic_route_set_pic;
		first = PIC_PINS;
		break;
	case KVM_IRQCHIP_IOAPIC:
		route->set = vic_route_set_ioapic;
		pins = VIC_IOAPIC_PINS;
		break;
	default:
		return -EINVAL;
	}
	if (pin >= pins)
		return -EINVAL;
	route->pin.chip = entry->u.irqchip.irqchip;
	route->pin.pin = first + array_index_nospec(pin, pins);
	return 0;
}

/* A device id says nothing on x86, but KVM lets it pass. */
static bool flags_are_known(const struct kvm_irq_routing_entry *entry)
{
	if (entry->type == KVM_IRQ_ROUTING_MSI)
		return !(entry->flags & ~KVM_MSI_VALID_DEVID);
	return !entry->flags;
}

static int init_route(struct vic_route *route,
		      const struct kvm_irq_routing_entry *entry)
{
	if (!flags_are_known(entry))
		return -EINVAL;
	route->gsi = entry->gsi;
	route->type = entry->type;

	switch (entry->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		return init_pin_route(route, entry);
	case KVM_IRQ_ROUTING_MSI:
		route->set = vic_route_set_msi;
		break;
	case KVM_IRQ_ROUTING_HV_SINT:
		route->set = vic_route_set_hv_sint;
		break;
	case KVM_IRQ_ROUTING_XEN_EVTCHN:
		if (entry->u.xen_evtchn.priority !=
		    KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL)
			return -EINVAL;
		route->set = vic_route_set_xen_evtchn;
		break;
	default:
		/* Also S390_ADAPTER, which x86 does not know. */
		return -EINVAL;
	}
	route->entry = *entry;
	return 0;
}

/* The caller has checked the GSI, and that there is room. */
static int add_route(struct vic_routing_table *table,
		     const struct kvm_irq_routing_entry *entry)
{
	u32 gsi = array_index_nospec(entry->gsi, table->nr_gsis);
	struct vic_route *route;
	int ret;

	if (!fits(&table->gsis[gsi], entry))
		return -EINVAL;
	route = &table->routes[table->nr_routes++];
	ret = init_route(route, entry);
	if (ret)
		return ret;
	if (route->type == KVM_IRQ_ROUTING_IRQCHIP)
		table->chip[route->pin.chip][route->pin.pin] = gsi;
	hlist_add_head(&route->link, &table->gsis[gsi]);
	return 0;
}

/* At least 1, so that a table always has a GSI; 0 if one is out of range. */
static unsigned int count_gsis(const struct kvm_irq_routing_entry *entries,
			       unsigned int nr)
{
	unsigned int nr_gsis = 1, i;

	for (i = 0; i < nr; i++) {
		if (entries[i].gsi >= VIC_MAX_ROUTES)
			return 0;
		nr_gsis = max(nr_gsis, entries[i].gsi + 1);
	}
	return nr_gsis;
}

/**
 * vic_routing_build() - make a table of what a user wants
 * @entries: copied from the user
 * @nr: how many, at most VIC_MAX_ROUTES
 *
 * Context: process.
 * Return: a table to publish or free; ERR_PTR(-EINVAL) if an entry is not
 * valid, ERR_PTR(-ENOMEM).
 */
struct vic_routing_table *
vic_routing_build(const struct kvm_irq_routing_entry *entries, unsigned int nr)
{
	unsigned int nr_gsis = count_gsis(entries, nr), i;
	struct vic_routing_table *table;
	int ret;

	if (!nr_gsis)
		return ERR_PTR(-EINVAL);
	table = alloc_table(nr_gsis, nr);
	if (!table)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < nr; i++) {
		ret = add_route(table, &entries[i]);
		if (ret) {
			vic_routing_free(table);
			return ERR_PTR(ret);
		}
	}
	return table;
}

static int add_default_pin(struct vic_routing_table *table, u32 gsi, u32 chip,
			   u32 pin)
{
	const struct kvm_irq_routing_entry entry = {
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = { .irqchip = chip, .pin = pin },
	};

	return add_route(table, &entry);
}

static int add_default_gsi(struct vic_routing_table *table, u32 gsi)
{
	int ret = add_default_pin(table, gsi, KVM_IRQCHIP_IOAPIC, gsi);

	if (ret || gsi >= VIC_PIC_PAIR_PINS)
		return ret;
	return add_default_pin(table, gsi, gsi < PIC_PINS ?
			       KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE,
			       gsi % PIC_PINS);
}

/**
 * vic_routing_build_default() - the table after KVM_CREATE_IRQCHIP
 *
 * Each GSI leads to the IOAPIC's pin of its number, the lower 16 to the pair
 * as well, also GSI 2 to the cascade; as KVM's default_routing.
 *
 * Context: process.
 * Return: a table, or ERR_PTR(-ENOMEM).
 */
struct vic_routing_table *vic_routing_build_default(void)
{
	struct vic_routing_table *table;
	int ret;
	u32 gsi;

	table = alloc_table(VIC_IOAPIC_PINS,
			    VIC_IOAPIC_PINS + VIC_PIC_PAIR_PINS);
	if (!table)
		return ERR_PTR(-ENOMEM);
	for (gsi = 0; gsi < VIC_IOAPIC_PINS; gsi++) {
		ret = add_default_gsi(table, gsi);
		if (ret) {
			vic_routing_free(table);
			return ERR_PTR(ret);
		}
	}
	return table;
}

/**
 * vic_routing_free() - free a table that was never published, or is no longer
 * @table: may be NULL; nobody reads it
 *
 * Context: any but hard interrupt.
 */
void vic_routing_free(struct vic_routing_table *table)
{
	if (!table)
		return;
	vic_object_gone(VIC_OBJECT_TABLE);
	kvfree(table);
}

/**
 * vic_routing_publish() - put a table in force
 * @vm: whose
 * @table: the table; not the caller's any more
 *
 * Nobody waits for readers of the old one: a GSI that is being driven may still
 * take its old way, as in KVM.
 *
 * Context: process, under routing.lock.
 * Return: the old one, or NULL, for vic_routing_retire().
 */
struct vic_routing_table *vic_routing_publish(struct vic_vm *vm,
					      struct vic_routing_table *table)
{
	lockdep_assert_held(&vm->routing.lock);

	return rcu_replace_pointer(vm->routing.table, table,
				   lockdep_is_held(&vm->routing.lock));
}

static void free_retired(struct rcu_head *rcu)
{
	struct vic_routing_table *table =
		container_of(rcu, struct vic_routing_table, rcu);

	atomic_long_sub(table->size, &retired);
	vic_routing_free(table);
}

/*
 * Memory of vmalloc()'s is given back by a worker when it is freed by a
 * callback of RCU's, and the worker may be late.
 */
static bool may_free_later(struct vic_routing_table *table)
{
	if (is_vmalloc_addr(table))
		return false;
	if (atomic_long_add_return(table->size, &retired) <= MAX_RETIRED)
		return true;
	atomic_long_sub(table->size, &retired);
	return false;
}

/**
 * vic_routing_retire() - free a table that is no longer in force
 * @table: from vic_routing_publish(); may be NULL
 *
 * When its last reader is done. The caller waits for that only if much waits
 * already: RCU takes its time to free, and a VMM that changes its routes in a
 * loop would fill the memory meanwhile.
 *
 * Context: process; no lock held.
 */
void vic_routing_retire(struct vic_routing_table *table)
{
	if (!table)
		return;
	if (may_free_later(table)) {
		call_rcu(&table->rcu, free_retired);
		return;
	}
	synchronize_rcu_expedited();
	vic_routing_free(table);
}

/**
 * vic_routing_nr_gsis() - the greatest GSI of a table, and one
 * @table: under RCU, or the caller's own
 *
 * Context: any.
 * Return: 0 for an empty table, at most VIC_MAX_ROUTES.
 */
unsigned int vic_routing_nr_gsis(const struct vic_routing_table *table)
{
	return table->nr_gsis;
}

/**
 * vic_routing_routes_of() - the routes of a GSI, the last entry first
 * @table: under RCU, or the caller's own; may be NULL
 * @gsi: may be any
 *
 * Context: any.
 * Return: their list, or NULL if @gsi is beyond the table.
 */
const struct hlist_head *
vic_routing_routes_of(const struct vic_routing_table *table, u32 gsi)
{
	if (!table || gsi >= table->nr_gsis)
		return NULL;
	return &table->gsis[array_index_nospec(gsi, table->nr_gsis)];
}

/**
 * vic_routing_only_route() - the route of a GSI that has exactly one
 * @table: under RCU, or the caller's own; may be NULL
 * @gsi: may be any
 *
 * Context: any.
 * Return: the route, or NULL if there is none or several.
 */
const struct vic_route *
vic_routing_only_route(const struct vic_routing_table *table, u32 gsi)
{
	const struct hlist_head *routes = vic_routing_routes_of(table, gsi);

	if (!routes || hlist_empty(routes) || routes->first->next)
		return NULL;
	return hlist_entry(routes->first, struct vic_route, link);
}

/**
 * vic_routing_pin_to_gsi() - which GSI a pin belongs to
 * @table: under RCU, or the caller's own; may be NULL
 * @chip: the chip
 * @pin: its pin; the secondary's are 8 to 15
 *
 * Return: the GSI, or VIC_NO_GSI.
 */
int vic_routing_pin_to_gsi(const struct vic_routing_table *table,
			   enum vic_chip chip, unsigned int pin)
{
	if (!table || chip >= VIC_NR_CHIPS || pin >= VIC_CHIP_PINS)
		return VIC_NO_GSI;
	return table->chip[chip][array_index_nospec(pin, VIC_CHIP_PINS)];
}
