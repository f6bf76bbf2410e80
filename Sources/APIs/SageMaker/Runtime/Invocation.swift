import AWS
import Definitions
import Encodings
import Foundation
import NIOCore
import Serving

/// A request to an endpoint, as defined by SageMaker Runtime.
struct Invocation: Sendable {
    /// AWS's limit.
    static let bodyLimit = 6_291_456

    let endpoint: String
    var body = ByteBuffer()
    private(set) var contentType: String?
    private(set) var accept: String?
    private(set) var targetVariant: String?
    private(set) var inferenceID: String?
    private(set) var customAttributes: String?
    private var authorization: String?
    /// A parameter that endpoints do not support and that would change the response.
    private var unsupported: Unsupported?

    private enum Unsupported: String {
        case targetModel = "is not a multi-model endpoint: TargetModel"
        case targetContainer = "is not a multi-container endpoint: TargetContainerHostname"
        case session = "does not keep sessions: SessionId"
        case explanations = "has no explainer: EnableExplanations"
        case component = "has no inference components: InferenceComponentName"
    }

    init(endpoint: String, _ head: InferenceHead) {
        self.endpoint = endpoint
        for field in head.fields { take(field) }
    }

    /// Reads a header of the request. An empty one counts as absent.
    private mutating func take(_ field: InferenceHead.Field) {
        guard !field.value.isEmpty else { return }
        switch field.name.count {
        case 6 where field.isNamed("accept"): accept = field.text
        case 12 where field.isNamed("content-type"): contentType = field.text
        case 13 where field.isNamed("authorization"): authorization = field.text
        case 29 where field.isNamed("x-amzn-sagemaker-inference-id"): inferenceID = field.text
        case 27 where field.isNamed("x-amzn-sagemaker-session-id"): unsupported = .session
        case 29 where field.isNamed("x-amzn-sagemaker-target-model"): unsupported = .targetModel
        case 31 where field.isNamed("x-amzn-sagemaker-target-variant"): targetVariant = field.text
        case 36 where field.isNamed("x-amzn-sagemaker-enable-explanations"):
            // A JMESPath expression; this one turns explanations off.
            if field.text != "`false`" { unsupported = .explanations }
        case 36 where field.isNamed("x-amzn-sagemaker-inference-component"): unsupported = .component
        case 42 where field.isNamed("x-amzn-sagemaker-target-container-hostname"): unsupported = .targetContainer
        case 34 where field.isNamed("x-amzn-sagemaker-custom-attributes"): customAttributes = field.text
        default: break
        }
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
