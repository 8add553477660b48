/* The YAML reader, profiles/yaml.h: any bytes give a tree or errors, and the tree is within the bounds that the rest counts on.
 */
#include "base/text.h"
#include "fuzz.h"
#include "profiles/yaml.h"

struct bounds {
    size_t nodes;
    int lines;
    bool clean; /* nothing was refused */
};

static bool is_text(const char *text)
{
    uint32_t point;
    for (size_t left = strlen(text), n; left; text += n, left -= n)
        if (!(n = text_utf8(text, left, &point)))
            return false;
    return true;
}

static void check_place(struct source at, const struct bounds *bounds)
{
    PROMISE(at.file && at.line >= 1 && at.line <= bounds->lines && at.column >= 1);
}

static void check_node(const struct node *node, int depth, struct bounds *bounds)
{
    PROMISE(depth <= YAML_DEEPEST && ++bounds->nodes <= YAML_MOST_NODES);
    PROMISE(!node->refused || !bounds->clean);
    check_place(node->at, bounds);
    if (node->kind == NODE_SCALAR) {
        PROMISE(node->text && is_text(node->text) && !node->children.count);
        PROMISE(node->quoted || node->refused || !yaml_is_ambiguous(node->text));
    }
    for (size_t i = 0; i < node->children.count; i++) {
        const struct node *child = node->children.items[i];
        if (node->kind == NODE_MAP) {
            PROMISE(child->key && child->key[0] && is_text(child->key) && node_get(node, child->key) == child);
            check_place(child->key_at, bounds);
        }
        check_node(child, depth + 1, bounds);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    struct errors errors = { 0 }, single = { 0 };
    struct bounds bounds = { .lines = 2 };
    for (size_t i = 0; i < size; i++)
        bounds.lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
    const struct node *tree = yaml_read(&arena, "fuzz.yaml", (const char *)data, size, 1, &errors);
    bounds.clean = errors.count == 0;
    if (tree)
        check_node(tree, 0, &bounds);
    fuzz_print(&errors);

    yaml_read(&arena, "--set", (const char *)data, size, 0, &single);
    fuzz_print(&single);
    arena_free(&arena);
    return 0;
}
