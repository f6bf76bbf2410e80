import Definitions

extension RoostError {
    /// The same error with the labels of a form in place of the names that its fields have in the API.
    ///
    /// - Parameter labels: The label of each name.
    func naming(_ labels: [(name: String, label: String)]) -> RoostError {
        var words = message
        for (name, label) in labels { words = words.replacing("'\(name)'", with: "“\(label)”") }
        return RoostError(code, words, field: field)
    }
}
