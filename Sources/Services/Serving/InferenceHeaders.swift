package import Definitions

/// What Roost's own headers say about an inference, in every API that has them.
package struct InferenceHeaders: Sendable {
    package static let idHeader = "x-roost-inference-id"

    private var id: String?
    private var keys: [String: String] = [:]

    /// - Parameter keys: The keys of the pipeline that the request names, which clients may also send as headers.
    package init(_ head: InferenceHead, keys: [String]) {
        // An empty header counts as absent.
        for field in head.fields where field.isNamed("x-roost-inference-id") && !field.value.isEmpty && id == nil {
            id = field.text
        }
        for key in keys { self.keys[key] = head.value(of: key) }
    }

    /// Returns the inference's id: the one in the body, else the one in the header, else a new one.
    package func id(inBody given: String? = nil) throws(RoostError) -> String {
        if let given { return try Self.checked(given, field: "id") }
        if let id { return try Self.checked(id, field: "X-Roost-Inference-Id") }
        return InferenceID.make()
    }

    private static func checked(_ id: String, field: String) throws(RoostError) -> String {
        guard (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw RoostError(.invalidInput, "An inference id must be 1 to 128 visible ASCII characters.", field: field)
        }
        return id
    }

    /// Takes keys that are missing from the body from the headers.
    package func complete(_ values: [String?], of names: [String]) -> [String?] {
        if names.isEmpty { return values }
        return zip(names, values).map { $1 ?? keys[$0] }
    }
}
