/// Linux system calls that are not available in Swift, for Storage.
#ifndef CSTORAGE_H
#define CSTORAGE_H

#include <stdint.h>

/// Appends the `count` bytes of `from` that begin at `offset` to `to`. Returns 0, or -1 with `errno` set: `EIO` if `from` is
/// too short.
int append_file_range(int from, int64_t offset, int to, int64_t count);

/// Copies all `count` bytes of `from` to `to`, which must be empty. Shares the blocks if the file system can. Returns the same
/// as `append_file_range`.
int copy_whole_file(int from, int to, int64_t count);

/// Starts to write a file's dirty pages in a range to the disk, without waiting for it.
void begin_writeback(int file, int64_t offset, int64_t count);

#endif
