#include "bands/bands.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <memory>
#include <optional>

#include "bands/band_tile.h"
#include "coefficients/low_pass.h"
#include "coefficients/moves.h"
#include "coefficients/present.h"
#include "coefficients/quantised.h"
#include "coefficients/restoration.h"
#include "coefficients/tile.h"
#include "coefficients/top_bits.h"
#include "errors.h"
#include "large_allocator.h"
#include "predict/bytes.h"
#include "threads/threads.h"
#include "wide_loops.h"

namespace fieldzip {
namespace {

constexpr size_t kStateBytes = 8;
// Of the bytes of filters.
constexpr uint8_t kAllBands = 7, kWideBit = 8, kMoreBit = 128;
constexpr int kTrellisShift = 4;
// Of the byte behind them, if there is one: the tile is restored, by one filter or by four; bands are walked in less time; in one strip, by one state.
constexpr uint8_t kOneFilter = 1, kFourFilters = 2, kQuick = 4, kBrief = 8;

// Of the bits that are there, what an octave of the error costs, and at most a bit a value.
constexpr double kShareOfOctave = 0.4;

// States that no symbol was taken from are as at the start: a stream of one state has but that.
std::vector<uint8_t> withoutIdleStates(std::vector<uint8_t> stream, size_t states) {
  stream.erase(stream.begin() + static_cast<ptrdiff_t>(states * kStateBytes), stream.begin() + static_cast<ptrdiff_t>(kRansStates * kStateBytes));
  return stream;
}
std::vector<uint8_t> withIdleStates(std::span<const uint8_t> bytes, size_t states) {
  if (bytes.size() < states * kStateBytes) throw CorruptStream("the coded stream ends too early");
  const auto after = bytes.begin() + static_cast<ptrdiff_t>(states * kStateBytes);
  std::vector<uint8_t> stream(bytes.begin(), after);
  for (; states < kRansStates; ++states) {
    for (size_t i = 0; i < kStateBytes; ++i) stream.push_back(static_cast<uint8_t>(kIntervalLow >> 8 * i));
  }
  stream.insert(stream.end(), after, bytes.end());
  return stream;
}

// Bits a value that leaving out coefficients has to save by the looks of it: those that are left lie less smoothly, which the
// walk makes less of, and the lower the rate the more that weighs.
constexpr double kLeastSaved = 0.04;

// By their magnitudes alone, in whole numbers: half the logarithm of 1 + 2 c^2, linear between powers of two.
template <typename T>
double seemingBits(const Details<T>& details, size_t threads) {
  std::atomic<int64_t> total{0};
  for (const auto& level : details) {
    forEachPart(level.size(), kLeastOfThread, threads, [&](size_t first, size_t last) {
      int64_t sum = 0;
      for (size_t i = first; i < last; ++i) {
        const float square = static_cast<float>(level[i]) * static_cast<float>(level[i]);
        sum += std::bit_cast<int32_t>(1.0F + 2.0F * square) - (127 << 23);
      }
      total += sum;
    });
  }
  return std::ldexp(static_cast<double>(total), -24);
}

// The transform of present values alone, and its levels, if it is to be preferred to that of the filled tile.
template <typename T>
struct FewerCoefficients {
  PresentLevels levels;
  Quantised<T> quantised;
};
template <typename T>
std::unique_ptr<FewerCoefficients<T>> fewerCoefficients(const Quantised<T>& filled, std::span<const T> values, std::span<const uint8_t> mask, uint32_t rows,
                                                        uint32_t columns, double step, const BandOptions& options) {
  if (!options.mayLeaveOut || std::all_of(mask.begin(), mask.end(), [](uint8_t missing) { return missing == 0; })) return nullptr;
  const double bits = seemingBits(filled.details, options.threads), most = bits - kLeastSaved * static_cast<double>(values.size());
  // More than half has never been saved.
  if (most < bits / 2) return nullptr;
  PresentLevels levels(mask, rows, columns);
  Quantised<T> fewer(values, rows, columns, step, options.lambda, options.threads, &levels);
  if (seemingBits(fewer.details, options.threads) >= most) return nullptr;
  return std::make_unique<FewerCoefficients<T>>(FewerCoefficients<T>{std::move(levels), std::move(fewer)});
}

template <typename Plan>
void writePlan(const Plan& plan, const Restoration& restoration, std::vector<uint8_t>& out) {
  const uint8_t more = static_cast<uint8_t>((restoration.filters == 1 ? kOneFilter : 0) | (restoration.filters == 4 ? kFourFilters : 0) | (plan.quick ? kQuick : 0) | (plan.brief ? kBrief : 0));
  for (size_t i = 0; i < plan.filters.size(); ++i) {
    const uint8_t ofTile = i != 0 ? 0 : static_cast<uint8_t>((plan.wide ? kWideBit : 0) | (more != 0 ? kMoreBit : 0));
    out.push_back(static_cast<uint8_t>(plan.filters[i] | plan.trellis[i] << kTrellisShift | ofTile));
  }
  if (more != 0) out.push_back(more);
  if (restoration.filters != 0) restoration.write(out);
}

template <typename T>
std::pair<typename BandTile<T>::Plan, Restoration> readPlan(ByteReader& in, BandForm form, size_t levels) {
  typename BandTile<T>::Plan plan(levels);
  bool more = false;
  for (size_t i = 0; i < levels; ++i) {
    uint8_t byte = in.byte();
    if (form == BandForm::tables && i == 0) {
      plan.wide = (byte & kWideBit) != 0;
      more = (byte & kMoreBit) != 0;
      byte = static_cast<uint8_t>(byte & ~(kWideBit | kMoreBit));
    }
    if (form == BandForm::tables) plan.trellis[i] = static_cast<uint8_t>(byte >> kTrellisShift);
    plan.filters[i] = static_cast<uint8_t>(form == BandForm::tables ? byte & (kAllBands | kWideBit) : byte);
    if (plan.filters[i] > kAllBands || plan.trellis[i] > kAllBands) throw CorruptStream("the tile has impossible filters");
  }
  Restoration restoration;
  if (more) {
    const uint8_t byte = in.byte(), filters = static_cast<uint8_t>(byte & (kOneFilter | kFourFilters));
    if (byte == 0 || byte > (kBrief | kQuick | kFourFilters) || filters == (kOneFilter | kFourFilters)) throw CorruptStream("the tile has an impossible restoration");
    plan.quick = (byte & kQuick) != 0;
    plan.brief = (byte & kBrief) != 0;
    if (filters != 0) restoration = Restoration::read(in, filters == kOneFilter ? 1 : 4);
  }
  return {std::move(plan), std::move(restoration)};
}

template <typename T>
LargeVector<T> restored(const Restoration& restoration, LargeVector<T> decoded, GridSize size, size_t threads) {
  if (restoration.filters == 0) return decoded;
  LargeVector<T> out(decoded.size());
  restoreTile<T>(restoration, decoded, size, out, threads);
  return out;
}

}  // namespace

template <typename T>
EncodedBands encodeBands(const BandNetwork& network, std::span<const T> values, std::span<const uint8_t> mask, uint32_t rows, uint32_t columns,
                         double step, const BandOptions& options, std::span<T> reconstruction) {
  if (reconstruction.size() != values.size() || (!mask.empty() && mask.size() != values.size())) {
    throw std::invalid_argument("a tile must have rows * columns values");
  }
  Quantised<T> quantised(values, rows, columns, step, options.lambda, options.threads);
  const auto fewer = fewerCoefficients(quantised, values, mask, rows, columns, step, options);
  if (fewer) quantised = std::move(fewer->quantised);
  const auto delta = deltasOf(quantised.deltas);
  BandTile<T> tile(rows, columns, delta, fewer ? &fewer->levels : nullptr);
  const GridSize coarsest = tile.sizeAt(tile.levels());

  std::vector<uint8_t> out;
  quantised.writeHead(false, out);
  IntervalEncoder lowCoder;
  codeLowPass(lowCoder, quantised.lowPass, coarsest, std::span<int64_t>(quantised.integers));
  const auto lowBytes = values.size() > 1 ? lowCoder.finish() : std::vector<uint8_t>{};
  writeVarint(lowBytes.size(), out);
  out.insert(out.end(), lowBytes.begin(), lowBytes.end());

  const bool moving = options.bound > 0 && !fewer && std::min(rows, columns) >= kLeastMovedSide;
  // What is moved takes no part in a trellis.
  auto plan = planOf(tile, quantised.details, options.trellis ? (moving ? 2 : 1) : kNoLevel, options.quick, options.threads);
  plan.brief = quantised.nonzeros < kMostOfBrief && bandStatesOf(rows, columns) > 1;
  const size_t count = plan.brief ? 1 : bandStripsOf(rows, columns), states = plan.brief ? 1 : bandStatesOf(rows, columns);
  std::vector<LaneEncoder> coders(count);
  std::vector<std::unique_ptr<BandStrip>> strips(count);
  forEachOf(count, options.threads, [&](size_t i) {
    coders[i].reserve(values.size() / count + values.size() / 8);
    strips[i] = makeBandStrip(bestIsa(), network, BandForm::tables, coders[i]);
  });
  LargeVector<float> wanted;
  const float lambda64 = static_cast<float>(options.lambda / 64);
  Moves moves;
  const bool mayRestore = values.size() >= kLeastRestored;
  LargeVector<T> result = tile.run(quantised.low, plan, strips, options.threads, [&](BandTask& task) {
    wantCoefficients(task, tile, quantised.details, wanted, options.threads);
    task.lambda64 = task.trellis ? 0.0F : lambda64;
    task.delta[0] = delta[0];
    task.delta[1] = delta[1];
    if (!moving || task.level != 1) return;
    if (moves.by.empty()) {
      moves = movesWithin<T>({values, mask, tile.sizeAt(0), quantised.step, quantised.offset, options.bound, static_cast<float>(options.lambda), delta, tile.low(), quantised.details[1], mayRestore},
                             options.threads);
    }
    addMoves(task, tile, moves.by, options.threads);
    task.lambda64 = 0;  // what is chosen now stays
  });
  std::vector<std::vector<uint8_t>> streams(count);
  forEachOf(count, options.threads, [&](size_t i) { streams[i] = withoutIdleStates(coders[i].finish(), states); });
  // What is moved is moved for the restoration that was foreseen.
  Restoration restoration = std::move(moves.restoration);
  if (mayRestore && moves.by.empty()) {
    size_t bytes = 0;
    for (const auto& stream : streams) bytes += stream.size();
    restoration = fitRestoration<T>({values, mask, tile.sizeAt(0), quantised.step, quantised.offset, result}, std::min(static_cast<double>(values.size()), kShareOfOctave * 8.0 * static_cast<double>(bytes)), options.threads);
  }
  result = restored<T>(restoration, std::move(result), tile.sizeAt(0), options.threads);
  writePlan(plan, restoration, out);
  for (size_t i = 0; i + 1 < count; ++i) writeVarint(streams[i].size(), out);
  for (const auto& stream : streams) out.insert(out.end(), stream.begin(), stream.end());
  return {std::move(out), fewer != nullptr, quantised.restore(result, values, mask, options.range, reconstruction, options.threads)};
}

template <typename T>
void decodeBands(const BandNetwork& network, BandForm form, std::span<const uint8_t> bytes, std::span<const uint8_t> mask, uint32_t rows, uint32_t columns, ValueRange range, size_t threads,
                 std::span<T> reconstruction) {
  if (rows == 0 || columns == 0 || reconstruction.size() != static_cast<size_t>(rows) * columns || (!mask.empty() && mask.size() != reconstruction.size())) {
    throw std::invalid_argument("a tile must have rows * columns values");
  }
  ByteReader in(bytes);
  const CoefficientHead head = readCoefficientHead(in);
  if (head.trellis) throw CorruptStream("bands have no trellis");
  std::optional<PresentLevels> present;
  if (!mask.empty()) present.emplace(mask, rows, columns);
  BandTile<T> tile(rows, columns, head.delta, present ? &*present : nullptr);
  const GridSize coarsest = tile.sizeAt(tile.levels());
  std::vector<int64_t> integers(coarsest.size(), head.lowPass.first);
  const auto lowBytes = in.take(in.varint());
  if (reconstruction.size() > 1) {
    IntervalDecoder coder(lowBytes);
    codeLowPass(coder, head.lowPass, coarsest, std::span<int64_t>(integers));
    coder.finish();
  } else if (!lowBytes.empty()) {
    throw CorruptStream("the tile has bytes left over");
  }
  const auto [plan, restoration] = readPlan<T>(in, form, tile.levels());
  const size_t count = plan.brief ? 1 : bandStripsOf(rows, columns), states = plan.brief ? 1 : bandStatesOf(rows, columns);
  std::vector<uint64_t> lengths(count - 1);
  for (uint64_t& length : lengths) length = in.varint();
  std::vector<std::vector<uint8_t>> streams;
  for (const uint64_t length : lengths) streams.push_back(withIdleStates(in.take(length), states));
  streams.push_back(withIdleStates(in.rest(), states));
  std::vector<LaneDecoder> coders;
  coders.reserve(count);
  for (const auto& stream : streams) coders.emplace_back(stream);
  std::vector<std::unique_ptr<BandStrip>> strips(count);
  forEachOf(count, threads, [&](size_t i) { strips[i] = makeBandStrip(bestIsa(), network, form, coders[i]); });
  LargeVector<T> low(integers.size());
  for (size_t i = 0; i < low.size(); ++i) low[i] = static_cast<T>(integers[i]);
  LargeVector<T> result = tile.run(std::move(low), plan, strips, threads, [](BandTask&) {});
  for (const LaneDecoder& coder : coders) coder.finish();
  result = restored<T>(restoration, std::move(result), tile.sizeAt(0), threads);
  const Dequantiser<T> valueOf(head.step, head.offset, range);
  forEachPart(result.size(), kLeastOfThread, threads, [&](size_t first, size_t last) {
    runWide([&] {
      for (size_t i = first; i < last; ++i) reconstruction[i] = valueOf(result[i]);
    });
  });
}

template EncodedBands encodeBands<float>(const BandNetwork&, std::span<const float>, std::span<const uint8_t>, uint32_t, uint32_t, double, const BandOptions&, std::span<float>);
template EncodedBands encodeBands<double>(const BandNetwork&, std::span<const double>, std::span<const uint8_t>, uint32_t, uint32_t, double, const BandOptions&, std::span<double>);
template void decodeBands<float>(const BandNetwork&, BandForm, std::span<const uint8_t>, std::span<const uint8_t>, uint32_t, uint32_t, ValueRange, size_t, std::span<float>);
template void decodeBands<double>(const BandNetwork&, BandForm, std::span<const uint8_t>, std::span<const uint8_t>, uint32_t, uint32_t, ValueRange, size_t, std::span<double>);

}  // namespace fieldzip
