import Foundation

/// A response of an operation.
package struct Reply: Sendable {
    package enum Status: Int, Sendable {
        case ok = 200
        case created = 201
        case accepted = 202
        case serviceUnavailable = 503
    }

    package enum Body: Sendable {
        case bytes([UInt8])
        /// Pieces, each read when the one before has been sent, and the number of their bytes if it is known.
        case stream(any AsyncSequence<[UInt8], any Error> & Sendable, byteCount: Int?)
        /// The contents of the file at a path.
        case file(String)
    }

    package let status: Status
    package let contentType: String
    package let body: Body

    package init(_ body: Body, contentType: String, status: Status = .ok) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package static func json(_ bytes: [UInt8], status: Status = .ok) -> Reply {
        Reply(.bytes(bytes), contentType: "application/json", status: status)
    }

    package static func json(encoding value: some Encodable, status: Status) throws -> Reply {
        .json(Array(try NativeCoding.encoder.encode(value)), status: status)
    }
}
