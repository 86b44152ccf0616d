// The lifting steps of the CDF 9/7 wavelet.
#pragma once

namespace fieldzip {

template <typename T>
struct Lifting {
  static constexpr T alpha = static_cast<T>(-1.586134342059924);
  static constexpr T beta = static_cast<T>(-0.052980118572961);
  static constexpr T gamma = static_cast<T>(0.882911075530934);
  static constexpr T delta = static_cast<T>(0.443506852043971);
  static constexpr T zeta = static_cast<T>(1.149604398860244552);
  static constexpr T inverseZeta = static_cast<T>(0.869864451624778705);
  // Of a constant's low-pass.
  static constexpr T gain = static_cast<T>(1.4142135623730951);
  static constexpr T inverseGain = static_cast<T>(0.7071067811865476);
};

}  // namespace fieldzip
