// Whether the compiler has vectors and knows how to shuffle them: clang, and gcc from 12 on.
#pragma once

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector) && !defined(FIELDZIP_PLAIN_LANES)
#define FIELDZIP_VECTORS 1
#endif
#endif
