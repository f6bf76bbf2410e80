// XGBoost's C API. Every function that can fail answers 0 for success; XGBGetLastError says why not, a thread.
#pragma once

#include <stdint.h>

typedef void *BoosterHandle;
typedef void *DMatrixHandle;

typedef const char *(*XGBGetLastErrorFunction)(void);
typedef void (*XGBoostVersionFunction)(int *major, int *minor, int *patch);
typedef int (*XGBSetGlobalConfigFunction)(const char *config);
typedef int (*XGBoosterCreateFunction)(const DMatrixHandle *matrices, uint64_t count, BoosterHandle *out);
typedef int (*XGBoosterFreeFunction)(BoosterHandle booster);
typedef int (*XGBoosterLoadModelFromBufferFunction)(BoosterHandle booster, const void *bytes, uint64_t byte_count);
typedef int (*XGBoosterSetParamFunction)(BoosterHandle booster, const char *name, const char *value);
typedef int (*XGBoosterGetNumFeatureFunction)(BoosterHandle booster, uint64_t *out);
typedef int (*XGBoosterPredictFromDenseFunction)(BoosterHandle booster, const char *values, const char *config,
                                                 DMatrixHandle matrix, const uint64_t **shape, uint64_t *rank,
                                                 const float **result);
