#include "lake/s3_settings.h"

#include <gtest/gtest.h>

#include <map>

namespace signals {
namespace {

StoreOptions options(std::map<std::string, std::string> variables, std::string endpoint = {}) {
  return {
      std::move(endpoint),
      [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      }};
}

TEST(S3SettingsTest, TheOptionComesBeforeTheVariables) {
  const std::map<std::string, std::string> both = {{"AWS_ENDPOINT_URL", "http://all"},
                                                   {"AWS_ENDPOINT_URL_S3", "http://s3:81/"}};
  EXPECT_EQ(s3_settings("bucket", options(both, "https://option"))->host, "option");
  EXPECT_EQ(s3_settings("bucket", options(both, "https://option"))->scheme, "https");
  EXPECT_EQ(s3_settings("bucket", options(both))->host, "s3:81");
  EXPECT_EQ(s3_settings("bucket", options({{"AWS_ENDPOINT_URL", "HTTP://all"}}))->host, "all");
  EXPECT_EQ(s3_settings("bucket", {})->host, "");
}

TEST(S3SettingsTest, TheRegion) {
  EXPECT_EQ(s3_settings("bucket", options({{"AWS_DEFAULT_REGION", "a"}}))->region, "a");
  EXPECT_EQ(
      s3_settings("bucket", options({{"AWS_DEFAULT_REGION", "a"}, {"AWS_REGION", "b"}}))->region,
      "b");
  EXPECT_EQ(s3_settings("bucket", options({{"AWS_REGION", ""}}))->region, "");
}

TEST(S3SettingsTest, WhatIsNoAddress) {
  for (const char* url : {"127.0.0.1:9000", "ftp://host", "http://", "http://host/path",
                          "http://user@host", "http://host?x"}) {
    const auto settings = s3_settings("bucket", options({}, url));
    ASSERT_FALSE(settings) << url;
    EXPECT_EQ(settings.error().code, ErrorCode::usage);
    EXPECT_TRUE(settings.error().what.starts_with("--s3-endpoint ")) << settings.error().what;
  }
  for (const char* url : {"http://host/?token=hidden", "http://me:hidden@host"}) {
    const auto secret = s3_settings("bucket", options({}, url));
    EXPECT_EQ(secret.error().what.find("hidden"), std::string::npos);
  }
}

TEST(S3SettingsTest, WhatIsNoPlace) {
  for (const char* place : {"", "ab", "/x", "buck et", "bucket//x", "bucket/x/../y", "bucket/."}) {
    EXPECT_EQ(s3_settings(place, {}).error().code, ErrorCode::usage) << place;
  }
  EXPECT_EQ(s3_settings("bucket/a/b//", {})->prefix, "a/b");
}

TEST(S3SettingsTest, WhereAnObjectIs) {
  auto aws = s3_settings("bucket/some lake", options({{"AWS_REGION", "eu-west-1"}})).value();
  EXPECT_EQ(s3_object_url(aws, "t/^GSPC=F %20"),
            "https://bucket.s3.eu-west-1.amazonaws.com/some%20lake/t/%5EGSPC%3DF%20%2520");
  EXPECT_EQ(s3_uri(aws, "t/^GSPC"), "s3://bucket/some lake/t/^GSPC");
  EXPECT_EQ(s3_uri(aws, ""), "s3://bucket/some lake");
  aws.region = "cn-north-1";
  EXPECT_EQ(s3_object_url(aws, "a"), "https://bucket.s3.cn-north-1.amazonaws.com.cn/some%20lake/a");
  const auto dots = s3_settings("my.bucket", options({{"AWS_REGION", "eu-west-1"}})).value();
  EXPECT_EQ(s3_object_url(dots, "a"), "https://s3.eu-west-1.amazonaws.com/my.bucket/a");
  const auto own = s3_settings("bucket", options({}, "http://127.0.0.1:7070")).value();
  EXPECT_EQ(s3_object_url(own, "a/b"), "http://127.0.0.1:7070/bucket/a/b");
}

}  // namespace
}  // namespace signals
