/// How users' programs run on this machine: those that serve models, and those of jobs.
package struct ProgramHost: Sendable {
    /// The path of the `roost` binary, under which they run as supervised child processes.
    package var executable: String
    /// The Python that runs users' scripts.
    package var python = "python3"
    /// Bytes of memory that one program may use.
    package var memoryLimit = 8 << 30

    package init(executable: String) { self.executable = executable }
}
