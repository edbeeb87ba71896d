#include "gpulaunch/options/draft.hpp"

#include <algorithm>
#include <utility>

namespace gpulaunch {
namespace {

// torchrun lets --standalone override whatever else says where ranks meet; saying so beats doing it silently.
void meet_standalone(Draft& draft) {
  auto& job = draft.options.job;
  const bool overridden =
      job.master_port || !job.master_addr.empty() || !job.run_id.empty() || draft.rendezvous.endpoint_port;
  draft.source = "--standalone";
  if (overridden) draft.notice("the address, port and identity given for the job are not used");
  job.master_port.reset();
  job.master_addr.clear();
  job.run_id.clear();
}

}  // namespace

void Draft::notice(std::string_view text) {
  auto line = source + ": " + std::string(text);
  auto& notices = options.notices;
  if (std::find(notices.begin(), notices.end(), line) == notices.end()) notices.push_back(std::move(line));
}

Options finish_draft(Draft draft) {
  auto& job = draft.options.job;
  if (draft.rendezvous.standalone) {
    meet_standalone(draft);
  } else {
    if (!job.master_port) job.master_port = draft.rendezvous.endpoint_port;
    if (job.master_addr.empty()) job.master_addr = draft.rendezvous.local_addr;
  }
  if (job.run_path) job.no_python = false;  // as torchrun ranks them
  return std::move(draft.options);
}

}  // namespace gpulaunch
