/// IDs of API Gateway: random lowercase letters and digits.
enum GatewayID {
    private static let characters = Array("abcdefghijklmnopqrstuvwxyz0123456789")

    static func random(_ length: Int) -> String {
        String((0..<length).map { _ in characters[Int.random(in: 0..<characters.count)] })
    }

    /// The ID of an API, which begins with a letter because it is also the label of a host.
    static func api() -> String { String(characters[Int.random(in: 0..<26)]) + random(9) }
}
