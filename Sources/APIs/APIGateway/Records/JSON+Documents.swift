import AWS
import Definitions
import Foundation

extension JSON {
    /// A document whose members have the names that AWS uses. Members that are `nil` are left out.
    init(_ document: some Encodable) {
        let encoded = (try? JSONEncoder().encode(document)) ?? Data()
        self = JSON(parsing: encoded) ?? .object([:])
    }

    /// Reads a document whose members have the names that AWS uses, after its types were checked.
    func decoded<Document: Decodable>(_ type: Document.Type) throws -> Document {
        do {
            return try JSONDecoder().decode(type, from: encoded)
        } catch {
            throw AWSError("SerializationException", "A member of the request has a wrong type.")
        }
    }

    /// A map of booleans.
    var flags: [String: Bool]? { object?.compactMapValues(\.bool) }
}

extension AWSCall {
    /// A string of the input.
    func text(_ name: String) -> String? { input[name]?.string }

    /// A string of the input that the model requires.
    func required(_ name: String) throws -> String { try input.required(name) }

    /// The time of the request in seconds since the epoch, as AWS's REST APIs write it.
    var seconds: Double { Double(time.milliseconds / 1000) }
}

/// A page of a list: the tokens are the position of the next page's first element.
enum GatewayPage {
    private static let maximum = 500

    static func cut(
        _ elements: [JSON],
        position: String?,
        limit: Int?,
        default standard: Int = 25
    ) throws -> (elements: [JSON], next: JSON?) {
        var start = 0
        if let position {
            guard let number = Int(position), (0...elements.count).contains(number) else {
                throw AWSError.badRequest("Invalid position parameter")
            }
            start = number
        }
        let count = limit ?? standard
        guard count > 0 else { throw AWSError.badRequest("Invalid limit parameter: it must be greater than 0.") }
        let end = min(elements.count, start + min(count, maximum))
        return (Array(elements[start..<end]), end < elements.count ? .string("\(end)") : nil)
    }
}
