// SPDX-License-Identifier: GPL-2.0
/*
 * pic.c - the pair of 8259A interrupt controllers of a PC, cascaded on pin 2,
 * with their ELCRs: lines, INTR, INTA cycles, ports, saved state. What a
 * single chip does is in irqchip/pic_chip.c.
 *
 * The routing table drives pins; apicbus/ takes the INTA cycle when INTR is
 * up; vm/ hands in the guest's port accesses. INTR and the cascade are derived
 * from the registers by sync_outputs(), and nowhere else.
 *
 * As in KVM (arch/x86/kvm/i8259.c), and unlike most hardware, a pair that was
 * never initialised interrupts, with the vectors that it holds.
 */
#include "irqchip/pic.h"
#include "irqchip/pic_chip.h"
#include "irqchip/pic_regs.h"
#include "apicbus/apicbus.h"
#include "objects.h"
#include "routing/routing.h"
#include "trace.h"
#include "virqchip.h"

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kvm.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#define NR_PICS		2

/**
 * struct vic_pic - the pair
 * @vm: whose; set once
 * @lock: guards all below; raw, irqs off, a leaf
 * @chips: by enum vic_chip; their regs are what is saved
 * @sources: per pin, BIT(enum vic_source) of those that hold its line high
 * @stats: per pin
 * @intr: the pair's INTR; written under @lock, read by vic_pic_intr()
 */
struct vic_pic {
	struct vic_vm *vm;
	raw_spinlock_t lock;
	struct pic_chip chips[NR_PICS];
	u8 sources[VIC_PIC_PAIR_PINS];
	struct vic_pin_stats stats[VIC_PIC_PAIR_PINS];
	bool intr;
};

/**
 * struct pic_effects - what to do once the lock is dropped
 * @acked: pins whose service ended, 0-15
 * @mask_changed: pins whose IMR bit changed, 0-15
 * @masked: their new IMR bits
 * @sync: the outputs are to be derived anew, after the acknowledgements
 * @rose: INTR went from low to high
 */
struct pic_effects {
	u16 acked;
	u16 mask_changed;
	u16 masked;
	bool sync;
	bool rose;
};

/**
 * struct pic_access - what a port is
 * @chip: whose
 * @a0: address line 0 of the chip
 * @elcr: not the chip but its ELCR
 */
struct pic_access {
	enum vic_chip chip;
	bool a0;
	bool elcr;
};

static const u16 ports[NR_PICS] = {
	[VIC_CHIP_PRIMARY] = PIC_PRIMARY_PORT,
	[VIC_CHIP_SECONDARY] = PIC_SECONDARY_PORT,
};

static enum vic_chip chip_of(unsigned int pair_pin)
{
	return pair_pin < PIC_PINS ? VIC_CHIP_PRIMARY : VIC_CHIP_SECONDARY;
}

static unsigned int pair_pin(enum vic_chip chip, unsigned int pin)
{
	return chip * PIC_PINS + pin;
}

/*
 * Derives the cascade and INTR. The secondary's request is a pulse on the
 * cascade pin, as in KVM (i8259.c, pic_update_irq()): the primary remembers it
 * even if the secondary's goes away, and then its INTA finds a spurious 15.
 * Returns whether INTR rose.
 */
static bool sync_outputs(struct vic_pic *pic)
{
	struct pic_chip *primary = &pic->chips[VIC_CHIP_PRIMARY];
	struct pic_chip *secondary = &pic->chips[VIC_CHIP_SECONDARY];
	bool was_up = pic->intr;
	bool is_up;

	lockdep_assert_held(&pic->lock);
	if (vic_pic_chip_requested(secondary) != VIC_PIC_NO_PIN) {
		vic_pic_chip_set_input(primary, PIC_CASCADE_PIN, true);
		vic_pic_chip_set_input(primary, PIC_CASCADE_PIN, false);
	}
	is_up = vic_pic_chip_requested(primary) != VIC_PIC_NO_PIN;
	/* Pairs with vic_pic_intr(). */
	WRITE_ONCE(pic->intr, is_up);
	return is_up && !was_up;
}

/* Adds what an access to one chip leads to. */
static void add_effects(struct pic_effects *fx, struct vic_pic *pic,
			enum vic_chip chip, const struct pic_chip_effects *one)
{
	unsigned int shift = pair_pin(chip, 0);
	unsigned long acked = one->acked;
	unsigned int pin;

