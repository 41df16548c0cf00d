/* SPDX-License-Identifier: EUPL-1.2
 *
 * Stands between a program and the C library, where everything durable goes through: Python, SQLite, tantivy,
 * libpq and OpenSSL alike. Loaded with LD_PRELOAD it does nothing until `dying_arm` is called.
 *
 * It counts the steps that touch a folder (or any socket), and at the nth
 *
 *     dies          as kill -9 does, before the step
 *     dies torn     after half of a write
 *     fails         with an errno, once or from then on
 *
 * or it writes down every step with its bytes, for `power_cut.py` to say what a power cut would have left.
 *
 * Limits: a page that is written through a mapping is not seen (SQLite maps only its -shm file, which is not
 * durable state); calls that glibc makes of itself (mkstemp) are not seen, nor io_uring, nor system calls made
 * past the C library (a rename of tantivy's, see `note_names`).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, NAME = 2, REMOVE = 4, SYNC = 8, READ = 16, NET = 32, OPEN = 64 };
enum { COUNT = 0, KILL = 1, TORN = 2, FAIL = 3, LOG = 4 };

struct state {
    atomic_long steps;  /* how many were met */
    atomic_long struck; /* how often harm was done */
    char last[64];      /* the call that was struck */
};

static struct state *shared; /* outlives the process that is killed */
static volatile int armed;
static int mode, classes, code, sticky, log_descriptor = -1;
static long at;
static char root[PATH_MAX];
static size_t root_length;
static atomic_long clock_shift;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) { fprintf(stderr, "dying: no %s\n", name); abort(); }
    return found;
}

/* Called before the fork, so that whoever forks can read what the child met. */
void dying_share(void) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) abort();
}

void dying_arm(const char *folder, int how, long step, int which, int error, int for_ever, int log) {
    root_length = strlen(folder);
    if (root_length >= sizeof root) abort();
    memcpy(root, folder, root_length + 1);
    mode = how; at = step; classes = which; code = error; sticky = for_ever; log_descriptor = log;
    shared->steps = 0; shared->struck = 0; shared->last[0] = 0;
    armed = 1;
}
void dying_disarm(void) { armed = 0; }
long dying_steps(void) { return shared->steps; }
long dying_struck(void) { return shared->struck; }
const char *dying_last(void) { return shared->last; }
void dying_shift_clock(long seconds) { clock_shift = seconds; }

/* ---- where things are ---- */

static int under(const char *path) {
    return !strncmp(path, root, root_length) && (path[root_length] == '/' || path[root_length] == 0);
}
static int path_of(int descriptor, char *into) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, into, PATH_MAX - 1);
    if (length < 0) return 0;
    into[length] = 0;
    return 1;
}
static int absolute(int folder, const char *path, char *into) {
    if (path[0] == '/') return snprintf(into, PATH_MAX, "%s", path) < PATH_MAX;
    char base[PATH_MAX];
    if (folder == AT_FDCWD) { if (!getcwd(base, sizeof base)) return 0; }
    else if (!path_of(folder, base)) return 0;
    return snprintf(into, PATH_MAX, "%s/%s", base, path) < PATH_MAX;
}
static int known(int descriptor, char *path, int *kind, int file_kind) {
    if (!armed || !path_of(descriptor, path)) return 0;
    if (path[0] == '/' && under(path)) { *kind = file_kind; return 1; }
    if (!strncmp(path, "socket:", 7) && (file_kind & WRITE)) { *kind = NET; return 1; }
    return 0;
}

/* ---- what is done to a step: 0 let it pass, 1 it fails (errno is set), 2 half of it and then death ---- */

static int step(const char *call, int kind) {
    if (!armed || !(classes & kind) || mode == LOG) return 0;
    long number = atomic_fetch_add(&shared->steps, 1) + 1;
    if (mode == COUNT || (number != at && !(sticky && number > at))) return 0;
    if (!atomic_fetch_add(&shared->struck, 1)) snprintf(shared->last, sizeof shared->last, "%s", call);
    if (mode == TORN && (kind & WRITE)) return 2;
    if (mode == FAIL) { errno = code; return 1; }
    kill(getpid(), SIGKILL);
    for (;;) pause();
}
static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

/* ---- the log ---- */

struct __attribute__((packed)) entry { char kind; int64_t offset; uint32_t first, second; };

