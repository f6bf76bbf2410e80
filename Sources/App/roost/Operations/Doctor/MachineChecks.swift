import Foundation

/// Limits of this machine and of this user.
struct MachineChecks {
    /// The server reserves some descriptors for itself; the rest is for connections.
    private static let fewDescriptors: UInt = 4096
    private static let littleMemory = 512 << 20
    /// Before this release. In seconds since the epoch.
    private static let oldestTime = 1_735_689_600.0

    func findings() -> [Finding] { [memory(), descriptors(), clock()] }

    private func memory() -> Finding {
        let machine = Int(ProcessInfo.processInfo.physicalMemory)
        let limit = Self.groupLimit().map { min($0, machine) } ?? machine
        let text = "\(Output.size(limit))\(limit < machine ? " (limit of the control group)" : "")"
        guard let available = Self.available() else { return .ok("memory", text) }
        guard min(available, limit) >= Self.littleMemory else {
            return .warning(
                "memory",
                "\(text), of which \(Output.size(available)) are available",
                "Models and jobs need memory: end other programs, or raise the limit."
            )
        }
        return .ok("memory", "\(text), of which \(Output.size(min(available, limit))) are available")
    }

    /// The kernel's estimate of what can be used without swapping.
    private static func available() -> Int? {
        let lines = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))?.split(separator: "\n") ?? []
        guard let line = lines.first(where: { $0.hasPrefix("MemAvailable:") }) else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            .map { $0.multipliedReportingOverflow(by: 1024).partialValue }
    }

    /// The memory limit of this process's control group (version 2) and of those above it; `nil` if there is none.
    private static func groupLimit() -> Int? {
        let lines = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8))?.split(separator: "\n") ?? []
        guard var group = lines.first(where: { $0.hasPrefix("0::") })?.dropFirst(3) else { return nil }
        var limits: [Int] = []
        while true {
            let path = "/sys/fs/cgroup\(group)/memory.max"
            if let text = try? String(contentsOfFile: path, encoding: .utf8),
                let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
            {
                limits.append(limit)
            }
            guard let slash = group.lastIndex(of: "/"), group.count > 1 else { return limits.min() }
            group = group[..<slash]
        }
    }

    private func descriptors() -> Finding {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return .warning("file descriptors", "the limit cannot be read", "Check it with: ulimit -Hn")
        }
        // The server raises the soft limit to the hard one.
        guard limit.rlim_max >= Self.fewDescriptors else {
            return .warning(
                "file descriptors",
                "at most \(limit.rlim_max), which limits the number of connections",
                "Raise the limit: LimitNOFILE in the service file, or 'ulimit -Hn' in a shell."
            )
        }
        return .ok("file descriptors", "at most \(limit.rlim_max)")
    }

    private func clock() -> Finding {
        let now = Date()
        guard now.timeIntervalSince1970 > Self.oldestTime else {
            return .problem(
                "clock",
                "it says \(Output.time(now)) UTC, which is in the past",
                "Set the clock. Logs, tokens and signatures depend on it."
            )
        }
        return .ok("clock", "\(Output.time(now)) UTC")
    }
}
