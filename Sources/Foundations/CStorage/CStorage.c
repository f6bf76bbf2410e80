#define _GNU_SOURCE
#include "CStorage.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif
#include <unistd.h>

int append_file_range(int from, int64_t offset, int to, int64_t count) {
    while (count > 0) {
        off_t position = offset;
        ssize_t copied = copy_file_range(from, &position, to, NULL, (size_t)count, 0);
        if (copied < 0 && errno == EINTR) continue;
        if (copied < 0 && (errno == EXDEV || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL)) {
            // The file system cannot copy within the kernel.
            char buffer[1 << 16];
            size_t wanted = count < (int64_t)sizeof buffer ? (size_t)count : sizeof buffer;
            copied = pread(from, buffer, wanted, offset);
            for (ssize_t written = 0; copied > 0 && written < copied;) {
                ssize_t step = write(to, buffer + written, (size_t)(copied - written));
                if (step < 0 && errno == EINTR) continue;
                if (step <= 0) return -1;
                written += step;
            }
        }
        if (copied < 0) return -1;
        if (copied == 0) {
            errno = EIO;
            return -1;
        }
        offset += copied;
        count -= copied;
    }
    return 0;
}

int copy_whole_file(int from, int to, int64_t count) {
#ifdef __linux__
    // If the file system supports it, both files share their blocks until one of them is written to.
    if (ioctl(to, FICLONE, from) == 0) return 0;
#endif
    return append_file_range(from, 0, to, count);
}

void begin_writeback(int file, int64_t offset, int64_t count) {
#ifdef __linux__
    sync_file_range(file, offset, count, SYNC_FILE_RANGE_WRITE);
#endif
}
