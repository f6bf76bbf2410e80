package import Definitions
package import Tensors

/// The JSON part of the Open Inference Protocol V2 over HTTP.
///
/// - Source: the KServe project's *Open Inference Protocol (V2 Inference Protocol)*, `specification/protocol/inference_rest.md`.
package enum OpenInference {
    /// The content of an inference request.
    package struct Request: Sendable {
        package var id: String?
        /// One tensor for each input of the model, in its order.
        package var inputs: [Tensor]
        /// The values of the keys in `parameters`, in the given order; `nil` for one that is missing.
        package var keys: [String?]
        /// The names of the requested outputs; `nil` for all.
        package var outputs: [String]?
        /// How to write numbers that JSON cannot represent.
        package var nonFinite: JSONWriter.NonFinite
        /// How long the request may wait and run; `nil` if it sets no limit.
        package var timeLimit: Duration?
        /// The inputs as a JSON object by name, with numbers as they were sent; `nil` if they cannot be copied unchanged.
        package var originalData: [UInt8]?
    }

    /// The pipeline or model that a request's path names.
    package struct Target: Sendable {
        let name: String
        let version: String

        package init(name: String, version: String) {
            self.name = name
            self.version = version
        }
    }

    package static func decode(
        _ body: UnsafeRawBufferPointer,
        for target: Target,
        inputs specs: [TensorSpec],
        keys: [String],
        outputs: [TensorSpec]
    ) throws(RoostError) -> Request {
        var reader = RequestReader(specs: specs, outputs: outputs, keys: keys, target: target)
        do throws(JSONError) {
            var cursor = try JSONCursor(body)
            try reader.read(&cursor)
        } catch {
            let place = reader.field.map { " (in '\($0)')" } ?? ""
            let message = error.kind == .syntax ? "The body is not valid JSON\(place): \(error)." : "\(error)\(place)."
            throw RoostError(.invalidInput, message, field: reader.field ?? "body")
        }
        if let error = reader.error { throw error }
        let request = try reader.finish()
        for name in request.outputs ?? [] where !outputs.contains(where: { $0.name == name }) {
            let known = outputs.map { "'\($0.name)'" }.joined(separator: ", ")
            throw RoostError(.invalidInput, "There is no output '\(name)'; the model has \(known).", field: "outputs")
        }
        return request
    }

    /// Encodes the response to an inference request.
    ///
    /// - Parameters:
    ///   - specs: The outputs' specifications, against which `wanted` was checked.
    ///   - wanted: The names of the outputs to return; `nil` for all.
    package static func encode(
        model: String,
        version: String,
        id: String?,
        specs: [TensorSpec],
        outputs: [Tensor],
        wanted: [String]?,
        into writer: inout JSONWriter
    ) {
        writer.raw("{\"model_name\":")
        writer.string(model)
        writer.raw(",\"model_version\":")
        writer.string(version)
        if let id {
            writer.raw(",\"id\":")
            writer.string(id)
        }
        writer.raw(",\"outputs\":[")
        if let wanted {
            let indices = wanted.compactMap { name in specs.firstIndex { $0.name == name } }
            for (position, index) in indices.enumerated() {
                write(outputs[index], name: specs[index].name, isFirst: position == 0, into: &writer)
            }
        } else {
            for (index, (spec, tensor)) in zip(specs, outputs).enumerated() {
                write(tensor, name: spec.name, isFirst: index == 0, into: &writer)
            }
        }
        writer.raw("]}")
    }

    private static func write(_ tensor: Tensor, name: String, isFirst: Bool, into writer: inout JSONWriter) {
        writer.raw(isFirst ? "{\"name\":" : ",{\"name\":")
        writer.string(name)
        writer.raw(",\"datatype\":\"")
        writer.raw(contentsOf: tensor.dataType.rawValue)
        writer.raw("\",\"shape\":")
        writer.shape(tensor.shape)
        writer.raw(",\"data\":")
        writer.elements(of: tensor)
        writer.raw("}")
    }

    // MARK: Metadata

    package static func serverMetadata(version: String, into writer: inout JSONWriter) {
        writer.raw("{\"name\":\"roost\",\"version\":")
        writer.string(version)
        writer.raw(",\"extensions\":[]}")
    }

    /// - Parameter versions: The versions that are deployed or loaded.
    package static func modelMetadata(
        name: String,
        versions: [String],
        platform: String,
        signature: Signature,
        into writer: inout JSONWriter
    ) {
        writer.raw("{\"name\":")
        writer.string(name)
        writer.raw(",\"versions\":[")
        for (index, version) in versions.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(version)
        }
        writer.raw("],\"platform\":")
        writer.string(platform)
        for (key, specs) in [("inputs", signature.inputs), ("outputs", signature.outputs)] {
            writer.raw(contentsOf: ",\"\(key)\":[")
            for (index, spec) in specs.enumerated() {
                writer.raw(index == 0 ? "{\"name\":" : ",{\"name\":")
                writer.string(spec.name)
                writer.raw(contentsOf: ",\"datatype\":\"\(spec.dataType.rawValue)\",\"shape\":")
                writer.shape(spec.shape)
                writer.raw("}")
            }
            writer.raw("]")
        }
        writer.raw("}")
    }

    /// `{"error": "…"}`
    package static func error(_ error: RoostError, into writer: inout JSONWriter) {
        writer.raw("{\"error\":")
        writer.string(error.message)
        writer.raw("}")
    }
}
