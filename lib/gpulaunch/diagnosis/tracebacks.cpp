#include "gpulaunch/diagnosis/tracebacks.hpp"

#include "gpulaunch/options/text.hpp"

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

constexpr std::string_view header = "Traceback (most recent call last)";

bool stands_indented(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

// Labels have a fixed width within a traceback; what stands there must look like one of them.
std::string_view without_label(std::string_view line, std::string_view label) {
  if (label.empty() || line.empty() || line.front() != label.front()) return line;
  // A blank line loses the blank that ends its label.
  return line.substr(std::min(label.size(), line.size()));
}

bool joins_chain(std::string_view line) {
  constexpr std::array<std::string_view, 5> joints{"During handling of the above exception",
                                                   "The above exception was the direct cause", "-- Process ",
                                                   "Original Traceback", "The following exception was raised"};
  return std::any_of(joints.begin(), joints.end(),
                     [&](std::string_view joint) { return line.find(joint) != std::string_view::npos; });
}

// These only carry what another traceback says in full, which follows.
bool announces_inner(std::string_view text) {
  return text.find("ProcessRaisedException") != std::string_view::npos ||
         text.find(": Caught ") != std::string_view::npos;
}

class TracebackReader {
 public:
  explicit TracebackReader(const std::vector<std::string_view>& lines) : lines_(&lines) {}

  std::vector<ErrorChain> read() {
    for (at_ = 0; at_ < lines_->size(); ++at_) see((*lines_)[at_]);
    return std::move(chains_);
  }

 private:
  void see(std::string_view line) {
    if (const auto begin = line.find(header); begin != std::string_view::npos) return open(line.substr(0, begin));
    if (joins_chain(line)) {
      joined_ = true;
      return;
    }
    const auto text = without_label(line, label_);
    if (stands_indented(text) && text::trim(text).starts_with("File \"")) frames_ = true;
    if ((open_ || frames_) && !stands_indented(text) && is_error_line(text)) close(text);
  }

  void open(std::string_view before) {
    const std::string_view original = "Original ";
    const bool inner = before.ends_with(original);
    if (inner) before.remove_suffix(original.size());
    const auto above = at_ > 0 ? (*lines_)[at_ - 1] : std::string_view();
    aside_ = above.find("Exception ignored in") != std::string_view::npos  ? Aside::ignored
             : above.find("Exception in thread") != std::string_view::npos ? Aside::thread
                                                                           : Aside::no;
    joined_ = joined_ || inner;
    label_ = before;
    open_ = true;
    frames_ = false;
  }

  void close(std::string_view text) {
    if (!joined_ || chains_.empty()) chains_.emplace_back();
    const bool announces = announces_inner(text);
    chains_.back().errors.push_back({with_message(text), at_, aside_, announces});
    // What is announced comes next, without a joint of its own.
    joined_ = announces;
    open_ = frames_ = false;
    aside_ = Aside::no;
  }

  // "RuntimeError: " alone says nothing; its message stands on the next line that has any.
  [[nodiscard]] std::string with_message(std::string_view text) const {
    std::string result(text::trim(text));
    if (!result.ends_with(':')) return result;
    for (auto next = at_ + 1; next < std::min(at_ + 4, lines_->size()); ++next) {
      const auto more = text::trim(without_label((*lines_)[next], label_));
      if (more.starts_with("Traceback") || more.starts_with("File \"") || more.starts_with("--")) break;
      if (!more.empty()) return result.append(" ").append(more);
    }
    return result;
  }

  const std::vector<std::string_view>* lines_;
  std::size_t at_ = 0;
  std::vector<ErrorChain> chains_;
  std::string_view label_;
  bool open_ = false;    // a traceback's header was seen
  bool frames_ = false;  // … or frames of one whose header is lost
  bool joined_ = false;  // the next error belongs to the last chain
  Aside aside_ = Aside::no;
};

}  // namespace

const RaisedError& ErrorChain::origin() const {
  const auto first = std::find_if(errors.begin(), errors.end(), [](const auto& one) { return !one.caught_again; });
  return first == errors.end() ? errors.front() : *first;
}

std::vector<ErrorChain> python_errors(const std::vector<std::string_view>& lines) {
  return TracebackReader(lines).read();
}

bool is_error_line(std::string_view line) {
  const auto name = text::trim(line.substr(0, line.find(':')));
  const auto last = name.substr(name.rfind('.') + 1);
  const auto in_name = [](char c) { return text::is_name_char(c) || c == '.'; };
  if (last.empty() || text::is_digit(name.front()) || !std::all_of(name.begin(), name.end(), in_name)) return false;
  // Levels of log lines ("ERROR: …") are in capitals throughout; classes are not, and other names are in a module.
  const bool is_class = text::is_upper(last.front()) && std::any_of(last.begin(), last.end(), text::is_lower);
  return is_class || last.size() < name.size();
}

}  // namespace gpulaunch
