/* What depends on files rather than on words: bombs, things that are no files, and whom root trusts. Everything is made in a
 * folder below /tmp, which is sticky, and taken away again. */
#include "profiles/profile.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/cordon-profiles-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[8][256];
    static int next;
    char *text = path[next++ % 8];
    snprintf(text, sizeof path[0], "%s/%s", folder, name);
    return text;
}

static void write_bytes(const char *name, const char *text, size_t length)
{
    FILE *file = fopen(path_of(name), "we");
    if (!file)
        return;
    fwrite(text, 1, length, file);
    fclose(file);
}

static void write_text(const char *name, const char *text) { write_bytes(name, text, strlen(text)); }

static char first[1024], note[1024]; /* the first mistake of the last load, and its note */

/* 0 where it loads. */
static int load_as(uid_t uid, const char *path, bool trust)
{
    struct arena arena = { 0 };
    struct caller caller = { .uid = uid, .gid = uid, .name = "ada", .home = folder, .shell = "/bin/sh", .cwd = folder };
    struct profile_request request = { .profile = path, .trust = trust };
    struct errors errors = { 0 }, notices = { 0 };
    struct spec *spec = NULL;
    int status = profile_load(&arena, &request, &caller, &spec, &errors, &notices);
    snprintf(first, sizeof first, "%s", errors.count ? errors.items[0].message : "");
    snprintf(note, sizeof note, "%s", errors.count && errors.items[0].note ? errors.items[0].note : "");
    errors_fini(&errors);
    errors_fini(&notices);
    arena_free(&arena);
    return status;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- bombs -------------------------------------------------------------------------------------------------------- */

#define SLOWEST                                                                                                                \
    8.0 /* seconds of the processor, also under sanitizers beside other tests; what is quadratic in a megabyte needs minutes   \
         */

static void check_bomb(const char *name, const char *wanted)
{
    char what[128];
    double start = seconds();
    int status = load_as(1000, path_of(name), false);
    double taken = seconds() - start;
    snprintf(what, sizeof what, "%s is refused, with '%s'", name, wanted);
    if (!CHECK_NAMED(status < 0 && strstr(first, wanted), what))
        printf("# %s\n", first);
    snprintf(what, sizeof what, "%s in bounded time", name);
    if (!CHECK_NAMED(taken < SLOWEST, what))
        printf("# %.2f s\n", taken);
}

/* A megabyte of one thing again and again. */
static void write_again(const char *name, const char *head, const char *unit)
{
    size_t length = strlen(head), step = strlen(unit), most = 1 << 20;
    char *text = malloc(most);
    memcpy(text, head, length);
    for (; length + step <= most; length += step)
        memcpy(text + length, unit, step);
    write_bytes(name, text, length);
    free(text);
}

static void test_bombs(void)
{
    static const struct {
        const char *name, *unit, *wanted;
    } bombs[] = {
        { "flow-lists", "[", "nested too deeply" },
        { "flow-maps", "{a: ", "nested too deeply" },
        { "flow-pairs", "[a, {b: [", "nested too deeply" },
        { "dashes", "- ", "nested too deeply" },
        { "questions", "? ", "nested too deeply" },
        { "long-scalar", "a", "must be a map" },
        { "long-words", "a ", "must be a map" },
        { "quote", "\"", "not YAML" },
        { "escapes", "\"\\x41\", ", "" },
        { "tags", "!a ", "" },
        { "anchors", "&a ", "" },
        { "aliases", "*a ", "" },
        { "comments", "#\n", "has no value" },
        { "colons", ":", "" },
        { "commas", ",", "" },
        { "newlines", "\n", "has no value" },
        { "lines", "\n a", "must be a map" },
        { "documents", "\n---", "" },
        { "percents", "\n%a", "" },
    };
    for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
        write_again(bombs[i].name, "cordon: 1\nlabels:\n  ", bombs[i].unit);
        check_bomb(bombs[i].name, bombs[i].wanted);
    }
    char *deep = malloc(20020);
    memset(deep, '[', 10000);
    memset(deep + 10000, ']', 10000);
    write_bytes("depth-10000", deep, 20000);
    check_bomb("depth-10000", "nested too deeply");
    free(deep);

    write_text("alias-bomb",
               "cordon: 1\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
               "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n");
    check_bomb("alias-bomb", "profiles have no anchors and aliases");
    write_text("alias-cycle", "cordon: 1\nlabels: &a {b: *a}\n");
    check_bomb("alias-cycle", "profiles have no anchors and aliases");
}

