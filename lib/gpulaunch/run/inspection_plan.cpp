#include "gpulaunch/run/inspection_plan.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace gpulaunch {
namespace {

// As the rank got it; empty where it did not.
std::string text_of_variable(const RankPlan& rank, const Environment& environment, std::string_view name) {
  return value_after(rank.env, environment, name).value_or("");
}

std::string python_of(const RankPlan& rank) {
  const std::string_view program = rank.argv.front();
  const auto name = program.substr(program.rfind('/') + 1);
  return name.starts_with("python") || name.starts_with("pypy") ? std::string(program) : "";
}

// Torch makes a pipe for each rank where its prefix is given, and writes what it recorded when somebody writes to that.
std::string flight_recorder_of(const RankPlan& rank, const Environment& environment) {
  const auto prefix = text_of_variable(rank, environment, "TORCH_NCCL_DEBUG_INFO_PIPE_FILE");
  return prefix.empty() ? "" : prefix + std::to_string(rank.rank.value()) + ".pipe";
}

}  // namespace

InspectionSpec inspection_of(const Plan& plan, const std::vector<RankProcess>& processes,
                             const Environment& environment) {
  InspectionSpec spec;
  spec.ras_address = text_of_variable(plan.ranks.front(), environment, "NCCL_RAS_ADDR");
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
