// Reads what the ranks write and hands it to the router. While the router is congested nobody is read, so that a slow
// console slows the ranks down instead of filling our memory.
#pragma once

#include "gpulaunch/output/router.hpp"
#include "gpulaunch/policy/progress_watch.hpp"
#include "gpulaunch/run/event_loop.hpp"
#include "gpulaunch/run/rank_process.hpp"

#include <memory>
#include <vector>

namespace gpulaunch {

class StreamPump {
 public:
  [[nodiscard]] static Result<StreamPump> create(OutputRouter& router, std::size_t ranks);

  // Readable when any stream is; stands in the supervisor's own epoll instance.
  [[nodiscard]] int fd() const { return epoll_.fd(); }
  // Whoever wants to know of everything that is read; must outlive the pump's work.
  void tell_progress(ProgressWatch* progress) { progress_ = progress; }
  [[nodiscard]] Result<void> watch(RankProcess& process, int rank);

  // One read from each stream that is ready. The number of bytes that came.
  std::size_t read_ready(std::vector<RankProcess>& processes, Instant now);
  // Everything that the rank has in its pipes now, for the report of its end.
  void drain(RankProcess& process, int rank, Instant now);
  // Nobody can write any more: reads to the end and closes. False while the router cannot take it all.
  [[nodiscard]] bool finish(std::vector<RankProcess>& processes, Instant now);

 private:
  enum class ReadResult { data, nothing, ended };

  StreamPump(OutputRouter& router, Epoll epoll, std::size_t ranks);
  ReadResult read_once(RankProcess& process, StreamId stream, Instant now);
  void widen(RankStream& stream) const;
  void close(RankProcess& process, StreamId stream, Instant now);

  OutputRouter* router_;
  ProgressWatch* progress_ = nullptr;  // none: nobody does
  Epoll epoll_;
  std::vector<Token> ready_;
  std::unique_ptr<char[]> buffer_;  // never written before it is read into: untouched pages cost nothing
  int wide_pipe_;
  std::size_t bytes_read_ = 0;
};

}  // namespace gpulaunch
