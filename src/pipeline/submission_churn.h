// The churn of a file of predictions of one's own: the newest date against those before it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataset/churn.h"
#include "lake/store.h"

namespace signals {

struct SubmissionFiles {
  std::string signals;       // date, name, signal
  std::string neutralizer;   // Numerai's; "": no neutral figures
  std::string weights;       // Numerai's sample weights, whose names are the universe; ""
  std::optional<Date> date;  // the newest to look at; empty: that of the files
};

struct SubmissionChurn {
  Date date{};
  std::vector<Date> before;   // newest first
  std::size_t names = 0;      // of the universe on `date`
  std::size_t predicted = 0;  // of these
  std::string universe;       // where it is from
  ChurnFigures churn;
  bool neutral = false;  // whether there are the figures below
  ChurnFigures neutral_churn, turnover;
  std::optional<double> retained;  // of a positive payout, at the mean neutral churn
};

// The universe of a date is the names of the weights; without these, the list of the lake (null:
// none) that holds on the date; without one, the names of the file itself. Compared are the dates
// that all files have. Errors: bad_numbers, no_input, the lake's.
Result<SubmissionChurn> submission_churn(const std::shared_ptr<ObjectStore>& lake,
                                         const SubmissionFiles& files);

}  // namespace signals
