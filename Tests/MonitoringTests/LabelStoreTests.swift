import Definitions
import Encodings
import Foundation
import TestSupport
import Testing

@testable import Monitoring

@Suite("Labels and the inferences that they are about")
struct LabelStoreTests {
    private static func label(_ id: String, _ number: Double, row: Int? = nil, time: Int64 = 0) -> Label {
        Label(.id(id), row: row, .one(.number(number)), time: time)
    }

    private static func labels(_ store: LabelStore) -> [Label] {
        var found: [Label] = []
        store.forEach(of: "p") { found.append($0) }
        return found
    }

    @Test("labels stay in order over files, and damaged lines are skipped")
    func files() throws {
        try withTemporaryFolder { folder in
            let store = LabelStore(dataFolder: folder)
            try store.append([Self.label("a", 1), Self.label("b", 2)], of: "p")
            try FileManager.default.createDirectory(atPath: "\(folder)/labels/q", withIntermediateDirectories: true)
            let first = try #require(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/labels/p").first)
            let path = "\(folder)/labels/p/\(first)"
            var text = try String(contentsOfFile: path, encoding: .utf8)
            text +=
                "{\"time\":1,\"id\":\"x\"}\nnoise\n\u{0}\n{\"time\":99999999999999999999,\"id\":\"y\",\"label\":1}\n"
            text += "{\"time\":3,\"id\":\"c\",\"label\":3}\n{\"time\":4,\"id\":\"cut"
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            #expect(Self.labels(store).map(\.target) == [.id("a"), .id("b"), .id("c")])
            // A file that has grown is followed by another.
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.truncate(atOffset: 64 << 20)
            try file.close()
            try store.append([Self.label("d", 4)], of: "p")
            #expect(Self.labels(store).map(\.target) == [.id("a"), .id("b"), .id("c"), .id("d")])
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/labels/p").count == 2)
            // Deletion leaves the other lines as they are.
            #expect(try store.keep(of: "p") { $0.target != .id("b") } == 1)
            #expect(Self.labels(store).map(\.target) == [.id("a"), .id("c"), .id("d")])
            #expect(try store.keep(of: "none") { _ in false } == 0)
        }
    }

    @Test("a reader sees all labels of a body or none, also while there is no room for more")
    func atomicity() async throws {
        try await withTemporaryFolder { folder in
            let store = LabelStore(dataFolder: folder)
            let body = (0..<3000).map { Self.label("i\($0)", 1) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for _ in 0..<8 { try store.append(body, of: "p") } }
                group.addTask {
                    for _ in 0..<30 { #expect(Self.labels(store).count.isMultiple(of: body.count)) }
                }
                try await group.waitForAll()
            }
            #expect(Self.labels(store).count == 24_000)
        }
    }

    @Test("the first label of a row counts for evidence, the last for quality")
    func corrections() throws {
        let cases: [([Label], first: [Double?], last: [Double?])] = [
            ([Self.label("x", 1), Self.label("x", 0)], [1, 1], [0, 0]),
            ([Self.label("x", 1, row: 0), Self.label("x", 0, row: 0)], [1, nil], [0, nil]),
            ([Self.label("x", 1), Self.label("x", 0, row: 1)], [1, 1], [1, 0]),
            ([Self.label("x", 1, row: 1), Self.label("x", 0)], [0, 1], [0, 0]),
            ([Label(.id("x"), .rows([.number(2), .number(3)]), time: 0), Self.label("x", 9)], [2, 3], [9, 9]),
            ([Label(.id("x"), .rows([.number(2)]), time: 0)], [nil, nil], [nil, nil]),
        ]
        for (labels, first, last) in cases {
            var slot = LabelTable.Slot(labels[0])
            for label in labels.dropFirst() { slot.add(label) }
            func numbers(_ value: (Int) -> Label.Value?) -> [Double?] {
                (0..<2).map { row in if case .number(let number) = value(row) { number } else { nil } }
            }
            #expect(numbers { slot.firstValue(row: $0, of: 2) } == first)
            #expect(numbers { slot.value(row: $0, of: 2) } == last)
        }
        #expect(LabelTable.Slot(Self.label("x", 1, row: 2)).isAboutOtherRows(than: 2))
        #expect(!LabelTable.Slot(Self.label("x", 1, row: 1)).isAboutOtherRows(than: 2))
        #expect(!LabelTable.Slot(Self.label("x", 1)).isAboutOtherRows(than: 2))
    }

    @Test("a label joins the newest inference with its id, and waits for a limited time")
    func join() throws {
        let scene = try Scene.split([1, 1])
        var entries = ["a", "b", "a", "late", "a"].map { Entry($0) }
        for index in entries.indices { entries[index].time = Int64(index) * 1000 }
        entries[3].time = 5000
        let labels = [
            Self.label("a", 1, time: 9000), Self.label("late", 1, time: 1000), Self.label("gone", 1, time: 100),
            Self.label("coming", 1, time: 9000),
        ]
        try scene.withLog(entries, labels: labels, wait: 3000) { batches, table in
            #expect(table.repeatedIDs == 2)
            let found = (0..<5).map { table.slot(batches[0], index: 0, entry: $0) != nil }
            // The inference of `late` came more than 3 s after its label.
            #expect(found == [false, false, false, false, true])
            #expect(table.unmatched(now: 10_000) == (waiting: 1, dropped: 2))
            #expect(table.unmatched(now: .min) == (waiting: 3, dropped: 0))
            #expect(table.unmatched(now: .max) == (waiting: 0, dropped: 3))
        }
    }

    @Test("times at the ends of their range do no harm")
    func extremes() throws {
        let scene = try Scene.split([1, 1])
        var entry = Entry("a")
        for (time, other) in [(Int64.max, Int64.min + 1), (.min + 1, .max), (0, .min + 1), (.max, .max)] {
            entry.time = time
            try scene.withLog([entry], labels: [Self.label("a", 1, time: other)], wait: 1) { _, table in
                _ = table.unmatched(now: time)
            }
        }
    }

    @Test("a label of a key belongs to all its inferences")
    func keys() throws {
        let scene = try Scene.split([1, 1])
        var entries = ["1", "2", "3"].map { Entry($0) }
        entries[0].keys = ["user": 7]
        entries[1].keys = ["user": 7, "order": 1]
        entries[2].keys = ["order": 7]
        let label = Label(.key("user", hash: 7), .one(.number(1)), time: 0)
        let other = Label(.key("user", hash: 8), .one(.number(1)), time: 0)
        try scene.withLog(entries, labels: [label, other]) { batches, table in
            #expect((0..<3).map { table.slot(batches[0], index: 0, entry: $0) != nil } == [true, true, false])
            #expect(table.repeatedIDs == 0 && table.unmatched(now: 0) == (waiting: 1, dropped: 0))
        }
    }

    @Test("labels from before a window, and after its report, are left out")
    func window() throws {
        try withTemporaryFolder { folder in
            let store = LabelStore(dataFolder: folder)
            try store.append(
                [
                    Label(.key("user", hash: 7), .one(.number(0)), time: 1000),
                    Label(.key("user", hash: 7), .one(.number(1)), time: 90_000), Self.label("late", 1, time: 99_000),
                ],
                of: "p"
            )
            let table = LabelTable(store, of: "p", wait: 5000, start: 80_000, end: 99_000)
            // An earlier experiment's label of the same key is not this one's first.
            #expect(table.slots.map { $0.firstValue(row: 0, of: 1) } == [.number(1)])
            #expect(LabelTable(store, of: "p", wait: .max, start: .min).count == 3)
        }
    }
}
