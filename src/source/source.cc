#include "source/source.h"

#include <fmt/format.h>

namespace signals {

Result<std::unique_ptr<Source>> open_source(const std::string& name, SourceOptions options) {
  const std::string kind = name.substr(0, name.find(':'));
  options.location = kind.size() < name.size() ? name.substr(kind.size() + 1) : "";
#define SIGNALS_SOURCE(id, factory, form, doc) \
  if (kind == (id)) return factory(options);
#include "source/sources.def"
#undef SIGNALS_SOURCE
  std::string known;
#define SIGNALS_SOURCE(id, factory, form, doc) \
  known += std::string(known.empty() ? "" : ", ") + (form);
#include "source/sources.def"
#undef SIGNALS_SOURCE
  return fail(ErrorCode::usage,
              fmt::format("--source {}: no such source (known: {})", name, known));
}

}  // namespace signals
