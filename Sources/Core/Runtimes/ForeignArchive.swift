import Archives
import Foundation

/// What archives hold that hold no model which a runtime here loads, as the names in them tell.
enum ForeignArchive {
    /// What a zip is; `nil` where it may be a SavedModel.
    static func zip(_ entries: [String]) -> ForeignFile? {
        let names = entries.map { ($0 as NSString).lastPathComponent }
        func has(_ name: String) -> Bool { names.contains(name) }
        func ends(_ suffix: String) -> Bool { names.contains { $0.hasSuffix(suffix) } }
        if has("saved_model.pb") { return nil }
        if has("data.pkl") {
            return has("constants.pkl")
                ? ForeignFile("a model of TorchScript", ForeignFile.torch)
                : ForeignFile("a model or weights of PyTorch", ForeignFile.torch)
        }
        if has("model.weights.h5") { return ForeignFile("a Keras model (.keras)", ForeignFile.keras) }
        if has("[Content_Types].xml") {
            return ForeignFile("a document of an office program", "Upload the model itself.")
        }
        if ends(".mlmodel") {
            return ForeignFile("a package of Core ML", "Upload the model that it was converted from.")
        }
        if has("MANIFEST.MF") {
            return ForeignFile("an archive of Java", "Export the model to ONNX where it was trained.")
        }
        return of(entries, archive: "zip")
    }

    /// What an archive is that has no model where one is looked for.
    static func of(_ entries: [String], archive: String) -> ForeignFile? {
        let names = entries.map { ($0 as NSString).lastPathComponent }
        func first(_ suffixes: String...) -> String? {
            names.first { name in suffixes.contains { name == $0 || $0.hasPrefix(".") && name.hasSuffix($0) } }
        }
        if let name = first(".onnx") {
            return ForeignFile(
                "a \(archive) archive with an ONNX model in it",
                "Upload '\(name)' itself, without the archive."
            )
        }
        if first("saved_model.pb") != nil {
            return ForeignFile("a \(archive) archive with a SavedModel in it", "Upload it with framework=tensorflow.")
        }
        if let name = first("xgboost-model") {
            return ForeignFile(
                "a \(archive) archive with '\(name)' in it",
                "Upload it as .tar.gz, or that file itself."
            )
        }
        if first(".index") != nil, first("checkpoint") != nil {
            return ForeignFile("a \(archive) archive with a TensorFlow checkpoint in it", ForeignFile.savedModel)
        }
        if let name = first(".pkl", ".pickle", ".joblib") {
            return ForeignFile(
                "a \(archive) archive with '\(name)' in it",
                ForeignFile.joblib
            )
        }
        if first(".pt", ".pth", ".safetensors", "pytorch_model.bin") != nil {
            return ForeignFile("a \(archive) archive with weights of PyTorch in it", ForeignFile.torch)
        }
        if first(".h5", ".keras") != nil {
            return ForeignFile("a \(archive) archive with a Keras model in it", ForeignFile.keras)
        }
        if first(".npy") != nil {
            return ForeignFile("a \(archive) archive of NumPy's arrays", "Upload the model itself.")
        }
        if first("model.json") != nil {
            return ForeignFile(
                "a \(archive) archive with model.json in it",
                "A model of a built-in algorithm is uploaded with its framework: linear-learner, kmeans or "
                    + "factorization-machines; one of XGBoost as that file itself."
            )
        }
        return nil
    }
}
