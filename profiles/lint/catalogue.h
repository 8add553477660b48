/* Every rule. A row reads:
 *
 *   RULE(name, condition, id, family, severity, confidence, references, title, reason, remedy,
 *        a profile that fires, a quiet one)
 *
 * The condition is made of atoms (subject.h); `s` is the profile, `r` the number of the rule. Severity is what an attacker
 * gains who runs code inside: HIGH the host or what other people keep on it, MEDIUM a part of that or a wall that stands alone
 * from then on, LOW a step on the way, INFO worth knowing. References are cases of the attack list and CVEs, or "start" for
 * what makes a start fail. Ids are never renamed and never used again. A title goes on after "KEY: 'VALUE' ". */
#pragma once
#include "profiles/lint/rows-access.h"
#include "profiles/lint/rows-combinations.h"
#include "profiles/lint/rows-privileges.h"
#include "profiles/lint/rows-reading.h"
#include "profiles/lint/rows-surroundings.h"

#define RULES RULES_READING RULES_PRIVILEGES RULES_ACCESS RULES_SURROUNDINGS RULES_COMBINATIONS

enum family {
    FAMILY_SYNTAX,
    FAMILY_TYPES,
    FAMILY_PATHS,
    FAMILY_IDS,
    FAMILY_CAPABILITIES,
    FAMILY_SYSCALLS,
    FAMILY_NETWORK,
    FAMILY_SOCKETS,
    FAMILY_MOUNTS,
    FAMILY_DEVICES,
    FAMILY_IMAGES,
    FAMILY_SERVICE,
    FAMILY_RESOURCES,
    FAMILY_HOST,
    FAMILY_COMBINATIONS,
};

enum rule_name {
#define RULE(name, ...) RULE_##name,
    RULES
#undef RULE
};
