#include "core/text.h"

#include <gtest/gtest.h>

#include "core/number.h"

namespace signals {
namespace {

TEST(TextTest, NumbersForPeople) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(-1234567), "-1,234,567");
  EXPECT_EQ(human_bytes(1023), "1023 B");
  EXPECT_EQ(human_bytes(1536), "1.5 KiB");
  EXPECT_EQ(human_seconds(4.25), "4.2s");
  EXPECT_EQ(human_seconds(83.4), "1m23s");
  EXPECT_EQ(human_seconds(7260), "2h01m");
}

TEST(TextTest, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string> commands = {"load", "transform", "status", "tables"};
  EXPECT_EQ(did_you_mean("laod", commands), "load");
  EXPECT_EQ(did_you_mean("lod", commands), "load");
  EXPECT_EQ(did_you_mean("transfrom", commands), "transform");
  EXPECT_EQ(did_you_mean("table", commands), "tables");
  EXPECT_EQ(did_you_mean("zebra", commands), "");
}

TEST(TextTest, ListsAndLines) {
  const std::vector<std::string> items = {"a", "b", "c"};
  EXPECT_EQ(listing(items, 2), "a, b and 1 more");
  EXPECT_EQ(listing(items, 3), "a, b, c");
  EXPECT_EQ(split("5,,7", ','), (std::vector<std::string>{"5", "", "7"}));
  EXPECT_EQ(one_line("Too Many\r\nRequests\r\n", 80), "Too Many  Requests");
}

TEST(TextTest, KnowsPlainText) {
  for (const char* text :
       {"", "000060.KS", "^GSPC", "M&M.NS", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(is_plain_text(text)) << text;
  }
  for (const char* text : {"a\nb", "\x7f", "\xff", "\xc3", "\xe2\x82", "a\x80", "\xc3z",
                           "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(is_plain_text(text)) << text;
  }
}

TEST(TextTest, ANumberIsTheWholeText) {
  EXPECT_EQ(number_in<int>("-12"), -12);
  EXPECT_EQ(number_in<double>("1e3"), 1000.0);
  for (const char* text : {"", " 1", "1 ", "+1", "1.5", "12a", "99999999999"}) {
    EXPECT_EQ(number_in<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(number_in<double>("1e999"), std::nullopt);
}

}  // namespace
}  // namespace signals
