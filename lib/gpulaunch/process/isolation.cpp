#include "gpulaunch/process/isolation.hpp"

#include "gpulaunch/base/fd.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace gpulaunch {
namespace {

constexpr std::string_view refused = "--isolate pid: this machine refuses a pid namespace";

bool write_to(const char* path, std::string_view text) {
  const Fd file(::open(path, O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// The same numbers inside as outside. Groups cannot be mapped before setgroups(2) is given up for good.
bool keep_identity(uid_t user, gid_t group) {
  return write_to("/proc/self/setgroups", "deny") && write_to("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) &&
         write_to("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

}  // namespace

Result<void> begin_pid_namespace() {
  if (::unshare(CLONE_NEWPID) == 0) return {};
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) return fail_errno(refused, errno);
  if (!keep_identity(user, group)) return fail_errno(fmt::format("{} (the user cannot be mapped)", refused), errno);
  return {};
}

Result<void> mount_own_proc() {
  const bool apart = ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!apart || ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return fail_errno(fmt::format("{} (its /proc cannot be mounted)", refused), errno);
  }
  return {};
}

}  // namespace gpulaunch
