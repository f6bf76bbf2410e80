import Definitions
import Tensors
import Testing

@testable import Invocations

struct InvocationCodecTests {
    static let xgboost = codec(.xgboost, width: 3)

    static func codec(_ framework: Framework, width: Int, outputs: [TensorSpec]? = nil) -> InvocationCodec {
        InvocationCodec(
            framework: framework,
            signature: Signature(
                inputs: [TensorSpec(name: "input", dataType: .fp32, shape: [-1, width])],
                outputs: outputs ?? [TensorSpec(name: "output", dataType: .fp32, shape: [-1, 1])]
            )
        )
    }

    static func rows(_ body: String, _ type: String?, _ codec: InvocationCodec = xgboost) throws -> [[Float]] {
        let bytes = Array(body.utf8)
        let tensor = try bytes.withUnsafeBytes { try codec.decode($0, contentType: type) }[0]
        let width = tensor.shape[1]
        return tensor.withElements(of: Float.self) { values in
            (0..<tensor.shape[0]).map { Array(values[($0 * width)..<(($0 + 1) * width)]) }
        }
    }

    static func failure(_ body: String, _ type: String?, _ codec: InvocationCodec = xgboost) -> InvocationError? {
        do {
            _ = try rows(body, type, codec)
            return nil
        } catch {
            return error as? InvocationError
        }
    }

    static func text(_ answer: (body: [UInt8], contentType: String)) -> String {
        String(decoding: answer.body, as: UTF8.self)
    }

    // MARK: Request bodies

