// The native module of the Python package: `core`, `ta` and `features`, and nothing that does I/O.
// numerai_signals/_native.pyi is generated from it (`make stubs`).
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "core/text.h"
#include "features/plan.h"
#include "python/frame.h"
#include "ta/registry.h"
#include "ta/scale_free.h"

namespace nb = nanobind;

namespace signals {
namespace {

template <class T>
using Column = nb::ndarray<const T, nb::numpy, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Block = nb::ndarray<T, nb::numpy, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <class T>
T value_or_raise(Result<T> result) {
  if (!result) throw nb::value_error(result.error().what.c_str());
  return std::move(*result);
}

void check(const Result<void>& result) {
  if (!result) throw nb::value_error(result.error().what.c_str());
}

template <class T>
std::span<const T> span_of(const Column<T>& column) {
  return {column.data(), column.size()};
}

FeaturePlan plan_of(const std::string& cmd, const std::vector<int>& lags, const std::string& mode,
                    const std::vector<std::string>& set, bool float64) {
  FeatureConfig config;
  config.cmd = cmd;
  config.lags = lags;
  std::ranges::sort(config.lags);
  config.lags.erase(std::unique(config.lags.begin(), config.lags.end()), config.lags.end());
  if (!lags.empty() && (config.lags.front() < 1 || config.lags.back() > kGreatestLag)) {
    throw nb::value_error("a lag is from 1 to GREATEST_LAG");
  }
  config.mode = value_or_raise(parse_mode(mode));
  config.na = NaPolicy::keep;
  config.float64 = float64;
  for (const auto& one : set) check(parse_set(one, config.params));
  return value_or_raise(make_plan(std::move(config)));
}

// The fields of bars that the plan's indicators look at.
std::vector<std::string> inputs_of(const FeaturePlan& plan) {
  std::vector<std::string> fields;
  for (const auto& planned : plan.indicators) {
    for (const auto& field : split(planned.indicator->inputs, ' ')) {
      if (std::ranges::find(fields, field) == fields.end()) fields.emplace_back(field);
    }
  }
  return fields;
}

RowOrder order_of(std::size_t rows, const std::optional<Column<std::int64_t>>& dates,
                  std::int64_t per_day, const std::optional<Column<std::int32_t>>& tickers) {
  if ((dates && dates->size() != rows) || (tickers && tickers->size() != rows) || per_day < 1) {
    throw nb::value_error("dates and tickers have one value a row, per_day is at least 1");
  }
  FrameRows frame{.rows = rows, .dates = {}, .per_day = per_day, .tickers = {}};
  if (dates) frame.dates = span_of(*dates);
  if (tickers) frame.tickers = span_of(*tickers);
  const nb::gil_scoped_release release;
  return RowOrder(frame);
}

std::optional<std::tuple<std::string_view, std::size_t, std::size_t>> problem_of(
    const RowOrder& order) {
  if (!order.problem()) return std::nullopt;
  const auto& [kind, row, other] = *order.problem();
  const std::string_view name = kind == RowProblem::Kind::no_date     ? "no_date"
                                : kind == RowProblem::Kind::no_ticker ? "no_ticker"
                                                                      : "duplicate";
  return std::tuple(name, row, other);
}

nb::object rows_after(const RowOrder& order, std::size_t lag) {
  auto* kept = new bool[order.rows()];  // NOLINT: the capsule owns it
  const nb::capsule owner(kept, [](void* p) noexcept { delete[] static_cast<bool*>(p); });
  order.mark_rows_after(lag, {kept, order.rows()});
  return nb::cast(nb::ndarray<nb::numpy, bool, nb::ndim<1>>(kept, {order.rows()}, owner));
}

template <class T>
void compute(const FeaturePlan& plan, const RowOrder& order,
             const std::map<std::string, Column<double>>& bars, const Block<T>& out, int threads,
             bool keep_infinite) {
  std::span<const double> unused;
  for (const auto& [field, column] : bars) {
    unused = span_of(column);
    if (unused.size() != order.rows()) throw nb::value_error("bars have one value a row");
  }
  if (bars.empty() || out.shape(0) != plan.columns.size() || out.shape(1) != order.rows()) {
    throw nb::value_error("out has one row for each column of the plan, one value a row");
  }
  // What no indicator of the plan looks at has to be there, whatever it is.
  const auto field = [&](const char* name) {
    const auto found = bars.find(name);
    return found == bars.end() ? unused : span_of(found->second);
  };
  const ta::Inputs inputs{field("open"), field("high"), field("low"), field("close"),
                          field("volume")};
  const nb::gil_scoped_release release;
  compute_frame(plan, order, inputs, FeatureBlock<T>{out.data(), order.rows(), keep_infinite},
                threads);
}

template <class T>
std::vector<std::int64_t> validity(const Block<const T>& block, const Block<std::uint8_t>& bits,
                                   int threads) {
  if (bits.shape(0) != block.shape(0) || bits.shape(1) * 8 < block.shape(1)) {
    throw nb::value_error("bits has one row for each of the block, a bit for each value");
  }
  const nb::gil_scoped_release release;
  return mark_valid(block.data(), block.shape(0), block.shape(1), bits.data(), bits.shape(1),
                    threads);
}

// Where a run of equal strings, or of one and the same object, begins.
nb::object run_begins(const Column<std::int64_t>& objects) {
  const std::size_t count = objects.size();
  auto* begins = new bool[count];  // NOLINT: the capsule owns it
  const nb::capsule owner(begins, [](void* p) noexcept { delete[] static_cast<bool*>(p); });
  // The array is a view, as numbers, of one of objects.
  const auto* const pointers = reinterpret_cast<PyObject* const*>(objects.data());
  PyObject* before = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    auto* const now = pointers[i];
    const bool strings = before != nullptr && now != nullptr && PyUnicode_CheckExact(before) &&
                         PyUnicode_CheckExact(now);
    begins[i] = i == 0 || (now != before && !(strings && PyUnicode_Compare(before, now) == 0));
    before = now;
  }
  return nb::cast(nb::ndarray<nb::numpy, bool, nb::ndim<1>>(begins, {count}, owner));
}

nb::list indicator_rows() {
  nb::list rows;
  for (const auto* indicator : ta::indicators()) {
    nb::list params;
    for (const auto& param : indicator->params) {
      nb::dict one;
      one["name"] = param.name;
      one["default"] = param.default_value;
      one["min"] = param.min;
      one["max"] = param.max;
      one["doc"] = param.doc;
      params.append(one);
    }
    for (const auto& output : indicator->outputs) {
      nb::dict row;
      row["column"] = "feature_" + std::string(output.column);
      row["indicator"] = indicator->name;
      row["title"] = indicator->title;
      row["category"] = ta::to_string(indicator->category);
      row["inputs"] = indicator->inputs;
      row["formula"] = output.formula;
      row["unit"] = ta::to_string(output.unit);
      row["scale_free"] = ta::scale_free_form(output.unit);
      row["lookback"] = ta::to_string(indicator->lookback);
      row["first_row"] = output.first_row;
      row["warm_up"] = output.warm_up;
      row["flag"] = output.flag;
      row["causal"] = indicator->causal;
      row["params"] = params;
      rows.append(row);
    }
  }
  return rows;
}

template <class T>
void define_blocks(nb::module_& m) {
  m.def("compute", &compute<T>, nb::arg("plan"), nb::arg("order"), nb::arg("bars"),
        nb::arg("out").noconvert(), nb::arg("threads") = 1, nb::arg("keep_infinite") = false,
        "Fills `out`, one row of it for each column of the plan. Releases the GIL.");
  m.def(
      "validity", &validity<T>, nb::arg("block").noconvert(), nb::arg("bits").noconvert(),
      nb::arg("threads") = 1,
      "Fills Arrow's validity bitmaps, one row of `bits` for each of `block`; returns the numbers "
      "of nulls.");
}

}  // namespace
}  // namespace signals

