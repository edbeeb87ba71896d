#include "gpulaunch/inspection/inspection.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace gpulaunch {

std::vector<std::string> findings_text(const Findings& findings, std::size_t lines) {
  std::vector<std::string> text(findings.notes);
  if (text.size() > lines) text.resize(lines);
  return text;
}

void allow_inspection(pid_t parent) noexcept { ::prctl(PR_SET_PTRACER, parent, 0, 0, 0); }

Result<Inspection> Inspection::start(const InspectionSpec& /*spec*/) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("cannot make a pipe", errno);
  const Fd writer(ends[1]);
  Fd reader(ends[0]);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("cannot make a process for the inspection", errno);
  if (pid == 0) ::_exit(0);
  return Inspection(std::move(reader), pid);
}

bool Inspection::advance() {
  char byte = 0;
  return ::read(pipe_.get(), &byte, 1) == 0;
}

Findings Inspection::finish() {
  if (pid_ > 1) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
  return {.ranks = {}, .nccl = {}, .laggards = {}, .laggard_reason = {}, .notes = {"nobody looked at the ranks"}};
}

}  // namespace gpulaunch
