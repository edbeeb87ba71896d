#include "gpulaunch/diagnosis/matching/needed_literal.hpp"

#include "gpulaunch/options/text.hpp"

#include <algorithm>
#include <utility>

namespace gpulaunch {
namespace {

bool is_letter(char c) { return text::is_lower(c) || text::is_upper(c); }

// Walks over a pattern in RE2's syntax and collects what stands there literally, one run of letters at a time. What it
// is not sure of ends a run; what may change the meaning of the whole makes it give up.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view pattern) : pattern_(pattern) {}

  [[nodiscard]] std::string read() {
    while (at_ < pattern_.size() && !gave_up_) step();
    end_run();
    return gave_up_ || longest_.size() < shortest_literal ? std::string() : std::move(longest_);
  }

 private:
  void step() {
    const char c = pattern_[at_];
    switch (c) {
      case '|':  // what stands beside it need not be there
      case ')': return give_up();
      case '\\': return escape();
      case '[': return skip_class();
      case '(': return skip_group();
      case '*':
      case '?':
      case '{': return optional();
      case '+': return repeated();
      case '.':
      case '^':
      case '$': return skip(1);
      default: break;
    }
    // Beyond ASCII there is no lower case that we know of.
    if (static_cast<unsigned char>(c) >= 0x80) return skip(1);
    run_ += text::lower(c);
    ++at_;
  }

  void give_up() { gave_up_ = true; }

  void skip(std::size_t letters) {
    end_run();
    at_ += letters;
  }

  void end_run() {
    if (run_.size() > longest_.size()) longest_ = run_;
    run_.clear();
  }

  // An escaped sign is itself. Of the letters, those that stand alone (classes, assertions) are known.
  void escape() {
    constexpr std::string_view alone = "dDsSwWbBAzntrfva";
    if (at_ + 1 >= pattern_.size()) return give_up();
    const char c = pattern_[at_ + 1];
    if (text::is_digit(c) || (is_letter(c) && alone.find(c) == std::string_view::npos)) return give_up();
    if (is_letter(c) || static_cast<unsigned char>(c) >= 0x80) return skip(2);
    run_ += c;
    at_ += 2;
  }

  // A "]" that stands first is a member of the class, and so is one of [:alpha:].
  void skip_class() {
    end_run();
    ++at_;
    if (at_ < pattern_.size() && pattern_[at_] == '^') ++at_;
    if (at_ < pattern_.size() && pattern_[at_] == ']') ++at_;
    while (at_ < pattern_.size() && pattern_[at_] != ']') {
      if (pattern_[at_] == '\\') ++at_;
      if (pattern_.substr(at_).starts_with("[:")) at_ = std::min(pattern_.find(":]", at_), pattern_.size() - 1) + 1;
      ++at_;
    }
    if (at_ >= pattern_.size()) return give_up();
    ++at_;
  }

  void skip_group() {
    end_run();
    int depth = 0;
    while (at_ < pattern_.size() && !gave_up_) {
      const char c = pattern_[at_];
      if (c == '[') {
        skip_class();
        continue;
      }
      if (c == '\\' && pattern_.substr(at_).starts_with("\\Q")) return give_up();
      at_ += c == '\\' ? 2 : 1;
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth == 0) return;
    }
    give_up();
  }

  // The letter before need not be there. A "{" that is no counter is a letter, which ends the run as well.
  void optional() {
    if (!run_.empty()) run_.pop_back();
    end_run();
    const bool counter = pattern_[at_] == '{';
    ++at_;
    while (counter && at_ < pattern_.size() && (text::is_digit(pattern_[at_]) || pattern_[at_] == ',')) ++at_;
    if (counter && at_ < pattern_.size() && pattern_[at_] == '}') ++at_;
  }

  // It is there once at least, and what follows does not follow the first of them.
  void repeated() { skip(1); }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string run_;
  std::string longest_;
  bool gave_up_ = false;
};

}  // namespace

std::string needed_literal(std::string_view pattern) { return LiteralReader(pattern).read(); }

}  // namespace gpulaunch
