/*
 * Loaded before libc (LD_PRELOAD): a disk that is full from a chosen moment on, in one folder, for a program and all that it starts.
 *
 *   FULL_DISK_FOLDER   the folder; everything else is left alone
 *   FULL_DISK_COUNTER  a file of 8 bytes, shared by all processes: the calls that need room, so far
 *   FULL_DISK_AFTER    so many of these calls get their room; the next one, if it writes, writes half, and all others get ENOSPC
 *   FULL_DISK_SHORT    if set, the disk is never full, but each write of several bytes writes half of them, which POSIX allows
 *
 * What needs room: new files and folders, new names, and bytes beyond the end of a file. Writing over bytes that are there needs none,
 * removing neither.
 */
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

template <class F> F real(F, const char *name) { return reinterpret_cast<F>(dlsym(RTLD_NEXT, name)); }
#define REAL(name) static const auto next = real(&::name, #name)

std::atomic<uint64_t> *counter() {
  static std::atomic<uint64_t> *const shared = [] {
    REAL(open);
    const char *path = getenv("FULL_DISK_COUNTER");
    const int fd = path ? next(path, O_RDWR | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(nullptr, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    return at == MAP_FAILED ? nullptr : static_cast<std::atomic<uint64_t> *>(at);
  }();
  return shared;
}

const char *folder() {
  static const char *const named = getenv("FULL_DISK_FOLDER");
  return named;
}

bool isShort() {
  static const bool set = getenv("FULL_DISK_SHORT") != nullptr;
  return set;
}

enum class Room { enough, half, none };

/** Counts a call that needs room. */
Room ask() {
  static const char *const after = getenv("FULL_DISK_AFTER");
  static const uint64_t most = after ? strtoull(after, nullptr, 10) : UINT64_MAX;
  if (counter() == nullptr) return Room::enough;
  const uint64_t before = counter()->fetch_add(1);
  if (before > most) return Room::none;
  return before == most || isShort() ? Room::half : Room::enough;
}

bool isInside(const char *path) {
  const char *named = folder();
  if (named == nullptr || path == nullptr) return false;
  const size_t length = strlen(named);
  return strncmp(path, named, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/** Whether an open file is in the folder: its path, as the system knows it. */
bool isInside(int fd) {
  if (folder() == nullptr) return false;
  char link[32], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return false;
  path[length] = 0;
  return isInside(path);
}

/** A relative path as an absolute one. */
bool isInsideAt(int directory, const char *path) {
  if (path == nullptr) return false;
  if (path[0] == '/') return isInside(path);
  if (directory != AT_FDCWD) return isInside(directory);
  char here[PATH_MAX];
  return getcwd(here, sizeof here) != nullptr && isInside(here);
}

/** How many of some bytes there is room for; at < 0: at the file's own position. None: -1. */
ssize_t roomFor(int fd, size_t bytes, off_t at) {
  const int saved = errno;
  struct stat found;
  ssize_t room = bytes;
  if (bytes > 0 && isInside(fd) && fstat(fd, &found) == 0 && S_ISREG(found.st_mode)) {
    if (fcntl(fd, F_GETFL) & O_APPEND) at = found.st_size;
    else if (at < 0) at = lseek(fd, 0, SEEK_CUR);
    if (at + static_cast<off_t>(bytes) > found.st_size) {
      const Room answer = ask();
      if (answer == Room::none || (answer == Room::half && bytes < 2 && !isShort())) room = -1;
      else if (answer == Room::half && bytes > 1) room = bytes / 2;
    }
  }
  errno = room < 0 ? ENOSPC : saved;
  return room;
}

/** Whether there is room for a new name. */
bool hasRoom() {
  if (isShort() || ask() == Room::enough) return true;
  errno = ENOSPC;
  return false;
}

bool mayOpen(int directory, const char *path, int flags) {
  const int saved = errno;
  const bool isNew = (flags & O_CREAT) && isInsideAt(directory, path) && faccessat(directory, path, F_OK, 0) != 0;
  if (isNew && !hasRoom()) return false;
  errno = saved;
  return true;
}

ssize_t total(const struct iovec *parts, int count) {
  ssize_t bytes = 0;
  for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
  return bytes;
}

struct iovec halfOf(const struct iovec &whole) {
  return {whole.iov_base, whole.iov_len > 1 ? whole.iov_len / 2 : whole.iov_len};
}

} // namespace

extern "C" {

#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    return mayOpen(AT_FDCWD, path, flags) ? next(path, flags, mode) : -1; \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int directory, const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    return mayOpen(directory, path, flags) ? next(directory, path, flags, mode) : -1; \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name) \
  FILE *name(const char *path, const char *how) { \
    REAL(name); \
    return strpbrk(how, "wa") == nullptr || mayOpen(AT_FDCWD, path, O_CREAT) ? next(path, how) : nullptr; \
  }
FOPEN(fopen)
FOPEN(fopen64)

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  return mayOpen(AT_FDCWD, path, O_CREAT) ? next(path, mode) : -1;
}
char *mkdtemp(char *name) {
  REAL(mkdtemp);
  return mayOpen(AT_FDCWD, name, O_CREAT) ? next(name) : nullptr;
}
int rename(const char *from, const char *to) {
  REAL(rename);
  return mayOpen(AT_FDCWD, to, O_CREAT) ? next(from, to) : -1;
}
int link(const char *from, const char *to) {
  REAL(link);
  return mayOpen(AT_FDCWD, to, O_CREAT) ? next(from, to) : -1;
}
int symlink(const char *from, const char *to) {
  REAL(symlink);
  return mayOpen(AT_FDCWD, to, O_CREAT) ? next(from, to) : -1;
}

ssize_t write(int fd, const void *from, size_t bytes) {
  REAL(write);
  const ssize_t room = roomFor(fd, bytes, -1);
  return room < 0 ? -1 : next(fd, from, room);
}

#define PWRITE(name, offset) \
  ssize_t name(int fd, const void *from, size_t bytes, offset at) { \
    REAL(name); \
    const ssize_t room = roomFor(fd, bytes, at); \
    return room < 0 ? -1 : next(fd, from, room, at); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  const ssize_t bytes = total(parts, count), room = roomFor(fd, bytes, -1);
  if (room < 0) return -1;
  const struct iovec half = halfOf(parts[0]);
  return room == bytes ? next(fd, parts, count) : next(fd, &half, 1);
}

#define PWRITEV(name, offset) \
  ssize_t name(int fd, const struct iovec *parts, int count, offset at) { \
    REAL(name); \
    const ssize_t bytes = total(parts, count), room = roomFor(fd, bytes, at); \
    if (room < 0) return -1; \
    const struct iovec half = halfOf(parts[0]); \
    return room == bytes ? next(fd, parts, count, at) : next(fd, &half, 1, at); \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define GROW(name, offset) \
  int name(int fd, offset size) { \
    REAL(name); \
    struct stat found; \
    const bool grows = isInside(fd) && fstat(fd, &found) == 0 && S_ISREG(found.st_mode) && size > found.st_size; \
    return grows && !hasRoom() ? -1 : next(fd, size); \
  }
GROW(ftruncate, off_t)
GROW(ftruncate64, off64_t)

#define FALLOCATE(name, offset) \
  int name(int fd, int mode, offset at, offset bytes) { \
    REAL(name); \
    return isInside(fd) && !hasRoom() ? -1 : next(fd, mode, at, bytes); \
  }
FALLOCATE(fallocate, off_t)
FALLOCATE(fallocate64, off64_t)

#define POSIX_FALLOCATE(name, offset) \
  int name(int fd, offset at, offset bytes) { \
    REAL(name); \
    return isInside(fd) && !hasRoom() ? ENOSPC : next(fd, at, bytes); \
  }
POSIX_FALLOCATE(posix_fallocate, off_t)
POSIX_FALLOCATE(posix_fallocate64, off64_t)

ssize_t sendfile(int to, int from, off_t *at, size_t bytes) {
  REAL(sendfile);
  const ssize_t room = roomFor(to, bytes, -1);
  return room < 0 ? -1 : next(to, from, at, room);
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t bytes) {
  REAL(sendfile64);
  const ssize_t room = roomFor(to, bytes, -1);
  return room < 0 ? -1 : next(to, from, at, room);
}
ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t bytes, unsigned flags) {
  REAL(copy_file_range);
  const ssize_t room = roomFor(to, bytes, out ? *out : -1);
  return room < 0 ? -1 : next(from, in, to, out, room, flags);
}

/** libuv reaches some calls by their numbers. */
long syscall(long number, ...) {
  REAL(syscall);
  va_list rest;
  va_start(rest, number);
  long a[6];
  for (long &one : a) one = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_copy_file_range) {
    const off64_t *out = reinterpret_cast<const off64_t *>(a[3]);
    const ssize_t room = roomFor(static_cast<int>(a[2]), a[4], out ? *out : -1);
    if (room < 0) return -1;
    a[4] = room;
  }
  return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

} // extern "C"
