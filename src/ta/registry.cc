#include "ta/registry.h"

#include <algorithm>
#include <array>

#include "ta/lanes.h"

namespace signals::ta {

inline namespace SIGNALS_WIDTH {
#define SIGNALS_INDICATOR(Kernel) extern const Indicator k##Kernel;
#include "ta/indicators.def"
#undef SIGNALS_INDICATOR
}  // namespace SIGNALS_WIDTH

namespace {

constexpr std::array kIndicators = {
#define SIGNALS_INDICATOR(Kernel) &k##Kernel,
#include "ta/indicators.def"
#undef SIGNALS_INDICATOR
};

constexpr std::array kCategories = {Category::volume, Category::volatility, Category::trend,
                                    Category::momentum, Category::others};

}  // namespace

std::span<const Indicator* const> indicators() { return kIndicators; }

const Indicator* find_indicator(std::string_view name) {
  const auto found = std::ranges::find(kIndicators, name, &Indicator::name);
  return found == kIndicators.end() ? nullptr : *found;
}

std::optional<Category> find_category(std::string_view name) {
  for (const Category category : kCategories) {
    if (to_string(category) == name) return category;
  }
  return name == "other" ? std::optional(Category::others) : std::nullopt;
}

std::vector<double> default_params(const Indicator& indicator) {
  std::vector<double> values;
  for (const auto& param : indicator.params) values.push_back(param.default_value);
  return values;
}

std::string_view to_string(Category category) {
  constexpr std::array kNames = {"volume", "volatility", "trend", "momentum", "others"};
  return kNames[static_cast<std::size_t>(category)];
}

std::string_view to_string(Unit unit) {
  constexpr std::array kNames = {"none",
                                 "price",
                                 "price difference",
                                 "volume",
                                 "money",
                                 "price^2 per volume",
                                 "first bar",
                                 "first bar, per cent"};
  return kNames[static_cast<std::size_t>(unit)];
}

std::string_view to_string(Lookback lookback) {
  constexpr std::array kNames = {"window", "recursive", "cumulative"};
  return kNames[static_cast<std::size_t>(lookback)];
}

}  // namespace signals::ta
