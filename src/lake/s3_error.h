// What an object store's refusals mean, and what its user can do.
#pragma once

#include <string>

#include "core/result.h"
#include "lake/s3_settings.h"

namespace signals {

struct S3Refusal {
  int status = 0;  // of HTTP; 0: no reply
  // As S3 calls it ("NoSuchBucket") or Arrow does ("NO_SUCH_BUCKET"); may be empty.
  std::string code{};
  std::string message{};  // of the server, or of the network
  std::string region{};   // of the bucket, when the server says it is another one
};

// The refusal in a reply's XML.
S3Refusal s3_refusal(int status, const std::string& body);

// The refusal in an error of Arrow's.
S3Refusal s3_refusal_of_arrow(const std::string& message);

// Whether the same request may succeed later: no reply, a server that fails or has too much to do.
bool is_passing(const S3Refusal& refusal);

enum class S3Doing { read, write, list };

// The error of a request: `unreachable` for what passes, else store_refused, which names keys,
// bucket and server; store_read or store_write for the rest.
Error s3_error(S3Doing doing, const S3Settings& settings, const std::string& key,
               const std::string& access_key, const S3Refusal& refusal);

}  // namespace signals
