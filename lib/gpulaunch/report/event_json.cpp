#include "gpulaunch/report/event_json.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/error_file.hpp"
#include "gpulaunch/report/diagnosis_json.hpp"
#include "gpulaunch/report/event_findings.hpp"
#include "gpulaunch/report/event_words.hpp"
#include "gpulaunch/report/json_lines.hpp"
#include "gpulaunch/report/masked_command.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/text.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace gpulaunch {
namespace {

using Json = nlohmann::ordered_json;

Json json_outcome(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::exited) return {{"kind", "exited"}, {"code", outcome.value}};
  return {{"kind", "signaled"},
          {"signal", signal_name(outcome.value)},
          {"number", outcome.value},
          {"core_dumped", outcome.core_dumped}};
}

Json json_error(const ErrorRecord& error) {
  Json json{{"message", replace_invalid(error.message)}};
  if (!error.callstack.empty()) json["callstack"] = replace_invalid(error.callstack);
  if (error.timestamp) json["timestamp"] = *error.timestamp;
  return json;
}

Json json_storm(const Storm& storm) {
  Json json{{"kind", event_word(storm.kind)}, {"processes", storm.count}};
  if (!storm.command.empty()) json["command"] = replace_invalid(masked_line(storm.command));
  if (!storm.error.empty()) json["error"] = replace_invalid(storm.error);
  return json;
}

// Fills one object: a member function for each kind of event.
class EventObject {
 public:
  EventObject(Instant at, const JobRecord& record) : record_(record) {
    json_["v"] = event_format_version;
    json_["event"] = "";  // its place is here; the kind is filled in below
    json_["time"] = iso8601(at.wall);
    json_["mono_ns"] = at.mono.time_since_epoch().count();
  }
  [[nodiscard]] std::string text() const { return json_.dump(); }

  void fill(const job_event::JobStarted& started);
  void fill(const job_event::RankStarted& started);
  void fill(const job_event::RankOutput& output);
  void fill(const job_event::RankExited& exited);
  void fill(const job_event::FailureDetected& failure);
  void fill(const job_event::HangSuspected& hang) {
    set_kind("hang_suspected");
    put_hang(json_, hang, record_);
  }
  void fill(const job_event::RanksInspected& inspected) {
    set_kind("ranks_inspected");
    put_findings(json_, inspected);
  }
  void fill(const job_event::TeardownStarted& teardown);
  void fill(const job_event::SignalSent& sent);
  void fill(const job_event::Restart& restart);
  void fill(const job_event::StartFailed& failure);
  void fill(const job_event::Diagnosed& found);
  void fill(const job_event::JobFinished& finished);

 private:
  void set_kind(const char* kind) {
    json_["event"] = kind;
    json_["attempt"] = record_.attempt();
  }
  void set_rank(int rank) {
    json_["rank"] = record_.planned(rank).rank.value();
    json_["local_rank"] = record_.planned(rank).local_rank.value();
  }
  void set_root_cause(int rank);
  void set_ends();

  const JobRecord& record_;
  Json json_;
};

void EventObject::fill(const job_event::JobStarted& started) {
  set_kind("job_started");
  const auto& plan = record_.plan();
  json_["run_id"] = replace_invalid(plan.run_id);
  json_["host"] = replace_invalid(plan.host);
  json_["command"] = json_lines(masked_command(started.command));
  json_["cwd"] = replace_invalid(plan.working_directory);
  json_["world_size"] = plan.world_size;
  json_["local_world_size"] = record_.rank_count();
  json_["master_addr"] = replace_invalid(plan.master_addr);
  json_["master_port"] = plan.master_port;
  json_["containment"] = event_word(started.containment);
  if (!plan.attempt_dir.empty()) json_["log_dir"] = replace_invalid(plan.attempt_dir);
}

void EventObject::fill(const job_event::RankStarted& started) {
  set_kind("rank_started");
  set_rank(started.rank);
  json_["pid"] = started.pid;
  json_["devices"] = json_lines(record_.planned(started.rank).devices);
}

void EventObject::fill(const job_event::RankOutput& output) {
  set_kind("rank_output");
  set_rank(output.stream.rank);
  json_["stream"] = output.stream.stream == Stream::out ? "stdout" : "stderr";
  json_["text"] = replace_invalid(output.line);
  if (!is_utf8(output.line)) json_["base64"] = base64(output.line);
}

