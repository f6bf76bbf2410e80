package import Foundation

/// The parts of a model that ``Forest`` needs, named as in XGBoost's JSON format.
package struct XGBoostFile: Decodable {
    let learner: Learner

    /// Returns the number of a model in an archive: 3 for `xgboost-model-3`, -1 for `xgboost-model`, `nil` for other files.
    static func number(of path: String) -> Int? {
        let name = path.split(separator: "/").last ?? ""
        guard name.hasPrefix("xgboost-model") else { return nil }
        let rest = name.dropFirst("xgboost-model".count)
        if rest.isEmpty { return -1 }
        guard rest.first == "-", rest.dropFirst().allSatisfy(\.isASCII) else { return nil }
        return Int(rest.dropFirst()).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Returns why these bytes cannot be a model that XGBoost saved as JSON or UBJSON; `nil` if they may be one.
    package static func refusal(of data: Data) -> String? {
        if let foreign = ForeignFile.of(ForeignFile.Bytes(data)) { return foreign.reason }
        guard data.first(where: { ![9, 10, 13, 32].contains($0) }) == UInt8(ascii: "{") else {
            return "it is neither JSON nor UBJSON, the formats of XGBoost models. \(ForeignFile.xgboost)"
        }
        guard data.range(of: Data("learner".utf8)) != nil else {
            return "it is JSON, but not an XGBoost model: it has no member 'learner'. \(ForeignFile.xgboost)"
        }
        guard data.range(of: Data("learner_train_param".utf8)) == nil else {
            return "it is an XGBoost configuration (save_config) without trees. \(ForeignFile.xgboost)"
        }
        guard data.range(of: Data("gradient_booster".utf8)) != nil else {
            return "its member 'learner' has no booster: it was not saved by XGBoost. \(ForeignFile.xgboost)"
        }
        return nil
    }

    /// Returns the version of XGBoost that saved a model as JSON, such as `3.2.0`, which is at the end; `nil` if it is missing.
    static func version(of bytes: UnsafeRawBufferPointer) -> String? {
        let end = String(decoding: bytes.suffix(64), as: UTF8.self)
        return end.firstMatch(of: #/"version":\s*\[(\d+),\s*(\d+),\s*(\d+)\]/#).map { "\($0.1).\($0.2).\($0.3)" }
    }

    /// The library's configuration of a loaded model.
    struct Configuration: Decodable {
        let learner_model_param: Parameters
        let objective: Objective
    }

    struct Learner: Decodable {
        let gradient_booster: Booster
        let learner_model_param: Parameters
        let objective: Objective
    }

    struct Parameters: Decodable {
        let base_score: String
        let num_class: String
        let num_feature: String
        let num_target: String?
    }

    struct Objective: Decodable {
        let name: String
    }

    struct Booster: Decodable {
        let name: String
        /// `nil` for other boosters than trees.
        let model: Trees?
        /// Only in a DART booster.
        let gbtree: Inner?

        struct Inner: Decodable {
            let model: Trees?
        }

        var trees: [Tree] { model?.trees ?? gbtree?.model?.trees ?? [] }
    }

    struct Trees: Decodable {
        let trees: [Tree]
        /// The class of each tree.
        let tree_info: [Int]
    }

    struct Tree: Decodable {
        let left_children: [Int]
        let right_children: [Int]
        let default_left: [Int]
        let split_indices: [Int]
        let split_conditions: [Float]
        /// Nodes that split by category.
        let categories_nodes: [Int]?
        let tree_param: Shape

        struct Shape: Decodable {
            let size_leaf_vector: String?
        }

        /// Returns whether the library can traverse it: an untrusted file may contain cycles or invalid indices.
        func isTree(featureCount: Int) -> Bool {
            let count = left_children.count
            guard count > 0, right_children.count == count, split_indices.count == count else { return false }
            var sources = [0]
            var next = 0
            while next < sources.count {
                let source = sources[next]
                next += 1
                let (left, right) = (left_children[source], right_children[source])
                if left == -1, right == -1 { continue }
                guard (0..<count).contains(left), (0..<count).contains(right), sources.count + 2 <= count,
                    (0..<featureCount).contains(split_indices[source])
                else { return false }
                sources += [left, right]
            }
            return true
        }

        /// Lays out the nodes from the root on, with the two children of each node side by side.
        ///
        /// - Returns: Whether this is a valid tree: an untrusted file may contain cycles or invalid indices.
        func append(to nodes: inout [Forest.Node], featureCount: Int) -> Bool {
            let count = left_children.count
            guard count > 0, right_children.count == count, default_left.count == count, split_indices.count == count,
                split_conditions.count == count, categories_nodes?.isEmpty ?? true,
                Int(tree_param.size_leaf_vector ?? "0") ?? 2 <= 1, nodes.count + count < Int(UInt32.max)
            else { return false }
            let start = nodes.count
            var sources = [0]
            var next = 0
            while next < sources.count {
                let source = sources[next]
                next += 1
                let (left, right) = (left_children[source], right_children[source])
                var node = Forest.Node(value: split_conditions[source], feature: 0, left: 0)
                if left != -1 || right != -1 {
                    guard (0..<count).contains(left), (0..<count).contains(right), sources.count + 2 <= count,
                        (0..<featureCount).contains(split_indices[source])
                    else { return false }
                    node.feature = UInt32(split_indices[source])
                    if default_left[source] != 0 { node.feature |= Forest.Node.missingGoesLeft }
                    node.left = UInt32(start + sources.count)
                    sources += [left, right]
                }
                nodes.append(node)
            }
            return true
        }
    }
}
