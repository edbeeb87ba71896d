#include "gpulaunch/diagnosis/evidence/kernel_facts.hpp"

#include "gpulaunch/diagnosis/evidence/byte_text.hpp"

#include <fmt/format.h>

#include <signal.h>

#include <algorithm>

namespace gpulaunch {
namespace {

std::optional<int> owner_of(int pid, const std::vector<RankTrace>& ranks) {
  const auto owner = std::find_if(ranks.begin(), ranks.end(), [&](const auto& rank) { return rank.has(pid); });
  return pid > 0 && owner != ranks.end() ? std::optional(owner->rank) : std::nullopt;
}

std::vector<int> ranks_that_died_of(int signo, const std::vector<RankTrace>& ranks) {
  std::vector<int> dead;
  for (const auto& rank : ranks) {
    if (rank.died_of(signo)) dead.push_back(rank.rank);
  }
  return dead;
}

std::string process_text(int pid, const std::string& name) {
  if (pid <= 0) return fmt::format("a process ({})", name);
  return name.empty() ? fmt::format("pid {}", pid) : fmt::format("pid {} ({})", pid, name);
}

std::string kill_sentence(const KernelEntry& entry) {
  const auto resident =
      entry.resident_kib > 0
          ? fmt::format(" when it held {}", byte_text(static_cast<std::uint64_t>(entry.resident_kib) * 1024))
          : std::string();
  return fmt::format("the kernel killed {} for lack of memory{}: {}", process_text(entry.pid, entry.name), resident,
                     entry.of_cgroup ? "its cgroup's limit was reached" : "the machine had no more");
}

bool lived_in(const KernelEntry& entry, const OomKills& kills) {
  return kills.count > 0 && kills.cgroup && !entry.cgroup.empty() &&
         entry.cgroup.find(*kills.cgroup) != std::string::npos;
}

// By its number; where the log's numbers mean nothing to us, by being the only one that was killed.
std::optional<int> owner_of_kill(const KernelEntry& entry, const std::vector<RankTrace>& ranks) {
  const auto dead = ranks_that_died_of(SIGKILL, ranks);
  return entry.pid <= 0 && dead.size() == 1 ? std::optional(dead.front()) : owner_of(entry.pid, ranks);
}

// From the count alone: it names ranks where no more have died of SIGKILL than were killed for lack of memory. Of the
// whole machine's count nothing else may be ours.
std::vector<Fact> facts_of_count(const OomKills& kills, const std::vector<RankTrace>& ranks) {
  const auto sentence = fmt::format("the kernel killed {} process{} of {} for lack of memory while the job ran",
                                    kills.count, kills.count == 1 ? "" : "es", kills.place);
  const auto dead = ranks_that_died_of(SIGKILL, ranks);
  const bool sure = !dead.empty() && static_cast<long long>(dead.size()) <= kills.count;
  if (!sure && !kills.cgroup) return {};
  if (!sure) return {{.name = "oom-kill", .rank = {}, .sentence = sentence}};
  std::vector<Fact> facts;
  for (const int rank : dead) facts.push_back({"oom-kill", rank, sentence});
  return facts;
}

// The log names threads, and those of a process that is gone cannot be asked whose they were: a crash of nobody that
// we know is the rank's where only one rank died of such a signal, and only one such crash was logged.
std::optional<int> owner_of_crash(const KernelEntry& crash, const std::vector<KernelEntry>& log,
                                  const std::vector<RankTrace>& ranks) {
  if (const auto owner = owner_of(crash.pid, ranks)) return owner;
  const auto dead = ranks_that_died_of(crash.signo, ranks);
  const auto alike = std::count_if(log.begin(), log.end(), [&](const KernelEntry& other) {
    return other.kind == KernelEntry::Kind::crash && other.signo == crash.signo;
  });
  return dead.size() == 1 && alike == 1 ? std::optional(dead.front()) : std::nullopt;
}

}  // namespace

std::vector<Fact> oom_facts(const std::vector<KernelEntry>& log, const OomKills& kills,
                            const std::vector<RankTrace>& ranks) {
  std::vector<Fact> facts;
  for (const auto& entry : log) {
    if (entry.kind != KernelEntry::Kind::oom_kill) continue;
    const bool inside = lived_in(entry, kills);
    const auto owner = inside ? owner_of_kill(entry, ranks) : owner_of(entry.pid, ranks);
    if (owner || inside) facts.push_back({"oom-kill", owner, kill_sentence(entry)});
  }
  return facts.empty() && kills.count > 0 ? facts_of_count(kills, ranks) : facts;
}

std::vector<Fact> crash_facts(const std::vector<KernelEntry>& log, const std::vector<RankTrace>& ranks) {
  std::vector<Fact> facts;
  for (const auto& entry : log) {
    if (entry.kind != KernelEntry::Kind::crash) continue;
    if (const auto owner = owner_of_crash(entry, log, ranks)) {
      facts.push_back(
          {"segfault-logged", owner,
           fmt::format("the kernel logged a crash of {}: {}", process_text(entry.pid, entry.name), entry.text)});
    }
  }
  return facts;
}

}  // namespace gpulaunch
