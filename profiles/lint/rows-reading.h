/* Rules: what is found while a profile is read. How a row reads: catalogue.h. */
#pragma once

/* clang-format off */
#define RULES_READING \
RULE(syntax_yaml, (void)0, "syntax-yaml", SYNTAX, ERROR, HIGH, "AC-69 start", "cannot be read", \
     "What cannot be read is not run, and nothing below the mistake is judged. Readers that guess (a second value for one key, an alias that grows, a 'no' that is false to one and a word to the next) let one text mean two things.", \
     "Mend what the message names", "", "") \
RULE(syntax_file, (void)0, "syntax-file", SYNTAX, ERROR, HIGH, "AC-75 start", "cannot be found or opened", \
     "The profile, or one that it extends, is not there, cannot be read, or leads back to itself.", \
     "Name a profile that `cordon profiles` lists, or a path with a slash", "", "") \
RULE(syntax_suppression, (void)0, "syntax-suppression", SYNTAX, MEDIUM, HIGH, "AC-85", "is no suppression that can be kept", \
     "A finding that is passed over by accident is one that nobody judged: a suppression names a rule that there is, and a reason.", \
     "Write # cordon-lint: allow RULE [until YYYY-MM-DD]: REASON", "privileges: {capabilities: [mknod]} # cordon-lint: allow caps-mknod\n", "privileges: {capabilities: [mknod]} # cordon-lint: allow caps-mknod: the builder makes nodes\n") \
RULE(syntax_suppression_idle, (void)0, "syntax-suppression-idle", SYNTAX, LOW, HIGH, "AC-85", "is a suppression that meets nothing", \
     "It would hide the finding the day it comes back, and nobody would ask again.", \
     "Take the comment out", "app: {umask: \"0077\"} # cordon-lint: allow caps-mknod: no longer there\n", "privileges: {capabilities: [mknod]} # cordon-lint: allow caps-mknod: the builder makes nodes\n") \
RULE(syntax_suppression_expired, (void)0, "syntax-suppression-expired", SYNTAX, MEDIUM, HIGH, "AC-85", "is a suppression that has expired", \
     "Its day has passed, so the finding stands again.", \
     "Judge it again: mend it, or set a new day with a reason", "privileges: {capabilities: [mknod]} # cordon-lint: allow caps-mknod until 2020-01-31: until the move\n", "privileges: {capabilities: [mknod]} # cordon-lint: allow caps-mknod until 2999-01-31: until the move\n") \
RULE(types_key, (void)0, "types-key", TYPES, ERROR, HIGH, "AC-69 start", "is not a key of the language", \
     "A key that is passed over protects nothing: a wall that was meant to be there is missing and nobody is told. So it is refused.", \
     "Write the key as cordon-profile(5) spells it", "", "") \
RULE(types_value, (void)0, "types-value", TYPES, ERROR, HIGH, "AC-69 AC-74 start", "has a value that it cannot have", \
     "A value that is not understood is never guessed: the start is refused.", \
     "Write the value in the form that the message names", "", "") \
RULE(types_soon, (void)0, "types-soon", TYPES, HIGH, HIGH, "start", "is not available yet", \
     "It is part of the language and checked, but `run` of this version refuses a profile that asks for it, since it would otherwise be weaker than it says.", \
     "Leave it out for now, or wait for the version that acts on it", "", "") \
RULE(types_call, (void)0, "types-call", TYPES, ERROR, HIGH, "AC-46 start", "does not make a filter of system calls", \
     "The filter cannot be made from what the profile says, so the start is refused.", \
     "Mend what the message names", "", "")
/* clang-format on */
