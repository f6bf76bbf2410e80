import Definitions
import Foundation
import FoundationXML
import TestSupport
import Testing

@testable import NativeAPI

@Suite("Pictures of reports")
struct ReportPictureTests {
    /// The elements of a picture, and the text in them.
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [String] = []
        var attributes: [[String: String]] = []
        var texts: [String] = []

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements.append(name)
            self.attributes.append(attributes)
            texts.append("")
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            // The line end after an element is not a part of it.
            let plain = text.replacing("\u{202F}", with: " ").replacing("\u{A0}", with: " ")
            if text != "\n" { texts[texts.count - 1] += plain }
        }
    }

    private func read(_ report: Report) throws -> Reader {
        let reader = Reader()
        let parser = XMLParser(data: Data(ReportPicture.svg(of: report).utf8))
        parser.delegate = reader
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return reader
    }

    @Test("an experiment's picture has the arms with their numbers, the verdict and the evidence with its threshold")
    func experiment() throws {
        let picture = try read(SampleReports.report(experiment: SampleReports.experiment()))
        for text in [
            "churn", "linear", "trees", "champion  ·  churn@5f0c1a2b", "81.24 % (80.23 to 82.25)", "6 145", "Better",
            "1/α = 20", "better: 139", "worse: < 0.01", "2026-11-20",
        ] { #expect(picture.texts.contains(text), "\(text)") }
        #expect(picture.elements.count { $0 == "polyline" } == 2)
        #expect(!picture.texts.contains { $0.contains("shares promise") })
    }

    @Test("an alarm of the sample ratio is told")
    func sampleRatio() throws {
        var experiment = SampleReports.experiment(verdict: .invalid)
        experiment.sampleRatio?.isAlarm = true
        let picture = try read(SampleReports.report(experiment: experiment))
        #expect(picture.texts.contains { $0.hasPrefix("The arms did not get the units that the shares promise") })
    }

    @Test("a shadow report's picture has agreement, differences, latency, failures and accuracy")
    func shadow() throws {
        let picture = try read(SampleReports.report(shadow: SampleReports.shadow()))
        for text in [
            "trees in the shadow of churn", "96.12 %", "95.87 % to 96.35 %, 24 680 rows", "0.118", "0.944",
            "0.412 / 0.930 / 1.71", "0.710 / 1.42 / 2.38", "budget", "0.31 % (0.22 to 0.42)",
            "84.01 % (83.06 to 84.96)",
        ] { #expect(picture.texts.contains(text), "\(text)") }
    }

    @Test("missing data is said")
    func missing() throws {
        let empty = try read(SampleReports.report(shadow: SampleReports.emptyShadow))
        for text in ["No rows yet.", "No scores to compare.", "No inference succeeded.", "no requests yet"] {
            #expect(empty.texts.contains(text), "\(text)")
        }
        #expect(try read(SampleReports.report()).texts.contains("The report is empty."))
        #expect(
            try read(SampleReports.report(shadow: ShadowReport(challengers: []))).texts.contains(
                "No inference of a challenger is in the window."
            )
        )
        var experiment = SampleReports.experiment()
        experiment.arms[1].goal = nil
        experiment.comparisons[0].series = []
        let young = try read(SampleReports.report(experiment: experiment))
        #expect(young.texts.contains("no outcomes yet"))
        #expect(young.texts.contains("There is no evidence yet."))
        experiment.comparisons[0].evidenceProblem = "The range is unknown."
        #expect(
            try read(SampleReports.report(experiment: experiment)).texts.contains("No evidence: The range is unknown.")
        )
        experiment.arms = []
        #expect(
            try read(SampleReports.report(experiment: experiment)).texts.contains(
                "No inference of the experiment is in the window."
            )
        )
    }

    @Test("names cannot become elements, and characters that XML does not allow are replaced")
    func names() throws {
        let name = "<b>&\"'\u{1B}\u{0}\u{202E}</svg>"
        let report = SampleReports.report(experiment: SampleReports.experiment(challenger: name), pipeline: name)
        let picture = try read(report)
        #expect(picture.texts.contains("<b>&\"'\u{FFFD}\u{FFFD}\u{FFFD}</svg>"))
        #expect(!picture.elements.contains("b"))
        #expect(
            Set(picture.elements).isSubset(of: [
                "svg", "title", "style", "rect", "line", "text", "circle", "polyline", "g", "path",
            ])
        )
    }

    @Test("nothing of a picture comes from elsewhere")
    func selfContained() throws {
        for report in [
            SampleReports.report(experiment: SampleReports.experiment()),
            SampleReports.report(shadow: SampleReports.shadow()),
        ] {
            let picture = try read(report)
            for name in picture.attributes.flatMap(\.keys) {
                #expect(!name.contains("href") && !name.hasPrefix("on") && name != "style", "\(name)")
            }
            #expect(picture.attributes[0]["width"] == "800")
        }
    }

    @Test("numbers that cannot be drawn leave a picture that can")
    func hostileNumbers() throws {
        var experiment = SampleReports.experiment()
        experiment.arms[0].goal = Estimate(value: .nan, interval: ValueRange(lower: -.infinity, upper: 3), count: -1)
        experiment.arms[1].goal = Estimate(value: 1e300, interval: nil, count: .max)
        experiment.arms[1].units = .max
        experiment.comparisons[0].alpha = 0
        experiment.comparisons[0].series = [
            ArmComparison.Point(time: .distantFuture, better: .infinity, worse: .nan, share: 0.5),
            ArmComparison.Point(time: .distantPast, better: -1, worse: 1e300, share: 0.5),
        ]
        let picture = try read(SampleReports.report(experiment: experiment))
        for attributes in picture.attributes {
            for name in ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy"] {
                guard let text = attributes[name] else { continue }
                let place = try #require(Double(text))
                #expect(place >= 0 && place <= 1200, "\(name) is \(text)")
            }
        }
    }
}
