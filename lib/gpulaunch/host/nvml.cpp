#include "gpulaunch/host/gpus.hpp"
#include "gpulaunch/host/nvml_library.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace gpulaunch {
namespace {

std::optional<Gpu> describe(const NvmlFunctions& nvml, unsigned index) {
  NvmlDevice device = nullptr;
  std::array<char, 96> uuid{};  // NVML_DEVICE_UUID_V2_BUFFER_SIZE
  if (nvml.device_by_index(index, &device) != nvml_success) return std::nullopt;
  if (nvml.device_uuid(device, uuid.data(), uuid.size()) != nvml_success) return std::nullopt;
  Gpu gpu{.index = static_cast<int>(index), .uuid = uuid.data(), .pci_bus = {}, .name = {}};
  std::array<char, 96> name{};  // NVML_DEVICE_NAME_V2_BUFFER_SIZE
  if (nvml.device_name(device, name.data(), name.size()) == nvml_success) gpu.name = name.data();
  NvmlPciInfo pci{};
  if (nvml.device_pci(device, &pci) == nvml_success) gpu.pci_bus = sysfs_pci_address(pci.bus_id.data());
  return gpu;
}

}  // namespace

std::optional<std::vector<Gpu>> list_gpus_by_nvml() {
  const auto library = NvmlLibrary::open();
  unsigned count = 0;
  if (!library || library->nvml().device_count(&count) != nvml_success) return std::nullopt;
  std::vector<Gpu> gpus;
  for (unsigned index = 0; index < count; ++index) {
    if (auto gpu = describe(library->nvml(), index)) gpus.push_back(std::move(*gpu));
  }
  return gpus;
}

std::string sysfs_pci_address(std::string_view nvml_address) {
  constexpr std::size_t sysfs_length = 12;
  if (nvml_address.size() > sysfs_length) nvml_address.remove_prefix(nvml_address.size() - sysfs_length);
  std::string address(nvml_address);
  std::transform(address.begin(), address.end(), address.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return address;
}

}  // namespace gpulaunch
