// What is entered in AWS Glue, and what is done about its answers, by a catalog of the test's own.
#include "lake/glue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "lake/glue_table.h"
#include "lake/s3_requests.h"
#include "lake/tables/runs.h"

namespace signals {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr Instant kNow{std::chrono::seconds(1'666'393'200)};

class FakeClock final : public Clock {
 public:
  std::chrono::milliseconds elapsed() override { return now; }
  void sleep(std::chrono::milliseconds time) override { now += time; }
  std::chrono::milliseconds now{0};
};

HttpReply refusal(int status, const std::string& type) {
  return {status, Json{{"__type", "com.amazonaws.glue#" + type}, {"Message", "said"}}.dump()};
}

// Keeps entries as Glue does: an update names the version it was made from.
class FakeGlue final : public SignedHttp {
 public:
  Result<HttpReply> send(const SignedRequest& request) override {
    const std::string target = request.headers.at(1);
    const std::string operation = target.substr(target.rfind('.') + 1);
    asked.push_back(operation);
    last = Json::parse(request.body);
    if (!faults.empty()) {
      const auto fault = faults.front();
      faults.pop_front();
      if (auto reply = fault()) return std::move(*reply);
    }
    auto reply = carry_out(operation);
    if (lose_answers_of == operation) {
      lose_answers_of.clear();
      return fail(ErrorCode::unreachable, "connection reset");
    }
    return reply;
  }

  HttpReply carry_out(const std::string& operation) {
    if (last.at("DatabaseName") != "lakes") return refusal(400, "EntityNotFoundException");
    if (operation == "GetTable") {
      const auto found = entries.find(last.at("Name"));
      if (found == entries.end()) return refusal(400, "EntityNotFoundException");
      return {200, Json{{"Table", found->second}}.dump()};
    }
    const Json& input = last.at("TableInput");
    const std::string name = input.at("Name");
    const bool exists = entries.contains(name);
    if (operation == "CreateTable" && exists) return refusal(400, "AlreadyExistsException");
    if (operation == "UpdateTable" && last.at("VersionId") != entries.at(name).at("VersionId")) {
      return refusal(400, "ConcurrentModificationException");
    }
    put(input);
    return {200, "{}"};
  }

  void put(Json input) {
    input["VersionId"] = std::to_string(++version);
    entries[input.at("Name")] = input;
  }

  std::map<std::string, Json> entries;
  std::deque<std::function<std::optional<HttpReply>()>> faults;
  std::string lose_answers_of;
  std::vector<std::string> asked;
  Json last;
  int version = 0;
};

class GlueTest : public testing::Test {
 protected:
  GlueTest() { commit(); }

  void commit() {
    ASSERT_TRUE(
        add_run(table_, {.at = kNow, .command = "load", .outcome = "done", .counts = "{}"}));
  }

  Result<GlueEntry> enter(const std::string& database = "lakes") {
    GlueCatalog catalog(
        {.database = database, .region = "eu-west-1"},
        [] {
          return SigningKeys{"AKID", "SECRET", ""};
        },
        server_, clock_, [] { return std::uint64_t{41}; });
    return catalog.enter(table_);
  }

  [[nodiscard]] std::string entered() const {
    return server_->entries.at("runs").at("Parameters").at("metadata_location");
  }
  [[nodiscard]] std::string metadata(int version) const {
    return table_.store().uri("runs/metadata/v" + std::to_string(version) + ".metadata.json");
  }

  std::shared_ptr<ObjectStore> store_ = make_memory_store("lake");
  Table table_{store_, kRunsTable};
  std::shared_ptr<FakeGlue> server_ = std::make_shared<FakeGlue>();
  FakeClock clock_;
};

TEST_F(GlueTest, ATableIsCreatedThenMovedOnThenLeftAlone) {
  const auto created = enter();
  ASSERT_TRUE(created) << created.error().what;
  EXPECT_TRUE(created->changed);
  EXPECT_EQ(entered(), metadata(1));
  const Json entry = server_->entries.at("runs");
  EXPECT_EQ(entry.at("TableType"), "EXTERNAL_TABLE");
  EXPECT_EQ(entry.at("Parameters").at("table_type"), "ICEBERG");
  EXPECT_EQ(entry.at("StorageDescriptor").at("Location"), store_->uri("runs"));
  std::map<std::string, std::string> types;
  for (const auto& column : entry.at("StorageDescriptor").at("Columns")) {
    types[column.at("Name")] = column.at("Type");
  }
  EXPECT_EQ(types.at("command"), "string");
  EXPECT_EQ(types.at("seconds"), "double");
  EXPECT_EQ(types.at("at"), "timestamp");

  commit();
  ASSERT_TRUE(enter());
  EXPECT_EQ(entered(), metadata(2));
  EXPECT_EQ(server_->entries.at("runs").at("Parameters").at("previous_metadata_location"),
            metadata(1));
  EXPECT_EQ(server_->last.at("SkipArchive"), true);

  server_->asked.clear();
  const auto again = enter();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(server_->asked, std::vector<std::string>{"GetTable"});
}

TEST_F(GlueTest, WhatADeploymentPutThereStays) {
  server_->put({{"Name", "runs"},
                {"Description", "the runs"},
                {"Parameters", {{"classification", "parquet"}}},
                {"StorageDescriptor", {{"Compressed", true}, {"Columns", Json::array()}}}});
  ASSERT_TRUE(enter());
  const Json entry = server_->entries.at("runs");
  EXPECT_EQ(entry.at("Description"), "the runs");
  EXPECT_EQ(entry.at("Parameters").at("classification"), "parquet");
  EXPECT_EQ(entry.at("StorageDescriptor").at("Compressed"), true);
  EXPECT_FALSE(entry.at("StorageDescriptor").at("Columns").empty());
}

TEST_F(GlueTest, ALostRaceReadsTheLakeAgain) {
  ASSERT_TRUE(enter());
  commit();
  // After our GetTable another run commits, and enters that.
  server_->faults = {[] { return std::nullopt; },
                     [&]() -> std::optional<HttpReply> {
                       commit();
                       Json theirs = server_->entries.at("runs");
                       theirs["Parameters"]["metadata_location"] = metadata(3);
                       server_->put(theirs);
                       return std::nullopt;
                     }};
  const auto result = enter();
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_FALSE(result->changed) << "theirs says it already, and it is newer than what we had";
  EXPECT_EQ(entered(), metadata(3));
}

TEST_F(GlueTest, TheSameWithATableThatAnotherCreates) {
  server_->faults = {[] { return std::nullopt; },
                     [&]() -> std::optional<HttpReply> {
                       server_->put({{"Name", "runs"}});
                       return std::nullopt;
                     }};
  const auto result = enter();
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(entered(), metadata(1));
  EXPECT_EQ(server_->asked.back(), "UpdateTable");
}

TEST_F(GlueTest, RacesEnd) {
  ASSERT_TRUE(enter());
  commit();
  for (int i = 0; i < kGlueTries; ++i) {
    server_->faults.emplace_back([] { return std::nullopt; });
    server_->faults.emplace_back([] { return refusal(400, "ConcurrentModificationException"); });
  }
  EXPECT_EQ(enter().error().code, ErrorCode::catalog_race);
  EXPECT_EQ(entered(), metadata(1));
}

TEST_F(GlueTest, AnAnswerThatGotLostIsMadeUpFor) {
  for (const char* operation : {"CreateTable", "UpdateTable"}) {
    server_->lose_answers_of = operation;
    const auto result = enter();
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_TRUE(server_->lose_answers_of.empty());
    commit();
  }
  EXPECT_EQ(entered(), metadata(2));
}

TEST_F(GlueTest, WhatPassesIsTriedAgain) {
  server_->faults = {[] { return refusal(400, "ThrottlingException"); },
                     [] { return refusal(500, "InternalServiceException"); }};
  ASSERT_TRUE(enter());
  EXPECT_EQ(clock_.now.count(), 2 * 42);
  server_->faults.assign(kS3Tries, [] { return refusal(503, ""); });
  EXPECT_EQ(enter().error().code, ErrorCode::unreachable);
}

TEST_F(GlueTest, RefusalsSayWhatToDo) {
  EXPECT_THAT(enter("nowhere").error().what, HasSubstr("has no such database"));
  EXPECT_EQ(enter("nowhere").error().code, ErrorCode::catalog_refused);
  server_->faults = {[] { return refusal(400, "AccessDeniedException"); }};
  const auto error = enter().error();
  EXPECT_EQ(error.code, ErrorCode::catalog_refused);
  EXPECT_THAT(error.what, HasSubstr("the access key AKID may not do glue:GetTable"));
  EXPECT_EQ(error.what.find("SECRET"), std::string::npos);
}

StoreOptions variables(std::map<std::string, std::string> values) {
  return {.s3_endpoint = {}, .environment = [values = std::move(values)](const std::string& name) {
            const auto found = values.find(name);
            return found == values.end() ? std::nullopt : std::optional(found->second);
          }};
}

TEST(GlueSettingsTest, TheAddressAndTheRegion) {
  const auto url = [](std::map<std::string, std::string> values) {
    return glue_settings("s3://bucket/lake", "lakes", variables(std::move(values)))->url;
  };
  EXPECT_EQ(url({}), "");  // that of the region, which may be known only later
  EXPECT_EQ(url({{"AWS_ENDPOINT_URL", "http://all:1"}}), "http://all:1/");
  EXPECT_EQ(url({{"AWS_ENDPOINT_URL", "http://all"}, {"AWS_ENDPOINT_URL_GLUE", "http://glue"}}),
            "http://glue/");
  EXPECT_EQ(url({{"AWS_ENDPOINT_URL_S3", "http://s3"}}), "");
  const auto settings =
      glue_settings("s3://bucket", "lakes", variables({{"AWS_REGION", "eu-west-1"}}));
  EXPECT_EQ(settings->region, "eu-west-1");
}

TEST(GlueSettingsTest, WhatCannotBe) {
  EXPECT_EQ(glue_settings("./lake", "lakes", {}).error().code, ErrorCode::usage);
  EXPECT_EQ(glue_settings("s3://bucket", "Lakes!", {}).error().code, ErrorCode::usage);
  EXPECT_EQ(glue_settings("s3://bucket", "lakes", variables({{"AWS_ENDPOINT_URL", "nohost"}}))
                .error()
                .code,
            ErrorCode::usage);
}

}  // namespace
}  // namespace signals
