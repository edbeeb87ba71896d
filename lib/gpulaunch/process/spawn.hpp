// Starts one child: a vfork-style trampoline on a stack of its own, so that the cost does not depend on our size.
// The child resets its signals, takes its session or group, its descriptors, limits and CPUs, and execs. Whatever fails
// on the way comes back as {stage, errno} through a close-on-exec pipe; the child is then already reaped.
// Called by the supervisor alone, from the one thread of the process that stays alive as long as the ranks do:
// PR_SET_PDEATHSIG fires when the *thread* that made the child exits (prctl(2)).
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <tl/expected.hpp>

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace gpulaunch {

enum class SpawnStage {
  pipe,
  clone,
  parent_death,
  cgroup,
  session,
  group,
  terminal,
  stdio,
  directory,
  limits,
  affinity,
  exec
};
// "making the process", "changing to the working directory", …: what was being done, for messages.
[[nodiscard]] std::string_view describe(SpawnStage stage);

struct SpawnError {
  SpawnStage stage = SpawnStage::clone;
  int errnum = 0;  // ECANCELED: the child was killed at this stage
};

enum class SessionKind {
  own_session,  // setsid(): the default for ranks
  own_group,    // setpgid(0, 0) in our session: the one rank that has the terminal
};

struct ChildSpec {
  const char* path = nullptr;  // absolute or relative to `directory`; never searched here
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  const char* directory = nullptr;    // nullptr: stay
  std::array<int, 3> stdio{0, 1, 2};  // our descriptors that become 0, 1 and 2; all others are closed
  int heartbeat = -1;                 // our descriptor that becomes 3; -1: none, and 3 is closed too
  SessionKind session = SessionKind::own_session;
  bool controlling_terminal = false;  // with own_session: descriptor 1 (a pty) becomes the controlling terminal
  std::optional<int> foreground_of;   // with own_group: this terminal's foreground group becomes the child's
  std::vector<int> cpus;              // affinity; empty: as inherited
  int cgroup = -1;                    // a folder of cgroup v2 in which it lives from the start; -1: ours
  std::optional<rlimit> open_files;   // RLIMIT_NOFILE as we were given it, where we raised our own
  void (*before_exec)(pid_t parent) noexcept = nullptr;  // in the child: system calls alone
};

struct Child {
  pid_t pid = -1;
  Fd pidfd;
};

// The signal dispositions that ranks inherit from whoever called us: HUP, INT and QUIT stay ignored if they were
// (nohup, background jobs of a shell without job control); everything else is the default again.
struct InheritedSignals {
  std::vector<int> ignored;
};
// Must be called before the launcher changes any disposition.
[[nodiscard]] InheritedSignals inherited_signals();

struct ChildOrders;

// Make it early: it keeps six descriptors, and a start costs least while their numbers are low.
class Spawner {
 public:
  explicit Spawner(const InheritedSignals& inherited);
  Spawner(const Spawner&) = delete;  // two would run their children on one stack
  Spawner& operator=(const Spawner&) = delete;
  ~Spawner();
  // The pidfd is empty where the kernel has none (before 5.3): SIGCHLD then says when to look.
  [[nodiscard]] tl::expected<Child, SpawnError> start(const ChildSpec& spec);

 private:
  struct Memory;  // the child's stack and the record of its progress
  class Seating;

  [[nodiscard]] std::optional<SpawnError> prepare();
  [[nodiscard]] tl::expected<Child, SpawnError> start_where_allowed(const ChildSpec& spec);
  [[nodiscard]] tl::expected<Child, SpawnError> run(ChildOrders& orders);
  [[nodiscard]] std::optional<SpawnError> failure_of(const ChildOrders& orders);

  std::uint64_t ignored_ = 0;  // the inherited signals, as the kernel's set
  std::unique_ptr<Memory> memory_;
  Fd status_read_, status_write_;
  std::array<Fd, 4> seats_;  // low numbers to which a child's high descriptors are copied
  bool can_share_files_ = false;
  bool can_clone_into_cgroup_ = true;
};

}  // namespace gpulaunch
