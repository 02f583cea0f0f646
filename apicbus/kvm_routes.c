// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_routes.c - the routing table that KVM has.
 *
 * It serves two purposes. The VMM's MSI, HV_SINT and XEN_EVTCHN routes are
 * KVM's to deliver. And KVM reports an EOI to us (KVM_EXIT_IOAPIC_EOI) only of
 * a vector that a level MSI route on a reserved GSI names: so GSI n of KVM's is
 * reserved for IOAPIC pin n, and holds the last message that the pin sent and
 * whose EOI it needs. Delivery does not use these routes.
 *
 * A pin's route is made when it first sends a message that KVM's table does not
 * name, just before it sends (vic_apicbus_send()). So a guest may write and
 * rewrite, mask and unmask its redirection entries without any cost here; many
 * pins' changes need one update; and the route of a message in service stays
 * until its EOI, because a level pin sends nothing before that.
 *
 * VMM and KVM use the same GSI for the VMM's routes where they can. The VMM's
 * GSIs below VIC_IOAPIC_PINS collide with the pins' own and get one that the
 * VMM does not use: from the top, and when there is none left, that of a pin
 * which no GSI leads to. There is always one: each GSI leads to an IOAPIC pin
 * or to KVM, never to both.
 */
#include "virqchip.h"
#include "apicbus/apicbus.h"
#include "apicbus/msi_regs.h"

#include <linux/bitfield.h>
#include <linux/kvm.h>
#include <linux/slab.h>
#include <linux/string.h>

/* A message's fields that an EOI depends on, as one word; 0 is none. */
#define EOI_VALID	BIT(31)
#define EOI_LOGICAL	BIT(16)
#define EOI_DEST	GENMASK(15, 8)
#define EOI_VECTOR	GENMASK(7, 0)

static u32 pack_eoi(const struct vic_msg *msg)
{
	return EOI_VALID | FIELD_PREP(EOI_VECTOR, msg->vector) |
	       FIELD_PREP(EOI_DEST, msg->dest) |
	       (msg->logical ? EOI_LOGICAL : 0);
}

static bool is_kvm_type(u32 type)
{
	return type == KVM_IRQ_ROUTING_MSI || type == KVM_IRQ_ROUTING_HV_SINT ||
	       type == KVM_IRQ_ROUTING_XEN_EVTCHN;
}

/* ---- GSIs ------------------------------------------------------------ */

/**
 * struct gsi_use - which of KVM's GSIs the VMM's routes leave free
 * @taken: by VMM's routes
 * @pins: IOAPIC pins that a GSI leads to
 * @low: of the VMM's low GSIs, those that need one of KVM's
 */
struct gsi_use {
	DECLARE_BITMAP(taken, VIC_MAX_ROUTES);
	DECLARE_BITMAP(pins, VIC_IOAPIC_PINS);
	DECLARE_BITMAP(low, VIC_IOAPIC_PINS);
};

static struct gsi_use *
note_use(const struct kvm_irq_routing_entry *entries, unsigned int nr)
{
	struct gsi_use *use = kzalloc(sizeof(*use), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!use)
		return NULL;
	for (i = 0; i < nr; i++) {
		if (is_kvm_type(entries[i].type))
			__set_bit(entries[i].gsi,
				  entries[i].gsi < VIC_IOAPIC_PINS ?
				  use->low : use->taken);
		else if (entries[i].type == KVM_IRQ_ROUTING_IRQCHIP &&
			 entries[i].u.irqchip.irqchip == KVM_IRQCHIP_IOAPIC)
			__set_bit(entries[i].u.irqchip.pin, use->pins);
	}
	return use;
}

static int find_free(const struct gsi_use *use)
{
	int gsi;

	for (gsi = VIC_MAX_ROUTES - 1; gsi >= VIC_IOAPIC_PINS; gsi--)
		if (!test_bit(gsi, use->taken))
			return gsi;
	for (; gsi >= 0; gsi--)
		if (!test_bit(gsi, use->taken) && !test_bit(gsi, use->pins))
			return gsi;
	return VIC_NO_KVM_GSI;
}

