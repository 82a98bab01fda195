// Numbers for names: the same for the same name, from 0 on.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace signals {

class NameNumbers {
 public:
  std::uint32_t operator[](const std::string& name) {
    return known_.try_emplace(name, static_cast<std::uint32_t>(known_.size())).first->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> known_;
};

}  // namespace signals
