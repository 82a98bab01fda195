// What every kind of commit does when it is not alone.
#pragma once

#include "core/result.h"

namespace signals {

inline constexpr int kCommitTries = 20;

// A wait that two losers of a race do not share.
void back_off(int attempt);

// Whether a commit that failed so may be there all the same, or come yet: then its files stay.
bool may_have_happened(const Error& error);

}  // namespace signals
