#include "control/yaml_document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

namespace encluster::control {

namespace {

/// What problems of the file as a whole are reported under.
constexpr const char* kDocument = "document";

[[noreturn]] void refuse_document(ConfigurationReport& report, int line, std::string_view found,
                                  std::string_view allowed) {
  report.refuse_at(line, kDocument, found, allowed);
  report.raise();
}

/// Bytes of the UTF-8 character (RFC 3629) at the start of `text`; 0 if there is none.
std::size_t utf8_character(std::string_view text) noexcept {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) >= 0xa0;
  const bool beyond = lead == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

/// The position of the first byte that is no text; nothing if all is well.
std::optional<std::size_t> first_bad_byte(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool control = c >= 0 && c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    const std::size_t length = control ? 0 : utf8_character(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

void require_text(const std::string& text, ConfigurationReport& report) {
  if (text.size() > kMaxConfigurationBytes) {
    refuse_document(report, 1, "more than 1 MiB", "at most 1 MiB");
  }
  if (const auto bad = first_bad_byte(text)) {
    const auto before = text.begin() + static_cast<std::ptrdiff_t>(*bad);
    const auto line = static_cast<int>(std::count(text.begin(), before, '\n')) + 1;
    refuse_document(report, line,
                    fmt::format("the byte 0x{:02x}", static_cast<unsigned char>(text[*bad])),
                    "text in UTF-8 without control characters");
  }
}

/// Counts a stream's documents, and notes where the last one begins.
class DocumentCounter : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override { ++documents_; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override {
    note(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    note(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    note(mark);
  }
  void OnMapEnd() override {}

  [[nodiscard]] int documents() const noexcept { return documents_; }
  [[nodiscard]] int line() const noexcept { return line_; }

 private:
  void note(const YAML::Mark& mark) noexcept {
    if (noted_ == documents_) return;
    noted_ = documents_;
    line_ = mark.line + 1;
  }

  int documents_ = 0;
  int noted_ = 0;
  int line_ = 1;
};

/// The line of the second document, if there is one. (YAML::LoadAll would take a stray `,` or `]`
/// for document after document, without end.)
std::optional<int> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentCounter counter;
  while (counter.documents() < 2 && parser.HandleNextDocument(counter)) {
  }
  if (counter.documents() < 2) return std::nullopt;
  return counter.line();
}

}  // namespace

std::string read_configuration_file(const std::filesystem::path& file) {
  ConfigurationReport report{ConfigurationPlaces(file)};
  const auto refuse = [&report](const std::string& why) {
    report.refuse_at(0, "file", why, "a readable YAML file of at most 1 MiB");
    report.raise();
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) refuse("a directory");
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse("no readable file (" + std::generic_category().message(errno) + ")");
  std::string text(kMaxConfigurationBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) refuse("an error while reading");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxConfigurationBytes) refuse("more than 1 MiB");
  return text;
}

YAML::Node parse_yaml(const std::string& text, ConfigurationReport& report) {
  require_text(text, report);
  YAML::Node root;
  std::optional<int> second;
  try {
    root = YAML::Load(text);
    second = second_document(text);
  } catch (const YAML::DeepRecursion& error) {
    refuse_document(report, error.mark.line + 1, "more than 500 levels", "less nesting");
  } catch (const YAML::Exception& error) {
    refuse_document(report, std::max(error.mark.line, 0) + 1, "bad YAML: " + error.msg, "YAML 1.2");
  } catch (const std::exception& error) {
    refuse_document(report, 1, std::string("bad YAML: ") + error.what(), "YAML 1.2");
  }
  if (root.IsNull()) {
    refuse_document(report, 1, "an empty file", "a mapping with the keys cluster, networks, ...");
  }
  if (!root.IsMap()) {
    refuse_document(report, std::max(root.Mark().line, 0) + 1,
                    root.IsSequence() ? "a list" : shown(root.Scalar()),
                    "a mapping with the keys cluster, networks, ...");
  }
  if (second) refuse_document(report, *second, "a second document", "one document");
  return root;
}

}  // namespace encluster::control
