// Looking up the objects of a token, by uid.
#include "apiserver/identity/bound_objects.h"

#include <fmt/format.h>

#include "base/timestamp.h"

namespace dynamod::apiserver {

namespace {

std::unexpected<Error> unauthorized(std::string message) {
  return fail(Error::Kind::kUnauthorized, std::move(message));
}

// Most objects are not being deleted, and then nothing is parsed.
bool is_deleted(const StoredObject& object, WallTime now) {
  if (object.bytes.find("\"deletionTimestamp\"") == std::string::npos) return false;
  const auto value = decode_json(object.bytes);
  if (!value) return true;
  const std::string text = string_at(*value, "metadata.deletionTimestamp");
  if (text.empty()) return false;
  const Result<WallTime> deleted_at = parse_time(text);
  return !deleted_at || *deleted_at < now - kTokenLeeway;
}

Result<> check(const StoredObject* object, const ObjectReference& claimed, std::string_view what,
               WallTime now) {
  if (!object) return unauthorized("service account token has been invalidated");
  if (object->uid != claimed.uid) {
    return unauthorized(fmt::format("{} UID ({}) does not match service account {} ref claim ({})",
                                    what, object->uid, what, claimed.uid));
  }
  if (is_deleted(*object, now)) return unauthorized("service account token has been invalidated");
  return {};
}

Result<> check_account(const StoredObject* account, const TokenClaims& claims, WallTime now) {
  const kube::ObjectKey key{claims.ns, claims.account.name};
  if (!account) return unauthorized(fmt::format("serviceaccounts \"{}\" not found", key.name));
  if (account->uid != claims.account.uid) {
    return unauthorized(fmt::format("service account UID ({}) does not match claim ({})",
                                    account->uid, claims.account.uid));
  }
  if (is_deleted(*account, now))
    return unauthorized(fmt::format("service account {} has been deleted", key.text()));
  return {};
}

}  // namespace

Result<> check_bound_objects(const TokenClaims& claims, const Store& store, WallTime now) {
  const auto find = [&](const char* collection, const std::string& ns, const std::string& name) {
    return store.find(collection, kube::ObjectKey{ns, name});
  };
  const ObjectPtr account = find("serviceaccounts", claims.ns, claims.account.name);
  CHECK_OK(check_account(account.get(), claims, now));
  if (claims.secret) {
    const ObjectPtr secret = find("secrets", claims.ns, claims.secret->name);
    CHECK_OK(check(secret.get(), *claims.secret, "secret", now));
  }
  if (claims.pod) {
    const ObjectPtr pod = find("pods", claims.ns, claims.pod->name);
    return check(pod.get(), *claims.pod, "pod", now);
  }
  if (!claims.node) return {};
  const ObjectPtr node = find("nodes", "", claims.node->name);
  return check(node.get(), *claims.node, "node", now);
}

}  // namespace dynamod::apiserver
