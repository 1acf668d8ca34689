// Paths and what they are about.
#include "apiserver/route.h"

namespace dynamod::apiserver {

namespace {

struct Row {
  const char* method;
  const char* path;
  QueryItems query;
  Route route;
};

}  // namespace

TEST(ParseRoute, SaysWhatARequestIsAbout) {
  const Row rows[] = {
      {"GET", "/api/v1/pods", {}, {.verb = "list", .version = "v1", .plural = "pods"}},
      {"GET",
       "/api/v1/pods",
       {{"watch", "true"}},
       {.verb = "watch", .version = "v1", .plural = "pods"}},
      {"GET",
       "/api/v1/namespaces/a/pods/b",
       {},
       {.verb = "get", .version = "v1", .ns = "a", .plural = "pods", .name = "b"}},
      {"POST",
       "/apis/apps/v1/namespaces/a/deployments",
       {},
       {.verb = "create", .group = "apps", .version = "v1", .ns = "a", .plural = "deployments"}},
      {"PATCH",
       "/apis/apps/v1/namespaces/a/deployments/d/scale",
       {},
       {.verb = "patch",
        .group = "apps",
        .version = "v1",
        .ns = "a",
        .plural = "deployments",
        .name = "d",
        .subresource = "scale"}},
      {"DELETE",
       "/api/v1/nodes/n",
       {},
       {.verb = "delete", .version = "v1", .plural = "nodes", .name = "n"}},
      {"DELETE",
       "/api/v1/nodes",
       {},
       {.verb = "deletecollection", .version = "v1", .plural = "nodes"}},
      {"PUT",
       "/api/v1/namespaces/a/finalize",
       {},
       {.verb = "update",
        .version = "v1",
        .ns = "a",
        .plural = "namespaces",
        .name = "a",
        .subresource = "finalize"}},
      {"GET",
       "/api/v1/namespaces/a/pods/b/proxy/x/y",
       {},
       {.verb = "get",
        .version = "v1",
        .ns = "a",
        .plural = "pods",
        .name = "b",
        .subresource = "proxy",
        .rest = "x/y"}},
  };
  for (const Row& row : rows) {
    Route wanted = row.route;
    wanted.is_resource = true;
    wanted.path = row.path;
    EXPECT_EQ(parse_route(row.method, row.path, row.query), wanted) << row.method << row.path;
  }
}

TEST(ParseRoute, ANamespaceIsInItselfForRightsButNotForItsKey) {
  const auto route = parse_route("GET", "/api/v1/namespaces/a", {});
  ASSERT_TRUE(route);
  EXPECT_EQ(route->ns, "a");
  EXPECT_EQ(route->name, "a");
  EXPECT_EQ(route->object_ns(), "");
}

TEST(ParseRoute, OtherPathsAreNoResource) {
  for (const char* path :
       {"/", "/api", "/api/v1", "/apis", "/apis/apps/v1", "/healthz", "/version"}) {
    const auto route = parse_route("GET", path, {});
    ASSERT_TRUE(route) << path;
    EXPECT_FALSE(route->is_resource) << path;
    EXPECT_EQ(route->verb, "get") << path;
  }
}

TEST(ParseRoute, RefusesBrokenEncoding) {
  EXPECT_FALSE(parse_route("GET", "/api/v1/namespaces/%zz", {}));
}

TEST(QueryFlag, ReadsAsGoDoes) {
  EXPECT_TRUE(query_flag({{"watch", "1"}}, "watch"));
  EXPECT_TRUE(query_flag({{"watch", "True"}}, "watch"));
  EXPECT_FALSE(query_flag({{"watch", "yes"}}, "watch"));
  EXPECT_FALSE(query_flag({}, "watch"));
}

}  // namespace dynamod::apiserver
