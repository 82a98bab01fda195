// The tables `mapping` and `universe`: what is written is what is read, and nothing new writes
// nothing.
#include "lake/tables/mapping.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "lake/tables/universe.h"
#include "lake/universe_file.h"

namespace signals {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();
Date day(const char* text) { return parse_date(text).value(); }

class MappingTest : public testing::Test {
 protected:
  std::shared_ptr<ObjectStore> store_ =
      make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name());
  Table mapping_{store_, kMappingTable};
  Table universe_{store_, kUniverseTable};

  std::int64_t add(const char* csv) {
    return add_members(universe_, read_universe_csv(csv, "u.csv").value(), kNow).value();
  }
  std::vector<std::string> spans() {
    std::vector<std::string> text;
    const auto found = member_spans(universe_).value();
    for (const auto& span : found) {
      text.push_back(span.numerai_ticker + "/" + span.composite_figi + " " + to_string(span.first) +
                     " " + to_string(span.last));
    }
    std::ranges::sort(text);
    return text;
  }
};

TEST_F(MappingTest, RowsComeBackAsTheyWere) {
  EXPECT_THAT(read_mapping(mapping_).value(), IsEmpty());
  std::vector<MappingRow> rows(2);
  rows[0] = {.numerai_ticker = "A US",
             .composite_figi = "BBG1",
             .country = "US",
             .yahoo = "A",
             .rule = "suffix",
             .currency = "USD",
             .exchange = "NYQ",
             .first_bar = day("1999-11-18"),
             .last_bar = day("2022-10-21"),
             .valid_from = day("1999-11-18"),
             .valid_to = day("2023-01-01"),
             .verified_on = day("2022-10-21"),
             .status = MappingStatus::stale};
  rows[1].numerai_ticker = "B JP";
  rows[1].status = MappingStatus::no_rule;
  EXPECT_TRUE(replace_mapping(mapping_, rows, kNow).value());
  EXPECT_EQ(read_mapping(mapping_).value(), rows);
  EXPECT_FALSE(replace_mapping(mapping_, rows, kNow).value());
  rows[1].status = MappingStatus::pending;
  EXPECT_TRUE(replace_mapping(mapping_, rows, kNow).value());
  EXPECT_EQ(mapping_.load().value().snapshot_id(), 2);
  EXPECT_EQ(mapping_.load().value().files.size(), 1U);
}

TEST_F(MappingTest, MembershipIsAddedToAndNeverTakenBack) {
  EXPECT_EQ(add("date,numerai_ticker,composite_figi\n2021-12-31,A US,\n2022-01-07,A US,BBG1\n"
                "2022-01-07,B JP,\n"),
            3);
  EXPECT_THAT(spans(), ElementsAre("A US/ 2021-12-31 2021-12-31", "A US/BBG1 2022-01-07 2022-01-07",
                                   "B JP/ 2022-01-07 2022-01-07"));
  EXPECT_EQ(universe_.load().value().files.size(), 2U);
  const auto before = universe_.load().value();

  // The same again, and a file that knows less: nothing.
  EXPECT_EQ(add("date,numerai_ticker\n2022-01-07,A US\n"), 0);
  EXPECT_EQ(universe_.load().value().snapshot_id(), before.snapshot_id());

  // A new date, and a FIGI that was not known: only their year is written.
  EXPECT_EQ(add("date,numerai_ticker,composite_figi\n2022-01-07,B JP,BBG2\n2022-01-14,B JP,BBG2\n"),
            2);
  EXPECT_THAT(spans(), ElementsAre("A US/ 2021-12-31 2021-12-31", "A US/BBG1 2022-01-07 2022-01-07",
                                   "B JP/BBG2 2022-01-07 2022-01-14"));
  const auto after = universe_.load().value();
  EXPECT_EQ(after.files[0].path, before.files[0].path);
  EXPECT_NE(after.files[1].path, before.files[1].path);
}

TEST_F(MappingTest, FilesWithoutNamesOrDatesAddNothing) {
  EXPECT_EQ(add("numerai_ticker\nA US\n"), 0);
  EXPECT_EQ(add("date,yahoo\n2022-01-07,A\n"), 0);
  EXPECT_FALSE(universe_.load().value().exists());
}

