#include "gpulaunch/report/event_words.hpp"

namespace gpulaunch {

std::string_view event_word(EndCause cause) {
  switch (cause) {
    case EndCause::finished: return "finished";
    case EndCause::failed: return "failed";
    case EndCause::stopped_by_us: break;
  }
  return "stopped";
}

std::string_view event_word(DetectedBy path) {
  switch (path) {
    case DetectedBy::sigchld: return "sigchld";
    case DetectedBy::thread_pidfd: return "thread_pidfd";
    case DetectedBy::statm: return "statm";
    case DetectedBy::core_dumping: return "core_dumping";
    case DetectedBy::pidfd: break;
  }
  return "pidfd";
}

std::string_view event_word(Containment containment) {
  switch (containment) {
    case Containment::subreapers: return "subreapers";
    case Containment::cgroup: return "cgroup";
    case Containment::pid_namespace: break;
  }
  return "pid_namespace";
}

std::string_view event_word(TeardownReason reason) {
  switch (reason) {
    case TeardownReason::rank_failed: return "rank_failed";
    case TeardownReason::start_failed: return "start_failed";
    case TeardownReason::signal: return "signal";
    case TeardownReason::guardian_lost: return "guardian_lost";
    case TeardownReason::storm: return "storm";
    case TeardownReason::hung: return "hung";
    case TeardownReason::timeout: break;
  }
  return "timeout";
}

std::string_view event_word(Ending ending) {
  switch (ending) {
    case Ending::success: return "success";
    case Ending::rank_failed: return "rank_failed";
    case Ending::start_failed: return "start_failed";
    case Ending::timed_out: return "timed_out";
    case Ending::told_to_stop: return "told_to_stop";
    case Ending::storm: return "storm";
    case Ending::hung: return "hung";
    case Ending::launcher_failed: break;
  }
  return "launcher_failed";
}

std::string_view event_word(StormKind kind) {
  switch (kind) {
    case StormKind::growth: return "growth";
    case StormKind::recursion: return "recursion";
    case StormKind::respawning: break;
  }
  return "respawning";
}

std::string_view event_word(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::not_executable: return "not_executable";
    case ErrorKind::system: return "system";
    case ErrorKind::internal: break;
  }
  return "internal";
}

}  // namespace gpulaunch
