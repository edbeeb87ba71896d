// Critical errors (Xid) of GPUs while a job runs: NVML keeps those for us that come after we asked for them, and
// forgets what came before. Opened once the ranks have been started, where there are GPUs; asked after a failure.
// Opening takes as long as listing the GPUs does and keeps NVML open, but nothing runs in between. Without support
// there is no watch.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct GpuFault {
  int index = 0;        // NVML (PCI bus) order
  std::string pci_bus;  // "0000:06:00.0"
  int xid = 0;
  friend bool operator==(const GpuFault&, const GpuFault&) = default;
};

// A GPU that is to be a member of an NVLink fabric and is not: CUDA refuses it with error 802.
struct GpuFabric {
  int index = 0;
  std::string state;  // "not started", "in progress", "failed (NVML error 3)"
  friend bool operator==(const GpuFabric&, const GpuFabric&) = default;
};

class GpuWatch {
 public:
  // Nothing where NVML is missing, or no GPU of ours can be watched.
  [[nodiscard]] static std::optional<GpuWatch> open();
  GpuWatch(GpuWatch&&) noexcept;
  GpuWatch& operator=(GpuWatch&&) noexcept;
  GpuWatch(const GpuWatch&) = delete;  // one event set, freed once
  GpuWatch& operator=(const GpuWatch&) = delete;
  ~GpuWatch();

  // Those since the last call. Does not wait.
  [[nodiscard]] std::vector<GpuFault> faults();
  // As it was when the watch was opened: asking a GPU that has died since could take minutes.
  [[nodiscard]] const std::vector<GpuFabric>& fabric_down() const;

 private:
  struct State;
  explicit GpuWatch(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace gpulaunch
