// The wavelet codec's coders as JavaScript objects. They own what they work on; of the caller's arrays they keep nothing
// after a call.
#include "addon/coefficients.h"

#include <memory>
#include <utility>

#include "addon/arguments.h"
#include "bands/bands.h"
#include "coefficients/coefficients.h"
#include "coefficients/corrections.h"
#include "coefficients/estimate.h"

namespace fieldzip::addon {
namespace {

using Info = Napi::CallbackInfo;

uint32_t side(const Info& info, size_t index, const char* name) { return integer(info, index, name, 1, 1U << 30); }

// Gives a step that is too small a code of its own.
template <typename Call>
auto guardStep(Napi::Env env, Call call) {
  try {
    return call();
  } catch (const StepTooSmall& error) {
    Napi::Error js = Napi::RangeError::New(env, error.what());
    js.Set("code", Napi::String::New(env, "FIELDZIP_STEP_TOO_SMALL"));
    throw js;
  }
}

// What encoder and decoder have in common; `coder` is the one in use, or null after finish().
Napi::Value next(const Info& info, CoefficientCoder& coder) {
  const auto shape = coder.next();
  if (!shape) return info.Env().Undefined();
  auto result = Napi::Object::New(info.Env());
  result.Set("channels", shape->channels);
  result.Set("rows", shape->rows);
  result.Set("columns", shape->columns);
  return result;
}

Napi::Value inputs(const Info& info, CoefficientCoder& coder) {
  if (isArray<float>(info[0])) {
    coder.inputs(array<float>(info, 0, "target"));
  } else {
    coder.inputs(array<uint8_t>(info, 0, "target"));
  }
  return info.Env().Undefined();
}

Napi::Value code(const Info& info, CoefficientCoder& coder) {
  if (isArray<float>(info[0])) {
    const auto given = array<float>(info, 0, "parameters");
    std::vector<uint8_t> bytes(given.size());
    // Whole numbers from 0 to 255; anything else, NaN included, becomes one of them.
    for (size_t i = 0; i < given.size(); ++i) {
      bytes[i] = !(given[i] > 0.0F) ? uint8_t{0} : given[i] < 255.0F ? static_cast<uint8_t>(given[i]) : uint8_t{255};
    }
    coder.code(bytes);
  } else {
    coder.code(array<uint8_t>(info, 0, "parameters"));
  }
  return info.Env().Undefined();
}

template <typename Class>
Napi::Function defineCoder(Napi::Env env, const char* name) {
  return Class::DefineClass(env, name,
                            {Class::InstanceAccessor("passes", &Class::passes, nullptr), Class::InstanceMethod("next", &Class::nextPass),
                             Class::InstanceMethod("inputs", &Class::passInputs), Class::InstanceMethod("code", &Class::codePass),
                             Class::InstanceMethod("finish", &Class::finish)});
}

template <typename Class, typename Single, typename Double>
class CoderObject : public Napi::ObjectWrap<Class> {
 public:
  using Napi::ObjectWrap<Class>::ObjectWrap;

  Napi::Value passes(const Info& info) {
    return guard(info.Env(), [&] { return Napi::Number::New(info.Env(), static_cast<double>(coder().passes())); });
  }
  Napi::Value nextPass(const Info& info) {
    return guard(info.Env(), [&] { return next(info, coder()); });
  }
  Napi::Value passInputs(const Info& info) {
    return guard(info.Env(), [&] { return inputs(info, coder()); });
  }
  Napi::Value codePass(const Info& info) {
    return guard(info.Env(), [&] { return code(info, coder()); });
  }

 protected:
  CoefficientCoder& coder() const {
    if (single_) return *single_;
    if (double_) return *double_;
    throw std::invalid_argument("the coder has finished");
  }

  std::unique_ptr<Single> single_;
  std::unique_ptr<Double> double_;
};

class EncoderObject : public CoderObject<EncoderObject, CoefficientEncoder<float>, CoefficientEncoder<double>> {
 public:
  // values, rows, columns, step, lambda, lowest, highest, whether by a trellis
  explicit EncoderObject(const Info& info) : CoderObject(info) {
    guard(info.Env(), [&] {
      const uint32_t rows = side(info, 1, "rows"), columns = side(info, 2, "columns");
      const double step = number(info, 3, "step"), lambda = number(info, 4, "lambda");
      const ValueRange range{number(info, 5, "lowest"), number(info, 6, "highest")};
      const bool trellis = integer(info, 7, "trellis", 0, 1) != 0;
      guardStep(info.Env(), [&] {
        if (isArray<double>(info[0])) {
          double_ = makeCoefficientEncoder(std::span<const double>(array<double>(info, 0, "values")), rows, columns, step, lambda, range, trellis);
        } else {
          single_ = makeCoefficientEncoder(std::span<const float>(array<float>(info, 0, "values")), rows, columns, step, lambda, range, trellis);
        }
      });
    });
  }

