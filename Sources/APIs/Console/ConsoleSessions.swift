import Crypto
import Definitions
import Encodings
import Foundation

/// Sessions of browsers, which bind the forms of a page to the browser that loaded it.
///
/// A session is a random cookie. It says nothing about who asks: whoever may use the API may use the console. Each form carries a
/// token that only this server can make for the session, so a page of another origin cannot send a form that is accepted, even if
/// it got past the guard of the connections.
struct ConsoleSessions: Sendable {
    private static let cookieName = "roost-console"
    /// Lives as long as the server's process.
    private let secret = SymmetricKey(size: .bits256)

    /// Returns the session of a request, or a new one.
    func session(of request: ConsoleRequest) -> (session: String, isNew: Bool) {
        if let session = Self.session(in: request) { return (session, false) }
        let bytes = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
        return (bytes.hexadecimal, true)
    }

    func cookie(_ session: String) -> String {
        "\(Self.cookieName)=\(session); Path=/; HttpOnly; SameSite=Strict"
    }

    /// The token of a session's forms.
    func token(of session: String) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(session.utf8), using: secret).hexadecimal
    }

    /// - Throws: ``RoostError`` if a form was not made for the session of the request.
    func check(_ request: ConsoleRequest) throws(RoostError) {
        let stale = RoostError(
            .forbidden,
            "This form is not from a page of this browser and this run of the server. Nothing was changed. Go back, reload the "
                + "page, and try again."
        )
        guard let session = Self.session(in: request),
            let token = [UInt8](hexadecimal: request.form["token"] ?? "")
        else { throw stale }
        // Compares in constant time.
        guard HMAC<SHA256>.isValidAuthenticationCode(token, authenticating: Data(session.utf8), using: secret) else {
            throw stale
        }
    }

    private static func session(in request: ConsoleRequest) -> String? {
        guard let session = request.cookie(cookieName) else { return nil }
        return session.utf8.count == 32 && session.allSatisfy(\.isHexDigit) ? session : nil
    }
}
