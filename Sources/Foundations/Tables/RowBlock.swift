/// The rows of a part of a file, dense or sparse.
package struct RowBlock: Sendable {
    package var rowCount = 0
    package var lineCount = 0
    /// One per row.
    package var labels: [Float] = []
    /// One per row; empty if no row has a weight.
    package var weights: [Float] = []
    /// The values, row by row.
    package var values: [Float] = []
    /// For sparse rows: the column of each value, and the index at which each row's values end.
    package var columns: [UInt32] = []
    package var ends: [Int] = []
    /// The queries of the rows that have one.
    package var queries: [UInt64] = []
    /// Why reading stopped before the end.
    package var problem: RowProblem?

    package init() {}
}
