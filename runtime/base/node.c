#include "base/node.h"

#include <stdlib.h>
#include <string.h>

struct node *node_new(struct arena *arena, enum node_kind kind, struct source at)
{
    struct node *node = arena_alloc(arena, sizeof *node);
    node->kind = kind;
    node->at = at;
    return node;
}

static struct node *get(const struct node *map, const char *key, size_t length)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->children.count; i++) {
        const char *name = map->children.items[i]->key;
        if (strncmp(name, key, length) == 0 && !name[length])
            return map->children.items[i];
    }
    return NULL;
}

struct node *node_get(const struct node *map, const char *key) { return get(map, key, strlen(key)); }

struct node *node_find(const struct node *root, const char *path)
{
    struct node *node = NULL;
    const struct node *at = root;
    while (*path) {
        if (*path == '[') {
            char *end;
            unsigned long index = strtoul(path + 1, &end, 10);
            if (at->kind != NODE_LIST || *end != ']' || index >= at->children.count)
                return NULL;
            node = at->children.items[index];
            path = end + 1;
        } else {
            path += *path == '.';
            bool quoted = *path == '"';
            path += quoted;
            size_t length = quoted ? strcspn(path, "\"") : strcspn(path, ".[");
            node = get(at, path, length);
            path += length;
            path += quoted && *path == '"';
        }
        if (!node)
            return NULL;
        at = node;
    }
    return node;
}
