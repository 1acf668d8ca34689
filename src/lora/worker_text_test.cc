// What of a worker's answer may reach status.
#include "lora/worker_text.h"

#include <gtest/gtest.h>

#include "base/result.h"
#include "base/utf8.h"

namespace dynamod::lora {
namespace {

TEST(WorkerText, IsOneLineOfPrintableText) {
  const std::pair<std::string, std::string> cases[] = {
      {"plain", "plain"},
      {"  two \t\n lines \r\n", "two lines"},
      {std::string("a\0b\x1B[31mc", 9), "a\uFFFDb\uFFFD[31mc"},
      {"x\u202Egnp.exe", "x\uFFFDgnp.exe"},
      {"a\xFF", "a\uFFFD"},
      {"caf\u00E9 \u6A21\u578B", "caf\u00E9 \u6A21\u578B"},
  };
  for (const auto& [text, shown] : cases) EXPECT_EQ(worker_text(text), shown);
}

TEST(WorkerText, IsCutBetweenCharacters) {
  const std::string shown = worker_text(std::string(508, 'a') + "\u6A21\u578B");
  EXPECT_EQ(shown, std::string(508, 'a') + "...");
  EXPECT_EQ(worker_text(std::string(512, 'a')), std::string(512, 'a'));
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'a');
    while (text.size() < 2000) text += "\U0001F600";
    const std::string cut = worker_text(text);
    EXPECT_LE(cut.size(), kWorkerTextMax);
    EXPECT_EQ(find_invalid_utf8(cut), std::string::npos);
  }
}

TEST(WorkerText, HidesSecretsOfUris) {
  EXPECT_EQ(worker_text("LoRA https://u:p@h/x?sig=1 not found"),
            "LoRA https://***@h/x?*** not found");
  // Cut only after redaction: half a secret is a secret too.
  const std::string text = std::string(500, 'a') + " https://user:password@host/x";
  EXPECT_EQ(worker_text(text).find("user"), std::string::npos);
}

TEST(WorkerText, HidesTheUriThatWasSentWhereverItStands) {
  const std::string uri = "https://h/x?sig=it's<secret>";
  EXPECT_EQ(worker_text("LoRA " + uri + " not found", uri), "LoRA https://h/x?*** not found");
}

TEST(WorkerText, TakesAnyLimit) {
  EXPECT_EQ(worker_text("abcdef", "", 5), "ab...");
  EXPECT_EQ(worker_text("abcdef", "", 2), "..");
  EXPECT_EQ(worker_text("abcdef", "", 0), "");
}

}  // namespace
}  // namespace dynamod::lora
