#include "gpulaunch/report/event_findings.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/report/json_lines.hpp"
#include "gpulaunch/report/text.hpp"

namespace gpulaunch {
namespace {

using Json = nlohmann::ordered_json;

Json silence_json(const RankSilence& silence, int rank) {
  Json json{{"rank", rank}};
  if (silence.output) json["output_age_ns"] = silence.output->count();
  if (silence.progress) json["progress_age_ns"] = silence.progress->count();
  return json;
}

Json rank_findings(const RankFindings& rank) {
  Json json{{"rank", rank.rank},
            {"pid", rank.pid},
            {"state", std::string(1, rank.state)},
            {"processes", rank.processes},
            {"threads", rank.threads},
            {"processor_time_ns", rank.processor_time.count()},
            {"busy", rank.busy}};
  if (!rank.waits_in.empty()) json["waits_in"] = replace_invalid(rank.waits_in);
  if (!rank.python_stack.empty()) json["python_stack"] = json_lines(rank.python_stack);
  if (!rank.native_stack.empty()) json["native_stack"] = json_lines(rank.native_stack);
  return json;
}

}  // namespace

void put_hang(Json& json, const job_event::HangSuspected& hang, const JobRecord& record) {
  json["limit_ns"] = hang.limit.count();
  json["silent_ns"] = hang.silent.count();
  json["ranks"] = Json::array();
  for (std::size_t i = 0; i < hang.silences.size(); ++i)
    json["ranks"].push_back(silence_json(hang.silences[i], record.planned(static_cast<int>(i)).rank.value()));
}

void put_findings(Json& json, const job_event::RanksInspected& inspected) {
  if (inspected.asked_by) json["signal"] = signal_name(*inspected.asked_by);
  const auto& findings = inspected.findings;
  json["ranks"] = Json::array();
  for (const auto& rank : findings.ranks) json["ranks"].push_back(rank_findings(rank));
  json["laggards"] = findings.laggards;
  if (!findings.laggard_reason.empty()) json["laggard_reason"] = replace_invalid(findings.laggard_reason);
  json["nccl"] = json_lines(findings.nccl);
  json["notes"] = json_lines(findings.notes);
}

}  // namespace gpulaunch
