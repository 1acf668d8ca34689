// Flags as envtest gives them, and the stand-in for etcd.
#include "cli/envtest_command.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "testing/sim_loop.h"

namespace dynamod::cli {

namespace {

TEST(EnvtestFlags, OfTheApiServerAreTakenOrPutAside) {
  KubeApiServerFlags flags;
  CLI::App app;
  add_kube_apiserver_flags(app, flags);
  app.parse(
      "--allow-privileged=true --authorization-mode=RBAC --bind-address=127.0.0.1 --cert-dir=/c "
      "--client-ca-file=/c/client.crt --disable-admission-plugins=ServiceAccount "
      "--etcd-servers=http://127.0.0.1:1234 --secure-port=5678 "
      "--service-account-issuer=https://127.0.0.1:5678/ --service-cluster-ip-range=10.0.0.0/24");
  EXPECT_EQ(flags.etcd_servers, "http://127.0.0.1:1234");
  EXPECT_EQ(flags.certificate_folder, "/c");
  EXPECT_EQ(flags.server.port, 5678);
  EXPECT_EQ(flags.server.client_ca_file, "/c/client.crt");
  EXPECT_EQ(flags.server.service_cluster_ip_range, "10.0.0.0/24");
  EXPECT_EQ(app.remaining(),
            (std::vector<std::string>{"--allow-privileged=true", "--authorization-mode=RBAC",
                                      "--disable-admission-plugins=ServiceAccount",
                                      "--service-account-issuer=https://127.0.0.1:5678/"}));
}

TEST(EnvtestFlags, OfEtcdAreTakenOrPutAside) {
  EtcdFlags flags;
  CLI::App app;
  add_etcd_flags(app, flags);
  app.parse(
      "--advertise-client-urls=http://127.0.0.1:1 --data-dir=/d "
      "--listen-client-urls=http://127.0.0.1:1 --listen-peer-urls=http://127.0.0.1:2");
  EXPECT_EQ(flags.data_dir, "/d");
  EXPECT_EQ(flags.listen_client_urls, "http://127.0.0.1:1");
  EXPECT_EQ(app.remaining().size(), 2U);
}

// envtest asks the help which flags there are: these two must not be given to us.
TEST(EnvtestFlags, NamesOfOldOnesAreInNoHelp) {
  KubeApiServerFlags server;
  EtcdFlags etcd;
  CLI::App server_app;
  CLI::App etcd_app;
  add_kube_apiserver_flags(server_app, server);
  add_etcd_flags(etcd_app, etcd);
  EXPECT_EQ(server_app.help().find("--insecure-port"), std::string::npos);
  EXPECT_EQ(etcd_app.help().find("--unsafe-no-fsync"), std::string::npos);
}

TEST(EtcdStandIn, IsHealthyAndTellsItsFolder) {
  testing::SimLoop loop;
  EtcdStandIn etcd("/d");
  const auto answer = [&](std::string target) {
    http::Response response = *loop.await(etcd.handle(http::Request{.target = std::move(target)}));
    return std::to_string(response.status) + " " +
           *loop.await(http::read_all(std::move(response.body), 1'000));
  };
  EXPECT_EQ(answer("/health"), R"(200 {"health":"true","reason":""})");
  EXPECT_EQ(answer("/dynamod/data-dir"), "200 /d/dynamod");
  EXPECT_EQ(answer("/v3/kv/range").substr(0, 3), "404");
}

TEST(EnvtestNames, AreTwo) {
  for (const std::string_view name : {"kube-apiserver", "etcd"}) EXPECT_TRUE(is_envtest_name(name));
  for (const std::string_view name : {"", "dynamod", "kubectl", "etcdctl"})
    EXPECT_FALSE(is_envtest_name(name));
}

}  // namespace

}  // namespace dynamod::cli
