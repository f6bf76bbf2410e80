import Archives
import Foundation

/// A file that no runtime can load, identified by its bytes, with advice on what to upload instead.
struct ForeignFile: Equatable {
    /// With its article: "a Keras model".
    let name: String
    let remedy: String

    init(_ name: String, _ remedy: String) {
        self.name = name
        self.remedy = remedy
    }

    var reason: String { "it is \(name). \(remedy)" }

    /// Identifies the file at `path`; `nil` if it may be a model, or its kind is unknown.
    static func at(_ path: String) -> ForeignFile? {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else { return nil }
        if data.isEmpty { return ForeignFile("an empty file", "Upload the bytes of a model.") }
        if data.starts(with: [0x50, 0x4B]) {
            guard let entries = try? Archive(path: path).fileNames() else { return nil }
            return ForeignArchive.zip(entries)
        }
        if data.starts(with: [0x1F, 0x8B]) {
            if let entries = try? Archive(path: path).fileNames(), !entries.isEmpty { return nil }
            guard let head = try? Gzip.head(of: path, count: Bytes.headCount), !head.isEmpty else { return nil }
            let bytes = Bytes(head: head, tail: [], size: head.count)
            // An unreadable archive: the loader's error says why.
            if bytes.isTar { return nil }
            let inner = of(bytes)
            if let inner { return ForeignFile("a gzip file that contains \(inner.name)", inner.remedy) }
            return head.first == UInt8(ascii: "{")
                ? ForeignFile(
                    "a gzip file that contains a single file, not a tar archive",
                    "Decompress it with gunzip and upload the file itself."
                )
                : nil
        }
        return of(Bytes(data))
    }

    /// Identifies a file that is neither a zip nor a gzip archive, by its bytes.
    static func of(_ bytes: Bytes) -> ForeignFile? {
        // An XGBoost model, even if its features have names that match another kind.
        if bytes.text.hasPrefix("{"), bytes.has("\"learner\"") { return nil }
        for kind in kinds where kind.matches(bytes) { return kind.file(bytes) }
        return nil
    }

    /// The bytes that identify the kind of a file.
    struct Bytes {
        static let headCount = 4096
        let head: [UInt8]
        let tail: [UInt8]
        let size: Int

        init(head: [UInt8], tail: [UInt8], size: Int) {
            self.head = head
            self.tail = tail
            self.size = size
        }

        init(_ data: Data) {
            self.init(head: Array(data.prefix(Self.headCount)), tail: Array(data.suffix(64)), size: data.count)
        }

        func starts(_ text: String) -> Bool { head.starts(with: text.utf8) }
        func starts(_ bytes: UInt8...) -> Bool { head.starts(with: bytes) }
        func starts(_ text: String, at offset: Int) -> Bool { head.dropFirst(offset).starts(with: text.utf8) }
        func has(_ text: String) -> Bool { Data(head).range(of: Data(text.utf8)) != nil }

        /// The head without leading white space if it is text; empty otherwise.
        var text: String {
            guard let text = String(validating: head.prefix(Self.headCount - 4), as: UTF8.self) ?? trimmedText,
                text.unicodeScalars.allSatisfy({ $0.value >= 32 || [9, 10, 12, 13].contains($0.value) })
            else { return "" }
            return String(text.drop { $0.isWhitespace || $0 == "\u{FEFF}" })
        }

        /// The head as text if it ends in the middle of a character.
        private var trimmedText: String? {
            (1...3).lazy.compactMap { String(validating: head.dropLast(4 + $0), as: UTF8.self) }.first
        }

        var isTar: Bool { starts("ustar", at: 257) }
    }

    private struct Kind: Sendable {
        let matches: @Sendable (Bytes) -> Bool
        let file: @Sendable (Bytes) -> ForeignFile

        init(_ name: String, _ remedy: String, _ matches: @escaping @Sendable (Bytes) -> Bool) {
            self.matches = matches
            file = { _ in ForeignFile(name, remedy) }
        }

        init(_ matches: @escaping @Sendable (Bytes) -> Bool, _ file: @escaping @Sendable (Bytes) -> ForeignFile) {
            self.matches = matches
            self.file = file
        }
    }

    // MARK: The table; the first match wins

    private static let kinds: [Kind] = modelFormats + texts + binaries + otherTexts

    private static let notAModel = "Upload the model itself."

