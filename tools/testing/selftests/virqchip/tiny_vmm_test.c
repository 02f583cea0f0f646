// SPDX-License-Identifier: GPL-2.0
/*
 * tiny_vmm_test.c - the example VMM of tools/tiny-vmm says the same on either
 * node, and that all its interrupts came.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define OUTPUT_SIZE	4096
#define NOT_FOUND	127

static const char want[] =
	"guest: hello\n"
	"guest: 5 ticks through the 8259A\n"
	"guest: 5 ticks through the IOAPIC\n"
	"vmm: device 0 interrupts\n"
	"guest: a level interrupt through the IOAPIC\n"
	"vmm: device 1 interrupts\n"
	"guest: a message\n"
	"vmm: the level interrupt was acknowledged\n"
	"vmm: the guest ended with 0\n";

FIXTURE(tiny_vmm) { char command[128], output[OUTPUT_SIZE]; };
FIXTURE_SETUP(tiny_vmm)
{
	snprintf(self->command, sizeof(self->command), "tiny-vmm %s 2>&1",
		 variant->node);
}

TEST_F(tiny_vmm, every_interrupt_comes)
{
	FILE *vmm = popen(self->command, "r");
	size_t length = fread(self->output, 1, OUTPUT_SIZE - 1, vmm);
	int status = pclose(vmm);

	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		test_fail("no tiny-vmm in PATH: %s", self->output);
	if (strstr(self->output, "no capability") && !variant->stacked)
		test_skip("this KVM was built without PIC and IOAPIC");
	if (length != strlen(want) || memcmp(want, self->output, length))
		test_note("%s", self->output);
	EXPECT_EQ(0, status);
	EXPECT_EQ(strlen(want), length);
	EXPECT_EQ(0, strcmp(want, self->output));
}