	lockdep_assert_held(&pic->lock);
	for_each_set_bit(pin, &acked, PIC_PINS)
		pic->stats[shift + pin].acked++;
	fx->acked |= one->acked << shift;
	fx->mask_changed |= one->mask_changed << shift;
	fx->masked |= (one->mask_changed & pic->chips[chip].regs.imr) << shift;
	fx->sync |= one->sync;
}

/*
 * Ends a locked part. The outputs come after the acknowledgements, because a
 * resampler lowers its line in them and INTR must not go up in between; so
 * they wait for perform() if there are any.
 */
static void settle(struct vic_pic *pic, struct pic_effects *fx)
{
	lockdep_assert_held(&pic->lock);
	if (!fx->sync || fx->acked)
		return;
	fx->rose = sync_outputs(pic);
	fx->sync = false;
}

static void sync_after_acks(struct vic_pic *pic, struct pic_effects *fx)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pic->lock, flags);
	fx->rose = sync_outputs(pic);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
}

/* Does, without the lock, what was decided under it. */
static void perform(struct vic_pic *pic, struct pic_effects *fx)
{
	unsigned long acked = fx->acked, changed = fx->mask_changed;
	unsigned int pin;

	for_each_set_bit(pin, &acked, VIC_PIC_PAIR_PINS)
		vic_routing_ack(pic->vm, chip_of(pin), pin);
	for_each_set_bit(pin, &changed, VIC_PIC_PAIR_PINS)
		vic_routing_mask(pic->vm, chip_of(pin), pin,
				 fx->masked & BIT(pin));
	if (fx->sync)
		sync_after_acks(pic, fx);
	if (fx->rose)
		vic_apicbus_intr(pic->vm);
}

static void count_rise(struct vic_pin_stats *stats, int result)
{
	stats->asserted++;
	if (result == VIC_MASKED)
		stats->masked++;
	else if (result == VIC_COALESCED)
		stats->coalesced++;
}

/* Drives a pin for one of its sources; returns KVM's tri-state. */
static int set_pin_locked(struct vic_pic *pic, unsigned int pin,
			  const struct vic_assert *a)
{
	u8 before = pic->sources[pin], after;
	int result;

	lockdep_assert_held(&pic->lock);
	after = a->level ? before | BIT(a->source) : before & ~BIT(a->source);
	pic->sources[pin] = after;
	result = vic_pic_chip_set_input(&pic->chips[chip_of(pin)],
					pin & PIC_PIN_MASK, after);
	if (after && !before)
		count_rise(&pic->stats[pin], result);
	return result;
}

/**
 * vic_pic_set_pin() - drive a pin of the pair
 * @pic: the pair
 * @pin: 0-7 of the primary, 8-15 of the secondary
 * @a: who drives it, and how
 *
 * The line is the OR of its sources. An INTR that rises is told to
 * vic_apicbus_intr().
 *
 * Context: any, also hard interrupt; no chip's lock held.
 * Return: as KVM (i8259.c, pic_set_irq1()): VIC_MASKED if the pin is masked,
 * also for a low line; VIC_COALESCED if a rise, or a high level, found its
 * request still pending; else VIC_DELIVERED. VIC_MASKED for no such pin.
 */
int vic_pic_set_pin(struct vic_pic *pic, unsigned int pin,
		    const struct vic_assert *a)
{
	struct pic_effects fx = { .sync = true };
	unsigned long flags;
	int result;

	if (pin >= VIC_PIC_PAIR_PINS)
		return VIC_MASKED;
	pin = array_index_nospec(pin, VIC_PIC_PAIR_PINS);

	raw_spin_lock_irqsave(&pic->lock, flags);
	result = set_pin_locked(pic, pin, a);
	settle(pic, &fx);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	trace_vic_pic_pin(pic->vm->id, pin, a->level, result);
	perform(pic, &fx);
	return result;
}

/**
 * vic_pic_intr() - is the pair's INTR up?
 * @pic: the pair
 *
 * A snapshot without the lock; pairs with sync_outputs(). Who finds it low and
 * goes to sleep is woken by the vic_apicbus_intr() of the next rise.
 *
 * Context: any.
 * Return: its level.
 */
bool vic_pic_intr(const struct vic_pic *pic)
{
	return READ_ONCE(pic->intr);
}

