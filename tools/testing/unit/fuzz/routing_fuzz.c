// SPDX-License-Identifier: GPL-2.0
/*
 * routing_fuzz.c - tables of any entries, built, published over one another, driven and acknowledged. Checked:
 *
 *  - a table is refused if and only if one of its entries is, by KVM's rules, spelt out here entry by entry;
 *  - a GSI drives what its entries name, in their order, and the result is the sum of those not negative;
 *  - the reverse map agrees with the entries: the last one that names a pin owns it;
 *  - listeners hear of their GSI and of no other;
 *  - a table that is replaced stays until the grace period.
 */
#include "fuzz/fuzz.h"
#include "apicbus/apicbus.h"
#include "irqchip/ioapic.h"
#include "irqchip/pic.h"
#include "routing/routing.h"
#include "virqchip.h"

#define MAX_ENTRIES	24
#define NR_LISTENERS	4
#define NR_TARGETS	8

enum op { OP_BUILD, OP_DEFAULT, OP_DRIVE, OP_ACK, OP_MASK, OP_LISTEN, OP_SHOW, OP_GRACE, NR_OPS };

/* What a route did: chip and pin, or no chip and the GSI. */
struct target {
	int chip;
	u32 number;
};

#define BUS	(-1)

static struct vic_vm vm;
static struct kvm_irq_routing_entry entries[VIC_IOAPIC_PINS + VIC_PIC_PAIR_PINS];
static unsigned int nr_entries;
static struct seq_file text;

static struct target driven[NR_TARGETS];
static unsigned int nr_driven;
static bool driven_level;
static u32 result_seed;

static struct vic_ack_notifier acks[NR_LISTENERS];
static struct vic_mask_notifier masks[NR_LISTENERS];
static bool listens[NR_LISTENERS];
static unsigned int heard_acks[NR_LISTENERS], heard_masks[NR_LISTENERS];
static bool heard_masked;

/* What the module calls */

/* Differs from target to target, and is the same when asked again. */
static int result_of(int chip, u32 number)
{
	return (int)((result_seed + 3 * chip + number) % 5) - 2;
}

static int record(int chip, u32 number, bool level)
{
	check(nr_driven < NR_TARGETS);
	check_eq(level, driven_level);
	driven[nr_driven++] = (struct target){ chip, number };
	return result_of(chip, number);
}

int vic_pic_set_pin(struct vic_pic *pic, unsigned int pin, const struct vic_assert *a)
{
	check_eq(unit_rcu_readers, 0);
	return record(pin < 8 ? VIC_CHIP_PRIMARY : VIC_CHIP_SECONDARY, pin, a->level);
}

int vic_ioapic_set_pin(struct vic_ioapic *ioapic, unsigned int pin, const struct vic_assert *a)
{
	check_eq(unit_rcu_readers, 0);
	return record(VIC_CHIP_IOAPIC, pin, a->level);
}

int vic_apicbus_set_gsi(struct vic_vm *v, u32 gsi, const struct vic_assert *a)
{
	check_eq(unit_rcu_readers, 0);
	return record(BUS, gsi, a->level);
}

static void acked(struct vic_ack_notifier *notifier)
{
	heard_acks[notifier - acks]++;
}

static void mask_changed(struct vic_mask_notifier *notifier, bool masked)
{
	check_eq(masked, heard_masked);
	heard_masks[notifier - masks]++;
}

/* KVM's rules */

static struct target target_of(const struct kvm_irq_routing_entry *e)
{
	struct target t = { BUS, e->gsi };

	if (e->type == KVM_IRQ_ROUTING_IRQCHIP) {
		t.chip = e->u.irqchip.irqchip;
		t.number = e->u.irqchip.pin + (t.chip == KVM_IRQCHIP_PIC_SLAVE ? 8 : 0);
	}
	return t;
}

static bool is_valid(const struct kvm_irq_routing_entry *e)
{
	static const unsigned int pins[] = { 8, 8, 24 };

	if (e->gsi >= 4096)
		return false;
	switch (e->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		return !e->flags && e->u.irqchip.irqchip < 3 && e->u.irqchip.pin < pins[e->u.irqchip.irqchip];
	case KVM_IRQ_ROUTING_MSI:
		return e->flags <= KVM_MSI_VALID_DEVID;
	case KVM_IRQ_ROUTING_HV_SINT:
		return !e->flags;
	case KVM_IRQ_ROUTING_XEN_EVTCHN:
		return !e->flags && e->u.xen_evtchn.priority == 0xffffffff;
	default:
		return false;
	}
}

