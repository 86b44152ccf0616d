// What the core throws. Misuse by the caller is std::invalid_argument; bytes that no encoder of ours could have written
// are CorruptStream, so that the binding can tell the two apart.
#pragma once

#include <stdexcept>

namespace fieldzip {

class CorruptStream : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace fieldzip
