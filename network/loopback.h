#pragma once
#include "base/error.h"

/* Brings `lo` of the caller's network namespace up; the kernel gives it 127.0.0.1 and ::1 by itself. */
int loopback_up(struct error *err);
