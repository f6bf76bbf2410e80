import Archives
import Foundation

/// Identifies archives that contain no loadable model, by the names of their files.
enum ForeignArchive {
    /// Identifies the contents of a zip archive; `nil` if it may be a SavedModel.
    static func zip(_ entries: [String]) -> ForeignFile? {
        let names = entries.map { ($0 as NSString).lastPathComponent }
        func has(_ name: String) -> Bool { names.contains(name) }
        func ends(_ suffix: String) -> Bool { names.contains { $0.hasSuffix(suffix) } }
        if has("saved_model.pb") { return nil }
        if has("data.pkl") {
            return has("constants.pkl")
                ? ForeignFile("a TorchScript model", ForeignFile.torch)
                : ForeignFile("a PyTorch model or weights", ForeignFile.torch)
        }
        if has("model.weights.h5") { return ForeignFile("a Keras model (.keras)", ForeignFile.keras) }
        if has("[Content_Types].xml") {
            return ForeignFile("an office document", "Upload the model itself.")
        }
        if ends(".mlmodel") {
            return ForeignFile("a Core ML package", "Upload the model that it was converted from.")
        }
        if has("MANIFEST.MF") {
            return ForeignFile("a Java archive", "Export the model to ONNX where it was trained.")
        }
        return of(entries, archive: "zip")
    }

    /// Identifies an archive in which the expected model was not found.
    static func of(_ entries: [String], archive: String) -> ForeignFile? {
        let names = entries.map { ($0 as NSString).lastPathComponent }
        func first(_ suffixes: String...) -> String? {
            names.first { name in suffixes.contains { name == $0 || $0.hasPrefix(".") && name.hasSuffix($0) } }
        }
        if let name = first(".onnx") {
            return ForeignFile(
                "a \(archive) archive that contains an ONNX model",
                "Upload '\(name)' itself, without the archive."
            )
        }
        if first("saved_model.pb") != nil {
            return ForeignFile(
                "a \(archive) archive that contains a SavedModel",
                "Upload it with framework=tensorflow."
            )
        }
        if let name = first("xgboost-model") {
            return ForeignFile(
                "a \(archive) archive that contains '\(name)'",
                "Upload it as .tar.gz, or upload that file itself."
            )
        }
        if first(".index") != nil, first("checkpoint") != nil {
            return ForeignFile("a \(archive) archive that contains a TensorFlow checkpoint", ForeignFile.savedModel)
        }
        if let name = first(".pkl", ".pickle", ".joblib") {
            return ForeignFile(
                "a \(archive) archive that contains '\(name)'",
                ForeignFile.joblib
            )
        }
        if first(".pt", ".pth", ".safetensors", "pytorch_model.bin") != nil {
            return ForeignFile("a \(archive) archive that contains PyTorch weights", ForeignFile.torch)
        }
        if first(".h5", ".keras") != nil {
            return ForeignFile("a \(archive) archive that contains a Keras model", ForeignFile.keras)
        }
        if first(".npy") != nil {
            return ForeignFile("a \(archive) archive of NumPy arrays", "Upload the model itself.")
        }
        if first("model.json") != nil {
            return ForeignFile(
                "a \(archive) archive that contains model.json",
                "Upload a built-in algorithm's model with its framework: linear-learner, kmeans or "
                    + "factorization-machines. Upload an XGBoost model as that file itself."
            )
        }
        return nil
    }
}
