#include "core/result.h"

#include <fmt/format.h>

#include <array>

namespace signals {
namespace {

constexpr std::array kErrors = {
#define SIGNALS_ERROR(name, number, exit_code, cause, remedy) \
  ErrorInfo{ErrorCode::name, #name, exit_code, cause, remedy},
#include "core/errors.def"
#undef SIGNALS_ERROR
};

}  // namespace

const ErrorInfo& error_info(ErrorCode code) {
  for (const auto& info : kErrors) {
    if (info.code == code) return info;
  }
  return kErrors.back();
}

std::string Error::line() const {
  return fmt::format("E{} {}: {}", static_cast<int>(code), what, error_info(code).remedy);
}

}  // namespace signals
