#pragma once

#include <napi.h>

namespace fieldzip::addon {

// The classes and functions of src/coefficients.
void exportCoefficients(Napi::Env env, Napi::Object exports);

}  // namespace fieldzip::addon