static bool clash(const struct kvm_irq_routing_entry *a, const struct kvm_irq_routing_entry *b)
{
	if (a->gsi != b->gsi)
		return false;
	return a->type != KVM_IRQ_ROUTING_IRQCHIP || b->type != KVM_IRQ_ROUTING_IRQCHIP ||
	       a->u.irqchip.irqchip == b->u.irqchip.irqchip;
}

static bool are_valid(const struct kvm_irq_routing_entry *e, unsigned int nr)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		if (!is_valid(&e[i]))
			return false;
		for (j = 0; j < i; j++)
			if (clash(&e[i], &e[j]))
				return false;
	}
	return true;
}

static int want_gsi(int chip, unsigned int pin)
{
	int gsi = VIC_NO_GSI;
	unsigned int i;

	for (i = 0; i < nr_entries; i++) {
		struct target t = target_of(&entries[i]);

		if (t.chip == chip && t.number == pin)
			gsi = entries[i].gsi;
	}
	return gsi;
}

/* Checks */

static void check_table(void)
{
	const struct vic_routing_table *table = vm.routing.table;
	unsigned int pin, nr_gsis = 1, i;
	int chip;

	for (i = 0; i < nr_entries; i++)
		nr_gsis = max(nr_gsis, entries[i].gsi + 1);
	check_eq(vic_routing_nr_gsis(table), nr_gsis);
	for (chip = 0; chip < VIC_NR_CHIPS; chip++)
		for (pin = 0; pin < VIC_CHIP_PINS; pin++)
			check_eq(vic_routing_pin_to_gsi(table, chip, pin), want_gsi(chip, pin));
	check_eq(vic_routing_pin_to_gsi(table, VIC_NR_CHIPS, 0), VIC_NO_GSI);
}

/* Operations */

static void publish(struct vic_routing_table *table)
{
	mutex_lock(&vm.routing.lock);
	vic_routing_publish(&vm, table);
	mutex_unlock(&vm.routing.lock);
	check_table();
}

static void take_entry(struct fuzz_input *in, struct kvm_irq_routing_entry *e)
{
	u8 how = take_u8(in);

	*e = (struct kvm_irq_routing_entry){ .gsi = take_u8(in) % 16, .type = how % 8 < 5 ? 1 : how % 8 - 3 };
	if (how >= 0xf0)
		e->gsi = 4090 + how % 8;
	if (how % 64 == 63)
		e->flags = take_u8(in) % 3;
	switch (e->type) {
	case KVM_IRQ_ROUTING_IRQCHIP:
		e->u.irqchip.irqchip = how / 8 % 4;
		e->u.irqchip.pin = take_u8(in) % 26;
		break;
	case KVM_IRQ_ROUTING_XEN_EVTCHN:
		e->u.xen_evtchn.priority = how & 128 ? 0 : 0xffffffff;
		break;
	default:
		take_bytes(in, &e->u.msi, 12);
		break;
	}
}

static void op_build(struct fuzz_input *in)
{
	struct kvm_irq_routing_entry wanted[MAX_ENTRIES];
	unsigned int nr = take_u8(in) % (MAX_ENTRIES + 1), i;
	struct vic_routing_table *table;

	for (i = 0; i < nr; i++)
		take_entry(in, &wanted[i]);
	table = vic_routing_build(wanted, nr);
	if (!are_valid(wanted, nr)) {
		check_eq(PTR_ERR(table), -EINVAL);
		return;
	}
	check(!IS_ERR(table));
	memcpy(entries, wanted, nr * sizeof(*wanted));
	nr_entries = nr;
	publish(table);
}

/* GSI n leads to pin n of the IOAPIC, and the first 16 to the pair. */
static void op_default(void)
{
	struct vic_routing_table *table = vic_routing_build_default();
	unsigned int gsi;

	check(!IS_ERR(table));
	nr_entries = 0;
	for (gsi = 0; gsi < 24; gsi++) {
		entries[nr_entries++] = (struct kvm_irq_routing_entry){
			.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { KVM_IRQCHIP_IOAPIC, gsi },
		};
		if (gsi < 16)
			entries[nr_entries++] = (struct kvm_irq_routing_entry){
				.gsi = gsi, .type = KVM_IRQ_ROUTING_IRQCHIP, .u.irqchip = { gsi / 8, gsi % 8 },
			};
	}
	publish(table);
}

