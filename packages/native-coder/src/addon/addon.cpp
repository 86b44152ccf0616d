// Thin: arguments in, core call, result out. No state outside the calls, so any number of worker threads may load it.
#include <memory>
#include <stdexcept>
#include <utility>

#include "addon/arguments.h"
#include "addon/coefficients.h"
#include "addon/interpolate.h"
#include "addon/values.h"
#include "latents/latents.h"
#include "mask/mask.h"
#include "predict/lattice.h"
#include "predict/perceptron.h"
#include "symbols/symbols.h"
#include "wavelet/wavelet.h"

namespace fieldzip::addon {
namespace {

using Info = Napi::CallbackInfo;
using Function = Napi::Value (*)(const Info&);

template <Function function>
Napi::Value guarded(const Info& info) {
  return guard(info.Env(), [&] { return function(info); });
}

Napi::Value handOver(Napi::Env env, TableSet&& set) {
  auto owned = std::make_unique<TableSet>(std::move(set));
  auto external = Napi::External<TableSet>::New(env, owned.get(), [](Napi::Env, TableSet* dead) { delete dead; });
  owned.release();
  external.TypeTag(&kTableSetTag);
  return external;
}

Napi::Value createScaleTables(const Info& info) {
  return handOver(info.Env(), makeScaleTables(static_cast<Family>(integer(info, 0, "family", 0, 1))));
}

// first: Int32Array, lengths: Uint32Array, frequencies: Uint32Array of all tables, one after the other.
Napi::Value createFactorisedTables(const Info& info) {
  const auto first = array<int32_t>(info, 0, "first");
  const auto lengths = array<uint32_t>(info, 1, "lengths");
  const auto frequencies = array<uint32_t>(info, 2, "frequencies");
  if (first.size() != lengths.size()) throw std::invalid_argument("one first symbol per table is needed");
  std::vector<FactorisedTable> tables;
  size_t at = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    const size_t length = lengths[i];
    if (length > frequencies.size() - at) throw std::invalid_argument("the tables are longer than the frequencies");
    tables.push_back({first[i], frequencies.subspan(at, length)});
    at += length;
  }
  return handOver(info.Env(), makeFactorisedTables(tables));
}

Napi::Value tableCount(const Info& info) { return Napi::Number::New(info.Env(), tableSet(info, 0).size()); }

Napi::Value tableCodeLengths(const Info& info) {
  const TableSet& set = tableSet(info, 0);
  const uint32_t table = integer(info, 1, "table", 0, set.size() - 1);
  const auto lengths = set.codeLengths(table);
  auto bits = Napi::Float32Array::New(info.Env(), lengths.size());
  std::copy(lengths.begin(), lengths.end(), bits.Data());
  auto result = Napi::Object::New(info.Env());
  result.Set("first", set.info(table).first);
  result.Set("bits", bits);
  return result;
}

Napi::Value jsEncodeSymbols(const Info& info) {
  return bytesToJs(info.Env(), encodeSymbols(tableSet(info, 0), array<int32_t>(info, 1, "symbols"),
                                             array<uint16_t>(info, 2, "tableIndex"),
                                             arrayOrNothing<int32_t>(info, 3, "mean8")));
}

Napi::Value jsDecodeSymbols(const Info& info) {
  decodeSymbols(tableSet(info, 0), array<uint8_t>(info, 1, "bytes"), array<uint16_t>(info, 2, "tableIndex"),
                arrayOrNothing<int32_t>(info, 3, "mean8"), array<int32_t>(info, 4, "symbols"));
  return info.Env().Undefined();
}

// shape: Uint32Array of channels, gridHeight, gridWidth, layout, height, width, scaleOnly.
LatentShape latentShape(const Info& info, size_t index) {
  const auto shape = array<uint32_t>(info, index, "shape");
  if (shape.size() != 7) throw std::invalid_argument("shape must have 7 entries");
  const LatentShape result{shape[0],
                           shape[1],
                           shape[2],
                           shape[3] == 0 ? LatentShape::Layout::all : LatentShape::Layout::blocks8,
                           shape[4],
                           shape[5],
                           shape[6] != 0};
  // Bounded so that no product of the three overflows.
  if (result.channels > 65536 || result.gridHeight > (1U << 20) || result.gridWidth > (1U << 20)) {
    throw std::invalid_argument("the shape is too large");
  }
  return result;
}

Napi::Value jsQuantiseLatents(const Info& info) {
  quantiseLatents(tableSet(info, 0), latentShape(info, 1), array<float>(info, 2, "y"), array<uint8_t>(info, 3, "params"),
                  array<float>(info, 4, "prices"), array<float>(info, 5, "quantised"));
  return info.Env().Undefined();
}

Napi::Value jsLatentBits(const Info& info) {
  return Napi::Number::New(info.Env(), latentBits(tableSet(info, 0), latentShape(info, 1), array<float>(info, 2, "q"),
                                                  array<uint8_t>(info, 3, "params")));
}

Napi::Value jsEncodeLatents(const Info& info) {
  return bytesToJs(info.Env(), encodeLatents(tableSet(info, 0), latentShape(info, 1), array<float>(info, 2, "y"),
                                             array<uint8_t>(info, 3, "params"), array<float>(info, 4, "prices"),
                                             array<float>(info, 5, "quantised")));
}

Napi::Value jsDecodeLatents(const Info& info) {
  decodeLatents(tableSet(info, 0), latentShape(info, 1), array<uint8_t>(info, 2, "bytes"),
                array<uint8_t>(info, 3, "params"), array<float>(info, 4, "quantised"));
  return info.Env().Undefined();
}

uint32_t side(const Info& info, size_t index, const char* name) { return integer(info, index, name, 1, 1U << 30); }

template <bool forward>
Napi::Value jsWavelet(const Info& info) {
  const uint32_t height = side(info, 1, "height"), width = side(info, 2, "width");
  const uint32_t levels = integer(info, 3, "levels", 0, kMaxWaveletLevels);
  const auto run = [&]<typename T>(std::span<T> data) {
    forward ? waveletForward(data, height, width, levels) : waveletInverse(data, height, width, levels);
  };
  if (isArray<double>(info[0])) {
    run(array<double>(info, 0, "data"));
  } else {
    run(array<float>(info, 0, "data"));
  }
  return info.Env().Undefined();
}

Napi::Value jsToLatents(const Info& info) {
  toLatents(array<float>(info, 0, "coefficients"), side(info, 1, "height"), side(info, 2, "width"),
            array<float>(info, 3, "gains"), array<float>(info, 4, "latents"));
  return info.Env().Undefined();
}

Napi::Value jsFromLatents(const Info& info) {
  fromLatents(array<float>(info, 0, "latents"), side(info, 1, "height"), side(info, 2, "width"),
              array<float>(info, 3, "inverseGains"), array<float>(info, 4, "coefficients"));
  return info.Env().Undefined();
}

Napi::Value jsEncodeMask(const Info& info) {
  return bytesToJs(info.Env(), encodeMask(array<uint8_t>(info, 0, "classes"), side(info, 1, "height"), side(info, 2, "width")));
}

Napi::Value jsDecodeMask(const Info& info) {
  decodeMask(array<uint8_t>(info, 0, "bytes"), side(info, 1, "height"), side(info, 2, "width"),
             integer(info, 3, "patterns", 0, 255), array<uint8_t>(info, 4, "classes"));
  return info.Env().Undefined();
}

Napi::Value jsFillMissing(const Info& info) {
  const auto classes = array<uint8_t>(info, 1, "classes");
  const uint32_t height = side(info, 2, "height"), width = side(info, 3, "width");
  if (isArray<double>(info[0])) {
    fillMissing(array<double>(info, 0, "values"), classes, height, width);
  } else {
    fillMissing(array<float>(info, 0, "values"), classes, height, width);
  }
  return info.Env().Undefined();
}

// The bytes are checked at every call: some thousand of them, against the millions of values that a call codes.
std::unique_ptr<Perceptron> networkOrNothing(const Info& info, size_t index) {
  const auto bytes = arrayOrNothing<uint8_t>(info, index, "network");
  return bytes.empty() ? nullptr : std::make_unique<Perceptron>(bytes);
}

// Integers are a lattice, floating-point values are coded bit for bit.
template <typename T>
std::vector<uint8_t> encodeAny(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns,
                               PredictEffort effort, const PredictMeans& means) {
  if constexpr (std::is_integral_v<T>) return encodeLattice(values, mask, rows, columns, effort, means);
  else return encodeExact(values, mask, rows, columns, effort, means);
}

template <typename T>
void decodeAny(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
               std::span<T> values, const PredictMeans& means) {
  if constexpr (std::is_integral_v<T>) decodeLattice(bytes, mask, rows, columns, values, means);
  else decodeExact(bytes, mask, rows, columns, values, means);
}

// Calls use with a span of the array's own type: int32 unless it is another one that lattices know.
template <typename Use>
auto withValues(const Info& info, size_t index, Use&& use) {
  if (isArray<float>(info[index])) return use(array<float>(info, index, "values"));
  if (isArray<double>(info[index])) return use(array<double>(info, index, "values"));
  if (isArray<int64_t>(info[index])) return use(array<int64_t>(info, index, "values"));
  return use(array<int32_t>(info, index, "values"));
}

// values, mask or null, rows, columns, effort, network or null, threads.
Napi::Value jsEncodeLattice(const Info& info) {
  const auto mask = arrayOrNothing<uint8_t>(info, 1, "mask");
  const uint32_t rows = side(info, 2, "rows"), columns = side(info, 3, "columns");
  const auto effort = static_cast<PredictEffort>(integer(info, 4, "effort", 0, 2));
  const auto network = networkOrNothing(info, 5);
  const PredictMeans means{network.get(), integer(info, 6, "threads", 1, 1024)};
  return withValues(info, 0, [&]<typename T>(std::span<T> values) {
    return bytesToJs(info.Env(), encodeAny(std::span<const T>(values), mask, rows, columns, effort, means));
  });
}

// bytes, mask or null, rows, columns, values, network or null, threads.
Napi::Value jsDecodeLattice(const Info& info) {
  const auto bytes = array<uint8_t>(info, 0, "bytes");
  const auto mask = arrayOrNothing<uint8_t>(info, 1, "mask");
  const uint32_t rows = side(info, 2, "rows"), columns = side(info, 3, "columns");
  const auto network = networkOrNothing(info, 5);
  const PredictMeans means{network.get(), integer(info, 6, "threads", 1, 1024)};
  withValues(info, 4, [&](auto values) { decodeAny(bytes, mask, rows, columns, values, means); });
  return info.Env().Undefined();
}

// values, mask or null, rows, columns.
Napi::Value jsEstimateLattice(const Info& info) {
  const auto mask = arrayOrNothing<uint8_t>(info, 1, "mask");
  const uint32_t rows = side(info, 2, "rows"), columns = side(info, 3, "columns");
  const double bits = isArray<int64_t>(info[0]) ? estimateLattice(std::span<const int64_t>(array<int64_t>(info, 0, "values")), mask, rows, columns)
                                                : estimateLattice(std::span<const int32_t>(array<int32_t>(info, 0, "values")), mask, rows, columns);
  return Napi::Number::New(info.Env(), bits);
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  const std::pair<const char*, Function> functions[] = {
      {"createScaleTables", guarded<createScaleTables>},
      {"createFactorisedTables", guarded<createFactorisedTables>},
      {"tableCount", guarded<tableCount>},
      {"tableCodeLengths", guarded<tableCodeLengths>},
      {"encodeSymbols", guarded<jsEncodeSymbols>},
      {"decodeSymbols", guarded<jsDecodeSymbols>},
      {"quantiseLatents", guarded<jsQuantiseLatents>},
      {"latentBits", guarded<jsLatentBits>},
      {"encodeLatents", guarded<jsEncodeLatents>},
      {"decodeLatents", guarded<jsDecodeLatents>},
      {"waveletForward", guarded<jsWavelet<true>>},
      {"waveletInverse", guarded<jsWavelet<false>>},
      {"toLatents", guarded<jsToLatents>},
      {"fromLatents", guarded<jsFromLatents>},
      {"encodeMask", guarded<jsEncodeMask>},
      {"decodeMask", guarded<jsDecodeMask>},
      {"fillMissing", guarded<jsFillMissing>},
      {"encodeLattice", guarded<jsEncodeLattice>},
      {"decodeLattice", guarded<jsDecodeLattice>},
      {"estimateLattice", guarded<jsEstimateLattice>},
  };
  for (const auto& [name, function] : functions) exports.Set(name, Napi::Function::New(env, function, name));
  exportCoefficients(env, exports);
  exportInterpolate(env, exports);
  exportValues(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(fieldzip_native, initialise)

}  // namespace fieldzip::addon
