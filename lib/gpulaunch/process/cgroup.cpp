#include "gpulaunch/process/cgroup.hpp"

#include "gpulaunch/process/mounts.hpp"
#include "gpulaunch/process/proc_files.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace gpulaunch {
namespace {

constexpr std::string_view leaf_prefix = "gpulaunch-";

std::optional<std::string_view> unified_path(std::string_view membership) {
  while (!membership.empty()) {
    const auto line = take_until(membership, '\n');
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return std::nullopt;
}

// Our group in the hierarchy of version 1 that `controller` belongs to: "4:cpu,cpuacct:/a/b".
std::optional<std::string_view> path_of(std::string_view controller, std::string_view membership) {
  while (!membership.empty()) {
    auto line = take_until(membership, '\n');
    (void)take_until(line, ':');
    auto controllers = take_until(line, ':');
    while (!controllers.empty()) {
      if (take_until(controllers, ',') == controller) return line;
    }
  }
  return std::nullopt;
}

// Nothing when the path is outside our cgroup namespace, or when no such mount shows it. Only lines that may matter are
// taken apart: this is on the way to a job's start.
template <class IsHierarchy>
std::optional<std::string> folder_in(std::optional<std::string_view> own, std::string_view mounts,
                                     IsHierarchy is_hierarchy) {
  if (!own || own->find("/..") != std::string_view::npos) return std::nullopt;
  while (!mounts.empty()) {
    const auto line = take_until(mounts, '\n');
    if (line.find(" - cgroup") == std::string_view::npos) continue;
    for (const auto& mount : parse_mounts(line)) {
      const auto rest = is_hierarchy(mount) ? path_below(*own, mount.root) : std::nullopt;
      if (rest) return *rest == "/" ? mount.point : mount.point + std::string(*rest);
    }
  }
  return std::nullopt;
}

std::string random_word() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits) {
    bits = static_cast<std::uint64_t>(::getpid());  // early after boot; mkdir tells when it was taken
  }
  return fmt::format("{:016x}", bits);
}

// A small file's beginning; empty when it cannot be read.
std::string_view read_at(int folder, const char* name, std::span<char> buffer) noexcept {
  const Fd file(::openat(folder, name, O_RDONLY | O_CLOEXEC));
  const ssize_t size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  return size > 0 ? std::string_view(buffer.data(), static_cast<std::size_t>(size)) : std::string_view();
}

Fd open_folder(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

bool lock(const Fd& folder) noexcept { return ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0; }

std::vector<std::string> folders_in(const std::string& path) {
  std::vector<std::string> folders;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(path, unreadable)) {
    if (entry.is_directory(unreadable)) folders.push_back(entry.path().string());
  }
  return folders;
}

// Processes can be put into a "domain" only; below a threaded group there is none (cgroups(7)).
bool takes_processes(int leaf) {
  std::array<char, 32> type{};
  return read_at(leaf, "cgroup.type", type) == "domain\n" && ::faccessat(leaf, "cgroup.kill", W_OK, 0) == 0;
}

bool there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

// systemd marks what it has handed over (Delegate=yes): trusted.delegate, for users too user.delegate.
bool is_handed_over(const std::string& folder) {
  const auto marked = [&](const char* name) {
    char value = '0';
    return ::getxattr(folder.c_str(), name, &value, 1) == 1 && value == '1';
  };
  return marked("trusted.delegate") || marked("user.delegate");
}

// Root may write everywhere, and has to keep out of what systemd manages (systemd's CGROUP_DELEGATION.md). The group in
// which a container begins is the container's own; the root of the whole hierarchy, which has no type, is nobody's.
bool root_may_use(const std::string& folder, std::string_view membership) {
  const bool of_container = unified_path(membership) == "/" && there(folder + "/cgroup.type");
  return !there("/run/systemd/system") || of_container || is_handed_over(folder);
}

}  // namespace

std::optional<std::string> cgroup_folder(std::string_view membership, std::string_view mounts) {
  return folder_in(unified_path(membership), mounts, [](const Mount& mount) { return mount.type == "cgroup2"; });
}

std::optional<std::string> cgroup_v1_folder(std::string_view membership, std::string_view mounts,
                                            std::string_view controller) {
  return folder_in(path_of(controller, membership), mounts,
                   [&](const Mount& mount) { return mount.type == "cgroup" && mount.has_option(controller); });
}

std::optional<std::string> delegated_cgroup() {
  const auto membership = read_proc(ProcPath() / "self" / "cgroup");
  const auto mounts = read_proc(ProcPath() / "self" / "mountinfo");
  if (!membership || !mounts) return std::nullopt;
  auto folder = cgroup_folder(*membership, *mounts);
  if (!folder || ::access(folder->c_str(), W_OK) != 0) return std::nullopt;
  // Whoever moves to a leaf leaves our group, for which the kernel wants write access to the list of both.
  if (::access((*folder + "/cgroup.procs").c_str(), W_OK) != 0) return std::nullopt;
  if (::geteuid() == 0 && !root_may_use(*folder, *membership)) return std::nullopt;
  return folder;
}

// Between mkdir and flock another launcher may take the leaf for a dead one's; then it is gone, or locked, and another
// is made.
Result<CgroupLeaf> CgroupLeaf::make(const std::string& parent, int attempt) {
  constexpr int tries = 8;
  for (int i = 0; i < tries; ++i) {
    auto path = fmt::format("{}/{}{}-{}-{}", parent, leaf_prefix, ::getpid(), random_word(), attempt);
    if (::mkdir(path.c_str(), 0755) != 0) return fail_errno("cannot make a cgroup in " + parent, errno);
    Fd folder = open_folder(path);
    const bool ours = folder && lock(folder);
    if (ours && takes_processes(folder.get())) return CgroupLeaf(std::move(folder), std::move(path));
    const bool still_there = ours && ::faccessat(folder.get(), "cgroup.procs", F_OK, 0) == 0;
    ::rmdir(path.c_str());
    if (still_there)
      return fail(ErrorKind::system, "a cgroup in " + parent + " cannot be killed or takes no processes");
  }
  return fail(ErrorKind::system, "cannot keep a cgroup in " + parent);
}

bool CgroupLeaf::populated() const noexcept {
  std::array<char, 256> events{};
  return read_at(folder_.get(), "cgroup.events", events).find("populated 1") != std::string_view::npos;
}

bool kill_cgroup(const char* path) noexcept {
  const Fd folder(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return false;
  const Fd kill(::openat(folder.get(), "cgroup.kill", O_WRONLY | O_CLOEXEC));
  return kill && ::write(kill.get(), "1", 1) == 1;
}

bool remove_cgroup(const std::string& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
  for (const auto& folder : folders_in(path)) remove_cgroup(folder);
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT;
}

void remove_stale_leaves(const std::string& parent) {
  for (const auto& path : folders_in(parent)) {
    if (!std::filesystem::path(path).filename().string().starts_with(leaf_prefix)) continue;
    const Fd folder = open_folder(path);
    if (!folder || !lock(folder)) continue;
    kill_cgroup(path.c_str());
    remove_cgroup(path);
  }
}

}  // namespace gpulaunch
