// What the tests of identities share: the answers of a real API server (testdata/, made by
// tests/oracle/identity/record.py), and a store with objects.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "apiserver/identity/rbac.h"
#include "apiserver/store/store.h"
#include "base/files.h"
#include "testing/sim_loop.h"

namespace dynamod::apiserver {

inline json::value read_recorded(const std::string& name) {
  const auto text = make_real_files()->read("testdata/" + name + ".json");
  DYN_ASSERT(text.has_value());
  auto value = decode_json(*text);
  DYN_ASSERT(value.has_value());
  return *std::move(value);
}

inline std::vector<std::string> texts_of(const json::value& list) {
  std::vector<std::string> texts;
  for (const json::value& text : list.get_array()) texts.emplace_back(text.get_string());
  return texts;
}

// {"user": "x", "groups": [...]}
inline User recorded_user(const json::object& who) {
  return {.name = std::string(who.at("user").get_string()), .groups = texts_of(who.at("groups"))};
}

inline std::string rbac_collection(const json::object& object) {
  std::string plural = string_at(object, "kind") + "s";
  for (char& c : plural)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return fmt::format("{}.{}", plural, kRbacGroup);
}

class IdentityTest : public ::testing::Test {
 protected:
  void put(const Collection& collection, kube::ObjectKey key, std::string uid,
           std::string bytes = "{}") {
    Write write{.collection = collection};
    write.object.key = std::move(key);
    write.object.revision = store->next_revision();
    write.object.uid = std::move(uid);
    write.object.bytes = std::move(bytes);
    DYN_ASSERT(loop.await(store->commit(std::move(write))).has_value());
  }

  // A role or binding.
  void put(const json::object& object) {
    put(rbac_collection(object),
        {string_at(object, "metadata.namespace"), string_at(object, "metadata.name")}, "u",
        encode_json(object));
  }

  void put_all(const std::vector<json::object>& objects) {
    for (const json::object& object : objects) put(object);
  }

  // "{...}" with single quotes for double ones.
  void put(std::string text) {
    for (char& c : text)
      if (c == '\'') c = '"';
    put(decode_json(text)->get_object());
  }

  void remove(const Collection& collection, const kube::ObjectKey& key) {
    Write write{.collection = collection, .object = *store->decided(collection, key)};
    write.object.revision = store->next_revision();
    write.remove = true;
    DYN_ASSERT(loop.await(store->commit(std::move(write))).has_value());
  }

  testing::SimLoop loop;
  std::unique_ptr<Store> store = make_memory_store(loop.executor(), loop);
};

}  // namespace dynamod::apiserver
