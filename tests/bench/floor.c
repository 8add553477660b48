/* floor COMMAND ARG…: the least that a start can cost. One clone with the namespaces that a default run makes, the same mounts,
 * pivot_root, exec, wait; no filter, no capability dropped, no error told well. What the runtime is measured against, never a
 * way to contain anything. As a plain user it takes a user namespace of one id; as root it takes one of one id as well, as the
 * runtime does. */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(long result, const char *what)
{
    if (result < 0) {
        perror(what);
        _exit(125);
    }
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    check(fd, path);
    check(write(fd, text, strlen(text)), path);
    close(fd);
}

static void mount_new(const char *type, const char *at, unsigned long flags, const char *data)
{
    mkdir(at, 0755);
    check(mount(type, at, type, flags | MS_NOSUID, data), at);
}

static void bind_read_only(const char *from, const char *at)
{
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID };
    mkdir(at, 0755);
    check(mount(from, at, NULL, MS_BIND | MS_REC, NULL), at);
    check(syscall(SYS_mount_setattr, AT_FDCWD, at, AT_RECURSIVE, &attributes, sizeof(attributes)), at);
}

static void bind_device(const char *name)
{
    char from[64], at[64];
    snprintf(from, sizeof(from), "/dev/%s", name);
    snprintf(at, sizeof(at), "dev/%s", name);
    close(open(at, O_WRONLY | O_CREAT, 0600));
    check(mount(from, at, NULL, MS_BIND, NULL), at);
}

static void build_root(void)
{
    static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
    static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
    check(mount("tmpfs", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), "/mnt");
    check(chdir("/mnt"), "/mnt");
    bind_read_only("/usr", "usr");
    bind_read_only("/etc", "etc");
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        char target[32];
        snprintf(target, sizeof(target), "usr/%s", links[i]);
        check(symlink(target, links[i]), links[i]);
    }
    mount_new("proc", "proc", MS_NODEV | MS_NOEXEC, NULL);
    mount_new("sysfs", "sys", MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL);
    mount_new("tmpfs", "dev", MS_NOEXEC, "mode=755");
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        bind_device(devices[i]);
    mount_new("devpts", "dev/pts", MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620");
    mount_new("tmpfs", "dev/shm", MS_NODEV | MS_NOEXEC, "mode=1777,size=64M");
    mount_new("mqueue", "dev/mqueue", MS_NODEV | MS_NOEXEC, NULL);
    mkdir("var", 0755);
    mount_new("tmpfs", "tmp", MS_NODEV, "mode=1777");
    mount_new("tmpfs", "var/tmp", MS_NODEV, "mode=1777");
    mount_new("tmpfs", "run", MS_NODEV, "mode=755");
    mount_new("tmpfs", "root", MS_NODEV, "mode=700");
    check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(umount2(".", MNT_DETACH), "umount");
    check(chdir("/"), "/");
}

static void map_ids(uid_t uid, gid_t gid)
{
    char text[32];
    write_text("/proc/self/setgroups", "deny");
    snprintf(text, sizeof(text), "0 %u 1", uid);
    write_text("/proc/self/uid_map", text);
    snprintf(text, sizeof(text), "0 %u 1", gid);
    write_text("/proc/self/gid_map", text);
}

int main(int argc, char **argv)
{
    uid_t uid = getuid();
    gid_t gid = getgid();
    struct clone_args args = { .exit_signal = SIGCHLD,
                               .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                                        CLONE_NEWCGROUP | CLONE_NEWNET };
    int status;
    if (argc < 2)
        return 125;
    long pid = syscall(SYS_clone3, &args, sizeof(args));
    check(pid, "clone3");
    if (pid == 0) {
        map_ids(uid, gid);
        build_root();
        execv(argv[1], argv + 1);
        check(-1, argv[1]);
    }
    check(waitpid((pid_t)pid, &status, 0), "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
