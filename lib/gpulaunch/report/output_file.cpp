#include "gpulaunch/report/output_file.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <charconv>
#include <optional>

namespace gpulaunch {
namespace {

std::optional<int> descriptor_number(std::string_view text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 0 ? std::optional(number) : std::nullopt;
}

// Checked by hand: a descriptor open for reading alone would fail at the first event only.
Result<Fd> duplicate(std::string_view flag, int number) {
  const int mode = ::fcntl(number, F_GETFL);
  if (mode < 0) return fail(ErrorKind::usage, fmt::format("{0} fd:{1}: descriptor {1} is not open", flag, number));
  if ((mode & O_ACCMODE) == O_RDONLY)
    return fail(ErrorKind::usage, fmt::format("{0} fd:{1}: descriptor {1} is not open for writing", flag, number));
  Fd copy(::fcntl(number, F_DUPFD_CLOEXEC, 3));
  if (!copy) return fail_errno(fmt::format("{} fd:{}: cannot duplicate", flag, number), errno);
  return copy;
}

}  // namespace

Result<Fd> open_report_file(std::string_view flag, const std::string& path) {
  // Not to wait for the reader of a fifo; regular files do not know O_NONBLOCK (open(2)).
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Fd file(::open(path.c_str(), flags, 0666));
  if (file) return file;
  const bool unread_fifo = errno == ENXIO;
  auto error = fail_errno(fmt::format("{} {}: cannot open", flag, path), errno).value();
  if (unread_fifo) error.message = fmt::format("{} {}: nobody reads this fifo", flag, path);
  error.kind = ErrorKind::usage;
  return tl::unexpected(std::move(error));
}

Result<Fd> open_report_target(std::string_view flag, const std::string& target) {
  if (!target.starts_with("fd:")) return open_report_file(flag, target);
  if (const auto number = descriptor_number(std::string_view(target).substr(3))) return duplicate(flag, *number);
  return fail(ErrorKind::usage,
              fmt::format("{} {}: expected FILE, or fd:N with the number of an open descriptor", flag, target));
}

Result<void> write_report(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd waiting{fd, POLLOUT, 0};
    const int ready = ::poll(&waiting, 1, reader_patience_ms);
    if (ready == 0) return fail(ErrorKind::system, "its reader takes nothing");
    const auto written = ready < 0 ? -1 : ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR && errno != EAGAIN) return fail_errno("cannot write", errno);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace gpulaunch
