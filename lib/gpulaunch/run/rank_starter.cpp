#include "gpulaunch/run/rank_starter.hpp"

#include "gpulaunch/host/program.hpp"
#include "gpulaunch/inspection/inspection.hpp"
#include "gpulaunch/output/pty.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace gpulaunch {
namespace {

// What the child gets as 0, 1 and 2; owned here until it was spawned.
struct ChildEnds {
  std::array<Fd, 3> owned;
  std::array<int, 3> stdio{0, 1, 2};
  Fd heartbeat;
};

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

std::string_view path_of(const RankPlan& rank, std::string_view inherited) {
  for (const auto& change : rank.env) {
    if (change.name == "PATH") return change.value ? std::string_view(*change.value) : std::string_view();
  }
  return inherited;
}

Result<void> make_pipe(Fd& ours, Fd& theirs, bool we_read) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe", errno);
  ours = Fd(ends[we_read ? 0 : 1]);
  theirs = Fd(ends[we_read ? 1 : 0]);
  // The two ends are two open file descriptions: the rank's stays blocking.
  if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return fail_errno("cannot set up a pipe", errno);
  return {};
}

Result<void> make_output(const StreamPlan& plan, RankStream& ours, ChildEnds& child, std::size_t number) {
  if (plan.inherit) return {};
  auto made = make_pipe(ours.fd, child.owned[number], true);
  child.stdio[number] = child.owned[number].get();
  return made;
}

// Standard input stays what the plan says: nobody types into a rank's terminal, and a read from it would never end.
Result<void> make_pty(RankProcess& process, ChildEnds& child) {
  auto pty = open_pty(STDOUT_FILENO);
  if (!pty) return tl::unexpected(pty.error());
  process.stream(Stream::out).fd = std::move(pty->master);
  child.owned[1] = std::move(pty->worker);
  child.stdio[1] = child.stdio[2] = child.owned[1].get();
  return {};
}

// Whoever beats must never wait for us.
Result<void> make_heartbeat(RankProcess& process, ChildEnds& child) {
  auto made = make_pipe(process.heartbeat, child.heartbeat, true);
  if (made && ::fcntl(child.heartbeat.get(), F_SETFL, O_NONBLOCK) != 0)
    return fail_errno("cannot set up a pipe", errno);
  return made;
}

Result<ChildEnds> make_ends(const Plan& plan, const RankPlan& rank, int null_input, RankProcess& process) {
  ChildEnds child;
  Result<void> made;
  if (rank.standard_input == StdinSource::null) child.stdio[0] = null_input;
  if (rank.standard_input == StdinSource::copy) {
    made = make_pipe(process.input, child.owned[0], false);
    child.stdio[0] = child.owned[0].get();
  }
  if (made && plan.pty) made = make_pty(process, child);
  if (made && !plan.pty) made = make_output(rank.out, process.stream(Stream::out), child, 1);
  if (made && !plan.pty) made = make_output(rank.err, process.stream(Stream::err), child, 2);
  if (made && plan.heartbeats) made = make_heartbeat(process, child);
  if (!made) return tl::unexpected(made.error());
  return child;
}

Error start_error(const RankPlan& rank, const std::string& program, const SpawnError& failure) {
  const bool executing = failure.stage == SpawnStage::exec;
  const bool missing = executing && (failure.errnum == ENOENT || failure.errnum == ENOTDIR);
  const ErrorKind kind = missing ? ErrorKind::not_found : executing ? ErrorKind::not_executable : ErrorKind::system;
  const std::error_code code(failure.errnum, std::generic_category());
  std::string hint;
  if (executing && failure.errnum == ENOEXEC)
    hint = " (no interpreter line? a script starts with #!/bin/sh or the like)";
  if (missing) hint = " (its interpreter, or the dynamic loader, is not there)";
  return Error{kind,
               fmt::format("cannot start rank {} ({}): {}: {}{}", rank.rank.value(), program, describe(failure.stage),
                           code.message(), hint),
               code};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  // execve(2) takes char* but does not write.
  for (const auto& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

RankStarter::RankStarter(const Environment& environment, StarterSpec spec)
    : base_entries_(environment.entries()),
      base_path_(environment.get("PATH").value_or("")),
      spec_(std::move(spec)),
      spawner_(spec_.inherited),
      null_input_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {}

Result<void> RankStarter::prepare(const Plan& plan) {
  programs_.clear();
  for (const auto& rank : plan.ranks) {
    if (programs_.contains(rank.argv.front())) continue;
    auto found = find(plan, rank);
    if (!found) return tl::unexpected(found.error());
    programs_.emplace(rank.argv.front(), std::move(*found));
  }
  return {};
}

Result<std::string> RankStarter::find(const Plan& plan, const RankPlan& rank) const {
  return find_program({rank.argv.front(), std::string(path_of(rank, base_path_)), plan.working_directory});
}

// Both lists are sorted by name, so the rank's environment is a merge.
std::vector<std::string> RankStarter::environment_of(const RankPlan& rank) const {
  std::vector<std::string> result;
  result.reserve(base_entries_.size() + rank.env.size());
  auto change = rank.env.begin();
  const auto add_changes_before = [&](std::string_view name) {
    for (; change != rank.env.end() && (name.empty() || change->name < name); ++change) {
      if (change->value) result.push_back(change->name + '=' + *change->value);
    }
  };
  for (const auto& entry : base_entries_) {
    const auto name = name_of(entry);
    add_changes_before(name);
    if (change == rank.env.end() || change->name != name) result.push_back(entry);
  }
  add_changes_before({});
  return result;
}

Result<RankProcess> RankStarter::start(const Plan& plan, const RankPlan& rank, int cgroup) {
  RankProcess process;
  auto ends = make_ends(plan, rank, null_input_.get(), process);
  if (!ends) return tl::unexpected(in_context(fmt::format("cannot start rank {}", rank.rank.value()), ends.error()));

  const std::string& program = programs_.at(rank.argv.front());
  const auto environment = environment_of(rank);
  const auto argv = pointers(rank.argv);
  const auto envp = pointers(environment);
  auto started = spawner_.start({.path = program.c_str(),
                                 .argv = argv.data(),
                                 .envp = envp.data(),
                                 .directory = plan.changes_directory ? plan.working_directory.c_str() : nullptr,
                                 .stdio = ends->stdio,
                                 .heartbeat = ends->heartbeat.get(),
                                 .session = plan.terminal ? SessionKind::own_group : SessionKind::own_session,
                                 .controlling_terminal = plan.pty,
                                 .foreground_of = spec_.foreground_of,
                                 .cpus = rank.cpus,
                                 .cgroup = cgroup,
                                 .open_files = spec_.open_files,
                                 .before_exec = spec_.inspectable ? allow_inspection : nullptr});
  if (!started) return tl::unexpected(start_error(rank, program, started.error()));
  process.pid = started->pid;
  process.pidfd = std::move(started->pidfd);
  process.state = RankProcess::State::running;
  process.started = now();
  return process;
}

}  // namespace gpulaunch
