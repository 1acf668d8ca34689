// Tokens by hash, and the CSV they come in.
#include "apiserver/identity/token_table.h"

#include <array>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "apiserver/identity/base64url.h"
#include "base/hash.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kColumnsMin = 3;
constexpr std::size_t kTokenBytes = 32;

struct Row {
  std::size_t line = 0;
  std::vector<std::string> columns = {};
};

// RFC 4180 as Go reads it: quoted fields may hold commas, doubled quotes and line ends.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

  // False for a quote that is never closed, or text behind a closing one.
  bool next(Row& row) {
    row = Row{.line = line_};
    while (true) {
      std::string field;
      if (!read_field(field)) return false;
      row.columns.push_back(std::move(field));
      if (at_end() || text_[at_] != ',') break;
      ++at_;
    }
    if (!at_end() && text_[at_] == '\r') ++at_;
    if (at_end()) return true;
    if (text_[at_] != '\n') return false;
    ++at_;
    ++line_;
    return true;
  }

 private:
  bool read_field(std::string& field) {
    if (!at_end() && text_[at_] == '"') return read_quoted(field);
    while (!at_end() && text_[at_] != ',' && text_[at_] != '\n') field.push_back(text_[at_++]);
    if (!field.empty() && field.back() == '\r') field.pop_back();
    return true;
  }

  bool read_quoted(std::string& field) {
    for (++at_; !at_end(); ++at_) {
      const char c = text_[at_];
      const bool doubled = c == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"';
      if (c == '"' && !doubled) {
        ++at_;
        return true;
      }
      if (doubled) ++at_;
      if (c == '\n') ++line_;
      field.push_back(c);
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return parts;
}

}  // namespace

void TokenTable::add(std::string_view token, User user) {
  users_.insert_or_assign(sha256(token), std::move(user));
}

const User* TokenTable::find(std::string_view token) const {
  const auto place = users_.find(sha256(token));
  return place == users_.end() ? nullptr : &place->second;
}

Result<TokenFile> parse_token_file(std::string_view text, std::string_view name) {
  TokenFile file;
  CsvReader reader(text);
  Row row;
  while (!reader.at_end()) {
    if (!reader.next(row)) {
      return fail(Error::Kind::kInvalid,
                  fmt::format("token file {}: line {}: a quote is not closed", name, row.line));
    }
    if (row.columns.size() == 1 && row.columns[0].empty()) continue;
    if (row.columns.size() < kColumnsMin) {
      return fail(Error::Kind::kInvalid,
                  fmt::format("token file {}: line {} must have at least 3 columns (token, user "
                              "name, user uid), found {}",
                              name, row.line, row.columns.size()));
    }
    if (row.columns[0].empty()) {
      file.warnings.push_back(
          fmt::format("token file {}: line {} has an empty token", name, row.line));
      continue;
    }
    if (file.tokens.find(row.columns[0]))
      file.warnings.push_back(
          fmt::format("token file {}: line {} repeats a token", name, row.line));
    User user{.name = row.columns[1], .uid = row.columns[2]};
    if (row.columns.size() > kColumnsMin) user.groups = split(row.columns[3]);
    file.tokens.add(row.columns[0], std::move(user));
  }
  return file;
}

std::string make_token() {
  std::array<unsigned char, kTokenBytes> bytes = {};
  DYN_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return encode_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace dynamod::apiserver
