// gpulaunch: one command starts, watches and ends a multi-process job. A table of contents; each verb has its own file.
#include "app/complaint.hpp"
#include "app/documents.hpp"
#include "app/explain.hpp"
#include "app/run_job.hpp"
#include "app/words.hpp"
#include "gpulaunch/options/command_line.hpp"
#include "gpulaunch/process/spawn.hpp"
#include "gpulaunch/process/standard_fds.hpp"

#include <unistd.h>

int main(int argc, char** argv) {
  using namespace gpulaunch;
  fill_standard_fds();
  const Surroundings around{inherited_signals(), environ, ArgumentArea::of(argc, argv), ::getppid()};
  const auto invocation = parse_command_line(command_line_input(argc, argv));
  if (!invocation) return complain(invocation.error());
  switch (invocation->verb) {
    case Verb::run: return run_job(invocation->options, around);
    case Verb::explain: return explain_logs(invocation->explain);
    case Verb::short_help: return print_document(short_help());
    case Verb::long_help: return print_document(long_help());
    case Verb::version: return print_document("gpulaunch " GPULAUNCH_VERSION "\n");
    case Verb::man_page: return print_document(man_page(GPULAUNCH_VERSION));
    case Verb::completion: return print_document(completion_script(invocation->completion_shell));
  }
  return 0;
}
