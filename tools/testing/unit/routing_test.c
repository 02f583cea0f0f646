// SPDX-License-Identifier: GPL-2.0
/*
 * The routing table: what it accepts, where it leads, whom it tells.
 */
#include "unit.h"
#include "objects.h"
#include "routing/routing.h"
#include "virqchip.h"

#include <linux/kvm.h>

static struct vic_vm vm;
static struct seq_file text;

#define PIN(g, c, p)							\
	{ .gsi = (g), .type = KVM_IRQ_ROUTING_IRQCHIP,			\
	  .u.irqchip = { .irqchip = (c), .pin = (p) } }
#define PRIMARY(g, p)	PIN(g, KVM_IRQCHIP_PIC_MASTER, p)
#define SECONDARY(g, p)	PIN(g, KVM_IRQCHIP_PIC_SLAVE, p)
#define IOAPIC(g, p)	PIN(g, KVM_IRQCHIP_IOAPIC, p)
#define MSI(g, lo, d)							\
	{ .gsi = (g), .type = KVM_IRQ_ROUTING_MSI,			\
	  .u.msi = { .address_lo = (lo), .data = (d) } }
#define SINT(g)								\
	{ .gsi = (g), .type = KVM_IRQ_ROUTING_HV_SINT,			\
	  .u.hv_sint = { .vcpu = 5, .sint = 77 } }
#define XEN(g, p)							\
	{ .gsi = (g), .type = KVM_IRQ_ROUTING_XEN_EVTCHN,		\
	  .u.xen_evtchn = { .port = 9, .vcpu = 3, .priority = (p) } }
#define FLAGGED(f, ...)							\
	({ struct kvm_irq_routing_entry e_ = __VA_ARGS__; e_.flags = (f); e_; })

static void publish(struct vic_routing_table *table)
{
	struct vic_routing_table *old;

	mutex_lock(&vm.routing.lock);
	old = vic_routing_publish(&vm, table);
	mutex_unlock(&vm.routing.lock);
	vic_routing_retire(old);
}

static void setup(const struct kvm_irq_routing_entry *entries, unsigned int nr)
{
	struct vic_routing_table *table = vic_routing_build(entries, nr);

	vic_routing_init(&vm.routing);
	expect(!IS_ERR(table));
	if (!IS_ERR(table))
		publish(table);
}

static void teardown(void)
{
	unit_grace_period();
	vic_routing_destroy(&vm.routing);
}

static const char *show(void)
{
	text.used = 0;
	text.text[0] = '\0';
	vic_routing_show(&vm, &text);
	return text.text;
}

static int set(u32 gsi, bool level)
{
	const struct vic_assert a = { .level = level, .may_send = true };

	return vic_routing_set_gsi(&vm, gsi, &a);
}

struct validity_row {
	const char *name;
	struct kvm_irq_routing_entry entries[4];
	unsigned int nr;
	long want;
};

static void check_validity(const struct validity_row *row)
{
	struct vic_routing_table *table =
		vic_routing_build(row->entries, row->nr);

	unit_row = row->name;
	expect_eq(IS_ERR(table) ? PTR_ERR(table) : 0, row->want);
	if (!IS_ERR(table))
		vic_routing_free(table);
}

#define PRIO	KVM_IRQ_ROUTING_XEN_EVTCHN_PRIO_2LEVEL

