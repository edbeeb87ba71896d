#include "gpulaunch/diagnosis/logs/log_ends.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/logs/end_blocks.hpp"
#include "gpulaunch/diagnosis/logs/end_patterns.hpp"
#include "gpulaunch/diagnosis/logs/end_words.hpp"

#include <algorithm>
#include <utility>

namespace gpulaunch {
namespace {

constexpr std::size_t most_ends = 65536;

Outcome signaled_by(std::string_view digits) { return Outcome::signaled(std::min(whole_number(digits), signo::max)); }
Outcome exited_with(std::string_view digits) { return python_outcome(whole_number(digits)); }

bool stops(const Outcome& outcome) {
  const int code = outcome.exit_code();
  return code == 128 + signo::term || code == 128 + signo::kill;
}

}  // namespace

class EndReader::Impl {
 public:
  LineOwner read(std::string_view line, std::string_view place) {
    if (summary_.is_open()) return read_summary(line);
    const auto matches = patterns_.find(line);
    if (own_.is_open()) {
      if (auto owner = own_.read(line, ends_); owner.launchers) return owner;
    }
    LineOwner owner{false, {}, line};
    place_ = place;
    for (const auto& match : matches) take(match, owner);
    if (matches.empty() && spawned_) owner = {true, {*spawned_}, line};
    return owner;
  }

  void new_log() {
    summary_.close(ends_);
    own_.close();
    named_.reset();
    spawned_.reset();
  }

  LogEnds take_all() {
    new_log();
    return std::move(ends_);
  }

 private:
  LineOwner read_summary(std::string_view line) {
    summary_.read(line, ends_);
    return {true, {}, line};
  }

  void add(LogEnd end) {
    if (ends_.ends.size() >= most_ends) return;
    if (ends_.cancelled && end.fate == Fate::failed && end.outcome && stops(*end.outcome)) end.fate = Fate::stopped;
    if (end.fate == Fate::failed && end.outcome && end.outcome->success()) end.fate = Fate::finished;
    end.place = place_;
    ends_.ends.push_back(std::move(end));
  }

  void add_rank(std::string_view rank, Outcome outcome, LineOwner& owner) {
    owner.launchers = true;
    owner.ranks = {whole_number(rank)};
    add({.rank = whole_number(rank), .outcome = outcome});
  }

  void take(const EndMatch& match, LineOwner& owner);
  void take_agents(const EndMatch& match, LineOwner& owner);
  void take_mpi(const EndMatch& match, LineOwner& owner);
  void take_hydra(const EndMatch& match, LineOwner& owner);
  void take_own(const EndMatch& match, LineOwner& owner);
  void take_children(const EndMatch& match, LineOwner& owner);
  void take_programs(const EndMatch& match);
  void take_srun(const EndMatch& match, LineOwner& owner);
  void take_oom(const EndMatch& match);

