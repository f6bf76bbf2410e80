#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Writes the shortest decimal text that reads back as `value` to `out`, which has room for 32 bytes; answers its length.
int roost_write_double(double value, char *out);

/// The same for single precision.
int roost_write_float(float value, char *out);

/// Reads all of `first..<last` as one decimal number, correctly rounded, whatever its length.
/// Answers 0, or 1 where the number is too large; a number too small for the type becomes 0.
int roost_read_double(const char *first, const char *last, double *value);

/// The same for single precision.
int roost_read_float(const char *first, const char *last, float *value);

#ifdef __cplusplus
}
#endif
