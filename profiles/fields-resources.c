/* resources, limits, rules: how much of the machine it gets. */
#include "profiles/fields.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* --- forms -------------------------------------------------------------------------------------------------------- */

/* Digits, perhaps a point and up to six more; 0 is no share of anything. */
static bool decimal(const char *text, double most, double *ret)
{
    size_t whole = strspn(text, "0123456789");
    if (whole == 0 || whole > 6 || (text[0] == '0' && whole > 1))
        return false;
    size_t rest = 0;
    if (text[whole] == '.') {
        rest = strspn(text + whole + 1, "0123456789");
        if (rest == 0 || rest > 6)
            return false;
        rest++;
    }
    if (text[whole + rest])
        return false;
    *ret = strtod(text, NULL);
    return *ret <= most;
}

/* In millionths. Below a hundredth the kernel's shortest quota, a millisecond of each 100, would be more. */
static int parse_processors(struct walk *walk, struct node *node, void *ret)
{
    double value;
    (void)walk;
    if (!decimal(node->text, 65536, &value) || value < 0.01)
        return -1;
    *(uint64_t *)ret = (uint64_t)(value * 1e6 + 0.5);
    return 0;
}

static int parse_weight(struct walk *walk, struct node *node, void *ret)
{
    int64_t value;
    (void)walk;
    if (!forms_integer(node->text, 1, 10000, &value))
        return -1;
    *(uint64_t *)ret = (uint64_t)value;
    return 0;
}

static int parse_processor_set(struct walk *walk, struct node *node, void *ret)
{
    (void)walk;
    *(const char **)ret = node->text;
    const char *p = node->text;
    for (;;) {
        char *end;
        if (*p < '0' || *p > '9')
            return -1;
        unsigned long first = strtoul(p, &end, 10), last = first;
        if (*end == '-') {
            if (end[1] < '0' || end[1] > '9')
                return -1;
            last = strtoul(end + 1, &end, 10);
        }
        if (last < first || last > 65535)
            return -1;
        if (!*end)
            return 0;
        if (*end != ',')
            return -1;
        p = end + 1;
    }
}

static int parse_count(struct walk *walk, struct node *node, void *ret)
{
    uint64_t value;
    (void)walk;
    if (!text_number(node->text, 4194304, &value) || value == 0)
        return -1;
    *(uint64_t *)ret = value;
    return 0;
}

/* 50M/s */
static int parse_rate(struct walk *walk, struct node *node, void *ret)
{
    char text[32];
    uint64_t bytes;
    size_t length = strlen(node->text);
    (void)walk;
    if (length < 3 || length >= sizeof text || strcmp(node->text + length - 2, "/s") != 0)
        return -1;
    memcpy(text, node->text, length - 2);
    text[length - 2] = '\0';
    if (!text_size(text, &bytes) || bytes == 0)
        return -1;
    *(uint64_t *)ret = bytes;
    return 0;
}

static const struct form form_processors = {
    .is = "a number of processors, such as 1.5", .size = sizeof(uint64_t), .parse = parse_processors, .type = SCALAR_NUMBER
};
static const struct form form_weight = {
    .is = "a weight from 1 to 10000", .size = sizeof(uint64_t), .parse = parse_weight, .type = SCALAR_INTEGER
};
static const struct form form_processor_set = { .is = "a set of processors, such as \"0-1,4\"",
                                                .size = sizeof(const char *),
                                                .parse = parse_processor_set,
                                                .pattern = "^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$" };
static const struct form form_count = {
    .is = "a number from 1 to 4194304", .size = sizeof(uint64_t), .parse = parse_count, .type = SCALAR_INTEGER
};
static const struct form form_rate = {
    .is = "a rate, such as 50M/s", .size = sizeof(uint64_t), .parse = parse_rate, .pattern = "^[1-9][0-9]*[KMGT]?/s$"
};

/* --- resources ---------------------------------------------------------------------------------------------------- */

