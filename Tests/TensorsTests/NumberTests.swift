import Foundation
import Testing

@testable import Tensors

/// The C library's conversion is the reference: it is exact, but slow.
@Suite("Numbers in JSON")
struct NumberTests {
    private func double(_ text: String) throws -> Double {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = try JSONCursor(bytes)
            let value = try cursor.readDouble()
            try cursor.expectEnd()
            return value
        }
    }

    private func float(_ text: String) throws -> Float {
        let tensor = try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = try JSONCursor(bytes)
            return try cursor.readTensor(of: .fp32)
        }
        return tensor.withElements(of: Float.self) { $0[0] }
    }

    @Test(
        "hard cases are rounded as the C library rounds them",
        arguments: [
            "0", "-0", "0.1", "123456789012345678", "9007199254740993", "1e22", "1e23", "8.98846567431158e307",
            "1.7976931348623157e308", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
            "2.2250738585072011e-308", "2.2250738585072014e-308", "1e-400", "0e999", "6631236846766476e-316",
            "1.00000000000000011102230246251565404236316680908203125",
            "1.00000000000000011102230246251565404236316680908203124",
            "1.00000000000000011102230246251565404236316680908203126",
            "0.000000000000000000000000000000000123456789e-290",
            "12345678901234567890123456789012345678901234567890", "5e-1", "1.0678324729342086", "-1.7115145261843976",
            "7.2057594037927933e16", "100000000000000016777215", "9223372036854775807", "18446744073709551615",
        ]
    )
    func hardCases(text: String) throws {
        #expect(try double(text).bitPattern == strtod(text, nil).bitPattern)
        let single = strtof(text, nil)
        if single.isFinite { #expect(try float(text).bitPattern == single.bitPattern) }
    }

    @Test("random numbers in many notations are rounded as the C library rounds them")
    func randomNumbers() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<40_000 {
            let bits = UInt64.random(in: .min ... .max, using: &generator)
            let value = Double(bitPattern: bits)
            let digits = UInt64.random(in: 0...UInt64.max, using: &generator)
            let exponent = Int.random(in: -330...300, using: &generator)
            let fraction = UInt32.random(in: 0...UInt32.max, using: &generator)
            for text in [
                "\(value)", "\(digits)e\(exponent)", "\(digits >> 40).\(fraction)", "\(Float(bitPattern: fraction))",
            ] {
                let expected = strtod(text, nil)
                guard expected.isFinite, !text.contains("n") else { continue }
                #expect(try double(text).bitPattern == expected.bitPattern, "\(text)")
                let single = strtof(text, nil)
                if single.isFinite { #expect(try float(text).bitPattern == single.bitPattern, "\(text)") }
            }
        }
    }

    @Test("a written number reads back as the same number")
    func writing() throws {
        for _ in 0..<20_000 {
            let value = Double(bitPattern: UInt64.random(in: .min ... .max))
            guard value.isFinite else { continue }
            var writer = JSONWriter()
            writer.number(value)
            #expect(try double(String(decoding: writer.bytes, as: UTF8.self)).bitPattern == value.bitPattern)
        }
        var writer = JSONWriter()
        writer.number(Double(Float(0.0014974177)))
        writer.raw(" ")
        writer.number(1.0)
        writer.raw(" ")
        writer.number(Double.nan)
        writer.raw(" ")
        writer.number(Int64.min)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "0.001497417688369751 1.0 null -9223372036854775808")
    }

    @Test(
        "a value that is not a JSON number is rejected",
        arguments: [
            "NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "1e", "1e+", "--1", "0x10", "1_000", "-", "",
        ]
    )
    func refused(text: String) {
        #expect(throws: JSONError.self) { try double(text) }
    }

    @Test("a number out of range is rejected", arguments: ["1e309", "-1e400", "123456789012345678901234567890e300"])
    func tooLarge(text: String) {
        #expect(throws: JSONError.self) { try double(text) }
    }
}
