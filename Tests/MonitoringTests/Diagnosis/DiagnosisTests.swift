import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics
import Tensors
import TestSupport
import Testing

@testable import Monitoring

@Suite("A diagnosis of two windows")
struct DiagnosisTests {
    private static let model = ModelVersion.fake(
        "a",
        Signature(
            inputs: [
                TensorSpec(name: "age", dataType: .fp32, shape: [-1, 1]),
                TensorSpec(name: "country", dataType: .bytes, shape: [-1, 1]),
                TensorSpec(name: "image", dataType: .fp32, shape: [-1, 2, 2]),
            ],
            outputs: [TensorSpec(name: "y", dataType: .fp32, shape: [-1, 1])]
        ),
        id: "a1"
    )

    private static func scene(_ labels: LabelSettings = LabelSettings(kind: .class)) throws -> Scene {
        try Scene(
            [[.model(ModelReference(name: "a"))]],
            models: [model],
            settings: MonitoringSettings(labels: labels)
        )
    }

    private struct Traffic {
        var entries: [Entry] = []
        var labels: [Label] = []
        /// The window begins at this time.
        static let middle: Int64 = 1_000_000

        /// - Parameter isWrong: Whether the prediction of a row is wrong.
        mutating func add(
            _ count: Int,
            inWindow: Bool,
            age: (Int) -> String,
            country: (Int) -> String,
            isWrong: (Int) -> Bool
        ) {
            for index in 0..<count {
                let id = "\(inWindow ? "w" : "b")\(index)"
                var entry = Entry(id, score: 0.9)
                entry.time = Traffic.middle + Int64(inWindow ? index + 1 : index - count)
                entry.input =
                    #"{"age":[[\#(age(index))]],"country":[["\#(country(index))"]],"image":[[[0,1],[2,\#(index % 7)]]]}"#
                entries.append(entry)
                labels.append(Label(.id(id), .one(.number(isWrong(index) ? 0 : 1)), time: entry.time))
            }
        }
    }

    private static func diagnose(
        _ scene: Scene,
        _ traffic: Traffic,
        _ request: DiagnosisRequest = DiagnosisRequest()
    ) throws -> Diagnosis {
        let middle = Date(milliseconds: Traffic.middle)
        let spans = (
            window: DiagnosisRequest.Span(start: middle, end: middle + 3600),
            baseline: DiagnosisRequest.Span(start: middle - 3600, end: middle)
        )
        func part(_ isWanted: (Entry) -> Bool) throws -> (batches: [LogBatch], labels: LabelTable) {
            let entries = traffic.entries.filter(isWanted)
            let ids = Set(entries.map(\.id))
            let labels = traffic.labels.filter { if case .id(let id) = $0.target { ids.contains(id) } else { false } }
            return try scene.withLog(entries, labels: labels) { ($0, $1) }
        }
        var maker = DiagnosisMaker(
            scene.subject,
            try Prediction(scene.subject.settings.labels, scene.subject.layout),
            request,
            spans,
            window: try part { $0.time >= Traffic.middle },
            baseline: try part { $0.time < Traffic.middle },
            now: spans.window.end
        )
        return try maker.make()
    }

    private static func ages(from start: Int) -> (Int) -> String { { "\(start + $0 * 7 % 50)" } }
    private static func countries(_ index: Int) -> String { ["DE", "FR", "IT"][index / 50 % 3] }

