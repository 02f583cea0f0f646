// SPDX-License-Identifier: GPL-2.0
/*
 * routing_view_test.c - a routing table set by ioctl, read back by debugfs,
 * GSI to pin and pin to GSI. Only the module has such a view.
 */
#include "chips.h"
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEBUGFS			"/sys/kernel/debug/virqchip"
#define VIEW_SIZE		(1u << 20)
#define MSI_GSI			24

FIXTURE(view) { struct vm vm; struct routes *r; char *text; };
FIXTURE_SETUP(view)
{
	vm_open(&self->vm);
	self->r = routes_new();
	self->text = calloc(1, VIEW_SIZE);
}

/* VMs are numbered upwards, and ours is the last. */
static long newest_vm(void)
{
	DIR *directory = opendir(DEBUGFS);
	struct dirent *entry;
	long newest = -1;

	if (!directory)
		test_skip("%s: %s", DEBUGFS, strerror(errno));
	while ((entry = readdir(directory))) {
		char *end;
		long id = strtol(entry->d_name, &end, 10);

		if (end != entry->d_name && !*end && id > newest)
			newest = id;
	}
	closedir(directory);
	ASSERT_LE(0, newest);
	return newest;
}

static void read_view(char *text, const char *name)
{
	size_t size = 0;
	char path[100];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), DEBUGFS "/%ld/%s", newest_vm(), name);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	while ((got = read(fd, text + size, VIEW_SIZE - 1 - size)) > 0)
		size += got;
	ASSERT_EQ(0, got);
	text[size] = '\0';
	close(fd);
}

static void expect_text(const char *text, const char *want)
{
	bool found = strstr(text, want);

	if (!found)
		test_note("not found: %s", want);
	EXPECT_TRUE(found);
}

static void expect_routes(char *text, const char *want)
{
	read_view(text, "routes");
	expect_text(text, want);
}

/* What an unmodified QEMU sets for its default machine. */
static void add_qemus(struct routes *r)
{
	unsigned int gsi;

	for (gsi = 0; gsi < 8; gsi++)
		if (gsi != PIC_CASCADE)
			routes_add_pin(r, gsi, KVM_IRQCHIP_PIC_MASTER, gsi);
	for (gsi = 8; gsi < NR_PIC_PINS; gsi++)
		routes_add_pin(r, gsi, KVM_IRQCHIP_PIC_SLAVE, gsi - 8);
	for (gsi = 0; gsi < NR_IOAPIC_PINS; gsi++) {
		if (gsi == 0)
			routes_add_pin(r, gsi, KVM_IRQCHIP_IOAPIC, 2);
		else if (gsi != 2)
			routes_add_pin(r, gsi, KVM_IRQCHIP_IOAPIC, gsi);
	}
}

TEST_F_WITH(view, qemus_table, .only = "stacked")
{
	vm_create_irqchip(&self->vm);
	add_qemus(self->r);
	routes_add_msi(self->r, MSI_GSI, 0xfee02000, 0x4022);
	vm_set_routes(&self->vm, self->r);
	expect_routes(self->text,
		      "chip = {"
		      "{0,1,-1,3,4,5,6,7,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{-1,-1,-1,-1,-1,-1,-1,-1,8,9,10,11,12,13,14,15,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{-1,1,0,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23}}");
	expect_text(self->text, "gsi 0: irqchip ioapic pin 2; set vic_");
	expect_text(self->text, "gsi 0: irqchip primary pin 0; set vic_");
	expect_text(self->text, "gsi 24: msi ");
	expect_text(self->text, "destination 2 physical, vector 0x22");
	EXPECT_TRUE(!strstr(self->text, "gsi 2:"));
}

TEST_F_WITH(view, default_table, .only = "stacked")
{
	vm_create_irqchip(&self->vm);
	expect_routes(self->text,
		      "chip = {"
		      "{0,1,2,3,4,5,6,7,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{-1,-1,-1,-1,-1,-1,-1,-1,8,9,10,11,12,13,14,15,-1,-1,-1,-1,-1,-1,-1,-1},"
		      "{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23}}");
}

