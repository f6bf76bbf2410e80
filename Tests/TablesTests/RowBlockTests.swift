import Tables
import Testing

@Suite("Blocks of libsvm")
struct RowBlockTests {
    private func block(_ text: String) -> RowBlock {
        Array(text.utf8).withUnsafeBufferPointer { RowBlock(libsvm: $0) }
    }

    @Test("rows keep their columns, weights and queries")
    func rows() {
        let block = block("3 qid:8 1:1.5 4:2\r\n# nothing\n\n1:0.5 0:nan # end\n")
        #expect(block.rowCount == 2 && block.lineCount == 4 && block.problem == nil)
        #expect(block.labels == [3, 1] && block.weights == [1, 0.5] && block.queries == [8])
        #expect(block.columns == [1, 4, 0] && block.ends == [2, 3])
        #expect(Array(block.values[..<2]) == [1.5, 2] && block.values[2].isNaN)
    }

    @Test(
        "a problem has its row, line and word",
        arguments: [
            ("1 0:1\n\nx 0:1", 2, 3, .label("x")), ("inf 0:1", 1, 1, .labelNotFinite("inf")),
            ("1:-1 0:1", 1, 1, .weight("1:-1")), ("1 qid:x", 1, 1, .query("qid:x")),
            ("1 quid:1", 1, 1, .pair("quid:1")),
            ("1 2", 1, 1, .pair("2")), ("1 -1:2", 1, 1, .pair("-1:2")), ("1 0:1z", 1, 1, .value("0:1z")),
            ("1 0:1e60", 1, 1, .infiniteValue("0:1e60")),
            ("1 2000000000:1", 1, 1, .column("2000000000:1", limit: 100_000_000)),
            ("1 300000000", 1, 1, .column("300000000", limit: 100_000_000)), ("1,2,3", 1, 1, .looksLikeCSV),
        ] as [(String, Int, Int, LibsvmFault)]
    )
    func problems(_ text: String, _ row: Int, _ line: Int, _ fault: LibsvmFault) {
        #expect(block(text).problem == RowProblem(row: row, line: line, .libsvm(fault)))
    }
}
