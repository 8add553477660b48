#include "profiles/lint/fix.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/syscalls.h"
#include "profiles/lint/catalogue.h"
#include "profiles/lint/subject.h"
#include "profiles/profile.h"
#include "profiles/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_FIXES 200

/* --- which fix ---------------------------------------------------------------------------------------------------- */

/* SET: the value of the finding's key, or of the key beside it that `beside` names. REMOVE: the item or entry. */
static const struct fix_row {
    uint16_t rule;
    uint8_t kind;
    bool safe;
    char beside[8], value[12];
} fix_rows[] = {
#define REMOVE(rule, is_safe)                                                                                                  \
    {                                                                                                                          \
        RULE_##rule, FIX_REMOVE, is_safe, "", ""                                                                               \
    }
/* Of a list that, left out, would allow more: it stays, empty. */
#define REMOVE_KEEP(rule)                                                                                                      \
    {                                                                                                                          \
        RULE_##rule, FIX_REMOVE, false, "", "[]"                                                                               \
    }
#define SET(rule, text)                                                                                                        \
    {                                                                                                                          \
        RULE_##rule, FIX_SET, false, "", text                                                                                  \
    }
#define SET_BESIDE(rule, field, text)                                                                                          \
    {                                                                                                                          \
        RULE_##rule, FIX_SET, false, field, text                                                                               \
    }
    REMOVE(caps_without_effect, true),
    REMOVE(syscalls_idle_allow, true),
    REMOVE(service_needs_itself, true),
    REMOVE(caps_sys_admin, false),
    REMOVE(caps_sys_module, false),
    REMOVE(caps_sys_rawio, false),
    REMOVE(caps_sys_ptrace, false),
    REMOVE(caps_dac_read_search, false),
    REMOVE(caps_net_admin, false),
    REMOVE(caps_net_raw, false),
    REMOVE(caps_bpf, false),
    REMOVE(caps_mknod, false),
    REMOVE(caps_sys_resource, false),
    REMOVE(caps_mac, false),
    REMOVE(caps_audit, false),
    REMOVE(caps_syslog, false),
    REMOVE(caps_nested, false),
    REMOVE(caps_system, false),
    REMOVE(caps_mounts, false),
    REMOVE(caps_perf, false),
    REMOVE(caps_io_uring, false),
    REMOVE(caps_kvm, false),
    REMOVE(caps_realtime, false),
    REMOVE(caps_own_network, false),
    REMOVE(caps_own_ids, false),
    REMOVE(caps_host_ids, false),
    REMOVE(caps_own_hostname, false),
    SET(caps_set_id, "false"),
    SET(caps_inspection, "false"),
    SET(syscalls_none, "default"),
    SET(syscalls_log, "errno"),
    REMOVE(syscalls_mount, false),
    REMOVE(syscalls_namespaces, false),
    REMOVE(syscalls_bpf, false),
    REMOVE(syscalls_userfaultfd, false),
    REMOVE(syscalls_keyring, false),
    REMOVE(syscalls_ptrace, false),
    REMOVE(syscalls_handles, false),
    REMOVE(syscalls_module, false),
    REMOVE(syscalls_raw_io, false),
    REMOVE(syscalls_clock, false),
    REMOVE(syscalls_alg, false),
    REMOVE(syscalls_vsock, false),
    REMOVE(syscalls_packet, false),
    REMOVE(syscalls_foreign, false),
    REMOVE(syscalls_needed, false),
    SET(ids_host, "auto"),
    REMOVE(ids_groups, false),
    REMOVE(ids_groups_keep, false),
    SET(host_pid, "new"),
    SET(host_signals, "new"),
    SET(host_ipc, "new"),
    SET(host_cgroup, "new"),
    SET(host_machine_id, "auto"),
    REMOVE(host_optional, false),
    SET(host_core, "0"),
    SET(host_memlock, "64K"),
    SET(network_spoofing, "false"),
    SET(network_abstract, "false"),
    REMOVE_KEEP(network_metadata),
    REMOVE_KEEP(network_egress_any),
    REMOVE_KEEP(network_wildcard),
    REMOVE(network_unenforced, false),
    REMOVE(network_host_sysctl, false),
    REMOVE(network_route_localnet, false),
    SET(images_direct, "discard"),
    REMOVE(devices_disk, false),
    REMOVE(devices_memory, false),
    REMOVE(devices_input, false),
    REMOVE(devices_console, false),
    REMOVE(devices_all, false),
    REMOVE(sockets_dbus_spawn, false),
    REMOVE(sockets_dbus_secrets, false),
    REMOVE(sockets_dbus_any, false),
    REMOVE_KEEP(paths_all),
    SET(mounts_tmpfs_open, "64M"),
    SET(mounts_tmpfs_exec, "false"),
    SET_BESIDE(mounts_system, "write", "false"),
    SET_BESIDE(mounts_home_write, "write", "false"),
    SET_BESIDE(mounts_login, "write", "false"),
    SET_BESIDE(mounts_profiles, "write", "false"),
    SET_BESIDE(mounts_cgroup, "write", "false"),
    REMOVE(service_env_pass, false),
    SET(service_secret_mode, "\"0400\""),
    SET(service_storm, "1s"),
};

