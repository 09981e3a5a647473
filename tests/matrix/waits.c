/* Before libfaketime in LD_PRELOAD: calls that wait go to the system as they are. A clock that is only set does not change how long a wait is, but
   libfaketime 0.9.10 shifts the absolute times of clock_nanosleep, so that time.sleep fails with EINVAL since Python 3.11
   (https://github.com/wolfcw/libfaketime/issues/426), and its poll crashes in processes with many threads. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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
