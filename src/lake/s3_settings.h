// Where a lake of `s3://bucket/prefix` is: names, server, addresses. Pure, but for the environment
// that is handed in.
#pragma once

#include <initializer_list>
#include <string>

#include "core/result.h"
#include "lake/store.h"

namespace signals {

// The address of a server.
struct Endpoint {
  std::string scheme{}, host{};  // the host with its port; empty: AWS's own
  std::string from{};            // which option or variable named it, for errors
};

// The address by the first of these variables that is set. Usage error for what is none.
Result<Endpoint> endpoint_of(const StoreOptions& options,
                             std::initializer_list<const char*> variables);

struct S3Settings {
  std::string bucket{};
  std::string prefix{};          // of every key; without slashes at its ends, perhaps empty
  std::string scheme{}, host{};  // of the server, with its port; empty: AWS
  std::string region{};          // empty: as the profile says
  std::string ca_file{};         // certificates to trust, of AWS_CA_BUNDLE
  std::string endpoint_from{};   // which option or variable named the server, for errors
};

// `place` is what follows `s3://`. Usage error for one that names no bucket or no address.
Result<S3Settings> s3_settings(const std::string& place, const StoreOptions& options);

// "bucket/prefix/key": what Arrow calls a path.
std::string s3_path(const S3Settings& settings, std::string_view key);

// "s3://bucket/prefix/key".
std::string s3_uri(const S3Settings& settings, std::string_view key);

// The server's address, for people.
std::string s3_endpoint(const S3Settings& settings);

// Where HTTP finds an object.
std::string s3_object_url(const S3Settings& settings, std::string_view key);

}  // namespace signals
