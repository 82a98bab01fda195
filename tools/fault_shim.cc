// fault_shim: a library to preload (LD_PRELOAD) that makes a program fail at a chosen step of its
// writing. Steps are the calls that change the disk, counted from 1 in the order in which they
// happen.
//
//   FAULT_KILL=N    SIGKILL just before step N; a write has put half of its bytes down
//   FAULT_FULL=N    from step N on the disk is full: every write, sync and new file fails with
//   ENOSPC FAULT_REPORT=F  at the end, write the number of steps to the file F
//   FAULT_WATCH=PART  and behind it the last step that gave a path that holds PART its name
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> steps{0}, watched{0};

long number(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? 0 : std::atol(text);
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_file(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

using Write = ssize_t (*)(int, const void*, size_t);

// Counts a step. True if it must fail because the disk is full.
bool step(int fd = -1, const void* data = nullptr, size_t size = 0) {
  const long at = ++steps;
  if (at == number("FAULT_KILL")) {
    if (size > 1) real<Write>("write")(fd, data, size / 2);
    ::kill(::getpid(), SIGKILL);
  }
  const long full = number("FAULT_FULL");
  if (full == 0 || at < full) return false;
  errno = ENOSPC;
  return true;
}

void watch(const char* path) {
  const char* part = std::getenv("FAULT_WATCH");
  if (part != nullptr && std::strstr(path, part) != nullptr) watched = steps.load();
}

__attribute__((destructor)) void report() {
  const char* path = std::getenv("FAULT_REPORT");
  if (path == nullptr) return;
  if (std::FILE* file = std::fopen(path, "w")) {
    std::fprintf(file, "%ld %ld\n", steps.load(), watched.load());
    std::fclose(file);
  }
}

int open_file(const char* name, const char* path, int flags, mode_t mode) {
  if ((flags & O_CREAT) != 0 && step()) return -1;
  return real<int (*)(const char*, int, ...)>(name)(path, flags, mode);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  if (is_file(fd) && step(fd, data, size)) return -1;
  return real<Write>("write")(fd, data, size);
}

int fsync(int fd) {
  if (step()) return -1;
  return real<int (*)(int)>("fsync")(fd);
}

int rename(const char* from, const char* to) {
  if (step()) return -1;
  watch(to);
  return real<int (*)(const char*, const char*)>("rename")(from, to);
}

int link(const char* from, const char* to) {
  if (step()) return -1;
  watch(to);
  return real<int (*)(const char*, const char*)>("link")(from, to);
}

int unlink(const char* path) {
  (void)step();  // a full disk lets files go
  return real<int (*)(const char*)>("unlink")(path);
}

int mkdir(const char* path, mode_t mode) {
  if (step()) return -1;
  return real<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_file("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_file("open64", path, flags, mode);
}

}  // extern "C"
