/* Before libfaketime 0.9.10 in LD_PRELOAD: that library shifts absolute times of clocks which it was told to leave alone
   (https://github.com/wolfcw/libfaketime/issues/426), and since Python 3.11 time.sleep gives those: it raises EINVAL. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    return syscall(SYS_clock_nanosleep, clock, flags, until, left) ? errno : 0;
}