    private static let texts: [Kind] = [
        Kind("a Git LFS pointer, not the file that it points to", "Fetch the file with: git lfs pull") {
            $0.starts("version https://git-lfs")
        },
        Kind("an HTML page, as from a download that failed or needs a login", "Download the model again.") {
            let text = $0.text.prefix(200).lowercased()
            return text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.contains("<html")
        },
        Kind("a PMML document", pmml) {
            $0.text.hasPrefix("<") && $0.text.contains("<PMML")
        },
        Kind("an OpenVINO model", "Upload the ONNX model or the SavedModel that it was converted from.") {
            $0.text.hasPrefix("<") && $0.text.contains("<net ")
        },
        Kind("an XML document", notAModel) { $0.text.hasPrefix("<?xml") || $0.text.hasPrefix("<Error>") },
        Kind("a LightGBM model in its text format", lightGBM) { $0.starts("tree\nversion=") },
        Kind(
            "a dump of an XGBoost model, which cannot be loaded again",
            "Save the model with booster.save_model(\"model.json\")."
        ) {
            $0.starts("booster[0]")
                || $0.text.hasPrefix("[") && ($0.has("\"nodeid\"") || $0.text.dropFirst().trimmed.hasPrefix("\"0:["))
        },
        Kind("the index of a TensorFlow checkpoint", savedModel) { $0.starts("model_checkpoint_path:") },
        Kind("a Jupyter notebook", notAModel) {
            $0.text.hasPrefix("{") && ($0.has("\"nbformat\"") || $0.has("\"cell_type\""))
        },
        Kind("a Keras model configuration without weights", savedModel) {
            $0.text.hasPrefix("{") && $0.has("\"class_name\"")
        },
        Kind("a CatBoost model as JSON", catBoost) {
            $0.text.hasPrefix("{") && ($0.has("\"oblivious_trees\"") || $0.has("\"features_info\""))
        },
        Kind("a dump of a LightGBM model", lightGBM) { $0.text.hasPrefix("{") && $0.has("\"num_tree_per_iteration\"") },
        Kind("a Hugging Face configuration without weights", "Export the model with: optimum-cli export onnx." + guide)
        {
            $0.text.hasPrefix("{") && ($0.has("\"architectures\"") || $0.has("\"model_type\""))
        },
        Kind(
            "the parameters of a built-in algorithm",
            "Upload the training job's model.tar.gz with framework=linear-learner, kmeans or "
                + "factorization-machines."
        ) { $0.text.hasPrefix("{") && $0.has("\"feature_dim\"") },
        Kind("a YAML document, such as an MLmodel", "Upload the model file beside it.") {
            $0.text.hasPrefix("artifact_path:") || $0.text.hasPrefix("flavors:") || $0.text.hasPrefix("---\n")
        },
        Kind("Python source code", "Upload the model that it trains.") {
            $0.text.hasPrefix("import ") || $0.text.hasPrefix("from ") || $0.text.hasPrefix("#!/")
        },
    ]

