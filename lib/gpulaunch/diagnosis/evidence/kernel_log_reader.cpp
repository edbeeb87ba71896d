#include "gpulaunch/diagnosis/evidence/kernel_log_reader.hpp"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace gpulaunch {

KernelLogReader::KernelLogReader(const std::string& root)
    : device_(::open((root + "/dev/kmsg").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (device_ && ::lseek(device_.get(), 0, SEEK_END) < 0) device_.reset();
}

std::string KernelLogReader::read_new() const {
  std::string text;
  if (!device_) return text;
  std::array<char, 8192> record;       // of a single record, however much fits (Linux: CONSOLE_EXT_LOG_MAX)
  constexpr int most_records = 20000;  // a log that grows faster than it is read
  for (int i = 0; i < most_records; ++i) {
    const ssize_t size = ::read(device_.get(), record.data(), record.size());
    if (size < 0 && (errno == EPIPE || errno == EINTR)) continue;  // what we were to read next was overwritten
    if (size <= 0) break;
    text.append(record.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace gpulaunch
