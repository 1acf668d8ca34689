// kubeconfig files as kubectl reads them.
#include "client/kube_config.h"

#include "base/hash.h"
#include "client/client_fakes.h"
#include "testing/sim_loop.h"

namespace dynamod::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTwoContexts = R"(
apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c1
  cluster: {server: "https://one:6443", certificate-authority: ca.crt}
- name: c2
  cluster: {server: "https://two/prefix/", insecure-skip-tls-verify: true, tls-server-name: inner, proxy-url: "http://proxy:3128"}
users:
- name: u1
  user: {token: secret-token}
- name: u2
  user: {client-certificate-data: Q0VSVA==, client-key: /keys/k}
contexts:
- name: one
  context: {cluster: c1, user: u1, namespace: dynamo-system}
- name: two
  context: {cluster: c2, user: u2}
)";

class KubeConfigTest : public ::testing::Test {
 protected:
  KubeConfigTest() {
    files.contents["/home/x/.kube/config"] = kTwoContexts;
    files.contents["/home/x/.kube/ca.crt"] = "CA";
    files.contents["/keys/k"] = "KEY";
  }

  Result<ClusterAccess> load(const KubeConfigChoice& choice = {}) {
    return loop.await(load_kube_config({files, program, loop, env}, choice));
  }

  // With one user of this text in flow style.
  Result<ClusterAccess> load_user(const std::string& user) {
    files.contents["/one"] =
        "current-context: x\nclusters: [{name: c, cluster: {server: 'https://s'}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u}}]\nusers: [{name: u, user: " +
        user + "}]\n";
    return load({.path = "/one"});
  }

  std::string authorization(const ClusterAccess& access) {
    const Result<std::string> value = loop.await(access.credentials->authorization());
    return value ? *value : value.error().message;
  }

  testing::SimLoop loop;
  MapFiles files;
  FakeProgram program{loop};
  Env env{{{"HOME", "/home/x"}}};
};

TEST_F(KubeConfigTest, ReadsTheCurrentContextOfTheHomeFile) {
  const auto access = load();
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.text(), "https://one:6443/");
  EXPECT_EQ(access->certificate_authority_pem, "CA");
  EXPECT_EQ(access->default_namespace, "dynamo-system");
  EXPECT_EQ(authorization(*access), "Bearer secret-token");
  EXPECT_FALSE(access->insecure_skip_tls_verify);
}

TEST_F(KubeConfigTest, ReadsAnotherContextWithAllItsClusterOptions) {
  const auto access = load({.context = "two"});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.target, "/prefix");
  EXPECT_TRUE(access->insecure_skip_tls_verify);
  EXPECT_EQ(access->tls_server_name, "inner");
  EXPECT_EQ(access->proxy_url, "http://proxy:3128");
  EXPECT_EQ(access->client_certificate_pem, "CERT");
  EXPECT_EQ(access->client_key_pem, "KEY");
  EXPECT_EQ(access->default_namespace, "default");
  EXPECT_EQ(authorization(*access), "");
}

TEST_F(KubeConfigTest, MergesAListWhereTheFirstFileWins) {
  env = Env({{"KUBECONFIG", "/absent:/first:/home/x/.kube/config"}});
  files.contents["/first"] =
      "current-context: two\nclusters: [{name: c2, cluster: {server: 'https://first'}}]\nusers: "
      "[]\ncontexts: null\n";
  const auto access = load();
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.host, "first");
  EXPECT_EQ(access->client_key_pem, "KEY");
}

TEST_F(KubeConfigTest, AFileThatIsNamedMustExistAndStandsAlone) {
  env = Env({{"KUBECONFIG", "/home/x/.kube/config"}});
  const auto access = load({.path = "/nowhere"});
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().kind, Error::Kind::kNotFound);
  EXPECT_THAT(access.error().message, HasSubstr("/nowhere"));
}

TEST_F(KubeConfigTest, ReadsEachKindOfUser) {
  files.contents["/token"] = "from-file\n";
  files.contents["/relative"] = "beside";

  struct Case {
    const char* user;
    const char* authorization;
  };

  const Case cases[] = {
      {"{}", ""},
      {"{token: t}", "Bearer t"},
      {"{tokenFile: /token}", "Bearer from-file"},
      {"{tokenFile: relative, token: old}", "Bearer beside"},
      {"{username: u, password: p}", "Basic dTpw"},
  };
  for (const auto& c : cases) {
    const auto access = load_user(c.user);
    ASSERT_TRUE(access) << c.user << access.error().message;
    EXPECT_EQ(authorization(*access), c.authorization) << c.user;
  }
}

