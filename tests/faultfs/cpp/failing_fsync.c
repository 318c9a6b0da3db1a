// Preloaded into a process: of its calls of fdatasync on write-ahead logs below the folder FAIL_LOG_IN, the one that
// FAIL_LOG_SYNC numbers, from 1, fails. What was written stays in the page cache, where whoever opens the file
// afterwards finds it.

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;

static int is_log_in(const char* folder, int fd) {
  char link[64], name[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, name, sizeof name);
  const size_t above = strlen(folder);
  return length >= 4 && (size_t)length > above && memcmp(name, folder, above) == 0 && name[above] == '/' &&
         memcmp(name + length - 4, ".log", 4) == 0;
}

int fdatasync(int fd) {
  const char* folder = getenv("FAIL_LOG_IN");
  const char* number = getenv("FAIL_LOG_SYNC");
  if (folder != NULL && number != NULL && is_log_in(folder, fd) && atomic_fetch_add(&calls, 1) + 1 == atol(number)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fdatasync, fd);
}
