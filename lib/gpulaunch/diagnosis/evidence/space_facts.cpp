#include "gpulaunch/diagnosis/evidence/space_facts.hpp"

#include "gpulaunch/diagnosis/evidence/byte_text.hpp"
#include "gpulaunch/host/files.hpp"

#include <fmt/format.h>

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits.h>

namespace gpulaunch {
namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;

// Those whose data is on this machine; overlay cannot have its upper layer on a file server.
constexpr std::array<std::string_view, 14> local_types{"ext2",  "ext3", "ext4",  "xfs",      "btrfs",
                                                       "f2fs",  "zfs",  "tmpfs", "devtmpfs", "overlay",
                                                       "ramfs", "vfat", "jfs",   "bcachefs"};

bool is_local(const std::vector<Mount>& mounts, const std::string& path) {
  const auto* mount = mount_of(mounts, path);
  return mount != nullptr && std::find(local_types.begin(), local_types.end(), mount->type) != local_types.end();
}

std::optional<std::string> link_target(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size > 0 ? std::optional(std::string(target.data(), static_cast<std::size_t>(size))) : std::nullopt;
}

// One percent of a large disk is still a lot.
bool nearly_full(const Space& space) {
  return space.free < mebibyte || (space.free < space.total / 100 && space.free < 1024 * mebibyte);
}

bool out_of_inodes(const Space& space) { return space.inodes > 0 && space.free_inodes == 0; }

std::string room(const std::string& path, const Space& space) {
  if (out_of_inodes(space)) return fmt::format("{} has none of its {} inodes free", path, space.inodes);
  return fmt::format("{} has {} of {} free", path, byte_text(space.free), byte_text(space.total));
}

std::optional<Space> measure(const std::string& path) {
  struct statvfs state {};
  if (::statvfs(path.c_str(), &state) != 0 || state.f_blocks == 0) return std::nullopt;
  return Space{.total = state.f_blocks * state.f_frsize,
               .free = state.f_bavail * state.f_frsize,
               .inodes = state.f_files,
               .free_inodes = state.f_ffree};
}

// Follows a path name by name, so that no entry of a folder is asked for before its file system is known to be local.
class PathWalk {
 public:
  PathWalk(const std::vector<Mount>& mounts, std::string path) : mounts_(&mounts), rest_(std::move(path)) {}

  [[nodiscard]] std::optional<std::string> follow() {
    constexpr int most_links = 40;  // as many as the kernel follows (path_resolution(7))
    while (!rest_.empty()) {
      if (!is_local(*mounts_, place()) || links_ > most_links) return std::nullopt;
      enter(take_name());
    }
    return is_local(*mounts_, place()) ? std::optional(place()) : std::nullopt;
  }

 private:
  [[nodiscard]] std::string place() const { return done_.empty() ? "/" : done_; }

  [[nodiscard]] std::string take_name() {
    std::string_view ahead = rest_;
    std::string name(take_until(ahead, '/'));
    rest_ = std::string(ahead);
    return name;
  }

  void enter(const std::string& name) {
    if (name.empty() || name == ".") return;
    if (name == "..") {
      done_.erase(done_.empty() ? 0 : done_.rfind('/'));
      return;
    }
    // The entry may be a mount of another kind than the folder that it is in.
    const auto next = fmt::format("{}/{}", done_, name);
    const auto target = is_local(*mounts_, next) ? link_target(next) : std::nullopt;
    if (!target) {
      done_ = next;
      return;
    }
    ++links_;
    if (target->starts_with('/')) done_.clear();
    rest_ = rest_.empty() ? *target : fmt::format("{}/{}", *target, rest_);
  }

  const std::vector<Mount>* mounts_;
  std::string done_;
  std::string rest_;
  int links_ = 0;
};

std::optional<Space> room_of_shm(const std::vector<Mount>& mounts) {
  const auto* mount = mount_of(mounts, "/dev/shm");
  const bool its_own = mount != nullptr && mount->point == "/dev/shm" && is_local(mounts, "/dev/shm");
  return its_own ? measure("/dev/shm") : std::nullopt;
}

}  // namespace

std::vector<Fact> shm_facts(const Space& shm) {
  std::vector<Fact> facts;
  if (shm.total <= 64 * mebibyte)
    facts.push_back({"shm-small", {}, fmt::format("/dev/shm is only {} large", byte_text(shm.total))});
  if (nearly_full(shm) || out_of_inodes(shm)) facts.push_back({"shm-full", {}, room("/dev/shm", shm)});
  return facts;
}

std::optional<Fact> disk_fact(const std::string& path, const Space& disk) {
  if (!nearly_full(disk) && !out_of_inodes(disk)) return std::nullopt;
  return Fact{"disk-full", {}, "the file system of " + room(path, disk)};
}

std::vector<Mount> read_mounts(const std::string& root) {
  constexpr std::size_t most = 4 << 20;
  const auto text = read_small_file(root + "/proc/self/mountinfo", most);
  return text && text->size() < most ? parse_mounts(*text) : std::vector<Mount>{};
}

std::optional<std::string> local_path(const std::vector<Mount>& mounts, const std::string& path) {
  return path.starts_with('/') ? PathWalk(mounts, path).follow() : std::nullopt;
}

std::vector<Fact> space_facts(const std::string& root, const EvidenceQuestion& question) {
  const auto mounts = read_mounts(root);
  const auto shm = room_of_shm(mounts);
  auto facts = shm ? shm_facts(*shm) : std::vector<Fact>{};
  std::vector<std::string> asked{question.folder, question.temporary_folder};
  asked.insert(asked.end(), question.paths.begin(), question.paths.end());
  std::vector<const Mount*> seen;
  for (const auto& path : asked) {
    const auto place = local_path(mounts, path);
    const auto* mount = place ? mount_of(mounts, *place) : nullptr;
    if (mount == nullptr || std::find(seen.begin(), seen.end(), mount) != seen.end()) continue;
    seen.push_back(mount);
    const auto space = measure(mount->point);
    if (auto fact = space ? disk_fact(path, *space) : std::nullopt) facts.push_back(std::move(*fact));
  }
  return facts;
}

}  // namespace gpulaunch
