#include "yahoo_sim/market.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"

namespace yahoo_sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Date kFirstListing{std::chrono::year{1998} / 1 / 5};
constexpr auto kFeedDelay = minutes(15);

// splitmix64: tiny, and the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Mean 0, variance 1, without a libm whose last bit differs between machines.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += unit();
    return sum;
  }

 private:
  std::uint64_t state_;
};

std::uint64_t hash(std::uint64_t seed, std::string_view text) {
  std::uint64_t h = seed ^ 0xcbf29ce484222325;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return Random(h).next();
}

// A number in [0, 1) that depends on what and when, not on the order of questions.
double chance(std::uint64_t seed, std::string_view what, Date date) {
  const auto day = static_cast<std::uint64_t>(date.time_since_epoch().count());
  return Random(hash(seed, what) ^ (day * 0x9e3779b97f4a7c15)).unit();
}

std::string letters(std::size_t n) {
  std::string text(4, 'A');
  text[0] = 'S';
  for (std::size_t i = 3; i > 0; --i, n /= 26) text[i] = static_cast<char>('A' + n % 26);
  return text;
}

std::string ticker_name(const Exchange& exchange, std::size_t n) {
  if (exchange.suffix == ".KS") return fmt::format("{:06}.KS", 60 * (n + 1));
  if (exchange.suffix == ".KQ") return fmt::format("{:06}.KQ", 900 + 30 * n);
  if (exchange.suffix == ".T") return fmt::format("{}.T", 1301 + n);
  if (exchange.suffix == ".HK") return fmt::format("{:04}.HK", n + 1);
  if (exchange.suffix == ".SA") return fmt::format("{}3.SA", letters(n));
  return letters(n) + std::string(exchange.suffix);
}

double to_float(double value) { return static_cast<double>(static_cast<float>(value)); }

// Grows one company's history day by day; every draw depends on the past only.
class Growth {
 public:
  Growth(std::uint64_t seed, const Company& company, Instant now)
      : seed_(hash(seed, company.name)),
        company_(company),
        exchange_(*company.exchange),
        now_(now),
        random_(seed_) {
    price_ = exchange_.price * (0.3 + 2 * random_.unit());
    shares_ = 2e5 * (0.2 + 5 * random_.unit());
    pays_ = random_.unit() < 0.6;
    payouts_ = random_.unit() < 0.5 ? 1 : 4;
    yield_ = 0.005 + 0.03 * random_.unit();
    stamped_late_ = random_.unit() < 0.3;
  }

  Series run() {
    const Date today = local_date(exchange_, now_);
    for (Date date = company_.listed; date <= today; date += days(1)) {
      if (is_weekend(exchange_, date)) continue;
      if (is_holiday(exchange_, date)) {
        copy_on_holiday(date);
        continue;
      }
      recent_ = date + days(3) >= today;
      if (recent_ && opening(exchange_, date) + kFeedDelay > now_) break;
      trade(date);
    }
    adjust_for_splits();
    return std::move(series_);
  }

 private:
  // Hours of the clock matter for the last days only; time zones are slow to ask.
  bool over(Date date, minutes since) const {
    return !recent_ || closing(exchange_, date) + since <= now_;
  }

  void trade(Date date) {
    const double open = price_ * (1 + 0.004 * random_.normal());
    const double before = price_;
    price_ *= std::max(0.5, 1 + 0.0003 + 0.018 * random_.normal());
    const double high = std::max(open, price_) * (1 + 0.006 * random_.unit());
    const double low = std::min(open, price_) * (1 - 0.006 * random_.unit());
    const double volume = shares_ * (0.4 + 1.2 * random_.unit());
    const bool halt = random_.unit() < 0.002;
    if (halt && halted_ == 0) halted_ = 1 + static_cast<int>(random_.unit() * 5);
    Bar bar{date, stamp(date), open, high, low, price_, static_cast<std::int64_t>(volume)};
    if (halted_ > 0) {
      --halted_;
      price_ = before;
      bar.open = bar.high = bar.low = bar.close = before;
      bar.volume = 0;
    }
    events(date, before);
    bar.live = !over(date, kFeedDelay);
    if (bar.live) make_partial(bar);
    // Volume is corrected upwards in the hours after the session; some nulls are filled weeks
    // later.
    if (!bar.live && !over(date, hours(6))) bar.volume -= bar.volume / 100;
    const double gap = chance(seed_, "null", date);
    const auto age = now_ - signals::start_of(date);
    bar.null = !bar.live && (gap < 0.0005 || (gap < 0.002 && age < days(30)));
    series_.bars.push_back(bar);
    if (!recent_) return;
    series_.session_open = opening(exchange_, date);
    series_.session_close = closing(exchange_, date);
    series_.traded = bar.live ? std::chrono::floor<std::chrono::seconds>(now_ - kFeedDelay)
                              : series_.session_close;
    if (bar.live && stamped_late_) series_.bars.back().stamp = series_.traded;
  }

  // Half a session: the day's extremes are not reached yet.
  void make_partial(Bar& bar) const {
    bar.close = (bar.open + bar.close) / 2;
    bar.high = std::max(bar.open, bar.close);
    bar.low = std::min(bar.open, bar.close);
    bar.volume /= 3;
  }

