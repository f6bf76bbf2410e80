package import Definitions

extension DiagnosisRequest.Span: WireType {
    package static let schemaName = "TimeWindow"
    package static let schema = Schema.described(
        "From the start, inclusive, to the end, exclusive.",
        .object(["start": .time, "end": .time])
    )
}

extension DiagnosisRequest: WireType {
    package static let schema = Schema.object(optional: [
        "start": .described("The default is 24 hours before the end.", .time),
        "end": .described("The default is now.", .time),
        "baseline": .described(
            "What the window is compared with. The default is as long a time right before it.",
            .reference(Span.self)
        ),
        "model": .described("Only the answers of this model.", .name),
        "tolerance": .described(
            "For predictions that are numbers: the absolute error up to which one is right. "
                + "The default is the \(tolerancePercentile)th percentile of the errors in the baseline.",
            .number(min: 0)
        ),
        "examples": .described(
            "How many of its worst mistakes each slice lists. The default is \(defaultExamples).",
            .integer(min: 0, max: exampleLimit)
        ),
    ])
}

extension Diagnosis: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "window": .reference(DiagnosisRequest.Span.self),
            "baseline": .reference(DiagnosisRequest.Span.self),
            "summary": .described("The findings in sentences.", .list(.string())),
            "elements": .described(
                "Inputs and outputs. Those that moved first, each by the index.",
                .list(of: Element.self)
            ),
            "compared_elements": .integer(min: 0),
            "slices": .described(
                "The ones with the most errors above the rate elsewhere first.",
                .list(of: Slice.self)
            ),
            "notes": .list(.string()),
        ],
        optional: ["model": .name, "quality": .reference(Quality.self)]
    )
}

extension Diagnosis.Element: WireType {
    package static let schemaName = "DiagnosedElement"
    package static let schema = Schema.object(
        [
            "element": .string(),
            "status": .described("`warning` or `alert` if it moved.", .choice(of: AssayResult.Status.self)),
            "reason": .string(), "baseline": .reference(AssayResult.Summary.self),
            "window": .reference(AssayResult.Summary.self),
            "new_categories": .list(.object(["category": .string(), "count": .integer(min: 1)])),
            "new_count": .integer(min: 0),
        ],
        optional: [
            "psi": .described("The population stability index.", .number()),
            "noise": .described("What the index of windows without drift exceeds with small probability.", .number()),
        ]
    )
}

extension Diagnosis.ErrorRate: WireType {
    package static let schema = Schema.described(
        "How many labeled rows were predicted wrongly, with Wilson's interval at 95 %.",
        .object(
            ["rows": .integer(min: 0), "errors": .integer(min: 0)],
            optional: ["rate": .number(min: 0, max: 1), "interval": .reference(ValueRange.self)]
        )
    )
}

extension Diagnosis.Quality: WireType {
    package static let schemaName = "DiagnosedQuality"
    package static let schema = Schema.object(
        [
            "task": .choice(of: QualityReport.Task.self), "window": .reference(Diagnosis.ErrorRate.self),
            "baseline": .reference(Diagnosis.ErrorRate.self),
            "searched_rows": .described("The rows in which slices were searched for.", .integer(min: 0)),
            "tested_rows": .described("The other rows, in which slices were tested.", .integer(min: 0)),
            "unconfirmed": .described("Slices that the tested rows do not confirm.", .integer(min: 0)),
        ],
        optional: [
            "tolerance": .number(min: 0),
            "p_value": .described(
                "The probability of as many errors if the rate were that of the baseline.",
                .number(min: 0, max: 1)
            ),
        ]
    )
}

extension Diagnosis.Slice: WireType {
    package static let schemaName = "DiagnosedSlice"
    package static let schema = Schema.object(
        [
            "condition": .described("In the language of metrics.", .string()),
            "finding": .described(
                "`fell`: worse than in the baseline. `weak`: worse than elsewhere, but maybe not worse than before.",
                .choice(of: Finding.self)
            ),
            "rows": .integer(min: 0), "tested": .reference(Diagnosis.ErrorRate.self),
            "elsewhere": .reference(Diagnosis.ErrorRate.self), "baseline": .reference(Diagnosis.ErrorRate.self),
            "p_value": .described(
                "Against the rows elsewhere, in rows that were not searched.",
                .number(min: 0, max: 1)
            ),
            "examples": .described("The worst mistakes first.", .list(of: Diagnosis.Example.self)),
        ],
        optional: [
            "rise_p_value": .described("Against the same slice in the baseline.", .number(min: 0, max: 1))
        ]
    )
}

extension Diagnosis.Example: WireType {
    package static let schemaName = "DiagnosedExample"
    package static let schema = Schema.object(
        [
            "mistake": QualityReport.mistake,
            "inputs": .list(
                .object([
                    "element": .string(),
                    "value": .described("A number, a string, or null for a missing value.", .anything),
                ])
            ),
        ],
        optional: ["request": .described("The beginning of what a function before the models was given.", .string())]
    )
}
