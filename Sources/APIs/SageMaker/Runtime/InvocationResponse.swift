import AWS
package import Definitions
import Foundation

/// A response to an invocation. An error's code is in a header.
package struct InvocationResponse: Sendable {
    package var status: Int
    package var body: [UInt8]
    package var contentType = "application/json"
    package var retryAfterSeconds: Int?
    package var headers: [(String, String)] = []
}

extension InvocationResponse {
    package static func refusal(_ error: RoostError, endpoint: String) -> InvocationResponse {
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
    ) -> InvocationResponse {
        let body = JSON.object(members.merging(["Message": .string(message)]) { first, _ in first })
        return InvocationResponse(
            status: status,
            body: Array(body.encoded),
            retryAfterSeconds: retryAfterSeconds,
            headers: (type.map { [("x-amzn-ErrorType", $0)] } ?? []) + [
                ("x-amzn-RequestId", UUID().uuidString.lowercased())
            ]
        )
    }

    static func noEndpoint(_ name: String) -> InvocationResponse {
        refusal(
            400,
            "ValidationError",
            "Endpoint \(name.prefix(80)) of account \(AWSAccount.id) not found."
        )
    }

    /// Returns a model's error, wrapped the way AWS does it.
    ///
    /// - Parameter status: The status that the model's container would have returned; 0 if it did not respond in time.
    static func modelError(_ status: Int, _ message: String, of invocation: Invocation, variant: String)
        -> InvocationResponse
    {
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
