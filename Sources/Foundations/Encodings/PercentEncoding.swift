/// Percent-encoding of RFC 3986, over UTF-8.
package enum PercentEncoding {
    package enum Problem: Error, Equatable {
        /// A percent sign is not followed by two hexadecimal digits.
        case incompleteEscape
        case notUTF8
    }

    /// Decodes a component. A plus sign stands for itself.
    package static func decode(_ string: some StringProtocol) throws(Problem) -> String {
        guard string.utf8.contains(UInt8(ascii: "%")) else { return String(string) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(string.utf8.count)
        var iterator = string.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(hexadecimalDigit),
                let low = iterator.next().flatMap(hexadecimalDigit)
            else { throw .incompleteEscape }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        return decoded
    }

    /// Encodes everything but the unreserved characters: letters, digits and `-._~`.
    ///
    /// - Parameter kept: One more ASCII character that stays as it is, such as the slash of a path.
    package static func encode(_ string: some StringProtocol, keeping kept: UInt8? = nil) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(string.utf8.count)
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case _ where byte == kept: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names and values of a query, decoded, in order. What cannot be decoded stays as it is.
    ///
    /// - Parameter plusIsSpace: As in forms that browsers send.
    package static func pairs(
        of query: some StringProtocol,
        plusIsSpace: Bool = false
    ) -> [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { side in
                (plusIsSpace ? String(side.map { $0 == "+" ? " " : $0 }) : String(side)).percentDecoded
            }
            return (sides[0], sides.count > 1 ? sides[1] : "")
        }
    }
}

extension StringProtocol {
    /// The string without its percent-encoding, or unchanged if that is invalid.
    package var percentDecoded: String { (try? PercentEncoding.decode(self)) ?? String(self) }
}
