#include "paraphrase.hpp"

#include <cctype>
#include <re2/re2.h>

namespace {

// Numbers that say what happened, and places that everybody has under the same name.
const re2::RE2& meaningful() {
  static const re2::RE2 pattern(
      R"(((?i)errno:? -?\d+|error:? ?[#=]?\d+|error code:? \d+|code:? ?-?\d+|status[ =]\d+|vendor err \d+|signal:? \d+)"
      R"(|exitcode:? ?-?\d+|xid(?: \(pci:[0-9a-f:.]+\):)? \d+|runtime error \(\d+\)|cudaError\w+: \d+|task \d+)"
      R"(|world_size=\d+, \w+=\d+|-1 vs -1|0\.0\.0\.|127\.0\.0\.1|[<>]=? ?-?\d+|\b40[13] |socket\.\w+))");
  return pattern;
}

std::string digits(std::mt19937& random, int longest) {
  std::string text(1, static_cast<char>('1' + random() % 9));
  for (auto more = random() % static_cast<unsigned>(longest); more > 0; --more)
    text += static_cast<char>('0' + random() % 10);
  return text;
}

std::string hexadecimal(std::mt19937& random) {
  std::string text = "0x7";
  for (int i = 0; i < 11; ++i) text += "0123456789abcdef"[random() % 16];
  return text;
}

std::string word(std::mt19937& random) {
  std::string text;
  for (auto length = 3 + random() % 6; length > 0; --length) text += static_cast<char>('a' + random() % 26);
  return text;
}

std::string address(std::mt19937& random) {
  std::string text = "10";
  for (int i = 0; i < 3; ++i) text += '.' + std::to_string(random() % 256);
  return text;
}

class Writer {
 public:
  Writer(std::string_view line, std::mt19937& random) : rest_(line.data(), line.size()), random_(random) {}

  std::string write() {
    while (!rest_.empty()) step();
    return std::move(result_);
  }

 private:
  void step() {
    if (take(meaningful())) return append(taken_);
    static const re2::RE2 pointer("(0x[0-9a-fA-F]{4,})"), ip(R"((\d+\.\d+\.\d+\.\d+))"), number(R"((\d+))");
    static const re2::RE2 folder("(/(?:home|scratch|mnt|data|opt)/[\\w.-]+)"), host(R"(([a-z][\w-]*\d):)");
    if (take(folder)) return append('/' + word(random_) + '/' + word(random_));
    if (take(pointer)) return append(hexadecimal(random_));
    if (at_word()) {
      if (take(ip)) return append(address(random_));
      if (result_.empty() && take(host)) return append(word(random_) + digits(random_, 2) + ':');
      if (take(number)) return append(digits(random_, 6));
    }
    result_ += rest_[0];
    rest_.remove_prefix(1);
  }

  bool take(const re2::RE2& pattern) { return re2::RE2::Consume(&rest_, pattern, &taken_); }
  void append(const std::string& text) { result_ += text; }
  // Digits within a name ("c10d", "IPv6") are part of it.
  [[nodiscard]] bool at_word() const {
    return result_.empty() || (std::isalnum(static_cast<unsigned char>(result_.back())) == 0 && result_.back() != '_');
  }

  re2::StringPiece rest_;
  std::mt19937& random_;
  std::string taken_;
  std::string result_;
};

}  // namespace

std::string paraphrased(std::string_view line, std::mt19937& random) { return Writer(line, random).write(); }
