import AWS
import Foundation

/// Reads a function's answer in payload format 1.0.
enum ProxyAnswer10 {
    static let expected =
        #"{"statusCode": 200, "headers": {…}, "multiValueHeaders": {…}, "body": "text", "isBase64Encoded": false}"#

    private static let members: Set<String> = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]

    /// The body stays as it is: whether it is decoded depends on the API's media types.
    static func read(_ payload: Data) throws(ProxyAnswerProblem) -> ProxyAnswer {
        let document = try ProxyAnswerDocument(payload, names: members)
        let value = document.members
        guard let object = value.object else { throw ProxyAnswerProblem("It is not an object.") }
        if let unknown = document.unknownName {
            throw ProxyAnswerProblem("It has the unknown member '\(unknown.prefix(100))'.")
        }
        guard !object.isEmpty else { throw ProxyAnswerProblem("It is empty.") }
        var answer = ProxyAnswer()
        if let status = value["statusCode"] { answer.status = try ProxyAnswerMembers.status(status) }
        answer.body = try ProxyAnswerMembers.body(value["body"])
        answer.isBase64Encoded = try ProxyAnswerMembers.isBase64Encoded(value["isBase64Encoded"])
        var headers = try multiValueHeaders(value["multiValueHeaders"])
        // What both have is sent once.
        let sent = Set(headers.map { "\($0.name.lowercased()): \($0.value)" })
        headers += try ProxyAnswerMembers.headers(value["headers"]).filter { name, text in
            !sent.contains("\(name.lowercased()): \(text)")
        }
        answer.headers = try ProxyAnswerMembers.checked(headers)
        if answer.header("content-type") == nil { answer.headers.append(("Content-Type", "application/json")) }
        return answer
    }

    private static func multiValueHeaders(
        _ value: JSON?
    ) throws(ProxyAnswerProblem) -> [(name: String, value: String)] {
        guard let value else { return [] }
        guard let members = value.object else { throw ProxyAnswerProblem("'multiValueHeaders' must be an object.") }
        var headers: [(name: String, value: String)] = []
        for (name, values) in members.sorted(by: { $0.key < $1.key }) where values != .null {
            guard let values = values.array else {
                throw ProxyAnswerProblem("The values of '\(name.prefix(100))' in 'multiValueHeaders' must be a list.")
            }
            for value in values {
                headers.append((name, try ProxyAnswerMembers.text(of: value, "multiValueHeaders")))
                guard headers.count <= ProxyAnswerMembers.countLimit else { throw ProxyAnswerMembers.tooMany }
            }
        }
        return headers
    }
}
