// The names of the system calls in which processes wait, by this machine's numbers: for kernels and containers that do
// not tell the wait channel.
#pragma once

#include <string_view>

namespace gpulaunch {

// What /proc/PID/syscall says ("202 0x7f… …", "running", "-1 …") as the name of the call: "futex". Empty when the
// process runs, is not in a call, or the line makes no sense; "system call 999" is never said.
[[nodiscard]] std::string_view waiting_call(std::string_view syscall_line);

}  // namespace gpulaunch
