/* The merger, profiles/merge.c: layers divided by lines of "---", each read and put over those before it; then the rows read
 * what came out, which is as hostile as what went in. */
#include "fuzz.h"
#include "profiles/fields.h"
#include "profiles/load.h"
#include "profiles/yaml.h"

#define MOST_LAYERS 8

static const uint8_t *end_of_layer(const uint8_t *from, const uint8_t *end)
{
    const uint8_t *found = memmem(from, (size_t)(end - from), "\n---\n", 5);
    return found ? found + 1 : end;
}

static void check_merged(const struct node *tree)
{
    PROMISE(tree && tree->kind == NODE_MAP);
    for (size_t i = 0; i < tree->children.count; i++) {
        const struct node *entry = tree->children.items[i];
        PROMISE(entry->key && node_get(tree, entry->key) == entry);
        PROMISE((entry->key[0] != '+' && entry->key[0] != '-') || !entry->key[1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    struct errors errors = { 0 };
    struct node *tree = NULL;
    const uint8_t *from = data, *end = data + size;
    for (int layers = 0; from < end && layers < MOST_LAYERS; layers++) {
        const uint8_t *to = end_of_layer(from, end);
        struct node *layer = yaml_read(&arena, "fuzz.yaml", (const char *)from, (size_t)(to - from), 1, &errors);
        if (layer && layer->kind == NODE_MAP)
            tree = merge_profiles(&arena, &errors, tree, layer);
        from = end - to < 4 ? end : to + 4;
    }
    if (tree) {
        if (!errors.count)
            check_merged(tree);
        struct walk walk = { .arena = &arena, .errors = &errors, .top = &form_profile };
        rows_read(&walk, &form_profile, tree, spec_new(&arena));
    }
    fuzz_print(&errors);
    arena_free(&arena);
    return 0;
}
