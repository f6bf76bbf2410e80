package import Definitions
package import Pipelines

/// Where a request goes, as far as that is known before its body is read. The body is decoded against it.
///
/// It holds on to the version that was current, so a swap does not affect requests that were routed before.
package struct InferenceRoute: Sendable {
    package let pipeline: ServedPipeline
    package let version: ServedVersion
    /// The index of the variant that answers; `nil` if the steps choose their models when they run.
    package let variant: Int?
    /// Whether the variant was chosen outside of the experiment, usually by the caller.
    package let isTargeted: Bool

    /// Routes to a pipeline as a whole.
    ///
    /// - Throws: ``RoostError`` if its models take different inputs, so that only one of its variants could read the body.
    package init(_ pipeline: ServedPipeline) throws(RoostError) {
        let version = pipeline.current
        guard version.executable.plan.isUniform else {
            throw RoostError(
                .invalidInput,
                "The models of pipeline '\(pipeline.name)' have different inputs or outputs; it can only be called as an "
                    + "endpoint (InvokeEndpoint).",
                field: "pipeline"
            )
        }
        self.pipeline = pipeline
        self.version = version
        variant = nil
        isTargeted = false
    }

    /// Refuses a pipeline with functions, for protocols that carry nothing but tensors: what functions take and return are
    /// JSON documents, and leaving them out would answer with something else than the pipeline's result.
    package func requireNoFunctions() throws(RoostError) {
        guard plan.hasFunctions else { return }
        throw RoostError(
            .invalidInput,
            "Pipeline '\(pipeline.name)' has function steps, which take and return JSON documents. Call it with "
                + "POST /v1/pipelines/\(pipeline.name)/infer.",
            field: "pipeline"
        )
    }

    /// Routes to one of the variants of a pipeline, chosen by weight.
    ///
    /// - Parameters:
    ///   - version: The version of the pipeline that is current.
    ///   - name: Chooses only among the variants with this name.
    /// - Returns: `nil` if there is no such variant.
    package init?(_ pipeline: ServedPipeline, _ version: ServedVersion, variantNamed name: String?) {
        guard let variant = version.executable.chooseVariant(named: name) else { return nil }
        self.pipeline = pipeline
        self.version = version
        self.variant = variant
        // A request that brings no key is not assigned by it, so it is not part of the experiment.
        isTargeted = name != nil || !version.executable.plan.keys.isEmpty
    }

    package var plan: PipelinePlan { version.executable.plan }

    /// The model of the variant; `nil` without a variant.
    package var model: PreparedModel? { variant.map { version.executable.model(ofVariant: $0) } }

    package var variantName: String? { variant.map { version.variants[$0].name } }

    /// Counts a request that failed.
    package func count(_ error: RoostError.Code) {
        pipeline.metrics.count(error)
        traffic.fail(error)
        if let variant { version.variants[variant].counts.fail() }
    }

    /// Counts a request that was refused because the server was busy, which says nothing about the variant.
    func countRefusal() {
        pipeline.metrics.count(.busy)
        traffic.fail(.busy)
    }

    private var traffic: Traffic { variant.map { version.variants[$0].traffic } ?? version.traffic }

    /// Counts a request that the variant could not read: what a new model refuses is a failure of its arm.
    func countUnreadable() {
        guard let variant, !isTargeted, version.arms.indices.contains(variant) else { return }
        version.arms[variant].fail()
    }

    /// Counts a response that could not be encoded, which is a failure of the variant, but not of the pipeline.
    ///
    /// - Parameter status: The HTTP status that the model's container would have returned.
    package func countFailedVariant(status: Int) {
        guard let variant else { return }
        version.variants[variant].counts.fail()
        version.variants[variant].traffic.withdrawAnswer(isOfClient: (400..<500).contains(status))
        if !isTargeted, version.arms.indices.contains(variant) { version.arms[variant].withdrawAnswer() }
    }
}
