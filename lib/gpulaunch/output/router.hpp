// Takes the bytes that the ranks write and carries them to where they belong: the console (line-atomic, labelled), the
// per-rank files (byte-exact), the merged log, the filtered files, and the memory that the report is made from.
// The supervisor calls write() with what it read, tick() when deadline() has passed, flush() at the end of each turn of
// its loop. Memory is bounded whatever the ranks print: lines are passed on in pieces beyond 64 KiB, and while a
// console cannot take more, congested() is true and the supervisor stops reading (back-pressure reaches the ranks).
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"
#include "gpulaunch/output/stream_memory.hpp"
#include "gpulaunch/plan/plan.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

enum class Stream : unsigned char { out, err };

struct StreamId {
  int rank = 0;  // index into Plan::ranks
  Stream stream = Stream::out;
};

// The descriptors of the launcher that the console is made of. Tests pass pipes.
struct ConsoleFds {
  int out = 1;
  int err = 2;
};

// What the console's look depends on beside the options.
struct ConsoleStyle {
  std::string role = "default";  // {role} of labels
  bool no_color = false;         // NO_COLOR is set and not empty: no colours unless --color always
  bool dumb_terminal = false;    // TERM is "dumb" or unset: no colours, and nothing is drawn over
};

// What may be done on a console.
struct ConsoleLook {
  bool draws = false;  // it is a terminal that can move its cursor
  bool coloured = false;
};

// Asks the kernel about the descriptor: once for each console, not for each of a thousand streams that end there.
[[nodiscard]] ConsoleLook console_look(int fd, When color, const ConsoleStyle& style);

class OutputRouter {
 public:
  // Opens every file of the plan and creates their folders; --log is continued, not begun, when plan.attempt > 0.
  // Labels are shown where plan.labels says so or a label format was given. The descriptors stay the caller's and must
  // stay open; the process must ignore SIGPIPE.
  // Errors: usage for --log and --log-dir that cannot be opened (names flag, path and reason) and for a --label-format
  // with an unknown placeholder, before anything starts.
  [[nodiscard]] static Result<std::unique_ptr<OutputRouter>> open(const Plan& plan, const OutputOptions& options,
                                                                  ConsoleFds console, const ConsoleStyle& style = {});
  OutputRouter() = default;
  OutputRouter(const OutputRouter&) = delete;  // it owns descriptors, and unfinished lines are known by their address
  OutputRouter& operator=(const OutputRouter&) = delete;
  virtual ~OutputRouter() = default;

  // Bytes of one stream, as they were read; `now` dates the lines.
  virtual void write(StreamId stream, std::string_view bytes, Instant now) = 0;
  // The stream has ended: an unfinished last line is completed on the console, files stay byte-exact.
  virtual void close(StreamId stream, Instant now) = 0;
  // Before a restart: closes what is left of the old attempt's streams and opens the files of the new plan, which has
  // the same ranks. Consoles, what waits for them, and --log go on. Errors: usage, as for open().
  [[nodiscard]] virtual Result<void> next_attempt(const Plan& plan, Instant now) = 0;
  // A line of the launcher's own for standard error; it never lands in the middle of a rank's line.
  virtual void notice(std::string_view line, Instant now) = 0;

  // When tick() wants to be called: unfinished lines shown after 100 ms, collapse windows closed.
  [[nodiscard]] virtual std::optional<Mono> deadline() const = 0;
  virtual void tick(Instant now) = 0;
  // Writes what can be written without blocking.
  virtual void flush() = 0;
  // Descriptors that have bytes waiting and could not take them: watch them for EPOLLOUT, then flush().
  [[nodiscard]] virtual std::vector<int> blocked_fds() const = 0;
  // Too much is waiting: do not read from the ranks until a flush() has made room.
  [[nodiscard]] virtual bool congested() const = 0;
  // Nothing is waiting any more.
  [[nodiscard]] virtual bool drained() const = 0;
  // Gives up what a console has not taken, for an end that was forced.
  virtual void abandon_consoles() = 0;

  // The last lines that a rank wrote to a stream (at most 64 KiB and 200 lines are kept), oldest first, without "\n".
  [[nodiscard]] virtual std::vector<std::string> tail(StreamId stream, std::size_t lines) const = 0;
  // When the rank last wrote anything; none: never in this attempt.
  [[nodiscard]] virtual std::optional<Mono> last_output(int rank) const = 0;
  // Beginning, error lines and end of what a rank wrote to a stream; empty without OutputOptions::diagnosis.
  [[nodiscard]] virtual std::vector<RememberedLine> remembered(StreamId stream) const = 0;

  // Called for every complete line (for the opt-in rank_output events); set before the first write.
  std::function<void(StreamId, std::string_view line, Instant)> on_line;
};

}  // namespace gpulaunch