/* One that had a place keeps it if it can, so that its irqfds stay. */
static int keep_low(struct gsi_use *use, int old)
{
	if (old == VIC_NO_KVM_GSI || test_bit(old, use->taken) ||
	    (old < VIC_IOAPIC_PINS && test_bit(old, use->pins)))
		return VIC_NO_KVM_GSI;
	__set_bit(old, use->taken);
	return old;
}

static int place_low(struct gsi_use *use)
{
	int gsi = find_free(use);

	if (gsi != VIC_NO_KVM_GSI)
		__set_bit(gsi, use->taken);
	return gsi;
}

/*
 * KVM's GSIs for the VMM's low ones; @low is the new map, @old the one so far.
 * Who has a place comes before who needs one: the irqfds of a GSI that loses its
 * place to another would signal that one's message.
 */
static int map_low(int *low, const int *old,
		   const struct kvm_irq_routing_entry *entries, unsigned int nr)
{
	struct gsi_use *use = note_use(entries, nr);
	unsigned int gsi;

	if (!use)
		return -ENOMEM;
	for (gsi = 0; gsi < VIC_IOAPIC_PINS; gsi++)
		low[gsi] = test_bit(gsi, use->low) ? keep_low(use, old[gsi]) :
						     VIC_NO_KVM_GSI;
	for_each_set_bit(gsi, use->low, VIC_IOAPIC_PINS)
		if (low[gsi] == VIC_NO_KVM_GSI)
			low[gsi] = place_low(use);
	kfree(use);
	return 0;
}

/**
 * vic_kvm_gsi() - KVM's GSI for a GSI of the VMM's
 * @vm: whose
 * @gsi: the VMM's
 *
 * Context: routing.lock held.
 * Return: KVM's, or VIC_NO_KVM_GSI if it leads to a chip of ours or nowhere.
 */
int vic_kvm_gsi(struct vic_vm *vm, u32 gsi)
{
	const struct vic_routing_table *table;
	const struct vic_route *route;

	lockdep_assert_held(&vm->routing.lock);
	table = rcu_dereference_protected(vm->routing.table,
					  lockdep_is_held(&vm->routing.lock));
	route = vic_routing_only_route(table, gsi);
	if (!route || !is_kvm_type(route->type))
		return VIC_NO_KVM_GSI;
	return gsi < VIC_IOAPIC_PINS ? vm->kvm.routes.low[gsi] : gsi;
}

/* ---- the table ------------------------------------------------------- */

/* Room for @nr entries. A window that is too small is replaced. */
static int reserve(struct vic_vm *vm, unsigned int nr)
{
	struct vic_window *window = &vm->kvm.routes.window;
	size_t size = PAGE_ALIGN(sizeof(struct kvm_irq_routing) +
				 nr * sizeof(struct kvm_irq_routing_entry));
	struct vic_window bigger;
	int ret;

	if (window->pages && window->size >= size)
		return 0;
	/* A mapping of the VMM's is for its own threads to make. */
	if (vic_resort_is_current(vm))
		return -EAGAIN;
	ret = vic_window_open(&bigger, size);
	if (ret)
		return ret;
	vic_window_close(window, vm->mm);
	*window = bigger;
	return 0;
}

static void fill_eoi_route(struct kvm_irq_routing_entry *entry,
			   unsigned int pin, u32 eoi)
{
	*entry = (struct kvm_irq_routing_entry) {
		.gsi = pin,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi.address_lo = MSI_ADDR_BASE |
			FIELD_PREP(MSI_ADDR_DEST, FIELD_GET(EOI_DEST, eoi)) |
			(eoi & EOI_LOGICAL ? MSI_ADDR_LOGICAL : 0),
		.u.msi.data = MSI_DATA_LEVEL | MSI_DATA_ASSERT |
			FIELD_PREP(MSI_DATA_VECTOR, FIELD_GET(EOI_VECTOR, eoi)),
	};
}

