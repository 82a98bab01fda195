#include "dataset/forms.h"

#include <gtest/gtest.h>

#include <cmath>

namespace signals {
namespace {

constexpr float kNull = std::numeric_limits<float>::quiet_NaN();

std::vector<float> apply(CrossForm form, const std::vector<float>& values,
                         const std::vector<std::string_view>& countries) {
  std::vector<float> out(values.size());
  CrossSection(countries).apply(form, values, out);
  return out;
}

void expect_near(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i;
    } else {
      EXPECT_NEAR(got[i], expected[i], 1e-6) << i;
    }
  }
}

TEST(FormsTest, RanksShareTheMeanOfTheirPlaces) {
  const std::vector<std::string_view> one(5, "US");
  expect_near(apply(CrossForm::rank, {3, 1, kNull, 1, 7}, one),
              {0.625F, 0.25F, kNull, 0.25F, 0.875F});
  expect_near(apply(CrossForm::rank, {4, 4, 4, 4, 4}, one), {0.5F, 0.5F, 0.5F, 0.5F, 0.5F});
  expect_near(apply(CrossForm::ranknorm, {4, 4, 4, 4, 4}, one), {0, 0, 0, 0, 0});
  expect_near(apply(CrossForm::rank, {kNull, 2, kNull, kNull, kNull}, one),
              {kNull, 0.5F, kNull, kNull, kNull});
}

TEST(FormsTest, OfACountryOnlyWithTenKnownValues) {
  std::vector<std::string_view> countries(11, "US");
  countries.insert(countries.end(), 10, "JP");
  std::vector<float> values;
  for (int i = 0; i < 21; ++i) values.push_back(static_cast<float>(i * i));
  values[20] = kNull;  // nine of Japan are left
  const auto ranks = apply(CrossForm::country_rank, values, countries);
  for (std::size_t i = 0; i < 11; ++i) {
    EXPECT_FLOAT_EQ(ranks[i], (static_cast<float>(i) + 0.5F) / 11);
  }
  for (std::size_t i = 11; i < 21; ++i) EXPECT_TRUE(std::isnan(ranks[i]));
  values[20] = 0;
  const auto normal = apply(CrossForm::country_ranknorm, values, countries);
  EXPECT_NEAR(normal[20], -1.6448536F, 1e-6);  // the first of ten: the quantile of 0.05
  EXPECT_NEAR(normal[5], 0, 1e-6);             // the sixth of eleven
}

TEST(FormsTest, TheQuantileIsThatOfTheDistribution) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-16);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.0001), -3.719016485455709, 1e-13);
  for (int i = 0; i < 110; ++i) {
    const double p = 1e-6 + i * 0.00917;
    const double x = normal_quantile(p);
    EXPECT_NEAR(0.5 * std::erfc(-x / std::sqrt(2.0)), p, 1e-14);
  }
}

TEST(FormsTest, WordsAndBack) {
  for (const auto name : kFormNames) EXPECT_EQ(to_string(find_form(name).value()), name);
  EXPECT_FALSE(find_form("raw"));
}

}  // namespace
}  // namespace signals
