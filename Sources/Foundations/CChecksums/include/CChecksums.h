/// Cyclic redundancy checks (CRC).
#ifndef CCHECKSUMS_H
#define CCHECKSUMS_H

#include <stddef.h>
#include <stdint.h>

/// A CRC with a reflected polynomial, all bits set initially, and all bits inverted at the end.
typedef enum { CRC_32 = 0, CRC_32C = 1, CRC_64_NVME = 2 } crc_kind;

/// Returns the CRC of the bytes that `crc` covers followed by `bytes`. The CRC of no bytes is 0.
uint64_t crc_update(crc_kind kind, uint64_t crc, const void *bytes, size_t count);

/// Returns the CRC of two consecutive pieces; `second_count` is the number of bytes in the second.
uint64_t crc_combine(crc_kind kind, uint64_t first, uint64_t second, uint64_t second_count);

#endif
