import Definitions
import Foundation

/// The JSON of the files of SageMaker Model Monitor.
enum MonitorJSON {
    /// - Parameter file: Its name, for messages.
    /// - Throws: ``RoostError`` if it is not JSON, or if a field is missing or of another type.
    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data, file: String) throws(RoostError) -> Value
    {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw RoostError(decoding: error, of: file)
        } catch {
            throw RoostError(.invalidInput, "\(file) is not valid JSON.", field: file)
        }
    }

    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
