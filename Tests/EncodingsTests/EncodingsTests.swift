import Encodings
import Foundation
import Testing

struct EncodingsTests {
    @Test("bytes become hexadecimal digits and back")
    func hexadecimal() {
        let bytes: [UInt8] = [0x00, 0x0F, 0xA5, 0xFF]
        #expect(bytes.hexadecimal == "000fa5ff")
        #expect([UInt8](hexadecimal: "000FA5ff") == bytes)
        #expect([UInt8](hexadecimal: "") == [])
    }

    @Test("a string that is not pairs of hexadecimal digits is refused", arguments: ["0", "0g", "0x10", "١٢", " 10"])
    func badHexadecimal(_ string: String) {
        #expect([UInt8](hexadecimal: string) == nil)
    }

    @Test("percent-encoding keeps unreserved characters and encodes the bytes of all others")
    func percentEncoding() throws {
        #expect(PercentEncoding.encode("a b/ü~") == "a%20b%2F%C3%BC~")
        #expect(PercentEncoding.encode("a b/c", keeping: UInt8(ascii: "/")) == "a%20b/c")
        #expect(try PercentEncoding.decode("a%20b%2f%C3%BC+") == "a b/ü+")
    }

    @Test("percent-encoding that is invalid says how")
    func badPercentEncoding() {
        for string in ["%", "a%2", "%zz", "%+1"] {
            #expect(throws: PercentEncoding.Problem.incompleteEscape) { try PercentEncoding.decode(string) }
            #expect(string.percentDecoded == string)
        }
        #expect(throws: PercentEncoding.Problem.notUTF8) { try PercentEncoding.decode("%ff") }
    }

    @Test("a query is pairs in order; only forms write a space as a plus sign")
    func pairs() {
        let pairs = PercentEncoding.pairs(of: "a=1+2&b&c=%26=x&a=")
        #expect(pairs.map(\.name) == ["a", "b", "c", "a"])
        #expect(pairs.map(\.value) == ["1+2", "", "&=x", ""])
        #expect(PercentEncoding.pairs(of: "a=1+2", plusIsSpace: true).first?.value == "1 2")
    }

    @Test("RFC 3339 times have a fixed number of digits, before the epoch too")
    func rfc3339() {
        #expect(RFC3339.string(microseconds: 1_795_238_100_123_456) == "2026-11-21T05:15:00.123456Z")
        #expect(RFC3339.string(microseconds: -1) == "1969-12-31T23:59:59.999999Z")
        #expect(RFC3339.string(milliseconds: 1_795_238_100_007) == "2026-11-21T05:15:00.007Z")
        #expect(RFC3339.string(seconds: 0) == "1970-01-01T00:00:00Z")
    }

    @Test("RFC 3339 times are read in every time zone")
    func readRFC3339() {
        let seconds = 1_795_238_100.0
        #expect(RFC3339.date("2026-11-21T05:15:00Z")?.timeIntervalSince1970 == seconds)
        #expect(RFC3339.date("2026-11-21T06:15:00.5+01:00")?.timeIntervalSince1970 == seconds + 0.5)
        for string in ["", "2026-11-21", "2026-11-21T05:15:00.Z", "2026-11-21T05:15:00.5", "yesterday"] {
            #expect(RFC3339.date(string) == nil, "\(string)")
        }
    }

    @Test("HTTP dates are written and read as RFC 9110 has them")
    func httpDates() {
        // The example of RFC 9110, 5.6.7.
        let date = Date(timeIntervalSince1970: 784_111_777)
        #expect(HTTPDate.string(date) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.date("Sun, 06 Nov 1994 08:49:37 GMT") == date)
        for string in ["", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            #expect(HTTPDate.date(string) == nil, "\(string)")
        }
    }

    @Test(
        "a date with numbers out of range is invalid",
        arguments: [
            "Sun, 06 Nov 1994 9223372036854775807:49:37 GMT", "Sun, 06 Nov 1994 08:-1:37 GMT",
            "Sun, 06 Nov 9223372036854775807 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
        ]
    )
    func otherDates(text: String) { #expect(HTTPDate.date(text) == nil) }

    @Test("FNV-1a gives its published values")
    func fnv1a() {
        // From the reference code of Fowler, Noll and Vo.
        #expect(StableHash.fnv1a("") == 0xCBF2_9CE4_8422_2325)
        #expect(StableHash.fnv1a("a") == 0xAF63_DC4C_8601_EC8C)
        #expect(StableHash.fnv1a("foobar") == 0x8594_4171_F739_67E8)
    }
}