  // values, mask or null, reconstruction
  Napi::Value finish(const Info& info) {
    return guard(info.Env(), [&] {
      return double_ ? finishAs<double>(info, *double_) : single_ ? finishAs<float>(info, *single_) : (coder(), info.Env().Undefined());
    });
  }

 private:
  template <typename T>
  Napi::Value finishAs(const Info& info, CoefficientEncoder<T>& encoder) {
    const auto finished = encoder.finish(array<T>(info, 0, "values"), arrayOrNothing<uint8_t>(info, 1, "mask"),
                                         array<T>(info, 2, "reconstruction"));
    auto result = Napi::Object::New(info.Env());
    result.Set("bytes", bytesToJs(info.Env(), finished.bytes));
    result.Set("squaredError", finished.squaredError);
    single_.reset();
    double_.reset();
    return result;
  }
};

class DecoderObject : public CoderObject<DecoderObject, CoefficientDecoder<float>, CoefficientDecoder<double>> {
 public:
  // bytes, rows, columns, whether values are doubles, lowest, highest
  explicit DecoderObject(const Info& info) : CoderObject(info) {
    guard(info.Env(), [&] {
      const auto given = array<uint8_t>(info, 0, "bytes");
      bytes_.assign(given.begin(), given.end());
      const uint32_t rows = side(info, 1, "rows"), columns = side(info, 2, "columns");
      const bool wide = integer(info, 3, "wide", 0, 1) != 0;
      const ValueRange range{number(info, 4, "lowest"), number(info, 5, "highest")};
      if (wide) {
        double_ = makeCoefficientDecoder<double>(bytes_, rows, columns, range);
      } else {
        single_ = makeCoefficientDecoder<float>(bytes_, rows, columns, range);
      }
    });
  }

  // reconstruction
  Napi::Value finish(const Info& info) {
    return guard(info.Env(), [&] {
      if (double_) {
        double_->finish(array<double>(info, 0, "reconstruction"));
      } else if (single_) {
        single_->finish(array<float>(info, 0, "reconstruction"));
      } else {
        coder();
      }
      single_.reset();
      double_.reset();
      bytes_ = {};
      return info.Env().Undefined();
    });
  }

