#include "gpulaunch/host/files.hpp"
#include "gpulaunch/host/gpus.hpp"

#include <algorithm>
#include <filesystem>

namespace gpulaunch {
namespace {

namespace fs = std::filesystem;

// "GPU UUID: \t GPU-8932…" → "GPU-8932…"; empty where the line is missing.
std::string field(std::string_view information, std::string_view name) {
  while (const auto line = take_line(information)) {
    if (!line->starts_with(name) || line->substr(name.size(), 1) != ":") continue;
    auto value = line->substr(name.size() + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    return std::string(value);
  }
  return {};
}

std::vector<std::string> folder_names(const fs::path& folder, std::error_code& error) {
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::optional<std::vector<Gpu>> list_gpus_by_proc(const std::string& root) {
  const fs::path folder = root + "/proc/driver/nvidia/gpus";
  std::error_code error;
  const auto addresses = folder_names(folder, error);
  if (error) return std::nullopt;
  std::vector<Gpu> gpus;
  for (const auto& address : addresses) {
    const auto information = read_small_file((folder / address / "information").string());
    if (!information) continue;
    gpus.push_back({.index = static_cast<int>(gpus.size()),
                    .uuid = field(*information, "GPU UUID"),
                    .pci_bus = sysfs_pci_address(address),
                    .name = field(*information, "Model")});
  }
  return gpus;
}

GpuInventory list_gpus(const std::string& root) {
  if (auto gpus = list_gpus_by_nvml()) return {.source = GpuInventory::Source::nvml, .gpus = std::move(*gpus)};
  if (auto gpus = list_gpus_by_proc(root)) return {.source = GpuInventory::Source::proc, .gpus = std::move(*gpus)};
  return {};
}

}  // namespace gpulaunch