static const struct word oom_words[] = { { "container", 0 }, { "process", 1 }, { NULL } };
static const struct form form_oom = { .is = "container or process", .size = sizeof(int), .words = oom_words };
static const struct row memory_rows[] = {
    { "max", &form_size, ROW_FIELD(struct memory_limits, max), .example = "256M",
      .doc = "memory.max: more is not given, and what cannot be reclaimed is killed." },
    { "high", &form_size, ROW_FIELD(struct memory_limits, high), .example = "200M",
      .doc = "memory.high: above it, the app is slowed down and its memory reclaimed." },
    { "low", &form_size, ROW_FIELD(struct memory_limits, low), .preset = "0", .example = "32M",
      .doc = "memory.low: kept, while others have memory to give. Each group above it must keep as much." },
    { "min", &form_size, ROW_FIELD(struct memory_limits, min), .preset = "0", .example = "16M",
      .doc = "memory.min: kept in any case, as far as each group above it keeps as much." },
    { "swap", &form_size, ROW_FIELD(struct memory_limits, swap), .preset = "0", .example = "64M", .doc = "memory.swap.max." },
    { "oom", &form_oom, ROW_FIELD(struct memory_limits, oom_process), .preset = "container", .example = "process",
      .doc = "What ends when memory does: the whole container, or the kernel's pick." },
};

static const struct row cpu_rows[] = {
    { "max", &form_processors, ROW_FIELD(struct cpu_limits, max), .example = "1.5", .doc = "cpu.max, in processors." },
    { "burst", &form_time, ROW_FIELD(struct cpu_limits, burst), .preset = "0", .example = "100ms",
      .doc = "cpu.max.burst: what may be saved up." },
    { "weight", &form_weight, ROW_FIELD(struct cpu_limits, weight), .preset = "100", .example = "200",
      .doc = "cpu.weight: its share where processors are short." },
    { "set", &form_processor_set, ROW_FIELD(struct cpu_limits, set), .example = "\"0-1\"",
      .doc = "cpuset.cpus: on which processors." },
    { "exclusive", &form_bool, ROW_FIELD(struct cpu_limits, exclusive), .preset = "false", .example = "true",
      .doc = "Whether nobody else gets these." },
};

static const struct row io_rows[] = {
    { "device", &form_host_path, ROW_FIELD(struct io_limits, device), .flags = ROW_REQUIRED, .example = "/",
      .doc = "A block device, or a path on it." },
    { "read", &form_rate, ROW_FIELD(struct io_limits, read), .example = "50M/s", .doc = "Bytes read." },
    { "write", &form_rate, ROW_FIELD(struct io_limits, write), .example = "20M/s", .doc = "Bytes written." },
    { "read-ops", &form_count, ROW_FIELD(struct io_limits, read_ops), .example = "1000", .doc = "Reads a second." },
    { "write-ops", &form_count, ROW_FIELD(struct io_limits, write_ops), .example = "1000", .doc = "Writes a second." },
    { "weight", &form_weight, ROW_FIELD(struct io_limits, weight), .preset = "100", .example = "200",
      .doc = "io.weight, or io.bfq.weight: its share of the disk, which BFQ or io.cost must be on for." },
};

static void begin_io(struct walk *walk, struct node *node, void *target)
{
    (void)walk, (void)node;
    *(struct io_limits *)target = (struct io_limits){ .read = RESOURCE_UNSET,
                                                      .write = RESOURCE_UNSET,
                                                      .read_ops = RESOURCE_UNSET,
                                                      .write_ops = RESOURCE_UNSET,
                                                      .weight = RESOURCE_UNSET };
}
static const struct form form_io = {
    .is = "a map, such as {device: /, read: 50M/s}", .size = sizeof(struct io_limits), .begin = begin_io, ROWS(io_rows)
};

/* The short forms: the one number is the maximum. */
static int parse_memory(struct walk *walk, struct node *node, void *ret)
{
    struct memory_limits *memory = ret;
    return text_size(node->text, &memory->max) || forms_suggest_size(walk, node) ? 0 : -1;
}
static int parse_cpu(struct walk *walk, struct node *node, void *ret)
{
    struct cpu_limits *cpu = ret;
    return parse_processors(walk, node, &cpu->max);
}

