#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "features/compute.h"
#include "features/plan.h"
#include "ta/engine.h"

namespace signals {
namespace {

FeaturePlan plan(const char* lags, NaPolicy na = NaPolicy::drop, bool float64 = false) {
  FeatureConfig config;
  config.cmd = "volume";
  config.lags = parse_lags(lags).value();
  config.na = na;
  config.float64 = float64;
  return make_plan(config).value();
}

struct Bars {
  std::vector<Date> dates;
  std::vector<double> close, volume;
  explicit Bars(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
      dates.push_back(Date{std::chrono::days(19000 + static_cast<int>(i))});
      close.push_back(10 + static_cast<double>(i % 7));
      volume.push_back(100 + static_cast<double>(i % 5));
    }
  }
  [[nodiscard]] std::vector<TickerInput> group() const {
    return {{dates, {close, close, close, close, volume}}};
  }
};

TEST(PlanTest, LagsFollowTheirColumn) {
  const auto p = plan("2");
  EXPECT_EQ(p.columns.size() % 3, 0U);
  EXPECT_EQ(p.columns[1], p.columns[0] + "_lag1");
  EXPECT_EQ(p.columns[2], p.columns[0] + "_lag2");
  EXPECT_EQ(p.columns[0].find("feature_volume_"), 0U);
  EXPECT_EQ(p.properties().at("lags"), "1,2");
  EXPECT_EQ(plan("0").properties().at("lags"), "0");
}

TEST(PlanTest, LagsAreANumberOrAList) {
  using Lags = std::vector<int>;
  EXPECT_EQ(parse_lags("5").value(), (Lags{1, 2, 3, 4, 5}));
  EXPECT_EQ(parse_lags("20,5,10,5").value(), (Lags{5, 10, 20}));
  EXPECT_EQ(parse_lags("0").value(), Lags{});
  for (const char* text : {"", "x", "-1", "5,", "0,1", "1.5", "99999"}) {
    EXPECT_EQ(parse_lags(text).error().code, ErrorCode::usage) << text;
  }
}

TEST(PlanTest, UnknownWordsNameTheKnownOnes) {
  EXPECT_NE(parse_mode("fast").error().what.find("causal, ta, fillna"), std::string::npos);
  EXPECT_NE(parse_na("none").error().what.find("drop-any"), std::string::npos);
  FeatureConfig config;
  config.cmd = "volumes";
  EXPECT_EQ(make_plan(config).error().code, ErrorCode::usage);
}

TEST(ComputeTest, LagsAreShiftedViews) {
  const Bars bars(40);
  const auto p = plan("3", NaPolicy::keep);
  GroupFeatures<double> features(p);
  features.compute(bars.group());
  ASSERT_EQ(features.dates(0).size(), 40U);
  for (std::size_t c = 0; c < p.columns.size(); c += 4) {
    for (std::size_t lag = 1; lag <= 3; ++lag) {
      for (std::size_t i = 0; i < 40; ++i) {
        const double value = features.columns(0)[c + lag][i];
        if (i < lag) {
          EXPECT_TRUE(std::isnan(value));
        } else {
          const double before = features.columns(0)[c][i - lag];
          EXPECT_TRUE(value == before || (std::isnan(value) && std::isnan(before)));
        }
      }
    }
  }
}

TEST(ComputeTest, DropTakesAsManyRowsAsTheGreatestLag) {
  const auto p = plan("5,10");
  GroupFeatures<float> features(p);
  for (const std::size_t rows : {0U, 1U, 10U, 11U, 40U}) {
    const Bars bars(rows);
    features.compute(bars.group());
    EXPECT_EQ(features.dates(0).size(), rows < 10 ? 0 : rows - 10);
    if (rows > 10) {
      EXPECT_EQ(features.dates(0).front(), bars.dates[10]);
    }
  }
}

TEST(PlanTest, SetGivesAColumnForEachValue) {
  FeatureConfig config;
  config.cmd = "momentum";
  ASSERT_TRUE(parse_set("rsi.window=7,14,28", config.params));
  ASSERT_TRUE(parse_set("stoch.smooth=5", config.params));
  config.lags = {1};
  const auto p = make_plan(config).value();
  for (const char* column : {"feature_momentum_rsi", "feature_momentum_rsi_window7",
                             "feature_momentum_rsi_window28_lag1", "feature_momentum_stoch_smooth5",
                             "feature_momentum_stoch_signal_smooth5_lag1"}) {
    EXPECT_EQ(std::ranges::count(p.columns, column), 1) << column;
  }
  EXPECT_EQ(std::ranges::count(p.columns, "feature_momentum_stoch"), 0);
  EXPECT_EQ(p.properties().at("set.rsi.window"), "7,14,28");

  // What is computed is what the indicator gives for these parameters.
  const Bars bars(60);
  GroupFeatures<double> features(p);
  features.compute(bars.group());
  const auto* rsi = ta::find_indicator("rsi");
  std::vector<double> expected(60);
  std::array<double*, 1> out = {expected.data()};
  const auto window = std::array{28.0};
  ta::Engine({{rsi, window}}, ta::Mode::causal).compute(std::array{bars.group()[0].bars}, out);
  const auto at = std::ranges::find(p.columns, "feature_momentum_rsi_window28") - p.columns.begin();
  for (std::size_t i = 28; i < 60; ++i) {
    EXPECT_EQ(features.columns(0)[static_cast<std::size_t>(at)][i - 1], expected[i]);
  }
}

TEST(PlanTest, SetRefusesWhatTheTableDoesNotHave) {
  std::map<std::string, std::vector<double>> params;
  for (const char* text : {"", "rsi", "rsi.window", "rsi=14", "rsx.window=14", "rsi.span=14",
                           "rsi.window=", "rsi.window=0", "rsi.window=14.5", "rsi.window=9999",
                           "rsi.window=x", "rsi.window=7,,8", "adi.window=3", "bb.dev=nan"}) {
    EXPECT_EQ(parse_set(text, params).error().code, ErrorCode::usage) << text;
  }
  FeatureConfig config;
  config.cmd = "volume";
  config.params = {{"rsi.window", {7.0}}};
  EXPECT_EQ(make_plan(config).error().code, ErrorCode::usage);
}

template <class T>
void expect_no_null() {
  Bars bars(60);
  bars.volume[40] = 1e300;  // finite as float64, too large for float32
  const auto p = plan("2", NaPolicy::drop_any);
  GroupFeatures<T> features(p);
  features.compute(bars.group());
  EXPECT_GT(features.dates(0).size(), 0U);
  EXPECT_LT(features.dates(0).size(), 58U);
  for (const T* column : features.columns(0)) {
    for (std::size_t i = 0; i < features.dates(0).size(); ++i)
      EXPECT_TRUE(std::isfinite(column[i]));
  }
}

TEST(ComputeTest, DropAnyLeavesNoNull) {
  expect_no_null<float>();
  expect_no_null<double>();
}

}  // namespace
}  // namespace signals
