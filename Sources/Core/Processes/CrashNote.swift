import CProcesses

/// A file that a process leaves when it crashes, including Swift traps and aborts in libraries. A process that is killed from
/// outside leaves none.
package enum CrashNote {
    /// Enables the crash note of this process. Call it once, at startup.
    package static func leave(at path: String) { roost_note_crashes(path) }
}
