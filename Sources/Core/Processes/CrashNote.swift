import CProcesses

/// A file that a process leaves which crashes, a trap of Swift's or an abort of a library included. One that is killed from outside
/// leaves none.
package enum CrashNote {
    /// Called once, early in the process's life.
    package static func leave(at path: String) { roost_note_crashes(path) }
}
