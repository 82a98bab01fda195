#include "lake/status_error.h"

#include <string_view>

namespace signals {
namespace {

constexpr const char* kType = "signals::Error";

class ErrorDetail final : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(Error of_ours) : error(std::move(of_ours)) {}
  [[nodiscard]] const char* type_id() const override { return kType; }
  [[nodiscard]] std::string ToString() const override { return error.line(); }
  const Error error;
};

}  // namespace

arrow::Status to_status(const Error& error) {
  return {arrow::StatusCode::IOError, error.what, std::make_shared<ErrorDetail>(error)};
}

std::optional<Error> error_in(const arrow::Status& status) {
  if (status.detail() == nullptr || std::string_view(status.detail()->type_id()) != kType) {
    return std::nullopt;
  }
  return static_cast<const ErrorDetail&>(*status.detail()).error;
}

}  // namespace signals
