import Definitions
import Foundation
import Testing

@testable import NativeAPI

@Suite("Scales of pictures")
struct PictureScaleTests {
    @Test("a scale has round ticks within it")
    func ticks() {
        let scale = PictureScale([0.802, 0.85], from: 0, to: 100)
        #expect(scale.ticks.map(\.label) == ["0.80", "0.82", "0.84"])
        #expect(scale.ticks.allSatisfy { $0.place >= 0 && $0.place <= 100 })
        #expect(PictureScale([0, 1], limits: 0...1, from: 0, to: 100).place(0.5) == 50)
    }

    @Test("a single value and no value have a scale", arguments: [[0.5], [], [.nan], [1e300, -1e300]])
    func few(values: [Double]) {
        let scale = PictureScale(values, from: 0, to: 100)
        #expect(!scale.ticks.isEmpty)
        #expect((0...100).contains(scale.place(.infinity)))
        #expect((0...100).contains(scale.place(.nan)))
    }

    @Test("powers of ten")
    func logarithms() {
        let scale = LogScale([0.2, 214], from: 100, to: 0)
        #expect(scale.ticks.map(\.label) == ["1", "10", "100"])
        #expect(scale.place(10) > scale.place(100))
        #expect(LogScale([1e300], from: 0, to: 1).ticks.last?.label.hasPrefix("10") == true)
        #expect(LogScale([], from: 0, to: 1).ticks.map(\.label) == ["1", "10"])
    }

    @Test("times have days, or hours and minutes")
    func times() {
        let start = Date(timeIntervalSince1970: 1_795_000_000)
        let hours = TimeScale([start, start + 6 * 3600], from: 0, to: 100).ticks.map(\.label)
        #expect(hours == ["12:00", "13:00", "14:00", "15:00", "16:00", "17:00"])
        let days = TimeScale([start, start + 3 * 86_400], from: 0, to: 100).ticks.map(\.label)
        #expect(days.contains("2026-11-19") && days.contains("12:00"))
        #expect(TimeScale([.distantPast, .distantFuture], from: 0, to: 100).ticks.count <= 8)
        #expect(!TimeScale([start], from: 0, to: 100).ticks.isEmpty)
    }
}
