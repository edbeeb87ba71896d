// Facts about room: /dev/shm, through which frameworks exchange data, and the disks that the job writes to. Only file
// systems of this machine are looked at, told by the list of mounts before any call that could reach a file server:
// asking one that is gone would keep us for ever. A path is followed link by link for the same reason.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"
#include "gpulaunch/process/mounts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct Space {
  std::uint64_t total = 0;   // bytes
  std::uint64_t free = 0;    // bytes, for those who are not root
  std::uint64_t inodes = 0;  // 0: the file system does not count them
  std::uint64_t free_inodes = 0;
};

// shm-small (64 MiB at most: what container runtimes give by default), shm-full (less than 1% or 1 MiB is left).
[[nodiscard]] std::vector<Fact> shm_facts(const Space& shm);
// disk-full, with the same measure. `path`: what was asked for, named in the sentence.
[[nodiscard]] std::optional<Fact> disk_fact(const std::string& path, const Space& disk);

// All that is mounted; nothing where the list is too long to be read whole, for what is missing might be what matters.
[[nodiscard]] std::vector<Mount> read_mounts(const std::string& root);
// Where `path` really is, if the whole way there lies on file systems of this machine; nothing else is touched.
[[nodiscard]] std::optional<std::string> local_path(const std::vector<Mount>& mounts, const std::string& path);

// All of them: /dev/shm and the question's folders and paths. `root` stands before /proc in tests.
[[nodiscard]] std::vector<Fact> space_facts(const std::string& root, const EvidenceQuestion& question);

}  // namespace gpulaunch
