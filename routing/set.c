// SPDX-License-Identifier: GPL-2.0
/*
 * Forward through the routing table: a GSI changes, and everything it leads to
 * is driven. Called by irqfds, KVM_IRQ_LINE and the PIT.
 */
#include "routing/routing.h"
#include "routing/table.h"

#include "apicbus/apicbus.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "trace.h"
#include "virqchip.h"

#include <linux/list.h>
#include <linux/rcupdate.h>

/**
 * vic_route_set_pic() - the route leads to a pin of the pair
 * @vm: the VM
 * @route: the route
 * @a: the change
 *
 * One callback for each type, also where two do the same: debugfs shows their
 * names.
 *
 * Context: as vic_routing_set_gsi(); so for all callbacks.
 * Return: KVM's tri-state, or an errno below it; so for all callbacks.
 */
int vic_route_set_pic(struct vic_vm *vm, const struct vic_route *route,
		      const struct vic_assert *a)
{
	return vic_pic_set_pin(vm->pic, route->pin.pin, a);
}

/**
 * vic_route_set_ioapic() - the route leads to a pin of the IOAPIC
 * @vm: the VM
 * @route: the route
 * @a: the change
 *
 * Return: KVM's tri-state.
 */
int vic_route_set_ioapic(struct vic_vm *vm, const struct vic_route *route,
			 const struct vic_assert *a)
{
	return vic_ioapic_set_pin(vm->ioapic, route->pin.pin, a);
}

/**
 * vic_route_set_msi() - the route is a message
 * @vm: the VM
 * @route: the route
 * @a: the change
 *
 * Return: KVM's tri-state.
 */
int vic_route_set_msi(struct vic_vm *vm, const struct vic_route *route,
		      const struct vic_assert *a)
{
	return vic_apicbus_set_gsi(vm, route->gsi, a);
}

/**
 * vic_route_set_hv_sint() - the route leads to a vCPU's Hyper-V SynIC
 * @vm: the VM
 * @route: the route
 * @a: the change
 *
 * Return: KVM's tri-state.
 */
int vic_route_set_hv_sint(struct vic_vm *vm, const struct vic_route *route,
			  const struct vic_assert *a)
{
	return vic_apicbus_set_gsi(vm, route->gsi, a);
}

/**
 * vic_route_set_xen_evtchn() - the route is a Xen event channel
 * @vm: the VM
 * @route: the route
 * @a: the change
 *
 * Return: KVM's tri-state.
 */
int vic_route_set_xen_evtchn(struct vic_vm *vm, const struct vic_route *route,
			     const struct vic_assert *a)
{
	return vic_apicbus_set_gsi(vm, route->gsi, a);
}

/* Copies the routes of @gsi, the last entry first; returns how many. */
static unsigned int copy_routes(struct vic_vm *vm, u32 gsi,
				struct vic_route *copies)
{
	const struct hlist_head *routes;
	const struct vic_route *route;
	unsigned int nr = 0;

	rcu_read_lock();
	routes = vic_routing_routes_of(rcu_dereference(vm->routing.table), gsi);
	if (routes)
		hlist_for_each_entry(route, routes, link)
			copies[nr++] = *route;
	rcu_read_unlock();
	return nr;
}

/* The @nr routes that @gsi had, the last of @routes first. */
static int drive(struct vic_vm *vm, u32 gsi, const struct vic_route *routes,
		 unsigned int nr, const struct vic_assert *a)
{
	int result = VIC_MASKED, err = 0, ret;

	while (nr--) {
		ret = routes[nr].set(vm, &routes[nr], a);
		if (ret < VIC_MASKED)
			err = err ?: ret;
		else if (ret >= 0)
			result = result < 0 ? ret : result + ret;
	}
	result = err ?: result;
	trace_vic_set_gsi(vm->id, gsi, a, result);
	return result;
}

/**
 * vic_routing_set_gsi() - drive everything that a GSI leads to
 * @vm: the VM
 * @gsi: may be any
 * @a: the change
 *
 * In the order in which the user gave the entries, as KVM does (virt/kvm/
 * irqchip.c, kvm_set_irq()). The callbacks may sleep, so they work on copies; a
 * route that has been replaced meanwhile may still be used once, as in KVM.
 *
 * Context: any; with @a->may_send process context that may send, no spin lock
 * held.
 * Return: KVM's tri-state: VIC_MASKED if no route was taken, else the sum of
 * those that were. With @a->may_send also an errno below VIC_MASKED: a message
 * could not be sent and is still due; the other routes were driven.
 */
int vic_routing_set_gsi(struct vic_vm *vm, u32 gsi, const struct vic_assert *a)
{
	struct vic_route routes[VIC_ROUTES_PER_GSI];
	unsigned int nr = copy_routes(vm, gsi, routes);

	return drive(vm, gsi, routes, nr, a);
}

/**
 * vic_routing_pulse() - drive everything that a GSI leads to up, then down
 * @vm: the VM
 * @gsi: may be any
 * @source: who drives it
 *
 * The routes are looked up once. By two tables one pin would stay high, so that
 * its further edges are merged into this one, and another lowered that somebody
 * else may hold. KVM looks twice (virt/kvm/eventfd.c, irqfd_inject()).
 *
 * Context: any.
 * Return: KVM's tri-state, of the rise.
 */
int vic_routing_pulse(struct vic_vm *vm, u32 gsi, enum vic_source source)
{
	const struct vic_assert rise = { .source = source, .level = true };
	const struct vic_assert fall = { .source = source };
	struct vic_route routes[VIC_ROUTES_PER_GSI];
	unsigned int nr = copy_routes(vm, gsi, routes);
	int result = drive(vm, gsi, routes, nr, &rise);

	drive(vm, gsi, routes, nr, &fall);
	return result;
}