static bool find_row(struct subject *s, struct finding *finding)
{
    for (size_t i = 0; i < sizeof fix_rows / sizeof *fix_rows; i++) {
        const struct fix_row *row = &fix_rows[i];
        if (row->rule != finding->number || !finding->key)
            continue;
        const char *key = finding->key, *dot = strrchr(key, '.');
        if (row->beside[0] && dot)
            key = arena_printf(s->arena, "%.*s.%s", (int)(dot - key), key, row->beside);
        if (!said(s, key))
            return false;
        finding->fix = (struct fix){
            .kind = row->kind, .at = spec_source(s->spec, key), .value = row->value[0] ? row->value : NULL, .safe = row->safe
        };
        return true;
    }
    return false;
}

/* The word between quotes after `before`. */
static const char *quoted_after(struct arena *arena, const char *text, const char *before)
{
    const char *p = strstr(text, before);
    size_t length = p ? strcspn(p + strlen(before), "'") : 0;
    return length ? arena_strndup(arena, p + strlen(before), length) : NULL;
}

/* What the readers themselves propose. A key or value that is only near to what was written is a guess, and so not safe. */
static void find_in_mistake(struct subject *s, struct finding *finding)
{
    const char *near = quoted_after(s->arena, finding->message, "did you mean '");
    bool ambiguous = finding->remedy && strncmp(finding->remedy, "quote it: ", 10) == 0;
    struct fix fix = { .at = finding->at };
    if (ambiguous && finding->number == RULE_syntax_yaml)
        fix = (struct fix){ FIX_SET, finding->at, finding->remedy + 10, true };
    else if (near && !strpbrk(near, " ,.\"\\#{}[]:&*!|>%@`") && finding->number == RULE_types_key)
        fix = (struct fix){ FIX_RENAME, finding->at, near, false };
    else if (near && !strpbrk(near, "\"\\") && finding->number == RULE_types_value)
        fix =
            (struct fix){ FIX_SET, finding->at,
                          near[strcspn(near, " ,\"\\#{}[]:&*!|>%@`")] ? arena_printf(s->arena, "\"%s\"", near) : near, false };
    finding->fix = fix;
}

void fix_find(struct subject *s, struct finding *finding)
{
    if (finding->severity == SEVERITY_ERROR) {
        find_in_mistake(s, finding);
    } else if (!find_row(s, finding) && finding->number == RULE_network_publish_all && text_of(s, finding->key)) {
        const char *text = text_of(s, finding->key);
        const char *ports = strncmp(text, "0.0.0.0:", 8) == 0 ? text + 8 : strncmp(text, "[::]:", 5) == 0 ? text + 5 : text;
        finding->fix = (struct fix){ FIX_SET, spec_source(s->spec, finding->key),
                                     arena_printf(s->arena, "\"127.0.0.1:%s\"", ports), false };
    }
}

/* --- as an edit --------------------------------------------------------------------------------------------------- */

static uint32_t begin_of(const struct span *span) { return span->key != SPAN_NONE ? span->key : span->start; }

static uint32_t line_start(const struct layout *layout, uint32_t byte)
{
    while (byte && layout->text[byte - 1] != '\n')
        byte--;
    return byte;
}

/* Behind the line break, unless the value ended with one (a block of text does). */
static uint32_t line_end(const struct layout *layout, uint32_t byte)
{
    if (byte && layout->text[byte - 1] == '\n')
        return byte;
    const char *end = memchr(layout->text + byte, '\n', layout->length - byte);
    return end ? (uint32_t)(end - layout->text) + 1 : (uint32_t)layout->length;
}

static bool is_blank(const struct layout *layout, uint32_t from, uint32_t to)
{
    while (from < to && layout->text[from] == ' ')
        from++;
    return from == to;
}

static uint32_t before_it(const struct layout *layout, uint32_t index)
{
    uint32_t before = SPAN_NONE;
    for (uint32_t i = 0; i < index; i++)
        if (layout->spans.items[i].next == index)
            before = i;
    return before;
}

