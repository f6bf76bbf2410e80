import Definitions
import Foundation
import Serving
import TestSupport
import Testing

@testable import TimeSeries

@Suite("Points in memory and on disk")
struct PointStoreTests {
    private static let minute: Int64 = 1_764_446_400
    private static let owner = PointStore.Owner(pipeline: "p", createdAt: 5)

    private static func counts(_ requests: Int) -> TrafficCounts {
        var counts = TrafficCounts()
        counts.clientErrors = requests
        return counts
    }

    private static func requests(
        _ store: PointStore,
        _ owner: PointStore.Owner = owner,
        variant: String? = nil,
        from start: Int64 = 0
    ) -> Int {
        var sum = 0
        for chunk in store.chunks(of: owner, variant: variant, from: start, before: .max) {
            chunk.forEach(step: store.resolution.step) { _, counts in sum += counts.requests }
        }
        return sum
    }

    @Test("points are added in any order, and expire")
    func order() {
        var store = PointStore(.coarse)
        for time in [Self.minute, Self.minute - 86_400, Self.minute + 60, Self.minute] {
            store.append(Self.counts(1).encoded, of: Self.owner, variant: nil, at: time)
        }
        #expect(Self.requests(store) == 4)
        #expect(Self.requests(store, from: Self.minute - 3600) == 3)
        store.expire(at: Self.minute + 7 * 86_400)
        #expect(Self.requests(store) == 3)
        store.expire(at: Self.minute + 8 * 86_400)
        #expect(Self.requests(store) == 0)
        #expect(store.byteCount == 0)
        #expect(store.owners == [])
    }

    @Test("a later pipeline of the same name begins empty")
    func owners() {
        var store = PointStore(.fine)
        store.append(Self.counts(1).encoded, of: Self.owner, variant: "A", at: Self.minute)
        let later = PointStore.Owner(pipeline: "p", createdAt: 6)
        #expect(Self.requests(store, later) == 0)
        store.append(Self.counts(2).encoded, of: later, variant: "A", at: Self.minute)
        #expect(Self.requests(store, later, variant: "A") == 2)
        #expect(Self.requests(store) == 0)
        store.remove(Self.owner)
        #expect(store.variants(of: later, since: 0) == ["A"])
        store.remove(later)
        #expect(store.byteCount == 0)
    }

    @Test("memory is bounded: the oldest points go first")
    func memory() {
        var resolution = PointStore.Resolution.coarse
        resolution.byteLimit = 20_000
        var store = PointStore(resolution)
        for hour in 0..<100 {
            for pipeline in 0..<10 {
                let owner = PointStore.Owner(pipeline: "p\(pipeline)", createdAt: 0)
                store.append(Self.counts(1).encoded, of: owner, variant: nil, at: Self.minute + Int64(hour) * 3600)
            }
            store.expire(at: Self.minute + Int64(hour) * 3600)
            #expect(store.byteCount <= 20_000)
        }
        let owner = PointStore.Owner(pipeline: "p3", createdAt: 0)
        #expect(Self.requests(store, owner, from: Self.minute + 99 * 3600) == 1)
        #expect(Self.requests(store, owner) < 100)
    }

    @Test("the number of series is bounded")
    func seriesLimit() {
        var store = PointStore(.fine)
        for number in 0...PointStore.seriesLimit {
            let owner = PointStore.Owner(pipeline: "p\(number)", createdAt: 0)
            let isKept = store.append([0], of: owner, variant: nil, at: Self.minute)
            #expect(isKept == (number < PointStore.seriesLimit))
        }
    }

