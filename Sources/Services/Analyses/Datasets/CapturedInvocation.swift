import Encodings
import Foundation
import Tables
import Tensors

/// A line of what an endpoint captured: a request and its response.
struct CapturedInvocation {
    /// A request's or a response's body.
    struct Part: Equatable {
        var text = ""
        var encoding = "CSV"
        var contentType: String?
    }

    private(set) var id: String?
    /// The ID that the caller gave it.
    private(set) var inferenceID: String?
    private(set) var time: Date?
    private(set) var input: Part?
    private(set) var output: Part?

    /// The ID by which its label is found.
    var labelID: String? { inferenceID ?? id }

    init(line: UnsafeRawBufferPointer) throws(JSONError) {
        var cursor = try JSONCursor(line)
        try cursor.expect(UInt8(ascii: "{"), "an object with 'captureData' and 'eventMetadata'")
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "captureData": try readData(&cursor)
            case "eventMetadata": try readMetadata(&cursor)
            default: try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
    }

    private mutating func readData(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "an object")
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "endpointInput": input = try Self.part(&cursor)
            case "endpointOutput": output = try Self.part(&cursor)
            default: try cursor.skipValue()
            }
        }
    }

    private static func part(_ cursor: inout JSONCursor) throws(JSONError) -> Part {
        var part = Part()
        var first = true
        var name = ""
        try cursor.expect(UInt8(ascii: "{"), "an object with 'data' and 'encoding'")
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "data": part.text = try cursor.readString()
            case "encoding": part.encoding = try cursor.readString()
            case "observedContentType": if try !cursor.takeNull() { part.contentType = try cursor.readString() }
            default: try cursor.skipValue()
            }
        }
        return part
    }

    private mutating func readMetadata(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "an object with 'eventId'")
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "eventId": id = try cursor.readString()
            case "inferenceId": if try !cursor.takeNull() { inferenceID = try cursor.readString() }
            case "inferenceTime": time = RFC3339.date(try cursor.readString())
            default: try cursor.skipValue()
            }
        }
    }
}

extension CapturedInvocation.Part {
    /// Why a body is not a table.
    struct Problem: Error, Equatable {
        let text: String
    }

    /// Reads the body as rows.
    ///
    /// - Parameter path: The path of names to the part of a JSON body that is read.
    func body(path: [String] = []) throws(Problem) -> DataBody {
        switch encoding {
        case "CSV": return try Self.csv(Array(text.utf8))
        case "JSON": return try Self.json(Array(text.utf8), path)
        case "BASE64":
            guard let bytes = Data(base64Encoded: text) else { throw Problem(text: "is not valid base64") }
            let type = (contentType ?? "text/csv").lowercased()
            if type.contains("json") { return try Self.json(Array(bytes), path) }
            guard type.hasPrefix("text/csv"), String(validating: bytes, as: UTF8.self) != nil else {
                throw Problem(text: "is neither CSV nor JSON, but \(type.prefix(80))")
            }
            return try Self.csv(Array(bytes))
        default: throw Problem(text: "has the unknown encoding '\(encoding.prefix(40))'")
        }
    }

    private static func csv(_ bytes: [UInt8]) throws(Problem) -> DataBody {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(CSVProblem) in
                var records = CSVRecords(bytes)
                var rows: [DataRow] = []
                var fields: [String?] = []
                while try records.next(into: &fields) { rows.append(DataRow(unnamed: fields)) }
                return rows
            }
        }
        let rows: [DataRow]
        do throws(CSVProblem) {
            rows = try result.get()
        } catch {
            throw Problem(text: "\(error)" + (error.line > 1 ? ", in its line \(error.line)" : ""))
        }
        return rows.count == 1 ? .list(name: nil, rows[0].unnamed) : .rows(rows)
    }

    private static func json(_ bytes: [UInt8], _ path: [String]) throws(Problem) -> DataBody {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try JSONTable(path: path).body(bytes) }
        }
        switch result {
        case .success(let body): return body
        case .failure(let error): throw Problem(text: "is not valid JSON: \(error)")
        }
    }
}
