/* A wall clock that can be set back: put under a program with LD_PRELOAD by tests/clock.rs.
 *
 *   CLOCK_BACK   while this file exists, the time of day is an hour earlier than it is
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *to) {
  static int (*next)(clockid_t, struct timespec *);
  if (!next) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int outcome = next(clock, to);
  const char *back = getenv("CLOCK_BACK");
  if (clock == CLOCK_REALTIME && back && syscall(SYS_faccessat, AT_FDCWD, back, F_OK) == 0) to->tv_sec -= 3600;
  return outcome;
}
