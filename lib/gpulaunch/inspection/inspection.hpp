// A look at ranks that are alive but do not get on: what each of them does (state, processor time, the kernel function
// it waits in), its Python and native stacks where py-spy, gdb or eu-stack are there, and what NCCL says of itself.
// All of it happens in a child process of the supervisor (tools may take seconds, /proc of a process in trouble may
// block), which writes its findings to a pipe as it goes: the supervisor's loop polls fd() and is never held up. What
// was found until the limit counts. Ranks that allow it (allow_inspection) can be traced by descendants of the
// supervisor under Yama's ptrace_scope 1 as well; the program of a script cannot, since no child inherits that.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct InspectedRank {
  int rank = 0;
  pid_t pid = -1;                 // whom to look at
  pid_t leader = -1;              // the rank itself where that is another one (wrapped_rank.hpp)
  std::string python{};           // interpreter it was started with; empty: unknown or no Python
  std::string flight_recorder{};  // path of torch's dump pipe; empty: none
};

struct InspectionSpec {
  std::vector<InspectedRank> ranks{};
  Nanos limit = std::chrono::seconds(10);  // for all of it
  std::string ras_address{};               // host:port of NCCL's RAS service; empty: not asked
};

struct RankFindings {
  int rank = 0;
  pid_t pid = -1;                           // who was looked at: a script's program, else the rank itself
  char state = '?';                         // R S D T t Z, of that process; D of any thread shows as D
  int processes = 0;                        // of its family, itself included
  int threads = 0;                          // of all of them
  Nanos processor_time{};                   // user and system, whole family
  double busy = 0.0;                        // cores used during the look
  std::string waits_in{};                   // kernel wait channel or system call; empty: unknown or it runs
  std::vector<std::string> python_stack{};  // innermost call first: "train.py:31 in step"
  std::vector<std::string> native_stack{};  // innermost first
};

// What shows that others wait for a rank.
enum class LagGround {
  none,
  stopped,          // by a signal
  traced,           // by a debugger
  missing_in_nccl,  // it does not answer NCCL's RAS service
  behind_in_nccl,   // it launched fewer operations
  in_kernel,        // an uninterruptible wait
  elsewhere,        // its stack, while the others are seen to wait
  other_operation,  // its stack: another collective operation than all others
  alone_asleep,     // while all others are busy
  alone_busy,       // while all others sleep
};

struct Findings {
  std::vector<RankFindings> ranks{};
  std::vector<std::string> nccl{};  // what RAS says that matters: missing ranks, operation counts that differ
  std::vector<int> laggards{};      // ranks that the data shows to be the ones that others wait for; may be empty
  LagGround laggard_ground = LagGround::none;
  std::string laggard_reason{};      // one sentence: what shows it
  std::string others_wait_in{};      // where the others are, where stacks show it: "all_reduce (train.py:31)"
  std::string all_wait_in{};         // the same where it is all of them that wait, and nobody is late
  std::vector<std::string> notes{};  // what could not be done, and why: "py-spy is not installed"
};

// The findings as lines for the report, at most `lines` of them: alike ranks are said once. The laggards' stacks are
// shown; who they are and why is the caller's to say. The texts are as tools and ranks gave them: what reaches a
// terminal must be made printable.
[[nodiscard]] std::vector<std::string> findings_text(const Findings& findings, std::size_t lines);

// All of the findings, rank by rank and with every stack, for a file; as raw as the above.
[[nodiscard]] std::vector<std::string> full_findings_text(const Findings& findings);

// To be called in the child before its exec: lets descendants of the parent trace it. Async-signal-safe.
void allow_inspection(pid_t parent) noexcept;

class Inspection {
 public:
  // Errors: system, when no pipe or process can be made.
  [[nodiscard]] static Result<Inspection> start(const InspectionSpec& spec);
  Inspection(Inspection&& other) noexcept;
  Inspection& operator=(Inspection&& other) noexcept;
  Inspection(const Inspection&) = delete;  // the child is ended once
  Inspection& operator=(const Inspection&) = delete;
  ~Inspection();  // ends the child where finish() was not called

  [[nodiscard]] int fd() const { return pipe_.get(); }  // readable: call advance()
  [[nodiscard]] pid_t pid() const { return pid_; }      // the child; reaped by finish()
  // Reads what has come. True when the child is through.
  [[nodiscard]] bool advance();
  // Ends and reaps the child and its tools if they are still there; what was found until now. The supervisor's own
  // reaping may have been faster.
  [[nodiscard]] Findings finish();

 private:
  Inspection(Fd pipe, pid_t pid, Fd pidfd) : pipe_(std::move(pipe)), pid_(pid), pidfd_(std::move(pidfd)) {}
  void end_child() noexcept;

  Fd pipe_;
  pid_t pid_ = -1;
  Fd pidfd_;  // empty on kernels before 5.3
  std::string text_;
};

}  // namespace gpulaunch
