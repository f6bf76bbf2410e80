/// A function that runs before the models or after them.
///
/// Before the models, it gets the body of the request, and returns the body that the first model is given. After them, it gets
/// the outputs by their names, and what it returns is part of the response.
public struct FunctionStep: Sendable, Hashable, Codable {
    public var name: String
    /// A version or an alias; `nil` for the unpublished version.
    public var version: String?

    public init(name: String, version: String? = nil) {
        self.name = name
        self.version = version
    }

    /// Decodes `NAME` or `NAME@VERSION`.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty, parts.count == 1 || !parts[1].isEmpty else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "'\(text.prefix(80))' is not a valid function. Expected NAME or NAME@VERSION"
                )
            )
        }
        self.init(name: parts[0], version: parts.count > 1 ? parts[1] : nil)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension FunctionStep: CustomStringConvertible {
    public var description: String { version.map { "\(name)@\($0)" } ?? name }
}
