#include "pipeline/submission_churn.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "core/text.h"
#include "dataset/neutral.h"
#include "lake/number_file.h"
#include "pipeline/name_numbers.h"
#include "pipeline/publish_universe.h"

namespace signals {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

using Rows = std::map<Date, DatedNumbers>;

class Submission {
 public:
  Submission(std::shared_ptr<ObjectStore> lake, const SubmissionFiles& files)
      : lake_(std::move(lake)), files_(files) {}

  Result<SubmissionChurn> figures() {
    SIGNALS_TRY(read());
    SubmissionChurn found;
    found.date = dates_.back();
    found.before.assign(dates_.rbegin() + 1, dates_.rend());
    found.neutral = !files_.neutralizer.empty();
    SIGNALS_TRY(find_universe(found));
    const DatedValues newest = submission(dates_.back());
    found.names = newest.names.size();
    found.predicted = static_cast<std::size_t>(
        std::ranges::count_if(newest.values, [](double value) { return !std::isnan(value); }));
    std::vector<DatedValues> before;
    for (const Date date : found.before) before.push_back(cleaned(submission(date)));
    found.churn = churn_figures(cleaned(newest), before);
    if (found.neutral) compare_neutral(cleaned(newest), before, found);
    return found;
  }

 private:
  Result<void> read() {
    SIGNALS_ASSIGN(const auto signals, NumberFile::open(files_.signals, NumberKind::predictions));
    SIGNALS_ASSIGN(std::set<Date> dates, signals.dates());
    std::optional<NumberFile> weights, neutralizer;
    const auto join = [&](const std::string& path, NumberKind kind,
                          std::optional<NumberFile>& file) -> Result<void> {
      if (path.empty()) return {};
      SIGNALS_ASSIGN(file, NumberFile::open(path, kind));
      if (file->id_column() != signals.id_column()) {
        return fail(ErrorCode::bad_numbers,
                    fmt::format("{} names its rows by {}, {} by {}", path, file->id_column(),
                                files_.signals, signals.id_column()));
      }
      SIGNALS_ASSIGN(const auto others, file->dates());
      std::erase_if(dates, [&](Date date) { return !others.contains(date); });
      return {};
    };
    SIGNALS_TRY(join(files_.weights, NumberKind::weights, weights));
    SIGNALS_TRY(join(files_.neutralizer, NumberKind::neutralizers, neutralizer));
    if (files_.date) dates.erase(dates.upper_bound(*files_.date), dates.end());
    if (dates.size() < 2) {
      return fail(ErrorCode::bad_numbers,
                  fmt::format("{}: two dates are needed to compare, there are {}", files_.signals,
                              dates.size()));
    }
    while (dates.size() > kChurnDates + 1) dates.erase(dates.begin());
    dates_.assign(dates.begin(), dates.end());
    is_numerai_ = signals.id_column() == "numerai_ticker";
    SIGNALS_ASSIGN(signals_, signals.read(dates));
    if (weights) {
      SIGNALS_ASSIGN(weights_, weights->read(dates));
    }
    if (neutralizer) {
      columns_ = neutralizer->columns().size();
      SIGNALS_ASSIGN(neutralizers_, neutralizer->read(dates));
    }
    return {};
  }

  // The names of each date's universe, by number.
  Result<void> find_universe(SubmissionChurn& found) {
    found.universe = files_.weights.empty() ? files_.signals : files_.weights;
    for (const Date date : dates_) {
      const Rows& from = files_.weights.empty() ? signals_ : weights_;
      for (const auto& name : from.at(date).names) universe_[date].insert(numbers_[name]);
    }
    if (!files_.weights.empty() || !lake_ || !is_numerai_) return {};
    const auto listed = read_publish_universe(lake_, {}, dates_.front());
    if (!listed) {
      if (listed.error().code == ErrorCode::no_table) return {};
      return tl::unexpected(listed.error());
    }
    const bool known =
        std::ranges::all_of(dates_, [&](Date date) { return listed->members.at(date).known; });
    if (!known) return {};
    found.universe = lake_->uri("universe");
    for (const Date date : dates_) {
      auto& names = universe_[date];
      names.clear();
      for (const auto member : listed->members.at(date).names) {
        names.insert(numbers_[listed->members.names()[member].numerai_ticker]);
      }
    }
    return {};
  }

  [[nodiscard]] DatedValues submission(Date date) {
    const auto& universe = universe_[date];
    DatedValues made{{universe.begin(), universe.end()},
                     std::vector<double>(universe.size(), kNone)};
    const DatedNumbers& rows = signals_[date];
    std::set<std::uint32_t> seen;
    for (std::size_t i = 0; i < rows.names.size(); ++i) {
      const std::uint32_t number = numbers_[rows.names[i]];
      const auto at = std::ranges::lower_bound(made.names, number);
      if (at == made.names.end() || *at != number || !seen.insert(number).second) continue;
      made.values[static_cast<std::size_t>(at - made.names.begin())] = rows.values[i];
    }
    return made;
  }

  [[nodiscard]] DatedFactors factors(Date date) {
    const DatedNumbers &rows = neutralizers_[date], &weights = weights_[date];
    std::map<std::uint32_t, std::size_t> place;
    for (std::size_t i = 0; i < rows.names.size(); ++i) place.emplace(numbers_[rows.names[i]], i);
    std::map<std::uint32_t, double> weight;
    for (std::size_t i = 0; i < weights.names.size(); ++i) {
      weight.emplace(numbers_[weights.names[i]], weights.values[i]);
    }
    DatedFactors made;
    made.columns = columns_;
    for (const auto& [number, i] : place) {
      made.names.push_back(number);
      const auto begin = rows.values.begin() + static_cast<std::ptrdiff_t>(i * columns_);
      made.neutralizers.insert(made.neutralizers.end(), begin,
                               begin + static_cast<std::ptrdiff_t>(columns_));
      const auto known = weight.find(number);
      made.weights.push_back(known == weight.end() ? kNone : known->second);
    }
    return made;
  }

  void compare_neutral(const DatedValues& newest, const std::vector<DatedValues>& before,
                       SubmissionChurn& found) {
    const DatedFactors of_newest = factors(found.date);
    const DatedValues neutral = neutralized(newest, of_newest);
    const DatedValues held = portfolio(newest, of_newest);
    for (std::size_t i = 0; i < before.size(); ++i) {
      const DatedFactors then = factors(found.before[i]);
      found.neutral_churn.each.push_back(signals::churn(neutral, neutralized(before[i], then)));
      found.turnover.each.push_back(signals::turnover(held, portfolio(before[i], then)));
    }
    sum_up(found.neutral_churn);
    sum_up(found.turnover);
    if (found.neutral_churn.mean) found.retained = retained_payout(*found.neutral_churn.mean);
  }

  std::shared_ptr<ObjectStore> lake_;
  const SubmissionFiles& files_;
  std::vector<Date> dates_;
  Rows signals_, weights_, neutralizers_;
  std::size_t columns_ = 0;
  bool is_numerai_ = false;
  NameNumbers numbers_;
  std::map<Date, std::set<std::uint32_t>> universe_;
};

}  // namespace

Result<SubmissionChurn> submission_churn(const std::shared_ptr<ObjectStore>& lake,
                                         const SubmissionFiles& files) {
  return Submission(lake, files).figures();
}

}  // namespace signals
