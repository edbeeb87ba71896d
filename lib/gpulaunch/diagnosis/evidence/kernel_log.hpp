// What the kernel's log says of processes and GPUs: killed for lack of memory, crashed, Xid. Reads records of /dev/kmsg
// ("6,3142,38407885084,-;text") and lines of dmesg and journalctl alike; the forms of kernels 3.10 to 6.18 are known.
// Pure; everything else in the log is passed over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct KernelEntry {
  enum class Kind { oom_kill, crash, xid };

  Kind kind = Kind::oom_kill;
  int pid = -1;                // of a crash: the thread's; -1: the log does not say. In the first pid namespace
  std::string name = {};       // of the process or thread; may be empty
  int signo = 0;               // of a crash: the signal that it was given
  std::string text = {};       // what happened: "segfault at 0, in libtorch_cuda.so", "GPU has fallen off the bus."
  bool of_cgroup = false;      // oom_kill: a cgroup's limit was reached, not the end of the machine's memory
  std::string cgroup = {};     // oom_kill: where the process lived, where the log says
  long long resident_kib = 0;  // oom_kill: its anonymous memory, where the log says
  int xid = 0;
  std::string pci_bus = {};  // xid: "0000:06:00", as the driver writes it
};

[[nodiscard]] std::vector<KernelEntry> parse_kernel_log(std::string_view text);

}  // namespace gpulaunch
