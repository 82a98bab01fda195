// Where certificates are looked for.
#include "net/certificates.h"

#include <gtest/gtest.h>

#include <array>

#include "net/http.h"

namespace signals {
namespace {

TEST(Certificates, TheFirstFileThatIsThere) {
  const std::array<std::string, 4> files = {"", "/nowhere/ca.crt", "/etc/hosts", "/etc/passwd"};
  EXPECT_EQ(find_certificates(files), "/etc/hosts");
  EXPECT_EQ(find_certificates(std::span(files).first(2)), "");
}

TEST(Certificates, ThoseOfThisMachine) {
  EXPECT_FALSE(find_certificates(std::array<std::string, 1>{http_library().ca_file}).empty());
}

}  // namespace
}  // namespace signals
