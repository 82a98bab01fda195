// What a data set records of how it was made: a later run has to make its rows the same way.
#pragma once

#include <map>
#include <string>

#include "core/result.h"
#include "pipeline/publish.h"

namespace signals {

// The properties of the table: the request's, and those of the feature table as `features.…`.
std::map<std::string, std::string> dataset_properties(
    const PublishRequest& request, const std::map<std::string, std::string>& features);

// dataset_differs, which names what the table has and what is wanted.
Error dataset_difference(const std::map<std::string, std::string>& has,
                         const std::map<std::string, std::string>& wanted);

}  // namespace signals
