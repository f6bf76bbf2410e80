import AWS
import Definitions
import Encodings
import Foundation
import NIOCore

extension CaptureDefinition {
    /// Returns the line that describes an invocation, in AWS's format.
    func line(
        of invocation: Invocation,
        id: String,
        answer: [UInt8],
        _ answerType: String,
        at time: Date
    ) -> Data {
        let body = Array(invocation.body.readableBytesView)
        return JSON.members([
            "captureData": .members([
                "endpointInput": keepsInput ? part("INPUT", invocation.contentType, body) : nil,
                "endpointOutput": keepsOutput ? part("OUTPUT", answerType, answer) : nil,
            ]),
            "eventMetadata": .members([
                "eventId": .string(id), "inferenceId": invocation.inferenceID.map(JSON.string),
                "inferenceTime": .string(RFC3339.string(seconds: Int64(saturating: time.timeIntervalSince1970))),
            ]),
            "eventVersion": .string("0"),
        ]).encoded
    }

    private func part(_ mode: String, _ contentType: String?, _ bytes: [UInt8]) -> JSON {
        let name = (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        let isCSV = csvTypes.contains(name) || csvTypes.contains(contentType ?? "")
        let isJSON = jsonTypes.contains(name) || jsonTypes.contains(contentType ?? "")
        let text = isCSV || isJSON ? String(validating: bytes, as: UTF8.self) : nil
        return .members([
            "observedContentType": contentType.map(JSON.string), "mode": .string(mode),
            "data": .string(text ?? Data(bytes).base64EncodedString()),
            "encoding": .string(text == nil ? "BASE64" : isCSV ? "CSV" : "JSON"),
        ])
    }
}
