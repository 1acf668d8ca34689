// Merging kubeconfig files and reading what one context needs.
#include "client/kube_config.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/yaml.h"
#include "client/exec_credentials.h"
#include "client/token_file.h"

namespace dynamod::client {

namespace {

// One entry of a file's lists, with the folder its relative paths start from.
struct Entry {
  json::value value;
  std::string folder;
  std::string file;
};

struct Merged {
  std::map<std::string, Entry> clusters, users, contexts;
  std::string current_context;
  std::string files;  // for messages
};

std::unexpected<Error> invalid(const std::string& message) {
  return fail(Error::Kind::kInvalid, message);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string resolved(const Entry& entry, const std::string& path) {
  return path.empty() || path.front() == '/' ? path : entry.folder + path;
}

// Of "clusters: [{name, cluster}]"; the first file that has a name wins.
Result<> merge_list(std::map<std::string, Entry>& merged, const json::value& document,
                    const char* list, const char* content, const std::string& file) {
  const json::value* items = find_json(document, list);
  if (items == nullptr || items->is_null()) return {};
  if (!items->is_array()) return invalid(file + ": " + list + " must be a list");
  for (const auto& item : items->get_array()) {
    const std::string name = string_at(item, "name");
    if (name.empty()) return invalid(file + ": an entry of " + list + " has no name");
    const json::value* value = find_json(item, content);
    merged.emplace(name, Entry{value != nullptr ? *value : json::value(json::object()),
                               folder_of(file), file});
  }
  return {};
}

Result<> merge_file(Merged& merged, const Files& files, const std::string& path) {
  TRY(const std::string text, files.read(path));
  auto document = decode_yaml(text);
  if (!document) return std::unexpected(std::move(document).error().within("kubeconfig " + path));
  const std::string file = path;
  CHECK_OK(merge_list(merged.clusters, *document, "clusters", "cluster", file));
  CHECK_OK(merge_list(merged.users, *document, "users", "user", file));
  CHECK_OK(merge_list(merged.contexts, *document, "contexts", "context", file));
  if (merged.current_context.empty())
    merged.current_context = string_at(*document, "current-context");
  merged.files += (merged.files.empty() ? "" : ":") + path;
  return {};
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (start <= text.size()) {
    const auto end = std::min(text.find(':', start), text.size());
    if (end > start) parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Result<Merged> merge(const ConfigDoors& doors, const std::string& path) {
  Merged merged;
  if (!path.empty()) {
    CHECK_OK(merge_file(merged, doors.files, path));
    return merged;
  }
  std::vector<std::string> paths = split_list(doors.env.get("KUBECONFIG"));
  if (paths.empty()) paths = {doors.env.get("HOME") + "/.kube/config"};
  std::string tried;
  for (const auto& candidate : paths) {
    tried += (tried.empty() ? "" : ", ") + candidate;
    if (doors.files.exists(candidate)) CHECK_OK(merge_file(merged, doors.files, candidate));
  }
  if (merged.files.empty()) {
    return fail(Error::Kind::kNotFound,
                "there is no kubeconfig (tried " + tried + "): use --kubeconfig or set KUBECONFIG");
  }
  return merged;
}

Result<const Entry*> find(const std::map<std::string, Entry>& entries, const std::string& name,
                          const std::string& what) {
  const auto found = entries.find(name);
  if (found == entries.end()) return invalid(what + " \"" + name + "\" is not in the kubeconfig");
  return &found->second;
}

// "<key>-data" (base64) wins over the file at "<key>"; "" when there is neither.
Result<std::string> pem_of(const Files& files, const Entry& entry, const std::string& key) {
  if (const std::string data = string_at(entry.value, key + "-data"); !data.empty()) {
    auto decoded = decode_base64(data);
    if (!decoded) return invalid(entry.file + ": " + key + "-data is no base64");
    return decoded;
  }
  const std::string path = resolved(entry, string_at(entry.value, key));
  if (path.empty()) return "";
  auto text = files.read(path);
  if (!text) return std::unexpected(std::move(text).error().within(entry.file + ": " + key));
  return text;
}

bool flag_at(const json::value& value, const std::string& key) {
  const json::value* flag = find_json(value, key);
  return flag != nullptr && flag->is_bool() && flag->get_bool();
}

Result<> read_cluster(ClusterAccess& access, const Files& files, const Entry& cluster) {
  auto server = parse_url(string_at(cluster.value, "server"));
  if (!server) return std::unexpected(std::move(server).error().within(cluster.file + ": server"));
  access.server = *std::move(server);
  while (access.server.target.size() > 1 && access.server.target.ends_with('/'))
    access.server.target.pop_back();
  access.insecure_skip_tls_verify = flag_at(cluster.value, "insecure-skip-tls-verify");
  access.tls_server_name = string_at(cluster.value, "tls-server-name");
  access.proxy_url = string_at(cluster.value, "proxy-url");
  TRY(access.certificate_authority_pem, pem_of(files, cluster, "certificate-authority"));
  if (access.insecure_skip_tls_verify && !access.certificate_authority_pem.empty()) {
    return invalid(cluster.file +
                   ": certificate-authority and insecure-skip-tls-verify exclude each other");
  }
  return {};
}

Result<ExecPlugin> read_plugin(const Entry& user, const json::value& exec,
                               const ClusterAccess& access) {
  ExecPlugin plugin;
  plugin.api_version = string_at(exec, "apiVersion");
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return invalid(
        user.file +
        ": exec.apiVersion must be client.authentication.k8s.io/v1 or v1beta1, it is \"" +
        plugin.api_version + "\"");
  }
  if (string_at(exec, "interactiveMode") == "Always") {
    return invalid(user.file +
                   ": exec.interactiveMode Always cannot work here: nobody is at a terminal");
  }
  std::string command = string_at(exec, "command");
  if (command.empty()) return invalid(user.file + ": exec.command is missing");
  if (command.contains('/')) command = resolved(user, command);
  plugin.command.push_back(std::move(command));
  if (const json::value* args = find_json(exec, "args"); args != nullptr && args->is_array()) {
    for (const auto& arg : args->get_array()) {
      if (!arg.is_string()) return invalid(user.file + ": exec.args must be strings");
      plugin.command.emplace_back(arg.get_string());
    }
  }
  if (const json::value* env = find_json(exec, "env"); env != nullptr && env->is_array()) {
    for (const auto& variable : env->get_array()) {
      plugin.environment[string_at(variable, "name")] = string_at(variable, "value");
    }
  }
  plugin.install_hint = string_at(exec, "installHint");
  if (flag_at(exec, "provideClusterInfo")) {
    json::object cluster = {
        {"server",
         access.server.origin() + (access.server.target == "/" ? "" : access.server.target)}};
    if (access.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!access.tls_server_name.empty()) cluster["tls-server-name"] = access.tls_server_name;
    if (!access.certificate_authority_pem.empty()) {
      cluster["certificate-authority-data"] = encode_base64(access.certificate_authority_pem);
    }
    plugin.cluster = std::move(cluster);
  }
  return plugin;
}

// All but an exec plugin, which has to be run.
Result<std::shared_ptr<Credentials>> read_credentials(const ConfigDoors& doors, const Entry& user) {
  const std::string token_path = resolved(user, string_at(user.value, "tokenFile"));
  if (!token_path.empty()) return token_file(doors.files, doors.clock, token_path);
  if (std::string token = string_at(user.value, "token"); !token.empty())
    return fixed_token(std::move(token));
  if (const std::string name = string_at(user.value, "username"); !name.empty()) {
    return fixed_password(name, string_at(user.value, "password"));
  }
  if (find_json(user.value, "auth-provider") != nullptr) {
    return invalid(user.file + ": auth-provider was removed from Kubernetes: use an exec plugin");
  }
  return no_credentials();
}

struct Chosen {
  ClusterAccess access;
  std::shared_ptr<ExecCredentials> plugin;  // null: none
};

Result<Chosen> choose(const ConfigDoors& doors, const KubeConfigChoice& choice) {
  TRY(const Merged merged, merge(doors, choice.path));
  const std::string name = choice.context.empty() ? merged.current_context : choice.context;
  if (name.empty())
    return invalid("no current-context is set: use --context, or `kubectl config use-context`");
  TRY(const Entry* context, find(merged.contexts, name, "context"));
  const std::string where = "of context \"" + name + "\"";
  TRY(const Entry* cluster,
      find(merged.clusters, string_at(context->value, "cluster"), "cluster " + where + ":"));
  Chosen chosen;
  ClusterAccess& access = chosen.access;
  CHECK_OK(read_cluster(access, doors.files, *cluster));
  if (const std::string ns = string_at(context->value, "namespace"); !ns.empty())
    access.default_namespace = ns;
  const std::string user_name = string_at(context->value, "user");
  if (user_name.empty()) {
    access.credentials = no_credentials();
    return chosen;
  }
  TRY(const Entry* user, find(merged.users, user_name, "user " + where + ":"));
  if (find_json(user->value, "as") != nullptr || find_json(user->value, "as-groups") != nullptr) {
    return invalid(
        user->file +
        ": impersonation (as, as-groups) is not supported: use credentials of that user");
  }
  TRY(access.client_certificate_pem, pem_of(doors.files, *user, "client-certificate"));
  TRY(access.client_key_pem, pem_of(doors.files, *user, "client-key"));
  if (access.client_certificate_pem.empty() != access.client_key_pem.empty()) {
    return invalid(user->file + ": user \"" + user_name +
                   "\" has a client certificate or a key without the other");
  }
  if (const json::value* exec = find_json(user->value, "exec");
      exec != nullptr && exec->is_object()) {
    TRY(ExecPlugin plugin, read_plugin(*user, *exec, access));
    chosen.plugin = std::make_shared<ExecCredentials>(doors.processes, doors.clock, doors.env,
                                                      std::move(plugin));
    access.credentials = chosen.plugin;
    return chosen;
  }
  TRY(access.credentials, read_credentials(doors, *user));
  return chosen;
}

}  // namespace

Async<ClusterAccess> load_kube_config(ConfigDoors doors, KubeConfigChoice choice) {
  CO_TRY(Chosen chosen, choose(doors, choice));
  if (chosen.plugin) {
    CO_CHECK(co_await chosen.plugin->authorization());
    if (!chosen.plugin->certificate_pem().empty()) {
      chosen.access.client_certificate_pem = chosen.plugin->certificate_pem();
      chosen.access.client_key_pem = chosen.plugin->key_pem();
    }
  }
  co_return std::move(chosen.access);
}

Result<> write_kube_config(Files& files, const std::string& path, const KubeConfigText& config) {
  json::object cluster = {{"server", config.server}};
  if (!config.certificate_authority_pem.empty()) {
    cluster["certificate-authority-data"] = encode_base64(config.certificate_authority_pem);
  }
  json::object user;
  if (!config.token.empty()) user["token"] = config.token;
  if (!config.client_certificate_pem.empty()) {
    user["client-certificate-data"] = encode_base64(config.client_certificate_pem);
    user["client-key-data"] = encode_base64(config.client_key_pem);
  }
  json::object context = {{"cluster", config.name}, {"user", config.name}};
  if (!config.default_namespace.empty()) context["namespace"] = config.default_namespace;
  const auto entry = [&](const char* content, json::object value) {
    return json::array{json::object{{"name", config.name}, {content, std::move(value)}}};
  };
  const json::value document = {{"apiVersion", "v1"},
                                {"kind", "Config"},
                                {"clusters", entry("cluster", std::move(cluster))},
                                {"contexts", entry("context", std::move(context))},
                                {"current-context", config.name},
                                {"users", entry("user", std::move(user))}};
  return files.write(path, encode_yaml(document), 0600);
}

}  // namespace dynamod::client
