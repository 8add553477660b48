/* Built and run at build time: embed OUTPUT FILE... writes the files as C, so that they are found where nothing is installed.
 */
#include <stdio.h>
#include <string.h>

static int write_file(FILE *out, const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    FILE *in = fopen(path, "r");
    if (!in)
        return -1;
    fprintf(out, "    { \"%.*s\",\n      \"", (int)(strlen(name) - strlen(".yaml")), name);
    for (int c; (c = getc(in)) != EOF;) {
        if (c == '\n')
            fputs("\\n\"\n      \"", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fprintf(out, "\\%03o", (unsigned)c);
        else
            putc(c, out);
    }
    fputs("\" },\n", out);
    return fclose(in);
}

int main(int argc, char **argv)
{
    FILE *out = argc > 2 ? fopen(argv[1], "w") : NULL;
    if (!out)
        return 1;
    fputs("/* Made from profiles/library by profiles/embed.c. */\n#include \"profiles/built-in.h\"\n\n"
          "const struct built_in built_in_profiles[] = {\n",
          out);
    for (int i = 2; i < argc; i++) {
        if (write_file(out, argv[i]) < 0) {
            perror(argv[i]);
            return 1;
        }
    }
    fputs("    { NULL, NULL },\n};\n", out);
    return fclose(out) ? 1 : 0;
}
