/* Before libfaketime in LD_PRELOAD, which keeps what is not here, such as the dates of files.

   libfaketime 0.9.10 shifts the absolute times of clock_nanosleep even where it leaves the monotonic clock alone, so that time.sleep fails with
   EINVAL since Python 3.11 (https://github.com/wolfcw/libfaketime/issues/426), and it reads the environment in calls such as getpid, which
   crashes a process whose other threads set variables meanwhile.
   FAKETIME is the shift in seconds: "+204268067", as the command faketime sets it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int wait_for_condition(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
typedef int wait_for_semaphore(sem_t *, const struct timespec *);

static time_t shift;
static wait_for_condition *libc_cond_timedwait;
static wait_for_semaphore *libc_sem_timedwait;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("FAKETIME");
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    shift = text ? atol(text) : 0;
    libc_cond_timedwait = (wait_for_condition *)dlvsym(libc, "pthread_cond_timedwait", "GLIBC_2.3.2"); /* on x86-64 the second of two */
    if (!libc_cond_timedwait)
        libc_cond_timedwait = (wait_for_condition *)dlsym(libc, "pthread_cond_timedwait");
    libc_sem_timedwait = (wait_for_semaphore *)dlsym(libc, "sem_timedwait");
}

static struct timespec unshifted(const struct timespec *until)
{
    return (struct timespec){until->tv_sec - shift, until->tv_nsec};
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

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
{
    int monotonic = condition->__data.__wrefs & 2; /* as glibc notes it since 2.25 */
    struct timespec real = unshifted(until);
    return libc_cond_timedwait(condition, mutex, monotonic ? until : &real);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
    struct timespec real = unshifted(until);
    return libc_sem_timedwait(semaphore, &real);
}

pid_t getpid(void)
{
    return syscall(SYS_getpid);
}

ssize_t getrandom(void *bytes, size_t number, unsigned flags)
{
    return syscall(SYS_getrandom, bytes, number, flags);
}

int getentropy(void *bytes, size_t number)
{
    return getrandom(bytes, number, 0) == (ssize_t)number ? 0 : -1;
}
