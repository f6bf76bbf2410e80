/// What the object store needs of C: cyclic redundancy checks, and calls of Linux that Swift does not see.
#ifndef CSTORAGE_H
#define CSTORAGE_H

#include <stddef.h>
#include <stdint.h>

/// A reflected polynomial with all bits set at the start and flipped at the end.
typedef enum { CRC_32 = 0, CRC_32C = 1, CRC_64_NVME = 2 } crc_kind;

/// The check of what `crc` is of, followed by these bytes. The check of nothing is 0.
uint64_t crc_update(crc_kind kind, uint64_t crc, const void *bytes, size_t count);

/// The check of two pieces in a row; `second_count` is the number of bytes of the second.
uint64_t crc_combine(crc_kind kind, uint64_t first, uint64_t second, uint64_t second_count);

/// Appends `count` bytes of `from`, which begin at `offset`, to `to`. Answers 0, or -1 with `errno` set; bytes that are not
/// there are `EIO`.
int append_file_range(int from, int64_t offset, int to, int64_t count);

/// Copies all of `from`, `count` bytes, to `to`, which is empty; where the file system can, without copying a byte. Answers as
/// `append_file_range`.
int copy_whole_file(int from, int to, int64_t count);

/// Has the disk begin to write what is dirty in a range of a file, and does not wait for it.
void begin_writeback(int file, int64_t offset, int64_t count);

#endif