 private:
  std::vector<uint8_t> bytes_;
};

// values, mask or null, rows, columns, step, lambda, lowest, highest, network, threads, whether it may leave out what is missing,
// reconstruction, bound or 0, whether it may take points by a trellis, and be quick
Napi::Value jsEncodeBands(const Info& info) {
  return guard(info.Env(), [&] {
    const auto mask = arrayOrNothing<uint8_t>(info, 1, "mask");
    const uint32_t rows = side(info, 2, "rows"), columns = side(info, 3, "columns");
    const double step = number(info, 4, "step");
    const BandOptions options{number(info, 5, "lambda"), {number(info, 6, "lowest"), number(info, 7, "highest")}, integer(info, 9, "threads", 1, 1024),
                              integer(info, 10, "mayLeaveOut", 0, 1) != 0, integer(info, 13, "trellis", 0, 1) != 0, number(info, 12, "bound"), integer(info, 14, "quick", 0, 1) != 0};
    const BandNetwork network(array<uint8_t>(info, 8, "network"));
    const auto encode = [&]<typename T>(std::span<const T> values, std::span<T> reconstruction) {
      const auto encoded = guardStep(info.Env(), [&] { return encodeBands(network, values, mask, rows, columns, step, options, reconstruction); });
      auto result = Napi::Object::New(info.Env());
      result.Set("bytes", bytesToJs(info.Env(), encoded.bytes));
      result.Set("squaredError", encoded.squaredError);
      result.Set("leavesOut", encoded.leavesOut);
      return result;
    };
    if (isArray<double>(info[0])) return encode(std::span<const double>(array<double>(info, 0, "values")), array<double>(info, 11, "reconstruction"));
    return encode(std::span<const float>(array<float>(info, 0, "values")), array<float>(info, 11, "reconstruction"));
  });
}

// bytes, mask or null, rows, columns, lowest, highest, network, threads, reconstruction, form
Napi::Value jsDecodeBands(const Info& info) {
  return guard(info.Env(), [&] {
    const auto bytes = array<uint8_t>(info, 0, "bytes");
    const auto mask = arrayOrNothing<uint8_t>(info, 1, "mask");
    const uint32_t rows = side(info, 2, "rows"), columns = side(info, 3, "columns");
    const ValueRange range{number(info, 4, "lowest"), number(info, 5, "highest")};
    const BandNetwork network(array<uint8_t>(info, 6, "network"));
    const size_t threads = integer(info, 7, "threads", 1, 1024);
    const auto form = static_cast<BandForm>(integer(info, 9, "form", 1, 2));
    if (isArray<double>(info[8])) {
      decodeBands(network, form, bytes, mask, rows, columns, range, threads, array<double>(info, 8, "reconstruction"));
    } else {
      decodeBands(network, form, bytes, mask, rows, columns, range, threads, array<float>(info, 8, "reconstruction"));
    }
    return info.Env().Undefined();
  });
}

// values, base, mask or null, rows, columns, bound, whether the base is exact, margin, threads, where what applyCorrections will
// give goes, or null
Napi::Value jsEncodeCorrections(const Info& info) {
  return guard(info.Env(), [&] {
    const auto mask = arrayOrNothing<uint8_t>(info, 2, "mask");
    const uint32_t rows = side(info, 3, "rows"), columns = side(info, 4, "columns");
    const double bound = number(info, 5, "bound");
    const CorrectionOptions options{integer(info, 6, "baseIsExact", 0, 1) != 0, number(info, 7, "margin"), integer(info, 8, "threads", 1, 1024)};
    const auto encode = [&]<typename T>(std::span<const T> values, std::span<const T> base) {
      return bytesToJs(info.Env(), encodeCorrections(values, base, rows, columns, mask, bound, options, arrayOrNothing<T>(info, 9, "corrected")));
    };
    if (isArray<double>(info[0])) {
      return encode(std::span<const double>(array<double>(info, 0, "values")), std::span<const double>(array<double>(info, 1, "base")));
    }
    return encode(std::span<const float>(array<float>(info, 0, "values")), std::span<const float>(array<float>(info, 1, "base")));
  });
}

// bytes, base, mask or null, rows, columns, threads
Napi::Value jsApplyCorrections(const Info& info) {
  return guard(info.Env(), [&] {
    const auto bytes = array<uint8_t>(info, 0, "bytes");
    const auto mask = arrayOrNothing<uint8_t>(info, 2, "mask");
    const uint32_t rows = side(info, 3, "rows"), columns = side(info, 4, "columns");
    const size_t threads = integer(info, 5, "threads", 1, 1024);
    if (isArray<double>(info[1])) {
      applyCorrections(bytes, array<double>(info, 1, "base"), rows, columns, mask, threads);
    } else {
      applyCorrections(bytes, array<float>(info, 1, "base"), rows, columns, mask, threads);
    }
    return info.Env().Undefined();
  });
}

// values, rows, columns, steps, bits, squared errors, threads
Napi::Value jsEstimateCoefficients(const Info& info) {
  return guard(info.Env(), [&] {
    const uint32_t rows = side(info, 1, "rows"), columns = side(info, 2, "columns");
    const auto steps = array<double>(info, 3, "steps"), bits = array<double>(info, 4, "bits"), errors = array<double>(info, 5, "errors");
    if (bits.size() != steps.size() || errors.size() != steps.size()) throw std::invalid_argument("every step has one estimate");
    const uint32_t threads = integer(info, 6, "threads", 1, 1024);
    std::vector<CoefficientEstimate> estimates(steps.size());
    if (isArray<double>(info[0])) {
      estimateCoefficients(std::span<const double>(array<double>(info, 0, "values")), rows, columns, std::span<const double>(steps), std::span(estimates), threads);
    } else {
      estimateCoefficients(std::span<const float>(array<float>(info, 0, "values")), rows, columns, std::span<const double>(steps), std::span(estimates), threads);
    }
    for (size_t i = 0; i < estimates.size(); ++i) {
      bits[i] = estimates[i].bits;
      errors[i] = estimates[i].squaredError;
    }
    return info.Env().Undefined();
  });
}

Napi::Value jsStoredStep(const Info& info) { return Napi::Number::New(info.Env(), storedStep(number(info, 0, "step"))); }

}  // namespace

void exportCoefficients(Napi::Env env, Napi::Object exports) {
  exports.Set("CoefficientEncoder", defineCoder<EncoderObject>(env, "CoefficientEncoder"));
  exports.Set("CoefficientDecoder", defineCoder<DecoderObject>(env, "CoefficientDecoder"));
  exports.Set("encodeBands", Napi::Function::New(env, jsEncodeBands, "encodeBands"));
  exports.Set("decodeBands", Napi::Function::New(env, jsDecodeBands, "decodeBands"));
  exports.Set("encodeCorrections", Napi::Function::New(env, jsEncodeCorrections, "encodeCorrections"));
  exports.Set("applyCorrections", Napi::Function::New(env, jsApplyCorrections, "applyCorrections"));
  exports.Set("estimateCoefficients", Napi::Function::New(env, jsEstimateCoefficients, "estimateCoefficients"));
  exports.Set("storedStep", Napi::Function::New(env, jsStoredStep, "storedStep"));
}

}  // namespace fieldzip::addon
