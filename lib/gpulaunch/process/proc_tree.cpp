#include "gpulaunch/process/proc_tree.hpp"

#include "gpulaunch/process/proc_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gpulaunch {
namespace {

// Twice as many as there are processes on the machine: reading all of them then costs about the same. The kernel counts
// them in the number of links of /proc.
std::size_t worthwhile_threads() noexcept {
  struct stat proc {};
  return ::stat("/proc", &proc) == 0 ? 2 * std::max<std::size_t>(proc.st_nlink, 64) : 0;
}

class CountOverflow final : public Overflow {
 public:
  void met(const ProcessFacts&) noexcept override { ++count; }
  std::size_t count = 0;
};

// Again with a larger table until everyone has had room. Nothing when `fill` gives up.
template <class Fill>
std::optional<std::vector<ProcessFacts>> read_whole(Fill fill) {
  for (std::size_t room = 1024;; room *= 4) {
    std::vector<ProcessFacts> processes(room);
    std::vector<std::uint32_t> index(2 * room);
    ProcessTable table(processes, index);
    CountOverflow overflow;
    if (!fill(TreeReader(table, overflow))) return std::nullopt;
    if (overflow.count != 0) continue;
    processes.resize(table.processes().size());
    return processes;
  }
}

}  // namespace

bool proc_has_our_numbers() noexcept {
  std::array<char, 16> self{};
  const auto size = ::readlink("/proc/self", self.data(), self.size());
  pid_t number = 0;
  return size > 0 && std::from_chars(self.data(), self.data() + size, number).ec == std::errc{} && number == ::getpid();
}

ProcessTable::Added ProcessTable::add(const ProcessFacts& process) noexcept {
  if (find(process.pid) != nullptr) return Added::before;
  if (size_ == room_.size()) return Added::no_room;
  room_[size_] = process;
  index_[slot_of(process.pid)] = static_cast<std::uint32_t>(++size_);
  return Added::now;
}

void ProcessTable::clear() noexcept {
  size_ = 0;
  std::ranges::fill(index_, 0U);
}

const ProcessFacts* ProcessTable::find(pid_t pid) const noexcept {
  if (index_.empty()) return nullptr;
  const auto place = index_[slot_of(pid)];
  return place == 0 ? nullptr : &room_[place - 1];
}

// Where it is, or where it would be put. Numbers that follow each other, as those of a job do, do not collide.
std::size_t ProcessTable::slot_of(pid_t pid) const noexcept {
  const std::size_t mask = index_.size() - 1;
  auto slot = static_cast<std::size_t>(pid) & mask;
  while (index_[slot] != 0 && room_[index_[slot] - 1].pid != pid) slot = (slot + 1) & mask;
  return slot;
}

void TreeReader::read() noexcept {
  if (!proc_has_our_numbers() || read_by_children(worthwhile_threads())) return;
  table_->clear();
  read_by_parents();
}

bool TreeReader::read_by_children(std::size_t thread_budget) noexcept {
  budget_ = thread_budget;
  const pid_t self = ::getpid();
  if (!visit({.pid = self, .threads = 2})) return false;
  for (std::size_t next = 0; next < table_->processes().size(); ++next) {
    const auto& parent = table_->processes()[next];
    if (!parent.dead() && !visit(parent)) return false;
  }
  return true;
}

// False when the walk must be given up.
bool TreeReader::visit(const ProcessFacts& parent) noexcept {
  if (parent.threads == 1) return visit_thread(parent.pid, parent.pid);
  NumberFolder threads(ProcPath() / parent.pid / "task");
  while (const auto thread = threads.next()) {
    if (!visit_thread(parent.pid, *thread)) return false;
  }
  return threads || parent.pid != ::getpid();
}

// The number may have been given to a stranger since it was listed; a child of ours, or one that lost its parent to us
// meanwhile, says so itself.
bool TreeReader::visit_thread(pid_t pid, pid_t thread) noexcept {
  if (budget_ == 0) return false;
  --budget_;
  ChildList children(pid, thread);
  // A process or thread that is gone has no children; but without our own list there is no walk.
  if (!children) return pid != ::getpid();
  while (const auto child = children.next()) {
    const auto facts = read_facts(*child);
    if (facts && (facts->parent == pid || facts->parent == ::getpid())) add(*facts);
  }
  return true;
}

// A parent has a lower number than its child and is met first, except where the numbers have started anew or an orphan
// was given to a reaper below us. Another look at everyone is taken when that may have hidden somebody.
void TreeReader::read_by_parents() noexcept {
  const pid_t self = ::getpid();
  bool anyone_new = true;
  bool parent_comes_later = true;
  while (anyone_new && parent_comes_later) {
    anyone_new = parent_comes_later = false;
    NumberFolder processes((ProcPath()));
    while (const auto pid = processes.next()) {
      if (table_->find(*pid) != nullptr) continue;
      const auto facts = read_facts(*pid);
      if (!facts) continue;
      const bool below = facts->parent == self || table_->find(facts->parent) != nullptr;
      if (below) anyone_new |= add(*facts);
      parent_comes_later |= !below && facts->parent > *pid;
    }
  }
}

bool TreeReader::add(const ProcessFacts& process) noexcept {
  const auto added = table_->add(process);
  if (added == ProcessTable::Added::no_room) overflow_->met(process);
  return added == ProcessTable::Added::now;
}

std::optional<std::vector<ProcessFacts>> tree_by_children(std::size_t thread_budget) {
  return read_whole([&](TreeReader reader) { return reader.read_by_children(thread_budget); });
}

std::vector<ProcessFacts> tree_by_parents() {
  return *read_whole([](TreeReader reader) {
    reader.read_by_parents();
    return true;
  });
}

std::vector<ProcessFacts> process_tree() {
  return *read_whole([](TreeReader reader) {
    reader.read();
    return true;
  });
}

std::vector<pid_t> own_children() {
  if (!proc_has_our_numbers()) return {};
  std::vector<pid_t> children;
  const pid_t self = ::getpid();
  // One thread forks and the same one is given the orphans: the list of the main thread is the whole list.
  if (ChildList list(self, self); list) {
    while (const auto child = list.next()) children.push_back(*child);
    return children;
  }
  for (const auto& process : tree_by_parents()) {
    if (process.parent == self) children.push_back(process.pid);
  }
  return children;
}

}  // namespace gpulaunch
