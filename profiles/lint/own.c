/* Rules of the user's own: a pattern of keys and a condition on what stands there. */
#include "profiles/lint/config.h"
#include "profiles/lint/subject.h"

#include "base/text.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct subject *s;
    const struct own_rule *rule;
    size_t met;
};

static bool is_one_of(const struct strings *list, const char *text, bool pattern)
{
    for (size_t i = 0; i < list->count; i++)
        if (pattern ? fnmatch(list->items[i], text, FNM_NOESCAPE) == 0 : strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

bool amount_read(const char *text, struct amount *ret)
{
    const char *hard = strchr(text, ':');
    uint64_t whole;
    text = hard ? hard + 1 : text;
    *ret = (struct amount){ 0 };
    if (strcmp(text, "unlimited") == 0) {
        ret->value = HUGE_VAL;
    } else if (text_size(text, &whole)) {
        ret->value = (double)whole;
    } else if (text_duration(text, &whole)) {
        *ret = (struct amount){ .value = (double)whole, .time = true };
    } else {
        char *end;
        ret->value = strtod(text, &end);
        return *text && !*end && !text[strspn(text, "-.0123456789")]; /* strtod takes 0xff and inf as well */
    }
    return true;
}

static bool is_beyond(const char *text, const char *limit, bool above)
{
    struct amount value, bound;
    if (!amount_read(text, &value) || !amount_read(limit, &bound) || value.time != bound.time)
        return false;
    return above ? value.value > bound.value : value.value < bound.value;
}

static bool holds(const struct own_rule *rule, const char *text)
{
    return (!rule->is.count || is_one_of(&rule->is, text, false)) &&
           (!rule->is_not.count || !is_one_of(&rule->is_not, text, false)) &&
           (!rule->matches.count || is_one_of(&rule->matches, text, true)) &&
           (!rule->matches_not.count || !is_one_of(&rule->matches_not, text, true)) &&
           (!rule->above || is_beyond(text, rule->above, true)) && (!rule->below || is_beyond(text, rule->below, false));
}

static void say(struct search *search, const char *key, const char *value)
{
    const struct own_rule *rule = search->rule;
    struct finding *finding = report_text(search->s, 0, key, value ? "'%s' %s" : "%s%s", value ? value : "", rule->message);
    finding->number = RULE_NONE;
    finding->rule = rule->id;
    finding->severity = (enum severity)rule->severity;
    finding->confidence = CONFIDENCE_HIGH;
    finding->reason = NULL;
    finding->remedy = rule->remedy;
}

static void meet(struct search *search, const struct node *node, const char *key)
{
    search->met++;
    if (search->rule->present)
        say(search, key, NULL);
    else if (!search->rule->absent && node->kind == NODE_SCALAR && !node->refused && holds(search->rule, node->text))
        say(search, key, strlen(node->text) < 100 ? node->text : NULL);
}

/* `pattern` is what is left of "mounts[*].bind", `key` what was gone through. A * stands for every key or item. */
static void descend(struct search *search, const struct node *node, const char *pattern, const char *key)
{
    struct arena *arena = search->s->arena;
    if (!*pattern) {
        meet(search, node, key);
        return;
    }
    bool item = *pattern == '[';
    pattern += item || *pattern == '.';
    size_t length = strcspn(pattern, item ? "]" : ".[");
    const char *part = arena_strndup(arena, pattern, length);
    pattern += length + (item && pattern[length] == ']');
    for (size_t i = 0; node->kind == (item ? NODE_LIST : NODE_MAP) && i < node->children.count; i++) {
        const struct node *child = node->children.items[i];
        const char *name = item ? arena_printf(arena, "%zu", i) : child->key;
        if (fnmatch(part, name, FNM_NOESCAPE) != 0)
            continue;
        const char *quote = !item && strpbrk(name, ".[") ? "\"" : "";
        descend(search, child, pattern,
                item ? arena_printf(arena, "%s[%s]", key, name)
                     : arena_printf(arena, "%s%s%s%s%s", key, *key ? "." : "", quote, name, quote));
    }
}

void ask_own_rules(struct subject *s)
{
    for (size_t i = 0; s->lint->config && i < s->lint->config->own.count; i++) {
        struct search search = { .s = s, .rule = &s->lint->config->own.items[i] };
        descend(&search, s->tree, search.rule->key, "");
        if (search.rule->absent && !search.met)
            say(&search, search.rule->key, NULL);
    }
}
