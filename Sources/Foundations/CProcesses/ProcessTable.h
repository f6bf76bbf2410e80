#ifndef ROOST_PROCESS_TABLE_H
#define ROOST_PROCESS_TABLE_H

#include <stddef.h>
#include <sys/types.h>

typedef struct {
    pid_t pid, parent, session;
    int is_meant;
} process;

typedef struct {
    process *all;
    size_t count;
} processes;

// Returns all processes; `is_meant` marks the descendants of this one. The caller frees the list.
processes list_descendants(void);

#endif
