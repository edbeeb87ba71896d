#include "gpulaunch/diagnosis/evidence/kernel_log.hpp"

#include <fmt/format.h>

#include <signal.h>

#include <algorithm>
#include <charconv>
#include <re2/re2.h>

namespace gpulaunch {
namespace {

struct LogPatterns {
  // The prefixes of /dev/kmsg, of syslog files and journalctl, and of dmesg.
  RE2 prefix{R"(^(?:\d+,\d+,\d+,[^;]*;|.{0,200}? kernel: (?:\[ *[\d.]+\] )?|(?:<\d+>)?\[[^\]]*\] ?))"};
  RE2 killed{
      R"(^(Memory cgroup out of memory[^:]*: |Out of memory[^:]*: )?Killed process (\d+) \((.*)\)(?:,? (?:UID|total-vm).*)?$)"};
  // Before Linux 5.0 the first line names whom the kernel chose, and the second, without saying why, whom it killed.
  RE2 chosen{R"(^(Memory cgroup out of memory[^:]*|Out of memory[^:]*): Kill process \d+ \()"};
  RE2 anonymous{R"(anon-rss:(\d+)kB)"};
  RE2 reason{R"(^oom-kill:constraint=(\w+),.*task_memcg=([^,]*),task=.*,pid=(\d+),uid=)"};
  RE2 segfault{R"(^(.+?)\[(\d+)\]: segfault at ([0-9a-f]+) .*?error \w+(.*)$)"};
  RE2 trap{R"(^traps: (.+?)\[(\d+)\] (?:trap )?([a-z][a-z ]*?) ip:.*?error:\w+(.*)$)"};
  RE2 library{R"( in ([^\[\s]+)\[)"};
  RE2 xid{R"(^NVRM: Xid \(PCI:([0-9a-fA-F:.]+)\): (\d+)(?:, (.*))?$)"};
  RE2 owner{R"(^pid='?(<unknown>|\d+)'?(?:, )?)"};
  RE2 owner_name{R"(^name=([^,]*)(?:, )?)"};
};

constexpr std::string_view words_of_interest[] = {
    "illed process ", ": Kill process ", "oom-kill:", "segfault at ", "traps: ", "NVRM: Xid"};

bool may_matter(std::string_view line) {
  return std::any_of(std::begin(words_of_interest), std::end(words_of_interest),
                     [&](std::string_view word) { return line.find(word) != std::string_view::npos; });
}

std::string in_library(const LogPatterns& patterns, const std::string& rest) {
  std::string library;
  return RE2::PartialMatch(rest, patterns.library, &library) ? ", in " + library : "";
}

int signal_of(std::string_view trap) {
  if (trap == "invalid opcode") return SIGILL;
  if (trap == "divide error") return SIGFPE;
  if (trap == "int3") return SIGTRAP;
  return trap == "stack segment" ? SIGBUS : SIGSEGV;
}

// The driver writes "<unknown>" for processes of other namespaces.
int number_or_unknown(const std::string& pid) {
  int number = -1;
  return std::from_chars(pid.data(), pid.data() + pid.size(), number).ec == std::errc{} ? number : -1;
}

// The reading of one log: what one line says of another is kept in between.
class LogReading {
 public:
  void read(std::string_view raw) {
    if (!may_matter(raw)) return;
    std::string line(raw);
    RE2::Replace(&line, patterns_.prefix, "");
    if (!read_reason(line) && !read_kill(line) && !read_segfault(line) && !read_trap(line)) read_xid(line);
  }
  [[nodiscard]] std::vector<KernelEntry> take() { return std::move(entries_); }

 private:
  bool read_reason(const std::string& line) {
    if (std::string why; RE2::PartialMatch(line, patterns_.chosen, &why)) {
      reason_ = {.of_cgroup = why.starts_with("Memory cgroup"), .cgroup = {}, .pid = -1};
      return true;
    }
    Reason reason;
    std::string constraint;
    if (!RE2::PartialMatch(line, patterns_.reason, &constraint, &reason.cgroup, &reason.pid)) return false;
    reason.of_cgroup = constraint == "CONSTRAINT_MEMCG";
    reason_ = reason;
    return true;
  }

  bool read_kill(const std::string& line) {
    KernelEntry entry{.kind = KernelEntry::Kind::oom_kill};
    std::string why;
    if (!RE2::PartialMatch(line, patterns_.killed, &why, &entry.pid, &entry.name)) return false;
    entry.of_cgroup = why.starts_with("Memory cgroup") || (why.empty() && reason_.of_cgroup);
    if (reason_.pid == entry.pid) entry.cgroup = reason_.cgroup;
    RE2::PartialMatch(line, patterns_.anonymous, &entry.resident_kib);
    entries_.push_back(std::move(entry));
    return true;
  }

  bool read_segfault(const std::string& line) {
    KernelEntry entry{.kind = KernelEntry::Kind::crash};
    std::string address;
    std::string rest;
    if (!RE2::PartialMatch(line, patterns_.segfault, &entry.name, &entry.pid, &address, &rest)) return false;
    entry.signo = SIGSEGV;
    entry.text = fmt::format("segfault at address 0x{}{}", address, in_library(patterns_, rest));
    entries_.push_back(std::move(entry));
    return true;
  }

  bool read_trap(const std::string& line) {
    KernelEntry entry{.kind = KernelEntry::Kind::crash};
    std::string trap;
    std::string rest;
    if (!RE2::PartialMatch(line, patterns_.trap, &entry.name, &entry.pid, &trap, &rest)) return false;
    entry.signo = signal_of(trap);
    entry.text = trap + in_library(patterns_, rest);
    entries_.push_back(std::move(entry));
    return true;
  }

  // "79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus."; without pid and name in older drivers.
  void read_xid(const std::string& line) {
    KernelEntry entry{.kind = KernelEntry::Kind::xid};
    std::string pid;
    if (!RE2::PartialMatch(line, patterns_.xid, &entry.pci_bus, &entry.xid, &entry.text)) return;
    if (RE2::PartialMatch(entry.text, patterns_.owner, &pid)) RE2::Replace(&entry.text, patterns_.owner, "");
    if (RE2::PartialMatch(entry.text, patterns_.owner_name, &entry.name))
      RE2::Replace(&entry.text, patterns_.owner_name, "");
    if (entry.name == "<unknown>") entry.name.clear();
    entry.pid = number_or_unknown(pid);
    entries_.push_back(std::move(entry));
  }

  struct Reason {
    bool of_cgroup = false;
    std::string cgroup;
    int pid = -1;
  };

  LogPatterns patterns_;
  Reason reason_;
  std::vector<KernelEntry> entries_;
};

}  // namespace

std::vector<KernelEntry> parse_kernel_log(std::string_view text) {
  if (!may_matter(text)) return {};  // as nearly always: the patterns are not even made
  LogReading reading;
  while (!text.empty()) {
    const auto end = text.find('\n');
    reading.read(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size() - 1) + 1);
  }
  return reading.take();
}

}  // namespace gpulaunch
