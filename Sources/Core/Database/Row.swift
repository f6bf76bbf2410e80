import Foundation
import GRDB

/// A row of a result. Its columns are read by name, as the type that the schema gives them.
package struct Row {
    private let row: GRDB.Row

    init(_ row: GRDB.Row) { self.row = row }

    package subscript(column: String) -> String { row[column] }
    package subscript(column: String) -> String? { row[column] }
    package subscript(column: String) -> Int { row[column] }
    package subscript(column: String) -> Int64 { row[column] }
    package subscript(column: String) -> Double { row[column] }
    /// `nil` for what is not a number, too: it may come from a document.
    package subscript(column: String) -> Double? { Double.fromDatabaseValue(row[column]) }
    package subscript(column: String) -> Bool { row[column] }
    package subscript(column: String) -> [UInt8] { [UInt8](row[column] as Data) }
}
