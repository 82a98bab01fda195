// What a Parquet file's own statistics say of its columns, in the form that Iceberg keeps it.
#pragma once

#include "lake/table_state.h"

namespace parquet {
class FileMetaData;
}

namespace signals {

// Fills in rows, stats and dates of a data file. Files of many columns get no bounds of their
// floats: nobody looks for rows by these, and they would make manifests large.
void describe(const ::parquet::FileMetaData& written, DataFile& file);

}  // namespace signals
