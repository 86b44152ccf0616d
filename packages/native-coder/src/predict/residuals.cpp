#include "predict/residuals.h"

namespace fieldzip {

const std::array<LevelInfo, kLevels>& levelInfos() {
  static const std::array<LevelInfo, kLevels> infos = [] {
    std::array<LevelInfo, kLevels> made{};
    for (int level = 0; level < kLevels; ++level) {
      LevelInfo& info = made[static_cast<size_t>(level)];
      info.shift = level < kRawFromLevel ? 0U : static_cast<uint32_t>((level - kRawFromLevel) / 8 + 1);
      const double scaled = std::ldexp(static_cast<double>(magnitudeOf(level)), -static_cast<int>(info.shift));
      info.inverse = static_cast<int64_t>(1048576.0 / scaled);
      info.symbolsPerZ = static_cast<float>(scaled);
      info.window = static_cast<int32_t>(32.0 * scaled) + 2;
    }
    return made;
  }();
  return infos;
}

// All shapes begin alike, and making the first one costs a thousand times what copying it does.
Residuals::Residuals(int64_t range) : range_(range) {
  static const Shape first;
  shapes_.assign(static_cast<size_t>(kRawFromLevel / 4 + 1) * kShapeClasses, first);
}

}  // namespace fieldzip
