#include "source/chart_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace signals {
namespace {

namespace json = simdjson::ondemand;
using Code = simdjson::error_code;
using simdjson::INCORRECT_TYPE;
using simdjson::SUCCESS;

#define SIGNALS_JSON(expr)                                                         \
  do {                                                                             \
    if (const auto signals_error_ = (expr); signals_error_) return signals_error_; \
  } while (false)

constexpr int kDeepest = 32;

// Goes over a value that nobody wants: its brackets and words must be right, its numbers may not
// be.
Code skip(json::value& value, int depth = 0);

bool begins_number(json::value& value) {
  const std::string_view token = value.raw_json_token();
  const char first = token.empty() ? ' ' : token.front();
  return (first >= '0' && first <= '9') || (first == '-' && !token.starts_with("-Infinity"));
}

Code read(json::value& value, double& real) {
  if (value.get_double().get(real) == SUCCESS) return SUCCESS;
  real = kUnknown;
  return begins_number(value) ? simdjson::NUMBER_ERROR : skip(value);
}

Code read(json::value& value, std::int64_t& whole) {
  if (value.get_int64().get(whole) == SUCCESS) return SUCCESS;
  whole = kNoNumber;
  double real = 0;
  SIGNALS_JSON(read(value, real));
  if (std::abs(real) < 9.2e18) whole = std::llround(real);
  return SUCCESS;
}

Code read(json::value& value, std::string_view& word) {
  const Code error = value.get_string().get(word);
  if (error != INCORRECT_TYPE) return error;
  word = {};
  return skip(value);
}

Code read(json::value& value, std::string& text) {
  std::string_view word;
  SIGNALS_JSON(read(value, word));
  text = word;
  return SUCCESS;
}

// Hands each field to `take`.
template <class Take>
Code each_field(json::object& object, const Take& take) {
  for (auto field : object) {
    std::string_view key;
    json::value inner;
    SIGNALS_JSON(field.unescaped_key().get(key));
    SIGNALS_JSON(field.value().get(inner));
    SIGNALS_JSON(take(key, inner));
  }
  return SUCCESS;
}

// What is no object has no field.
template <class Take>
Code each_field(json::value& value, const Take& take) {
  json::object object;
  if (const Code error = value.get_object().get(object)) {
    return error == INCORRECT_TYPE ? skip(value) : error;
  }
  return each_field(object, take);
}

// Hands each element to `take`; `is_array` tells of what is none.
template <class Take>
Code each_element(json::value& value, bool& is_array, const Take& take) {
  json::array array;
  const Code error = value.get_array().get(array);
  is_array = error == SUCCESS;
  if (error) return error == INCORRECT_TYPE ? skip(value) : error;
  for (auto element : array) {
    json::value inner;
    SIGNALS_JSON(element.get(inner));
    SIGNALS_JSON(take(inner));
  }
  return SUCCESS;
}

template <class Take>
Code first_element(json::value& value, const Take& take) {
  bool is_array = false, is_first = true;
  return each_element(value, is_array, [&](json::value& inner) {
    return std::exchange(is_first, false) ? take(inner) : skip(inner);
  });
}

Code skip(json::value& value, int depth) {
  if (depth > kDeepest) return simdjson::DEPTH_ERROR;
  std::string_view token = value.raw_json_token();
  if (token.starts_with('{')) {
    return each_field(value,
                      [&](std::string_view, json::value& inner) { return skip(inner, depth + 1); });
  }
  if (token.starts_with('[')) {
    bool is_array = false;
    return each_element(value, is_array,
                        [&](json::value& inner) { return skip(inner, depth + 1); });
  }
  if (token.starts_with('"')) return value.get_raw_json_string().error();
  if (begins_number(value)) return SUCCESS;
  token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  constexpr std::array<std::string_view, 6> kWords = {"null",     "true",      "false",
                                                      "Infinity", "-Infinity", "NaN"};
  return std::ranges::find(kWords, token) != kWords.end() ? SUCCESS : simdjson::TAPE_ERROR;
}

class Reader {
 public:
  explicit Reader(ChartReply& reply) : reply_(reply) {}

  // The field "chart", or "finance" in refusals.
  Code read_root_field(std::string_view root, json::value& value) {
    return each_field(value, [&](std::string_view key, json::value& inner) {
      if (key == "error") return read_error(inner);
      if (key != "result" || root != "chart") return skip(inner);
      SIGNALS_JSON(once(key));
      return first_element(inner, [&](json::value& result) { return read_result(result); });
    });
  }

 private:
  Code read_error(json::value& value) {
    return each_field(value, [&](std::string_view key, json::value& inner) {
      if (key == "code") return read(inner, reply_.error_code);
      if (key == "description") return read(inner, reply_.error_text);
      return skip(inner);
    });
  }

  Code read_result(json::value& value) {
    return each_field(value, [&](std::string_view key, json::value& inner) {
      reply_.has_result = true;
      if (key == "meta") return read_meta(inner);
      if (key == "timestamp" || key == "events") SIGNALS_JSON(once(key));
      if (key == "timestamp") return read_stamps(inner);
      if (key == "events") return read_events(inner);
      if (key == "indicators") return read_indicators(inner);
      return skip(inner);
    });
  }

