// AWS Glue's data catalog, where Athena and other engines find the tables of a lake in a bucket by
// name. It only points to what the lake holds; signals itself never reads a table by it.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "lake/table.h"
#include "net/signed_http.h"

namespace signals {

struct GlueSettings {
  std::string database;
  std::string url{};            // of the service
  std::string region{};         // empty: that of the bucket
  std::string ca_file{};        // certificates to trust
  std::string endpoint_from{};  // which variable named the service, for errors
};

// Of a lake and the environment: AWS_ENDPOINT_URL_GLUE, AWS_ENDPOINT_URL, AWS_REGION. Usage error
// for a lake that is not in a bucket, or what cannot be a database's name. Asks nobody.
Result<GlueSettings> glue_settings(const std::string& lake, const std::string& database,
                                   const StoreOptions& options);

struct GlueEntry {
  std::string table;
  std::string metadata_location;
  bool changed = false;
};

// How often an entry that others keep changing is tried.
inline constexpr int kGlueTries = 20;

class GlueCatalog {
 public:
  // The keys are asked for before each request: those of a role change while a run goes on.
  using Keys = std::function<Result<SigningKeys>()>;

  GlueCatalog(GlueSettings settings, Keys keys, std::shared_ptr<SignedHttp> http, Clock& clock,
              std::function<std::uint64_t()> chance);

  // Makes the entry of a table say what the lake says now. An entry that another run changed
  // meanwhile is read again, with the lake: an older state never replaces a newer one. Errors:
  // catalog_refused, catalog_race, unreachable, those of reading the lake.
  Result<GlueEntry> enter(const Table& table);

 private:
  struct Answer {
    int status = 0;  // of HTTP; 0: no reply
    std::string type, message, body, access_key;
  };
  Result<Answer> ask(const std::string& operation, const nlohmann::json& request);
  [[nodiscard]] Error error_of(const std::string& operation, const std::string& table,
                               const Answer& answer) const;
  void pause(int failures);

  GlueSettings settings_;
  Keys keys_;
  std::shared_ptr<SignedHttp> http_;
  Clock& clock_;
  std::function<std::uint64_t()> chance_;
};

// Enters every table of a lake, in the order of their names, with the keys that open its bucket.
Result<std::vector<GlueEntry>> enter_in_glue(const std::string& lake,
                                             const std::shared_ptr<ObjectStore>& store,
                                             const std::string& database,
                                             const StoreOptions& options);

}  // namespace signals
