#include "gpulaunch/process/death_watch.hpp"

#include "gpulaunch/process/pidfd.hpp"
#include "gpulaunch/process/proc_files.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace gpulaunch {
namespace {

Fd open_for_good(pid_t pid, std::string_view name) noexcept {
  return Fd(::open((ProcPath() / pid / name).c_str(), O_RDONLY | O_CLOEXEC));
}

// A program (|) or a socket (@) takes core files whatever the limit is: core(5).
bool pattern_ignores_limit() noexcept {
  std::array<char, 8> pattern;
  const auto text = read_beginning(ProcPath() / "sys" / "kernel" / "core_pattern", pattern);
  return !text || text->starts_with('|') || text->starts_with('@');
}

}  // namespace

ThreadWatch::Armed ThreadWatch::arm(pid_t leader, int fd_limit) noexcept {
  NumberFolder listed(ProcPath() / leader / "task");
  while (const auto tid = full() ? std::nullopt : listed.next()) {
    if (*tid == leader || watches(*tid)) continue;
    Fd fd = open_thread_pidfd(*tid);
    if (!fd && errno == ESRCH) continue;  // it has ended since
    if (!fd) return errno == EMFILE || errno == ENFILE ? Armed::no_descriptors : Armed::unsupported;
    if (fd.get() >= fd_limit) return Armed::no_descriptors;
    auto& slot = threads_[0].fd ? threads_[1] : threads_[0];
    slot = {*tid, std::move(fd)};
  }
  return Armed::as_possible;
}

MemoryLook parse_statm(std::string_view line, std::size_t page_size) noexcept {
  std::size_t size = 0;
  std::size_t resident = 0;
  const char* const end = line.data() + line.size();
  const auto first = std::from_chars(line.data(), end, size);
  if (first.ec != std::errc{} || first.ptr == end) return {};
  if (std::from_chars(first.ptr + 1, end, resident).ec != std::errc{}) return {};
  return {size == 0 ? MemoryLook::Kind::none : MemoryLook::Kind::mapped, resident * page_size};
}

Fd open_statm(pid_t pid) noexcept { return open_for_good(pid, "statm"); }

// The read holds on to the memory for a moment: when the process lets go of it just then, freeing it falls to us.
MemoryLook look_at_memory(int statm) noexcept {
  static const auto page_size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::array<char, 128> line;
  const auto size = ::pread(statm, line.data(), line.size(), 0);
  return size > 0 ? parse_statm({line.data(), static_cast<std::size_t>(size)}, page_size) : MemoryLook{};
}

Fd open_status(pid_t pid) noexcept { return open_for_good(pid, "status"); }

bool is_dumping_core(int status) noexcept {
  std::array<char, 4096> buffer;
  const auto size = ::pread(status, buffer.data(), buffer.size(), 0);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return text.find("\nCoreDumping:\t1\n") != std::string_view::npos;
}

bool may_dump_core(pid_t pid) noexcept {
  rlimit limit{};
  const bool known = ::prlimit(pid, RLIMIT_CORE, nullptr, &limit) == 0;
  return !known || limit.rlim_cur > 0 || pattern_ignores_limit();
}

}  // namespace gpulaunch
