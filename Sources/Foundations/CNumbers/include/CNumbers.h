#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Writes the shortest decimal text that reads back as `value` to `out`, which must have room for 32 bytes. Returns its length.
int roost_write_double(double value, char *out);

/// Single-precision variant.
int roost_write_float(float value, char *out);

/// Reads all of `first..<last` as one decimal number of any length, correctly rounded.
/// Returns 0, or 1 if the number is too large. A number that is too small for the type becomes 0.
int roost_read_double(const char *first, const char *last, double *value);

/// Single-precision variant.
int roost_read_float(const char *first, const char *last, float *value);

#ifdef __cplusplus
}
#endif
