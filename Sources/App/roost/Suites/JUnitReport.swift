import Definitions
import Foundation

/// The result of a suite as JUnit XML, which most systems for continuous integration read.
enum JUnitReport {
    static func xml(of run: SuiteRun) -> String {
        let failures = run.failures.count
        let errors = run.outcome == .error ? 1 : 0
        let seconds = run.cases.reduce(0) { $0 + $1.elapsedMilliseconds } / 1000
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuite name=\"\(escaped(run.suite))\" tests=\"\(run.cases.count + errors)\" failures=\"\(failures)\" "
                + "errors=\"\(errors)\" time=\"\(seconds)\">",
            "  <properties>",
            "    <property name=\"model\" value=\"\(escaped(run.model.description))\"/>",
            "    <property name=\"run\" value=\"\(escaped(run.id))\"/>",
            "  </properties>",
        ]
        for each in run.cases {
            let start =
                "  <testcase classname=\"\(escaped(run.suite))\" name=\"\(escaped(each.name))\" "
                + "time=\"\(each.elapsedMilliseconds / 1000)\""
            if each.passed {
                lines.append(start + ">")
                lines.append("    <system-out>\(escaped(each.message))</system-out>")
            } else {
                lines.append(start + ">")
                lines.append("    <failure message=\"\(escaped(each.message))\"/>")
            }
            lines.append("  </testcase>")
        }
        if run.outcome == .error {
            lines.append("  <testcase classname=\"\(escaped(run.suite))\" name=\"\(escaped(run.suite))\">")
            lines.append("    <error message=\"\(escaped(run.reason ?? ""))\"/>")
            lines.append("  </testcase>")
        }
        return (lines + ["</testsuite>", ""]).joined(separator: "\n")
    }

    /// Characters that XML does not allow become question marks.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            case "\r": result += "&#13;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
