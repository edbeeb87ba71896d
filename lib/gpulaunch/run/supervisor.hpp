// Carries a plan out and watches over it: one thread, one epoll loop. What becomes ready is turned into events in a
// fixed order (signals, exits, output, timers), the policy turns events into actions, and the supervisor carries those
// out and tells the observer. It decides nothing itself.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/diagnosis/evidence/evidence.hpp"
#include "gpulaunch/inspection/inspection.hpp"
#include "gpulaunch/output/router.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/policy/policy.hpp"
#include "gpulaunch/policy/progress_watch.hpp"
#include "gpulaunch/process/cgroup.hpp"
#include "gpulaunch/process/guardians.hpp"
#include "gpulaunch/process/terminal.hpp"
#include "gpulaunch/run/deadlines.hpp"
#include "gpulaunch/run/death_lookout.hpp"
#include "gpulaunch/run/event_loop.hpp"
#include "gpulaunch/run/families.hpp"
#include "gpulaunch/run/heartbeats.hpp"
#include "gpulaunch/run/input_copy.hpp"
#include "gpulaunch/run/investigation.hpp"
#include "gpulaunch/run/job_event.hpp"
#include "gpulaunch/run/rank_starter.hpp"
#include "gpulaunch/run/storm_watch.hpp"
#include "gpulaunch/run/stream_pump.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace gpulaunch {

struct SupervisorSpec {
  PolicySpec policy;
  Plan first_plan;
  std::vector<std::string> command;                    // PROGRAM and its arguments, for the report
  std::function<Result<Plan>(int attempt)> next_plan;  // for restarts
  Environment environment;                             // the launcher's own, to which the plans are differences
  InheritedSignals inherited;
  CorePost* post = nullptr;           // the supervisor's place among the guardians
  bool isolated = false;              // a pid namespace of its own: the kernel kills all of it
  int max_procs = 0;                  // of one rank at once; 0: nobody looks for spawn storms
  ProgressSpec progress;              // when it counts as a hang, and what counts as progress
  std::optional<int> dump_on;         // the signal that asks for a look at the ranks
  std::optional<rlimit> open_files;   // what ranks get, where the launcher raised its own limit
  bool diagnosis = false;             // find out why an attempt has failed
  std::vector<Signature> signatures;  // the user's own
  std::optional<GpuInventory> gpus;   // what the machine has; nothing: nobody has looked
  OutputRouter* router = nullptr;
  JobObserver* observer = nullptr;
};

class Supervisor {
 public:
  // Errors, all before anything is started: not_found, not_executable, system.
  [[nodiscard]] static Result<std::unique_ptr<Supervisor>> create(SupervisorSpec spec);
  // Returns when the job is over, nobody of it is left, and the consoles have taken the output.
  [[nodiscard]] CoreVerdict run();

 private:
  explicit Supervisor(SupervisorSpec spec);
  [[nodiscard]] Result<void> set_up();

  // The loop (supervisor.cpp)
  void turn();
  void watch_consoles();
  void sort_ready();
  void on_signals();
  void on_messages();
  void on_message(const GuardMessage& message);
  void on_signal(int signo, bool from_kernel, bool delivered);
  void on_guardian_lost(Guardian who);
  [[nodiscard]] std::vector<int> stop_signals_since();
  void read_streams();
  void on_timers();
  void finish_attempt();
  void deliver_output();
  void limit_delivery();
  void stopped_while_delivering(int signo);
  void look_around();
  template <class What>
  void step(What what);

  // How ranks end (supervisor_ends.cpp)
  void on_ends();
  void on_exit(std::size_t index);
  void on_thread_ended(std::uint32_t index);
  void on_death_sign(const DeathSign& sign);
  void look_for_deaths();
  void arm_lookout();
  void end_lookout();
  void settle_children();