  EndPatterns patterns_;
  AgentSummary summary_;
  OwnBlock own_;
  LogEnds ends_;
  std::string_view place_;
  std::optional<int> named_;    // whom the MPI launcher's message is about, until its code comes
  std::optional<int> spawned_;  // whose traceback torch.multiprocessing shows
};

void EndReader::Impl::take(const EndMatch& match, LineOwner& owner) {
  switch (match.phrase) {
    case EndPhrase::summary_begins:
    case EndPhrase::agent_failed:
    case EndPhrase::agent_closing:
    case EndPhrase::agent_error: return take_agents(match, owner);
    case EndPhrase::srun_ended:
    case EndPhrase::step_cancelled: return take_srun(match, owner);
    case EndPhrase::mpirun_signal:
    case EndPhrase::mpirun_wrapped:
    case EndPhrase::signal_line:
    case EndPhrase::process_name:
    case EndPhrase::exit_code:
    case EndPhrase::mpi_abort:
    case EndPhrase::error_code:
    case EndPhrase::mpich_abort: return take_mpi(match, owner);
    case EndPhrase::hydra_process:
    case EndPhrase::hydra_code:
    case EndPhrase::hydra_signal: return take_hydra(match, owner);
    case EndPhrase::own_end:
    case EndPhrase::own_all:
    case EndPhrase::own_timeout:
    case EndPhrase::own_last: return take_own(match, owner);
    case EndPhrase::spawn_end:
    case EndPhrase::spawn_words:
    case EndPhrase::deepspeed_rank:
    case EndPhrase::deepspeed_process:
    case EndPhrase::deepspeed_kill: return take_children(match, owner);
    case EndPhrase::compose_end:
    case EndPhrase::program_code:
    case EndPhrase::shell_signal: return take_programs(match);
    case EndPhrase::oom_killed: return take_oom(match);
    case EndPhrase::banner: owner.launchers = true; return;
    case EndPhrase::world_size: break;
  }
  const int size = whole_number(match[1].empty() ? match[2] : match[1]);
  if (size > 0 && ends_.world_sizes.size() < 64) ++ends_.world_sizes[size];
}

void EndReader::Impl::take_agents(const EndMatch& match, LineOwner& owner) {
  owner.launchers = true;
  switch (match.phrase) {
    case EndPhrase::summary_begins: return summary_.open(match[1]);
    case EndPhrase::agent_closing: ends_.stopped_pids.insert(whole_number(match[1])); break;
    case EndPhrase::agent_failed:
      add({.rank = maybe_number(match[2]), .pid = whole_number(match[3]), .outcome = exited_with(match[1])});
      break;
    default: break;
  }
}

void EndReader::Impl::take_srun(const EndMatch& match, LineOwner& owner) {
  owner.launchers = true;
  if (match.phrase == EndPhrase::step_cancelled) {
    ends_.cancelled = true;
    if (owner.text.find("TIME LIMIT") != std::string_view::npos) ends_.timed_out = true;
    return;
  }
  const auto outcome = srun_outcome(match[2]);
  owner.ranks = ranks_in(match[1]);
  for (const int rank : owner.ranks) {
    add({.rank = rank, .outcome = outcome});
    if (match[2].starts_with("Out Of Memory"))
      ends_.facts.push_back({"oom-kill", rank, "Slurm says that the task ran out of memory"});
  }
}

void EndReader::Impl::take_mpi(const EndMatch& match, LineOwner& owner) {
  const bool follows = named_.has_value();
  switch (match.phrase) {
    case EndPhrase::mpirun_signal: return add_rank(match[1], signaled_by(match[3]), owner);
    case EndPhrase::mpich_abort: return add_rank(match[2], exited_with(match[1]), owner);
    case EndPhrase::mpirun_wrapped:
    case EndPhrase::process_name:
    case EndPhrase::mpi_abort: named_ = whole_number(match[1]); break;
    case EndPhrase::signal_line:
      if (follows) add({.rank = std::exchange(named_, {}), .outcome = signaled_by(match[1])});
      break;
    default:
      if (follows) add({.rank = std::exchange(named_, {}), .outcome = exited_with(match[1])});
      break;
  }
  if (follows || named_) owner.launchers = true;
}

// Of several banners only the first tells of a failure; the others may tell of ranks that Hydra cleaned up.
void EndReader::Impl::take_hydra(const EndMatch& match, LineOwner& owner) {
  owner.launchers = true;
  auto& ends = ends_.ends;
  switch (match.phrase) {
    case EndPhrase::hydra_process: {
      const bool again = std::any_of(ends.begin(), ends.end(), [](const auto& end) { return end.pid.has_value(); });
      return add({.rank = maybe_number(match[1]),
                  .pid = whole_number(match[2]),
                  .fate = again ? Fate::stopped : Fate::failed});
    }
    case EndPhrase::hydra_code:
      if (!ends.empty() && !ends.back().outcome) ends.back().outcome = exited_with(match[1]);
      return;
    default:
      if (!ends.empty()) ends.back().outcome = signaled_by(match[1].empty() ? match[2] : match[1]);
  }
}

void EndReader::Impl::take_own(const EndMatch& match, LineOwner& owner) {
  owner.launchers = true;
  const auto end = [&](int rank, bool first) {
    add({.rank = rank, .outcome = described_outcome(match[2]), .called_first = first});
  };
  if (match.phrase == EndPhrase::own_last) return own_.close();
  if (match.phrase == EndPhrase::own_end) {
    end(whole_number(match[1]), true);
    return own_.open({whole_number(match[1])});
  }
  if (match.phrase == EndPhrase::own_all) {
    const int count = std::min(whole_number(match[1]), static_cast<int>(most_ends));
    for (int rank = 0; rank < count; ++rank) end(rank, false);
    return own_.open({});
  }
  ends_.timed_out = true;
  for (const int rank : ranks_in(match[1])) add({.rank = rank, .fate = Fate::running});
  own_.open({});
}

void EndReader::Impl::take_children(const EndMatch& match, LineOwner& owner) {
  switch (match.phrase) {
    case EndPhrase::spawn_end:
      spawned_.reset();
      if (match[2].empty()) return add_rank(match[1], exited_with(match[3]), owner);
      return add_rank(match[1], Outcome::signaled(parse_signal(match[2]).value_or(signo::kill)), owner);
    case EndPhrase::spawn_words:
      spawned_ = whole_number(match[1]);
      return add_rank(match[1], Outcome::exited(1), owner);
    case EndPhrase::deepspeed_rank: return add_rank(match[1], exited_with(match[2]), owner);
    case EndPhrase::deepspeed_process: add({.pid = whole_number(match[1]), .outcome = exited_with(match[2])}); break;
    default: ends_.stopped_pids.insert(whole_number(match[1]));
  }
  owner.launchers = true;
}

void EndReader::Impl::take_programs(const EndMatch& match) {
  if (match.phrase == EndPhrase::compose_end) {
    add({.outcome = exited_with(match[2])});
    ends_.ends.back().place = match[1];
  } else if (match.phrase == EndPhrase::program_code) {
    add({.outcome = exited_with(match[1].empty() ? match[2] : match[1])});
  } else if (const auto signo = signal_called(match[1].empty() ? match[3] : match[1])) {
    add({.outcome = Outcome::signaled(*signo, !match[2].empty() || !match[4].empty())});
  }
}

void EndReader::Impl::take_oom(const EndMatch& match) {
  const auto known = [](const Fact& fact) { return fact.name == "oom-kill" && !fact.rank; };
  if (std::any_of(ends_.facts.begin(), ends_.facts.end(), known)) return;
  const auto who = match[1].empty() ? std::string("a process of the job") : "process " + std::string(match[1]);
  ends_.facts.push_back({"oom-kill", std::nullopt, "the log says that " + who + " was killed for lack of memory"});
}

EndReader::EndReader() : impl_(std::make_unique<Impl>()) {}
EndReader::EndReader(EndReader&&) noexcept = default;
EndReader& EndReader::operator=(EndReader&&) noexcept = default;
EndReader::~EndReader() = default;

LineOwner EndReader::read(std::string_view line, std::string_view place) { return impl_->read(line, place); }

void EndReader::new_log() { impl_->new_log(); }

LogEnds EndReader::take() && { return impl_->take_all(); }

}  // namespace gpulaunch