void EventObject::fill(const job_event::RankExited& exited) {
  const auto& end = exited.end;
  set_kind("rank_exited");
  set_rank(end.rank);
  json_["pid"] = end.pid;
  json_["cause"] = event_word(end.cause);
  json_["outcome"] = json_outcome(end.outcome);
  json_["detected_by"] = event_word(end.detected_by);
  json_["duration_ns"] = (end.ended.mono - end.started.mono).count();
  // What a rank said is quoted only where it explains a failure; whole output is opt-in.
  if (end.cause != EndCause::failed) return;
  json_["stderr_tail"] = json_lines(record_.rank(end.rank).end->stderr_tail);
  if (const auto error = read_error_file(record_.planned(end.rank).error_file)) json_["error"] = json_error(*error);
}

void EventObject::fill(const job_event::FailureDetected& failure) {
  set_kind("failure_detected");
  set_rank(failure.rank);
  json_["outcome"] = json_outcome(failure.outcome);
  json_["detected_by"] = event_word(failure.detected_by);
}

void EventObject::fill(const job_event::TeardownStarted& teardown) {
  set_kind("teardown_started");
  json_["reason"] = event_word(teardown.reason);
  if (teardown.rank) set_rank(*teardown.rank);
  if (teardown.signo) json_["signal"] = signal_name(*teardown.signo);
  if (teardown.storm) json_["storm"] = json_storm(*teardown.storm);
}

void EventObject::fill(const job_event::SignalSent& sent) {
  set_kind("signal_sent");
  json_["signal"] = signal_name(sent.signo);
  // An empty list alone would read as "nobody".
  json_["everyone"] = sent.ranks.empty();
  json_["ranks"] = Json::array();
  for (const int rank : sent.ranks) json_["ranks"].push_back(record_.planned(rank).rank.value());
}

void EventObject::fill(const job_event::Restart& restart) {
  set_kind("restart");
  json_["delay_ns"] = restart.delay.count();
}

void EventObject::fill(const job_event::StartFailed& failure) {
  set_kind("start_failed");
  set_rank(failure.rank);
  json_["kind"] = event_word(failure.error.kind);
  json_["message"] = replace_invalid(failure.error.message);
}

void EventObject::fill(const job_event::Diagnosed& found) {
  set_kind("diagnosis");
  json_.update(json_diagnosis(found.diagnosis, [this](int rank) { return record_.planned(rank).rank.value(); }));
}

void EventObject::fill(const job_event::JobFinished& finished) {
  // A reader that sees this line alone knows how the job ended and why.
  set_kind("job_finished");
  json_["ending"] = event_word(record_.ending());
  json_["message"] = replace_invalid(headline(record_, std::nullopt));
  json_["exit_code"] = finished.verdict.code;
  if (finished.verdict.raise_signal) json_["raise_signal"] = signal_name(*finished.verdict.raise_signal);
  json_["duration_ns"] = finished.duration.count();
  if (const auto culprit = record_.culprit()) set_root_cause(*culprit);
  set_ends();
}

// Who failed because of another rank is not told as failed.
void EventObject::set_ends() {
  for (const auto* list : {"finished", "failed", "victims", "stopped"}) json_[list] = Json::array();
  for (int rank = 0; rank < record_.rank_count(); ++rank) {
    const auto& end = record_.rank(rank).end;
    if (!end) continue;
    const bool is_victim = end->cause == EndCause::failed && record_.is_victim(rank);
    json_[is_victim ? "victims" : std::string(event_word(end->cause))].push_back(record_.planned(rank).rank.value());
  }
}

void EventObject::set_root_cause(int rank) {
  Json cause;
  cause["rank"] = record_.planned(rank).rank.value();
  cause["local_rank"] = record_.planned(rank).local_rank.value();
  cause["host"] = replace_invalid(record_.plan().host);
  cause["pid"] = record_.rank(rank).pid;
  cause["outcome"] = json_outcome(record_.culprit_outcome());
  if (const auto error = read_error_file(record_.planned(rank).error_file)) cause["error"] = json_error(*error);
  json_["root_cause"] = std::move(cause);
}

}  // namespace

std::string event_json(const JobEvent& event, const JobRecord& record) {
  EventObject object(event.at, record);
  std::visit([&](const auto& what) { object.fill(what); }, event.what);
  return object.text();
}

}  // namespace gpulaunch
