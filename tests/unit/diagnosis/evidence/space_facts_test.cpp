#include "gpulaunch/diagnosis/evidence/space_facts.hpp"

#include "catch.hpp"
#include "facts.hpp"
#include "scratch_folder.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

std::vector<Mount> mounts_of(const std::string& folder) {
  return parse_mounts("27 1 254:0 / / rw - ext4 /dev/vda rw\n50 27 0:60 / " + folder +
                      "/remote rw - nfs4 server:/data rw,hard\n51 27 0:61 / " + folder + "/auto rw - autofs none rw\n");
}

// 0: the disk was told as full; 77: this machine does not let us mount.
int fill_a_small_disk(const std::string& folder) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("none", folder.c_str(), "tmpfs", 0, "size=2m") != 0) return 77;
  EvidenceQuestion question{.folder = folder};
  if (!only(space_facts("", question), "disk-full").empty()) return 1;
  std::ofstream(folder + "/data") << std::string(2 * mib - 8192, 'x');
  const auto told = only(space_facts("", question), "disk-full");
  return told.starts_with("the file system of " + folder + " has ") && told.ends_with(" of 2.0 MiB free") ? 0 : 2;
}

// 0: /dev/shm of this size was told as small and full.
int fill_a_small_shm() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("none", "/dev/shm", "tmpfs", 0, "size=64m") != 0) return 77;
  if (names(space_facts("", {})) != std::vector<std::string>{"shm-small"}) return 1;
  std::ofstream("/dev/shm/gpulaunch-test") << std::string(64 * mib, 'x');
  const auto facts = space_facts("", {});
  return only(facts, "shm-full") == "/dev/shm has 0 B of 64.0 MiB free" ? 0 : 2;
}

template <class Act>
int in_child(Act act) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(act());
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) WARN("skipped: nothing can be mounted here");
  return WEXITSTATUS(status) == 77 ? 0 : WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a /dev/shm as container runtimes make it is small, a full one full") {
  CHECK(only(shm_facts({.total = 64 * mib, .free = 60 * mib}), "shm-small") == "/dev/shm is only 64.0 MiB large");
  CHECK(shm_facts({.total = 65 * mib, .free = 60 * mib}).empty());
  CHECK(only(shm_facts({.total = 1000 * mib, .free = 9 * mib}), "shm-full") ==
        "/dev/shm has 9.0 MiB of 1000.0 MiB free");
  CHECK(shm_facts({.total = 1000 * mib, .free = 10 * mib}).empty());
  CHECK(only(shm_facts({.total = 100 * mib, .free = 50 * mib, .inodes = 7}), "shm-full") ==
        "/dev/shm has none of its 7 inodes free");
}

TEST_CASE("one percent of a large disk is not full") {
  CHECK(disk_fact("/data", {.total = mib, .free = mib - 1}).has_value());
  CHECK_FALSE(disk_fact("/data", {.total = 4096ULL * 1024 * mib, .free = 2048 * mib}).has_value());
  const auto fact = disk_fact("/data", {.total = 4096ULL * 1024 * mib, .free = 100 * mib});
  REQUIRE(fact.has_value());
  CHECK(fact->sentence == "the file system of /data has 100.0 MiB of 4.0 TiB free");
}

TEST_CASE("a path is followed link by link, as long as it stays on this machine's file systems") {
  const ScratchFolder folder;
  const auto mounts = mounts_of(folder.path());
  std::filesystem::create_directories(folder.at("real/inner"));
  std::filesystem::create_directory_symlink("real", folder.at("relative"));
  std::filesystem::create_directory_symlink(folder.at("relative/inner"), folder.at("absolute"));
  std::filesystem::create_directory_symlink("loop", folder.at("loop"));
  CHECK(local_path(mounts, folder.at("absolute/file")) == folder.at("real/inner/file"));
  CHECK(local_path(mounts, folder.at("real/../relative/./x")) == folder.at("real/x"));
  CHECK(local_path(mounts, "/") == "/");
  CHECK_FALSE(local_path(mounts, folder.at("loop/x")).has_value());
  CHECK_FALSE(local_path(mounts, "relative/path").has_value());
  CHECK_FALSE(local_path(mounts, "").has_value());
  CHECK_FALSE(local_path({}, "/tmp").has_value());
}

TEST_CASE("a path that comes near a file server is left alone") {
  const ScratchFolder folder;
  const auto mounts = mounts_of(folder.path());
  // Were the link on the "server" read, it would lead back to the local disk.
  std::filesystem::create_directories(folder.at("remote"));
  std::filesystem::create_directory_symlink("/tmp", folder.at("remote/back"));
  std::filesystem::create_directory_symlink(folder.at("remote"), folder.at("link"));
  for (const auto* name : {"remote", "remote/back", "link", "link/back", "auto/home"}) {
    CAPTURE(name);
    CHECK_FALSE(local_path(mounts, folder.at(name)).has_value());
  }
}

TEST_CASE("a disk that is filled while we look is told as full") {
  const ScratchFolder folder;
  CHECK(in_child([&] { return fill_a_small_disk(folder.path()); }) == 0);
}

TEST_CASE("a /dev/shm of 64 MiB that is filled is told as small and full") { CHECK(in_child(fill_a_small_shm) == 0); }
