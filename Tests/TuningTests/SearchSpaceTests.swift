import Testing

@testable import Tuning

@Suite struct SearchSpaceTests {
    private let space = try? SearchSpace([
        .init("eta", .continuous(0.001...1, .logarithmic)),
        .init("depth", .integer(1...10, .linear)),
        .init("momentum", .continuous(0.5...0.999, .reverseLogarithmic)),
        .init("booster", .categorical(["gbtree", "dart", "gblinear"])),
    ])

    @Test("values survive the round trip through their point")
    func roundTrip() throws {
        let space = try #require(space)
        var source = RandomSource(seed: 1)
        for _ in 0..<200 {
            let values = space.values(at: source.point(4))
            let point = try #require(space.point(of: values))
            let again = space.values(at: point)
            #expect(again["depth"] == values["depth"])
            #expect(again["booster"] == values["booster"])
            for name in ["eta", "momentum"] {
                let first = try #require(values[name].flatMap { Double($0) })
                let second = try #require(again[name].flatMap { Double($0) })
                #expect(abs(first - second) < 1e-9)
            }
            #expect(space.snapped(point) == space.snapped(space.snapped(point)))
        }
    }

    @Test("the middle of a range follows its scale")
    func middles() throws {
        let space = try #require(space)
        let values = space.values(at: [0.5, 0.5, 0.5, 0.5])
        // √(0.001 · 1); 1 - √(0.5 · 0.001).
        #expect(abs(try #require(Double(values["eta"] ?? "")) - 0.0316227766) < 1e-9)
        #expect(abs(try #require(Double(values["momentum"] ?? "")) - (1 - 0.0223606798)) < 1e-9)
        #expect(values["booster"] == "dart")
    }

    @Test("integers and categories have equal shares of a linear range")
    func shares() throws {
        let space = try #require(space)
        var counts: [String: Int] = [:]
        for step in 0..<1000 {
            let coordinate = (Double(step) + 0.5) / 1000
            let values = space.values(at: [coordinate, coordinate, coordinate, coordinate])
            counts[values["depth"] ?? "", default: 0] += 1
            counts[values["booster"] ?? "", default: 0] += 1
        }
        for depth in 1...10 { #expect(counts[String(depth)] == 100) }
        for booster in ["gbtree", "dart", "gblinear"] { #expect((counts[booster] ?? 0) / 333 == 1) }
    }

    @Test(
        "the ends of a range are tried exactly, despite rounding on its scale",
        arguments: [SearchSpace.Scaling.auto, .linear, .logarithmic, .reverseLogarithmic]
    )
    func ends(scaling: SearchSpace.Scaling) throws {
        for (low, high) in [(0.01, 0.5), (0.001, 0.3), (0.1, 0.7), (1e-7, 0.9)] {
            let space = try SearchSpace([.init("eta", .continuous(low...high, scaling))])
            for (coordinate, value) in [(0.0, low), (1e-16, low), (1 - 1e-16, high), (1, high)] {
                #expect(space.values(at: [coordinate]) == ["eta": "\(value)"])
                // A search must recognize a value that it has tried.
                #expect(space.snapped([coordinate]) == space.point(of: ["eta": "\(value)"]))
            }
        }
    }

    @Test("values out of range have no point")
    func outside() throws {
        let space = try #require(space)
        var values = space.values(at: [0.1, 0.2, 0.3, 0.4])
        values["depth"] = "11"
        #expect(space.point(of: values) == nil)
        values["depth"] = "4.0"
        #expect(space.point(of: values) != nil)
        values["booster"] = nil
        #expect(space.point(of: values) == nil)
    }

    @Test("an error names the parameter whose scale does not fit its range")
    func problems() {
        func problem(_ parameters: SearchSpace.Parameter...) -> String? {
            do {
                _ = try SearchSpace(parameters)
                return nil
            } catch {
                return error.parameter
            }
        }
        #expect(problem(.init("a", .continuous(0...1, .logarithmic))) == "a")
        #expect(problem(.init("b", .continuous(0...1, .reverseLogarithmic))) == "b")
        #expect(problem(.init("c", .integer(0...9, .logarithmic))) == "c")
        #expect(problem(.init("d", .integer(0...9, .reverseLogarithmic))) == "d")
        #expect(problem(.init("e", .categorical(["x", "x"]))) == "e")
        #expect(problem(.init("f", .categorical(["x"])), .init("f", .categorical(["y"]))) == "f")
        #expect(problem(.init("g", .continuous(-1e308...1e308, .auto))) == "g")
        #expect(problem(.init("h", .integer(Int.min...Int.max, .auto))) == "h")
        #expect(problem(.init("i", .integer(3...3, .auto)), .init("j", .continuous(1...1, .auto))) == nil)
    }

    @Test("a Halton sequence covers both halves of each axis evenly, and depends on the seed")
    func halton() {
        let sequence = HaltonSequence(dimensions: 5, seed: 3)
        for axis in 0..<5 {
            let low = (0..<64).filter { sequence[$0][axis] < 0.5 }.count
            #expect(abs(low - 32) <= 3)
        }
        #expect(sequence[7] == HaltonSequence(dimensions: 5, seed: 3)[7])
        #expect(sequence[7] != HaltonSequence(dimensions: 5, seed: 4)[7])
    }
}
