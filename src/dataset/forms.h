// Cross-sectional forms: where a value stands among those of the same date.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace signals {

enum class CrossForm { rank, ranknorm, country_rank, country_ranknorm };
inline constexpr std::array<std::string_view, 4> kFormNames = {"rank", "ranknorm", "country_rank",
                                                               "country_ranknorm"};

inline std::string_view to_string(CrossForm form) {
  return kFormNames[static_cast<std::size_t>(form)];
}
std::optional<CrossForm> find_form(std::string_view name);

// A country with fewer known values than this has no country forms.
inline constexpr std::size_t kLeastOfCountry = 10;

// One date's cross-section. It is made once for a date and used for all its columns.
class CrossSection {
 public:
  // The country of each name.
  explicit CrossSection(std::span<const std::string_view> countries);

  // Fills out[i] with the form of values[i] (NaN: unknown, stays so); both are as long as the
  // countries. `rank` is (r - 1/2) / n for the r-th of n known values, ties sharing the mean of
  // their places; `ranknorm` is the standard normal quantile of that.
  void apply(CrossForm form, std::span<const float> values, std::span<float> out);

 private:
  void rank(std::span<const float> values, std::span<const std::uint32_t> names,
            std::span<float> out, bool normal);

  std::vector<std::uint32_t> all_;                     // every name
  std::vector<std::vector<std::uint32_t>> countries_;  // the names of each country
  std::vector<std::uint32_t> order_;
};

// The standard normal quantile of p, 0 < p < 1, to the last few bits.
double normal_quantile(double p);

}  // namespace signals
