/// The fields of what a page shows, by their names.
///
/// Mustache reflects a value, and often the values around it, for each name that it looks up. Reflecting each value once makes long
/// tables several times as fast.
enum Fields {
    /// Returns a value with the structs in it as dictionaries; `nil` for an optional without a value.
    static func of(_ value: Any) -> Any? {
        switch value {
        case let text as String: return text
        case let flag as Bool: return flag
        case let number as Int: return number
        case let list as [Any]: return list.compactMap(of)
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            return mirror.children.first.flatMap { of($0.value) }
        case .struct, .tuple:
            var fields: [String: Any] = [:]
            for (name, value) in mirror.children {
                if let name, let value = of(value) { fields[name] = value }
            }
            return fields
        default:
            return value
        }
    }
}