static void op_drive(struct fuzz_input *in)
{
	struct vic_assert a = { .level = take_u8(in) & 1 };
	u32 gsi = take_u8(in) % 32;
	int got, want = VIC_MASKED, err = 0;
	unsigned int i, n = 0;

	if (gsi == 31)
		gsi = take_u32(in);
	nr_driven = 0;
	driven_level = a.level;
	result_seed = take_u8(in);
	got = vic_routing_set_gsi(&vm, gsi, &a);
	for (i = 0; i < nr_entries; i++) {
		struct target t = target_of(&entries[i]);
		int result = result_of(t.chip, t.number);

		if (entries[i].gsi != gsi)
			continue;
		check(n < nr_driven && driven[n].chip == t.chip && driven[n].number == t.number);
		n++;
		if (result < VIC_MASKED)
			err = err ?: result;
		else if (result >= 0)
			want = max(want, 0) + result;
	}
	check_eq(nr_driven, n);
	check_eq(got, err ?: want);
	if (n == 1)
		check_eq(vic_routing_only_route(vm.routing.table, gsi)->gsi, gsi);
	else
		check(!vic_routing_only_route(vm.routing.table, gsi));
}

static void op_tell(struct fuzz_input *in, bool mask)
{
	u8 arg = take_u8(in), pin = take_u8(in) % VIC_CHIP_PINS;
	int chip = arg % VIC_NR_CHIPS, gsi = want_gsi(chip, pin);
	unsigned int i, *heard = mask ? heard_masks : heard_acks;
	bool any = false;

	memset(heard_acks, 0, sizeof(heard_acks));
	memset(heard_masks, 0, sizeof(heard_masks));
	heard_masked = arg & 64;
	if (mask)
		vic_routing_mask(&vm, chip, pin, heard_masked);
	else
		vic_routing_ack(&vm, chip, pin);
	for (i = 0; i < NR_LISTENERS; i++) {
		bool hears = listens[i] && gsi != VIC_NO_GSI && acks[i].gsi == (u32)gsi;

		check_eq(heard[i], hears);
		any |= hears;
	}
	check_eq(vic_routing_has_ack(&vm, chip, pin), any);
}

/* A listener comes or goes. */
static void op_listen(struct fuzz_input *in)
{
	unsigned int i = take_u8(in) % NR_LISTENERS;

	listens[i] = !listens[i];
	if (!listens[i]) {
		vic_routing_del_ack(&vm, &acks[i]);
		vic_routing_del_mask(&vm, &masks[i]);
		return;
	}
	acks[i] = (struct vic_ack_notifier){ .gsi = take_u8(in) % 16, .acked = acked };
	masks[i] = (struct vic_mask_notifier){ .gsi = acks[i].gsi, .changed = mask_changed };
	vic_routing_add_ack(&vm, &acks[i]);
	vic_routing_add_mask(&vm, &masks[i]);
}

static unsigned int lines_of(const char *s)
{
	unsigned int lines = 0;

	while ((s = strchr(s, '\n'))) {
		lines++;
		s++;
	}
	return lines;
}

/* A line for each route, and the reverse map. */
static void op_show(void)
{
	text.used = 0;
	text.text[0] = '\0';
	vic_routing_show(&vm, &text);
	check_eq(lines_of(text.text), nr_entries + 1);
}

static void run_op(enum op op, struct fuzz_input *in)
{
	switch (op) {
	case OP_BUILD: op_build(in); break;
	case OP_DEFAULT: op_default(); break;
	case OP_DRIVE: op_drive(in); break;
	case OP_ACK: op_tell(in, false); break;
	case OP_MASK: op_tell(in, true); break;
	case OP_LISTEN: op_listen(in); break;
	case OP_SHOW: op_show(); break;
	default: unit_grace_period(); break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };

	fuzz_begin();
	vic_routing_init(&vm.routing);
	memset(listens, 0, sizeof(listens));
	op_default();
	while (in.left)
		run_op(take_u8(&in) % NR_OPS, &in);
	fuzz_end();
	vic_routing_destroy(&vm.routing);
	return 0;
}