static bool remove_from_flow(const struct layout *layout, uint32_t index, struct edit *ret)
{
    const struct span *span = &layout->spans.items[index];
    uint32_t before = before_it(layout, index);
    if (span->next != SPAN_NONE)
        *ret = (struct edit){ begin_of(span), begin_of(&layout->spans.items[span->next]), "" };
    else
        *ret = (struct edit){ before != SPAN_NONE ? layout->spans.items[before].end : begin_of(span), span->end, "" };
    return true;
}

/* Whole lines; the first entry of a map behind a dash gives its place to the next. */
static bool remove_lines(const struct layout *layout, uint32_t index, struct edit *ret)
{
    const struct span *span = &layout->spans.items[index], *parent = &layout->spans.items[span->parent];
    uint32_t begin = begin_of(span);
    if (parent->list) {
        while (begin && layout->text[begin - 1] == ' ')
            begin--;
        if (!begin || layout->text[begin - 1] != '-')
            return false;
        begin--;
    }
    uint32_t start = line_start(layout, begin);
    if (is_blank(layout, start, begin))
        *ret = (struct edit){ start, line_end(layout, span->end), "" };
    else if (!parent->list && span->next != SPAN_NONE)
        *ret = (struct edit){ begin, begin_of(&layout->spans.items[span->next]), "" };
    else
        return false;
    return true;
}

static bool remove_span(const struct layout *layout, uint32_t index, bool keep, struct edit *ret)
{
    const struct span *span = &layout->spans.items[index];
    if (span->parent == SPAN_NONE)
        return false;
    const struct span *parent = &layout->spans.items[span->parent];
    bool alone = span->next == SPAN_NONE && before_it(layout, index) == SPAN_NONE;
    /* A block that is left empty would be a key without a value; so would be an empty list or map be odd to read. */
    if (alone && parent->parent != SPAN_NONE && !keep)
        return remove_span(layout, span->parent, false, ret);
    if (alone && !parent->flow)
        return false;
    return parent->flow ? remove_from_flow(layout, index, ret) : remove_lines(layout, index, ret);
}

/* Then a list that is taken away would be that of the profile below, and the empty one is not. */
static bool builds_on_others(const struct layout *layout)
{
    for (size_t i = 0; i < layout->spans.count; i++) {
        const struct span *span = &layout->spans.items[i];
        if (span->key != SPAN_NONE && span->parent != SPAN_NONE && layout->spans.items[span->parent].parent == SPAN_NONE &&
            span->key_end - span->key == strlen("extends") &&
            memcmp(layout->text + span->key, "extends", strlen("extends")) == 0)
            return true;
    }
    return false;
}

bool fix_edit(const struct layout *layout, const struct fix *fix, struct edit *ret)
{
    uint32_t index = fix->kind == FIX_NONE || !fix->at.line ? SPAN_NONE : layout_find(layout, fix->at.line, fix->at.column);
    if (index == SPAN_NONE)
        return false;
    const struct span *span = &layout->spans.items[index];
    if (fix->kind == FIX_REMOVE)
        return remove_span(layout, index, fix->value != NULL || builds_on_others(layout), ret);
    if (fix->kind == FIX_RENAME) {
        *ret = (struct edit){ span->key, span->key_end, fix->value };
        return span->key != SPAN_NONE;
    }
    *ret = (struct edit){ span->start, span->end, fix->value };
    return span->scalar && layout->text[span->start] != '|' && layout->text[span->start] != '>';
}

/* --- one after the other ------------------------------------------------------------------------------------------ */

static struct lint judge(const struct lint *lint, const char *profile, const char *file, const char *text)
{
    struct lint again = *lint;
    again.findings.items = NULL;
    again.findings.count = again.findings.room = 0;
    again.unreadable = false;
    again.instead_of = file;
    again.text = text;
    again.length = text ? strlen(text) : 0;
    lint_profile(&again, profile);
    return again;
}

static size_t count_of(const struct lint *lint, const char *rule)
{
    size_t count = 0;
    for (size_t i = 0; i < lint->findings.count; i++)
        count += strcmp(lint->findings.items[i].rule, rule) == 0;
    return count;
}

/* Fewer of this rule, and more of none. But where a mistake goes away the rules begin to speak: that is no harm of the fix. */
static bool is_better(const struct lint *before, const struct lint *after, const struct finding *fixed)
{
    if (count_of(after, fixed->rule) >= count_of(before, fixed->rule) || after->unreadable > before->unreadable)
        return false;
    for (size_t i = 0; i < after->findings.count; i++) {
        const struct finding *finding = &after->findings.items[i];
        bool mended = fixed->severity == SEVERITY_ERROR && finding->severity != SEVERITY_ERROR;
        bool comment = finding->number == RULE_syntax_suppression_idle;
        if (!mended && !comment && count_of(after, finding->rule) > count_of(before, finding->rule))
            return false;
    }
    return true;
}

