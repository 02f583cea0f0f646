// SPDX-License-Identifier: GPL-2.0
/*
 * pit.c - an i8254 interval timer as in a PC: three channels at ports 0x40 to
 * 0x43, and on request the speaker port 0x61 that goes with channel 2. Ports,
 * saved state, life. A channel is in irqchip/pit_channel.c, the interrupts of
 * channel 0 are in irqchip/pit_tick.c.
 *
 * vm/ hands in the guest's port accesses and the VMM's state.
 *
 * Not modelled: sound; and the NMI watchdog that KVM drives by PIT ticks into
 * LVT0 (arch/x86/kvm/i8254.c, pit_do_work()), which needs the LAPICs.
 */
#include "irqchip/pit.h"
#include "irqchip/pit_private.h"
#include "objects.h"
#include "virqchip.h"

#include <linux/bitfield.h>
#include <linux/err.h>
#include <linux/kvm.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#define KNOWN_FLAGS	(KVM_PIT_FLAGS_HPET_LEGACY | \
			 KVM_PIT_FLAGS_SPEAKER_DATA_ON)

static struct pit_channel *speaker_channel(struct vic_pit *pit)
{
	return &pit->channels[PIT_CHANNEL_SPEAKER];
}

static void read_back(struct vic_pit *pit, u8 word, u64 now)
{
	unsigned int chosen = FIELD_GET(PIT_READBACK_CHANNELS, word);
	unsigned int i;

	for (i = 0; i < PIT_CHANNELS; i++)
		if (chosen & BIT(i))
			vic_pit_channel_readback(&pit->channels[i], word, now);
}

static void write_control(struct vic_pit *pit, u8 word, u64 now)
{
	unsigned int nr = FIELD_GET(PIT_CONTROL_CHANNEL, word);

	if (nr == PIT_CHANNEL_READBACK) {
		read_back(pit, word, now);
		return;
	}
	nr = array_index_nospec(nr, PIT_CHANNELS);
	vic_pit_channel_control(&pit->channels[nr], word, now);
	if (nr == PIT_CHANNEL_TICK && pit->channels[nr].null_count)
		vic_pit_tick_restart(pit);
}

static void write_count(struct vic_pit *pit, unsigned int nr, u8 value, u64 now)
{
	bool loaded;

	nr = array_index_nospec(nr, PIT_CHANNELS);
	loaded = vic_pit_channel_write(&pit->channels[nr], value, now);
	if (loaded && nr == PIT_CHANNEL_TICK)
		vic_pit_tick_restart(pit);
}

static void write_speaker(struct vic_pit *pit, u8 value, u64 now)
{
	if (value & PIT_SPEAKER_DATA)
		pit->flags |= KVM_PIT_FLAGS_SPEAKER_DATA_ON;
	else
		pit->flags &= ~KVM_PIT_FLAGS_SPEAKER_DATA_ON;
	vic_pit_channel_set_gate(speaker_channel(pit),
				 value & PIT_SPEAKER_GATE2, now);
}

static void write_port(struct vic_pit *pit, u16 port, u8 value, u64 now)
{
	lockdep_assert_held(&pit->lock);
	if (port == PIT_SPEAKER_PORT)
		write_speaker(pit, value, now);
	else if (port == PIT_PORT + PIT_CONTROL)
		write_control(pit, value, now);
	else
		write_count(pit, port - PIT_PORT, value, now);
}

static u8 read_speaker(struct vic_pit *pit, u64 now)
{
	u8 value = 0;

	if (speaker_channel(pit)->regs.gate)
		value |= PIT_SPEAKER_GATE2;
	if (pit->flags & KVM_PIT_FLAGS_SPEAKER_DATA_ON)
		value |= PIT_SPEAKER_DATA;
	if (now & PIT_REFRESH_NS)
		value |= PIT_SPEAKER_REFRESH;
	if (vic_pit_channel_out(speaker_channel(pit), now))
		value |= PIT_SPEAKER_OUT2;
	return value;
}

/* The control word cannot be read: 0. */
static u8 read_port(struct vic_pit *pit, u16 port, u64 now)
{
	unsigned int nr;

	lockdep_assert_held(&pit->lock);
	if (port == PIT_SPEAKER_PORT)
		return read_speaker(pit, now);
	if (port == PIT_PORT + PIT_CONTROL)
		return 0;
	nr = array_index_nospec(port - PIT_PORT, PIT_CHANNELS);
	return vic_pit_channel_read(&pit->channels[nr], now);
}

static bool encloses(u16 base, unsigned int nr, u16 port, unsigned int len)
{
	return len && port >= base && port + len <= base + nr;
}

/*
 * As in KVM the speaker takes four ports for itself but answers at the first
 * only, there in any width.
 */
static bool is_ours(const struct vic_pit *pit, u16 port, unsigned int len)
{
	if (encloses(PIT_PORT, PIT_PORTS, port, len))
		return true;
	return pit->has_speaker && port == PIT_SPEAKER_PORT &&
	       encloses(PIT_SPEAKER_PORT, PIT_SPEAKER_PORTS, port, len);
}