    private static let modelFormats: [Kind] = [
        Kind("a PyTorch model in the legacy format", torch) {
            $0.starts(0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19)
        },
        Kind({ isPickle($0) }, pickle),
        Kind("an HDF5 file, as written by Keras for models and weights", keras) { $0.starts(0x89, 0x48, 0x44, 0x46) },
        Kind("a CatBoost model", catBoost) { $0.starts("CBM1") },
        Kind("a safetensors file, which has weights but no network", torch) {
            $0.head.count > 9 && $0.head[4..<8].allSatisfy { $0 == 0 } && $0.starts("{\"", at: 8)
        },
        Kind("a language model in GGUF or GGML, for llama.cpp", "Serve it with llama.cpp.") { bytes in
            ["GGUF", "lmgg", "fmgg", "tjgg", "algg", "GGML"].contains { bytes.starts($0) }
        },
        Kind("a TensorFlow Lite model", "Upload the SavedModel that it was converted from, as a zip.") {
            $0.starts("TFL3", at: 4)
        },
        Kind("a model in the ORT format (.ort)", "Upload the ONNX file that it was converted from.") {
            $0.starts("ORTM", at: 4)
        },
        Kind("an XGBoost model in the old binary format", oldXGBoost) {
            $0.starts("binf") || $0.starts("bs64") || !$0.starts("{") && isOldXGBoost($0)
        },
        Kind(
            "only the saved_model.pb of a SavedModel",
            "Upload the whole SavedModel folder as a zip." + guide
        ) {
            isSavedModel($0)
        },
        Kind("a frozen TensorFlow graph (GraphDef)", frozenGraph) { isGraph($0) },
        Kind("part of a TensorFlow checkpoint", savedModel) {
            $0.tail.suffix(8) == [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
        },
        Kind("a Core ML model", "Upload the model that it was converted from.") {
            isCoreML($0)
        },
    ]

    private static let binaries: [Kind] = [
        Kind("a NumPy array (.npy)", notAModel) { $0.starts(0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59) },
        Kind("a Parquet table", notAModel) { $0.starts("PAR1") },
        Kind("an Arrow or Feather table", notAModel) { $0.starts("ARROW1") || $0.starts("FEA1") },
        Kind("an uncompressed tar archive", "Compress it with gzip: tar czf model.tar.gz …") { $0.isTar },
        Kind("an SQLite database", notAModel) { $0.starts("SQLite format 3") },
        Kind("an image, audio or video file", notAModel) {
            $0.starts(0x89, 0x50, 0x4E, 0x47) || $0.starts(0xFF, 0xD8, 0xFF) || $0.starts("GIF8") || $0.starts("RIFF")
                || $0.starts("BM") && $0.head.dropFirst(6).prefix(4).allSatisfy { $0 == 0 } && $0.size > 26
        },
        Kind("a PDF document", notAModel) { $0.starts("%PDF") },
        Kind("an executable or a shared library", notAModel) {
            $0.starts(0x7F, 0x45, 0x4C, 0x46) || $0.starts(0xCF, 0xFA, 0xED, 0xFE) || $0.starts("MZ")
        },
        Kind("a bzip2 file, as written by joblib", joblib) { $0.starts("BZh") },
        Kind("an xz or LZMA file, as written by joblib", joblib) {
            $0.starts(0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00) || $0.starts(0x5D, 0x00, 0x00)
        },
        Kind("an LZ4 file, as written by joblib", joblib) { $0.starts(0x04, 0x22, 0x4D, 0x18) },
        Kind("a Zstandard file", "Decompress it and upload the model itself.") {
            $0.starts(0x28, 0xB5, 0x2F, 0xFD)
        },
        Kind("a 7-Zip or RAR archive", "Upload the model itself, or a SavedModel as a zip.") {
            $0.starts(0x37, 0x7A, 0xBC, 0xAF) || $0.starts("Rar!")
        },
        Kind("a zlib file, as written by joblib", joblib) { bytes in
            bytes.head.count > 1 && bytes.head[0] == 0x78 && (0x7800 + Int(bytes.head[1])).isMultiple(of: 31)
        },
        Kind("a file of only zero bytes", notAModel) { $0.head.allSatisfy { $0 == 0 } },
    ]

    private static let otherTexts: [Kind] = [
        Kind("a table of comma-separated values (CSV)", notAModel) { bytes in
            let lines = bytes.text.split(separator: "\n", maxSplits: 3).prefix(2)
            let counts = lines.map { line in line.count { $0 == "," } }
            return !bytes.text.hasPrefix("{") && !bytes.text.hasPrefix("[") && counts.count == 2 && counts[0] > 0
                && counts[0] == counts[1]
        },
        Kind("JSON, but not an XGBoost model, which begins with {\"learner\"", xgboost) {
            ["[", "\""].contains(String($0.text.prefix(1)))
        },
        Kind("plain text", notAModel) { !$0.text.isEmpty && $0.text.first != "{" && $0.size > 3 },
        Kind("UTF-16 text", notAModel) { $0.starts(0xFF, 0xFE) || $0.starts(0xFE, 0xFF) },
    ]
}

// MARK: What to do

extension ForeignFile {
    /// docs/guides/which-models-can-i-bring.md
    static let guide = " See the guide 'Which models can I bring?'"
    static let sklearn =
        "Convert it where it was trained: skl2onnx.to_onnx(model, X[:1]). Upload the ONNX file." + guide
    static let xgboost = #"Save an XGBoost model with booster.save_model("model.json")."# + guide
    static let torch =
        #"Export the network with torch.onnx.export(model, example, "model.onnx") and upload that file."# + guide
    static let keras = #"Load it with Keras, call model.export("folder") and upload that folder as a zip."# + guide
    static let savedModel =
        #"Upload a SavedModel as a zip: Keras' model.export("folder") or tf.saved_model.save makes the folder."# + guide
    static let frozenGraph = "Convert it with tf2onnx and upload the ONNX file." + guide
    static let catBoost = #"Save it with model.save_model("model.onnx", format="onnx") and upload that file."# + guide
    static let lightGBM =
        "Convert it with onnxmltools.convert_lightgbm(booster, initial_types=…) and upload the ONNX file." + guide
    static let pmml =
        "Export the model to ONNX where it was trained, or serve it with your own program." + guide
    private static let convert =
        "Load it where it was made and convert the model: skl2onnx.to_onnx for scikit-learn, "
        + #"booster.save_model("model.json") for XGBoost."# + guide
    static let joblib = "A file from joblib holds a pickle, which is code. Roost does not run it. \(convert)"
    static let oldXGBoost =
        #"Load it with an XGBoost older than 3.1 and save it with booster.save_model("model.json")."# + guide

