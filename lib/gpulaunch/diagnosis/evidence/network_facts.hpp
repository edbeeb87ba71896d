// Facts about names of the network: interfaces that a rank was told to use and that are not here, and host names that
// cannot be resolved. A name server is never asked, because it may not answer: a name is called unresolvable only where
// the files of this machine leave no one else to ask.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// The names in the text of /proc/net/dev.
[[nodiscard]] std::vector<std::string> interface_names(std::string_view text);
// Whether `value` leaves any of them. NCCL: a list of prefixes; "=" in front: of whole names; "^": all but these.
[[nodiscard]] bool nccl_finds_interface(std::string_view value, const std::vector<std::string>& names);

struct HostFiles {
  std::string hosts = {};     // /etc/hosts
  std::string nsswitch = {};  // /etc/nsswitch.conf; empty: missing
  std::string resolv = {};    // /etc/resolv.conf
};
// `own`: the machine's own name, which some resolvers know without any file.
[[nodiscard]] bool surely_unresolvable(std::string_view name, std::string_view own, const HostFiles& files);

// interface-missing, host-unresolvable (of this machine's own name and of MASTER_ADDR)
[[nodiscard]] std::vector<Fact> network_facts(const std::string& root, const EvidenceQuestion& question);

}  // namespace gpulaunch