NB_MODULE(_native, m) {
  using namespace signals;
  m.doc() = "The engine. Use numerai_signals.transform and numerai_signals.ta instead.";
  m.attr("__version__") = SIGNALS_VERSION;
  m.attr("GREATEST_LAG") = kGreatestLag;
  m.def("indicators", &indicator_rows, nb::sig("def indicators() -> list[dict[str, object]]"),
        "The indicator table, one row for each output, in `ta`'s order.");

  m.def("run_begins", &run_begins, nb::arg("objects"),
        nb::sig("def run_begins(objects: numpy.typing.NDArray[numpy.int64]) -> "
                "numpy.typing.NDArray[numpy.bool_]"),
        "Where a run of equal strings, or of one object, begins; `objects` are addresses.");

  nb::class_<FeaturePlan>(m, "Plan", "Which columns are computed, and how.")
      .def(
          "__init__",
          [](FeaturePlan* self, const std::string& cmd, const std::vector<int>& lags,
             const std::string& mode, const std::vector<std::string>& set,
             bool float64) { new (self) FeaturePlan(plan_of(cmd, lags, mode, set, float64)); },
          nb::arg("cmd"), nb::arg("lags"), nb::arg("mode"), nb::arg("set"), nb::arg("float64"))
      .def_ro("columns", &FeaturePlan::columns)
      .def_prop_ro(
          "sparse",
          [](const FeaturePlan& plan) {
            nb::list flags;
            for (const bool one : plan.sparse) flags.append(one);
            return flags;
          },
          nb::sig("def sparse(self) -> list[bool]"))
      .def_prop_ro("inputs", &inputs_of, "The fields of a bar that are needed.")
      .def_prop_ro("max_lag", &FeaturePlan::max_lag);

  nb::class_<RowOrder>(m, "RowOrder", "The rows by ticker, each ticker's by date.")
      .def(
          "__init__",
          [](RowOrder* self, std::size_t rows, const std::optional<Column<std::int64_t>>& dates,
             std::int64_t per_day, const std::optional<Column<std::int32_t>>& tickers) {
            new (self) RowOrder(order_of(rows, dates, per_day, tickers));
          },
          nb::arg("rows"), nb::arg("dates").none() = nb::none(), nb::arg("per_day") = 1,
          nb::arg("tickers").none() = nb::none())
      .def_prop_ro("problem", &problem_of,
                   "Why the rows cannot be put in order: kind, row, other row.")
      .def("rows_after", &rows_after, nb::arg("lag"),
           nb::sig("def rows_after(self, lag: int) -> numpy.typing.NDArray[numpy.bool_]"),
           "True for rows with at least `lag` rows of their ticker before them.");

  define_blocks<float>(m);
  define_blocks<double>(m);
}