static void entries_are_judged_as_kvm_does(void)
{
	const struct validity_row rows[] = {
		{ "empty", {}, 0, 0 },
		{ "last_gsi", { MSI(4095, 0, 0) }, 1, 0 },
		{ "gsi_too_great", { MSI(4096, 0, 0) }, 1, -EINVAL },
		{ "gsi_wraps", { MSI(~0U, 0, 0) }, 1, -EINVAL },
		{ "primary_last", { PRIMARY(0, 7) }, 1, 0 },
		{ "primary_beyond", { PRIMARY(0, 8) }, 1, -EINVAL },
		{ "secondary_last", { SECONDARY(0, 7) }, 1, 0 },
		{ "secondary_beyond", { SECONDARY(0, 8) }, 1, -EINVAL },
		{ "secondary_wraps", { SECONDARY(0, -8U) }, 1, -EINVAL },
		{ "ioapic_last", { IOAPIC(0, 23) }, 1, 0 },
		{ "ioapic_beyond", { IOAPIC(0, 24) }, 1, -EINVAL },
		{ "no_such_chip", { PIN(0, 3, 0) }, 1, -EINVAL },
		{ "three_chips", { PRIMARY(0, 0), SECONDARY(0, 0), IOAPIC(0, 0) }, 3, 0 },
		{ "chip_twice", { PRIMARY(0, 0), IOAPIC(0, 0), PRIMARY(0, 1) }, 3, -EINVAL },
		{ "pin_of_two_gsis", { IOAPIC(0, 5), IOAPIC(1, 5) }, 2, 0 },
		{ "msi_twice", { MSI(1, 0, 0), MSI(1, 0, 0) }, 2, -EINVAL },
		{ "msi_and_pin", { MSI(1, 0, 0), IOAPIC(1, 1) }, 2, -EINVAL },
		{ "pin_and_msi", { IOAPIC(1, 1), MSI(1, 0, 0) }, 2, -EINVAL },
		{ "sint", { SINT(1) }, 1, 0 },
		{ "sint_and_pin", { SINT(1), IOAPIC(1, 1) }, 2, -EINVAL },
		{ "xen", { XEN(1, PRIO) }, 1, 0 },
		{ "xen_priority", { XEN(1, 0) }, 1, -EINVAL },
		{ "type_0", { { .type = 0 } }, 1, -EINVAL },
		{ "s390", { { .type = KVM_IRQ_ROUTING_S390_ADAPTER } }, 1, -EINVAL },
		{ "type_unknown", { { .type = 6 } }, 1, -EINVAL },
		{ "msi_devid", { FLAGGED(KVM_MSI_VALID_DEVID, MSI(1, 0, 0)) }, 1, 0 },
		{ "msi_flag", { FLAGGED(2, MSI(1, 0, 0)) }, 1, -EINVAL },
		{ "pin_flag", { FLAGGED(1, IOAPIC(1, 0)) }, 1, -EINVAL },
		{ "sint_flag", { FLAGGED(1, SINT(1)) }, 1, -EINVAL },
		{ "bad_after_good", { MSI(1, 0, 0), PIN(0, 9, 0) }, 2, -EINVAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check_validity(&rows[i]);
}

static void no_memory_is_reported(void)
{
	const struct kvm_irq_routing_entry entry = MSI(1, 0, 0);

	unit_fail_alloc(1);
	expect_eq(PTR_ERR(vic_routing_build(&entry, 1)), -ENOMEM);
	unit_fail_alloc(1);
	expect_eq(PTR_ERR(vic_routing_build_default()), -ENOMEM);
}

static void default_table_is_kvms(void)
{
	vic_routing_init(&vm.routing);
	publish(vic_routing_build_default());
	expect_eq(vic_routing_nr_gsis(vm.routing.table), 24);
	expect(strstr(show(),
		      "chip = {{0,1,2,3,4,5,6,7,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{-1,-1,-1,-1,-1,-1,-1,-1,8,9,10,11,12,13,14,15,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23}}\n"));
	set(2, true);
	expect_log("ioapic 2 level 1 source 0; pic 2 level 1 source 0");
	set(9, true);
	expect_log("ioapic 9 level 1 source 0; pic 9 level 1 source 0");
	set(16, true);
	expect_log("ioapic 16 level 1 source 0");
	expect_eq(set(24, true), VIC_MASKED);
	expect_log("");
	teardown();
}

/* Fills @entries as QEMU's machines do; returns how many. */
static unsigned int qemu_table(struct kvm_irq_routing_entry *entries)
{
	unsigned int nr = 0, i;

	for (i = 0; i < 8; i++)
		if (i != 2)
			entries[nr++] = (struct kvm_irq_routing_entry)
				PRIMARY(i, i);
	for (i = 8; i < 16; i++)
		entries[nr++] = (struct kvm_irq_routing_entry)
			SECONDARY(i, i - 8);
	for (i = 0; i < 24; i++)
		if (i != 2)
			entries[nr++] = (struct kvm_irq_routing_entry)
				IOAPIC(i, i ? i : 2);
	entries[nr++] = (struct kvm_irq_routing_entry)MSI(2, 0xfee02000, 0x4022);
	return nr;
}

static void qemus_table_reads_both_ways(void)
{
	struct kvm_irq_routing_entry entries[64] = {};

	setup(entries, qemu_table(entries));
	expect(strstr(show(),
		      "chip = {{0,1,-1,3,4,5,6,7,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{-1,-1,-1,-1,-1,-1,-1,-1,8,9,10,11,12,13,14,15,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{-1,1,0,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23}}\n"));
	expect(strstr(show(), "gsi 2: msi address 0x00000000fee02000 data 0x4022: destination 2 physical, vector 0x22, fixed, edge; set "));
	expect(strstr(show(), "gsi 0: irqchip ioapic pin 2; set "));
	expect(strstr(show(), "gsi 12: irqchip secondary pin 12; set "));
	teardown();
}

static void every_type_is_shown(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		SINT(1), XEN(2, PRIO), MSI(3, 0xfeeff00c, 0x8705), MSI(4, 0xfee01004, 0x4131),
		MSI(5, 0xfee01008, 0x0032),
	};

	setup(entries, ARRAY_SIZE(entries));
	expect(strstr(show(), "gsi 1: hv_sint vcpu 5 sint 77; set "));
	expect(strstr(show(), "gsi 2: xen_evtchn vcpu 3 port 9; set "));
	expect(strstr(show(), "destination 255 logical hinted, vector 0x05, extint, level; set "));
	expect(strstr(show(), "destination 1 logical, vector 0x31, lowest, edge; set "));
	expect(strstr(show(), "destination 1 physical hinted, vector 0x32, fixed, edge; set "));
	teardown();
}

static void a_vm_without_a_table_is_harmless(void)
{
	vic_routing_init(&vm.routing);
	expect_eq(set(0, true), VIC_MASKED);
	vic_routing_ack(&vm, VIC_CHIP_IOAPIC, 0);
	expect_eq(strlen(show()), 0);
	vic_routing_destroy(&vm.routing);
}

static void results_are_added_unless_negative(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		PRIMARY(3, 3), SECONDARY(3, 4), IOAPIC(3, 5),
	};

	setup(entries, ARRAY_SIZE(entries));
	expect_eq(set(3, true), 3);
	expect_log("pic 3 level 1 source 0; pic 12 level 1 source 0; ioapic 5 level 1 source 0");
	unit_answers.pin_result = VIC_MASKED;
	expect_eq(set(3, true), VIC_MASKED);
	unit_answers.pin_result = INT_MIN;
	expect_eq(set(3, true), VIC_COALESCED);
	unit_answers.pin_result = 0;
	unit_answers.masked_pin = 5;
	expect_eq(set(3, true), 2);
	unit_answers.masked_pin = 3;
	expect_eq(set(3, true), 2);
	teardown();
}

