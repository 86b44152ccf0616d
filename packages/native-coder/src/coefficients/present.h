// The wavelet of a tile some of whose sites are missing: as many coefficients as there are values, and none at missing sites. A
// lifting step takes a neighbour that is missing for the one on the other side, as it does at the ends of the tile; a sample of an even
// row or column that has none becomes a low-pass sample by the gain alone. A site in an
// odd row or column that has none on either side would be a detail as large as a value: it is left out of the transform, lonely,
// and its coefficient is its distance from the mean of what is nearest to it.
//
// Plain IEEE operations in a fixed order, never contracted: the same bits on every machine. Where nothing is missing, those of
// wavelet/wavelet.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coefficients/levels.h"

namespace fieldzip {

class PresentLevels {
 public:
  // `mask` is rows x columns and not 0 where a value is missing.
  PresentLevels(std::span<const uint8_t> mask, uint32_t rows, uint32_t columns);

  // Of A_level: not 0 where a site is missing.
  bool isMissing(size_t level, size_t site) const { return sites_[level][site] == kMissing; }

  // A_(level-1) to the low-pass of `level` and its details, interleaved, 0 at missing sites; and back, where a missing site
  // becomes what lies between its neighbours in `coarse`, A_level without gaps. At most so many threads work, this one included.
  template <typename T>
  void forward(size_t level, std::span<T> data, size_t threads) const;
  template <typename T>
  void inverse(size_t level, std::span<T> data, std::span<const T> coarse, size_t threads) const;
  // Of an encoder: fills the gaps of the last low-pass, as costs few bits.
  template <typename T>
  void close(size_t level, std::span<T> data) const;

 private:
  static constexpr uint8_t kMissing = 1, kLonely = 2;  // 0 takes part in the transform

  template <typename T>
  T near(size_t level, const T* data, size_t site) const;

  std::vector<GridSize> sizes_;
  std::vector<std::vector<uint8_t>> sites_;  // of A_0 to A_L
  std::vector<std::vector<uint32_t>> lonely_;
};

}  // namespace fieldzip