    @Test("a file is read up to what is torn or changed, and goes on after it")
    func files() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/series"
            func add(_ requests: Int, at minute: Int64) throws {
                let files = PointFiles(folder: path)
                let point = PointFiles.Point(owner: Self.owner, variant: "A", counts: Self.counts(requests).encoded)
                try files.append([point], at: minute)
                files.close()
            }
            func sum() -> (minutes: Int, requests: Int) {
                var found = (minutes: 0, requests: 0)
                PointFiles(folder: path).read(from: 0) { _, points in
                    found.minutes += 1
                    for point in points {
                        #expect(point.owner == Self.owner)
                        #expect(point.variant == "A")
                        var reader = NumberReader(point.counts)
                        found.requests += TrafficCounts(&reader)?.requests ?? 0
                    }
                }
                return found
            }
            try add(1, at: Self.minute)
            try add(2, at: Self.minute + 60)
            #expect(sum() == (2, 3))
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            #expect(names == ["2025-11-29.points"])
            let file = path + "/" + names[0]
            let whole = try Data(contentsOf: URL(filePath: file))
            for length in stride(from: whole.count - 1, to: 0, by: -7) {
                try whole.prefix(length).write(to: URL(filePath: file))
                #expect(sum().requests <= 3)
                try add(4, at: Self.minute + 120)
                #expect([4, 5, 7].contains(sum().requests), "\(length)")
            }
            var changed = whole
            changed[20] ^= 1
            try changed.write(to: URL(filePath: file))
            #expect(sum() == (1, 2))
        }
    }

    @Test("files of days that are over are removed")
    func expiry() throws {
        try withTemporaryFolder { folder in
            let files = PointFiles(folder: folder + "/series")
            for day in 0..<9 { try files.append([], at: Self.minute + Int64(day) * 86_400) }
            files.expire(before: Self.minute + 86_400)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/series").sorted()
            #expect(names.first == "2025-11-30.points")
            #expect(names.count == 8)
        }
    }

    @Test("what was not recorded is not covered")
    func coverage() {
        var coverage = Coverage()
        coverage.add(from: 100, to: 105)
        coverage.add(from: 105, to: 110)
        coverage.add(from: 200, to: 205)
        coverage.add(from: 50, to: 55)
        #expect(coverage.overlaps(95, 101))
        #expect(!coverage.overlaps(110, 200))
        #expect(coverage.overlaps(0, 60))
        #expect(!coverage.part(from: 105, to: 210).overlaps(0, 60))
        for time in 0..<10_000 { coverage.add(from: Int64(time * 10), to: Int64(time * 10 + 5)) }
        #expect(coverage.overlaps(99_990, 99_995))
    }
}

@Suite("The steps of a series")
struct SeriesRangeTests {
    private static let now = Date(timeIntervalSince1970: 1_764_450_003)

    private static func range(
        _ start: Double?,
        _ end: Double? = nil,
        step: Int? = nil,
        count: Int = 1,
        fineSince: Int64 = 0
    ) throws(RoostError) -> SeriesRange {
        try SeriesRange(
            start: start.map { now - $0 },
            end: end.map { now - $0 },
            step: step,
            seriesCount: count,
            fineSince: fineSince,
            now: now
        )
    }

    @Test("the server chooses steps that are few enough")
    func steps() throws {
        #expect(try Self.range(nil).step == 15)
        #expect(try Self.range(nil, count: 100).step == 30)
        #expect(try Self.range(nil, fineSince: 1_764_449_000).step == 60)
        #expect(try Self.range(86_400).step == 300)
        #expect(try Self.range(7 * 86_400).step == 3600)
        #expect(try Self.range(60).step == 5)
    }

    @Test("a step begins at a multiple of its length, and the last one contains the end")
    func alignment() throws {
        let range = try Self.range(600, step: 60)
        #expect(range.start.isMultiple(of: 60))
        #expect(range.time(of: range.count) >= range.end)
        #expect(range.time(of: range.count - 1) < range.end)
        #expect(range.index(of: range.end - 1) == range.count - 1)
        #expect(range.index(of: range.start - 1) == nil)
        #expect(range.index(of: .max / 2) == nil)
    }

    @Test(
        "what is too much or contradicts itself is refused",
        arguments: [
            (3600.0, 3600.0, 60), (7200.0, 0.0, 5), (200_000.0, 0.0, 60), (3600.0, 0.0, 7), (3600.0, 0.0, -60),
            (1e12, 0.0, 86_400),
        ]
    )
    func refusals(_ start: Double, _ end: Double, _ step: Int) {
        #expect(throws: RoostError.self) { try Self.range(start, end, step: step) }
    }
}
