#include "gpulaunch/diagnosis/repeated_error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>

namespace gpulaunch {
namespace {

// The outermost frame of a process: it is in the traceback of an exception that nobody caught, and seldom in others.
constexpr std::array<std::string_view, 3> outermost{", in <module>", ", in _run_module_as_main", ", in _bootstrap"};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_indented(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

// "ValueError: bad", "KeyboardInterrupt", "torch.cuda.OutOfMemoryError: …"
bool is_error(std::string_view line) {
  const auto name = line.substr(0, line.find(':'));
  const auto in_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; };
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
         std::all_of(name.begin(), name.end(), in_name);
}

class Tracebacks {
 public:
  explicit Tracebacks(const std::vector<std::string>& lines) : lines_(&lines) {}

  struct Count {
    int times = 0;
    std::string text;  // of the last one
  };
  std::map<std::string, Count> count() {
    for (at_ = 0; at_ < lines_->size(); ++at_) see((*lines_)[at_]);
    return std::move(counts_);
  }

 private:
  void see(std::string_view line) {
    if (line.starts_with("Traceback (most recent call last)")) {
      const bool ignored = at_ > 0 && (*lines_)[at_ - 1].starts_with("Exception ignored in");
      open_ += ignored ? 0 : 1;
    } else if (open_ > 0 && is_indented(line)) {
      uncaught_ = uncaught_ || std::any_of(outermost.begin(), outermost.end(),
                                           [&](std::string_view frame) { return trimmed(line).ends_with(frame); });
    } else if (open_ > 0 && is_error(line)) {
      close(line);
    }
  }

  void close(std::string_view line) {
    --open_;
    if (!uncaught_) return;
    uncaught_ = open_ > 0;  // of mixed tracebacks all were seen to begin at the outermost frame, or none
    auto text = with_continuation(line);
    std::string shape = text;
    std::erase_if(shape, [](unsigned char c) { return std::isdigit(c) != 0; });
    auto& count = counts_[shape.substr(0, shape.find('\n'))];
    ++count.times;
    count.text = std::move(text);
  }

  // "RuntimeError: " alone says nothing; its message follows on indented lines up to a blank one.
  [[nodiscard]] std::string with_continuation(std::string_view line) const {
    std::string text(trimmed(line));
    if (!text.ends_with(':')) return text;
    for (auto next = at_ + 1; next < lines_->size(); ++next) {
      const std::string_view more = (*lines_)[next];
      if (!is_indented(more) || trimmed(more).empty() || trimmed(more).starts_with("File \"")) break;
      text.append(" ").append(trimmed(more));
    }
    return text;
  }

  const std::vector<std::string>* lines_;
  std::size_t at_ = 0;
  int open_ = 0;
  bool uncaught_ = false;
  std::map<std::string, Count> counts_;
};

}  // namespace

std::optional<std::string> repeated_error(const std::vector<std::string>& lines, int times) {
  const auto counts = Tracebacks(lines).count();
  const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& one, const auto& other) {
    return one.second.times < other.second.times;
  });
  if (most == counts.end() || most->second.times < times) return std::nullopt;
  return most->second.text;
}

}  // namespace gpulaunch
