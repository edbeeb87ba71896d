#include "gpulaunch/host/nvml_library.hpp"

#include <dlfcn.h>

namespace gpulaunch {
namespace {

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::optional<NvmlFunctions> find_functions(void* library) {
  NvmlFunctions nvml;
  const bool complete = find(library, "nvmlInit_v2", nvml.init) && find(library, "nvmlShutdown", nvml.shutdown) &&
                        find(library, "nvmlDeviceGetCount_v2", nvml.device_count) &&
                        find(library, "nvmlDeviceGetHandleByIndex_v2", nvml.device_by_index) &&
                        find(library, "nvmlDeviceGetUUID", nvml.device_uuid) &&
                        find(library, "nvmlDeviceGetName", nvml.device_name) &&
                        find(library, "nvmlDeviceGetPciInfo_v3", nvml.device_pci);
  return complete ? std::optional(nvml) : std::nullopt;
}

}  // namespace

void NvmlLibrary::Closer::operator()(void* library) const { ::dlclose(library); }

std::optional<NvmlLibrary> NvmlLibrary::open() {
  Handle handle(::dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL));
  if (!handle) return std::nullopt;
  const auto nvml = find_functions(handle.get());
  if (!nvml || nvml->init() != nvml_success) return std::nullopt;
  return NvmlLibrary(std::move(handle), *nvml);
}

NvmlLibrary::~NvmlLibrary() {
  if (handle_) nvml_.shutdown();
}

NvmlEventFunctions NvmlLibrary::events() const {
  NvmlEventFunctions found;
  const bool complete = find(handle_.get(), "nvmlEventSetCreate", found.create_set) &&
                        find(handle_.get(), "nvmlEventSetFree", found.free_set) &&
                        find(handle_.get(), "nvmlDeviceRegisterEvents", found.register_events) &&
                        find(handle_.get(), "nvmlEventSetWait_v2", found.wait);
  return complete ? found : NvmlEventFunctions{};
}

NvmlFabricFunction NvmlLibrary::fabric() const {
  NvmlFabricFunction function = nullptr;
  find(handle_.get(), "nvmlDeviceGetGpuFabricInfoV", function);
  return function;
}

}  // namespace gpulaunch
