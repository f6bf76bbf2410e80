package import Definitions
import Foundation

extension ShadowComparison {
    /// What the goal, or else the labels, say at any time; `nil` without either.
    package var verdict: ArmComparison.Verdict? {
        if let goal, goal.evidenceProblem == nil, goal.alpha > 0 {
            let bound = 1 / goal.alpha
            if let better = goal.better, better.maximum >= bound { return .better }
            if let worse = goal.worse, worse.maximum >= bound { return .worse }
            return .notEnoughData
        }
        guard let labels, let evidence = labels.evidence else { return nil }
        guard evidence.maximum >= 20, labels.onlyChallenger != labels.onlyChampion else { return .notEnoughData }
        return labels.onlyChallenger > labels.onlyChampion ? .better : .worse
    }

    /// The verdict in the words of a comparison on the same requests.
    package var headline: String {
        switch verdict {
        case .better: "Better where they differ"
        case .worse: "Worse where they differ"
        case .notEnoughData, .noDifference, .invalid: "Not enough data"
        case nil: "Only compared"
        }
    }

    /// What the comparison has shown.
    package var sentence: String {
        var text = ""
        if let agreement {
            text +=
                "\(name) takes the same decision as \(champion) for \(Numbers.percent(agreement.value)) of "
                + "\(Numbers.count(agreement.count, "row")). "
        } else if let differences {
            text +=
                "The outputs of \(name) and \(champion) differ by \(Numbers.measure(differences.mean)) on average, over "
                + "\(Numbers.count(rows, "row")). "
        }
        if let labels {
            let apart = labels.onlyChallenger.addingReportingOverflow(labels.onlyChampion).partialValue
            if apart > 0 {
                let share = Double(labels.onlyChallenger) / Double(apart)
                text +=
                    "Of the \(Numbers.count(apart)) labeled rows that only one got right, it is right in "
                    + "\(Numbers.share((share * 1000).rounded() / 1000)). "
            } else {
                text += "No labeled row tells them apart. "
            }
        } else {
            text += "Without labels, it is not known which one is right. "
        }
        if let mine = latency?.p50, let theirs = championLatency?.p50, mine > 0, theirs > 0, mine.isFinite {
            text += Self.speed(mine / theirs)
        }
        return text.trimmingCharacters(in: .whitespaces)
    }

    /// How long the challenger takes, by the median, as a multiple of the champion's time.
    private static func speed(_ ratio: Double) -> String {
        if ratio > 0.95, ratio < 1.05 { return "It is about as fast." }
        return ratio < 1
            ? "It is \(Numbers.factor(1 / ratio)) times as fast." : "It takes \(Numbers.factor(ratio)) times as long."
    }
}

extension Status {
    package init(_ comparison: ShadowComparison) {
        guard let verdict = comparison.verdict else {
            self.init(.off, "Compared")
            return
        }
        self.init(verdict)
    }
}