    private static func isPickle(_ bytes: Bytes) -> Bool {
        if bytes.head.count > 1, bytes.head[0] == 0x80, (2...5).contains(bytes.head[1]) { return true }
        // Protocols 0 and 1 have no header: they begin with a class by module and name, or a mark and a collection.
        let text = String(decoding: bytes.head.prefix(200), as: UTF8.self)
        return text.prefixMatch(of: #/\(?[ci][A-Za-z_][A-Za-z_0-9.]*\n[A-Za-z_][A-Za-z_0-9.]*\n/#) != nil
            || text.prefixMatch(of: #/\((dp|lp)\d+\n/#) != nil
            || bytes.tail.last == UInt8(ascii: ".") && (bytes.starts("(dq") || bytes.starts("}q") || bytes.starts("]q"))
    }

    private static func pickle(_ bytes: Bytes) -> ForeignFile {
        let makers: [(sign: String, name: String, remedy: String)] = [
            ("xgboost", "of an XGBoost booster", "Load it with pickle where it was made. \(xgboost)"),
            ("lightgbm", "of a LightGBM booster", lightGBM),
            ("catboost", "of a CatBoost model", catBoost),
            ("torch", "of PyTorch tensors", torch),
            ("keras", "of a Keras model", keras),
            ("sklearn", "of a scikit-learn model", sklearn),
        ]
        // A pickle names the outermost object's class first.
        let head = Data(bytes.head)
        let found = makers.compactMap { maker in
            head.range(of: Data(maker.sign.utf8)).map { (place: $0.lowerBound, maker: maker) }
        }
        let maker = found.min { $0.place < $1.place }?.maker
        return ForeignFile(
            "a Python pickle" + (maker.map { " \($0.name)" } ?? ""),
            "A pickle is code. Roost does not run it. \(maker?.remedy ?? convert)"
        )
    }

    /// The old XGBoost format begins with a struct of 136 bytes, followed by the names of the objective and the booster.
    private static func isOldXGBoost(_ bytes: Bytes) -> Bool {
        let names = ["gbtree", "gblinear", "dart"]
        let head = Bytes(head: Array(bytes.head.dropFirst(136).prefix(200)), tail: [], size: 0)
        return bytes.size > 160 && names.contains { head.has($0) } && head.has(":")
    }

    /// A SavedModel begins with version 1 and a MetaGraphDef, whose first field is a message. ONNX begins with a version of
    /// 3 or more and a name.
    private static func isSavedModel(_ bytes: Bytes) -> Bool {
        guard bytes.starts(0x08, 0x01, 0x12) else { return false }
        return bytes.head.dropFirst(3).drop { $0 >= 0x80 }.dropFirst().first == 0x0A
    }

    /// A GraphDef begins with a node, and a node with its name and its operator.
    private static func isGraph(_ bytes: Bytes) -> Bool {
        bytes.head.withUnsafeBytes { head in
            guard head.first == 0x0A, head.count > 4 else { return false }
            var inner = UnsafeRawBufferPointer(rebasing: head.dropFirst())
            while let byte = inner.first, byte >= 0x80 { inner = UnsafeRawBufferPointer(rebasing: inner.dropFirst()) }
            var fields = ProtobufFields(UnsafeRawBufferPointer(rebasing: inner.dropFirst()))
            guard let name = fields.next(), let kind = fields.next(), name.number == 1, kind.number == 2,
                let name = name.bytes, let kind = kind.bytes
            else { return false }
            func isName(_ text: UnsafeRawBufferPointer) -> Bool {
                !text.isEmpty && text.allSatisfy { (0x2D...0x7A).contains($0) }
            }
            return isName(name) && isName(kind) && (0x41...0x5A).contains(kind[0])
        }
    }

    /// A Core ML model begins with a version and a description, which is a message of named inputs; ONNX has the producer's
    /// name there.
    private static func isCoreML(_ bytes: Bytes) -> Bool {
        bytes.head.withUnsafeBytes { head in
            guard head.count > 8, head[0] == 0x08, head[1] < 0x10, head[2] == 0x12 else { return false }
            var fields = ProtobufFields(UnsafeRawBufferPointer(rebasing: head.dropFirst(2).prefix(head.count - 2)))
            guard let description = fields.next()?.bytes else { return false }
            var inner = ProtobufFields(description)
            guard let input = inner.next(), input.number == 1, let feature = input.bytes else { return false }
            var parts = ProtobufFields(feature)
            return parts.next()?.number == 1 && !inner.isBroken
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring { drop { $0.isWhitespace } }
}
