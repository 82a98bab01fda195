#include "pipeline/published_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/sha256.h"

namespace signals {

PublishedFolder::~PublishedFolder() {
  if (kept_) return;
  for (const auto& [file, hash] : hashes_) (void)store_->remove(key(file));
}

std::string PublishedFolder::key(std::string_view file) const {
  return fmt::format("{}/{}", folder_, file);
}

Result<void> PublishedFolder::note(const std::string& file) {
  SIGNALS_ASSIGN(const std::string bytes, store_->read(key(file)));
  hashes_[file] = sha256(bytes);
  return {};
}

Result<void> PublishedFolder::write(const std::string& file, std::string_view bytes) {
  SIGNALS_TRY(store_->replace(key(file), bytes));
  hashes_[file] = sha256(bytes);
  return {};
}

Result<void> copy_published(ObjectStore& store, const std::string& table,
                            const std::string& folder) {
  const auto from = [&](const char* file) { return fmt::format("{}/{}/{}", table, folder, file); };
  const auto to = [&](const char* file) { return fmt::format("{}/{}", table, file); };
  SIGNALS_ASSIGN(const std::string manifest, store.read(from(kManifestFile)));
  if (store.read(to(kManifestFile)).value_or("") == manifest) return {};
  for (const char* file : {kLiveFile, kMappingFile, kCoverageFile}) {
    const auto bytes = store.read(from(file));
    if (bytes) {
      SIGNALS_TRY(store.replace(to(file), *bytes));
    } else if (bytes.error().code == ErrorCode::no_input) {
      SIGNALS_TRY(store.remove(to(file)));
    } else {
      return tl::unexpected(bytes.error());
    }
  }
  return store.replace(to(kManifestFile), manifest);
}

std::string live_date(const ObjectStore& store, const std::string& table) {
  const auto text = store.read(fmt::format("{}/{}", table, kManifestFile));
  if (!text) return {};
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("live") || !json["live"].is_object()) return {};
  return json["live"].value("date", "");
}

}  // namespace signals