/* Is a pin's own GSI in use for a low GSI of the VMM's? */
static bool is_lent(const struct vic_kvm_routes *routes, unsigned int pin)
{
	unsigned int i;

	for (i = 0; i < VIC_IOAPIC_PINS; i++)
		if (routes->low[i] == pin)
			return true;
	return false;
}

/*
 * KVM may have accepted it before KVM_CAP_X2APIC_API gave the upper half of the
 * address a meaning. It refuses the whole table for it now, though it has not
 * delivered that message since (arch/x86/kvm/irq.c, kvm_msi_route_invalid()).
 */
static bool is_void_msi(const struct kvm_irq_routing_entry *entry)
{
	return entry->type == KVM_IRQ_ROUTING_MSI &&
	       (entry->u.msi.address_hi & MSI_ADDR_HI_RESERVED);
}

static unsigned int compose(const struct vic_kvm_routes *routes, bool with_void)
{
	struct kvm_irq_routing *table = routes->window.kaddr;
	unsigned int pin, i, nr = 0;

	for (i = 0; i < routes->nr_entries; i++)
		if (with_void || !is_void_msi(&routes->entries[i]))
			table->entries[nr++] = routes->entries[i];
	for (pin = 0; pin < VIC_IOAPIC_PINS; pin++)
		if (routes->eoi[pin] && !is_lent(routes, pin))
			fill_eoi_route(&table->entries[nr++], pin,
				       routes->eoi[pin]);
	table->nr = nr;
	table->flags = 0;
	return nr;
}

/* Give KVM what @routes says, with or without the VMM's void messages. */
static int push(struct vic_vm *vm, bool with_void)
{
	struct vic_kvm_routes *routes = &vm->kvm.routes;
	int ret;

	lockdep_assert_held(&vm->routing.lock);
	if (vm->mm != current->mm)
		return -EIO;
	ret = reserve(vm, routes->nr_entries + VIC_IOAPIC_PINS);
	if (ret)
		return ret;
	WRITE_ONCE(routes->recheck, !with_void);
	compose(routes, with_void);
	return vic_file_ioctl(vm->kvm.file, KVM_SET_GSI_ROUTING,
			      routes->window.uaddr);
}

/* The entries that are KVM's, with KVM's GSIs; *@out is NULL if there are none. */
static int pick_entries(struct kvm_irq_routing_entry **out, const int *low,
			const struct kvm_irq_routing_entry *entries,
			unsigned int nr)
{
	struct kvm_irq_routing_entry *picked;
	unsigned int i, nr_picked = 0;

	*out = NULL;
	for (i = 0; i < nr; i++)
		nr_picked += is_kvm_type(entries[i].type);
	if (!nr_picked)
		return 0;
	picked = kvmalloc_array(nr_picked, sizeof(*picked), GFP_KERNEL_ACCOUNT);
	if (!picked)
		return -ENOMEM;
	*out = picked;
	for (i = 0; i < nr; i++) {
		if (!is_kvm_type(entries[i].type))
			continue;
		*picked = entries[i];
		if (picked->gsi < VIC_IOAPIC_PINS)
			picked->gsi = low[picked->gsi];
		picked++;
	}
	return nr_picked;
}

static bool is_unchanged(const struct vic_kvm_routes *routes,
			 const struct kvm_irq_routing_entry *entries,
			 unsigned int nr)
{
	return !READ_ONCE(routes->recheck) && nr == routes->nr_entries &&
	       (!nr || !memcmp(entries, routes->entries,
			       nr * sizeof(*entries)));
}

/*
 * Try the new entries; put the old ones back if KVM refuses. KVM's table is
 * then as it was: it changes as a whole or not at all.
 */
