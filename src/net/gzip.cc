#include "net/gzip.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace signals {
namespace {

// JSON shrinks to a half or a tenth; what claims more may lie, and has to prove it.
constexpr std::size_t kPlausible = 16;
constexpr std::size_t kLeastRoom = std::size_t{4} << 10;
constexpr std::size_t kRoomBehind = 64;

struct Deleter {
  void operator()(libdeflate_decompressor* one) const { libdeflate_free_decompressor(one); }
};

// The plain size that the last four bytes tell, of one member.
std::size_t told_size(std::string_view packed) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(4, packed.size()); ++i) {
    size = size << 8U | static_cast<unsigned char>(packed[packed.size() - 1 - i]);
  }
  return size;
}

}  // namespace

Result<std::string> gunzip(std::string_view packed, std::size_t most) {
  thread_local const std::unique_ptr<libdeflate_decompressor, Deleter> decompressor(
      libdeflate_alloc_decompressor());
  std::string plain;
  std::size_t done = 0;
  const auto make_room = [&](std::size_t size) {
    plain.reserve(size + kRoomBehind);
    plain.resize(size);
  };
  do {
    const std::size_t room = std::min(told_size(packed), kPlausible * packed.size() + kLeastRoom);
    make_room(std::min(std::max(plain.size(), done + room), most));
    while (true) {
      std::size_t taken = 0, given = 0;
      const auto result =
          libdeflate_gzip_decompress_ex(decompressor.get(), packed.data(), packed.size(),
                                        plain.data() + done, plain.size() - done, &taken, &given);
      if (result == LIBDEFLATE_SUCCESS) {
        packed.remove_prefix(taken);
        done += given;
        break;
      }
      if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
        return fail(ErrorCode::bad_reply, "its gzip is damaged or cut short");
      }
      if (plain.size() == most) {
        return fail(ErrorCode::bad_reply, fmt::format("the reply is larger than {} bytes", most));
      }
      make_room(std::min(2 * plain.size() + kLeastRoom, most));
    }
  } while (!packed.empty());
  plain.resize(done);
  return plain;
}

std::string gunzip_version() { return LIBDEFLATE_VERSION_STRING; }

}  // namespace signals