  void events(Date date, double before) {
    if (series_.bars.empty() || halted_ > 0) return;
    const std::chrono::year_month_day ymd{date};
    const auto month = static_cast<unsigned>(ymd.month());
    const unsigned each = 12 / static_cast<unsigned>(payouts_);
    if (pays_ && (month - 1) % each == 1 && last_paid_ != month) {
      last_paid_ = month;
      series_.dividends.push_back({date, before * yield_ / payouts_});
    } else if (month != last_paid_) {
      last_paid_ = 0;
    }
    for (const auto& split : company_.more_splits) {
      if (split.date == date) series_.splits.push_back(split);
    }
    if (random_.unit() < 0.0004) {
      constexpr double kRatios[] = {2, 3, 5, 10, 0.1};
      series_.splits.push_back({date, kRatios[random_.next() % 5]});
    }
  }

  void copy_on_holiday(Date date) {
    if (!exchange_.copies_on_holidays || series_.bars.empty()) return;
    if (chance(hash(7, exchange_.name), "copy", date) > 0.5) return;
    if (chance(seed_, "copied", date) > 0.95 || date >= local_date(exchange_, now_)) return;
    const double last = price_;
    series_.bars.push_back({date, stamp(date), last, last, last, last, 0});
  }

  // The open in UTC; Sao Paulo's bars of January 2022 stand at 23:00 of the day before.
  Seconds stamp(Date date) const {
    const bool shifted = exchange_.suffix == ".SA" &&
                         date >= Date{std::chrono::year{2022} / 1 / 1} &&
                         date < Date{std::chrono::year{2022} / 2 / 1};
    return opening(exchange_, date) - (shifted ? minutes(exchange_.open_minute + 60) : minutes(0));
  }

  // Everything is served divided by all splits up to the present.
  void adjust_for_splits() {
    double ratio = 1;
    for (const auto& split : series_.splits) ratio *= split.value;
    for (auto& bar : series_.bars) {
      for (double* price : {&bar.open, &bar.high, &bar.low, &bar.close}) {
        *price = to_float(*price / ratio);
      }
      bar.volume = static_cast<std::int64_t>(static_cast<double>(bar.volume) * ratio);
    }
    for (auto& dividend : series_.dividends) dividend.value = to_float(dividend.value / ratio);
  }

  std::uint64_t seed_;
  const Company& company_;
  const Exchange& exchange_;
  Instant now_;
  Random random_;
  double price_ = 0, shares_ = 0, yield_ = 0;
  bool pays_ = false, stamped_late_ = false, recent_ = false;
  int payouts_ = 1;
  int halted_ = 0;
  unsigned last_paid_ = 0;
  Series series_;
};

}  // namespace

Market::Market(std::uint64_t seed, std::size_t tickers, Instant now) : seed_(seed), now_(now) {
  for (std::size_t i = 0; i < tickers; ++i) {
    Company company;
    company.exchange = &exchanges()[i % exchanges().size()];
    company.ticker = ticker_name(*company.exchange, i / exchanges().size());
    company.name = company.ticker;
    Random random(hash(seed ^ 1, company.ticker));
    company.listed = kFirstListing;
    // The first of each exchange is a plain one; later ones may come late or go early.
    if (i >= exchanges().size()) {
      if (random.unit() < 0.3) company.listed += days(random.next() % 9000);
      if (random.unit() < 0.05)
        company.delisted = company.listed + days(1000 + random.next() % 7000);
    }
    companies_.push_back(std::move(company));
  }
  // A fund that took a dead company's ticker, and a symbol whose currency is another country's.
  others_.push_back({"SOLD", "Old Fund", exchanges().data(), kFirstListing, std::nullopt, "ETF"});
  others_.push_back({"SEUR.L", "Euro Name",
                     &*std::ranges::find(exchanges(), ".DE", &Exchange::suffix), kFirstListing,
                     std::nullopt});
}

Company* Market::current(const std::string& ticker) {
  const std::string wanted = signals::lower(ticker);
  Company* newest = nullptr;
  for (auto* list : {&companies_, &others_}) {
    for (auto& company : *list) {
      const bool known = newest == nullptr || signals::start_of(company.listed) <= now_;
      if (known && signals::lower(company.ticker) == wanted) newest = &company;
    }
  }
  return newest;
}

const Company* Market::find(const std::string& ticker) const {
  return const_cast<Market*>(this)->current(ticker);
}

bool Market::delist(const std::string& ticker, Date date, double /*unused*/) {
  Company* company = current(ticker);
  if (company != nullptr) company->delisted = date;
  return company != nullptr;
}

bool Market::reuse(const std::string& ticker, Date date, double /*unused*/) {
  const Company* old = current(ticker);
  if (old == nullptr) return false;
  Company company{
      old->ticker, old->name + " again", old->exchange, date, std::nullopt, old->instrument, {}};
  companies_.push_back(std::move(company));
  return true;
}

bool Market::split(const std::string& ticker, Date date, double ratio) {
  Company* company = current(ticker);
  if (company != nullptr) company->more_splits.push_back({date, ratio});
  return company != nullptr;
}

bool Market::gone(const Company& company) const {
  return company.delisted && signals::start_of(*company.delisted) <= now_;
}

Series Market::series(const Company& company) const { return Growth(seed_, company, now_).run(); }

}  // namespace yahoo_sim
