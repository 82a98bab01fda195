#include "lake/tables/mapping.h"

#include <fmt/format.h>

#include <algorithm>

#include "lake/parquet.h"

namespace signals {
namespace {

// The columns that hold text, and those that hold dates, as the schema orders them.
constexpr std::array kTexts = {&MappingRow::numerai_ticker, &MappingRow::composite_figi,
                               &MappingRow::country,        &MappingRow::yahoo,
                               &MappingRow::rule,           &MappingRow::currency,
                               &MappingRow::exchange};
constexpr std::array kDates = {&MappingRow::first_bar, &MappingRow::last_bar,
                               &MappingRow::valid_from, &MappingRow::valid_to,
                               &MappingRow::verified_on};

struct MappingBuilders {
  std::array<::arrow::StringBuilder, kTexts.size()> texts;
  std::array<::arrow::Date32Builder, kDates.size()> dates;
  ::arrow::StringBuilder status;

  ::arrow::Status append(const MappingRow& row) {
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
      const std::string& text = row.*kTexts[i];
      ARROW_RETURN_NOT_OK(text.empty() ? texts[i].AppendNull() : texts[i].Append(text));
    }
    for (std::size_t i = 0; i < kDates.size(); ++i) {
      const auto& date = row.*kDates[i];
      ARROW_RETURN_NOT_OK(
          date ? dates[i].Append(static_cast<std::int32_t>(date->time_since_epoch().count()))
               : dates[i].AppendNull());
    }
    return status.Append(info_of(row.status).name);
  }

  ::arrow::Result<Arrays> finish() {
    Arrays arrays;
    const auto add = [&](::arrow::ArrayBuilder& builder) {
      std::shared_ptr<::arrow::Array> array;
      auto done = builder.Finish(&array);
      arrays.push_back(std::move(array));
      return done;
    };
    for (auto& builder : texts) ARROW_RETURN_NOT_OK(add(builder));
    for (auto& builder : dates) ARROW_RETURN_NOT_OK(add(builder));
    ARROW_RETURN_NOT_OK(add(status));
    return arrays;
  }
};

Result<DataFile> write_rows(ParquetFile& file, std::span<const MappingRow> rows) {
  MappingBuilders builders;
  const auto failed = [](const ::arrow::Status& status) {
    return tl::unexpected(to_error(ErrorCode::store_write, kMappingTable, status));
  };
  for (const auto& row : rows) {
    if (const auto status = builders.append(row); !status.ok()) return failed(status);
  }
  const auto arrays = builders.finish();
  if (!arrays.ok()) return failed(arrays.status());
  SIGNALS_TRY(file.write(*arrays));
  return file.close();
}

Result<DataFile> write_file(const Table& table, std::span<const MappingRow> rows) {
  SIGNALS_ASSIGN(auto file, ParquetFile::create(table, {}, arrow_schema(mapping_schema())));
  return write_rows(*file, rows);
}

Result<void> read_file_rows(const Table& table, const DataFile& file,
                            std::vector<MappingRow>& rows) {
  SIGNALS_ASSIGN(const auto columns, read_columns(table, file, mapping_schema()));
  const std::int64_t count = columns.front()->length();
  for (std::int64_t i = 0; i < count; ++i) {
    MappingRow row;
    for (std::size_t k = 0; k < kTexts.size(); ++k) {
      const auto& array = static_cast<const ::arrow::StringArray&>(*columns[k]);
      if (!array.IsNull(i)) row.*kTexts[k] = array.GetString(i);
    }
    for (std::size_t k = 0; k < kDates.size(); ++k) {
      const auto& array = static_cast<const ::arrow::Date32Array&>(*columns[kTexts.size() + k]);
      if (!array.IsNull(i)) row.*kDates[k] = Date{std::chrono::days(array.Value(i))};
    }
    const std::string word = static_cast<const ::arrow::StringArray&>(*columns.back()).GetString(i);
    const auto status = find_mapping_status(word);
    if (!status) {
      return fail(ErrorCode::bad_metadata, fmt::format("{}: its status '{}' is not known",
                                                       table.store().uri(table.key(file)), word));
    }
    row.status = *status;
    rows.push_back(std::move(row));
  }
  return {};
}

}  // namespace

const std::vector<ColumnSpec>& mapping_schema() {
  static const std::vector<ColumnSpec> schema = {{"numerai_ticker", "string", true},
                                                 {"composite_figi", "string", true},
                                                 {"country", "string"},
                                                 {"yahoo", "string"},
                                                 {"rule", "string"},
                                                 {"currency", "string"},
                                                 {"exchange", "string"},
                                                 {"first_bar", "date"},
                                                 {"last_bar", "date"},
                                                 {"valid_from", "date"},
                                                 {"valid_to", "date"},
                                                 {"verified_on", "date"},
                                                 {"status", "string"}};
  return schema;
}

Result<std::vector<MappingRow>> read_mapping(const Table& table) {
  SIGNALS_ASSIGN(const TableState state, table.load());
  std::vector<MappingRow> rows;
  for (const auto& file : state.files) {
    SIGNALS_TRY(read_file_rows(table, file, rows));
  }
  return rows;
}

Result<void> write_mapping_file(ObjectStore& store, const std::string& key,
                                std::span<const MappingRow> rows) {
  SIGNALS_ASSIGN(auto sink, DataSink::create_at(store, key));
  SIGNALS_ASSIGN(auto file, ParquetFile::create(std::move(sink), arrow_schema(mapping_schema())));
  SIGNALS_TRY(write_rows(*file, rows));
  return {};
}

Result<bool> replace_mapping(const Table& table, std::span<const MappingRow> rows, Instant now) {
  SIGNALS_ASSIGN(const auto stored, read_mapping(table));
  if (std::ranges::equal(stored, rows)) return false;
  SIGNALS_TRY(table.commit(
      [&](const TableState&) -> Result<Change> {
        Change change;
        change.replace_all = true;
        change.schema = mapping_schema();
        change.summary = {{"command", "resolve"}};
        SIGNALS_ASSIGN(DataFile file, write_file(table, rows));
        change.added.push_back(std::move(file));
        return change;
      },
      now));
  return true;
}

}  // namespace signals
