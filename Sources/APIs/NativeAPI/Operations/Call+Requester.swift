import Definitions

extension Call {
    /// Who asks, as the client tells.
    func requester() throws(RoostError) -> String? {
        guard let text = query("by") else { return nil }
        return try checkedRequester(text)
    }
}

/// Checks the name of who asks, and returns it.
func checkedRequester(_ text: String) throws(RoostError) -> String {
    guard (1...128).contains(text.utf8.count), text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else {
        throw RoostError(.invalidInput, "'by' must be 1 to 128 bytes without control characters.", field: "by")
    }
    return text
}
