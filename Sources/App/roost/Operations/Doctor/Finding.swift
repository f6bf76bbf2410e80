/// The result of one check.
struct Finding: Encodable, Equatable {
    enum Status: String, Encodable { case ok, warning, problem }

    var name: String
    var status: Status
    /// What was found.
    var message: String
    /// What to do about it; `nil` if nothing.
    var advice: String?

    static func ok(_ name: String, _ message: String) -> Finding {
        Finding(name: name, status: .ok, message: message)
    }

    static func warning(_ name: String, _ message: String, _ advice: String) -> Finding {
        Finding(name: name, status: .warning, message: message, advice: advice)
    }

    static func problem(_ name: String, _ message: String, _ advice: String) -> Finding {
        Finding(name: name, status: .problem, message: message, advice: advice)
    }
}
