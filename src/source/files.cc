// A folder of CSV files, one per ticker: the way to bring one's own data.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/text.h"
#include "source/csv.h"
#include "source/source.h"

namespace signals {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (file) bytes << file.rdbuf();
  if (!file) {
    return fail(ErrorCode::no_input,
                fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  }
  return std::move(bytes).str();
}

class FilesSource final : public Source {
 public:
  FilesSource(const SourceOptions& options, std::map<std::string, fs::path> files)
      : stop_(options.stop), files_(std::move(files)) {}

  [[nodiscard]] Result<std::vector<std::string>> tickers() const override {
    std::vector<std::string> names;
    for (const auto& [ticker, path] : files_) names.push_back(ticker);
    return names;
  }

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
    SIGNALS_ASSIGN(const std::string bytes, read_file(found->second));
    return read_csv(bytes, found->second.string());
  }

  const std::atomic<bool>* stop_;
  std::map<std::string, fs::path> files_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_files_source(const SourceOptions& options) {
  if (options.location.empty()) {
    return fail(ErrorCode::usage, "--source files: name the folder, as in --source files:DIR");
  }
  std::error_code error;
  std::map<std::string, fs::path> files;
  for (fs::directory_iterator it(options.location, error), end; !error && it != end;
       it.increment(error)) {
    const std::string ending = it->path().extension().string();
    if (ending == ".csv" || ending == ".CSV") files.emplace(it->path().stem().string(), it->path());
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
