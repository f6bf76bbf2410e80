import Definitions
import Foundation
import NativeAPI

/// Diagnoses and vocabularies.
extension WireSample {
    static func diagnosis() -> [any WireType & Encodable] {
        let span = DiagnosisRequest.Span(start: time, end: time + 60)
        let rate = Diagnosis.ErrorRate(rows: 10, errors: 4, rate: 0.4, interval: ValueRange(lower: 0.2, upper: 0.7))
        let summary = AssayResult.Summary(
            count: 10,
            missing: 1,
            minimum: 0,
            maximum: 1,
            mean: 0.5,
            median: 0.5,
            deviation: 0.1
        )
        return [
            DiagnosisRequest(start: time, end: time, baseline: span, model: "m", tolerance: 0.5, examples: 3),
            Diagnosis(
                pipeline: "p",
                model: "m",
                window: span,
                baseline: span,
                summary: ["1 of 2 inputs and outputs moved."],
                elements: [
                    Diagnosis.Element(
                        element: "inputs.age",
                        status: .alert,
                        reason: "psi is 0.3, at or above 0.25.",
                        psi: 0.3,
                        noise: 0.01,
                        baseline: summary,
                        window: summary,
                        newCategories: [AssayResult.NewCategory(category: "x", count: 1)],
                        newCount: 1
                    )
                ],
                comparedElements: 2,
                quality: Diagnosis.Quality(
                    task: .regression,
                    tolerance: 0.5,
                    window: rate,
                    baseline: rate,
                    pValue: 0.5,
                    searchedRows: 50,
                    testedRows: 50,
                    unconfirmed: 1
                ),
                slices: [
                    Diagnosis.Slice(
                        condition: "inputs.age > 40",
                        finding: .fell,
                        rows: 20,
                        tested: rate,
                        elsewhere: rate,
                        baseline: rate,
                        pValue: 0.01,
                        risePValue: 0.02,
                        examples: [
                            Diagnosis.Example(
                                mistake: QualityReport.Mistake(
                                    id: id,
                                    time: time,
                                    row: 0,
                                    model: "m",
                                    modelVersion: "1",
                                    prediction: "1",
                                    score: 0.9,
                                    label: "0",
                                    loss: 0.9
                                ),
                                inputs: [Diagnosis.Example.Input(element: "inputs.age", value: .number(41))],
                                request: "{}"
                            )
                        ]
                    )
                ],
                notes: ["Few labels."]
            ),
            VocabularyRequest(
                vocabulary: source(.positions(["good": 0])),
                texts: source(.list([.string("a good film"), .tokens(["a", "film"])])),
                mostFrequent: 10,
                tokens: .whitespace
            ),
            VocabularyReport(
                vocabularyWords: 1,
                mostFrequent: 10,
                texts: 2,
                tokens: 5,
                distinctTokens: 3,
                unknown: estimate,
                unknownWords: [VocabularyReport.Word(word: "a", count: 2)],
                entered: [VocabularyReport.Word(word: "a", count: 2)],
                left: [VocabularyReport.Word(word: "bad", count: 0)],
                notes: ["Few texts."]
            ),
        ]
    }

    private static func source(_ values: TextSource.Values) -> TextSource {
        TextSource(
            values: values,
            data: "good",
            uri: "s3://bucket/key",
            format: .csv,
            column: "review",
            pipeline: "p",
            input: "text",
            start: time,
            end: time,
            content: .texts
        )
    }

    private static let id = "0193a5c0-0000-7000-8000-000000000000"
    private static let estimate = Estimate(value: 0.5, interval: ValueRange(lower: 0.25, upper: 0.75), count: 8)
}
