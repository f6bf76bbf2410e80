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
}
