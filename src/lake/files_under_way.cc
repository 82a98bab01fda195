#include "lake/files_under_way.h"

#include <utility>

namespace signals {
namespace {

constexpr std::size_t kMost = 16;

}  // namespace

Result<void> FilesUnderWay::begin(MakeFile make) {
  if (under_way_.size() >= kMost) SIGNALS_TRY(take_first());
  under_way_.push_back(std::async(std::launch::async, std::move(make)));
  return {};
}

Result<void> FilesUnderWay::finish() {
  Result<void> all;
  while (!under_way_.empty()) {
    auto one = take_first();
    if (!one && all) all = std::move(one);
  }
  return all;
}

Result<void> FilesUnderWay::take_first() {
  auto first = std::move(under_way_.front());
  under_way_.pop_front();
  SIGNALS_ASSIGN(DataFile file, first.get());
  pending_.add(file);
  added_.push_back(std::move(file));
  return {};
}

}  // namespace signals
