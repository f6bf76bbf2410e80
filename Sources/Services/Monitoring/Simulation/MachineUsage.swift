import Foundation

/// What this process and the machine have used, as the operating system reports it.
struct MachineUsage: Sendable {
    /// Seconds of processors that this process has used.
    private let processSeconds: Double
    /// Ticks of all processors since the machine started, and those in which they had work.
    private let ticks: Double
    private let busyTicks: Double
    private let time: Int64

    static func current() -> MachineUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        // cpu user nice system idle iowait irq softirq steal …, where user includes the guests'.
        let line = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?.prefix { $0 != "\n" } ?? ""
        let numbers = line.split(separator: " ").dropFirst().prefix(8).map { Double($0) ?? 0 }
        let all = numbers.reduce(0, +)
        let idle = numbers.count > 4 ? numbers[3] + numbers[4] : all
        return MachineUsage(
            processSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            ticks: all,
            busyTicks: all - idle,
            time: LoadRecorder.now()
        )
    }

    /// Returns the shares of the machine's processors that this process and all programs used since an earlier moment, from 0 to 1.
    func shares(since earlier: MachineUsage) -> (process: Double, machine: Double) {
        let seconds = Double(time - earlier.time) / 1e9 * Double(ProcessInfo.processInfo.activeProcessorCount)
        let process = seconds > 0 ? (processSeconds - earlier.processSeconds) / seconds : 0
        let all = ticks - earlier.ticks
        let machine = all > 0 ? (busyTicks - earlier.busyTicks) / all : 0
        return (min(max(process, 0), 1), min(max(machine, 0), 1))
    }

    /// The bytes of memory that this process uses.
    static func residentBytes() -> Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
            .dropFirst().first
        return (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