static void add_hugepages(struct walk *walk, struct node *entry, void *target)
{
    SLICE(struct huge_limit) *list = target;
    struct huge_limit limit;
    if (entry->kind == NODE_SCALAR && text_size(entry->key, &limit.page) && text_size(entry->text, &limit.bytes))
        *SLICE_PUSH(walk->arena, list) = limit;
}

static const struct form form_memory_limit = { .is = "a size such as 256M, or a map such as {max: 256M, high: 200M}",
                                               .size = sizeof(struct memory_limits),
                                               .parse = parse_memory,
                                               .shorthand = "max",
                                               .pattern = "^(0|[1-9][0-9]*)[KMGT]?$",
                                               ROWS(memory_rows) };
static const struct form form_cpu = { .is = "a number of processors such as 1.5, or a map such as {max: 1.5, weight: 100}",
                                      .size = sizeof(struct cpu_limits),
                                      .parse = parse_cpu,
                                      .shorthand = "max",
                                      .type = SCALAR_NUMBER,
                                      ROWS(cpu_rows) };
static const struct form form_ios = { .is = "a list of maps, such as [{device: /, read: 50M/s}]",
                                      .size = sizeof(((struct resources *)0)->io),
                                      .items = &form_io,
                                      .item_size = sizeof(struct io_limits) };
static const struct form form_hugepages = { .is = "a map of page sizes to sizes, such as {2M: 64M}",
                                            .size = sizeof(((struct resources *)0)->hugepages),
                                            .entry = add_hugepages,
                                            .values = &form_size,
                                            .keys = &form_size };

static const struct row resources_rows[] = {
    { "memory", &form_memory_limit, ROW_FIELD(struct resources, memory), .example = "256M", .doc = "memory.max, or a map." },
    { "cpu", &form_cpu, ROW_FIELD(struct resources, cpu), .example = "1.5", .doc = "How many processors, or a map." },
    { "processes", &form_count, ROW_FIELD(struct resources, processes), .example = "128", .doc = "pids.max." },
    { "io", &form_ios, ROW_FIELD(struct resources, io), .preset = "[]", .example = "[{device: /, read: 50M/s}]",
      .doc = "Limits by block device." },
    { "hugepages", &form_hugepages, ROW_FIELD(struct resources, hugepages), .preset = "{}", .example = "{2M: 64M}",
      .doc = "Huge pages, by their size." },
    { "disk", &form_size, ROW_NOWHERE, .flags = ROW_LATER, .example = "2G", .doc = "All that it keeps under a writable root." },
};
const struct form form_resources = { .is = "a map, such as {memory: 256M, processes: 128}",
                                     .size = sizeof(struct resources),
                                     ROWS(resources_rows) };

/* --- limits ------------------------------------------------------------------------------------------------------- */

typedef bool limit_reader(const char *text, rlim_t *ret);

static bool read_count(const char *text, rlim_t *ret)
{
    uint64_t value;
    if (!text_number(text, RLIM_INFINITY - 1, &value))
        return false;
    *ret = value;
    return true;
}

static bool read_bytes(const char *text, rlim_t *ret)
{
    uint64_t value;
    if (!text_size(text, &value) || value == RLIM_INFINITY)
        return false;
    *ret = value;
    return true;
}

static bool read_seconds(const char *text, rlim_t *ret)
{
    uint64_t value;
    if (!text_duration(text, &value) || value % 1000)
        return false;
    *ret = value / 1000;
    return true;
}

static bool read_microseconds(const char *text, rlim_t *ret)
{
    uint64_t value;
    if (!text_duration(text, &value) || value > RLIM_INFINITY / 1000 - 1)
        return false;
    *ret = value * 1000;
    return true;
}

static bool read_side(limit_reader *reader, const char *text, rlim_t *ret)
{
    if (strcmp(text, "unlimited") != 0)
        return reader(text, ret);
    *ret = RLIM_INFINITY;
    return true;
}

