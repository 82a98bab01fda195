// Result<T>: a value, or an Error that says what happened, where, and what to do.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace signals {

enum class ErrorCode {
#define SIGNALS_ERROR(name, number, exit_code, cause, remedy) name = number,
#include "core/errors.def"
#undef SIGNALS_ERROR
};

// One row of errors.def.
struct ErrorInfo {
  ErrorCode code;
  std::string_view name;
  int exit_code;            // of the program when this error ends it
  std::string_view cause;   // what this kind of error means
  std::string_view remedy;  // what the user can do
};

const ErrorInfo& error_info(ErrorCode code);

struct Error {
  Error(ErrorCode error_code, std::string what_and_where)
      : code(error_code),
        what(std::move(what_and_where)),
        exit_code(error_info(error_code).exit_code) {}

  ErrorCode code;
  std::string what;  // what and where, without the remedy: "prices/data/a.parquet: no space left"
  int exit_code;     // the table's, unless the command knows better

  // The one line a user sees: "E4003 <what>: <remedy>".
  [[nodiscard]] std::string line() const;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string what) {
  return tl::unexpected<Error>(Error{code, std::move(what)});
}

}  // namespace signals

#define SIGNALS_CONCAT_(a, b) a##b
#define SIGNALS_CONCAT(a, b) SIGNALS_CONCAT_(a, b)

// Returns the error of `expr` from this function; otherwise goes on.
#define SIGNALS_TRY(expr)                                                       \
  do {                                                                          \
    if (auto signals_try_ = (expr); !signals_try_) {                            \
      return tl::unexpected<::signals::Error>(std::move(signals_try_).error()); \
    }                                                                           \
  } while (false)

#define SIGNALS_ASSIGN_IMPL_(tmp, var, expr)                                 \
  auto tmp = (expr);                                                         \
  if (!tmp) return tl::unexpected<::signals::Error>(std::move(tmp).error()); \
  var = std::move(*tmp)

// SIGNALS_ASSIGN(auto x, f()): declares x from f()'s value, or returns f()'s error.
#define SIGNALS_ASSIGN(var, expr) \
  SIGNALS_ASSIGN_IMPL_(SIGNALS_CONCAT(signals_result_, __LINE__), var, expr)