    @Test("an input that moved comes first, and the slice in which quality fell is found")
    func findsBoth() throws {
        var traffic = Traffic()
        traffic.add(900, inWindow: false, age: Self.ages(from: 18), country: Self.countries) { $0 % 20 == 3 }
        traffic.add(900, inWindow: true, age: Self.ages(from: 35), country: Self.countries) { index in
            Self.countries(index) == "DE" ? index % 5 < 2 : index % 20 == 3
        }
        let found = try Self.diagnose(try Self.scene(), traffic, DiagnosisRequest(examples: 2))
        #expect(found.elements.first?.element == "inputs.age")
        #expect(found.elements.filter(\.isMoved).map(\.element) == ["inputs.age"])
        #expect(
            found.elements.map(\.element).sorted() == [
                "inputs.age", "inputs.country", "inputs.image[0][0]", "inputs.image[0][1]", "inputs.image[1][0]",
                "inputs.image[1][1]", "outputs[0][0]",
            ]
        )
        #expect(found.comparedElements == 7)
        let slice = try #require(found.slices.first)
        #expect(found.slices.map(\.condition) == [#"inputs.country == "DE""#])
        #expect(slice.finding == .fell)
        #expect(slice.rows == 300)
        #expect(try #require(slice.tested.rate) > 0.3)
        #expect(try #require(slice.elsewhere.rate) < 0.1)
        #expect(slice.baseline == Diagnosis.ErrorRate(.init(successes: 15, count: 300)))
        #expect(slice.pValue < 0.001)
        #expect(slice.examples.count == 2)
        let example = try #require(slice.examples.first)
        #expect(example.inputs.first == .init(element: "inputs.country", value: .text("DE")))
        #expect(example.inputs.dropFirst().first?.element == "inputs.age")
        #expect((example.mistake.prediction, example.mistake.label) == ("1", "0"))
        let quality = try #require(found.quality)
        #expect(quality.searchedRows + quality.testedRows == 900)
        #expect(quality.window.errors == 150)
        #expect(try #require(quality.pValue) < 0.001)
        #expect(found.summary.count == 3)
    }

    @Test("a slice that was as bad before is weak")
    func weak() throws {
        var traffic = Traffic()
        for inWindow in [false, true] {
            traffic.add(900, inWindow: inWindow, age: Self.ages(from: 18), country: Self.countries) { index in
                Self.countries(index) == "FR" ? index % 5 < 2 : index % 20 == 3
            }
        }
        let found = try Self.diagnose(try Self.scene(), traffic)
        #expect(found.slices.map(\.finding) == [.weak])
        #expect(found.elements.allSatisfy { $0.status == .ok })
        #expect(found.summary.first == "None of 7 inputs and outputs moved by more than chance explains.")
    }

    @Test("without labels, only the inputs are compared")
    func noLabels() throws {
        var traffic = Traffic()
        traffic.add(300, inWindow: false, age: Self.ages(from: 18), country: Self.countries) { _ in false }
        traffic.add(300, inWindow: true, age: Self.ages(from: 48), country: Self.countries) { _ in false }
        traffic.labels = []
        let found = try Self.diagnose(try Self.scene(), traffic)
        #expect(found.quality == nil)
        #expect(found.slices.isEmpty)
        #expect(found.elements.first?.element == "inputs.age")
        #expect(found.notes.contains { $0.hasPrefix("No inference of the window has a label") })
    }

    @Test("too few rows are not enough data")
    func tooFew() throws {
        var traffic = Traffic()
        traffic.add(30, inWindow: false, age: Self.ages(from: 18), country: Self.countries) { _ in false }
        traffic.add(30, inWindow: true, age: Self.ages(from: 48), country: Self.countries) { $0 % 2 == 0 }
        let found = try Self.diagnose(try Self.scene(), traffic)
        #expect(found.elements.allSatisfy { $0.status == .notEnoughData && $0.psi == nil })
        #expect(found.quality == nil)
        #expect(found.notes.contains { $0.hasPrefix("Not enough data: 30 rows") })
        let empty = try Self.diagnose(try Self.scene(), Traffic())
        #expect(empty.elements.isEmpty)
        #expect(empty.summary == ["Not enough data to compare inputs and outputs."])
    }

    @Test("numbers are wrong if they are off by more than the baseline's 90th percentile, or a tolerance")
    func numbers() throws {
        var traffic = Traffic()
        traffic.add(400, inWindow: false, age: Self.ages(from: 18), country: Self.countries) { _ in false }
        traffic.add(400, inWindow: true, age: Self.ages(from: 18), country: Self.countries) { _ in false }
        for index in traffic.labels.indices {
            let isWindow = index >= 400
            let error = Double(index % 10) / 10 + (isWindow && Self.countries(index - 400) == "IT" ? 2 : 0)
            traffic.labels[index].values = .one(.number(0.9 + error))
        }
        let scene = try Self.scene(LabelSettings(kind: .number))
        let found = try Self.diagnose(scene, traffic)
        #expect(found.quality?.task == .regression)
        #expect(try #require(found.quality?.tolerance) > 0.8)
        #expect(try #require(found.quality?.tolerance) < 0.9)
        #expect(found.slices.map(\.condition) == [#"inputs.country == "IT""#])
        #expect(found.slices.map(\.finding) == [.fell])
        #expect(found.notes.contains { $0.contains("the 90th percentile of the errors in the baseline") })
        let strict = try Self.diagnose(scene, traffic, DiagnosisRequest(tolerance: 5))
        #expect(strict.quality?.tolerance == 5)
        #expect(strict.quality?.window.errors == 0)
        #expect(strict.slices.isEmpty)
    }

    @Test("without a difference, a slice is seldom confirmed")
    func falseAlarms() throws {
        var alarms = 0
        for seed in 0..<20 {
            var dice = Dice(state: UInt64(seed) &* 7919)
            let wrong = (0..<800).map { _ in Double.random(in: 0..<1, using: &dice) < 0.15 }
            let ages = (0..<800).map { _ in Int.random(in: 18..<90, using: &dice) }
            var traffic = Traffic()
            traffic.add(800, inWindow: false, age: { "\(ages[799 - $0])" }, country: Self.countries) { wrong[799 - $0] }
            traffic.add(800, inWindow: true, age: { "\(ages[$0])" }, country: Self.countries) { wrong[$0] }
            if try !Self.diagnose(try Self.scene(), traffic).slices.isEmpty { alarms += 1 }
        }
        // The tree divides at 5 %, and the other half confirms at 5 %.
        #expect(alarms <= 1)
    }

    @Test("the spans are checked")
    func spans() throws {
        let now = Date(timeIntervalSince1970: 1_000_000)
        let usual = try DiagnosisRequest().spans(now: now)
        #expect(usual.window == .init(start: now - 86_400, end: now))
        #expect(usual.baseline == .init(start: now - 2 * 86_400, end: now - 86_400))
        let late = try DiagnosisRequest(start: now - 60).spans(now: now)
        #expect(late.baseline == .init(start: now - 120, end: now - 60))
        for (request, field) in [
            (DiagnosisRequest(start: now + 1), "start"), (DiagnosisRequest(tolerance: -1), "tolerance"),
            (DiagnosisRequest(examples: 101), "examples"),
            (DiagnosisRequest(baseline: .init(start: now, end: now)), "baseline.start"),
            (DiagnosisRequest(baseline: .init(start: now - 60, end: now + 60)), "baseline"),
        ] {
            let error = #expect(throws: RoostError.self) { try request.spans(now: now) }
            #expect(error?.field == field)
        }
    }
}
