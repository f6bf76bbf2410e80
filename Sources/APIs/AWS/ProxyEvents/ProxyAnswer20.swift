package import Foundation

/// Reads a function's answer in payload format 2.0.
package enum ProxyAnswer20 {
    package static let expected =
        #"{"statusCode": 200, "headers": {…}, "cookies": […], "body": "text"}, or any JSON value"#

    /// - Parameter payload: Without `statusCode`, it is itself the body of the response.
    package static func read(_ payload: Data) throws(ProxyAnswerProblem) -> ProxyAnswer {
        let document = try ProxyAnswerDocument(
            payload,
            names: ["statusCode", "headers", "cookies", "body", "isBase64Encoded"]
        )
        let value = document.members
        var answer = ProxyAnswer()
        guard let status = value["statusCode"] else {
            answer.headers = [("content-type", "application/json")]
            answer.body = document.text.map { Data($0.utf8) } ?? payload
            return answer
        }
        answer.status = try ProxyAnswerMembers.status(status)
        answer.body = try ProxyAnswerMembers.body(value["body"])
        if try ProxyAnswerMembers.isBase64Encoded(value["isBase64Encoded"]) { try answer.decodeBody() }
        var headers = try ProxyAnswerMembers.headers(value["headers"])
        if let cookies = value["cookies"] {
            guard let list = cookies.array?.compactMap(\.string), list.count == cookies.array?.count else {
                throw ProxyAnswerProblem("'cookies' must be a list of strings.")
            }
            guard list.count <= ProxyAnswerMembers.countLimit else { throw ProxyAnswerMembers.tooMany }
            headers += list.map { ("set-cookie", $0) }
        }
        answer.headers = try ProxyAnswerMembers.checked(headers)
        if answer.header("content-type") == nil { answer.headers.append(("content-type", "application/json")) }
        return answer
    }
}
