import AWS
import Encodings
import Foundation
package import NIOCore

/// A request to an endpoint, as defined by SageMaker Runtime.
package struct Invocation: Sendable {
    /// AWS's limit.
    package static let bodyLimit = 6_291_456

    let endpoint: String
    let body: ByteBuffer
    let start: ContinuousClock.Instant
    private(set) var contentType: String?
    private(set) var accept: String?
    private(set) var targetVariant: String?
    private(set) var inferenceID: String?
    private(set) var customAttributes: String?
    private(set) var authorization: String?
    /// A parameter that endpoints do not support and that would change the response.
    private var unsupported: Unsupported?

    private enum Unsupported: String {
        case targetModel = "is not a multi-model endpoint: TargetModel"
        case targetContainer = "is not a multi-container endpoint: TargetContainerHostname"
        case session = "does not keep sessions: SessionId"
        case explanations = "has no explainer: EnableExplanations"
        case component = "has no inference components: InferenceComponentName"
    }

    package init(endpoint: String, body: ByteBuffer, start: ContinuousClock.Instant) {
        self.endpoint = endpoint
        self.body = body
        self.start = start
    }

    /// Reads a header of the request. An empty one counts as absent.
    package mutating func take(header name: String, _ value: String) {
        guard !value.isEmpty else { return }
        switch name.utf8.count {
        case 6 where name.isHeader("accept"): accept = value
        case 12 where name.isHeader("content-type"): contentType = value
        case 13 where name.isHeader("authorization"): authorization = value
        case 29 where name.isHeader("x-amzn-sagemaker-inference-id"): inferenceID = value
        case 27 where name.isHeader("x-amzn-sagemaker-session-id"): unsupported = .session
        case 29 where name.isHeader("x-amzn-sagemaker-target-model"): unsupported = .targetModel
        case 31 where name.isHeader("x-amzn-sagemaker-target-variant"): targetVariant = value
        case 36 where name.isHeader("x-amzn-sagemaker-enable-explanations"):
            // A JMESPath expression; this one turns explanations off.
            if value != "`false`" { unsupported = .explanations }
        case 36 where name.isHeader("x-amzn-sagemaker-inference-component"): unsupported = .component
        case 42 where name.isHeader("x-amzn-sagemaker-target-container-hostname"): unsupported = .targetContainer
        case 34 where name.isHeader("x-amzn-sagemaker-custom-attributes"): customAttributes = value
        default: break
        }
    }

    /// Whether an `Authorization` header signs a request to SageMaker.
    package static func isSigned(authorization: String) -> Bool {
        let scope: StaticString = "/sagemaker/aws4_request"
        let length = scope.utf8CodeUnitCount
        let found = authorization.utf8.withContiguousStorageIfAvailable { bytes in
            guard let base = bytes.baseAddress, bytes.count >= length else { return false }
            return (0...(bytes.count - length)).contains { start in
                bytes[start] == UInt8(ascii: "/") && memcmp(base + start, scope.utf8Start, length) == 0
            }
        }
        return found ?? authorization.contains("\(scope)")
    }

    /// The region that the request was signed for.
    var region: String {
        CredentialScope(query: "") { $0 == "authorization" ? authorization : nil }?.region ?? "us-east-1"
    }

    /// The message about an unsupported parameter; `nil` if there is none.
    var refusal: String? { unsupported.map { "Endpoint \(endpoint) \($0.rawValue) cannot be used with it." } }

    /// AWS's message about an invalid header; `nil` if all are valid.
    var problem: String? {
        if let customAttributes, customAttributes.utf8.count > 1024 {
            return Self.problem("customAttributes", customAttributes, "have length less than or equal to 1024")
        }
        if let customAttributes, !customAttributes.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x09 }) {
            return Self.problem("customAttributes", customAttributes, "satisfy regular expression pattern: \\p{ASCII}*")
        }
        guard let inferenceID else { return nil }
        guard inferenceID.utf8.count <= 64 else {
            return Self.problem("inferenceId", inferenceID, "have length less than or equal to 64")
        }
        guard !inferenceID.isEmpty, inferenceID.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            return Self.problem(
                "inferenceId",
                inferenceID,
                "satisfy regular expression pattern: \\A\\S[\\p{Print}]*\\z"
            )
        }
        return nil
    }

    private static func problem(_ member: String, _ value: String, _ constraint: String) -> String {
        "1 validation error detected: Value '\(value.prefix(100))' at '\(member)' failed to satisfy constraint: "
            + "Member must \(constraint)"
    }
}
