#include "gpulaunch/run/inspection_plan.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace gpulaunch {
namespace {

// As the rank got it; empty where it did not.
std::string variable_of(const RankPlan& rank, const Environment& environment, std::string_view name) {
  const auto change = std::find_if(rank.env.begin(), rank.env.end(), [&](const auto& one) { return one.name == name; });
  if (change != rank.env.end()) return change->value.value_or("");
  return std::string(environment.get(name).value_or(""));
}

std::string python_of(const RankPlan& rank) {
  const std::string_view program = rank.argv.front();
  const auto name = program.substr(program.rfind('/') + 1);
  return name.starts_with("python") || name.starts_with("pypy") ? std::string(program) : "";
}

// Torch makes a pipe for each rank where its prefix is given, and writes what it recorded when somebody writes to that.
std::string flight_recorder_of(const RankPlan& rank, const Environment& environment) {
  const auto prefix = variable_of(rank, environment, "TORCH_NCCL_DEBUG_INFO_PIPE_FILE");
  return prefix.empty() ? "" : prefix + std::to_string(rank.rank.value()) + ".pipe";
}

}  // namespace

InspectionSpec inspection_of(const Plan& plan, const std::vector<RankProcess>& processes,
                             const Environment& environment) {
  InspectionSpec spec;
  spec.ras_address = variable_of(plan.ranks.front(), environment, "NCCL_RAS_ADDR");
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (processes[i].state != RankProcess::State::running) continue;
    const auto& rank = plan.ranks[i];
    spec.ranks.push_back({.rank = rank.rank.value(),
                          .pid = processes[i].pid,
                          .python = python_of(rank),
                          .flight_recorder = flight_recorder_of(rank, environment)});
  }
  return spec;
}

}  // namespace gpulaunch
