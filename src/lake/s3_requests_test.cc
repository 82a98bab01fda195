// What is done about answers that an S3 server gives, or does not, by a server of the test's own.
#include "lake/s3_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

namespace signals {
namespace {

using testing::HasSubstr;

class FakeClock final : public Clock {
 public:
  std::chrono::milliseconds elapsed() override { return now; }
  void sleep(std::chrono::milliseconds time) override { now += time; }
  std::chrono::milliseconds now{0};
};

enum class Fault {
  none,
  lost_before,  // it never arrives
  lost_after,   // it is carried out, and the answer does not come
  busy,         // 503
  broken,       // 500 after it was carried out
  conflict,     // 409
  forbidden,    // 403
  expired,      // 400, of keys
};

HttpReply refusal(int status, const char* code) {
  return {status, std::string("<Error><Code>") + code + "</Code><Message>said</Message></Error>"};
}

class FakeS3 final : public SignedHttp {
 public:
  Result<HttpReply> send(const SignedRequest& request) override {
    asked.push_back(request.method);
    ids.push_back(request.keys.id);
    Fault fault = Fault::none;
    if (!faults.empty()) {
      fault = faults.front();
      faults.pop_front();
    }
    switch (fault) {
      case Fault::lost_before:
        return fail(ErrorCode::unreachable, "connection reset");
      case Fault::lost_after:
        (void)carry_out(request);
        return fail(ErrorCode::unreachable, "connection reset");
      case Fault::busy:
        return refusal(503, "SlowDown");
      case Fault::broken:
        (void)carry_out(request);
        return refusal(500, "InternalError");
      case Fault::conflict:
        return refusal(409, "ConditionalRequestConflict");
      case Fault::forbidden:
        return refusal(403, "AccessDenied");
      case Fault::expired:
        return refusal(400, "ExpiredToken");
      case Fault::none:
        break;
    }
    return carry_out(request);
  }

  HttpReply carry_out(const SignedRequest& request) {
    const auto found = objects.find(request.url);
    if (request.method == "GET") {
      return found == objects.end() ? refusal(404, "NoSuchKey") : HttpReply{200, found->second};
    }
    if (request.method == "DELETE") {
      objects.erase(request.url);
      return {204, ""};
    }
    if (request.only_if_absent && found != objects.end()) return refusal(412, "PreconditionFailed");
    objects[request.url] = request.body;
    return {200, ""};
  }

  std::deque<Fault> faults;
  std::vector<std::string> asked, ids;
  std::map<std::string, std::string> objects;
};

class S3RequestsTest : public testing::Test {
 protected:
  static constexpr const char* kUrl = "http://server/bucket/t/v1";

  S3RequestsTest()
      : requests_(
            {.bucket = "bucket", .scheme = "http", .host = "server", .region = "us-east-1"},
            [this]() -> Result<SigningKeys> {
              if (keys_.size() > 1) {
                const std::string id = keys_.front();
                keys_.pop_front();
                return SigningKeys{id, "SECRET", ""};
              }
              return SigningKeys{keys_.front(), "SECRET", ""};
            },
            server_, clock_, [] { return std::uint64_t{41}; }) {}

  Result<void> put(const std::string& bytes = "mine") {
    return requests_.put_if_absent("t/v1", bytes);
  }