/* One chip's part of an INTA cycle; returns its pin. */
static int inta_chip(struct vic_pic *pic, enum vic_chip chip,
		     struct pic_effects *fx)
{
	int pin = vic_pic_chip_requested(&pic->chips[chip]);
	struct pic_chip_effects one = {};

	if (pin == VIC_PIC_NO_PIN)
		return pin;
	vic_pic_chip_inta(&pic->chips[chip], pin, &one);
	add_effects(fx, pic, chip, &one);
	return pin;
}

static struct vic_inta inta_locked(struct vic_pic *pic,
				   struct pic_effects *fx)
{
	enum vic_chip chip = VIC_CHIP_PRIMARY;
	int pin = inta_chip(pic, chip, fx);
	struct vic_inta inta = {};

	lockdep_assert_held(&pic->lock);
	if (pin == PIC_CASCADE_PIN) {
		chip = VIC_CHIP_SECONDARY;
		pin = inta_chip(pic, chip, fx);
	}
	fx->sync = true;
	inta.spurious = pin == VIC_PIC_NO_PIN;
	if (inta.spurious)
		pin = PIC_SPURIOUS_PIN;
	inta.pin = pair_pin(chip, pin);
	inta.vector = pic->chips[chip].regs.irq_base + pin;
	if (!inta.spurious)
		pic->stats[inta.pin].delivered++;
	return inta;
}

/**
 * vic_pic_inta() - the interrupt acknowledge cycle of a CPU
 * @pic: the pair
 *
 * Takes the highest request into service. With nothing requested any more the
 * answer is the spurious vector of pin 7, or of pin 15 if the secondary's
 * request was withdrawn, and nothing is in service for it (but the cascade).
 *
 * Context: any; no chip's lock held.
 * Return: what the CPU gets, and for which pin.
 */
struct vic_inta vic_pic_inta(struct vic_pic *pic)
{
	struct pic_effects fx = {};
	struct vic_inta inta;
	unsigned long flags;

	raw_spin_lock_irqsave(&pic->lock, flags);
	inta = inta_locked(pic, &fx);
	settle(pic, &fx);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	trace_vic_pic_inta(pic->vm->id, inta.pin, inta.vector, inta.spurious);
	perform(pic, &fx);
	return inta;
}

static void take_back_locked(struct vic_pic *pic, const struct vic_inta *inta)
{
	enum vic_chip chip = chip_of(inta->pin);

	lockdep_assert_held(&pic->lock);
	if (!inta->spurious) {
		pic->stats[inta->pin].delivered--;
		vic_pic_chip_take_back(&pic->chips[chip],
				       inta->pin & PIC_PIN_MASK);
	}
	if (chip == VIC_CHIP_SECONDARY)
		vic_pic_chip_take_back(&pic->chips[VIC_CHIP_PRIMARY],
				       PIC_CASCADE_PIN);
}

/**
 * vic_pic_take_back() - a CPU has not taken what its INTA cycle came to
 * @pic: the pair
 * @inta: what that was
 *
 * The pin asks again, as if there had been no INTA; what has happened since to
 * lines and masks holds.
 *
 * Context: any; no chip's lock held.
 */
void vic_pic_take_back(struct vic_pic *pic, const struct vic_inta *inta)
{
	struct pic_effects fx = { .sync = true };
	unsigned long flags;

	raw_spin_lock_irqsave(&pic->lock, flags);
	take_back_locked(pic, inta);
	settle(pic, &fx);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	trace_vic_pic_take_back(pic->vm->id, inta->pin, inta->vector,
				inta->spurious);
	perform(pic, &fx);
}

/* A poll is an INTA cycle by hand, of one chip. */
static u8 read_poll(struct vic_pic *pic, enum vic_chip chip,
		    struct pic_effects *fx)
{
	struct pic_regs *primary = &pic->chips[VIC_CHIP_PRIMARY].regs;
	int pin = vic_pic_chip_requested(&pic->chips[chip]);
	struct pic_chip_effects one = {};

