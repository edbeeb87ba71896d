#include "app/explain.hpp"

#include "app/complaint.hpp"
#include "app/documents.hpp"
#include "app/log_inputs.hpp"
#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/diagnosis/signature.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"
#include "gpulaunch/report/diagnosis_text.hpp"

#include <errno.h>

#include <fstream>
#include <iterator>

namespace gpulaunch {
namespace {

constexpr int nothing_found = 1;

Result<std::string> read_signature_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (file) return text;
  auto error = fail_errno("--signatures: cannot read " + path, errno);
  error.value().kind = ErrorKind::usage;
  return error;
}

Result<std::vector<Signature>> known_signatures(const std::vector<std::string>& paths) {
  auto signatures = built_in_signatures();
  for (const auto& path : paths) {
    const auto text = read_signature_file(path);
    if (!text) return tl::unexpected(text.error());
    auto added = parse_signatures(*text, "--signatures " + path);
    if (!added) return tl::unexpected(std::move(added.error()));
    signatures.insert(signatures.end(), std::make_move_iterator(added->begin()), std::make_move_iterator(added->end()));
  }
  return signatures;
}

std::string text_of(const Diagnosis& diagnosis, const ReadLogs& logs) {
  if (!says_something(diagnosis)) return "explain: nothing in these logs tells why the job failed\n";
  auto text = "explain: " + diagnosis_headline(diagnosis, logs.file, logs.names) + "\n";
  for (const auto& line : diagnosis_lines(diagnosis, diagnosis_columns, logs.names)) text += line + "\n";
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
  const auto text =
      options.json ? diagnosis_json(diagnosis, logs->file, logs->names) + "\n" : text_of(diagnosis, *logs);
  const int printed = print_document(text);
  return printed == exit_status::success && !says_something(diagnosis) ? nothing_found : printed;
}

}  // namespace gpulaunch
