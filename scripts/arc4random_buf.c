// What libarchive takes from glibc 2.36, for a program that also runs with glibc 2.35.
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void arc4random_buf(void *bytes, size_t count) {
    unsigned char *next = bytes;
    while (count > 0) {
        ssize_t filled = getrandom(next, count, 0);
        if (filled < 0) {
            if (errno == EINTR) continue;
            abort();
        }
        next += filled;
        count -= (size_t)filled;
    }
}
