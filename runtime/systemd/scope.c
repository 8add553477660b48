/* cordon-scope [--user] NAME PID [PROPERTY=VALUE…]: asks systemd's manager to put process PID into a new transient scope NAME
 * whose control groups are delegated to it, and returns when that has been done. The properties are numbers, or "PATH NUMBER"
 * for a disk (systemd.resource-control(5)).
 *
 * A program of its own because of its library: linked into cordon, libsystemd would cost every start the time to load it, and a
 * static program cannot have it at all. systemd.scope(5), org.freedesktop.systemd1(5). */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#define PATIENCE 30 /* seconds; a busy manager has other jobs before ours */
#define MANAGER "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

struct job {
    const char *path;
    char result[32]; /* "" until it has one */
};

static int on_removed(sd_bus_message *message, void *data, sd_bus_error *ret)
{
    struct job *job = data;
    const char *path, *unit, *result;
    uint32_t id;
    (void)ret;
    if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0 && job->path && strcmp(path, job->path) == 0)
        snprintf(job->result, sizeof job->result, "%s", result);
    return 0;
}

static int complain(const char *what, int code, const sd_bus_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error && error->message ? error->message : strerror(-code));
    return 1;
}

static int append_property(sd_bus_message *message, char *text)
{
    char *value = strchr(text, '='), *number = value ? strchr(value, ' ') : NULL;
    if (!value)
        return -EINVAL;
    *value++ = '\0';
    if (!number)
        return sd_bus_message_append(message, "(sv)", text, "t", (uint64_t)strtoull(value, NULL, 10));
    *number++ = '\0';
    return sd_bus_message_append(message, "(sv)", text, "a(st)", 1, value, (uint64_t)strtoull(number, NULL, 10));
}

static int append_properties(sd_bus_message *message, uint32_t pid, char **properties)
{
    int code = sd_bus_message_open_container(message, 'a', "(sv)");
    if (code >= 0)
        code = sd_bus_message_append(message, "(sv)(sv)(sv)(sv)", "Description", "s", "Container of cordon", "PIDs", "au", 1,
                                     pid, "Delegate", "b", 1, "CollectMode", "s", "inactive-or-failed");
    while (code >= 0 && *properties)
        code = append_property(message, *properties++);
    return code < 0 ? code : sd_bus_message_close_container(message);
}

static int start(sd_bus *bus, char **arguments, sd_bus_message **ret_reply, sd_bus_error *error)
{
    sd_bus_message *message = NULL;
    int code = sd_bus_message_new_method_call(bus, &message, MANAGER, "StartTransientUnit");
    if (code >= 0)
        code = sd_bus_message_append(message, "ss", arguments[0], "fail");
    if (code >= 0)
        code = append_properties(message, (uint32_t)strtoul(arguments[1], NULL, 10), arguments + 2);
    if (code >= 0)
        code = sd_bus_message_append(message, "a(sa(sv))", 0);
    if (code >= 0)
        code = sd_bus_call(bus, message, 0, error, ret_reply);
    sd_bus_message_unref(message);
    return code;
}

/* The signal may come with the reply, so it is listened for before the call, and every message is looked at. */
static int wait_for_end(sd_bus *bus, const struct job *job)
{
    time_t end = time(NULL) + PATIENCE;
    while (!job->result[0]) {
        int n = sd_bus_process(bus, NULL);
        if (n < 0)
            return complain("talk to systemd", n, NULL);
        if (n == 0 && time(NULL) > end) {
            fprintf(stderr, "systemd did not make the scope within %d seconds\n", PATIENCE);
            return 1;
        }
        if (n == 0 && (n = sd_bus_wait(bus, 1000000)) < 0)
            return complain("talk to systemd", n, NULL);
    }
    if (strcmp(job->result, "done") == 0)
        return 0;
    fprintf(stderr, "the scope's job ended as '%s'\n", job->result);
    return 1;
}

int main(int argc, char **argv)
{
    bool user = argc > 1 && strcmp(argv[1], "--user") == 0;
    if (argc - user < 3) {
        fprintf(stderr, "usage: cordon-scope [--user] NAME PID [PROPERTY=VALUE...]\n");
        return 2;
    }
    sd_bus *bus = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    struct job job = { 0 };
    int code = user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
    if (code < 0)
        return complain("reach the bus", code, NULL);
    code = sd_bus_match_signal(bus, NULL, MANAGER, "JobRemoved", on_removed, &job);
    if (code < 0)
        return complain("listen to systemd", code, NULL);
    code = start(bus, argv + 1 + user, &reply, &error);
    if (code < 0)
        return complain("start the scope", code, &error);
    code = sd_bus_message_read(reply, "o", &job.path);
    return code < 0 ? complain("read systemd's answer", code, NULL) : wait_for_end(bus, &job);
}
