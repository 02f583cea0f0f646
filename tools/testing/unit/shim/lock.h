/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lock.h - locks that know whether they are held: taking one twice, dropping
 * one not held and a lockdep assertion that fails end the program.
 */
#ifndef UNIT_SHIM_LOCK_H
#define UNIT_SHIM_LOCK_H

#include "shim/base.h"

struct unit_lock {
	bool held;
};

typedef struct unit_lock spinlock_t;
typedef struct unit_lock raw_spinlock_t;
struct mutex {
	struct unit_lock lock;
};

/* How many spin locks are held now: 0 where sleeping is allowed. */
extern int unit_spinning;

static inline void unit_lock(struct unit_lock *l, int spins)
{
	if (l->held)
		unit_bug(__FILE__, __LINE__, "lock taken twice");
	l->held = true;
	unit_spinning += spins;
}

static inline void unit_unlock(struct unit_lock *l, int spins)
{
	if (!l->held)
		unit_bug(__FILE__, __LINE__, "lock dropped that is not held");
	l->held = false;
	unit_spinning -= spins;
}

static inline void might_sleep(void)
{
	if (unit_spinning)
		unit_bug(__FILE__, __LINE__, "sleeps under a spin lock");
}

#define spin_lock_init(l)		((l)->held = false)
#define spin_lock_irqsave(l, f)		((f) = 0, unit_lock(l, 1))
#define spin_unlock_irqrestore(l, f)	((void)(f), unit_unlock(l, 1))
#define spin_lock_irq(l)		unit_lock(l, 1)
#define spin_unlock_irq(l)		unit_unlock(l, 1)
#define spin_lock(l)			unit_lock(l, 1)
#define spin_unlock(l)			unit_unlock(l, 1)
#define raw_spin_lock_init		spin_lock_init
#define raw_spin_lock_irqsave		spin_lock_irqsave
#define raw_spin_unlock_irqrestore	spin_unlock_irqrestore
#define raw_spin_lock_irq		spin_lock_irq
#define raw_spin_unlock_irq		spin_unlock_irq
#define raw_spin_lock			spin_lock
#define raw_spin_unlock			spin_unlock

#define mutex_init(m)			((m)->lock.held = false)
#define mutex_destroy(m)		((void)(m))
#define mutex_lock(m)			(might_sleep(), unit_lock(&(m)->lock, 0))
#define mutex_unlock(m)			unit_unlock(&(m)->lock, 0)
#define mutex_is_locked(m)		((m)->lock.held)

#define lockdep_is_held(l)						\
	_Generic((l), struct mutex *: ((struct mutex *)(l))->lock.held,	\
		 const struct unit_lock *:					\
			((const struct unit_lock *)(l))->held,		\
		 struct unit_lock *: ((struct unit_lock *)(l))->held)
/* A function, so that the branch is not counted as one of the module's. */
static inline void unit_held(bool held, const char *file, int line,
			     const char *what)
{
	if (!held)
		unit_bug(file, line, what);
}

#define lockdep_assert_held(l)						\
	unit_held(lockdep_is_held(l), __FILE__, __LINE__, "not held: " #l)
#define lockdep_assert_not_held(l)	((void)(l))

#endif /* UNIT_SHIM_LOCK_H */
