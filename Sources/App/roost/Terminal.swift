import Definitions
import Foundation
import Synchronization

/// A terminal to draw on.
struct Terminal {
    let descriptor: Int32

    var isThere: Bool { isatty(descriptor) == 1 }

    /// The current columns and rows, less one column: a line that reaches the last column could wrap.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1, size.ws_row > 0 else { return (79, 24) }
        return (Int(size.ws_col) - 1, Int(size.ws_row))
    }
}

/// A progress bar on standard error, if that is a terminal.
final class ProgressBar: Sendable {
    private enum State { case hidden, shown, full }

    private let label: String
    private let terminal = Terminal(descriptor: STDERR_FILENO)
    private let state = Mutex(State.hidden)

    init(_ label: String) { self.label = label }

    func show(_ done: Int, of total: Int) {
        guard terminal.isThere, state.withLock({ $0 != .full }) else { return }
        let isFull = done >= total
        let fraction = isFull ? 1 : max(0, Double(done) / Double(total))
        let columns = terminal.size.columns
        let numbers = "\(Int(saturating: fraction * 100)) %  \(Output.size(done)) of \(Output.size(total))"
        let label = Output.fit(label, max(columns - numbers.count - 1, 0))
        // The bar gets the remaining width. If that is too little, it is left out.
        let width = min(30, columns - label.displayWidth - numbers.count - 2)
        let filled = Int(saturating: fraction * Double(max(width, 0)))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: max(width - filled, 0))
        let parts = width < 5 ? [label, numbers] : [label, bar, numbers]
        let line = Output.fit(parts.joined(separator: " "), columns)
        Output.drawNote("\r\(line)\u{1B}[K" + (isFull ? "\n" : ""))
        state.withLock { $0 = isFull ? .full : .shown }
    }

    /// Ends the bar's line if the bar is not full.
    func end() {
        if state.withLock({ $0 == .shown }) { Output.note("") }
    }
}
