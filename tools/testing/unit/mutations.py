# SPDX-License-Identifier: GPL-2.0
"""Ways to break the chips and the routing: for each file, what is called so, the exact text, and what it becomes.

A text must be in its file once. One that is not is a failure: adapt it with the code.
"""

import dataclasses
import pathlib


class Stale(Exception):
    """The file does not hold the text, or holds it more than once."""


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One way: `old` becomes `new` in the file at `path`."""

    path: str
    name: str
    old: str
    new: str

    @property
    def title(self):
        return f"{pathlib.PurePath(self.path).name}: {self.name}"

    def apply(self, root):
        """Changes the file below `root`; returns what it was."""
        file = pathlib.Path(root, self.path)
        text = file.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise Stale(f"{self.path} holds the text {text.count(self.old)} times: {self.old!r}")
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")
        return text


PIC = {
    "irqchip/pic_chip.c": [
        ("rotation_is_off_by_one", "return (pin + 1) & PIC_PIN_MASK;", "return (pin + 2) & PIC_PIN_MASK;"),
        ("rotation_is_ignored", "BIT((r->priority_add + priority) & PIC_PIN_MASK)", "BIT(priority)"),
        ("equal_priority_interrupts", ">=\n\t    highest_priority(r, inh", ">\n\t    highest_priority(r, inh"),
        ("special_mask_mode_is_ignored", "\tif (r->special_mask)\n\t\tpins &= ~r->imr;\n", ""),
        ("secondary_is_special_fully_nested", "r->special_fully_nested && chip->is_primary",
         "r->special_fully_nested"),
        ("wrong_cascade_pin_nests", "pins &= ~BIT(PIC_CASCADE_PIN);", "pins &= ~BIT(PIC_CASCADE_PIN + 1);"),
        ("mask_is_ignored", "u8 requests = r->irr & ~r->imr;", "u8 requests = r->irr;"),
        ("held_edge_asks_again", "level && (is_level || !was_high)", "level"),
        ("level_request_survives_the_fall", "else if (is_level)", "else if (false)"),
        ("edge_request_falls_with_the_line", "else if (is_level)", "else if (!level)"),
        ("masked_is_reported_as_delivered", "\t\treturn VIC_MASKED;", "\t\treturn VIC_DELIVERED;"),
        ("merged_is_reported_as_delivered", "requests && was_requested ? VIC_COALESCED",
         "requests && was_requested ? VIC_DELIVERED"),
        ("eoi_is_dropped", "\tr->isr &= ~BIT(pin);\n", ""),
        ("eoi_is_not_acknowledged", "\tfx->acked |= BIT(pin);\n", ""),
        ("inta_has_the_triggers_swapped", "\tif (!(r->elcr & BIT(pin)))", "\tif (r->elcr & BIT(pin))"),
        ("aeoi_does_not_rotate", "\tif (r->rotate_on_auto_eoi)\n", "\tif (false)\n"),
        ("aeoi_always_rotates", "\tif (r->rotate_on_auto_eoi)\n", "\tif (true)\n"),
        ("aeoi_is_ignored", "\tif (!r->auto_eoi)\n", "\tif (true)\n"),
        ("taken_back_pin_stays_in_service", "\tchip->regs.isr &= ~BIT(pin);\n", ""),
        ("taken_back_edge_is_forgotten", "\tchip->regs.irr |= BIT(pin) & ~chip->regs.elcr;\n", ""),
        ("taken_back_level_asks_anyway", "|= BIT(pin) & ~chip->regs.elcr;", "|= BIT(pin);"),
        ("poll_keeps_the_request", "\tchip->regs.irr &= ~BIT(pin);\n", ""),
        ("icw1_drops_level_requests", "\tr->irr &= r->elcr;\n", "\tr->irr = 0;\n"),
        ("icw1_acknowledges_levels", "dropped = r->irr & ~r->elcr;", "dropped = r->irr;"),
        ("icw1_keeps_the_mask", "\tr->imr = 0;\n", ""),
        ("icw1_keeps_rotation", "\tr->priority_add = 0;\n", ""),
        ("icw4_is_never_read", "r->icw4_follows ? PIC_INIT_ICW4 : PIC_INIT_DONE", "PIC_INIT_DONE"),
        ("icw2_takes_low_bits", "value & PIC_ICW2_BASE;", "value;"),
        ("unchanged_masks_are_told", "fx->mask_changed = r->imr ^ value;", "fx->mask_changed = value;"),
        ("specific_eoi_is_nonspecific", "end_and_rotate(r, pin, false, fx);",
         "end_and_rotate(r, nonspecific_eoi_pin(r), false, fx);"),
        ("set_priority_names_the_highest", "r->priority_add = next_pin(pin);\n\t\tfx->sync",
         "r->priority_add = pin;\n\t\tfx->sync"),
        ("aeoi_rotation_cannot_be_ended", "r->rotate_on_auto_eoi = false;", ";"),
        ("special_mask_needs_no_esmm", "if (value & PIC_OCW3_ESMM && r->special_mask", "if (r->special_mask"),
        ("reads_show_the_other_register", "r->read_isr ? r->isr : r->irr", "r->read_isr ? r->irr : r->isr"),
        ("elcr_takes_any_pin", "chip->regs.elcr = value & chip->elcr_mask;", "chip->regs.elcr = value;"),
        ("restore_takes_any_priority", "state->priority_add & PIC_PIN_MASK", "state->priority_add"),
        ("restore_takes_any_elcr", "state->elcr & chip->elcr_mask", "state->elcr"),
        ("restore_takes_any_stage", "known_init ? state->init_state : PIC_INIT_DONE", "state->init_state"),
    ],
    "irqchip/pic.c": [
        ("cascade_is_lost", "if (vic_pic_chip_requested(secondary) != VIC_PIC_NO_PIN) {", "if (false) {"),
        ("cascade_stays_high", "\t\tvic_pic_chip_set_input(primary, PIC_CASCADE_PIN, false);\n", ""),
        ("intr_is_told_again", "return is_up && !was_up;", "return is_up;"),
        ("intr_rises_before_the_acks", "if (!fx->sync || fx->acked)", "if (!fx->sync)"),
        ("secondary_acks_as_primary", "fx->acked |= one->acked << shift;", "fx->acked |= one->acked;"),
        ("mask_is_told_as_unmask", "fx->masked & BIT(pin));", "!(fx->masked & BIT(pin)));"),
        ("any_source_lowers_the_line", "before & ~BIT(a->source);", "0;"),
        ("spurious_vector_is_wrong", "pic->chips[chip].regs.irq_base + pin", "pic->chips[0].regs.irq_base + pin"),
        ("cascade_is_not_taken_back", "if (chip == VIC_CHIP_SECONDARY)\n\t\tvic_pic_chip_take_back",
         "if (false)\n\t\tvic_pic_chip_take_back"),
        ("taken_back_vector_counts_as_delivered", "\t\tpic->stats[inta->pin].delivered--;\n", ""),
        ("secondary_is_not_asked_in_inta", "if (pin == PIC_CASCADE_PIN) {", "if (false) {"),
        ("poll_bit_is_missing", "return PIC_POLL_INT | pin;", "return pin;"),
        ("poll_of_the_secondary_keeps_the_cascade", "\t\tprimary->irr &= ~BIT(PIC_CASCADE_PIN);\n", ""),
        ("poll_lasts", "\t\tchip->regs.poll = false;\n", ""),
        ("restore_tells_no_intr", "\tif (is_up)\n", "\tif (false)\n"),
    ],
    "irqchip/pic_regs.h": [
        ("aeoi_is_another_bit", "#define PIC_ICW4_AEOI\t\tBIT(1)", "#define PIC_ICW4_AEOI\t\tBIT(0)"),
        ("cascade_is_pin_3", "#define PIC_CASCADE_PIN\t\t2", "#define PIC_CASCADE_PIN\t\t3"),
        ("primarys_cascade_can_be_level", "#define PIC_ELCR_PRIMARY\tGENMASK(7, 3)",
         "#define PIC_ELCR_PRIMARY\tGENMASK(7, 2)"),
    ],
}

IOAPIC = {
    "irqchip/ioapic.c": [
        ("no_eoi_is_awaited", "awaits = ioapic->remote_irr;", "awaits = false;"),
        ("failed_send_is_forgotten", "\tif (ret < VIC_MASKED)\n\t\tvic_apicbus_unsent(ioapic->vm);\n", ""),
        ("nmis_owe_an_eoi", "a->line_status && has_eoi(&taken->msg)", "a->line_status"),
        ("masked_pin_is_sent", "\tif (ioapic->masked & bit)\n\t\treturn VIC_MASKED;\n", ""),
        ("level_in_service_is_sent", "if (ioapic->level & ioapic->remote_irr & bit) {", "if (false) {"),
        ("remote_irr_is_not_set", "\t\tioapic->remote_irr |= bit;\n", ""),
        ("remote_irr_is_set_on_edges", "\tioapic->blocked &= ~bit;\n\n", "\tioapic->remote_irr |= bit;\n"),
        ("nobody_took_it_but_remote_irr_stays", "\tioapic->remote_irr &= ~bit;\n\treturn (ioapic->blocked",
         "\treturn (ioapic->blocked"),
        ("event_during_a_lost_message_is_forgotten", "\t\tioapic->blocked |= bit;\n", ""),
        ("result_clears_anothers_remote_irr", "!taken->msg.level || ioapic->seq[pin] != taken->seq",
         "!taken->msg.level"),
        ("failed_send_is_lost", "\t\tset_due(ioapic, ioapic->due | bit);\n\treturn false;", "\t\t;\n\treturn false;"),
        ("held_edge_is_sent_again", "\t\tif (was_pending)\n", "\t\tif (false)\n"),
        ("masked_level_stays_due", "\t\tif (rte & RTE_MASKED)\n", "\t\tif (false)\n"),
        ("flip_to_edge_keeps_remote_irr", "\t\tioapic->remote_irr &= ~bit;\n\t\tioapic->seq[pin]++;", "\t\t;"),
        ("trigger_mode_is_inverted", ".level = rte & RTE_TRIGGER_LEVEL,", ".level = !(rte & RTE_TRIGGER_LEVEL),"),
        ("destination_mode_is_inverted", ".logical = rte & RTE_DESTMOD_LOGICAL,",
         ".logical = !(rte & RTE_DESTMOD_LOGICAL),"),
        ("level_eoi_is_not_asked_for", "return msg->level || msg->pin", "return msg->pin"),
        ("first_source_to_fall_lowers_the_line", "\tif (!ioapic->sources[pin]) {", "\tif (!a->level) {"),
        ("irr_survives_the_fall", "\t\tioapic->irr &= ~BIT(pin);\n", ""),
        ("fall_withdraws_an_accepted_edge", "\t\tioapic->irr &= ~BIT(pin);\n",
         "\t\tioapic->irr &= ~BIT(pin);\n\t\tset_due(ioapic, ioapic->due & ~BIT(pin));\n"),
        ("atomic_caller_sends", "accepted && a->may_send && take", "accepted && take"),
        ("nobody_is_told_of_a_due_pin", "\telse if (accepted)\n", "\telse if (false)\n"),
        ("flush_stops_after_one", "\t\tif (ret < VIC_MASKED)\n\t\t\terr = err ?: ret;\n\t}", "\t\treturn 0;\n\t}"),
        ("flush_stops_at_an_error", "\t\t\terr = err ?: ret;\n", "\t\t\treturn ret;\n"),
        ("eoi_does_not_send_a_high_line_again", "\telse if (!vic_ioapic_storm_holds(ioapic, pin))\n", "\telse if (false)\n"),
        ("eoi_keeps_remote_irr", "\tioapic->remote_irr &= ~bit;\n\tioapic->seq[pin]++;\n\tif (!(ioapic->irr",
         "\tif (!(ioapic->irr"),
        ("eoi_ends_one_pin_of_its_vector", "\t\t\tpins |= BIT(pin);\n\treturn pins;", "\t\t\tpins = BIT(pin);\n\treturn pins;"),
        ("eoi_of_an_edge_is_not_acknowledged", "pins = pins_of_vector(ioapic, vector);",
         "pins = pins_of_vector(ioapic, vector) & ioapic->level;"),
        ("directed_eoi_acknowledges_what_waits_for_none", "pins_of_vector(ioapic, vector) & ioapic->remote_irr;",
         "pins_of_vector(ioapic, vector);"),
        ("pins_are_unmasked_after_reset", "\t\tioapic->masked |= BIT(pin);\n", ""),
    ],
    "irqchip/ioapic_mmio.c": [
        ("halves_are_swapped_in_reads", "IOAPIC_REDTBL_HIGH ? FIELD_GET(RTE_HIGH, rte) :",
         "IOAPIC_REDTBL_HIGH ? FIELD_GET(RTE_LOW, rte) :"),
        ("write_to_the_high_half_clears_the_low", "(old & RTE_LOW) |\n", "0 |\n"),
        ("remote_irr_is_not_shown", "\t\trte |= RTE_REMOTE_IRR;\n", "\t\t;\n"),
        ("version_is_always_0x11", "FIELD_PREP(IOAPICVER_VERSION, ioapic->version)",
         "FIELD_PREP(IOAPICVER_VERSION, IOAPIC_VERSION_82093AA)"),
        ("last_pin_is_missing", "(pin >= VIC_IOAPIC_PINS)\n\t\treturn VIC_IOAPIC_PINS;\n\treturn array",
         "(pin >= VIC_IOAPIC_PINS - 1)\n\t\treturn VIC_IOAPIC_PINS;\n\treturn array"),
        ("mask_changes_are_not_told", "(old ^ fx->rte) & RTE_MASKED;", "false;"),
        ("unmask_does_not_look_at_the_line", "\tfx->resample = true;\n", ""),
        ("resampler_is_asked_and_it_is_sent", "!asked && ioapic->resampling & bit", "ioapic->resampling & bit"),
        ("accepted_messages_leave_with_the_new_rte", "\t(void)vic_ioapic_flush(ioapic);\n\n\traw_spin", "\n\traw_spin"),
        ("version_0x11_has_an_eoi_register", "ioapic->version >= IOAPIC_VERSION_EOIR", "true"),
    ],
    "irqchip/ioapic_regs.h": [
        ("remote_irr_is_writable", "RTE_INTPOL_LOW | RTE_TRIGGER_LEVEL |\t\\",
         "RTE_INTPOL_LOW | RTE_TRIGGER_LEVEL | RTE_REMOTE_IRR | \\"),
        ("reserved_bits_are_writable", "#define RTE_DEST\t\tGENMASK_ULL(63, 56)",
         "#define RTE_DEST\t\tGENMASK_ULL(63, 55)"),
    ],
    "irqchip/ioapic_rtc.c": [
        ("ticks_never_merge", "\tif (!rtc->sending && !rtc->pending)\n", "\tif (true)\n"),
        ("ticks_merge_for_ever", "now - rtc->merging_since < PATIENCE_NS", "true"),
        ("patience_begins_with_the_tick", "\trtc->merging_since = 0;\n", "\trtc->merging_since = ktime_get_ns();\n"),
        ("any_eoi_ends_a_tick", "\tif (vector != rtc->vector)\n\t\treturn;\n", ""),
        ("early_eois_are_lost", "rtc->pending = result - rtc->early;", "rtc->pending = result;"),
        ("tick_waits_for_an_eoi_out_of_sight", "\tif (vector != rtc->vector)\n\t\tvic_ioapic_rtc_reset(rtc);\n", ""),
        ("nobody_owes_an_eoi", "\tif (result > 0 && (u32)result > rtc->early)\n", "\tif (false)\n"),
    ],
    "irqchip/ioapic_state.c": [
        ("edges_get_remote_irr", "rte & RTE_REMOTE_IRR && rte & RTE_TRIGGER_LEVEL", "rte & RTE_REMOTE_IRR"),
        ("remote_irr_is_not_saved", "\t\t\tstate->redirtbl[pin].bits |= RTE_REMOTE_IRR;\n", "\t\t\t;\n"),
        ("base_address_is_not_saved", "\tstate->base_address = IOAPIC_BASE;\n", ""),
        ("high_pins_are_not_raised", "\tfor_each_set_bit(pin, &irr, VIC_IOAPIC_PINS)\n\t\tvic_ioapic_raise(ioapic, pin);\n", ""),
        ("delivered_edges_are_saved", "ioapic->level | ~ioapic->irr_delivered", "~0U"),
        ("level_that_was_an_edge_is_hidden", "ioapic->level | ~ioapic->irr_delivered", "~ioapic->irr_delivered"),
        ("due_edges_are_not_saved", "ioapic->due & ~ioapic->masked & ~ioapic->level", "0"),
        ("id_is_not_cut", "state->id & FIELD_MAX(IOAPICID_ID)", "state->id"),
        ("select_is_not_cut", "FIELD_GET(IOREGSEL_INDEX, state->ioregsel)", "state->ioregsel >> 4"),
        ("eoi_of_a_restored_level_is_not_expected", "\t\treturn remote_irr;\n", "\t\treturn false;\n"),
        ("nobody_is_told_of_restored_pins", "\tif (due)\n\t\tvic_apicbus_pending", "\tif (false)\n\t\tvic_apicbus_pending"),
    ],
    "irqchip/ioapic_storm.c": [
        ("storm_never_holds", "++storm->eois[pin] < STORM_EOIS || storm->stopped", "true"),
        ("storm_holds_one_eoi_late", "++storm->eois[pin] < STORM_EOIS", "storm->eois[pin]++ < STORM_EOIS"),
        ("storm_holds_for_good", "\tif (!storm->held)\n", "\tif (false)\n"),
        ("storm_holds_after_stop", " || storm->stopped", ""),
        ("pause_sends_a_line_that_fell", "ioapic->storm.held & ioapic->irr & ioapic->level", "ioapic->storm.held"),
    ],
}

PIT = {
    "irqchip/pit_channel.c": [
        ("bcd_is_ignored", "\tif (!r->bcd)\n", "\tif (true)\n"),
        ("bcd_reads_binary", "r->bcd ? to_bcd(count) : count", "count"),
        ("mode_6_and_7_stand_for_themselves", "mode <= PIT_MODE_LAST ? mode : mode & PIT_MODE_ALIAS", "mode"),
        ("mode_alias_is_wrong", "mode <= PIT_MODE_LAST ? mode : mode & PIT_MODE_ALIAS",
         "mode <= PIT_MODE_LAST ? mode : PIT_MODE_RATE"),
        ("null_count_is_never_set", "\tchannel->null_count = true;\n", ""),
        ("null_count_is_never_cleared", "\tchannel->regs.load_time = now;\n\tchannel->null_count = false;",
         "\tchannel->regs.load_time = now;"),
        ("count_of_zero_is_one", "channel->regs.count = count ?: PIT_COUNT_MAX;", "channel->regs.count = count ?: 1;"),
        ("second_latch_counts", "\tif (r->count_latched)\n\t\treturn;\n\tr->latched", "\tr->latched"),
        ("second_status_counts", "\tif (r->status_latched)\n\t\treturn;\n\tr->status", "\tr->status"),
        ("write_order_is_swapped", "load(channel, high | r->write_latch, now);",
         "load(channel, r->write_latch << BITS_PER_COUNT_BYTE | value, now);"),
        ("latch_order_is_swapped", "r->count_latched = byte == PIT_ACCESS_WORD0 ? PIT_ACCESS_MSB :",
         "r->count_latched = byte == PIT_ACCESS_MSB ? PIT_ACCESS_WORD0 :"),
        ("latched_high_byte_is_low", "\tif (byte == PIT_ACCESS_MSB)\n", "\tif (false)\n"),
        ("read_order_is_swapped", "\t\tr->read_state = PIT_ACCESS_WORD1;\n\t\treturn count;",
         "\t\tr->read_state = PIT_ACCESS_WORD1;\n\t\treturn count >> BITS_PER_COUNT_BYTE;"),
        ("latch_is_a_mode", "FIELD_GET(PIT_CONTROL_ACCESS, word) == PIT_ACCESS_LATCH", "false"),
        ("readback_bits_are_active_high", "if (!(word & PIT_READBACK_NO_COUNT))", "if (word & PIT_READBACK_NO_COUNT)"),
        ("mode_2_strobes_a_clock_early", "phase(r, now) != n - 1", "phase(r, now) != n - 2"),
        ("mode_3_odd_halves_are_swapped", "phase(r, now) < (n + 1) / 2", "phase(r, now) < n / 2"),
        ("mode_3_counts_by_ones", "(n & ~1U) - 2 * clocks", "(n & ~1U) - clocks"),
        ("mode_0_is_upside_down", "elapsed_clocks(r, now) >= n;", "elapsed_clocks(r, now) < n;"),
        ("mode_5_ticks", "channel->regs.mode < PIT_MODE_HW_STROBE", "channel->regs.mode <= PIT_MODE_HW_STROBE"),
        ("ticks_drift", "clocks_to_ns(nth * divisor(r))", "nth * clocks_to_ns(divisor(r))"),
        ("gate_restarts_mode_0", "r->mode != PIT_MODE_TERMINAL &&\n", "true &&\n"),
        ("gate_restarts_while_high", "gate && !r->gate && restarts", "gate && restarts"),
        ("restore_takes_any_count", "min_t(u32, state->count ?: PIT_COUNT_MAX, PIT_COUNT_MAX)", "state->count ?: PIT_COUNT_MAX"),
        ("restore_takes_a_count_of_zero", "min_t(u32, state->count ?: PIT_COUNT_MAX, PIT_COUNT_MAX)",
         "min_t(u32, state->count, PIT_COUNT_MAX)"),
        ("restore_keeps_a_time_long_past", "if (now - load_time >= vic_pit_channel_period_ns(channel))", "if (false)"),
        ("whole_ns_are_rounded_up", "ns_to_clocks(ns) < clocks ? ns + 1 : ns", "ns + 1"),
        ("restore_loses_the_phase", "\treturn load_time;\n}", "\treturn now;\n}"),
        ("restore_takes_any_mode", "\treturn PIT_MODE_NONE;\n", "\treturn mode;\n"),
        ("restore_takes_any_access", "return access <= last ? access : PIT_ACCESS_LSB;", "return access;"),
    ],
    "irqchip/pit_tick.c": [
        ("short_periods_are_not_slowed", "vic_pit_channel_period_ns(channel) >= min_ns)", "true)"),
        ("new_count_keeps_what_is_owed", "\ttick->owed = 0;\n\tif (tick->in_flight && !is", "\tif (tick->in_flight && !is"),
        ("new_count_forgets_the_one_in_service", "\tif (tick->in_flight && !is_in_sight(tick)) {", "\tif (tick->in_flight) {"),
        ("new_count_waits_for_unseen_acks", "\tif (tick->in_flight && !is_in_sight(tick)) {", "\tif (false) {"),
        ("new_count_knows_of_no_second_tick", "\t\ttick->in_flight = false;\n\t\ttick->second = PIT_SECOND_SENT;",
         "\t\ttick->in_flight = false;"),
        ("hpet_does_not_stop_ticks", "tick->stopped || hpet_instead ||\n", "tick->stopped ||\n"),
        ("stop_is_not_for_good", "tick->stopped || hpet_instead ||\n", "hpet_instead ||\n"),
        ("ticks_do_not_wait_for_the_ack", "tick->in_flight ? awaits_ack(tick, now) :", "tick->in_flight ? false :"),
        ("wait_for_the_ack_does_not_end", "tick->flight_ticks < ACK_PATIENCE_TICKS", "true"),
        ("seen_acks_are_waited_for_no_longer", "\tif (patient && is_in_sight(tick))\n\t\treturn true;\n", ""),
        ("seen_acks_are_waited_for_for_ever", "\tif (patient && is_in_sight(tick))", "\tif (is_in_sight(tick))"),
        ("one_ack_is_as_good_as_many", "min(tick->acks_seen + 1, ACKS_IN_SIGHT)", "ACKS_IN_SIGHT"),
        ("acks_need_not_be_in_a_row", "\tif (!patient || tick->flight_ticks >= ACK_IN_A_ROW_TICKS)", "\tif (false)"),
        ("unseen_acks_pile_up", "\tif (!tick->period_ns || now - tick->flight_began >= OWED_PATIENCE_NS)", "\tif (false)"),
        ("owed_ticks_have_no_bound", "tick->owed_max = div64_u64(OWED_PATIENCE_NS, tick->period_ns) ?: 1;", "tick->owed_max = U32_MAX;"),
        ("late_ticks_are_not_owed", "\towe(pit, due, now);\n", "\towe(pit, 1, now);\n"),
        ("stale_timer_sends_again", "if (expire(pit, now) || put_off_until(tick) <= now)\n", "if (expire(pit, now) || true)\n"),
        ("late_ticks_go_within_the_eoi", "now < tick->pause_end) {", "false) {"),
        ("pause_does_not_end", "\t\treturn tick->pause_end;", "\t\treturn NEVER;"),
        ("lost_one_shot_is_waited_for_for_ever", "tick->period_ns ? NEVER : tick->flight_began + ACK_PATIENCE_NS", "NEVER"),
        ("guest_on_time_needs_no_pause", "\t\treturn took / 4;\n", "\t\treturn 0;\n"),
        ("pause_is_as_long_as_the_tick", "(tick->period_ns - took) / 2, took / 4, took)", "took, took, took)"),
        ("pause_may_be_nothing", "(tick->period_ns - took) / 2, took / 4, took)", "(tick->period_ns - took) / 2, 0, took)"),
        ("long_handler_has_the_short_ones_pause", "\tif (took >= tick->period_ns ||\n", "\tif ("),
        ("guest_behind_has_the_late_ones_pause", "tick->owed * tick->period_ns > LATE_FOR_ONCE_NS)", "false)"),
        ("guest_late_for_once_stays_behind", "tick->owed * tick->period_ns > LATE_FOR_ONCE_NS)", "tick->owed)"),
        ("pause_grows_at_once", "\treturn min(fair_pause(tick, took),\n\t\t   tick->pause_ns + tick->pause_ns / 4 + PAUSE_STEP_NS);",
         "\treturn fair_pause(tick, took);"),
        ("one_shots_have_no_least_pause", "\tif (!tick->period_ns)\n\t\tpause = max", "\tif (false)\n\t\tpause = max"),
        ("second_tick_is_not_thought_of", "\ttick->second = PIT_SECOND_SENT;\n\tpulse", "\tpulse"),
        ("second_tick_has_no_pause", "return min_t(u64, handler + handler / 4, SECOND_PATIENCE_NS);", "return 0;"),
        ("second_tick_is_waited_for_without_an_end", "return min_t(u64, handler + handler / 4, SECOND_PATIENCE_NS);",
         "return handler + handler / 4;"),
        ("restore_waits_for_an_ack", "\tlockdep_assert_held(&pit->lock);\n\tforgive(&pit->tick);",
         "\tlockdep_assert_held(&pit->lock);"),
        ("one_shot_ticks_for_ever", "\tif (!tick->period_ns) {\n\t\ttick->armed", "\tif (false) {\n\t\ttick->armed"),
        ("stale_timer_ticks", "\tif (!tick->armed || due < tick->nth)", "\tif (!tick->armed)"),
        ("ack_pays_all", "\t\ttick->owed--;\n", "\t\ttick->owed = 0;\n"),
        ("ack_pays_nothing", "\t\ttick->owed--;\n", "\t\t;\n"),
        ("mask_forgives", "\tif (masked)\n\t\treturn;\n", ""),
        ("notifiers_stay", "\tvic_routing_del_ack(pit->vm, &pit->ack);\n", ""),
    ],
    "irqchip/pit.c": [
        ("readback_names_the_next_channel", "if (chosen & BIT(i))", "if (chosen & BIT((i + 1) % PIT_CHANNELS))"),
        ("control_word_does_not_stop_ticks", "if (nr == PIT_CHANNEL_TICK && pit->channels[nr].null_count)", "if (false)"),
        ("other_channels_restart_ticks", "if (loaded && nr == PIT_CHANNEL_TICK)", "if (loaded)"),
        ("speaker_port_is_always_there", "return pit->has_speaker && port", "return port"),
        ("speaker_shows_no_out", "\t\tvalue |= PIT_SPEAKER_OUT2;\n", "\t\t;\n"),
        ("restore_takes_any_flag", "state->flags & KNOWN_FLAGS", "state->flags"),
        ("restore_starts_no_ticks", "KNOWN_FLAGS;\n\tvic_pit_tick_forget(pit);\n\tvic_pit_tick_restart(pit);", "KNOWN_FLAGS;"),
    ],
}

ROUTING = {
    "routing/table.c": [
        ("duplicate_is_accepted", "route->pin.chip == entry->u.irqchip.irqchip)", "false)"),
        ("message_beside_a_pin_is_accepted", "\t\t    entry->type != KVM_IRQ_ROUTING_IRQCHIP ||\n", ""),
        ("secondarys_pins_begin_at_0", "\t\tfirst = PIC_PINS;\n", ""),
        ("pin_24_is_accepted", "\tif (pin >= pins)\n", "\tif (pin > pins)\n"),
        ("chip_has_too_many_pins", "u32 pin = entry->u.irqchip.pin, pins = PIC_PINS",
         "u32 pin = entry->u.irqchip.pin, pins = VIC_PIC_PAIR_PINS"),
        ("flags_are_not_judged", "\tif (!flags_are_known(entry))\n", "\tif (false)\n"),
        ("device_id_is_refused", "entry->flags & ~KVM_MSI_VALID_DEVID", "entry->flags"),
        ("xen_priority_is_not_judged", "if (entry->u.xen_evtchn.priority !=\n", "if (false && entry->u.xen_evtchn.priority !=\n"),
        ("first_gsi_keeps_a_shared_pin", "\tif (route->type == KVM_IRQ_ROUTING_IRQCHIP)\n",
         "\tif (route->type == KVM_IRQ_ROUTING_IRQCHIP &&\n"
         "\t    table->chip[route->pin.chip][route->pin.pin] == VIC_NO_GSI)\n"),
        ("reverse_map_is_shifted", "[route->pin.pin] = gsi;", "[route->pin.pin] = gsi ? gsi - 1 : 0;"),
        ("gsi_4096_is_accepted", "if (entries[i].gsi >= VIC_MAX_ROUTES)", "if (entries[i].gsi > VIC_MAX_ROUTES)"),
        ("last_gsi_is_missing", "max(nr_gsis, entries[i].gsi + 1)", "max(nr_gsis, entries[i].gsi)"),
        ("default_secondary_is_the_primary", "KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE,",
         "KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_MASTER,"),
        ("default_ends_at_16", "for (gsi = 0; gsi < VIC_IOAPIC_PINS; gsi++) {", "for (gsi = 0; gsi < 16; gsi++) {"),
        ("several_routes_count_as_one", " || routes->first->next", ""),
        ("old_table_is_freed_at_once", "\t\tcall_rcu(&table->rcu, free_retired);\n", "\t\tfree_retired(&table->rcu);\n"),
        ("old_table_is_freed_before_its_readers_are_done", "\tsynchronize_rcu_expedited();\n", ""),
        ("nobody_waits_for_readers", "<= MAX_RETIRED)", "<= MAX_RETIRED * 1000L)"),
        ("retired_tables_are_not_forgotten", "\tatomic_long_sub(table->size, &retired);\n\tvic_routing_free",
         "\tvic_routing_free"),
        ("old_table_stays", "return rcu_replace_pointer(vm->routing.table, table,",
         "return rcu_replace_pointer(table, table,"),
    ],
    "routing/set.c": [
        ("routes_are_taken_in_reverse", "\twhile (nr--) {\n\t\tret = routes[nr].set(vm, &routes[nr], a);",
         "\tfor (unsigned int i = 0; i < nr; i++) {\n\t\tret = routes[i].set(vm, &routes[i], a);"),
        ("pulse_stays_high", "\tdrive(vm, gsi, routes, nr, &fall);\n", ""),
        ("pulse_falls_by_another_table", "\tdrive(vm, gsi, routes, nr, &fall);\n",
         "\tvic_routing_set_gsi(vm, gsi, &fall);\n"),
        ("pulse_tells_of_its_fall", "\tdrive(vm, gsi, routes, nr, &fall);\n",
         "\tresult = drive(vm, gsi, routes, nr, &fall);\n"),
        ("results_are_not_added", "result < 0 ? ret : result + ret", "ret"),
        ("masked_wins", "\t\telse if (ret >= 0)\n", "\t\telse\n"),
        ("error_counts_as_masked", "\t\t\terr = err ?: ret;\n", "\t\t\t;\n"),
        ("result_hides_an_error", "\tresult = err ?: result;\n", "\tresult = result >= 0 ? result : err ?: result;\n"),
        ("message_of_another_gsi", "vic_apicbus_set_gsi(vm, route->gsi, a);\n}\n\n/**\n * vic_route_set_hv_sint",
         "vic_apicbus_set_gsi(vm, route->gsi + 1, a);\n}\n\n/**\n * vic_route_set_hv_sint"),
    ],
    "routing/notify.c": [
        ("ack_of_another_gsi_is_told", "\t\t\tif (notifier->gsi == gsi)\n\t\t\t\tnotifier->acked",
         "\t\t\tif (notifier->gsi >= gsi)\n\t\t\t\tnotifier->acked"),
        ("mask_of_another_gsi_is_told", "\t\t\tif (notifier->gsi == gsi)\n\t\t\t\tnotifier->changed",
         "\t\t\tif (true)\n\t\t\t\tnotifier->changed"),
        ("mask_is_told_as_unmask", "notifier->changed(notifier, masked);", "notifier->changed(notifier, !masked);"),
        ("any_listener_counts", "\t\tif (notifier->gsi == gsi)\n\t\t\treturn true;", "\t\treturn true;"),
        ("listeners_stay", "\thlist_del_rcu(link);\n", ""),
    ],
    "routing/show.c": [
        ("reverse_map_is_shown_from_pin_1", "vic_routing_pin_to_gsi(table, chip, pin));",
         "vic_routing_pin_to_gsi(table, chip, pin + 1));"),
        ("logical_is_shown_as_physical", "msi->address_lo & MSI_ADDR_DM_LOGICAL", "msi->address_lo & MSI_ADDR_RH"),
    ],
}


def all_mutations():
    """Every one, those of a file together."""
    return [Mutation(path, *row) for table in (PIC, IOAPIC, PIT, ROUTING)
            for path, rows in table.items() for row in rows]


def find(title):
    """The one called so, as "FILE: NAME"."""
    return next(mutation for mutation in all_mutations() if mutation.title == title)