  std::shared_ptr<FakeS3> server_ = std::make_shared<FakeS3>();
  FakeClock clock_;
  std::deque<std::string> keys_ = {"AKID"};
  S3Requests requests_;
};

TEST_F(S3RequestsTest, OnePutDecides) {
  ASSERT_TRUE(put());
  EXPECT_EQ(put("theirs").error().code, ErrorCode::already_exists);
  EXPECT_EQ(server_->objects[kUrl], "mine");
}

TEST_F(S3RequestsTest, WhatPassesIsTriedAgainAfterAPause) {
  for (const Fault fault : {Fault::lost_before, Fault::busy, Fault::conflict}) {
    server_->objects.clear();
    server_->asked.clear();
    clock_.now = std::chrono::milliseconds(0);
    server_->faults = {fault, fault, fault};
    ASSERT_TRUE(put());
    EXPECT_EQ(server_->asked.size(), 4U);
    EXPECT_EQ(clock_.now.count(), 3 * 42);
  }
}

TEST_F(S3RequestsTest, PausesGrowAndEnd) {
  EXPECT_EQ(s3_pause_bound(0).count(), 250);
  EXPECT_EQ(s3_pause_bound(3).count(), 2000);
  server_->faults.assign(100, Fault::busy);
  EXPECT_EQ(requests_.read("t/v1").error().code, ErrorCode::unreachable);
  EXPECT_EQ(server_->asked.size(), static_cast<std::size_t>(kS3Tries));
}

TEST_F(S3RequestsTest, APutWhoseAnswerWasLostIsOurs) {
  for (const Fault fault : {Fault::lost_after, Fault::broken}) {
    server_->objects.clear();
    server_->faults = {fault};
    EXPECT_TRUE(put());
    EXPECT_EQ(server_->objects[kUrl], "mine");
  }
}

TEST_F(S3RequestsTest, ALostAnswerDoesNotTakeAnothersForOurs) {
  server_->objects[kUrl] = "theirs";
  server_->faults = {Fault::lost_after};
  EXPECT_EQ(put().error().code, ErrorCode::already_exists);
  EXPECT_EQ(server_->objects[kUrl], "theirs");
}

TEST_F(S3RequestsTest, TheLastAnswerLostToo) {
  server_->faults.assign(kS3Tries - 1, Fault::lost_before);
  server_->faults.push_back(Fault::lost_after);
  EXPECT_TRUE(put());
}

TEST_F(S3RequestsTest, WhatMayHaveHappenedIsUnreachable) {
  server_->faults.assign(2 * kS3Tries, Fault::lost_after);
  auto error = put().error();
  EXPECT_EQ(error.code, ErrorCode::unreachable);
  EXPECT_THAT(error.what, HasSubstr("may have been written all the same"));
  // The refusal of a later try does not undo an earlier one that may be on its way.
  server_->objects.clear();
  server_->faults = {Fault::lost_before, Fault::forbidden};
  EXPECT_EQ(put().error().code, ErrorCode::unreachable);
}

TEST_F(S3RequestsTest, ARefusalIsNotRepeatedAndNamesTheKey) {
  server_->faults = {Fault::forbidden};
  const auto error = put().error();
  EXPECT_EQ(error.code, ErrorCode::store_refused);
  EXPECT_THAT(error.what, HasSubstr("cannot write s3://bucket/t/v1: the access key AKID may not"));
  EXPECT_EQ(error.what.find("SECRET"), std::string::npos);
  EXPECT_EQ(server_->asked.size(), 1U);
  EXPECT_TRUE(server_->objects.empty());
}

TEST_F(S3RequestsTest, KeysThatWereReplacedMeanwhileAreTaken) {
  keys_ = {"OLD", "NEW"};
  server_->faults = {Fault::expired};
  ASSERT_TRUE(put());
  EXPECT_EQ(server_->ids, (std::vector<std::string>{"OLD", "NEW"}));
  server_->faults = {Fault::expired};
  EXPECT_THAT(requests_.replace("t/hint", "1").error().what, HasSubstr("session"));
}

TEST_F(S3RequestsTest, KeysAreAskedForBeforeEachRequest) {
  keys_ = {"A", "B", "C"};
  ASSERT_TRUE(put());
  ASSERT_TRUE(requests_.replace("t/hint", "1"));
  ASSERT_TRUE(requests_.remove("t/hint"));
  EXPECT_EQ(server_->ids, (std::vector<std::string>{"A", "B", "C"}));
}

TEST_F(S3RequestsTest, AMissingObjectIsNoInputAndRemovedAlready) {
  EXPECT_EQ(requests_.read("t/v1").error().code, ErrorCode::no_input);
  EXPECT_TRUE(requests_.remove("t/v1"));
}

struct Said {
  int status;
  const char* code;
  const char* message;
  ErrorCode expected;
  const char* says;
};

TEST(S3ErrorTest, SaysWhatToDo) {
  const S3Settings settings{
      .bucket = "bucket", .scheme = "http", .host = "server", .region = "us-east-1"};
  const Said rows[] = {
      {404, "NoSuchBucket", "", ErrorCode::store_refused, "http://server has no bucket 'bucket'"},
      {0, "NO_SUCH_BUCKET", "", ErrorCode::store_refused, "create it"},
      {403, "InvalidAccessKeyId", "", ErrorCode::store_refused,
       "does not know the access key AKID"},
      {403, "SignatureDoesNotMatch", "", ErrorCode::store_refused, "AWS_SECRET_ACCESS_KEY"},
      {400, "ExpiredToken", "", ErrorCode::store_refused, "has ended"},
      {403, "RequestTimeTooSkewed", "", ErrorCode::store_refused, "clock"},
      {301, "PermanentRedirect", "", ErrorCode::store_refused, "set AWS_REGION"},
      {403, "AccessDenied", "", ErrorCode::store_refused, "s3:ListBucket"},
      {404, "", "", ErrorCode::store_refused, "does not answer as an S3 server"},
      {501, "NotImplemented", "no", ErrorCode::unreachable, "HTTP 501 NotImplemented no"},
      {411, "MissingContentLength", "no", ErrorCode::store_read, "MissingContentLength"},
      {0, "", "connection reset", ErrorCode::unreachable, "connection reset"},
  };
  for (const auto& row : rows) {
    const Error error = s3_error(S3Doing::list, settings, "t", "AKID",
                                 {.status = row.status, .code = row.code, .message = row.message});
    EXPECT_EQ(error.code, row.expected) << row.code;
    EXPECT_THAT(error.what, HasSubstr(row.says)) << row.code;
    EXPECT_TRUE(error.what.starts_with("cannot list s3://bucket/t: ")) << error.what;
  }
}

TEST(S3ErrorTest, ReadsXmlAndArrowsMessages) {
  const auto xml = s3_refusal(400,
                              "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</"
                              "Message><Region>eu-west-1</Region></Error>");
  EXPECT_EQ(xml.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(xml.region, "eu-west-1");
  const auto known = s3_refusal_of_arrow(
      "When listing objects under key 'x/' in bucket 'b': AWS Error NO_SUCH_BUCKET during "
      "ListObjectsV2 operation: The specified bucket does not exist. (Request ID: A)");
  EXPECT_EQ(known.code, "NO_SUCH_BUCKET");
  EXPECT_EQ(known.message, "The specified bucket does not exist. (Request ID: A)");
  const auto unknown = s3_refusal_of_arrow(
      "When x: AWS Error UNKNOWN (HTTP status 400) during ListObjectsV2 operation: Unable to parse "
      "ExceptionName: AuthorizationHeaderMalformed Message: the region \"eu-west-1\" is wrong; "
      "expecting \"us-east-1\"");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(unknown.region, "us-east-1");
  EXPECT_TRUE(
      is_passing(s3_refusal_of_arrow("AWS Error NETWORK_CONNECTION during X operation: no")));
}

}  // namespace
}  // namespace signals
