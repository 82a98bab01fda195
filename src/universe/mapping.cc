#include "universe/mapping.h"

#include <algorithm>

namespace signals {

std::optional<MappingStatus> find_mapping_status(std::string_view name) {
  const auto* found = std::ranges::find(kMappingStatusInfo, name, &MappingStatusInfo::name);
  if (found == kMappingStatusInfo.end()) return std::nullopt;
  return static_cast<MappingStatus>(found - kMappingStatusInfo.begin());
}

}  // namespace signals
