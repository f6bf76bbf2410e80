extension SuiteDefinition {
    /// Checks what does not depend on anything that the server has.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong, such as `cases[2].latency.budget_ms`.
    package func check() throws(RoostError) {
        func wrong(_ message: String, _ field: String) -> RoostError {
            RoostError(.invalidInput, message, field: field)
        }
        switch (model, pipeline) {
        case (let model?, nil):
            try Name.check(model, what: "model name", field: "model")
            guard replaces == nil else { throw wrong("'replaces' needs a 'pipeline'.", "replaces") }
        case (nil, let pipeline?):
            try Name.check(pipeline, what: "pipeline name", field: "pipeline")
            if let replaces { try Name.check(replaces, what: "model name", field: "replaces") }
            guard workspace == nil else { throw wrong("A pipeline has its own workspace.", "workspace") }
        default: throw wrong("A suite needs a 'model' or a 'pipeline', and not both.", "model")
        }
        if let workspace { try Name.check(workspace, what: "workspace name", field: "workspace") }
        if let champion { try Name.check(champion, what: "pipeline name", field: "champion") }
        if let pattern = trainingJobs {
            guard (1...200).contains(pattern.utf8.count), pattern.contains(where: { $0 != "*" }) else {
                throw wrong(
                    "'training_jobs' must be 1 to 200 bytes, such as 'fraud-*', and more than '*'.",
                    "training_jobs"
                )
            }
        }
        guard (1...Self.caseLimit).contains(cases.count) else {
            throw wrong("A suite needs 1 to \(Self.caseLimit) cases, not \(cases.count).", "cases")
        }
        var names: Set<String> = []
        for (index, each) in cases.enumerated() {
            guard (1...100).contains(each.name.utf8.count), !each.name.unicodeScalars.contains(where: { $0.value < 32 })
            else {
                throw wrong(
                    "The name of a case must be 1 to 100 bytes without control characters.",
                    "cases[\(index)].name"
                )
            }
            guard names.insert(each.name).inserted else {
                throw wrong("Case '\(each.name)' is listed twice.", "cases[\(index)].name")
            }
            try each.check(field: "cases[\(index)].\(each.kind.rawValue)")
        }
    }
}

extension SuiteCase {
    fileprivate func check(field: String) throws(RoostError) {
        func require(_ isRight: Bool, _ member: String, _ rule: String) throws(RoostError) {
            guard !isRight else { return }
            throw RoostError(.invalidInput, "Case '\(name)': '\(member)' \(rule).", field: "\(field).\(member)")
        }
        func tolerance(_ value: Double?, _ member: String) throws(RoostError) {
            try require(value.map { $0.isFinite && $0 >= 0 } ?? true, member, "must be a number of 0 or more")
        }
        func uri(_ text: String, _ member: String) throws(RoostError) {
            let uri = try? ObjectURI(text, field: member)
            try require(uri?.key.isEmpty == false, member, "must have the form s3://BUCKET/KEY")
        }
        switch check {
        case .golden(let golden):
            try tolerance(golden.absolute, "absolute")
            try tolerance(golden.relative, "relative")
            guard case .object(let outputs) = golden.outputs, !outputs.isEmpty else {
                return try require(false, "outputs", "must be an object with at least one output by name")
            }
        case .quality(let quality):
            try require(
                (1...QualityCheck.dataLimit).contains(quality.data.count),
                "data",
                "must name 1 to 20 data sets"
            )
            for text in quality.data { try uri(text, "data") }
            try require(Set(quality.data).count == quality.data.count, "data", "names a data set twice")
            try require(quality.minimum?.isFinite ?? true, "minimum", "must be a finite number")
            try require(quality.maximum?.isFinite ?? true, "maximum", "must be a finite number")
            try require(quality.threshold?.isFinite ?? true, "threshold", "must be a finite number")
            try tolerance(quality.versusChampion?.margin, "versus_champion.margin")
            try require(
                quality.minimum != nil || quality.maximum != nil || quality.versusChampion != nil,
                "minimum",
                "is missing: a quality case needs a minimum, a maximum or versus_champion"
            )
            try require(
                (1...QualityCheck.rowLimit).contains(quality.rows ?? 1),
                "rows",
                "must be between 1 and \(QualityCheck.rowLimit)"
            )
        case .latency(let latency):
            let budget = latency.budgetMilliseconds
            try require(budget.isFinite && budget > 0, "budget_ms", "must be more than 0")
            let percentile = latency.percentile ?? 99
            try require(percentile > 0 && percentile <= 100, "percentile", "must be more than 0 and at most 100")
            try require(
                (1...LatencyCheck.runLimit).contains(latency.runs ?? 1),
                "runs",
                "must be between 1 and \(LatencyCheck.runLimit)"
            )
            let batches = latency.batches ?? [1]
            try require(
                (1...LatencyCheck.batchCountLimit).contains(batches.count)
                    && batches.allSatisfy { (1...LatencyCheck.batchLimit).contains($0) },
                "batches",
                "must be 1 to \(LatencyCheck.batchCountLimit) numbers between 1 and \(LatencyCheck.batchLimit)"
            )
        case .size(let budget), .memory(let budget):
            try require(budget.budgetBytes > 0, "budget_bytes", "must be more than 0")
        case .behavior(let behavior):
            try require(
                (behavior.inputs == nil) != (behavior.data == nil),
                "inputs",
                "or 'data' must be set, and not both"
            )
            if let data = behavior.data { try uri(data, "data") }
            let change = behavior.change
            let changes = [change.set != nil, change.add != nil, change.multiply != nil].count { $0 }
            try require(changes == 1, "change", "must have exactly one of: set, add, multiply")
            try require(change.add?.isFinite ?? true, "change.add", "must be a finite number")
            try require(change.multiply?.isFinite ?? true, "change.multiply", "must be a finite number")
            try require(behavior.threshold?.isFinite ?? true, "threshold", "must be a finite number")
            try tolerance(behavior.tolerance, "tolerance")
            let allowed = behavior.allowed ?? 0
            try require(allowed >= 0 && allowed < 1, "allowed", "must be at least 0 and less than 1")
            try require(
                behavior.threshold == nil || behavior.expect == .same,
                "threshold",
                "needs 'expect: same'"
            )
            try require(
                (1...BehaviorCheck.rowLimit).contains(behavior.rows ?? 1),
                "rows",
                "must be between 1 and \(BehaviorCheck.rowLimit)"
            )
        case .program(let program):
            try require((1...200).contains(program.function.utf8.count), "function", "must be NAME or NAME@VERSION")
        }
    }
}