    @Test(
        "every format gives the same rows",
        arguments: [
            ("1,2,3\n4,5.5,-6e2", "text/csv"), ("1,2,3\r\n4,5.5,-600\r\n", "text/csv; charset=utf-8"),
            (" +1 , 2. ,3\n\n\"4\",5.50,-600\n\n", "text/csv;label_size=0"), ("1;2;3\n4;5.5;-600", "csv"),
            ("1\t2\t3\n4\t5.5\t-600", nil), ("[[1,2,3],[4,5.5,-600]]", "application/json"),
            (#"{"instances":[{"features":[1,2,3]},{"features":[4,5.5,-600]}]}"#, "application/json"),
            (#"{"x":{"y":[1]},"instances": [[1,2,3],[[4],[5.5,-600]]]}"#, "application/json"),
            (#"{"instances":[{"data":{"features":{"values":[1,2,3]}}},[4,5.5,-600]]}"#, nil),
            ("{\"features\":[1,2,3]}\n{\"id\":7,\"features\":[4,5.5,-600]}\n", "application/jsonlines"),
            ("[1,2,3]\n[4,5.5,-600]", "application/jsonlines"),
            ("1 0:1 1:2 2:3\n0:4 1:5.5 2:-600 # a comment\n", "text/libsvm"),
            ("0 qid:1 0:1 1:2 2:3\n4 0:4 1:5.5 2:-600", "text/x-libsvm"),
        ]
    )
    func oneMeaningWhateverItIsWrittenIn(body: String, type: String?) throws {
        #expect(try Self.rows(body, type) == [[1, 2, 3], [4, 5.5, -600]])
    }

    @Test("values that are missing for XGBoost become NaN")
    func whatXGBoostMayMissIsNotANumber() throws {
        for (body, type) in [
            ("1,,3", "text/csv"), ("1,nan,3", "text/csv"), ("0:1 2:3", "text/libsvm"),
            ("[1,null,3]", "application/json"),
        ] {
            let row = try Self.rows(body, type)[0]
            #expect(row[0] == 1 && row[1].isNaN && row[2] == 3, "\(body)")
        }
    }

    @Test("other algorithms do not accept missing values")
    func otherAlgorithmsTakeNoGaps() throws {
        let codec = Self.codec(.linearLearner, width: 3)
        #expect(Self.failure("1,,3", "text/csv", codec)?.message == "Unreadable csv: column 2 of row 1 is empty.")
        #expect(try Self.rows("0:1 2:3", "text/libsvm", codec) == [[1, 0, 3]])
    }

    @Test("an array of numbers is one row per number if a row has one number")
    func anArrayOfNumbersIsARowEachWhereARowIsOneNumber() throws {
        #expect(try Self.rows("[1,2,3]", "application/json", Self.codec(.xgboost, width: 1)) == [[1], [2], [3]])
    }

    @Test(
        "errors in a body are explained",
        arguments: [
            (
                "1,2\n", "text/csv", 400,
                "Feature size of csv inference data 2 is not consistent with feature size of trained model 3"
            ),
            (
                "1,2,3\n1,2,3,4", "text/csv", 400,
                "Feature size of csv inference data 4 is not consistent with feature size of trained model 3"
            ),
            ("1,2,3\n1,x y,3", "text/csv", 415, "Unreadable csv: column 2 of row 2 is not a number: 'x y'."),
            ("1,2,3z", "text/csv", 415, "Unreadable csv: column 3 of row 1 is not a number: '3z'."),
            ("a,b,c\n1,2,3", "text/csv", 415, "Unreadable csv: column 1 of row 1 is not a number: 'a'."),
            ("1,\"2,3", "text/csv", 415, "Unreadable csv: column 2 of row 1 is not a number: '\"2'."),
            ("0:1 3:1", "text/libsvm", 400, "Feature size of libsvm inference data 4 is not consistent with"),
            ("0:1 x", "text/libsvm", 415, "Unreadable libsvm: row 1 is not a list of INDEX:VALUE pairs."),
            ("0:1 -1:2", "text/libsvm", 415, "Unreadable libsvm: row 1 is not a list of INDEX:VALUE pairs."),
            (
                "[[1,2,3],[1,2]]", "application/json", 400,
                "Feature size of json inference data 2 is not consistent with"
            ),
            ("{\"rows\":[1,2,3]}", "application/json", 415, "Unreadable JSON: "),
            ("[1,2,\"3\"]", "application/json", 415, "Unreadable JSON: "),
            ("[1,2,3] x", "application/json", 415, "Unreadable JSON: "),
            ("{\"instances\":[]}", "application/json", 400, "The body has no rows."),
            ("  \n", "text/csv", 204, "The body is empty."),
            ("", nil, 204, "The body is empty."),
            ("1,2,3", "image/png", 415, "Unsupported content type 'image/png'."),
        ]
    )
    func whatIsWrongWithABodyIsSaid(body: String, type: String?, status: Int, message: String) {
        let failure = Self.failure(body, type)
        #expect(failure?.status == status)
        #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "-")")
    }

    @Test(
        "a message for a record does not name the row if it is the first",
        arguments: [
            ("1,x,3", "text/csv", "Unreadable csv: column 2 is not a number: 'x'."),
            ("1,2,3\n1,x,3", "text/csv", "Unreadable csv: column 2 of row 2 is not a number: 'x'."),
            ("0:1 of row 1 ", "text/libsvm", "Unreadable libsvm: row 1 is not a list of INDEX:VALUE pairs."),
            ("0:1 1:x", "text/libsvm", "Unreadable libsvm: feature 1 is not a number."),
            ("a of row 1 b,2,3", "text/csv", "Unreadable csv: column 1 is not a number: 'a of row 1 b'."),
            ("1", "image/png", "Unsupported content type 'image/png'."),
        ]
    )
    func messagesForRecords(body: String, type: String, message: String) {
        #expect(Self.failure(body, type)?.recordMessage.hasPrefix(message) == true)
    }

    @Test("numbers are rounded to the nearest float")
    func numbersAreReadToTheNearestFloat() throws {
        let texts = ["0.1", "16777217", "1e-46", "3.4028236e38", "1e39", "0.000000000000000000000000001234567", ".5"]
        for text in texts {
            let expected = try #require(Float(text))
            #expect(try Self.rows("\(text),0,0", "text/csv")[0][0] == expected, "\(text)")
        }
    }

    @Test("columns are divided between several inputs in order")
    func columnsGoToSeveralInputsInOrder() throws {
        let codec = InvocationCodec(
            framework: .onnx,
            signature: Signature(
                inputs: [
                    TensorSpec(name: "a", dataType: .int64, shape: [-1, 1]),
                    TensorSpec(name: "b", dataType: .fp64, shape: [-1, 2]),
                ],
                outputs: []
            )
        )
        let inputs = try Array("1,2,3\n4,5,6".utf8).withUnsafeBytes { try codec.decode($0, contentType: "text/csv") }
        #expect(inputs[0].shape == [2, 1] && inputs[0].withElements(of: Int64.self) { Array($0) } == [1, 4])
        #expect(inputs[1].shape == [2, 2] && inputs[1].withElements(of: Double.self) { Array($0) } == [2, 3, 5, 6])
        #expect(Self.failure("1.5,2,3", "text/csv", codec)?.status == 400)
    }

    @Test("a row must fill the shape of an input of variable size")
    func aRowOfAFreeShapeMustFillIt() throws {
        func codec(_ shape: [Int]) -> InvocationCodec {
            InvocationCodec(
                framework: .onnx,
                signature: Signature(inputs: [TensorSpec(name: "a", dataType: .fp32, shape: shape)], outputs: [])
            )
        }
        let inputs = try Array("1,2,3,4".utf8).withUnsafeBytes {
            try codec([-1, -1, 2]).decode($0, contentType: "text/csv")
        }
        #expect(inputs[0].shape == [1, 2, 2])
        #expect(Self.failure("1,2,3", "text/csv", codec([-1, -1, 2]))?.status == 400)
        #expect(Self.failure("1,2,3", "text/csv", codec([-1, -1, -1]))?.status == 400)
    }

    // MARK: Responses

    static let scores = Tensor(.fp32, shape: [3, 1], elements: [Float(0.1), 22, -1.5e-7])

    @Test("XGBoost's CSV is one line from an endpoint and one line per row in a batch")
    func anEndpointAnswersXGBoostsCSVInOneLineAndABatchALineEach() throws {
        for accept in [nil, "*/*", "text/csv", "application/png, text/csv;q=0.5"] {
            let answer = try Self.xgboost.encode([Self.scores], accept: accept, style: .endpoint)
            #expect(Self.text(answer) == "0.1,22.0,-1.5e-07")
            #expect(answer.contentType == "text/csv; charset=utf-8")
        }
        #expect(
            Self.text(try Self.xgboost.encode([Self.scores], accept: nil, style: .batch)) == "0.1\n22.0\n-1.5e-07\n"
        )
    }

    @Test("scores of several classes are lists in CSV")
    func classesAreListsInCSV() throws {
        let classes = Tensor(.fp32, shape: [2, 2], elements: [Float(0.25), 0.75, 1, 0])
        #expect(
            Self.text(try Self.xgboost.encode([classes], accept: nil, style: .endpoint)) == "[0.25, 0.75],[1.0, 0.0]"
        )
        #expect(
            Self.text(try Self.xgboost.encode([classes], accept: "application/json", style: .endpoint))
                == "[[0.25,0.75],[1.0,0.0]]"
        )
    }

