/* The filters of `default` and `strict` as shipped, made at build time by make-filters.c from the same sources that make every
 * other at run time. */
#pragma once
#include "kernel/seccomp.h"

extern const struct filter builtin_filter_default, builtin_filter_strict;
