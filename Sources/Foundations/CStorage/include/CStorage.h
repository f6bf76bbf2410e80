/// C code of Storage: cyclic redundancy checks (CRC), and Linux system calls that are not available in Swift.
#ifndef CSTORAGE_H
#define CSTORAGE_H

#include <stddef.h>
#include <stdint.h>

/// A CRC with a reflected polynomial, all bits set initially, and all bits inverted at the end.
typedef enum { CRC_32 = 0, CRC_32C = 1, CRC_64_NVME = 2 } crc_kind;

/// Returns the CRC of the bytes that `crc` covers followed by `bytes`. The CRC of no bytes is 0.
uint64_t crc_update(crc_kind kind, uint64_t crc, const void *bytes, size_t count);

/// Returns the CRC of two consecutive pieces; `second_count` is the number of bytes in the second.
uint64_t crc_combine(crc_kind kind, uint64_t first, uint64_t second, uint64_t second_count);

/// Appends the `count` bytes of `from` that begin at `offset` to `to`. Returns 0, or -1 with `errno` set: `EIO` if `from` is
/// too short.
int append_file_range(int from, int64_t offset, int to, int64_t count);

/// Copies all `count` bytes of `from` to `to`, which must be empty. Shares the blocks if the file system can. Returns the same
/// as `append_file_range`.
int copy_whole_file(int from, int to, int64_t count);

/// Starts to write a file's dirty pages in a range to the disk, without waiting for it.
void begin_writeback(int file, int64_t offset, int64_t count);

#endif
