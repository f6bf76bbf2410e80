import Testing

@testable import Runtimes

@Suite("XGBoost's files")
struct XGBoostFileTests {
    @Test(
        "a pickle is named as one, and what to do with it",
        arguments: [[0x80, 0x03, 0x63], Array("cxgboost.core\n".utf8)]
    )
    func pickles(_ bytes: [UInt8]) throws {
        let reason = try #require(XGBoostFile.refusal(of: bytes))
        #expect(reason.contains("Python pickle"))
        #expect(reason.contains(#"booster.save_model("model.json")"#))
    }

    @Test("JSON and UBJSON may be a model; the rest is said to be neither")
    func others() {
        #expect(XGBoostFile.refusal(of: Array("{\"learner\":".utf8)) == nil)
        #expect(XGBoostFile.refusal(of: [0x7B, 0x4C]) == nil)
        for bytes in [[], [0x80], [0x80, 0x09], Array("binf".utf8)] as [[UInt8]] {
            #expect(XGBoostFile.refusal(of: bytes) == "it is neither JSON nor UBJSON as XGBoost saves a model")
        }
    }

    @Test(
        "files of models are known by their names",
        arguments: [
            ("xgboost-model", -1), ("a/xgboost-model-12", 12), ("xgboost-model-0", 0), ("xgboost-model-", nil),
            ("xgboost-model--1", nil), ("xgboost-model.json", nil), ("my-xgboost-model", nil),
        ] as [(String, Int?)]
    )
    func names(_ path: String, _ number: Int?) {
        #expect(XGBoostFile.number(of: path) == number)
    }

    @Test("most models decide on a class, and the least of several that as many say")
    func votes() {
        #expect(XGBoostEnsemble.mode(of: [2, 1, 2, 0]) == 2)
        #expect(XGBoostEnsemble.mode(of: [2, 1]) == 1)
        #expect(XGBoostEnsemble.mode(of: [0]) == 0)
    }
}
