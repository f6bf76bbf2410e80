import Encodings
import Foundation
import NativeAPI

/// Text that comes from outside, as the code lines need it, so that they work as printed.
enum Quoted {
    private static let safe = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:/@%+=")

    /// A word of a shell.
    static func shell(_ text: String) -> String {
        if !text.isEmpty, text.allSatisfy({ safe.contains($0) }) { return text }
        return "'" + text.replacingBytes(of: "'", with: "'\\''") + "'"
    }

    /// A string of JSON, which is one of Python too.
    static func json(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let data = try? encoder.encode(text) else { return "\"\"" }
        return String(decoding: data, as: UTF8.self)
    }

    /// A literal of Python with the value of a JSON text.
    static func python(_ text: String) -> String {
        let words = ["true": "True", "false": "False", "null": "None"]
        var result = ""
        var rest = text.utf8[...]
        func take(_ end: Substring.UTF8View.Index) -> String {
            defer { rest = rest[end...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }
        while let first = rest.first {
            if first == UInt8(ascii: "\"") {
                var end = rest.index(after: rest.startIndex)
                while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
                    let isEscape = rest[end] == UInt8(ascii: "\\")
                    end = rest.index(end, offsetBy: isEscape ? 2 : 1, limitedBy: rest.endIndex) ?? rest.endIndex
                }
                if end < rest.endIndex { end = rest.index(after: end) }
                // Python knows fewer escapes than JSON.
                let string = take(end)
                result += (try? JSONDecoder().decode(String.self, from: Data(string.utf8))).map(json) ?? string
            } else {
                func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
                let isWord = isLetter(first)
                let part = take(
                    rest.firstIndex { $0 == UInt8(ascii: "\"") || isLetter($0) != isWord } ?? rest.endIndex
                )
                result += words[part] ?? part
            }
        }
        return result
    }

    /// A value as the API takes it in a body.
    static func body(_ value: some Encodable) -> String {
        guard let data = try? NativeCoding.encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// An address of the API, with a query of which empty values are left out.
    static func url(_ path: String, _ query: [(name: String, value: String)] = []) -> String {
        let query = query.filter { !$0.value.isEmpty }
            .map { "\($0.name)=\(ConsoleAPI.escaped($0.value))" }
            .joined(separator: "&")
        return query.isEmpty ? "$ROOST_URL\(path)" : "\"$ROOST_URL\(path)?\(query)\""
    }

    /// A request whose body is JSON.
    static func curl(_ method: String, _ path: String, _ body: String = "", query: [(name: String, value: String)] = [])
        -> String
    {
        let data = body.isEmpty ? "" : " -H 'content-type: application/json' -d \(shell(body))"
        return "curl -s -X \(method) \(url(path, query))\(data)"
    }

    /// A client of one of the AWS APIs. Any region will do, but boto3 wants one.
    static func boto3(_ service: String) -> String {
        "boto3.client(\(json(service)), endpoint_url=os.environ[\"ROOST_URL\"], region_name=\"us-east-1\")"
    }

    /// A list of things of one of the AWS APIs, all pages of it: by itself, a call returns a few of them.
    ///
    /// - Parameters:
    ///   - call: That which lists them.
    ///   - member: That of the response with the things.
    static func boto3(_ service: String, _ call: String, _ member: String, _ arguments: String = "") -> String {
        "\(boto3(service)).get_paginator(\(json(call))).paginate(\(arguments)).build_full_result()[\(json(member))]"
    }

    /// The arguments of a call in Python, of which empty ones are left out.
    static func arguments(_ pairs: [(name: String, value: String)]) -> String {
        pairs.filter { !$0.value.isEmpty }.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    }

    /// An expression of Python for the things of a list whose names contain a text.
    static func named(_ search: String, _ thing: String, in list: String) -> String {
        search.isEmpty ? list : "[\(thing) for \(thing) in \(list) if \(json(search)) in \(thing).name()]"
    }

    /// The arguments of a call in Python that are text, of which empty ones are left out.
    static func texts(_ pairs: [(name: String, value: String)]) -> String {
        arguments(pairs.map { ($0.name, $0.value.isEmpty ? "" : json($0.value)) })
    }

    /// The options of a command, of which empty ones are left out.
    static func options(_ pairs: [(name: String, value: String)]) -> String {
        pairs.filter { !$0.value.isEmpty }.map { name, value in
            // What begins with a hyphen would be another option.
            " --\(name)\(value.hasPrefix("-") ? "=" : " ")\(shell(value))"
        }.joined()
    }

    /// The arguments of a command that are not options, of which empty ones are left out. They come last, so that none can be an
    /// option, such as one that sends a token elsewhere.
    static func operands(_ texts: String...) -> String {
        let texts = texts.filter { !$0.isEmpty }
        let end = texts.contains { $0.hasPrefix("-") } ? " --" : ""
        return end + texts.map { " " + shell($0) }.joined()
    }
}
