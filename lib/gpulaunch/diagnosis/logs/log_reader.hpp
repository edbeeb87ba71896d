// Saved logs of any launcher, read as a case file: which rank wrote a line, by the usual prefixes or by the file's
// name, and how ranks ended, by what their launcher printed. Text in, values out: the caller opens the files and feeds
// their bytes, twice where it can (the survey decides which prefixes there are). What is kept is bounded per rank,
// however long the logs are.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/logs/log_names.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace gpulaunch {

// The account of lines that some rank of several wrote, where the log does not say which.
inline constexpr int nameless_rank = -1;

struct ReadLogs {
  CaseFile file;
  // What to call an account whose number is ours and no rank's: "the program", "node1", "worker.log".
  std::map<int, std::string> names;
};

class LogReader {
 public:
  LogReader();
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  LogReader(const LogReader&) = delete;  // holds compiled patterns
  LogReader& operator=(const LogReader&) = delete;
  ~LogReader();

  // For each log: open, its bytes to survey (all, or as many as can be read before the log itself), its bytes to feed.
  void open(const std::string& name, const LogName& by_name);
  void survey(std::string_view bytes);
  void feed(std::string_view bytes);
  // An error file beside the logs.
  void add_error(int rank, ErrorRecord error);

  [[nodiscard]] ReadLogs finish() &&;

  // Bytes of lines that are held at the moment.
  [[nodiscard]] std::size_t bytes_kept() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gpulaunch
