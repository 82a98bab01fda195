// Functions over whole columns that kernels of every width call: compiled once, for every CPU.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace signals::ta {

// numpy's sum of an array: blocks of 8192, pairwise inside; NaN counts as 0.
double sum_known(std::span<const double> x);

// pandas' mean(): NaN is left out; NaN if nothing is known.
double mean_known(std::span<const double> x);

void logarithms(double* values, std::size_t count);

// Memory of one group of kernels, given back all at once.
class Arena {
 public:
  // Aligned to 64 bytes, not initialised.
  void* take(std::size_t bytes);
  void reset();

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };
  std::vector<Chunk> chunks_;
  std::size_t chunk_ = 0, used_ = 0;
};

}  // namespace signals::ta
