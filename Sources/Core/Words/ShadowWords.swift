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

    /// What the comparison has shown. The latencies are of different things, so nothing is said about them.
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
        return text.trimmingCharacters(in: .whitespaces)
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