static void let_the_next_succeed(bool level)
{
	unit_answers.pin_result = 0;
}

static void error_is_told_apart_from_results(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		PRIMARY(3, 3), IOAPIC(3, 5),
	};

	setup(entries, ARRAY_SIZE(entries));
	unit_answers.pin_result = -EFAULT;
	unit_answers.masked_pin = 3;
	expect_eq(set(3, true), -EFAULT);
	expect_log("pic 3 level 1 source 0; ioapic 5 level 1 source 0");
	unit_answers.masked_pin = 0;
	unit_answers.on_set_pin = let_the_next_succeed;
	expect_eq(set(3, true), -EFAULT);
	expect_log("pic 3 level 1 source 0; ioapic 5 level 1 source 0");
	expect_eq(set(3, true), 2);
	teardown();
}

static void pulse_rises_everywhere_before_it_falls(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		PRIMARY(3, 3), IOAPIC(3, 5), MSI(4, 0, 0),
	};

	setup(entries, ARRAY_SIZE(entries));
	expect_eq(vic_routing_pulse(&vm, 3, VIC_SOURCE_PIT), 2);
	expect_log("pic 3 level 1 source 2; ioapic 5 level 1 source 2; "
		   "pic 3 level 0 source 2; ioapic 5 level 0 source 2");
	vic_routing_pulse(&vm, 4, VIC_SOURCE_USER);
	expect_log("bus gsi 4 level 1; bus gsi 4 level 0");
	expect_eq(vic_routing_pulse(&vm, 5, VIC_SOURCE_USER), VIC_MASKED);
	expect_log("");
	teardown();
}

/* A rise is taken, a fall is not, so that the results can be told apart. */
static void move_to_another_pin(bool level)
{
	const struct kvm_irq_routing_entry entries[] = {
		PRIMARY(3, 6), IOAPIC(3, 7),
	};

	publish(vic_routing_build(entries, ARRAY_SIZE(entries)));
	unit_answers.masked_pin = level ? 0 : 5;
}

