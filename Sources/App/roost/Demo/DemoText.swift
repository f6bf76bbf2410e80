import Definitions
import Foundation

/// A piece of a line. Styles are shown on terminals only, and not if `NO_COLOR` is set.
enum DemoText {
    case plain(String)
    case bold(String)
    case green(String)
    case red(String)
    /// A bar that is full at 1.
    case gauge(Double)

    private static let isStyled = ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    private static let gaugeWidth = 30

    static func line(_ pieces: DemoText...) {
        for piece in pieces {
            switch piece {
            case .plain(let text): print(text, terminator: "")
            case .bold(let text): styled("1", text)
            case .green(let text): styled("32", text)
            case .red(let text): styled("31", text)
            case .gauge(let share):
                let filled = Int(saturating: (min(max(share, 0), 1) * Double(gaugeWidth)).rounded())
                styled("36", String(repeating: "█", count: filled))
                styled("2", String(repeating: "░", count: gaugeWidth - filled))
            }
        }
        print("")
    }

    static func title(_ number: Int, _ text: String) {
        print("")
        line(.bold("\(number)  \(text)"))
    }

    private static func styled(_ code: String, _ text: String) {
        if isStyled { Output.printStyled(code, text) } else { print(text, terminator: "") }
    }
}
