// Everyone below us, as /proc shows it. The walk itself allocates nothing: it fills a table whose memory the caller
// brought, for those who kill while the machine has no memory left; the functions that return vectors bring a table
// that is large enough.
#pragma once

#include "gpulaunch/process/process_facts.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gpulaunch {

// A bounded set of processes, in the order in which they were found.
class ProcessTable {
 public:
  enum class Added { now, before, no_room };

  // `index` starts out zeroed and has at least twice as many entries as `room`, a power of two. Both may be empty.
  ProcessTable(std::span<ProcessFacts> room, std::span<std::uint32_t> index) noexcept : room_(room), index_(index) {}

  Added add(const ProcessFacts& process) noexcept;
  void clear() noexcept;
  // Null when it is not here.
  [[nodiscard]] const ProcessFacts* find(pid_t pid) const noexcept;
  [[nodiscard]] std::span<const ProcessFacts> processes() const noexcept { return room_.first(size_); }

 private:
  [[nodiscard]] std::size_t slot_of(pid_t pid) const noexcept;

  std::span<ProcessFacts> room_;
  std::span<std::uint32_t> index_;  // by number, open addressing: one more than the place in `room_`, 0 when free
  std::size_t size_ = 0;
};

// Told of whoever was found when the table had no room left. Those below such a process are not looked for.
class Overflow {
 public:
  virtual void met(const ProcessFacts& process) noexcept = 0;

 protected:
  ~Overflow() = default;
};

// Fills an empty table with everyone below us, parents before children, zombies too.
class TreeReader {
 public:
  TreeReader(ProcessTable& table, Overflow& overflow) noexcept : table_(&table), overflow_(&overflow) {}

  // The cheaper way. Finds nobody where /proc is not mounted or shows another pid namespace's numbers.
  void read() noexcept;
  // By the lists of children that each thread has: cheap for a few processes, but it looks at every thread. False when
  // the lists are missing or the budget is used up.
  [[nodiscard]] bool read_by_children(std::size_t thread_budget) noexcept;
  // By the parents of all processes of the machine.
  void read_by_parents() noexcept;

 private:
  [[nodiscard]] bool visit(const ProcessFacts& parent) noexcept;
  [[nodiscard]] bool visit_thread(pid_t pid, pid_t thread) noexcept;
  bool add(const ProcessFacts& process) noexcept;

  ProcessTable* table_;
  Overflow* overflow_;
  std::size_t budget_ = 0;
};

// In a pid namespace that kept the /proc of its parent, the numbers there are not those that kill(2) takes.
[[nodiscard]] bool proc_has_our_numbers() noexcept;

[[nodiscard]] std::vector<ProcessFacts> process_tree();
[[nodiscard]] std::optional<std::vector<ProcessFacts>> tree_by_children(std::size_t thread_budget);
[[nodiscard]] std::vector<ProcessFacts> tree_by_parents();

// Our own children, zombies too, by number: one read where the kernel keeps the list.
[[nodiscard]] std::vector<pid_t> own_children();

}  // namespace gpulaunch
