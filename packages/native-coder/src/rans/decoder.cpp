#include <algorithm>
#include <limits>

#include "errors.h"
#include "rans/escape.h"
#include "rans/rans.h"

// Unrolled, so that the lanes' states are registers and not an array.
#if defined(__clang__)
#define FIELDZIP_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define FIELDZIP_UNROLL _Pragma("GCC unroll 8")
#else
#define FIELDZIP_UNROLL
#endif

namespace fieldzip {
namespace {

// What one symbol may take: the table symbol, an escape's header and three pieces, the raw bits.
constexpr size_t kMaxBytesPerSymbol = 2 * 6;

struct Input {
  const uint8_t* next;
  const uint8_t* end;

  size_t left() const { return static_cast<size_t>(end - next); }
};

// A state below 2^16 takes the next word. `checked` refuses to read past the end; without it the caller has made sure
// that the bytes are there, and the word is read whether needed or not, so that no branch depends on the data.
template <bool checked>
inline uint32_t renormalise(uint32_t state, Input& in) {
  if constexpr (checked) {
    if (state >= kRansLow) return state;
    if (in.left() < 2) throw CorruptStream("the coded stream ends too early");
    const uint32_t word = static_cast<uint32_t>(in.next[0]) | static_cast<uint32_t>(in.next[1]) << 8;
    in.next += 2;
    return state << 16 | word;
  } else {
    const uint32_t word = static_cast<uint32_t>(in.next[0]) | static_cast<uint32_t>(in.next[1]) << 8;
    const uint32_t low = state < kRansLow ? ~0U : 0U;
    in.next += low & 2U;
    return state << (low & 16U) | (word & low);
  }
}

template <bool checked>
inline uint32_t takeRaw(uint32_t& state, uint32_t width, Input& in) {
  const uint32_t bits = state & ((1U << width) - 1);
  state = renormalise<checked>(state >> width, in);
  return bits;
}

struct Escaped {
  const uint8_t* next;
  uint32_t state;
  int32_t value;
};

// Takes and returns everything by value: were a reference to a lane's state to leave the loop, the loop would have to keep
// all states in memory.
[[gnu::noinline]] Escaped takeEscaped(uint32_t state, const SymbolModel model, const TableInfo table, Input in) {
  const uint32_t header = takeRaw<true>(state, kEscapeHeaderBits, in);
  const uint32_t length = header >> 1;
  if (length > kEscapeMaxLength) throw CorruptStream("the coded stream has an escape of impossible length");
  uint64_t excess = 1ULL << length;
  for (uint32_t done = 0; done < length; done += 16) {
    excess |= static_cast<uint64_t>(takeRaw<true>(state, std::min(16U, length - done), in)) << done;
  }
  const int64_t hi = indexOfEscape(excess, (header & 1U) != 0, table.count) + table.first;
  const int64_t low = model.rawBits == 0 ? 0 : takeRaw<true>(state, model.rawBits, in);
  const int64_t value = hi * (int64_t{1} << model.rawBits) + low - ((1 << model.rawBits) >> 1) + model.offset;
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max()) {
    throw CorruptStream("the coded stream has a symbol out of range");
  }
  return {in.next, state, static_cast<int32_t>(value)};
}

struct Tables {
  const TableInfo* infos;
  const uint16_t* cumulative;
  const uint16_t* buckets;
};

template <bool checked, bool raw>
inline int32_t takeSymbol(uint32_t& state, const SymbolModel& model, const Tables& tables, Input& in) {
  const TableInfo& table = tables.infos[model.table];
  const uint32_t slot = state & (kProbabilityOne - 1);
  const uint16_t* cumulative = tables.cumulative + table.begin;
  uint32_t index = tables.buckets[(static_cast<uint32_t>(model.table) << kBucketBits) + (slot >> kBucketShift)];
  // Two steps without a branch settle nearly every scan. The last cumulative value, 2^15, is above any slot.
  index += slot >= cumulative[index + 1] ? 1U : 0U;
  index += slot >= cumulative[index + 1] ? 1U : 0U;
  while (slot >= cumulative[index + 1]) [[unlikely]] ++index;
  const uint32_t start = cumulative[index];
  const uint32_t frequency = cumulative[index + 1] - start;
  state = renormalise<checked>(frequency * (state >> kProbabilityBits) + slot - start, in);
  if (index == table.count) [[unlikely]] {
    const Escaped escaped = takeEscaped(state, model, table, in);
    state = escaped.state;
    in.next = escaped.next;
    return escaped.value;
  }
  const int32_t hi = table.first + static_cast<int32_t>(index);
  if constexpr (raw) {
    const uint32_t low = takeRaw<checked>(state, model.rawBits, in);
    return hi * (1 << model.rawBits) + static_cast<int32_t>(low) - ((1 << model.rawBits) >> 1) + model.offset;
  } else {
    return hi + model.offset;
  }
}

template <size_t lanes, bool raw>
void decodeChunk(uint32_t* states, const Tables& tables, Input& in, std::span<const SymbolModel> models,
                 int32_t* values) {
  // Local copies, so that they live in registers across the calls.
  uint32_t local[lanes];
  for (size_t lane = 0; lane < lanes; ++lane) local[lane] = states[lane];
  Input cursor = in;
  size_t i = 0;
  for (; i + lanes <= models.size() && cursor.left() >= lanes * kMaxBytesPerSymbol; i += lanes) {
    FIELDZIP_UNROLL
    for (size_t lane = 0; lane < lanes; ++lane) {
      values[i + lane] = takeSymbol<false, raw>(local[lane], models[i + lane], tables, cursor);
    }
  }
  for (; i < models.size(); ++i) values[i] = takeSymbol<true, raw>(local[i % lanes], models[i], tables, cursor);
  for (size_t lane = 0; lane < lanes; ++lane) states[lane] = local[lane];
  in = cursor;
}

template <size_t lanes>
void decodeAll(const TableSet& set, Input in, size_t count, const FillModels& fill, const StoreValues& store) {
  if (in.left() < 4 * lanes) throw CorruptStream("the coded stream ends too early");
  uint32_t states[lanes];
  for (uint32_t& state : states) {
    state = 0;
    for (int shift = 0; shift < 32; shift += 8) state |= static_cast<uint32_t>(*in.next++) << shift;
    if (state < kRansLow) throw CorruptStream("the coded stream has an impossible state");
  }
  const Tables tables{set.infos(), set.cumulative(), set.buckets()};
  std::vector<SymbolModel> models(std::min(count, kChunk));
  std::vector<int32_t> values(models.size());
  for (size_t begin = 0; begin < count; begin += kChunk) {
    const std::span<SymbolModel> chunk = std::span(models).first(std::min(kChunk, count - begin));
    fill(begin, chunk);
    uint8_t anyRaw = 0;
    for (const SymbolModel& model : chunk) anyRaw |= model.rawBits;
    if (anyRaw != 0) {
      decodeChunk<lanes, true>(states, tables, in, chunk, values.data());
    } else {
      decodeChunk<lanes, false>(states, tables, in, chunk, values.data());
    }
    store(begin, std::span<const int32_t>(values).first(chunk.size()));
  }
  if (in.left() != 0) throw CorruptStream("the coded stream has bytes left over");
  for (const uint32_t state : states) {
    if (state != kRansLow) throw CorruptStream("the coded stream does not end in its starting state");
  }
}

}  // namespace

void ransDecode(const TableSet& tables, std::span<const uint8_t> bytes, size_t count, const FillModels& fill,
                const StoreValues& store) {
  if (count == 0) {
    if (!bytes.empty()) throw CorruptStream("the coded stream has bytes left over");
    return;
  }
  if (bytes.empty()) throw CorruptStream("the coded stream is empty");
  const Input in{bytes.data() + 1, bytes.data() + bytes.size()};
  switch (bytes[0]) {
    case 1:
      return decodeAll<1>(tables, in, count, fill, store);
    case kManyLanes:
      return decodeAll<kManyLanes>(tables, in, count, fill, store);
    default:
      throw CorruptStream("the coded stream has an unknown number of lanes");
  }
}

}  // namespace fieldzip
