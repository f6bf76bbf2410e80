/// The parts of a model that ``Forest`` needs, by their names in the JSON that XGBoost saves.
package struct XGBoostFile: Decodable {
    let learner: Learner

    /// The number of a model in an archive: 3 of `xgboost-model-3`, -1 of `xgboost-model`; `nil` of every other file.
    static func number(of path: String) -> Int? {
        let name = path.split(separator: "/").last ?? ""
        guard name.hasPrefix("xgboost-model") else { return nil }
        let rest = name.dropFirst("xgboost-model".count)
        if rest.isEmpty { return -1 }
        guard rest.first == "-", rest.dropFirst().allSatisfy(\.isASCII) else { return nil }
        return Int(rest.dropFirst()).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Why these bytes cannot be a model that XGBoost saved as JSON or UBJSON; `nil` where they may be one.
    package static func refusal(of bytes: some Collection<UInt8>) -> String? {
        if bytes.first == UInt8(ascii: "{") { return nil }
        // A pickle of protocol 2 or later begins with its number; earlier ones, which are text, with a class or a mark.
        let isPickle =
            bytes.first == 0x80 && bytes.dropFirst().first.map { (2...5).contains($0) } ?? false
            || ["cxgboost", "ccopy_reg", "(cxgboost"].contains { bytes.starts(with: $0.utf8) }
        return isPickle
            ? "it is a Python pickle, which is code and is not run here. Where it was made, load it with pickle, save it "
                + "with booster.save_model(\"model.json\"), and take that file as xgboost-model"
            : "it is neither JSON nor UBJSON as XGBoost saves a model"
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
        /// Other boosters have other members.
        let model: Trees?
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

        /// Lays out the nodes from the root on, each one's children side by side.
        ///
        /// - Returns: Whether this is a tree: a file from outside may have circles, or point elsewhere.
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