	if (pin == VIC_PIC_NO_PIN) {
		fx->sync = true;
		return PIC_POLL_NONE;
	}
	if (chip == VIC_CHIP_SECONDARY) {
		primary->isr &= ~BIT(PIC_CASCADE_PIN);
		primary->irr &= ~BIT(PIC_CASCADE_PIN);
	}
	vic_pic_chip_poll(&pic->chips[chip], pin, &one);
	add_effects(fx, pic, chip, &one);
	/* The cascade's request would be back at once; poll the secondary. */
	fx->sync = chip == VIC_CHIP_SECONDARY || pin != PIC_CASCADE_PIN;
	return PIC_POLL_INT | pin;
}

static u8 read_port(struct vic_pic *pic, const struct pic_access *access,
		    struct pic_effects *fx)
{
	struct pic_chip *chip = &pic->chips[access->chip];

	lockdep_assert_held(&pic->lock);
	if (access->elcr)
		return chip->regs.elcr;
	if (chip->regs.poll) {
		chip->regs.poll = false;
		return read_poll(pic, access->chip, fx);
	}
	return vic_pic_chip_read(chip, access->a0);
}

static void write_port(struct vic_pic *pic, const struct pic_access *access,
		       u8 value, struct pic_effects *fx)
{
	struct pic_chip *chip = &pic->chips[access->chip];
	struct pic_chip_effects one = {};

	lockdep_assert_held(&pic->lock);
	if (access->elcr) {
		vic_pic_chip_write_elcr(chip, value);
		return;
	}
	vic_pic_chip_write(chip, access->a0, value, &one);
	add_effects(fx, pic, access->chip, &one);
}

static bool encloses(u16 base, unsigned int nr, u16 port, unsigned int len)
{
	return len && port >= base && port + len <= base + nr;
}

/* Finds the register that holds the whole access; false: none of ours. */
static bool decode_port(u16 port, unsigned int len, struct pic_access *access)
{
	enum vic_chip chip;

	if (encloses(PIC_ELCR_PORT, NR_PICS, port, len)) {
		access->elcr = true;
		access->chip = array_index_nospec(port - PIC_ELCR_PORT, NR_PICS);
		return true;
	}
	for (chip = VIC_CHIP_PRIMARY; chip < NR_PICS; chip++) {
		if (!encloses(ports[chip], PIC_PORTS, port, len))
			continue;
		access->chip = chip;
		access->a0 = port & PIC_A0;
		return true;
	}
	return false;
}

/**
 * vic_pic_read() - a guest's read of a port
 * @pic: the pair
 * @port: the port
 * @len: bytes
 * @data: gets @len bytes; zeros unless @len is 1, as KVM's
 *
 * Context: any; no chip's lock held.
 * Return: whether the ports are the pair's; if not, nothing was done.
 */
bool vic_pic_read(struct vic_pic *pic, u16 port, unsigned int len, void *data)
{
	struct pic_effects fx = {};
	struct pic_access access = {};
	unsigned long flags;
	u8 value;

	if (!decode_port(port, len, &access))
		return false;
	memset(data, 0, len);
	if (len != sizeof(value)) {
		pr_debug_ratelimited("vm %u: PIC: read of %u bytes\n",
				     pic->vm->id, len);
		return true;
	}

	raw_spin_lock_irqsave(&pic->lock, flags);
	value = read_port(pic, &access, &fx);
	settle(pic, &fx);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	perform(pic, &fx);
	memcpy(data, &value, sizeof(value));
	return true;
}

/**
 * vic_pic_write() - a guest's write to a port
 * @pic: the pair
 * @port: the port
 * @len: bytes; ignored unless 1, as KVM's
 * @data: what it writes
 *
 * Context: any; no chip's lock held.
 * Return: whether the ports are the pair's; if not, nothing was done.
 */
bool vic_pic_write(struct vic_pic *pic, u16 port, unsigned int len,
		   const void *data)
{
	struct pic_effects fx = {};
	struct pic_access access = {};
	unsigned long flags;
	u8 value;

	if (!decode_port(port, len, &access))
		return false;
	if (len != sizeof(value)) {
		pr_debug_ratelimited("vm %u: PIC: write of %u bytes\n",
				     pic->vm->id, len);
		return true;
	}
	memcpy(&value, data, sizeof(value));
	trace_vic_pic_write(pic->vm->id, port, value);

	raw_spin_lock_irqsave(&pic->lock, flags);
	write_port(pic, &access, value, &fx);
	settle(pic, &fx);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
	perform(pic, &fx);
	return true;
}

