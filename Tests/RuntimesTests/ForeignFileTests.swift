import Foundation
import TestSupport
import Testing

@testable import Runtimes

/// The end-to-end tests use real files for the formats whose libraries they have. These tests cover the other formats.
@Suite("Files that are not models")
struct ForeignFileTests {
    private static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

    /// The base_score as a float, num_feature in four bytes, the rest of 136 bytes, then the objective and the booster with
    /// their lengths.
    private static let oldXGBoost =
        [0, 0, 0, 0x3F] + [UInt8](repeating: 0, count: 132) + [15, 0, 0, 0, 0, 0, 0, 0] + bytes("binary:logistic")
        + [6, 0, 0, 0, 0, 0, 0, 0] + bytes("gbtree") + [UInt8](repeating: 1, count: 40)

    private static let files: [([UInt8], String)] = [
        (bytes("tree\nversion=v4\nnum_class=1\n"), "LightGBM"),
        (bytes("CBM1") + [0, 1, 2], "CatBoost"),
        (bytes(#"{"features_info":{},"model_info":{}}"#), "CatBoost"),
        ([0x40, 0, 0, 0, 0, 0, 0, 0] + bytes(#"{"w":{"dtype":"F32"}}"#), "safetensors"),
        (bytes("GGUF") + [3, 0, 0, 0], "GGUF"),
        ([0x1C, 0, 0, 0] + bytes("TFL3") + [0, 0], "TensorFlow Lite"),
        ([0x1C, 0, 0, 0] + bytes("ORTM") + [0, 0], ".ort"),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "HDF5"),
        ([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E], "PyTorch"),
        ([0x80, 0x02] + bytes("ctorch._utils\n_rebuild_tensor_v2\n"), "PyTorch tensors"),
        (oldXGBoost, "old binary format"), (bytes("binf") + oldXGBoost, "old binary format"),
        // A SavedModel's version and the beginning of its MetaGraphDef.
        ([0x08, 0x01, 0x12, 0x80, 0x02, 0x0A, 0x07, 0x22, 0x05] + bytes("serve"), "saved_model.pb"),
        // A node 'x' with operator 'Placeholder'.
        ([0x0A, 0x10, 0x0A, 0x01] + bytes("x") + [0x12, 0x0B] + bytes("Placeholder"), "frozen TensorFlow graph"),
        // Version 5, a description with an input 'x', and a neural network (field 500).
        ([0x08, 0x05, 0x12, 0x05, 0x0A, 0x03, 0x0A, 0x01] + bytes("x") + [0xA2, 0x1F, 0x00], "Core ML"),
        (bytes("<?xml version=\"1.0\"?>\n<net name=\"m\" version=\"11\">"), "OpenVINO"),
        (bytes("<?xml version=\"1.0\"?>\n<PMML version=\"4.4\">"), "PMML"),
        (bytes("<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>"), "XML"),
        (bytes("PAR1") + [0x15, 0x04], "Parquet"), (bytes("ARROW1") + [0, 0], "Arrow"),
        ([0x04, 0x22, 0x4D, 0x18, 0x64], "LZ4"), ([0x28, 0xB5, 0x2F, 0xFD, 0x24], "Zstandard"),
        ([0x7F, 0x45, 0x4C, 0x46, 2], "executable"), ([0xFF, 0xFE, 0x61, 0], "UTF-16"),
        (bytes(#"{"architectures":["Bert"]}"#), "Hugging Face"), (bytes(#"{"feature_dim":3}"#), "built-in algorithm"),
        (bytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git lfs pull"),
        (bytes("<!DOCTYPE html><html>404</html>"), "HTML"), ([UInt8](repeating: 0, count: 64), "zero bytes"),
        ([], "empty"),
    ]

    @Test("a file's format is identified", arguments: files)
    func names(bytes: [UInt8], part: String) throws {
        try withTemporaryFolder { folder in
            try Data(bytes).write(to: URL(filePath: folder + "/m"))
            let reason = try #require(ForeignFile.at(folder + "/m")).reason
            #expect(reason.contains(part), "\(reason)")
        }
    }

    @Test("archives are identified by the names of their files")
    func archives() {
        func zip(_ entries: String...) -> String { ForeignArchive.zip(entries)?.name ?? "" }
        #expect(zip("m/saved_model.pb", "m/variables/variables.index") == "")
        #expect(zip("archive/data.pkl", "archive/data/0") == "a PyTorch model or weights")
        #expect(zip("archive/data.pkl", "archive/constants.pkl") == "a TorchScript model")
        #expect(zip("config.json", "metadata.json", "model.weights.h5") == "a Keras model (.keras)")
        #expect(zip("Manifest.json", "Data/com.apple.CoreML/model.mlmodel") == "a Core ML package")
        #expect(zip("x.npy").contains("NumPy"))
        #expect(zip("[Content_Types].xml", "xl/workbook.xml").contains("office"))
        #expect(zip("model.onnx").contains("ONNX"))
        #expect(zip("readme") == "")
    }

    @Test(
        "a supported model is not a foreign file",
        arguments: try FileManager.default.contentsOfDirectory(atPath: Example.folder + "/models")
    )
    func models(name: String) { #expect(ForeignFile.at(Example.path(name)) == nil) }

    @Test("an XGBoost model is recognized whatever the names of its features")
    func featureNames() throws {
        try withTemporaryFolder { folder in
            let text = #"{"learner":{"attributes":{},"feature_names":["class_name","model_type","cell_type"]}}"#
            try Data(text.utf8).write(to: URL(filePath: folder + "/m"))
            #expect(ForeignFile.at(folder + "/m") == nil)
        }
    }
}

@Suite("Messages of runtimes")
struct RuntimeMessageTests {
    @Test(
        "source files, local paths and the host name are removed",
        arguments: [
            (
                "/onnxruntime_src/core/graph/model.cc:179 onnxruntime::Model::Model(onnx::ModelProto&&, const Path&) "
                    + "Unsupported model IR version: 99",
                "Unsupported model IR version: 99"
            ),
            (
                "Load model from /tmp/a/m failed:Protobuf parsing failed.",
                "Load model from m failed:Protobuf parsing failed."
            ),
            ("Expand node. Status Message: std::bad_alloc", "Expand node. Status Message: Failed to allocate memory."),
            (
                "Op type not registered 'X' in binary running on my-host-7. Make sure",
                "Op type not registered 'X' in this runtime. Make sure"
            ),
            ("[12:00:01] /workspace/src/tree.cc:77: Check failed: a == b", "Check failed: a == b"),
            ("F0000 00:00:1795 4711 tensor_shape.cc:201] Check failed: x", "Check failed: x"),
            // The name of a node may begin with a slash.
            ("Node (/encoder/layer.0/Add) failed", "Node (/encoder/layer.0/Add) failed"),
        ]
    )
    func told(text: String, told: String) { #expect(RuntimeMessage.told(text) == told) }

    @Test("a known path is replaced with its name")
    func names() {
        #expect(
            RuntimeMessage.told("no /tmp/x/y/z here", calling: ["/tmp/x/y": "the archive"]) == "no the archive/z here"
        )
    }
}