  // Actions (supervisor_actions.cpp)
  void carry_out(const Actions& actions);
  void carry_out(const action::StartRanks& what);
  void carry_out(const action::SignalRanks& what);
  void carry_out(const action::KillFamily& what);
  void carry_out(const action::KillEverything& what);
  void carry_out(const action::Abandon& what);
  void carry_out(const action::SetTimer& what) { deadlines_.set(what.timer, what.at); }
  void carry_out(const action::CancelTimer& what) { deadlines_.cancel(what.timer); }
  void carry_out(const action::Suspend& what);
  void carry_out(const action::Failing& what);
  void carry_out(const action::Ended& what);
  void carry_out(const action::Teardown& what);
  void carry_out(const action::Restart& what);
  void carry_out(const action::Notice& what);
  void carry_out(const action::ShowRanks& what);
  void carry_out(const action::Finish& what);
  void open_evidence();
  void gather_evidence();
  void diagnose_hang();
  void conclude_diagnosis(AttemptEnd how);
  void diagnose_attempt();
  [[nodiscard]] ExitVerdict blamed(const action::Finish& what) const;
  void enter_cgroup(int attempt);
  void leave_cgroup();
  [[nodiscard]] Containment containment() const;
  bool start_rank(std::size_t index);
  void signal_rank(RankProcess& process, int signo, SignalScope scope);
  void kill_again();
  void begin_storm_watch();
  void look_for_storms();

  // Progress, hangs and looks at the ranks (supervisor_hang.cpp)
  [[nodiscard]] Result<void> watch_progress();
  void begin_progress();
  void end_progress();
  void arm_hang();
  void hear_beats();
  void listen_again();
  void look_for_hang();
  void dump();
  void begin_inspection(std::optional<int> asked_by);
  void on_inspection();
  void settle_inspection();
  [[nodiscard]] Findings end_inspection();
  void cut_inspection_short();
  void conclude_inspection(Findings findings);
  void judge_hang();
  [[nodiscard]] std::vector<RankSilence> silences() const;
  [[nodiscard]] bool nobody_runs() const;

  // Suspension and the lent terminal (supervisor_terminal.cpp)
  void stop_ranks_and_self();
  void suspend_front();
  void on_resumed();
  void run_clock_again();
  void on_rank_stopped();
  void continue_stopped_ranks();
  void give_terminal_back();
  void resize_ptys();

  // Standard input for all (supervisor.cpp)
  void pump_input(bool source_ready);

  template <class What>
  void report(What what) {
    spec_.observer->on(JobEvent{now_, std::move(what)});
  }

  SupervisorSpec spec_;
  Plan plan_;
  Policy policy_;
  std::optional<TerminalLoan> loan_;
  std::optional<RankStarter> starter_;
  std::optional<std::string> cgroups_;  // where leaves may be made
  std::optional<CgroupLeaf> cgroup_;    // of the attempt
  std::optional<Epoll> epoll_;
  std::optional<Alarm> alarm_;
  std::optional<StreamPump> pump_;
  std::optional<InputCopy> input_;
  std::optional<StormWatch> storms_;
  std::optional<DeathLookout> lookout_;
  Investigation investigation_;
  std::optional<EvidenceDesk> evidence_;
  std::vector<Fact> facts_;                // of the attempt that has just ended
  std::optional<HangView> view_;           // what the look at ranks that hang has shown
  std::optional<Diagnosis> diagnosis_;     // of the latest attempt that failed or hung
  std::optional<ProgressWatch> progress_;  // where somebody wants to know of it
  std::optional<Heartbeats> beats_;
  std::optional<Inspection> inspection_;
  struct Look {
    Mono begun{};
    std::optional<int> asked_by;  // a signal; none: because of a hang
  } look_;
  std::uint64_t turns_ = 0;
  Deadlines deadlines_;
  std::vector<RankProcess> processes_;
  Families families_{processes_};

  std::vector<Token> ready_;
  std::vector<Token> ends_;  // of ranks, and of threads of theirs
  std::vector<int> watched_consoles_;
  Instant now_{};
  Mono job_started_{};
  Nanos kill_interval_{};
  bool children_changed_ = false;
  bool signals_ready_ = false;
  bool messages_ready_ = false;
  bool streams_ready_ = false;
  bool input_ready_ = false;
  bool beats_ready_ = false;
  bool inspection_ready_ = false;
  bool inspected_ = false;  // the inspection is through
  bool reading_ = true;     // the streams stand in the epoll instance
  bool attempt_running_ = false;
  bool hung_ = false;                 // that is why the ranks were told to end
  bool judged_ = false;               // what can be found out about this attempt was
  bool tearing_down_ = false;         // ranks were told to end
  bool told_to_stop_ = false;         // by a signal or the time-out: nobody may be waiting for the output any more
  std::optional<Mono> suspended_at_;  // ranks and front are stopped, and so is the job's clock
  bool signal_to_group_ = false;
  bool abandoned_ = false;
  std::optional<ExitVerdict> verdict_;
};

}  // namespace gpulaunch
