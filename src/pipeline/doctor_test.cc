// doctor over a server, a store and clocks of the test's own.
#include "pipeline/doctor.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace signals {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const Instant kNow = parse_instant("2022-10-21T23:00:00Z").value();

class FakeClock final : public Clock {
 public:
  milliseconds elapsed() override { return now; }
  void sleep(milliseconds time) override { now += time; }
  milliseconds now{0};
};

std::string chart(const std::string& symbol, const std::string& currency) {
  const auto at = std::chrono::floor<seconds>(kNow - std::chrono::hours(9)).time_since_epoch();
  return fmt::format(
      R"({{"chart":{{"result":[{{"meta":{{"symbol":"{}","currency":"{}","exchangeName":"X",)"
      R"("exchangeTimezoneName":"Europe/London","dataGranularity":"1d","regularMarketTime":{}}},)"
      R"("timestamp":[{}],"indicators":{{"quote":[{{"open":[2],"high":[3],"low":[1],"close":[2],)"
      R"("volume":[7]}}]}}}}],"error":null}}}})",
      symbol, currency, at.count() + 1, at.count());
}

// Answers each request 40 ms after its start, by symbol.
class FakeServer final : public HttpClient {
 public:
  explicit FakeServer(FakeClock& clock) : clock_(clock) {}

  void start(std::size_t id, const std::string& url) override {
    const std::string path = public_url(url);
    pending_.emplace_back(id, path.substr(path.rfind('/') + 1));
    asked.push_back(pending_.back().second);
  }
  std::vector<Done> wait(milliseconds at_most) override {
    if (pending_.empty()) {
      clock_.now += at_most;
      return {};
    }
    clock_.now += milliseconds(40);
    const auto [id, symbol] = pending_.front();
    pending_.erase(pending_.begin());
    std::vector<Done> done;
    if (down) {
      done.push_back({id, fail(ErrorCode::unreachable, "https://x: no such host"), no_handshake});
    } else {
      HttpReply reply{status, chart(symbol, currencies[symbol])};
      if (status != 200) reply.body = "no";
      if (refuse_from <= asked.size()) reply = {429, "Too Many Requests"};
      reply.date = std::chrono::floor<seconds>(kNow) - clock_error;
      done.push_back({id, std::move(reply)});
    }
    return done;
  }
  [[nodiscard]] std::size_t in_flight() const override { return pending_.size(); }

  std::map<std::string, std::string> currencies;
  std::vector<std::string> asked;
  int status = 200;
  std::size_t refuse_from = 1000;
  bool down = false, no_handshake = false;
  seconds clock_error{0};

 private:
  FakeClock& clock_;
  std::vector<std::pair<std::size_t, std::string>> pending_;
};

class Quiet final : public Observer {
 public:
  void progress(const Progress& /*progress*/) override {}
  void info(const std::string& /*message*/) override {}
  void warn(const std::string& /*message*/) override {}
};

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() {
    for (const auto& probe : probe_symbols()) {
      server_->currencies[std::string(probe.symbol)] = probe.currency;
    }
    request_.options = {.patient = false, .now = kNow, .clock = &clock_, .client = server_};
    request_.machine_time = [] { return kNow; };
    request_.http = {"8.0", "SomeTLS/1", ""};
  }

  std::vector<Finding> run() { return examine(lake_, request_, observer_).value(); }
  SourceFindings run_source() { return examine_source(request_, observer_).value(); }

  FakeClock clock_;
  std::shared_ptr<FakeServer> server_ = std::make_shared<FakeServer>(clock_);
  std::shared_ptr<ObjectStore> lake_ =
      make_memory_store(testing::UnitTest::GetInstance()->current_test_info()->name());
  DoctorRequest request_;
  Quiet observer_;
};

// A store in which something does not work.
class BrokenStore final : public ObjectStore {
 public:
  bool written = false;
  std::optional<std::int64_t> free;
  bool forgets = false, unreadable = false;

  [[nodiscard]] std::string uri(std::string_view key) const override {
    return "/lake/" + std::string(key);
  }
  [[nodiscard]] Result<std::string> read(const std::string& key) const override {
    return forgets ? "" : key;
  }
  [[nodiscard]] Result<std::vector<ObjectInfo>> list(const std::string& /*prefix*/) const override {
    if (unreadable) return fail(ErrorCode::store_read, "cannot list /lake: I/O error");
    return std::vector<ObjectInfo>{};
  }
  [[nodiscard]] Result<std::vector<std::string>> folders() const override {
    if (unreadable) return fail(ErrorCode::store_read, "cannot list /lake: I/O error");
    return std::vector<std::string>{};
  }
  Result<void> put_if_absent(const std::string& key, std::string_view /*bytes*/) override {
    if (!free) return fail(ErrorCode::store_write, "cannot write /lake/" + key + ": read-only");
    written = true;
    return {};
  }
  Result<void> replace(const std::string& key, std::string_view bytes) override {
    return put_if_absent(key, bytes);
  }
  Result<void> remove(const std::string& /*key*/) override {
    written = false;
    return {};
  }
  Result<std::unique_ptr<CommitLock>> lock(const std::string& /*table*/) override {
    return fail(ErrorCode::store_write, "no locks");
  }
  [[nodiscard]] std::optional<std::int64_t> free_bytes() const override { return free; }
  Result<std::shared_ptr<arrow::io::OutputStream>> create(const std::string& /*key*/) override {
    return fail(ErrorCode::store_write, "no streams");
  }
  [[nodiscard]] Result<std::shared_ptr<arrow::io::RandomAccessFile>> open(
      const std::string& /*key*/) const override {
    return fail(ErrorCode::store_read, "no files");
  }
};

