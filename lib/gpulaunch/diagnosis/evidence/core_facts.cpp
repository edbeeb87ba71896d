#include "gpulaunch/diagnosis/evidence/core_facts.hpp"

#include "gpulaunch/diagnosis/evidence/space_facts.hpp"
#include "gpulaunch/host/files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fnmatch.h>

namespace gpulaunch {
namespace {

namespace fs = std::filesystem;

std::string first_line(const std::string& path) {
  const auto text = read_small_file(path).value_or("");
  return text.substr(0, text.find('\n'));
}

std::string base_name(std::string_view command) {
  command = command.substr(0, command.find(' '));
  return std::string(command.substr(command.rfind('/') + 1));
}

std::string handler_sentence(const std::string& pattern, pid_t pid) {
  const auto handler = base_name(std::string_view(pattern).substr(1));
  if (handler == "systemd-coredump") return fmt::format("systemd-coredump has the core: coredumpctl info {}", pid);
  return fmt::format("the core of pid {} was handed to {} (/proc/sys/kernel/core_pattern)", pid, handler);
}

// The first that fits; a folder with more entries than this is not searched to its end.
std::string find_file(const fs::path& folder, const std::string& pattern) {
  constexpr int most = 10000;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (int i = 0; !error && i < most && entry != fs::directory_iterator(); ++i, entry.increment(error)) {
    const auto name = entry->path().filename().string();
    if (::fnmatch(pattern.c_str(), name.c_str(), 0) == 0) return entry->path().string();
  }
  return "";
}

// A pattern without a folder means the process's own.
std::string find_core(const std::string& root, const EvidenceQuestion& question, const std::string& pattern) {
  const fs::path path = pattern.starts_with('/') ? fs::path(pattern) : fs::path(question.folder) / pattern;
  const auto folder = local_path(read_mounts(root), path.parent_path().string());
  return folder ? find_file(*folder, path.filename().string()) : "";
}

}  // namespace

std::string core_file_pattern(std::string_view core_pattern, bool uses_pid, pid_t pid) {
  std::string pattern;
  bool has_pid = false;
  for (std::size_t at = 0; at < core_pattern.size(); ++at) {
    if (core_pattern[at] != '%') {
      pattern += core_pattern[at];
      continue;
    }
    if (++at == core_pattern.size()) break;
    const char what = core_pattern[at];
    has_pid = has_pid || what == 'p';
    pattern += what == '%' ? "%" : what == 'p' ? std::to_string(pid) : "*";
  }
  return uses_pid && !has_pid ? fmt::format("{}.{}", pattern, pid) : pattern;
}

std::vector<Fact> core_facts(const std::string& root, const EvidenceQuestion& question) {
  const auto pattern = first_line(root + "/proc/sys/kernel/core_pattern");
  const bool uses_pid = first_line(root + "/proc/sys/kernel/core_uses_pid") == "1";
  std::vector<Fact> facts;
  for (const auto& rank : question.ranks) {
    if (rank.pids.empty() || !rank.outcome || !rank.outcome->core_dumped || pattern.empty()) continue;
    const auto pid = rank.pids.front();
    if (pattern.starts_with('|')) {
      facts.push_back({"core-written", rank.rank, handler_sentence(pattern, pid)});
    } else if (const auto file = find_core(root, question, core_file_pattern(pattern, uses_pid, pid)); !file.empty()) {
      facts.push_back({"core-written", rank.rank, fmt::format("the core of pid {} is {}", pid, file)});
    }
  }
  return facts;
}

}  // namespace gpulaunch
