#include "app/log_inputs.hpp"

#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/diagnosis/error_file.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

namespace gpulaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk_size = 256UL * 1024;
// Of what cannot be read twice this much is looked at before the first line is given to anybody.
constexpr std::size_t surveyed_of_stream = 8UL * 1024 * 1024;
constexpr int deepest_folder = 4;

tl::unexpected<Error> unreadable(const std::string& path, int errnum) {
  auto error = fail_errno("cannot read " + path, errnum);
  error.value().kind = ErrorKind::usage;
  return error;
}

bool is_log(const fs::path& path) {
  constexpr std::array<std::string_view, 5> endings{".log", ".out", ".err", ".txt", ""};
  const auto name = path.filename().string();
  if (name.starts_with("filtered_")) return false;  // torchrun's copies of the others
  if (name == "inspection.txt") return false;       // what we saw of ranks, not what they said
  const bool is_stream = name == "stdout" || name == "stderr" || name == "error.json";
  const auto ending = path.extension().string();
  const bool numbered = ending.size() > 1 && ending.find_first_not_of("0123456789", 1) == std::string::npos;
  return is_stream || numbered ||
         (!ending.empty() && std::find(endings.begin(), endings.end(), ending) != endings.end());
}

// "attempt_2" for a path within that folder; -1 where there is none.
int attempt_of(const fs::path& path) {
  constexpr std::string_view mark = "attempt_";
  for (const auto& part : path) {
    const auto name = part.string();
    if (name.starts_with(mark)) return std::atoi(name.c_str() + mark.size());
  }
  return -1;
}

Result<std::vector<std::string>> logs_in(const std::string& folder) {
  std::error_code failed;
  std::vector<fs::path> found;
  for (auto entry = fs::recursive_directory_iterator(folder, failed); !failed && entry != fs::end(entry);
       entry.increment(failed)) {
    if (entry.depth() >= deepest_folder) entry.disable_recursion_pending();
    std::error_code unknown;
    if (entry->is_regular_file(unknown) && is_log(entry->path())) found.push_back(entry->path());
  }
  if (failed) return unreadable(folder, failed.value());
  int last = -1;
  for (const auto& path : found) last = std::max(last, attempt_of(path));
  std::vector<std::string> logs;
  for (const auto& path : found)
    if (attempt_of(path) == last) logs.push_back(path.string());
  if (logs.empty()) return fail(ErrorKind::usage, "no log files in " + folder);
  std::sort(logs.begin(), logs.end());
  return logs;
}

Result<std::vector<std::string>> all_logs(const std::vector<std::string>& paths) {
  std::vector<std::string> logs;
  for (const auto& path : paths) {
    std::error_code unknown;
    if (path == "-" || !fs::is_directory(path, unknown)) {
      logs.push_back(path);
      continue;
    }
    auto inside = logs_in(path);
    if (!inside) return tl::unexpected(std::move(inside.error()));
    logs.insert(logs.end(), inside->begin(), inside->end());
  }
  return logs;
}

// The program that makes text of a compressed file, by its first bytes; empty: it is none.
std::string_view decompressor(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x1f\x8b"sv)) return "gzip -dc";
  if (bytes.starts_with("\x28\xb5\x2f\xfd"sv)) return "zstd -dc";
  return bytes.starts_with(
             "\xfd"
             "7zXZ"sv)
             ? "xz -dc"
             : "";
}

class LogInput {
 public:
  static Result<LogInput> open(const std::string& path) {
    Fd fd(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return unreadable(path, errno);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return unreadable(path, errno);
    return LogInput(path, std::move(fd), S_ISREG(status.st_mode) && path != "-");
  }

  // Survey, then the log itself.
  Result<void> read_into(LogReader& reader) {
    auto first = read_up_to(surveyed_of_stream);
    if (!first) return tl::unexpected(first.error());
    if (const auto tool = decompressor(*first); !tool.empty())
      return fail(ErrorKind::usage,
                  fmt::format("{0} is compressed: `{1} {0} | gpulaunch explain -` reads it", path_, tool));
    reader.survey(*first);
    const bool more = first->size() == surveyed_of_stream;
    if (more && can_rewind_) {
      if (auto done = for_rest([&](std::string_view bytes) { reader.survey(bytes); }); !done) return done;
      if (::lseek(fd_.get(), static_cast<off_t>(surveyed_of_stream), SEEK_SET) < 0) return unreadable(path_, errno);
    }
    reader.feed(*first);
    first->clear();
    first->shrink_to_fit();
    return more ? for_rest([&](std::string_view bytes) { reader.feed(bytes); }) : Result<void>();
  }

 private:
  LogInput(std::string path, Fd fd, bool can_rewind)
      : path_(std::move(path)), fd_(std::move(fd)), can_rewind_(can_rewind) {}

  Result<std::size_t> read_some(char* bytes, std::size_t size) {
    for (;;) {
      const auto got = ::read(fd_.get(), bytes, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return unreadable(path_, errno);
    }
  }

  Result<std::string> read_up_to(std::size_t most) {
    std::string bytes;
    while (bytes.size() < most) {
      const auto before = bytes.size();
      bytes.resize(std::min(most, before + chunk_size));
      const auto got = read_some(bytes.data() + before, bytes.size() - before);
      if (!got) return tl::unexpected(got.error());
      bytes.resize(before + *got);
      if (*got == 0) break;
    }
    return bytes;
  }

  template <class Take>
  Result<void> for_rest(Take&& take) {
    std::string chunk(chunk_size, '\0');
    for (;;) {
      const auto got = read_some(chunk.data(), chunk.size());
      if (!got) return tl::unexpected(got.error());
      if (*got == 0) return {};
      take(std::string_view(chunk).substr(0, *got));
    }
  }

  std::string path_;
  Fd fd_;
  bool can_rewind_;
};

// torchrun's error.json is no log: it is what the rank's own framework says.
bool read_as_error(const std::string& path, const LogName& name, LogReader& reader) {
  if (fs::path(path).filename() != "error.json") return false;
  if (auto error = read_error_file(path); error && name.rank) reader.add_error(*name.rank, std::move(*error));
  return true;
}

}  // namespace

Result<ReadLogs> read_logs(const std::vector<std::string>& paths) {
  const auto logs = all_logs(paths);
  if (!logs) return tl::unexpected(logs.error());
  const auto names = read_log_names(*logs);
  LogReader reader;
  for (std::size_t i = 0; i < logs->size(); ++i) {
    const auto& path = (*logs)[i];
    if (read_as_error(path, names[i], reader)) continue;
    auto input = LogInput::open(path);
    if (!input) return tl::unexpected(input.error());
    reader.open(path == "-" ? "standard input" : path, names[i]);
    if (auto done = input->read_into(reader); !done) return tl::unexpected(done.error());
  }
  return std::move(reader).finish();
}

}  // namespace gpulaunch
