#include "gpulaunch/diagnosis/evidence/kernel_facts.hpp"
#include "gpulaunch/host/gpus.hpp"
#include "gpulaunch/plan/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

struct XidMeaning {
  int xid;
  const char* text;
};
// In our own words; the driver's text in the kernel's log says more where we may read it.
constexpr std::array<XidMeaning, 18> meanings{{
    {13, "a program's instruction failed on the GPU"},
    {31, "a program used an address that the GPU has no memory for"},
    {43, "a program's work on the GPU was stopped after an error"},
    {45, "a program's work was cleared away after an earlier error or its end"},
    {48, "memory error that could not be corrected"},
    {61, "breakpoint of the GPU's internal controller"},
    {62, "halt of the GPU's internal controller"},
    {63, "a page or row of memory was retired"},
    {64, "a page or row of memory could not be retired"},
    {74, "NVLink error"},
    {79, "the GPU has fallen off the bus"},
    {92, "many memory errors that were corrected"},
    {94, "memory error that hit one program alone"},
    {95, "memory error that may have hit every program"},
    {109, "the switch between programs took too long"},
    {119, "the GPU's own processor did not answer in time"},
    {120, "error of the GPU's own processor"},
    {149, "NVLink error"},
}};

std::string meaning_of(int xid) {
  const auto known = std::find_if(meanings.begin(), meanings.end(), [&](const auto& one) { return one.xid == xid; });
  return known != meanings.end() ? fmt::format(" ({})", known->text) : std::string();
}

// The driver leaves out the function (".0"), and writes hexadecimal digits in either case.
bool same_bus(const std::string& address, std::string_view logged) {
  const auto lower = sysfs_pci_address(logged);
  return !lower.empty() && (address == lower || address == lower + ".0");
}

// A token of CUDA_VISIBLE_DEVICES; ordinals are taken in PCI order, the only one that is known here.
bool names(const std::string& token, const Gpu& gpu) {
  return token == std::to_string(gpu.index) || (token.starts_with("GPU-") && gpu.uuid.starts_with(token));
}

bool may_be_used(const Gpu& gpu, const GpuInventory& gpus, const std::vector<RankTrace>& ranks) {
  return ranks.empty() || std::any_of(ranks.begin(), ranks.end(), [&](const RankTrace& rank) {
           if (!rank.devices || rank.devices->find("MIG-") != std::string::npos) return true;
           const auto tokens = read_device_pool(gpus, *rank.devices).tokens;
           return std::any_of(tokens.begin(), tokens.end(), [&](const auto& token) { return names(token, gpu); });
         });
}

// GPUs of other jobs may fail beside ours. Where no inventory says what there is, any may be ours.
bool is_ours(const GpuInventory& gpus, const std::string& logged, const std::vector<RankTrace>& ranks) {
  const auto found =
      std::find_if(gpus.gpus.begin(), gpus.gpus.end(), [&](const Gpu& gpu) { return same_bus(gpu.pci_bus, logged); });
  return gpus.gpus.empty() || (found != gpus.gpus.end() && may_be_used(*found, gpus, ranks));
}

std::string gpu_text(const GpuInventory& gpus, const std::string& bus) {
  const auto found =
      std::find_if(gpus.gpus.begin(), gpus.gpus.end(), [&](const Gpu& gpu) { return same_bus(gpu.pci_bus, bus); });
  return found != gpus.gpus.end() ? fmt::format("GPU {} ({})", found->index, found->pci_bus)
                                  : fmt::format("GPU {}", bus);
}

std::optional<int> rank_with(int pid, const std::string& bus, const std::vector<RankTrace>& ranks) {
  for (const auto& rank : ranks) {
    if (pid > 0 && rank.has(pid)) return rank.rank;
  }
  for (const auto& rank : ranks) {
    if (!rank.gpu.empty() && same_bus(rank.gpu, bus)) return rank.rank;
  }
  return std::nullopt;
}

std::string logged_sentence(const KernelEntry& entry, const GpuInventory& gpus) {
  constexpr std::size_t longest = 160;
  const auto process = entry.pid > 0 ? fmt::format(", pid {} ({})", entry.pid, entry.name) : std::string();
  const auto text = entry.text.empty() ? meaning_of(entry.xid) : ": " + entry.text.substr(0, longest);
  return fmt::format("{} reported Xid {}{}{}", gpu_text(gpus, entry.pci_bus), entry.xid, process, text);
}

// Both names, so that signatures may ask for any Xid or for one; said once however often the driver repeats it.
void add_both(std::vector<Fact>& facts, int xid, std::optional<int> rank, const std::string& sentence) {
  const auto said = [&](const Fact& fact) { return fact.rank == rank && fact.sentence == sentence; };
  if (std::any_of(facts.begin(), facts.end(), said)) return;
  facts.push_back({"xid", rank, sentence});
  facts.push_back({fmt::format("xid-{}", xid), rank, sentence});
}

}  // namespace

std::vector<Fact> xid_facts(const std::vector<KernelEntry>& log, const std::vector<GpuFault>& faults,
                            const GpuInventory& gpus, const std::vector<RankTrace>& ranks) {
  std::vector<Fact> facts;
  for (const auto& entry : log) {
    if (entry.kind != KernelEntry::Kind::xid || !is_ours(gpus, entry.pci_bus, ranks)) continue;
    add_both(facts, entry.xid, rank_with(entry.pid, entry.pci_bus, ranks), logged_sentence(entry, gpus));
  }
  for (const auto& fault : faults) {
    const auto logged = [&](const KernelEntry& entry) {
      return entry.kind == KernelEntry::Kind::xid && entry.xid == fault.xid && same_bus(fault.pci_bus, entry.pci_bus);
    };
    if (std::any_of(log.begin(), log.end(), logged) || !is_ours(gpus, fault.pci_bus, ranks)) continue;
    add_both(facts, fault.xid, rank_with(-1, fault.pci_bus, ranks),
             fmt::format("{} reported Xid {}{}", gpu_text(gpus, fault.pci_bus), fault.xid, meaning_of(fault.xid)));
  }
  return facts;
}

}  // namespace gpulaunch
