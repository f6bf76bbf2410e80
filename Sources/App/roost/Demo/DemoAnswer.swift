import Foundation

/// What the demo reads from the result of an inference.
struct DemoAnswer: Decodable {
    struct Failure: Decodable {
        var expr: String
        /// The rows that fail; `nil` if there is one row.
        var rows: [Int]?
    }

    var modelName: String
    /// Nanoseconds in the server.
    var elapsed: Double
    var outputs: [DemoOutput]
    var shadowData: [String: [DemoOutput]]?
    var checkFailures: [[String: Failure]]

    static func decode(_ data: Data) throws -> DemoAnswer { try decoder.decode(DemoAnswer.self, from: data) }

    fileprivate static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}

/// What the demo reads from an entry of the log.
struct DemoEntry: Decodable {
    var id: String
    var modelName: String
    var role: String
    var valid: Bool
    var outputs: [DemoOutput]

    /// Decodes JSON Lines.
    static func decode(lines: Data) throws -> [DemoEntry] {
        try lines.split(separator: UInt8(ascii: "\n")).map { try DemoAnswer.decoder.decode(DemoEntry.self, from: $0) }
    }
}

/// The numbers of an output, which is an object with the name of its type as its only key.
struct DemoOutput: Decodable {
    private struct Values: Decodable {
        var data: [Double]
    }

    var numbers: [Double]

    init(from decoder: any Decoder) throws {
        numbers = try decoder.singleValueContainer().decode([String: Values].self).values.first?.data ?? []
    }
}
