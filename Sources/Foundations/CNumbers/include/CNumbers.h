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

/// Returns 10^exponent, for 0 to 22, which a `double` holds exactly. Up to 10^10, so does a `float`.
static inline double roost_power_of_ten(int exponent) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers[exponent];
}

#ifdef __cplusplus
}
#endif
