import AWS
import Definitions
import Foundation
import NIOCore
import Serving

/// Responses that are not a model's. An error's code is in a header.
extension InferenceResponse {
    static func refusal(_ error: RoostError) -> InferenceResponse {
        switch error.code {
        // In the words of AWS's gateway, which sends no error code.
        case .tooLarge: refusal(413, nil, "HTTP content length exceeded \(Invocation.bodyLimit) bytes.")
        case .busy, .unavailable:
            refusal(503, "ServiceUnavailable", error.message, retryAfterSeconds: 1)
        case .internalError: refusal(500, "InternalFailure", error.message)
        default: refusal(400, "ValidationError", error.message)
        }
    }

    static func refusal(
        _ status: Int,
        _ type: String?,
        _ message: String,
        members: [String: JSON] = [:],
        retryAfterSeconds: Int? = nil
    ) -> InferenceResponse {
        let body = JSON.object(members.merging(["Message": .string(message)]) { first, _ in first })
        var response = InferenceResponse(status: status, body: ByteBuffer(bytes: body.encoded))
        response.retryAfterSeconds = retryAfterSeconds
        response.headers =
            (type.map { [("x-amzn-ErrorType", $0)] } ?? []) + [("x-amzn-RequestId", UUID().uuidString.lowercased())]
        return response
    }

    /// Returns a model's error, wrapped the way AWS does it.
    ///
    /// - Parameter status: The status that the model's container would have returned; 0 if it did not respond in time.
    static func modelError(_ status: Int, _ message: String, of invocation: Invocation) -> InferenceResponse {
        let region = invocation.region
        let account = AWSAccount.id
        let group = "/aws/sagemaker/Endpoints/\(invocation.endpoint)"
        let kind = (400..<500).contains(status) ? "client" : "server"
        let text =
            "Received \(kind) error (\(status)) from primary with message \"\(message)\". See "
            + "https://\(region).console.aws.amazon.com/cloudwatch/home?region=\(region)#logEventViewer:group=\(group) "
            + "in account \(account) for more information."
        return refusal(
            424,
            "ModelError",
            text,
            members: [
                "OriginalStatusCode": .number(Double(status)), "OriginalMessage": .string(message),
                "LogStreamArn": .string("arn:aws:logs:\(region):\(account):log-group:\(group)"),
            ]
        )
    }
}
