#include "gpulaunch/diagnosis/evidence/evidence.hpp"

#include "gpulaunch/diagnosis/evidence/core_facts.hpp"
#include "gpulaunch/diagnosis/evidence/device_facts.hpp"
#include "gpulaunch/diagnosis/evidence/kernel_facts.hpp"
#include "gpulaunch/diagnosis/evidence/limit_facts.hpp"
#include "gpulaunch/diagnosis/evidence/network_facts.hpp"
#include "gpulaunch/diagnosis/evidence/port_facts.hpp"
#include "gpulaunch/diagnosis/evidence/space_facts.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <utility>

namespace gpulaunch {
namespace {

void append(std::vector<Fact>& facts, std::vector<Fact> more) {
  facts.insert(facts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// The log names processes by their numbers in the first pid namespace, whose own number is fixed (Linux,
// PROC_PID_INIT_INO); in another one they mean somebody else.
bool in_first_pid_namespace(const std::string& root) {
  std::error_code error;
  return std::filesystem::read_symlink(root + "/proc/self/ns/pid", error) == "pid:[4026531836]";
}

std::vector<Fact> fabric_facts(const GpuWatch& watch) {
  std::vector<Fact> facts;
  for (const auto& gpu : watch.fabric_down()) {
    facts.push_back(
        {"fabric-down", {}, fmt::format("the NVLink fabric of GPU {} is not up: {}", gpu.index, gpu.state)});
  }
  return facts;
}

}  // namespace

EvidenceDesk EvidenceDesk::open(EvidenceSpec spec) { return EvidenceDesk(std::move(spec)); }

EvidenceDesk::EvidenceDesk(EvidenceSpec spec)
    : spec_(std::move(spec)),
      own_(read_own_cgroups(spec_.root)),
      log_(spec_.root),
      counter_(OomCounter::find(own_, spec_.cgroup)),
      kills_before_(counter_.read().value_or(0)),
      refused_before_(read_task_limit(own_, spec_.cgroup).value_or(TaskLimit{}).refused) {}

std::vector<Fact> EvidenceDesk::gather(const EvidenceQuestion& question) {
  auto facts = kernel_and_gpus(question);
  append(facts, core_facts(spec_.root, question));
  append(facts, space_facts(spec_.root, question));
  append(facts, limit_facts(read_process_limits(question), read_task_limit(own_, spec_.cgroup), refused_before_));
  append(facts, port_facts(spec_.root, question));
  if (spec_.gpus) append(facts, device_facts(*spec_.gpus, question.ranks));
  append(facts, network_facts(spec_.root, question));
  return facts;
}

std::vector<Fact> EvidenceDesk::kernel_and_gpus(const EvidenceQuestion& question) {
  auto log = parse_kernel_log(log_.read_new());
  if (!in_first_pid_namespace(spec_.root)) {
    for (auto& entry : log) entry.pid = -1;
  }
  const OomKills kills{.count = counter_.read().value_or(kills_before_) - kills_before_,
                       .place = counter_.place(),
                       .cgroup = counter_.cgroup_path()};
  auto facts = oom_facts(log, kills, question.ranks);
  append(facts, crash_facts(log, question.ranks));
  append(facts, xid_facts(log, watch_ ? watch_->faults() : std::vector<GpuFault>{}, spec_.gpus.value_or(GpuInventory{}),
                          question.ranks));
  if (watch_) append(facts, fabric_facts(*watch_));
  return facts;
}

}  // namespace gpulaunch
