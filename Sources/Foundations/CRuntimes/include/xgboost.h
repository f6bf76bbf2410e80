// XGBoost's C API. Every function that can fail returns 0 for success. XGBGetLastError returns the thread's last error.
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
typedef int (*XGBoosterGetStrFeatureInfoFunction)(BoosterHandle booster, const char *field, uint64_t *count,
                                                  const char ***out);
typedef int (*XGBoosterPredictFromDenseFunction)(BoosterHandle booster, const char *values, const char *config,
                                                 DMatrixHandle matrix, const uint64_t **shape, uint64_t *rank,
                                                 const float **result);
typedef int (*XGProxyDMatrixCreateFunction)(DMatrixHandle *out);

// Training.
typedef int (*XGDMatrixCreateFromDenseFunction)(const char *values, const char *config, DMatrixHandle *out);
typedef int (*XGDMatrixCreateFromCSRFunction)(const char *offsets, const char *columns, const char *values,
                                              uint64_t column_count, const char *config, DMatrixHandle *out);
typedef int (*XGDMatrixSliceDMatrixFunction)(DMatrixHandle matrix, const int *rows, uint64_t count,
                                             DMatrixHandle *out);
typedef int (*XGDMatrixFreeFunction)(DMatrixHandle matrix);
typedef int (*XGDMatrixSetFloatInfoFunction)(DMatrixHandle matrix, const char *field, const float *values,
                                             uint64_t count);
typedef int (*XGDMatrixSetUIntInfoFunction)(DMatrixHandle matrix, const char *field, const unsigned *values,
                                            uint64_t count);
typedef int (*XGBoosterUpdateOneIterFunction)(BoosterHandle booster, int round, DMatrixHandle matrix);
typedef int (*XGBoosterEvalOneIterFunction)(BoosterHandle booster, int round, const DMatrixHandle *matrices,
                                            const char *const *names, uint64_t count, const char **out);
typedef int (*XGBoosterPredictFromDMatrixFunction)(BoosterHandle booster, DMatrixHandle matrix, const char *config,
                                                   const uint64_t **shape, uint64_t *rank, const float **result);
typedef int (*XGBoosterSaveModelToBufferFunction)(BoosterHandle booster, const char *config, uint64_t *byte_count,
                                                  const char **bytes);
typedef int (*XGBoosterSaveJsonConfigFunction)(BoosterHandle booster, uint64_t *byte_count, const char **out);
typedef int (*XGBoosterSliceFunction)(BoosterHandle booster, int begin, int end, int step, BoosterHandle *out);
typedef int (*XGBoosterSetAttrFunction)(BoosterHandle booster, const char *name, const char *value);
typedef int (*XGBoosterGetAttrFunction)(BoosterHandle booster, const char *name, const char **out, int *success);
typedef int (*XGBoosterBoostedRoundsFunction)(BoosterHandle booster, int *out);
