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

// Training.
typedef int (*XGDMatrixCreateFromDenseFunction)(const char *values, const char *config, DMatrixHandle *out);
typedef int (*XGDMatrixCreateFromCSRFunction)(const char *row_starts, const char *columns, const char *values,
                                              uint64_t column_count, const char *config, DMatrixHandle *out);
typedef int (*XGDMatrixFreeFunction)(DMatrixHandle matrix);
typedef int (*XGDMatrixSetInfoFromInterfaceFunction)(DMatrixHandle matrix, const char *field, const char *values);
typedef int (*XGBoosterUpdateOneIterFunction)(BoosterHandle booster, int iteration, DMatrixHandle matrix);
typedef int (*XGBoosterEvalOneIterFunction)(BoosterHandle booster, int iteration, DMatrixHandle *matrices,
                                            const char **names, uint64_t count, const char **out);
typedef int (*XGBoosterSaveModelToBufferFunction)(BoosterHandle booster, const char *config, uint64_t *byte_count,
                                                  const char **bytes);
typedef int (*XGBoosterSliceFunction)(BoosterHandle booster, int begin, int end, int step, BoosterHandle *out);
typedef int (*XGBoosterBoostedRoundsFunction)(BoosterHandle booster, int *out);
typedef int (*XGBoosterPredictFromDMatrixFunction)(BoosterHandle booster, DMatrixHandle matrix, const char *config,
                                                   const uint64_t **shape, uint64_t *rank, const float **result);
