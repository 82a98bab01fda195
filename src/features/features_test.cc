#include <gtest/gtest.h>

#include <cmath>

#include "features/compute.h"
#include "features/plan.h"

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
  [[nodiscard]] ta::Inputs inputs() const { return {close, close, close, close, volume}; }
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
  TickerFeatures features(p);
  features.compute(bars.dates, bars.inputs());
  ASSERT_EQ(features.dates().size(), 40U);
  for (std::size_t c = 0; c < p.columns.size(); c += 4) {
    for (std::size_t lag = 1; lag <= 3; ++lag) {
      for (std::size_t i = 0; i < 40; ++i) {
        const double value = features.columns()[c + lag][i];
        if (i < lag) {
          EXPECT_TRUE(std::isnan(value));
        } else {
          const double before = features.columns()[c][i - lag];
          EXPECT_TRUE(value == before || (std::isnan(value) && std::isnan(before)));
        }
      }
    }
  }
}

TEST(ComputeTest, DropTakesAsManyRowsAsTheGreatestLag) {
  const auto p = plan("5,10");
  TickerFeatures features(p);
  for (const std::size_t rows : {0U, 1U, 10U, 11U, 40U}) {
    const Bars bars(rows);
    features.compute(bars.dates, bars.inputs());
    EXPECT_EQ(features.dates().size(), rows < 10 ? 0 : rows - 10);
    if (rows > 10) {
      EXPECT_EQ(features.dates().front(), bars.dates[10]);
    }
  }
}

TEST(ComputeTest, DropAnyLeavesNoNull) {
  Bars bars(60);
  bars.volume[40] = 1e300;  // finite as float64, too large for float32
  for (const bool float64 : {false, true}) {
    const auto p = plan("2", NaPolicy::drop_any, float64);
    TickerFeatures features(p);
    features.compute(bars.dates, bars.inputs());
    EXPECT_GT(features.dates().size(), 0U);
    for (const double* column : features.columns()) {
      for (std::size_t i = 0; i < features.dates().size(); ++i) {
        EXPECT_TRUE(float64 ? std::isfinite(column[i])
                            : std::isfinite(static_cast<float>(column[i])));
      }
    }
  }
}

}  // namespace
}  // namespace signals
