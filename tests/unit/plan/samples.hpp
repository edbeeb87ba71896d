// Jobs, machines and facts by hand: the smallest ones that are valid, for tests to change.
#pragma once

#include "gpulaunch/plan/plan.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gpulaunch::samples {

inline Options options(int ranks, std::vector<std::string> command = {"./train"}) {
  Options options;
  options.job.nproc.count = ranks;
  options.command = std::move(command);
  return options;
}

inline Environment environment(const std::vector<std::pair<std::string, std::string>>& variables = {}) {
  Environment environment;
  environment.set("HOME", "/home/ann");
  environment.set("PATH", "/usr/bin:/bin");
  for (const auto& [name, value] : variables) environment.set(name, value);
  return environment;
}

inline Topology cpu_machine() {
  Topology topology;
  topology.hostname = "node7";
  for (int cpu = 0; cpu < 16; ++cpu) topology.allowed_cpus.push_back(cpu);
  topology.physical_cores = 8;
  topology.open_files_hard_limit = 4096;
  return topology;
}

inline Topology gpu_machine(int gpus) {
  Topology topology = cpu_machine();
  topology.gpus.source = GpuInventory::Source::nvml;
  for (int i = 0; i < gpus; ++i) {
    topology.gpus.gpus.push_back({.index = i,
                                  .uuid = fmt::format("GPU-{0}{0}aa0000-1111-2222-3333-444444444444", i),
                                  .pci_bus = fmt::format("0000:0{}:00.0", i),
                                  .name = "NVIDIA H200"});
  }
  return topology;
}

inline RunFacts facts() {
  RunFacts facts;
  facts.run_id = "5b0f8a1e-0000-4000-8000-00000000c0de";
  facts.master_port = 40123;
  facts.run_dir = "/run/user/1000/gpulaunch-Ab12Cd";
  facts.working_directory = "/home/ann/work";
  return facts;
}

// The plan of a job that must be possible.
inline Plan plan_of(const Options& options, const Topology& topology,
                    const Environment& environment = samples::environment(), const RunFacts& facts = samples::facts()) {
  const auto job = make_job(options, environment);
  if (!job) throw std::runtime_error(job.error().message);
  auto plan = make_plan(*job, topology, environment, facts);
  if (!plan) throw std::runtime_error(plan.error().message);
  return std::move(*plan);
}

// The message of a job that must be refused as a usage error, by make_job() or make_plan().
inline std::string refusal_of(const Options& options, const Topology& topology,
                              const Environment& environment = samples::environment(),
                              const RunFacts& facts = samples::facts()) {
  const auto job = make_job(options, environment);
  if (!job) return job.error().kind == ErrorKind::usage ? job.error().message : "not a usage error";
  const auto plan = make_plan(*job, topology, environment, facts);
  if (plan) return "not refused";
  return plan.error().kind == ErrorKind::usage ? plan.error().message : "not a usage error";
}

// What a rank's environment is in the end.
inline Environment worker(const Plan& plan, std::size_t rank, const Environment& environment = samples::environment()) {
  return apply(environment, plan.ranks.at(rank).env);
}

inline std::string value(const Environment& environment, std::string_view name) {
  const auto found = environment.get(name);
  return found ? std::string(*found) : "<unset>";
}

}  // namespace gpulaunch::samples
