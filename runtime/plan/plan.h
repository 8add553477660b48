/* struct plan: everything that a run will do, in order, each step with its reason. plan_make is pure: it looks at nothing but
 * the spec and the facts, touches nothing, and is what `cordon plan` prints and the golden files test. */
#pragma once
#include "spec/spec.h"

struct host;
struct plan;

/* NULL with an error where the spec cannot be had on this host. */
const struct plan *plan_make(const struct spec *spec, const struct host *host, struct error *err);
void plan_print(FILE *stream, const struct plan *plan);
/* {name, steps: [{stage, side, action, arguments, reason, source}]} (cli.md) */
void plan_print_json(FILE *stream, const struct plan *plan);