TEST_F(DoctorTest, AllIsWell) {
  const auto findings = run();
  std::vector<std::string> checks;
  for (const auto& one : findings) {
    checks.push_back(one.check);
    EXPECT_EQ(one.verdict, Verdict::ok) << one.check << ": " << one.found;
    EXPECT_THAT(one.advice, IsEmpty());
  }
  EXPECT_THAT(checks, ElementsAre("lake", "tables", "clock", "time zones", "certificates", "source",
                                  "AAPL", "7203.T", "SAP.DE", "BHP.AX", "VOD.L", "versions"));
  EXPECT_EQ(exit_code(findings), 0);
  EXPECT_EQ(findings[5].found,
            "https://query2.finance.yahoo.com answers, the first time after 40 ms");
  EXPECT_EQ(findings[6].found, "bars to 2022-10-21, USD, X");
  EXPECT_THAT(findings.back().found, HasSubstr("libcurl 8.0 (SomeTLS/1)"));
  EXPECT_THAT(lake_->list("").value(), IsEmpty());
}

TEST_F(DoctorTest, TheFirstRefusalIsTheVerdictAndNothingMoreIsAsked) {
  server_->refuse_from = 1;
  const auto findings = run();
  EXPECT_EQ(exit_code(findings), 4);
  EXPECT_EQ(findings[5].verdict, Verdict::fail);
  EXPECT_THAT(findings[5].found, HasSubstr("HTTP 429"));
  EXPECT_THAT(findings[5].advice, HasSubstr("data centres"));
  EXPECT_EQ(findings[6].found, "no bars: see `source`");
  EXPECT_EQ(findings[7].found, "not asked");
  EXPECT_THAT(server_->asked, ElementsAre("AAPL"));
}

TEST_F(DoctorTest, ARefusalAfterAnswersIsOfThePace) {
  server_->refuse_from = 3;
  const auto source = run_source();
  EXPECT_THAT(source.source.found, HasSubstr("(after 2 answers)"));
  EXPECT_THAT(source.source.advice, HasSubstr("wait an hour"));
  EXPECT_EQ(source.probes[1].verdict, Verdict::ok);
  EXPECT_EQ(source.probes[4].found, "not asked");
}

TEST_F(DoctorTest, APatientOneWaitsAsALoadDoes) {
  request_.options.patient = true;
  request_.options.cooldown = seconds(100);
  server_->refuse_from = 1;
  run_source();
  EXPECT_EQ(server_->asked.size(), 3U);
  EXPECT_GE(clock_.now, seconds(300));
}

TEST_F(DoctorTest, ASourceThatIsNotThereIsAskedForOneSymbol) {
  server_->down = true;
  const auto findings = run();
  EXPECT_EQ(exit_code(findings), 4);
  EXPECT_THAT(findings[5].found, HasSubstr("no such host"));
  EXPECT_THAT(server_->asked, testing::Each("AAPL"));
  EXPECT_THAT(findings[2].found, HasSubstr("nothing to compare it with"));
  EXPECT_EQ(findings[4].verdict, Verdict::ok);  // the certificates are not to blame
}

TEST_F(DoctorTest, AHandshakeThatFailsIsOfTheCertificates) {
  server_->down = server_->no_handshake = true;
  const auto findings = run();
  EXPECT_EQ(findings[4].verdict, Verdict::fail);
  EXPECT_THAT(findings[4].advice, HasSubstr("proxy"));
  EXPECT_EQ(exit_code(findings), 4);
}

TEST_F(DoctorTest, CertificatesThatAreMissingFailOnlyWhereTheyAreNeeded) {
  request_.http.ca_file = "/nowhere/ca.crt";
  auto finding = examine_certificates({}, request_);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_EQ(finding.exit_code, 1);
  EXPECT_THAT(finding.advice, HasSubstr("ca-certificates"));
  request_.options.base_url = "http://127.0.0.1:1";
  finding = examine_certificates({}, request_);
  EXPECT_EQ(finding.verdict, Verdict::warn);
  EXPECT_EQ(exit_code({&finding, 1}), 0);
}

