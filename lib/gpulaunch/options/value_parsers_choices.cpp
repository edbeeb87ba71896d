#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/options/text.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

template <class T, std::size_t N>
std::string names_of(const std::array<Choice<T>, N>& choices) {
  std::string names;
  for (const auto& choice : choices) names += (names.empty() ? "" : ", ") + std::string(choice.name);
  return names;
}

template <class T, std::size_t N>
Result<T> choose(std::string_view text, std::string_view what, const std::array<Choice<T>, N>& choices) {
  for (const auto& choice : choices) {
    if (choice.name == text) return choice.value;
  }
  return bad_value(text, what, names_of(choices));
}

constexpr std::array<Choice<SignalPolicy>, 3> policies{
    {{"forward", SignalPolicy::forward}, {"stop", SignalPolicy::stop}, {"ignore", SignalPolicy::ignore}}};

constexpr std::array<Choice<CompatFamily>, 5> families{{{"jax", CompatFamily::jax},
                                                        {"mpi", CompatFamily::mpi},
                                                        {"horovod", CompatFamily::horovod},
                                                        {"slurm", CompatFamily::slurm},
                                                        {"tf", CompatFamily::tf}}};

// KILL and STOP cannot be caught, CHLD is how the launcher learns of exits, and the others are faults of the process
// that receives them (signal(7)).
bool is_out_of_reach(int number) {
  constexpr int ill = 4, trap = 5, bus = 7, fpe = 8, segv = 11, chld = 17, sys = 31;
  // The launcher itself lives by the last five: children, job control, the window's size.
  constexpr std::array unreachable{signo::kill, signo::stop, ill,  trap,        signo::abrt, bus,          fpe,
                                   segv,        sys,         chld, signo::cont, signo::tstp, signo::winch, signo::pipe};
  return std::find(unreachable.begin(), unreachable.end(), number) != unreachable.end();
}

Result<int> parse_catchable_signal(std::string_view name) {
  const auto number = parse_signal(name);
  if (!number) return bad_value(name, "a signal", "names such as TERM, SIGUSR1, RTMIN+3, or 1 to 64");
  if (is_out_of_reach(*number)) {
    return bad_value(name, "a signal that can be handled", "HUP, INT, QUIT, TERM, USR1, USR2 and the like");
  }
  return *number;
}

}  // namespace

Result<bool> parse_bool(std::string_view text) {
  const auto word = text::lower(text);
  if (word == "1" || word == "true") return true;
  if (word == "0" || word == "false") return false;
  return bad_value(text, "a yes or no", "1, 0, true, false");
}

Result<When> parse_when(std::string_view text) {
  return choose<When, 3>(text, "a time",
                         {{{"auto", When::automatic}, {"always", When::always}, {"never", When::never}}});
}

Result<DeviceMode> parse_device_mode(std::string_view text) {
  return choose<DeviceMode, 3>(
      text, "a way to share devices",
      {{{"all", DeviceMode::all}, {"isolate", DeviceMode::isolate}, {"none", DeviceMode::none}}});
}

Result<StdioMode> parse_stdio_mode(std::string_view text) {
  return choose<StdioMode, 2>(text, "a way to pass output on",
                              {{{"relay", StdioMode::relay}, {"inherit", StdioMode::inherit}}});
}

Result<Isolation> parse_isolation(std::string_view text) {
  return choose<Isolation, 2>(text, "a kind of isolation", {{{"none", Isolation::none}, {"pid", Isolation::pid}}});
}

Result<OnFailure> parse_on_failure(std::string_view text) {
  return choose<OnFailure, 2>(text, "an answer to a failure",
                              {{{"kill", OnFailure::kill}, {"continue", OnFailure::keep_going}}});
}

Result<SignalScope> parse_signal_scope(std::string_view text) {
  return choose<SignalScope, 3>(
      text, "a scope",
      {{{"auto", SignalScope::automatic}, {"leader", SignalScope::leader}, {"group", SignalScope::group}}});
}

Result<DryRun> parse_dry_run(std::string_view text) {
  return choose<DryRun, 4>(
      text, "a form of the plan",
      {{{"text", DryRun::text}, {"json", DryRun::json}, {"true", DryRun::text}, {"false", DryRun::off}}});
}

Result<std::string> parse_shell_name(std::string_view text) {
  constexpr std::array<std::string_view, 4> shells{"bash", "zsh", "fish", "tcsh"};
  if (std::find(shells.begin(), shells.end(), text) != shells.end()) return std::string(text);
  return bad_value(text, "a shell with completions", "bash, zsh, fish, tcsh");
}

Result<std::vector<CompatFamily>> parse_compat(std::string_view text) {
  std::vector<CompatFamily> chosen;
  for (const auto part : text::split(text, ',')) {
    auto family = choose(part, "a family of variables", families);
    if (!family) return tl::unexpected(std::move(family.error()));
    if (std::find(chosen.begin(), chosen.end(), *family) == chosen.end()) chosen.push_back(*family);
  }
  return chosen;
}

Result<std::pair<int, SignalPolicy>> parse_signal_policy(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return bad_value(text, "a signal policy", "SIGNAL=forward, =stop or =ignore");
  const auto number = parse_catchable_signal(text.substr(0, equals));
  if (!number) return tl::unexpected(number.error());
  const auto policy = choose(text.substr(equals + 1), "a signal policy", policies);
  if (!policy) return bad_value(text, "a signal policy", "SIGNAL=forward, =stop or =ignore");
  return std::pair(*number, *policy);
}

Result<std::optional<int>> parse_dump_signal(std::string_view text) {
  constexpr std::array taken{signo::hup, signo::intr, signo::term};
  const auto number = parse_signal(text);
  const bool free =
      number && !is_out_of_reach(*number) && std::find(taken.begin(), taken.end(), *number) == taken.end();
  if (!free)
    return bad_value(text, "a signal that is free to ask for a dump", "USR1, USR2, QUIT, RTMIN+3 and the like");
  return *number;
}

Result<std::vector<int>> parse_signal_list(std::string_view text) {
  std::vector<int> numbers;
  for (const auto part : text::split(text, ',')) {
    const auto number = parse_catchable_signal(text::trim(part));
    if (!number) return tl::unexpected(number.error());
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace gpulaunch
