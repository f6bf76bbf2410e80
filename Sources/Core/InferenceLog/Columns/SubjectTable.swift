import Foundation

/// Numbers the subjects of entries in the order of their appearance.
///
/// The JSON of a subject is the same in all its entries, so it is compared as bytes before it is parsed.
struct SubjectTable {
    private static let cached = 16

    private(set) var subjects: [LogEntrySubject] = []
    private var codes: [LogEntrySubject: UInt32] = [:]
    private var texts: [(bytes: [UInt8], code: UInt32)] = []
    /// The place of the text that was found last.
    private var last = 0

    /// Returns the code of the subject whose JSON `text` begins with, and the size of that JSON.
    mutating func code(atStartOf text: UnsafeRawBufferPointer) -> (code: UInt32, byteCount: Int)? {
        for step in texts.indices {
            let index = (last + step) % texts.count
            let known = texts[index].bytes
            guard known.count < text.count, let start = text.baseAddress,
                text[known.count] == UInt8(ascii: ",") || text[known.count] == UInt8(ascii: "}"),
                known.withUnsafeBytes({ $0.baseAddress.map { memcmp($0, start, known.count) == 0 } ?? false })
            else { continue }
            last = index
            return (texts[index].code, known.count)
        }
        return nil
    }

    /// - Parameter text: The JSON from the value of `model_name` to the last member of the subject; `nil` if other members are between.
    mutating func code(of subject: LogEntrySubject, text: UnsafeRawBufferPointer?) -> UInt32 {
        let code: UInt32
        if let known = codes[subject] {
            code = known
        } else {
            code = UInt32(subjects.count)
            subjects.append(subject)
            codes[subject] = code
        }
        if let text, text.count <= 4096 {
            if texts.count == Self.cached { texts.removeFirst() }
            texts.append((Array(text), code))
            last = texts.count - 1
        }
        return code
    }
}