static int parse_limit(struct walk *walk, struct node *node, void *ret, limit_reader *reader)
{
    struct limit *limit = ret;
    char soft[32];
    rlim_t values[2];
    size_t length = strcspn(node->text, ":");
    if (length >= sizeof soft)
        return -1;
    memcpy(soft, node->text, length);
    soft[length] = '\0';
    if (!read_side(reader, soft, &values[0]) ||
        !read_side(reader, node->text[length] ? node->text + length + 1 : soft, &values[1]))
        return -1;
    if (values[0] > values[1]) {
        error_help(walk_error(walk, node->at, "the soft limit is above the hard one"),
                   "write SOFT:HARD, the smaller one first");
        return 0;
    }
    *limit = (struct limit){ .set = true, .soft = values[0], .hard = values[1] };
    return 0;
}

static int parse_limit_count(struct walk *walk, struct node *node, void *ret)
{
    return parse_limit(walk, node, ret, read_count);
}
static int parse_limit_bytes(struct walk *walk, struct node *node, void *ret)
{
    return parse_limit(walk, node, ret, read_bytes) == 0 || forms_suggest_size(walk, node) ? 0 : -1;
}

static int parse_limit_seconds(struct walk *walk, struct node *node, void *ret)
{
    return parse_limit(walk, node, ret, read_seconds);
}
static int parse_limit_microseconds(struct walk *walk, struct node *node, void *ret)
{
    return parse_limit(walk, node, ret, read_microseconds);
}

#define SIDES(one) "^(" one "|unlimited)(:(" one "|unlimited))?$"
static const struct form form_limit_count = { .is = "a number, \"SOFT:HARD\", or unlimited",
                                              .size = sizeof(struct limit),
                                              .parse = parse_limit_count,
                                              .pattern = SIDES("(0|[1-9][0-9]*)") };
static const struct form form_limit_bytes = { .is = "a size such as 64M, \"SOFT:HARD\", or unlimited",
                                              .size = sizeof(struct limit),
                                              .parse = parse_limit_bytes,
                                              .pattern = SIDES("(0|[1-9][0-9]*)[KMGT]?") };
static const struct form form_limit_seconds = { .is = "a time of whole seconds such as 10s, \"SOFT:HARD\", or unlimited",
                                                .size = sizeof(struct limit),
                                                .parse = parse_limit_seconds,
                                                .pattern = SIDES("(0|[1-9][0-9]*(ms|s|m|h))") };
static const struct form form_limit_microseconds = { .is = "a time such as 100ms, \"SOFT:HARD\", or unlimited",
                                                     .size = sizeof(struct limit),
                                                     .parse = parse_limit_microseconds,
                                                     .pattern = SIDES("(0|[1-9][0-9]*(ms|s|m|h))") };

#define LIMIT(name, number, kind, sample, sentence)                                                                            \
    {                                                                                                                          \
        name, &form_limit_##kind, .offset = (number) * sizeof(struct limit), .size = sizeof(struct limit), .example = sample,  \
                                  .doc = sentence                                                                              \
    }