TEST_F(KubeConfigTest, RunsAnExecPlugin) {
  program.output =
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":
      {"token":"t","clientCertificateData":"CERT","clientKeyData":"KEY"}})";
  const auto access = load_user(
      "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: bin/plugin, args: [a], "
      "env: [{name: NAME, value: V}], provideClusterInfo: true, interactiveMode: Never}}");
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(authorization(*access), "Bearer t");
  EXPECT_EQ(access->client_certificate_pem, "CERT");
  ASSERT_EQ(program.commands.size(), 1u);
  EXPECT_THAT(program.commands[0].arguments, ::testing::ElementsAre("/bin/plugin", "a"));
  EXPECT_EQ(program.commands[0].environment.at("NAME"), "V");
  EXPECT_THAT(program.commands[0].environment.at("KUBERNETES_EXEC_INFO"), HasSubstr("https://s"));
}

TEST_F(KubeConfigTest, SaysWhatIsWrongWithAUser) {
  struct Case {
    const char* user;
    const char* message;
  };

  const Case cases[] = {
      {"{client-key-data: S0VZ}", "without the other"},
      {"{client-certificate-data: '***', client-key-data: S0VZ}",
       "client-certificate-data is no base64"},
      {"{client-certificate: gone.crt, client-key-data: S0VZ}", "/gone.crt"},
      {"{auth-provider: {name: gcp}}", "use an exec plugin"},
      {"{token: t, as: somebody}", "impersonation"},
      {"{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}", "v1alpha1"},
      {"{exec: {apiVersion: client.authentication.k8s.io/v1}}", "exec.command is missing"},
      {"{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}",
       "terminal"},
  };
  for (const auto& c : cases) {
    const auto access = load_user(c.user);
    ASSERT_FALSE(access) << c.user;
    EXPECT_EQ(access.error().kind == Error::Kind::kInvalid ||
                  access.error().kind == Error::Kind::kNotFound,
              true);
    EXPECT_THAT(access.error().message, HasSubstr(c.message));
    EXPECT_THAT(access.error().message, HasSubstr("/one"));
  }
}

TEST_F(KubeConfigTest, SaysWhatIsWrongWithAFile) {
  struct Case {
    const char* text;
    const char* message;
  };

  const Case cases[] = {
      {"a: [", "/one"},
      {"clusters: 7", "clusters must be a list"},
      {"clusters: [{cluster: {}}]", "has no name"},
      {"{}", "no current-context is set"},
      {"current-context: x", "context \"x\" is not in the kubeconfig"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]",
       "\"c\" is not in the kubeconfig"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, "
       "cluster: {server: 's3cret:x@y'}}]",
       "server"},
      {"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, "
       "cluster: {server: "
       "'https://s', insecure-skip-tls-verify: true, certificate-authority-data: Q0E=}}]",
       "exclude each other"},
  };
  for (const auto& c : cases) {
    files.contents["/one"] = c.text;
    const auto access = load({.path = "/one"});
    ASSERT_FALSE(access) << c.text;
    EXPECT_THAT(access.error().message, HasSubstr(c.message)) << c.text;
    EXPECT_THAT(access.error().message, Not(HasSubstr("s3cret"))) << c.text;
  }
}

TEST_F(KubeConfigTest, TellsWhereItLookedWhenThereIsNone) {
  env = Env({{"HOME", "/root"}});
  const auto access = load();
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().kind, Error::Kind::kNotFound);
  EXPECT_THAT(access.error().message, HasSubstr("/root/.kube/config"));
}

TEST_F(KubeConfigTest, ReadsWhatItWrites) {
  const KubeConfigText text{.name = "dynamod",
                            .server = "https://127.0.0.1:6443",
                            .certificate_authority_pem = "CA\n",
                            .token = "t: #1",
                            .default_namespace = "dynamo-system"};
  ASSERT_TRUE(write_kube_config(files, "/written", text));
  EXPECT_EQ(files.modes["/written"], 0600u);
  const auto access = load({.path = "/written"});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->server.port, 6443);
  EXPECT_EQ(access->certificate_authority_pem, "CA\n");
  EXPECT_EQ(authorization(*access), "Bearer t: #1");
  EXPECT_EQ(access->default_namespace, "dynamo-system");
}

}  // namespace
}  // namespace dynamod::client
