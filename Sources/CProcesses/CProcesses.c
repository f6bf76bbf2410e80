#define _GNU_SOURCE
#include "CProcesses.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int roost_spawn(
    const char *path, char *const arguments[], char *const environment[], const char *folder, int *control, int *output,
    pid_t *pid
) {
    int sockets[2], pipes[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return errno;
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        int error = errno;
        close(sockets[0]);
        close(sockets[1]);
        return error;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, sockets[1], 0);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 2);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    // A session of its own: ^C in the server's terminal is for the server.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    int error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(sockets[1]);
    close(pipes[1]);
    if (error) {
        close(sockets[0]);
        close(pipes[0]);
    } else {
        *control = sockets[0];
        *output = pipes[0];
    }
    return error;
}

static int wake[2];

static void child_changed(int number) {
    int saved = errno;
    (void)number;
    (void)!write(wake[1], "", 1);
    errno = saved;
}

// Calls `visit` with every process below this one: the parents of all are looked up, because the kernel need not have
// lists of children.
static void each_descendant(void (*visit)(pid_t, void *), void *context) {
    enum { most = 4096 };
    static pid_t pids[most], parents[most];
    static char is_ours[most];
    int count = 0;
    DIR *folder = opendir("/proc");
    if (!folder) return;
    for (struct dirent *entry; count < most && (entry = readdir(folder));) {
        char path[300], line[512];
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        ssize_t length = read(file, line, sizeof line - 1);
        close(file);
        line[length > 0 ? length : 0] = 0;
        // The name in parentheses may hold whatever it likes, but nothing after it has a parenthesis.
        char *end = strrchr(line, ')');
        if (!end || sscanf(end + 1, " %*c %d", &parents[count]) != 1) continue;
        pids[count] = atoi(entry->d_name);
        is_ours[count++] = 0;
    }
    closedir(folder);
    pid_t self = getpid();
    for (int found = 1; found;) {
        found = 0;
        for (int child = 0; child < count; child++) {
            if (is_ours[child]) continue;
            int is_below = parents[child] == self;
            for (int other = 0; !is_below && other < count; other++)
                is_below = is_ours[other] && pids[other] == parents[child];
            if (!is_below) continue;
            is_ours[child] = found = 1;
            visit(pids[child], context);
        }
    }
}

static void signal_one(pid_t pid, void *number) { kill(pid, *(int *)number); }

// The group, and what has left it: whoever loses its parent becomes the supervisor's child.
static void signal_all(pid_t group, int number) {
    kill(-group, number);
    each_descendant(signal_one, &number);
}

static void add_resident(pid_t pid, void *sum) {
    char path[64];
    unsigned long size, resident = 0, shared = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "re");
    if (!file) return;
    if (fscanf(file, "%lu %lu %lu", &size, &resident, &shared) == 3 && resident > shared)
        *(uint64_t *)sum += (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
    fclose(file);
}

static void write_line(const char *word, int number) {
    char line[64];
    int count = number < 0 ? snprintf(line, sizeof line, "%s\n", word) : snprintf(line, sizeof line, "%s %d\n", word, number);
    (void)!send(0, line, (size_t)count, MSG_NOSIGNAL);
}

static void become_job(char *const arguments[], uint64_t memory, pid_t supervisor, int failure) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) _exit(127);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (memory) {
        struct rlimit limit = {memory, memory};
        setrlimit(RLIMIT_DATA, &limit);
    }
    (void)!nice(10);
    // Where the machine runs out of memory, a job goes before the server.
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0) (void)!write(score, "500", 3);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    // The thread that forked may be one that the system keeps signals from.
    sigset_t nothing;
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
    execvp(arguments[0], arguments);
    // A process that the server is starting just now may hold the file open for writing, as it was copied: until it execs.
    for (int attempt = 0; errno == ETXTBSY && attempt < 200; attempt++) {
        usleep(10000);
        execvp(arguments[0], arguments);
    }
    int error = errno;
    (void)!write(failure, &error, sizeof error);
    _exit(127);
}

int roost_supervise(char *const arguments[], uint64_t memory) {
    // Descriptors of the server that were not marked to be closed are none of the job's.
    for (int descriptor = 3; descriptor < 1024; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    int failure[2];
    if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0 || pipe2(failure, O_CLOEXEC) != 0) return 1;
    struct sigaction action = {.sa_handler = child_changed, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t supervisor = getpid();
    pid_t job = fork();
    if (job < 0) {
        write_line("error", errno);
        return 1;
    }
    if (job == 0) become_job(arguments, memory, supervisor, failure[1]);
    setpgid(job, job);
    close(failure[1]);

    int status = 0, has_ended = 0, is_over_limit = 0, is_server_there = 1;
    while (!has_ended) {
        struct pollfd watched[2] = {{is_server_there ? 0 : -1, POLLIN, 0}, {wake[0], POLLIN, 0}};
        poll(watched, 2, memory ? 200 : -1);
        char bytes[64];
        while (read(wake[0], bytes, sizeof bytes) > 0) {}
        if (watched[0].revents) {
            ssize_t count = read(0, bytes, sizeof bytes);
            if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) {
                is_server_there = 0;
                signal_all(job, SIGKILL);
            }
            for (ssize_t index = 0; index < count; index++) {
                // A container's first process is asked alone, too: what it has started is its affair.
                if (bytes[index] == 'K') signal_all(job, SIGKILL);
                else kill(job, SIGTERM);
            }
        }
        int one;
        pid_t ended;
        while ((ended = waitpid(-1, &one, WNOHANG)) > 0) {
            if (ended != job) continue;
            status = one;
            has_ended = 1;
        }
        if (memory && !has_ended && !is_over_limit) {
            uint64_t resident = 0;
            each_descendant(add_resident, &resident);
            if (resident > memory) {
                is_over_limit = 1;
                signal_all(job, SIGKILL);
            }
        }
    }
    // What the job left behind ends with it. A fork may slip through one look, so look until nobody is there.
    for (;;) {
        int one;
        signal_all(job, SIGKILL);
        pid_t ended = waitpid(-1, &one, WNOHANG);
        if (ended < 0) break;
        struct pollfd pause = {wake[0], POLLIN, 0};
        if (ended == 0) poll(&pause, 1, 20);
        char bytes[64];
        while (read(wake[0], bytes, sizeof bytes) > 0) {}
    }

    int error = 0;
    if (read(failure[0], &error, sizeof error) == sizeof error) write_line("error", error);
    else if (is_over_limit) write_line("memory", -1);
    else if (WIFSIGNALED(status)) write_line("signal", WTERMSIG(status));
    else write_line("exit", WEXITSTATUS(status));
    return 0;
}

void roost_keep_buffers(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}

static char crash_note[4096];

static void note_crash(int number, siginfo_t *info, void *context) {
    (void)context;
    // A signal that another process sent is no crash of this one.
    if (info->si_code > 0 || info->si_pid == getpid()) {
        char text[] = "signal 00\n";
        text[7] = (char)('0' + number / 10 % 10);
        text[8] = (char)('0' + number % 10);
        int file = open(crash_note, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (file >= 0) {
            (void)!write(file, text, sizeof text - 1);
            fsync(file);
            close(file);
        }
    }
    // The handler is gone: the signal ends the process now.
    raise(number);
}

void roost_note_crashes(const char *path) {
    if (strlen(path) >= sizeof crash_note) return;
    strcpy(crash_note, path);
    int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    struct sigaction action = {.sa_sigaction = note_crash, .sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK};
    for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) sigaction(crashes[index], &action, NULL);
}
