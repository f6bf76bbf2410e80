#include "CNumbers.h"

#include <charconv>
#include <cmath>

int roost_write_double(double value, char *out) {
    return static_cast<int>(std::to_chars(out, out + 32, value).ptr - out);
}

int roost_write_float(float value, char *out) {
    return static_cast<int>(std::to_chars(out, out + 32, value).ptr - out);
}

template <typename Real>
static int read(const char *first, const char *last, Real *value) {
    const auto result = std::from_chars(first, last, *value);
    if (result.ec != std::errc::result_out_of_range) {
        return 0;
    }
    // from_chars leaves the value unchanged for both overflow and underflow. The sign of the scale tells which it was.
    long scale = 0;
    bool significant = false, fraction = false;
    const char *p = first;
    for (; p != last && *p != 'e' && *p != 'E'; ++p) {
        if (*p == '.') {
            fraction = true;
        } else if (*p >= '0' && *p <= '9') {
            significant = significant || *p != '0';
            if (significant && !fraction) ++scale;
            if (!significant && fraction) --scale;
        }
    }
    if (p != last) {
        bool negative = false;
        long exponent = 0;
        ++p;
        if (p != last && (*p == '+' || *p == '-')) negative = *p++ == '-';
        for (; p != last && exponent < 100000000; ++p) exponent = exponent * 10 + (*p - '0');
        scale += negative ? -exponent : exponent;
    }
    if (scale > 0) {
        return 1;
    }
    *value = *first == '-' ? Real(-0.0) : Real(0);
    return 0;
}

int roost_read_double(const char *first, const char *last, double *value) {
    return read(first, last, value);
}

int roost_read_float(const char *first, const char *last, float *value) {
    return read(first, last, value);
}
