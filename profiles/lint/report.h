/* Findings in the forms that people, programs and editors read. */
#pragma once
#include "profiles/lint/lint.h"

#include <stdio.h>

struct report_format {
    char name[12];
    int (*print)(FILE *stream, const struct lint *lint, bool color); /* -1: out of memory */
};
/* NULL: no such form. `length`: of `name`, which need not end there. */
const struct report_format *report_find(const char *name, size_t length);
extern const struct report_format report_formats[];
extern const size_t report_format_count;

int report_text_form(FILE *stream, const struct lint *lint, bool color);
int report_json(FILE *stream, const struct lint *lint, bool color);
int report_sarif(FILE *stream, const struct lint *lint, bool color);
int report_github(FILE *stream, const struct lint *lint, bool color);

/* {profile, exposure, reasons: […]}, of the reasons the first `most`. */
struct json_object;
struct json_object *report_score(const struct score *score, size_t most);

/* All that is known about a rule, for `cordon explain`. */
void report_rule(FILE *stream, const struct rule *rule, bool color);
