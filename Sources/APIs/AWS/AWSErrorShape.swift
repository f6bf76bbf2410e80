import Foundation

/// The format of a protocol's error responses.
package enum AWSErrorShape: Sendable {
    case json
    case query(namespace: String?)
    /// REST with JSON bodies: the code is in a header.
    case rest
    case s3
    /// Smithy RPC v2 CBOR, which newer clients prefer for CloudWatch metrics.
    case cbor

    /// The format that a client of an unsupported service most likely expects.
    init(contentType: String?, smithyProtocol: String?) {
        if smithyProtocol == "rpc-v2-cbor" {
            self = .cbor
        } else if contentType?.hasPrefix("application/x-www-form-urlencoded") == true {
            self = .query(namespace: nil)
        } else if contentType?.hasPrefix("application/x-amz-json") == true {
            self = .json
        } else {
            self = .rest
        }
    }

    package func answer(_ error: AWSError, requestID: String) -> AWSResponse {
        var answer = AWSResponse()
        answer.status = error.status
        switch self {
        case .json:
            answer.body = JSON.object(["__type": .string(error.code), "message": .string(error.message)]).encoded
        case .query(let namespace):
            let description = QueryElement(
                "Error",
                [
                    QueryElement("Type", error.status < 500 ? "Sender" : "Receiver"),
                    QueryElement("Code", error.code), QueryElement("Message", error.message),
                ]
            )
            let root = QueryElement(
                "ErrorResponse",
                namespace: namespace,
                [description, QueryElement("RequestId", requestID)]
            )
            return root.answer(status: error.status)
        case .rest:
            answer.contentType = "application/json"
            answer.headers["x-amzn-ErrorType"] = error.code
            var members = error.members.merging(["message": .string(error.message)]) { _, new in new }
            // Not all clients read the same one.
            members["Message"] = .string(error.message)
            answer.body = JSON.object(members).encoded
        case .s3:
            let root = QueryElement(
                "Error",
                [
                    QueryElement("Code", error.code), QueryElement("Message", error.message),
                    QueryElement("RequestId", requestID),
                ]
            )
            return root.answer(status: error.status)
        case .cbor:
            answer.contentType = "application/cbor"
            answer.headers["smithy-protocol"] = "rpc-v2-cbor"
            // A map with two entries, as keys and values.
            let texts = ["__type", error.code, "message", error.message]
            answer.body = Data([0xA2] + texts.flatMap(Self.cborText))
        }
        return answer
    }

    private static func cborText(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(0xFFFF))
        return [0x79, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }
}
