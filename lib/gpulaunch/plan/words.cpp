#include "gpulaunch/plan/words.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace gpulaunch {
namespace {

class WordSplitter {
 public:
  explicit WordSplitter(std::string_view text) : rest_(text) {}

  Result<std::vector<std::string>> run() {
    while (!rest_.empty()) {
      const char c = take();
      if (quote_ != 0) {
        quoted(c);
      } else {
        unquoted(c);
      }
    }
    if (quote_ != 0) return fail(ErrorKind::usage, std::string("unbalanced ") + quote_ + " quote");
    if (dangling_) return fail(ErrorKind::usage, "a backslash at the end escapes nothing");
    finish_word();
    return std::move(words_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  void unquoted(char c) {
    if (c == ' ' || c == '\t' || c == '\n') return finish_word();
    if (!word_) word_.emplace();
    if (c == '\'' || c == '"') {
      quote_ = c;
    } else if (c != '\\') {
      *word_ += c;
    } else if (rest_.empty()) {
      dangling_ = true;
    } else {
      *word_ += take();
    }
  }

  void quoted(char c) {
    if (c == quote_) {
      quote_ = 0;
      return;
    }
    // In double quotes a backslash escapes only what would otherwise mean something there.
    const bool escapes = quote_ == '"' && c == '\\' && !rest_.empty() &&
                         std::string_view("\"\\$`").find(rest_.front()) != std::string_view::npos;
    *word_ += escapes ? take() : c;
  }

  void finish_word() {
    if (word_) words_.push_back(std::move(*word_));
    word_.reset();
  }

  std::string_view rest_;
  std::optional<std::string> word_;  // '' is a word too, so "none yet" differs from "empty"
  std::vector<std::string> words_;
  char quote_ = 0;
  bool dangling_ = false;
};

bool is_plain(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_-./:=,@%+").find(c) != std::string_view::npos;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) { return WordSplitter(text).run(); }

std::string quote_word(std::string_view word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), is_plain)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string quote_words(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    line += quote_word(word);
  }
  return line;
}

std::string replace_placeholders(std::string_view text, const Placeholders& placeholders) {
  std::string replaced;
  while (!text.empty()) {
    const auto matches = [&](const auto& entry) {
      return text.size() >= entry.first.size() + 2 && text[0] == '{' &&
             text.substr(1, entry.first.size()) == entry.first && text[entry.first.size() + 1] == '}';
    };
    const auto found = std::find_if(placeholders.begin(), placeholders.end(), matches);
    if (found == placeholders.end()) {
      replaced += text.front();
      text.remove_prefix(1);
    } else {
      replaced += found->second;
      text.remove_prefix(found->first.size() + 2);
    }
  }
  return replaced;
}

}  // namespace gpulaunch