/**
 * vic_pit_read() - a guest's read of a port
 * @pit: the PIT
 * @port: the port
 * @len: bytes
 * @data: gets @len bytes: the register at @port, then zeros, as KVM's
 *
 * Context: any; no chip's lock held.
 * Return: whether the ports are the PIT's; if not, nothing was done.
 */
bool vic_pit_read(struct vic_pit *pit, u16 port, unsigned int len, void *data)
{
	unsigned long flags;
	u8 value;

	if (!is_ours(pit, port, len))
		return false;
	raw_spin_lock_irqsave(&pit->lock, flags);
	value = read_port(pit, port, ktime_get_ns());
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	memset(data, 0, len);
	memcpy(data, &value, sizeof(value));
	return true;
}

/**
 * vic_pit_write() - a guest's write to a port
 * @pit: the PIT
 * @port: the port
 * @len: bytes
 * @data: what it writes; only the byte for @port counts, as KVM's
 *
 * Context: any; no chip's lock held.
 * Return: whether the ports are the PIT's; if not, nothing was done.
 */
bool vic_pit_write(struct vic_pit *pit, u16 port, unsigned int len,
		   const void *data)
{
	unsigned long flags;
	u8 value;

	if (!is_ours(pit, port, len))
		return false;
	memcpy(&value, data, sizeof(value));
	raw_spin_lock_irqsave(&pit->lock, flags);
	write_port(pit, port, value, ktime_get_ns());
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	return true;
}

/**
 * vic_pit_get() - save
 * @pit: the PIT
 * @state: all of it is written
 *
 * Context: any; no chip's lock held.
 */
void vic_pit_get(struct vic_pit *pit, struct kvm_pit_state2 *state)
{
	unsigned long flags;
	unsigned int i;
	u64 now;

	memset(state, 0, sizeof(*state));
	raw_spin_lock_irqsave(&pit->lock, flags);
	now = ktime_get_ns();
	for (i = 0; i < PIT_CHANNELS; i++)
		vic_pit_channel_save(&pit->channels[i], &state->channels[i],
				     now);
	state->flags = pit->flags;
	raw_spin_unlock_irqrestore(&pit->lock, flags);
}

/**
 * vic_pit_set() - restore
 * @pit: the PIT
 * @state: anything; unknown flags are dropped
 *
 * With KVM_PIT_FLAGS_HPET_LEGACY channel 0 does not tick; without it, it is
 * started. What was owed is forgiven, as by KVM.
 *
 * Context: any; no chip's lock held.
 * Return: 0.
 */
int vic_pit_set(struct vic_pit *pit, const struct kvm_pit_state2 *state)
{
	unsigned long flags;
	unsigned int i;
	u64 now;

	raw_spin_lock_irqsave(&pit->lock, flags);
	now = ktime_get_ns();
	for (i = 0; i < PIT_CHANNELS; i++)
		vic_pit_channel_restore(&pit->channels[i], &state->channels[i],
					now);
	pit->flags = state->flags & KNOWN_FLAGS;
	vic_pit_tick_forget(pit);
	vic_pit_tick_restart(pit);
	raw_spin_unlock_irqrestore(&pit->lock, flags);
	return 0;
}

/**
 * vic_pit_create() - make a PIT, as it comes out of power-on in KVM
 * @vm: whose; it has its chips and routes
 * @flags: of struct kvm_pit_config; all but KVM_PIT_SPEAKER_DUMMY are ignored
 *
 * It reinjects. Nothing ticks before the guest's first control word.
 *
 * Context: process context; may sleep.
 * Return: the PIT, or ERR_PTR(-ENOMEM).
 */
struct vic_pit *vic_pit_create(struct vic_vm *vm, u32 flags)
{
	struct vic_pit *pit = kzalloc(sizeof(*pit), GFP_KERNEL_ACCOUNT);
	u64 now = ktime_get_ns();
	unsigned int i;

	if (!pit)
		return ERR_PTR(-ENOMEM);
	vic_object_made(VIC_OBJECT_PIT);
	pit->vm = vm;
	pit->has_speaker = flags & KVM_PIT_SPEAKER_DUMMY;
	mutex_init(&pit->reinject_lock);
	raw_spin_lock_init(&pit->lock);
	for (i = 0; i < PIT_CHANNELS; i++)
		vic_pit_channel_reset(&pit->channels[i],
				      i != PIT_CHANNEL_SPEAKER, now);
	vic_pit_tick_init(pit);
	return pit;
}

/**
 * vic_pit_destroy() - free a PIT
 * @pit: the PIT, stopped; nobody is at its ports and state any more
 *
 * Notifiers may still be running; it is freed when they are through.
 *
 * Context: any.
 */
void vic_pit_destroy(struct vic_pit *pit)
{
	vic_object_gone(VIC_OBJECT_PIT);
	kfree_rcu(pit, rcu);
}
