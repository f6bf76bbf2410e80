import Encodings

/// The unique identifiers of roles and policies: four letters for the type, and 17 characters.
enum IAMIdentifier {
    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    private static let count = 17

    static func role() -> String { "AROA" + random() }

    static func policy() -> String { "ANPA" + random() }

    /// Returns an identifier that is always the same for a role that is not stored.
    static func role(of arn: String) -> String { "AROA" + derived(from: arn) }

    /// Returns an identifier that is always the same for a policy that is not stored.
    static func policy(of arn: String) -> String { "ANPA" + derived(from: arn) }

    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<count).compactMap { _ in characters.randomElement(using: &generator) })
    }

    private static func derived(from text: String) -> String {
        String((0..<count).map { characters[Int(StableHash.hash(text, salt: UInt64($0)) & 31)] })
    }
}
