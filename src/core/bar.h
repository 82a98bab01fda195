// Daily bars: what a source serves (History) and what the `prices` table keeps (PriceRow).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/date.h"

namespace signals {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::int64_t kUnknownVolume = std::numeric_limits<std::int64_t>::min();

// A short word such as a currency or exchange code, kept inline (at most 15 bytes, the rest is
// cut). Empty means unknown.
class Label {
 public:
  Label() = default;
  explicit Label(std::string_view text)
      : size_(static_cast<std::uint8_t>(std::min(text.size(), text_.size()))) {
    std::copy_n(text.begin(), size_, text_.begin());
  }
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  friend bool operator==(const Label& a, const Label& b) { return a.view() == b.view(); }

 private:
  std::array<char, 15> text_{};
  std::uint8_t size_ = 0;
};

// Why a bar of the source is not stored. Each one is counted.
#define SIGNALS_LEFT_OUT_REASONS(X)                                             \
  X(live, "the session is not over")                                            \
  X(no_price, "high, low or close is missing or not finite")                    \
  X(not_positive, "high, low or close is zero or negative")                     \
  X(duplicate, "a later row of the same session date replaces it")              \
  X(outside_window, "the session date is not in the window that was asked for") \
  X(unreadable, "the row cannot be read as a bar")

enum class LeftOut {
#define SIGNALS_X(name, text) name,
  SIGNALS_LEFT_OUT_REASONS(SIGNALS_X)
#undef SIGNALS_X
};

struct LeftOutInfo {
  std::string_view name;
  std::string_view text;
};

inline constexpr std::array kLeftOutInfo = {
#define SIGNALS_X(name, text) LeftOutInfo{#name, text},
    SIGNALS_LEFT_OUT_REASONS(SIGNALS_X)
#undef SIGNALS_X
};

// How many bars were left out, by reason.
struct LeftOutCounts {
  std::array<std::int64_t, kLeftOutInfo.size()> by_reason{};

  std::int64_t& operator[](LeftOut reason) { return by_reason[static_cast<std::size_t>(reason)]; }
  std::int64_t operator[](LeftOut reason) const {
    return by_reason[static_cast<std::size_t>(reason)];
  }
  LeftOutCounts& operator+=(const LeftOutCounts& other) {
    for (std::size_t i = 0; i < by_reason.size(); ++i) by_reason[i] += other.by_reason[i];
    return *this;
  }
};

// One bar as a source serves it; kUnknown / kUnknownVolume where it says nothing.
struct SourceBar {
  Date date;
  double open = kUnknown, high = kUnknown, low = kUnknown, close = kUnknown;
  std::int64_t volume = kUnknownVolume;
  bool live = false;      // the session was not over when the source answered
  Instant session_end{};  // when the session ended; long ago for files
};

// Cash paid to holders on the ex-date, in the source's unit; `currency` empty when it is the
// price's.
struct SourceDividend {
  Date ex_date;
  double amount = 0;
  Label currency;
};

struct SourceSplit {
  Date ex_date;
  double ratio = 1;  // new shares for one old
};

// What a source knows of one ticker in one window, in the source's own order.
struct History {
  std::string symbol;  // as the source writes the ticker; empty: as it was asked
  Label currency, exchange;
  std::string zone;                      // IANA name; empty for files
  std::string name;                      // of the company
  std::string instrument;                // as Yahoo calls it: EQUITY, ETF, …; empty: not told
  std::optional<Date> first_trade_date;  // of the listing, if the source says
  std::vector<SourceBar> bars;
  std::vector<SourceDividend> dividends;
  std::vector<SourceSplit> splits;
  Date events_from = Date::min();  // the source told of every event from this ex-date on
  LeftOutCounts left_out;          // rows that did not even become a SourceBar
};

// One row of `prices`, without its ticker. Prices are split-adjusted, as served.
struct PriceRow {
  Date date;
  double open = kUnknown;  // kUnknown if missing or <= 0
  double high = 0, low = 0, close = 0;
  std::int64_t volume = kUnknownVolume;
  double dividend = 0;
  double dividend_factor = 1;
  double split_ratio = 1;
  Label currency{}, exchange{};
  bool settled = false;
  Instant fetched_at{};
};

// The bars of one ticker: unique dates, ascending.
struct TickerBars {
  std::string ticker;
  std::vector<PriceRow> rows;
};

}  // namespace signals
