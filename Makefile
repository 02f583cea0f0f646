# SPDX-License-Identifier: GPL-2.0
#
#	make			the module, against KDIR (default: the running kernel's)
#	make run		what this is about: an unmodified QEMU on /dev/virqchip, in a test host
#	make check		the gate: minutes; SELECT="lane..." runs others (make lanes lists them)
#	make check-guests	Linux guests of all kinds; more such groups: unit selftests kernels
#				devices migrate starve fuzz, and debug, on kernels that look for bugs
#	make check-all		all of these: hours
#	make fuzz-diff		random operations on KVM's chips and these, compared; STEPS=1000000 SEED=
#	make fuzz-ioctl		random programs of ioctls on the debug kernel; MINUTES=60
#	make fuzz-guest		random guests and VMMs on that kernel; MINUTES=60
#	make kill-test		kills a busy VMM KILLS times (1000)
#	make fuzz-unit		the chips' fuzzers for FUZZ_SECONDS=N each
#	make bench		what each operation costs, here and in KVM; KERNEL=6.1|6.12|newest
#	make package		build/virqchip-dkms_VERSION_all.deb
#	make docs		build/docs
#	make clean
#
# All but the first need only Debian 12 or newer and root: what they need besides they install or make.

KDIR ?= /lib/modules/$(shell uname -r)/build
SELECT ?=
KILLS ?= 1000
FUZZ_SECONDS ?= 600
STEPS ?= 1000000
SEED ?=
KERNEL ?= 6.12
MINUTES ?= 60

module:
	@[ -e $(KDIR)/Makefile ] || { echo "make: no kernel headers in $(KDIR):" \
		"install linux-headers-$(shell uname -r), or name others with KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

run:
	tools/testing/guest/demo

lanes:
	@tools/testing/check --list

check:
	tools/testing/check $(SELECT)

# Not a pattern, which could not be phony.
CHECKS := $(addprefix check-,unit selftests guests kernels devices migrate starve fuzz debug all)
$(CHECKS): check-%:
	tools/testing/check $*

kill-test:
	tools/testing/testhost/run --memory --smp 2 --timeout 7200 -- env KILLS=$(KILLS) SELFTEST_TIMEOUT=7000 \
		/repo/tools/testing/selftests/run-all kill_test

fuzz-unit:
	tools/testing/testhost/chroot -- make -s -C tools/testing/unit fuzz-unit OUTPUT=/mnt/repo/build/unit \
		FUZZ_SECONDS=$(FUZZ_SECONDS)

fuzz-diff:
	tools/testing/testhost/run --smp 2 --timeout 86400 -- \
		fuzz-diff --steps $(STEPS) $(if $(SEED),--seed $(SEED))

bench:
	tools/testing/bench/run $(KERNEL)

fuzz-ioctl fuzz-guest:
	tools/testing/fuzz $@ $(MINUTES)

package:
	tools/package/make-deb

docs:
	tools/docs/make-html

# The Debian roots and kernels in the cache stay: they hold nothing of this tree.
clean:
	find . -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' \) -exec rm -f {} +
	rm -rf build modules.order Module.symvers

.PHONY: module run lanes check $(CHECKS) kill-test fuzz-unit fuzz-diff bench fuzz-ioctl fuzz-guest package docs clean
