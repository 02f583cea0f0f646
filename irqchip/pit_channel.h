/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pit_channel.h - one counter of an 8254, for irqchip/pit.c and its tests only.
 */
#ifndef VIC_IRQCHIP_PIT_CHANNEL_H
#define VIC_IRQCHIP_PIT_CHANNEL_H

#include <linux/limits.h>
#include <linux/types.h>

struct kvm_pit_channel_state;

/**
 * enum pit_mode - how a channel counts
 * @PIT_MODE_TERMINAL: mode 0, interrupt on terminal count
 * @PIT_MODE_ONE_SHOT: mode 1, hardware retriggerable one-shot
 * @PIT_MODE_RATE: mode 2, rate generator
 * @PIT_MODE_SQUARE: mode 3, square wave
 * @PIT_MODE_SW_STROBE: mode 4, software triggered strobe
 * @PIT_MODE_HW_STROBE: mode 5, hardware triggered strobe
 * @PIT_MODE_NONE: no control word yet; KVM's ABI says 255 then
 */
enum pit_mode {
	PIT_MODE_TERMINAL,
	PIT_MODE_ONE_SHOT,
	PIT_MODE_RATE,
	PIT_MODE_SQUARE,
	PIT_MODE_SW_STROBE,
	PIT_MODE_HW_STROBE,
	PIT_MODE_NONE = U8_MAX,
};

/**
 * enum pit_access - which byte of a counter comes next
 * @PIT_ACCESS_NONE: no control word yet; as @PIT_ACCESS_LSB
 * @PIT_ACCESS_LSB: the low one, always
 * @PIT_ACCESS_MSB: the high one, always
 * @PIT_ACCESS_WORD0: the low one, then the high one
 * @PIT_ACCESS_WORD1: the high one, then the low one
 *
 * The values are the control word's and KVM's (i8254.c, RW_STATE_*).
 */
enum pit_access {
	PIT_ACCESS_NONE,
	PIT_ACCESS_LSB,
	PIT_ACCESS_MSB,
	PIT_ACCESS_WORD0,
	PIT_ACCESS_WORD1,
};

/**
 * struct pit_channel_regs - what is saved of a channel
 * @count: as the guest wrote it, 65536 for 0; in BCD its digits
 * @load_time: when counting began, in ns of ktime_get_ns()
 * @latched_count: what a counter latch command caught
 * @count_latched: which byte of it is to be read next, none if none
 * @status_latched: @status is to be read next
 * @status: what a read-back command caught
 * @rw_mode: bytes the control word chose
 * @read_state: byte that a read gives next
 * @write_state: byte that a write gives next
 * @write_latch: the low byte, waiting for the high one
 * @mode: how it counts
 * @bcd: four decimal digits
 * @gate: level of its GATE
 */
struct pit_channel_regs {
	u32 count;
	u64 load_time;
	u16 latched_count;
	enum pit_access count_latched;
	bool status_latched;
	u8 status;
	enum pit_access rw_mode;
	enum pit_access read_state;
	enum pit_access write_state;
	u8 write_latch;
	enum pit_mode mode;
	bool bcd;
	bool gate;
};

/**
 * struct pit_channel - one counter; the PIT's lock guards it
 * @regs: saved
 * @null_count: a control word stopped it, and its count has not come yet; not
 *	saved, KVM's layout has no room
 */
struct pit_channel {
	struct pit_channel_regs regs;
	bool null_count;
};

void vic_pit_channel_reset(struct pit_channel *channel, bool gate, u64 now);

/* The guest's side. */
void vic_pit_channel_control(struct pit_channel *channel, u8 word, u64 now);
void vic_pit_channel_readback(struct pit_channel *channel, u8 word, u64 now);
bool vic_pit_channel_write(struct pit_channel *channel, u8 value, u64 now);
u8 vic_pit_channel_read(struct pit_channel *channel, u64 now);
void vic_pit_channel_set_gate(struct pit_channel *channel, bool gate, u64 now);
bool vic_pit_channel_out(const struct pit_channel *channel, u64 now);

/* The clock's side. */
bool vic_pit_channel_is_periodic(const struct pit_channel *channel);
bool vic_pit_channel_ticks(const struct pit_channel *channel);
u64 vic_pit_channel_period_ns(const struct pit_channel *channel);
u64 vic_pit_channel_passes(const struct pit_channel *channel, u64 now);
u64 vic_pit_channel_pass_time(const struct pit_channel *channel, u64 nth);

void vic_pit_channel_save(const struct pit_channel *channel,
			  struct kvm_pit_channel_state *state, u64 now);
void vic_pit_channel_restore(struct pit_channel *channel,
			     const struct kvm_pit_channel_state *state, u64 now);

#endif /* VIC_IRQCHIP_PIT_CHANNEL_H */
