#include "base/json.h"
#include "tap.h"

#include <stdlib.h>

static char *by(void (*print)(FILE *stream, const char *text), const char *text)
{
    char *result = NULL;
    size_t size;
    FILE *stream = open_memstream(&result, &size);
    print(stream, text);
    fclose(stream);
    return result; /* small, and the program ends soon */
}

static struct node *scalar(struct arena *arena, const char *key, const char *text, bool quoted)
{
    struct node *node = node_new(arena, NODE_SCALAR, (struct source){ 0 });
    node->key = key;
    node->text = text;
    node->quoted = quoted;
    return node;
}

static void test_node(void)
{
    struct arena arena = { 0 };
    struct node *map = node_new(&arena, NODE_MAP, (struct source){ 0 });
    struct node *list = node_new(&arena, NODE_LIST, (struct source){ 0 });
    struct node *nothing = scalar(&arena, "e", "", false);
    list->key = "d";
    nothing->null = true;
    *SLICE_PUSH(&arena, &list->children) = scalar(&arena, NULL, "64M", false);
    *SLICE_PUSH(&arena, &list->children) = scalar(&arena, NULL, "007", false);
    *SLICE_PUSH(&arena, &map->children) = scalar(&arena, "a", "12", false);
    *SLICE_PUSH(&arena, &map->children) = scalar(&arena, "b", "12", true);
    *SLICE_PUSH(&arena, &map->children) = scalar(&arena, "c", "true", false);
    *SLICE_PUSH(&arena, &map->children) = list;
    *SLICE_PUSH(&arena, &map->children) = nothing;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    json_node(stream, map);
    fclose(stream);
    CHECK_TEXT(text, "{\"a\":12,\"b\":\"12\",\"c\":true,\"d\":[\"64M\",\"007\"],\"e\":null}");
    free(text);
    arena_free(&arena);
}

int main(void)
{
    CHECK_TEXT(by(json_text, "plain"), "\"plain\"");
    CHECK_TEXT(by(json_text, ""), "\"\"");
    CHECK_TEXT(by(json_text, NULL), "null");
    CHECK_TEXT(by(json_text, "a\"b\\c\n\x1b"), "\"a\\\"b\\\\c\\u000a\\u001b\"");
    CHECK_TEXT(by(json_text, "ä€😀x"), "\"ä€😀x\"");
    CHECK_TEXT(by(json_text, "x\xff\xc3"), "\"x\\u00ff\\u00c3\"");
    CHECK_TEXT(by(json_text, "a\xc2\x9b\xe2\x80\xae"), "\"a\\u009b\\u202e\"");
    CHECK_TEXT(by(json_print, "{\"ä\": \"\xc2\x9b\xe2\x80\xae\x9b\\n\"}"), "{\"ä\": \"\\u009b\\u202e\\u009b\\n\"}\n");
    CHECK_TEXT(by(json_text, "\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"");
    test_node();
    return tap_done();
}
