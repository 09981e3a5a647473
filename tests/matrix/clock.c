/* Before libfaketime in LD_PRELOAD, which keeps what is not here, such as waits for a condition until a date: what is called most goes this way.

   libfaketime 0.9.10 shifts the absolute times of clock_nanosleep even where it leaves the monotonic clock alone, so that time.sleep fails with
   EINVAL since Python 3.11 (https://github.com/wolfcw/libfaketime/issues/426), and now and then crashes in processes with many threads.
   FAKETIME is the shift in seconds: "+204268067", as the command faketime sets it. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t shift;

__attribute__((constructor)) static void read_shift(void)
{
    const char *text = getenv("FAKETIME");
    shift = text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += shift;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now)
        *now = precise.tv_sec;
    return precise.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
    return syscall(SYS_clock_nanosleep, clock, flags, until, left) ? errno : 0;
}

int poll(struct pollfd *descriptors, nfds_t number, int milliseconds)
{
    struct timespec timeout = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    return syscall(SYS_ppoll, descriptors, number, milliseconds < 0 ? NULL : &timeout, NULL, _NSIG / 8);
}

int epoll_wait(int epoll, struct epoll_event *events, int number, int milliseconds)
{
    return syscall(SYS_epoll_pwait, epoll, events, number, milliseconds, NULL, _NSIG / 8);
}

int select(int number, fd_set *reads, fd_set *writes, fd_set *exceptions, struct timeval *timeout)
{
    struct timespec copy = {timeout ? timeout->tv_sec : 0, timeout ? timeout->tv_usec * 1000L : 0};
    return syscall(SYS_pselect6, number, reads, writes, exceptions, timeout ? &copy : NULL, NULL);
}
