/* Options that are short for a --set: each makes "KEY=VALUE" in which VALUE is YAML, and nothing in the argument can be. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

/* `text` as a quoted string of JSON that YAML reads the same way. A literal ${ stays one. NULL where it is not UTF-8: YAML has
 * no way to write such bytes. */
char *setting_quote(struct arena *arena, const char *text, struct error *err);

/* struct option_row's `setting`. */
char *setting_plain(struct arena *arena, const char *argument, struct error *err);
char *setting_root(struct arena *arena, const char *argument, struct error *err);
char *setting_image(struct arena *arena, const char *argument, struct error *err);
char *setting_mount(struct arena *arena, const char *argument, struct error *err);
char *setting_publish(struct arena *arena, const char *argument, struct error *err);
char *setting_env(struct arena *arena, const char *argument, struct error *err);
char *setting_user(struct arena *arena, const char *argument, struct error *err);
char *setting_network(struct arena *arena, const char *argument, struct error *err);
char *setting_terminal(struct arena *arena, const char *argument, struct error *err);