static int replace_entries(struct vic_vm *vm,
			   struct kvm_irq_routing_entry *entries,
			   unsigned int nr, const int *low)
{
	struct vic_kvm_routes *routes = &vm->kvm.routes;
	struct vic_kvm_routes old = *routes;
	int ret;

	routes->entries = entries;
	routes->nr_entries = nr;
	memcpy(routes->low, low, sizeof(routes->low));
	ret = push(vm, true);
	if (ret) {
		/* push() may have replaced the window; that one stays. */
		routes->entries = old.entries;
		routes->nr_entries = old.nr_entries;
		memcpy(routes->low, old.low, sizeof(routes->low));
		return ret;
	}
	kvfree(old.entries);
	return 0;
}

/**
 * vic_kvm_routes_set() - give KVM its part of a new table
 * @vm: whose
 * @entries: the VMM's table; ours has found it valid
 * @nr: its length
 *
 * Nothing is done if KVM's part is what it was: no copy, no grace period.
 *
 * Context: process, the VM's mm; routing.lock held.
 * Return: 0; -ENOMEM; -EIO in another mm; what KVM says of the entries, and
 * mmap() of the window for them.
 */
int vic_kvm_routes_set(struct vic_vm *vm,
		       const struct kvm_irq_routing_entry *entries,
		       unsigned int nr)
{
	struct vic_kvm_routes *routes = &vm->kvm.routes;
	struct kvm_irq_routing_entry *picked;
	int low[VIC_IOAPIC_PINS];
	int nr_picked, ret;

	lockdep_assert_held(&vm->routing.lock);
	ret = map_low(low, routes->low, entries, nr);
	if (ret)
		return ret;
	nr_picked = pick_entries(&picked, low, entries, nr);
	if (nr_picked < 0)
		return nr_picked;
	if (is_unchanged(routes, picked, nr_picked)) {
		memcpy(routes->low, low, sizeof(low));
		kvfree(picked);
		return 0;
	}
	ret = replace_entries(vm, picked, nr_picked, low);
	if (ret)
		kvfree(picked);
	return ret;
}

/**
 * vic_kvm_lock_routes() - take routing.lock to send
 * @vm: whose
 *
 * Whoever has it may stand in a page fault of the VMM's: a thread that waits can
 * be killed, and a work item, which cannot, does not wait.
 *
 * Context: process.
 * Return: 0, the lock is held; -EINTR; -EAGAIN.
 */
int vic_kvm_lock_routes(struct vic_vm *vm)
{
	if (unlikely(vic_resort_is_current(vm)))
		return mutex_trylock(&vm->routing.lock) ? 0 : -EAGAIN;
	return mutex_lock_killable(&vm->routing.lock) ? -EINTR : 0;
}

/* ---- EOIs ------------------------------------------------------------ */

/*
 * @known goes to 0 before KVM's table changes and to the new value after it
 * has: a sender that finds its message there may send without the lock.
 */
static int set_eoi_route(struct vic_vm *vm, unsigned int pin, u32 eoi)
{
	struct vic_kvm_routes *routes = &vm->kvm.routes;
	u32 old = routes->eoi[pin];
	int ret;

	lockdep_assert_held(&vm->routing.lock);
	if (old == eoi)
		return 0;
	WRITE_ONCE(routes->known[pin], 0);
	routes->eoi[pin] = eoi;
	ret = push(vm, true);
	if (ret == -EINVAL)
		ret = push(vm, false);
	if (ret)
		routes->eoi[pin] = old;
	/* Pairs with vic_apicbus_expect_eoi(): first the table, then this. */
	smp_store_release(&routes->known[pin], ret ? old : eoi);
	return ret;
}

/* See apicbus.h. The common case is that KVM knows. */
int vic_apicbus_expect_eoi(struct vic_vm *vm, const struct vic_msg *msg)
{
	u32 eoi = pack_eoi(msg);
	int ret;

	if (smp_load_acquire(&vm->kvm.routes.known[msg->pin]) == eoi)
		return 0;
	ret = vic_kvm_lock_routes(vm);
	if (ret)
		return ret;
	ret = set_eoi_route(vm, msg->pin, eoi);
	mutex_unlock(&vm->routing.lock);
	return ret;
}
