#include "gpulaunch/diagnosis/logs/log_names.hpp"

#include "gpulaunch/diagnosis/logs/end_words.hpp"

#include <algorithm>
#include <re2/re2.h>
#include <set>

namespace gpulaunch {
namespace {

struct PathEnd {
  std::string_view folder;  // the last folder's name
  std::string_view file;
};

PathEnd end_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, path};
  const auto above = path.substr(0, slash);
  const auto before = above.rfind('/');
  return {above.substr(before == std::string_view::npos ? 0 : before + 1), path.substr(slash + 1)};
}

re2::StringPiece path_piece(std::string_view text) { return {text.data(), text.size()}; }

bool is_stream_file(std::string_view file) {
  return RE2::FullMatch(path_piece(file), R"((?:filtered_)?(?:stdout|stderr|out|err|output|error|log)(?:\.\w+)?)");
}

// A number that says itself whose it is.
std::optional<int> named_rank(const PathEnd& path) {
  int rank = 0;
  if (RE2::PartialMatch(path_piece(path.file),
                        R"((?i:rank|worker|task|proc|process|trainer|procid)[-_.=]?0*(\d{1,6})(?:\D|$))", &rank))
    return rank;
  if (!is_stream_file(path.file)) return std::nullopt;
  if (RE2::FullMatch(path_piece(path.folder), R"((?:(?i:rank|worker|task|local_rank)[-_.]?)?(\d{1,6}))", &rank))
    return rank;
  return std::nullopt;
}

// The last number of a name: "slurm-123_3.out", "log.3".
std::optional<int> last_rank(const PathEnd& path) {
  int rank = 0;
  const bool found = RE2::FullMatch(path_piece(path.file), R"((?:.*\D)?(\d{1,6})(?:\.[A-Za-z]+)*)", &rank);
  return found ? std::optional(rank) : std::nullopt;
}

bool differ(const std::vector<LogName>& names) {
  std::set<int> numbers;
  for (const auto& name : names)
    if (!name.rank || !numbers.insert(*name.rank).second) return false;
  return names.size() > 1;
}

}  // namespace

std::vector<LogName> read_log_names(const std::vector<std::string>& paths) {
  std::vector<LogName> names;
  std::vector<LogName> by_last_number;
  for (const auto& path : paths) {
    const auto end = end_of(path);
    const bool to_stdout = RE2::PartialMatch(path_piece(end.file), R"((?i)(?:^|[^a-z])stdout(?:[^a-z]|$))");
    names.push_back({named_rank(end), to_stdout});
    by_last_number.push_back({last_rank(end), to_stdout});
  }
  const bool none = std::none_of(names.begin(), names.end(), [](const auto& name) { return name.rank.has_value(); });
  return none && differ(by_last_number) ? by_last_number : names;
}

}  // namespace gpulaunch
