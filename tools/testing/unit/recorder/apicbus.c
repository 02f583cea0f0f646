// SPDX-License-Identifier: GPL-2.0
/*
 * apicbus.c - writes down what the chips put on the APIC bus. A message that
 * is sent was taken by one LAPIC unless unit_answers.send_result is set (to
 * the result; 0 LAPICs is spelt INT_MIN there).
 */
#include "unit.h"
#include "apicbus/apicbus.h"

static int send_result(void)
{
	int result = unit_answers.send_result;

	if (!result)
		return 1;
	return result == INT_MIN ? 0 : result;
}

int vic_apicbus_send(struct vic_vm *vm, const struct vic_msg *msg)
{
	might_sleep();
	unit_log("send pin %u dest 0x%02x %s vector 0x%02x mode %u %s%s",
		 msg->pin, msg->dest, msg->logical ? "logical" : "physical",
		 msg->vector, msg->delivery_mode, msg->level ? "level" : "edge",
		 msg->want_eoi ? " eoi" : "");
	if (unit_answers.on_send)
		unit_answers.on_send(vm, msg->pin);
	return send_result();
}

int vic_apicbus_expect_eoi(struct vic_vm *vm, const struct vic_msg *msg)
{
	might_sleep();
	unit_log("expect pin %u vector 0x%02x", msg->pin, msg->vector);
	return unit_answers.expect_eoi_result;
}

void vic_apicbus_pending(struct vic_vm *vm, const struct vic_msg *msg)
{
	unit_log("pending pin %u vector 0x%02x", msg->pin, msg->vector);
}

void vic_apicbus_unsent(struct vic_vm *vm)
{
	unit_log("unsent");
}

void vic_apicbus_intr(struct vic_vm *vm)
{
	unit_log("intr");
}

int vic_apicbus_set_gsi(struct vic_vm *vm, u32 gsi, const struct vic_assert *a)
{
	unit_log("bus gsi %u level %u", gsi, a->level);
	return send_result();
}
