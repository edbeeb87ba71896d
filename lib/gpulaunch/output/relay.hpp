// The router as it is: one route per stream of each rank, one or two consoles at their end, the files beside them.
// Bytes go to memory and file as they are; cut into pieces by the route's splitter they go to console, merged log,
// filter and on_line. A read of the supervisor is one write here; everything that costs is done once per write or per
// block of lines, and per line only where a feature needs it.
#pragma once

#include "gpulaunch/output/collapser.hpp"
#include "gpulaunch/output/console.hpp"
#include "gpulaunch/output/label.hpp"
#include "gpulaunch/output/line_splitter.hpp"
#include "gpulaunch/output/log_files.hpp"
#include "gpulaunch/output/outlet.hpp"
#include "gpulaunch/output/router.hpp"
#include "gpulaunch/output/stream_memory.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

// One descriptor of the launcher's, or both where they lead to the same place.
struct ConsoleEnd {
  ConsoleEnd(Sink sink, Console::Traits how, std::string_view named)
      : outlet(std::move(sink)), console(outlet.queue(), how), terminal(how.terminal), name(named) {}
  ConsoleEnd(const ConsoleEnd&) = delete;  // the console refers to the outlet's queue
  ConsoleEnd& operator=(const ConsoleEnd&) = delete;
  ~ConsoleEnd() = default;

  Outlet outlet;
  Console console;
  bool terminal = false;
  std::string_view name;
};

struct Route {
  StreamId id;
  bool open = false;
  LineSplitter splitter;
  StreamMemory memory;
  std::optional<Mono> last_write;
  std::optional<Sink> file;
  ConsoleEnd* end = nullptr;  // none: not shown on a console
  ConsoleLine line;
  FilteredLog* filter = nullptr;
  Prefix prefix;
  Prefix log_prefix;
  Prefix filter_prefix;
};

class Relay final : public OutputRouter {
 public:
  Relay(const OutputOptions& options, const ConsoleStyle& style) : options_(options), role_(style.role) {}
  [[nodiscard]] Result<void> open_all(const Plan& plan, ConsoleFds fds, const ConsoleStyle& style);

  void write(StreamId stream, std::string_view bytes, Instant now) override;
  void close(StreamId stream, Instant now) override;
  [[nodiscard]] Result<void> next_attempt(const Plan& plan, Instant now) override;
  void notice(std::string_view line, Instant now) override;
  [[nodiscard]] std::optional<Mono> deadline() const override;
  void tick(Instant now) override;
  void flush() override;
  [[nodiscard]] std::vector<int> blocked_fds() const override;
  [[nodiscard]] bool congested() const override;
  [[nodiscard]] bool drained() const override;
  void abandon_consoles() override;
  [[nodiscard]] std::vector<std::string> tail(StreamId stream, std::size_t lines) const override;
  [[nodiscard]] std::optional<Mono> last_output(int rank) const override;
  [[nodiscard]] std::vector<RememberedLine> remembered(StreamId stream) const override;

 private:
  struct RankNumbers {
    int rank = 0;
    int local_rank = 0;
  };
  using Looks = std::array<ConsoleLook, 2>;  // of standard output and standard error

  // Opening (relay_open.cpp)
  void open_consoles(const Plan& plan, ConsoleFds fds, const Looks& looks);
  void make_prefixes(const Plan& plan, const Looks& looks);
  [[nodiscard]] Result<void> open_log(const Plan& plan);
  [[nodiscard]] Result<void> open_files(const Plan& plan);
  [[nodiscard]] Result<void> open_filters(const Plan& plan);
  [[nodiscard]] LabelFacts facts_of(const std::vector<int>& ranks) const;
  [[nodiscard]] const LabelFormat* console_label() const { return labelled_ ? &format_ : nullptr; }

  // Carrying (relay.cpp)
  [[nodiscard]] Route& route(StreamId id);
  [[nodiscard]] const Route& route(StreamId id) const;
  void keep(Route& route, std::string_view bytes, Instant now);
  void pass_on(Route& route, const Piece& piece, Instant now);
  void to_console(Route& route, const Piece& piece, Instant now);
  void to_collapser(Route& route, const Piece& piece, Instant now);
  void grown(Route& route, Instant now);
  void show_due(Route& route, Instant now);
  void show_collapsed(Instant now);
  [[nodiscard]] Console::Speaker speaker(Route& route, Instant now);
  void wake_by(Mono time);
  void wake_to_redraw(Instant now);

  // Ends (relay_ends.cpp)
  bool report_losses();
  void report_loss(std::string_view what, int error);
  template <class Self, class Visit>
  static void each_outlet(Self& self, Visit visit) {
    for (auto& end : self.ends_) visit(end->outlet);
    if (self.log_) visit(self.log_->outlet());
    for (auto& filter : self.filters_) {
      if (filter) visit(filter->outlet());
    }
  }

  OutputOptions options_;
  std::string role_;
  std::string host_;
  LabelFormat format_;
  bool labelled_ = false;
  std::vector<RankNumbers> numbers_;
  std::vector<Route> routes_;  // two a rank; never resized, since consoles know unfinished lines by their address
  std::vector<std::unique_ptr<ConsoleEnd>> ends_;
  std::array<ConsoleEnd*, 2> end_of_stream_{};
  std::optional<MergedLog> log_;
  std::array<std::optional<FilteredLog>, 2> filters_;
  std::optional<Collapser> collapser_;
  Stamp stamp_;
  ScanAllowance allowance_;
  std::optional<Mono> next_due_;  // no unfinished line needs to be looked at before
  Instant latest_;                // when the ranks or the launcher last had something to say
  std::optional<int> file_loss_;  // why a rank's file could not be written
  bool file_loss_told_ = false;
};

}  // namespace gpulaunch
