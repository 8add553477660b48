/* A neutral tree with the place of every value: what every reader of a text produces, and what the rows read. */
#pragma once
#include "base/arena.h"
#include "base/error.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    struct source at;              /* of the value */
    struct source key_at;          /* of its key, where it is an entry of a map */
    const char *key;               /* NULL but for an entry of a map */
    const char *text;              /* of a SCALAR; "" for null */
    bool quoted;                   /* SCALAR written with quotes or as a block: always a string */
    bool null;                     /* SCALAR: plain and empty, ~ or null */
    bool foreign;                  /* an expansion brought in what a file says that is not trusted */
    bool climbs;                   /* one brought in a ".." */
    bool refused;                  /* the reader has reported it already: what reads the tree passes over it */
    SLICE(struct node *) children; /* of a LIST or MAP, in order */
};

struct node *node_new(struct arena *arena, enum node_kind kind, struct source at);
/* The entry `key` of a map, or NULL. */
struct node *node_get(const struct node *map, const char *key);
/* The node at "a.b[2].c", or NULL. A key that itself holds a dot is written quoted: labels."a.b". */
struct node *node_find(const struct node *root, const char *path);