static bool is_tried(const struct strings *tried, const char *name)
{
    for (size_t i = 0; i < tried->count; i++)
        if (strcmp(tried->items[i], name) == 0)
            return true;
    return false;
}

/* The text with the next fix in it, NULL where there is none left. */
static const char *next_text(const struct lint *lint, const struct lint *now, const char *file, const char *text, bool unsafe,
                             struct strings *tried, const struct finding **ret)
{
    struct layout layout;
    layout_make(lint->arena, text, strlen(text), &layout);
    for (size_t i = 0; i < now->findings.count; i++) {
        const struct finding *finding = &now->findings.items[i];
        struct edit edit;
        if (finding->fix.kind == FIX_NONE || (!finding->fix.safe && !unsafe) || finding->suppressed || !finding->fix.at.file ||
            strcmp(finding->fix.at.file, file) != 0)
            continue;
        char *name = arena_printf(lint->arena, "%s %s %s", finding->rule, finding->key ? finding->key : "", finding->message);
        if (is_tried(tried, name) || !fix_edit(&layout, &finding->fix, &edit))
            continue;
        *SLICE_PUSH(lint->arena, tried) = name;
        *ret = finding;
        return arena_printf(lint->arena, "%.*s%s%s", (int)edit.start, text, edit.with, text + edit.end);
    }
    return NULL;
}

/* The file that the profile itself is written in, as the reader calls it. */
static const char *own_file(const struct lint *lint, const char *profile)
{
    struct profile_reading reading = { 0 };
    struct profile_request request = { .profile = profile, .reading = &reading };
    struct errors ignored = { 0 };
    struct spec *spec;
    profile_load(lint->arena, &request, lint->caller, &spec, &ignored, &ignored);
    errors_fini(&ignored);
    return reading.origins.count ? reading.origins.items[0].file : NULL;
}

void fix_profile(const struct lint *lint, const char *profile, bool unsafe, const char *text, struct fixed *ret)
{
    const char *file = own_file(lint, profile);
    size_t length;
    *ret = (struct fixed){ 0 };
    if (!text)
        text = file ? layout_read(lint->arena, file, &length) : NULL;
    if (!text)
        return;
    *ret = (struct fixed){ .file = file, .before = text, .after = text };
    struct strings tried = { 0 };
    struct lint now = judge(lint, profile, file, text);
    const struct finding *finding;
    const char *next;
    while (ret->count < MOST_FIXES && (next = next_text(lint, &now, file, ret->after, unsafe, &tried, &finding))) {
        struct lint then = judge(lint, profile, file, next);
        if (!is_better(&now, &then, finding))
            continue;
        ret->after = next;
        ret->count++;
        now = then;
        tried.count = 0; /* what was no gain before may be one now */
    }
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static int fill(int fd, const struct stat *st, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text += n;
        left -= (size_t)n;
    }
    bool owned = fchown(fd, st->st_uid, st->st_gid) == 0 || (st->st_uid == geteuid() && fchown(fd, (uid_t)-1, st->st_gid) == 0);
    if (!owned && geteuid() != st->st_uid)
        return -1;
    return fchmod(fd, st->st_mode & 07777) < 0 ? -1 : fsync(fd);
}

/* What was read by its name is replaced by it, and linting takes its time: who can exchange names on the way could have a file
 * of the caller's replaced by a text of his. So the folder is held, and the file in it must still say what was read. */
int fix_write(struct arena *arena, const struct fixed *fixed, struct error *err)
{
    AUTO_FREE char *real = realpath(fixed->file, NULL); /* a link stays one */
    char *slash = real ? strrchr(real, '/') : NULL;
    if (!slash)
        return error_errno(err, errno, "write %s", fixed->file);
    const char *name = slash + 1, *above = slash == real ? "/" : real;
    *slash = '\0';
    struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
    struct stat st;
    size_t length;
    AUTO_CLOSE int folder = sys_openat2(AT_FDCWD, above, &how);
    const char *now = folder < 0 ? NULL : file_read_regular(arena, folder, name, O_NOFOLLOW, YAML_LARGEST, &st, &length);
    if (!now)
        return error_errno(err, errno, "write %s", fixed->file);
    if (length != strlen(fixed->before) || memcmp(now, fixed->before, length) != 0)
        return error_set(err, "%s has changed since it was read, and is left as it is", fixed->file);
    const char *beside = arena_printf(arena, "%s.%d~", name, (int)getpid());
    AUTO_CLOSE int fd = openat(folder, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, errno, "write %s beside %s", beside, fixed->file);
    if (fill(fd, &st, fixed->after) == 0 && renameat(folder, beside, folder, name) == 0)
        return 0;
    error_errno(err, errno, "write %s", fixed->file);
    unlinkat(folder, beside, 0);
    return -1;
}
