#include "gpulaunch/base/signals.hpp"

#include <fmt/format.h>

#include <signal.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace gpulaunch {
namespace {

static_assert(signo::hup == SIGHUP && signo::intr == SIGINT && signo::quit == SIGQUIT && signo::abrt == SIGABRT);
static_assert(signo::kill == SIGKILL && signo::usr1 == SIGUSR1 && signo::usr2 == SIGUSR2 && signo::pipe == SIGPIPE);
static_assert(signo::term == SIGTERM && signo::cont == SIGCONT && signo::stop == SIGSTOP && signo::tstp == SIGTSTP);
static_assert(signo::winch == SIGWINCH);

// The kernel's first real-time signal is 32; glibc keeps two for itself, so programs see SIGRTMIN as 34.
constexpr int rt_min = 34;

constexpr std::array<std::pair<int, std::string_view>, 31> names{{
    {SIGHUP, "HUP"},       {SIGINT, "INT"},   {SIGQUIT, "QUIT"},   {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
    {SIGABRT, "ABRT"},     {SIGBUS, "BUS"},   {SIGFPE, "FPE"},     {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},
    {SIGSEGV, "SEGV"},     {SIGUSR2, "USR2"}, {SIGPIPE, "PIPE"},   {SIGALRM, "ALRM"}, {SIGTERM, "TERM"},
    {SIGSTKFLT, "STKFLT"}, {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"},   {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"},
    {SIGTTIN, "TTIN"},     {SIGTTOU, "TTOU"}, {SIGURG, "URG"},     {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"},
    {SIGVTALRM, "VTALRM"}, {SIGPROF, "PROF"}, {SIGWINCH, "WINCH"}, {SIGIO, "IO"},     {SIGPWR, "PWR"},
    {SIGSYS, "SYS"},
}};

std::optional<int> parse_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> in_range(std::optional<int> value) {
  return value && *value >= 1 && *value <= signo::max ? value : std::nullopt;
}

}  // namespace

std::string signal_name(int signo) {
  const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == signo; });
  if (found != names.end()) return fmt::format("SIG{}", found->second);
  if (signo == rt_min) return "SIGRTMIN";
  if (signo > rt_min && signo <= signo::max) return fmt::format("SIGRTMIN+{}", signo - rt_min);
  return fmt::format("signal {}", signo);
}

std::optional<int> parse_signal(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  std::string_view name = upper;
  if (const auto number = parse_number(name)) return in_range(number);
  if (name.starts_with("SIG")) name.remove_prefix(3);
  if (name == "RTMIN") return rt_min;
  if (name.starts_with("RTMIN+")) {
    const auto offset = parse_number(name.substr(6));
    return offset && *offset >= 0 ? in_range(rt_min + std::min(*offset, signo::max)) : std::nullopt;
  }
  const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.second == name; });
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace gpulaunch
