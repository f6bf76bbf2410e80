import Definitions
import Foundation
import Tables
import Tensors

/// Reads the texts, or the words of a vocabulary, of a file.
struct TextReader {
    let format: TextSource.Format
    /// The name of the member or column that has them, or the number of the column; `nil` for the only one.
    let column: String?
    /// Whether the members of a JSON object are the words.
    let isVocabulary: Bool
    /// The name of the source in the request.
    let field: String

    /// Calls `take` with each text. Blocks.
    ///
    /// - Throws: ``RoostError`` that names the place of what cannot be read.
    func read(_ data: Data, _ take: (TextSource.Text) throws -> Void) throws {
        switch format {
        case .lines:
            try forEachLine(data) { line, _ in try take(.string(String(decoding: line, as: UTF8.self))) }
        case .csv: try data.withUnsafeBytes { try readCSV($0, take) }
        case .json:
            guard !data.isEmpty else { return }
            do {
                try data.withUnsafeBytes { bytes in
                    var cursor = try JSONCursor(bytes)
                    try readDocument(&cursor, take)
                    try cursor.expectEnd()
                }
            } catch let error as JSONError {
                throw RoostError(
                    .invalidInput,
                    "\(error). A file with a JSON document in each line is named .jsonl, or has the format 'json_lines'.",
                    field: field
                )
            }
        case .jsonLines:
            try forEachLine(data) { line, number in
                do {
                    try line.withUnsafeBytes { bytes in
                        var cursor = try JSONCursor(bytes)
                        try readText(&cursor, take)
                        try cursor.expectEnd()
                    }
                } catch let error as JSONError {
                    throw RoostError(.invalidInput, "Line \(number): \(error).", field: field)
                }
            }
        }
    }

    /// Calls `body` with each line that is not blank, and its number from 1.
    private func forEachLine(_ data: Data, _ body: (Data, Int) throws -> Void) throws {
        var start = data.startIndex
        var number = 0
        while start < data.endIndex {
            let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
            number += 1
            var line = data[start..<end]
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { try body(line, number) }
            start = end < data.endIndex ? end + 1 : end
        }
    }

    // MARK: JSON

    private func readDocument(_ cursor: inout JSONCursor, _ take: (TextSource.Text) throws -> Void) throws {
        switch cursor.peek() {
        case UInt8(ascii: "["):
            try cursor.expect(UInt8(ascii: "["), "'['")
            var first = true
            while try cursor.nextElement(first: &first) { try readText(&cursor, take) }
        case UInt8(ascii: "{") where isVocabulary:
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var word = ""
            var first = true
            while try cursor.nextKey(first: &first, into: &word) {
                _ = try cursor.readDouble()
                try take(.string(word))
            }
        default:
            throw cursor.unexpected(
                isVocabulary ? "a list, or an object with words and their positions" : "a list of texts"
            )
        }
    }

    /// Reads a text, or an object that has it in a member.
    private func readText(_ cursor: inout JSONCursor, _ take: (TextSource.Text) throws -> Void) throws {
        guard cursor.peek() == UInt8(ascii: "{") else { return try readValue(&cursor, take) }
        guard let column else {
            throw RoostError(
                .invalidInput,
                "The texts are in objects. Say which member has them with 'column'.",
                field: "\(field).column"
            )
        }
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var name = ""
        var first = true
        while try cursor.nextKey(first: &first, into: &name) {
            if name == column { try readValue(&cursor, take) } else { try cursor.skipValue() }
        }
    }

    private func readValue(_ cursor: inout JSONCursor, _ take: (TextSource.Text) throws -> Void) throws {
        if try cursor.takeNull() { return }
        guard cursor.peek() == UInt8(ascii: "[") else { return try take(.string(cursor.readString())) }
        try cursor.expect(UInt8(ascii: "["), "'['")
        var tokens: [String] = []
        var first = true
        while try cursor.nextElement(first: &first) { tokens.append(try cursor.readString()) }
        try take(.tokens(tokens))
    }

    // MARK: CSV

    private func readCSV(_ bytes: UnsafeRawBufferPointer, _ take: (TextSource.Text) throws -> Void) throws {
        var records = CSVRecords(bytes, isRectangular: true)
        var fields: [String?] = []
        func next() throws -> Bool {
            do throws(CSVProblem) {
                return try records.next(into: &fields)
            } catch {
                throw RoostError(
                    .invalidInput,
                    "The record in line \(error.line) \(error).",
                    field: field
                )
            }
        }
        guard try next() else { return }
        var place = 0
        if let column, let number = Int(column) {
            place = number
        } else if let column {
            guard let found = fields.firstIndex(of: column) else {
                let names = fields.prefix(50).map { $0 ?? "" }.joined(separator: ", ").prefix(1000)
                throw RoostError(
                    .invalidInput,
                    "Unknown column '\(column.prefix(80))'. The header has: \(names).",
                    field: "\(field).column"
                )
            }
            place = found
            guard try next() else { return }
        } else if fields.count != 1 {
            throw RoostError(
                .invalidInput,
                "The file has \(fields.count) columns. Say which one with 'column': its name, or its number from 0.",
                field: "\(field).column"
            )
        }
        repeat {
            guard fields.indices.contains(place) else {
                throw RoostError(
                    .invalidInput,
                    "Line \(records.line) has \(fields.count) fields, so it has no column \(place).",
                    field: "\(field).column"
                )
            }
            if let text = fields[place] { try take(.string(text)) }
        } while try next()
    }
}
