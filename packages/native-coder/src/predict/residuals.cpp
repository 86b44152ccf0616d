#include "predict/residuals.h"

namespace fieldzip {

Residuals::Residuals(int64_t range)
    : range_(range), levels_(kLevels), shapes_(static_cast<size_t>(kRawFromLevel / 4 + 1) * kShapeClasses) {
  for (int level = 0; level < kLevels; ++level) {
    LevelInfo& info = levels_[static_cast<size_t>(level)];
    info.shift = level < kRawFromLevel ? 0U : static_cast<uint32_t>((level - kRawFromLevel) / 8 + 1);
    const double scaled = std::ldexp(static_cast<double>(magnitudeOf(level)), -static_cast<int>(info.shift));
    info.inverse = static_cast<int64_t>(1048576.0 / scaled);
    info.symbolsPerZ = static_cast<float>(scaled);
    info.window = static_cast<int32_t>(32.0 * scaled) + 2;
  }
}

}  // namespace fieldzip
