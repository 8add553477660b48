/* For tests/attacks: which protections this start is to leave out, so that an attack can be seen to succeed before it is seen
 * refused. `cordon-weak` (tests/meson.build) is made of the same sources with those that include this compiled once more; it is
 * never installed. In the program itself each of these questions is a constant, and nothing of them is left in it. */
#pragma once
#include <stdbool.h>

#ifdef CORDON_WEAK
bool weak(const char *protection);
#else
#define weak(protection) false
#endif
