/* The merged profile as YAML that can be loaded again, each value with its origin as a comment. What was expanded and made
 * absolute is shown so; params have done their work then, and are left out. */
#include "profiles/load.h"

#include "base/text.h"
#include "profiles/yaml.h"

#include <stdlib.h>
#include <string.h>

static void emit_value(FILE *stream, const struct node *node, int indent, bool after_dash);

/* Whether the text, written without quotes, is read as itself. */
static bool is_plain(const char *text)
{
    static const char *const taken[] = { "~", "null", "Null", "NULL" };
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.+-=,@%<>:; ");
    if (!*text || text[length] || strchr("@%<>:;=,- ", *text) || text[strlen(text) - 1] == ' ' ||
        text[strlen(text) - 1] == ':' || strstr(text, ": ") || yaml_is_ambiguous(text))
        return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(text, taken[i]) == 0)
            return false;
    return true;
}

static void emit_point(FILE *stream, uint32_t point, const char *bytes, size_t length)
{
    if (point == '"' || point == '\\')
        fprintf(stream, "\\%c", (int)point);
    else if (point == '\n')
        fputs("\\n", stream);
    else if (point < 0x20 || point == 0x7f)
        fprintf(stream, "\\x%02x", point);
    else if (text_is_deceptive(point) || point == 0xfffe || point == 0xffff)
        text_escape_point(stream, point);
    else
        fwrite(bytes, 1, length, stream);
}

/* Keys are not expanded. */
static void emit_quoted(FILE *stream, const char *text, bool expanded)
{
    fputc('"', stream);
    for (size_t left = strlen(text); left;) {
        uint32_t point = 0;
        size_t n = text_utf8(text, left, &point);
        if (!n) { /* a byte from a variable or param that YAML cannot hold: shown, as Latin-1 */
            fprintf(stream, "\\x%02x", (unsigned char)*text);
            n = 1;
        } else if (expanded && strncmp(text, "${", 2) == 0) {
            fputs("$${", stream);
            n = 2;
        } else {
            emit_point(stream, point, text, n);
        }
        text += n;
        left -= n;
    }
    fputc('"', stream);
}

static void emit_text(FILE *stream, const char *text, bool quoted)
{
    if (!quoted && is_plain(text))
        fputs(text, stream);
    else
        emit_quoted(stream, text, true);
}

static void emit_origin(FILE *stream, struct source at)
{
    if (at.file) {
        fputs("  # ", stream);
        text_escape(stream, at.file, strlen(at.file));
        if (at.line)
            fprintf(stream, ":%d:%d", at.line, at.column);
    }
    fputc('\n', stream);
}

static void emit_children(FILE *stream, const struct node *node, int indent, bool after_dash)
{
    for (size_t i = 0; i < node->children.count; i++) {
        const struct node *child = node->children.items[i];
        if (!after_dash || i)
            fprintf(stream, "%*s", indent, "");
        if (node->kind == NODE_MAP) {
            if (is_plain(child->key))
                fputs(child->key, stream);
            else
                emit_quoted(stream, child->key, false);
            fputc(':', stream);
        } else {
            fputc('-', stream);
        }
        emit_value(stream, child, indent + 2, node->kind == NODE_LIST);
    }
}

static void emit_value(FILE *stream, const struct node *node, int indent, bool after_dash)
{
    if (node->kind == NODE_SCALAR || !node->children.count) {
        fputc(' ', stream);
        if (node->kind == NODE_SCALAR)
            emit_text(stream, node->text, node->quoted);
        else
            fputs(node->kind == NODE_LIST ? "[]" : "{}", stream);
        emit_origin(stream, node->at);
        return;
    }
    fputc(after_dash ? ' ' : '\n', stream);
    emit_children(stream, node, indent, after_dash);
}

void profile_show(FILE *stream, const struct spec *spec)
{
    const struct node *tree = spec->tree;
    struct node shown = { .kind = NODE_MAP };
    struct arena arena = { 0 };
    for (size_t i = 0; tree && i < tree->children.count; i++)
        if (strcmp(tree->children.items[i]->key, "params") != 0)
            *SLICE_PUSH(&arena, &shown.children) = tree->children.items[i];
    emit_children(stream, &shown, 0, false);
    if (!node_get(tree, "name"))
        fputs("name: ", stream), emit_text(stream, spec->name, false), fputs("  # the name of the file\n", stream);
    arena_free(&arena);
}
