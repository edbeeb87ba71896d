#include "gpulaunch/report/storm_text.hpp"

#include "gpulaunch/report/masked_command.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t command_columns = 120;

std::string with_commas(int number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string shown_command(const Storm& storm) {
  return fmt::format("`{}`", printable_line(masked_line(storm.command), command_columns));
}

std::string what_happened(const Storm& storm) {
  switch (storm.kind) {
    case StormKind::growth:
      return fmt::format("it started {} processes, more than --max-procs allows", with_commas(storm.count));
    case StormKind::recursion:
      return fmt::format("it starts itself again and again, {} deep: {}", storm.count, shown_command(storm));
    case StormKind::respawning: break;
  }
  if (storm.error.empty()) return "its children fail over and over as they start";
  return "its children fail over and over with: " + printable_line(storm.error, shown_columns);
}

void add_main_guard(Lines& lines) {
  lines.emplace_back(
      "  fix: with spawn each child imports the script; what starts processes belongs under the main guard:");
  lines.emplace_back("    wrong: pool = Pool(4)               right: if __name__ == \"__main__\":");
  lines.emplace_back("                                                   pool = Pool(4)");
}

bool concerns_multiprocessing(const Storm& storm) {
  return storm.command.find("multiprocessing") != std::string::npos ||
         storm.error.find("bootstrapping phase") != std::string::npos;
}

void add_respawning(Lines& lines, const Storm& storm) {
  lines.push_back(fmt::format("  seen: {} short-lived processes within a minute: {}", with_commas(storm.count),
                              shown_command(storm)));
  if (concerns_multiprocessing(storm)) return add_main_guard(lines);
  lines.emplace_back(
      "  fix: whatever starts them again does not notice that they fail; the error above says why they do");
}

}  // namespace

std::string storm_headline(const JobRecord& record) {
  const auto& storm = *record.teardown()->storm;
  const auto who = storm.rank ? rank_name(record, *storm.rank) : "the job";
  return fmt::format("{} was stopped: {}", who, what_happened(storm));
}

std::vector<std::string> storm_advice(const Storm& storm) {
  Lines lines;
  switch (storm.kind) {
    case StormKind::growth:
      add_main_guard(lines);
      lines.emplace_back("  or, if so many are meant: --max-procs N");
      return lines;
    case StormKind::recursion:
      lines.emplace_back(
          "  fix: a framework that starts ranks of its own did not notice that it is one: start it without");
      lines.emplace_back(
          "    gpulaunch, or turn its own launching off; a script that starts itself wants a main guard");
      lines.emplace_back("    (if __name__ == \"__main__\":)");
      break;
    case StormKind::respawning: add_respawning(lines, storm); break;
  }
  lines.emplace_back("  or, if this is meant: --max-procs 0 turns the guard off");
  return lines;
}

}  // namespace gpulaunch