TEST_F(DoctorTest, AClockIsComparedWithTheSources) {
  for (const auto& [error, says] :
       {std::pair(seconds(60), "as the source's"), std::pair(seconds(-60), "as the source's"),
        std::pair(seconds(61), "1m01s ahead of the source's"),
        std::pair(seconds(-7200), "behind the source's")}) {
    server_->clock_error = error;
    const auto finding = examine_clock(run_source().seen, request_);
    EXPECT_THAT(finding.found, HasSubstr(says));
    EXPECT_EQ(finding.verdict, std::chrono::abs(error) > seconds(60) ? Verdict::warn : Verdict::ok);
  }
  request_.now_given = true;
  EXPECT_THAT(examine_clock({}, request_).found, HasSubstr("--now 2022-10-21T23:00:00Z"));
}

TEST_F(DoctorTest, ProbesAreJudgedByThemselves) {
  server_->currencies["VOD.L"] = "EUR";
  request_.options.now = kNow - std::chrono::days(30);  // so that the last bar lies outside
  auto probes = run_source().probes;
  EXPECT_THAT(probes[0].found, HasSubstr("no bars in the last 14 days"));
  EXPECT_EQ(probes[0].verdict, Verdict::warn);
  request_.options.now = kNow;
  probes = run_source().probes;
  EXPECT_EQ(probes[4].found, "bars to 2022-10-21, EUR, X (not GBp)");
  EXPECT_EQ(probes[4].verdict, Verdict::warn);
  request_.tickers = {"ABC"};
  server_->currencies["ABC"] = "ISK";
  probes = run_source().probes;
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].found, "bars to 2022-10-21, ISK, X");
}

TEST_F(DoctorTest, AServerThatKnowsNothingIsNotYahoo) {
  server_->status = 404;
  const auto source = run_source();
  EXPECT_EQ(source.source.verdict, Verdict::fail);
  EXPECT_EQ(source.source.exit_code, 1);
  EXPECT_THAT(source.source.advice, HasSubstr("--yahoo-url"));
  EXPECT_EQ(source.probes[0].verdict, Verdict::warn);
}

TEST_F(DoctorTest, AServerThatFailsIsForLater) {
  server_->status = 503;
  const auto findings = run();
  EXPECT_EQ(findings[6].verdict, Verdict::fail);
  EXPECT_EQ(exit_code(findings), 4);
}

TEST_F(DoctorTest, NoQueryOfAUrlIsShown) {
  request_.options.base_url = "https://host.test/?key=hidden";
  server_->down = true;
  for (const auto& one : run()) EXPECT_THAT(one.found + one.advice, Not(HasSubstr("hidden")));
  request_.options.base_url = "ftp://host.test/?key=hidden";
  const auto wrong = examine(lake_, request_, observer_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().exit_code, 2);
  EXPECT_THAT(wrong.error().what, Not(HasSubstr("hidden")));
}

TEST_F(DoctorTest, AStopIsNoVerdict) {
  const std::atomic<bool> stop = true;
  request_.options.stop = &stop;
  const auto stopped = examine(lake_, request_, observer_);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

TEST(Doctor, ALakeThatCannotBeWritten) {
  const auto store = std::make_shared<BrokenStore>();
  auto findings = examine_lake(store);
  EXPECT_EQ(findings[0].verdict, Verdict::fail);
  EXPECT_THAT(findings[0].found, HasSubstr("read-only"));
  EXPECT_EQ(exit_code(findings), 1);
  store->free = 1LL << 40;
  store->forgets = true;
  EXPECT_THAT(examine_lake(store)[0].found, HasSubstr("does not hold what was written"));
  store->forgets = false;
  findings = examine_lake(store);
  EXPECT_EQ(findings[0].found, "/lake/ can be written, 1.0 TiB free");
  EXPECT_FALSE(store->written);
  store->free = 1LL << 30;
  EXPECT_EQ(examine_lake(store)[0].verdict, Verdict::warn);
  store->unreadable = true;
  EXPECT_EQ(examine_lake(store)[1].verdict, Verdict::fail);
}

TEST(Doctor, ZonesThatDoNotLoad) {
  EXPECT_EQ(examine_zones(universe_zones()).verdict, Verdict::ok);
  const std::vector<std::string_view> zones = {"Asia/Seoul", "Pacific/Atlantis"};
  const auto finding = examine_zones(zones);
  EXPECT_EQ(finding.verdict, Verdict::fail);
  EXPECT_THAT(finding.found, StartsWith("1 of 2 do not load: Pacific/Atlantis"));
  EXPECT_EQ(exit_code({&finding, 1}), 1);
}

TEST(Doctor, AFailureOfOursComesBeforeTheSources) {
  const std::vector<Finding> both = {{"source", Verdict::fail, "", "", 4},
                                     {"lake", Verdict::fail, "", "", 1}};
  EXPECT_EQ(exit_code(both), 1);
  EXPECT_EQ(exit_code({both.data(), 1}), 4);
}

}  // namespace
}  // namespace signals
