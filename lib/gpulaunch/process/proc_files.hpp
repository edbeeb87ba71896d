// Reading /proc when the machine may have no memory left: paths, files and folders are read into buffers of the
// caller's frame, by calls that neither allocate nor lock. read_proc alone returns memory, and nobody kills with it.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gpulaunch {

// "/proc/47/task/48": ProcPath() / 47 / "task" / 48. What does not fit is cut off.
class ProcPath {
 public:
  ProcPath() noexcept { append("/proc"); }
  ProcPath& operator/(std::string_view name) noexcept;
  ProcPath& operator/(pid_t number) noexcept;
  [[nodiscard]] const char* c_str() const noexcept { return text_.data(); }

 private:
  void append(std::string_view text) noexcept;

  std::array<char, 64> text_{};  // zero-filled, so that it ends
  std::size_t size_ = 0;
};

// The entries of a folder that are numbers: /proc, /proc/PID/task, /proc/PID/fd.
class NumberFolder {
 public:
  explicit NumberFolder(const ProcPath& path) noexcept;
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(folder_); }
  [[nodiscard]] std::optional<int> next() noexcept;

 private:
  [[nodiscard]] bool refill() noexcept;

  Fd folder_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  alignas(8) std::array<char, 4096> entries_;  // as the kernel fills it
};

// The children that a thread has made, where the kernel keeps the list (CONFIG_PROC_CHILDREN). One that ends while it
// is read may hide another until the next time (proc(5)).
class ChildList {
 public:
  ChildList(pid_t process, pid_t thread) noexcept;
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  [[nodiscard]] std::optional<pid_t> next() noexcept;

 private:
  [[nodiscard]] char next_character() noexcept;  // NUL at the end

  Fd file_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::array<char, 4096> text_;
};

// As much of a file as the buffer holds; nothing when it cannot be opened or read.
[[nodiscard]] std::optional<std::string_view> read_beginning(const ProcPath& path, std::span<char> buffer) noexcept;

// A whole small file; nothing when it cannot be opened or read.
[[nodiscard]] std::optional<std::string> read_proc(const ProcPath& path);

}  // namespace gpulaunch
