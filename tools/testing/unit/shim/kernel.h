/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel.h - what the module's chip and routing files use of the kernel, for
 * userspace. Force-included. One thread: locks only check how they are used.
 */
#ifndef UNIT_SHIM_KERNEL_H
#define UNIT_SHIM_KERNEL_H

#include "shim/base.h"
#include "shim/atomic.h"
#include "shim/list.h"
#include "shim/lock.h"
#include "shim/rcu.h"
#include "shim/time.h"

#endif /* UNIT_SHIM_KERNEL_H */