static void test_wide(void)
{
    char *text = malloc(1 << 20);
    size_t length = (size_t)sprintf(text, "cordon: 1\n");
    for (int i = 0; i < 30000; i++)
        length += (size_t)sprintf(text + length, "k%d: x\n", i);
    write_bytes("keys", text, length);
    check_bomb("keys", "more than 10000 values");
    length = (size_t)sprintf(text, "cordon: 1\nroot:\n  hide:\n");
    for (int i = 0; i < 9000; i++)
        length += (size_t)sprintf(text + length, "    - bad%d\n", i);
    write_bytes("mistakes", text, length);
    check_bomb("mistakes", "not an absolute path");
    length = (size_t)sprintf(text, "cordon: 1\nname: x\nhostname: a b\ndescription: ");
    for (int i = 0; i < 15000; i++)
        length += (size_t)sprintf(text + length, "${home} ");
    write_bytes("expansions", text, length);
    check_bomb("expansions", "'a b' is not a host name");
    length = (size_t)sprintf(text, "cordon: 1\nname: x\nparams: {a: {default: %0*d}}\nlabels:\n", 100000, 1);
    for (int i = 0; i < 4000; i++)
        length += (size_t)sprintf(text + length, "  k%d: ${param:a}${param:a}\n", i);
    text[strcspn(text, "0")] = '1'; /* no leading zero */
    write_bytes("amplified", text, length);
    check_bomb("amplified", "longer than 1 MiB");
    free(text);
}

static void test_large(void)
{
    int fd = open(path_of("large"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    int sparse = fd >= 0 ? ftruncate(fd, 100 << 20) : -1;
    close(fd);
    CHECK(sparse == 0);
    check_bomb("large", "at most 1 MiB");
}

static void test_no_files(void)
{
    CHECK(mkfifo(path_of("fifo"), 0600) == 0);
    check_bomb("fifo", "not a regular file");
    CHECK(mkdir(path_of("sub"), 0700) == 0);
    check_bomb("sub", "a folder");
    CHECK(load_as(1000, "/dev/zero", false) < 0 && strstr(first, "not a regular file"));
    CHECK(load_as(1000, "/dev/ptmx", false) < 0 && strstr(first, "not a regular file"));
    CHECK(load_as(1000, path_of("nothing.yaml"), false) < 0 && strstr(first, "no such file"));
}

/* Each extends the next: too deep ends in an error, not in the stack. */
static void test_chain(void)
{
    char name[32], text[64];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "chain%d.yaml", i);
        snprintf(text, sizeof text, "cordon: 1\nextends: [./chain%d.yaml]\n", i + 1);
        write_text(name, text);
    }
    check_bomb("chain0.yaml", "more than 16 profiles deep");
}

/* --- trust -------------------------------------------------------------------------------------------------------- */

static const char *const host_words = "cordon: 1\nname: x\nsecrets: [{name: a, from: /etc/hostname}]\n";

static void refused(const char *path, const char *why, const char *what)
{
    if (!CHECK_NAMED(load_as(0, path, false) < 0 && strstr(first, why), what))
        printf("# %s\n", first);
}

