// What a Parquet file's own statistics say of its columns, in the form that Iceberg keeps it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/result.h"
#include "lake/table.h"
#include "lake/table_state.h"

namespace parquet {
class FileMetaData;
}

namespace signals {

// Fills in rows, stats and dates of a data file. Files of many columns get no bounds of their
// floats: nobody looks for rows by these, and they would make manifests large.
void describe(const ::parquet::FileMetaData& written, DataFile& file);

// Calls `take` with the number of cells and of nulls of each column chunk of a data file; -1 where
// the file does not say.
using TakeNulls =
    std::function<void(const std::string& column, std::int64_t values, std::int64_t nulls)>;
Result<void> each_chunk_nulls(const Table& table, const DataFile& file, const TakeNulls& take);

}  // namespace signals
