#include "predict/strips.h"

#include <algorithm>

#include "errors.h"
#include "predict/lockstep_walk.h"
#include "threads/threads.h"

namespace fieldzip {
namespace {

// A strip costs its first row and what it must learn anew, so that only large tiles have several.
constexpr size_t kLeastStrip = 1 << 18;
constexpr size_t kMostStrips = 2;

size_t stripsOf(size_t rows, size_t columns) {
  return std::clamp<size_t>(std::min(rows * columns / kLeastStrip, rows / kLeastLockstepRows), 1, kMostStrips);
}

struct Strip {
  size_t firstRow, rows;
};
Strip stripOf(size_t i, size_t strips, size_t rows) {
  const size_t first = i * rows / strips;
  return {first, (i + 1) * rows / strips - first};
}

}  // namespace

bool suitsStrips(size_t rows, size_t columns) { return rows >= kLeastLockstepRows && columns >= kLeastLockstepColumns; }

template <typename T>
std::vector<uint8_t> encodeStrips(const Plan& plan, const Perceptron& network, std::span<T> indices, const uint8_t* mask, size_t rows,
                                  size_t columns, int64_t range, size_t threads) {
  const size_t strips = stripsOf(rows, columns);
  std::vector<std::vector<uint8_t>> streams(strips);
  forEachOf(strips, threads, [&](size_t i) {
    const Strip strip = stripOf(i, strips, rows);
    const size_t from = strip.firstRow * columns;
    LaneEncoder coder;
    coder.reserve(strip.rows * columns + strip.rows * columns / 8);
    walkLockstep(bestIsa(), {plan, network, LatticeCells(indices.data() + from), mask == nullptr ? nullptr : mask + from, strip.rows, columns, range}, coder);
    streams[i] = coder.finish();
  });
  std::vector<uint8_t> out;
  writeVarint(strips, out);
  for (size_t i = 0; i + 1 < strips; ++i) writeVarint(streams[i].size(), out);
  for (const auto& stream : streams) out.insert(out.end(), stream.begin(), stream.end());
  return out;
}

template <typename T>
void decodeStrips(const Plan& plan, const Perceptron& network, ByteReader& in, std::span<T> indices, const uint8_t* mask, size_t rows,
                  size_t columns, int64_t range, size_t threads) {
  if (!suitsStrips(rows, columns)) throw CorruptStream("the lattice is too small for strips");
  const size_t strips = stripsOf(rows, columns);
  if (in.varint() != strips) throw CorruptStream("the lattice has an impossible number of strips");
  std::vector<uint64_t> lengths(strips - 1);
  for (uint64_t& length : lengths) length = in.varint();
  std::vector<std::span<const uint8_t>> streams;
  for (const uint64_t length : lengths) streams.push_back(in.take(length));
  streams.push_back(in.rest());
  forEachOf(strips, threads, [&](size_t i) {
    const Strip strip = stripOf(i, strips, rows);
    const size_t from = strip.firstRow * columns;
    LaneDecoder coder(streams[i]);
    walkLockstep(bestIsa(), {plan, network, LatticeCells(indices.data() + from), mask == nullptr ? nullptr : mask + from, strip.rows, columns, range}, coder);
    coder.finish();
  });
}

template std::vector<uint8_t> encodeStrips(const Plan&, const Perceptron&, std::span<int32_t>, const uint8_t*, size_t, size_t, int64_t, size_t);
template std::vector<uint8_t> encodeStrips(const Plan&, const Perceptron&, std::span<int64_t>, const uint8_t*, size_t, size_t, int64_t, size_t);
template void decodeStrips(const Plan&, const Perceptron&, ByteReader&, std::span<int32_t>, const uint8_t*, size_t, size_t, int64_t, size_t);
template void decodeStrips(const Plan&, const Perceptron&, ByteReader&, std::span<int64_t>, const uint8_t*, size_t, size_t, int64_t, size_t);

}  // namespace fieldzip
