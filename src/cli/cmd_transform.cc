// signals transform: `prices` into a feature table.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "core/text.h"
#include "lake/tables/prices.h"
#include "lake/tables/quality.h"
#include "pipeline/transform.h"

namespace signals::cli {
namespace {

using Json = nlohmann::ordered_json;

class TransformCommand final : public Command {
 public:
  void define(CLI::App& app) override {
    app.add_option("--cmd", cmd_,
                   "which features: all, momentum, other, trend, volatility or volume")
        ->check(suggest({"all", "momentum", "other", "trend", "volatility", "volume"}))
        ->type_name("CATEGORY")
        ->capture_default_str();
    app.add_flag("--reload", reload_, "compute everything again, also with another configuration");
    app.add_option("--lags", lags_, "5 is the lags 1 to 5, 5,10,20 exactly these, 0 none")
        ->type_name("N|LIST")
        ->capture_default_str();
    auto* mode = app.add_option("--mode", mode_,
                                "causal: `ta` without its leaks; ta, fillna: bit-equal to `ta`")
                     ->check(suggest({"causal", "ta", "fillna"}))
                     ->type_name("MODE")
                     ->capture_default_str();
    app.add_flag("--fillna", fillna_, "the same as --mode fillna")->excludes(mode);
    app.add_option("--na", na_,
                   "drop: each ticker's first rows, as many as the greatest lag; "
                   "drop-any: rows with a null; keep: none")
        ->check(suggest({"drop", "drop-any", "keep"}))
        ->type_name("RULE")
        ->capture_default_str();
    app.add_option("--dtype", dtype_, "float32 or float64")
        ->check(one_of({"float32", "float64"}))
        ->type_name("TYPE")
        ->capture_default_str();
    app.add_option("--prices", prices_,
                   "served: as the source has them; total-return: times dividend_factor")
        ->check(one_of({"served", "total-return"}))
        ->type_name("KIND")
        ->capture_default_str();
    app.add_option("--skip", skip_,
                   "leave bars with these flags of `quality` out: holiday_copy, jump, "
                   "minor_units, no_trade, ohlc_violation, suspect_dividend; or none")
        ->type_name("LIST|none")
        ->capture_default_str();
    app.add_option("--set", set_,
                   "a parameter, e.g. rsi.window=7,14,28: a column for each value; repeatable "
                   "(`signals columns` lists them)")
        ->type_name("IND.PARAM=V,…")
        ->allow_extra_args(false);
    app.add_option("--table", table_,
                   "the table to write (default: features_<cmd>, or features for all)")
        ->type_name("NAME");
    app.add_option("--buckets", buckets_,
                   "only these of the 16 buckets of tickers, e.g. 0,3,8-11: machines that share "
                   "a lake may take some each (default: all)")
        ->type_name("LIST");
    app.add_option("--codec", codec_, "of the files written from now on: none, lz4, snappy or zstd")
        ->check(one_of({"none", "lz4", "snappy", "zstd"}))
        ->type_name("CODEC")
        ->capture_default_str();
    app.add_option("--encoding", encoding_,
                   "of their numbers: byte-stream-split, or plain for readers that lack it")
        ->check(one_of({"byte-stream-split", "plain"}))
        ->type_name("ENCODING")
        ->capture_default_str();
  }

  Result<int> run(Context& context) override {
    SIGNALS_ASSIGN(TransformRequest request, make_request(context));
    SIGNALS_ASSIGN(const auto store, context.existing_store());
    if (table_.empty()) table_ = request.plan.config.cmd == "all" ? "features" : "features_" + cmd_;
    SIGNALS_TRY(check_table_name());
    const Table prices(store, kPricesTable);
    const Table quality(store, kQualityTable);
    const Table features(store, table_);
    const auto begin = system_clock().elapsed();
    SIGNALS_ASSIGN(const TransformReport report,
                   transform(prices, quality, features, request, *context.observer));
    const double seconds = static_cast<double>((system_clock().elapsed() - begin).count()) / 1000;
    context.observer->info(fmt::format("transform took {}", human_seconds(seconds)));
    context.report(as_json(report), as_text(report, store->uri(table_)));
    return kDone;
  }

 private:
  Result<TransformRequest> make_request(const Context& context) const {
    FeatureConfig config;
    config.cmd = cmd_;
    SIGNALS_ASSIGN(config.lags, parse_lags(lags_));
    SIGNALS_ASSIGN(config.mode, parse_mode(fillna_ ? "fillna" : mode_));
    SIGNALS_ASSIGN(config.na, parse_na(na_));
    config.float64 = dtype_ == "float64";
    config.total_return = prices_ == "total-return";
    SIGNALS_ASSIGN(config.skip, parse_skip(skip_));
    for (const auto& text : set_) SIGNALS_TRY(parse_set(text, config.params));
    TransformRequest request;
    SIGNALS_ASSIGN(request.plan, make_plan(std::move(config)));
    request.format.codec = codec_ == "none"     ? Codec::none
                           : codec_ == "lz4"    ? Codec::lz4
                           : codec_ == "snappy" ? Codec::snappy
                                                : Codec::zstd;
    request.format.byte_stream_split = encoding_ == "byte-stream-split";
    request.reload = reload_;
    if (!buckets_.empty()) {
      SIGNALS_ASSIGN(request.buckets, parse_buckets(buckets_));
    }
    request.threads = context.threads;
    request.now = context.now;
    request.stop = context.stop;
    return request;
  }

  [[nodiscard]] Result<void> check_table_name() const {
    const bool plain = std::ranges::all_of(table_, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (plain && table_.starts_with("features")) return {};
    return fail(ErrorCode::usage, fmt::format("--table {}: a feature table's name begins with "
                                              "'features' and has only a-z, 0-9 and _",
                                              table_));
  }

  [[nodiscard]] std::string as_text(const TransformReport& r, const std::string& table) const {
    const auto n = with_commas;
    std::string text = fmt::format("transform {} -> {}\n", cmd_, table);
    if (r.snapshot == r.snapshot_before) {
      return text + fmt::format(
                        "  up to date with prices snapshot {}: nothing computed\n"
                        "  snapshot  {} as before\n",
                        r.source_snapshot, r.snapshot);
    }
    text += fmt::format("  computed  {} tickers from prices snapshot {}\n", n(r.tickers),
                        r.source_snapshot);
    text += fmt::format("  table     {} rows, {} feature columns, {}\n", n(r.rows), n(r.columns),
                        human_bytes(r.bytes));
    text += fmt::format("  files     {} written, {} kept\n", n(r.files_written), n(r.files_kept));
    return text + fmt::format("  snapshot  {}\n", r.snapshot);
  }

  static Json as_json(const TransformReport& r) {
    return {{"tickers_computed", r.tickers},
            {"rows", r.rows},
            {"columns", r.columns},
            {"bytes", r.bytes},
            {"files_written", r.files_written},
            {"files_kept", r.files_kept},
            {"source_snapshot", r.source_snapshot},
            {"snapshot", r.snapshot},
            {"changed", r.snapshot != r.snapshot_before}};
  }

  std::string cmd_ = "all", lags_ = "0", mode_ = "causal", na_ = "drop", dtype_ = "float32", table_;
  std::string buckets_;
  std::string prices_ = "served", skip_ = "holiday_copy";
  std::string codec_ = "zstd", encoding_ = "byte-stream-split";
  std::vector<std::string> set_;
  bool reload_ = false, fillna_ = false;
};

}  // namespace

std::unique_ptr<Command> make_transform() { return std::make_unique<TransformCommand>(); }

}  // namespace signals::cli
