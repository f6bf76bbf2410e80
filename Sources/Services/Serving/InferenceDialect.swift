package import Definitions
import Encodings
import Foundation
package import NIOCore
package import Tensors

/// An API for inferences: which requests are meant for it, how a body becomes tensors, and how outputs and errors are worded.
///
/// Bytes go in and a response comes out. What happens in between is the same for every API: see
/// ``Serving/respond(to:body:start:completion:)``.
package protocol InferenceDialect: Sendable {
    /// Returns the inference that a request asks for; `nil` if the request is not one in this API.
    ///
    /// Called on an event loop for each POST request, so the path decides first.
    func call(_ head: InferenceHead) -> (any InferenceCall)?
}

/// A request whose body is collected in front of the router.
package protocol CollectedCall: AnyObject, Sendable {
    /// The maximum bytes of the body that the API allows; `nil` if only the server's limit applies.
    var bodyLimit: Int? { get }

    /// - Parameter error: Of any step, including those before the body is read.
    func encode(_ error: RoostError) -> InferenceResponse
}

/// One request for an inference. Its methods are called in order, never by two threads at once.
package protocol InferenceCall: CollectedCall {
    /// Larger bodies are decoded on the inference pool, because that would occupy an event loop for too long.
    var eventLoopBytes: Int { get }

    /// Returns the version of the pipeline that answers, and the variant if the request addresses variants.
    func route() throws(RoostError) -> InferenceRoute

    /// Reads the body into the tensors that the route expects.
    func decode(_ body: ByteBuffer, for route: InferenceRoute) throws(RoostError) -> DecodedInference

    func encode(_ result: InferenceResult, for route: InferenceRoute) -> InferenceResponse
}

/// What a body asks for.
package enum DecodedInference: Sendable {
    case run(InferenceRequest)
    /// There is nothing to run.
    case respond(InferenceResponse)
}

/// A response to a request for an inference.
package struct InferenceResponse: Sendable {
    /// The HTTP status.
    package var status: Int
    package var body: ByteBuffer
    /// Empty for none.
    package var contentType = "application/json"
    package var retryAfterSeconds: Int?
    /// Further headers, by name and value.
    package var headers: [(String, String)] = []

    package init(status: Int, body: ByteBuffer) {
        self.status = status
        self.body = body
    }

    package init(status: Int, json: borrowing JSONWriter) {
        self.init(status: status, body: ByteBuffer(json))
    }

    /// Creates the response to a request that failed.
    package init(_ error: RoostError, body: ByteBuffer) {
        self.init(status: error.httpStatus, body: body)
        if error.code == .busy || error.code == .unavailable { retryAfterSeconds = 1 }
    }
}

extension ByteBuffer {
    package init(_ writer: borrowing JSONWriter) {
        self = ByteBufferAllocator().buffer(capacity: writer.count)
        writer.withBytes { _ = writeBytes($0) }
    }
}

/// The head of a request, as bytes that are only valid during the call that receives it.
package struct InferenceHead {
    /// A header, without the white space around its value.
    package struct Field {
        package let name: UnsafeRawBufferPointer
        package let value: UnsafeRawBufferPointer

        package init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
            self.name = name
            self.value = value
        }

        /// - Parameter other: In lower case.
        @inline(__always)
        package func isNamed(_ other: StaticString) -> Bool {
            guard name.count == other.utf8CodeUnitCount else { return false }
            return name.isEqualIgnoringCase(to: UnsafeRawBufferPointer(start: other.utf8Start, count: name.count))
        }

        package var text: String { String(decoding: value, as: UTF8.self) }
    }

    /// The path without the query, percent-encoded.
    package let path: UnsafeRawBufferPointer
    /// The part after the question mark, percent-encoded.
    package let query: UnsafeRawBufferPointer
    package let fields: UnsafeBufferPointer<Field>

    package init(path: UnsafeRawBufferPointer, query: UnsafeRawBufferPointer, fields: UnsafeBufferPointer<Field>) {
        self.path = path
        self.query = query
        self.fields = fields
    }

    /// Returns the value of the first header with a name that is only known at run time.
    package func value(of name: String) -> String? {
        var name = name
        return name.withUTF8 { name in
            let name = UnsafeRawBufferPointer(name)
            return fields.first { $0.name.count == name.count && $0.name.isEqualIgnoringCase(to: name) }?.text
        }
    }

    /// Returns what a path has between a fixed beginning and end, such as `/v1/pipelines/` and `/infer`; `nil` if the path differs.
    @inline(__always)
    package func pathPart(after prefix: StaticString, before suffix: StaticString) -> UnsafeRawBufferPointer? {
        let (first, last) = (prefix.utf8CodeUnitCount, suffix.utf8CodeUnitCount)
        guard path.count > first + last, let base = path.baseAddress,
            memcmp(base, prefix.utf8Start, first) == 0,
            memcmp(base + path.count - last, suffix.utf8Start, last) == 0
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: path[first..<(path.count - last)])
    }

    /// Returns a segment of the path, percent-decoded; `nil` if there are several.
    package static func segment(_ bytes: UnsafeRawBufferPointer) -> String? {
        var isEncoded = false
        for byte in bytes {
            if byte == UInt8(ascii: "/") { return nil }
            if byte == UInt8(ascii: "%") { isEncoded = true }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return isEncoded ? text.percentDecoded : text
    }

    /// Returns the parameters of the query by name.
    ///
    /// - Throws: ``RoostError`` about an unknown one: it may be meant to change the response, so it is not ignored.
    package func parameters(known: [String]) throws(RoostError) -> [String: String] {
        guard !query.isEmpty else { return [:] }
        return try Self.parameters(of: String(decoding: query, as: UTF8.self), known: known)
    }

    package static func parameters(of query: String, known: [String]) throws(RoostError) -> [String: String] {
        var found: [String: String] = [:]
        for part in query.split(separator: "&") {
            let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = pieces[0].percentDecoded
            guard known.contains(name) else {
                throw RoostError(
                    .invalidInput,
                    "Unknown query parameter '\(name.prefix(40))'. "
                        + (known.isEmpty
                            ? "This operation takes none." : "Expected one of: \(known.joined(separator: ", "))."),
                    field: name
                )
            }
            found[name] = pieces.count > 1 ? pieces[1].percentDecoded : ""
        }
        return found
    }
}

extension UnsafeRawBufferPointer {
    /// Compares ASCII bytes of the same number.
    @inline(__always)
    fileprivate func isEqualIgnoringCase(to other: UnsafeRawBufferPointer) -> Bool {
        for index in indices where self[index] != other[index] {
            // Only letters have two cases, which differ in one bit.
            guard self[index] | 0x20 == other[index] | 0x20, (0x61...0x7A).contains(self[index] | 0x20) else {
                return false
            }
        }
        return true
    }
}
