// The files that output is kept in: --log (everything, merged), torchrun's per-rank files (byte-exact) and its filtered
// files (tee'd lines that contain one of some texts).
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/output/line_splitter.hpp"
#include "gpulaunch/output/outlet.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// Errors: usage, naming flag, path and reason. A FIFO that nobody reads is refused instead of waited for.
[[nodiscard]] Result<Fd> open_merged_log(const std::string& path, bool continued);
// Creates the folders on the way to `path`. `log_dir`: what was asked for, for the message.
// The folder of a file that a rank itself will write there (its error file). Errors: as below.
[[nodiscard]] Result<void> make_folder_in_log_dir(const std::string& path, const std::string& log_dir);
[[nodiscard]] Result<Fd> open_in_log_dir(const std::string& path, const std::string& log_dir);

// Everything that all ranks print, whole lines behind their labels; lines beyond 64 KiB are broken as on the console.
class MergedLog {
 public:
  MergedLog(std::string path, Fd file) : path_(std::move(path)), outlet_(Sink::owning(std::move(file))) {}
  void pass(std::string_view prefix, const Piece& piece);
  void say(std::string_view line);
  [[nodiscard]] Outlet& outlet() { return outlet_; }
  [[nodiscard]] const Outlet& outlet() const { return outlet_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  Outlet outlet_;
};

class FilteredLog {
 public:
  FilteredLog(Fd file, std::vector<std::string> texts)
      : outlet_(Sink::owning(std::move(file))), texts_(std::move(texts)) {}
  void pass(std::string_view prefix, std::string_view line);
  [[nodiscard]] Outlet& outlet() { return outlet_; }
  [[nodiscard]] const Outlet& outlet() const { return outlet_; }

 private:
  Outlet outlet_;
  std::vector<std::string> texts_;  // a line that contains any of them is kept
};

// Calls `take` with each line of a piece, without "\n"; a part counts as a line.
template <class Take>
void each_line(const Piece& piece, Take take) {
  if (piece.kind != Piece::Kind::lines) return take(piece.text);
  for (std::string_view rest = piece.text; !rest.empty();) {
    const std::size_t newline = rest.find('\n');
    take(rest.substr(0, newline));
    rest.remove_prefix(newline + 1);
  }
}

}  // namespace gpulaunch
