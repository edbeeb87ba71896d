// What is used of NVML, declared here because toolkits of version 13 and later bring no nvml.h. Layouts and versioned
// symbol names are those of NVML's stable ABI (nvml.h defines the unversioned names to these). An NvmlLibrary is the
// loaded and initialised library; its functions may be called as long as it lives. Used within host/ alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace gpulaunch {

using NvmlReturn = int;
inline constexpr NvmlReturn nvml_success = 0;
struct NvmlDeviceRecord;
using NvmlDevice = NvmlDeviceRecord*;
struct NvmlEventSetRecord;
using NvmlEventSet = NvmlEventSetRecord*;

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

struct NvmlEvent {
  NvmlDevice device;
  std::uint64_t type;
  std::uint64_t data;  // of an Xid: its number
  std::uint32_t gpu_instance;
  std::uint32_t compute_instance;
};
static_assert(sizeof(NvmlEvent) == 32);

struct NvmlFabricInfo {  // nvmlGpuFabricInfo_v2_t
  std::uint32_t version;
  std::array<std::uint8_t, 16> cluster_uuid;
  NvmlReturn status;
  std::uint32_t clique;
  std::uint8_t state;
  std::uint32_t health;
};
static_assert(sizeof(NvmlFabricInfo) == 36 && offsetof(NvmlFabricInfo, state) == 28);

struct NvmlFunctions {
  NvmlReturn (*init)() = nullptr;
  NvmlReturn (*shutdown)() = nullptr;
  NvmlReturn (*device_count)(unsigned*) = nullptr;
  NvmlReturn (*device_by_index)(unsigned, NvmlDevice*) = nullptr;
  NvmlReturn (*device_uuid)(NvmlDevice, char*, unsigned) = nullptr;
  NvmlReturn (*device_name)(NvmlDevice, char*, unsigned) = nullptr;
  NvmlReturn (*device_pci)(NvmlDevice, NvmlPciInfo*) = nullptr;
};

// All of them null where the library lacks one.
struct NvmlEventFunctions {
  NvmlReturn (*create_set)(NvmlEventSet*) = nullptr;
  NvmlReturn (*free_set)(NvmlEventSet) = nullptr;
  NvmlReturn (*register_events)(NvmlDevice, unsigned long long, NvmlEventSet) = nullptr;
  NvmlReturn (*wait)(NvmlEventSet, NvmlEvent*, unsigned) = nullptr;
};
using NvmlFabricFunction = NvmlReturn (*)(NvmlDevice, NvmlFabricInfo*);

class NvmlLibrary {
 public:
  // Nothing when the library is missing, incomplete or refuses.
  [[nodiscard]] static std::optional<NvmlLibrary> open();
  NvmlLibrary(NvmlLibrary&&) noexcept = default;
  NvmlLibrary& operator=(NvmlLibrary&&) = delete;
  NvmlLibrary(const NvmlLibrary&) = delete;  // NVML counts its inits: each is paired with one shutdown
  NvmlLibrary& operator=(const NvmlLibrary&) = delete;
  ~NvmlLibrary();

  [[nodiscard]] const NvmlFunctions& nvml() const { return nvml_; }
  [[nodiscard]] NvmlEventFunctions events() const;
  [[nodiscard]] NvmlFabricFunction fabric() const;  // null in libraries before version 12.3

 private:
  struct Closer {
    void operator()(void* library) const;
  };
  using Handle = std::unique_ptr<void, Closer>;
  NvmlLibrary(Handle handle, const NvmlFunctions& nvml) : handle_(std::move(handle)), nvml_(nvml) {}

  Handle handle_;
  NvmlFunctions nvml_;
};

}  // namespace gpulaunch
