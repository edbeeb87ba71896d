#include "gpulaunch/report/diagnosis_json.hpp"

#include "gpulaunch/report/text.hpp"

namespace gpulaunch {
namespace {

using Json = nlohmann::ordered_json;

Json json_victim(const Victim& victim, const std::function<int(int)>& number) {
  Json json{{"rank", number(victim.rank)}};
  if (!victim.signature.empty()) json["signature"] = replace_invalid(victim.signature);
  if (!victim.line.empty()) json["line"] = replace_invalid(victim.line);
  return json;
}

}  // namespace

Json json_diagnosis(const Diagnosis& diagnosis, const std::function<int(int)>& number) {
  Json json;
  json["culprits"] = Json::array();
  for (const int rank : diagnosis.culprits) json["culprits"].push_back(number(rank));
  json["everyone"] = diagnosis.everyone;
  if (!diagnosis.signature.empty()) json["signature"] = replace_invalid(diagnosis.signature);
  json["strength"] = strength_text(diagnosis.strength);
  if (!diagnosis.cause.empty()) json["cause"] = replace_invalid(diagnosis.cause);
  if (!diagnosis.fix.empty()) json["fix"] = replace_invalid(diagnosis.fix);
  if (diagnosis.quote)
    json["quote"] = {{"rank", number(diagnosis.quote->rank)}, {"line", replace_invalid(diagnosis.quote->line)}};
  json["evidence"] = Json::array();
  for (const auto& sentence : diagnosis.evidence) json["evidence"].push_back(replace_invalid(sentence));
  json["victims"] = Json::array();
  for (const auto& victim : diagnosis.victims) json["victims"].push_back(json_victim(victim, number));
  return json;
}

}  // namespace gpulaunch
