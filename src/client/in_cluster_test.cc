// A pod's way to the API server, and a token that is replaced under way.
#include "client/in_cluster.h"

#include "client/client_fakes.h"
#include "client/token_file.h"
#include "testing/sim_loop.h"

namespace dynamod::client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const std::string kFolder = kServiceAccountFolder;

class InClusterTest : public ::testing::Test {
 protected:
  InClusterTest() {
    files.contents[kFolder + "/token"] = "t1\n";
    files.contents[kFolder + "/ca.crt"] = "CA";
    files.contents[kFolder + "/namespace"] = "dynamo-system";
  }

  std::string authorization(const std::shared_ptr<Credentials>& credentials) {
    const Result<std::string> value = loop.await(credentials->authorization());
    return value ? *value : value.error().message;
  }

  testing::SimLoop loop;
  MapFiles files;
  Env env{{{"KUBERNETES_SERVICE_HOST", "10.96.0.1"}, {"KUBERNETES_SERVICE_PORT", "443"}}};
};

TEST_F(InClusterTest, ReadsTheServiceAccount) {
  EXPECT_TRUE(is_in_cluster(env, files));
  const auto access = in_cluster_access(env, files, loop);
  ASSERT_TRUE(access);
  EXPECT_EQ(access->server.text(), "https://10.96.0.1/");
  EXPECT_EQ(access->certificate_authority_pem, "CA");
  EXPECT_EQ(access->default_namespace, "dynamo-system");
  EXPECT_EQ(authorization(access->credentials), "Bearer t1");
}

TEST_F(InClusterTest, TakesAnIpv6Address) {
  env = Env({{"KUBERNETES_SERVICE_HOST", "fd00::1"}, {"KUBERNETES_SERVICE_PORT", "6443"}});
  EXPECT_EQ(in_cluster_access(env, files, loop)->server.text(), "https://[fd00::1]:6443/");
}

TEST_F(InClusterTest, SaysWhatIsMissing) {
  EXPECT_FALSE(is_in_cluster(Env(), files));
  EXPECT_EQ(in_cluster_access(Env(), files, loop).error().kind, Error::Kind::kNotFound);
  const Env bad({{"KUBERNETES_SERVICE_HOST", "h"}, {"KUBERNETES_SERVICE_PORT", "tcp"}});
  EXPECT_THAT(in_cluster_access(bad, files, loop).error().message,
              HasSubstr("KUBERNETES_SERVICE_PORT"));
  files.contents.erase(kFolder + "/ca.crt");
  EXPECT_THAT(in_cluster_access(env, files, loop).error().message, HasSubstr("ca.crt"));
}

TEST_F(InClusterTest, ReadsTheTokenAgainAfterAMinuteAndAfterARefusal) {
  const auto credentials = token_file(files, loop, kFolder + "/token");
  EXPECT_EQ(authorization(credentials), "Bearer t1");
  files.contents[kFolder + "/token"] = "t2";
  loop.run_for(59s);
  EXPECT_EQ(authorization(credentials), "Bearer t1");
  loop.run_for(1s);
  EXPECT_EQ(authorization(credentials), "Bearer t2");
  files.contents[kFolder + "/token"] = "t3";
  EXPECT_TRUE(credentials->refused("Bearer t2"));
  EXPECT_EQ(authorization(credentials), "Bearer t3");
}

TEST_F(InClusterTest, KeepsTheLastTokenWhileTheFileCannotBeRead) {
  const auto credentials = token_file(files, loop, kFolder + "/token");
  EXPECT_EQ(authorization(credentials), "Bearer t1");
  files.contents.erase(kFolder + "/token");
  loop.run_for(2min);
  EXPECT_EQ(authorization(credentials), "Bearer t1");
  const auto without = token_file(files, loop, "/absent");
  EXPECT_THAT(authorization(without), HasSubstr("token file /absent"));
}

}  // namespace
}  // namespace dynamod::client