// A Parquet file in memory, two rows a row group.
std::string parquet(
    const std::vector<std::pair<std::string, std::shared_ptr<::arrow::Array>>>& columns) {
  ::arrow::FieldVector fields;
  ::arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(::arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  const auto table = ::arrow::Table::Make(::arrow::schema(fields), arrays);
  const auto out = ::arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto options = ::parquet::ArrowWriterProperties::Builder().store_schema()->build();
  EXPECT_TRUE(::parquet::arrow::WriteTable(*table, ::arrow::default_memory_pool(), out, 2,
                                           ::parquet::default_writer_properties(), options)
                  .ok());
  return out->Finish().ValueOrDie()->ToString();
}

template <class Builder, class Value>
std::shared_ptr<::arrow::Array> column(Builder&& builder,
                                       const std::vector<std::optional<Value>>& values) {
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

using Texts = std::vector<std::optional<std::string>>;

const Texts kTickers = {"A US", "B JP", "A US"};

TEST(UniverseFileTest, TextHoweverItIsStored) {
  const Texts figis = {"BBG1", std::nullopt, "BBG1"};
  const auto dates =
      column(::arrow::StringBuilder(), Texts{"2022-01-07", "2022-01-07", "2022-01-14"});
  const auto features =
      column(::arrow::DoubleBuilder(), std::vector<std::optional<double>>{1, 2, 3});
  for (const auto& [tickers, figi] :
       {std::pair{column(::arrow::StringBuilder(), kTickers),
                  column(::arrow::StringBuilder(), figis)},
        std::pair{column(::arrow::LargeStringBuilder(), kTickers),
                  column(::arrow::LargeStringBuilder(), figis)},
        std::pair{column(::arrow::StringDictionary32Builder(), kTickers),
                  column(::arrow::StringDictionary32Builder(), figis)}}) {
    const auto universe = read_universe_parquet(parquet({{"feature_x", features},
                                                         {"date", dates},
                                                         {"numerai_ticker", tickers},
                                                         {"composite_figi", figi}}),
                                                "live.parquet");
    ASSERT_TRUE(universe) << universe.error().what;
    EXPECT_THAT(universe->ids,
                ElementsAre(UniverseId{"A US", "BBG1", ""}, UniverseId{"B JP", "", ""}));
    EXPECT_THAT(universe->members, ElementsAre(Pair(day("2022-01-07"), ElementsAre(0, 1)),
                                               Pair(day("2022-01-14"), ElementsAre(0))));
  }
}

TEST(UniverseFileTest, DatesHoweverTheyAreStored) {
  const auto tickers = column(::arrow::StringBuilder(), kTickers);
  const auto days =
      column(::arrow::Date32Builder(), std::vector<std::optional<std::int32_t>>{-1, 0, 18999});
  const auto stamps =
      column(::arrow::TimestampBuilder(::arrow::timestamp(::arrow::TimeUnit::MICRO),
                                       ::arrow::default_memory_pool()),
             std::vector<std::optional<std::int64_t>>{-1, 0, 18999 * 86'400'000'000 + 5});
  for (const auto& dates : {days, stamps}) {
    const auto universe =
        read_universe_parquet(parquet({{"numerai_ticker", tickers}, {"date", dates}}), "u").value();
    EXPECT_THAT(universe.members, ElementsAre(Key(day("1969-12-31")), Key(day("1970-01-01")),
                                              Key(day("2022-01-07"))));
  }
}

TEST(UniverseFileTest, WhatIsNoUniverse) {
  const auto what = [](const std::string& bytes) {
    const auto universe = read_universe_parquet(bytes, "u.parquet");
    return universe ? "" : universe.error().what;
  };
  const auto numbers = column(::arrow::DoubleBuilder(), std::vector<std::optional<double>>{1, 2});
  const auto tickers = column(::arrow::StringBuilder(), Texts{"A US", "B US"});
  EXPECT_THAT(what(parquet({{"close", numbers}})), HasSubstr("u.parquet: no column named"));
  EXPECT_THAT(what(parquet({{"numerai_ticker", numbers}})),
              HasSubstr("numerai_ticker holds no text"));
  EXPECT_THAT(what(parquet({{"numerai_ticker", tickers}, {"date", numbers}})),
              HasSubstr("holds no dates"));
  EXPECT_THAT(what(parquet({{"numerai_ticker", tickers}, {"date", tickers}})), HasSubstr("'A US'"));
  const std::string whole = parquet({{"numerai_ticker", tickers}});
  EXPECT_THAT(what(whole.substr(0, whole.size() / 2)), HasSubstr("u.parquet: "));
  EXPECT_THAT(what("PAR1"), HasSubstr("u.parquet: "));
  EXPECT_EQ(read_universe_parquet(std::string("missing.parquet")).error().code,
            ErrorCode::no_input);
}

}  // namespace
}  // namespace signals
