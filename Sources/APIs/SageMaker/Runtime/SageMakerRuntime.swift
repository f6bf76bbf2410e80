package import AWS
package import Definitions
package import Endpoints
package import Serving

/// SageMaker Runtime: invocations of endpoints.
package struct SageMakerRuntime: InferenceDialect {
    /// The maximum bytes of a body.
    package static let bodyLimit = Invocation.bodyLimit

    package static let description = {
        var description = AWSServiceDescription(
            name: "sagemaker-runtime",
            signingName: "sagemaker",
            operations: ["InvokeEndpoint"]
        )
        description.acceptsPath = { method, path in method == "POST" && endpoint(path: path) != nil }
        return description
    }()

    /// The limits of invocations, for Service Quotas.
    package static let quotas = [
        Quota(
            service: "sagemaker",
            code: "L-INVOCATION-BODY",
            name: "Maximum body size of an invocation",
            value: Double(Invocation.bodyLimit),
            unit: "Bytes",
            isAdjustable: false
        )
    ]

    private let serving: Serving
    private let captures: DataCaptures

    package init(serving: Serving, captures: DataCaptures) {
        self.serving = serving
        self.captures = captures
    }

    package func call(_ head: InferenceHead) -> (any InferenceCall)? {
        guard let endpoint = Self.endpoint(head) else { return nil }
        return InvocationCall(Invocation(endpoint: endpoint, head), serving.served, captures)
    }

    /// Whether a request is signed for SageMaker.
    package static func isSigned(_ head: InferenceHead) -> Bool {
        head.fields.first { $0.isNamed("authorization") }?.text.contains("/sagemaker/aws4_request") ?? false
    }

    /// Returns the name in `/endpoints/NAME/invocations`; `nil` for every other path.
    private static func endpoint(_ head: InferenceHead) -> String? {
        head.pathPart(after: "/endpoints/", before: "/invocations").flatMap(InferenceHead.segment)
    }

    package static func endpoint(path: String) -> String? {
        var path = path
        return path.withUTF8 { path in
            let none = UnsafeRawBufferPointer(start: nil, count: 0)
            return endpoint(
                InferenceHead(path: UnsafeRawBufferPointer(path), query: none, fields: .init(start: nil, count: 0))
            )
        }
    }
}