static void test_trust(void)
{
    write_text("p.yaml", "cordon: 1\n");
    chmod(path_of("p.yaml"), 0644);
    chmod(folder, 0755);
    CHECK_NAMED(load_as(0, path_of("p.yaml"), false) == 0, "root reads what is root's, also below the sticky /tmp");
    CHECK_NAMED(load_as(0, "./p.yaml", false) == 0, "by a relative path as well");
    chmod(path_of("p.yaml"), 0664);
    refused(path_of("p.yaml"), "can be written by its group", "a file that its group can write is refused");
    CHECK_NAMED(strstr(first, "p.yaml") && load_as(1000, path_of("p.yaml"), false) == 0, "a plain user reads it");
    chmod(path_of("p.yaml"), 0646);
    refused(path_of("p.yaml"), "can be written by everybody", "a file that everybody can write is refused");
    chmod(path_of("p.yaml"), 0644);
    chmod(folder, 0777);
    refused(path_of("p.yaml"), "the folder /tmp/cordon-profiles-", "a folder that everybody can write is refused");
    chmod(folder, 01777);
    CHECK_NAMED(load_as(0, path_of("p.yaml"), false) == 0, "a sticky folder is accepted");
    chmod(path_of("p.yaml"), 0666);
    refused(path_of("p.yaml"), "can be written by everybody", "but not a writable file in it");
    chmod(path_of("p.yaml"), 0644);
    chmod(folder, 0755);
}

static void test_owners(void)
{
    write_text("q.yaml", "cordon: 1\n");
    CHECK(chown(path_of("q.yaml"), 1000, 1000) == 0);
    refused(path_of("q.yaml"), "belongs to uid 1000", "a file of somebody else is refused");
    write_text("e.yaml", "cordon: 1\nextends: [./q.yaml]\n");
    refused(path_of("e.yaml"), "belongs to uid 1000", "also where it is extended");
    CHECK(symlink("p.yaml", path_of("link.yaml")) == 0);
    CHECK_NAMED(load_as(0, path_of("link.yaml"), false) == 0, "root's link is followed");
    CHECK(lchown(path_of("link.yaml"), 1000, 1000) == 0);
    refused(path_of("link.yaml"), "the link", "somebody else's link is not");
    CHECK(symlink("q.yaml", path_of("to-q.yaml")) == 0);
    refused(path_of("to-q.yaml"), "belongs to uid 1000", "root's link to somebody else's file is not");
    CHECK(mkdir(path_of("hers"), 0755) == 0);
    write_text("hers/r.yaml", "cordon: 1\n");
    CHECK(chown(path_of("hers"), 1000, 1000) == 0);
    refused(path_of("hers/r.yaml"), "the folder", "root's file in somebody else's folder is not");
    CHECK(symlink("hers/..", path_of("through")) == 0);
    refused(path_of("through/p.yaml"), "the folder", "nor one reached through such a folder");
    CHECK(symlink("loop", path_of("loop")) == 0);
    refused(path_of("loop/x.yaml"), "symbolic links", "a loop of links ends");
}

static void test_search_path(void)
{
    setenv("XDG_CONFIG_HOME", path_of("config"), 1);
    CHECK(mkdir(path_of("config"), 0755) == 0 && mkdir(path_of("config/cordon"), 0755) == 0 &&
          mkdir(path_of("config/cordon/profiles"), 0755) == 0);
    write_text("config/cordon/profiles/mine.yaml", host_words);
    write_text("outside.yaml", host_words);
    CHECK_NAMED(load_as(1000, "mine", false) == 0, "what acts on the host works from the search path");
    CHECK_NAMED(load_as(1000, path_of("config/cordon/profiles/mine.yaml"), false) == 0, "also by its path");
    CHECK_NAMED(load_as(1000, path_of("outside.yaml"), false) < 0 && strstr(first, "acts on the host"), "not from elsewhere");
    CHECK_NAMED(load_as(1000, path_of("outside.yaml"), true) == 0, "unless --trust");
    write_text("config/cordon/profiles/pulls.yaml", "cordon: 1\nextends: [../../../outside.yaml]\n");
    CHECK_NAMED(load_as(1000, "pulls", false) < 0 && strstr(first, "acts on the host"),
                "nor where a file of the search path extends one from elsewhere");
    CHECK_NAMED(load_as(0, "mine", false) < 0 && strstr(first, "there is no profile 'mine'"),
                "root never looks into $XDG_CONFIG_HOME");
    write_text("config/cordon/profiles/default.yaml", "cordon: 1\nname: other\n");
    struct arena arena = { 0 };
    struct profile_list list = { 0 };
    struct error err = { 0 };
    CHECK(profile_list(&arena, &list, &err) == 0 && list.profiles.count >= 2);
    arena_free(&arena);
    CHECK(profile_exists("default") && profile_exists("strict") && !profile_exists("nowhere-at-all") &&
          !profile_exists("../x") && !profile_exists(""));
    CHECK_NAMED(load_as(0, "default", false) == 0 && load_as(0, "strict", false) == 0 && load_as(0, NULL, false) == 0,
                "the built-in profiles load");
}

