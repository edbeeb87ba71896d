#include "gpulaunch/inspection/finding_lines.hpp"

#include <nlohmann/json.hpp>

#include <errno.h>
#include <unistd.h>

#include <algorithm>

namespace gpulaunch {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;

// Names of functions and files are bytes; what is no UTF-8 is replaced.
std::string as_line(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace) + '\n'; }

json facts_object(const RankFindings& rank) {
  return {{"rank", rank.rank},           {"pid", rank.pid},          {"state", std::string(1, rank.state)},
          {"processes", rank.processes}, {"threads", rank.threads},  {"processor_time", rank.processor_time.count()},
          {"busy", rank.busy},           {"waits_in", rank.waits_in}};
}

RankFindings& entry_of(Findings& findings, int rank) {
  const auto found = std::ranges::find(findings.ranks, rank, &RankFindings::rank);
  if (found != findings.ranks.end()) return *found;
  return findings.ranks.emplace_back(RankFindings{.rank = rank});
}

void take_facts(Findings& findings, const json& object) {
  auto& rank = entry_of(findings, object.at("rank").get<int>());
  rank.pid = object.at("pid").get<pid_t>();
  rank.state = object.at("state").get<std::string>().at(0);
  rank.processes = object.at("processes").get<int>();
  rank.threads = object.at("threads").get<int>();
  rank.processor_time = Nanos(object.at("processor_time").get<Nanos::rep>());
  rank.busy = object.at("busy").get<double>();
  rank.waits_in = object.at("waits_in").get<std::string>();
}

void append(Lines& to, const json& from) {
  for (auto& text : from.get<Lines>()) to.push_back(std::move(text));
}

void take(ReceivedFindings& received, const json& object) {
  auto& findings = received.findings;
  const auto kind = object.at("kind").get<std::string>();
  if (kind == "rank") return take_facts(findings, object);
  if (kind == "python") {
    entry_of(findings, object.at("rank").get<int>()).python_stack = object.at("lines").get<Lines>();
  } else if (kind == "native") {
    entry_of(findings, object.at("rank").get<int>()).native_stack = object.at("lines").get<Lines>();
  } else if (kind == "nccl") {
    append(findings.nccl, object.at("lines"));
  } else if (kind == "note") {
    append(findings.notes, object.at("lines"));
  } else if (kind == "tool-on") {
    received.under_tool.push_back(object.at("pid").get<pid_t>());
  } else if (kind == "tool-off") {
    std::erase(received.under_tool, object.at("pid").get<pid_t>());
  }
}

void take_line(ReceivedFindings& received, std::string_view line) {
  const auto object = json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return;
  try {
    take(received, object);
  } catch (const std::exception&) {
    return;  // a member is missing or of another type
  }
}

}  // namespace

void FindingWriter::rank(const RankFindings& findings) const {
  auto object = facts_object(findings);
  object["kind"] = "rank";
  line(as_line(object));
}

void FindingWriter::python_stack(int rank, const Lines& stack) const {
  line(as_line({{"kind", "python"}, {"rank", rank}, {"lines", stack}}));
}

void FindingWriter::native_stack(int rank, const Lines& stack) const {
  line(as_line({{"kind", "native"}, {"rank", rank}, {"lines", stack}}));
}

void FindingWriter::nccl(const Lines& lines) const { line(as_line({{"kind", "nccl"}, {"lines", lines}})); }

void FindingWriter::note(const std::string& text) const { line(as_line({{"kind", "note"}, {"lines", Lines{text}}})); }

void FindingWriter::tool_on(pid_t pid) const { line(as_line({{"kind", "tool-on"}, {"pid", pid}})); }

void FindingWriter::tool_off(pid_t pid) const { line(as_line({{"kind", "tool-off"}, {"pid", pid}})); }

void FindingWriter::line(const std::string& text) const {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t size = ::write(pipe_, rest.data(), rest.size());
    if (size < 0 && errno != EINTR) return;
    rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  }
}

ReceivedFindings read_finding_lines(std::string_view text) {
  ReceivedFindings received;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    take_line(received, text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  std::ranges::sort(received.findings.ranks, {}, &RankFindings::rank);
  return received;
}

}  // namespace gpulaunch
