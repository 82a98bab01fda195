// Data files of one commit that come into being on threads of their own. A sync is waiting, not
// work, and many at once take hardly longer than one.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <vector>

#include "core/result.h"
#include "lake/table.h"

namespace signals {

// The last step to a data file, or all of them; any thread may take it.
using MakeFile = std::function<Result<DataFile>()>;

class FilesUnderWay {
 public:
  // The files go to both, in the order in which they were begun.
  FilesUnderWay(PendingFiles& pending, std::vector<DataFile>& added)
      : pending_(pending), added_(added) {}
  FilesUnderWay(const FilesUnderWay&) = delete;
  FilesUnderWay& operator=(const FilesUnderWay&) = delete;
  ~FilesUnderWay() { (void)finish(); }

  // Begins another one; waits when there are many. The error may be that of an earlier one.
  Result<void> begin(MakeFile make);

  // Waits for all.
  Result<void> finish();

 private:
  Result<void> take_first();

  PendingFiles& pending_;
  std::vector<DataFile>& added_;
  std::deque<std::future<Result<DataFile>>> under_way_;
};

}  // namespace signals
