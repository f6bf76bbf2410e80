import Definitions
import Encodings
import Tensors

/// The query of an inference request, which is handled before the router.
enum InferenceQuery {
    /// Returns how to write numbers that JSON cannot represent.
    static func nonFinite(_ query: String) throws(RoostError) -> JSONWriter.NonFinite {
        guard let text = try check(query, known: ["non_finite"])["non_finite"] else { return .null }
        guard let choice = JSONWriter.NonFinite(rawValue: text) else {
            let known = JSONWriter.NonFinite.allCases.map(\.rawValue).joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                "Unknown value '\(text.prefix(40))' for 'non_finite'. Expected one of: \(known).",
                field: "non_finite"
            )
        }
        return choice
    }

    /// Checks that all parameters are known. An unknown one may be meant to change the response, so it is not ignored.
    ///
    /// - Returns: The parameters by name.
    @discardableResult
    static func check(_ query: String, known: [String]) throws(RoostError) -> [String: String] {
        guard !query.isEmpty else { return [:] }
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
