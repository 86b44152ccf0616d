// The levels of a tile: how large the low-pass of each is, and the passes in which its details are coded.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fieldzip {

struct GridSize {
  uint32_t rows, columns;
  size_t size() const { return static_cast<size_t>(rows) * columns; }
};

// A low-pass that fits in a square of this side is coded as it is.
inline constexpr uint32_t kLowPassSide = 12;

// Sizes of A_0, the tile itself, to A_L.
inline std::vector<GridSize> levelSizes(uint32_t rows, uint32_t columns) {
  std::vector<GridSize> sizes{{rows, columns}};
  while (std::max(sizes.back().rows, sizes.back().columns) > kLowPassSide) {
    sizes.push_back({(sizes.back().rows + 1) / 2, (sizes.back().columns + 1) / 2});
  }
  return sizes;
}

// Sites are coded in blocks of 2 x 2: those of phase 0 are on the main diagonal, those of phase 1 on the other.
inline GridSize blockGrid(GridSize sites) { return {(sites.rows + 1) / 2, (sites.columns + 1) / 2}; }

struct Site {
  uint32_t row, column;
};
inline constexpr Site kPhaseSites[2][2] = {{{0, 0}, {1, 1}}, {{0, 1}, {1, 0}}};

// Where in A_(l-1) the three details of a site of level l are, from row 2i and column 2j.
inline constexpr size_t kOrientations = 3;
inline constexpr Site kOrientationOffset[kOrientations] = {{0, 1}, {1, 0}, {1, 1}};

// A pass's coefficients of one orientation at one of its two sites of the block.
inline constexpr size_t kLanes = 2 * kOrientations;

struct PassShape {
  uint32_t channels, rows, columns;
  size_t size() const { return static_cast<size_t>(channels) * rows * columns; }
};

// Channels of what the network is given in each phase, and of what it gives back.
inline constexpr uint32_t kInputChannels[2] = {36, 42};
inline constexpr uint32_t kParameterChannels = 18;

}  // namespace fieldzip
