#include "source/csv.h"

#include <gtest/gtest.h>

#include <cmath>

namespace signals {
namespace {

History read(std::string_view text) { return read_csv(text, "f.csv").value(); }

TEST(CsvTest, FindsColumnsByNameInAnyOrder) {
  const auto h =
      read("Date,Open,High,Low,Close,Volume,Adj Close\n2016-11-22,5.15,5.25,5.10,5.24,1063800,9\n");
  ASSERT_EQ(h.bars.size(), 1U);
  EXPECT_EQ(to_string(h.bars[0].date), "2016-11-22");
  EXPECT_EQ(h.bars[0].open, 5.15);
  EXPECT_EQ(h.bars[0].high, 5.25);
  EXPECT_EQ(h.bars[0].low, 5.10);
  EXPECT_EQ(h.bars[0].close, 5.24);
  EXPECT_EQ(h.bars[0].volume, 1063800);
  const auto turned = read("close,low,high,date\r\n3,1,4,2020-01-02\r\n");
  EXPECT_EQ(turned.bars[0].high, 4);
  EXPECT_EQ(read("date,high,low,close\r2020-01-02,2,1,2\r2020-01-03,2,1,2").bars.size(), 2U);
  EXPECT_TRUE(std::isnan(turned.bars[0].open));
  EXPECT_EQ(turned.bars[0].volume, kUnknownVolume);
}

TEST(CsvTest, TheDateIsTheStampsOwn) {
  const char* header = "timestamp,high,low,close\n";
  for (const char* stamp :
       {"2023-04-11 09:00:00+09:00", "2023-04-11T23:59:00-05:00", "2023-04-11", "\"2023-04-11\""}) {
    EXPECT_EQ(to_string(read(std::string(header) + stamp + ",2,1,2\n").bars.at(0).date),
              "2023-04-11");
  }
}

TEST(CsvTest, AStrayIndexColumn) {
  const auto stamps = read(",Open,High,Low,Close,Volume\n1987-12-11 16:00:00-05:00,0.0,2,1,2,7\n");
  EXPECT_EQ(to_string(stamps.bars.at(0).date), "1987-12-11");
  const auto numbered = read(",Date,Open,High,Low,Close,Volume\n0,2020-01-02,1,2,1,2,7\n");
  EXPECT_EQ(to_string(numbered.bars.at(0).date), "2020-01-02");
}

TEST(CsvTest, TheHeaderOfThreeLines) {
  const auto h = read(
      "Price,Close,High,Low,Open,Volume\nTicker,A.T,A.T,A.T,A.T,A.T\nDate,,,,,\n"
      "2020-04-13,2,3,1,2,9\n");
  ASSERT_EQ(h.bars.size(), 1U);
  EXPECT_EQ(h.bars[0].high, 3);
  EXPECT_EQ(h.left_out[LeftOut::unreadable], 0);
  const auto two = read_csv("Price,Close,High,Low,Close,High\nTicker,A,A,A,B,B\n", "f.csv");
  ASSERT_FALSE(two);
  EXPECT_NE(two.error().what.find("several tickers"), std::string::npos);
}

TEST(CsvTest, WordsForUnknownAndOldVolumes) {
  const auto h = read(
      "date,open,high,low,close,volume\n2020-01-02,null,NaN,,2,000\n"
      "2020-01-03,1,2,1,2,1234.0\n2020-01-04,1,2,1,2,-1\n2020-01-05,1,2,1,2\n");
  EXPECT_TRUE(std::isnan(h.bars[0].open));
  EXPECT_TRUE(std::isnan(h.bars[0].high));
  EXPECT_TRUE(std::isnan(h.bars[0].low));
  EXPECT_EQ(h.bars[0].volume, 0);
  EXPECT_EQ(h.bars[1].volume, 1234);
  EXPECT_EQ(h.bars[2].volume, kUnknownVolume);
  EXPECT_EQ(h.bars[3].volume, kUnknownVolume);
}

TEST(CsvTest, Events) {
  const auto h = read(
      "date,high,low,close,Dividends,Stock Splits,Capital Gains\n2020-01-02,2,1,2,0.5,0.0,0.25\n"
      "2020-01-03,2,1,2,0,4,0\n2020-01-06,2,1,2,null,1,\n");
  ASSERT_EQ(h.dividends.size(), 1U);
  EXPECT_EQ(h.dividends[0].amount, 0.75);
  ASSERT_EQ(h.splits.size(), 1U);
  EXPECT_EQ(h.splits[0].ratio, 4);
}

TEST(CsvTest, UnreadableRowsAreCounted) {
  const auto h = read(
      "date,high,low,close\n2020-13-02,2,1,2\nyesterday,2,1,2\n2020-01-02,2,x,2\n\n"
      "2020-01-03,2,1,2\n,,\n");
  EXPECT_EQ(h.bars.size(), 1U);
  EXPECT_EQ(h.left_out[LeftOut::unreadable], 4);
}

TEST(CsvTest, WhatIsNoTableOfBars) {
  for (const char* text :
       {"", "\n\n", "<html><body>404</body>", "date,open,high,low\n2020-01-02,1,1,1\n",
        "open,high,low,close\n1,1,1,1\n", "date,high,low,close\n01/03/2022,2,1,2\n"}) {
    const auto h = read_csv(text, "folder/f.csv");
    ASSERT_FALSE(h) << text;
    EXPECT_EQ(h.error().code, ErrorCode::bad_csv);
    EXPECT_EQ(h.error().what.find("folder/f.csv: "), 0U);
  }
  EXPECT_TRUE(read("\xef\xbb\xbf"
                   "date,high,low,close")
                  .bars.empty());
}

}  // namespace
}  // namespace signals
