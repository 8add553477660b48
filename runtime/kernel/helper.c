#include "kernel/helper.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

int helper_start(struct helper *helper, char *const argv[], char *const environment[], struct error *err)
{
    const char *slash = strrchr(argv[0], '/');
    int pipe[2];
    helper->name = slash ? slash + 1 : argv[0];
    if (pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_errno(err, errno, "make a pipe");
    AUTO_CLOSE int reader = pipe[0];
    AUTO_CLOSE int writer = pipe[1];

    /* The launcher blocks its signals: a program of the system's expects none to be. */
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, writer, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    int code = posix_spawn(&helper->pid, argv[0], &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (code)
        return error_errno(err, code, "start %s", argv[0]);
    helper->complaints = take_fd(&reader);
    return 0;
}

int helper_finish(struct helper *helper, const char *says, struct error *err)
{
    AUTO_CLOSE int complaints = helper->complaints;
    int status = 0;
    while (waitpid(helper->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    char text[512];
    ssize_t n = read(complaints, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return error_set(err, "%s %s: %s", helper->name, says, *text ? text : "it gave no reason");
}
