/* A fault at one system call of a program, put under it with LD_PRELOAD: tests/faults.rs compiles
 * this and says by the environment what is to happen.
 *
 *   FAULTS_BELOW    folders, separated by ':'; only calls on what lies below them count
 *   FAULTS_KIND     open, read, write, sync, truncate, rename, unlink, stat or list
 *   FAULTS_NTH      at which call of this kind, from 1 on
 *   FAULTS_LASTING  set: at every later one too
 *   FAULTS_ACT      eio, enospc, eintr, short, kill, hang or slow
 *   FAULTS_US       how much longer a slow call takes, in microseconds
 *   FAULTS_REACHED  a file made when that call is reached
 *   FAULTS_RELEASE  a file that ends a hang
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;

/* Whether a path, as given or as a file descriptor leads to, lies below one of the folders. */
static int is_below(const char *path) {
  const char *folders = getenv("FAULTS_BELOW");
  while (folders && *folders) {
    size_t len = strcspn(folders, ":");
    if (strncmp(path, folders, len) == 0 && (path[len] == '/' || path[len] == 0)) return 1;
    folders += len + (folders[len] == ':');
  }
  return 0;
}

static int is_fd_below(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long len = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (len <= 0) return 0;
  path[len] = 0;
  return is_below(path);
}

/* What a call relative to a folder is about; an empty path is the folder itself. */
static int is_at_below(int dir, const char *path) {
  if (path && *path == '/') return is_below(path);
  return dir >= 0 && is_fd_below(dir);
}

static void hang(void) {
  const char *release = getenv("FAULTS_RELEASE");
  while (!release || syscall(SYS_faccessat, AT_FDCWD, release, F_OK) != 0) {
    struct timespec moment = {0, 10000000};
    nanosleep(&moment, NULL);
  }
}

/* Counts a call. 0: let it pass; an errno: fail with it; -1: do half of it. */
static int fault(const char *kind) {
  const char *chosen = getenv("FAULTS_KIND");
  if (!chosen || strcmp(chosen, kind) != 0) return 0;
  long nth = atol(getenv("FAULTS_NTH")), call = atomic_fetch_add(&calls, 1) + 1;
  if (call < nth || (call > nth && !getenv("FAULTS_LASTING"))) return 0;
  const char *act = getenv("FAULTS_ACT");
  int mark = syscall(SYS_openat, AT_FDCWD, getenv("FAULTS_REACHED"), O_CREAT | O_WRONLY, 0600);
  if (mark >= 0) syscall(SYS_close, mark);
  if (strcmp(act, "slow") == 0) {
    long us = atol(getenv("FAULTS_US"));
    struct timespec moment = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&moment, NULL);
  }
  if (strcmp(act, "eio") == 0) return EIO;
  if (strcmp(act, "enospc") == 0) return ENOSPC;
  if (strcmp(act, "eintr") == 0) return EINTR;
  if (strcmp(act, "short") == 0) return -1;
  if (strcmp(act, "kill") == 0) syscall(SYS_kill, getpid(), SIGKILL);
  if (strcmp(act, "hang") == 0) hang();
  return 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Fails the call where that is due. */
#define FAIL(is_ours, kind, failed)        \
  do {                                     \
    int error = (is_ours) ? fault(kind) : 0; \
    if (error > 0) {                       \
      errno = error;                       \
      return failed;                       \
    }                                      \
  } while (0)

