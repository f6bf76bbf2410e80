package import Foundation

/// Credentials that expire: a key, its secret, and the token that clients send along with it.
package struct SessionCredentials: Sendable {
    package let accessKey: String
    package let secret: String
    package let token: String
    package let expiresAt: Date

    package init(accessKey: String, secret: String, token: String, expiresAt: Date) {
        self.accessKey = accessKey
        self.secret = secret
        self.token = token
        self.expiresAt = expiresAt
    }
}
