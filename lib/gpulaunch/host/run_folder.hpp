// The private folder of a run (0700) for error files; removed with all its contents when the job ends, however it ends.
// It stands in that of an outer launcher, which removes it when our guardians were killed with its job; else in
// XDG_RUNTIME_DIR, else in $TMPDIR, else in /dev/shm, else in /tmp: memory before disk where nobody chose,
// because removing a folder costs 4 ms on ext4 and 4 µs in memory. And the run's identity.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/reserved_fds.hpp"
#include "gpulaunch/plan/environment.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace gpulaunch {

class RunFolder {
 public:
  // Is told the path before the folder is made, so that somebody else can remove it if we are killed in between.
  using Announce = std::function<void(std::string_view path)>;
  [[nodiscard]] static Result<RunFolder> create(const Environment& environment, const Announce& announce = {});
  RunFolder(RunFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})), for_removal_(std::move(other.for_removal_)) {}
  RunFolder& operator=(RunFolder&&) = delete;
  RunFolder(const RunFolder&) = delete;  // it is removed once
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
  ReservedFds for_removal_;
};

// $TMPDIR or /tmp: where logs are kept whose place nobody chose.
[[nodiscard]] std::string temporary_folder(const Environment& environment);

// A random UUID (version 4), from getrandom(2).
[[nodiscard]] std::string make_run_id();
// <log_dir>/<run_id>_<8 random characters>, created. Errors: usage, naming --log-dir.
[[nodiscard]] Result<std::string> create_log_base(const std::string& log_dir, const std::string& run_id);

}  // namespace gpulaunch
