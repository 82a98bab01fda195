#include "core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace signals {

Result<std::string> read_file(const std::string& path) {
  const auto cannot = [&](const char* why) {
    return fail(ErrorCode::no_input, fmt::format("cannot read {}: {}", path, why));
  };
  // Without blocking: a pipe must not hang the program before it is seen to be one.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return cannot(std::strerror(errno));
  struct stat info {};
  const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  std::string bytes;
  std::array<char, 1 << 16> part{};
  ssize_t size = regular ? 1 : 0;
  int error = 0;
  while (size > 0) {
    size = ::read(fd, part.data(), part.size());
    if (size > 0) bytes.append(part.data(), static_cast<std::size_t>(size));
    if (size < 0) {
      error = errno;
      if (error == EINTR) size = 1;
    }
  }
  ::close(fd);
  if (!regular) return cannot("it is no regular file");
  if (size < 0) return cannot(std::strerror(error));
  return bytes;
}

Result<void> write_new_file(const std::string& path, std::string_view bytes) {
  // Under another name first: the file itself is never seen in part. A link replaces nothing.
  const std::string draft = fmt::format("{}.{}.part", path, ::getpid());
  const auto cannot = [&](ErrorCode code, const std::string& what) {
    ::unlink(draft.c_str());
    return fail(code, what);
  };
  const auto failed = [&] {
    return cannot(ErrorCode::file_write, fmt::format("{}: {}", path, std::strerror(errno)));
  };
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    return fail(ErrorCode::file_exists, fmt::format("{} is there already", path));
  }
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return failed();
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      const int error = errno;
      ::close(fd);
      errno = error;
      return failed();
    }
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  if (::close(fd) != 0) return failed();
  if (::link(draft.c_str(), path.c_str()) != 0) {
    return errno == EEXIST
               ? cannot(ErrorCode::file_exists, fmt::format("{} is there already", path))
               : failed();
  }
  ::unlink(draft.c_str());
  return {};
}

}  // namespace signals