static void pulse_falls_where_it_rose_though_its_gsi_has_moved(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		PRIMARY(3, 3), IOAPIC(3, 5),
	};

	setup(entries, ARRAY_SIZE(entries));
	unit_answers.on_set_pin = move_to_another_pin;
	expect_eq(vic_routing_pulse(&vm, 3, VIC_SOURCE_USER), 2);
	expect_log("pic 3 level 1 source 0; ioapic 5 level 1 source 0; "
		   "pic 3 level 0 source 0; ioapic 5 level 0 source 0");
	unit_answers.on_set_pin = NULL;
	vic_routing_pulse(&vm, 3, VIC_SOURCE_USER);
	expect_log("pic 6 level 1 source 0; ioapic 7 level 1 source 0; "
		   "pic 6 level 0 source 0; ioapic 7 level 0 source 0");
	teardown();
}

static void other_types_go_to_the_bus(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		MSI(7, 0, 0), SINT(8), XEN(9, PRIO),
	};

	setup(entries, ARRAY_SIZE(entries));
	set(7, true);
	set(8, false);
	set(9, true);
	expect_log("bus gsi 7 level 1; bus gsi 8 level 0; bus gsi 9 level 1");
	teardown();
}

static void only_route_wants_exactly_one(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		MSI(1, 0, 0), IOAPIC(3, 3), PRIMARY(3, 3),
	};
	const struct vic_route *route;

	setup(entries, ARRAY_SIZE(entries));
	route = vic_routing_only_route(vm.routing.table, 1);
	expect(route && route->gsi == 1 && route->type == KVM_IRQ_ROUTING_MSI);
	expect(!vic_routing_only_route(vm.routing.table, 0));
	expect(!vic_routing_only_route(vm.routing.table, 3));
	expect(!vic_routing_only_route(vm.routing.table, 4));
	expect(!vic_routing_only_route(vm.routing.table, ~0U));
	teardown();
}

static void the_last_gsi_owns_a_shared_pin(void)
{
	const struct kvm_irq_routing_entry entries[] = {
		IOAPIC(6, 5), IOAPIC(4, 5),
	};

	setup(entries, ARRAY_SIZE(entries));
	expect_eq(vic_routing_pin_to_gsi(vm.routing.table, VIC_CHIP_IOAPIC, 5), 4);
	expect_eq(vic_routing_pin_to_gsi(vm.routing.table, VIC_CHIP_IOAPIC, 6),
		  VIC_NO_GSI);
	expect_eq(vic_routing_pin_to_gsi(vm.routing.table, VIC_CHIP_IOAPIC, 24),
		  VIC_NO_GSI);
	expect_eq(vic_routing_pin_to_gsi(vm.routing.table, VIC_NR_CHIPS, 0),
		  VIC_NO_GSI);
	teardown();
}

static void acked(struct vic_ack_notifier *notifier)
{
	unit_log("acked %u", notifier->gsi);
}

static void mask_changed(struct vic_mask_notifier *notifier, bool masked)
{
	unit_log("%s %u", masked ? "masked" : "unmasked", notifier->gsi);
}

static void only_the_gsis_listeners_hear(void)
{
	struct vic_ack_notifier a = { .gsi = 4, .acked = acked };
	struct vic_ack_notifier b = { .gsi = 6, .acked = acked };
	struct vic_mask_notifier c = { .gsi = 4, .changed = mask_changed };
	const struct kvm_irq_routing_entry entries[] = {
		SECONDARY(4, 1), IOAPIC(4, 5), IOAPIC(6, 7),
	};

	setup(entries, ARRAY_SIZE(entries));
	vic_routing_add_ack(&vm, &a);
	vic_routing_add_ack(&vm, &b);
	vic_routing_add_mask(&vm, &c);
	vic_routing_ack(&vm, VIC_CHIP_SECONDARY, 9);
	vic_routing_ack(&vm, VIC_CHIP_IOAPIC, 5);
	vic_routing_ack(&vm, VIC_CHIP_IOAPIC, 6);
	vic_routing_ack(&vm, VIC_CHIP_IOAPIC, 7);
	expect_log("acked 4; acked 4; acked 6");
	vic_routing_mask(&vm, VIC_CHIP_IOAPIC, 5, true);
	vic_routing_mask(&vm, VIC_CHIP_SECONDARY, 9, false);
	vic_routing_mask(&vm, VIC_CHIP_IOAPIC, 7, true);
	vic_routing_mask(&vm, VIC_CHIP_PRIMARY, 7, true);
	expect_log("masked 4; unmasked 4");
	expect(vic_routing_has_ack(&vm, VIC_CHIP_IOAPIC, 7));
	expect(!vic_routing_has_ack(&vm, VIC_CHIP_IOAPIC, 6));
	vic_routing_del_ack(&vm, &b);
	expect(!vic_routing_has_ack(&vm, VIC_CHIP_IOAPIC, 7));
	vic_routing_del_ack(&vm, &a);
	vic_routing_del_mask(&vm, &c);
	vic_routing_ack(&vm, VIC_CHIP_IOAPIC, 5);
	vic_routing_mask(&vm, VIC_CHIP_IOAPIC, 5, true);
	expect_log("");
	teardown();
}

