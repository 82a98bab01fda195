#include "dataset/neutral.h"

#include <Eigen/Dense>
#include <cmath>

#include "dataset/forms.h"

namespace signals {
namespace {

constexpr double kLeastSingular = 1e-6;
constexpr double kFreeChurn = 0.1, kChurnScale = 10;

// Where a neutralizer or the weight is unknown, the row is left out.
DatedValues known_rows(const DatedFactors& factors, bool with_weights) {
  DatedValues known{factors.names, std::vector<double>(factors.names.size(), 0)};
  for (std::size_t i = 0; i < known.names.size(); ++i) {
    bool all = !with_weights || !std::isnan(factors.weights[i]);
    for (std::size_t c = 0; c < factors.columns; ++c) {
      all = all && !std::isnan(factors.neutralizers[i * factors.columns + c]);
    }
    if (!all) known.values[i] = std::numeric_limits<double>::quiet_NaN();
  }
  return known;
}

Eigen::MatrixXd rows_of(const DatedFactors& factors, const std::vector<std::size_t>& rows) {
  Eigen::MatrixXd matrix(static_cast<Eigen::Index>(rows.size()),
                         static_cast<Eigen::Index>(factors.columns));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < factors.columns; ++c) {
      matrix(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)) =
          factors.neutralizers[rows[r] * factors.columns + c];
    }
  }
  return matrix;
}

Eigen::VectorXd gaussian(std::span<const double> ranks) {
  Eigen::VectorXd values(static_cast<Eigen::Index>(ranks.size()));
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    values[static_cast<Eigen::Index>(i)] = normal_quantile(ranks[i]);
  }
  return values;
}

DatedValues with_names(const DatedValues& from, const std::vector<std::size_t>& rows,
                       const Eigen::VectorXd& values) {
  DatedValues made;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    made.names.push_back(from.names[rows[i]]);
    made.values.push_back(values[static_cast<Eigen::Index>(i)]);
  }
  return made;
}

std::vector<double> picked(const DatedValues& from, const std::vector<std::size_t>& rows) {
  std::vector<double> values;
  for (const std::size_t i : rows) values.push_back(from.values[i]);
  return values;
}

}  // namespace

DatedValues neutralized(const DatedValues& submission, const DatedFactors& factors) {
  const CommonRows rows = common_rows(submission, known_rows(factors, false));
  if (!rows.enough) return {};
  const Eigen::VectorXd values = gaussian(tie_kept_ranks(picked(submission, rows.a)));
  Eigen::MatrixXd model(values.size(), static_cast<Eigen::Index>(factors.columns) + 1);
  model << rows_of(factors, rows.b), Eigen::VectorXd::Ones(values.size());
  Eigen::BDCSVD<Eigen::MatrixXd> svd(model, Eigen::ComputeThinU | Eigen::ComputeThinV);
  svd.setThreshold(kLeastSingular);
  const auto left = svd.matrixU().leftCols(svd.rank());
  return with_names(submission, rows.a, values - left * (left.transpose() * values));
}

DatedValues portfolio(const DatedValues& submission, const DatedFactors& factors) {
  const CommonRows rows = common_rows(submission, known_rows(factors, true));
  if (!rows.enough) return {};
  // Ranked among all names of the submission, before those without neutralizers are left out.
  const Eigen::VectorXd all = gaussian(tie_kept_ranks(submission.values));
  const auto count = static_cast<Eigen::Index>(rows.a.size());
  Eigen::VectorXd signal(count), weights(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    const double value = all[static_cast<Eigen::Index>(rows.a[static_cast<std::size_t>(i)])];
    signal[i] = std::copysign(std::pow(std::abs(value), 1.5), value);
    weights[i] = factors.weights[rows.b[static_cast<std::size_t>(i)]];
  }
  const Eigen::MatrixXd neutralizers = rows_of(factors, rows.b);
  Eigen::VectorXd made =
      (signal - neutralizers * (neutralizers.transpose() * weights.cwiseProduct(signal)))
          .cwiseProduct(weights);
  made.array() -= made.mean();
  made /= made.cwiseAbs().sum();
  return with_names(submission, rows.a, made);
}

std::optional<double> turnover(const DatedValues& a, const DatedValues& b) {
  const CommonRows rows = common_rows(a, b);
  if (!rows.enough) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < rows.a.size(); ++i) {
    sum += std::abs(a.values[rows.a[i]] - b.values[rows.b[i]]);
  }
  return sum / 2;
}

double retained_payout(double neutral_churn) {
  if (neutral_churn <= kFreeChurn) return 1;
  const double decay = std::exp(-kChurnScale * (neutral_churn - kFreeChurn));
  return 2 * decay / (1 + decay);
}

}  // namespace signals
