import Testing

@testable import Definitions

@Suite("Algorithm names")
struct AlgorithmNameTests {
    private static let image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"

    @Test(
        "an algorithm's name and a script determine the program",
        arguments: [
            ("xgboost", nil, .builtIn(.xgboost)), ("xgboost:1", "train.py", .builtIn(.xgboost)),
            (image, nil, .builtIn(.xgboost)), (image, "", .builtIn(.xgboost)), (image, "train.py", .script),
            ("pytorch-training:2.1", "train.py", .script), ("pytorch-training:2.1", nil, .custom),
            ("registry/mine:1", "train.py", .custom), ("kmeans", nil, .builtIn(.kmeans)),
        ] as [(String, String?, AlgorithmName.Program)]
    )
    func program(name: String, script: String?, program: AlgorithmName.Program) {
        #expect(AlgorithmName(name).program(script: script) == program)
    }
}
