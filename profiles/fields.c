/* The top of a profile, and what is only about the profile itself. */
#include "profiles/fields.h"

#include <string.h>

static int parse_version(struct walk *walk, struct node *node, void *ret)
{
    (void)ret;
    if (strcmp(node->text, "1") != 0) {
        struct error *err =
            walk_error(walk, node->at, "'%s' is not a version of the language that this cordon knows", node->text);
        error_help(err, "write cordon: 1");
    }
    return 0;
}

static const struct form form_version = { .is = "1", .parse = parse_version, .type = SCALAR_INTEGER, .pattern = "^1$" };

static const struct form form_labels = { .is = "a map of free keys to texts, such as {team: shop}", .values = &form_text };

/* --- params ------------------------------------------------------------------------------------------------------- */

static void check_param(struct walk *walk, struct node *map, void *target)
{
    (void)target;
    if (forms_says_true(map, "required") && node_get(map, "default"))
        error_help(walk_error(walk, map->at, "is required and has a default, which would never be used"),
                   "keep one of the two");
}

static const struct row param_rows[] = {
    { "required", &form_bool, ROW_NOWHERE, .preset = "false", .example = "true", .doc = "The run is refused without it." },
    { "default", &form_anything, ROW_NOWHERE, .example = "64M", .doc = "Its value where none is given." },
};
static const struct form form_param = { .is = "a map, such as {required: true} or {default: 64M}",
                                        ROWS(param_rows),
                                        .finish = check_param };
const struct form form_params = { .is = "a map of names to maps, such as {size: {default: 64M}}",
                                  .values = &form_param,
                                  .keys = &form_name };

/* --- the top ------------------------------------------------------------------------------------------------------ */