/* The names are those of limit_names; a test holds the two together. */
static const struct row limits_rows[] = {
    LIMIT("files", RLIMIT_NOFILE, count, "1024", "Open files of one process."),
    LIMIT("core", RLIMIT_CORE, bytes, "0",
          "The largest core file. 0 arrives as one byte: with 0 the kernel would still start a core_pattern program of the "
          "host. A program that sets it itself is told that it did, and it stays; prlimit(2) that asks for the old one too is "
          "refused."),
    LIMIT("memlock", RLIMIT_MEMLOCK, bytes, "64K", "Memory that may be locked."),
    LIMIT("stack", RLIMIT_STACK, bytes, "8M", "The stack of its first thread."),
    LIMIT("processes", RLIMIT_NPROC, count, "128", "Processes of its user, counted over everything that runs as it."),
    LIMIT("cpu", RLIMIT_CPU, seconds, "60s", "Processor time of one process."),
    LIMIT("file-size", RLIMIT_FSIZE, bytes, "1G", "The largest file that it can write."),
    LIMIT("data", RLIMIT_DATA, bytes, "1G", "Its data segment."),
    LIMIT("address-space", RLIMIT_AS, bytes, "4G", "Its whole address space."),
    LIMIT("rss", RLIMIT_RSS, bytes, "1G", "Without effect since Linux 2.4.30; kept for completeness."),
    LIMIT("locks", RLIMIT_LOCKS, count, "100", "Without effect since Linux 2.4.25; kept for completeness."),
    LIMIT("signals", RLIMIT_SIGPENDING, count, "1000", "Signals that wait."),
    LIMIT("message-queues", RLIMIT_MSGQUEUE, bytes, "800K", "Bytes in POSIX message queues."),
    LIMIT("nice", RLIMIT_NICE, count, "0", "How far nice may be lowered: 20 minus this number."),
    LIMIT("realtime-priority", RLIMIT_RTPRIO, count, "0", "The highest real-time priority."),
    LIMIT("realtime-time", RLIMIT_RTTIME, microseconds, "200ms",
          "Processor time without a blocking call, under real-time scheduling."),
};
const struct form form_limits = { .is = "a map, such as {files: 1024}",
                                  .size = sizeof(struct limit) * RLIM_NLIMITS,
                                  ROWS(limits_rows) };

/* --- rules -------------------------------------------------------------------------------------------------------- */

static int parse_when(struct walk *walk, struct node *node, void *ret)
{
    char measure[40], op[3], value[24], rest;
    (void)walk, (void)ret;
    if (sscanf(node->text, "%39[a-z.] %2[<>=] %23[0-9.KMGT%%] %c", measure, op, value, &rest) != 3)
        return -1;
    return strcmp(op, ">") == 0 || strcmp(op, "<") == 0 ? 0 : -1;
}

static int parse_do(struct walk *walk, struct node *node, void *ret)
{
    static const char *const prefixes[] = { "signal:", "run:", "set:" };
    static const char *const words[] = { "log", "freeze", "stop", "restart" };
    (void)walk, (void)ret;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(node->text, words[i]) == 0)
            return 0;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(node->text, prefixes[i], length) == 0 && node->text[length] && forms_one_line(node->text))
            return 0;
    }
    return -1;
}

static bool runs_on_host(const struct node *node) { return strncmp(node->text, "run:", 4) == 0; }

static const struct form form_when = { .is = "a condition, such as \"memory > 80%\" or \"cpu.pressure > 20%\"",
                                       .parse = parse_when,
                                       .pattern = "^[a-z.]+ [<>] [0-9.]+[KMGT%]?$" };
static const struct form form_do = { .is = "log, signal:SIGNAL, freeze, stop, restart, run:PATH or set:KEY=VALUE",
                                     .parse = parse_do,
                                     .host = runs_on_host,
                                     .pattern = "^(log|freeze|stop|restart|signal:.+|run:.+|set:.+)$" };
static const struct row rule_rows[] = {
    { "when", &form_when, ROW_NOWHERE, .flags = ROW_REQUIRED, .example = "\"memory > 80%\"",
      .doc = "A measure and a threshold." },
    { "for", &form_time, ROW_NOWHERE, .preset = "0", .example = "10s", .doc = "How long it must hold." },
    { "do", &form_do, ROW_NOWHERE, .flags = ROW_REQUIRED, .example = "log",
      .doc = "log, signal:SIGNAL, freeze, stop, restart, set:KEY=VALUE, or run:PATH, which acts on the host: only from "
             "profiles in the search path, or with --trust." },
};
static const struct form form_threshold = { .is = "a map, such as {when: \"memory > 80%\", do: log}", ROWS(rule_rows) };
const struct form form_rules = { .is = "a list of maps, such as [{when: \"memory > 80%\", for: 10s, do: log}]",
                                 .items = &form_threshold };
