#include "gpulaunch/report/diagnosis_text.hpp"
#include "gpulaunch/report/masked_command.hpp"
#include "gpulaunch/report/text.hpp"

#include <nlohmann/json.hpp>

namespace gpulaunch {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string valid_text(std::string_view text) { return replace_invalid(masked_line(text)); }

OrderedJson json_victims(const Diagnosis& diagnosis) {
  auto list = OrderedJson::array();
  for (const auto& victim : diagnosis.victims)
    list.push_back({{"rank", victim.rank}, {"signature", victim.signature}, {"line", valid_text(victim.line)}});
  return list;
}

}  // namespace

std::string diagnosis_json(const Diagnosis& diagnosis, const CaseFile& file, const RankNames& names) {
  OrderedJson json{{"explained", says_something(diagnosis)}, {"ranks", diagnosis.culprits},
                   {"everyone", diagnosis.everyone},         {"world_size", file.world_size},
                   {"signature", diagnosis.signature},       {"strength", strength_text(diagnosis.strength)},
                   {"cause", valid_text(diagnosis.cause)},   {"fix", valid_text(diagnosis.fix)}};
  if (diagnosis.quote) json["quote"] = {{"rank", diagnosis.quote->rank}, {"line", valid_text(diagnosis.quote->line)}};
  json["evidence"] = OrderedJson::array();
  for (const auto& sentence : diagnosis.evidence) json["evidence"].push_back(valid_text(sentence));
  json["innocent"] = json_victims(diagnosis);
  json["names"] = OrderedJson::object();
  for (const auto& [rank, name] : names) json["names"][std::to_string(rank)] = replace_invalid(name);
  return json.dump();
}

}  // namespace gpulaunch
