/* Loaded into an interpreter with LD_PRELOAD: counts what it says to the world and hears of it, and ends it after one of these.
 *
 * Counted are calls that succeeded: writes to files and pipes, syncs, names that change (rename, unlink), and sends to and receives from
 * pipes and network sockets, whoever in the process makes them, gRPC's own threads included. Not counted: reads of files, and what a
 * process tells itself (socket pairs, event descriptors).
 *
 * Until points_kill is called nothing is counted. Each counted call is a line in the log: its kind, a tab, and with whom or on what.
 *
 * After points_fail, the process is not ended. Instead, its files fail as those of a dying disk do: only writes to files, syncs and names
 * that change are counted, and the last of the given number and all later ones fail with EIO, those to the standard streams excepted.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long left = 0; /* so many calls more, the last of which is the end; 0: not armed */
static atomic_long good = -1; /* so many calls more before files fail; -1: they do not */
static int log_file = -1;

void points_kill(long after, int log)
{
    log_file = log;
    atomic_store(&left, after);
}

void points_fail(long from, int log)
{
    log_file = log;
    atomic_store(&good, from - 1);
}

static void note(const char *kind, const char *about)
{
    char line[600];
    int size = snprintf(line, sizeof line, "%s\t%s\n", kind, about);
    if (size >= (int)sizeof line)
        size = sizeof line - 1;
    syscall(SYS_write, log_file, line, size);
}

static void count(const char *kind, const char *about)
{
    long now = atomic_fetch_sub(&left, 1);
    if (now < 1)
        return;
    note(kind, about);
    if (now == 1)
        syscall(SYS_kill, getpid(), SIGKILL);
}

/* What is behind a descriptor that counts: 'f' a file, 'p' a pipe, 's' a network socket; 0 for what does not. */
static char behind(int descriptor, char *about, size_t size)
{
    struct stat status;
    char link[40];
    if (fstat(descriptor, &status) != 0)
        return 0;
    if (S_ISSOCK(status.st_mode)) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        if (getpeername(descriptor, (struct sockaddr *)&peer, &length) != 0)
            return 0;
        if (peer.ss_family == AF_INET)
            snprintf(about, size, "port %d", ntohs(((struct sockaddr_in *)&peer)->sin_port));
        else if (peer.ss_family == AF_INET6)
            snprintf(about, size, "port %d", ntohs(((struct sockaddr_in6 *)&peer)->sin6_port));
        else
            return 0;
        return 's';
    }
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !S_ISDIR(status.st_mode))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, about, size - 1);
    about[length > 0 ? length : 0] = 0;
    return S_ISFIFO(status.st_mode) ? 'p' : 'f';
}

static void wrote(int descriptor)
{
    char about[500];
    char kind = atomic_load(&left) > 0 ? behind(descriptor, about, sizeof about) : 0;
    if (kind)
        count(kind == 'f' ? "write" : "send", about);
}

static void heard(int descriptor)
{
    char about[500];
    char kind = atomic_load(&left) > 0 ? behind(descriptor, about, sizeof about) : 0;
    if (kind == 's' || kind == 'p')
        count("receive", about);
}

static void synced(int descriptor)
{
    char about[500];
    if (atomic_load(&left) > 0 && behind(descriptor, about, sizeof about))
        count("sync", about);
}

static void renamed(const char *path)
{
    if (atomic_load(&left) > 0)
        count("write", path);
}

static int fails(const char *kind, const char *about)
{
    note(kind, about);
    long now = atomic_load(&good);
    while (now > 0 && !atomic_compare_exchange_weak(&good, &now, now - 1))
        ;
    if (now > 0)
        return 0;
    errno = EIO;
    return 1;
}

static int file_fails(const char *kind, int descriptor)
{
    char about[500];
    return atomic_load(&good) >= 0 && descriptor > 2 && descriptor != log_file && behind(descriptor, about, sizeof about) == 'f' &&
           fails(kind, about);
}

static int name_fails(const char *path)
{
    return atomic_load(&good) >= 0 && fails("write", path);
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) \
        real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);

#define WATCHED(type, name, parameters, arguments, failed, done, after) \
    type name parameters \
    { \
        REAL(name) \
        if (failed) \
            return -1; \
        type result = real arguments; \
        if (done) \
            after; \
        return result; \
    }

WATCHED(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), file_fails("write", fd), result > 0, wrote(fd))
WATCHED(ssize_t, writev, (int fd, const struct iovec *parts, int number), (fd, parts, number),
        file_fails("write", fd), result > 0, wrote(fd))
WATCHED(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at),
        file_fails("write", fd), result > 0, wrote(fd))
WATCHED(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at),
        file_fails("write", fd), result > 0, wrote(fd))
WATCHED(int, ftruncate, (int fd, off_t size), (fd, size), file_fails("write", fd), result == 0, wrote(fd))
WATCHED(int, ftruncate64, (int fd, off64_t size), (fd, size), file_fails("write", fd), result == 0, wrote(fd))
WATCHED(ssize_t, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags), 0, result > 0, wrote(fd))
WATCHED(ssize_t, sendto, (int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length),
        (fd, data, size, flags, to, length), 0, result > 0, wrote(fd))
WATCHED(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), 0, result > 0, wrote(fd))
WATCHED(ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), 0, result > 0, heard(fd))
WATCHED(ssize_t, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags), 0, result > 0, heard(fd))
WATCHED(ssize_t, recvfrom, (int fd, void *data, size_t size, int flags, struct sockaddr *from, socklen_t *length),
        (fd, data, size, flags, from, length), 0, result > 0, heard(fd))
WATCHED(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), 0, result > 0, heard(fd))
WATCHED(int, fsync, (int fd), (fd), file_fails("sync", fd), result == 0, synced(fd))
WATCHED(int, fdatasync, (int fd), (fd), file_fails("sync", fd), result == 0, synced(fd))
WATCHED(int, rename, (const char *from, const char *to), (from, to), name_fails(to), result == 0, renamed(to))
WATCHED(int, renameat, (int at, const char *from, int to_at, const char *to), (at, from, to_at, to),
        name_fails(to), result == 0, renamed(to))
WATCHED(int, unlink, (const char *path), (path), name_fails(path), result == 0, renamed(path))