static const struct row rows[] = {
    { "cordon", &form_version, ROW_NOWHERE, .flags = ROW_REQUIRED, .example = "1",
      .doc = "The version of the language; the one required key." },
    { "name", &form_name, ROW_FIELD(struct spec, name), .example = "shop-web",
      .doc = "What its containers are called. Default: the file's name without .yaml." },
    { "description", &form_text, ROW_FIELD(struct spec, description), .preset = "\"\"", .example = "Nginx for the shop",
      .doc = "A sentence for people; lists of profiles show it." },
    { "labels", &form_labels, ROW_NOWHERE, .preset = "{}", .example = "{team: shop}",
      .doc = "Free keys, to select containers by, when there are kept ones; nothing else asks for them." },
    { "extends", &form_texts, ROW_NOWHERE, .preset = "[]", .example = "[server]",
      .doc = "Profiles that this one builds on, by name or as ./relative path; merged in order, this file last." },
    { "params", &form_params, ROW_NOWHERE, .preset = "{}", .example = "{input: {required: true}, size: {default: 64M}}",
      .doc =
          "What can be given with --param NAME=VALUE and used as ${param:NAME}. It never reaches the environment by itself." },
    { "app", &form_app, ROW_FIELD(struct spec, app), .doc = "The program: what is run, as whom, with which environment." },
    { "root", &form_root, ROW_FIELD(struct spec, root), .doc = "The file system that it starts from." },
    { "mounts", &form_mounts, ROW_FIELD(struct spec, mounts), .preset = "[]", .example = "[{bind: /srv/www, at: /srv/www}]",
      .doc =
          "What is mounted into the root, applied by depth, whatever the order here. Always there unless an entry has the same "
          "'at': /proc, /sys, /dev with /dev/shm and /dev/mqueue, tmpfs on /tmp, /var/tmp and /run, the home of app.user." },
    { "devices", &form_devices, ROW_FIELD(struct spec, devices), .preset = "[]",
      .example = "[/dev/fuse, {path: /dev/sda1, access: r}]",
      .doc =
          "Device nodes of the host, by path or pattern, beside null, zero, full, random, urandom, tty and ptmx. As root a "
          "device filter on the container's control group allows these and no other; for a plain user, and where there is no "
          "control group, the user namespace does, in which nobody makes nodes." },
    { "isolate", &form_isolate, ROW_FIELD(struct spec, isolate),
      .doc = "Each resource that the kernel can share or separate: new, inherit, or join:CONTAINER." },
    { "hostname", &form_text, ROW_FIELD(struct spec, hostname), .example = "shop-web", .doc = "Its host name. Default: name." },
    { "machine-id", &form_machine_id, ROW_FIELD(struct spec, machine_id), .preset = "auto", .example = "inherit",
      .doc = "What /etc/machine-id holds. auto: stable for the name; inherit: the host's; or 32 hexadecimal digits." },
    { "users", &form_users, ROW_FIELD(struct spec, users), .doc = "How ids inside are ids of the host." },
    { "privileges", &form_privileges, ROW_FIELD(struct spec, privileges), .doc = "What it may do beyond a plain program." },
    { "syscalls", &form_syscalls, ROW_FIELD(struct spec, syscalls), .doc = "The system calls that it may make." },
    { "paths", &form_landlock, ROW_FIELD(struct spec, paths),
      .doc = "Landlock, a second wall inside the mounts. Where the section is present, what it does not name is denied." },
    { "label", &form_label, ROW_FIELD(struct spec, label),
      .doc = "Labels of the security modules: a hard error where asked for and not possible." },
    { "resources", &form_resources, ROW_FIELD(struct spec, resources),
      .doc = "Limits by cgroup v2. A profile that asks for nothing of this section gets no cgroup of its own." },
    { "limits", &form_limits, ROW_FIELD(struct spec, limits),
      .doc = "Limits of each process (setrlimit); soft:hard where they differ." },
    { "rules", &form_rules, ROW_NOWHERE, .flags = ROW_LATER, .preset = "[]",
      .example = "[{when: \"memory > 80%\", for: 10s, do: log}]", .doc = "When a measure crosses a threshold, act." },
    { "network", &form_network, ROW_FIELD(struct spec, network), .doc = "Which network it sees." },
    { "sockets", &form_sockets, ROW_FIELD(struct spec, sockets), .doc = "Sockets of the host that it may reach." },
    { "sysctl", &form_sysctl, ROW_FIELD(struct spec, sysctl), .preset = "{}", .example = "{net.core.somaxconn: 1024}",
      .doc = "Kernel settings; only those that belong to one of its namespaces." },
    { "clock", &form_clock, ROW_FIELD(struct spec, clock), .doc = "Offsets of its clocks, with isolate.time: new." },
    { "service", &form_service, ROW_NOWHERE, .flags = ROW_LATER,
      .doc = "How it is started, watched and stopped as a service." },
    { "hooks", &form_hooks, ROW_NOWHERE, .flags = ROW_LATER,
      .doc =
          "Programs run at stages of its life: lists of argv, JSON state on their stdin. A failure aborts, unless optional." },
    { "log", &form_log, ROW_NOWHERE, .flags = ROW_LATER, .doc = "Where its output goes when it is detached." },
    { "secrets", &form_secrets, ROW_FIELD(struct spec, secrets), .flags = ROW_HOST, .preset = "[]",
      .example = "[{name: db-password, from: /etc/cordon/secrets/db, mode: \"0400\"}]",
      .doc = "Files of the host shown at /run/secrets/NAME, in memory only. Only from profiles in the search path, or with "
             "--trust." },
    { "admins", &form_admins, ROW_NOWHERE, .flags = ROW_LATER, .preset = "{}", .example = "{alice: [login, manage]}",
      .doc = "Who beside the owner may do what with it." },
    { "desktop", &form_desktop, ROW_NOWHERE, .flags = ROW_LATER, .doc = "What of the desktop it may use." },
    { "checks", &form_checks, ROW_NOWHERE, .preset = "[]", .example = "[{cannot: write /usr/bin/env}]",
      .doc = "What the profile itself promises; 'cordon test', which is not available yet, will try each one inside." },
};
static const struct alias aliases[] = {
    { "image", "root.from" },
    { "rootfs", "root.from" },
    { "volumes", "mounts" },
    { "binds", "mounts" },
    { "tmpfs", "mounts" },
    { "ports", "network.publish" },
    { "net", "network.mode" },
    { "environment", "app.env" },
    { "entrypoint", "app.command" },
    { "cmd", "app.command" },
    { "args", "app.command" },
    { "cap_add", "privileges.capabilities" },
    { "cap-add", "privileges.capabilities" },
    { "read_only", "root.write" },
    { "read-only", "root.write" },
    { "cpus", "resources.cpu" },
    { "ulimits", "limits" },
    { "working_dir", "app.workdir" },
    { "seccomp", "syscalls" },
    { "include", "extends" },
    { "namespaces", "isolate" },
    { NULL, NULL },
};
const struct form form_profile = { .is = "a map that begins with cordon: 1", ROWS(rows), .aliases = aliases };
