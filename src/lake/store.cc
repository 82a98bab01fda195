#include "lake/store.h"

#include <arrow/config.h>
#include <fmt/format.h>

#include "lake/s3_files.h"

namespace signals {

Result<std::shared_ptr<ObjectStore>> open_store(const std::string& uri,
                                                const StoreOptions& options) {
  if (uri.empty()) return fail(ErrorCode::usage, "--lake: it is empty");
  const auto colon = uri.find(':');
  const std::string scheme = colon == std::string::npos ? "" : uri.substr(0, colon);
  // A path may hold a colon after a slash: only letters and digits before it make a scheme.
  if (scheme.empty() || scheme.find('/') != std::string::npos) return make_local_store(uri);
  std::string rest = uri.substr(colon + 1);
  if (rest.starts_with("//")) rest.erase(0, 2);
  if (rest.empty()) return fail(ErrorCode::usage, fmt::format("--lake {}: it names no place", uri));
#define SIGNALS_STORE(name, factory, doc) \
  if (scheme == (name)) return factory(rest, options);
#include "lake/stores.def"
#undef SIGNALS_STORE
  std::string known;
#define SIGNALS_STORE(name, factory, doc) known += std::string(known.empty() ? "" : ", ") + (name);
#include "lake/stores.def"
#undef SIGNALS_STORE
  return fail(ErrorCode::usage,
              fmt::format("--lake {}: no store for '{}:' (known: a path, {})", uri, scheme, known));
}

void close_stores() { end_s3(); }

std::string arrow_version() { return ::arrow::GetBuildInfo().version_string; }

}  // namespace signals
