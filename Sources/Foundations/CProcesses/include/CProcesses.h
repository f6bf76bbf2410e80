// Starts child processes of the server, and supervises a job in one of them. Both must happen between fork and exec, or in
// a process that does nothing else.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The descriptor that passes the program's environment to its supervisor. The supervisor runs the server's own code, so its
/// own environment never contains variables that a user chose.
enum { ROOST_ENVIRONMENT = 3 };

/// Starts the supervisor at `path` in a new session. `control` becomes a socket whose other end is its standard input, `output`
/// a pipe from its standard output and error. `environment` is for the program that it runs. Returns 0 or an errno.
int roost_spawn(
    const char *path, char *const arguments[], char *const supervisor_environment[], char *const environment[],
    const char *folder, int *control, int *output, pid_t *pid
);

/// Kills the processes that a killed supervisor left behind: those in its session, those that became children of this process,
/// and all their descendants. `known` are unrelated children of this process. Returns the number of processes found. Call it
/// until it returns 0, because a fork may be missed.
int roost_end_orphans(pid_t session, const pid_t known[], int known_count);

/// The limits of a program and of everything that it starts; 0 for none.
typedef struct {
    /// Bytes that all processes together may have resident.
    uint64_t memory;
    /// Bytes that each process may allocate, used or not.
    uint64_t heap;
    /// Bytes of a file that it writes.
    uint64_t file_size;
    uint64_t process_count;
    /// Whether it only gets what others leave of the processors.
    int yields;
} roost_limits;

/// Runs a program in a new process group, and returns when it and everything that it started have ended.
///
/// Standard input is a socket. A `T` on it asks the program to end; a `K` kills it, and so does closing the other side.
/// At the end, one line is written to it: `exit STATUS`, `signal NUMBER`, `memory` or `processes` if it exceeded that limit, or
/// `error ERRNO` if the program cannot be run.
int roost_supervise(char *const arguments[], roost_limits limits);

/// Sets malloc's limits in this process: blocks of up to 4 MiB come from its heaps, which keep up to 16 MiB free at the top. All
/// threads share `heap_count` heaps. Call it before the first thread starts, and only once.
void roost_keep_buffers(int heap_count);

/// Returns the free pages of all of malloc's heaps to the system. Takes milliseconds.
void roost_give_back_memory(void);

/// Returns the bytes in malloc's heaps that are free, whether their pages were returned to the system or not.
size_t roost_free_memory(void);

/// Makes crashes of this process leave a file at `path` with the signal's number. Signals from other processes leave none.
void roost_note_crashes(const char *path);
