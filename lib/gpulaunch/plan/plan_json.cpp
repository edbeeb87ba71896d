#include "gpulaunch/plan/plan_json.hpp"

#include "gpulaunch/base/secrets.hpp"

#include <nlohmann/json.hpp>

namespace gpulaunch {
namespace {

using Json = nlohmann::ordered_json;

constexpr int schema_version = 1;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string_view name_of(GpuInventory::Source source) {
  switch (source) {
    case GpuInventory::Source::nvml: return "nvml";
    case GpuInventory::Source::proc: return "proc";
    case GpuInventory::Source::none: break;
  }
  return "none";
}

std::string_view name_of(StdinSource source) {
  switch (source) {
    case StdinSource::inherit: return "inherit";
    case StdinSource::copy: return "copy";
    case StdinSource::null: break;
  }
  return "null";
}

Json topology_json(const Topology& topology) {
  Json gpus = Json::array();
  for (const auto& gpu : topology.gpus.gpus) {
    gpus.push_back({{"index", gpu.index}, {"uuid", gpu.uuid}, {"pci_bus", gpu.pci_bus}, {"name", gpu.name}});
  }
  return {{"allowed_cpus", topology.allowed_cpus},
          {"usable_cores", topology.usable_cores()},
          {"cgroup_cpus", topology.cgroup_cpus ? Json(*topology.cgroup_cpus) : Json(nullptr)},
          {"gpu_source", name_of(topology.gpus.source)},
          {"gpus", std::move(gpus)}};
}

Json stream_json(const StreamPlan& stream) {
  return {{"inherit", stream.inherit}, {"console", stream.console}, {"file", text_or_null(stream.file)}};
}

// null: the variable is removed.
Json environment_json(const std::vector<EnvChange>& changes) {
  Json environment = Json::object();
  for (const auto& [name, value] : changes) {
    environment[name] = value ? Json(shown_value(name, *value)) : Json(nullptr);
  }
  return environment;
}

Json rank_json(const RankPlan& rank) {
  return {{"rank", rank.rank.value()},
          {"local_rank", rank.local_rank.value()},
          {"argv", rank.argv},
          {"environment", environment_json(rank.env)},
          {"devices", rank.devices},
          {"cpus", rank.cpus.empty() ? Json(nullptr) : Json(rank.cpus)},
          {"stdin", name_of(rank.standard_input)},
          {"stdout", stream_json(rank.out)},
          {"stderr", stream_json(rank.err)},
          {"error_file", text_or_null(rank.error_file)}};
}

Json job_json(const Plan& plan) {
  return {{"schema", schema_version},
          {"run_id", plan.run_id},
          {"host", plan.host},
          {"attempt", plan.attempt},
          {"world_size", plan.world_size},
          {"master_addr", plan.master_addr},
          {"master_port", plan.master_port == 0 ? Json(nullptr) : Json(plan.master_port)},
          {"working_directory", plan.working_directory},
          {"attempt_dir", text_or_null(plan.attempt_dir)},
          {"filtered_stdout", text_or_null(plan.filtered_out)},
          {"filtered_stderr", text_or_null(plan.filtered_err)},
          {"terminal", plan.terminal},
          {"pty", plan.pty},
          {"labels", plan.labels},
          {"notices", plan.notices}};
}

}  // namespace

std::string plan_json(const Plan& plan, const Topology& topology) {
  Json document = job_json(plan);
  document["topology"] = topology_json(topology);
  document["ranks"] = Json::array();
  for (const auto& rank : plan.ranks) document["ranks"].push_back(rank_json(rank));
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gpulaunch