#define OPEN(name)                                          \
  int name(const char *path, int flags, ...) {              \
    va_list more;                                           \
    va_start(more, flags);                                  \
    int mode = va_arg(more, int);                           \
    va_end(more);                                           \
    FAIL(is_below(path), "open", -1);                       \
    return NEXT(name)(path, flags, mode);                   \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                        \
  int name(int dir, const char *path, int flags, ...) {     \
    va_list more;                                           \
    va_start(more, flags);                                  \
    int mode = va_arg(more, int);                           \
    va_end(more);                                           \
    FAIL(is_at_below(dir, path), "open", -1);               \
    return NEXT(name)(dir, path, flags, mode);              \
  }
OPENAT(openat)
OPENAT(openat64)

/* Reads and writes can also be cut short: half of the bytes, at least one. */
#define TRANSFER(kind, fd, len)                  \
  int error = is_fd_below(fd) ? fault(kind) : 0; \
  if (error > 0) {                               \
    errno = error;                               \
    return -1;                                   \
  }                                              \
  if (error < 0 && len > 1) len /= 2

ssize_t read(int fd, void *to, size_t len) {
  TRANSFER("read", fd, len);
  return NEXT(read)(fd, to, len);
}
ssize_t pread(int fd, void *to, size_t len, off_t at) {
  TRANSFER("read", fd, len);
  return NEXT(pread)(fd, to, len, at);
}
ssize_t pread64(int fd, void *to, size_t len, off64_t at) {
  TRANSFER("read", fd, len);
  return NEXT(pread64)(fd, to, len, at);
}
ssize_t write(int fd, const void *from, size_t len) {
  TRANSFER("write", fd, len);
  return NEXT(write)(fd, from, len);
}
ssize_t pwrite(int fd, const void *from, size_t len, off_t at) {
  TRANSFER("write", fd, len);
  return NEXT(pwrite)(fd, from, len, at);
}
ssize_t pwrite64(int fd, const void *from, size_t len, off64_t at) {
  TRANSFER("write", fd, len);
  return NEXT(pwrite64)(fd, from, len, at);
}

int fsync(int fd) {
  FAIL(is_fd_below(fd), "sync", -1);
  return NEXT(fsync)(fd);
}
int fdatasync(int fd) {
  FAIL(is_fd_below(fd), "sync", -1);
  return NEXT(fdatasync)(fd);
}
int ftruncate(int fd, off_t len) {
  FAIL(is_fd_below(fd), "truncate", -1);
  return NEXT(ftruncate)(fd, len);
}
int ftruncate64(int fd, off64_t len) {
  FAIL(is_fd_below(fd), "truncate", -1);
  return NEXT(ftruncate64)(fd, len);
}
int rename(const char *from, const char *to) {
  FAIL(is_below(from) || is_below(to), "rename", -1);
  return NEXT(rename)(from, to);
}
int unlink(const char *path) {
  FAIL(is_below(path), "unlink", -1);
  return NEXT(unlink)(path);
}

int fstat(int fd, struct stat *to) {
  FAIL(is_fd_below(fd), "stat", -1);
  return NEXT(fstat)(fd, to);
}
int fstat64(int fd, struct stat64 *to) {
  FAIL(is_fd_below(fd), "stat", -1);
  return NEXT(fstat64)(fd, to);
}
int stat(const char *path, struct stat *to) {
  FAIL(is_below(path), "stat", -1);
  return NEXT(stat)(path, to);
}
int stat64(const char *path, struct stat64 *to) {
  FAIL(is_below(path), "stat", -1);
  return NEXT(stat64)(path, to);
}
int lstat(const char *path, struct stat *to) {
  FAIL(is_below(path), "stat", -1);
  return NEXT(lstat)(path, to);
}
int lstat64(const char *path, struct stat64 *to) {
  FAIL(is_below(path), "stat", -1);
  return NEXT(lstat64)(path, to);
}
int statx(int dir, const char *path, int flags, unsigned mask, struct statx *to) {
  FAIL(is_at_below(dir, path), "stat", -1);
  return NEXT(statx)(dir, path, flags, mask, to);
}

DIR *opendir(const char *path) {
  FAIL(is_below(path), "list", NULL);
  return NEXT(opendir)(path);
}
struct dirent64 *readdir64(DIR *folder) {
  FAIL(is_fd_below(dirfd(folder)), "list", NULL);
  return NEXT(readdir64)(folder);
}
