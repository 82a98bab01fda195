#include "pipeline/published_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "net/sha256.h"

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
  SIGNALS_ASSIGN(const PublishedState state, published_state(store, table, folder));
  for (const char* file : {kLiveFile, kMappingFile, kCoverageFile}) {
    const auto named = state.hashes.find(file);
    if (named == state.hashes.end()) {
      SIGNALS_TRY(store.remove(to(file)));
      continue;
    }
    const auto there = store.read(to(file));
    if (there && sha256(*there) == named->second) continue;
    SIGNALS_ASSIGN(const std::string bytes, store.read(from(file)));
    SIGNALS_TRY(store.replace(to(file), bytes));
  }
  SIGNALS_ASSIGN(const std::string manifest, store.read(from(kManifestFile)));
  if (store.read(to(kManifestFile)).value_or("") == manifest) return {};
  return store.replace(to(kManifestFile), manifest);
}

Result<PublishedState> published_state(const ObjectStore& store, const std::string& table,
                                       const std::string& folder) {
  const std::string key =
      fmt::format("{}/{}{}{}", table, folder, folder.empty() ? "" : "/", kManifestFile);
  SIGNALS_ASSIGN(const std::string text, store.read(key));
  try {
    const auto json = nlohmann::json::parse(text);
    PublishedState state;
    state.d = json.at("d");
    if (json.at("live").is_object()) state.live_date = json["live"].at("date");
    state.degraded = json.at("degraded");
    const auto& newest = json.at("newest");
    state.members = newest.at("members");
    state.mapped = newest.at("mapped");
    state.rows = newest.at("rows");
    state.fresh = newest.value("fresh", std::int64_t{0});
    state.unsettled = newest.value("unsettled", std::int64_t{0});
    for (const auto& [file, about] : json.at("files").items()) {
      state.hashes[file] = about.at("sha256");
    }
    return state;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::bad_metadata, fmt::format("{}: {}", store.uri(key), error.what()));
  }
}

Result<std::string> live_obstacle(const ObjectStore& store, const std::string& table,
                                  const std::string& d, PublishedState& state) {
  auto found = published_state(store, table);
  if (!found) {
    if (found.error().code != ErrorCode::no_input) return tl::unexpected(found.error());
    return std::string("nothing is published yet");
  }
  state = std::move(*found);
  if (state.live_date.empty()) {
    return fmt::format("there is no live file: the data set was published as of {}", state.d);
  }
  if (state.live_date != d) return fmt::format("the live file is of {}", state.live_date);
  const auto bytes = store.read(fmt::format("{}/{}", table, kLiveFile));
  if (!bytes) return fmt::format("{} is not there", kLiveFile);
  if (sha256(*bytes) != state.hashes[kLiveFile]) {
    return fmt::format("{} is not the file that the manifest names", kLiveFile);
  }
  return std::string();
}

std::string live_date(const ObjectStore& store, const std::string& table) {
  return published_state(store, table).value_or(PublishedState{}).live_date;
}

}  // namespace signals
