#include "gpulaunch/diagnosis/evidence/device_facts.hpp"

#include "gpulaunch/diagnosis/evidence/common_facts.hpp"
#include "gpulaunch/plan/devices.hpp"
#include "gpulaunch/process/mounts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

std::string existing(const GpuInventory& gpus) {
  const auto count = gpus.gpus.size();
  return count == 1 ? "device 0 exists" : fmt::format("devices 0-{} exist", count - 1);
}

// An entry that ends the list on purpose.
bool ends_list(std::string_view entry) { return entry.empty() || entry.starts_with('-'); }

bool names_nothing(const GpuInventory& gpus, std::string_view list) {
  while (!list.empty()) {
    const auto entry = take_until(list, ',');
    if (ends_list(entry)) return false;
    if (read_device_pool(gpus, entry).tokens.empty()) return true;
  }
  return false;
}

std::optional<Fact> finding(const GpuInventory& gpus, const RankTrace& rank) {
  const auto& list = rank.devices;
  if (!list) return std::nullopt;
  if (ends_list(*list)) {
    const auto value = list->empty() ? "empty" : *list;
    return Fact{"devices-hidden", rank.rank, fmt::format("CUDA_VISIBLE_DEVICES is {}, which hides every GPU", value)};
  }
  if (names_nothing(gpus, *list)) {
    return Fact{"devices-missing", rank.rank,
                fmt::format("CUDA_VISIBLE_DEVICES is {} but only {}", *list, existing(gpus))};
  }
  if (!read_device_pool(gpus, *list).tokens.empty()) return std::nullopt;
  return Fact{"devices-hidden", rank.rank,
              fmt::format("CUDA_VISIBLE_DEVICES is {}: one GPU is there twice, which hides every GPU", *list)};
}

// Where each rank was given a list of its own, it is not LOCAL_RANK that chooses among the GPUs.
std::optional<Fact> too_many_ranks(const GpuInventory& gpus, const std::vector<RankTrace>& ranks) {
  const auto& list = ranks.front().devices;
  const bool shared = std::all_of(ranks.begin(), ranks.end(),
                                  [&](const RankTrace& rank) { return rank.devices == list && rank.gpu.empty(); });
  const auto visible = read_device_pool(gpus, list).tokens.size();
  if (!shared || visible == 0 || ranks.size() <= visible) return std::nullopt;
  return Fact{
      "more-ranks-than-devices",
      {},
      fmt::format("{} ranks on this node but {} visible GPU{}", ranks.size(), visible, visible == 1 ? "" : "s")};
}

}  // namespace

std::vector<Fact> device_facts(const GpuInventory& gpus, const std::vector<RankTrace>& ranks) {
  if (gpus.gpus.empty()) {
    const auto why = gpus.source == GpuInventory::Source::none ? "no NVIDIA driver answers" : "the driver lists none";
    return {{.name = "no-devices", .rank = {}, .sentence = fmt::format("this machine shows no GPU: {}", why)}};
  }
  std::vector<Fact> findings;
  for (const auto& rank : ranks) {
    if (auto fact = finding(gpus, rank)) findings.push_back(std::move(*fact));
  }
  auto facts = say_once(std::move(findings), ranks.size());
  if (auto fact = ranks.empty() ? std::nullopt : too_many_ranks(gpus, ranks)) facts.push_back(std::move(*fact));
  return facts;
}

}  // namespace gpulaunch
