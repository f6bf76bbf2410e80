import Definitions
import Foundation
import Tensors
import Testing

@testable import Runtimes

@Suite("Forests", .enabled(if: Installed.isExpected, "no runtimes are installed"))
struct ForestTests {
    private static let columns = 6

    /// Returns rows in which one value in eight is missing.
    private static func rows(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed
        return (0..<count * columns).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 40 & 7 == 0 ? .nan : Float(state >> 33) / Float(1 << 30) - 1
        }
    }

    private struct Trained {
        let model: XGBoostModel
        let booster: TrainingBooster
        let training: XGBoostTraining
    }

    private static func train(_ parameters: [String: String], labels: (Int) -> Float) throws -> Trained {
        let training = try XGBoostTraining(search: RuntimeLibrary.SearchPath(dataFolder: nil), verbosity: 0)
        let matrix = try matrix(rows(400, seed: 1), training)
        try matrix.set("label", (0..<400).map(labels))
        let booster = try TrainingBooster(
            matrices: [matrix],
            parameters: parameters.map { ($0.key, $0.value) } + [("nthread", "1"), ("seed", "3")],
            model: nil,
            training: training
        )
        for round in 0..<12 { try booster.update(round, with: matrix) }
        let path = try RuntimeLibrary.find(.xgboost, in: RuntimeLibrary.SearchPath(dataFolder: nil)).path
        let model = try booster.save().withUnsafeBytes { bytes in
            try XGBoostModel(bytes: bytes, runtime: XGBoostRuntime(path: path), trees: .all)
        }
        return Trained(model: model, booster: booster, training: training)
    }

    private static func matrix(_ rows: [Float], _ training: XGBoostTraining) throws -> TrainingMatrix {
        try rows.withUnsafeBufferPointer {
            try TrainingMatrix(dense: $0, rows: rows.count / columns, columns: columns, threads: 1, training: training)
        }
    }

    @Test(
        "a forest predicts the same bits as the library",
        arguments: [
            ["objective": "reg:squarederror"], ["objective": "reg:squarederror", "base_score": "7.25"],
            ["objective": "reg:absoluteerror", "max_depth": "3"], ["objective": "reg:pseudohubererror"],
            ["objective": "binary:logistic"], ["objective": "binary:logitraw"], ["objective": "reg:logistic"],
            ["objective": "count:poisson"], ["objective": "reg:gamma"], ["objective": "reg:tweedie"],
            ["objective": "multi:softprob", "num_class": "3"], ["objective": "multi:softmax", "num_class": "3"],
            ["objective": "binary:logistic", "num_parallel_tree": "4", "subsample": "0.5"],
            // Trees that consist of one leaf.
            ["objective": "binary:logistic", "gamma": "1000000"],
        ]
    )
    func answersAsTheLibrary(parameters: [String: String]) throws {
        let classes = parameters["num_class"].flatMap { Int($0) } ?? 2
        let trained = try Self.train(parameters) { row in
            Float(row * row % 7 % classes) + (parameters["objective"] == "reg:gamma" ? 1 : 0)
        }
        #expect(trained.model.forest != nil)
        for count in [1, 63, 64, 65, 500] {
            let rows = Self.rows(count, seed: UInt64(count))
            let expected = try trained.booster.predict(Self.matrix(rows, trained.training))
            let input = Tensor(.fp32, shape: [count, Self.columns], elements: rows)
            let found = try trained.model.run([input], cancellation: nil)[0]
            #expect(found.shape == [count, trained.model.signature.outputs[0].shape[1]])
            found.withElements(of: Float.self) { #expect($0.map(\.bitPattern) == expected.map(\.bitPattern)) }
        }
    }

    @Test(
        "only the library predicts with models that a forest does not support",
        arguments: [
            ["booster": "dart", "rate_drop": "0.5"], ["booster": "gblinear"], ["objective": "reg:quantileerror"],
        ]
    )
    func leavesToTheLibrary(parameters: [String: String]) throws {
        var parameters = parameters
        if parameters["objective"] != nil { parameters["quantile_alpha"] = "[0.2,0.8]" }
        let trained = try Self.train(parameters) { Float($0 % 5) }
        #expect(trained.model.forest == nil)
        let rows = Self.rows(20, seed: 5)
        let expected = try trained.booster.predict(Self.matrix(rows, trained.training))
        let input = Tensor(.fp32, shape: [20, Self.columns], elements: rows)
        let found = try trained.model.run([input], cancellation: nil)[0]
        found.withElements(of: Float.self) { found in
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    @Test("a forest that predicts differently from the library is detected")
    func findsOut() throws {
        let trained = try Self.train(["objective": "binary:logistic"]) { Float($0 % 2) }
        let forest = try #require(trained.model.forest)
        let (count, width) = (127, Self.columns)
        let isRight = forest.agrees { rows, rowCount in
            #expect(rowCount == count && rows.count == count * width)
            let input = Tensor(.fp32, shape: [rowCount, width], elements: rows)
            return try? trained.model.run([input], cancellation: nil)[0].withElements(of: Float.self) { Array($0) }
        }
        #expect(isRight)
        let isWrong = forest.agrees { rows, rowCount in
            let input = Tensor(.fp32, shape: [rowCount, width], elements: rows)
            var answer = try? trained.model.run([input], cancellation: nil)[0]
                .withElements(of: Float.self) { Array($0) }
            answer?[rowCount - 1].negate()
            return answer
        }
        #expect(!isWrong)
        #expect(!forest.agrees { _, _ in nil })
    }
}

@Suite("Files of forests")
struct ForestFileTests {
    private static func json(_ tree: String, tree_info: String = "[0]", features: Int = 2) -> Data {
        Data(
            """
            {"learner": {"gradient_booster": {"name": "gbtree", "model": {"trees": [\(tree)], "tree_info": \(tree_info)}},
             "learner_model_param": {"base_score": "[5E-1]", "num_class": "0", "num_feature": "\(features)"},
             "objective": {"name": "reg:squarederror"}}}
            """.utf8
        )
    }

    private static func tree(left: String = "[1,-1,-1]", right: String = "[2,-1,-1]", features: String = "[1,0,0]")
        -> String
    {
        """
        {"left_children": \(left), "right_children": \(right), "default_left": [1,0,0], "split_indices": \(features),
         "split_conditions": [0.5,-1,2], "categories_nodes": [], "tree_param": {"size_leaf_vector": "1"}}
        """
    }

    private static func forest(_ json: Data) -> Forest? {
        (try? JSONDecoder().decode(XGBoostFile.self, from: json)).flatMap { Forest($0) }
    }

    @Test("smaller values go left, missing values go in the tree's default direction")
    func walks() throws {
        let forest = try #require(Self.forest(Self.json(Self.tree())))
        let rows: [Float] = [9, 0.25, 9, 0.5, 9, .nan, .nan, .infinity]
        var results = [Float](repeating: 0, count: 4)
        forest.predict(rows, rowCount: 4, &results)
        #expect(results == [-0.5, 2.5, -0.5, 2.5])
    }

    @Test(
        "a forest is not built from invalid trees",
        arguments: [
            json(tree(left: "[0,-1,-1]")), json(tree(left: "[3,-1,-1]")), json(tree(left: "[-2,-1,-1]")),
            json(tree(left: "[1,2,-1]", right: "[2,1,-1]")), json(tree(left: "[1,-1]")), json(tree(left: "[]")),
            json(tree(features: "[2,0,0]")), json(tree(features: "[-1,0,0]")), json(tree(), tree_info: "[1]"),
            json(tree(), tree_info: "[]"), Data("{}".utf8), Data(),
        ]
    )
    func leaves(json: Data) {
        #expect(Self.forest(json) == nil)
    }

    @Test(
        "nodes with invalid indices, cycles or unknown features are not a tree",
        arguments: [
            tree(left: "[0,-1,-1]"), tree(left: "[3,-1,-1]"), tree(left: "[-2,-1,-1]"),
            tree(left: "[1,2,-1]", right: "[2,1,-1]"), tree(left: "[1,-1]"), tree(left: "[]"),
            tree(features: "[2,0,0]"),
            tree(features: "[-1,0,0]"),
        ]
    )
    func noTree(text: String) throws {
        let tree = try JSONDecoder().decode(XGBoostFile.Tree.self, from: Data(text.utf8))
        #expect(!tree.isTree(featureCount: 2))
    }

    @Test("a valid tree is accepted")
    func isTree() throws {
        let tree = try JSONDecoder().decode(XGBoostFile.Tree.self, from: Data(Self.tree().utf8))
        #expect(tree.isTree(featureCount: 2))
    }
}
