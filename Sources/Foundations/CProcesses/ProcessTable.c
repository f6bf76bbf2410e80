// Lists the machine's processes, and finds those that a job has started.

#define _GNU_SOURCE

#include "ProcessTable.h"

#include "CProcesses.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int by_pid(const void *one, const void *other) {
    pid_t first = ((const process *)one)->pid, second = ((const process *)other)->pid;
    return (first > second) - (first < second);
}

// Returns all processes, sorted by ID. Not every kernel lists a process's children.
static processes list_processes(void) {
    processes list = {NULL, 0};
    size_t capacity = 0;
    DIR *folder = opendir("/proc");
    if (!folder) return list;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[300], line[512];
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0) continue;
        ssize_t length = read(file, line, sizeof line - 1);
        close(file);
        line[length > 0 ? length : 0] = 0;
        // The name in parentheses may contain anything, but there is no parenthesis after it.
        char *end = strrchr(line, ')');
        process found = {atoi(entry->d_name), 0, 0, 0};
        if (!end || sscanf(end + 1, " %*c %d %*d %d", &found.parent, &found.session) != 2) continue;
        if (list.count == capacity) {
            size_t more = capacity ? capacity * 2 : 1024;
            process *larger = realloc(list.all, more * sizeof *larger);
            if (!larger) break;
            list.all = larger;
            capacity = more;
        }
        list.all[list.count++] = found;
    }
    closedir(folder);
    qsort(list.all, list.count, sizeof *list.all, by_pid);
    return list;
}

// Marks the descendants of the processes with `is_meant`.
static void mark_descendants(processes list) {
    for (int found = 1; found;) {
        found = 0;
        for (size_t index = 0; index < list.count; index++) {
            process *child = &list.all[index];
            if (child->is_meant) continue;
            process key = {child->parent, 0, 0, 0};
            process *parent = bsearch(&key, list.all, list.count, sizeof *list.all, by_pid);
            if (parent && parent->is_meant) child->is_meant = found = 1;
        }
    }
}

processes list_descendants(void) {
    processes list = list_processes();
    pid_t self = getpid();
    for (size_t index = 0; index < list.count; index++) list.all[index].is_meant = list.all[index].parent == self;
    mark_descendants(list);
    return list;
}

static int read_name(const char *pid, char name[32]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    int is_read = fgets(name, 32, file) != NULL;
    fclose(file);
    return is_read;
}

// Returns whether a process runs the same program as this one. If it has ended, only its name is still known.
static int is_own_program(pid_t pid) {
    char path[64], number[16], own[4096], its[4096];
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    snprintf(number, sizeof number, "%d", pid);
    ssize_t count = readlink("/proc/self/exe", own, sizeof own), found = readlink(path, its, sizeof its);
    if (found >= 0) return count == found && memcmp(own, its, (size_t)count) == 0;
    return read_name("self", own) && read_name(number, its) && strcmp(own, its) == 0;
}

int roost_end_orphans(pid_t session, const pid_t known[], int known_count) {
    processes list = list_processes();
    pid_t self = getpid();
    for (size_t index = 0; index < list.count; index++) {
        process *one = &list.all[index];
        int is_orphan = one->parent == self && one->pid != session && !is_own_program(one->pid);
        for (int place = 0; is_orphan && place < known_count; place++) is_orphan = one->pid != known[place];
        // Whoever started the supervisor waits for it.
        one->is_meant = is_orphan || (one->session == session && one->pid != session);
    }
    mark_descendants(list);
    int found = 0;
    for (size_t index = 0; index < list.count; index++) {
        process *one = &list.all[index];
        if (!one->is_meant || one->pid == self || one->pid == session) continue;
        found++;
        kill(one->pid, SIGKILL);
        if (one->parent == self) waitpid(one->pid, NULL, WNOHANG);
    }
    free(list.all);
    return found;
}
