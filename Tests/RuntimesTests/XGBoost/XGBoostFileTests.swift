import Foundation
import Testing

@testable import Runtimes

@Suite("XGBoost files")
struct XGBoostFileTests {
    @Test("JSON and UBJSON with a booster may be a model; other files are identified")
    func refusals() {
        func refusal(_ text: String) -> String { XGBoostFile.refusal(of: Data(text.utf8)) ?? "" }
        #expect(refusal(#"{"learner":{"gradient_booster":{}}}"#) == "")
        #expect(refusal(#"  {"version":[3],"learner":{"gradient_booster":{}}}"#) == "")
        #expect(XGBoostFile.refusal(of: Data([0x7B, 0x4C] + Array("learner gradient_booster".utf8))) == nil)
        #expect(refusal("{}").contains("not an XGBoost model"))
        #expect(refusal(#"{"learner":{}}"#).contains("no booster"))
        #expect(refusal(#"{"learner":{"learner_train_param":{}}}"#).contains("save_config"))
        #expect(refusal("cxgboost.core\nBooster\n").contains("a Python pickle of an XGBoost booster"))
        #expect(XGBoostFile.refusal(of: Data([0x80, 0x09]))?.contains("neither JSON nor UBJSON") == true)
    }

    @Test("the version that saved a model is read from its end")
    func version() {
        func version(_ text: String) -> String? { Array(text.utf8).withUnsafeBytes { XGBoostFile.version(of: $0) } }
        #expect(version(#"{"learner":{},"version":[9,0,12]}"#) == "9.0.12")
        #expect(version(#"{"version":[9]}"#) == nil)
    }

    @Test(
        "model files are recognized by their names",
        arguments: [
            ("xgboost-model", -1), ("a/xgboost-model-12", 12), ("xgboost-model-0", 0), ("xgboost-model-", nil),
            ("xgboost-model--1", nil), ("xgboost-model.json", nil), ("my-xgboost-model", nil),
        ] as [(String, Int?)]
    )
    func names(_ path: String, _ number: Int?) {
        #expect(XGBoostFile.number(of: path) == number)
    }

    @Test("the most frequent class wins, and the smallest in a tie")
    func votes() {
        #expect(XGBoostEnsemble.mode(of: [2, 1, 2, 0]) == 2)
        #expect(XGBoostEnsemble.mode(of: [2, 1]) == 1)
        #expect(XGBoostEnsemble.mode(of: [0]) == 0)
    }
}
