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

}  // namespace signals