static void a_replaced_table_outlives_its_readers(void)
{
	const struct kvm_irq_routing_entry entry = IOAPIC(4, 5);
	const struct vic_route *route;

	setup(&entry, 1);
	route = vic_routing_only_route(vm.routing.table, 4);
	publish(vic_routing_build(NULL, 0));
	expect_eq(route->pin.pin, 5);
	expect_eq(vic_routing_nr_gsis(vm.routing.table), 1);
	expect_eq(set(4, true), VIC_MASKED);
	teardown();
}

static const struct kvm_irq_routing_entry *full_table(void)
{
	static struct kvm_irq_routing_entry entries[VIC_MAX_ROUTES];
	unsigned int i;

	for (i = 0; i < VIC_MAX_ROUTES; i++)
		entries[i] = (struct kvm_irq_routing_entry)MSI(i, i, i);
	return entries;
}

static int nr_tables(void)
{
	return atomic_read(&vic_objects[VIC_OBJECT_TABLE]);
}

/*
 * A table of 4096 routes has 360 KB, and 4 MiB may wait. Then the grace period
 * that one waits for is the end of all.
 */
static void few_replaced_tables_wait(void)
{
	unsigned int i, waits = 0;

	setup(NULL, 0);
	for (i = 0; i < 100; i++) {
		publish(vic_routing_build(full_table(), VIC_MAX_ROUTES));
		expect(nr_tables() <= 14);
		waits += nr_tables() == 1;
	}
	expect(waits > 0 && waits < 10);
	unit_grace_period();
	expect_eq(nr_tables(), 1);
	teardown();
}

static void a_change_now_and_then_waits_for_nobody(void)
{
	unsigned int i;

	setup(full_table(), VIC_MAX_ROUTES);
	for (i = 0; i < 100; i++) {
		publish(vic_routing_build(full_table(), VIC_MAX_ROUTES));
		expect_eq(nr_tables(), 2);
		unit_grace_period();
		expect_eq(nr_tables(), 1);
	}
	teardown();
}

static void a_full_table_works(void)
{
	unsigned int i;

	setup(full_table(), VIC_MAX_ROUTES);
	for (i = 0; i < VIC_MAX_ROUTES; i++)
		expect_eq(vic_routing_only_route(vm.routing.table, i)->entry.u.msi.data, i);
	teardown();
}

static const struct unit_case cases[] = {
	UNIT_CASE(entries_are_judged_as_kvm_does),
	UNIT_CASE(no_memory_is_reported),
	UNIT_CASE(default_table_is_kvms),
	UNIT_CASE(qemus_table_reads_both_ways),
	UNIT_CASE(every_type_is_shown),
	UNIT_CASE(a_vm_without_a_table_is_harmless),
	UNIT_CASE(results_are_added_unless_negative),
	UNIT_CASE(error_is_told_apart_from_results),
	UNIT_CASE(pulse_rises_everywhere_before_it_falls),
	UNIT_CASE(pulse_falls_where_it_rose_though_its_gsi_has_moved),
	UNIT_CASE(other_types_go_to_the_bus),
	UNIT_CASE(only_route_wants_exactly_one),
	UNIT_CASE(the_last_gsi_owns_a_shared_pin),
	UNIT_CASE(only_the_gsis_listeners_hear),
	UNIT_CASE(a_replaced_table_outlives_its_readers),
	UNIT_CASE(few_replaced_tables_wait),
	UNIT_CASE(a_change_now_and_then_waits_for_nobody),
	UNIT_CASE(a_full_table_works),
};

UNIT_MAIN(cases)
