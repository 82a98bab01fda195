// The indicator table: all rows of indicators.def, in `ta`'s column order.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ta/indicator.h"

namespace signals::ta {

std::span<const Indicator* const> indicators();

// nullptr if there is none of that name.
const Indicator* find_indicator(std::string_view name);

std::optional<Category> find_category(std::string_view name);

// The default parameters of an indicator, in the order of its row.
std::vector<double> default_params(const Indicator& indicator);

}  // namespace signals::ta
