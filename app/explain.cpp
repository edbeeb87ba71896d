#include "app/explain.hpp"

#include "app/complaint.hpp"
#include "app/documents.hpp"
#include "app/log_inputs.hpp"
#include "app/signature_files.hpp"
#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/diagnosis/signatures/built_in_signatures.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"
#include "gpulaunch/report/diagnosis_json.hpp"
#include "gpulaunch/report/diagnosis_text.hpp"
#include "gpulaunch/report/text.hpp"

#include <iterator>

namespace gpulaunch {
namespace {

constexpr int nothing_found = 1;

Result<std::vector<Signature>> known_signatures(const std::vector<std::string>& paths) {
  auto signatures = read_signature_files(paths);
  if (!signatures) return signatures;
  auto built_in = built_in_signatures();
  std::move(built_in.begin(), built_in.end(), std::back_inserter(*signatures));
  return signatures;
}

std::string json_of(const Diagnosis& diagnosis, const ReadLogs& logs) {
  auto json = json_diagnosis(diagnosis, [](int rank) { return rank; });
  json["explained"] = says_something(diagnosis);
  json["world_size"] = logs.file.world_size;
  json["names"] = nlohmann::ordered_json::object();
  for (const auto& [rank, name] : logs.names) json["names"][std::to_string(rank)] = replace_invalid(name);
  return json.dump() + "\n";
}

std::string text_of(const Diagnosis& diagnosis, const ReadLogs& logs) {
  if (!says_something(diagnosis)) return "explain: nothing in these logs tells why the job failed\n";
  auto text = "explain: " + diagnosis_headline(diagnosis, logs.file, logs.names) + "\n";
  for (const auto& line : diagnosis_lines(diagnosis, {}, logs.names)) text += line + "\n";
  return text;
}

}  // namespace

int explain_logs(const ExplainOptions& options) {
  if (options.help) return print_document(explain_help());
  const auto signatures = known_signatures(options.signatures);
  if (!signatures) return complain(signatures.error());
  const auto logs = read_logs(options.logs);
  if (!logs) return complain(logs.error());
  const auto diagnosis = with_names(diagnose(logs->file, *signatures), logs->names);
  const auto text = options.json ? json_of(diagnosis, *logs) : text_of(diagnosis, *logs);
  const int printed = print_document(text);
  return printed == exit_status::success && !says_something(diagnosis) ? nothing_found : printed;
}

}  // namespace gpulaunch
