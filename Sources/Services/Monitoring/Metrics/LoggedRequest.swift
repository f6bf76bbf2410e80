import Tensors

/// What an entry's line has of the request, as JSON that stays valid as long as the line.
struct LoggedRequest {
    /// What the first function before the models was given; `nil` without one, or if the log does not keep it.
    private(set) var functionInput: UnsafeRawBufferPointer?
    /// The inputs of the models.
    private(set) var data: UnsafeRawBufferPointer?

    init(_ line: UnsafeRawBufferPointer) throws(JSONError) {
        var cursor = try JSONCursor(line)
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var name = ""
        var first = true
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "functions": try readFunctions(&cursor)
            case "original_data": data = try cursor.rawValue()
            default: try cursor.skipValue()
            }
        }
    }

    private mutating func readFunctions(_ cursor: inout JSONCursor) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "["), "'['")
        var name = ""
        var first = true
        while try cursor.nextElement(first: &first) {
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var firstMember = true
            while try cursor.nextKey(first: &firstMember, into: &name) {
                if name == "input", functionInput == nil {
                    functionInput = try cursor.rawValue()
                } else {
                    try cursor.skipValue()
                }
            }
        }
    }
}