static int logging(void) { return armed && mode == LOG; }
static void note(char kind, int64_t offset, const char *path, const void *bytes, size_t size) {
    struct entry head = {kind, offset, (uint32_t)strlen(path), (uint32_t)size};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.first}, {(void *)bytes, size}};
    ssize_t whole = (ssize_t)(sizeof head + head.first + size), done = REAL(writev)(log_descriptor, parts, 3);
    if (done != whole) { fprintf(stderr, "dying: the log cannot be written\n"); abort(); }
}
void dying_note(const char *text) {
    if (!logging()) return;
    pthread_mutex_lock(&order);
    note('a', 0, "", text, strlen(text));
    pthread_mutex_unlock(&order);
}
static void unmodelled(const char *call) { fprintf(stderr, "dying: %s is not modelled\n", call); abort(); }
static void lock(void) { if (logging()) pthread_mutex_lock(&order); }
static void unlock(void) { if (logging()) pthread_mutex_unlock(&order); }

/* Rust's tempfile renames by a system call of its own, past the C library. Whoever does so and cares syncs the
 * folder at once: what is in the folder then tells what was renamed. */
static void note_names(const char *path) {
    struct stat status;
    if (stat(path, &status) || !S_ISDIR(status.st_mode)) return;
    DIR *folder = opendir(path);
    if (!folder) return;
    char *names = NULL;
    size_t size = 0;
    FILE *into = open_memstream(&names, &size);
    for (struct dirent *entry; into && (entry = readdir(folder));)
        if (entry->d_type == DT_REG) fprintf(into, "%s/%lu/", entry->d_name, (unsigned long)entry->d_ino);
    closedir(folder);
    if (!into) abort();
    fclose(into);
    note('n', 0, path, names, size);
    free(names);
}

/* ---- opening ---- */

typedef int (*opener)(int, const char *, int, ...);

