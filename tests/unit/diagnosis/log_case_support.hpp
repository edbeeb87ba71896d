// Reads texts as saved logs, for the tests of the reader.
#pragma once

#include "gpulaunch/diagnosis/logs/log_reader.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace gpulaunch::test {

struct GivenLog {
  std::string name;
  std::string text;
};

inline ReadLogs read(const std::vector<GivenLog>& logs) {
  std::vector<std::string> paths;
  for (const auto& log : logs) paths.push_back(log.name);
  const auto names = read_log_names(paths);
  LogReader reader;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    reader.open(logs[i].name, names[i]);
    reader.survey(logs[i].text);
    reader.feed(logs[i].text);
  }
  return std::move(reader).finish();
}

inline ReadLogs read(const std::string& text) { return read({{"job.log", text}}); }

// A file of tests/unit/diagnosis/logs.
inline std::string log_text(const std::string& name) {
  std::ifstream file(std::string(GPULAUNCH_TEST_LOGS) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline const RankAccount* account(const ReadLogs& logs, int rank) {
  const auto found =
      std::find_if(logs.file.ranks.begin(), logs.file.ranks.end(), [&](const auto& one) { return one.rank == rank; });
  return found == logs.file.ranks.end() ? nullptr : &*found;
}

// What a rank wrote, on both streams, joined with "|".
inline std::string said(const ReadLogs& logs, int rank) {
  const auto* one = account(logs, rank);
  if (one == nullptr) return "(no account)";
  std::string text;
  for (const auto* lines : {&one->out, &one->err})
    for (const auto& line : *lines) text += (text.empty() ? "" : "|") + line.text;
  return text;
}

inline std::vector<int> ranks_of(const ReadLogs& logs) {
  std::vector<int> ranks;
  for (const auto& one : logs.file.ranks) ranks.push_back(one.rank);
  return ranks;
}

}  // namespace gpulaunch::test
