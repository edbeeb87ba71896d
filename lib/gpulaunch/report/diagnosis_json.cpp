#include "gpulaunch/report/diagnosis_json.hpp"

#include "gpulaunch/report/masked_command.hpp"
#include "gpulaunch/report/text.hpp"

namespace gpulaunch {
namespace {

using Json = nlohmann::ordered_json;

std::string shown_text(std::string_view text) { return replace_invalid(masked_line(text)); }

Json json_victim(const Victim& victim, const std::function<int(int)>& number) {
  Json json{{"rank", number(victim.rank)}};
  if (!victim.signature.empty()) json["signature"] = shown_text(victim.signature);
  if (!victim.line.empty()) json["line"] = shown_text(victim.line);
  return json;
}

}  // namespace

Json json_diagnosis(const Diagnosis& diagnosis, const std::function<int(int)>& number) {
  Json json;
  json["culprits"] = Json::array();
  for (const int rank : diagnosis.culprits) json["culprits"].push_back(number(rank));
  json["everyone"] = diagnosis.everyone;
  if (!diagnosis.signature.empty()) json["signature"] = shown_text(diagnosis.signature);
  json["strength"] = strength_text(diagnosis.strength);
  if (!diagnosis.cause.empty()) json["cause"] = shown_text(diagnosis.cause);
  if (!diagnosis.fix.empty()) json["fix"] = shown_text(diagnosis.fix);
  if (diagnosis.quote)
    json["quote"] = {{"rank", number(diagnosis.quote->rank)}, {"line", shown_text(diagnosis.quote->line)}};
  json["evidence"] = Json::array();
  for (const auto& sentence : diagnosis.evidence) json["evidence"].push_back(shown_text(sentence));
  json["victims"] = Json::array();
  for (const auto& victim : diagnosis.victims) json["victims"].push_back(json_victim(victim, number));
  return json;
}

}  // namespace gpulaunch
