/// The declaration of inferences by the native API, which ``NativeInference`` handles before requests are routed.
package struct InferenceOperations: OperationGroup {
    package init() {}

    package var operations: [APIOperation] {
        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/infer",
            id: "infer",
            "Run a pipeline",
            query: [QueryParameter("non_finite")],
            request: APIOperation.Request(.json(InferenceInputs.self)),
            response: .json(InferenceResult.self)
        )
    }
}

private enum InferenceInputs: WireType {
    static let schema = Schema.described(
        "Nested arrays by input name, or rows as objects if the model has feature names; also the values of hash keys "
            + "and split keys.",
        .anyObject
    )
}

private enum InferenceResult: WireType {
    static let schema = Schema.object([
        "check_failures": .list(.anything), "elapsed": .integer(), "model_name": .string(), "model_version": .string(),
        "original_data": .anyObject, "outputs": .reference(Outputs.self), "pipeline_name": .string(),
        "shadow_data": .map(.reference(Outputs.self)), "time": .integer(),
    ])
}

private enum Outputs: WireType {
    static let schema = Schema.list(
        .map(.object(["data": .list(.anything), "dim": .list(.integer()), "v": .integer()]))
    )
}
