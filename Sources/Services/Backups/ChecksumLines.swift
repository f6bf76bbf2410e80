import Crypto
import Encodings
import Foundation

/// The checksums of a backup's files in the format of `sha256sum`, in the order of the files.
struct ChecksumLines {
    private(set) var text: [UInt8] = []

    mutating func add(_ path: String, _ digest: SHA256.Digest) {
        let escaped = path.replacingBytes(of: "\n", with: "\\n").replacingBytes(of: "\r", with: "\\r")
        // This is how sha256sum marks names with escapes.
        let mark = escaped == path ? "" : "\\"
        text.append(contentsOf: "\(mark)\(digest.hexadecimal)  \(escaped)\n".utf8)
    }

    /// Returns the first file in `others` whose line is different here.
    func firstDifference(from others: [UInt8]) -> String {
        let newline = UInt8(ascii: "\n")
        let (own, others) = (text.split(separator: newline), others.split(separator: newline))
        let same = zip(own, others).prefix { $0 == $1 }.count
        guard let line = others.dropFirst(same).first else { return BackupLayout.checksums }
        return String(decoding: line, as: UTF8.self).split(separator: "  ", maxSplits: 1).last.map(String.init) ?? ""
    }
}
