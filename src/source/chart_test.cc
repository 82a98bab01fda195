// Hand-written bodies in every shape that Yahoo is known to send.
#include "source/chart.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

namespace signals {
namespace {

constexpr const char* kMeta =
    R"("meta":{"currency":"KRW","symbol":"000060.KS","exchangeName":"KSC","regularMarketTime":1666333800,)"
    R"("exchangeTimezoneName":"Asia/Seoul","dataGranularity":"1d","currentTradingPeriod":)"
    R"({"regular":{"start":1666310400,"end":1666333800}}})";

std::string chart(const std::string& rest, const std::string& meta = kMeta) {
  return fmt::format(R"({{"chart":{{"result":[{{{}{}}}],"error":null}}}})", meta, rest);
}

std::string two_rows(const std::string& volume = "[100,200]") {
  return R"(,"timestamp":[1665705600,1665964800],"indicators":{"quote":[{"low":[9.0,10.5],"volume":)" +
         volume + R"(,"close":[10,11.5],"open":[9.5,10.75],"high":[10.25,12]}]})";
}

ErrorCode error_of(int status, const std::string& body, const std::string& ticker = "000060.KS") {
  const auto history = read_chart(status, body, ticker);
  return history ? ErrorCode::usage : history.error().code;
}

std::string api_error(const char* code, const char* description, const char* root = "chart") {
  return fmt::format(R"({{"{}":{{"result":null,"error":{{"code":"{}","description":"{}"}}}}}})",
                     root, code, description);
}

TEST(ChartTest, ReadsBarsWhateverTheKeyOrder) {
  const auto history = read_chart(200, chart(two_rows()), "000060.ks").value();
  EXPECT_EQ(history.symbol, "000060.KS");  // whatever the case that was asked
  EXPECT_EQ(history.currency.view(), "KRW");
  EXPECT_EQ(history.exchange.view(), "KSC");
  ASSERT_EQ(history.bars.size(), 2U);
  EXPECT_EQ(to_string(history.bars[0].date), "2022-10-14");
  EXPECT_EQ(to_string(history.bars[1].date), "2022-10-17");
  EXPECT_EQ(history.bars[1].open, 10.75);
  EXPECT_EQ(history.bars[1].high, 12);
  EXPECT_EQ(history.bars[1].low, 10.5);
  EXPECT_EQ(history.bars[1].close, 11.5);
  EXPECT_EQ(history.bars[1].volume, 200);
  EXPECT_EQ(to_string(history.bars[1].session_end), "2022-10-17T06:30:00Z");
  EXPECT_FALSE(history.bars[1].live);
  // A body whose result stands before its meta and whose meta stands last.
  const std::string turned =
      R"({"chart":{"error":null,"result":[{)" + two_rows().substr(1) + "," + kMeta + "}]}}";
  EXPECT_EQ(read_chart(200, turned, "000060.KS").value().bars.size(), 2U);
}

TEST(ChartTest, UnknownValuesAreUnknown) {
  const auto history =
      read_chart(200,
                 chart(R"(,"timestamp":[1665705600,1665964800,1666051200],"indicators":{"quote":[{)"
                       R"("open":[null,"Infinity",1],"high":[null,2,2],"low":[null,1,1],)"
                       R"("close":[null,1.5,1.5],"volume":[null,-5,3000000000]}]})"),
                 "000060.KS")
          .value();
  ASSERT_EQ(history.bars.size(), 3U);
  EXPECT_TRUE(std::isnan(history.bars[0].close));
  EXPECT_EQ(history.bars[0].volume, kUnknownVolume);
  EXPECT_TRUE(std::isnan(history.bars[1].open));
  EXPECT_EQ(history.bars[1].volume, kUnknownVolume);
  EXPECT_EQ(history.bars[2].volume, 3'000'000'000);
}

TEST(ChartTest, BareInfinityIsNoDamage) {
  const auto history = read_chart(200, chart(two_rows("[NaN,-Infinity]")), "000060.KS").value();
  EXPECT_EQ(history.bars[0].volume, kUnknownVolume);
  EXPECT_EQ(history.bars[1].volume, kUnknownVolume);
  EXPECT_EQ(history.bars[1].close, 11.5);
}

// Of what nobody reads, any kind of value may stand anywhere; damage to what is read is seen.
TEST(ChartTest, OtherValuesAreNoDamage) {
  for (const char* other : {"1.5", "null", "true", "\"x\"", "[1,{}]", "{\"y\":[]}"}) {
    const std::string more = fmt::format(R"(,"splits":{0},"events":{0},"more":{0})", other);
    const std::string body = chart(two_rows() + more);
    const auto history =
        read_chart(200, fmt::format(R"({{"more":{},{})", other, body.substr(1)), "000060.KS");
    ASSERT_TRUE(history) << other << ": " << history.error().what;
    EXPECT_EQ(history->bars.size(), 2U);
  }
  for (const char* volume : {"[100,2-0]", "[100,nul]", "[100,nullx]", "[100 200]", "[100,200"}) {
    EXPECT_EQ(error_of(200, chart(two_rows(volume))), ErrorCode::bad_reply) << volume;
  }
  EXPECT_EQ(error_of(200, chart(two_rows()) + "x"), ErrorCode::bad_reply);
  for (const char* more : {R"(,"more":"a":1)", R"(,"more":[1,2})", R"(,"more":[{"a":1])",
                           R"(,"events":{"splits":"1":{"date":1}}})", R"(},{"more":1}})",
                           R"(,"timestamp":[1665705600,1665964800])"}) {
    EXPECT_EQ(error_of(200, chart(two_rows() + more)), ErrorCode::bad_reply) << more;
  }
  for (const char* quote :
       {"null", "5", "\"s\"", "[1]", "{\"close\":{10,11.5]}", "\"low\":[1,2]"}) {
    const auto body = chart(fmt::format(
        R"(,"timestamp":[1665705600,1665964800],"indicators":{{"quote":[{}]}})", quote));
    EXPECT_EQ(error_of(200, body), ErrorCode::bad_reply) << quote;
  }
  const std::string early = R"("meta":{"symbol":"000060.KS","exchangeTimezoneName":"Asia/Seoul"}})";
  EXPECT_EQ(error_of(200, chart(two_rows(), early)), ErrorCode::bad_reply);
  const std::string deep = R"(,"more":)" + std::string(100'000, '[');
  EXPECT_EQ(error_of(200, chart(two_rows() + deep + std::string(100'000, ']'))),
            ErrorCode::bad_reply);
}

TEST(ChartTest, NoRowsIsAnEmptyHistory) {
  for (const char* rest :
       {R"(,"indicators":{"quote":[{}],"adjclose":[{}]})", R"(,"timestamp":[],"indicators":{})",
        R"(,"indicators":{"quote":[{},{}]})", ""}) {
    const auto history = read_chart(200, chart(rest), "000060.KS");
    ASSERT_TRUE(history) << rest;
    EXPECT_TRUE(history->bars.empty());
  }
}

TEST(ChartTest, RaggedArraysAreRefused) {
  EXPECT_EQ(error_of(200, chart(two_rows("[1]"))), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, chart(two_rows("[1,2,3]"))), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, chart(R"(,"timestamp":[1665705600],"indicators":{"quote":[]})")),
            ErrorCode::bad_reply);
}

TEST(ChartTest, AbsentArraysAreUnknown) {
  const auto history = read_chart(200, chart(two_rows("null")), "000060.KS").value();
  EXPECT_EQ(history.bars.at(1).volume, kUnknownVolume);
  EXPECT_EQ(history.bars.at(1).close, 11.5);
  const auto bare = read_chart(
      200, chart(R"(,"timestamp":[1665705600],"indicators":{"quote":[{}]})"), "000060.KS");
  EXPECT_TRUE(std::isnan(bare.value().bars.at(0).close));
}

TEST(ChartTest, EventsByDateNotByKey) {
  const auto history =
      read_chart(
          200,
          chart(
              two_rows() +
              R"(,"events":{"dividends":{"-177417000":{"amount":0.5,"date":1665705600},)"
              R"("x":{"amount":2,"date":1665964800,"currency":"USD"},"y":{"amount":null,"date":1}},)"
              R"("capitalGains":{"1":{"amount":0.25,"date":1665705600}},)"
              R"("splits":{"1":{"date":1665964800,"numerator":4,"denominator":1.0},)"
              R"("2":{"date":1665964800,"numerator":4,"denominator":0}}})"),
          "000060.KS")
          .value();
  ASSERT_EQ(history.dividends.size(), 3U);
  EXPECT_EQ(to_string(history.dividends[0].ex_date), "2022-10-14");
  EXPECT_EQ(history.dividends[0].amount, 0.5);
  EXPECT_EQ(history.dividends[1].currency.view(), "USD");
  EXPECT_EQ(history.dividends[2].amount, 0.25);
  ASSERT_EQ(history.splits.size(), 1U);
  EXPECT_EQ(history.splits[0].ratio, 4);
}

// Seoul closes at 06:30 UTC; the row of the 21st is stamped at the open.
std::string with_last_trade(std::int64_t traded, std::int64_t end = 1666333800,
                            std::int64_t stamp = 1666310400) {
  return chart(fmt::format(R"(,"timestamp":[1666224000,{}],"indicators":{{"quote":[{{"open":[1,1],)"
                           R"("high":[1,1],"low":[1,1],"close":[1,1],"volume":[1,1]}}]}})",
                           stamp),
               fmt::format(R"("meta":{{"symbol":"X","regularMarketTime":{},"exchangeTimezoneName":)"
                           R"("Asia/Seoul","currentTradingPeriod":{{"regular":{{"end":{}}}}}}})",
                           traded, end));
}

TEST(ChartTest, ARowIsLiveUntilItsSessionIsOver) {
  const auto last_is_live = [](const std::string& body) {
    const auto history = read_chart(200, body, "X").value();
    EXPECT_FALSE(history.bars.front().live);
    return history.bars.back().live;
  };
  EXPECT_TRUE(last_is_live(with_last_trade(1666320000)));  // stamped at the open
  EXPECT_TRUE(
      last_is_live(with_last_trade(1666320000, 1666333800, 1666320000)));  // at the last trade
  EXPECT_FALSE(last_is_live(with_last_trade(1666333800)));                 // closed
  EXPECT_FALSE(
      last_is_live(with_last_trade(1666333801, 1666333800, 1666333801)));  // stamped after it
  // The next day's period is shown already: the thinly traded row of the 21st is over.
  EXPECT_FALSE(last_is_live(with_last_trade(1666320000, 1666593000)));
}

TEST(ChartTest, BothShapesOfTheLiveRowAtOnce) {
  const std::string body = chart(
      R"(,"timestamp":[1666310400,1666320000],"indicators":{"quote":[{"open":[1,1],"high":[1,1],)"
      R"("low":[1,1],"close":[1,1],"volume":[1,2]}]})",
      R"("meta":{"symbol":"X","regularMarketTime":1666320000,"exchangeTimezoneName":"Asia/Seoul",)"
      R"("currentTradingPeriod":{"regular":{"end":1666333800}}})");
  const auto history = read_chart(200, body, "X").value();
  EXPECT_TRUE(history.bars[0].live);
  EXPECT_TRUE(history.bars[1].live);
}

TEST(ChartTest, UnsortedStampsComeOutInOrder) {
  const auto history =
      read_chart(
          200,
          chart(R"(,"timestamp":[1665964800,1665705600,1e18],"indicators":{"quote":[{"open":)"
                R"([2,1,3],"high":[2,1,3],"low":[2,1,3],"close":[2,1,3],"volume":[2,1,3]}]})"),
          "000060.KS")
          .value();
  ASSERT_EQ(history.bars.size(), 2U);
  EXPECT_EQ(history.bars[0].close, 1);
  EXPECT_EQ(history.left_out[LeftOut::unreadable], 1);
}

TEST(ChartTest, StatedErrors) {
  const auto not_found = api_error("Not Found", "No data found, symbol may be delisted");
  EXPECT_EQ(error_of(404, not_found), ErrorCode::unknown_ticker);
  EXPECT_EQ(error_of(200, not_found), ErrorCode::unknown_ticker);
  EXPECT_EQ(error_of(404, "<html>"), ErrorCode::unknown_ticker);
  EXPECT_EQ(
      error_of(400, api_error("Bad Request", "Data doesn't exist for startDate = 1, endDate = 2")),
      ErrorCode::no_rows);
  EXPECT_EQ(error_of(400, api_error("Bad Request",
                                    "Invalid input - start date cannot be after end date.")),
            ErrorCode::bad_request);
  EXPECT_EQ(error_of(422, api_error("Unprocessable Entity", "5m data not available")),
            ErrorCode::bad_request);
  const auto crumb = api_error("Unauthorized", "Invalid Crumb", "finance");
  EXPECT_EQ(error_of(401, crumb), ErrorCode::refused);
  EXPECT_EQ(error_of(200, crumb), ErrorCode::refused);
}

TEST(ChartTest, WhatIsNoChart) {
  EXPECT_EQ(error_of(429, "Too Many Requests\r\n"), ErrorCode::refused);
  EXPECT_EQ(error_of(429, "Edge: Too Many Requests"), ErrorCode::refused);
  EXPECT_EQ(error_of(999, ""), ErrorCode::refused);
  EXPECT_EQ(error_of(503, "<html>engineers</html>"), ErrorCode::http_status);
  EXPECT_EQ(error_of(302, ""), ErrorCode::refused);
  EXPECT_EQ(error_of(200, "<html><title>Access Denied</title>"), ErrorCode::refused);
  EXPECT_EQ(error_of(200, " Edge: Too Many Requests"), ErrorCode::refused);
  EXPECT_EQ(error_of(404, "<a href='https://guce.yahoo.com'>"), ErrorCode::unknown_ticker);
  EXPECT_EQ(error_of(200, "<!doctype html>"), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, ""), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, chart(two_rows()).substr(0, 200)), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, "[]"), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, "{}"), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, R"({"chart":{"result":[],"error":null}})"), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, R"({"chart":{"result":null,"error":null}})"), ErrorCode::bad_reply);
  EXPECT_EQ(error_of(200, R"({"spark":{"result":[{"symbol":"X"}],"error":null}})"),
            ErrorCode::bad_reply);
}

