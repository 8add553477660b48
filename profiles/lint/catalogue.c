/* The rows as tables without a single pointer: nothing of them is relocated, so that a start of the program, which is
 * position-independent, does not touch a page of what only the linter reads. */
#include "profiles/lint/catalogue.h"

#include "profiles/lint/lint.h"

#include <stddef.h>
#include <string.h>

const char severity_names[SEVERITY_COUNT][8] = { "info", "low", "medium", "high", "error" };
const char confidence_names[3][8] = { "low", "medium", "high" };

/* In the order of the enum in catalogue.h. */
static const char family_names[][16] = { "syntax",   "types",   "paths",     "ids",    "capabilities",
                                         "syscalls", "network", "sockets",   "mounts", "devices",
                                         "images",   "service", "resources", "host",   "combinations" };

static const struct {
#define RULE(name, check, id, family, severity, confidence, refs, title, reason, remedy, fires, quiet)                         \
    char name##_id[sizeof id], name##_refs[sizeof refs], name##_title[sizeof title], name##_reason[sizeof reason],             \
        name##_remedy[sizeof remedy], name##_fires[sizeof fires], name##_quiet[sizeof quiet];
    RULES
#undef RULE
} texts = {
#define RULE(name, check, id, family, severity, confidence, refs, title, reason, remedy, fires, quiet)                         \
    id, refs, title, reason, remedy, fires, quiet,
    RULES
#undef RULE
};

#define FIELDS 7
static const struct {
    uint32_t at[FIELDS];
    uint8_t family, severity, confidence;
} rows[] = {
#define AT(field) offsetof(__typeof__(texts), field)
#define RULE(name, check, id, family, severity, confidence, refs, title, reason, remedy, fires, quiet)                         \
    { { AT(name##_id), AT(name##_refs), AT(name##_title), AT(name##_reason), AT(name##_remedy), AT(name##_fires),              \
        AT(name##_quiet) },                                                                                                    \
      FAMILY_##family,                                                                                                         \
      SEVERITY_##severity,                                                                                                     \
      CONFIDENCE_##confidence },
    RULES
#undef RULE
};

const rule_number rule_count = sizeof rows / sizeof *rows;

static const char *text_at(rule_number number, int field) { return (const char *)&texts + rows[number].at[field]; }
static const char *or_null(const char *text) { return *text ? text : NULL; }

struct rule rule_get(rule_number number)
{
    return (struct rule){ .id = text_at(number, 0),
                          .refs = text_at(number, 1),
                          .title = text_at(number, 2),
                          .reason = text_at(number, 3),
                          .remedy = text_at(number, 4),
                          .fires = or_null(text_at(number, 5)),
                          .quiet = or_null(text_at(number, 6)),
                          .family = family_names[rows[number].family],
                          .severity = rows[number].severity,
                          .confidence = rows[number].confidence };
}

rule_number rule_find(const char *id)
{
    for (rule_number i = 0; i < rule_count; i++)
        if (strcmp(text_at(i, 0), id) == 0)
            return i;
    return RULE_NONE;
}

int severity_find(const char *name)
{
    for (int i = 0; i < SEVERITY_COUNT; i++)
        if (strcmp(severity_names[i], name) == 0)
            return i;
    return -1;
}
