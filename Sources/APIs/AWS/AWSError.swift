/// An error with the code and the message that AWS clients match on.
package struct AWSError: Error, Equatable, CustomStringConvertible {
    package let code: String
    package let message: String
    package let status: Int
    /// What the error's document says besides its code and message, for services that speak REST.
    package var members: [String: JSON] = [:]

    package init(_ code: String, _ message: String, status: Int = 400) {
        self.code = code
        self.message = message
        self.status = status
    }

    package static func validation(_ message: String) -> AWSError { AWSError("ValidationException", message) }

    package var description: String { "\(code): \(message)" }
}
