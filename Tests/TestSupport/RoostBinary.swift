import Foundation

/// The path of the `roost` binary, under which child processes run.
package let roostBinary: String = {
    let given = ProcessInfo.processInfo.environment["ROOST_BINARY"]
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    return given ?? repository.appending(path: ".build/debug/roost").path
}()