/**
 * vic_pic_get() - save one chip
 * @pic: the pair
 * @chip: VIC_CHIP_PRIMARY or VIC_CHIP_SECONDARY
 * @state: all of it is written
 *
 * The sources of the lines are not part of it, nor in KVM.
 *
 * Context: any; no chip's lock held.
 */
void vic_pic_get(struct vic_pic *pic, enum vic_chip chip,
		 struct kvm_pic_state *state)
{
	unsigned long flags;

	chip = array_index_nospec(chip, NR_PICS);
	raw_spin_lock_irqsave(&pic->lock, flags);
	vic_pic_chip_save(&pic->chips[chip], state);
	raw_spin_unlock_irqrestore(&pic->lock, flags);
}

/**
 * vic_pic_set() - restore one chip
 * @pic: the pair
 * @chip: VIC_CHIP_PRIMARY or VIC_CHIP_SECONDARY
 * @state: anything
 *
 * The lines' sources stay: a request restored for a level goes when one of
 * them next toggles, as in KVM. Nobody is told of acknowledgements or masks.
 *
 * Context: any; no chip's lock held.
 */
void vic_pic_set(struct vic_pic *pic, enum vic_chip chip,
		 const struct kvm_pic_state *state)
{
	unsigned long flags;
	bool is_up;

	chip = array_index_nospec(chip, NR_PICS);
	raw_spin_lock_irqsave(&pic->lock, flags);
	vic_pic_chip_restore(&pic->chips[chip], state);
	sync_outputs(pic);
	is_up = pic->intr;
	raw_spin_unlock_irqrestore(&pic->lock, flags);

	/* Also if it was up before: who takes it may be another CPU now. */
	if (is_up)
		vic_apicbus_intr(pic->vm);
}

/**
 * vic_pic_update() - look at the inputs anew
 * @pic: the pair
 *
 * For KVM_SET_IRQCHIP, which has this effect whatever the chip (arch/x86/kvm/
 * irq.c, kvm_vm_ioctl_set_irqchip()); it shows if an ICW1 came before, after
 * which INT follows at the next change only.
 *
 * Context: any; no chip's lock held.
 */
void vic_pic_update(struct vic_pic *pic)
{
	struct pic_effects fx = { .sync = true };

	perform(pic, &fx);
}

/**
 * vic_pic_stats() - read the counters of one pin
 * @pic: the pair
 * @pin: 0-15
 * @stats: gets them; zeros for no such pin
 *
 * Context: any; no chip's lock held.
 */
void vic_pic_stats(struct vic_pic *pic, unsigned int pin,
		   struct vic_pin_stats *stats)
{
	unsigned long flags;

	*stats = (struct vic_pin_stats){};
	if (pin >= VIC_PIC_PAIR_PINS)
		return;
	pin = array_index_nospec(pin, VIC_PIC_PAIR_PINS);
	raw_spin_lock_irqsave(&pic->lock, flags);
	*stats = pic->stats[pin];
	raw_spin_unlock_irqrestore(&pic->lock, flags);
}

/**
 * vic_pic_create() - make a pair, as it comes out of power-on in KVM
 * @vm: whose
 *
 * Nothing is masked and all vectors are 0, as in KVM: such a pair interrupts.
 *
 * Context: process context; may sleep.
 * Return: the pair, or ERR_PTR(-ENOMEM).
 */
struct vic_pic *vic_pic_create(struct vic_vm *vm)
{
	struct vic_pic *pic = kzalloc(sizeof(*pic), GFP_KERNEL_ACCOUNT);

	if (!pic)
		return ERR_PTR(-ENOMEM);
	vic_object_made(VIC_OBJECT_PIC);
	pic->vm = vm;
	pic->chips[VIC_CHIP_PRIMARY].is_primary = true;
	pic->chips[VIC_CHIP_PRIMARY].elcr_mask = PIC_ELCR_PRIMARY;
	pic->chips[VIC_CHIP_SECONDARY].elcr_mask = PIC_ELCR_SECONDARY;
	raw_spin_lock_init(&pic->lock);
	return pic;
}

/**
 * vic_pic_destroy() - free a pair
 * @pic: the pair, which nobody uses any more
 *
 * Context: any.
 */
void vic_pic_destroy(struct vic_pic *pic)
{
	vic_object_gone(VIC_OBJECT_PIC);
	kfree(pic);
}
