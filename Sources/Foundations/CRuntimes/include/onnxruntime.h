// ONNX Runtime's C API: one append-only table of function pointers, so a member's position never changes. Members that
// Roost does not call are gaps.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtThreadingOptions OrtThreadingOptions;
typedef struct OrtMapTypeInfo OrtMapTypeInfo;
typedef struct OrtSequenceTypeInfo OrtSequenceTypeInfo;

// Every function that can fail returns a status, NULL for success.
typedef struct OrtApi {
    void *gap_0;
    int (*GetErrorCode)(const OrtStatus *status);
    const char *(*GetErrorMessage)(const OrtStatus *status);
    void *gap_3[3];
    OrtStatus *(*DisableTelemetryEvents)(const OrtEnv *env);
    OrtStatus *(*CreateSession)(const OrtEnv *env, const char *path, const OrtSessionOptions *options, OrtSession **out);
    void *gap_8;
    OrtStatus *(*Run)(OrtSession *session, const OrtRunOptions *options, const char *const *input_names,
                      const OrtValue *const *inputs, size_t input_count, const char *const *output_names,
                      size_t output_count, OrtValue **outputs);
    OrtStatus *(*CreateSessionOptions)(OrtSessionOptions **out);
    void *gap_11[8];
    OrtStatus *(*DisableCpuMemArena)(OrtSessionOptions *options);
    void *gap_20[3];
    OrtStatus *(*SetSessionGraphOptimizationLevel)(OrtSessionOptions *options, int level);
    void *gap_24[6];
    OrtStatus *(*SessionGetInputCount)(const OrtSession *session, size_t *out);
    OrtStatus *(*SessionGetOutputCount)(const OrtSession *session, size_t *out);
    void *gap_32;
    OrtStatus *(*SessionGetInputTypeInfo)(const OrtSession *session, size_t index, OrtTypeInfo **out);
    OrtStatus *(*SessionGetOutputTypeInfo)(const OrtSession *session, size_t index, OrtTypeInfo **out);
    void *gap_35;
    OrtStatus *(*SessionGetInputName)(const OrtSession *session, size_t index, OrtAllocator *allocator, char **out);
    OrtStatus *(*SessionGetOutputName)(const OrtSession *session, size_t index, OrtAllocator *allocator, char **out);
    void *gap_38;
    OrtStatus *(*CreateRunOptions)(OrtRunOptions **out);
    void *gap_40[6];
    OrtStatus *(*RunOptionsSetTerminate)(OrtRunOptions *options);
    void *gap_47;
    OrtStatus *(*CreateTensorAsOrtValue)(OrtAllocator *allocator, const int64_t *shape, size_t rank, int type,
                                         OrtValue **out);
    OrtStatus *(*CreateTensorWithDataAsOrtValue)(const OrtMemoryInfo *info, void *data, size_t byte_count,
                                                 const int64_t *shape, size_t rank, int type, OrtValue **out);
    void *gap_50;
    OrtStatus *(*GetTensorMutableData)(OrtValue *value, void **out);
    OrtStatus *(*FillStringTensor)(OrtValue *value, const char *const *strings, size_t count);
    OrtStatus *(*GetStringTensorDataLength)(const OrtValue *value, size_t *out);
    OrtStatus *(*GetStringTensorContent)(const OrtValue *value, void *bytes, size_t byte_count, size_t *offsets,
                                         size_t count);
    OrtStatus *(*CastTypeInfoToTensorInfo)(const OrtTypeInfo *info, const OrtTensorTypeAndShapeInfo **out);
    OrtStatus *(*GetOnnxTypeFromTypeInfo)(const OrtTypeInfo *info, int *out);
    void *gap_57[3];
    OrtStatus *(*GetTensorElementType)(const OrtTensorTypeAndShapeInfo *info, int *out);
    OrtStatus *(*GetDimensionsCount)(const OrtTensorTypeAndShapeInfo *info, size_t *out);
    OrtStatus *(*GetDimensions)(const OrtTensorTypeAndShapeInfo *info, int64_t *values, size_t count);
    void *gap_63;
    OrtStatus *(*GetTensorShapeElementCount)(const OrtTensorTypeAndShapeInfo *info, size_t *out);
    OrtStatus *(*GetTensorTypeAndShape)(const OrtValue *value, OrtTensorTypeAndShapeInfo **out);
    void *gap_66;
    OrtStatus *(*GetValueType)(const OrtValue *value, int *out);
    void *gap_68;
    OrtStatus *(*CreateCpuMemoryInfo)(int allocator_type, int memory_type, OrtMemoryInfo **out);
    void *gap_70[6];
    OrtStatus *(*AllocatorFree)(OrtAllocator *allocator, void *pointer);
    void *gap_77;
    OrtStatus *(*GetAllocatorWithDefaultOptions)(OrtAllocator **out);
    void *gap_79;
    OrtStatus *(*GetValue)(const OrtValue *value, int index, OrtAllocator *allocator, OrtValue **out);
    OrtStatus *(*GetValueCount)(const OrtValue *value, size_t *out);
    void *gap_82[10];
    void (*ReleaseEnv)(OrtEnv *env);
    void (*ReleaseStatus)(OrtStatus *status);
    void (*ReleaseMemoryInfo)(OrtMemoryInfo *info);
    void (*ReleaseSession)(OrtSession *session);
    void (*ReleaseValue)(OrtValue *value);
    void (*ReleaseRunOptions)(OrtRunOptions *options);
    void (*ReleaseTypeInfo)(OrtTypeInfo *info);
    void (*ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo *info);
    void (*ReleaseSessionOptions)(OrtSessionOptions *options);
    void *gap_101[2];
    OrtStatus *(*CastTypeInfoToMapTypeInfo)(const OrtTypeInfo *info, const OrtMapTypeInfo **out);
    OrtStatus *(*CastTypeInfoToSequenceTypeInfo)(const OrtTypeInfo *info, const OrtSequenceTypeInfo **out);
    void *gap_105;
    OrtStatus *(*GetMapValueType)(const OrtMapTypeInfo *info, OrtTypeInfo **out);
    OrtStatus *(*GetSequenceElementType)(const OrtSequenceTypeInfo *info, OrtTypeInfo **out);
    void *gap_108[11];
    OrtStatus *(*CreateEnvWithGlobalThreadPools)(int logging_level, const char *log_id,
                                                 const OrtThreadingOptions *options, OrtEnv **out);
    OrtStatus *(*DisablePerSessionThreads)(OrtSessionOptions *options);
    OrtStatus *(*CreateThreadingOptions)(OrtThreadingOptions **out);
    void (*ReleaseThreadingOptions)(OrtThreadingOptions *options);
    void *gap_123[24];
    OrtStatus *(*SetGlobalIntraOpNumThreads)(OrtThreadingOptions *options, int count);
    OrtStatus *(*SetGlobalInterOpNumThreads)(OrtThreadingOptions *options, int count);
    OrtStatus *(*SetGlobalSpinControl)(OrtThreadingOptions *options, int allow_spinning);
} OrtApi;

typedef struct OrtApiBase {
    const OrtApi *(*GetApi)(uint32_t version);
    const char *(*GetVersionString)(void);
} OrtApiBase;

typedef const OrtApiBase *(*OrtGetApiBaseFunction)(void);
