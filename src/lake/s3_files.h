// Arrow's S3 file system as this program uses it: what is read in parts, written piece by piece, or
// listed.
#pragma once

#include <arrow/filesystem/s3fs.h>

#include <memory>

#include "core/result.h"
#include "lake/s3_error.h"
#include "lake/s3_settings.h"
#include "net/signed_http.h"

namespace signals {

// What makes requests possible; the provider of keys renews them.
struct S3Connection {
  S3Settings settings;  // `region` is known
  arrow::fs::S3Options options;
  std::shared_ptr<arrow::fs::S3FileSystem> files;
};

// Asks the server once, with the present keys: store_refused if the bucket is not there, not ours,
// or there are no keys; unreachable.
Result<std::shared_ptr<const S3Connection>> connect_to_s3(const S3Settings& settings);

// The AWS library's own threads end here; harmless where it was never asked for anything.
void end_s3();

// The keys as they are now; store_refused if there are none.
Result<SigningKeys> present_keys(const S3Connection& connection);

// The error of an operation of Arrow's; no_input where there is no such object.
Error s3_error_of_arrow(S3Doing doing, const S3Connection& connection, const std::string& key,
                        const arrow::Status& status);

}  // namespace signals
