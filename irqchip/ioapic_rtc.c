// SPDX-License-Identifier: GPL-2.0
/*
 * Coalesced ticks of the RTC (pin 8). A VMM that drives the pin with
 * KVM_IRQ_LINE_STATUS hears "coalesced" as long as the guest has not ended the
 * tick before, and catches up later; Windows guests keep their time by it.
 * Like KVM's rtc_status (arch/x86/kvm/ioapic.c, rtc_irq_check_coalesced()) with
 * two differences: EOIs are counted by vector, since we are not told whose they
 * are, and nothing is waited for that does not come. KVM sees edge EOIs that
 * are hidden from us (AVIC); a vCPU's INIT loses one on either; an SMI or an NMI
 * has none, for which KVM waits all the same.
 *
 * Everything here works under the chip's lock, on this struct alone.
 */
#include "irqchip/ioapic_private.h"

#include <linux/ktime.h>

/*
 * For how long ticks are merged before we stop to believe that the EOI will
 * come. Tracking resumes at the next EOI seen. Measured in time, not in ticks:
 * at 1024 Hz a guest that is kept waiting for its CPU misses dozens and ends
 * the tick all the same, and an alarm comes once a day.
 */
#define PATIENCE_NS		(2 * NSEC_PER_SEC)

/**
 * vic_ioapic_rtc_reset() - forget what is pending; what was learnt stays
 * @rtc: the tracker
 *
 * For restored state. Another RTE is no reason: the EOI is known by the vector
 * that the tick was sent with, and KVM waits for it too.
 * At worst one tick is reported as delivered that a LAPIC merges.
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_rtc_reset(struct vic_ioapic_rtc *rtc)
{
	rtc->sending = false;
	rtc->early = 0;
	rtc->pending = 0;
	rtc->merging_since = 0;
}

/**
 * vic_ioapic_rtc_coalesces() - is a tick, asserted now, merged into the last?
 * @rtc: the tracker
 *
 * Context: under the chip's lock.
 * Return: true if so; the pin must not be raised then.
 */
bool vic_ioapic_rtc_coalesces(struct vic_ioapic_rtc *rtc)
{
	u64 now;

	if (!rtc->sending && !rtc->pending)
		return false;
	now = ktime_get_ns();
	if (!rtc->merging_since)
		rtc->merging_since = now;
	if (now - rtc->merging_since < PATIENCE_NS)
		return true;

	vic_ioapic_rtc_reset(rtc);
	rtc->untrusted = true;
	return false;
}

/**
 * vic_ioapic_rtc_sending() - a tick whose sender wants status is being sent
 * @rtc: the tracker
 * @vector: its vector
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_rtc_sending(struct vic_ioapic_rtc *rtc, u8 vector)
{
	vic_ioapic_rtc_reset(rtc);
	rtc->vector = vector;
	rtc->sending = !rtc->untrusted;
}

/**
 * vic_ioapic_rtc_overtaken() - the pin sends a message that is not tracked
 * @rtc: the tracker
 * @vector: its vector
 *
 * EOIs come into sight of a pin's last vector alone: with another one, that of
 * the tick cannot be waited for any more.
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_rtc_overtaken(struct vic_ioapic_rtc *rtc, u8 vector)
{
	if (vector != rtc->vector)
		vic_ioapic_rtc_reset(rtc);
}

/**
 * vic_ioapic_rtc_sent() - a tick announced by vic_ioapic_rtc_sending() was sent
 * @rtc: the tracker
 * @result: of vic_apicbus_send()
 *
 * A guest can be quicker than we are: EOIs that came meanwhile are settled.
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_rtc_sent(struct vic_ioapic_rtc *rtc, int result)
{
	if (!rtc->sending)
		return;
	rtc->sending = false;
	if (result > 0 && (u32)result > rtc->early)
		rtc->pending = result - rtc->early;
}

/**
 * vic_ioapic_rtc_eoi() - some vCPU ended a vector
 * @rtc: the tracker
 * @vector: which; may be any
 *
 * Context: under the chip's lock.
 */
void vic_ioapic_rtc_eoi(struct vic_ioapic_rtc *rtc, u8 vector)
{
	if (vector != rtc->vector)
		return;
	rtc->untrusted = false;
	if (rtc->sending)
		rtc->early++;
	else if (rtc->pending)
		rtc->pending--;
}
