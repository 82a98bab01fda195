// What is said of a watcher's address, and the address that says "failed".
#include "cli/hooks.h"

#include <gtest/gtest.h>

namespace signals::cli {
namespace {

TEST(Hooks, OnlyTheHostIsSaid) {
  EXPECT_EQ(host_of("https://hc-ping.com/0b7e-secret?key=1"), "https://hc-ping.com");
  EXPECT_EQ(host_of("https://me:secret@example.org:8443/a@b"), "https://example.org:8443");
  EXPECT_EQ(host_of("http://127.0.0.1:8000"), "http://127.0.0.1:8000");
  EXPECT_EQ(host_of("http://example.org?a=b@c"), "http://example.org");
  EXPECT_EQ(host_of("http://example.org#secret"), "http://example.org");
  EXPECT_EQ(host_of("secret"), "");
}

TEST(Hooks, FailFollowsThePath) {
  EXPECT_EQ(fail_url("https://hc-ping.com/id"), "https://hc-ping.com/id/fail");
  EXPECT_EQ(fail_url("https://hc-ping.com/id/"), "https://hc-ping.com/id/fail");
  EXPECT_EQ(fail_url("https://hc-ping.com/id?a=b"), "https://hc-ping.com/id/fail?a=b");
}

TEST(Hooks, AnAddressThatCannotBePinged) {
  EXPECT_TRUE(check_ping_url("https://hc-ping.com/id"));
  for (const char* url : {"", "hc-ping.com/id", "ftp://example.org", "https://", "https:///id"}) {
    EXPECT_FALSE(check_ping_url(url)) << url;
  }
}

}  // namespace
}  // namespace signals::cli
