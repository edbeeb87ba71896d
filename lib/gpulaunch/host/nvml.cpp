// What is used of NVML is declared here, because toolkits of version 13 and later bring no nvml.h. Layouts and
// versioned symbol names are those of NVML's stable ABI (nvml.h defines the unversioned names to these).
#include "gpulaunch/host/gpus.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace gpulaunch {
namespace {

using NvmlReturn = int;
constexpr NvmlReturn nvml_success = 0;
struct NvmlDeviceRecord;
using NvmlDevice = NvmlDeviceRecord*;

struct NvmlPciInfo {
  std::array<char, 16> legacy_bus_id;
  std::uint32_t domain;
  std::uint32_t bus;
  std::uint32_t device;
  std::uint32_t device_id;
  std::uint32_t subsystem_id;
  std::array<char, 32> bus_id;
};
static_assert(sizeof(NvmlPciInfo) == 68 && offsetof(NvmlPciInfo, bus_id) == 36);

struct LibraryCloser {
  void operator()(void* library) const { ::dlclose(library); }
};
using Library = std::unique_ptr<void, LibraryCloser>;

struct Functions {
  NvmlReturn (*init)() = nullptr;
  NvmlReturn (*shutdown)() = nullptr;
  NvmlReturn (*device_count)(unsigned*) = nullptr;
  NvmlReturn (*device_by_index)(unsigned, NvmlDevice*) = nullptr;
  NvmlReturn (*device_uuid)(NvmlDevice, char*, unsigned) = nullptr;
  NvmlReturn (*device_name)(NvmlDevice, char*, unsigned) = nullptr;
  NvmlReturn (*device_pci)(NvmlDevice, NvmlPciInfo*) = nullptr;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<Functions> find_functions(void* library) {
  Functions nvml;
  const bool complete = find(library, "nvmlInit_v2", nvml.init) && find(library, "nvmlShutdown", nvml.shutdown) &&
                        find(library, "nvmlDeviceGetCount_v2", nvml.device_count) &&
                        find(library, "nvmlDeviceGetHandleByIndex_v2", nvml.device_by_index) &&
                        find(library, "nvmlDeviceGetUUID", nvml.device_uuid) &&
                        find(library, "nvmlDeviceGetName", nvml.device_name) &&
                        find(library, "nvmlDeviceGetPciInfo_v3", nvml.device_pci);
  return complete ? std::optional(nvml) : std::nullopt;
}

// NVML counts its inits: each is paired with one shutdown.
class Session {
 public:
  explicit Session(const Functions& nvml) : nvml_(&nvml), open_(nvml.init() == nvml_success) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (open_) nvml_->shutdown();
  }
  [[nodiscard]] bool is_open() const { return open_; }

 private:
  const Functions* nvml_;
  bool open_;
};

std::optional<Gpu> describe(const Functions& nvml, unsigned index) {
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
  const Library library(::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL));
  if (!library) return std::nullopt;
  const auto nvml = find_functions(library.get());
  if (!nvml) return std::nullopt;
  const Session session(*nvml);
  unsigned count = 0;
  if (!session.is_open() || nvml->device_count(&count) != nvml_success) return std::nullopt;
  std::vector<Gpu> gpus;
  for (unsigned index = 0; index < count; ++index) {
    if (auto gpu = describe(*nvml, index)) gpus.push_back(std::move(*gpu));
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
