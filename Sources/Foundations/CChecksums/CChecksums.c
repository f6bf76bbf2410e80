#include "CChecksums.h"

#include <pthread.h>
#include <string.h>

// Slicing by eight (Kounavis and Berry, A systematic approach to building high performance software-based CRC generators).
// One implementation serves 32 and 64 bits: a reflected 32-bit CRC is a 64-bit one whose upper half is zero.

typedef struct {
    uint64_t polynomial;
    int width;
} crc_parameters;

static const crc_parameters parameters[3] = {
    {0xEDB88320u, 32},
    {0x82F63B78u, 32},
    {0x9A6C9329AC4BC9B5u, 64},
};

static uint64_t tables[3][8][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_tables(void) {
    for (int kind = 0; kind < 3; kind++) {
        uint64_t polynomial = parameters[kind].polynomial;
        for (int byte = 0; byte < 256; byte++) {
            uint64_t crc = (uint64_t)byte;
            for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ polynomial : crc >> 1;
            tables[kind][0][byte] = crc;
        }
        for (int slice = 1; slice < 8; slice++) {
            for (int byte = 0; byte < 256; byte++) {
                uint64_t crc = tables[kind][slice - 1][byte];
                tables[kind][slice][byte] = tables[kind][0][crc & 0xFF] ^ (crc >> 8);
            }
        }
    }
}

static uint64_t mask(crc_kind kind) { return parameters[kind].width == 64 ? ~0ull : 0xFFFFFFFFull; }

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint64_t crc32c_hardware(uint64_t crc, const unsigned char *next, size_t count) {
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    for (; count > 0; count--, next++) crc = __builtin_ia32_crc32qi((unsigned int)crc, *next);
    return crc;
}
#endif

uint64_t crc_update(crc_kind kind, uint64_t crc, const void *bytes, size_t count) {
    const unsigned char *next = bytes;
    crc ^= mask(kind);
#if defined(__x86_64__)
    if (kind == CRC_32C && __builtin_cpu_supports("sse4.2")) return crc32c_hardware(crc, next, count) ^ mask(kind);
#endif
    pthread_once(&tables_once, make_tables);
    const uint64_t(*table)[256] = tables[kind];
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        word ^= crc;
        crc = table[7][word & 0xFF] ^ table[6][(word >> 8) & 0xFF] ^ table[5][(word >> 16) & 0xFF] ^
              table[4][(word >> 24) & 0xFF] ^ table[3][(word >> 32) & 0xFF] ^ table[2][(word >> 40) & 0xFF] ^
              table[1][(word >> 48) & 0xFF] ^ table[0][word >> 56];
    }
    for (; count > 0; count--, next++) crc = table[0][(crc ^ *next) & 0xFF] ^ (crc >> 8);
    return crc ^ mask(kind);
}

/// Returns the product of two polynomials, modulo the CRC's polynomial. The highest bit is the coefficient of x⁰.
static uint64_t multiply(crc_kind kind, uint64_t first, uint64_t second) {
    uint64_t product = 0;
    for (uint64_t bit = 1ull << (parameters[kind].width - 1); bit != 0; bit >>= 1) {
        if (first & bit) product ^= second;
        second = second & 1 ? (second >> 1) ^ parameters[kind].polynomial : second >> 1;
    }
    return product;
}

uint64_t crc_combine(crc_kind kind, uint64_t first, uint64_t second, uint64_t second_count) {
    uint64_t one = 1ull << (parameters[kind].width - 1);
    uint64_t power = one, square = one >> 1;
    // x to the power of the second's number of bits: x⁸ first, then its powers by the bits of the byte count.
    for (int step = 0; step < 3; step++) square = multiply(kind, square, square);
    for (uint64_t rest = second_count; rest != 0; rest >>= 1) {
        if (rest & 1) power = multiply(kind, power, square);
        square = multiply(kind, square, square);
    }
    return multiply(kind, power, first) ^ second;
}