TEST(ChartTest, AnotherSymbolGranularityOrZone) {
  EXPECT_EQ(error_of(200, chart(two_rows()), "AAPL"), ErrorCode::bad_reply);
  const auto with_meta = [](const char* meta) {
    return error_of(200, chart(two_rows(), meta), "X");
  };
  EXPECT_EQ(
      with_meta(
          R"("meta":{"symbol":"X","exchangeTimezoneName":"Asia/Seoul","dataGranularity":"3mo"})"),
      ErrorCode::bad_reply);
  EXPECT_EQ(with_meta(R"("meta":{"symbol":"X","exchangeTimezoneName":"Mars/Base"})"),
            ErrorCode::bad_reply);
  EXPECT_EQ(with_meta(R"("meta":{"symbol":"X","gmtoffset":32400})"), ErrorCode::bad_reply);
  EXPECT_EQ(
      with_meta(R"("meta":{"symbol":"X","exchangeTimezoneName":"Asia/Seoul","currency":null})"),
      ErrorCode::usage);  // that is: no error
}

TEST(ChartTest, AnErrorIsOneLine) {
  const auto history = read_chart(500, "a\nb\x01" + std::string(5000, 'x'), "X\n");
  EXPECT_LT(history.error().what.size(), 120U);
}

}  // namespace
}  // namespace signals
