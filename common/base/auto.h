/*
 * Cleanup attributes: release sits beside acquire. Any thread.
 * AUTO(x) variables must be initialised where they are declared; take_x(&slot) moves the value out and empties the slot.
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stddef.h>
#include <stdlib.h>

#define MUST_USE     __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define UNUSED       __attribute__((unused))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DEFINE_AUTO(name, type, release)                                                           \
	UNUSED static inline void auto_##name(type *slot)                                          \
	{                                                                                          \
		if (*slot)                                                                         \
			release(*slot);                                                            \
	}                                                                                          \
	UNUSED static inline type take_##name(type *slot)                                          \
	{                                                                                          \
		type held = *slot;                                                                 \
		*slot = NULL;                                                                      \
		return held;                                                                       \
	}
#define AUTO(name) __attribute__((cleanup(auto_##name)))

DEFINE_AUTO(text, char *, free)

#endif
