import Definitions
package import Foundation

/// The HTTP response that a function's answer describes.
package struct ProxyAnswer: Sendable {
    package var status = 200
    package var headers: [(name: String, value: String)] = []
    package var body = Data()
    /// Whether the function says that its body, which is still encoded, is in Base64.
    package var isBase64Encoded = false

    package init() {}

    /// The value of a header.
    ///
    /// - Parameter name: In lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    /// Decodes a body in Base64.
    package mutating func decodeBody() throws(ProxyAnswerProblem) {
        guard let decoded = Data(base64Encoded: body) else {
            throw ProxyAnswerProblem("'isBase64Encoded' is true, but 'body' is not valid Base64.")
        }
        body = decoded
    }
}

/// Why a function's answer is not an HTTP response.
package struct ProxyAnswerProblem: Error, Equatable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    /// What the log of a function says, so that its author can find the mistake.
    ///
    /// - Parameter expected: The form of a valid answer.
    package func note(payload: Data, expected: String) -> String {
        // One line: a line break in it would make it look like two.
        let shown = String(decoding: payload.prefix(1024).map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
        return "API Gateway cannot use what the function returned. \(reason) Expected \(expected). Returned: \(shown)"
            + (payload.count > 1024 ? "…" : "")
    }
}

/// Reads the members of answers that several formats share.
package enum ProxyAnswerMembers {
    /// Maximum bytes of all headers, as in AWS.
    private static let headerLimit = 10_240

    /// Maximum number of headers.
    package static let countLimit = 1000

    package static let tooMany = ProxyAnswerProblem("It has more than \(countLimit) headers.")

    /// The status of an answer: a number, or a string of digits.
    package static func status(_ value: JSON) throws(ProxyAnswerProblem) -> Int {
        let number = value.int ?? value.string.flatMap { $0.utf8.count == 3 ? Int($0) : nil }
        // An informational status would not end the exchange.
        guard let number, (200...599).contains(number) else {
            throw ProxyAnswerProblem("'statusCode' must be a number between 200 and 599.")
        }
        return number
    }

    /// The names and values in the member `headers`.
    package static func headers(_ value: JSON?) throws(ProxyAnswerProblem) -> [(name: String, value: String)] {
        guard let value else { return [] }
        guard let members = value.object else { throw ProxyAnswerProblem("'headers' must be an object.") }
        guard members.count <= countLimit else { throw tooMany }
        var headers: [(name: String, value: String)] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
            headers.append((name, try text(of: value, "headers")))
        }
        return headers
    }

    /// A string, or a number or a boolean as one.
    package static func text(of value: JSON, _ member: String) throws(ProxyAnswerProblem) -> String {
        switch value {
        case .string(let text): text
        case .bool(let value): "\(value)"
        case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
        default: throw ProxyAnswerProblem("A value in '\(member)' is not a string, a number or a boolean.")
        }
    }

    package static func body(_ value: JSON?) throws(ProxyAnswerProblem) -> Data {
        guard let value else { return Data() }
        guard let text = value.string else {
            throw ProxyAnswerProblem("'body' must be a string: use json.dumps(…) for anything else.")
        }
        return Data(text.utf8)
    }

    package static func isBase64Encoded(_ value: JSON?) throws(ProxyAnswerProblem) -> Bool {
        guard let value else { return false }
        guard let flag = value.bool else { throw ProxyAnswerProblem("'isBase64Encoded' must be true or false.") }
        return flag
    }

    /// Headers of the connection, which belong to the server.
    private static let connectionHeaders: Set<String> = [
        "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade",
    ]

    /// Returns the headers without those of the connection.
    ///
    /// - Throws: If a header would break the syntax of the response, or if the headers are too large.
    package static func checked(
        _ headers: [(name: String, value: String)]
    ) throws(ProxyAnswerProblem) -> [(name: String, value: String)] {
        var byteCount = 0
        for (name, value) in headers {
            guard name.isHeaderName, value.isHeaderValue else {
                throw ProxyAnswerProblem("The header '\(name.prefix(100))' has an invalid name or value.")
            }
            byteCount += name.utf8.count + value.utf8.count
        }
        guard byteCount <= headerLimit else {
            throw ProxyAnswerProblem("The headers have \(byteCount) bytes. The limit is \(headerLimit).")
        }
        return headers.filter { !connectionHeaders.contains($0.name.lowercased()) }
    }
}
