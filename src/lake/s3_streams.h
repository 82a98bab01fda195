// Arrow's streams of objects in a bucket, with errors of ours.
#pragma once

#include <arrow/io/interfaces.h>

#include <functional>
#include <memory>

#include "core/result.h"

namespace signals {

using ExplainStatus = std::function<Error(const arrow::Status&)>;

// Dropped without Close() it leaves nothing, where Arrow's would complete the upload: a part of a
// file, under its name.
std::shared_ptr<arrow::io::OutputStream> whole_or_nothing(
    std::shared_ptr<arrow::io::OutputStream> stream, ExplainStatus explain);

std::shared_ptr<arrow::io::RandomAccessFile> explained(
    std::shared_ptr<arrow::io::RandomAccessFile> file, ExplainStatus explain);

}  // namespace signals
