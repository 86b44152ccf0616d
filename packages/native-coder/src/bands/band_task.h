// What a walk over a band is given. All planes lie as the band is walked: those of LH, and what is beside it, transposed, so
// that its rows run along the smooth direction's normal as those of HL do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bands/band_network.h"
#include "coefficients/levels.h"

namespace fieldzip {

struct BandPlane {
  const float* values = nullptr;
  size_t rows = 0, columns = 0;

  bool empty() const { return rows == 0 || columns == 0; }
  // The row at or nearest to one.
  const float* row(ptrdiff_t i) const {
    const ptrdiff_t last = static_cast<ptrdiff_t>(rows) - 1;
    return values + static_cast<size_t>(i < 0 ? 0 : i > last ? last : i) * columns;
  }
};

// How a stream's integers are coded: by shapes, as once, or by tables, as they are written now.
enum class BandForm { shapes = 1, tables = 2 };

enum class BandFilterKind { none, near, wide };

struct BandTask {
  size_t orientation, level;
  size_t rows, columns;      // of the band
  size_t firstRow, ownRows;  // of the strip
  BandPlane low;             // the low-pass, in steps
  float leastOfLow;
  BandPlane beside[2];       // bands of this level that are known: HL for LH, both for HH
  BandPlane parents[kOrientations];  // the level above, this orientation first
  BandFilterKind filter;
  bool quick;                // whether it learns of fewer steps, and more of them are quiet
  size_t states;             // of the coder that take turns
  bool trellis;              // whether points lie by turns at integers and halfway between them
  int32_t* values;           // rows x columns; an encoder has the integers it wants there
  float* zeros;              // where a 0 lies; with a trellis, how far above its integer a point is
  const uint8_t* missing = nullptr;  // null, or rows x columns: not 0 where nothing is coded, and both hold 0
  // Of an encoder alone.
  const float* wanted = nullptr;
  float lambda64 = 0;
  float delta[2] = {0, 0};
};

// A strip of a tile: what it learned of a band helps with the next.
class BandStrip {
 public:
  virtual ~BandStrip() = default;
  virtual void code(const BandTask& task) = 0;
};

}  // namespace fieldzip
