#include "gpulaunch/report/inspection_file.hpp"

#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/output_file.hpp"
#include "gpulaunch/report/text.hpp"
#include "gpulaunch/run/local_files.hpp"

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
  const bool over = std::holds_alternative<job_event::Restart>(event.what) ||
                    std::holds_alternative<job_event::JobFinished>(event.what);
  if (over) write_kept();
  record_.note(event);
  if (const auto* inspected = std::get_if<job_event::RanksInspected>(&event.what)) save(*inspected, event.at);
}

bool InspectionFile::on_this_machine(const std::string& path) { return LocalFiles().has(path); }

// Whoever asks for a look wants to see it now, and nobody is to be ended after it.
void InspectionFile::save(const job_event::RanksInspected& inspected, Instant at) {
  const auto path = inspection_path(record_.plan());
  if (path.empty()) return;
  const auto text = page(inspected, record_, at);
  if (inspected.asked_by || is_local_(path)) return write(path, text);
  kept_.path = path;
  kept_.text += text;
}

void InspectionFile::write_kept() {
  if (kept_.text.empty()) return;
  write(kept_.path, kept_.text);
  kept_ = {};
}

void InspectionFile::write(const std::string& path, const std::string& text) const {
  // The folder is the user's: a link in the file's place is not followed, and a fifo is not waited for.
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  const Fd file(::open(path.c_str(), flags, 0666));
  const auto opened = file ? Result<void>() : fail_errno("cannot open", errno);
  const auto saved = opened ? write_report(file.get(), text) : opened;
  if (!saved) complain_(fmt::format("gpulaunch: {}: {}", path, saved.error().message));
}

}  // namespace gpulaunch
