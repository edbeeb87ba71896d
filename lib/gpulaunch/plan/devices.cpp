#include "gpulaunch/plan/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace gpulaunch {
namespace {

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> entries;
  while (true) {
    const auto comma = text.find(',');
    std::string_view entry = text.substr(0, comma);
    while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
    while (!entry.empty() && entry.back() == ' ') entry.remove_suffix(1);
    entries.emplace_back(entry);
    if (comma == std::string_view::npos) return entries;
    text.remove_prefix(comma + 1);
  }
}

// strtoul's way: "1gpu2" is 1, and what does not begin with a number is none.
std::optional<int> leading_number(std::string_view entry) {
  if (entry.starts_with('+')) entry.remove_prefix(1);
  int number = -1;
  const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), number);
  return error == std::errc{} && end != entry.data() && number >= 0 ? std::optional(number) : std::nullopt;
}

// Turns the entries of one list into names of GPUs, so that repeats are found however they are written.
class EntryReader {
 public:
  EntryReader(const GpuInventory& inventory, std::string_view first_entry)
      : gpus_(inventory.gpus), known_(inventory.source != GpuInventory::Source::none) {
    // The first entry decides how all of them are read.
    for (const std::string_view prefix : {"GPU-", "MIG-"}) {
      if (first_entry.starts_with(prefix)) prefix_ = prefix;
    }
  }

  // Nothing: the entry names no GPU here, and the list ends before it.
  [[nodiscard]] std::optional<std::string> identify(std::string_view entry) const {
    if (prefix_.empty()) return by_ordinal(entry);
    if (!entry.starts_with(prefix_)) return std::nullopt;
    // MIG instances are not in the inventory: the driver alone can say whether they exist.
    return prefix_ == "GPU-" && known_ ? by_uuid(entry) : std::optional<std::string>(entry);
  }

 private:
  [[nodiscard]] std::optional<std::string> by_ordinal(std::string_view entry) const {
    const auto number = leading_number(entry);
    if (!number || (known_ && *number >= static_cast<int>(gpus_.size()))) return std::nullopt;
    return std::to_string(*number);
  }

  [[nodiscard]] std::optional<std::string> by_uuid(std::string_view entry) const {
    const auto matches = [&](const Gpu& gpu) { return gpu.uuid.starts_with(entry); };
    const auto found = std::find_if(gpus_.begin(), gpus_.end(), matches);
    if (found == gpus_.end() || std::any_of(found + 1, gpus_.end(), matches)) return std::nullopt;
    return found->uuid;
  }

  const std::vector<Gpu>& gpus_;
  bool known_;
  std::string_view prefix_;
};

bool is_terminator(std::string_view entry) { return entry.empty() || entry.starts_with('-'); }

std::string cut_notice(std::string_view list, std::string_view entry, std::size_t kept) {
  return fmt::format("CUDA_VISIBLE_DEVICES={}: entry \"{}\" names no GPU here and ends the list: {} visible", list,
                     entry, kept);
}

// "-1" for none and a trailing comma are idioms that lose nothing, so they deserve no remark.
bool loses_something(const std::vector<std::string>& entries, std::size_t cut) {
  return !is_terminator(entries[cut]) || cut + 1 < entries.size();
}

DevicePool read_list(const GpuInventory& inventory, std::string_view list) {
  DevicePool pool{.tokens = {}, .verified = inventory.source != GpuInventory::Source::none, .notices = {}};
  const auto entries = split_list(list);
  const EntryReader reader(inventory, entries.front());
  std::vector<std::string> seen;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto identity = reader.identify(entries[i]);
    if (!identity) {
      if (loses_something(entries, i)) pool.notices.push_back(cut_notice(list, entries[i], pool.tokens.size()));
      break;
    }
    if (std::find(seen.begin(), seen.end(), *identity) != seen.end()) {
      pool.tokens.clear();
      pool.notices.push_back(fmt::format(
          "CUDA_VISIBLE_DEVICES={}: entry \"{}\" is there twice, so CUDA sees no GPU at all", list, entries[i]));
      break;
    }
    seen.push_back(*identity);
    pool.tokens.push_back(entries[i]);
  }
  return pool;
}

// torchrun's --virtual-local-rank: the rank's entry of the parent's list, or its local rank where that has none.
// HIP_VISIBLE_DEVICES is looked at first, as torchrun does.
std::string virtual_device(const Environment& environment, LocalRank rank) {
  auto list = environment.get("HIP_VISIBLE_DEVICES");
  if (!list) list = environment.get("CUDA_VISIBLE_DEVICES");
  const auto entries = list ? split_list(*list) : std::vector<std::string>{};
  return rank.index() < entries.size() ? entries[rank.index()] : std::to_string(rank.value());
}

DeviceShare one_device(const std::string& token) {
  return {.cuda_visible_devices = token, .tokens = {token}, .single = true};
}

}  // namespace

DevicePool read_device_pool(const GpuInventory& inventory, std::optional<std::string_view> visible) {
  if (visible && visible->empty()) return {.tokens = {}, .verified = true, .notices = {}};
  if (visible) return read_list(inventory, *visible);
  DevicePool pool{.tokens = {}, .verified = inventory.source != GpuInventory::Source::none, .notices = {}};
  for (const auto& gpu : inventory.gpus) pool.tokens.push_back(gpu.uuid);
  return pool;
}

DeviceShare share_devices(const Job& job, const DevicePool& pool, const Environment& environment, LocalRank rank) {
  switch (job.options.job.devices) {
    case DeviceMode::none: return {.cuda_visible_devices = "", .tokens = {}, .single = false};
    case DeviceMode::isolate: return one_device(pool.tokens[rank.index() % pool.tokens.size()]);
    case DeviceMode::all: break;
  }
  if (job.options.job.virtual_local_rank) return one_device(virtual_device(environment, rank));
  return {.cuda_visible_devices = std::nullopt, .tokens = pool.tokens, .single = false};
}

}  // namespace gpulaunch
