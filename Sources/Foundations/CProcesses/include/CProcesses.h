// What starts a child process of the server, and what watches over a job in it: both must happen between fork and exec,
// or in a process that does nothing else.
#pragma once

#include <stdint.h>
#include <sys/types.h>

/// The descriptor by which a supervisor is told the environment of its program. What a user may choose never is in that of the
/// supervisor, which runs the server's own code.
enum { ROOST_ENVIRONMENT = 3 };

/// Starts `path`, a supervisor, in a session of its own. `control` becomes a socket whose other end is its standard input,
/// `output` what it writes to standard output and error. `environment` is that of the program that it is to run. Answers 0 or
/// an errno.
int roost_spawn(
    const char *path, char *const arguments[], char *const supervisor_environment[], char *const environment[],
    const char *folder, int *control, int *output, pid_t *pid
);

/// Kills what a supervisor that was killed has left behind: what is in its session, and what became a child of this process,
/// with all below. `known` are children of this process that are none of that. Answers how many there were: it has to be
/// called until there are none, because a fork may slip through.
int roost_end_orphans(pid_t session, const pid_t known[], int known_count);

/// Runs a program in a process group of its own, and returns when it and all that it started have ended.
///
/// Standard input is a socket: a `T` on it asks the program to end, a `K` ends it, and so does the other side's end.
/// At the end, one line is written there: `exit STATUS`, `signal NUMBER`, `memory`, or `error ERRNO` where the program
/// cannot be run.
///
/// `memory`: bytes that each process may have allocated, and all of them together may have resident; 0 for no bound.
int roost_supervise(char *const arguments[], uint64_t memory);

/// Sets the bounds of malloc in this process: blocks of up to 4 MiB come from its heaps, which keep up to 16 MiB at their ends.
void roost_keep_buffers(void);

/// From now on, a crash of this process leaves a file at `path`, with the number of its signal. What another process ends does not.
void roost_note_crashes(const char *path);
