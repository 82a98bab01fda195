#include "ta/numeric.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "ta/indicator.h"

namespace signals::ta {
namespace {

constexpr std::size_t kBlock = 8192;

double known(double x) { return x == x ? x : 0.0; }

// numpy's pairwise sum of at most a block.
double pairwise(const double* x, std::size_t n) {
  if (n > 128) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return pairwise(x, half) + pairwise(x + half, n - half);
  }
  double sum = 0;
  std::size_t i = 0;
  if (n >= 8) {
    double part[8];
    for (std::size_t k = 0; k < 8; ++k) part[k] = known(x[k]);
    for (i = 8; i + 8 <= n; i += 8) {
      for (std::size_t k = 0; k < 8; ++k) part[k] += known(x[i + k]);
    }
    sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  }
  for (; i < n; ++i) sum += known(x[i]);
  return sum;
}

}  // namespace

double sum_known(std::span<const double> x) {
  double sum = 0;
  for (std::size_t begin = 0; begin < x.size(); begin += kBlock) {
    sum += pairwise(x.data() + begin, std::min(kBlock, x.size() - begin));
  }
  return sum;
}

double mean_known(std::span<const double> x) {
  const auto count = std::ranges::count_if(x, [](double value) { return value == value; });
  return count > 0 ? sum_known(x) / static_cast<double>(count) : kNaN;
}

void logarithms(double* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) values[i] = std::log(values[i]);
}

void* Arena::take(std::size_t bytes) {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kChunk = std::size_t{1} << 20;
  bytes = (bytes + kLine - 1) / kLine * kLine;
  while (chunk_ < chunks_.size() && used_ + bytes + kLine > chunks_[chunk_].size) {
    ++chunk_;
    used_ = 0;
  }
  if (chunk_ == chunks_.size()) {
    const std::size_t size = std::max(kChunk, bytes + kLine);
    chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
  }
  auto* const begin = chunks_[chunk_].bytes.get();
  const auto misaligned = reinterpret_cast<std::uintptr_t>(begin) % kLine;
  auto* const at = begin + (misaligned == 0 ? 0 : kLine - misaligned) + used_;
  used_ += bytes;
  return at;
}

void Arena::reset() { chunk_ = used_ = 0; }

}  // namespace signals::ta