    @Test("XGBoost's responses can be JSON")
    func xgboostAnswersJSON() throws {
        #expect(
            Self.text(try Self.xgboost.encode([Self.scores], accept: "application/json", style: .endpoint))
                == "[0.1,22.0,-1.5e-07]"
        )
        #expect(
            Self.text(try Self.xgboost.encode([Self.scores], accept: "application/jsonlines", style: .endpoint))
                == "{\"score\":0.1}\n{\"score\":22.0}\n{\"score\":-1.5e-07}\n"
        )
    }

    static func newer(_ environment: [String: String] = [:], _ objective: Objective? = nil) -> InvocationCodec {
        InvocationCodec(
            framework: .xgboost,
            signature: xgboost.signature,
            container: XGBoostContainer(
                image: "r/sagemaker-xgboost:1.7-1",
                environment: environment,
                objective: objective
            )
        )
    }

    @Test(
        "the image's tag decides how rows are written",
        arguments: [
            ("r/sagemaker-xgboost:1.2-2", true), ("r/sagemaker-xgboost:1.2-10-cpu-py3", true), ("x:1.3-1", true),
            ("host:5000/x:3.0-5@sha256:0123", true), ("x:10.0", true), ("x:1.2-1", false), ("x:1.2", false),
            ("x:0.90-2", false), ("x:1", false), ("x:latest", false), ("x", false), ("x@sha256:1.7-1", false),
            ("host:1.7-1/x", false), ("", false), ("x:99999999999999999999.1-1", false),
        ] as [(String, Bool)]
    )
    func theTagOfTheImageSaysHowRowsAreWritten(image: String, isNewer: Bool) throws {
        let codec = InvocationCodec(
            framework: .xgboost,
            signature: Self.xgboost.signature,
            container: XGBoostContainer(image: image, environment: nil, objective: nil)
        )
        let text = Self.text(try codec.encode([Self.scores], accept: nil, style: .endpoint))
        #expect(text == (isNewer ? "0.1\n22.0\n-1.5e-07\n" : "0.1,22.0,-1.5e-07"))
    }

    @Test("newer images write each row separately")
    func newerImagesWriteARowEach() throws {
        let codec = Self.newer()
        let classes = Tensor(.fp32, shape: [2, 2], elements: [Float(0.25), 0.75, 1, .nan])
        func text(_ accept: String, _ style: InvocationCodec.Style = .endpoint) throws -> String {
            Self.text(try codec.encode([classes], accept: accept, style: style))
        }
        #expect(try text("text/csv") == "0.25,0.75\n1.0,nan\n")
        #expect(try text("application/json") == #"{"predictions":[{"score":[0.25,0.75]},{"score":[1.0,null]}]}"#)
        #expect(try text("application/jsonlines") == "{\"score\":[0.25,0.75]}\n{\"score\":[1.0,null]}\n")
        #expect(try text("text/csv", .batch) == "[0.25, 0.75]\n[1.0, nan]\n")
        #expect(try text("application/jsonlines", .batch) == "[0.25,0.75]\n[1.0,null]\n")
    }

    @Test("a response contains the selected values")
    func aSelectionIsWrittenAsItWasAskedFor() throws {
        let codec = Self.newer(
            ["SAGEMAKER_INFERENCE_OUTPUT": "labels, RAW_SCORE,other,predicted_label"],
            Objective(name: "binary:logistic", classCount: 0)
        )
        let answer = Tensor(.fp32, shape: [2, 1], elements: [Float(0.75), 0.25])
        func text(_ accept: String?, _ style: InvocationCodec.Style) throws -> String {
            Self.text(try codec.encode([answer], accept: accept, style: style))
        }
        #expect(try text(nil, .endpoint) == "\"[0, 1]\",0.75,nan,1\n\"[0, 1]\",0.25,nan,0")
        #expect(try text(nil, .batch).hasSuffix("nan,0\n"))
        let object = #"{"predicted_label":1,"labels":[0,1],"raw_score":0.75,"other":null}"#
        let other = #"{"predicted_label":0,"labels":[0,1],"raw_score":0.25,"other":null}"#
        #expect(try text("application/json", .endpoint) == "{\"predictions\":[\(object),\(other)]}")
        #expect(try text("application/json", .batch) == "\(object)\n\(other)\n")
        #expect(throws: InvocationError.self) {
            try Self.newer(["SAGEMAKER_INFERENCE_OUTPUT": "labels"]).encode([answer], accept: nil, style: .endpoint)
        }
    }

    @Test(
        "outputs with different numbers of rows cannot be written as rows",
        arguments: ["text/csv", "application/json", "application/jsonlines", "application/x-recordio-protobuf"]
    )
    func outputsOfDifferentNumbersOfRowsAreNoRows(accept: String) throws {
        let names = ["score", "loss"].map { TensorSpec(name: $0, dataType: .fp32, shape: [-1]) }
        let three = Tensor(.fp32, shape: [3], elements: [1, 2, 3] as [Float])
        let text = Tensor(shape: [2], strings: [[65], [66]])
        let scalar = Tensor(.fp32, shape: [], elements: [1] as [Float])
        for framework in [Framework.onnx, .tensorflow, .xgboost, .linearLearner] {
            let codec = Self.codec(framework, width: 1, outputs: names)
            for outputs in [[three, scalar], [scalar, three], [three, text], [text, three]] {
                for style in [InvocationCodec.Style.endpoint, .batch] {
                    do {
                        _ = try codec.encode(outputs, accept: accept, style: style)
                        Issue.record("\(outputs.map(\.shape)) was written")
                    } catch {
                        #expect(
                            error.message.contains("\(outputs[0].shape)")
                                && error.message.contains("\(outputs[1].shape)")
                        )
                    }
                }
            }
        }
    }

    @Test("FP16 values that are not finite are written as nan and inf in CSV")
    func aHalfThatIsNoNumberIsNoNumberInCSV() throws {
        let codec = Self.codec(.onnx, width: 1)
        let halves = Tensor(.fp16, shape: [3], elements: [Float16.nan, .infinity, 0.5])
        #expect(Self.text(try codec.encode([halves], accept: "text/csv", style: .endpoint)) == "nan\ninf\n0.5\n")
    }

    @Test("wide rows need no more memory than their body has")
    func wideRowsAskForNoMoreMemoryThanTheirBodyHas() throws {
        let codec = Self.codec(.onnx, width: 1 << 31)
        for (body, type) in [("1,2", "text/csv"), ("[1,2]", "application/json"), ("0:1", "text/libsvm")] {
            #expect([400, 413].contains(Self.failure(body, type, codec)?.status), "\(type)")
        }
        let several = InvocationCodec(
            framework: .onnx,
            signature: Signature(
                inputs: ["a", "b"].map { TensorSpec(name: $0, dataType: .fp32, shape: [-1, .max]) },
                outputs: []
            )
        )
        #expect(Self.failure("1,2", "text/csv", several)?.status == 415)
        let huge = TensorSpec(name: "a", dataType: .fp32, shape: [-1, -1, 1 << 32, 1 << 32])
        let codecOfHuge = InvocationCodec(framework: .onnx, signature: Signature(inputs: [huge], outputs: []))
        #expect(Self.failure("1,2", "text/csv", codecOfHuge)?.status == 400)
    }

    @Test("linear-learner's responses name the outputs")
    func linearLearnerNamesItsOutputs() throws {
        let codec = Self.codec(
            .linearLearner,
            width: 2,
            outputs: [
                TensorSpec(name: "score", dataType: .fp32, shape: [-1, 1]),
                TensorSpec(name: "predicted_label", dataType: .int64, shape: [-1, 1]),
            ]
        )
        let outputs = [
            Tensor(.fp32, shape: [2, 1], elements: [Float(0.5), 0.25]),
            Tensor(.int64, shape: [2, 1], elements: [Int64(1), 0]),
        ]
        #expect(
            Self.text(try codec.encode(outputs, accept: nil, style: .endpoint))
                == #"{"predictions":[{"score":0.5,"predicted_label":1},{"score":0.25,"predicted_label":0}]}"#
        )
        #expect(
            Self.text(try codec.encode(outputs, accept: "application/json", style: .batch))
                == "{\"score\":0.5,\"predicted_label\":1}\n{\"score\":0.25,\"predicted_label\":0}\n"
        )
        #expect(Self.text(try codec.encode(outputs, accept: "text/csv", style: .endpoint)) == "0.5,1\n0.25,0\n")
    }

    @Test("an unsupported response type is refused")
    func aTypeThatCannotBeWrittenIsRefused() throws {
        #expect {
            try Self.xgboost.encode([Self.scores], accept: "image/png", style: .endpoint)
        } throws: {
            ($0 as? InvocationError)?.status == 406
        }
    }

    @Test("a class is an integer in JSON")
    func aClassIsAnIntegerInJSON() throws {
        let outputs = ["score", "predicted_label"].map { TensorSpec(name: $0, dataType: .fp32, shape: [-1]) }
        let codec = Self.codec(.linearLearner, width: 2, outputs: outputs)
        let tensors = [[Float(0.4), 1], [0, 1]].map { Tensor(.fp32, shape: [2], elements: $0) }
        #expect(
            Self.text(try codec.encode(tensors, accept: nil, style: .endpoint))
                == #"{"predictions":[{"score":0.4,"predicted_label":0},{"score":1.0,"predicted_label":1}]}"#
        )
        #expect(Self.text(try codec.encode(tensors, accept: "text/csv", style: .endpoint)) == "0.4,0.0\n1.0,1.0\n")
    }

    @Test("bytes are passed unchanged to and from a process")
    func aProcessGetsAndGivesBytes() throws {
        let codec = Self.codec(.process, width: 1)
        let inputs = try Array("any".utf8).withUnsafeBytes { try codec.decode($0, contentType: "a/b", accept: "c/d") }
        #expect(inputs.map { $0.string(at: 0) } == ["any", "a/b", "c/d"])
        let answer = try codec.encode(Array(inputs.prefix(2)), accept: nil, style: .endpoint)
        #expect(Self.text(answer) == "any" && answer.contentType == "a/b")
    }
}
