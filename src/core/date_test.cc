#include "core/date.h"

#include <gtest/gtest.h>

namespace signals {
namespace {

using std::chrono::seconds;

Date day(std::string_view text) { return parse_date(text).value(); }
Seconds at(std::string_view text) {
  return std::chrono::floor<seconds>(parse_instant(text).value());
}

TEST(DateTest, ReadsBothForms) {
  EXPECT_EQ(to_string(day("221014")), "2022-10-14");
  EXPECT_EQ(to_string(day("690101")), "1969-01-01");
  EXPECT_EQ(to_string(day("681231")), "2068-12-31");
  EXPECT_EQ(to_string(day("2024-02-29")), "2024-02-29");
}

TEST(DateTest, RefusesWhatIsNoDate) {
  for (const char* text : {"", "2022", "221301", "220230", "2023-02-29", "2022/10/14", "2210144",
                           "22101x", "2022-1-014", "-22101"}) {
    const auto result = parse_date(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::bad_date);
  }
}

TEST(DateTest, ReadsInstants) {
  EXPECT_EQ(to_string(parse_instant("2022-10-21T20:30:15Z").value()), "2022-10-21T20:30:15Z");
  EXPECT_EQ(to_string(parse_instant("2022-10-21 20:30").value()), "2022-10-21T20:30:00Z");
  EXPECT_EQ(to_string(parse_instant("221021").value()), "2022-10-21T00:00:00Z");
  for (const char* text : {"2022-10-21T", "2022-10-21T25:00", "2022-10-21T20:30:61Z",
                           "2022-10-21T20-30", "2022-10-21X20:30", "now"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

struct SessionCase {
  const char* zone;
  const char* stamp;  // UTC, as Yahoo stamps the session's open
  const char* date;   // the session's local date
};

// Both sides of the daylight-saving changes of each exchange's zone.
TEST(ZoneTest, SessionDatesAcrossDaylightSaving) {
  const SessionCase cases[] = {
      {"Pacific/Auckland", "2022-09-22T22:00:00Z", "2022-09-23"},  // 10:00 NZST
      {"Pacific/Auckland", "2022-09-25T21:00:00Z", "2022-09-26"},  // 10:00 NZDT
      {"Pacific/Auckland", "2023-03-30T21:00:00Z", "2023-03-31"},
      {"Pacific/Auckland", "2023-04-02T22:00:00Z", "2023-04-03"},
      {"Australia/Sydney", "2021-10-01T00:00:00Z", "2021-10-01"},  // 10:00 AEST
      {"Australia/Sydney", "2021-10-04T23:00:00Z", "2021-10-05"},  // 10:00 AEDT
      {"Asia/Seoul", "2022-10-14T00:00:00Z", "2022-10-14"},
      {"Asia/Hong_Kong", "2022-10-14T01:30:00Z", "2022-10-14"},
      {"Europe/London", "2022-10-28T07:00:00Z", "2022-10-28"},     // 08:00 BST
      {"Europe/London", "2022-10-31T08:00:00Z", "2022-10-31"},     // 08:00 GMT
      {"America/New_York", "2022-11-04T13:30:00Z", "2022-11-04"},  // 09:30 EDT
      {"America/New_York", "2022-11-07T14:30:00Z", "2022-11-07"},  // 09:30 EST
      {"America/Sao_Paulo", "2018-11-01T13:00:00Z", "2018-11-01"},
      {"America/Sao_Paulo", "2022-01-04T02:00:00Z", "2022-01-04"},  // 23:00 of the day before
      {"Europe/London", "2017-07-03T23:00:00Z", "2017-07-04"},      // FX: 00:00 BST
      {"Europe/London", "2017-07-03T21:00:00Z", "2017-07-04"},      // 22:00 BST
      {"Europe/London", "2017-07-03T20:00:00Z", "2017-07-03"},      // 21:00 BST stays
      {"Europe/London", "2017-07-03T21:01:00Z", "2017-07-03"},      // 22:01 BST stays
  };
  for (const auto& c : cases) {
    const auto zone = Zone::find(c.zone);
    ASSERT_TRUE(zone) << c.zone;
    EXPECT_EQ(to_string(zone->session_date(at(c.stamp))), c.date) << c.zone << ' ' << c.stamp;
  }
}

TEST(ZoneTest, KnowsNoUnknownZone) {
  EXPECT_FALSE(Zone::find("Mars/Olympus"));
  EXPECT_FALSE(Zone::find(""));
}

TEST(ZoneTest, ACursorSaysWhatItsZoneSays) {
  for (const char* name : {"America/New_York", "Australia/Sydney", "Asia/Seoul",
                           "America/Sao_Paulo", "Africa/Casablanca", "Europe/Dublin"}) {
    const auto zone = Zone::find(name).value();
    ZoneCursor cursor(zone);
    for (Seconds at{seconds(-400'000'000)}; at < Seconds{seconds(2'000'000'000)};
         at += seconds(3 * 3600 + 1800)) {
      ASSERT_EQ(cursor.session_date(at), zone.session_date(at)) << name;
      const auto local = std::chrono::local_seconds{at.time_since_epoch()};
      ASSERT_EQ(cursor.instant(local), zone.instant(local)) << name;
    }
  }
}

TEST(ZoneTest, TheDatabaseHasARelease) {
  const std::string release = time_zone_release();
  EXPECT_TRUE(release == "unknown" || release.starts_with("2")) << release;
}

TEST(ZoneTest, LocalTimesBecomeInstants) {
  const auto zone = Zone::find("America/New_York").value();
  const auto noon = [&](const char* date) {
    return to_string(Instant{
        zone.instant(std::chrono::local_days{day(date).time_since_epoch()} + seconds(16 * 3600))});
  };
  EXPECT_EQ(noon("2022-11-04"), "2022-11-04T20:00:00Z");
  EXPECT_EQ(noon("2022-11-07"), "2022-11-07T21:00:00Z");
}

}  // namespace
}  // namespace signals
