#include "gpulaunch/report/inspection_file.hpp"

#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/output_file.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>

#include <string>

namespace gpulaunch {
namespace {

std::string page(const job_event::RanksInspected& inspected, const JobRecord& record, Instant at) {
  const auto why = inspected.asked_by ? fmt::format("asked for by {} (--dump-on)", signal_name(*inspected.asked_by))
                                      : hang_headline(record);
  auto text = fmt::format("{}  attempt {}: {}\n", iso8601(at.wall), record.attempt(), why);
  for (const auto& line : full_hang_lines(record, inspected)) text += "  " + line + "\n";
  return text + "\n";
}

}  // namespace

std::string inspection_path(const Plan& plan) {
  return plan.attempt_dir.empty() ? std::string() : plan.attempt_dir + "/inspection.txt";
}

void InspectionFile::on(const JobEvent& event) {
  record_.note(event);
  if (const auto* inspected = std::get_if<job_event::RanksInspected>(&event.what)) save(*inspected, event.at);
}

void InspectionFile::save(const job_event::RanksInspected& inspected, Instant at) const {
  const auto path = inspection_path(record_.plan());
  if (path.empty()) return;
  // The folder is the user's: a link in the file's place is not followed, and a fifo is not waited for.
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const Fd file(::open(path.c_str(), flags, 0666));
  const auto opened = file ? Result<void>() : fail_errno("cannot open", errno);
  const auto saved = opened ? write_report(file.get(), page(inspected, record_, at)) : opened;
  if (!saved) complain_(fmt::format("gpulaunch: {}: {}", path, saved.error().message));
}

}  // namespace gpulaunch