static int opened(const char *call, int folder, const char *path, int flags, mode_t rights) {
    opener open_it = (opener)real("openat");
    char whole[PATH_MAX];
    if (!armed || !absolute(folder, path, whole) || !under(whole)) return open_it(folder, path, flags, rights);
    struct stat status;
    int there = !fstatat(AT_FDCWD, whole, &status, AT_SYMLINK_NOFOLLOW);
    int makes = (flags & O_CREAT) && !there, empties = there && (flags & O_TRUNC) && status.st_size;
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    if ((makes || empties || writes) && step(call, makes ? NAME : empties ? WRITE : OPEN) == 1) return -1;
    lock();
    int descriptor = open_it(folder, path, flags, rights), error = errno;
    if (logging() && descriptor >= 0) {
        if (makes) note('c', fstat(descriptor, &status) ? 0 : (int64_t)status.st_ino, whole, "", 0);
        if (empties) note('t', 0, whole, "", 0);
    }
    unlock();
    errno = error;
    return descriptor;
}
#define RIGHTS(last) mode_t rights = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, last); rights = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { RIGHTS(flags) return opened("open", AT_FDCWD, path, flags, rights); }
int open64(const char *path, int flags, ...) { RIGHTS(flags) return opened("open", AT_FDCWD, path, flags, rights); }
int openat(int folder, const char *path, int flags, ...) { RIGHTS(flags) return opened("openat", folder, path, flags, rights); }
int openat64(int folder, const char *path, int flags, ...) { RIGHTS(flags) return opened("openat", folder, path, flags, rights); }
int creat(const char *path, mode_t rights) { return opened("creat", AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, rights); }
int creat64(const char *path, mode_t rights) { return creat(path, rights); }
int __open_2(const char *path, int flags) { return opened("open", AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened("open", AT_FDCWD, path, flags, 0); }

/* ---- writing ---- */

static int64_t place(int descriptor) { /* where a plain write will go */
    struct stat status;
    if (fcntl(descriptor, F_GETFL) & O_APPEND) return fstat(descriptor, &status) ? 0 : status.st_size;
    return lseek(descriptor, 0, SEEK_CUR);
}
ssize_t write(int descriptor, const void *bytes, size_t size) {
    char path[PATH_MAX];
    int kind;
    if (!known(descriptor, path, &kind, WRITE)) return REAL(write)(descriptor, bytes, size);
    int harm = step("write", kind);
    if (harm == 1) return -1;
    if (harm == 2) { REAL(write)(descriptor, bytes, size / 2); die(); }
    lock();
    int64_t offset = logging() && kind == WRITE ? place(descriptor) : 0;
    ssize_t done = REAL(write)(descriptor, bytes, size);
    int error = errno;
    if (logging() && kind == WRITE && done > 0) note('w', offset, path, bytes, done);
    unlock();
    errno = error;
    return done;
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset) {
    char path[PATH_MAX];
    int kind;
    if (!known(descriptor, path, &kind, WRITE)) return REAL(pwrite64)(descriptor, bytes, size, offset);
    int harm = step("pwrite", kind);
    if (harm == 1) return -1;
    if (harm == 2) { REAL(pwrite64)(descriptor, bytes, size / 2, offset); die(); }
    lock();
    ssize_t done = REAL(pwrite64)(descriptor, bytes, size, offset);
    int error = errno;
    if (logging() && kind == WRITE && done > 0) note('w', offset, path, bytes, done);
    unlock();
    errno = error;
    return done;
}
ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
    return pwrite64(descriptor, bytes, size, offset);
}
ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    int kind;
    if (!known(descriptor, path, &kind, WRITE)) return REAL(writev)(descriptor, parts, count);
    size_t size = 0;
    for (int part = 0; part < count; part++) size += parts[part].iov_len;
    char *joined = malloc(size + 1), *end = joined;
    if (!joined) abort();
    for (int part = 0; part < count; part++) end = mempcpy(end, parts[part].iov_base, parts[part].iov_len);
    ssize_t done = write(descriptor, joined, size);
    int error = errno;
    free(joined);
    errno = error;
    return done;
}
ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) {
    char path[PATH_MAX];
    int kind;
    if (known(out, path, &kind, WRITE)) {
        if (logging() && kind == WRITE) unmodelled("sendfile");
        if (step("sendfile", kind) == 1) return -1;
    }
    return REAL(sendfile64)(out, in, offset, count);
}
ssize_t sendfile(int out, int in, off_t *offset, size_t count) { return sendfile64(out, in, offset, count); }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
    char path[PATH_MAX];
    int kind;
    if (known(out, path, &kind, WRITE)) {
        if (logging()) unmodelled("copy_file_range");
        if (step("copy_file_range", kind) == 1) return -1;
    }
    return REAL(copy_file_range)(in, from, out, to, count, flags);
}
static int resized(const char *call, int descriptor, off64_t size) {
    char path[PATH_MAX];
    int kind;
    if (!known(descriptor, path, &kind, WRITE)) return REAL(ftruncate64)(descriptor, size);
    int harm = step(call, kind);
    if (harm == 1) return -1;
    if (harm == 2) die();
    lock();
    int done = REAL(ftruncate64)(descriptor, size), error = errno;
    if (logging() && !done) note('t', size, path, "", 0);
    unlock();
    errno = error;
    return done;
}
int ftruncate64(int descriptor, off64_t size) { return resized("ftruncate", descriptor, size); }
int ftruncate(int descriptor, off_t size) { return resized("ftruncate", descriptor, size); }
int truncate(const char *path, off_t size) {
    int descriptor = REAL(open)(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    int done = resized("truncate", descriptor, size), error = errno;
    close(descriptor);
    errno = error;
    return done;
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }
int posix_fallocate64(int descriptor, off64_t offset, off64_t size) {
    char path[PATH_MAX];
    int kind;
    if (known(descriptor, path, &kind, WRITE)) {
        if (logging()) unmodelled("posix_fallocate");
        if (step("posix_fallocate", kind) == 1) return code;
    }
    return REAL(posix_fallocate64)(descriptor, offset, size);
}
int posix_fallocate(int descriptor, off_t offset, off_t size) { return posix_fallocate64(descriptor, offset, size); }

/* ---- reading ---- */

ssize_t read(int descriptor, void *bytes, size_t size) {
    char path[PATH_MAX];
    int kind;
    if (armed && (classes & READ) && known(descriptor, path, &kind, READ) && step("read", kind) == 1) return -1;
    return REAL(read)(descriptor, bytes, size);
}
ssize_t pread64(int descriptor, void *bytes, size_t size, off64_t offset) {
    char path[PATH_MAX];
    int kind;
    if (armed && (classes & READ) && known(descriptor, path, &kind, READ) && step("pread", kind) == 1) return -1;
    return REAL(pread64)(descriptor, bytes, size, offset);
}
ssize_t pread(int descriptor, void *bytes, size_t size, off_t offset) { return pread64(descriptor, bytes, size, offset); }

/* ---- names ---- */

static int moved(const char *call, int from, const char *old, int to, const char *new, unsigned flags) {
    char source[PATH_MAX], target[PATH_MAX];
    int ours = armed && absolute(from, old, source) && absolute(to, new, target) && (under(source) || under(target));
    if (!ours) return REAL(renameat2)(from, old, to, new, flags);
    if (step(call, NAME) == 1) return -1;
    lock();
    int done = REAL(renameat2)(from, old, to, new, flags), error = errno;
    if (logging() && !done) {
        if (flags & RENAME_EXCHANGE) unmodelled("renameat2(RENAME_EXCHANGE)");
        note('r', 0, source, target, strlen(target));
    }
    unlock();
    errno = error;
    return done;
}
int rename(const char *old, const char *new) { return moved("rename", AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int from, const char *old, int to, const char *new) { return moved("rename", from, old, to, new, 0); }
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    return moved("renameat2", from, old, to, new, flags);
}
int linkat(int from, const char *old, int to, const char *new, int flags) {
    char source[PATH_MAX], target[PATH_MAX];
    if (!armed || !absolute(from, old, source) || !absolute(to, new, target) || !under(target))
        return REAL(linkat)(from, old, to, new, flags);
    if (step("link", NAME) == 1) return -1;
    lock();
    int done = REAL(linkat)(from, old, to, new, flags), error = errno;
    if (logging() && !done) note('l', 0, source, target, strlen(target));
    unlock();
    errno = error;
    return done;
}
int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }
int symlink(const char *to, const char *path) {
    char whole[PATH_MAX];
    if (armed && absolute(AT_FDCWD, path, whole) && under(whole)) {
        if (logging()) unmodelled("symlink");
        if (step("symlink", NAME) == 1) return -1;
    }
    return REAL(symlink)(to, path);
}
static int removed(const char *call, int folder, const char *path, int flags) {
    char whole[PATH_MAX];
    if (!armed || !absolute(folder, path, whole) || !under(whole)) return REAL(unlinkat)(folder, path, flags);
    if (step(call, REMOVE) == 1) return -1;
    lock();
    int done = REAL(unlinkat)(folder, path, flags), error = errno;
    if (logging() && !done) note(flags & AT_REMOVEDIR ? 'd' : 'u', 0, whole, "", 0);
    unlock();
    errno = error;
    return done;
}
int unlink(const char *path) { return removed("unlink", AT_FDCWD, path, 0); }
int rmdir(const char *path) { return removed("rmdir", AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int folder, const char *path, int flags) { return removed("unlinkat", folder, path, flags); }
int remove(const char *path) {
    int done = unlink(path);
    return done && errno == EISDIR ? rmdir(path) : done;
}
static int made(int folder, const char *path, mode_t rights) {
    char whole[PATH_MAX];
    struct stat status;
    if (!armed || !absolute(folder, path, whole) || !under(whole) || !lstat(whole, &status))
        return REAL(mkdirat)(folder, path, rights);
    if (step("mkdir", NAME) == 1) return -1;
    lock();
    int done = REAL(mkdirat)(folder, path, rights), error = errno;
    if (logging() && !done) note('m', rights, whole, "", 0);
    unlock();
    errno = error;
    return done;
}
int mkdir(const char *path, mode_t rights) { return made(AT_FDCWD, path, rights); }
int mkdirat(int folder, const char *path, mode_t rights) { return made(folder, path, rights); }

/* ---- making durable ---- */

#define SYNCS(call, letter) \
    int call(int descriptor) { \
        char path[PATH_MAX]; \
        int kind; \
        if (!known(descriptor, path, &kind, SYNC)) return REAL(call)(descriptor); \
        if (step(#call, kind) == 1) return -1; \
        lock(); \
        if (logging()) note_names(path); \
        int done = REAL(call)(descriptor), error = errno; \
        if (logging() && !done) note(letter, 0, path, "", 0); \
        unlock(); \
        errno = error; \
        return done; \
    }
SYNCS(fsync, 'f')
SYNCS(fdatasync, 'f')
SYNCS(syncfs, 's')

/* ---- the network ---- */

ssize_t send(int socket, const void *bytes, size_t size, int flags) {
    if (armed && step("send", NET) == 1) return -1;
    return REAL(send)(socket, bytes, size, flags);
}
ssize_t sendto(int socket, const void *bytes, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t length) {
    if (armed && step("sendto", NET) == 1) return -1;
    return REAL(sendto)(socket, bytes, size, flags, to, length);
}
ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    if (armed && step("sendmsg", NET) == 1) return -1;
    return REAL(sendmsg)(socket, message, flags);
}

/* ---- the clock on the wall ---- */

int clock_gettime(clockid_t which, struct timespec *into) {
    int done = REAL(clock_gettime)(which, into);
    if (!done && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) into->tv_sec += clock_shift;
    return done;
}
time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *into, void *zone) {
    int done = REAL(gettimeofday)(into, zone);
    if (!done) into->tv_sec += clock_shift;
    return done;
}
