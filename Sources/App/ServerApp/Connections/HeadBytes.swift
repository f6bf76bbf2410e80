import Serving

/// The head of a request that was already taken apart, as the bytes that dialects read.
struct HeadBytes {
    private var bytes: [UInt8] = []
    /// The ends of the path, of the query, and of each header's name and value.
    private var ends: [Int] = []

    /// - Parameter uri: The target in any form: an absolute one is what proxies get.
    init(uri: String, fields: some Sequence<(String, String)>) {
        var target = uri.utf8[...]
        if target.first != UInt8(ascii: "/"), let scheme = target.firstIndex(of: UInt8(ascii: ":")) {
            let authority = target[scheme...].dropFirst(3)
            target = authority.firstIndex(of: UInt8(ascii: "/")).map { target[$0...] } ?? target
        }
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        bytes += path
        ends.append(bytes.count)
        bytes += target[path.endIndex...].dropFirst()
        ends.append(bytes.count)
        for (name, value) in fields {
            bytes += name.utf8
            ends.append(bytes.count)
            bytes += value.withoutSpaceAtEnd.utf8
            ends.append(bytes.count)
        }
    }

    func withHead<Result>(_ body: (InferenceHead) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            func part(_ index: Int) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(rebasing: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
            }
            let fields = stride(from: 2, to: ends.count, by: 2).map { index in
                InferenceHead.Field(name: part(index), value: part(index + 1))
            }
            return fields.withUnsafeBufferPointer { fields in
                body(InferenceHead(path: part(0), query: part(1), fields: fields))
            }
        }
    }
}
