#include "net/gzip.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <memory>

namespace signals {
namespace {

constexpr std::size_t kMost = 1U << 20;

std::string gzip(const std::string& plain) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), plain.size()), '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), plain.data(), plain.size(),
                                         packed.data(), packed.size()));
  return packed;
}

TEST(Gunzip, GivesBackWhatWasPacked) {
  for (const std::string& plain :
       {std::string(), std::string("{\"chart\":1}"), std::string(300'000, 'x')}) {
    EXPECT_EQ(gunzip(gzip(plain), kMost).value_or("?"), plain);
  }
}

TEST(Gunzip, JoinsTheMembersOfAFile) {
  const std::string large(200'000, 'y');
  EXPECT_EQ(gunzip(gzip("one ") + gzip(large) + gzip(" two"), kMost).value_or("?"),
            "one " + large + " two");
}

TEST(Gunzip, FindsDamage) {
  const std::string packed = gzip("the bars of twenty years, the bars of twenty years");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(gunzip(packed.substr(0, size), kMost)) << "cut at " << size;
  }
  std::string wrong_sum = packed;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  EXPECT_FALSE(gunzip(wrong_sum, kMost));
  EXPECT_FALSE(gunzip("<html>", kMost));
  EXPECT_FALSE(gunzip(packed + "more", kMost));
}

TEST(Gunzip, StopsAtTheMost) {
  const std::string bomb = gzip(std::string(kMost + 1, '\0'));
  ASSERT_LT(bomb.size(), 10'000U);
  const auto plain = gunzip(bomb, kMost);
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, ErrorCode::bad_reply);
  EXPECT_NE(plain.error().what.find("larger than"), std::string::npos);
  EXPECT_TRUE(gunzip(gzip(std::string(kMost, '\0')), kMost));
}

}  // namespace
}  // namespace signals
