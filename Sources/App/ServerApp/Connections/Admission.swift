import HTTPTypes
import NIOHTTP1

/// The condition under which the guard let in a request that a web page of another origin may have sent.
///
/// Only S3 and public routes may handle such a request, and they check the condition before they do anything else. The connection
/// tells the router with a header, which it removes from all requests of clients.
enum Admission: String, Sendable {
    /// It must have a valid signature, which no page can make.
    case signature
    /// A rule of what it asks for must allow its origin and method.
    case rule
    /// It is a preflight request, which does nothing. The rules decide its response.
    case preflight

    static let header: StaticString = "roost-admission"

    private static let name = "\(header)"
    private static let fieldName = HTTPField.Name(name)

    /// Reads the admission of a request that the guard let in; `nil` if it comes from no other origin.
    init?(of request: HTTPFields) {
        guard let text = Self.fieldName.flatMap({ request[$0] }) else { return nil }
        // A value that is not known must not pass for none.
        self = Admission(rawValue: text) ?? .rule
    }

    /// Notes an admission in the head of a request, in place of anything that the client wrote there.
    static func note(_ admission: Admission?, in head: inout HTTPRequestHead, _ facts: RequestHeadFacts) {
        if facts.claimsAdmission { head.headers.remove(name: name) }
        if let admission { head.headers.add(name: name, value: admission.rawValue) }
    }
}
