#include "gpulaunch/plan/compat.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

std::string numeric_address(const std::string& address) { return address == "localhost" ? "127.0.0.1" : address; }

// JAX learns process id and count only through a cluster that it recognises, and Open MPI's is the first it looks for
// (jax/_src/clusters/ompi_cluster.py); the leader's address stands in the URI of Open MPI's launcher.
void write_jax(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank, const DeviceShare& devices) {
  const auto address = numeric_address(context.master_addr);
  const bool ipv6 = address.find(':') != std::string::npos;
  const auto host = ipv6 ? fmt::format("[{}]", address) : address;
  const auto port = port_text(context.facts.master_port);
  const auto index = std::to_string(rank.value());
  environment.set("OMPI_MCA_orte_hnp_uri", fmt::format("4096.0;{}://{}:1", ipv6 ? "tcp6" : "tcp", host));
  environment.set("OMPI_COMM_WORLD_SIZE", std::to_string(context.ranks));
  environment.set("OMPI_COMM_WORLD_RANK", index);
  environment.set("OMPI_COMM_WORLD_LOCAL_RANK", index);
  environment.set("JAX_COORDINATOR_ADDRESS", fmt::format("{}:{}", host, port));
  environment.set("JAX_COORDINATOR_PORT", port);
  // Its default is [LOCAL_RANK], which is no device where the rank sees a single one.
  if (devices.single) environment.set("JAX_LOCAL_DEVICE_IDS", "0");
}

void write_mpi(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank) {
  const auto index = std::to_string(rank.value());
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_NODE_RANK",
                           "PMI_RANK", "MPI_LOCALRANKID"}) {
    environment.set(name, index);
  }
  const auto size = std::to_string(context.ranks);
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"}) {
    environment.set(name, size);
  }
}

void write_horovod(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank) {
  environment.set("HOROVOD_RANK", std::to_string(rank.value()));
  environment.set("HOROVOD_LOCAL_RANK", std::to_string(rank.value()));
  environment.set("HOROVOD_SIZE", std::to_string(context.ranks));
  environment.set("HOROVOD_LOCAL_SIZE", std::to_string(context.ranks));
  environment.set("HOROVOD_CROSS_RANK", "0");
  environment.set("HOROVOD_CROSS_SIZE", "1");
}

// TensorFlow's workers each listen on a port of their own.
void write_tensorflow(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank) {
  std::string workers;
  for (std::size_t i = 0; i < static_cast<std::size_t>(context.ranks); ++i) {
    const auto& ports = context.facts.worker_ports;
    workers +=
        fmt::format("{}\"{}:{}\"", i == 0 ? "" : ",", context.master_addr, port_text(i < ports.size() ? ports[i] : 0));
  }
  environment.set("TF_CONFIG", fmt::format(R"({{"cluster":{{"worker":[{}]}},"task":{{"type":"worker","index":{}}}}})",
                                           workers, rank.value()));
}

}  // namespace

void write_compat(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank,
                  const DeviceShare& devices) {
  for (const auto family : context.options().environment.compat) {
    switch (family) {
      case CompatFamily::jax: write_jax(environment, context, rank, devices); break;
      case CompatFamily::mpi: write_mpi(environment, context, rank); break;
      case CompatFamily::horovod: write_horovod(environment, context, rank); break;
      case CompatFamily::tf: write_tensorflow(environment, context, rank); break;
      case CompatFamily::slurm: break;
    }
  }
}

}  // namespace gpulaunch
