package import Foundation

/// A call of an API.
package struct GatewayRequest: Sendable {
    package var method: String
    /// The API's ID.
    package var api: String
    /// As it was sent, percent-encoded: the stage and the path in it.
    package var path: String
    /// As it was sent, percent-encoded.
    package var query: String
    package var headers: [(name: String, value: String)]
    package var body: Data
    /// The `Host` that the client called.
    package var host: String
    package var sourceAddress: String
    package var isSecure: Bool

    package init(
        method: String,
        api: String,
        path: String,
        query: String = "",
        headers: [(name: String, value: String)] = [],
        body: Data = Data(),
        host: String,
        sourceAddress: String,
        isSecure: Bool = false
    ) {
        self.method = method
        self.api = api
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.host = host
        self.sourceAddress = sourceAddress
        self.isSecure = isSecure
    }
}

package struct GatewayResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: Data

    package init(status: Int, headers: [(name: String, value: String)] = [], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of a header.
    ///
    /// - Parameter name: In lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    mutating func setDefault(_ name: String, _ value: String) {
        if header(name.lowercased()) == nil { headers.append((name, value)) }
    }
}

/// What a function returned, or the error that it raised.
package struct FunctionResult: Sendable {
    package let payload: Data
    package let isError: Bool

    package init(payload: Data, isError: Bool) {
        self.payload = payload
        self.isError = isError
    }
}

/// Runs a function, given by its name or its ARN, maybe with a qualifier. Returns `nil` if it takes longer than `timeLimit`, after
/// which it is left to itself. Throws if it is missing, throttled or unavailable.
package typealias InvokeFunction =
    @Sendable (_ function: String, _ event: Data, _ timeLimit: Duration) async throws -> FunctionResult?

/// Writes a line to a function's log.
package typealias NoteForFunction = @Sendable (_ function: String, _ line: String) async -> Void
