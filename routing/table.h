/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table.h - the routing table and its callbacks, for the files in routing/.
 */
#ifndef VIC_ROUTING_TABLE_H
#define VIC_ROUTING_TABLE_H

#include "routing/routing.h"

/**
 * VIC_ROUTES_PER_GSI - routes that one GSI can have: one for each chip, or a
 * single one of another type
 */
#define VIC_ROUTES_PER_GSI	VIC_NR_CHIPS

/**
 * struct vic_routing_table - all routes of a VM
 * @rcu: frees it
 * @size: bytes of its memory
 * @nr_gsis: length of @gsis: the greatest GSI and one
 * @nr_routes: how many of @routes are in use
 * @chip: reverse map from pin to GSI, or VIC_NO_GSI; if several GSIs name one
 *	pin, the last of them
 * @gsis: the routes of each GSI; in the same allocation, after @routes
 * @routes: memory of the routes
 *
 * Built by one thread and never changed after vic_routing_publish(); readers
 * need RCU only to keep it from being freed.
 */
struct vic_routing_table {
	struct rcu_head rcu;
	size_t size;
	unsigned int nr_gsis;
	unsigned int nr_routes;
	s16 chip[VIC_NR_CHIPS][VIC_CHIP_PINS];
	struct hlist_head *gsis;
	struct vic_route routes[];
};

const struct hlist_head *
vic_routing_routes_of(const struct vic_routing_table *table, u32 gsi);

vic_route_set_fn vic_route_set_pic;
vic_route_set_fn vic_route_set_ioapic;
vic_route_set_fn vic_route_set_msi;
vic_route_set_fn vic_route_set_hv_sint;
vic_route_set_fn vic_route_set_xen_evtchn;

#endif /* VIC_ROUTING_TABLE_H */
