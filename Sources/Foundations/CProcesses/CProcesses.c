#define _GNU_SOURCE
#include "CProcesses.h"

#include "ProcessTable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// Moves a descriptor above the child's fixed ones, so that dup2 does not overwrite it before it is used.
static int moved_up(int descriptor) {
    if (descriptor < 0) return -1;
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, ROOST_ENVIRONMENT + 1);
    int error = errno;
    close(descriptor);
    errno = error;
    return moved;
}

// Returns an in-memory file with all variables of `environment`, each terminated by NUL.
static int environment_file(char *const environment[]) {
    int file = moved_up(memfd_create("roost-environment", MFD_CLOEXEC));
    if (file < 0) return -1;
    for (; *environment; environment++) {
        const char *rest = *environment;
        for (size_t left = strlen(rest) + 1; left > 0;) {
            ssize_t count = write(file, rest, left);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) {
                int error = errno;
                close(file);
                errno = error;
                return -1;
            }
            rest += count;
            left -= (size_t)count;
        }
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

int roost_spawn(
    const char *path, char *const arguments[], char *const supervisor_environment[], char *const environment[],
    const char *folder, int *control, int *output, pid_t *pid
) {
    // Processes that a killed supervisor leaves behind become children of this process, which can then find them.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int sockets[2] = {-1, -1}, pipes[2] = {-1, -1}, file = environment_file(environment), error = 0;
    if (file < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0 || pipe2(pipes, O_CLOEXEC) != 0) {
        error = errno;
    } else {
        sockets[1] = moved_up(sockets[1]);
        pipes[1] = moved_up(pipes[1]);
        if (sockets[1] < 0 || pipes[1] < 0) error = errno;
    }
    if (!error) {
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
        posix_spawn_file_actions_adddup2(&actions, file, ROOST_ENVIRONMENT);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
        // Not even the supervisor may inherit the server's descriptors, or connections would outlive their closing by the server.
        posix_spawn_file_actions_addclosefrom_np(&actions, ROOST_ENVIRONMENT + 1);
#endif
        posix_spawn_file_actions_addchdir_np(&actions, folder);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        // A separate session: ^C in the server's terminal must reach only the server.
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
        error = posix_spawn(pid, path, &actions, &attributes, arguments, supervisor_environment);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
    }
    if (file >= 0) close(file);
    if (sockets[1] >= 0) close(sockets[1]);
    if (pipes[1] >= 0) close(pipes[1]);
    if (error) {
        if (sockets[0] >= 0) close(sockets[0]);
        if (pipes[0] >= 0) close(pipes[0]);
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

// Signals the process group and the descendants that left it. Orphans become the supervisor's children.
static void signal_all(pid_t group, int number) {
    kill(-group, number);
    processes list = list_descendants();
    for (size_t index = 0; index < list.count; index++) {
        if (list.all[index].is_meant) kill(list.all[index].pid, number);
    }
    free(list.all);
}

static uint64_t resident_bytes(pid_t pid) {
    char path[64];
    unsigned long size, resident = 0, shared = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    int count = fscanf(file, "%lu %lu %lu", &size, &resident, &shared);
    fclose(file);
    return count == 3 && resident > shared ? (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

// What all processes use that the job has started.
typedef struct {
    uint64_t memory, process_count;
} usage;

static usage usage_of_all(void) {
    usage sum = {0, 0};
    processes list = list_descendants();
    for (size_t index = 0; index < list.count; index++) {
        if (!list.all[index].is_meant) continue;
        sum.memory += resident_bytes(list.all[index].pid);
        sum.process_count++;
    }
    free(list.all);
    return sum;
}

static void write_line(const char *word, int number) {
    char line[64];
    int count = number < 0 ? snprintf(line, sizeof line, "%s\n", word) : snprintf(line, sizeof line, "%s %d\n", word, number);
    (void)!send(0, line, (size_t)count, MSG_NOSIGNAL);
}

// Returns the environment that the server wrote for the program, in the form that `execve` takes; this process's own
// environment if the server wrote none.
static char **read_environment(void) {
    struct stat status;
    if (fstat(ROOST_ENVIRONMENT, &status) != 0 || !S_ISREG(status.st_mode)) return environ;
    size_t length = (size_t)status.st_size, filled = 0;
    char *bytes = malloc(length + 1);
    if (!bytes) return NULL;
    while (filled < length) {
        ssize_t count = read(ROOST_ENVIRONMENT, bytes + filled, length - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        filled += (size_t)count;
    }
    close(ROOST_ENVIRONMENT);
    bytes[filled] = 0;
    size_t count = 0;
    for (size_t index = 0; index < filled; index++) count += bytes[index] == 0;
    char **environment = calloc(count + 1, sizeof *environment);
    if (!environment) return NULL;
    char *next = bytes;
    for (size_t index = 0; index < count; index++) {
        environment[index] = next;
        next += strlen(next) + 1;
    }
    return environment;
}

// The job must not inherit descriptors of the server that lack FD_CLOEXEC.
static void close_with_exec(void) {
#ifdef SYS_close_range
    // CLOSE_RANGE_CLOEXEC
    if (syscall(SYS_close_range, 3u, ~0u, 4u) == 0) return;
#endif
    // The kernel does not have close_range.
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        int descriptor = atoi(entry->d_name);
        if (descriptor > 2) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    closedir(folder);
}

static void become_job(
    char *const arguments[], char *const environment[], roost_limits limits, pid_t supervisor, int failure
) {
    setpgid(0, 0);
    // The server's umask protects its own files. The program decides about its files itself.
    umask(022);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != supervisor) _exit(127);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (limits.heap) {
        struct rlimit limit = {limits.heap, limits.heap};
        setrlimit(RLIMIT_DATA, &limit);
    }
    if (limits.file_size) {
        struct rlimit limit = {limits.file_size, limits.file_size};
        setrlimit(RLIMIT_FSIZE, &limit);
        // A write beyond the limit fails instead of ending the process.
        signal(SIGXFSZ, SIG_IGN);
    }
    if (limits.yields) (void)!nice(10);
    // If the machine runs out of memory, a job is killed before the server.
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0) (void)!write(score, "500", 3);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    // The thread that forked may have blocked signals.
    sigset_t nothing;
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
    execvpe(arguments[0], arguments, environment);
    // A process that the server is starting may have inherited the file while it was open for writing. It closes it on exec.
    for (int attempt = 0; errno == ETXTBSY && attempt < 200; attempt++) {
        usleep(10000);
        execvpe(arguments[0], arguments, environment);
    }
    int error = errno;
    (void)!write(failure, &error, sizeof error);
    _exit(127);
}

int roost_supervise(char *const arguments[], roost_limits limits) {
    char **environment = read_environment();
    close_with_exec();
    if (!environment) {
        write_line("error", ENOMEM);
        return 1;
    }
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
    if (job == 0) become_job(arguments, environment, limits, supervisor, failure[1]);
    setpgid(job, job);
    close(failure[1]);

    int status = 0, has_ended = 0, is_server_there = 1, watches = limits.memory || limits.process_count;
    const char *excess = NULL;
    // Looking at all processes of the machine is not free, so a job that does not grow is looked at less often.
    usage last = {0, 0};
    int pause = 200;
    while (!has_ended) {
        struct pollfd watched[2] = {{is_server_there ? 0 : -1, POLLIN, 0}, {wake[0], POLLIN, 0}};
        poll(watched, 2, watches ? pause : -1);
        char bytes[64];
        while (read(wake[0], bytes, sizeof bytes) > 0) {}
        if (watched[0].revents) {
            ssize_t count = read(0, bytes, sizeof bytes);
            if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) {
                is_server_there = 0;
                signal_all(job, SIGKILL);
            }
            for (ssize_t index = 0; index < count; index++) {
                // Only the first process gets SIGTERM, as in a container. It is responsible for its children.
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
        if (watches && !has_ended && !excess) {
            usage now = usage_of_all();
            if (limits.memory && now.memory > limits.memory) excess = "memory";
            if (limits.process_count && now.process_count > limits.process_count) excess = "processes";
            if (excess) signal_all(job, SIGKILL);
            int grows = now.memory > last.memory + (1 << 20) || now.process_count > last.process_count;
            pause = grows ? 200 : pause < 1000 ? pause + 200 : pause;
            last = now;
        }
    }
    // Kill what the job left behind. A fork may be missed in one pass, so repeat until no process is left.
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
    else if (excess) write_line(excess, -1);
    else if (WIFSIGNALED(status)) write_line("signal", WTERMSIG(status));
    else write_line("exit", WEXITSTATUS(status));
    return 0;
}

static char crash_note[4096];

static void note_crash(int number, siginfo_t *info, void *context) {
    (void)context;
    // A signal from another process is not a crash of this one.
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
    // The handler has been reset, so the signal now ends the process.
    raise(number);
}

void roost_note_crashes(const char *path) {
    if (strlen(path) >= sizeof crash_note) return;
    strcpy(crash_note, path);
    int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    struct sigaction action = {.sa_sigaction = note_crash, .sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK};
    for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) sigaction(crashes[index], &action, NULL);
}