  Code read_meta(json::value& value) {
    return each_field(value, [&](std::string_view key, json::value& inner) {
      reply_.has_meta = true;
      if (key == "symbol") return read(inner, reply_.symbol);
      if (key == "dataGranularity") return read(inner, reply_.granularity);
      if (key == "exchangeTimezoneName") return read(inner, reply_.zone);
      if (key == "currency") return read(inner, reply_.currency);
      if (key == "exchangeName") return read(inner, reply_.exchange);
      if (key == "instrumentType") return read(inner, reply_.instrument);
      if (key == "longName") return read(inner, reply_.long_name);
      if (key == "shortName") return read(inner, reply_.short_name);
      if (key == "firstTradeDate") return read(inner, reply_.first_trade);
      if (key == "regularMarketTime") return read(inner, reply_.last_trade);
      if (key == "currentTradingPeriod") return read_session(inner);
      return skip(inner);
    });
  }

  Code read_session(json::value& value) {
    return each_field(value, [&](std::string_view period, json::value& times) {
      if (period != "regular") return skip(times);
      return each_field(times, [&](std::string_view key, json::value& inner) {
        return key == "end" ? read(inner, reply_.session_end) : skip(inner);
      });
    });
  }

  Code read_stamps(json::value& value) {
    bool is_array = false;
    return each_element(value, is_array, [&](json::value& inner) {
      return read(inner, reply_.stamps.emplace_back());
    });
  }

  Code read_events(json::value& value) {
    return each_field(value, [&](std::string_view kind, json::value& events) {
      const bool cash = kind == "dividends" || kind == "capitalGains";
      if (!cash && kind != "splits") return skip(events);
      SIGNALS_JSON(once(kind));
      return each_field(events, [&](std::string_view, json::value& event) {
        auto& one = reply_.events.emplace_back();
        one.kind = cash ? ChartEvent::Kind::cash : ChartEvent::Kind::split;
        return read_event(event, one);
      });
    });
  }

  static Code read_event(json::value& value, ChartEvent& event) {
    return each_field(value, [&](std::string_view key, json::value& inner) {
      if (key == "date") return read(inner, event.date);
      if (key == "amount") return read(inner, event.amount);
      if (key == "numerator") return read(inner, event.numerator);
      if (key == "denominator") return read(inner, event.denominator);
      if (key != "currency") return skip(inner);
      std::string_view currency;
      SIGNALS_JSON(read(inner, currency));
      event.currency = Label{currency};
      return SUCCESS;
    });
  }

  Code read_indicators(json::value& value) {
    return each_field(value, [&](std::string_view key, json::value& inner) {
      if (key != "quote") return skip(inner);
      return first_element(inner, [&](json::value& quote) { return read_quote(quote); });
    });
  }

  Code read_quote(json::value& value) {
    reply_.has_quote = std::string_view(value.raw_json_token()).starts_with('{');
    return each_field(value, [&](std::string_view key, json::value& inner) {
      if (key == "open") return read_column(inner, reply_.open);
      if (key == "high") return read_column(inner, reply_.high);
      if (key == "low") return read_column(inner, reply_.low);
      if (key == "close") return read_column(inner, reply_.close);
      if (key == "volume") return read_column(inner, reply_.volume);
      return skip(inner);
    });
  }

  template <class T>
  Code read_column(json::value& value, std::optional<std::vector<T>>& column) const {
    std::vector<T> values;
    values.reserve(reply_.stamps.size());
    bool is_array = false;
    SIGNALS_JSON(each_element(
        value, is_array, [&](json::value& inner) { return read(inner, values.emplace_back()); }));
    if (is_array) column = std::move(values);
    return SUCCESS;
  }

  // What would add up, or leave doubt, may not stand there twice.
  Code once(std::string_view key) {
    return seen_.emplace(key).second ? SUCCESS : simdjson::TAPE_ERROR;
  }

  ChartReply& reply_;
  std::set<std::string> seen_;
};

Code read(json::document& document, ChartReply& reply) {
  json::object root;
  SIGNALS_JSON(document.get_object().get(root));
  Reader reader(reply);
  SIGNALS_JSON(each_field(root, [&](std::string_view key, json::value& value) {
    return reader.read_root_field(key, value);
  }));
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? SUCCESS
                                                                        : simdjson::TAPE_ERROR;
}

}  // namespace

Result<ChartReply> parse_chart(std::string body) {
  thread_local json::parser parser;  // keeps its memory: a history takes megabytes
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  ChartReply reply;
  json::document document;
  Code error = parser.iterate(body).get(document);
  if (!error) error = read(document, reply);
  if (error) {
    return fail(ErrorCode::bad_reply,
                fmt::format("the reply is damaged ({})", simdjson::error_message(error)));
  }
  return reply;
}

std::string json_library() {
  return fmt::format("{}.{}.{}", static_cast<int>(simdjson::SIMDJSON_VERSION_MAJOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_MINOR),
                     static_cast<int>(simdjson::SIMDJSON_VERSION_REVISION));
}

}  // namespace signals
