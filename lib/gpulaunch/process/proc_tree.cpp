#include "gpulaunch/process/proc_tree.hpp"

#include "gpulaunch/base/fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <dirent.h>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace gpulaunch {
namespace {

constexpr std::size_t path_size = 64;
using Path = std::array<char, path_size>;

template <class... Args>
Path path_of(fmt::format_string<Args...> format, Args&&... args) {
  Path path{};  // zero-filled, so that it ends
  fmt::format_to_n(path.data(), path.size() - 1, format, std::forward<Args>(args)...);
  return path;
}

// The fields of a stat line one after the other; a field that is missing or no number makes the line bad.
class Fields {
 public:
  explicit Fields(std::string_view rest) : rest_(rest) {}

  std::string_view word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size()));
    const auto field = rest_.substr(0, rest_.find_first_of(" \n"));
    rest_.remove_prefix(field.size());
    good_ = good_ && !field.empty();
    return field;
  }
  template <class Number>
  Number number() {
    Number value{};
    const auto field = word();
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    good_ = good_ && error == std::errc{};
    return value;
  }
  void skip(int fields) {
    for (; fields > 0; --fields) word();
  }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// Calls `use` with each name that is a number. False when the folder cannot be read.
template <class Use>
bool for_each_number_in(const char* folder, Use use) {
  const auto close = [](DIR* dir) { ::closedir(dir); };
  const std::unique_ptr<DIR, decltype(close)> dir(::opendir(folder), close);
  if (!dir) return false;
  while (const auto* entry = ::readdir(dir.get())) {
    pid_t number = 0;
    const std::string_view name = entry->d_name;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc{} && end == name.data() + name.size()) use(number);
  }
  return true;
}

// Breadth first, so that parents come before their children.
class ChildrenWalk {
 public:
  explicit ChildrenWalk(std::size_t thread_budget) : budget_(thread_budget) {}

  std::optional<std::vector<ProcessFacts>> run() {
    const pid_t self = ::getpid();
    if (!visit(self, 2)) return std::nullopt;
    for (std::size_t next = 0; next < found_.size(); ++next) {
      const auto parent = found_[next];  // a copy: visiting moves the vector
      if (!parent.dead() && !visit(parent.pid, parent.threads)) return std::nullopt;
    }
    return std::move(found_);
  }

 private:
  // False when the walk must be given up.
  bool visit(pid_t pid, int threads) {
    if (threads == 1) return visit_thread(pid, pid);
    bool go_on = true;
    const bool listed = for_each_number_in(path_of("/proc/{}/task", pid).data(),
                                           [&](pid_t thread) { go_on = go_on && visit_thread(pid, thread); });
    return go_on && (listed || pid != ::getpid());
  }

  bool visit_thread(pid_t pid, pid_t thread) {
    if (budget_ == 0) return false;
    --budget_;
    const auto children = read_proc(path_of("/proc/{}/task/{}/children", pid, thread).data());
    // A process or thread that is gone has no children; but without our own list there is no walk.
    if (!children) return pid != ::getpid();
    Fields fields(*children);
    for (auto child = fields.number<pid_t>(); fields.good(); child = fields.number<pid_t>()) add(child, pid);
    return true;
  }

  // The number may have been given to a stranger since it was listed; a child of ours, or one that lost its parent to
  // us meanwhile, says so itself.
  void add(pid_t pid, pid_t parent) {
    const auto facts = read_facts(pid);
    if (!facts || (facts->parent != parent && facts->parent != ::getpid())) return;
    if (known_.insert(pid).second) found_.push_back(*facts);
  }

  std::size_t budget_;
  std::vector<ProcessFacts> found_;
  std::unordered_set<pid_t> known_;
};

// In a pid namespace that kept the /proc of its parent, the numbers there are not those that kill(2) takes.
bool proc_has_our_numbers() {
  std::array<char, 16> self{};
  const auto size = ::readlink("/proc/self", self.data(), self.size());
  return size > 0 && Fields({self.data(), std::size_t(size)}).number<pid_t>() == ::getpid();
}

// Twice as many as there are processes on the machine: reading all of them then costs about the same. The kernel counts
// them in the number of links of /proc.
std::size_t worthwhile_threads() {
  struct stat proc {};
  return ::stat("/proc", &proc) == 0 ? 2 * std::max<std::size_t>(proc.st_nlink, 64) : 0;
}

}  // namespace

std::optional<std::string> read_proc(const char* path) {
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 4096> part;
  ssize_t size = 0;
  while ((size = ::read(file.get(), part.data(), part.size())) > 0) text.append(part.data(), std::size_t(size));
  return size == 0 ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<ProcessFacts> parse_stat(std::string_view line) {
  const auto name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  ProcessFacts facts;
  facts.pid = Fields(line).number<pid_t>();
  Fields fields(line.substr(name_end + 1));
  const auto state = fields.word();
  facts.state = state.empty() ? '?' : state.front();
  facts.parent = fields.number<pid_t>();
  facts.group = fields.number<pid_t>();
  facts.session = fields.number<pid_t>();
  fields.skip(13);  // tty_nr to nice
  facts.threads = fields.number<int>();
  fields.skip(1);
  facts.start_time = fields.number<std::uint64_t>();
  return fields.good() && facts.pid > 0 ? std::optional(facts) : std::nullopt;
}

std::optional<ProcessFacts> read_facts(pid_t pid) {
  const auto line = read_proc(path_of("/proc/{}/stat", pid).data());
  return line ? parse_stat(*line) : std::nullopt;
}

std::optional<std::vector<ProcessFacts>> tree_by_children(std::size_t thread_budget) {
  return ChildrenWalk(thread_budget).run();
}

std::vector<ProcessFacts> tree_by_parents() {
  std::unordered_multimap<pid_t, ProcessFacts> by_parent;
  for_each_number_in("/proc", [&](pid_t pid) {
    if (const auto facts = read_facts(pid)) by_parent.emplace(facts->parent, *facts);
  });
  std::vector<ProcessFacts> tree;
  const auto add_children_of = [&](pid_t parent) {
    const auto [begin, end] = by_parent.equal_range(parent);
    for (auto child = begin; child != end; ++child) tree.push_back(child->second);
    by_parent.erase(begin, end);  // what was read at different times could otherwise form a ring
  };
  add_children_of(::getpid());
  for (std::size_t next = 0; next < tree.size(); ++next) add_children_of(tree[next].pid);
  return tree;
}

std::vector<pid_t> own_children() {
  if (!proc_has_our_numbers()) return {};
  std::vector<pid_t> children;
  const pid_t self = ::getpid();
  // One thread forks and the same one is given the orphans: the list of the main thread is the whole list.
  if (const auto list = read_proc(path_of("/proc/{}/task/{}/children", self, self).data())) {
    Fields fields(*list);
    for (auto child = fields.number<pid_t>(); fields.good(); child = fields.number<pid_t>()) children.push_back(child);
    return children;
  }
  for (const auto& process : tree_by_parents()) {
    if (process.parent == self) children.push_back(process.pid);
  }
  return children;
}

std::vector<ProcessFacts> process_tree() {
  if (!proc_has_our_numbers()) return {};
  if (auto tree = tree_by_children(worthwhile_threads())) return std::move(*tree);
  return tree_by_parents();
}

}  // namespace gpulaunch