static int take_away(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

/* What a file outside gives a trusted one to put into a path of the host is as little trusted as itself. */
static void test_foreign_values(void)
{
    setenv("XDG_CONFIG_HOME", path_of("own"), 1);
    CHECK(mkdir(path_of("own"), 0755) == 0 && mkdir(path_of("own/cordon"), 0755) == 0 &&
          mkdir(path_of("own/cordon/profiles"), 0755) == 0);
    write_text("own/cordon/profiles/db.yaml",
               "cordon: 1\nparams: {k: {default: db}}\nsecrets: [{name: s, from: \"/etc/cordon/${param:k}\"}]\n");
    write_text("own/cordon/profiles/named.yaml", "cordon: 1\nsecrets: [{name: s, from: \"/etc/cordon/${name}\"}]\n");
    write_text("plain.yaml", "cordon: 1\nextends: [db]\n");
    write_text("param.yaml", "cordon: 1\nextends: [db]\nparams: {k: {default: other}}\n");
    write_text("climbs.yaml", "cordon: 1\nextends: [db]\nparams: {k: {default: ../../shadow}}\n");
    write_text("name.yaml", "cordon: 1\nextends: [named]\n");
    CHECK_NAMED(load_as(1000, path_of("plain.yaml"), false) == 0, "the default of the trusted file itself");
    CHECK_NAMED(load_as(1000, path_of("param.yaml"), false) < 0 && strstr(first, "acts on the host"), "a param from outside");
    CHECK_NAMED(strstr(note, "brings in here") && strstr(note, "the search path is"), "and why is said");
    CHECK(load_as(1000, path_of("param.yaml"), true) == 0);
    CHECK_NAMED(load_as(1000, path_of("name.yaml"), false) < 0 && strstr(first, "acts on the host"), "a name from outside");
    CHECK_NAMED(load_as(1000, path_of("climbs.yaml"), true) < 0 && strstr(first, "brings '..'"), "no param leads out");
    unsetenv("XDG_CONFIG_HOME");
}

/* Each as large as one may be. */
static void test_many_values(void)
{
    char name[32], *text = malloc(1 << 18);
    for (int file = 0; file < 5; file++) {
        int length = sprintf(text, "cordon: 1\napp:\n  env:\n");
        if (file)
            length = sprintf(text, "cordon: 1\nextends: [./many%d.yaml]\napp:\n  env:\n", file - 1);
        for (int i = 0; i < 4900; i++)
            length += sprintf(text + length, "    V%d_%d: x\n", file, i);
        snprintf(name, sizeof name, "many%d.yaml", file);
        write_bytes(name, text, (size_t)length);
    }
    free(text);
    check_bomb("many4.yaml", "more than 10000 values in all");
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    test_bombs();
    test_wide();
    test_large();
    test_no_files();
    test_chain();
    test_many_values();
    test_foreign_values();
    if (geteuid() == 0) {
        test_trust();
        test_owners();
        test_search_path();
    } else {
        printf("ok %d - trust # SKIP needs root, to make files of several owners\n", ++tap_count);
    }
    nftw(folder, take_away, 16, FTW_DEPTH | FTW_PHYS);
    return tap_done();
}
