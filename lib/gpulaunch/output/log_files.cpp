#include "gpulaunch/output/log_files.hpp"

#include "gpulaunch/output/console.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <filesystem>

namespace gpulaunch {
namespace {

constexpr int create_flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

tl::unexpected<Error> refuse(const std::string& subject, const std::error_code& code) {
  const bool unread = code == std::error_code(ENXIO, std::generic_category());
  const std::string reason = unread ? "nobody has it open for reading" : code.message();
  return tl::unexpected<Error>(Error{ErrorKind::usage, fmt::format("{}: {}", subject, reason), code});
}

std::string flag_of(const std::string& log_dir) { return log_dir.empty() ? "--log-dir" : "--log-dir " + log_dir; }

}  // namespace

Result<Fd> open_merged_log(const std::string& path, bool continued) {
  Fd file(::open(path.c_str(), create_flags | O_APPEND | (continued ? 0 : O_TRUNC), 0666));
  if (file) return file;
  return refuse(fmt::format("--log {}: cannot be opened for writing", path), {errno, std::generic_category()});
}

Result<void> make_folder_in_log_dir(const std::string& path, const std::string& log_dir) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return refuse(fmt::format("{}: cannot create {}", flag_of(log_dir), folder.string()), code);
  return {};
}

Result<Fd> open_in_log_dir(const std::string& path, const std::string& log_dir) {
  if (auto made = make_folder_in_log_dir(path, log_dir); !made) return tl::unexpected(std::move(made.error()));
  Fd file(::open(path.c_str(), create_flags | O_TRUNC, 0666));
  if (file) return file;
  return refuse(fmt::format("{}: cannot create {}", flag_of(log_dir), path), {errno, std::generic_category()});
}

void MergedLog::pass(std::string_view prefix, const Piece& piece) {
  ByteQueue& queue = outlet_.queue();
  if (piece.kind == Piece::Kind::lines) {
    append_labelled(queue, prefix, piece.text);
  } else {
    queue.append(prefix).append(piece.continues ? break_mark : "").append(piece.text);
    queue.append(piece.kind == Piece::Kind::part ? break_mark : "").append("\n");
  }
  outlet_.drain_when_full();
}

void MergedLog::say(std::string_view line) {
  outlet_.queue().append(line).append("\n");
  outlet_.drain_when_full();
}

void FilteredLog::pass(std::string_view prefix, std::string_view line) {
  const auto in_line = [line](const std::string& text) { return line.find(text) != std::string_view::npos; };
  if (!std::ranges::any_of(texts_, in_line)) return;
  outlet_.queue().append(prefix).append(line).append("\n");
  outlet_.drain_when_full();
}

}  // namespace gpulaunch
