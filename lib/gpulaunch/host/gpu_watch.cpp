#include "gpulaunch/host/gpu_watch.hpp"

#include "gpulaunch/host/gpus.hpp"
#include "gpulaunch/host/nvml_library.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gpulaunch {
namespace {

constexpr unsigned long long critical_xid = 0x8;  // nvmlEventTypeXidCriticalError

// Nothing: it is up, or belongs to no fabric.
std::optional<GpuFabric> fabric_trouble(NvmlFabricFunction ask, NvmlDevice device, int index) {
  NvmlFabricInfo info{};
  info.version = sizeof info | 2U << 24U;  // NVML_STRUCT_VERSION
  if (ask(device, &info) != nvml_success) return std::nullopt;
  switch (info.state) {  // NVML_GPU_FABRIC_STATE_...
    case 1: return GpuFabric{index, "not started"};
    case 2: return GpuFabric{index, "in progress"};
    case 3: break;
    default: return std::nullopt;
  }
  if (info.status == nvml_success) return std::nullopt;
  return GpuFabric{index, fmt::format("failed (NVML error {})", info.status)};
}

}  // namespace

struct GpuWatch::State {
  struct WatchedGpu {
    NvmlDevice device = nullptr;
    int index = 0;
    std::string pci_bus;
  };

  explicit State(NvmlLibrary opened) : library(std::move(opened)), events(library.events()) {}
  State(const State&) = delete;  // the set is freed once
  State& operator=(const State&) = delete;
  ~State() {
    if (set != nullptr) events.free_set(set);
  }

  void list_gpus() {
    unsigned count = 0;
    if (library.nvml().device_count(&count) != nvml_success) return;
    for (unsigned index = 0; index < count; ++index) add_gpu(index);
  }
  void add_gpu(unsigned index) {
    WatchedGpu gpu{.device = nullptr, .index = static_cast<int>(index), .pci_bus = {}};
    if (library.nvml().device_by_index(index, &gpu.device) != nvml_success) return;
    NvmlPciInfo pci{};
    if (library.nvml().device_pci(gpu.device, &pci) == nvml_success) gpu.pci_bus = sysfs_pci_address(pci.bus_id.data());
    gpus.push_back(std::move(gpu));
  }
  // A GPU that takes no registration leaves the set usable for the others.
  [[nodiscard]] bool watch_xids() {
    if (events.create_set == nullptr || events.create_set(&set) != nvml_success) return false;
    const auto taken = [&](const WatchedGpu& gpu) {
      return events.register_events(gpu.device, critical_xid, set) == nvml_success;
    };
    return std::count_if(gpus.begin(), gpus.end(), taken) > 0;
  }
  void look_at_fabric() {
    const auto ask = library.fabric();
    for (const auto& gpu : gpus) {
      auto trouble = ask != nullptr ? fabric_trouble(ask, gpu.device, gpu.index) : std::nullopt;
      if (trouble) fabric.push_back(std::move(*trouble));
    }
  }

  NvmlLibrary library;
  NvmlEventFunctions events;
  NvmlEventSet set = nullptr;
  bool watching = false;
  std::vector<WatchedGpu> gpus;
  std::vector<GpuFabric> fabric;
};

GpuWatch::GpuWatch(std::unique_ptr<State> state) : state_(std::move(state)) {}
GpuWatch::GpuWatch(GpuWatch&&) noexcept = default;
GpuWatch& GpuWatch::operator=(GpuWatch&&) noexcept = default;
GpuWatch::~GpuWatch() = default;

std::optional<GpuWatch> GpuWatch::open() {
  auto library = NvmlLibrary::open();
  if (!library) return std::nullopt;
  auto state = std::make_unique<State>(std::move(*library));
  state->list_gpus();
  state->watching = state->watch_xids();
  state->look_at_fabric();
  if (!state->watching && state->fabric.empty()) return std::nullopt;
  return GpuWatch(std::move(state));
}

std::vector<GpuFault> GpuWatch::faults() {
  std::vector<GpuFault> found;
  constexpr int most = 64;  // a GPU in trouble may tell of the same error without end
  for (int i = 0; state_->watching && i < most; ++i) {
    NvmlEvent event{};
    constexpr unsigned no_wait = 0;
    if (state_->events.wait(state_->set, &event, no_wait) != nvml_success) break;
    const auto gpu = std::find_if(state_->gpus.begin(), state_->gpus.end(),
                                  [&](const State::WatchedGpu& one) { return one.device == event.device; });
    if (gpu == state_->gpus.end() || event.type != critical_xid) continue;
    GpuFault fault{gpu->index, gpu->pci_bus, static_cast<int>(event.data)};
    if (std::find(found.begin(), found.end(), fault) == found.end()) found.push_back(std::move(fault));
  }
  return found;
}

const std::vector<GpuFabric>& GpuWatch::fabric_down() const { return state_->fabric; }

}  // namespace gpulaunch
