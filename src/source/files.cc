// A folder of CSV files, one per ticker: the way to bring one's own data.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/file.h"
#include "core/text.h"
#include "source/csv.h"
#include "source/source.h"

namespace signals {
namespace {

namespace fs = std::filesystem;

class FilesSource final : public Source {
 public:
  // All files of a ticker: more than one cannot be told apart.
  using Files = std::map<std::string, std::vector<fs::path>>;

  FilesSource(const SourceOptions& options, Files files)
      : stop_(options.stop), files_(std::move(files)) {}

  [[nodiscard]] Result<std::vector<std::string>> tickers() const override {
    std::vector<std::string> names;
    for (const auto& [ticker, paths] : files_) names.push_back(ticker);
    return names;
  }

  [[nodiscard]] bool remote() const override { return false; }

  FetchEnd fetch(std::span<const Query> queries, const Sink& sink) override {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (stop_ != nullptr && stop_->load()) return FetchEnd::stopped;
      if (!sink(i, history(queries[i].ticker))) return FetchEnd::stopped;
    }
    return FetchEnd::complete;
  }

 private:
  [[nodiscard]] Result<History> history(const std::string& ticker) const {
    if (!is_plain_text(ticker)) {
      return fail(ErrorCode::no_input, fmt::format("{}: the file's name is no ticker (not UTF-8)",
                                                   one_line(ticker, 60)));
    }
    const auto found = files_.find(ticker);
    if (found == files_.end()) {
      return fail(ErrorCode::unknown_ticker, fmt::format("{}: no such file", ticker));
    }
    if (found->second.size() > 1) {
      return fail(ErrorCode::no_input,
                  fmt::format("{}: more than one file: {} and {}", ticker,
                              found->second[0].string(), found->second[1].string()));
    }
    const std::string path = found->second.front().string();
    SIGNALS_ASSIGN(const std::string bytes, read_file(path));
    return read_csv(bytes, path);
  }

  const std::atomic<bool>* stop_;
  Files files_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_files_source(const SourceOptions& options) {
  if (options.location.empty()) {
    return fail(ErrorCode::usage, "--source files: name the folder, as in --source files:DIR");
  }
  std::error_code error;
  FilesSource::Files files;
  for (fs::directory_iterator it(options.location, error), end; !error && it != end;
       it.increment(error)) {
    const std::string ending = it->path().extension().string();
    if (ending == ".csv" || ending == ".CSV")
      files[it->path().stem().string()].push_back(it->path());
  }
  if (error) {
    return fail(ErrorCode::no_input,
                fmt::format("cannot read folder {}: {}", options.location, error.message()));
  }
  if (files.empty()) {
    return fail(ErrorCode::no_input, fmt::format("no .csv file in {}", options.location));
  }
  return std::make_unique<FilesSource>(options, std::move(files));
}

}  // namespace signals