TEST_F_WITH(view, two_gsis_on_one_pin_show_the_last, .only = "stacked")
{
	vm_create_irqchip(&self->vm);
	routes_add_pin(self->r, 50, KVM_IRQCHIP_IOAPIC, 0);
	routes_add_pin(self->r, 5, KVM_IRQCHIP_IOAPIC, 0);
	vm_set_routes(&self->vm, self->r);
	expect_routes(self->text, "{5,-1,");
	expect_text(self->text, "gsi 50: irqchip ioapic pin 0");
	expect_text(self->text, "gsi 5: irqchip ioapic pin 0");
}

TEST_F_WITH(view, full_table, .only = "stacked")
{
	unsigned int gsi;

	vm_create_irqchip(&self->vm);
	for (gsi = 0; gsi < 4096; gsi++)
		routes_add_msi(self->r, gsi, MSI_ADDRESS(0), 0x22);
	vm_set_routes(&self->vm, self->r);
	expect_routes(self->text, "gsi 4095: msi");
}

TEST_F_WITH(view, vm_without_chips_shows_nothing, .only = "stacked")
{
	read_view(self->text, "routes");
	EXPECT_EQ(0, strlen(self->text));
	read_view(self->text, "pins");
	EXPECT_EQ(0, strlen(self->text));
	read_view(self->text, "irqfds");
	EXPECT_EQ(0, strlen(self->text));
}

TEST_F_WITH(view, pins_are_counted, .only = "stacked")
{
	unsigned long long counts[4];
	const char *line;
	int gsi;

	vm_create_irqchip(&self->vm);
	vm_irq_line(&self->vm, 20, 1);
	vm_irq_line(&self->vm, 20, 0);
	vm_irq_line(&self->vm, 20, 1);
	read_view(self->text, "pins");
	line = strstr(self->text, "ioapic     20");
	ASSERT_TRUE(line != NULL);
	ASSERT_EQ(5, sscanf(line, "ioapic 20 %d %llu %llu %llu %llu", &gsi,
			    &counts[0], &counts[1], &counts[2], &counts[3]));
	EXPECT_EQ(20, gsi);
	EXPECT_EQ(2, counts[0]);
	EXPECT_EQ(0, counts[1]);
	EXPECT_EQ(0, counts[2]);
	EXPECT_EQ(2, counts[3]);
}

TEST_F_WITH(view, message_that_kvm_refuses_is_counted, .only = "stacked")
{
	vm_create_irqchip(&self->vm);
	routes_add_msi(self->r, MSI_GSI, MSI_ADDRESS(0), 0x22);
	self->r->entries[0].u.msi.address_hi = 1;
	vm_set_routes(&self->vm, self->r);
	EXPECT_EQ(0, __vm_enable_cap(&self->vm, KVM_CAP_X2APIC_API,
				     KVM_X2APIC_API_USE_32BIT_IDS));
	read_view(self->text, "messages");
	expect_text(self->text, "unsent 0\nrefused 0\n");
	vm_irq_line(&self->vm, MSI_GSI, 1);
	read_view(self->text, "messages");
	expect_text(self->text, "unsent 0\nrefused 1\n");
}

/* The one behind another has neither its signals nor what it holds. */
TEST_F_WITH(view, eventfd_that_another_vm_has_is_taken, .only = "stacked")
{
	int event = event_new(1);
	struct vm second;

	if (kernel_since(6, 17))
		test_skip("a second VM is refused");
	vm_create_irqchip(&self->vm);
	vm_irqfd(&self->vm, event, MSI_GSI);
	vm_open(&second);
	vm_create_irqchip(&second);
	vm_irqfd(&second, event, MSI_GSI);
	read_view(self->text, "irqfds");
	expect_text(self->text, "  24 taken ");
	vm_irqfd_deassign(&second, event, MSI_GSI);
	vm_irqfd(&second, event, MSI_GSI);
	EXPECT_TRUE(event_is_signalled(event));
	vm_irqfd_deassign(&self->vm, event, MSI_GSI);
	read_view(self->text, "irqfds");
	expect_text(self->text, "  24 virqchip ");
}
