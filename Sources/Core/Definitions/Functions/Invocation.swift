package import Foundation

/// An event for a function.
package struct FunctionEvent: Sendable {
    /// The largest event and the largest result, in bytes.
    package static let payloadLimit = 6_291_456
    package static let resultLimit = 6_291_556

    /// The largest event that nobody waits for.
    package static let queuedPayloadLimit = 1 << 20

    /// A JSON document.
    package var payload: Data
    /// A JSON document for the function's context.
    package var clientContext: String?
    /// The name under which the function was invoked, for its context.
    package var invokedARN: String?
    /// Whether the caller wants the end of the log.
    package var wantsLog = false

    package init(payload: Data) { self.payload = payload }
}

/// What came of an event.
package struct FunctionOutcome: Sendable {
    /// The function's result, or a description of its error, as a JSON document.
    package var payload: Data
    /// Whether the function failed.
    package var isError: Bool
    /// The version that handled the event.
    package var version: String
    /// The end of the log of this invocation, if it was wanted.
    package var log: Data?

    package init(payload: Data, isError: Bool, version: String, log: Data? = nil) {
        self.payload = payload
        self.isError = isError
        self.version = version
        self.log = log
    }
}

/// An event that was accepted, to be handled later.
package struct QueuedEvent: Sendable, Codable, Equatable {
    package enum State: String, Sendable, Codable {
        case waiting
        /// A process has got it.
        case running
        /// It was not handled, for the reason that is recorded.
        case failed
    }

    package let id: String
    package let function: String
    /// The identifier of the function, in case another one takes its name.
    package let functionID: String
    package let qualifier: String?
    package let acceptedAt: Date
    /// The size of the payload.
    package let byteCount: Int
    package var clientContext: String?
    package var invokedARN: String?
    package var state: State
    package var reason: String?

    package init(
        id: String,
        function: String,
        functionID: String,
        qualifier: String?,
        acceptedAt: Date,
        byteCount: Int,
        state: State = .waiting,
        reason: String? = nil
    ) {
        self.id = id
        self.function = function
        self.functionID = functionID
        self.qualifier = qualifier
        self.acceptedAt = acceptedAt
        self.byteCount = byteCount
        self.state = state
        self.reason = reason
    }
}
