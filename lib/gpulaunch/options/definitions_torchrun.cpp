#include "gpulaunch/options/apply.hpp"
#include "gpulaunch/options/definitions.hpp"

#include <string>

namespace gpulaunch::definitions {
namespace {

Result<void> check_nodes(Draft&, std::string_view text) {
  const auto range = parse_node_range(text);
  if (!range) return tl::unexpected(range.error());
  if (*range == NodeRange{1, 1}) return {};
  return bad_value(text, "available yet, for this version runs on one node", "1 or 1:1");
}

Result<void> check_node_rank(Draft&, std::string_view text) {
  const auto rank = parse_decimal(text);
  if (rank == 0) return {};
  if (!rank) return bad_value(text, "a node's rank", "0");
  return bad_value(text, "the rank of a node that this version knows, which runs on one", "0");
}

Result<void> check_backend(Draft&, std::string_view text) {
  if (text == "static" || text == "c10d") return {};
  if (text.starts_with("etcd")) return bad_value(text, "available, for a job on one node needs no etcd", "static, c10d");
  return bad_value(text, "a rendezvous backend", "static, c10d");
}

// On one node all ranks meet here. A port of this machine is the one that the user wants ranks to meet at; another
// machine's is not ours to use.
Result<void> set_endpoint(Draft& draft, std::string_view text) {
  draft.rendezvous.endpoint_port.reset();
  if (text.empty()) return {};  // torchrun's own default
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) return tl::unexpected(endpoint.error());
  if (!endpoint->is_loopback()) {
    draft.notice("the ranks of a job on one node meet on this machine, whatever host this names");
  } else if (endpoint->port.value_or(0) != 0) {
    draft.rendezvous.endpoint_port = endpoint->port;
  }
  return {};
}

Result<void> set_standalone(Draft& draft, std::string_view text) {
  return parse_bool(text).map([&](bool standalone) { draft.rendezvous.standalone = standalone; });
}

Result<void> set_local_addr(Draft& draft, std::string_view text) {
  return parse_text(text).map([&](std::string address) { draft.rendezvous.local_addr = std::move(address); });
}

Result<void> check_start_method(Draft&, std::string_view text) {
  if (text == "spawn") return {};
  if (text == "fork" || text == "forkserver") {
    return bad_value(text, "possible, for every rank is a program of its own", "spawn");
  }
  return bad_value(text, "a start method", "spawn");
}

Result<void> check_event_handler(Draft& draft, std::string_view text) {
  if (text != "null") draft.notice("Python's logging handlers are not here; --events FILE writes all events as JSON lines");
  return {};
}

Result<void> check_logs_specs(Draft&, std::string_view text) {
  if (text == "default") return {};
  return bad_value(text, "available, for it would be Python code inside the launcher", "default");
}

constexpr OptionDefinition table[] = {
    {.name = "standalone",
     .torchrun = "standalone",
     .takes = Takes::flag,
     .group = Group::torchrun,
     .help = "A job of its own on this node, which is the default",
     .more = "It overrides --rdzv-id, --rdzv-endpoint, --master-addr and --master-port.",
     .pet = "PET_STANDALONE",
     .apply = set_standalone},
    {.name = "nnodes",
     .torchrun = "nnodes",
     .metavar = "1|1:1",
     .group = Group::torchrun,
     .help = "How many nodes; this version runs on one",
     .default_text = "1",
     .pet = "PET_NNODES",
     .apply = check_nodes},
    {.name = "node-rank",
     .torchrun = "node-rank",
     .metavar = "0",
     .group = Group::torchrun,
     .help = "The rank of this node",
     .default_text = "0",
     .pet = "PET_NODE_RANK",
     .apply = check_node_rank},
    {.name = "master-addr",
     .torchrun = "master-addr",
     .metavar = "HOST",
     .group = Group::torchrun,
     .help = "MASTER_ADDR of the ranks",
     .default_text = "127.0.0.1",
     .pet = "PET_MASTER_ADDR",
     .apply = apply::put<parse_text, &Options::job, &JobOptions::master_addr>},
    {.name = "master-port",
     .torchrun = "master-port",
     .metavar = "PORT",
     .group = Group::torchrun,
     .help = "MASTER_PORT of the ranks",
     .default_text = "a free one, reserved for the whole job",
     .pet = "PET_MASTER_PORT",
     .apply = apply::put<parse_port, &Options::job, &JobOptions::master_port>},
    {.name = "local-addr",
     .torchrun = "local-addr",
     .metavar = "HOST",
     .group = Group::torchrun,
     .help = "The address of this node; MASTER_ADDR unless --master-addr is given",
     .pet = "PET_LOCAL_ADDR",
     .apply = set_local_addr},
    {.name = "role",
     .torchrun = "role",
     .metavar = "NAME",
     .group = Group::torchrun,
     .help = "ROLE_NAME of the ranks",
     .default_text = "default",
     .pet = "PET_ROLE",
     .apply = apply::put<parse_text, &Options::job, &JobOptions::role>},
    {.name = "rdzv-id",
     .torchrun = "rdzv-id",
     .metavar = "ID",
     .group = Group::torchrun,
     .help = "The job's identity: TORCHELASTIC_RUN_ID, and the name of its log folder",
     .default_text = "a random UUID",
     .pet = "PET_RDZV_ID",
     .apply = apply::put<parse_run_id, &Options::job, &JobOptions::run_id>},
    {.name = "rdzv-backend",
     .torchrun = "rdzv-backend",
     .metavar = "static|c10d",
     .group = Group::torchrun,
     .help = "How nodes meet; the same on one node",
     .default_text = "static",
     .pet = "PET_RDZV_BACKEND",
     .apply = check_backend},
    {.name = "rdzv-endpoint",
     .torchrun = "rdzv-endpoint",
     .metavar = "HOST[:PORT]",
     .group = Group::torchrun,
     .help = "Where nodes meet; a port of this machine becomes MASTER_PORT",
     .pet = "PET_RDZV_ENDPOINT",
     .apply = set_endpoint},
    {.name = "rdzv-conf",
     .torchrun = "rdzv-conf",
     .metavar = "KEY=VALUE,...",
     .group = Group::torchrun,
     .help = "Settings of the meeting of nodes; none is needed on one node",
     .pet = "PET_RDZV_CONF",
     .notice = "has no effect: there is nobody to wait for on one node",
     .apply = apply::check<parse_settings>},
    {.name = "monitor-interval",
     .torchrun = "monitor-interval",
     .metavar = "SECONDS",
     .group = Group::torchrun,
     .help = "Accepted for torchrun's sake",
     .pet = "PET_MONITOR_INTERVAL",
     .notice = "has no effect: exits of ranks are seen as they happen, nothing is polled",
     .apply = apply::check<parse_duration>},
    {.name = "exit-barrier-timeout",
     .torchrun = "exit-barrier-timeout",
     .metavar = "SECONDS",
     .group = Group::torchrun,
     .help = "Accepted for torchrun's sake",
     .pet = "PET_EXIT_BARRIER_TIMEOUT",
     .notice = "has no effect: there is no barrier at the end of a job on one node",
     .apply = apply::check<parse_duration>},
    {.name = "start-method",
     .torchrun = "start-method",
     .metavar = "spawn",
     .group = Group::torchrun,
     .help = "Accepted for torchrun's sake; fork and forkserver are refused",
     .default_text = "spawn",
     .pet = "PET_START_METHOD",
     .apply = check_start_method},
    {.name = "event-log-handler",
     .torchrun = "event-log-handler",
     .metavar = "NAME",
     .group = Group::torchrun,
     .help = "Accepted for torchrun's sake; see --events",
     .default_text = "null",
     .pet = "PET_EVENT_LOG_HANDLER",
     .apply = check_event_handler},
    {.name = "logs-specs",
     .torchrun = "logs-specs",
     .metavar = "default",
     .group = Group::torchrun,
     .help = "Accepted for torchrun's sake",
     .default_text = "default",
     .apply = check_logs_specs},
    {.name = "use-env",
     .torchrun = "use-env",
     .takes = Takes::flag,
     .group = Group::torchrun,
     .help = "Accepted for the sake of torch.distributed.launch; it is always so",
     .more = "--local-rank-arg brings its --local-rank argument back.",
     .apply = apply::check<parse_bool>},
};

}  // namespace

Table torchrun() { return table; }

}  // namespace gpulaunch::definitions
