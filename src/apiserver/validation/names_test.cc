// The forms of names and what is said of others.
#include "apiserver/validation/names.h"

#include <gtest/gtest.h>

namespace dynamod::apiserver {
namespace {

TEST(Names, TakesWhatKubernetesTakes) {
  EXPECT_TRUE(dns1123_label_errors("a-1").empty());
  EXPECT_TRUE(dns1123_subdomain_errors("a.b-c.d").empty());
  EXPECT_TRUE(qualified_name_errors("example.com/My_Name.1").empty());
  EXPECT_TRUE(label_value_errors("").empty());
  EXPECT_TRUE(name_errors(NameRule::kDnsSubdomain, "a-", NamePart::kPrefix).empty());
}

TEST(Names, SaysWhatIsWrongInTheWordsOfKubernetes) {
  EXPECT_EQ(dns1123_label_errors("a.b"), NameErrors{"must not contain dots"});
  EXPECT_EQ(
      dns1123_subdomain_errors("M_1"),
      NameErrors{"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
                 "characters, '-' or '.', and must start and end with an alphanumeric character "
                 "(e.g. 'example.com', regex used for validation is "
                 "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"});
  EXPECT_EQ(qualified_name_errors("/x").front(), "prefix part must be non-empty");
  EXPECT_EQ(path_segment_errors(".."), NameErrors{"may not be '..'"});
  EXPECT_EQ(label_value_errors(std::string(64, 'a')), NameErrors{"must be no more than 63 bytes"});
}

}  // namespace
}  // namespace dynamod::apiserver
